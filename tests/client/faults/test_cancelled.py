"""A task that is cancelled: its connection is closed at once, and its thread is free."""

from __future__ import annotations

import asyncio

import pytest

from mistral_proto import UrllibTransport
from tests.client.faults.servers import FaultServer, Script, good, stall
from tests.client.faults.table import RETRIES, SkippingClock, client, complete_async, text_of
from tests.client.faults.test_async import (
    ASKED,
    BEGUN,
    CALLS,
    every_call,
    soon,
    threads_that_end,
)
from tests.client.faults.test_left_behind import nothing_left_behind
from tests.client.support import answer

WAITING: dict[str, Script] = {
    "for headers": stall,
    "in the headers": (b"HTTP/1.1 200 OK\r\n", stall),
    "for the body": (answer(200, b"x" * 9)[:-9], stall),
    "in the stream": (BEGUN, stall),
}


@every_call
@pytest.mark.parametrize("where", WAITING)
def test_a_cancelled_call_closes_its_connection(where: str, name: str) -> None:
    async def main(server: FaultServer) -> None:
        # A bound of one: a thread or a place that stays taken would be noticed.
        transport = UrllibTransport(max_connections=1)
        async with client(server, transport=transport, timeout_ms=3_600_000) as mistral:
            for number in range(3):
                task = asyncio.ensure_future(CALLS[name](mistral))
                await soon(lambda: len(server.received) == number + 1)  # noqa: B023
                for _ in range(20):
                    await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                await soon(lambda: server.open == 0)
            server.then = good
            assert text_of(await CALLS[name](mistral)) == "Bonjour"

    with FaultServer(then=WAITING[where]) as server, nothing_left_behind(), threads_that_end():
        asyncio.run(main(server))


@every_call
def test_wait_for(name: str) -> None:
    async def main(server: FaultServer) -> None:
        async with client(server, timeout_ms=3_600_000) as mistral:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(CALLS[name](mistral), 0.05)
            await soon(lambda: server.open == 0)

    with FaultServer(stall) as server:
        asyncio.run(main(server))


@every_call
def test_cancelled_in_the_wait_for_the_next_try(name: str) -> None:
    waits: list[float] = []

    class Waiting(SkippingClock):
        async def sleep_async(self, seconds: float) -> None:
            waits.append(seconds)
            await asyncio.Event().wait()

    async def main(server: FaultServer) -> None:
        options = {"clock": Waiting(), "retry_config": RETRIES}
        async with client(server, **options) as mistral:
            task = asyncio.ensure_future(CALLS[name](mistral))
            while not waits:
                await asyncio.sleep(0)
            await soon(lambda: server.open == 0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert len(server.received) == 1

    with FaultServer(then=answer(503)) as server:
        asyncio.run(main(server))
    assert waits == [0.5]


@every_call
def test_cancelled_while_it_waits_for_a_connection(name: str) -> None:
    async def main(server: FaultServer) -> None:
        transport = UrllibTransport(max_connections=1)
        async with client(server, transport=transport, timeout_ms=3_600_000) as mistral:
            async with mistral.chat.stream_async(**ASKED) as events:
                await events.__anext__()
                tasks = [asyncio.ensure_future(CALLS[name](mistral)) for _ in range(5)]
                for _ in range(20):
                    await asyncio.sleep(0)
                for task in tasks:
                    task.cancel()
                ended = await asyncio.gather(*tasks, return_exceptions=True)
                assert [type(one) for one in ended] == [asyncio.CancelledError] * 5
            assert text_of(await CALLS[name](mistral)) == "Bonjour"
            assert len(server.received) == 2

    with FaultServer((BEGUN, stall)) as server:
        asyncio.run(main(server))


def test_cancelled_at_any_time() -> None:
    """Hundreds of calls that end after so many turns of the loop: no place is lost by it."""

    async def main(server: FaultServer) -> None:
        transport = UrllibTransport(max_connections=4)
        async with client(server, transport=transport, timeout_ms=60_000) as mistral:
            for turns in range(60):
                tasks = [asyncio.ensure_future(CALLS[name](mistral)) for name in [*CALLS] * 4]
                for _ in range(turns):
                    await asyncio.sleep(0)
                for task in tasks[turns % 2 :: 2]:
                    task.cancel()
                for ended in await asyncio.gather(*tasks, return_exceptions=True):
                    if not isinstance(ended, asyncio.CancelledError):
                        assert text_of(ended) == "Bonjour"
            # Each of the four is free.
            await asyncio.gather(*[complete_async(mistral) for _ in range(16)])
        await soon(lambda: server.open == 0)

    with FaultServer() as server, nothing_left_behind(), threads_that_end():
        asyncio.run(main(server))
