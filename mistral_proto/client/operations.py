"""What a call does to the world outside, each thing in its plain and its asyncio form.

The steps of a call (`call.Call`) are a generator that yields these, so that
they are written once for both: `run` and `run_async` do what is asked, and
hand back what came of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from ..errors import NoResponseError
from ..transport.exchange import AsyncHTTPResponse, HTTPResponse
from ..transport.failures import RefusedError, no_response
from ..transport.urls import origin

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any, Protocol

    from ..retry import Clock
    from ..transport.exchange import AsyncTransport, HTTPRequest, Transport
    from .redaction import Redactor

    class Operation(Protocol):
        """One thing to do."""

        def perform(self, transport: Transport, clock: Clock) -> Any: ...
        async def perform_async(self, transport: AsyncTransport, clock: Clock) -> Any: ...

    # What yields operations, takes what each gives, and returns a result.
    Steps = Generator[Operation, Any, T]


__all__ = ["Close", "Decode", "Invoke", "ReadBody", "Release", "Send", "Sleep", "run", "run_async"]

BROKEN = "the answer broke off"
MAX_BODY = 64 * 1024 * 1024
"""The most bytes of a body that are read into memory."""
LARGE = 256 * 1024
"""More bytes than these take so long to decode that an event loop would feel it."""


def network_failures(transport: Transport | AsyncTransport) -> tuple[type[BaseException], ...]:
    """What a transport raises when the network fails."""
    return (OSError, *transport.failures)


def run(steps: Steps[T], transport: Transport, clock: Clock) -> T:
    """Do what the steps ask for, and return what they return."""
    result: Any = None
    failure: BaseException | None = None
    while True:
        try:
            operation = steps.send(result) if failure is None else steps.throw(failure)
        except StopIteration as stop:
            returned: T = stop.value
            return returned
        result = failure = None
        try:
            result = operation.perform(transport, clock)
        except BaseException as error:
            # Thrown outside the handler, so that it is in no other error's context.
            failure = error


async def run_async(steps: Steps[T], transport: AsyncTransport, clock: Clock) -> T:
    """The same for asyncio."""
    result: Any = None
    failure: BaseException | None = None
    while True:
        try:
            operation = steps.send(result) if failure is None else steps.throw(failure)
        except StopIteration as stop:
            returned: T = stop.value
            return returned
        result = failure = None
        try:
            result = await operation.perform_async(transport, clock)
        except BaseException as error:
            failure = error


def untraced(error: E) -> E:
    """The error without the frames in which it came about.

    They hold the request, and with it the API key, and would keep each other.
    """
    cause = error.__cause__
    if cause is not None:
        cause.with_traceback(None)
    return error.with_traceback(None)


async def settled(result: Any) -> None:
    """Wait for what a transport's `close` gave, if it is something to wait for."""
    if hasattr(result, "__await__"):
        await result


class Send:
    """Send a request; gives the response, with its body still to come."""

    def __init__(self, request: HTTPRequest, redact: Redactor) -> None:
        self._request = request
        self._redact = redact

    def perform(self, transport: Transport, clock: Clock) -> HTTPResponse:
        try:
            return transport.send(self._request)
        except network_failures(transport) as error:
            failure = self._failure(error)
        raise failure

    async def perform_async(self, transport: AsyncTransport, clock: Clock) -> AsyncHTTPResponse:
        try:
            return await transport.send(self._request)
        except network_failures(transport) as error:
            failure = self._failure(error)
        raise failure

    def _failure(self, error: BaseException) -> NoResponseError:
        return no_response(f"no answer from {origin(self._request.url)}", error, self._redact)


class ReadBody:
    """Read the whole body of a response, which is closed where that fails."""

    def __init__(
        self, response: HTTPResponse | AsyncHTTPResponse, redact: Redactor, deadline: float
    ) -> None:
        self._response: Any = response
        self._redact = redact
        self._deadline = deadline
        self._blocks: list[bytes] = []
        self._size = 0

    @property
    def read(self) -> bytes:
        """What was read, also where that failed."""
        return b"".join(self._blocks)

    def perform(self, transport: Transport, clock: Clock) -> bytes:
        try:
            for block in self._response.body:
                self._add(block, clock)
            return self.read
        except network_failures(transport) as error:
            failure: BaseException = no_response(BROKEN, error, self._redact)
        except BaseException as error:
            failure = error
        self._response.close()
        raise failure

    async def perform_async(self, transport: AsyncTransport, clock: Clock) -> bytes:
        try:
            async for block in self._response.body:
                self._add(block, clock)
            return self.read
        except network_failures(transport) as error:
            failure: BaseException = no_response(BROKEN, error, self._redact)
        except BaseException as error:
            failure = error
        await settled(self._response.close())
        raise failure

    def _add(self, block: bytes, clock: Clock) -> None:
        self._blocks.append(block)
        self._size += len(block)
        if self._size > MAX_BODY:
            raise RefusedError(f"it is larger than {MAX_BODY} bytes")
        check_deadline(self._deadline, clock)


def check_deadline(deadline: float, clock: Clock) -> None:
    """Raises TimeoutError when it is over, for transports that do not themselves."""
    if clock.monotonic() > deadline:
        raise TimeoutError("timed out")


class Close:
    """Close a response, and its connection."""

    def __init__(self, response: HTTPResponse | AsyncHTTPResponse) -> None:
        self._end = response.close

    def perform(self, transport: Transport, clock: Clock) -> None:
        self._end()

    async def perform_async(self, transport: AsyncTransport, clock: Clock) -> None:
        await settled(self._end())


class Release(Close):
    """Give the connection of a good answer back."""

    def __init__(self, response: HTTPResponse | AsyncHTTPResponse) -> None:
        self._end = response.release or response.close


class Sleep:
    """Wait for so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def perform(self, transport: Transport, clock: Clock) -> None:
        clock.sleep(self._seconds)

    async def perform_async(self, transport: AsyncTransport, clock: Clock) -> None:
        await clock.sleep_async(self._seconds)


class Invoke:
    """Call a function of the user's, which may take its time; gives what it gives."""

    def __init__(self, function: Callable[[], object]) -> None:
        self._function = function

    def perform(self, transport: Transport, clock: Clock) -> object:
        return self._function()

    async def perform_async(self, transport: AsyncTransport, clock: Clock) -> object:
        return await _in_thread(transport, self._function)


class Decode(Generic[T]):
    """Make of bytes what they stand for; where they are many, asyncio goes on meanwhile.

    Raises:
        TimeoutError: that took longer than the deadline allows.
    """

    def __init__(self, decode: Callable[[], T], size: int, deadline: float) -> None:
        self._decode = decode
        self._size = size
        self._deadline = deadline

    def perform(self, transport: Transport, clock: Clock) -> T:
        return self._decode()

    async def perform_async(self, transport: AsyncTransport, clock: Clock) -> T:
        if self._size <= LARGE:
            return self._decode()
        import asyncio

        left = max(self._deadline - clock.monotonic(), 0.0)
        try:
            return await asyncio.wait_for(_in_thread(transport, self._decode), left)
        except asyncio.TimeoutError:  # another one than Python's own, before 3.11
            raise TimeoutError("timed out") from None


async def _in_thread(transport: AsyncTransport, function: Callable[[], T]) -> T:
    import asyncio

    # The event loop's own threads are few, and wanted for other things.
    in_thread = getattr(transport, "in_thread", asyncio.to_thread)
    result: T = await in_thread(function)
    return result
