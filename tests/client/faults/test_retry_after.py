"""429 and the like with each form of Retry-After, and what the waits add up to."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

import pytest

from mistral_proto import BackoffStrategy, Mistral, RateLimitError, RetryConfig, SDKError
from tests.client.faults.servers import FaultServer, hang_up
from tests.client.faults.table import (
    ALL,
    RETRIES,
    WAITS,
    Fails,
    Says,
    SkippingClock,
    client,
    end_of,
)
from tests.client.support import KEY, answer
from tests.testing.raw import eventually

NOW = 1_800_000_000
LONG = RetryConfig("backoff", BackoffStrategy(500, 8000, 2.0, 100_000, jitter_ms=0), True)


class ClockAtNow(SkippingClock):
    """So that a date says how long to wait, to the second."""

    def time(self) -> float:
        return float(NOW) + sum(self.slept)


def date(seconds: float) -> str:
    return f"retry-after: {formatdate(NOW + seconds, usegmt=True)}"


# Headers of the answer, and the wait that they ask for; for none at all, that of the strategy.
FORMS: list[tuple[str, float]] = [
    ("retry-after: 2", 2.0),
    ("Retry-After:   7  ", 7.0),
    ("retry-after: 0", 0.5),
    ("retry-after: 20", 20.0),
    (date(3), 3.0),
    (date(0), 0.5),
    (date(-3600), 0.5),
    ("retry-after: Sun, 06 Nov 1994 08:49:37 GMT", 0.5),
    ("retry-after: Sunday, 06-Nov-94 08:49:37 GMT", 0.5),
    ("retry-after: Sun Nov  6 08:49:37 1994", 0.5),
    ("retry-after-ms: 250", 0.25),
    ("retry-after-ms: 0", 0.5),
    ("retry-after: 1.5", 1.5),
    ("retry-after-ms: 12.5", 0.0125),
    ("retry-after-ms: 250\r\nretry-after: 9", 0.25),
    ("retry-after-ms: soon\r\nretry-after: 9", 9.0),
    # Garbage is none: the wait is that of the strategy.
    ("x-ratelimit-reset: 9", 0.5),
    ("retry-after: soon", 0.5),
    ("retry-after:", 0.5),
    ("retry-after: -5", 0.5),
    ("retry-after: 1e3", 0.5),
    ("retry-after: 2, 2", 0.5),
    ("retry-after: Sun, 99 Nov 2094 08:49:37 GMT", 0.5),
    ("retry-after-ms: -1", 0.5),
]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("headers", "wait"), FORMS)
def test_a_form(headers: str, wait: float, status: int, name: str) -> None:
    clock = ClockAtNow()
    options = {"retry_config": LONG, "clock": clock, "timeout_ms": 60_000}
    with FaultServer(answer(status, b"slowly", headers)) as server:
        with client(server, **options) as mistral:
            end_of(name, mistral).check(Says())
        assert len(server.received) == 2
    assert clock.slept == [pytest.approx(wait)]


# A wait that would end after the deadline, or after max_elapsed_time, is not begun.
TOO_LONG: list[tuple[str, dict[str, Any]]] = [
    ("retry-after: 61", {"timeout_ms": 60_000}),
    (date(61), {"timeout_ms": 60_000}),
    (date(10**9), {"timeout_ms": 60_000}),
    ("retry-after-ms: 60001", {"timeout_ms": 60_000}),
    ("retry-after: 999999999999", {"timeout_ms": 60_000}),
    ("retry-after: 9" + "9" * 300, {"timeout_ms": 300}),
    ("retry-after: 101", {"timeout_ms": 600_000}),
    ("retry-after: 4", {"timeout_ms": 600_000, "retry_config": RETRIES}),
    ("", {"timeout_ms": 400}),
]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("headers", "options"), TOO_LONG)
def test_a_wait_that_is_too_long(headers: str, options: dict[str, Any], name: str) -> None:
    clock = ClockAtNow()
    with FaultServer(then=answer(429, b"slowly", headers)) as server:
        with client(server, **{"retry_config": LONG, "clock": clock, **options}) as mistral:
            end_of(name, mistral).check(Fails(RateLimitError, "429 Too Many Requests: slowly", 429))
            eventually(lambda: server.open == 0)
        assert len(server.received) == 1
    assert clock.slept == []


@pytest.mark.parametrize("name", ALL)
def test_the_deadline_ends_the_tries(name: str) -> None:
    # 2 + 2 seconds are within 5, and 2 + 2 + 2 are not.
    clock = ClockAtNow()
    options = {"retry_config": LONG, "clock": clock, "timeout_ms": 5_000}
    with FaultServer(then=answer(429, b"slowly", "retry-after: 2")) as server:
        with client(server, **options) as mistral:
            end_of(name, mistral).check(Fails(RateLimitError, "slowly", 429), tries=3)
    assert clock.slept == [2.0, 2.0]


@pytest.mark.parametrize("name", ALL)
def test_what_is_told_of_the_tries(name: str) -> None:
    """The number of tries, and how the one before the last ended."""
    with FaultServer(hang_up, answer(500), then=answer(503, b"at last")) as server:
        with client(server, retry_config=RETRIES) as mistral:
            error = end_of(name, mistral).error
    assert error is not None
    assert (error.tries, error.status_code) == (3, 503)
    assert error.last_error is not None
    assert (error.last_error.tries, error.last_error.status_code) == (2, 500)
    assert error.last_error.last_error is not None
    assert error.last_error.last_error.status_code == 0


@pytest.mark.parametrize("name", ALL)
def test_by_default(name: str) -> None:
    """500 ms, doubled to at most 8 s, for 30 s in all; some of each wait is left to chance."""
    clock = SkippingClock()
    with FaultServer(then=hang_up) as server:
        with Mistral(KEY, server_url=server.url, clock=clock) as mistral:
            error = end_of(name, mistral).error
        assert error is not None
        assert error.tries == len(server.received) == len(clock.slept) + 1
    assert 5 <= error.tries <= 8
    for number, wait in enumerate(clock.slept):
        assert min(0.5 * 2**number, 8) <= wait <= min(0.5 * 2**number + 1, 8)
    assert sum(clock.slept) <= 30


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("status", "tries"), [(429, 1), (503, 3), (418, 3)])
def test_statuses_of_ones_own(name: str, status: int, tries: int) -> None:
    config = RetryConfig("backoff", RETRIES.backoff, False, ["418", "5XX"])
    clock = SkippingClock()
    with FaultServer(then=answer(status)) as server:
        with client(server, retry_config=config, clock=clock) as mistral:
            kind = RateLimitError if status == 429 else SDKError
            end_of(name, mistral).check(Fails(kind, str(status), status), tries)
        assert len(server.received) == tries
    assert clock.slept == WAITS[: tries - 1]


@pytest.mark.parametrize("name", ALL)
def test_409_with_a_time_to_come_back(name: str) -> None:
    with FaultServer(answer(409, headers="retry-after: 1")) as server:
        with client(server, retry_config=RETRIES) as mistral:
            end_of(name, mistral).check(Says())


@pytest.mark.parametrize("name", ALL)
def test_the_call_has_the_last_word(name: str) -> None:
    with FaultServer(answer(503), answer(503)) as server, client(server) as mistral:
        end_of(name, mistral, retries=RETRIES).check(Says())
        assert len(server.received) == 3
