"""An asyncio transport of the user's, held to the deadline of each request."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from ..transport.exchange import AsyncHTTPResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable
    from typing import TypeVar

    from ..transport.exchange import AsyncTransport, HTTPRequest

    T = TypeVar("T")

__all__ = ["BoundedTransport"]


class BoundedTransport:
    """The transport, whose `send` and whose bodies are cancelled when a request's time is over.

    A transport without asyncio can't be stopped from outside, and is not.
    """

    def __init__(self, transport: AsyncTransport) -> None:
        self.failures = transport.failures
        self._transport = transport

    async def send(self, request: HTTPRequest) -> AsyncHTTPResponse:
        """Send a request, and return the response once its headers are there."""
        deadline = time.monotonic() + request.total_timeout
        response = await _within(deadline, self._transport.send(request))
        body = _bounded(deadline, response.body)
        return AsyncHTTPResponse(
            response.status,
            response.headers,
            body,
            response.close,
            response.release,
            response.shorten,
        )

    async def close(self) -> None:
        """Close the transport."""
        await self._transport.close()


async def _bounded(deadline: float, body: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    blocks = aiter(body)
    while True:
        try:
            block = await _within(deadline, anext(blocks))
        except StopAsyncIteration:
            return
        yield block


async def _within(deadline: float, waiting: Awaitable[T]) -> T:
    try:
        return await asyncio.wait_for(waiting, max(deadline - time.monotonic(), 0.0))
    except asyncio.TimeoutError:  # another one than Python's own, before 3.11
        raise TimeoutError("timed out") from None
