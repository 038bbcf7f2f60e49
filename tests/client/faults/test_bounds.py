"""Bodies that are larger or take longer than any answer: given up as soon as that is seen."""

from __future__ import annotations

import gzip

import pytest

from mistral_proto import HTTPRequest, HTTPResponse, NoResponseError, SDKError, UrllibTransport
from tests.client.faults.servers import (
    WHOLE,
    FaultServer,
    Script,
    answer,
    chunk,
    drip,
    flood,
    stall,
    streamed,
)
from tests.client.support import (
    ALL,
    CALLS,
    ONCE,
    RETRIES,
    WHOLE_ONES,
    End,
    Fails,
    Says,
    client,
    end_of,
    failure,
)
from tests.testing.raw import eventually

BOUND = 64 * 1024 * 1024
BLOCK = b"x" * 2**20
CHUNKED = b"transfer-encoding: chunked\r\n\r\n"


PACKED = gzip.compress(b"x" * (BOUND + 1), 1)


def head(status: int) -> bytes:
    return f"HTTP/1.1 {status} Whatever\r\ncontent-type: application/json\r\n".encode()


# Bodies that are beyond the bound, or without an end.
BODIES: dict[str, Script] = {
    "one byte more": (b"content-length: %d\r\n\r\n" % (BOUND + 1), b"x" * (BOUND + 1)),
    "in chunks": CHUNKED + chunk(BLOCK) * 65 + b"0\r\n\r\n",
    "endless, of a length": (b"content-length: 9999999999\r\n\r\n", flood(BLOCK)),
    "endless, in chunks": (CHUNKED, flood(chunk(BLOCK))),
    "endless, without a length": (b"\r\n", flood(BLOCK)),
    "one chunk without an end": (CHUNKED + b"fffffffff\r\n", flood(BLOCK)),
    "packed": b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(PACKED) + PACKED,
}
# The calls, how they end, and whether another try is worth it: the status of an error says enough.
ENDS = {200: (WHOLE_ONES, Fails(NoResponseError, 200), 1), 503: (ALL, Fails(SDKError, 503), 3)}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("status", ENDS)
def test_one_that_is_too_large(status: int, body: str) -> None:
    names, expected, most = ENDS[status]
    script = BODIES[body]
    for name in names:
        # To try again is shown by one of the calls: it is dear.
        tries = most if name == "complete" else 1
        config = RETRIES if tries == most else ONCE
        steps = script if isinstance(script, tuple) else (script,)
        with FaultServer(then=(head(status), *steps)) as server:
            with client(server, retry_config=config) as mistral:
                error = failure(CALLS[name], mistral)
                End(None, error).check(expected, tries)
                assert getattr(error, "final", True), name
                eventually(lambda: server.open == 0)
            assert len(server.received) == tries, name


@pytest.mark.parametrize("name", WHOLE_ONES)
def test_one_of_just_the_bound(name: str) -> None:
    body = WHOLE.ljust(BOUND)
    with FaultServer(answer(200, body), streamed(body)) as server, client(server) as mistral:
        for _ in range(2):
            end_of(name, mistral).check(Says())


class Hurried(UrllibTransport):
    """One that waits a fiftieth of the time for the body of an error."""

    def send(self, request: HTTPRequest) -> HTTPResponse:
        it = super().send(request)
        assert it.shorten is not None
        shorten = it.shorten
        return HTTPResponse(
            it.status, it.headers, it.body, it.close, it.release, lambda s: shorten(s / 50)
        )


ENDLESS: dict[str, Script] = {
    "stall": (head(400) + b"content-length: 99\r\n\r\nno,", stall),
    "drip": (head(400) + b"\r\nno,", drip(b" ")),
}


@pytest.mark.parametrize("body", ENDLESS)
@pytest.mark.parametrize("name", ["complete", "stream"])
def test_an_error_is_not_read_for_as_long_as_an_answer(name: str, body: str) -> None:
    options = {"transport": Hurried(), "timeout_ms": 3_600_000}
    with FaultServer(then=ENDLESS[body]) as server, client(server, **options) as mistral:
        end_of(name, mistral, within_ms=1000).check(Fails(SDKError, 400, words="no,"))
        eventually(lambda: server.open == 0)
