"""Answers read as a type: parsed values, problems, and the answer itself, which stays as it is."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import typing
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ChatCompletionResponse,
    FunctionTool,
    ParsedContentError,
    ValidationError,
)
from mistral_proto.openai import completion_to_openai, request_to_openai
from mistral_proto.schema import json_schema
from mistral_proto.structured.parsed import (
    ParsedAssistantMessage,
    ParsedChatCompletionChoice,
    ParsedChatCompletionResponse,
    parsed_response,
)
from tests.structured.samples import Author

ANN = Author("Ann")
TEXT = '{"name": "Ann"}'
CALL = {"id": "a1b2c3d4e", "function": {"name": "f", "arguments": "{}"}}
THINKING = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}
HALVES = [{"type": "text", "text": '{"name":'}, {"type": "text", "text": '"Ann"}'}]


def response(*messages: Any, finish_reason: str | None = "stop") -> ChatCompletionResponse:
    choices = [
        {"index": number, "finish_reason": finish_reason, "message": message}
        for number, message in enumerate(messages)
    ]
    document = {"id": "1", "created": 1, "model": "m", "region": "eu", "choices": choices}
    return ChatCompletionResponse.from_dict(document)


PARSED: list[tuple[dict[str, Any], Author | None]] = [
    ({"content": f"\ufeff {TEXT} \n", "refusal": None}, ANN),
    ({"content": [THINKING, *HALVES]}, ANN),
    ({"content": f"\ufeff\n```\r\n{TEXT}\r\n``` \n"}, ANN),
    ({"content": f"```JSON {TEXT}```"}, ANN),
    ({"content": f"See:\n\n```json\n{TEXT}\n```\nMore?"}, ANN),
    ({"content": '```json\n{"name": "```"}\n```'}, Author("```")),
    ({"content": '\ufeff {"name": "```x```"}'}, Author("```x```")),
    ({"content": "I ask for the weather.", "tool_calls": [CALL]}, None),
]


def test_parsed_values() -> None:
    for message, expected in PARSED:
        whole = response(message, finish_reason="length")
        parsed = parsed_response(whole, Author)
        assert parsed.choices[0].message.parsed == expected
        assert parsed.to_dict() == whole.to_dict()


CUT = "was cut short (finish_reason {!r})"
MISSING: list[tuple[str, ...]] = [("content", "missing")]
INVALID: list[tuple[str, ...]] = [("content", "json_invalid")]
UNFIT: list[tuple[str, ...]] = [
    ("content", "nme", "extra_forbidden"),
    ("content", "name", "missing"),
]
# A message, its finish reason, the state in the message of the error, and the problems.
UNANSWERED: list[tuple[dict[str, Any], str | None, str, list[tuple[str, ...]]]] = [
    ({"content": " \n"}, None, "is empty", MISSING),
    ({"content": [{"type": "thinking", "thinking": []}]}, "stop", "is empty", MISSING),
    ({}, "tool_calls", "is empty", MISSING),
    ({"content": ""}, "length", CUT.format("length"), MISSING),
    ({"content": f"```json\n{TEXT}"}, "model_length", CUT.format("model_length"), INVALID),
    ({"refusal": "Never."}, "stop", "was refused", MISSING),
    ({"content": "I", "refusal": "No."}, "stop", "was refused", INVALID),
    ({"content": ""}, "content_filter", "was refused", MISSING),
    ({"content": f"```{TEXT}``` or ```{TEXT}```"}, "stop", "", INVALID),
    ({"content": '{"nme": "Ann"}'}, "stop", "", UNFIT),
    ({"role": "user", "content": TEXT}, "stop", "", [("role", "literal_error")]),
]


def test_answers_that_do_not_fit() -> None:
    for message, reason, state, problems in UNANSWERED:
        # Even if another choice fits.
        whole = response({"content": TEXT}, message, finish_reason=reason)
        with pytest.raises(ParsedContentError) as caught:
            parsed_response(whole, Author)
        error = caught.value
        beginning = f"the answer {state} and does" if state else "the answer does"
        assert error.message.startswith(f"{beginning} not fit Author: choices[1].message.")
        assert error.response is whole and isinstance(error.cause, ValidationError)
        found = [(*problem.path, problem.type) for problem in error.cause.problems]
        assert found == [("choices", 1, "message", *problem) for problem in problems]
        unpickled = pickle.loads(pickle.dumps(error))
        assert (str(unpickled), unpickled.response) == (error.message, whole)
    for choices, path in ([{"index": 0}], ("choices", 0, "message", "content")), ([], ("choices",)):
        whole = ChatCompletionResponse.from_dict({"model": "m", "choices": choices})
        with pytest.raises(ParsedContentError, match="is empty") as caught:
            parsed_response(whole, Author)
        assert isinstance(caught.value.cause, ValidationError)
        assert [problem.path for problem in caught.value.cause.problems] == [path]


def test_a_parsed_answer_is_a_value() -> None:
    plain = response({"role": "assistant", "content": TEXT})
    parsed = parsed_response(plain, Author)
    message = parsed.choices[0].message
    for copied in (copy.copy(parsed), copy.deepcopy(parsed), pickle.loads(pickle.dumps(parsed))):
        assert copied == parsed
        assert hash(copied.choices[0].message) == hash(message)
    read: Any = ParsedChatCompletionResponse.from_dict(parsed.to_dict())
    assert read != parsed and read.choices[0].message.parsed is None
    assert isinstance(message, AssistantMessage)
    assert "parsed=Author(name='Ann', born=None)" in repr(message)
    unhashable = ParsedAssistantMessage[Any](content="[]", parsed=[1])
    assert hash(unhashable) == hash(dataclasses.replace(unhashable))
    # Conversions ignore what is not on the wire.
    ours, theirs = completion_to_openai(parsed), completion_to_openai(plain)
    assert (ours.value, ours.changes) == (theirs.value, theirs.changes)
    request = ChatCompletionRequest(messages=[message])
    assert "parsed" not in str((request.to_dict(), request_to_openai(request).value))


def test_type_hints_and_schemas() -> None:
    classes: list[Any] = [
        *(FunctionTool, ParsedAssistantMessage),
        *(ParsedChatCompletionChoice, ParsedChatCompletionResponse),
    ]
    for cls in classes:
        hints = typing.get_type_hints(cls)
        assert {one.name for one in dataclasses.fields(cls)} <= hints.keys()
        assert cls[int].__origin__ is cls
        properties: Any = json_schema(cls)["properties"]
        assert not {"parsed", "implementation"} & properties.keys()


CHOICES: list[dict[str, Any]] = [
    {"index": None, "finish_reason": None, "message": {"role": None, "content": '{"name": ""}'}},
    {"message": {"content": TEXT, "prefix": None, "annotations": [1]}, "logprobs": [], "stop": 1},
]


def test_a_document_stays_as_it_came() -> None:
    document = {"model": "m", "choices": CHOICES, "usage": None, "created": 1.5}
    plain = ChatCompletionResponse.from_dict(document)
    parsed = parsed_response(plain, Author)
    assert parsed.to_dict() == plain.to_dict() == document
    assert [one.index for one in parsed.choices] == [one.index for one in plain.choices]
    assert dataclasses.replace(parsed).to_dict() == dataclasses.replace(plain).to_dict()
