"""Cancelled tasks: their connections are closed at once, and their threads and slots are free."""

from __future__ import annotations

import asyncio

import pytest

from mistral_proto import UrllibTransport
from tests.client.doubles import SkippingClock
from tests.client.faults.servers import (
    EVENTS_HEAD,
    FaultServer,
    Script,
    answer,
    chunk,
    piece,
    stall,
)
from tests.client.support import (
    ASYNC,
    RETRIES,
    WAITS,
    client,
    complete_async,
    nothing_left_behind,
    soon,
    text_of,
)

every_call = pytest.mark.parametrize("name", ASYNC)


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@every_call
def test_a_cancelled_call(name: str) -> None:
    scripts: list[Script] = [
        stall,
        (b"HTTP/1.1 200 OK\r\n", stall),
        (answer(200, b"x" * 9)[:-9], stall),
        (EVENTS_HEAD + chunk(piece("a")), stall),
    ]

    async def main(server: FaultServer) -> None:
        transport = UrllibTransport(max_connections=1)
        async with client(server, transport=transport, timeout_ms=3_600_000) as mistral:
            for number in range(1, 1 + len(server.turns)):
                task = asyncio.ensure_future(ASYNC[name](mistral))
                await soon(lambda: len(server.received) == number)
                await turns()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                await soon(lambda: server.open == 0)
            assert text_of(await ASYNC[name](mistral)) == "Bonjour"

    with FaultServer(*scripts * 2) as server, nothing_left_behind():
        asyncio.run(main(server))


@every_call
def test_a_cancelled_wait_for_a_retry(name: str) -> None:
    waits: list[float] = []

    class Waiting(SkippingClock):
        async def sleep_async(self, seconds: float) -> None:
            waits.append(seconds)
            await asyncio.Event().wait()

    async def main(server: FaultServer) -> None:
        async with client(server, clock=Waiting(), retry_config=RETRIES) as mistral:
            task = asyncio.ensure_future(ASYNC[name](mistral))
            while not waits:
                await asyncio.sleep(0)
            await soon(lambda: server.open == 0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert len(server.received) == 1

    with FaultServer(then=answer(503)) as server:
        asyncio.run(main(server))
    assert waits == WAITS[:1]


def test_cancellations_at_any_time() -> None:
    """Each of hundreds of calls is cancelled after some turns of the loop."""

    async def main(server: FaultServer) -> None:
        transport = UrllibTransport(max_connections=4)
        async with client(server, transport=transport, timeout_ms=60_000) as mistral:
            for count in range(40):
                tasks = [asyncio.ensure_future(ASYNC[name](mistral)) for name in [*ASYNC] * 4]
                await turns(count)
                for task in tasks[count % 2 :: 2]:
                    task.cancel()
                for ended in await asyncio.gather(*tasks, return_exceptions=True):
                    if not isinstance(ended, asyncio.CancelledError):
                        assert text_of(ended) == "Bonjour"
            # Each of the four slots is free.
            await asyncio.gather(*[complete_async(mistral) for _ in range(16)])
        await soon(lambda: server.open == 0)

    with FaultServer() as server, nothing_left_behind():
        asyncio.run(main(server))
