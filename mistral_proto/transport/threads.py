"""The default transport for asyncio: the one over `urllib`, in threads."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING

from .addresses import start_thread
from .exchange import AsyncHTTPResponse
from .limits import LOOK_AGAIN_SECONDS, Limits, Places
from .urllib_transport import Body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from typing import Any, TypeVar

    from .exchange import HTTPRequest
    from .urllib_transport import UrllibTransport

    T = TypeVar("T")

__all__ = ["ThreadedTransport"]


class ThreadedTransport:
    """Makes a `UrllibTransport` one for asyncio.

    Each exchange has a thread of its own until it ends.  There are as many at most as
    the transport has connections; another waits until one of them ends.  A task that is
    cancelled closes its connection at once, which ends the thread.
    """

    keeps_deadlines = True

    def __init__(self, transport: UrllibTransport) -> None:
        self._transport = transport
        self._places = Places(transport.max_connections)

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What is raised, beside `OSError`, when the network fails."""
        return self._transport.failures

    async def send(self, request: HTTPRequest) -> AsyncHTTPResponse:
        """Send a request, and return the response once its headers are there."""
        limits = self._transport.limits(request)
        if self._places.are_the_parents:
            self._places = Places(self._transport.max_connections)
        leave = partial(self._places.leave, limits)
        try:
            await self._wait(limits)
            thread = _Thread()
            send = partial(self._transport.send_within, request, limits)
            response = await thread.run(send, limits.abort)
        except BaseException:
            leave()
            raise
        assert isinstance(response.body, Body)
        pieces = _Pieces(thread, response.body, leave)
        return AsyncHTTPResponse(
            response.status,
            response.headers,
            pieces,
            pieces.close,
            pieces.release,
            response.shorten,
        )

    async def _wait(self, limits: Limits) -> None:
        """Wait for a place."""
        loop, turn = asyncio.get_running_loop(), asyncio.Event()
        limits.interruptible_by(partial(loop.call_soon_threadsafe, turn.set))
        until = loop.time() + limits.left()
        while not self._places.take(limits, until - loop.time()):
            # Not `wait_for`, which may lose a cancellation before Python 3.12.
            timer = loop.call_later(LOOK_AGAIN_SECONDS, turn.set)
            try:
                await turn.wait()
            finally:
                timer.cancel()
            turn.clear()

    async def in_thread(self, function: Callable[[], T]) -> T:
        """Return what a function gives, which may take its time."""
        thread = _Thread()
        return await thread.run(function, thread.end)

    async def close(self) -> None:
        """Close every connection.  It can be used again."""
        self._transport.close()
        self.end_threads()

    def end_threads(self) -> None:
        """End every exchange, and with it its thread."""
        places, self._places = self._places, Places(self._transport.max_connections)
        places.abort()


class _Thread:
    """A thread that runs one job after another, until it is ended or nobody has this object."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        start_thread(partial(_work, self._jobs))

    async def run(self, job: Callable[[], T], abort: Callable[[], object]) -> T:
        """Return what a job gives; if it fails, or this is cancelled, that is the end."""
        future: Future[T] = Future()
        self._jobs.put((future, job))
        try:
            return await asyncio.wrap_future(future)
        except BaseException:
            del future  # which may have a response that nobody waits for
            self.end()
            abort()
            raise

    def end(self) -> None:
        self._jobs.put(None)

    __del__ = end


def _work(jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]) -> None:
    """The life of a thread."""
    while (work := jobs.get()) is not None:
        future, job = work
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(job())
            except BaseException as error:
                future.set_exception(error)
        del work, future, job  # and with them what they hold


class _Pieces:
    """The body of a response, each piece of which a thread waits for."""

    def __init__(self, thread: _Thread, body: Body, leave: Callable[[], object]) -> None:
        self._thread: _Thread | None = thread
        self._body = body
        self._leave = leave
        self._reading = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._reading:
            raise RuntimeError("another task is reading this body")
        if self._body.at_end:
            raise StopAsyncIteration
        if self._thread is None:  # it was closed, and says so at once
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
        self._leave()
