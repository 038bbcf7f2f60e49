"""Several streams at once: in threads, and as tasks of one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.benchmarks.figures import Table
from tests.benchmarks.server import EVENTS
from tests.benchmarks.setting import Setting
from tests.benchmarks.subjects import AsyncClient, connected
from tests.benchmarks.subjects.names import KEPT
from tests.benchmarks.timing import Work, by_turns


def measure(setting: Setting) -> Iterator[Table]:
    # A kept connection is but one.
    several = [it for it in setting.subjects if it.name != KEPT]
    with connected(several, setting.url) as clients:
        for count in setting.streams:
            with ThreadPoolExecutor(count) as threads:
                works = {
                    name: Work(partial(_in_threads, threads, count), it.stream)
                    for name, it in clients.items()
                }
                yield _table(f"{count} at once, threads", count, works, setting)

    loop = asyncio.new_event_loop()
    connecting = {
        it.name: _connected(it.connect_async, setting.url)
        for it in setting.subjects
        if it.connect_async
    }
    tasks = {name: loop.run_until_complete(it) for name, it in connecting.items()}
    for count in setting.streams:
        works = {
            name: Work(partial(_as_tasks, loop, count), it.stream) for name, it in tasks.items()
        }
        yield _table(f"{count} at once, asyncio", count, works, setting)
    for client in tasks.values():
        loop.run_until_complete(_closed(client))
    loop.close()


def _table(name: str, count: int, works: Mapping[str, Work], setting: Setting) -> Table:
    return Table(name, "us an event", by_turns(works, setting, 1e6 / (count * EVENTS)))


def _in_threads(threads: ThreadPoolExecutor, count: int, stream: Callable[[], list[str]]) -> None:
    started = [threads.submit(stream) for _ in range(count)]
    assert all(len(it.result()) == EVENTS for it in started)


async def _connected(connect: Callable[[str], AsyncClient], url: str) -> AsyncClient:
    return connect(url)


async def _closed(client: AsyncClient) -> None:
    await client.close()


def _as_tasks(
    loop: asyncio.AbstractEventLoop, count: int, stream: Callable[[], Awaitable[list[str]]]
) -> None:
    async def gathered() -> list[list[str]]:
        return await asyncio.gather(*(stream() for _ in range(count)))

    assert all(len(texts) == EVENTS for texts in loop.run_until_complete(gathered()))
