"""The time limits of a call.

Slow servers are in the fault table (`faults/`).
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

import mistral_proto as mp
from mistral_proto.testing import MockServer
from tests.client.doubles import (
    EVENTS,
    STREAM,
    AsyncDouble,
    Reply,
    StillClock,
    double_for,
    good,
)
from tests.client.faults.servers import DONE, WHOLE, piece
from tests.client.support import (
    ASYNC,
    CALLS,
    STREAMS,
    WHOLE_ONES,
    client,
    every_call,
    failure,
    kind_of,
    text_of,
)

# The options of the client and of the call; and the seconds to connect, to read and in all of a
# whole answer, and of a stream.
Seconds = tuple[float, float, float]
LIMITS: list[tuple[Any, Any, Seconds, Seconds]] = [
    (None, None, (10, 300, 300), (10, 120, 3600)),
    (5000.5, None, (5.0005,) * 3, (5.0005,) * 3),
    (9000, 5000, (5, 5, 5), (5, 5, 5)),
    # A long call waits for the model, which may be silent until its answer.
    (5000, 600_000, (10, 600, 600), (10, 600, 600)),
    (mp.Timeouts(connect_ms=2000), mp.Timeouts(read_ms=1000), (2, 1, 300), (2, 1, 3600)),
    (mp.Timeouts(read_ms=2000), mp.Timeouts(read_ms=1000), (10, 1, 300), (10, 1, 3600)),
    (mp.Timeouts(1000, 2000, 9000), 3000, (1, 3, 3), (1, 3, 3)),
    (9000, mp.Timeouts(connect_ms=2000), (2, 9, 9), (2, 9, 9)),
    (mp.Timeouts(9000, 9000, 5000), None, (5, 5, 5), (5, 5, 5)),
]


def times(request: mp.HTTPRequest) -> Seconds:
    return request.connect_timeout, request.read_timeout, request.total_timeout


@every_call
def test_the_limits_of_a_request(name: str) -> None:
    for of_client, of_call, whole, streamed in LIMITS:
        double = double_for(name, good(name))
        CALLS[name](client(double, timeout_ms=of_client), timeout_ms=of_call)
        expected = streamed if name in STREAMS else whole
        assert times(double.requests[0]) == pytest.approx(expected), (of_client, of_call)


@every_call
def test_each_attempt_gets_the_rest_of_the_time(name: str) -> None:
    clock = StillClock()
    double = double_for(name, OSError("x"), Reply(status=503), OSError("x"), good(name))
    CALLS[name](client(double, clock=clock, timeout_ms=mp.Timeouts(4_000, 6_000, 10_000)))
    assert clock.slept == [1, 2, 4]
    assert [*map(times, double.requests)] == [(4, 6, 10), (4, 6, 9), (4, 6, 7), (3, 3, 3)]


@every_call
def test_a_redirect_gets_the_rest_of_the_time(name: str) -> None:
    clock = StillClock()

    def away(path: str, seconds: float) -> Reply:
        return Reply(status=307, headers={"location": path}, before=clock.later(seconds))

    double = double_for(name, away("/a", 4), away("/b", 4), good(name))
    CALLS[name](client(double, clock=clock, timeout_ms=10_000))
    assert [it.total_timeout for it in double.requests] == pytest.approx([10, 6, 2])
    double = double_for(name, away("/a", 11))
    error = failure(CALLS[name], client(double, clock=clock, timeout_ms=10_000))
    assert error.message.endswith("timed out") and len(double.requests) == 1


# The seconds for each block of a body, the number of blocks, and whether 10 seconds are enough.
SLOW: list[tuple[float, int, bool]] = [
    (1.0, 10, True),
    (1.0, 11, False),
    (0.01, 1100, False),
]


@every_call
def test_the_deadline_is_checked_between_blocks(name: str) -> None:
    for each, count, in_time in SLOW:
        clock = StillClock()
        part, end = (b": ping\n\n", STREAM) if name in STREAMS else (b" ", [WHOLE])
        reply = Reply(*[clock.later(each), part] * count, *end, headers=EVENTS)
        mistral = client(double_for(name, reply), clock=clock, timeout_ms=10_000)
        if in_time:
            assert text_of(CALLS[name](mistral)) == "Bonjour"
        else:
            assert failure(CALLS[name], mistral).message.endswith("timed out")
            assert clock.skipped <= 10 + each + 0.001
            assert set(reply.done) == {"close"}


@every_call
def test_the_body_of_an_error_has_five_seconds(name: str) -> None:
    clock = StillClock()
    pieces = [b"busy ", clock.later(4), b"doing ", clock.later(4), b"much", b"never read"]
    reply = Reply(*pieces, status=400)
    error = failure(CALLS[name], client(double_for(name, reply), clock=clock))
    assert (error.status_code, error.body) == (400, "busy doing much")
    assert reply.done[0] == 5.0


class HangingTransport(AsyncDouble):
    async def send(self, request: mp.HTTPRequest) -> Any:
        self.requests.append(request)
        await asyncio.Event().wait()


class HangingReply(Reply):
    async def __anext__(self) -> bytes:
        await asyncio.Event().wait()
        return b""


@pytest.mark.parametrize("name", ASYNC)
def test_a_transport_that_hangs_is_ended_at_the_deadline(name: str) -> None:
    reply = HangingReply()
    for double in (HangingTransport(), AsyncDouble(reply)):
        error = failure(CALLS[name], client(double, timeout_ms=20))
        assert error.message.endswith("timed out") and len(double.requests) == 1
    assert set(reply.done) == {"close"}


TEXT = "x" * 300_000
EVENT = piece(TEXT, "stop")
LARGE: dict[str, tuple[Any, list[bytes]]] = {
    "complete_async": (mp.ChatCompletionResponse, [WHOLE.replace(b"Bonjour", TEXT.encode())]),
    "stream_async": (mp.CompletionEvent, [EVENT[:100_000], EVENT[100_000:], DONE]),
}


@pytest.mark.parametrize("name", ASYNC)
def test_a_large_answer_does_not_block_the_event_loop(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cls, blocks = LARGE[name]
    on_loop, read = threading.Event(), cls.from_dict

    def wait_for_the_loop(document: Any) -> Any:
        assert on_loop.wait(10)
        return read(document)

    monkeypatch.setattr(cls, "from_dict", wait_for_the_loop)

    async def main() -> str:
        asyncio.get_running_loop().call_later(0.05, on_loop.set)
        return text_of(await ASYNC[name](client(AsyncDouble(Reply(*blocks, headers=EVENTS)))))

    assert asyncio.run(main()) == TEXT


@pytest.mark.parametrize("name", ASYNC)
def test_the_deadline_ends_decoding(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cls, blocks = LARGE[name]
    over = threading.Event()
    monkeypatch.setattr(cls, "from_dict", lambda document: over.wait(10))
    reply = Reply(*blocks, headers=EVENTS)

    async def main() -> None:
        with pytest.raises(mp.MistralError, match="timed out") as caught:
            await ASYNC[name](client(AsyncDouble(reply)), timeout_ms=100)
        over.set()
        kind = mp.NoResponseError if name in WHOLE_ONES else mp.IncompleteStreamError
        assert kind_of(caught.value) is kind
        assert (caught.value.status_code, caught.value.tries) == (200, 1)

    asyncio.run(main())
    assert {*reply.done} == {"close"}


def test_large_answers_are_not_decoded_in_the_threads_of_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asyncio, "to_thread", None)
    with MockServer([TEXT] * 2) as server, client(server) as mistral:
        for name in ASYNC:
            assert text_of(CALLS[name](mistral)) == TEXT
