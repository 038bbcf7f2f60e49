"""The fault table: each fault, in each call, with and without another try.

Of each: the exact end, the tries and the waits between them, the time, what is open after it,
and that the key is nowhere to be seen.
"""

from __future__ import annotations

from tests.client.doubles import SkippingClock
from tests.client.faults import (
    rows_bodies,
    rows_compressed,
    rows_headers,
    rows_statuses,
    rows_streams,
)
from tests.client.faults.servers import FaultServer
from tests.client.faults.table import Row, each
from tests.client.support import RETRIES, SOON_MS, WAITS, Fails, Says, client, end_of
from tests.testing.raw import eventually

ROWS = [
    *rows_headers.ROWS,
    *rows_bodies.ROWS,
    *rows_streams.ROWS,
    *rows_statuses.ROWS,
    *rows_compressed.ROWS,
]
FAILING = [row for row in ROWS if isinstance(row.end, Fails)]
# After a deadline there is no time for anything; some of these rows are enough to show it.
OVERDUE = [row for row in FAILING if row.timeout_ms == SOON_MS]
OVERDUE_ONES = [row for row in OVERDUE if row.name.startswith("stall in the ")]
IN_TIME = [row for row in FAILING if row not in OVERDUE]


@each(ROWS)
def test_one_try(row: Row, name: str) -> None:
    options = {"timeout_ms": row.timeout_ms, **row.options}
    with FaultServer(then=row.script) as server, client(server, **options) as mistral:
        end_of(name, mistral, within_ms=row.timeout_ms).check(row.end)
        if isinstance(row.end, Says):
            mistral.close()
        eventually(lambda: server.open == 0)
        assert len(server.received) == row.requests
        assert len({one.body for one in server.received}) == 1


@each(IN_TIME + OVERDUE_ONES)
def test_more_tries(row: Row, name: str) -> None:
    """The next one is better, or none is; a call that is not tried again ends by the first."""
    for better in [True, False] if row.again else [True]:
        clock = SkippingClock()
        scripts = [row.script] * (row.requests if better else 3 * row.requests)
        options = {"timeout_ms": row.timeout_ms, **row.options}
        with FaultServer(*scripts) as server:
            options |= {"retry_config": RETRIES, "clock": clock}
            with client(server, **options) as mistral:
                end = end_of(name, mistral, within_ms=row.timeout_ms)
                end.check(Says() if better and row.again else row.end, tries=1 if better else 3)
                eventually(lambda: server.open == (better and row.again))
            assert len(server.received) == len(scripts) + (better and row.again)
        assert clock.slept == (WAITS[:1] if better and row.again else [] if better else WAITS)


def test_every_row_has_its_own_name() -> None:
    names = [(row.name, name) for row in ROWS for name in row.calls]
    assert len(set(names)) == len(names)
