"""Compressed answers: what is read, and what is cut, corrupt, unknown or a bomb."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

from mistral_proto import IncompleteStreamError, NoResponseError, SDKError
from tests.client.faults.servers import (
    DONE,
    EVENTS_HEAD,
    LAST_CHUNK,
    WHOLE,
    answer,
    chunk,
    hang_up,
    piece,
)
from tests.client.faults.table import Row
from tests.client.support import STREAMS, WHOLE_ONES, Fails, Says


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate (raw)": raw_deflate,
    "identity": bytes,
}
EVENTS = piece("Bon") + piece("jour", "stop") + DONE
BOMB = gzip.compress(bytes(80 * 1024 * 1024), 1)
EVENT_BOMB = gzip.compress(piece("Bon") + b"data: " + b"x" * (80 * 1024 * 1024), 1)
PACKED = gzip.compress(WHOLE)
CORRUPT = PACKED[:20] + b"\xff\xff\xff\xff" + PACKED[24:]

BROKEN = Fails(NoResponseError, 200)
UNREADABLE = Fails(NoResponseError)


def whole(encoding: str, body: bytes) -> bytes:
    return answer(200, body, f"content-type: application/json\r\ncontent-encoding: {encoding}")


def streamed(encoding: str, *blocks: bytes) -> bytes:
    head = EVENTS_HEAD[:-2] + f"content-encoding: {encoding}\r\n\r\n".encode()
    return head + b"".join(map(chunk, blocks)) + LAST_CHUNK


def understood(name: str) -> list[Row]:
    pack, encoding = PACKERS[name], name.split()[0]
    by_bytes = [bytes([byte]) for byte in pack(EVENTS)]
    return [
        Row(name, whole(encoding, pack(WHOLE)), Says(), WHOLE_ONES),
        Row(f"{name} in capitals", whole(encoding.upper(), pack(WHOLE)), Says(), WHOLE_ONES),
        Row(name, streamed(encoding, pack(EVENTS)), Says(), STREAMS),
        Row(f"{name} byte by byte", streamed(encoding, *by_bytes), Says(), STREAMS),
    ]


def odd(name: str, encoding: str, body: bytes, end: Fails | Says, again: bool = True) -> Row:
    return Row(f"whole, {name}", whole(encoding, body), end, WHOLE_ONES, again)


def odd_stream(name: str, encoding: str, body: bytes, end: Fails, again: bool = False) -> Row:
    return Row(f"stream, {name}", streamed(encoding, body), end, STREAMS, again)


def flushed(part: bytes) -> bytes:
    """So that it can be unpacked before its end has come."""
    packer = zlib.compressobj(wbits=31)
    return packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH)


ROWS = [
    *[row for name in PACKERS for row in understood(name)],
    odd("no encoding by name", "", WHOLE, Says()),
    odd("of two parts", "gzip", gzip.compress(WHOLE[:50]) + gzip.compress(WHOLE[50:]), Says()),
    odd("cut", "gzip", PACKED[:-20], BROKEN),
    odd("cut in its end", "gzip", PACKED[:-2], BROKEN),
    odd("empty", "gzip", b"", BROKEN),
    odd("corrupt", "gzip", CORRUPT, BROKEN),
    odd("of a wrong sum", "gzip", PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:], BROKEN),
    odd("not packed at all", "gzip", WHOLE, BROKEN),
    odd("corrupt deflate", "deflate", b"\xff" * 99, BROKEN),
    odd("of an encoding we can't read", "br", b"\x0b\x02\x80", UNREADABLE, False),
    odd("packed twice", "gzip, deflate", zlib.compress(PACKED), UNREADABLE, False),
    odd("a bomb", "gzip", BOMB, BROKEN, False),
    Row("whole, packed and cut by the connection", (whole("gzip", PACKED)[:-9], hang_up), BROKEN,
        WHOLE_ONES),
    Row("400, packed", answer(400, gzip.compress(b'{"message": "no, because"}'),
        "content-encoding: gzip"), Fails(SDKError, 400, words="no, because"), again=False),
    odd_stream("cut before its first event", "gzip", gzip.compress(EVENTS)[:20],
        Fails(IncompleteStreamError, 200), True),
    odd_stream("cut after its first event", "gzip", flushed(piece("Bon")),
        Fails(IncompleteStreamError, 200, "Bon")),
    odd_stream("of an encoding we can't read", "br", b"\x0b\x02\x80", UNREADABLE),
    odd_stream("a bomb", "gzip", EVENT_BOMB, Fails(IncompleteStreamError, 200, "Bon")),
]  # fmt: skip
