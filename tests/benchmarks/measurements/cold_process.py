"""From the start of a process to its end, with one call in between."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks import processes
from tests.benchmarks.figures import Figure, Table
from tests.benchmarks.setting import Setting


def measure(setting: Setting) -> Iterator[Table]:
    answers = {it.name: it.first_answer for it in setting.subjects if it.first_answer}
    yield _table("cold first answer", answers, setting)
    events = {it.name: it.first_event for it in setting.subjects if it.first_event}
    yield _table("cold first event", events, setting)


def _table(name: str, programs: dict[str, str], setting: Setting) -> Table:
    ran = processes.times(programs, setting, setting.url)
    assert len({it[0].output for it in ran.values()}) == 1, ran
    return Table(
        name,
        "ms",
        [
            Figure.of(subject, [it.wall * 1e3 for it in runs], [it.cpu * 1e3 for it in runs])
            for subject, runs in ran.items()
        ],
    )
