"""Compressed bodies: read in every form that has one, in pieces, and never more than asked for."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Iterable

import pytest

from mistral_proto.transport.content_coding import ACCEPTED, check_codings, codings, unpacked
from mistral_proto.transport.failures import CUT, ProtocolError, RefusedError
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
    return b"".join(unpacked(iter(pieces), [coding]))


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
        except ProtocolError as error:
            assert str(error) == CUT
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
    words = f"^the body is not {coding}$|^data follows the end of the compressed body$"
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
        except ProtocolError:
            continue


# -- piece by piece


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw"])
def test_a_piece_comes_out_as_soon_as_it_is_there(coding: str) -> None:
    packer = zlib.compressobj(wbits={"gzip": 31, "deflate": 15, "raw": -15}[coding])
    given: list[bytes] = []
    pieces = unpacked(iter(lambda: given.pop(0), b""), ["gzip" if coding == "gzip" else "deflate"])
    for number in range(5):
        text = f"data: {number}\n\n".encode()
        given += [packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH)]
        assert next(pieces) == text
        assert given == []
    given += [packer.flush(), b""]
    assert list(pieces) == []


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_is_taken_in_pieces(coding: str) -> None:
    size = 20 * 1024 * 1024
    bomb = gzip.compress(bytes(size)) if coding == "gzip" else zlib.compress(bytes(size))
    assert len(bomb) < size / 900
    sizes = [len(piece) for piece in unpacked(iter([bomb]), [coding])]
    assert (sum(sizes), max(sizes)) == (size, 64 * 1024)


def test_many_empty_members_cost_no_stack() -> None:
    assert unpack("gzip", [gzipped(b"") * 5000 + gzipped(b"x")]) == b"x"


# -- what the headers say

CODINGS: dict[str, list[str]] = {
    "": [],
    ",": [],
    "identity": [],
    " IDENTITY ": [],
    "utf-8": [],
    "None": [],
    "gzip": ["gzip"],
    " GZip\t": ["gzip"],
    "x-gzip": ["x-gzip"],
    "deflate": ["deflate"],
    "identity, gzip": ["gzip"],
    ",gzip,,": ["gzip"],
}


@pytest.mark.parametrize("value", CODINGS)
def test_a_coding(value: str) -> None:
    found = codings({"content-encoding": value})
    assert found == CODINGS[value]
    check_codings(found)
    if found:
        packed = zlib.compress(b"x") if found == ["deflate"] else gzipped(b"x")
        assert list(unpacked(iter([packed]), found)) == [b"x"]


@pytest.mark.parametrize(
    "value",
    ["br", "zstd", "compress", "x-deflate", "gzip, gzip", "deflate, gzip", "gzip;q=1", "gzip\xa0", "\x0bgzip"],
    ids=repr,
)  # fmt: skip
def test_a_coding_that_is_not_read(value: str) -> None:
    with pytest.raises(RefusedError, match="^the content-encoding is neither gzip nor deflate"):
        check_codings(codings({"content-encoding": value}))


@pytest.mark.parametrize("coding", ACCEPTED.split(", "))
def test_what_is_asked_for_is_read(coding: str) -> None:
    check_codings(codings({"content-encoding": coding}))
    assert codings({}) == []
