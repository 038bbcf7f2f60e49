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
    HI,
    MODEL,
    RETRIES,
    asked,
    client,
    every_stream,
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
        async with asked(mistral) as events:
            async for event in events:
                said.append(text_of([event]))
                had()

    if name == "stream_async":
        asyncio.run(main())
    else:
        with mistral.chat.stream(model=MODEL, messages=HI) as events:
            for event in events:
                said.append(text_of([event]))
                had()
    return "".join(said)


class Packed:
    """Sends an event after the other, in a content coding."""

    def __init__(self, encoding: str, chunked: bool = True) -> None:
        self._encoding = encoding
        self._chunked = chunked
        self._packer = PACKERS[encoding]() if encoding in PACKERS else None

    def begin(self, line: Line) -> None:
        header = b"content-encoding: " + self._encoding.split()[0].encode() + b"\r\n\r\n"
        line.send((EVENTS_HEAD if self._chunked else STREAM_HEAD)[:-2] + header)

    def send(self, line: Line, data: bytes) -> None:
        if self._packer is not None:
            data = self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH)
        line.send(chunk(data) if self._chunked else data)

    def end(self, line: Line) -> None:
        rest = self._packer.flush() if self._packer is not None else b""
        if self._chunked:
            line.send((chunk(rest) if rest else b"") + LAST_CHUNK)
        else:
            line.send(rest)
            hang_up(line)


@every_stream
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("chunked", [False, True], ids=["to the end", "chunked"])
@pytest.mark.parametrize("encoding", ["identity", *PACKERS])
def test_no_event_waits_for_the_next(encoding: str, chunked: bool, tls: bool, name: str) -> None:
    had = threading.Semaphore(1)  # the server begins

    def script(line: Line) -> None:
        packed = Packed(encoding, chunked)
        packed.begin(line)
        for event in EVENTS:
            assert had.acquire(timeout=WAIT)
            packed.send(line, event)
        packed.end(line)

    with FaultServer(script, context=LOCALHOST if tls else None) as server:
        url = f"{'https' if tls else 'http'}://localhost:{server.port}"
        with client(server, server_url=url, ssl_context=TRUST, timeout_ms=60_000) as mistral:
            assert follow(name, mistral, had.release) == "0 1 2 3 4 "


@every_stream
def test_an_event_that_comes_byte_by_byte(name: str) -> None:
    """It comes out with its last byte, which nothing follows."""
    had = threading.Semaphore(1)

    def script(line: Line) -> None:
        line.send(EVENTS_HEAD)
        for event in EVENTS:
            assert had.acquire(timeout=WAIT)
            for byte in event:
                line.send(chunk(bytes([byte])))
        line.send(LAST_CHUNK)

    with FaultServer(script) as server, client(server, timeout_ms=60_000) as mistral:
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
        packed = Packed(encoding)
        packed.begin(line)
        packed.send(line, EVENTS[0])
        assert had.acquire(timeout=WAIT)
        fault(line)

    with FaultServer(script) as server:
        with client(server, timeout_ms=60_000, retry_config=RETRIES) as mistral:
            with pytest.raises(IncompleteStreamError) as caught:
                follow(name, mistral, had.release)
            assert partial_of(caught.value) == "0 "
            assert (caught.value.tries, len(server.received)) == (1, 1)
            eventually(lambda: server.open == 0)
