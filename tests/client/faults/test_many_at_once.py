"""Many calls at once on one client: each gets its own answer, and memory does not grow."""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest

from mistral_proto import Mistral, UrllibTransport
from tests.client.faults.servers import (
    DONE,
    EVENTS_HEAD,
    LAST_CHUNK,
    WAIT,
    FaultServer,
    Line,
    chunk,
    echo,
    gate,
    piece,
)
from tests.client.support import (
    ASYNC,
    client,
    complete,
    nothing_left_behind,
    opened,
    soon,
    stream,
    text_of,
)
from tests.testing.raw import eventually

THREADS = 32
CALLS = 10_000
ROUNDS = 5


def question(text: object) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"question {text}"}]


class Rounds:
    """Threads that share the questions of a round."""

    def __init__(self, mistral: Mistral) -> None:
        self.wrong: list[object] = []
        self._mistral = mistral
        self._numbers = itertools.count()

    def run(self, calls: int) -> None:
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(self._ask, range(THREADS), [calls // THREADS] * THREADS))

    def _ask(self, number: int, calls: int) -> None:
        for _ in range(calls):
            messages = question(f"{next(self._numbers)} of thread {number}")
            call = complete if next(self._numbers) % 8 else stream
            try:
                text = text_of(call(self._mistral, messages=messages))
            except Exception as error:
                self.wrong.append(error)
            else:
                if text != messages[0]["content"]:
                    self.wrong.append((messages, text))


@pytest.mark.full
def test_ten_thousand_calls_of_32_threads() -> None:
    sizes: list[int] = []
    counts: list[int] = []
    barrier = threading.Barrier(THREADS)

    def together(line: Line) -> None:
        barrier.wait(WAIT)
        echo(line)

    with FaultServer(then=echo) as server, client(server, timeout_ms=60_000) as mistral:
        rounds = Rounds(mistral)
        for _ in range(1 + ROUNDS):  # the first one fills caches
            rounds.run(CALLS // ROUNDS // THREADS * THREADS)
            server.received.clear()
            gc.collect()
            counts.append(len(gc.get_objects()))
        assert rounds.wrong == []
        assert server.connections <= THREADS
        eventually(lambda: server.open == server.idle == server.connections)
        tracemalloc.start()  # which makes calls slow
        try:
            server.turns += [together] * THREADS  # each connection gets its buffers
            rounds.run(THREADS)
            for _ in range(8):
                rounds.run(THREADS * 5)
                server.received.clear()
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
        assert rounds.wrong == []
    eventually(lambda: server.open == 0)
    # A leak is in each round; caches grow in some.
    assert min(counts[4:]) - min(counts[1:3]) < 500, counts
    # The memory of coverage grows too.
    if "coverage" not in sys.modules:
        assert min(sizes[6:]) - min(sizes[2:4]) < 20_000, sizes


# -- asyncio

STREAMS, EVENTS = 256, 5


@pytest.mark.full
def test_256_streams_at_once() -> None:
    """No event is sent before each stream has yielded the one before."""
    released = [threading.Event() for _ in range(EVENTS)]
    yielded = itertools.count(1)

    def script(line: Line) -> None:
        asked = json.loads(line.request.body)["messages"][0]["content"]
        line.send(EVENTS_HEAD)
        for index, event in enumerate(released):
            gate(event)(line)  # type: ignore[operator]
            line.send(chunk(piece(f"{asked}.{index} ")))
        line.send(chunk(piece("", "stop") + DONE) + LAST_CHUNK)

    async def follow(mistral: Mistral, number: int) -> str:
        said = []
        async with opened("stream_async", mistral, messages=question(number)) as events:
            async for event in events:
                said.append(text_of([event]))
                if (
                    said[-1]
                    and (count := next(yielded)) % STREAMS == 0
                    and count < STREAMS * EVENTS
                ):
                    released[count // STREAMS].set()
        return "".join(said)

    async def main(server: FaultServer) -> None:
        async with client(server, timeout_ms=60_000) as mistral:
            released[0].set()
            texts = await asyncio.gather(*[follow(mistral, number) for number in range(STREAMS)])
            for number, text in enumerate(texts):
                assert text == "".join([f"question {number}.{index} " for index in range(EVENTS)])
            assert server.connections == STREAMS
        await soon(lambda: server.open == 0)

    with FaultServer(then=script) as server, nothing_left_behind():
        asyncio.run(main(server))


async def ask(mistral: Mistral, number: int) -> None:
    call = ASYNC[[*ASYNC][number % 2]]
    assert text_of(await call(mistral, messages=question(number))) == f"question {number}"


@pytest.mark.parametrize("bound", [1, 4, 100])
def test_many_calls_at_once(bound: int) -> None:
    most: list[int] = []

    def script(line: Line) -> None:
        most.append(server.open)
        echo(line)

    async def main() -> None:
        transport = UrllibTransport(max_connections=bound, max_idle_connections=100)
        async with client(server, transport=transport, timeout_ms=60_000) as mistral:
            for _ in range(2):
                await asyncio.gather(*[ask(mistral, number) for number in range(100)])
            assert server.connections <= bound

    with FaultServer(then=script) as server:
        asyncio.run(main())
    assert max(most) <= bound


def test_several_loops() -> None:
    async def main(number: int) -> None:
        for _ in range(5):
            await ask(mistral, number)

    with FaultServer(then=echo) as server, nothing_left_behind():
        mistral = client(server, timeout_ms=60_000)
        for number in range(3):
            asyncio.run(main(number))
            assert text_of(complete(mistral, messages=question("x"))) == "question x"
        eventually(lambda: server.idle == 1)
        assert server.connections == 1
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda number: asyncio.run(main(number)), range(8)))
        assert server.connections <= 8
        asyncio.run(mistral.close_async())
        eventually(lambda: server.open == 0)
