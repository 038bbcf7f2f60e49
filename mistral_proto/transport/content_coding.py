"""Compressed bodies (RFC 9110, section 8.4.1): gzip and deflate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .failures import CUT, ProtocolError, RefusedError

if TYPE_CHECKING:
    import zlib
    from collections.abc import Iterator, Mapping
else:
    try:
        import zlib
    except ImportError:  # a Python without zlib
        zlib = None

__all__ = ["ACCEPTED", "check_codings", "codings", "unpacked"]

ACCEPTED = "gzip, deflate" if bool(zlib) else "identity"
"""The value of ``Accept-Encoding``."""

_PLAIN = ("", "identity", "none", "utf-8")
_PACKED = (["gzip"], ["x-gzip"], ["deflate"])
_MAX_PIECE = 64 * 1024
_GZIP = 16 + 15
_ZLIB = 15
_RAW_DEFLATE = -15


def codings(headers: Mapping[str, str]) -> list[str]:
    """Return the codings of a body with these headers, without those that mean none.

    >>> codings({"content-encoding": "Identity, gzip"}), codings({"content-encoding": "utf-8"})
    (['gzip'], [])
    """
    given = headers.get("content-encoding", "").lower().split(",")
    return [coding.strip(" \t") for coding in given if coding.strip(" \t") not in _PLAIN]


def check_codings(codings: list[str]) -> None:
    """Raise RefusedError if the codings are not supported."""
    if codings and (ACCEPTED == "identity" or codings not in _PACKED):
        raise RefusedError("the content-encoding is neither gzip nor deflate")


def unpacked(blocks: Iterator[bytes], codings: list[str]) -> Iterator[bytes]:
    """Yield the decompressed body in blocks of bounded size, each as early as possible.

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
            # Some servers leave out the zlib header that RFC 9110 demands.
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
                    raise ProtocolError("data follows the end of the compressed body")
                stream = zlib.decompressobj(_GZIP)  # a gzip file may have several members
    if stream is None or not stream.eof:
        raise ProtocolError(CUT)
