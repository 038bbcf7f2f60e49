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
        name, data = "stdin", sys.stdin.buffer.read()
    else:
        with open(file, "rb") as opened:
            name, data = file, opened.read()
    documents = _documents(name, data)
    if not documents:
        raise ValueError(f"{name} holds no document")
    valid = True
    for place, text in documents:
        try:
            found = _check(text, type_name, strict=strict)
        except ValidationError as error:
            valid = False
            print(f"{place}: {error}")
        else:
            print(f"{place}: a valid {found}")
    return 0 if valid else 1


def _documents(name: str, data: bytes) -> list[tuple[str, bytes]]:
    """The JSON texts in a file, each with its place: the whole, or its lines."""
    lines = [
        (f"{name}:{number}", line)
        for number, line in enumerate(data.split(b"\n"), 1)
        if line.strip()
    ]
    if len(lines) > 1 and _is_json(lines[0][1]):
        return lines
    return [(name, data)] if lines else []


def _is_json(text: bytes) -> bool:
    """Whether a text is a JSON object, which the first line of a longer one is not."""
    try:
        return isinstance(json_text.loads(text), dict)
    except ValidationError:
        return False


def _check(text: bytes, type_name: str | None, *, strict: bool) -> str:
    """The name of the type that a document is; raises `ValidationError` where it is none."""
    if type_name is None:
        type_name = _guess(json_text.loads(text))
    if type_name is None:
        raise ValueError(f"can't tell what the document is; name it with --type {'|'.join(_TYPES)}")
    cls = _TYPES[type_name]
    # What the user sends is checked as the API checks it.
    cls.from_json(text, strict=strict or cls is ChatCompletionRequest)
    return cls.__name__


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
    return "error" if "detail" in document else None
