"""``validate``: whether JSON documents follow the protocol, and what is wrong if not."""

from __future__ import annotations

import sys

from .. import json_text
from ..errors import ValidationError
from ..protocol.http_validation_error import HTTPValidationErrorData
from ..protocol.request import ChatCompletionRequest
from ..protocol.response import (
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    CompletionEvent,
)
from ..wire import WireType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..json_text import JSONValue

__all__ = ["validate"]

_TYPES: dict[str, type[WireType]] = {
    "request": ChatCompletionRequest,
    "response": ChatCompletionResponse,
    "chunk": ChatCompletionStreamResponse,
    "event": CompletionEvent,
    "error": HTTPValidationErrorData,
}


def validate(file: str, type_name: str | None, *, strict: bool) -> int:
    """Run the command; returns the exit code."""
    if file == "-":
        if sys.stdin is None:
            raise ValueError("stdin is closed")
        name, data = "stdin", sys.stdin.buffer.read()
    else:
        with open(file, "rb") as opened:
            name, data = file, opened.read()
    documents = _documents(name, data)
    if not documents:
        raise ValueError(f"{name} holds no document")
    verdicts = [_verdict(text, type_name, strict=strict) for _, text in documents]
    for (place, _), (_, words) in zip(documents, verdicts):
        print(f"{place}: {words}")
    return 0 if all(valid for valid, _ in verdicts) else 1


def _documents(name: str, data: bytes) -> list[tuple[str, bytes]]:
    """The JSON texts in a file, each with its place: the whole, or its lines."""
    lines = [
        (f"{name}:{number}", line)
        for number, line in enumerate(data.split(b"\n"), 1)
        if line.strip()
    ]
    # The lines of one longer document are hardly ever documents themselves.
    if len(lines) > 1 and sum(_is_object(line) for _, line in lines) * 2 >= len(lines):
        return lines
    return [(name, data)] if lines else []


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(json_text.loads(text), dict)
    except ValidationError:
        return False


def _verdict(text: bytes, type_name: str | None, *, strict: bool) -> tuple[bool, str]:
    """Whether a document is valid, and what is to be said of it."""
    try:
        kind = type_name or _guess(json_text.loads(text))
        if kind is None:
            kinds = "|".join(_TYPES)
            return False, f"can't tell what the document is; name it with --type {kinds}"
        cls = _TYPES[kind]
        # What the user sends is checked as the API checks it.
        cls.from_json(text, strict=strict or cls is ChatCompletionRequest)
    except ValidationError as error:
        return False, str(error)
    return True, f"a valid {cls.__name__}"


def _guess(document: JSONValue) -> str | None:
    """What a document is, by the fields that only one of the types has."""
    if not isinstance(document, dict):
        return None
    if "messages" in document:
        return "request"
    choices = document.get("choices")
    if choices is not None:
        streamed = document.get("object") == "chat.completion.chunk" or (
            isinstance(choices, list)
            and any(isinstance(choice, dict) and "delta" in choice for choice in choices)
        )
        return "chunk" if streamed else "response"
    if "data" in document:
        return "event"
    return "error" if isinstance(document.get("detail"), list) else None
