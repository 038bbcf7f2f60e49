"""Interrupts at any moment: afterwards each slot is free, and each answer belongs to its question."""

from __future__ import annotations

import random
import signal

import pytest

from tests.client.faults.servers import Line
from tests.transport.support import OK, ask, request, serving, whole

# Python ignores an exception in a finalizer, and warns.
pytestmark = [
    pytest.mark.native,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ROUNDS = 200


class Interrupt(BaseException):
    """An exception that a signal handler may raise."""


def repeat_twice(line: Line) -> None:
    body = line.request.body
    line.send(OK + b"content-length: %d\r\n\r\n" % (2 * len(body)) + body)
    line.send(body)


class Timer:
    """Raises an exception in the main thread, once each time that it is set."""

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


@pytest.mark.parametrize("kind", [Interrupt, KeyboardInterrupt])
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer")
def test_interrupts_at_random_moments(kind: type[BaseException]) -> None:
    random_ = random.Random(17)
    timer, interrupted = Timer(kind), 0
    before = signal.signal(signal.SIGALRM, timer.ring)
    try:
        with serving(then=repeat_twice, max_connections=3) as (transport, server):
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
            # Each of the three slots is free, and no connection holds another answer.
            bodies = [b"held %d" % number for number in range(3)]
            held = [transport.send(request(server.url, body, total=5.0)) for body in bodies]
            assert [whole(response) for response in held] == [2 * body for body in bodies]
            del held
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
