"""What a call costs, beside the same call by other means: ``python -m tests.benchmarks``.

Everything runs by turns in one process, against one server on loopback, on one and the
same processor: what it takes to wake another one differs from run to run by more than
what is measured.  Times tell of the machine; the ratios are what is to be looked at.
"""

from __future__ import annotations

import argparse
import os
import platform

from tests.benchmarks import (
    kept_connection,
    mistralai_client,
    openai_client,
    ours,
    server,
    urlopen,
)
from tests.benchmarks.timing import Target, medians, table

SUBJECTS = (ours, kept_connection, urlopen, openai_client, mistralai_client)
TARGETS = [
    Target(urlopen.NAME, 0.6),
    Target(openai_client.NAME, 1 / 5),
    Target(mistralai_client.NAME, 1 / 20),
]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="how often each is timed")
    rounds = parser.parse_args().rounds
    print(f"Python {platform.python_version()}, medians of {rounds} rounds\n")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the server inherits it
    with server.running() as url:
        subjects = [module.subject(url) for module in SUBJECTS]
        times = medians({each.name: each.complete for each in subjects}, rounds)
        print(table("complete", times, ours.NAME, TARGETS), end="\n\n")
        times = medians({each.name: each.stream for each in subjects}, rounds)
        print(table("stream, an event", times, ours.NAME, per=server.EVENTS))


if __name__ == "__main__":
    main()
