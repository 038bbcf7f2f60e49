"""When a call is tried again, and how long it waits: by doubles and a clock that stands still.

The tries of each fault over sockets are in the fault table (`faults/`).
"""

from __future__ import annotations

import asyncio
import dataclasses
import math
import random
import time
from email.utils import formatdate
from typing import Any

import pytest

from mistral_proto import BackoffStrategy, Clock, Mistral, MistralError, RetryConfig, StreamError
from tests.client.doubles import Reply, SkippingClock, StillClock, double_for, good
from tests.client.faults.servers import FaultServer, hang_up, piece
from tests.client.support import (
    CALLS,
    KEY,
    ONCE,
    RETRIES,
    client,
    end_of,
    every_call,
    failure,
    partial_of,
    text_of,
)


def config(
    initial: float = 100,
    longest: float = 10_000,
    exponent: float = 2.0,
    elapsed: float = 60_000,
    jitter: int | None = 0,
    *,
    connections: bool = True,
    codes: list[str] | None = None,
    strategy: str = "backoff",
) -> RetryConfig:
    backoff: Any = (initial, longest, exponent, elapsed, jitter)
    return RetryConfig(strategy, BackoffStrategy(*backoff), connections, codes)


def waits(name: str, answers: list[Any], settings: RetryConfig, **options: Any) -> list[float]:
    """The waits of a call that gets these answers, and a good one behind them."""
    clock = options.setdefault("clock", StillClock())
    double = double_for(name, *answers, good(name))
    try:
        text = text_of(CALLS[name](client(double, retry_config=settings, **options)))
    except MistralError:
        text = "Bonjour"
    assert text == "Bonjour"
    slept: list[float] = clock.slept
    assert len(double.requests) == len(slept) + 1
    return slept


# -- settings

BAD: list[dict[str, Any]] = [
    *[{name: -1} for name in ("initial", "longest", "elapsed", "jitter")],
    # Zero times infinity, as any sum with it, is no time that one could wait.
    *[{"initial": 0, "exponent": value} for value in (0.99, 0, math.nan, math.inf)],
    *[{"strategy": value} for value in ("linear", "")],
    *[{"codes": value} for value in (["42"], ["429", "XXX"], ["4290"], ["5YY"], [""], "429")],
]


def test_settings() -> None:
    for parameters in BAD:
        with pytest.raises((TypeError, ValueError)):
            config(**parameters)
    assert config(0, 0, 1, 0) == config(0, 0, 1, 0)
    for settings in (config(), config().backoff):
        for field in dataclasses.fields(settings):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(settings, field.name, None)


@every_call
def test_by_default(name: str) -> None:
    """500 ms, doubled to at most 8 s, for 30 s in all; some of each wait is left to chance."""
    clock = SkippingClock()
    with FaultServer(then=hang_up) as server:
        with Mistral(KEY, server_url=server.url, clock=clock) as mistral:
            error = end_of(name, mistral).error
        assert error.tries == len(server.received) == len(clock.slept) + 1
    assert 5 <= error.tries <= 8
    for number, wait in enumerate(clock.slept):
        assert min(0.5 * 2**number, 8) <= wait <= min(0.5 * 2**number + 1, 8)
    assert sum(clock.slept) <= 30


@every_call
def test_the_call_has_the_last_word(name: str) -> None:
    for of_client, of_call, tries in ((ONCE, RETRIES, 3), (RETRIES, ONCE, 1), (ONCE, None, 1)):
        double = double_for(name, *[Reply(status=503) for _ in range(3)])
        error = failure(CALLS[name], client(double, retry_config=of_client), retries=of_call)
        assert (error.status_code, error.tries, len(double.requests)) == (503, tries, tries)


# -- which answers

DEFAULT = {408, 425, 429, *range(500, 600)}
CODES: list[tuple[list[str] | None, set[int]]] = [
    (None, DEFAULT),
    (["429"], {429}),
    (["5XX"], set(range(500, 600))),
    (["5xx", "408"], {408, *range(500, 600)}),
    (["50X"], set(range(500, 510))),
    (["4X9"], set(range(409, 500, 10))),
    (["409"], {409}),
]


def test_statuses() -> None:
    for codes, again in CODES:
        for status in {*range(100, 1000)} - {200}:
            one = [Reply(status=status)]
            assert bool(waits("complete", one, config(codes=codes))) == (status in again), status
            assert not waits("stream", [Reply(status=status)], config(codes=codes, strategy="none"))


BROKE = OSError("broken")
PARTLY: dict[str, Any] = {"headers": {}}
SOON = {"retry-after": "1"}

# An answer, and whether it is tried again by default, and if connection errors are not.
ERRORS: dict[str, tuple[list[Any], dict[str, Any], bool, bool]] = {
    "no whole answer": ([b": x\n\n", BROKE], PARTLY, True, False),
    "no answer of ours": ([b"data: {\n\n"], PARTLY, False, False),
    "busy": ([], {"status": 503}, True, True),
    "busy, and no whole answer": ([BROKE], {"status": 503}, True, True),
    "wrong, and no whole answer": ([BROKE], {"status": 400}, False, False),
    "not allowed": ([], {"status": 401}, False, False),
    "unprocessable": ([], {"status": 422}, False, False),
    "a redirect": ([], {"status": 302}, False, False),
    "wrong, but says when": ([], {"status": 400, "headers": SOON}, False, False),
    "a conflict": ([], {"status": 409}, False, False),
    "a conflict that passes": ([], {"status": 409, "headers": SOON}, True, True),
    "one that has passed": ([], {"status": 409, "headers": {"retry-after": "0"}}, True, True),
    "one that passes soon": ([], {"status": 409, "headers": {"retry-after-ms": "5"}}, True, True),
    "one, and nonsense": ([], {"status": 409, "headers": {"retry-after": "x"}}, False, False),
    "busy, with success": ([b'{"error": {"code": "429"}}'], {}, True, True),
    "busy, in an event": ([b'data: {"error": {"code": 503}}\n\n'], PARTLY, True, True),
    "broken, in a line": ([b': x\n\nerror: {"code": 500}\n\n'], PARTLY, True, True),
    "wrong, with success": ([b'{"error": {"code": 400}}'], {}, False, False),
    "wrong, in an event": ([b'data: {"error": {"code": 400}}\n\n'], PARTLY, False, False),
    "some error, with success": ([b'{"error": "busy"}'], {}, False, False),
    "some error, in an event": ([b"event: error\ndata: busy\n\n"], PARTLY, False, False),
    "busy, and no good": (
        [],
        {"status": 503, "headers": {"X-Should-Retry": "False"}},
        False,
        False,
    ),
    "a stream, and no good": (
        [b": x\n\n"],
        {"headers": {"x-should-retry": " False "}},
        False,
        False,
    ),
    "busy, and for a while": (
        [],
        {"status": 503, "headers": {"x-should-retry": "true"}},
        True,
        True,
    ),
}


@every_call
def test_an_error(name: str) -> None:
    for case, (steps, more, again, without_connections) in ERRORS.items():
        assert bool(waits(name, [Reply(*steps, **more)], config())) == again, case
        told = waits(name, [Reply(*steps, **more)], config(connections=False))
        assert bool(told) == without_connections, case
        assert waits(name, [Reply(*steps, **more)], config(strategy="none")) == [], case
    assert waits(name, [BROKE], config()) and not waits(name, [BROKE], config(connections=False))


@every_call
def test_an_error_behind_an_event_is_tried_again_where_nobody_had_that(name: str) -> None:
    events = piece("Bon") + b'data: {"error": {"message": "overloaded", "code": 503}}\n\n'
    double = double_for(name, Reply(events), good(name))
    if name.startswith("complete"):
        assert text_of(CALLS[name](client(double))) == "Bonjour"
    else:
        error = failure(CALLS[name], client(double))
        assert (type(error), error.status_code, error.tries) == (StreamError, 503, 1)
        assert partial_of(error) == "Bon" and "overloaded" in error.message
    assert len(double.requests) == 1 + name.startswith("complete")


def test_who_names_statuses_has_the_last_word() -> None:
    for codes, again in ((["409"], True), (["4XX"], True), (["503"], False)):
        for headers in ({}, SOON):
            one = [Reply(status=409, headers=headers)]
            assert bool(waits("complete", one, config(codes=codes))) == again


@every_call
def test_what_is_told_of_the_tries(name: str) -> None:
    """The number of tries, and how those before the last ended."""
    last = Reply(b"at last", status=503, headers={"retry-after": "9999"})
    double = double_for(name, BROKE, Reply(status=500), last)
    error = failure(CALLS[name], client(double))
    second = error.last_error
    assert second is not None and second.last_error is not None
    told = [(one.tries, one.status_code or 0) for one in (error, second, second.last_error)]
    assert told == [(3, 503), (2, 500), (1, 0)]
    assert "at last" in error.message


# -- how long

# The settings, the headers, and the waits after the first tries, in seconds.
GROWING: list[tuple[dict[str, Any], dict[str, str], list[float]]] = [
    ({}, {}, [0.1, 0.2, 0.4, 0.8]),
    ({"exponent": 1}, {}, [0.1, 0.1, 0.1]),
    ({"longest": 250}, {}, [0.1, 0.2, 0.25, 0.25]),
    ({"jitter": 50}, {}, [0.15, 0.25]),
    ({"jitter": None}, {}, [1.1, 1.2]),
    ({"jitter": 50, "longest": 120}, {}, [0.12, 0.12]),
    ({"initial": 0}, {}, [0, 0]),
    ({}, {"retry-after": "7"}, [7, 7, 7]),
    ({}, {"retry-after": "20"}, [20]),
    ({}, {"retry-after-ms": "7"}, [0.007]),
    ({}, {"retry-after-ms": "70", "retry-after": "7"}, [0.07]),
    # A server that has nothing against it at once says nothing of how busy it is.
    ({}, {"retry-after": "0"}, [0.1, 0.2, 0.4]),
    ({}, {"retry-after-ms": "0"}, [0.1, 0.2]),
    ({}, {"retry-after": "soon"}, [0.1, 0.2]),
]


@pytest.mark.parametrize("jitter", [0.0, 1.0])
@every_call
def test_waits(name: str, jitter: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: low + (high - low) * jitter)
    for settings, headers, expected in GROWING:
        if settings.get("jitter", 0) == 0 or jitter:
            answers = [Reply(status=429, headers=headers) for _ in expected]
            slept = waits(name, answers, config(**settings), timeout_ms=10**9)
            assert slept == pytest.approx(expected), (settings, headers)


# What passes before the answer, the settings, the header, the deadline, and whether a wait begins:
# none does that would end after the deadline, or after max_elapsed_time.
LONG_AFTER = 10**9
UP: list[tuple[float, dict[str, Any], str, int, bool]] = [
    (0, {}, "", LONG_AFTER, True),
    (59.875, {}, "", LONG_AFTER, True),
    (59.9375, {}, "", LONG_AFTER, False),
    (100, {}, "", LONG_AFTER, False),
    (0, {"elapsed": 0}, "", LONG_AFTER, False),
    (0, {"elapsed": 99}, "", LONG_AFTER, False),
    (0, {"elapsed": 100}, "", LONG_AFTER, True),
    (0, {}, "60", LONG_AFTER, True),
    (0, {}, "61", LONG_AFTER, False),
    (50, {}, "10", LONG_AFTER, True),
    (50.125, {}, "10", LONG_AFTER, False),
    *[(0, {"elapsed": 10**6}, text, 60_000, again) for text, again in (("59", True), ("60", False))],
    (0, {"elapsed": 10**6}, formatdate(StillClock().time() + 61, usegmt=True), 60_000, False),
    (0, {"elapsed": 10**6}, "999999999999", 60_000, False),
    (0, {"initial": 500}, "", 501, True),
    (0, {"initial": 500}, "", 500, False),
]  # fmt: skip


@every_call
def test_time_is_up(name: str) -> None:
    for elapsed, settings, asked, timeout_ms, again in UP:
        clock = StillClock()
        headers = {"retry-after": asked} if asked else {}
        one = [Reply(status=429, headers=headers, before=clock.later(elapsed))]
        slept = waits(name, one, config(**settings), timeout_ms=timeout_ms, clock=clock)
        assert bool(slept) == again, (elapsed, settings, asked, timeout_ms)


def test_any_wait_is_one_that_a_clock_can_wait() -> None:
    random_ = random.Random(2)
    for _ in range(60):
        longest = random_.choice([0, 1, 8000, 10**12])
        settings = config(
            initial=random_.choice([0, 1, 500, 10**12]),
            longest=longest,
            exponent=random_.choice([1, 1.1, 2.0, 1e18, 10**6]),
            elapsed=10**18,
            jitter=random_.choice([None, 0, 1, 10**9]),
        )
        # Many tries with short waits: the power is past every float long before they end.
        tries = [Reply(status=503) for _ in range(random_.choice([1, 2, 9, 1100]))]
        for seconds in waits("complete", tries, settings, timeout_ms=10**12):
            assert math.isfinite(seconds) and 0 <= seconds <= longest / 1000


# -- Retry-After

LONG = RetryConfig("backoff", BackoffStrategy(500, 8000, 2.0, 100_000, jitter_ms=0), True)


def date(seconds: float) -> str:
    return formatdate(StillClock().time() + seconds, usegmt=True)


# The header, and the wait that it asks for; where it is none at all, that of the strategy.
FORMS: list[tuple[dict[str, str], float]] = [
    *[({"retry-after": text}, seconds) for text, seconds in (
        ("2", 2), ("  7  ", 7), ("0", 0.5), ("20", 20), (date(3), 3), (date(1), 1), (date(0), 0.5),
        (date(-3600), 0.5), ("Sun, 06 Nov 1994 08:49:37 GMT", 0.5),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0.5), ("Sun Nov  6 08:49:37 1994", 0.5))],
    *[({"retry-after": text}, 0.5) for text in ("", "soon", "-5", "1e3", "inf", "2, 2", "9" * 5000,
        "9" * 16, "Sun, 99 Nov 2094 08:49:37 GMT", "Wed, 21 Oct 2015 07:28:00 +9999999999",
        "Fri, 99 Foo 2099 99:99:99 GMT")],
    *[({"retry-after-ms": text}, seconds) for text, seconds in (
        ("250", 0.25), ("0", 0.5), ("-1", 0.5), ("9" * 16, 0.5), ("", 0.5), ("12.5", 0.0125))],
    ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
    ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
    ({"retry-after-ms": "", "retry-after": ""}, 0.5),
    ({"x-ratelimit-reset": "9"}, 0.5),
    ({"retry-after": "1.5"}, 1.5),
]  # fmt: skip


@every_call
@pytest.mark.parametrize("status", [429, 503])
def test_a_form(status: int, name: str) -> None:
    for headers, seconds in FORMS:
        one = [Reply(b"slowly", status=status, headers=headers)]
        slept = waits(name, one, LONG, timeout_ms=60_000)
        assert slept == [pytest.approx(seconds)], headers


def test_any_retry_after_is_understood_or_ignored() -> None:
    random_ = random.Random(9)
    words = "Wed , 21 Oct 2015 07:28 07:28:00 : GMT +0100 - ( ) -0000 99999999999999999999 a . .. 0"
    parts = [*words.split(), "\x00", "é", "+", "EST", "12.30"]
    for _ in range(3_000):
        value = random_.choice([" ", "", "-", ","]).join(random_.choices(parts, k=3))
        headers = {"retry-after": value, "retry-after-ms": value}
        for seconds in waits("complete", [Reply(status=429, headers=headers)], LONG):
            assert seconds >= 0, value


# -- the clock


def test_a_clock_is_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "monotonic", lambda: 12.5)
    monkeypatch.setattr(time, "time", lambda: 1e9)
    monkeypatch.setattr(time, "sleep", slept.append)
    clock = Clock()
    assert (clock.monotonic(), clock.time()) == (12.5, 1e9)
    clock.sleep(3.5)
    assert slept == [3.5]


def test_a_clock_of_asyncios() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        called: list[float] = []
        call_later = loop.call_later

        def at_once(delay: float, *arguments: Any, **named: Any) -> Any:
            called.append(delay)
            return call_later(0, *arguments, **named)

        loop.call_later = at_once  # type: ignore[method-assign, assignment]
        await Clock().sleep_async(3.5)
        assert called == [3.5]

    asyncio.run(main())
