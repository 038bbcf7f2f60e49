"""The I/O of a call, plain and for asyncio, behind one interface.

A call is written once, as coroutines. Those of `Blocking` never suspend, so `run` takes
such a coroutine to its end without an event loop.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, TypeVar

from ..errors import MistralError
from ..transport.failures import RefusedError
from ..transport.urllib_transport import UrllibTransport

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Coroutine, Mapping
    from typing import Any

    from ..retry import Clock
    from ..transport.exchange import AsyncTransport, HTTPRequest, Transport
    from ..transport.httpx_clients import AsyncHttpClient
    from ..transport.threads import ThreadedTransport

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)

__all__ = ["Asyncio", "Blocking", "Transports", "run"]

LARGE = 256 * 1024
"""More bytes than these take so long to decode that an event loop would feel it."""


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine returns that waits for nothing but a `Blocking`."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    raise RuntimeError("a plain call awaited something")


class Blocking:
    """The I/O of plain calls."""

    def __init__(self, transport: Transport | AsyncTransport, clock: Clock) -> None:
        self._transport: Any = transport
        self.clock = clock
        self.failures: tuple[type[BaseException], ...] = (OSError, *transport.failures)

    async def send(self, request: HTTPRequest) -> Any:
        """Send a request, and return the response once its headers are there."""
        return self._transport.send(request)

    def blocks(self, response: Any) -> Any:
        """Return an iterator of a body's pieces, for `next`."""
        return iter(response.body)

    async def next(self, blocks: Any) -> bytes | None:
        """Return the next piece of a body; None at its end."""
        return next(blocks, None)

    async def end(self, how: Callable[[], Any]) -> None:
        """Close a response, or release it."""
        how()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        self.clock.sleep(seconds)

    async def ask(self, function: Callable[[], T]) -> T:
        """Call a function of the user's, which may take its time."""
        return function()

    async def decode(self, function: Callable[[], T], size: int, deadline: float) -> T:
        """Call a function that decodes so many bytes; raises TimeoutError at the deadline."""
        return function()


class Asyncio(Blocking):
    """The I/O of calls for asyncio; a transport of the user's is held to the deadlines."""

    _deadline = float("inf")

    async def send(self, request: HTTPRequest) -> Any:
        self._deadline = time.monotonic() + request.total_timeout
        return await self._in_time(self._transport.send(request))

    def blocks(self, response: Any) -> Any:
        return aiter(response.body)

    async def next(self, blocks: Any) -> bytes | None:
        try:
            return await self._in_time(anext(blocks))
        except StopAsyncIteration:
            return None

    async def _in_time(self, waiting: Awaitable[T]) -> T:
        if getattr(self._transport, "keeps_deadlines", False):
            return await waiting
        return await _within(max(self._deadline - time.monotonic(), 0.0), waiting)

    async def end(self, how: Callable[[], Any]) -> None:
        result = how()
        if hasattr(result, "__await__"):
            await result

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep_async(seconds)

    async def ask(self, function: Callable[[], T]) -> T:
        import asyncio

        # The event loop's own threads are few, and wanted for other things.
        in_thread = getattr(self._transport, "in_thread", asyncio.to_thread)
        result: T = await in_thread(function)
        return result

    async def decode(self, function: Callable[[], T], size: int, deadline: float) -> T:
        if size <= LARGE:
            return function()
        return await _within(max(deadline - self.clock.monotonic(), 0.0), self.ask(function))


async def _within(seconds: float, waiting: Awaitable[T]) -> T:
    import asyncio

    try:
        return await asyncio.wait_for(waiting, seconds)
    except asyncio.TimeoutError:  # another one than Python's own, before 3.11
        raise TimeoutError("timed out") from None


async def read(io: Blocking, response: Any, deadline: float, limit: int, into: list[bytes]) -> None:
    """Read a body of `limit` bytes at most into a list, which also has what came of a broken one.

    Raises:
        RefusedError: there is more; the list has it as far as it was read.
    """
    size = 0
    blocks = io.blocks(response)
    while (block := await io.next(blocks)) is not None:
        into.append(block)
        size += len(block)
        if size > limit:
            raise RefusedError(f"it is larger than {limit} bytes")
        check_deadline(deadline, io.clock)


def check_deadline(deadline: float, clock: Clock) -> None:
    """Raises TimeoutError when it is over, for transports that do not themselves."""
    if clock.monotonic() > deadline:
        raise TimeoutError("timed out")


def without_traceback(error: E) -> E:
    """Return the error without the frames in which it came about.

    They hold what was sent, and would keep each other. An error that is a bug, or comes
    from a function of the user's, keeps them.
    """
    if isinstance(error, Exception) and not isinstance(error, MistralError):
        return error
    if error.__cause__ is not None:
        error.__cause__.with_traceback(None)
    return error.with_traceback(None)


class Transports:
    """What carries a client's calls: one transport for plain ones, one for those of asyncio."""

    def __init__(
        self,
        transport: Transport | None,
        async_transport: AsyncTransport | None,
        proxies: Mapping[str, str] | None,
        ssl_context: ssl.SSLContext | None,
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._plain = transport or UrllibTransport(proxies=proxies, ssl_context=ssl_context)
        self._for_asyncio = async_transport
        self._threads: ThreadedTransport | None = None
        self.closings = 0
        """How often the client was closed."""
        if "asyncio" in sys.modules:  # now, as a fork in the middle of an import would hang
            self._add_threads()

    def _add_threads(self) -> None:
        """Carry calls of asyncio by the plain transport, where nothing else does."""
        from ..transport.threads import ThreadedTransport

        if self._for_asyncio is None and isinstance(self._plain, UrllibTransport):
            self._for_asyncio = self._threads = ThreadedTransport(self._plain)

    def blocking(self) -> Blocking:
        """Return the I/O of a plain call."""
        return Blocking(self._plain, self._clock)

    def asyncio(self) -> Asyncio:
        """Return the I/O of a call for asyncio.

        Raises:
            ValueError: the client was given what carries plain calls alone.
        """
        if self._for_asyncio is None:
            self._add_threads()
        if self._for_asyncio is None:
            raise ValueError("a call of asyncio needs an async_transport or async_client, too")
        return Asyncio(self._for_asyncio, self._clock)

    @property
    def async_client(self) -> AsyncHttpClient | None:
        """The client of httpx that carries the calls of asyncio, if one does."""
        client: AsyncHttpClient | None = getattr(self._for_asyncio, "client", None)
        return client

    def use(self, async_transport: AsyncTransport) -> None:
        """Carry the calls of asyncio by this from now on."""
        self._for_asyncio = async_transport

    def close(self) -> None:
        """Close what carries the plain calls, and the threads of the default one."""
        self.closings += 1
        self._plain.close()
        if self._threads is not None:
            self._threads.end_threads()

    async def close_async(self) -> None:
        """Close both."""
        self.close()
        if self._for_asyncio is not None:
            await self._for_asyncio.close()
