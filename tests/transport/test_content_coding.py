"""Compressed bodies: read in each form and in any pieces, each piece of a bounded size."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Iterable, Iterator

import pytest

from mistral_proto.transport.content_coding import ACCEPTED, check_codings, codings, unpacked
from mistral_proto.transport.failures import CUT, ProtocolError, RefusedError
from tests.transport.support import at_random, one_by_one

TEXT = b'{"choices": [' + b'"Bonjour", ' * 50 + b"]}"
NOISE = random.Random(1).randbytes(1000)


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def raw(data: bytes) -> bytes:
    """Return deflate without the zlib header that RFC 9110, section 8.4.1.2 demands."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def unpack(coding: str, pieces: Iterable[bytes]) -> bytes:
    return b"".join(unpacked(iter(pieces), [coding]))


def every_way(data: bytes) -> Iterator[list[bytes]]:
    """Yield the bytes as one piece, as two, byte by byte, and at random."""
    yield from ([data[:at], data[at:]] for at in {*range(60), *range(0, len(data), 50), len(data)})
    yield one_by_one(data)
    yield from (at_random(data, random.Random(seed)) for seed in range(5))


WHOLE = [
    ("gzip", gzipped(TEXT), TEXT),
    ("gzip", gzipped(NOISE), NOISE),
    ("gzip", gzipped(b""), b""),
    ("gzip", b"\x1f\x8b\x08\x08" + gzipped(b"x")[4:10] + b"name\0" + gzipped(b"x")[10:], b"x"),
    ("gzip", gzipped(b"Bon") + gzipped(b"jour"), b"Bonjour"),
    ("gzip", gzipped(b"") * 3 + gzipped(b"x") + gzipped(b""), b"x"),
    ("deflate", zlib.compress(TEXT), TEXT),
    ("deflate", zlib.compress(NOISE, 0), NOISE),
    ("deflate", zlib.compress(b""), b""),
    ("deflate", raw(TEXT), TEXT),
    ("deflate", raw(b""), b""),
]


def test_whole_bodies() -> None:
    for coding, data, expected in WHOLE:
        for pieces in every_way(data):
            assert unpack(coding, pieces) == expected, (coding, data, pieces)


def test_cut_bodies() -> None:
    for coding, data, _ in WHOLE:
        # The end of a member of gzip may be the end of the body.
        ends = [len(gzipped(b"Bon")), *[len(gzipped(b"")) * n for n in (1, 2, 3)], len(data) - 20]
        for at in {*range(100), *range(len(data) - 100, len(data))} & {*range(len(data))}:
            try:
                unpack(coding, [data[:at]])
            except ProtocolError as error:
                assert str(error) == CUT
            else:
                assert at in ends and coding == "gzip", (data, at)


def test_broken_bodies() -> None:
    cases = [
        ("gzip", TEXT),
        ("gzip", b"\x1f\x8b\x09" + bytes(20)),  # another method
        ("gzip", gzipped(NOISE)[:-8] + bytes(8)),  # a wrong checksum
        ("gzip", gzipped(TEXT) + b"junk of more than a header"),
        ("gzip", zlib.compress(TEXT)),
        ("deflate", b"\xff" + TEXT),
        ("deflate", gzipped(TEXT)),
        ("deflate", zlib.compress(NOISE)[:-4] + bytes(4)),
        ("deflate", zlib.compress(TEXT) + b"x"),
        ("deflate", raw(TEXT) + b"x"),
    ]
    for coding, data in cases:
        for pieces in every_way(data):
            with pytest.raises(ProtocolError, match=r"^the body is not|^data follows the end"):
                unpack(coding, pieces)


def test_a_piece_is_unpacked_when_it_has_come() -> None:
    for coding, bits in [("gzip", 31), ("deflate", 15), ("deflate", -15)]:
        packer = zlib.compressobj(wbits=bits)
        given: list[bytes] = []
        pieces = unpacked(iter(lambda: given.pop(0), b""), [coding])
        for number in range(5):
            text = f"data: {number}\n\n".encode()
            given.append(packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH))
            assert (next(pieces), given) == (text, [])
        given += [packer.flush(), b""]
        assert list(pieces) == []


def test_pieces_have_a_bounded_size() -> None:
    size = 20 * 1024 * 1024
    for coding, bomb in [("gzip", gzipped(bytes(size))), ("deflate", zlib.compress(bytes(size)))]:
        sizes = [len(piece) for piece in unpacked(iter([bomb]), [coding])]
        assert (sum(sizes), max(sizes)) == (size, 64 * 1024)
    assert unpack("gzip", [gzipped(b"") * 5000 + gzipped(b"x")]) == b"x"


def test_headers() -> None:
    plain = ["", ",", "identity", " IDENTITY ", "utf-8", "None"]
    packed = ["gzip", " GZip\t", "x-gzip", "deflate", "identity, gzip", ",gzip,,"]
    for value in plain + packed + ACCEPTED.split(", "):
        found = codings({"content-encoding": value})
        assert (
            found == [name for name in ("x-gzip", "gzip", "deflate") if name in value.lower()][:1]
        )
        check_codings(found)
    assert codings({}) == []
    assert unpack("x-gzip", [gzipped(b"x")]) == b"x"
    refused = ["br", "compress", "x-deflate", "gzip, gzip", "gzip;q=1", "gzip\xa0", "\x0bgzip"]
    for value in refused:
        with pytest.raises(RefusedError):
            check_codings(codings({"content-encoding": value}))
