"""Compressed answers: what is read, and what is cut, corrupt, unknown or a bomb."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

from mistral_proto import IncompleteStreamError, NoResponseError, SDKError
from tests.client.faults.servers import EVENTS_HEAD, LAST_CHUNK, chunk, hang_up
from tests.client.faults.table import STREAMS, WHOLE_ONES, Fails, Row, Says
from tests.client.support import DONE, WHOLE, answer, piece


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
BOMB = gzip.compress(bytes(80 * 1024 * 1024))
EVENT_BOMB = gzip.compress(piece("Bon") + b"data: " + b"x" * (80 * 1024 * 1024))

UNREADABLE = Fails(NoResponseError, "the content-encoding is another than gzip or deflate")
CUT = Fails(NoResponseError, "broke off: the connection was closed in the middle of it", 200)
NO_GZIP = Fails(NoResponseError, "broke off: the body is not gzip", 200)
TOO_LARGE = Fails(NoResponseError, "larger than", 200)


def whole(encoding: str, body: bytes) -> bytes:
    return answer(200, body, f"content-type: application/json\r\ncontent-encoding: {encoding}")


def streamed(encoding: str, body: bytes) -> bytes:
    head = EVENTS_HEAD[:-2] + f"content-encoding: {encoding}\r\n\r\n".encode()
    return head + chunk(body) + LAST_CHUNK


def understood(name: str) -> list[Row]:
    pack, encoding = PACKERS[name], name.split()[0]
    by_bytes = [chunk(bytes([byte])) for byte in pack(EVENTS)]
    slowly = streamed(encoding, b"").partition(LAST_CHUNK)[0] + b"".join(by_bytes) + LAST_CHUNK
    return [
        Row(name, whole(encoding, pack(WHOLE)), Says(), WHOLE_ONES),
        Row(f"{name} in capitals", whole(encoding.upper(), pack(WHOLE)), Says(), WHOLE_ONES),
        Row(name, streamed(encoding, pack(EVENTS)), Says(), STREAMS),
        Row(f"{name} byte by byte", slowly, Says(), STREAMS),
    ]


def odd(name: str, encoding: str, body: bytes, end: Fails | Says, again: bool = True) -> Row:
    return Row(f"whole, {name}", whole(encoding, body), end, WHOLE_ONES, again=again)


def odd_stream(
    name: str, body: bytes, end: Fails | Says, again: bool = False, encoding: str = "gzip"
) -> Row:
    return Row(f"stream, {name}", streamed(encoding, body), end, STREAMS, again=again)


PACKED = gzip.compress(WHOLE)
EVENTS_PACKED = gzip.compress(EVENTS)


def flushed(*parts: bytes) -> bytes:
    """Each part so that it can be unpacked before the next has come; without an end."""
    packer = zlib.compressobj(wbits=31)
    return b"".join([packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH) for part in parts])


CORRUPT = PACKED[:20] + b"\xff\xff\xff\xff" + PACKED[24:]

ROWS = [
    *[row for name in PACKERS for row in understood(name)],
    odd("no encoding by name", "", WHOLE, Says()),
    odd("of two parts", "gzip", gzip.compress(WHOLE[:50]) + gzip.compress(WHOLE[50:]), Says()),
    odd("cut", "gzip", PACKED[:-20], CUT),
    odd("cut in its end", "gzip", PACKED[:-2], CUT),
    odd("empty", "gzip", b"", CUT),
    odd("corrupt", "gzip", CORRUPT, NO_GZIP),
    odd("of a wrong sum", "gzip", PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:], NO_GZIP),
    odd("not packed at all", "gzip", WHOLE, NO_GZIP),
    odd("corrupt deflate", "deflate", b"\xff" * 99,
        Fails(NoResponseError, "broke off: the body is not deflate", 200)),
    odd("of an encoding we can't read", "br", b"\x0b\x02\x80", UNREADABLE, False),
    odd("packed twice", "gzip, deflate", zlib.compress(PACKED), UNREADABLE, False),
    odd("a bomb", "gzip", BOMB, TOO_LARGE, False),
    Row("whole, packed and cut by the connection",
        (whole("gzip", PACKED)[:-9], hang_up), Fails(NoResponseError, "broke off", 200),
        WHOLE_ONES),
    Row("400, packed", answer(400, gzip.compress(b'{"message": "no, because"}'),
        "content-encoding: gzip"), Fails(SDKError, "no, because", 400), again=False),
    odd_stream("cut before its first event", EVENTS_PACKED[:20],
        Fails(IncompleteStreamError, "broke off", 200), True),
    odd_stream("cut after its first event", flushed(piece("Bon")),
        Fails(IncompleteStreamError, "broke off: the connection was closed", 200, "Bon")),
    odd_stream("of an encoding we can't read", b"\x0b\x02\x80", UNREADABLE, False, "br"),
    odd_stream("a bomb", EVENT_BOMB, Fails(IncompleteStreamError, "given up", 200, "Bon")),
]  # fmt: skip
