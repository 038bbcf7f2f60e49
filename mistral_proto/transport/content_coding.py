"""Compressed bodies (RFC 9110, section 8.4.1), as far as the standard library reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .failures import CUT, ProtocolError, RefusedError
from .optional import zlib

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["ACCEPTED", "check_codings", "codings", "unpacked"]

ACCEPTED = "gzip, deflate" if bool(zlib) else "identity"
"""What a request's ``Accept-Encoding`` may say."""

_PLAIN = ("", "identity", "none", "utf-8")
_PACKED = (["gzip"], ["x-gzip"], ["deflate"])
_MAX_PIECE = 64 * 1024
_GZIP = 16 + 15
_ZLIB = 15
_RAW_DEFLATE = -15


def codings(headers: Mapping[str, str]) -> list[str]:
    """Return how a body with these headers is compressed.

    >>> codings({"content-encoding": "Identity, gzip"}), codings({"content-encoding": "utf-8"})
    (['gzip'], [])
    """
    given = headers.get("content-encoding", "").lower().split(",")
    return [coding.strip(" \t") for coding in given if coding.strip(" \t") not in _PLAIN]


def check_codings(codings: list[str]) -> None:
    """Raise RefusedError if a body is compressed in a way that can't be read."""
    if codings and (ACCEPTED == "identity" or codings not in _PACKED):
        raise RefusedError("the content-encoding is another than gzip or deflate")


def unpacked(blocks: Iterator[bytes], codings: list[str]) -> Iterator[bytes]:
    """Yield a compressed body in pieces of a bounded size, each as soon as its bytes are there.

    Raises:
        RefusedError: it is compressed in a way that can't be read.
        ProtocolError: it is not so compressed, or cut.

    >>> import zlib
    >>> list(unpacked(iter([zlib.compress(b"Hello")]), ["deflate"]))
    [b'Hello']
    """
    check_codings(codings)
    is_gzip = codings != ["deflate"]
    stream = None
    held = b""
    for block in blocks:
        held += block
        if stream is None:
            if len(held) < 2:
                continue
            # Some servers leave out the frame that RFC 9110 asks for; it begins like this.
            is_framed = held[0] & 15 == 8 and not int.from_bytes(held[:2], "big") % 31
            kind = _GZIP if is_gzip else _ZLIB if is_framed else _RAW_DEFLATE
            stream = zlib.decompressobj(kind)
        piece = b""
        while held or piece:
            try:
                piece = stream.decompress(held, _MAX_PIECE)
            except zlib.error:
                raise ProtocolError(f"the body is not {codings[0]}") from None
            held = stream.unused_data if stream.eof else stream.unconsumed_tail
            if piece:
                yield piece
            if stream.eof and held:
                if not is_gzip:
                    raise ProtocolError("there is more after the end of a compressed body")
                stream = zlib.decompressobj(_GZIP)  # gzip may have several members
    if stream is None or not stream.eof:
        raise ProtocolError(CUT)
