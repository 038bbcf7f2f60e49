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
from tests.client.faults.table import Row, each, more_tries, one_try
from tests.client.support import SOON_MS, Fails

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
    one_try(row, name)


@each(IN_TIME + OVERDUE_ONES)
def test_more_tries(row: Row, name: str) -> None:
    more_tries(row, name)


def test_every_row_has_its_own_name() -> None:
    names = [(row.name, name) for row in ROWS for name in row.calls]
    assert len(set(names)) == len(names)
