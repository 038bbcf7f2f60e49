"""The default transport for asyncio: the one over `urllib`, in threads."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING

from .background import start_thread
from .exchange import AsyncHTTPResponse
from .failures import no_free_connection
from .places import LOOK_AGAIN_SECONDS, Place, Places
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

    Each exchange has a thread of its own, until it ends.  There are as many
    exchanges at most as the transport has connections; another waits until one of
    them ends.  A task that is cancelled closes its connection at once, which
    ends the thread.
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
        turn = asyncio.Event()
        place = Place(limits, partial(_call, asyncio.get_running_loop(), turn.set))
        leave = partial(self._places.leave, place)
        try:
            await self._wait(place, turn)
            thread = _Thread()
            response = await thread.run(
                partial(self._transport.send_within, request, limits), limits.abort
            )
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

    async def _wait(self, place: Place, turn: asyncio.Event) -> None:
        loop, limits = asyncio.get_running_loop(), place.limits
        limits.interruptible_by(place.wake)
        until = loop.time() + limits.left()
        while not self._places.take(place):
            left = until - loop.time()
            if left <= 0:
                raise no_free_connection(self._transport.max_connections)
            # Not `wait_for`, which may lose a cancellation before Python 3.12.
            timer = loop.call_later(min(left, LOOK_AGAIN_SECONDS), turn.set)
            try:
                await turn.wait()
            finally:
                timer.cancel()
            turn.clear()
            limits.check()

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
    """A thread that runs one job after another, until nobody has this object."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        start_thread(partial(_work, self._jobs))

    async def run(self, job: Callable[[], T], abort: Callable[[], object]) -> T:
        """Return what a job gives; to cancel this aborts the job, and is its end as a failure is."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        # Nobody may be there to hear of it, which is no fault.
        future.add_done_callback(lambda future: future.cancelled() or future.exception())
        self._jobs.put(partial(_run, job, loop, future))
        try:
            return await future
        except BaseException:
            del future  # which may have a response that nobody waits for
            self.end()
            abort()
            raise

    def end(self) -> None:
        self._jobs.put(None)

    __del__ = end


def _work(jobs: SimpleQueue[Callable[[], None] | None]) -> None:
    """The life of a thread."""
    while (job := jobs.get()) is not None:
        job()
        del job  # and with it what the job holds


def _run(job: Callable[[], T], loop: asyncio.AbstractEventLoop, future: asyncio.Future[T]) -> None:
    try:
        result = job()
    except BaseException as error:
        _call(loop, _settle, future, future.set_exception, error)
    else:
        _call(loop, _settle, future, future.set_result, result)


def _settle(future: asyncio.Future[T], settle: Callable[[Any], None], outcome: object) -> None:
    if not future.done():  # cancelled; a response that nobody has closes itself
        settle(outcome)


def _call(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *args: Any) -> None:
    with suppress(RuntimeError):  # the loop was closed, with all that waited
        loop.call_soon_threadsafe(function, *args)


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
