"""Lines of batch files, and all that can stand in their place."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

QUESTION: dict[str, Any] = {"messages": [{"role": "user", "content": "Ça va ?\u2028\r\n"}]}
ANSWER: dict[str, Any] = {
    "id": "r1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Ça va !", "prefix": False},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
}


def result(custom_id: str, status: int = 200, body: Any = ANSWER, **more: Any) -> dict[str, Any]:
    """A line of an output file, as the API writes it."""
    return {
        "id": f"batch-{custom_id}",
        "custom_id": custom_id,
        "response": {"status_code": status, "body": body},
        "error": None,
        **more,
    }


def file_of(*documents: dict[str, Any], ascii_only: bool = False) -> bytes:
    """A batch file, with a line end after the last line."""
    texts = [json.dumps(one, ensure_ascii=ascii_only) for one in documents]
    return "".join(f"{text}\n" for text in texts).encode()


class _Once:
    """What can be iterated over once, and has nothing else."""

    def __init__(self, items: Any) -> None:
        self._items: Iterator[Any] = iter(items)

    def __iter__(self) -> Iterator[Any]:
        return self._items


class _Raw(io.RawIOBase):
    """A file that hands out little at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block, self._data = self._data[:50], self._data[50:]
        buffer[: len(block)] = block
        return len(block)


def _pieces(size: int) -> Callable[[bytes], Any]:
    return lambda data: _Once(data[at : at + size] for at in range(0, len(data), size))


SOURCES: dict[str, Callable[[bytes], Any]] = {
    "bytes": lambda data: data,
    "a bytearray": bytearray,
    "a memoryview": memoryview,
    "str": lambda data: data.decode(),
    "a file in memory": io.BytesIO,
    "a file of text in memory": lambda data: io.StringIO(data.decode(), newline=""),
    "a file": lambda data: io.BufferedReader(_Raw(data)),
    "a file without a buffer": lambda data: _Raw(data),
    "a file of text": lambda data: io.TextIOWrapper(io.BytesIO(data), "utf-8", newline=""),
    "its lines as bytes": lambda data: _Once(data.splitlines(keepends=True)),
    "its lines as str": lambda data: _Once(io.StringIO(data.decode(), newline="\n")),
    "its lines without their ends": lambda data: data.decode().removesuffix("\n").split("\n"),
    "bytes one by one": _pieces(1),
    "pieces of 7 bytes": _pieces(7),
    "pieces that are bytearrays": lambda data: _Once([bytearray(data[:99]), bytearray(data[99:])]),
    "empty pieces among others": lambda data: _Once([b"", data[:5], b"", b"", data[5:], b""]),
}
"""What a batch file may be read from, made of its bytes."""
