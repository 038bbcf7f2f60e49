"""The default transport for asyncio: the one over `urllib`, in threads of its own."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from concurrent.futures import Future, ThreadPoolExecutor

from .exchange import AsyncHTTPResponse
from .urllib_transport import Body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import TypeVar

    from .exchange import HTTPRequest
    from .limits import Limits
    from .urllib_transport import UrllibTransport

    T = TypeVar("T")

__all__ = ["ThreadedTransport"]


class ThreadedTransport:
    """Makes a `UrllibTransport` one for asyncio.

    Each exchange has a thread while it waits for the network, and none while its
    user is busy with what came.  There are as many threads at most as the
    transport has connections; an exchange that finds none free waits for one.  A
    task that is cancelled closes its connection at once, which frees the thread.
    """

    def __init__(self, transport: UrllibTransport) -> None:
        self.failures = transport.failures
        self._transport = transport
        # A semaphore belongs to the event loop that waits for it.
        self._free: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
            weakref.WeakKeyDictionary()
        )
        self._begin()

    def _begin(self) -> None:
        self._executor: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self._process = os.getpid()

    async def send(self, request: HTTPRequest) -> AsyncHTTPResponse:
        """Send a request, and return the response once its headers are there."""
        loop = asyncio.get_running_loop()
        free = self._free.get(loop)
        if free is None:
            free = self._free[loop] = asyncio.Semaphore(self._transport.max_connections)
        limits = self._transport.limits(request)
        await _acquire(free, limits)
        slot = _Slot(loop, free)
        try:
            response = await self._in_thread(
                lambda: self._transport.send_within(request, limits),
                abort=limits.abort,
                forsake=lambda response: response.close(),
            )
        except BaseException:
            slot.free()
            raise
        assert isinstance(response.body, Body)
        pieces = _Pieces(self._in_thread, response.body, slot)
        return AsyncHTTPResponse(
            response.status,
            response.headers,
            pieces,
            pieces.close,
            pieces.release,
            response.shorten,
        )

    async def _in_thread(
        self,
        job: Callable[[], T],
        *,
        abort: Callable[[], object],
        forsake: Callable[[T], object] = lambda result: None,
    ) -> T:
        """What the job gives, in a thread; `forsake` is for a result that nobody waits for."""
        future = self._submit(job)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            abort()
            future.add_done_callback(lambda future: _forsake(future, forsake))
            raise

    def _submit(self, job: Callable[[], T]) -> Future[T]:
        if self._process != os.getpid():
            self._begin()  # the threads are the parent's
        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(
                    self._transport.max_connections, thread_name_prefix="mistral_proto"
                )
            return self._executor.submit(job)

    async def close(self) -> None:
        """Close every connection, and end the threads.  It can be used again."""
        self._transport.close()
        self.end_threads()

    def end_threads(self) -> None:
        """Have the threads end that are idle, and the others as soon as they are."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=False)


async def _acquire(free: asyncio.Semaphore, limits: Limits) -> None:
    """Wait for a thread, which is a part of the exchange.

    Not by `asyncio.wait_for`, which before Python 3.12 may swallow a cancellation.
    """
    if not free.locked():
        await free.acquire()
        return
    acquired = asyncio.ensure_future(free.acquire())
    try:
        await asyncio.wait({acquired}, timeout=limits.left())
    except BaseException:
        if not acquired.cancel():
            free.release()
        raise
    if acquired.cancel():
        raise TimeoutError("timed out")


def _forsake(future: Future[T], forsake: Callable[[T], object]) -> None:
    if not future.cancelled() and future.exception() is None:
        forsake(future.result())


class _Slot:
    """The right of one exchange to a thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, free: asyncio.Semaphore) -> None:
        self._loop = loop
        self._free: asyncio.Semaphore | None = free

    def free(self) -> None:
        """Let another exchange have it; from any thread."""
        free, self._free = self._free, None
        if free is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(free.release)


class _Pieces:
    """The body of a response, each piece of which a thread waits for."""

    def __init__(self, in_thread: Callable[..., Awaitable[bytes]], body: Body, slot: _Slot) -> None:
        self._in_thread = in_thread
        self._body = body
        self._slot = slot

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        body = self._body
        if body.at_end:
            raise StopAsyncIteration
        block = await self._in_thread(lambda: next(body, b""), abort=self.close)
        if not block:
            raise StopAsyncIteration
        return block

    def close(self) -> None:
        self._body.close()
        self._slot.free()

    def release(self) -> None:
        self._body.release()
        self._slot.free()
