"""Lines of batch files, and the kinds of sources that they are read from."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

QUESTION: dict[str, Any] = {"messages": [{"role": "user", "content": "Ça va ?\u2028\r\n"}]}
MESSAGE = {"role": "assistant", "content": "Ça va !", "prefix": False}
ANSWER: dict[str, Any] = {
    "id": "r1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": MESSAGE, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
}


def result(custom_id: str, status: int = 200, body: Any = ANSWER, **more: Any) -> dict[str, Any]:
    """Return a line of an output file, as the API writes it."""
    response = {"status_code": status, "body": body}
    document = {"id": f"batch-{custom_id}", "custom_id": custom_id, "response": response}
    return {**document, "error": None, **more}


def file_of(*documents: dict[str, Any], ascii_only: bool = False) -> bytes:
    """Return a batch file, with a line end after the last line."""
    texts = [json.dumps(each, ensure_ascii=ascii_only) for each in documents]
    return "".join(f"{text}\n" for text in texts).encode()


class Raw(io.RawIOBase):
    """A file without a buffer, which returns one of these blocks on each read."""

    def __init__(self, *blocks: bytes) -> None:
        self.blocks = [*blocks]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self.blocks.pop(0) if self.blocks else b""
        buffer[: len(block)] = block
        return len(block)


def _blocks(size: int) -> Callable[[bytes], list[bytes]]:
    return lambda data: [data[at : at + size] for at in range(0, len(data), size)]


SOURCES: dict[str, Callable[[bytes], Any]] = {
    "memoryview": memoryview,
    "str": lambda data: data.decode(),
    "StringIO": lambda data: io.StringIO(data.decode(), newline=""),
    "buffered file": lambda data: io.BufferedReader(Raw(*_blocks(50)(data))),
    "file without a buffer": lambda data: Raw(*_blocks(50)(data)),
    "lines of bytes": lambda data: iter(data.splitlines(keepends=True)),
    "lines of str": lambda data: iter(io.StringIO(data.decode(), newline="\n")),
    "lines without ends": lambda data: data.decode().removesuffix("\n").split("\n"),
    "bytearrays": lambda data: map(bytearray, _blocks(7)(data)),
    "empty blocks": lambda data: iter([b"", data[:5], b"", b"", data[5:], b""]),
}
"""Functions that make a source from the bytes of a file."""
