"""Bodies that are larger or take longer than any answer: given up as soon as that is seen."""

from __future__ import annotations

import gzip

import pytest

from mistral_proto import NoResponseError, SDKError
from mistral_proto.client import call, operations
from tests.client.faults.servers import FaultServer, Script, chunk, drip, flood, stall
from tests.client.faults.table import (
    RETRIES,
    WHOLE_ONES,
    Fails,
    Says,
    SkippingClock,
    client,
    end_of,
)
from tests.client.support import WHOLE, answer
from tests.testing.raw import eventually

BOUND = 1000
TOO_LARGE = f"larger than {BOUND} bytes"
CHUNKED = b"transfer-encoding: chunked\r\n\r\n"
PACKED = gzip.compress(WHOLE + b" " * BOUND)


@pytest.fixture(autouse=True)
def small_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "MAX_BODY", BOUND)


def head(status: int, rest: bytes) -> bytes:
    return f"HTTP/1.1 {status} Whatever\r\ncontent-type: application/json\r\n".encode() + rest


def bodies(status: int) -> dict[str, Script]:
    """Answers whose bodies are beyond the bound, or without an end."""
    return {
        "one byte more": answer(status, b"x" * (BOUND + 1)),
        "much more": answer(status, b"x" * 10**6),
        "in chunks": head(status, CHUNKED) + chunk(b"x" * 10) * 101 + b"0\r\n\r\n",
        "endless, of a length": (
            head(status, b"content-length: 99999999\r\n\r\n"), flood(b"x" * 999)
        ),
        "endless, in chunks": (head(status, CHUNKED), flood(chunk(b"x" * 999))),
        "endless, without a length": (head(status, b"\r\n"), flood(b"x" * 999)),
        "one chunk without an end": (head(status, CHUNKED + b"fffffff\r\n"), flood(b"x" * 999)),
        "packed": answer(status, PACKED, "content-encoding: gzip"),
    }  # fmt: skip


@pytest.mark.parametrize("name", WHOLE_ONES)
@pytest.mark.parametrize("body", bodies(200))
def test_an_answer_that_is_too_large(body: str, name: str) -> None:
    clock = SkippingClock()
    with FaultServer(then=bodies(200)[body]) as server:
        with client(server, retry_config=RETRIES, clock=clock) as mistral:
            end = end_of(name, mistral)
            end.check(Fails(NoResponseError, TOO_LARGE, 200))
            assert isinstance(end.error, NoResponseError) and end.error.final
            eventually(lambda: server.open == 0)
        assert len(server.received) == 1
    assert clock.slept == []


@pytest.mark.parametrize("name", ["complete", "stream", "complete_async", "stream_async"])
@pytest.mark.parametrize("body", bodies(503))
def test_an_error_that_is_too_large(body: str, name: str) -> None:
    """The status alone says enough, also to try again."""
    clock = SkippingClock()
    with FaultServer(then=bodies(503)[body]) as server:
        with client(server, retry_config=RETRIES, clock=clock) as mistral:
            end_of(name, mistral).check(Fails(SDKError, "503 Service Unavailable", 503), tries=3)
            eventually(lambda: server.open == 0)
    assert len(clock.slept) == 2


@pytest.mark.parametrize("name", WHOLE_ONES)
def test_an_answer_of_just_the_bound(name: str) -> None:
    with FaultServer(then=answer(200, WHOLE.ljust(BOUND))) as server, client(server) as mistral:
        end_of(name, mistral).check(Says())


ENDLESS: dict[str, Script] = {
    "stall": (head(400, b"content-length: 99\r\n\r\nno,"), stall),
    "drip": (head(400, b"\r\nno,"), drip(b" ")),
}


@pytest.mark.parametrize("name", ["complete", "stream", "complete_async", "stream_async"])
@pytest.mark.parametrize("body", ENDLESS)
def test_an_error_is_not_read_for_as_long_as_an_answer(
    body: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call, "_ERROR_BODY_SECONDS", 0.1)
    with FaultServer(then=ENDLESS[body]) as server, client(server, timeout_ms=3_600_000) as mistral:
        end_of(name, mistral, within_ms=100).check(Fails(SDKError, "400 Bad Request", 400))
        eventually(lambda: server.open == 0)
