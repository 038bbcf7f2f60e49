"""A row of a fault table, and the check of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mistral_proto import Mistral, RetryConfig, Timeouts
from tests.client.doubles import SkippingClock
from tests.client.faults.servers import FaultServer, Script
from tests.client.support import (
    ALL,
    DEADLINE_MS,
    KEY,
    LATER_MS,
    ONCE,
    RETRIES,
    SOON_MS,
    WAITS,
    Fails,
    Says,
    client,
    end_of,
)
from tests.testing.raw import eventually

BYTE_BY_BYTE = {"timeout_ms": Timeouts(read_ms=100, total_ms=60_000)}


@dataclass(frozen=True)
class Row:
    """The script of a server for one request, and the end of each call without retries.

    Args:
        again: whether a call is retried by default.
        requests: the requests of one attempt that reach the server.
        good_follows: whether the next attempt may get a good answer.
        timeout_ms: the deadline of the call; `SOON_MS` if only the deadline ends it.
        options: more options of the client.
        serve: more options of the server.
        to: options of the client that depend on the server.
    """

    name: str
    script: Script
    end: Fails | Says
    calls: tuple[str, ...] = ALL
    again: bool = True
    requests: int = 1
    good_follows: bool = True
    timeout_ms: int = DEADLINE_MS
    options: Mapping[str, Any] = field(default_factory=dict)
    serve: Mapping[str, Any] = field(default_factory=dict)
    to: Callable[[FaultServer], Mapping[str, Any]] = lambda server: {}

    def client(self, server: FaultServer, config: RetryConfig, clock: SkippingClock) -> Mistral:
        settings = {"timeout_ms": self.timeout_ms, **self.options, **self.to(server)}
        return client(server, **{**settings, "retry_config": config, "clock": clock})


def overdue(
    name: str, script: Script, end: Fails, calls: tuple[str, ...] = ALL, **more: Any
) -> Row:
    """Return a row that only its deadline ends; then no time is left for a retry."""
    return Row(name, script, end, calls, again=False, timeout_ms=SOON_MS, **more)


def check(row: Row, name: str) -> None:
    """Check a call without and with retries, with and without a good answer to a retry."""
    _in_time(row, name, 1, False)
    if isinstance(row.end, Fails):
        if row.good_follows:
            _in_time(row, name, 1, True)
        if row.again:
            _in_time(row, name, 3, False)


def _in_time(row: Row, name: str, attempts: int, good_follows: bool) -> None:
    try:
        _check(row, name, attempts, good_follows)
    except AssertionError:
        if row.timeout_ms != SOON_MS:
            raise
        # On a busy machine the deadline may come before the fault.
        _check(replace(row, timeout_ms=LATER_MS), name, attempts, good_follows)


def _check(row: Row, name: str, attempts: int, good_follows: bool) -> None:
    clock = SkippingClock()
    scripts = [row.script] * (max(row.requests, 1) * attempts)
    is_good = isinstance(row.end, Says) or (good_follows and row.again)
    config = RETRIES if attempts > 1 or good_follows else ONCE
    with FaultServer(*scripts, **row.serve) as server:
        with row.client(server, config, clock) as mistral:
            end_of(name, mistral, within_ms=row.timeout_ms).check(
                Says() if is_good else row.end, attempts
            )
            if isinstance(row.end, Fails):
                eventually(lambda: server.open == is_good)
        eventually(lambda: server.open == 0)
        assert len(server.received) == row.requests * attempts + (good_follows and row.again)
        assert row.requests or server.connections == attempts
        assert len({one.body for one in server.received}) <= 1
        # A request for a tunnel holds no key.
        tunnels = [one for one in server.received if one.start.startswith("CONNECT ")]
        assert KEY not in str(tunnels)
    assert clock.slept == WAITS[: attempts - 1 + (good_follows and row.again)]


def each(rows: list[Row]) -> pytest.MarkDecorator:
    """Parametrize a test with each row, and the name of each of its calls."""
    return pytest.mark.parametrize(
        ("row", "name"),
        [pytest.param(row, name, id=f"{row.name}-{name}") for row in rows for name in row.calls],
    )
