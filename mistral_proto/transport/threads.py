"""The default transport for asyncio: the one over `urllib`, in threads of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .exchange import AsyncHTTPResponse
from .urllib_transport import Body
from .workers import Places, Workers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from concurrent.futures import Future
    from typing import TypeVar

    from .exchange import HTTPRequest
    from .urllib_transport import UrllibTransport

    T = TypeVar("T")

__all__ = ["ThreadedTransport"]


class ThreadedTransport:
    """Makes a `UrllibTransport` one for asyncio.

    Each exchange has a thread while it waits for the network, and none while its
    user is busy with what came.  There are as many exchanges at most as the
    transport has connections; another waits until one of them ends.  A task that
    is cancelled closes its connection at once, which frees the thread.
    """

    def __init__(self, transport: UrllibTransport) -> None:
        self._transport = transport
        self._workers = Workers()
        self._places = Places(transport.max_connections)

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What is raised, beside `OSError`, when the network fails."""
        return self._transport.failures

    async def send(self, request: HTTPRequest) -> AsyncHTTPResponse:
        """Send a request, and return the response once its headers are there."""
        limits = self._transport.limits(request)
        await self._places.take(limits.left())
        try:
            response = await _waited_for(
                self._workers.submit(lambda: self._transport.send_within(request, limits)),
                abort=limits.abort,
                forsake=lambda response: response.close(),
            )
        except BaseException:
            self._places.give_back()
            raise
        assert isinstance(response.body, Body)
        pieces = _Pieces(self._workers, response.body, self._places)
        return AsyncHTTPResponse(
            response.status,
            response.headers,
            pieces,
            pieces.close,
            pieces.release,
            response.shorten,
        )

    async def in_thread(self, function: Callable[[], T]) -> T:
        """What a function gives, which may take its time."""
        return await _waited_for(self._workers.submit(function), abort=lambda: None)

    async def close(self) -> None:
        """Close every connection, and end the threads.  It can be used again."""
        self._transport.close()
        self.end_threads()

    def end_threads(self) -> None:
        """Have the threads end as soon as they are idle."""
        self._workers.dismiss()


async def _waited_for(
    job: Future[T],
    *,
    abort: Callable[[], object],
    forsake: Callable[[T], object] = lambda result: None,
) -> T:
    """What a job gives; `forsake` is for a result that nobody waits for any more."""
    try:
        return await asyncio.wrap_future(job)
    except asyncio.CancelledError:
        abort()
        job.add_done_callback(lambda job: _forsake(job, forsake))
        raise


def _forsake(job: Future[T], forsake: Callable[[T], object]) -> None:
    if not job.cancelled() and job.exception() is None:
        forsake(job.result())


class _Pieces:
    """The body of a response, each piece of which a thread waits for."""

    def __init__(self, workers: Workers, body: Body, places: Places) -> None:
        self._workers = workers
        self._body = body
        self._places: Places | None = places

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        body = self._body
        if body.at_end:
            raise StopAsyncIteration
        block = await _waited_for(self._workers.submit(lambda: next(body, b"")), abort=self.close)
        if not block:
            raise StopAsyncIteration
        return block

    def close(self) -> None:
        self._body.close()
        self._give_back()

    def release(self) -> None:
        self._body.release()
        self._give_back()

    def _give_back(self) -> None:
        places, self._places = self._places, None
        if places is not None:
            places.give_back()
