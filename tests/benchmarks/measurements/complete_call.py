"""A whole call of a client that has been used before."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.benchmarks.figures import Table
from tests.benchmarks.setting import Setting
from tests.benchmarks.subjects import connected
from tests.benchmarks.timing import Work, by_turns


def measure(setting: Setting) -> Iterator[Table]:
    with connected(setting.subjects, setting.url) as clients:
        assert len({client.complete() for client in clients.values()}) == 1
        works = {name: Work(_complete, it.complete) for name, it in clients.items()}
        yield Table("complete", "us", by_turns(works, setting))


def _complete(complete: Callable[[], object]) -> None:
    complete()
