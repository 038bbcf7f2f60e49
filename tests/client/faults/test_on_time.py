"""Each event of a stream comes out as soon as it is there, compressed or not."""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from mistral_proto import IncompleteStreamError, Mistral
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
    reset,
)
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.client.support import (
    RETRIES,
    client,
    every_stream,
    opened,
    partial_of,
    text_of,
)
from tests.testing.raw import eventually

EVENTS = [piece(f"{number} ") for number in range(5)] + [piece("", "stop") + DONE]
PACKERS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.compressobj(wbits=31),
    "deflate": lambda: zlib.compressobj(),
    "deflate (raw)": lambda: zlib.compressobj(wbits=-15),
}


def follow(name: str, mistral: Mistral, had: Callable[[], None]) -> str:
    """What a stream says; `had` is called after each event."""
    said = []

    async def main() -> None:
        async with opened(name, mistral) as events:
            async for event in events:
                said.append(text_of([event]))
                had()

    asyncio.run(main())
    return "".join(said)


def packed(encoding: str, events: list[bytes]) -> list[bytes]:
    """Each event so that it can be unpacked as it comes, and the end of the body."""
    if encoding not in PACKERS:
        return [*events, b""]
    packer = PACKERS[encoding]()
    blocks = [packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH) for event in events]
    return [*blocks, packer.flush()]


def head(encoding: str, chunked: bool = True) -> bytes:
    coding = encoding.split()[0].encode()
    return (EVENTS_HEAD if chunked else STREAM_HEAD)[:-2] + b"content-encoding: %s\r\n\r\n" % coding


@every_stream
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("framing", ["to the end", "chunked", "byte by byte"])
@pytest.mark.parametrize("encoding", ["identity", *PACKERS])
def test_no_event_waits_for_the_next(encoding: str, framing: str, tls: bool, name: str) -> None:
    """It comes out with its last byte, which nothing follows."""
    had = threading.Semaphore(1)  # the server begins
    chunked = framing != "to the end"

    def script(line: Line) -> None:
        line.send(head(encoding, chunked))
        *blocks, end = packed(encoding, EVENTS)
        for block in blocks:
            assert had.acquire(timeout=WAIT)
            pieces = [bytes([byte]) for byte in block] if framing == "byte by byte" else [block]
            for data in pieces:
                line.send(chunk(data) if chunked else data)
        if chunked:
            line.send((chunk(end) if end else b"") + LAST_CHUNK)
        else:
            line.send(end)
            hang_up(line)

    with FaultServer(script, context=LOCALHOST if tls else None) as server:
        url = f"{'https' if tls else 'http'}://localhost:{server.port}"
        with client(server, server_url=url, ssl_context=TRUST, timeout_ms=60_000) as mistral:
            assert follow(name, mistral, had.release) == "0 1 2 3 4 "


def corrupt(line: Line) -> None:
    line.send(chunk(b"\xff" * 99) + LAST_CHUNK)


# What comes once the first event was had.
THEN = [
    ("identity", reset),
    ("identity", hang_up),
    ("gzip", reset),
    ("gzip", hang_up),
    ("gzip", corrupt),
    ("deflate", corrupt),
]


@every_stream
@pytest.mark.parametrize(("encoding", "fault"), THEN)
def test_a_fault_after_the_first_event(
    encoding: str, fault: Callable[[Line], None], name: str
) -> None:
    """What was had is not asked for again, however much may be tried."""
    had = threading.Semaphore(0)

    def script(line: Line) -> None:
        line.send(head(encoding) + chunk(packed(encoding, EVENTS[:1])[0]))
        assert had.acquire(timeout=WAIT)
        fault(line)

    with FaultServer(script) as server:
        with client(server, timeout_ms=60_000, retry_config=RETRIES) as mistral:
            with pytest.raises(IncompleteStreamError) as caught:
                follow(name, mistral, had.release)
            assert partial_of(caught.value) == "0 "
            assert (caught.value.tries, len(server.received)) == (1, 1)
            eventually(lambda: server.open == 0)
