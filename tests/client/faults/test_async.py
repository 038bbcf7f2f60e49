"""asyncio: many streams at once, calls that are cancelled, and one client in several loops."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mistral_proto import Mistral, NoResponseError, SDKError, UrllibTransport
from tests.client.faults.servers import (
    EVENTS_HEAD,
    LAST_CHUNK,
    WAIT,
    FaultServer,
    Line,
    chunk,
    echo,
    good,
    stall,
)
from tests.client.faults.table import (
    SOON_MS,
    client,
    complete_async,
    stream_async,
    text_of,
)
from tests.client.faults.test_left_behind import nothing_left_behind
from tests.client.support import DONE, HI, KEY, MODEL, Received, answer, complete, piece
from tests.testing.raw import eventually

ASKED: dict[str, Any] = {"model": MODEL, "messages": HI}
CALLS: dict[str, Callable[..., Awaitable[Any]]] = {
    "complete": complete_async,
    "stream": stream_async,
}
every_call = pytest.mark.parametrize("name", CALLS)
BEGUN = EVENTS_HEAD + chunk(piece("a"))


async def soon(condition: Callable[[], object]) -> None:
    """`eventually`, while the loop goes on."""
    await asyncio.to_thread(eventually, condition)


def question(number: int) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"question {number}"}]


def said_in(received: Received) -> int:
    return int(received.body.partition(b"question ")[2].partition(b'"')[0])


def threads_of_ours() -> set[threading.Thread]:
    return {one for one in threading.enumerate() if one.name.startswith("mistral_proto")}


@contextmanager
def threads_that_end() -> Iterator[None]:
    """No thread is left of those that are begun meanwhile."""
    before = threads_of_ours()
    yield
    eventually(lambda: threads_of_ours() <= before)


# -- many at once


class Gates:
    """A server whose streams send an event each, when they all have had the last."""

    def __init__(self, streams: int, events: int) -> None:
        self.events = events
        self._released = [threading.Event() for _ in range(events)]
        self._streams = streams
        self._arrived = 0
        self._lock = threading.Lock()

    def script(self, line: Line) -> None:
        number = said_in(line.request)
        line.send(EVENTS_HEAD)
        for index, released in enumerate(self._released):
            assert released.wait(WAIT)
            line.send(chunk(piece(f"{number}.{index} ")))
        line.send(chunk(piece("", "stop") + DONE) + LAST_CHUNK)

    def open(self, index: int) -> None:
        self._released[index].set()

    def arrived(self) -> None:
        """One stream has had its event; the last of them lets the next one go."""
        with self._lock:
            self._arrived += 1
            if self._arrived % self._streams == 0:
                index = self._arrived // self._streams
                if index < self.events:
                    self.open(index)


def test_256_streams_at_once() -> None:
    """No stream's event waits for another's: none is sent before all have had the last."""
    gates = Gates(256, 5)

    async def follow(mistral: Mistral, number: int) -> str:
        said = []
        async with mistral.chat.stream_async(model=MODEL, messages=question(number)) as events:
            async for event in events:
                text = event.data.choices[0].delta.text
                said.append(text)
                if text:
                    gates.arrived()
        return "".join(said)

    async def main(server: FaultServer) -> None:
        async with client(server, timeout_ms=60_000) as mistral:
            gates.open(0)
            texts = await asyncio.gather(*[follow(mistral, number) for number in range(256)])
            for number, text in enumerate(texts):
                assert text == "".join([f"{number}.{index} " for index in range(gates.events)])
            assert server.connections == 256
        await soon(lambda: server.open == 0)

    with FaultServer(then=gates.script) as server:
        asyncio.run(main(server))


def test_many_calls_at_once() -> None:
    async def ask(mistral: Mistral, number: int) -> None:
        call = stream_async if number % 2 else complete_async
        assert text_of(await call(mistral, messages=question(number))) == f"question {number}"

    async def main(server: FaultServer) -> None:
        transport = UrllibTransport(max_idle_connections=100)
        async with client(server, transport=transport, timeout_ms=60_000) as mistral:
            for _ in range(4):
                await asyncio.gather(*[ask(mistral, number) for number in range(100)])
            assert server.connections <= 100

    with FaultServer(then=echo) as server:
        asyncio.run(main(server))


@pytest.mark.parametrize("bound", [1, 4])
def test_more_calls_than_connections(bound: int) -> None:
    most: list[int] = []

    def script(line: Line) -> None:
        most.append(server.open)
        echo(line)

    async def ask(mistral: Mistral, number: int) -> None:
        call = stream_async if number % 2 else complete_async
        assert text_of(await call(mistral, messages=question(number))) == f"question {number}"

    async def main() -> None:
        transport = UrllibTransport(max_connections=bound)
        async with client(server, transport=transport, timeout_ms=60_000) as mistral:
            await asyncio.gather(*[ask(mistral, number) for number in range(40)])

    with FaultServer(then=script) as server:
        asyncio.run(main())
    assert max(most) <= bound


@every_call
def test_a_call_waits_no_longer_than_its_deadline(name: str) -> None:
    async def main(server: FaultServer) -> None:
        transport = UrllibTransport(max_connections=1)
        async with client(server, transport=transport) as mistral:
            async with mistral.chat.stream_async(**ASKED) as events:
                await events.__anext__()
                with pytest.raises(NoResponseError, match="timed out"):
                    await CALLS[name](mistral, timeout_ms=SOON_MS)
            assert text_of(await CALLS[name](mistral)) == "Bonjour"

    with FaultServer((BEGUN, stall)) as server:
        asyncio.run(main(server))


def test_the_loop_goes_on_meanwhile() -> None:
    """Neither connecting nor waiting nor reading holds the loop up."""

    async def main(server: FaultServer) -> None:
        async with client(server, timeout_ms=60_000) as mistral:
            waiting = asyncio.ensure_future(complete_async(mistral))
            await soon(lambda: server.received)
            for _ in range(100):
                await asyncio.sleep(0)
            assert not waiting.done()
            leave.set()
            assert text_of(await waiting) == "Bonjour"

    leave = threading.Event()

    def script(line: Line) -> None:
        assert leave.wait(WAIT)
        good(line)

    with FaultServer(script) as server:
        asyncio.run(main(server))


# -- one client, several loops; a client and a stream that are left


@every_call
def test_several_loops_one_after_another(name: str) -> None:
    with FaultServer() as server, threads_that_end():
        mistral = client(server)
        for _ in range(3):
            assert text_of(asyncio.run(_call(CALLS[name], mistral))) == "Bonjour"
            assert text_of(complete(mistral)) == "Bonjour"
        eventually(lambda: server.idle == 1)
        assert server.connections == 1
        asyncio.run(mistral.close_async())
        eventually(lambda: server.open == 0)


async def _call(call: Callable[..., Awaitable[Any]], mistral: Mistral) -> Any:
    return await call(mistral)


def test_several_loops_at_once() -> None:
    results: list[str] = []

    def run(mistral: Mistral, number: int) -> None:
        async def main() -> None:
            for _ in range(10):
                answered = await complete_async(mistral, messages=question(number))
                assert text_of(answered) == f"question {number}"
                results.append("good")

        asyncio.run(main())

    with FaultServer(then=echo) as server, client(server, timeout_ms=60_000) as mistral:
        threads = [threading.Thread(target=run, args=(mistral, number)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(results) == 80
        assert server.connections <= 8


def test_async_with_closes() -> None:
    async def main(server: FaultServer) -> None:
        async with client(server) as mistral:
            await complete_async(mistral)
            await soon(lambda: server.idle == 1)
        await soon(lambda: server.open == 0)
        # It can be used again, and closed more than once.
        await complete_async(mistral)
        await mistral.close_async()
        await mistral.close_async()
        await soon(lambda: server.open == 0)

    with FaultServer() as server, threads_that_end():
        asyncio.run(main(server))


@pytest.mark.parametrize(
    "how", ["awaited", "entered", "read", "left", "closed", "not even awaited"]
)
def test_a_stream_that_is_dropped(how: str) -> None:
    async def main(server: FaultServer) -> None:
        async with client(server) as mistral:
            events = mistral.chat.stream_async(**ASKED)
            if how == "awaited":
                events = await events
            elif how == "left":
                async with events:
                    async for _ in events:
                        break
            elif how != "not even awaited":
                await events.__aenter__()
                if how == "read":
                    await events.__anext__()
                elif how == "closed":
                    await events.close()
            del events
            gc.collect()
            await soon(lambda: server.open == 0)
            assert text_of(await complete_async(mistral)) == "Bonjour"

    with FaultServer((BEGUN, stall)) as server, nothing_left_behind():
        if how == "not even awaited":
            server.turns.clear()
        asyncio.run(main(server))
        assert server.connections == (1 if how == "not even awaited" else 2)


@pytest.mark.parametrize("awaited_first", [False, True])
def test_both_ways_to_a_stream(awaited_first: bool) -> None:
    """As the SDK has it, `async with await chat.stream_async(...)`, and without the await."""

    async def main(server: FaultServer) -> None:
        async with Mistral(KEY, server_url=server.url) as mistral:
            events = mistral.chat.stream_async(**ASKED)
            if awaited_first:
                events = await events
            async with events:
                assert text_of([event async for event in events]) == "Bonjour"
            assert server.connections == 1

    with FaultServer() as server:
        asyncio.run(main(server))


def test_fifty_error_answers_at_once() -> None:
    async def main(server: FaultServer) -> None:
        async with client(server) as mistral:
            ended = await asyncio.gather(
                *[stream_async(mistral) for _ in range(50)], return_exceptions=True
            )
            assert [type(one) for one in ended] == [SDKError] * 50
            await soon(lambda: server.open == 0)
            server.then = good
            assert text_of(await stream_async(mistral)) == "Bonjour"

    with FaultServer(then=answer(500)) as server, nothing_left_behind():
        asyncio.run(main(server))
