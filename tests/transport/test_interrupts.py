"""Interrupts at any moment: every place is free after them, and every answer is its question's."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from mistral_proto import UrllibTransport
from tests.client.faults.servers import FaultServer, Line
from tests.testing.raw import eventually
from tests.transport.asking import OK, ask, whole
from tests.transport.times import request

# An interrupt that comes in a finalizer is passed over by Python, which tells of it.
pytestmark = [
    pytest.mark.native,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer"),
]

ROUNDS = 300


class Interrupt(BaseException):
    """What a signal handler may raise."""


def say_it_twice(line: Line) -> None:
    said = line.request.body
    line.send(OK + b"content-length: %d\r\n\r\n" % (2 * len(said)) + said)
    line.send(said)


class Timer:
    """Raises an exception in the main thread, once for each time that it is set."""

    def __init__(self, kind: type[BaseException]) -> None:
        self.is_set = False
        self._kind = kind

    def set(self, seconds: float) -> None:
        self.is_set = True
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def ring(self, *_: object) -> None:
        if self.is_set:
            self.is_set = False
            raise self._kind


@pytest.fixture(params=[Interrupt, KeyboardInterrupt])
def timer(request: pytest.FixtureRequest) -> Iterator[Timer]:
    made = Timer(request.param)
    before = signal.signal(signal.SIGALRM, made.ring)
    yield made
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_interrupts_at_random_moments(timer: Timer) -> None:
    random_ = random.Random(17)
    interrupted = 0
    with FaultServer(then=say_it_twice) as server:
        transport = UrllibTransport(proxies={}, max_connections=3)
        for number in range(20 * ROUNDS):
            body = b"question %d " % number
            try:
                timer.set(random_.random() * 0.002 + 1e-6)
                assert ask(transport, server, body=body) == 2 * body
                timer.is_set = False
            except (Interrupt, KeyboardInterrupt):
                interrupted += 1
            if interrupted == ROUNDS:
                break
        assert interrupted == ROUNDS
        # Each of the three slots is free, and no connection has an answer left.
        bodies = [b"held %d" % number for number in range(3)]
        held = [transport.send(request(server.url, body, total=5.0)) for body in bodies]
        assert [whole(response) for response in held] == [2 * body for body in bodies]
        for response in held:
            response.close()
        transport.close()


def test_an_interrupt_while_somebody_has_the_response_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It comes when the answer is there, and nobody has it yet."""

    def interrupted(function: Any, *arguments: object) -> Any:
        if function.__name__ == "_end":
            raise Interrupt
        return partial(function, *arguments)

    with FaultServer(then=say_it_twice) as server:
        transport = UrllibTransport(proxies={}, max_connections=1)
        before = transport.send(request(server.url))
        assert whole(before) == b"{}{}" and before.release is not None
        before.release()
        with monkeypatch.context() as patch:
            patch.setattr("mistral_proto.transport.keep_alive.partial", interrupted)
            with pytest.raises(Interrupt):
                transport.send(request(server.url))
        eventually(lambda: server.open == 0)
        assert ask(transport, server) == b"{}{}"
        assert before.status == 200
        transport.close()
