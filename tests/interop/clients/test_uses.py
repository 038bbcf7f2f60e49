"""What the official clients offer on top of a call, against our server."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from mistralai.client import Mistral as MistralAI
from mistralai.client.utils import BackoffStrategy, RetryConfig
from pydantic import BaseModel

from mistral_proto import Mistral, ToolMessage
from mistral_proto.testing import ErrorReply, MockServer
from tests.interop.clients.traffic import CASES, STREAMS, WEATHER, ask


class Said(BaseModel):
    said: str


def mistralai(server: MockServer, **options: Any) -> Any:
    return MistralAI(api_key="k", server_url=server.url, **options)


def of_openai(server: MockServer, **options: Any) -> Any:
    return openai.OpenAI(api_key="k", base_url=f"{server.url}/v1", **options)


# -- what comes back goes into the next request as it is

RESULT = {"role": "tool", "content": "12 °C", "tool_call_id": "call00001"}


def test_a_tool_is_called_and_answered_by_mistralai() -> None:
    with MockServer() as server, mistralai(server) as client:
        first = client.chat.complete(**ask(tools=[WEATHER]))
        message = first.choices[0].message
        assert message.tool_calls[0].id == RESULT["tool_call_id"]
        second = client.chat.complete(**ask("Weather?", message, RESULT, tools=[WEATHER]))
        assert second.choices[0].message.content == "The tool says: 12 °C"


def test_a_tool_is_called_and_answered_by_openai() -> None:
    with MockServer() as server, of_openai(server) as client:
        first = client.chat.completions.create(**ask(tools=[WEATHER]))
        message = first.choices[0].message
        assert message.tool_calls[0].id == RESULT["tool_call_id"]
        second = client.chat.completions.create(**ask("Weather?", message, RESULT, tools=[WEATHER]))
        assert second.choices[0].message.content == "The tool says: 12 °C"
        request = server.requests[-1].request
        assert request is not None
        assert isinstance(request.messages[-1], ToolMessage)


# -- answers of a given form


def test_mistralai_parses_into_a_model() -> None:
    with MockServer() as server, mistralai(server) as client:
        response = client.chat.parse(Said, **ask("Hi"))
        assert response.choices[0].message.parsed == Said(said="example")


def test_openai_parses_into_a_model() -> None:
    with MockServer() as server, of_openai(server) as client:
        response = client.chat.completions.parse(response_format=Said, **ask("Hi"))
        assert response.choices[0].message.parsed == Said(said="example")


# -- whole answers gathered from streams


@pytest.mark.parametrize("name", ["text", "two choices", "a tool is offered"])
def test_openai_gathers_what_we_gather(name: str) -> None:
    case = CASES[name]
    with MockServer([case.reply, case.reply]) as server:
        with of_openai(server) as client, client.chat.completions.stream(**case.request) as events:
            theirs = events.get_final_completion()
        with Mistral(api_key="k", server_url=server.url) as mistral:
            with mistral.chat.stream(**case.request) as events:
                ours = events.until_done()
    assert len(theirs.choices) == len(ours.choices)
    for their_choice, our_choice in zip(theirs.choices, ours.choices, strict=True):
        assert their_choice.finish_reason == our_choice.finish_reason
        assert their_choice.message.content == our_choice.message.content
        assert [call.function.arguments for call in their_choice.message.tool_calls or ()] == [
            call.function.arguments for call in our_choice.message.tool_calls or ()
        ]


@pytest.mark.parametrize("name", ["a call in fragments", "two calls in fragments"])
def test_openai_gathers_the_calls_that_we_gather(name: str) -> None:
    request = ask(tools=[WEATHER])
    with MockServer([STREAMS[name]] * 2) as server:
        with of_openai(server) as client, client.chat.completions.stream(**request) as events:
            theirs = events.get_final_completion().choices[0].message.tool_calls
        with Mistral(api_key="k", server_url=server.url) as mistral:
            with mistral.chat.stream(**request) as events:
                ours = events.until_done().choices[0].message.tool_calls
    # Not their ids: of the id "null" that Mistral's fragments have it appends each.
    assert [(call.function.name, call.function.arguments) for call in theirs] == [
        (call.function.name, call.function.arguments) for call in ours or ()
    ]


# -- tries

BREAKDOWNS = tuple(ErrorReply(it, headers={"retry-after-ms": "1"}) for it in (503, 429))


def test_mistralai_tries_again() -> None:
    config = RetryConfig("backoff", BackoffStrategy(1, 2, 1.0, 10_000, 0), True)
    with (
        MockServer((*BREAKDOWNS, "Bonjour")) as server,
        mistralai(server, retry_config=config) as client,
    ):
        response = client.chat.complete(**ask("Hi"))
        assert response.choices[0].message.content == "Bonjour"
        assert len(server.requests) == 3


def test_openai_tries_again() -> None:
    with MockServer((*BREAKDOWNS, "Bonjour")) as server, of_openai(server, max_retries=2) as client:
        response = client.chat.completions.create(**ask("Hi"))
        assert response.choices[0].message.content == "Bonjour"
        tries = [request.headers["x-stainless-retry-count"] for request in server.requests]
        assert tries == ["0", "1", "2"]


# -- connections


def test_connections_are_kept() -> None:
    # Not after a stream: both close the connection before they have read all of it.
    with MockServer() as server:
        with mistralai(server) as client:
            for _ in range(5):
                client.chat.complete(**ask())
        with of_openai(server) as client:
            for _ in range(5):
                client.chat.completions.create(**ask())
        assert server.connections == 2
