"""Deadlines, with a clock that the test moves, and slots for exchanges."""

from __future__ import annotations

import gc

import pytest

from mistral_proto.transport.failures import ClosedError, NoFreeConnectionError
from mistral_proto.transport.limits import Deadline, Slots
from tests.transport.support import Clock, long_deadline


def deadline(clock: Clock, connect: float = 10, read: float = 60, total: float = 300) -> Deadline:
    return Deadline(connect, read, total, clock)


def seconds_left(it: Deadline) -> float | None:
    """Return the seconds left; None for a TimeoutError."""
    try:
        return pytest.approx(it.seconds_left())  # type: ignore[return-value]
    except TimeoutError:
        return None


def test_seconds_left() -> None:
    # Timeouts (connect, read, total), seconds spent connecting, seconds left then; seconds spent
    # reading, and seconds left then.
    cases: list[tuple[tuple[float, float, float], float, float | None, float, float | None]] = [
        ((10, 60, 300), 0, 10, 0, 60),
        ((10, 60, 300), 9.5, 0.5, 100, 60),
        ((10, 60, 300), 9, 1, 250, 41),
        ((10, 60, 5), 4, 1, 0.5, 0.5),
        ((10, 300, 300), 5, 5, 0, 295),
        ((10, 1, 300), 5, 5, 200, 1),
        ((10, 60, 300), 10, None, 0, 60),
        ((10, 60, 5), 5, None, 0, None),
        ((10, 60, 300), 5, 5, 295, None),
        ((10, 60, 0), 0, None, 0, None),
    ]
    for timeouts, connecting, first, reading, then in cases:
        clock = Clock()
        it = deadline(clock, *timeouts)
        it.start_connecting()
        clock.now += connecting
        assert seconds_left(it) == first, timeouts
        it.connected()
        clock.now += reading
        assert seconds_left(it) == then, timeouts


def test_each_connection_has_the_whole_connect_timeout() -> None:
    clock = Clock()
    it = deadline(clock)
    for _ in range(20):
        it.start_connecting()
        clock.now += 9
        assert seconds_left(it) == 1
        it.connected()


def test_shorten() -> None:
    for seconds, left in [(5, 5), (60, 60), (1000, 60), (0.5, 0.5), (0, None)]:
        it = deadline(Clock())
        it.shorten(seconds)
        it.shorten(10**6)  # never longer
        assert seconds_left(it) == left


def test_abort_ends_the_current_wait_and_later_ones() -> None:
    called: list[str] = []
    it = deadline(Clock())
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


def takes(slots: Slots, deadline: Deadline) -> bool:
    return slots.wait_seconds(deadline) == 0


def test_the_first_to_wait_for_a_slot_gets_it() -> None:
    slots, woken = Slots(1), []
    held, *waiting = [long_deadline() for _ in range(4)]
    for number, it in enumerate(waiting):
        it.on_wake(lambda number=number: woken.append(number))  # type: ignore[misc]
    assert takes(slots, held)
    assert [takes(slots, it) for it in waiting] == [False] * 3
    late = deadline(Clock(), read=0)
    with pytest.raises(NoFreeConnectionError, match="all of 1 connections were in use"):
        slots.wait_seconds(late)
    slots.release(held)
    assert woken == [0]
    assert [takes(slots, it) for it in (waiting[1], waiting[0])] == [False, True]
    del waiting[1]
    slots.release(waiting[0])
    slots.abort()
    assert woken[-1] == 2


def test_a_deadline_that_is_garbage_has_no_slot_and_does_not_wait() -> None:
    """An interrupt may end an exchange before it can release its slot."""
    slots = Slots(1)
    first, second, third = long_deadline(), long_deadline(), long_deadline()
    assert takes(slots, first) and not takes(slots, second) and not takes(slots, third)
    assert not takes(slots, second)  # it waits already
    del first, second
    gc.collect()
    assert takes(slots, third)
    fourth = long_deadline()
    assert not takes(slots, fourth)
    del fourth
    slots.release(third)
    slots.abort()
    assert takes(slots, third)
