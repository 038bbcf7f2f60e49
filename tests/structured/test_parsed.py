"""Whole answers read as a type: what is parsed, what is not, and what is wrong with which."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionResponse,
    MistralError,
    ParsedContentError,
    ValidationError,
)
from mistral_proto.structured.parsed import (
    ParsedAssistantMessage,
    ParsedChatCompletionResponse,
    parsed_response,
)
from tests.structured.samples import Author

ANN = Author("Ann")
TEXT = '{"name": "Ann"}'
CALL = {"id": "a1b2c3d4e", "function": {"name": "f", "arguments": "{}"}}


def response(*messages: Any, finish_reason: str | None = "stop") -> ChatCompletionResponse:
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
    ({"content": f"```json\n{TEXT}\n```"}, ANN),
    ({"content": f"\ufeff\n```\r\n{TEXT}\r\n``` \n"}, ANN),
    ({"content": f"```JSON {TEXT}```"}, ANN),
    ({"content": f"See:\n\n```json\n{TEXT}\n```\nMore?"}, ANN),
    ({"content": '```json\n{"name": "```"}\n```'}, Author("```")),
    ({"content": '\ufeff {"name": "```x```"}'}, Author("```x```")),
    ({"content": f"\ufeff{TEXT}", "refusal": None}, ANN),
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


CUT = "was cut short (finish_reason {!r}) and "
# A message, why it ended, what is said of that, and of the content.
UNANSWERED: list[tuple[dict[str, Any], str | None, str, str]] = [
    ({"content": None}, "stop", "is empty and ", "expected JSON, got nothing"),
    ({"content": " \n"}, None, "is empty and ", "expected JSON, got nothing"),
    ({"content": []}, "error", "is empty and ", "expected JSON, got nothing"),
    ({"content": [{"type": "thinking", "thinking": []}]}, "stop", "is empty and ", "got nothing"),
    ({}, "tool_calls", "is empty and ", "expected JSON, got nothing"),
    ({"content": ""}, "length", CUT.format("length"), "expected JSON, got nothing"),
    ({"content": '{"na'}, "model_length", CUT.format("model_length"), "got text that is not"),
    ({"content": f"```json\n{TEXT}"}, "length", CUT.format("length"), "got text that is not"),
    ({"refusal": "Never."}, "stop", "was refused and ", "got a refusal, the string 'Never.'"),
    ({"content": "I", "refusal": "No."}, "stop", "was refused and ", "got text that is not"),
    ({"content": ""}, "content_filter", "was refused and ", "expected JSON, got nothing"),
    ({"content": f"```{TEXT}``` or ```{TEXT}```"}, "stop", "", "got text that is not"),
    ({"content": "```"}, "stop", "", "got text that is not"),
]


def test_an_answer_that_is_none_is_never_a_silent_none() -> None:
    for message, reason, how, what in UNANSWERED:
        # Nor one among others that fit.
        whole = response({"content": TEXT}, message, finish_reason=reason)
        with pytest.raises(ParsedContentError) as caught:
            parsed_response(whole, Author)
        said = f"the answer {how}does not fit Author: choices[1].message.content: expected JSON"
        assert caught.value.message.startswith(said)
        assert what in caught.value.message
        assert caught.value.response is whole


def test_a_response_without_a_message_or_a_choice() -> None:
    for choices, path in ([{"index": 0}], ("choices", 0, "message", "content")), ([], ("choices",)):
        whole = ChatCompletionResponse.from_dict({"model": "m", "choices": choices})
        with pytest.raises(ParsedContentError, match="is empty") as caught:
            parsed_response(whole, Author)
        assert isinstance(caught.value.cause, ValidationError)
        assert [problem.path for problem in caught.value.cause.problems] == [path]


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
        "the answer was cut short (finish_reason 'length') and does not fit Author:"
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
