"""Documents with the types that read them, and plain dataclasses of the same shape as ours."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from types import SimpleNamespace
from typing import Any, Literal

import mistral_proto as ours
from mistral_proto import openai

REQUEST: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [
        {"role": "system", "content": "Answer in French."},
        {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
    ],
    "temperature": 0.2,
    "stop": ["."],
    "tools": [{"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}}],
    "tool_choice": "auto",
}
CALL = {"id": "a1b2c3d4e", "function": {"name": "now", "arguments": "{}"}}
RESPONSE: dict[str, Any] = {
    "id": "1",
    "object": "chat.completion",
    "created": 1760000000,
    "model": "mistral-small-latest",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {"role": "assistant", "content": "", "tool_calls": [CALL], "mood": "good"},
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    "region": "eu",
}

DOCUMENTS: dict[Any, dict[str, Any]] = {
    ours.ChatCompletionRequest: REQUEST,
    ours.ChatCompletionResponse: RESPONSE,
    ours.ChatCompletionStreamResponse: {**RESPONSE, "choices": [{"index": 0, "delta": {}}]},
    openai.ChatCompletion: RESPONSE,
    ours.UserMessage: {"role": "user", "content": "Hi"},
    ours.AssistantMessage: {
        "role": "assistant",
        "content": "Hi",
        "tool_calls": [CALL],
        "mood": "good",
    },
    ours.Tool: REQUEST["tools"][0],
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

PUBLIC_TYPES = {
    f"{module.__name__}.{name}": value
    for module in (ours, openai)
    for name in module.__all__
    if inspect.isclass(value := getattr(module, name)) and is_dataclass(value)
}


def outcome(use: Any, types: Any) -> Any:
    """Return the value of a use, or the name of the exception that it raises."""
    try:
        return use(types)
    except Exception as error:
        return type(error).__name__
