"""How long a call may take: what may be said of it, who has the last word, and what is sent on."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mistral_proto import HTTPRequest, Mistral, Timeouts
from mistral_proto.client.options import MAX_TIMEOUT_MS, timeout_ms_option
from tests.client.doubles import (
    CALLS,
    STREAMS,
    Reply,
    StillClock,
    client,
    double_for,
    failure,
    good,
)
from tests.client.support import KEY

every_call = pytest.mark.parametrize("name", CALLS)
PARTS = ("connect_ms", "read_ms", "total_ms")

# -- what may be said


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("value", [0, -1, -0.5, float("nan"), float("-inf")])
def test_too_little(value: Any, part: str) -> None:
    with pytest.raises(ValueError, match=f"^{part} must be above 0 "):
        Timeouts(**{part: value})


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    "value", [MAX_TIMEOUT_MS + 1, 10**400, float("inf")], ids=["+1", "1e400", "inf"]
)
def test_too_much(value: Any, part: str) -> None:
    with pytest.raises(ValueError, match=f"^{part} must be .* at most {MAX_TIMEOUT_MS}, "):
        Timeouts(**{part: value})


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("value", [None, 1, 0.5, 10**9, MAX_TIMEOUT_MS])
def test_just_right(value: Any, part: str) -> None:
    timeouts = Timeouts(**{part: value})
    assert [getattr(timeouts, name) for name in PARTS] == [
        value if name == part else None for name in PARTS
    ]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(timeouts, part, 5)


def test_by_position_and_by_value() -> None:
    assert Timeouts(1, 2, 3) == Timeouts(connect_ms=1, read_ms=2, total_ms=3)
    assert hash(Timeouts(1, 2, 3)) == hash(Timeouts(1, 2, 3))
    assert Timeouts() == Timeouts(None, None, None)


@pytest.mark.parametrize(
    ("given", "others", "expected"),
    [
        ((), (1, 2, 3), (1, 2, 3)),
        ((9, 9, 9), (1, 2, 3), (9, 9, 9)),
        ((9, None, None), (1, 2, 3), (9, 2, 3)),
        ((None, 9, None), (1, 2, 3), (1, 9, 3)),
        ((None, None, 9), (1, 2, 3), (1, 2, 9)),
        ((9, None, None), (1, None, 3), (9, None, 3)),
        ((), (), ()),
    ],
)
def test_or_else(given: Any, others: Any, expected: Any) -> None:
    assert Timeouts(*given).or_else(Timeouts(*others)) == Timeouts(*expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, Timeouts()),
        # Who allows a call so long means the model, which may be silent until its answer.
        (5, Timeouts(read_ms=5, total_ms=5)),
        (2000.5, Timeouts(read_ms=2000.5, total_ms=2000.5)),
        (Timeouts(), Timeouts()),
        (Timeouts(1, 2, 3), Timeouts(1, 2, 3)),
    ],
)
def test_timeout_ms_option(given: Any, expected: Timeouts) -> None:
    assert timeout_ms_option(given) == expected


@pytest.mark.parametrize("given", [0, -1, float("nan"), MAX_TIMEOUT_MS + 1])
def test_what_are_no_timeouts(given: Any) -> None:
    with pytest.raises(ValueError, match="^timeout_ms must be "):
        timeout_ms_option(given)


# -- who has the last word


def sent(name: str, of_client: Any, of_call: Any) -> HTTPRequest:
    """The request of a call, as its transport gets it."""
    double = double_for(name, good(name))
    CALLS[name](client(double, timeout_ms=of_client), timeout_ms=of_call)
    return double.requests[0]


# What the client and the call say, and the seconds to connect, to read and in all that a
# transport gets for a whole answer, and for a stream.
Seconds = tuple[float, float, float]
LAST_WORDS: dict[str, tuple[Any, Any, Seconds, Seconds]] = {
    "nobody": (None, None, (10, 300, 300), (10, 120, 3600)),
    "the client": (5000, None, (5, 5, 5), (5, 5, 5)),
    "the call": (None, 5000, (5, 5, 5), (5, 5, 5)),
    "both": (9000, 5000, (5, 5, 5), (5, 5, 5)),
    "the call, for longer": (5000, 600_000, (10, 600, 600), (10, 600, 600)),
    "long": (7_200_000, None, (10, 7200, 7200), (10, 7200, 7200)),
    "a part": (Timeouts(connect_ms=2000), None, (2, 300, 300), (2, 120, 3600)),
    "another part": (Timeouts(read_ms=2000), None, (10, 2, 300), (10, 2, 3600)),
    "all parts": (Timeouts(1000, 2000, 3000), None, (1, 2, 3), (1, 2, 3)),
    "a part each": (Timeouts(connect_ms=2000), Timeouts(read_ms=1000), (2, 1, 300), (2, 1, 3600)),
    "the same part": (Timeouts(read_ms=2000), Timeouts(read_ms=1000), (10, 1, 300), (10, 1, 3600)),
    "a part of all": (Timeouts(1000, 2000, 9000), 3000, (1, 3, 3), (1, 3, 3)),
    "all and a part": (9000, Timeouts(connect_ms=2000), (2, 9, 9), (2, 9, 9)),
    "nothing of parts": (Timeouts(), Timeouts(), (10, 300, 300), (10, 120, 3600)),
    "no part is longer than all": (Timeouts(9000, 9000, 5000), None, (5, 5, 5), (5, 5, 5)),
    "a part of a millisecond": (5000.5, None, (5.0005,) * 3, (5.0005,) * 3),
}  # fmt: skip


@every_call
@pytest.mark.parametrize(
    ("of_client", "of_call", "whole", "streamed"), LAST_WORDS.values(), ids=LAST_WORDS
)
def test_the_last_word(
    of_client: Any, of_call: Any, whole: Seconds, streamed: Seconds, name: str
) -> None:
    request = sent(name, of_client, of_call)
    times = (request.connect_timeout, request.read_timeout, request.total_timeout)
    assert times == pytest.approx(streamed if name in STREAMS else whole)


@every_call
@pytest.mark.parametrize("given", [0, -1, float("nan"), float("inf"), 10**20])
def test_bad_ones(given: Any, name: str) -> None:
    with pytest.raises(ValueError, match="^timeout_ms must be "):
        Mistral(KEY, timeout_ms=given)
    double = double_for(name)
    with pytest.raises(ValueError, match="^timeout_ms must be "):
        CALLS[name](client(double), timeout_ms=given)
    assert double.requests == []


# -- all tries share the time


@every_call
def test_each_try_gets_what_is_left(name: str) -> None:
    clock = StillClock()
    double = double_for(name, OSError("x"), Reply(status=503), OSError("x"), good(name))
    CALLS[name](client(double, clock=clock, timeout_ms=Timeouts(4_000, 6_000, 10_000)))
    assert clock.slept == [1, 2, 4]
    times = [(r.connect_timeout, r.read_timeout, r.total_timeout) for r in double.requests]
    assert times == [(4, 6, 10), (4, 6, 9), (4, 6, 7), (3, 3, 3)]


@every_call
def test_no_try_begins_when_its_wait_would_end_too_late(name: str) -> None:
    clock = StillClock()
    double = double_for(name, *[Reply(status=503) for _ in range(9)])
    error = failure(lambda: CALLS[name](client(double, clock=clock, timeout_ms=7_000)))
    # The third wait of four seconds would end at the deadline.
    assert (error.tries, clock.slept, clock.now) == (3, [1, 2], 1003)


@every_call
def test_a_redirect_gets_what_is_left(name: str) -> None:
    clock = StillClock()

    class Slow(Reply):
        def response(self, kind: Any) -> Any:
            clock.now += 4
            return super().response(kind)

    away = [Slow(status=307, headers={"location": f"/{number}"}) for number in range(2)]
    double = double_for(name, *away, good(name))
    CALLS[name](client(double, clock=clock, timeout_ms=10_000))
    assert [r.total_timeout for r in double.requests] == pytest.approx([10, 6, 2])


@every_call
def test_no_time_is_left_for_a_redirect(name: str) -> None:
    clock = StillClock()

    class Slow(Reply):
        def response(self, kind: Any) -> Any:
            clock.now += 11
            return super().response(kind)

    double = double_for(name, Slow(status=307, headers={"location": "/x"}), OSError("timed out"))
    error = failure(lambda: CALLS[name](client(double, clock=clock, timeout_ms=10_000)))
    assert error.message.endswith("timed out")
    assert [r.total_timeout for r in double.requests] in ([10], [10, 0])
