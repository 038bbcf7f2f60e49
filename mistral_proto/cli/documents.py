"""The JSON documents in an input file, and their types."""

from __future__ import annotations

import codecs
import sys
from typing import TYPE_CHECKING

from .. import json_text
from ..errors import ValidationError

if TYPE_CHECKING:
    from ..json_text import JSONValue

__all__ = ["guess_type", "read_bytes", "read_documents"]


def read_bytes(file: str) -> tuple[str, bytes]:
    """Return the name and content of a file, or of stdin for ``-``.

    Raises:
        OSError: the file can't be read.
        ValueError: stdin is closed.
    """
    if file != "-":
        with open(file, "rb") as opened:
            return file, opened.read()
    if sys.stdin is None:
        raise ValueError("stdin is closed")
    return "stdin", sys.stdin.buffer.read()


def read_documents(file: str) -> list[tuple[str, bytes]]:
    """Return the JSON texts in a file, or on stdin for ``-``, each with its location.

    The texts are the lines of the file if at least half of them are objects, or else the
    whole file. A byte order mark is ignored.

    Raises:
        OSError: the file can't be read.
        ValueError: the file is empty, or stdin is closed.
    """
    name, data = read_bytes(file)
    data = data.removeprefix(codecs.BOM_UTF8)
    lines = [
        (f"{name}:{number}", line)
        for number, line in enumerate(data.split(b"\n"), 1)
        if line.strip()
    ]
    if not lines:
        raise ValueError(f"{name} contains no document")
    if len(lines) > 1 and sum(_is_object(line) for _, line in lines) * 2 >= len(lines):
        return lines
    return [(name, data)]


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(json_text.loads(text), dict)
    except ValidationError:
        return False


def guess_type(document: JSONValue) -> str | None:
    """Return the type of a document by the fields that only this type has.

    >>> guess_type({"model": "m", "messages": []})
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
        is_chunk = document.get("object") == "chat.completion.chunk" or (
            isinstance(choices, list)
            and any(isinstance(choice, dict) and "delta" in choice for choice in choices)
        )
        return "chunk" if is_chunk else "response"
    if "data" in document:
        return "event"
    return "error" if isinstance(document.get("detail"), list) else None
