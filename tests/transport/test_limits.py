"""Deadlines, with a clock that the test moves, and aborts."""

from __future__ import annotations

import pytest

from mistral_proto.transport.failures import ClosedError
from tests.transport.times import Ticking, deadline

# Timeouts (connect, read, total), seconds spent connecting, seconds left then; seconds spent
# reading, and seconds left then. None: a TimeoutError.
TIMES: list[tuple[tuple[float, float, float], float, float | None, float, float | None]] = [
    ((10, 60, 300), 0, 10, 0, 60),
    ((10, 60, 300), 9.5, 0.5, 100, 60),
    ((10, 60, 300), 9, 1, 250, 41),
    ((10, 60, 300), 9, 1, 290, 1),
    ((10, 60, 5), 0, 5, 0, 5),
    ((10, 60, 5), 4, 1, 0.5, 0.5),
    ((1, 60, 300), 0, 1, 0, 60),
    ((10, 300, 300), 5, 5, 0, 295),
    ((10, 1, 300), 5, 5, 200, 1),
    ((10, 60, 300), 10, None, 0, 60),
    ((10, 60, 5), 5, None, 0, None),
    ((10, 60, 300), 5, 5, 295, None),
    ((10, 60, 300), 5, 5, 10**9, None),
    ((10, 60, 0), 0, None, 0, None),
]


def test_seconds_left() -> None:
    for timeouts, connecting, first, reading, then in TIMES:
        clock = Ticking()
        it = deadline(clock, *timeouts)
        it.start_connecting()
        clock.now += connecting
        for expected in (first, then):
            if expected is None:
                with pytest.raises(TimeoutError):
                    it.seconds_left()
            else:
                assert it.seconds_left() == pytest.approx(expected), timeouts
            it.connected()
            clock.now += reading


def test_a_new_connection_has_the_whole_connect_timeout() -> None:
    clock = Ticking()
    it = deadline(clock, 10, 60, 300)
    for _ in range(20):
        it.start_connecting()
        clock.now += 9
        assert it.seconds_left() == pytest.approx(1)
        it.connected()


def test_shorten() -> None:
    for seconds, left in [(5, 5), (60, 60), (299, 60), (1000, 60), (0.5, 0.5)]:
        it = deadline(Ticking(), 10, 60, 300)
        it.shorten(seconds)
        assert it.seconds_left() == pytest.approx(left)
        it.shorten(10**6)  # never longer
        assert it.seconds_left() == pytest.approx(left)
    it.shorten(0)
    with pytest.raises(TimeoutError):
        it.seconds_left()


def test_abort_ends_the_current_wait_and_all_later_ones() -> None:
    called: list[str] = []
    it = deadline(Ticking(), 10, 60, 300)
    it.on_wake(lambda: called.append("first"))
    it.on_wake(lambda: called.append("second"))
    assert not called
    for _ in range(2):
        it.abort()
        with pytest.raises(ClosedError):
            it.seconds_left()
    with pytest.raises(ClosedError):
        it.on_wake(lambda: None)
    assert called == ["second"] * 2
