"""The I/O of a call, blocking or for asyncio, behind one interface.

A call is written once, as coroutines. Those of `Blocking` never suspend, so `run`
completes them without an event loop.
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
    from ..transport.threads import ThreadedTransport

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)

__all__ = ["Asyncio", "Blocking", "Transports", "run"]

LARGE = 256 * 1024
"""The size in bytes from which decoding would hold up an event loop."""


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine that waits for nothing but a `Blocking`."""
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
        """Send a request, and return the response when its headers have come."""
        return self._transport.send(request)

    def blocks(self, response: Any) -> Any:
        """Return an iterator over the blocks of a body, for `next`."""
        return iter(response.body)

    async def next(self, blocks: Any) -> bytes | None:
        """Return the next block of a body; None at its end."""
        return next(blocks, None)

    async def end(self, close: Callable[[], Any]) -> None:
        """Close a response, or release its connection."""
        close()

    async def sleep(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    async def ask(self, function: Callable[[], T]) -> T:
        """Call a function of the user's, which may block."""
        return function()

    async def decode(self, function: Callable[[], T], size: int, deadline: float) -> T:
        """Call a function that decodes `size` bytes; raise TimeoutError at the deadline."""
        return function()


class Asyncio(Blocking):
    """The I/O of calls for asyncio; also ends transports that do not keep deadlines."""

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

    async def _in_time(self, awaitable: Awaitable[T]) -> T:
        if getattr(self._transport, "keeps_deadlines", False):
            return await awaitable
        return await _within(self._deadline - time.monotonic(), awaitable)

    async def end(self, close: Callable[[], Any]) -> None:
        result = close()
        if hasattr(result, "__await__"):
            await result

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep_async(seconds)

    async def ask(self, function: Callable[[], T]) -> T:
        import asyncio

        # Not in the event loop's own threads, which are few.
        in_thread = getattr(self._transport, "in_thread", asyncio.to_thread)
        result: T = await in_thread(function)
        return result

    async def decode(self, function: Callable[[], T], size: int, deadline: float) -> T:
        if size <= LARGE:
            return function()
        return await _within(deadline - self.clock.monotonic(), self.ask(function))


async def _within(seconds: float, awaitable: Awaitable[T]) -> T:
    import asyncio

    try:
        return await asyncio.wait_for(awaitable, max(seconds, 0.0))
    except asyncio.TimeoutError:  # not the built-in one before Python 3.11
        raise TimeoutError("timed out") from None


async def read(
    io: Blocking, response: Any, deadline: float, limit: int
) -> tuple[bytes, BaseException | None]:
    """Return a body, and None or the failure that cut it: of the network, the deadline or the limit."""
    received: list[bytes] = []
    size = 0
    try:
        blocks = io.blocks(response)
        while (block := await io.next(blocks)) is not None:
            received.append(block)
            size += len(block)
            if size > limit:
                raise RefusedError(f"it is larger than {limit} bytes")
            check_deadline(deadline, io.clock)
    except io.failures as error:
        return b"".join(received), error
    return b"".join(received), None


def check_deadline(deadline: float, clock: Clock) -> None:
    """Raise TimeoutError after the deadline, for transports that do not keep it."""
    if clock.monotonic() > deadline:
        raise TimeoutError("timed out")


def without_traceback(error: E) -> E:
    """Return an error of ours, or an interrupt, without its frames, which hold the request.

    An error that is a bug, or of a function of the user's, keeps them.
    """
    if isinstance(error, Exception) and not isinstance(error, MistralError):
        return error
    if error.__cause__ is not None:
        error.__cause__.with_traceback(None)
    return error.with_traceback(None)


class Transports:
    """The transports of a client: one for plain calls, one for those of asyncio."""

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
        self.for_asyncio = async_transport
        self._threads: ThreadedTransport | None = None
        self.closings = 0
        """The number of times that the client was closed."""
        if "asyncio" in sys.modules:  # at once, as a fork during an import would hang
            self._add_threads()

    def _add_threads(self) -> None:
        from ..transport.threads import ThreadedTransport

        if self.for_asyncio is None and isinstance(self._plain, UrllibTransport):
            self.for_asyncio = self._threads = ThreadedTransport(self._plain)

    def blocking(self) -> Blocking:
        return Blocking(self._plain, self._clock)

    def asyncio(self) -> Asyncio:
        """Return the I/O of a call for asyncio; ValueError if it has no transport."""
        if self.for_asyncio is None:
            self._add_threads()
        if self.for_asyncio is None:
            raise ValueError("a call of asyncio needs an async_transport or async_client, too")
        return Asyncio(self.for_asyncio, self._clock)

    def close(self) -> None:
        self.closings += 1
        self._plain.close()
        if self._threads is not None:
            self._threads.end_threads()

    async def close_async(self) -> None:
        self.close()
        if self.for_asyncio is not None:
            await self.for_asyncio.close()
