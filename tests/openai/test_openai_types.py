"""OpenAI's types: documents with missing fields, required fields, unions and moderations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mistral_proto import ValidationError
from mistral_proto.checks import KEEP, STRICT, Boolean, MapOf
from mistral_proto.errors import Path
from mistral_proto.openai import (
    AnnotationURLCitation,
    ChatCompletion,
    ChatCompletionChunk,
    ChatCompletionMessage,
    ChatCompletionMessageCustomToolCall,
    ChatCompletionMessageFunctionToolCall,
    ChatCompletionMessageToolCall,
    ChatCompletionTokenLogprob,
    Choice,
    ChoiceDelta,
    ChoiceDeltaToolCall,
    CompletionUsage,
    Function,
    FunctionCall,
    Moderation,
    ModerationInputModerationResultsResult,
    ModerationOutputError,
    UnknownModeration,
    UnknownToolCall,
    chat_completion,
    chat_completion_chunk,
)
from mistral_proto.wire import WireType
from tests.fields.copies import COPIES
from tests.fields.openai_samples import OPENAI_DOCUMENTS

CALL: dict[str, Any] = {"id": "c1", "function": {"name": "f", "arguments": "{}"}}
CUSTOM: dict[str, Any] = {"id": "c2", "custom": {"name": "f", "input": "a"}, "type": "custom"}
HEAD = {"id": "", "created": 0, "object": "", "model": ""}


def problems(cls: type[WireType], document: Any, **how: bool) -> list[tuple[Path, str]]:
    with pytest.raises(ValidationError) as caught:
        cls.from_dict(document, **how)
    return [(problem.path, problem.type) for problem in caught.value.problems]


# Documents with missing fields, and the attributes of these.
MISSING: list[tuple[type[WireType], dict[str, Any], dict[str, Any]]] = [
    (ChatCompletion, {"choices": []}, HEAD),
    (ChatCompletionChunk, {"choices": []}, HEAD),
    (Choice, {"index": 0}, {"finish_reason": "", "message": ChatCompletionMessage.from_dict({})}),
    (chat_completion_chunk.Choice, {"x": 1}, {"index": 0, "delta": ChoiceDelta()}),
    (CompletionUsage, {"prompt_tokens": 1}, {"completion_tokens": 0, "total_tokens": 0}),
    (ChatCompletionTokenLogprob, {"token": "a", "logprob": -1}, {"top_logprobs": [], "bytes": None}),
    (Function, {}, {"name": "", "arguments": ""}),
    (FunctionCall, {}, {"name": "", "arguments": ""}),
    (ChoiceDeltaToolCall, {"id": "a"}, {"index": 0}),
    (AnnotationURLCitation, {"url": "u"}, {"title": "", "start_index": 0, "end_index": 0}),
    (ChatCompletionMessageCustomToolCall, {"custom": CUSTOM["custom"], "type": "custom"}, {"id": ""}),
]  # fmt: skip


def test_a_missing_field_stays_missing() -> None:
    for cls, document, attributes in MISSING:
        value = cls.from_dict(document)
        assert {name: getattr(value, name) for name in attributes} == attributes
        assert value.to_dict() == document
        if not {"message", "delta"} & attributes.keys():
            assert cls.from_dict(dict.fromkeys(attributes) | document) == value  # null is missing
        for copied in (replace(value), *(how(value) for how in COPIES.values())):
            assert copied == value
            assert copied.to_dict() == document
    call = ChatCompletionMessageFunctionToolCall.from_dict({"id": "a"})
    assert (call.type, call.function.name, call.function.arguments) == ("function", "", "")
    assert call.to_dict() == {"id": "a"}


def test_strict_reading_requires_the_required_fields() -> None:
    for cls, document in OPENAI_DOCUMENTS.items():
        required = {name for name, spec in cls._specs.items() if spec.required}
        for name in document:
            without = {key: item for key, item in document.items() if key != name}
            if name in required:
                assert problems(cls, without, strict=True) == [((name,), "missing")]
                assert problems(cls, {**document, name: None}, strict=True)[0][0] == (name,)
            else:
                whole = cls.from_dict(without, strict=True)
                assert cls.from_dict({**document, name: None}, strict=True) == whole


def test_the_calls_of_a_message() -> None:
    assert ChatCompletionMessageToolCall is ChatCompletionMessageFunctionToolCall
    cases: list[tuple[dict[str, Any], type[WireType]]] = [
        ({**CALL, "type": "function"}, ChatCompletionMessageFunctionToolCall),
        (CALL, ChatCompletionMessageFunctionToolCall),
        ({**CALL, "type": None}, ChatCompletionMessageFunctionToolCall),
        ({**CALL, "index": 0}, ChatCompletionMessageFunctionToolCall),
        (CUSTOM, ChatCompletionMessageCustomToolCall),
        ({**CALL, "type": "brand-new"}, UnknownToolCall),
    ]
    for call, cls in cases:
        document = {"role": "assistant", "tool_calls": [call]}
        message = ChatCompletionMessage.from_dict(document)
        assert message.tool_calls is not None
        assert [type(read) for read in message.tool_calls] == [cls]
        assert message.to_dict() == document
        assert ChatCompletionMessage.from_dict(message.to_dict()) == message
    wrong: list[tuple[Any, Path, str]] = [
        ({**CALL, "type": "brand-new"}, ("type",), "union_tag_invalid"),
        ({**CALL, "type": 1}, ("type",), "union_tag_invalid"),
        (CALL, ("type",), "missing"),
        ("a", (), "dict_type"),
    ]
    for call, place, kind in wrong:
        found = problems(
            ChatCompletionMessage, {"role": "assistant", "tool_calls": [call]}, strict=True
        )
        assert found == [(("tool_calls", 0, *place), kind)]


def test_moderations() -> None:
    error = {"code": "c", "message": "no", "type": "error"}
    document: dict[str, Any] = {"input": {"type": "skipped", "why": "empty"}, "output": error}
    moderation = Moderation.from_dict(document)
    assert moderation.input == UnknownModeration(type="skipped", extra={"why": "empty"})
    assert type(moderation.output) is ModerationOutputError
    assert moderation.to_dict() == document
    found = problems(Moderation, document, strict=True)
    assert found == [(("input", "type"), "union_tag_invalid")]

    cls = ModerationInputModerationResultsResult
    wrong = {
        **OPENAI_DOCUMENTS[cls],
        "categories": {"a": True, "b": 1, "c": "yes"},
        "category_applied_input_types": {"a": ["text", "smell"], "b": "text"},
        "category_scores": [],
    }
    expected = [
        (("categories", "b"), "bool_type"),
        (("categories", "c"), "bool_type"),
        (("category_applied_input_types", "b"), "list_type"),
        (("category_scores",), "dict_type"),
    ]
    assert problems(cls, wrong) == expected
    smell = (("category_applied_input_types", "a", 1), "enum")
    assert problems(cls, wrong, strict=True) == [*expected[:2], smell, *expected[2:]]


def test_maps() -> None:
    cases: list[tuple[Any, list[tuple[Path, str]]]] = [
        ({"a": True, "": False}, []),
        ({}, []),
        ([], [((), "dict_type")]),
        (None, [((), "dict_type")]),
        ({"a": 1, "b": True, "c": None}, [(("a",), "bool_type"), (("c",), "bool_type")]),
        ({1: True}, [(("1",), "string_type")]),
    ]
    check = MapOf(Boolean())
    for value, found in cases:
        assert check.matches(value) is isinstance(value, dict)
        for reading in (KEEP, STRICT):
            if not found:
                read = check.read(value, reading)
                assert read == value
                assert read is not value
                continue
            with pytest.raises(ValidationError) as caught:
                check.read(value, reading)
            assert [(problem.path, problem.type) for problem in caught.value.problems] == found


def test_whole_answers_and_streams_share_types_but_choices() -> None:
    assert Choice is chat_completion.Choice
    assert "delta" in chat_completion_chunk.Choice._specs
    assert chat_completion_chunk.ChoiceLogprobs is chat_completion.ChoiceLogprobs
    assert chat_completion_chunk.Moderation is chat_completion.Moderation
