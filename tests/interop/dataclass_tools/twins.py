"""Types of ours beside plain dataclasses of the same shape, which show what a library can do."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from types import SimpleNamespace
from typing import Any, Literal

import mistral_proto
from mistral_proto import openai

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
OURS: Any = mistral_proto

PUBLIC_TYPES = {
    f"{module.__name__}.{name}": value
    for module in (mistral_proto, openai)
    for name in module.__all__
    if inspect.isclass(value := getattr(module, name)) and is_dataclass(value)
}


def outcome(use: Any, types: Any) -> Any:
    """Return the value of a use, or the name of the exception that it raises."""
    try:
        return use(types)
    except Exception as error:
        return type(error).__name__
