"""What it costs, beside what it costs by other means: ``python -m tests.benchmarks``.

Everything runs by turns against one server on loopback, on one and the same processor:
what it takes to wake another one differs from run to run by more than what is measured.
Times tell of the machine; the ratios are what is to be looked at.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
from pathlib import Path

from tests.benchmarks import record, server, subjects
from tests.benchmarks.measurements import MEASUREMENTS
from tests.benchmarks.printed import printed
from tests.benchmarks.setting import Setting


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", action="append", choices=MEASUREMENTS, help="just this; may be given again"
    )
    parser.add_argument("--rounds", type=int, default=15, help="how often each is measured")
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="a JSON file to put this Python's tables into"
    )
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # other processes inherit it
    found, absent = subjects.found()
    print(f"Python {platform.python_version()}, medians of {given.rounds} rounds")
    print(*absent, sep="\n")
    tables = []
    with server.running() as url:
        setting = Setting(url, found, given.rounds, valgrind=shutil.which("valgrind"))
        for name in given.only or MEASUREMENTS:
            for table in MEASUREMENTS[name](setting):
                print(f"\n{printed(table)}", flush=True)
                tables.append(table)
    if given.record:
        record.update(given.record, tables)


if __name__ == "__main__":
    main()
