"""The costs of this package, beside other ways to do the same: ``python -m tests.benchmarks``."""

from __future__ import annotations

import argparse
import os
import platform

from tests.benchmarks import record, server
from tests.benchmarks.measure import MEASUREMENTS, Setting
from tests.benchmarks.record import Table
from tests.benchmarks.subjects import NAIVE, found


def show(table: Table) -> str:
    """Return a table as text, with the ratio to the naive script."""
    lines = [f"\n{table.name}, {table.unit}"]
    base = table.figures.get(NAIVE)
    for subject, figure in sorted(table.figures.items(), key=lambda it: it[1]):
        ratio = f"{figure / base:8.2f} x" if base else ""
        lines.append(f"  {subject:<16} {figure:>12,.2f} {ratio}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=MEASUREMENTS, help="may be repeated")
    parser.add_argument("--rounds", type=int, default=15, help="samples of each figure")
    parser.add_argument("--record", action="store_true", help="keep the figures of this Python")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        # Waking another processor takes a time that differs from run to run.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    subjects = list(found())
    print(f"Python {platform.python_version()}, medians of {options.rounds} rounds")
    tables = []
    with server.running() as url:
        setting = Setting(subjects, url, options.rounds)
        for name in options.only or MEASUREMENTS:
            for table in MEASUREMENTS[name](setting):
                print(show(table), flush=True)
                tables.append(table)
    if options.record:
        record.update(tables)


if __name__ == "__main__":
    main()
