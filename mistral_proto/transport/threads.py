"""The default transport for asyncio: that of `urllib`, in threads."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING

from .addresses import start_thread
from .exchange import AsyncHTTPResponse
from .limits import Deadline, Slots
from .urllib_transport import Body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from typing import Any, TypeVar

    from .exchange import HTTPRequest
    from .urllib_transport import UrllibTransport

    T = TypeVar("T")

__all__ = ["ThreadedTransport"]


class ThreadedTransport:
    """Adapts a `UrllibTransport` to asyncio.

    Each exchange has a thread until it ends. There are at most as many as the transport has
    connections; further exchanges wait. A cancelled task closes its connection at once, which
    ends the thread.
    """

    keeps_deadlines = True

    def __init__(self, transport: UrllibTransport) -> None:
        self._transport = transport
        self.failures = transport.failures
        self._slots = Slots(transport.max_connections)

    async def send(self, request: HTTPRequest) -> AsyncHTTPResponse:
        """Send a request, and return the response once its headers have arrived."""
        deadline = self._transport.deadline(request)
        if self._slots.is_inherited:
            self._slots = Slots(self._transport.max_connections)
        release_slot = partial(self._slots.release, deadline)
        try:
            await self._wait_for_slot(deadline)
            thread = _Thread()
            send = partial(self._transport.send_until, request, deadline)
            response = await thread.run(send, deadline.abort)
        except BaseException:
            release_slot()
            raise
        assert isinstance(response.body, Body)
        body = _ThreadedBody(thread, response.body, release_slot)
        return AsyncHTTPResponse(
            response.status, response.headers, body, body.close, body.release, response.shorten
        )

    async def _wait_for_slot(self, deadline: Deadline) -> None:
        loop, woken = asyncio.get_running_loop(), asyncio.Event()
        deadline.on_wake(partial(loop.call_soon_threadsafe, woken.set))
        deadline.start_waiting()
        while seconds := self._slots.wait_seconds(deadline):
            # Before Python 3.12 `wait_for` may lose a cancellation.
            timer = loop.call_later(seconds, woken.set)
            try:
                await woken.wait()
            finally:
                timer.cancel()
            woken.clear()

    async def in_thread(self, function: Callable[[], T]) -> T:
        """Return the result of a function that may block."""
        thread = _Thread()
        return await thread.run(function, thread.end)

    async def close(self) -> None:
        """Close every connection. The transport can be used again."""
        self._transport.close()
        self.end_threads()

    def end_threads(self) -> None:
        """Abort every exchange, which ends its thread."""
        slots, self._slots = self._slots, Slots(self._transport.max_connections)
        slots.abort()


class _Thread:
    """A thread that runs one job after another, until `end` or until this object is garbage."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        start_thread(partial(_work, self._jobs))

    async def run(self, job: Callable[[], T], abort: Callable[[], object]) -> T:
        """Return the result of a job; if the job fails or the task is cancelled, abort."""
        future: Future[T] = Future()
        self._jobs.put((future, job))
        try:
            return await asyncio.wrap_future(future)
        except BaseException:
            del future  # it may hold a response that nobody waits for
            self.end()
            abort()
            raise

    def end(self) -> None:
        self._jobs.put(None)

    __del__ = end


def _work(jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]) -> None:
    while (work := jobs.get()) is not None:
        future, job = work
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(job())
            except BaseException as error:
                future.set_exception(error)
        del work, future, job  # and with them the response


class _ThreadedBody:
    """The body of a response; a thread waits for each block."""

    def __init__(self, thread: _Thread, body: Body, release_slot: Callable[[], object]) -> None:
        self._thread: _Thread | None = thread
        self._body = body
        self._release_slot = release_slot
        self._reading = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._reading:
            raise RuntimeError("another task is reading this body")
        if self._thread is None:  # closed: this raises at once
            block = next(self._body, b"")
        else:
            self._reading = True
            try:
                block = await self._thread.run(partial(next, self._body, b""), self.close)
            finally:
                self._reading = False
        if not block:
            raise StopAsyncIteration
        return block

    def close(self) -> None:
        self._body.close()
        self._end()

    def release(self) -> None:
        if self._reading:
            self.close()
        else:
            self._body.release()
            self._end()

    def _end(self) -> None:
        self._thread = None
        self._release_slot()
