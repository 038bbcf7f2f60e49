"""Documents with the types that read them, and plain dataclasses of the same shape as ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal

import mistral_proto as ours
from mistral_proto import openai
from tests.fields.wire_samples import ASSISTANT, DOCUMENTS as WHOLE

TYPES: list[Any] = [
    ours.ChatCompletionRequest,
    ours.ChatCompletionResponse,
    ours.ChatCompletionStreamResponse,
    openai.ChatCompletion,
    ours.UserMessage,
    ours.Tool,
]
MESSAGE = {**ASSISTANT, "mood": "good"}
REQUEST = WHOLE[ours.ChatCompletionRequest]
RESPONSE: dict[str, Any] = {
    **WHOLE[ours.ChatCompletionResponse],
    "choices": [{"index": 0, "finish_reason": "tool_calls", "message": MESSAGE}],
    "region": "eu",
}
DOCUMENTS: dict[Any, dict[str, Any]] = {
    **{cls: WHOLE[cls] for cls in TYPES},
    ours.ChatCompletionResponse: RESPONSE,
    ours.AssistantMessage: MESSAGE,
}

# -- plain dataclasses

JSONValue = Any


@dataclass(frozen=True, kw_only=True)
class JsonSchema:
    name: str
    description: str | None = None
    schema: Mapping[str, JSONValue]
    strict: bool = False


@dataclass(frozen=True, kw_only=True)
class Prediction:
    type: Literal["content"] = "content"
    content: str = ""


@dataclass(frozen=True, kw_only=True)
class TextChunk:
    type: Literal["text"] = "text"
    text: str


@dataclass(frozen=True, kw_only=True)
class ThinkChunk:
    type: Literal["thinking"] = "thinking"
    thinking: str


@dataclass(frozen=True, kw_only=True)
class SystemMessage:
    role: Literal["system"] = "system"
    content: Sequence[TextChunk | ThinkChunk] | str


TWINS: Any = SimpleNamespace(
    JsonSchema=JsonSchema, Prediction=Prediction, SystemMessage=SystemMessage
)
OURS: Any = ours


def outcome(use: Any, *values: Any) -> Any:
    """Return the result of a use, or the name of the exception that it raises."""
    try:
        return use(*values)
    except Exception as error:
        return type(error).__name__
