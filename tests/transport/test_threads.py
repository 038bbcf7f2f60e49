"""The transport for asyncio, in threads: exchanges, and what becomes of what is cancelled.

With the client on top of it, and many tasks at once, it is in `tests/client/faults/test_async.py`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import http.client
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any

import pytest

from mistral_proto import AsyncHTTPResponse, HTTPRequest, HTTPResponse, UrllibTransport
from mistral_proto.transport.failures import ClosedError
from mistral_proto.transport.limits import Limits
from mistral_proto.transport.threads import ThreadedTransport, _forsake
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


def test_an_end_that_is_known_needs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main(transport: ThreadedTransport) -> None:
        response = await transport.send(request(server.url))
        pieces = aiter(response.body)
        assert await anext(pieces) == b"Hello"
        monkeypatch.setattr(transport._workers, "submit", None)  # so that any use of one fails
        with pytest.raises(StopAsyncIteration):
            await anext(pieces)
        await called(response.close)

    with FaultServer(HELLO) as server:
        with_transport(main)


def test_an_end_that_the_connection_tells() -> None:
    async def main(transport: ThreadedTransport) -> None:
        await hello(transport, server)

    with FaultServer((b"HTTP/1.1 200 OK\r\n\r\nHello", hang_up)) as server:
        with_transport(main)


def test_failures() -> None:
    async def main(transport: ThreadedTransport) -> None:
        with pytest.raises(http.client.RemoteDisconnected):
            await transport.send(request(server.url))
        response = await transport.send(request(server.url))
        with pytest.raises(http.client.IncompleteRead):
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
        self.closed: list[int] = []
        self.seen: list[Limits] = []

    def send_within(self, request: HTTPRequest, limits: Limits) -> HTTPResponse:
        self.seen.append(limits)
        self.begun.set()
        assert self.goes_on.wait(WAIT)
        response = super().send_within(request, patient())

        def close() -> None:
            self.closed.append(1)
            response.close()

        return dataclasses.replace(response, close=close)


def test_a_response_that_nobody_waits_for_is_closed() -> None:
    transport = Held()

    async def main(threaded: ThreadedTransport) -> None:
        task = asyncio.ensure_future(threaded.send(request(server.url)))
        await asyncio.to_thread(transport.begun.wait, WAIT)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(ClosedError):
            transport.seen[0].left()
        transport.goes_on.set()
        # The place is free at once, and the connection soon.
        await hello(threaded, server)
        eventually(lambda: transport.closed == [1])

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


def result(of: object) -> Future[Any]:
    future: Future[Any] = Future()
    if isinstance(of, Exception):
        future.set_exception(of)
    elif of is None:
        future.cancel()
    else:
        future.set_result(of)
    return future


@pytest.mark.parametrize(
    ("of", "forsaken"), [(None, []), (OSError(), []), ("response", ["response"])]
)
def test_forsaken(of: object, forsaken: list[object]) -> None:
    found: list[object] = []
    _forsake(result(of), found.append)
    assert found == forsaken


# -- threads


def test_it_can_be_used_again_after_its_end() -> None:
    async def main(transport: ThreadedTransport) -> None:
        transport.end_threads()  # there are none yet
        for _ in range(2):
            await hello(transport, server)
            await transport.close()

    with FaultServer(then=HELLO) as server:
        with_transport(main)


def test_several_loops() -> None:
    transport = UrllibTransport(max_connections=1)
    threaded = ThreadedTransport(transport)

    async def main() -> None:
        await hello(threaded, server)

    with FaultServer(then=HELLO) as server:
        for _ in range(3):
            asyncio.run(main())
        assert server.connections == 1
        threaded.end_threads()
        transport.close()
