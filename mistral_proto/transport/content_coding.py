"""Compressed bodies (RFC 9110, section 8.4.1), as far as the standard library reads them.

What a few bytes unpack to is taken out in pieces of a bounded size, and a piece
comes out as soon as the bytes for it are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import failures

if TYPE_CHECKING:
    from .head import Headers

__all__ = ["ACCEPTED", "Decompressor", "decompressor"]

ACCEPTED = "gzip, deflate"
"""What a request's ``Accept-Encoding`` may say."""

MAX_PIECE = 64 * 1024
_GZIP = 16 + 15
_ZLIB = 15
_RAW_DEFLATE = -15


def decompressor(headers: Headers) -> Decompressor | None:
    """What reads the body of a response with these headers; None: it is read as it is.

    Raises:
        RefusedError: it is compressed in a way that can't be read.
    """
    codings = [coding for coding in headers.options("content-encoding") if coding != "identity"]
    if not codings:
        return None
    if codings in (["gzip"], ["x-gzip"], ["deflate"]):
        return Decompressor(codings[0].removeprefix("x-"))
    raise failures.RefusedError("the content-encoding is another than gzip or deflate")


class Decompressor:
    """The bytes of one compressed body: `feed` some, `take` what they unpack to.

    >>> import zlib
    >>> unpacked = Decompressor("deflate")
    >>> unpacked.feed(zlib.compress(b"Hello"))
    >>> unpacked.take(), unpacked.take()
    (b'Hello', b'')
    """

    def __init__(self, coding: str) -> None:
        import zlib

        self._zlib = zlib
        self._coding = coding
        self._packed = b""
        self._stream = zlib.decompressobj(_GZIP) if coding == "gzip" else None

    def feed(self, data: bytes) -> None:
        """The next bytes of the body."""
        self._packed += data

    def take(self) -> bytes:
        """The next piece that is unpacked; empty where more bytes are needed.

        Raises:
            ProtocolError: the bytes are not so compressed.
        """
        if self._stream is None:
            if len(self._packed) < 2:
                return b""
            # Some servers leave out the frame that RFC 9110 asks for; it begins like this.
            framed = self._packed[0] & 15 == 8 and not int.from_bytes(self._packed[:2], "big") % 31
            self._stream = self._zlib.decompressobj(_ZLIB if framed else _RAW_DEFLATE)
        while self._packed or not self._stream.eof:
            try:
                piece = self._stream.decompress(self._packed, MAX_PIECE)
            except self._zlib.error:
                raise failures.ProtocolError(f"the body is not {self._coding}") from None
            if not self._stream.eof:
                self._packed = self._stream.unconsumed_tail
                return piece
            self._packed = self._stream.unused_data
            if self._packed:
                if self._coding != "gzip":
                    raise failures.ProtocolError("there is more after the end of a compressed body")
                self._stream = self._zlib.decompressobj(_GZIP)  # gzip may have several members
            if piece:
                return piece
        return b""

    @property
    def finished(self) -> bool:
        """Whether all that came is unpacked, to its end."""
        return self._stream is not None and self._stream.eof and not self._packed

    def end(self) -> None:
        """No more bytes come; raises `IncompleteRead` where that is too early."""
        if not self.finished:
            raise failures.IncompleteRead(b"")
