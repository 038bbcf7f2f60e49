"""Our client and other people's servers, for tests or as gateways."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mistral_proto import (
    BackoffStrategy,
    ChatCompletionResponse,
    ChatMessage,
    IncompleteStreamError,
    MistralError,
    ResponseValidationError,
    RetryConfig,
    SDKError,
    Tool,
)
from mistral_proto.testing import MockServer, RecordingServer, ReplayServer
from tests.interop.calls import OURS, STREAM_WAYS, WAYS, Document, client, is_stream
from tests.interop.servers.mocks import ANSWERS, KEY, MOCKS, Answer, Mock
from tests.interop.servers.processes import Process
from tests.testing.raw import WEATHER


def get_weather(city: str) -> str:
    """Return the weather in a city."""
    return f"21 °C in {city}"


WAYS_BY_MODEL = {"tools": ("run_tools", "run_tools_async")}


async def ask(url: str, way: str, model: str) -> tuple[ChatCompletionResponse, list[ChatMessage]]:
    """Return the answer, or the last answer and the messages of a run of tools."""
    request: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": model}]}
    if model == "call":
        request["tools"] = [Tool.from_function(get_weather)]
    if is_stream(way):
        # Then some servers send the usage in an event without choices.
        request["extra_body"] = {"stream_options": {"include_usage": True}}
    async with client({"server_url": url, "api_key": KEY}) as mistral:
        chat = mistral.chat
        if way == "complete":
            return chat.complete(**request), []
        if way == "complete_async":
            return await chat.complete_async(**request), []
        if way == "stream":
            with chat.stream(**request) as events:
                return events.until_done(), []
        if way == "stream_async":
            async with chat.stream_async(**request) as stream:
                return await stream.until_done(), []
        if way == "run_tools":
            run = chat.run_tools(tools=[get_weather], **request)
            return run.until_done(), run.messages
        run_async = chat.run_tools_async(tools=[get_weather], **request)
        return await run_async.until_done(), run_async.messages


def answer_of(url: str, way: str, model: str) -> Answer:
    try:
        response, messages = asyncio.run(ask(url, way, model))
    except MistralError as error:
        return Answer(type(error).__name__, str(error))
    [choice] = response.choices
    functions = [call.function for call in choice.message.tool_calls or ()]
    calls = [f"{each.name}({each.arguments})" for each in functions]
    texts = [str(message.content) for message in messages or [choice.message]]
    return Answer(str(choice.finish_reason), "; ".join(calls or texts))


def differences(url: str, mock: Mock) -> list[str]:
    """Return the answers that are not the expected ones."""
    found = []
    for model in ANSWERS:
        for way in WAYS_BY_MODEL.get(model, WAYS):
            expected = mock.answer(model, is_stream(way))
            kind, text = answer_of(url, way, model)
            if kind != expected.kind or expected.text not in text:
                found.append(f"{model}, {way}: {kind}, {text!r} instead of {expected}")
    return found


@pytest.mark.parametrize("name", MOCKS)
def test_every_way_to_ask_recorded_and_played_back(
    start: Callable[[str], Process], name: str, tmp_path: Path
) -> None:
    server, mock = start(name), MOCKS[name]
    file = tmp_path / "recorded.jsonl"
    with RecordingServer(server.url + mock.path, file) as recording:
        for url in (server.url + mock.path, recording.url):
            found = differences(url, mock)
            assert not found, "\n".join([*found, server.output()])
    assert KEY not in file.read_text("utf-8")
    with ReplayServer(file) as replay:
        assert not differences(replay.url, mock)


def messages(documents: list[Document]) -> list[Document]:
    """Return the message of an answer, or the deltas of a stream."""
    choices = [choice for document in documents for choice in document["choices"]]
    return [choice.get("message") or choice["delta"] for choice in choices]


def joined(documents: list[Document], name: str = "content") -> str:
    return "".join([message.get(name) or "" for message in messages(documents)])


def call(server: str, way: str, model: str, text: str = "Ça va?", **options: Any) -> list[Document]:
    request = {"model": model, "messages": [{"role": "user", "content": text}]}
    parameters = options.pop("parameters", {})
    return OURS[way]({"server_url": server, "api_key": KEY, **options}, {**request, **parameters})


# -- litellm, and through it our own server


@pytest.fixture(scope="module")
def url(start: Callable[[str], Process]) -> str:
    return start("litellm").url


def test_answers_of_our_server_through_litellm(url: str, upstream: MockServer) -> None:
    for way in WAYS:
        documents = call(url, way, "tools", parameters={"temperature": 0.5, "max_tokens": 50})
        request = upstream.requests[-1].request
        assert request is not None
        assert (request.temperature, request.max_tokens) == (0.5, 50)
        assert bool(request.stream) == is_stream(way)

        documents = call(url, way, "tools", parameters={"tools": [WEATHER], "tool_choice": "any"})
        [made] = [it for message in messages(documents) for it in message.get("tool_calls", ())]
        assert made["function"] == {"name": "get_weather", "arguments": '{"city": "example"}'}
        assert documents[-1]["choices"][0]["finish_reason"] == "tool_calls"

        documents = call(url, way, "thinking")
        assert joined(documents) == "You said: Ça va?"
        # litellm moves the thinking to a field that Mistral's API does not have.
        assert joined(documents, "reasoning_content") == "The user said 'Ça va?'. I repeat it."


def test_refusals_of_litellm(url: str) -> None:
    for way in WAYS:
        for model, key, statuses, message in [
            ("broken", KEY, [500], "litellm.InternalServerError: this is a mock internal server"),
            ("nobody", KEY, [400], "Invalid model name passed in model=nobody"),
            ("text", "sk-another", [400, 401], ""),
        ]:
            with pytest.raises(SDKError) as caught:
                call(url, way, model, api_key=key)
            assert caught.value.status_code in statuses
            assert message in str(caught.value)


# -- llmock, which reports mistakes of a client


RETRIES = RetryConfig("backoff", BackoffStrategy(100, 1000, 2.0, 60_000), True)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    with MOCKS["llmock"].listening(tmp_path, "") as process:
        yield process


def test_retries_follow_the_server(server: Process) -> None:
    faults = [{"type": "fail", "status": 429, "retry_after": 0.5}, {"type": "fail", "status": 503}]
    for way in WAYS:
        server.request("/_llmock/scenario", {"behaviors": faults})
        documents = call(f"{server.url}/mistral", way, "m", f"By {way}", retry_config=RETRIES)
        assert joined(documents).endswith(f"By {way}")
    verdict = server.request("/_llmock/verdict")
    assert (verdict["faults_injected"], verdict["findings"]) == (2 * len(WAYS), [])


def test_a_stream_that_breaks_off_is_an_error(server: Process) -> None:
    cases: list[tuple[str, type[Exception], dict[str, Any]]] = [
        ("disconnect", IncompleteStreamError, {}),
        ("truncate", IncompleteStreamError, {}),
        ("malformed", ResponseValidationError, {}),
        ("stall", IncompleteStreamError, {"timeout_ms": 500}),
    ]
    for kind, expected, options in cases:
        fault = {"type": "stream_fault", "kind": kind, "after_chunks": 2}
        for way in STREAM_WAYS:
            server.request("/_llmock/scenario", {"behaviors": [fault]})
            with pytest.raises(expected):
                call(f"{server.url}/mistral", way, "m", f"By {way}", **options)
