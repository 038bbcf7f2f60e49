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
    EVENTS_HEAD,
    LAST_CHUNK,
    WAIT,
    FaultServer,
    Line,
    chunk,
    hang_up,
    reset,
)
from tests.client.faults.table import RETRIES, client, text_of
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.client.support import DONE, HI, MODEL, STREAM_HEAD, piece
from tests.testing.raw import eventually

EVENTS = [piece(f"{number} ") for number in range(5)] + [piece("", "stop") + DONE]
PACKERS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.compressobj(wbits=31),
    "deflate": lambda: zlib.compressobj(),
    "deflate (raw)": lambda: zlib.compressobj(wbits=-15),
}


def follow(mistral: Mistral, had: Callable[[], None]) -> str:
    said = ""
    with mistral.chat.stream(model=MODEL, messages=HI) as events:
        for event in events:
            said += text_of([event])
            had()
    return said


async def follow_async(mistral: Mistral, had: Callable[[], None]) -> str:
    said = ""
    async with mistral.chat.stream_async(model=MODEL, messages=HI) as events:
        async for event in events:
            said += text_of([event])
            had()
    return said


FOLLOWERS: dict[str, Callable[[Mistral, Callable[[], None]], str]] = {
    "stream": follow,
    "stream_async": lambda mistral, had: asyncio.run(follow_async(mistral, had)),
}


@pytest.mark.parametrize("name", FOLLOWERS)
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("chunked", [False, True], ids=["to the end", "chunked"])
@pytest.mark.parametrize("encoding", ["identity", *PACKERS])
def test_no_event_waits_for_the_next(encoding: str, chunked: bool, tls: bool, name: str) -> None:
    had = threading.Semaphore(1)  # the server begins

    def script(line: Line) -> None:
        packer = PACKERS[encoding]() if encoding in PACKERS else None
        header = b"content-encoding: " + encoding.split()[0].encode() + b"\r\n\r\n"
        line.send((EVENTS_HEAD if chunked else STREAM_HEAD)[:-2] + header)
        for event in EVENTS:
            assert had.acquire(timeout=WAIT)
            if packer is not None:
                event = packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH)
            line.send(chunk(event) if chunked else event)
        rest = packer.flush() if packer is not None else b""
        if chunked:
            line.send((chunk(rest) if rest else b"") + LAST_CHUNK)
        else:
            line.send(rest)
            hang_up(line)

    with FaultServer(script, context=LOCALHOST if tls else None) as server:
        url = f"{'https' if tls else 'http'}://localhost:{server.port}"
        with client(server, server_url=url, ssl_context=TRUST, timeout_ms=60_000) as mistral:
            assert FOLLOWERS[name](mistral, had.release) == "0 1 2 3 4 "


@pytest.mark.parametrize("name", FOLLOWERS)
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
        assert FOLLOWERS[name](mistral, had.release) == "0 1 2 3 4 "


def corrupt(line: Line) -> None:
    line.send(chunk(b"\xff" * 99) + LAST_CHUNK)


# What comes once the first event was had, and the words of the error.
THEN: list[tuple[str, str, Callable[[Line], None], str]] = [
    ("identity", "reset", reset, "reset by peer"),
    ("identity", "cut", hang_up, "the connection was closed in the middle of it"),
    ("gzip", "reset", reset, "reset by peer"),
    ("gzip", "cut", hang_up, "the connection was closed in the middle of it"),
    ("gzip", "corrupt", corrupt, "the body is not gzip"),
    ("deflate", "corrupt", corrupt, "the body is not deflate"),
]


@pytest.mark.parametrize("name", FOLLOWERS)
@pytest.mark.parametrize(
    ("encoding", "fault", "words"),
    [pytest.param(case[0], *case[2:], id=f"{case[0]}, {case[1]}") for case in THEN],
)
def test_a_fault_after_the_first_event(
    encoding: str, fault: Callable[[Line], None], words: str, name: str
) -> None:
    """What was had is not asked for again, however much may be tried."""
    had = threading.Semaphore(0)

    def script(line: Line) -> None:
        packer = PACKERS[encoding]() if encoding in PACKERS else None
        line.send(EVENTS_HEAD[:-2] + f"content-encoding: {encoding}\r\n\r\n".encode())
        event = EVENTS[0]
        if packer is not None:
            event = packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH)
        line.send(chunk(event))
        assert had.acquire(timeout=WAIT)
        fault(line)

    with FaultServer(script) as server:
        with client(server, timeout_ms=60_000, retry_config=RETRIES) as mistral:
            with pytest.raises(IncompleteStreamError, match=words) as caught:
                FOLLOWERS[name](mistral, had.release)
            assert caught.value.partial is not None
            assert caught.value.partial.choices[0].message.text == "0 "
            assert (caught.value.tries, len(server.received)) == (1, 1)
            eventually(lambda: server.open == 0)
