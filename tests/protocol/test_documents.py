"""Documents of each type: what is written, what is refused, and which fields are required."""

from __future__ import annotations

from collections.abc import Callable
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
    Function,
    FunctionCall,
    HTTPValidationErrorData,
    ModerationLLMV1CategoryThresholds,
    NamedToolChoice,
    SystemMessage,
    ThinkChunk,
    ToolCall,
    ToolMessage,
    UsageInfo,
    UserMessage,
    ValidationError,
)
from mistral_proto.errors import Path
from mistral_proto.wire import OpenWireType, WireType

TEXT = {"type": "text", "text": "Hi"}
NAME = {"name": "f"}
IMAGE = {"type": "image_url", "image_url": "u"}
DETAIL: dict[str, Any] = {"loc": [None], "msg": "no", "type": "missing"}
KEY = {"type": "api-key", "value": "v"}
TOKEN = {"type": "oauth2-token", "value": "v"}

WRITTEN: list[tuple[WireType, dict[str, Any]]] = [
    # Null is a content there, which the API requires.
    (UserMessage(content=None), {"role": "user", "content": None}),
    (ToolMessage(content=None), {"role": "tool", "content": None}),
    (AssistantMessage(content=None, tool_calls=None), {"role": "assistant"}),
    (AssistantMessage(content="", tool_calls=[]), {"role": "assistant", "content": "", "tool_calls": []}),
    (DeltaMessage(), {}),
    (DeltaMessage(role="critic", content=""), {"role": "critic", "content": ""}),
    (Function(name="f", parameters={}), {**NAME, "parameters": {}}),
    (
        Function.from_dict({**NAME, "description": "", "parameters": {}, "strict": False}),
        {**NAME, "description": "", "parameters": {}, "strict": False},
    ),
    (NamedToolChoice.from_dict({"function": NAME}), {"type": "function", "function": NAME}),
    *(
        (
            CustomConnector.from_dict({"connector_id": "c", "authorization": secret}),
            {"type": "connector", "connector_id": "c", "authorization": secret},
        )
        for secret in (KEY, TOKEN)
    ),
    # The published schema states no bounds.
    (ModerationLLMV1CategoryThresholds(law=-1, pii=2), {"law": -1, "pii": 2}),
]  # fmt: skip


def test_written_documents() -> None:
    for value, document in WRITTEN:
        assert value.to_dict() == document, value
        assert [*document] == [name for name in value._specs if name in document]
        assert type(value).from_dict(document, strict=True) == value


# Wrong types of fields are for `tests/fields`: these are rules of one type each.
REFUSED: list[tuple[type[WireType], dict[str, Any], Path, str]] = [
    (SystemMessage, {"content": None}, ("content",), "missing"),
    (UserMessage, {"role": "system", "content": "a"}, ("role",), "literal_error"),
    (SystemMessage, {"content": [IMAGE]}, ("content", 0, "type"), "union_tag_invalid"),
    (DeltaMessage, {"index": -1}, ("index",), "greater_than_equal"),
    (HTTPValidationErrorData, {"detail": [DETAIL]}, ("detail", 0, "loc", 0), "union_type"),
    (
        ChatCompletionResponseChoice,
        {"index": 0, "finish_reason": "stop", "message": {"role": "user", "content": "a"}},
        ("message", "role"),
        "union_tag_invalid",
    ),
    (ChatCompletionResponseChoiceLogprobs, {"content": None}, ("content",), "list_type"),
    *(
        (UserMessage, {"content": [chunk]}, ("content", 0, *path), kind)
        for chunk, path, kind in [
            ({"type": "text", "text": None}, ("text",), "missing"),
            ({**TEXT, "id": "x"}, ("id",), "extra_forbidden"),
            ({**IMAGE, "image_url": ["u"]}, ("image_url",), "union_type"),
            ({**IMAGE, "image_url": {"url": "u", "detail": "best"}}, ("image_url", "detail"), "enum"),
            ({"type": "input_audio", "input_audio": 1}, ("input_audio",), "union_type"),
            ({"type": "input_audio", "input_audio": {"data": 1, "format": "wav"}}, ("input_audio", "data"), "string_type"),
            ({"type": "reference", "reference_ids": [True]}, ("reference_ids", 0), "union_type"),
            ({"type": "thinking", "thinking": [TEXT, IMAGE]}, ("thinking", 1, "type"), "union_tag_invalid"),
        ]
    ),
]  # fmt: skip


def test_refused_documents() -> None:
    for cls, document, path, kind in REFUSED:
        # Without `strict`, an odd value of a server's document is kept.
        strict = issubclass(cls, OpenWireType)
        with pytest.raises(ValidationError) as caught:
            cls.from_dict(document, strict=strict)
        assert [(it.path, it.type) for it in caught.value.problems] == [(path, kind)], document
        if not strict:
            with pytest.raises(ValidationError) as caught:
                cls(**document)
            assert [(it.path, it.type) for it in caught.value.problems] == [(path, kind)]


# The fields that the published schema requires, though a server may leave them out, and those
# that the constructor requires.
REQUIRED: list[tuple[type[WireType], str, str]] = [
    (ChatCompletionResponse, "id object created model choices usage", "model choices"),
    (ChatCompletionResponseChoice, "index", "index message"),
    (ChatCompletionStreamResponse, "id model choices", "model choices"),
    (ChatCompletionResponseStreamChoice, "index delta", "index delta"),
    (ChatCompletionResponseChoiceLogprobs, "content", "content"),
    (CompletionEvent, "data", "data"),
    (FunctionCall, "name arguments", "name arguments"),
    (ToolCall, "function", "function"),
    (ThinkChunk, "thinking", "thinking"),
    (UsageInfo, "prompt_tokens completion_tokens total_tokens", ""),
    (ChatCompletionRequest, "model messages", "messages"),
    (UserMessage, "content", "content"),
    (ToolMessage, "content", "content"),
]


def missing_fields(read: Callable[[], WireType]) -> list[Path]:
    try:
        read()
    except ValidationError as error:
        return [problem.path for problem in error.problems if problem.type == "missing"]
    return []


def test_required_fields() -> None:
    for cls, strictly, of_the_constructor in REQUIRED:
        paths = missing_fields(lambda: cls.from_dict({}, strict=True))
        assert paths == [(name,) for name in strictly.split()], cls
        assert missing_fields(cls) == [(name,) for name in of_the_constructor.split()], cls
