"""A row of the fault table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from mistral_proto import Timeouts
from tests.client.faults.servers import Script
from tests.client.support import ALL, DEADLINE_MS, SOON_MS, Fails, Says

BYTE_BY_BYTE = {"timeout_ms": Timeouts(read_ms=100, total_ms=60_000)}


@dataclass(frozen=True)
class Row:
    """What a server does with a request, and how each call ends that is not tried again.

    Args:
        again: whether a call is tried again by default.
        requests: how many requests of one try reach the server.
        timeout_ms: the deadline of the call.
        options: what a call sets besides.
    """

    name: str
    script: Script
    end: Fails | Says
    calls: tuple[str, ...] = ALL
    again: bool = True
    requests: int = 1
    timeout_ms: int = DEADLINE_MS
    options: Mapping[str, Any] = field(default_factory=dict)


def overdue(name: str, script: Script, end: Fails, calls: tuple[str, ...] = ALL) -> Row:
    """A row that nothing but the deadline ends, after which there is no other try."""
    return Row(name, script, end, calls, again=False, timeout_ms=SOON_MS)


def each(rows: list[Row]) -> pytest.MarkDecorator:
    """Each row with each of its calls."""
    return pytest.mark.parametrize(
        ("row", "name"),
        [pytest.param(row, name, id=f"{row.name}-{name}") for row in rows for name in row.calls],
    )
