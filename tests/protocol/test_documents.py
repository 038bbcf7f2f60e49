"""Documents of each type, in tables: written, refused, and kept as a server sent them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ChatCompletionResponse,
    ChatCompletionResponseChoice,
    ChatCompletionResponseChoiceLogprobs,
    ChatCompletionResponseStreamChoice,
    ChatCompletionStreamResponse,
    CompletionEvent,
    CustomConnector,
    DeltaMessage,
    DocumentLibraryTool,
    FinetuningAssistantMessage,
    Function,
    FunctionCall,
    GuardrailConfig,
    HTTPValidationErrorData,
    ModerationLLMV1CategoryThresholds,
    ModerationLLMV1Config,
    ModerationLLMV2Config,
    NamedToolChoice,
    SystemMessage,
    TextChunk,
    ThinkChunk,
    Tool,
    ToolCall,
    ToolMessage,
    UsageInfo,
    UserMessage,
    ValidationError,
)
from mistral_proto.errors import Path
from mistral_proto.wire import OpenWireType, WireType
from tests.fields.copies import COPIES
from tests.fields.wire_samples import DOCUMENTS

TEXT = {"type": "text", "text": "Hi"}
HI = {"role": "user", "content": "Hi"}
CALL: dict[str, Any] = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
DETAIL: dict[str, Any] = {"loc": ["body", "messages", 0], "msg": "no", "type": "missing"}
KEY = {"type": "api-key", "value": "v"}
TOKEN = {"type": "oauth2-token", "value": "v"}

WRITTEN: list[tuple[WireType, dict[str, Any]]] = [
    (SystemMessage(content="a"), {"role": "system", "content": "a"}),
    (SystemMessage(content=[TextChunk(text="Hi")]), {"role": "system", "content": [TEXT]}),
    (UserMessage(content=[]), {"role": "user", "content": []}),
    # Null is a content of its own there, which the API requires to be written.
    (UserMessage(content=None), {"role": "user", "content": None}),
    (ToolMessage(content=None), {"role": "tool", "content": None}),
    (
        ToolMessage(content="a", tool_call_id="1", name="f"),
        {"role": "tool", "content": "a", "tool_call_id": "1", "name": "f"},
    ),
    (AssistantMessage(content=None, tool_calls=None), {"role": "assistant"}),
    (
        AssistantMessage(content="a", prefix=True, tool_calls=[]),
        {"role": "assistant", "content": "a", "tool_calls": [], "prefix": True},
    ),
    (
        FinetuningAssistantMessage(content="a", weight=0),
        {"role": "assistant", "content": "a", "weight": 0},
    ),
    (DeltaMessage(), {}),
    (DeltaMessage(role="critic", content=""), {"role": "critic", "content": ""}),
    (
        ToolCall(function=FunctionCall(name="f", arguments=None)),
        {"id": "null", "type": "function", "function": {"name": "f", "arguments": "{}"}},
    ),
    (Function(name="f", parameters={}), {"name": "f", "parameters": {}}),
    (
        Function.from_dict({"name": "f", "description": "", "parameters": {}, "strict": False}),
        {"name": "f", "description": "", "parameters": {}, "strict": False},
    ),
    (
        Tool(function=Function(name="f", parameters={})),
        {"type": "function", "function": {"name": "f", "parameters": {}}},
    ),
    (
        NamedToolChoice.from_dict({"function": {"name": "f"}}),
        {"type": "function", "function": {"name": "f"}},
    ),
    (DocumentLibraryTool(library_ids=["l"]), {"type": "document_library", "library_ids": ["l"]}),
    *(
        (
            CustomConnector.from_dict({"connector_id": "c", "authorization": secret}),
            {"type": "connector", "connector_id": "c", "authorization": secret},
        )
        for secret in (KEY, TOKEN)
    ),
    (GuardrailConfig(), {}),
    (GuardrailConfig(block_on_error=False), {"block_on_error": False}),
    (ModerationLLMV1Config(), {}),
    (ModerationLLMV2Config(action="none"), {"action": "none"}),
    # The published schema states no bounds.
    (ModerationLLMV1CategoryThresholds(law=-1, pii=2), {"law": -1, "pii": 2}),
]


def test_written() -> None:
    for value, document in WRITTEN:
        assert value.to_dict() == document, value
        assert [*document] == [name for name in value._specs if name in document]
        assert type(value).from_dict(document, strict=True) == value


def chunk(*, path: Path = (), **fields: Any) -> tuple[type[WireType], dict[str, Any], Path]:
    return UserMessage, {"role": "user", "content": [fields]}, ("content", 0, *path)


def of_request(path: Path, **fields: Any) -> tuple[type[WireType], dict[str, Any], Path]:
    return ChatCompletionRequest, {"model": "m", "messages": [HI], **fields}, path


# Wrong types of fields are for `tests/fields`: these are rules of one type each.
REFUSED: list[tuple[tuple[type[WireType], Any, Path], str]] = [
    ((UserMessage, {"role": "user"}, ("content",)), "missing"),
    ((SystemMessage, {"role": "system", "content": None}, ("content",)), "missing"),
    ((ToolMessage, {"role": "tool", "tool_call_id": "1"}, ("content",)), "missing"),
    ((UserMessage, {"role": "system", "content": "a"}, ("role",)), "literal_error"),
    (
        (
            SystemMessage,
            {"role": "system", "content": [{"type": "image_url", "image_url": "u"}]},
            ("content", 0, "type"),
        ),
        "union_tag_invalid",
    ),
    ((DeltaMessage, {"index": -1}, ("index",)), "greater_than_equal"),
    (chunk(type="text", text=None, path=("text",)), "missing"),
    (chunk(**TEXT, id="x", path=("id",)), "extra_forbidden"),
    (chunk(type="image_url", image_url=["u"], path=("image_url",)), "union_type"),
    (
        chunk(
            type="image_url",
            image_url={"url": "u", "detail": "best"},
            path=("image_url", "detail"),
        ),
        "enum",
    ),
    (chunk(type="input_audio", input_audio=1, path=("input_audio",)), "union_type"),
    (
        chunk(
            type="input_audio",
            input_audio={"data": 1, "format": "wav"},
            path=("input_audio", "data"),
        ),
        "string_type",
    ),
    (chunk(type="reference", reference_ids=[True], path=("reference_ids", 0)), "union_type"),
    (
        chunk(
            type="thinking",
            thinking=[TEXT, {"type": "image_url", "image_url": "u"}],
            path=("thinking", 1, "type"),
        ),
        "union_tag_invalid",
    ),
    (of_request(("tools", 0, "library_ids"), tools=[{"type": "document_library", "library_ids": []}]), "too_short"),
    # A key and a token have the same fields, so the type must be given.
    (
        of_request(
            ("tools", 0, "authorization", "type"),
            tools=[{"type": "connector", "connector_id": "c", "authorization": {"value": "v"}}],
        ),
        "missing",
    ),
    (of_request(("tools", 0, "type"), tools=[{"type": "retrieval"}]), "union_tag_invalid"),
    (of_request(("tool_choice",), tool_choice="always"), "enum"),
    (of_request(("tool_choice",), tool_choice=1), "union_type"),
    (of_request(("tool_choice", "function", "name"), tool_choice={"function": {}}), "missing"),
    *(
        (of_request(("guardrails", 1, *path), guardrails=[{}, wrong]), kind)
        for path, wrong, kind in [
            (("moderation_llm_v3",), {"moderation_llm_v3": {}}, "extra_forbidden"),
            (("moderation_llm_v2", "action"), {"moderation_llm_v2": {"action": "warn"}}, "enum"),
            # Only the second model has this category.
            (
                ("moderation_llm_v1", "custom_category_thresholds", "criminal"),
                {"moderation_llm_v1": {"custom_category_thresholds": {"criminal": 1}}},
                "extra_forbidden",
            ),
        ]
    ),
    ((HTTPValidationErrorData, {"detail": [{**DETAIL, "loc": [None]}]}, ("detail", 0, "loc", 0)), "union_type"),
    (
        (
            ChatCompletionResponseChoice,
            {"index": 0, "finish_reason": "stop", "message": {"role": "user", "content": "a"}},
            ("message", "role"),
        ),
        "union_tag_invalid",
    ),
    ((ChatCompletionResponseChoiceLogprobs, {"content": None}, ("content",)), "list_type"),
]  # fmt: skip


def test_refused() -> None:
    for (cls, document, path), kind in REFUSED:
        # Without `strict`, an odd value of a server's document is kept.
        strict = issubclass(cls, OpenWireType)
        with pytest.raises(ValidationError) as caught:
            cls.from_dict(document, strict=strict)
        assert [(it.path, it.type) for it in caught.value.problems] == [(path, kind)], document
        if not strict:
            with pytest.raises(ValidationError) as caught:
                cls(**document)
            assert [(it.path, it.type) for it in caught.value.problems] == [(path, kind)]


# The fields that the published schema requires, though a server may leave them out.
REQUIRED: dict[type[WireType], str] = {
    ChatCompletionResponse: "id object created model choices usage",
    ChatCompletionResponseChoice: "index",
    ChatCompletionStreamResponse: "id model choices",
    ChatCompletionResponseStreamChoice: "index delta",
    ChatCompletionResponseChoiceLogprobs: "content",
    CompletionEvent: "data",
    FunctionCall: "name arguments",
    ToolCall: "function",
    UsageInfo: "prompt_tokens completion_tokens total_tokens",
}


def test_required_fields_are_required_by_strict_reading() -> None:
    for cls, names in REQUIRED.items():
        for name in names.split():
            document = {key: item for key, item in DOCUMENTS[cls].items() if key != name}
            with pytest.raises(ValidationError) as caught:
                cls.from_dict(document, strict=True)
            assert [(p.path, p.type) for p in caught.value.problems] == [((name,), "missing")]


def test_a_constructor_requires_whole_answers() -> None:
    cases: list[tuple[type[WireType], dict[str, Any], str]] = [
        (ChatCompletionResponse, {"model": "m"}, "choices"),
        (ChatCompletionResponseChoice, {"index": 0}, "message"),
        (ChatCompletionResponseChoice, {"message": {}}, "index"),
        (ChatCompletionResponseChoiceLogprobs, {}, "content"),
        (ToolCall, {}, "function"),
        (FunctionCall, {"name": "f"}, "arguments"),
        (FunctionCall, {"arguments": "{}"}, "name"),
        (ThinkChunk, {}, "thinking"),
    ]
    for cls, given, name in cases:
        with pytest.raises(ValidationError) as caught:
            cls(**given)
        assert [(p.path, p.type) for p in caught.value.problems] == [((name,), "missing")]


# Documents as servers send them, and attributes of what they read as; `test_lenient_reading`
# has whole responses.
KEPT: list[tuple[type[OpenWireType], dict[str, Any], dict[str, Any]]] = [
    (ChatCompletionResponse, {"choices": [], "usage": {}}, {"usage": UsageInfo.from_dict({})}),
    (ChatCompletionResponse, {"choices": [{"x": 1}], "y": None}, {"extra": {"y": None}}),
    (
        ChatCompletionResponseChoice,
        {"index": 0, "messages": [{"role": "assistant", "content": "a"}]},
        {"messages": [DeltaMessage(role="assistant", content="a")]},
    ),
    (ChatCompletionResponseChoiceLogprobs, {}, {"content": []}),
    (ChatCompletionResponseChoiceLogprobs, {"content": None}, {"content": []}),
    (DeltaMessage, {"tool_calls": [{"id": "a", "type": "function"}]}, {"content": None}),
    (FunctionCall, {}, {"name": "", "arguments": ""}),
    (FunctionCall, {"name": "f"}, {"name": "f", "arguments": ""}),
    (FunctionCall, {"arguments": '{"a'}, {"name": "", "arguments": '{"a'}),
    (FunctionCall, {"name": "", "arguments": "", "x": None}, {"extra": {"x": None}}),
    (HTTPValidationErrorData, {}, {"detail": []}),
    (HTTPValidationErrorData, {"detail": [DETAIL, {**DETAIL, "input": [1, {}], "url": "u"}]}, {}),
    (HTTPValidationErrorData, {"detail": "Not Found", "request_id": "r"}, {"detail": []}),
]


def test_a_servers_document_comes_back() -> None:
    for cls, document, attributes in KEPT:
        value = cls.from_dict(document)
        assert {name: getattr(value, name) for name in attributes} == attributes, document
        assert value.to_dict() == document
        assert cls.from_dict(value.to_dict()) == value
        for copied in (dataclasses.replace(value), *(how(value) for how in COPIES.values())):
            assert copied == value
            assert copied.to_dict() == document
