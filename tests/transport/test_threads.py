"""The transport for asyncio, in threads: exchanges, and what becomes of what is cancelled.

With the client on top of it, and many tasks at once, it is in `tests/client/faults/test_async.py`.
"""

from __future__ import annotations

import asyncio
import http.client
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
from tests.client.faults.servers import EVENTS_HEAD, FaultServer, chunk, gate, hang_up, stall
from tests.client.support import answer
from tests.testing.raw import eventually
from tests.transport.times import patient, request

WAIT = 20.0
HELLO = answer(200, b"Hello")


def with_transport(
    main: Callable[[ThreadedTransport], Awaitable[None]], transport: UrllibTransport | None = None
) -> None:
    """Run a coroutine with a transport, and leave no thread of it behind."""
    before = set(threading.enumerate())

    async def run() -> None:
        threaded = ThreadedTransport(transport or UrllibTransport())
        try:
            await asyncio.wait_for(main(threaded), WAIT)
        finally:
            await threaded.close()

    asyncio.run(run())
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith("mistral_proto"):
            thread.join(WAIT)
            assert not thread.is_alive()


async def whole(response: AsyncHTTPResponse) -> bytes:
    return b"".join([block async for block in response.body])


async def hello(transport: ThreadedTransport, server: FaultServer) -> None:
    """An exchange from its beginning to its end."""
    response = await transport.send(request(server.url))
    assert await whole(response) == b"Hello"
    await called(response.release)


async def called(end: Callable[[], object] | None) -> None:
    assert end is not None
    assert end() is None


# -- an exchange

ENDS: dict[str, tuple[str, int]] = {"release": ("release", 1), "close": ("close", 3)}


@pytest.mark.parametrize(("end", "connections"), ENDS.values(), ids=ENDS)
def test_exchanges(end: str, connections: int) -> None:
    async def main(transport: ThreadedTransport) -> None:
        assert transport.failures == (http.client.HTTPException,)
        for _ in range(3):
            response = await transport.send(request(server.url, x_one="1"))
            assert (response.status, response.headers["content-length"]) == (200, "5")
            assert await whole(response) == b"Hello"
            for _ in range(2):
                await called(getattr(response, end))

    with FaultServer(then=HELLO) as server:
        with_transport(main)
        assert server.connections == connections
        assert [received.headers["x-one"] for received in server.received] == ["1"] * 3


def test_a_body_in_pieces() -> None:
    goes_on = threading.Event()

    async def main(transport: ThreadedTransport) -> None:
        response = await transport.send(request(server.url))
        pieces = aiter(response.body)
        assert await anext(pieces) == b"one"
        goes_on.set()
        assert await anext(pieces) == b"two"
        for _ in range(2):
            with pytest.raises(StopAsyncIteration):
                await anext(pieces)
        await called(response.release)

    script = (EVENTS_HEAD + chunk(b"one"), gate(goes_on), chunk(b"two") + b"0\r\n\r\n")
    with FaultServer(script) as server:
        with_transport(main)


def test_failures() -> None:
    async def main(transport: ThreadedTransport) -> None:
        with pytest.raises(http.client.RemoteDisconnected):
            await transport.send(request(server.url))
        response = await transport.send(request(server.url))
        with pytest.raises(ProtocolError):
            await whole(response)
        await called(response.close)
        with pytest.raises(TimeoutError):
            await transport.send(request(server.url, read=0.01))
        response = await transport.send(request(server.url))
        assert response.shorten is not None
        response.shorten(0.01)
        with pytest.raises(TimeoutError):
            await whole(response)
        await called(response.close)
        # Nobody's place is lost, of the only one that there is.
        await hello(transport, server)

    scripts = (hang_up, (HELLO[:-1], hang_up), stall, (HELLO[:-1], stall), HELLO)
    with FaultServer(*scripts) as server:
        with_transport(main, UrllibTransport(max_connections=1))


# -- a task that is cancelled


class Held(UrllibTransport):
    """A transport that sends nothing before the test says so."""

    def __init__(self) -> None:
        super().__init__(max_connections=1)
        self.begun = threading.Event()
        self.goes_on = threading.Event()
        self.seen: list[Deadline] = []

    def send_until(self, request: HTTPRequest, deadline: Deadline) -> HTTPResponse:
        self.seen.append(deadline)
        self.begun.set()
        assert self.goes_on.wait(WAIT)
        return super().send_until(request, patient())


def test_a_response_that_nobody_waits_for_is_closed() -> None:
    transport = Held()

    async def main(threaded: ThreadedTransport) -> None:
        task = asyncio.ensure_future(threaded.send(request(server.url)))
        await asyncio.to_thread(transport.begun.wait, WAIT)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(ClosedError):
            transport.seen[0].seconds_left()
        transport.goes_on.set()
        # The place is free at once, and the connection soon.
        await hello(threaded, server)

    with FaultServer(then=HELLO) as server:
        with_transport(main, transport)
        eventually(lambda: server.open == 0)


def test_a_wait_for_a_piece_that_is_cancelled() -> None:
    async def main(transport: ThreadedTransport) -> None:
        response = await transport.send(request(server.url))
        pieces = aiter(response.body)
        assert await anext(pieces) == b"one"
        task = asyncio.ensure_future(anext(pieces))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        eventually(lambda: server.open == 0)
        await hello(transport, server)

    with FaultServer((EVENTS_HEAD + chunk(b"one"), stall), HELLO) as server:
        with_transport(main, UrllibTransport(max_connections=1))


def test_two_tasks_do_not_read_one_body() -> None:
    async def main(transport: ThreadedTransport) -> None:
        response = await transport.send(request(server.url))
        pieces = aiter(response.body)
        reading = asyncio.ensure_future(anext(pieces))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="^another task is reading this body$"):
            await anext(pieces)
        await called(response.release)  # which gives no connection back that is being read
        with pytest.raises(ClosedError):
            await reading
        with pytest.raises(ClosedError):
            await anext(pieces)
        eventually(lambda: server.open == 0)
        await hello(transport, server)

    with FaultServer((EVENTS_HEAD, stall), then=HELLO) as server:
        with_transport(main, UrllibTransport(max_connections=1))


# -- slots


@pytest.mark.parametrize("how", ["time", "cancel", "close"])
def test_a_wait_for_a_place_that_ends(how: str) -> None:
    async def main(transport: ThreadedTransport) -> None:
        first = await transport.send(request(server.url))
        total = 0.05 if how == "time" else 20.0
        waiting = asyncio.ensure_future(transport.send(request(server.url, total=total)))
        await asyncio.sleep(0)
        if how == "close":
            await transport.close()
        elif how == "cancel":
            waiting.cancel()
        kinds = {"time": NoFreeConnectionError, "cancel": asyncio.CancelledError}
        with pytest.raises(kinds.get(how, ClosedError)):
            await waiting
        await called(first.close)
        await hello(transport, server)

    with FaultServer((HELLO[:-1], stall), then=HELLO) as server:
        with_transport(main, UrllibTransport(max_connections=1))


def test_a_place_that_nobody_gave_up_is_found() -> None:
    """Such as that of a response that was dropped, with no task to be woken by it."""

    async def main(transport: ThreadedTransport) -> None:
        held = [await transport.send(request(server.url))]
        waiting = asyncio.ensure_future(transport.send(request(server.url)))
        await asyncio.sleep(0)
        held.clear()
        response = await waiting
        assert await whole(response) == b"Hello"

    with FaultServer((HELLO[:-1], stall), then=HELLO) as server:
        with_transport(main, UrllibTransport(max_connections=1))


def test_a_task_whose_loop_is_gone_is_not_woken() -> None:
    transport = UrllibTransport(max_connections=1)
    threaded = ThreadedTransport(transport)
    held: list[AsyncHTTPResponse] = []
    left: list[Any] = []

    async def main() -> None:
        held.append(await threaded.send(request(server.url)))
        left.append(threaded.send(request(server.url)))
        asyncio.ensure_future(left[0])
        await asyncio.sleep(0)

    with FaultServer((HELLO[:-1], stall), then=HELLO) as server:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(main())
        for task in asyncio.all_tasks(loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        loop.close()
        held.pop().close()
        left.pop().close()
        asyncio.run(hello(threaded, server))
        transport.close()


def test_in_a_child_process_the_places_are_its_own() -> None:
    async def main(transport: ThreadedTransport) -> None:
        first = await transport.send(request(server.url))
        transport._slots._process = -1  # as after a fork
        await hello(transport, server)
        await called(first.close)

    with FaultServer((HELLO[:-1], stall), then=HELLO) as server:
        with_transport(main, UrllibTransport(max_connections=2))


def test_a_function_in_a_thread() -> None:
    async def main(transport: ThreadedTransport) -> None:
        there = await transport.in_thread(threading.current_thread)
        assert there is not threading.current_thread() and there.daemon
        with pytest.raises(ZeroDivisionError):
            await transport.in_thread(lambda: 1 // 0)

    with_transport(main)


# -- threads


def test_it_can_be_used_again_after_its_end() -> None:
    async def main(transport: ThreadedTransport) -> None:
        transport.end_threads()  # there are none yet
        for _ in range(2):
            await hello(transport, server)
            await transport.close()

    with FaultServer(then=HELLO) as server:
        with_transport(main)


def test_a_job_that_was_cancelled_before_it_began_is_left_out() -> None:
    done: list[int] = []
    jobs: SimpleQueue[Any] = SimpleQueue()
    futures: list[Future[Any]] = [Future(), Future()]
    futures[0].cancel()
    for number, future in enumerate(futures):
        jobs.put((future, partial(done.append, number)))
    jobs.put(None)
    _work(jobs)
    assert done == [1]
