"""Fields for the caller only, a parsed answer or a function, are not converted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from mistral_proto import ChatCompletionRequest, Mistral, Tool
from mistral_proto.openai import adapt_request, completion_to_openai, request_to_openai
from mistral_proto.testing import MockServer

HI = [{"role": "user", "content": "Hi"}]


@dataclass
class Book:
    title: str


def now(zone: str) -> str:
    """Tell the time."""
    return zone


@pytest.mark.native
def test_a_parsed_answer() -> None:
    with MockServer(['{"title": "Emma"}']) as server, Mistral("k", server_url=server.url) as client:
        response = client.chat.parse(Book, model="m", messages=HI)
    message = response.choices[0].message
    assert message.parsed == Book("Emma")
    done = completion_to_openai(response)
    assert done.changes == ()
    assert done.value.choices[0].message.to_dict() == {
        "role": "assistant",
        "content": '{"title": "Emma"}',
    }
    request = ChatCompletionRequest(messages=[*HI, message])  # type: ignore[list-item]
    assert request_to_openai(request).value["messages"][1:] == [message.to_dict()]  # type: ignore[index]
    assert request.to_openai()["messages"][1:] == [message.to_dict()]  # type: ignore[index]


def test_a_tool_with_its_function() -> None:
    tool = Tool.from_function(now, description="Tell the time.")
    request = ChatCompletionRequest(model="m", messages=HI, tools=[tool])  # type: ignore[arg-type]
    document: Any = tool.to_dict()
    done = request_to_openai(request)
    assert (done.value["tools"], done.changes) == ([document], ())
    assert request.to_openai()["tools"] == [document]
    adapted = adapt_request({"model": "m", "messages": HI, "tools": [tool]})
    assert (adapted.request.to_dict()["tools"], adapted.changes) == ([document], ())
