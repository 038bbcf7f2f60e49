"""The events of a streamed answer as they arrive, for plain code and for asyncio."""

from __future__ import annotations

import threading
from itertools import chain
from typing import TYPE_CHECKING, Generic

from ..errors import IncompleteStreamError, MistralError
from ..transport.failures import reason
from .call import LEAST_ERROR
from .events import EventReader
from .io import LARGE, run, without_traceback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
    from typing import Any, NoReturn

    from typing_extensions import Self, TypeVar

    from ..protocol.response import ChatCompletionResponse, CompletionEvent
    from .answer import Answer
    from .call import Call
    from .io import Blocking
    from .redaction import Redactor

    R = TypeVar("R", default=ChatCompletionResponse)
else:
    from typing import TypeVar

    R = TypeVar("R")

__all__ = ["EventStream", "EventStreamAsync"]


class _Stream(Generic[R]):
    """One stream: its call, the current answer, and the events that are ready."""

    def __init__(
        self, call: Call, io: Blocking, finish: Callable[[ChatCompletionResponse, Redactor], R]
    ) -> None:
        self._call = call
        self._io = io
        self._finish = finish
        self._reader: EventReader | None = None
        self._blocks: Any = None
        self._ready: Iterator[CompletionEvent] = iter(())
        self._closed = self._released = False
        self._reading = threading.Lock()

    @property
    def status_code(self) -> int:
        """The HTTP status of the answer."""
        return self._answer.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer; the case of a name does not matter."""
        return self._answer.headers

    @property
    def response(self) -> Self:
        """The stream itself, which has `status_code`, `headers` and `close` (SDK: same name)."""
        return self

    @property
    def snapshot(self) -> ChatCompletionResponse | None:
        """The events so far as one response; None before the first event."""
        return None if self._reader is None else self._reader.snapshot

    @property
    def _answer(self) -> Answer:
        if self._reader is None:
            raise RuntimeError("nothing was sent yet: await the stream, enter it, or iterate")
        return self._reader.answer

    def _begin(self) -> None:
        """Lock the stream until `_reading` is released."""
        if not self._reading.acquire(blocking=False):
            raise RuntimeError("another thread or task reads this stream")

    async def _opened(self) -> Self:
        """Send the request, unless it was sent."""
        self._begin()
        try:
            if self._reader is None and not self._closed:
                await self._open()
        except BaseException as error:
            raise without_traceback(error)
        finally:
            self._reading.release()
        return self

    async def _open(self) -> None:
        answer = await self._call.open(self._io)
        self._blocks = self._io.blocks(answer.response)
        self._reader = EventReader(answer)
        if self._closed:  # meanwhile, by another thread or task
            await self._io.end(answer.response.close)

    async def _next(self) -> CompletionEvent | None:
        """Return the next event; None at the end."""
        self._begin()
        try:
            if self._reader is None and not self._closed:
                await self._open()
            while not self._closed:
                failure = None
                try:
                    for event in self._ready:
                        return event
                    if self._released:
                        break
                    failure = await self._advance()
                except MistralError as error:
                    if error.status_code < LEAST_ERROR:
                        raise
                    failure = error
                if failure is not None and not self._closed:
                    await self._retry(failure)
            return None
        except BaseException as error:
            failure = None  # else this frame and the error keep each other
            await self._end()
            raise without_traceback(error)
        finally:
            self._reading.release()

    async def _advance(self) -> MistralError | None:
        """Make more events ready, or finish; return the failure if a retry may help."""
        reader, io = self._reader, self._io
        assert reader is not None
        try:
            block = None if reader.done else await io.next(self._blocks)
            if block is not None:
                self._call.check_deadline()
                self._ready = await self._decoded(reader, block)
                return None
        except io.failures as error:
            return reader.incomplete(f"broke off: {reason(error, reader.answer.redact)}")
        try:
            self._ready = iter([*reader.end()])
        except IncompleteStreamError as error:
            return error
        self._released = True
        await io.end(reader.answer.response.release or reader.answer.response.close)
        return None

    async def _retry(self, failure: MistralError) -> None:
        """Send the request again; raise the failure if that is not allowed."""
        assert self._reader is not None
        if self._reader.begun:
            raise failure
        await self._io.end(self._answer.response.close)
        await self._call.wait_to_retry(self._io, failure)
        if not self._closed:
            await self._open()

    async def _decoded(self, reader: EventReader, block: bytes) -> Iterator[CompletionEvent]:
        """Return the events that a block completes; a large one does not block an event loop."""
        events = reader.feed(block)
        size = reader.unread + len(block)
        if size <= LARGE:
            return events
        first = await self._io.decode(lambda: next(events, None), size, self._call.deadline)
        return events if first is None else chain([first], events)

    async def _end(self) -> None:
        self._closed = True
        if self._reader is not None and not self._released:
            await self._io.end(self._answer.response.close)

    async def _until_done(self) -> R:
        while await self._next() is not None:
            pass
        if self._reader is None:
            raise IncompleteStreamError("the stream was closed before it was sent")
        how = "was not gathered" if self._reader.begun else "had no events"
        if self._closed:
            how = "was closed"
        try:
            return self._answer.finished(self._finish, self._reader.complete_response(how), b"")
        except BaseException as error:
            raise without_traceback(error)

    def _text(self, event: CompletionEvent) -> str:
        """Return the text that an event adds to the first choice."""
        if self._call.n == 1:
            return event.text
        return "".join([one.delta.text for one in event.data.choices if one.index == 0])

    def __del__(self) -> None:
        # An interrupt in the constructor leaves nothing to close.
        if getattr(self, "_reader", None) is not None and not (self._closed or self._released):
            closing = self._answer.response.close()
            if hasattr(closing, "close"):
                closing.close()  # a coroutine, which can't be awaited here

    def __reduce__(self) -> NoReturn:
        raise TypeError("an open stream can't be pickled; its snapshot can")


class EventStream(_Stream[R]):
    """The events of one streamed answer: a context manager and an iterator.

    An error, leaving the ``with`` block and dropping the stream close the connection; at the
    end of the stream it goes back to the client. If the stream breaks off, or reports an error,
    before its first event, the call is retried as its options allow.

    Iterating raises:
        IncompleteStreamError: the stream broke off, ended without ``[DONE]`` or a finish
            reason, or is larger than `max_gathered`; `partial` has what had arrived.
        StreamError: the server reported an error inside the stream.
        ResponseValidationError: an event is not a completion event.
        RuntimeError: another thread reads the stream.

    >>> from mistral_proto import Mistral
    >>> from mistral_proto.testing import MockServer
    >>> with MockServer() as server, Mistral(api_key="k", server_url=server.url) as mistral:
    ...     with mistral.chat.stream(
    ...         model="m", messages=[{"role": "user", "content": "Hi"}]
    ...     ) as events:
    ...         print("|".join(event.text for event in events))
    ...         events.until_done().choices[0].message.content
    |You| said:| Hi|
    'You said: Hi'
    """

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> CompletionEvent:
        event = run(self._next())
        if event is None:
            raise StopIteration
        return event

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the stream then has no more events, also for another thread."""
        run(self._end())

    def text(self) -> Iterator[str]:
        """Return the text of the first choice, piece by piece, without the thinking."""
        for event in self:
            if text := self._text(event):
                yield text

    def until_done(self) -> R:
        """Read the rest, and return the whole stream as one response.

        Raises, in addition to what iterating raises:
            IncompleteStreamError: the stream was closed before its end, or had no event.
            ParsedContentError: the answer to `parse_stream` does not fit the type.
        """
        return run(self._until_done())


class EventStreamAsync(_Stream[R]):
    """The events of one streamed answer: an async context manager and an async iterator.

    Like `EventStream`, for asyncio. Awaiting it (as in the SDK), entering it or iterating sends
    the request, whichever comes first. Cancelling a task that waits closes the connection.

    >>> import asyncio
    >>> from mistral_proto import Mistral
    >>> from mistral_proto.testing import MockServer
    >>> async def main(url: str) -> None:
    ...     async with Mistral(api_key="k", server_url=url) as mistral:
    ...         async with mistral.chat.stream_async(
    ...             model="m", messages=[{"role": "user", "content": "Hi"}]
    ...         ) as events:
    ...             async for event in events:
    ...                 print(event.text, end="|")
    >>> with MockServer() as server:
    ...     asyncio.run(main(server.url))
    |You| said:| Hi||
    """

    def __await__(self) -> Generator[Any, None, Self]:
        return self._opened().__await__()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> CompletionEvent:
        event = await self._next()
        if event is None:
            raise StopAsyncIteration
        return event

    async def __aenter__(self) -> Self:
        return await self._opened()

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection; the stream then has no more events."""
        await self._end()

    aclose = close

    async def text(self) -> AsyncIterator[str]:
        """Return the text of the first choice, piece by piece, without the thinking."""
        async for event in self:
            if text := self._text(event):
                yield text

    async def until_done(self) -> R:
        """Read the rest, and return the whole stream as one response, as `EventStream` does."""
        return await self._until_done()
