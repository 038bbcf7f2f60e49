"""The times of an exchange, by a clock that the test turns, and its end from outside."""

from __future__ import annotations

import pytest

from mistral_proto.transport.failures import ClosedError
from tests.transport.times import Ticking, deadline

# The times for connecting, reading and all of it, and what is left of them: after so many
# seconds of connecting, and then of waiting for bytes.
TIMES: list[tuple[tuple[float, float, float], float, float, float, float]] = [
    ((10, 60, 300), 0, 10, 0, 60),
    ((10, 60, 300), 4, 6, 0, 60),
    ((10, 60, 300), 9.5, 0.5, 100, 60),
    ((10, 60, 300), 9, 1, 250, 41),
    ((10, 60, 300), 9, 1, 290, 1),
    ((10, 60, 5), 0, 5, 0, 5),
    ((10, 60, 5), 4, 1, 0.5, 0.5),
    ((1, 60, 300), 0, 1, 0, 60),
    ((10, 300, 300), 5, 5, 0, 295),
    ((10, 1, 300), 5, 5, 200, 1),
]


@pytest.mark.parametrize(("times", "connecting", "first", "waiting", "then"), TIMES)
def test_left(
    times: tuple[float, float, float], connecting: float, first: float, waiting: float, then: float
) -> None:
    clock = Ticking()
    left = deadline(clock, *times)
    left.start_connecting()
    clock.now += connecting
    assert left.seconds_left() == pytest.approx(first)
    left.connected()
    clock.now += waiting
    assert left.seconds_left() == pytest.approx(then)


# The times, and what passes until none are left: the wait of one kind, then of the other.
OVER: dict[str, tuple[tuple[float, float, float], float, float]] = {
    "connecting took too long": ((10, 60, 300), 10, 0),
    "connecting took all": ((10, 60, 5), 5, 0),
    "it all took too long": ((10, 60, 300), 5, 295),
    "long ago": ((10, 60, 300), 5, 10**9),
    "there was nothing": ((10, 60, 0), 0, 0),
}


@pytest.mark.parametrize(("times", "connecting", "waiting"), OVER.values(), ids=OVER)
def test_none_left(times: tuple[float, float, float], connecting: float, waiting: float) -> None:
    clock = Ticking()
    left = deadline(clock, *times)
    left.start_connecting()
    clock.now += connecting
    if waiting:
        left.seconds_left()
        left.connected()
        clock.now += waiting
    with pytest.raises(TimeoutError, match="^timed out$"):
        left.seconds_left()


def test_connecting_again_has_its_time_again() -> None:
    # Of a kept connection that was closed, say: another one takes its place.
    clock = Ticking()
    left = deadline(clock, 10, 60, 300)
    for _ in range(20):
        left.start_connecting()
        clock.now += 9
        assert left.seconds_left() == pytest.approx(1)
        left.connected()


def test_a_wait_for_bytes_begins_anew_but_never_passes_the_deadline() -> None:
    clock = Ticking()
    left = deadline(clock, 10, 2, 5)
    waited = 0.0
    with pytest.raises(TimeoutError):
        while True:
            assert left.seconds_left() <= 2
            clock.now += 1
            waited += 1
    assert waited == 5


@pytest.mark.parametrize(("seconds", "left"), [(5, 5), (60, 60), (299, 60), (1000, 60), (0.5, 0.5)])
def test_shortened(seconds: float, left: float) -> None:
    times = deadline(Ticking(), 10, 60, 300)
    times.shorten(seconds)
    assert times.seconds_left() == pytest.approx(left)
    times.shorten(10**6)  # never longer
    assert times.seconds_left() == pytest.approx(left)


def test_shortened_to_nothing() -> None:
    times = deadline(Ticking(), 10, 60, 300)
    times.shorten(0)
    with pytest.raises(TimeoutError):
        times.seconds_left()


# -- aborted


@pytest.mark.parametrize("connecting", [False, True])
def test_an_exchange_that_was_aborted_has_no_time_left(connecting: bool) -> None:
    left = deadline(Ticking(), 10, 60, 300)
    if connecting:
        left.start_connecting()
    left.abort()
    for _ in range(2):
        with pytest.raises(ClosedError, match="^closed by this side$"):
            left.seconds_left()
        left.abort()


def test_to_abort_interrupts_the_last_wait_alone() -> None:
    called: list[str] = []
    left = deadline(Ticking(), 10, 60, 300)
    left.on_wake(lambda: called.append("first"))
    left.on_wake(lambda: called.append("second"))
    assert not called
    left.abort()
    assert called == ["second"]


def test_what_was_aborted_begins_no_wait() -> None:
    left = deadline(Ticking(), 10, 60, 300)
    left.abort()
    with pytest.raises(ClosedError):
        left.on_wake(lambda: None)
