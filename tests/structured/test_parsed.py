"""Whole answers read as a type: what is parsed, what is not, and what is wrong with which."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from mistral_proto import AssistantMessage, ChatCompletionResponse, MistralError
from mistral_proto.errors import ParsedContentError
from mistral_proto.structured.parsed import (
    ParsedAssistantMessage,
    ParsedChatCompletionResponse,
    parsed_response,
)
from tests.structured.samples import Author

ANN = Author("Ann")
TEXT = '{"name": "Ann"}'
CALL = {"id": "a1b2c3d4e", "function": {"name": "f", "arguments": "{}"}}


def response(*messages: Any, finish_reason: str = "stop") -> ChatCompletionResponse:
    return ChatCompletionResponse.from_dict(
        {
            "id": "1",
            "model": "m",
            "region": "eu",
            "choices": [
                {"index": number, "finish_reason": finish_reason, "message": message}
                for number, message in enumerate(messages)
            ],
        }
    )


PARSED: list[tuple[dict[str, Any], Author | None]] = [
    ({"content": TEXT}, ANN),
    ({"content": f"\n {TEXT} \n"}, ANN),
    (
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
                {"type": "text", "text": '{"name":'},
                {"type": "text", "text": '"Ann"}'},
            ]
        },
        ANN,
    ),
    ({"content": None}, None),
    ({"content": ""}, None),
    ({"content": []}, None),
    ({}, None),
    ({"content": None, "refusal": "No."}, None),
    ({"content": "", "tool_calls": [CALL]}, None),
    ({"content": "I ask for the weather.", "tool_calls": [CALL]}, None),
]


@pytest.mark.parametrize(("message", "expected"), PARSED)
def test_what_is_parsed(message: dict[str, Any], expected: Author | None) -> None:
    whole = response(message)
    parsed = parsed_response(whole, Author)
    assert parsed.choices[0].message.parsed == expected
    # It is the same document.
    assert parsed.to_dict() == whole.to_dict()


def test_a_choice_without_a_message() -> None:
    whole = ChatCompletionResponse.from_dict({"model": "m", "choices": [{"index": 0}]})
    parsed = parsed_response(whole, Author)
    assert parsed.choices[0].message.parsed is None
    assert parsed.to_dict() == whole.to_dict() == {"model": "m", "choices": [{"index": 0}]}


WRONG: list[tuple[list[dict[str, Any]], str, str]] = [
    (
        [{"content": "Sure! Ann."}],
        "stop",
        "the answer does not fit Author: choices[0].message.content: expected JSON, got text"
        " that is not: Expecting value (line 1, column 1)",
    ),
    (
        [{"content": TEXT}, {"content": '{"nme": "Ann"}'}],
        "stop",
        "the answer does not fit Author: choices[1].message.content.nme: expected no such field"
        " (did you mean 'name'?), got the string 'Ann';"
        " choices[1].message.content.name: expected this field, got nothing",
    ),
    (
        [{"content": '{"name": "An'}],
        "length",
        "the answer does not fit Author (it was cut short: finish_reason 'length'):"
        " choices[0].message.content: expected JSON, got text that is not: Unterminated string starting"
        " at (line 1, column 10)",
    ),
    (
        [{"role": "user", "content": TEXT}],
        "stop",
        "the answer does not fit Author: choices[0].message.role: expected 'assistant', got the"
        " string 'user'",
    ),
]


@pytest.mark.parametrize(("messages", "reason", "expected"), WRONG)
def test_what_is_wrong(messages: list[dict[str, Any]], reason: str, expected: str) -> None:
    whole = response(*messages, finish_reason=reason)
    with pytest.raises(ParsedContentError) as caught:
        parsed_response(whole, Author)
    error = caught.value
    assert str(error) == error.message == expected
    assert error.response is whole
    assert error.cause is error.__cause__ is not None
    assert isinstance(error, MistralError)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.response) == (expected, whole)


def test_an_answer_that_was_cut_short_but_fits() -> None:
    parsed = parsed_response(response({"content": TEXT}, finish_reason="length"), Author)
    assert parsed.choices[0].message.parsed == ANN


def test_it_is_a_value_like_the_others() -> None:
    parsed = parsed_response(response({"content": TEXT}), Author)
    for copied in (copy.copy(parsed), copy.deepcopy(parsed), pickle.loads(pickle.dumps(parsed))):
        assert copied == parsed
        assert hash(copied.choices[0].message) == hash(parsed.choices[0].message)
    read: Any = ParsedChatCompletionResponse.from_dict(parsed.to_dict())
    assert read != parsed and read.choices[0].message.parsed is None
    message: object = parsed.choices[0].message
    assert isinstance(message, ParsedAssistantMessage)
    assert isinstance(message, AssistantMessage)
    assert "parsed=Author(name='Ann', born=None)" in repr(message)


def test_what_is_parsed_need_not_have_a_hash() -> None:
    message = ParsedAssistantMessage(content="[]", parsed=[1])
    assert hash(message) == hash(ParsedAssistantMessage(content="[]", parsed=[1]))
