"""A row of a fault table, and what is checked of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest

from mistral_proto import Mistral, Timeouts
from tests.client.doubles import SkippingClock
from tests.client.faults.servers import FaultServer, Script
from tests.client.support import (
    ALL,
    DEADLINE_MS,
    KEY,
    LATER_MS,
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
    """What a server does with a request, and how each call ends that is not tried again.

    Args:
        again: whether a call is tried again by default.
        requests: how many requests of one try reach the server.
        timeout_ms: the deadline of the call.
        options: what the client is given besides.
        serve: what the server is given besides.
        to: what of the client's options depends on the server.
    """

    name: str
    script: Script
    end: Fails | Says
    calls: tuple[str, ...] = ALL
    again: bool = True
    requests: int = 1
    timeout_ms: int = DEADLINE_MS
    options: Mapping[str, Any] = field(default_factory=dict)
    serve: Mapping[str, Any] = field(default_factory=dict)
    to: Callable[[FaultServer], Mapping[str, Any]] = lambda server: {}

    def client(self, server: FaultServer, **options: Any) -> Mistral:
        settings = {"timeout_ms": self.timeout_ms, **self.options, **self.to(server)}
        return client(server, **{**settings, **options})


def overdue(
    name: str, script: Script, end: Fails, calls: tuple[str, ...] = ALL, **more: Any
) -> Row:
    """A row that nothing but the deadline ends, after which there is no other try."""
    return Row(name, script, end, calls, again=False, timeout_ms=SOON_MS, **more)


def one_try(row: Row, name: str) -> None:
    """Check how a call ends that is not tried again."""
    _in_time(_one_try, row, name)


def _one_try(row: Row, name: str) -> None:
    with FaultServer(then=row.script, **row.serve) as server, row.client(server) as mistral:
        end_of(name, mistral, within_ms=row.timeout_ms).check(row.end)
        if isinstance(row.end, Says):
            mistral.close()
        eventually(lambda: server.open == 0)
        assert len(server.received) == row.requests
        assert row.requests or server.connections == 1
        assert len({one.body for one in server.received}) <= 1
        # What a proxy is asked for a tunnel tells nothing of what goes through it.
        tunnels = [one for one in server.received if one.start.startswith("CONNECT ")]
        assert "authorization" not in str(tunnels) and KEY not in str(tunnels)


def more_tries(row: Row, name: str, good_follows: bool = True) -> None:
    """The next one is better, or none is; a call that is not tried again ends by the first."""
    _in_time(partial(_more_tries, good_follows=good_follows), row, name)


def _in_time(check: Callable[[Row, str], None], row: Row, name: str) -> None:
    """Check a row; where its deadline comes before the fault, it is given more time."""
    try:
        check(row, name)
    except AssertionError:
        if row.timeout_ms != SOON_MS:
            raise
        check(replace(row, timeout_ms=LATER_MS), name)


def _more_tries(row: Row, name: str, good_follows: bool) -> None:
    for better in [True, False] if row.again and good_follows else [not row.again]:
        clock = SkippingClock()
        tries = 1 if better else 3
        scripts = [row.script] * (max(row.requests, 1) * tries)
        with FaultServer(*scripts, **row.serve) as server:
            with row.client(server, retry_config=RETRIES, clock=clock) as mistral:
                end = end_of(name, mistral, within_ms=row.timeout_ms)
                end.check(Says() if better and row.again else row.end, tries)
                eventually(lambda: server.open == (better and row.again))
            assert len(server.received) == row.requests * tries + (better and row.again)
            assert row.requests or server.connections == tries
        assert clock.slept == (WAITS[:1] if better and row.again else [] if better else WAITS)


def each(rows: list[Row]) -> pytest.MarkDecorator:
    """Each row with each of its calls."""
    return pytest.mark.parametrize(
        ("row", "name"),
        [pytest.param(row, name, id=f"{row.name}-{name}") for row in rows for name in row.calls],
    )
