"""Our client and the proxy of litellm, and through it our own server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mistral_proto import SDKError
from mistral_proto.testing import MockServer
from tests.interop.calls import OURS, WAYS, Document, is_stream
from tests.interop.servers.mocks import KEY
from tests.interop.servers.processes import Process
from tests.testing.raw import WEATHER


@pytest.fixture(scope="module")
def url(start: Callable[[str], Process]) -> str:
    return start("litellm").url


def call(url: str, way: str, model: str, key: str = KEY, **parameters: Any) -> list[Document]:
    request = {"model": model, "messages": [{"role": "user", "content": "Ça va?"}], **parameters}
    return OURS[way]({"server_url": url, "api_key": key}, request)


def messages(documents: list[Document]) -> list[Document]:
    """Return the message of an answer, or the deltas of a stream."""
    choices = [choice for document in documents for choice in document["choices"]]
    return [choice.get("message") or choice["delta"] for choice in choices]


def joined(documents: list[Document], name: str = "content") -> str:
    return "".join([message.get(name) or "" for message in messages(documents)])


def test_answers_of_our_server(url: str, upstream: MockServer) -> None:
    for way in WAYS:
        documents = call(url, way, "tools", temperature=0.5, max_tokens=50)
        request = upstream.requests[-1].request
        assert request is not None
        assert (request.temperature, request.max_tokens) == (0.5, 50)
        assert bool(request.stream) == is_stream(way)

        documents = call(url, way, "tools", tools=[WEATHER], tool_choice="any")
        [made] = [it for message in messages(documents) for it in message.get("tool_calls", ())]
        assert made["function"] == {"name": "get_weather", "arguments": '{"city": "example"}'}
        assert documents[-1]["choices"][0]["finish_reason"] == "tool_calls"

        documents = call(url, way, "thinking")
        assert joined(documents) == "You said: Ça va?"
        # litellm moves the thinking to a field that Mistral's API does not have.
        assert joined(documents, "reasoning_content") == "The user said 'Ça va?'. I repeat it."


def test_refusals(url: str) -> None:
    for way in WAYS:
        for model, key, statuses, message in [
            ("broken", KEY, [500], "litellm.InternalServerError: this is a mock internal server"),
            ("nobody", KEY, [400], "Invalid model name passed in model=nobody"),
            ("text", "sk-another", [400, 401], ""),
        ]:
            with pytest.raises(SDKError) as caught:
                call(url, way, model, key)
            assert caught.value.status_code in statuses
            assert message in str(caught.value)
