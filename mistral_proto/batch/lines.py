"""JSON lines of any number, read one at a time; a bad one is kept beside its number."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar, Union

from ..errors import Problem, ValidationError
from ..wire import WireType


class Readable(Protocol):
    """A file, whether of bytes or of text."""

    def read(self, size: int, /) -> bytes | str: ...


LineSource: TypeAlias = Union[Readable, Iterable[bytes], Iterable[str], bytes, str]

T = TypeVar("T", bound=WireType)

__all__ = ["MAX_LINE_SIZE", "InvalidLine", "read_lines"]

MAX_LINE_SIZE = 64 * 1024 * 1024
"""The most bytes of a line that are read into memory, unless another bound is given."""
_BLOCK = 64 * 1024


@dataclass(frozen=True)
class InvalidLine:
    r"""A line of a batch file that is not what it should be.

    `number` counts from 1, blank lines too; `text` is the line as it stands in
    the file, without its LF, or the beginning of one that is too long; `error`
    lists every problem with its place.

    >>> from mistral_proto import read_batch_results
    >>> [bad] = read_batch_results(b"\n[7]\n")
    >>> bad.text
    b'[7]'
    >>> print(bad)
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
    """Each line that is not blank, in order: as the type, or as what is wrong with it."""
    for number, text, is_whole in _numbered(_pieces(source), max_line_size):
        if not text.strip():
            continue
        item: T | InvalidLine
        try:
            if not is_whole:
                expected = f"a line of at most {max_line_size} bytes"
                raise ValidationError([Problem((), expected, "a longer one", "too_long")])
            item = cls.from_json(text, strict=strict)
        except ValidationError as error:
            # Without the frames that it came through, which would keep each other.
            why = ValidationError(error.problems, cls.__name__)
            item = InvalidLine(number, text, why)
        yield item


def _pieces(source: LineSource) -> Iterator[bytes]:
    """The bytes, in pieces of any size that end anywhere."""
    if isinstance(source, (bytes, bytearray, memoryview, str)):
        yield _as_bytes(source)
        return
    # A file's own lines may be of any length; what reads at most once, once data is
    # there, does not wait for a block to be full.
    read = getattr(source, "read1", None) or getattr(source, "read", None)
    if read is not None:
        while block := read(_BLOCK):
            yield _as_bytes(block)
        return
    for piece in source:  # type: ignore[union-attr]
        yield _as_bytes(piece)
        if isinstance(piece, str) and not piece.endswith("\n"):
            yield b"\n"


def _as_bytes(piece: object) -> bytes:
    if isinstance(piece, bytes):
        return piece
    if isinstance(piece, str):
        # Half a surrogate pair is no UTF-8, which is for the reader of the line to say.
        return piece.encode("utf-8", "surrogatepass")
    if isinstance(piece, (bytearray, memoryview)):
        return bytes(piece)
    raise TypeError(f"lines are read from bytes or str, not from {type(piece).__name__}")


def _numbered(pieces: Iterable[bytes], max_size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Each line with its number, and whether it is all there; linear in the bytes seen."""
    number, held, is_whole = 1, bytearray(), True
    for piece in pieces:
        start = 0
        while True:
            end = piece.find(b"\n", start)
            stop = len(piece) if end < 0 else end
            room = max_size - len(held)
            if stop - start > room:
                is_whole = False
                stop = start + room
            held += piece[start:stop]
            if end < 0:
                break
            yield number, _line(number, held), is_whole
            number, is_whole = number + 1, True
            held.clear()
            start = end + 1
    if held:
        yield number, _line(number, held), is_whole


def _line(number: int, held: bytearray) -> bytes:
    line = bytes(held)
    return line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
