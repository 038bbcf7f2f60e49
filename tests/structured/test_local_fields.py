"""Fields for the caller alone: on no wire, in no conversion, and in the way of nothing."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

import pytest

from mistral_proto import (
    ChatCompletionRequest,
    ChatCompletionResponse,
    FunctionTool,
    Tool,
    UserMessage,
)
from mistral_proto.openai import completion_to_openai, request_to_openai
from mistral_proto.schema import json_schema
from mistral_proto.structured.parsed import (
    ParsedAssistantMessage,
    ParsedChatCompletionChoice,
    ParsedChatCompletionResponse,
    parsed_response,
)
from tests.recorded.test_recorded import having
from tests.structured.samples import Author

TYPES = [
    FunctionTool,
    ParsedAssistantMessage,
    ParsedChatCompletionChoice,
    ParsedChatCompletionResponse,
]
DOCUMENT: dict[str, Any] = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": '{"name": "Ann"}'},
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


def greet(name: str) -> str:
    """Greet."""
    return name


def test_a_parsed_answer_is_converted_as_the_answer_is() -> None:
    response = ChatCompletionResponse.from_dict(DOCUMENT)
    parsed = parsed_response(response, Author)
    ours, theirs = completion_to_openai(parsed), completion_to_openai(response)
    assert ours.value == theirs.value
    assert ours.changes == theirs.changes
    message, plain = parsed.choices[0].message, response.choices[0].message
    assert message.to_openai() == plain.to_openai()


def test_a_parsed_message_goes_into_the_next_request() -> None:
    message = parsed_response(ChatCompletionResponse.from_dict(DOCUMENT), Author).choices[0].message
    request = ChatCompletionRequest(messages=[UserMessage(content="Hi"), message])
    assert request.to_dict()["messages"][1] == message.to_dict()  # type: ignore[index]
    assert "parsed" not in str(request_to_openai(request).value)


def test_a_function_tool_is_converted_as_its_tool_is() -> None:
    tool = Tool.from_function(greet)
    requests = [
        ChatCompletionRequest(messages=[UserMessage(content="Hi")], tools=[one])
        for one in (tool, Tool(function=tool.function))
    ]
    ours, theirs = [request_to_openai(request) for request in requests]
    assert (ours.value, ours.changes) == (theirs.value, theirs.changes)
    assert requests[0].to_json() == requests[1].to_json()
    assert tool.to_openai() == Tool(function=tool.function).to_openai()


@pytest.mark.parametrize("cls", TYPES)
def test_type_hints_are_there_at_run_time(cls: Any) -> None:
    hints = typing.get_type_hints(cls)
    assert {one.name for one in dataclasses.fields(cls)} <= hints.keys()
    assert cls[int].__origin__ is cls
    schema = json_schema(cls)
    properties: Any = schema["properties"]
    assert not {"parsed", "implementation"} & properties.keys()


@pytest.mark.parametrize(
    "choice",
    [
        {
            "index": None,
            "finish_reason": None,
            "message": {"role": None, "content": '{"name": ""}'},
        },
        {"index": 0, "message": {"content": '{"name": "Ann"}', "prefix": None, "annotations": [1]}},
        {"message": {"tool_calls": None, "content": '{"name": "Ann"}'}, "logprobs": [], "stop": 1},
    ],
)
def test_what_nobody_said_stays_unsaid(choice: dict[str, Any]) -> None:
    document = {"model": "m", "choices": [choice, choice], "usage": None, "created": 1.5}
    response = ChatCompletionResponse.from_dict(document)
    parsed = parsed_response(response, Author)
    assert parsed.to_dict() == response.to_dict() == document
    assert type(parsed.choices[1].message) is ParsedAssistantMessage
    assert [one.index for one in parsed.choices] == [one.index for one in response.choices]
    assert dataclasses.replace(parsed).to_dict() == dataclasses.replace(response).to_dict()


class AsIs(typing.TypedDict, total=False):
    pass


@pytest.mark.parametrize("document", having("response"))
def test_a_recorded_answer_stays_what_it_is(document: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whatever the content is, it is taken as read.
    monkeypatch.setattr("mistral_proto.structured.parsed.read_json", lambda text, tp: text)
    response = ChatCompletionResponse.from_dict(document)
    parsed = parsed_response(response, AsIs)
    assert parsed.to_dict() == response.to_dict()
    assert parsed.to_json() == response.to_json()


def test_hashes_need_none_of_what_is_parsed_or_called() -> None:
    class Callable:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self) -> None: ...

    message = ParsedAssistantMessage[Any](content="[]", parsed=[1])
    assert hash(message) == hash(dataclasses.replace(message))
    tool = Tool.from_function(Callable())
    assert hash(tool) == hash(dataclasses.replace(tool))
