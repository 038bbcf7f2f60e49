"""The JSON documents that a command is given, and what each of them is."""

from __future__ import annotations

import codecs
import sys
from typing import TYPE_CHECKING

from .. import json_text
from ..errors import ValidationError

if TYPE_CHECKING:
    from ..json_text import JSONValue

__all__ = ["guess", "read_bytes", "read_documents"]


def read_bytes(file: str) -> tuple[str, bytes]:
    """Return the name of a file (or of stdin, for ``-``), and what is in it.

    Raises:
        OSError: it can't be read.
        ValueError: stdin is closed.
    """
    if file != "-":
        with open(file, "rb") as opened:
            return file, opened.read()
    if sys.stdin is None:
        raise ValueError("stdin is closed")
    return "stdin", sys.stdin.buffer.read()


def read_documents(file: str) -> list[tuple[str, bytes]]:
    """The JSON texts in a file (or on stdin, for ``-``), each with its place.

    A text is the whole of the file, or each of its lines; a byte order mark
    before it is passed over.

    Raises:
        OSError: the file can't be read.
        ValueError: there is none, or stdin is closed.
    """
    name, data = read_bytes(file)
    documents = _split(name, data.removeprefix(codecs.BOM_UTF8))
    if not documents:
        raise ValueError(f"{name} holds no document")
    return documents


def _split(name: str, data: bytes) -> list[tuple[str, bytes]]:
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


def guess(document: JSONValue) -> str | None:
    """What a document is, by the fields that only one of the types has.

    >>> guess({"model": "m", "messages": []})
    'request'
    """
    if not isinstance(document, dict):
        return None
    if "custom_id" in document and not document.keys().isdisjoint(("body", "response", "error")):
        return "batch-request" if "body" in document else "batch-result"
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
