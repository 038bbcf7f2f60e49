"""OpenAI's types: missing and required fields, unions, moderations, and modules."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

import pytest

import mistral_proto
from mistral_proto import ValidationError, openai
from mistral_proto.errors import Path
from mistral_proto.wire import WireType
from tests.fields.copies import COPIES
from tests.fields.openai_samples import OPENAI_DOCUMENTS
from tests.package.loading import loaded_by

CALL: dict[str, Any] = {"id": "c1", "function": {"name": "f", "arguments": "{}"}}
CUSTOM: dict[str, Any] = {"id": "c2", "custom": {"name": "f", "input": "a"}, "type": "custom"}
HEAD = {"id": "", "created": 0, "object": "", "model": ""}


def problems(cls: type[WireType], document: Any, **how: bool) -> list[tuple[Path, str]]:
    with pytest.raises(ValidationError) as caught:
        cls.from_dict(document, **how)
    return [(problem.path, problem.type) for problem in caught.value.problems]


# Documents with missing fields, and the attributes of these.
MISSING: list[tuple[type[WireType], dict[str, Any], dict[str, Any]]] = [
    (openai.ChatCompletion, {"choices": []}, HEAD),
    (openai.ChatCompletionChunk, {"choices": []}, HEAD),
    (openai.Choice, {"index": 0}, {"finish_reason": "", "message": openai.ChatCompletionMessage.from_dict({})}),
    (openai.chat_completion_chunk.Choice, {"x": 1}, {"index": 0, "delta": openai.ChoiceDelta()}),
    (openai.CompletionUsage, {"prompt_tokens": 1}, {"completion_tokens": 0, "total_tokens": 0}),
    (openai.ChatCompletionTokenLogprob, {"token": "a", "logprob": -1}, {"top_logprobs": [], "bytes": None}),
    (openai.Function, {}, {"name": "", "arguments": ""}),
    (openai.FunctionCall, {}, {"name": "", "arguments": ""}),
    (openai.ChoiceDeltaToolCall, {"id": "a"}, {"index": 0}),
    (openai.AnnotationURLCitation, {"url": "u"}, {"title": "", "start_index": 0, "end_index": 0}),
    (openai.ChatCompletionMessageCustomToolCall, {"custom": CUSTOM["custom"], "type": "custom"}, {"id": ""}),
]  # fmt: skip


def test_a_missing_field_stays_missing() -> None:
    for cls, document, attributes in MISSING:
        value = cls.from_dict(document)
        assert {name: getattr(value, name) for name in attributes} == attributes
        for copied in (value, replace(value), *(how(value) for how in COPIES.values())):
            assert copied == value
            assert copied.to_dict() == document
    call = openai.ChatCompletionMessageFunctionToolCall.from_dict({"id": "a"})
    assert (call.type, call.function.name, call.to_dict()) == ("function", "", {"id": "a"})


def test_strict_reading_requires_the_required_fields() -> None:
    for cls, document in OPENAI_DOCUMENTS.items():
        required = {name for name, spec in cls._specs.items() if spec.required}
        for name in document:
            without = {key: item for key, item in document.items() if key != name}
            if name in required:
                assert problems(cls, without, strict=True) == [((name,), "missing")]
            else:
                null = cls.from_dict({**document, name: None}, strict=True)
                assert null == cls.from_dict(without, strict=True)


def test_the_calls_of_a_message() -> None:
    assert openai.ChatCompletionMessageToolCall is openai.ChatCompletionMessageFunctionToolCall
    cases: list[tuple[dict[str, Any], type[WireType]]] = [
        ({**CALL, "type": "function"}, openai.ChatCompletionMessageFunctionToolCall),
        ({**CALL, "type": None, "index": 0}, openai.ChatCompletionMessageFunctionToolCall),
        (CALL, openai.ChatCompletionMessageFunctionToolCall),
        (CUSTOM, openai.ChatCompletionMessageCustomToolCall),
        ({**CALL, "type": "brand-new"}, openai.UnknownToolCall),
    ]
    for call, cls in cases:
        document = {"role": "assistant", "tool_calls": [call]}
        message = openai.ChatCompletionMessage.from_dict(document)
        assert message.tool_calls is not None
        assert [type(read) for read in message.tool_calls] == [cls]
        assert message.to_dict() == document
    wrong: list[tuple[Any, Path, str]] = [
        ({**CALL, "type": "brand-new"}, ("type",), "union_tag_invalid"),
        ({**CALL, "type": 1}, ("type",), "union_tag_invalid"),
        (CALL, ("type",), "missing"),
    ]
    for call, place, kind in wrong:
        document = {"role": "assistant", "tool_calls": [call]}
        found = problems(openai.ChatCompletionMessage, document, strict=True)
        assert found == [(("tool_calls", 0, *place), kind)]


def test_moderations() -> None:
    error = {"code": "c", "message": "no", "type": "error"}
    document: dict[str, Any] = {"input": {"type": "skipped", "why": "empty"}, "output": error}
    moderation = openai.Moderation.from_dict(document)
    assert moderation.input == openai.UnknownModeration(type="skipped", extra={"why": "empty"})
    assert type(moderation.output) is openai.ModerationOutputError
    assert moderation.to_dict() == document
    found = problems(openai.Moderation, document, strict=True)
    assert found == [(("input", "type"), "union_tag_invalid")]

    cls = openai.ModerationInputModerationResultsResult
    wrong = {
        **OPENAI_DOCUMENTS[cls],
        "categories": {"a": True, "b": 1, "c": None},
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


def test_modules_share_types_but_choices() -> None:
    for module, name in {
        "chat_completion_message_tool_call": "Function",
        "chat_completion_message": "ChatCompletionMessage",
        "completion_usage": "CompletionUsage",
        "chat_completion": "Choice",
        "chat_completion_chunk": "ChoiceLogprobs",
    }.items():
        found = importlib.import_module(f"{openai.__name__}.{module}")
        assert getattr(found, name) is getattr(openai, name)
    assert "delta" in openai.chat_completion_chunk.Choice._specs
    assert openai.chat_completion_chunk.Moderation is openai.Moderation
    assert not hasattr(openai, "ChatCompletionX")


@pytest.mark.native
def test_only_what_is_used_is_loaded() -> None:
    package = openai.__name__
    types = {f"{package}.chat_completion", f"{package}.chat_completion_chunk"}
    for code, expected in {
        f"import {package}": {package},
        f"from {mistral_proto.__name__} import Mistral, ChatCompletionResponse": set(),
        f"from {package} import ChatCompletionChunk": {package, *types},
    }.items():
        assert loaded_by(code) & {package, *types} == expected
