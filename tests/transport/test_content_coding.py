"""Compressed bodies: read in every form that has one, in pieces, and never more than asked for."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Iterable
from http.client import IncompleteRead

import pytest

from mistral_proto.transport.content_coding import (
    ACCEPTED,
    MAX_PIECE,
    Decompressor,
    decompressor,
)
from mistral_proto.transport.failures import ProtocolError, RefusedError
from mistral_proto.transport.head import Headers
from tests.transport.pieces import at_random, every_way

TEXT = b'{"choices": [' + b'"Bonjour", ' * 50 + b"]}"
NOISE = random.Random(1).randbytes(3000)


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def raw(data: bytes) -> bytes:
    """Deflate as some servers write it, without the frame of RFC 9110, section 8.4.1.2."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def unpack(coding: str, pieces: Iterable[bytes]) -> bytes:
    """All that the pieces unpack to; raises where they end too early."""
    unpacked = Decompressor(coding)
    found = []
    for piece in pieces:
        unpacked.feed(piece)
        while taken := unpacked.take():
            found.append(taken)
    unpacked.end()
    return b"".join(found)


# The coding, the bytes as they come, and what they are.
WHOLE: dict[str, tuple[str, bytes, bytes]] = {
    "gzip": ("gzip", gzipped(TEXT), TEXT),
    "gzip of noise": ("gzip", gzipped(NOISE), NOISE),
    "gzip of nothing": ("gzip", gzipped(b""), b""),
    "gzip with a name": ("gzip", b"\x1f\x8b\x08\x08" + gzipped(b"x")[4:10] + b"name\0" + gzipped(b"x")[10:], b"x"),
    "two members": ("gzip", gzipped(b"Bon") + gzipped(b"jour"), b"Bonjour"),
    "members of nothing": ("gzip", gzipped(b"") * 3 + gzipped(b"x") + gzipped(b""), b"x"),
    "deflate": ("deflate", zlib.compress(TEXT), TEXT),
    "deflate, at its best": ("deflate", zlib.compress(TEXT, 9), TEXT),
    "deflate, stored": ("deflate", zlib.compress(NOISE, 0), NOISE),
    "deflate of nothing": ("deflate", zlib.compress(b""), b""),
    "raw": ("deflate", raw(TEXT), TEXT),
    "raw noise": ("deflate", raw(NOISE), NOISE),
    "raw nothing": ("deflate", raw(b""), b""),
}  # fmt: skip

every_whole = pytest.mark.parametrize(("coding", "data", "expected"), WHOLE.values(), ids=WHOLE)


@every_whole
def test_whole(coding: str, data: bytes, expected: bytes) -> None:
    for pieces in every_way(data):
        assert unpack(coding, pieces) == expected, [len(piece) for piece in pieces]


@every_whole
def test_cut_anywhere_it_is_not_whole(coding: str, data: bytes, expected: bytes) -> None:
    ends = [len(gzipped(b"Bon")), *[len(gzipped(b"")) * n for n in (1, 2, 3)], len(data) - 20]
    for at in range(len(data)):
        try:
            unpack(coding, [data[:at]])
        except IncompleteRead:
            continue
        # But between two members of gzip, which is where one that has one ends.
        assert at in ends and coding == "gzip"


BROKEN: dict[str, tuple[str, bytes]] = {
    "a text that is no gzip": ("gzip", TEXT),
    "gzip of another method": ("gzip", b"\x1f\x8b\x09" + bytes(20)),
    "a byte of gzip changed": ("gzip", gzipped(NOISE)[:-8] + bytes(8)),
    "junk after gzip": ("gzip", gzipped(TEXT) + b"junk of more than a header"),
    "zlib as gzip": ("gzip", zlib.compress(TEXT)),
    "a text that is no deflate": ("deflate", b"\xff" + TEXT),
    "gzip as deflate": ("deflate", gzipped(TEXT)),
    "a sum that is wrong": ("deflate", zlib.compress(NOISE)[:-4] + bytes(4)),
    "junk after deflate": ("deflate", zlib.compress(TEXT) + b"x"),
    "junk after raw deflate": ("deflate", raw(TEXT) + b"x"),
    "deflate twice": ("deflate", zlib.compress(b"x") * 2),
}


@pytest.mark.parametrize(("coding", "data"), BROKEN.values(), ids=BROKEN)
def test_broken(coding: str, data: bytes) -> None:
    words = f"^the body is not {coding}$|^there is more after the end of a compressed body$"
    for pieces in every_way(data):
        with pytest.raises(ProtocolError, match=words):
            unpack(coding, pieces)


def test_any_bytes_are_read_or_refused() -> None:
    random_ = random.Random(3)
    for _ in range(3000):
        data = bytearray(random_.choice([gzipped(TEXT), zlib.compress(TEXT), raw(TEXT)]))
        for _ in range(random_.randrange(1, 4)):
            data[random_.randrange(len(data))] = random_.randrange(256)
        try:
            unpack(random_.choice(["gzip", "deflate"]), at_random(bytes(data), random_))
        except (ProtocolError, IncompleteRead):
            continue


# -- piece by piece


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw"])
def test_a_piece_comes_out_as_soon_as_it_is_there(coding: str) -> None:
    packer = zlib.compressobj(wbits={"gzip": 31, "deflate": 15, "raw": -15}[coding])
    unpacked = Decompressor("gzip" if coding == "gzip" else "deflate")
    for number in range(5):
        text = f"data: {number}\n\n".encode()
        for byte in packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH):
            unpacked.feed(bytes([byte]))
        assert b"".join(iter(unpacked.take, b"")) == text
        assert not unpacked.finished
    unpacked.feed(packer.flush())
    assert (unpacked.take(), unpacked.finished) == (b"", True)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_is_taken_in_pieces(coding: str) -> None:
    size = 20 * 1024 * 1024
    unpacked = Decompressor(coding)
    bomb = gzip.compress(bytes(size)) if coding == "gzip" else zlib.compress(bytes(size))
    assert len(bomb) < size / 900
    unpacked.feed(bomb)
    sizes = [len(piece) for piece in iter(unpacked.take, b"")]
    assert (sum(sizes), max(sizes)) == (size, MAX_PIECE)
    assert unpacked.finished


def test_many_empty_members_cost_no_stack() -> None:
    assert unpack("gzip", [gzipped(b"") * 5000 + gzipped(b"x")]) == b"x"


# -- what the headers say

CODINGS: dict[str, tuple[list[str], str | None]] = {
    "none": ([], None),
    "empty": ([""], None),
    "identity": (["identity"], None),
    "identity, shouted": ([" IDENTITY "], None),
    "gzip": (["gzip"], "gzip"),
    "gzip, shouted": ([" GZip "], "gzip"),
    "its old name": (["x-gzip"], "gzip"),
    "deflate": (["deflate"], "deflate"),
    "identity besides": (["identity, gzip"], "gzip"),
    "identity in another header": (["gzip", "identity"], "gzip"),
    "nothing besides": ([",gzip,,"], "gzip"),
}


@pytest.mark.parametrize(("values", "coding"), CODINGS.values(), ids=CODINGS)
def test_a_coding(values: list[str], coding: str | None) -> None:
    headers = Headers([("Content-Encoding", value) for value in values])
    unpacked = decompressor(headers)
    if coding is None:
        assert unpacked is None
    else:
        assert unpacked is not None
        unpacked.feed(gzipped(b"x") if coding == "gzip" else zlib.compress(b"x"))
        assert unpacked.take() == b"x"


@pytest.mark.parametrize(
    "values",
    [["br"], ["zstd"], ["compress"], ["x-deflate"], ["gzip, gzip"], ["gzip", "gzip"], ["deflate, gzip"], ["gzip;q=1"]],
    ids=str,
)  # fmt: skip
def test_a_coding_that_is_not_read(values: list[str]) -> None:
    headers = Headers([("Content-Encoding", value) for value in values])
    with pytest.raises(RefusedError, match="^the content-encoding is another than gzip or deflate"):
        decompressor(headers)


@pytest.mark.parametrize("coding", ACCEPTED.split(", "))
def test_what_is_asked_for_is_read(coding: str) -> None:
    assert decompressor(Headers([("Content-Encoding", coding)])) is not None
