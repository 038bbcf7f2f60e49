"""Retries, and the waits before them, with a clock that stands still.

The attempts after faults of the network are in `faults/`.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from email.utils import formatdate
from typing import Any

import pytest

from mistral_proto import BackoffStrategy, Clock, Mistral, MistralError, RetryConfig
from tests.client.doubles import Reply, SkippingClock, StillClock, double_for, good
from tests.client.faults.servers import FaultServer, hang_up
from tests.client.support import CALLS, KEY, client, end_of, every_call, text_of


def config(
    initial: float = 100,
    longest: float = 10_000,
    exponent: float = 2.0,
    elapsed: float = 60_000,
    jitter: int | None = 0,
    *,
    connections: Any = True,
    codes: Any = None,
    strategy: str = "backoff",
) -> RetryConfig:
    backoff: Any = (initial, longest, exponent, elapsed, jitter)
    return RetryConfig(strategy, BackoffStrategy(*backoff), connections, codes)


def waits(name: str, answers: list[Any], settings: RetryConfig, **options: Any) -> list[float]:
    """Return the waits of a call that gets these answers, and then a good one."""
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


WRONG: list[dict[str, Any]] = [
    *[{name: value} for name in ("initial", "longest", "elapsed", "jitter") for value in (-1, "1", True)],
    *[{"initial": 0, "exponent": value} for value in (0.99, 0, math.nan, math.inf)],
    *[{"strategy": value} for value in ("linear", "")],
    *[{"codes": value} for value in (["42"], ["429", "XXX"], ["4290"], ["5YY"], [""], "429", [429])],
    {"connections": 1},
]  # fmt: skip


def test_wrong_settings() -> None:
    for parameters in WRONG:
        with pytest.raises((TypeError, ValueError)):
            config(**parameters)
    backoff = config(0, 0, 1, 0).backoff
    wrong: list[tuple[Any, Any, type[Exception]]] = [
        (None, None, TypeError), (backoff, "3", TypeError), (backoff, -1, ValueError)]  # fmt: skip
    for strategy, most, kind in wrong:
        with pytest.raises(kind):
            RetryConfig("backoff", strategy, True, max_retries=most)


def test_the_default() -> None:
    """500 ms, doubled up to 8 s, for 30 s in all, with a random part in each wait."""
    clock = SkippingClock()
    with FaultServer(then=hang_up) as server:
        with Mistral(KEY, server_url=server.url, clock=clock) as mistral:
            error = end_of("complete", mistral).error
        assert error.tries == len(server.received) == len(clock.slept) + 1
    assert 5 <= error.tries <= 8
    for number, wait in enumerate(clock.slept):
        assert min(0.5 * 2**number, 8) <= wait <= min(0.5 * 2**number + 1, 8)
    assert sum(clock.slept) <= 30


CODES: list[tuple[list[str] | None, set[int]]] = [
    (None, {408, 425, 429, *range(500, 600)}),
    (["429"], {429}),
    (["5xx", "408"], {408, *range(500, 600)}),
    (["4X9"], set(range(409, 500, 10))),
    (["409"], {409}),
]


def test_statuses() -> None:
    for codes, retried in CODES:
        for status in {*range(100, 1000)} - {200}:
            assert config(codes=codes).retries_status(status) == (status in retried)
            assert not config(codes=codes, strategy="none").retries_status(status)
        for status in (400, 408, 409, 429, 503, 504, 999):
            # Only by default a 409 needs a Retry-After.
            for headers in ({}, SOON) if codes else ({},):
                reply = [Reply(status=status, headers=headers)]
                assert bool(waits("complete", reply, config(codes=codes))) == (status in retried)


BROKE = OSError("broken")
SOON = {"retry-after": "1"}
NO = {"X-Should-Retry": " False "}
# An answer, and whether it is retried by default, and without retry_connection_errors.
ERRORS: list[tuple[list[Any], int, dict[str, str], bool, bool]] = [
    ([b": x\n\n", BROKE], 200, {}, True, False),
    ([b"data: {\n\n"], 200, {}, False, False),
    ([BROKE], 503, {}, True, True),
    ([BROKE], 400, {}, False, False),
    ([], 400, SOON, False, False),
    ([], 409, {}, False, False),
    ([], 409, SOON, True, True),
    ([], 409, {"retry-after": "0"}, True, True),
    ([], 409, {"retry-after-ms": "5"}, True, True),
    ([], 409, {"retry-after": "x"}, False, False),
    ([b'{"error": {"code": "429"}}'], 200, {}, True, True),
    ([b'data: {"error": {"code": 503}}\n\n'], 200, {}, True, True),
    ([b'data: {"error": {"code": 400}}\n\n'], 200, {}, False, False),
    ([b'{"error": "busy"}'], 200, {}, False, False),
    ([], 503, NO, False, False),
    ([b": x\n\n"], 200, NO, False, False),
    ([], 503, {"x-should-retry": "true"}, True, True),
]


@every_call
def test_errors(name: str) -> None:
    settings = config(), config(connections=False), config(strategy="none")
    for steps, status, headers, *retried in ERRORS:
        for setting, expected in zip(settings, [*retried, False]):
            reply = Reply(*steps, status=status, headers=headers)
            assert bool(waits(name, [reply], setting)) == expected, (steps, status, headers)
    for setting, expected in zip(settings, (True, False, False)):
        assert bool(waits(name, [BROKE], setting)) == expected


# The settings, the headers, and the waits in seconds.
GROWING: list[tuple[dict[str, Any], dict[str, str], list[float]]] = [
    ({}, {}, [0.1, 0.2, 0.4, 0.8]),
    ({"exponent": 1}, {}, [0.1, 0.1, 0.1]),
    ({"longest": 250}, {}, [0.1, 0.2, 0.25, 0.25]),
    ({"jitter": 50}, {}, [0.15, 0.25]),
    ({"jitter": None}, {}, [1.1, 1.2]),
    ({"jitter": 50, "longest": 120}, {}, [0.12, 0.12]),
    ({"initial": 0}, {}, [0, 0]),
    ({"exponent": 1e18, "longest": 200}, {}, [0.1, *[0.2] * 19]),  # the power exceeds every float
    ({}, {"retry-after": "7"}, [7, 7, 7]),
    # A request to wait for no time says nothing about the server's load.
    ({}, {"retry-after": "0"}, [0.1, 0.2, 0.4]),
    ({}, {"retry-after-ms": "0"}, [0.1, 0.2]),
]


@every_call
def test_waits_grow(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for jitter in (0.0, 1.0):
        monkeypatch.setattr(random, "uniform", lambda low, high: low + (high - low) * jitter)
        for settings, headers, expected in GROWING:
            if settings.get("jitter", 0) == 0 or jitter:
                answers = [Reply(status=429, headers=headers) for _ in expected]
                slept = waits(name, answers, config(**settings), timeout_ms=10**9)
                assert slept == pytest.approx(expected), (settings, headers)


# The time before the answer, the settings, `Retry-After`, the deadline, and whether there is a
# retry: there is none that would begin after the deadline, or after max_elapsed_time.
LONG_AFTER = 10**9
LIMITS: list[tuple[float, dict[str, Any], str, int, bool]] = [
    (59.875, {}, "", LONG_AFTER, True),
    (59.9375, {}, "", LONG_AFTER, False),
    (0, {"elapsed": 99}, "", LONG_AFTER, False),
    (0, {"elapsed": 100}, "", LONG_AFTER, True),
    (50, {}, "10", LONG_AFTER, True),
    (50.125, {}, "10", LONG_AFTER, False),
    (0, {"elapsed": 10**6}, "59", 60_000, True),
    (0, {"elapsed": 10**6}, "60", 60_000, False),
    (0, {"elapsed": 10**6}, formatdate(StillClock().time() + 61, usegmt=True), 60_000, False),
    (0, {"initial": 500}, "", 501, True),
    (0, {"initial": 500}, "", 500, False),
]


@every_call
def test_no_retry_begins_too_late(name: str) -> None:
    for elapsed, settings, requested, timeout_ms, retried in LIMITS:
        clock = StillClock()
        headers = {"retry-after": requested} if requested else {}
        reply = Reply(status=429, headers=headers, before=clock.later(elapsed))
        slept = waits(name, [reply], config(**settings), timeout_ms=timeout_ms, clock=clock)
        assert bool(slept) == retried, (elapsed, settings, requested, timeout_ms)


def date(seconds: float) -> str:
    return formatdate(StillClock().time() + seconds, usegmt=True)


# Values of Retry-After with the wait; otherwise it is that of the strategy.
DEFAULT = 0.1
SECONDS = {"2": 2, "  7  ": 7, "1.5": 1.5, date(3): 3, date(1): 1}
INVALID = ["", "0", "soon", "-5", "1e3", "inf", "2, 2", "9" * 5000, "9" * 16, date(0), date(-3600),
    "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 99 Nov 2094 08:49:37 GMT",
    "Wed, 21 Oct 2015 07:28:00 +9999999999", "Fri, 99 Foo 2099 99:99:99 GMT"]  # fmt: skip
FORMS: list[tuple[dict[str, str], float]] = [
    *[({"retry-after": text}, seconds) for text, seconds in SECONDS.items()],
    *[({"retry-after": text, "retry-after-ms": text}, DEFAULT) for text in INVALID],
    ({"retry-after-ms": "12.5", "retry-after": "9"}, 0.0125),
    ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
]


def test_forms_of_retry_after() -> None:
    for headers, seconds in FORMS:
        slept = waits("complete", [Reply(status=429, headers=headers)], config())
        assert slept == [pytest.approx(seconds)], headers


def test_any_retry_after_is_understood_or_ignored() -> None:
    random_ = random.Random(9)
    words = "Wed , 21 Oct 2015 07:28 07:28:00 : GMT +0100 - ( ) -0000 99999999999999999999 a . .. 0"
    parts = [*words.split(), "\x00", "é", "+", "EST", "12.30"]
    for _ in range(1000):
        value = random_.choice([" ", "", "-", ","]).join(random_.choices(parts, k=3))
        reply = Reply(status=429, headers={"retry-after": value})
        assert all(seconds >= 0 for seconds in waits("complete", [reply], config())), value


def test_the_clock_is_the_systems() -> None:
    clock, started = Clock(), time.monotonic()
    clock.sleep(0.01)
    asyncio.run(clock.sleep_async(0.01))
    assert started + 0.015 <= clock.monotonic() <= time.monotonic()
    assert abs(clock.time() - time.time()) < 60
