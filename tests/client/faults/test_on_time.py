"""Each event of a stream is yielded when its last byte has come, compressed or not."""

from __future__ import annotations

import asyncio
import threading
import zlib
from typing import Any

import pytest

from tests.client.faults.servers import (
    DONE,
    EVENTS_HEAD,
    LAST_CHUNK,
    STREAM_HEAD,
    WAIT,
    FaultServer,
    Line,
    chunk,
    hang_up,
    piece,
)
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.client.support import client, every_stream, opened, text_of

EVENTS = [piece(f"{number} ") for number in range(5)] + [piece("", "stop") + DONE]


def packed(encoding: bytes) -> list[bytes]:
    """Return each event, so that it can be unpacked when it comes, and the end of the body."""
    if encoding == b"identity":
        return [*EVENTS, b""]
    packer = zlib.compressobj(wbits=31 if encoding == b"gzip" else -15)
    blocks = [packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH) for event in EVENTS]
    return [*blocks, packer.flush()]


@every_stream
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("framing", ["to the end", "chunked", "byte by byte"])
def test_no_event_waits_for_the_next(framing: str, tls: bool, name: str) -> None:
    def script(line: Line) -> None:
        head = (STREAM_HEAD if framing == "to the end" else EVENTS_HEAD)[:-2]
        line.send(head + b"content-encoding: %s\r\n\r\n" % encoding)
        *blocks, end = packed(encoding)
        for block in blocks:
            assert had.acquire(timeout=WAIT)
            pieces = [bytes([byte]) for byte in block] if framing == "byte by byte" else [block]
            for data in pieces:
                line.send(data if framing == "to the end" else chunk(data))
        if framing == "to the end":
            line.send(end)
            hang_up(line)
        else:
            line.send((chunk(end) if end else b"") + LAST_CHUNK)

    async def main(mistral: Any) -> str:
        said = []
        async with opened(name, mistral) as events:
            async for event in events:
                said.append(text_of([event]))
                had.release()
        return "".join(said)

    for encoding in (b"identity", b"gzip", b"deflate"):
        had = threading.Semaphore(1)  # the server begins
        with FaultServer(script, context=LOCALHOST if tls else None) as server:
            with client(server, ssl_context=TRUST, timeout_ms=60_000) as mistral:
                assert asyncio.run(main(mistral)) == "0 1 2 3 4 "
