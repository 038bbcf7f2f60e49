"""mistral_common's types of responses, and ours: each reads and writes what the other does.

`DIFFERENCES` lists where ours differs from mistral_common 1.8.3 on purpose, with the reasons;
the tests check every entry by its example.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from mistral_common.protocol.base import UsageInfo
from mistral_common.protocol.instruct import response, tool_calls

import mistral_proto as m
from mistral_proto.wire import WireType
from tests.fields.wire_samples import DOCUMENTS as SAMPLES
from tests.interop.readings import Difference, Disagreement, disagreements, unexplained
from tests.published.strategies import (
    UNKNOWN_KEYS,
    VALUES,
    changed,
    documents,
    generable,
    removed,
    replaced,
)

PAIRS: dict[str, tuple[type[WireType], Any]] = {
    "FunctionCall": (m.FunctionCall, tool_calls.FunctionCall),
    "ToolCall": (m.ToolCall, tool_calls.ToolCall),
    "UsageInfo": (m.UsageInfo, UsageInfo),
    **{
        name: (getattr(m, name), getattr(response, name))
        for name in (
            "ChatCompletionResponse ChatCompletionResponseChoice ChatCompletionTokenLogprobs"
            " ChatCompletionResponseChoiceLogprobs ChatCompletionResponseStreamChoice"
            " ChatCompletionStreamResponse DeltaMessage"
        ).split()
    },
}
_CHOICE = {"index": 0, "message": {"role": "user", "content": "Hi"}}


MADE_UP = ("id", "created", "object", "type", "prompt_tokens", "completion_tokens", "total_tokens")


DIFFERENCES = (
    Difference("more", "what a newer server sends is kept; this version knows fewer fields, and forbids others",
        ("DeltaMessage", {"content": "Hi", "index": 0}), lambda it: it.step == "reading" and it.theirs == "extra_forbidden"),
    Difference("more", "an unknown reason or type of a newer server stays a plain string",
        ("ChatCompletionResponseChoice", {**_CHOICE, "finish_reason": "content_filter"}),
        lambda it: it.theirs == "enum" and isinstance(it.value, str)),
    Difference("more", "the content of a message may be a list of chunks",
        ("DeltaMessage", {"content": [{"type": "text", "text": "Hi"}]}),
        lambda it: it.field == "content" and it.theirs == "string_type" and isinstance(it.value, list)),
    Difference("more", "what a server leaves out is read as empty, unless reading is strict",
        ("ToolCall", {"id": "a"}), lambda it: it.step == "reading" and it.theirs == "missing"),
    Difference("more", "null is as good as left out, unless reading is strict",
        ("FunctionCall", {"name": "f", "arguments": None}), lambda it: it.step == "reading" and it.value is None),
    Difference("more", "an integer may be as long as Python prints one",
        ("UsageInfo", {"total_tokens": 1e308}),
        lambda it: it.theirs in ("int_parsing_size", "float_type") and isinstance(it.value, (int, float)) and abs(it.value) >= 2**63),
    Difference("more", "a stream may come apart in the middle of a character; pydantic can't write it",
        ("DeltaMessage", {"content": "\ud83d"}), lambda it: it.theirs == "PydanticSerializationError"),
    Difference("more", "what is not of its field's type is kept as it came, unless reading is strict",
        ("UsageInfo", {"total_tokens": "many"}), lambda it: it.aside),
    Difference("values", "what pydantic converts is not of its field's type, either",
        ("UsageInfo", {"total_tokens": "1"}), lambda it: it.aside),
    Difference("values", "what a server left out is left out again: no id, type, date or counts are made up",
        ("ChatCompletionStreamResponse", {"model": "m", "choices": []}),
        lambda it: it.field in MADE_UP and it.ours == "nothing"),
    Difference("less", "types are strict: no '1' and no true for 1",
        ("ChatCompletionTokenLogprobs", {"token": "a", "logprob": "1", "bytes": []}),
        lambda it: it.ours in ("int_type", "float_type") and isinstance(it.value, (bool, str))),
)  # fmt: skip


GENERATED = {
    of: documents(generable(theirs.model_json_schema())) for of, (_, theirs) in PAIRS.items()
}
each_type = pytest.mark.parametrize("of", PAIRS)


def compare(of: str, document: Any) -> list[Disagreement]:
    return disagreements(of, *PAIRS[of], document)


def check(of: str, document: Any) -> None:
    assert unexplained(compare(of, document), DIFFERENCES) == []


@each_type
@given(data=st.data())
def test_a_document_and_a_change_anywhere(of: str, data: st.DataObject) -> None:
    document = data.draw(GENERATED[of])
    check(of, document)
    check(of, data.draw(changed(document)).document)


@each_type
def test_every_value_in_every_field(of: str) -> None:
    document: dict[str, Any] = SAMPLES[PAIRS[of][0]]
    for field in document:
        check(of, removed(document, (field,)).document)
    for field in (*document, *UNKNOWN_KEYS):
        for value in VALUES:
            check(of, replaced(document, (field,), value).document)


def test_the_two_disagree_about_each_example() -> None:
    for difference in DIFFERENCES:
        of, document = difference.example
        assert any(map(difference.matches, compare(of, document))), difference.reason
        check(of, document)


def test_the_finish_reasons_have_the_same_names() -> None:
    theirs = response.FinishReason.__members__
    assert {name: str(m.FinishReason[name]) for name in theirs} == {
        name: member.value for name, member in theirs.items()
    }
