"""JSON lines of a file of any size, read one at a time; an invalid line is kept with its number."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar, Union

from ..errors import Problem, ValidationError
from ..wire import WireType


class Readable(Protocol):
    """A file of bytes or of text."""

    def read(self, size: int, /) -> bytes | str: ...


LineSource: TypeAlias = Union[Readable, Iterable[bytes], Iterable[str], bytes, str]

T = TypeVar("T", bound=WireType)

__all__ = ["MAX_LINE_SIZE", "InvalidLine", "read_lines"]

MAX_LINE_SIZE = 64 * 1024 * 1024
"""The default limit of a line, in bytes."""
_BLOCK = 64 * 1024


@dataclass(frozen=True)
class InvalidLine:
    r"""A line of a batch file that is not valid.

    `number` counts from 1, with blank lines; `text` is the line without its LF, or the
    beginning of one that is too long; `error` lists the problems.

    >>> from mistral_proto import read_batch_results
    >>> [invalid] = read_batch_results(b"\n[7]\n")
    >>> print(invalid)
    line 2: BatchRequestOutput has 1 problem:
      the document: expected an object, got a list of 1
    """

    number: int
    text: bytes
    error: ValidationError

    def __str__(self) -> str:
        return f"line {self.number}: {self.error}"


def read_lines(
    source: LineSource, cls: type[T], *, strict: bool, max_line_size: int
) -> Iterator[T | InvalidLine]:
    """Yield each line that is not blank, in order, as the type or as an `InvalidLine`."""
    for number, text, is_whole in _numbered(_blocks(source), max_line_size):
        if number == 1:
            text = text.removeprefix(codecs.BOM_UTF8)
        if not text.strip():
            continue
        item: T | InvalidLine
        try:
            if not is_whole:
                expected = f"a line of at most {max_line_size} bytes"
                raise ValidationError([Problem((), expected, "a longer one", "too_long")])
            item = cls.from_json(text, strict=strict)
        except ValidationError as error:
            # A new error, without the frames of the first, which hold it.
            item = InvalidLine(number, text, ValidationError(error.problems, cls.__name__))
        yield item


def _blocks(source: LineSource) -> Iterator[bytes]:
    """Yield the bytes of a source, in blocks of any size."""
    if isinstance(source, (bytes, bytearray, memoryview, str)):
        yield _as_bytes(source)
        return
    # Not a file's own lines, which may be of any length; `read1` does not wait for a full block.
    read = getattr(source, "read1", None) or getattr(source, "read", None)
    if read is not None:
        while block := read(_BLOCK):
            yield _as_bytes(block)
        return
    for block in source:  # type: ignore[union-attr]
        yield _as_bytes(block)
        if isinstance(block, str) and not block.endswith("\n"):
            yield b"\n"


def _as_bytes(block: object) -> bytes:
    if isinstance(block, (bytes, bytearray, memoryview)):
        return bytes(block)
    if isinstance(block, str):
        # Half a surrogate pair is not UTF-8, which is a problem of its line.
        return block.encode("utf-8", "surrogatepass")
    raise TypeError(f"lines are read from bytes or str, not from {type(block).__name__}")


def _numbered(blocks: Iterable[bytes], max_size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Yield each line with its number, and whether it is whole; in linear time."""
    number, line, is_whole = 1, bytearray(), True
    for block in blocks:
        start = 0
        while True:
            end = block.find(b"\n", start)
            stop = len(block) if end < 0 else end
            room = max_size - len(line)
            is_whole = is_whole and stop - start <= room
            line += block[start : min(stop, start + room)]
            if end < 0:
                break
            yield number, bytes(line), is_whole
            number, line, is_whole, start = number + 1, bytearray(), True, end + 1
    if line:
        yield number, bytes(line), is_whole
