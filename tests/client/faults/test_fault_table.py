"""The fault table: each fault, in each call, with and without another try.

Of each: the exact end, the tries and the waits between them, the time, what is open after it,
and that the key is nowhere to be seen.
"""

from __future__ import annotations

from tests.client.faults import (
    rows_bodies,
    rows_compressed,
    rows_headers,
    rows_statuses,
    rows_streams,
)
from tests.client.faults.servers import FaultServer
from tests.client.faults.table import (
    RETRIES,
    SOON_MS,
    WAITS,
    Fails,
    Row,
    Says,
    SkippingClock,
    client,
    each,
    end_of,
)
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


def settings(row: Row) -> dict[str, object]:
    return {"timeout_ms": row.timeout_ms, **row.options}


@each(ROWS)
def test_one_try(row: Row, name: str) -> None:
    with FaultServer(then=row.script) as server, client(server, **settings(row)) as mistral:
        end_of(name, mistral, within_ms=row.timeout_ms).check(row.end)
        if isinstance(row.end, Says):
            mistral.close()
        eventually(lambda: server.open == 0)
        assert len(server.received) == row.requests
        assert len({one.body for one in server.received}) == 1


@each(IN_TIME + OVERDUE_ONES)
def test_the_next_try_may_be_better(row: Row, name: str) -> None:
    clock = SkippingClock()
    options = {**settings(row), "retry_config": RETRIES, "clock": clock}
    with FaultServer(*[row.script] * row.requests) as server, client(server, **options) as mistral:
        end = end_of(name, mistral, within_ms=row.timeout_ms)
        end.check(Says() if row.again else row.end)
        eventually(lambda: server.open == row.again)
    assert len(server.received) == row.requests + row.again
    assert clock.slept == (WAITS[:1] if row.again else [])


@each([row for row in FAILING if row.again])
def test_no_try_is_better(row: Row, name: str) -> None:
    clock = SkippingClock()
    options = {**settings(row), "retry_config": RETRIES, "clock": clock}
    with FaultServer(then=row.script) as server, client(server, **options) as mistral:
        end = end_of(name, mistral, within_ms=row.timeout_ms)
        end.check(row.end, tries=3)
        eventually(lambda: server.open == 0)
        assert len(server.received) == 3 * row.requests
    assert clock.slept == WAITS


def test_every_row_has_its_own_name() -> None:
    names = [(row.name, name) for row in ROWS for name in row.calls]
    assert len(set(names)) == len(names)
