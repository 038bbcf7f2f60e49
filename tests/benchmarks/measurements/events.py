"""What an event of a stream costs, in streams short and long: it is not to grow with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from tests.benchmarks.figures import Table
from tests.benchmarks.setting import Setting
from tests.benchmarks.subjects import connected
from tests.benchmarks.timing import Work, by_turns


def measure(setting: Setting) -> Iterator[Table]:
    for events in setting.events:
        with connected(setting.subjects, f"{setting.url}/events/{events}") as clients:
            works = {
                name: Work(partial(_stream, events), it.stream) for name, it in clients.items()
            }
            yield Table(f"stream {events}", "us an event", by_turns(works, setting, 1e6 / events))


def _stream(events: int, stream: Callable[[], list[str]]) -> None:
    assert len(stream()) == events
