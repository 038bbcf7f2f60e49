"""Where a body ends (RFC 9112, sections 6 and 7): bytes in, the body's bytes out.

Stricter than `http.client`, which takes ``-5`` for the size of a chunk, and
can't tell a body of a kept connection from what follows it.  No I/O.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import failures

if TYPE_CHECKING:
    from typing import Protocol

    from .failures import ProtocolError
    from .head import Headers

    class Framing(Protocol):
        """The bytes of one body, among those that come."""

        finished: bool
        """Whether the body is whole."""
        rest: bool
        """Whether anything came after it."""
        is_last: bool
        """Whether the connection can't serve again after it."""
        failure: ProtocolError | None
        """What is wrong with it, behind the bytes that `feed` has given."""

        def feed(self, data: bytes) -> bytes:
            """The bytes of the body in the next piece."""
            ...

        def end(self) -> None:
            """Nothing more comes; raises `IncompleteRead` where that is too early."""


__all__ = ["framing"]

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?", re.DOTALL)
_LENGTH = re.compile(r"[0-9]{1,15}")
# The end of one chunk, and a line with the size of a small one.
_SMALL = re.compile(rb"\r\n[0-9A-Fa-f]{1,3}")
_MAX_LINE = 8 * 1024
_MAX_TRAILERS = 64 * 1024


def framing(status: int, headers: Headers, version: int = 11) -> Framing:
    """How the body of a response with these headers ends.

    Raises:
        ProtocolError: they don't say, or say two things.

    >>> from mistral_proto.transport.head import Headers
    >>> framing(200, Headers([("Content-Length", "5")])).feed(b"Hello, and more")
    b'Hello'
    """
    if status in (204, 304) or status < 200:
        return _OfLength(0)
    codings = headers.all("transfer-encoding")
    lengths = set(headers.all("content-length"))
    if codings:
        if [coding.strip().lower() for coding in codings] != ["chunked"]:
            raise failures.ProtocolError("the transfer-encoding is another than chunked")
        # RFC 9112, section 6.1: what has both, or is too old for it, is not to be trusted.
        return _Chunked(is_last=bool(lengths) or version < 11)
    if not lengths:
        return _UntilClosed()
    length = lengths.pop().strip()
    if lengths or not _LENGTH.fullmatch(length):
        raise failures.ProtocolError("the content-length is not one number")
    return _OfLength(int(length))


class _OfLength:
    """A body with a ``Content-Length``."""

    is_last = False
    failure: ProtocolError | None = None

    def __init__(self, length: int) -> None:
        self._left = length
        self.finished = not length
        self.rest = False

    def feed(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left > 0:
            return data
        self.finished = True
        if not self._left:
            return data
        self.rest = True
        return data[: self._left]

    def end(self) -> None:
        raise failures.IncompleteRead(b"", self._left)


class _UntilClosed:
    """A body that the end of the connection ends."""

    finished = False
    rest = True
    is_last = True
    failure: ProtocolError | None = None

    def feed(self, data: bytes) -> bytes:
        return data

    def end(self) -> None:
        self.finished = True


class _Chunked:
    """A body in chunks; however many come at once, they come out as one piece."""

    def __init__(self, *, is_last: bool) -> None:
        self.is_last = is_last
        self.finished = False
        self.rest = False
        self._read = self._read_size
        self._held = b""
        self._left = 0
        self._trailers = 0
        # Small chunks are mostly of a few sizes; there can't be many of them.
        self._sizes: dict[bytes, int] = {}
        self.failure: ProtocolError | None = None

    def feed(self, data: bytes) -> bytes:
        pieces: list[bytes] = []
        try:
            self._take_apart(data, pieces)
        except failures.ProtocolError as error:
            self.failure = error
        return b"".join(pieces)

    def _take_apart(self, data: bytes, pieces: list[bytes]) -> None:
        position = 0
        while not self.finished:
            if self._left:
                piece = data[position : position + self._left]
                pieces.append(piece)
                position += len(piece)
                self._left -= len(piece)
                if self._left:
                    return
                position = self._take_whole(data, position, pieces)
            end = data.find(b"\n", position)
            if end < 0:
                self._held += data[position:]
                self._check_line(self._held)
                return
            line = self._held + data[position : end + 1]
            self._held = b""
            position = end + 1
            self._check_line(line)
            if not line.endswith(b"\r\n"):
                raise failures.ProtocolError("a line of a chunked body does not end in CRLF")
            self._read(line[:-2])
        self.rest = position < len(data)

    def _take_whole(self, data: bytes, position: int, pieces: list[bytes]) -> int:
        """Take the small chunks that are all there, the fast way; gives where they end.

        `position` is behind the data of a chunk, and so is what is given back.
        """
        sizes = self._sizes
        while True:
            end = data.find(b"\r\n", position + 2, position + 7)
            if end < 0:
                return position
            line = data[position:end]
            size = sizes.get(line)
            if size is None:
                if not _SMALL.fullmatch(line):
                    return position
                size = sizes[line] = int(line, 16)
            stop = end + 2 + size
            if not size or stop > len(data):
                return position
            pieces.append(data[end + 2 : stop])
            position = stop

    def end(self) -> None:
        raise failures.IncompleteRead(b"")

    def _check_line(self, line: bytes) -> None:
        if len(line) > _MAX_LINE:
            raise failures.ProtocolError("a line of a chunked body is too long")

    def _read_size(self, line: bytes) -> None:
        size = _SIZE.fullmatch(line)
        if size is None:
            raise failures.ProtocolError("the size of a chunk is not a number")
        self._left = int(size[1], 16)
        self._read = self._read_end_of_data if self._left else self._read_trailer

    def _read_end_of_data(self, line: bytes) -> None:
        if line:
            raise failures.ProtocolError("a chunk is longer than its size")
        self._read = self._read_size

    def _read_trailer(self, line: bytes) -> None:
        self._trailers += len(line)
        if self._trailers > _MAX_TRAILERS:
            raise failures.ProtocolError("the trailers of a chunked body are too large")
        self.finished = not line
