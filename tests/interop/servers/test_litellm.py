"""Our client and the proxy of litellm, and through it our own server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mistral_proto import SDKError, response_format_from_type
from mistral_proto.testing import MockServer
from tests.interop.calls import OURS, WAYS, Document, client, is_stream
from tests.interop.servers.mocks import KEY
from tests.interop.servers.processes import Process

every_way = pytest.mark.parametrize("way", WAYS)

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city, now.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


@pytest.fixture(scope="module")
def url(started: Callable[[str], Process]) -> str:
    return started("litellm").url


def call(url: str, way: str, model: str, key: str = KEY, **parameters: Any) -> list[Document]:
    request = {"model": model, "messages": [{"role": "user", "content": "Ça va?"}], **parameters}
    return OURS[way]({"server_url": url, "api_key": key}, request)


def messages(documents: list[Document]) -> list[Document]:
    """The message of an answer, or the deltas of a stream."""
    choices = [choice for document in documents for choice in document["choices"]]
    return [choice.get("message") or choice["delta"] for choice in choices]


def text(documents: list[Document]) -> str:
    return "".join(message.get("content") or "" for message in messages(documents))


@every_way
def test_through_it_to_our_server(url: str, behind: MockServer, way: str) -> None:
    documents = call(url, way, "tools", temperature=0.5, max_tokens=50)
    assert text(documents) == "You said: Ça va?"
    request = behind.requests[-1].request
    assert request is not None
    assert (request.temperature, request.max_tokens) == (0.5, 50)
    assert bool(request.stream) == is_stream(way)


@every_way
def test_a_tool_is_called_through_it(url: str, way: str) -> None:
    documents = call(url, way, "tools", tools=[WEATHER], tool_choice="any")
    (made,) = [each for message in messages(documents) for each in message.get("tool_calls", ())]
    assert made["function"] == {"name": "get_weather", "arguments": '{"city": "example"}'}
    assert documents[-1]["choices"][0]["finish_reason"] == "tool_calls"


@every_way
def test_thinking_through_it(url: str, way: str) -> None:
    documents = call(url, way, "thinking")
    assert text(documents) == "You said: Ça va?"
    # It becomes a field that Mistral's own answers have not: kept, as all that is unknown.
    thoughts = [message.get("reasoning_content", "") for message in messages(documents)]
    assert "".join(thoughts) == "The user said 'Ça va?'. I repeat it."


@dataclass(frozen=True)
class Said:
    """What was said."""

    said: str


SAY: dict[str, Any] = {"model": "tools", "messages": [{"role": "user", "content": "Ça va?"}]}


def test_an_answer_is_parsed_through_it(url: str, behind: MockServer) -> None:
    with client({"server_url": url, "api_key": KEY}) as mistral:
        whole = mistral.chat.parse(Said, **SAY)
        assert whole.choices[0].message.parsed == Said("example")
        with mistral.chat.parse_stream(Said, **SAY) as events:
            assert events.until_done().choices[0].message.parsed == Said("example")
    sent = behind.requests[-1].request
    assert sent is not None
    assert sent.response_format == response_format_from_type(Said)


def test_an_answer_is_parsed_through_it_in_asyncio(url: str) -> None:
    async def parse() -> tuple[Said | None, Said | None]:
        async with client({"server_url": url, "api_key": KEY}) as mistral:
            whole = await mistral.chat.parse_async(Said, **SAY)
            async with mistral.chat.parse_stream_async(Said, **SAY) as events:
                gathered = await events.until_done()
        return whole.choices[0].message.parsed, gathered.choices[0].message.parsed

    assert asyncio.run(parse()) == (Said("example"), Said("example"))


@every_way
@pytest.mark.parametrize(
    ("model", "status", "said"),
    [
        ("broken", 500, "litellm.InternalServerError: this is a mock internal server error"),
        ("nobody", 400, "Invalid model name passed in model=nobody"),
    ],
)
def test_a_refusal(url: str, way: str, model: str, status: int, said: str) -> None:
    with pytest.raises(SDKError) as caught:
        call(url, way, model)
    assert caught.value.status_code == status
    assert said in str(caught.value)


@every_way
def test_a_key_that_is_not_the_proxy_s(url: str, way: str) -> None:
    with pytest.raises(SDKError) as caught:
        call(url, way, "text", key="sk-another")
    assert caught.value.status_code in (400, 401)
