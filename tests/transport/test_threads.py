"""The transport for asyncio: exchanges, cancelled tasks, and waits for a connection.

Many tasks at once are in `tests/client/faults/test_many_at_once.py`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import Any

import pytest

from mistral_proto import AsyncHTTPResponse, HTTPRequest, HTTPResponse, UrllibTransport
from mistral_proto.transport.failures import ClosedError, NoFreeConnectionError, ProtocolError
from mistral_proto.transport.limits import Deadline
from mistral_proto.transport.threads import ThreadedTransport, _work
from tests.client.faults.servers import FaultServer, gate, hang_up, stall
from tests.testing.raw import eventually
from tests.transport.support import CHUNKED, HELLO, WAIT, long_deadline, request, serving

ONE = CHUNKED + b"3\r\none\r\n"


def run(
    main: Callable[[ThreadedTransport], Awaitable[None]], transport: UrllibTransport | None = None
) -> None:
    """Run a coroutine with a transport of one connection, which leaves no thread."""
    before = set(threading.enumerate())

    async def with_transport() -> None:
        threaded = ThreadedTransport(transport or UrllibTransport(max_connections=1))
        try:
            await asyncio.wait_for(main(threaded), WAIT)
        finally:
            await threaded.close()

    asyncio.run(with_transport())
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith("mistral_proto"):
            thread.join(WAIT)
            assert not thread.is_alive()


async def whole(response: AsyncHTTPResponse) -> bytes:
    return b"".join([block async for block in response.body])


def call(end: Callable[[], object] | None) -> None:
    assert end is not None
    assert end() is None


async def ask(transport: ThreadedTransport, server: FaultServer) -> None:
    response = await transport.send(request(server.url))
    assert await whole(response) == b"Hello"
    call(response.release)


@pytest.mark.parametrize(("end", "connections"), [("release", 1), ("close", 3)])
def test_exchanges(end: str, connections: int) -> None:
    async def main(transport: ThreadedTransport) -> None:
        for _ in range(3):
            response = await transport.send(request(server.url, x_one="1"))
            assert (response.status, response.headers["content-length"]) == (200, "5")
            assert await whole(response) == b"Hello"
            for _ in range(2):
                call(getattr(response, end))

    with FaultServer(then=HELLO) as server:
        run(main)
        assert server.connections == connections
        assert [received.headers["x-one"] for received in server.received] == ["1"] * 3


def test_a_block_comes_when_it_has_arrived() -> None:
    goes_on = threading.Event()

    async def main(transport: ThreadedTransport) -> None:
        transport.end_threads()  # there are none yet
        for _ in range(2):  # `close` does not end the transport
            response = await transport.send(request(server.url))
            blocks = aiter(response.body)
            assert await anext(blocks) == b"one"
            goes_on.set()
            assert await anext(blocks) == b"two"
            for _ in range(2):
                with pytest.raises(StopAsyncIteration):
                    await anext(blocks)
            call(response.release)
            await transport.close()

    with FaultServer(then=(ONE, gate(goes_on), b"3\r\ntwo\r\n0\r\n\r\n")) as server:
        run(main)


def test_a_failed_exchange_releases_its_slot() -> None:
    async def main(transport: ThreadedTransport) -> None:
        with pytest.raises(transport.failures):
            await transport.send(request(server.url))
        response = await transport.send(request(server.url))
        with pytest.raises(ProtocolError):
            await whole(response)
        call(response.close)
        with pytest.raises(TimeoutError):
            await transport.send(request(server.url, read=0.01))
        response = await transport.send(request(server.url))
        assert response.shorten is not None
        response.shorten(0.01)
        with pytest.raises(TimeoutError):
            await whole(response)
        call(response.close)
        await ask(transport, server)

    scripts = (hang_up, (HELLO[:-1], hang_up), stall, (HELLO[:-1], stall), HELLO)
    with FaultServer(*scripts) as server:
        run(main)


# -- cancelled tasks


class Gated(UrllibTransport):
    """A transport that sends when the test sets `goes_on`, with a deadline of its own."""

    def __init__(self) -> None:
        super().__init__(max_connections=1)
        self.begun, self.goes_on = threading.Event(), threading.Event()
        self.seen: list[Deadline] = []

    def send_until(self, request: HTTPRequest, deadline: Deadline) -> HTTPResponse:
        self.seen.append(deadline)
        self.begun.set()
        assert self.goes_on.wait(WAIT)
        return super().send_until(request, long_deadline())


def test_a_response_after_the_cancellation_is_closed() -> None:
    transport = Gated()

    async def main(threaded: ThreadedTransport) -> None:
        task = asyncio.ensure_future(threaded.send(request(server.url)))
        await asyncio.to_thread(transport.begun.wait, WAIT)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(ClosedError):
            transport.seen[0].seconds_left()
        transport.goes_on.set()
        await ask(threaded, server)

    with FaultServer(then=HELLO) as server:
        run(main, transport)
        eventually(lambda: server.open == 0)


def test_two_tasks_cannot_read_one_body() -> None:
    async def main(transport: ThreadedTransport) -> None:
        response = await transport.send(request(server.url))
        blocks = aiter(response.body)
        reading = asyncio.ensure_future(anext(blocks))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="^another task is reading this body$"):
            await anext(blocks)
        call(response.release)  # a connection that is being read is not kept
        for ended in (reading, anext(blocks)):
            with pytest.raises(ClosedError):
                await ended
        eventually(lambda: server.open == 0)
        await ask(transport, server)

    with FaultServer((CHUNKED, stall), then=HELLO) as server:
        run(main)


# -- waits for a connection


@pytest.mark.parametrize("how", ["time", "cancel", "close", "garbage"])
def test_the_end_of_a_wait_for_a_connection(how: str) -> None:
    async def main(transport: ThreadedTransport) -> None:
        held = [await transport.send(request(server.url))]
        total = 0.05 if how == "time" else WAIT
        waiting = asyncio.ensure_future(transport.send(request(server.url, total=total)))
        await asyncio.sleep(0)
        if how == "garbage":  # which wakes no task
            held.clear()
            assert await whole(await waiting) == b"Hello"
            return
        if how == "close":
            await transport.close()
        elif how == "cancel":
            waiting.cancel()
        kinds = {"time": NoFreeConnectionError, "cancel": asyncio.CancelledError}
        with pytest.raises(kinds.get(how, ClosedError)):
            await waiting
        call(held[0].close)
        await ask(transport, server)

    with FaultServer((HELLO[:-1], stall), then=HELLO) as server:
        run(main)


def test_a_task_whose_loop_is_closed_is_not_woken() -> None:
    held: list[AsyncHTTPResponse] = []
    left: list[Any] = []

    async def main(threaded: ThreadedTransport) -> None:
        held.append(await threaded.send(request(server.url)))
        left.append(threaded.send(request(server.url)))
        asyncio.ensure_future(left[0])
        await asyncio.sleep(0)

    with serving((HELLO[:-1], stall), max_connections=1) as (transport, server):
        threaded = ThreadedTransport(transport)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(main(threaded))
        for task in asyncio.all_tasks(loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        loop.close()
        held.pop().close()
        left.pop().close()
        asyncio.run(ask(threaded, server))


def test_a_child_process_has_its_own_slots() -> None:
    async def main(transport: ThreadedTransport) -> None:
        first = await transport.send(request(server.url))
        transport._slots._process = -1  # as after a fork
        await ask(transport, server)
        call(first.close)

    with FaultServer((HELLO[:-1], stall), then=HELLO) as server:
        run(main, UrllibTransport(max_connections=2))


# -- threads


def test_a_function_in_a_thread() -> None:
    async def main(transport: ThreadedTransport) -> None:
        there = await transport.in_thread(threading.current_thread)
        assert there is not threading.current_thread() and there.daemon
        with pytest.raises(ZeroDivisionError):
            await transport.in_thread(lambda: 1 // 0)

    run(main)


def test_a_job_that_was_cancelled_before_it_began_is_not_run() -> None:
    done: list[int] = []
    jobs: SimpleQueue[Any] = SimpleQueue()
    futures: list[Future[Any]] = [Future(), Future()]
    futures[0].cancel()
    for number, future in enumerate(futures):
        jobs.put((future, partial(done.append, number)))
    jobs.put(None)
    _work(jobs)
    assert done == [1]
