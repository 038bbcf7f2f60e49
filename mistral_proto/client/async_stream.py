"""The same stream of completion events for asyncio."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from ..errors import IncompleteStreamError, MistralError
from ..protocol.response import ChatCompletionResponse, CompletionEvent
from ..transport.exchange import AsyncHTTPResponse
from ..transport.failures import reason
from .events import EventReader
from .operations import LARGE, Decode, network_failures, settled, untraced
from .stream import Current, texts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator, Mapping
    from typing import Any

    from typing_extensions import Self

    from .answer import Answer
    from .call import Call
    from .sender import Sender

__all__ = ["EventStreamAsync"]


class EventStreamAsync:
    """The events of one streamed answer: an async context manager and an async iterator.

    It is also what ``await`` gives, as in the SDK: to await it, to enter it, or
    to iterate sends the request, whichever comes first.  Otherwise it is as an
    `EventStream`, and raises the same.  A task that is cancelled while it waits
    closes the connection at once.

    >>> import asyncio
    >>> from mistral_proto import Mistral
    >>> from mistral_proto.testing import MockServer
    >>> async def main(url: str) -> None:
    ...     async with Mistral(api_key="k", server_url=url) as mistral:
    ...         async with mistral.chat.stream_async(
    ...             model="mistral-small-latest", messages=[{"role": "user", "content": "Hi"}]
    ...         ) as events:
    ...             async for event in events:
    ...                 print(event.data.choices[0].delta.text, end="|")
    >>> with MockServer() as server:
    ...     asyncio.run(main(server.url))
    |You| said:| Hi||
    """

    def __init__(self, sender: Sender, call: Call) -> None:
        self._sender = sender
        self._call = call
        self._current: Current | None = None
        self._ready: Iterator[CompletionEvent] = iter(())
        self._over = False
        self._opening = False

    def __await__(self) -> Generator[Any, None, Self]:
        return self._opened().__await__()

    async def _opened(self) -> Self:
        if self._current is None and not self._over:
            if self._opening:
                raise RuntimeError("another task is about to open this stream")
            self._opening = True
            try:
                self._turn_to(await self._sender.run_async(self._call.open_stream()))
            finally:
                self._opening = False
        return self

    def _turn_to(self, answer: Answer) -> None:
        response = answer.response
        assert isinstance(response, AsyncHTTPResponse)
        self._response = response
        self._blocks = aiter(response.body)
        if self._current is None:
            self._current = Current(answer)
        else:
            self._current.reader = EventReader(answer)

    @property
    def status_code(self) -> int:
        """The HTTP status of the answer."""
        return self._opened_reader.answer.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer, with lower-case names."""
        return self._opened_reader.answer.headers

    @property
    def _opened_reader(self) -> EventReader:
        if self._current is None:
            raise RuntimeError("nothing was sent yet: await the stream, enter it, or iterate")
        return self._current.reader

    @property
    def gathered(self) -> ChatCompletionResponse | None:
        """What has come so far, as one response; None before the first event."""
        return None if self._current is None else self._current.reader.gathered.response()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> CompletionEvent:
        if self._over:
            raise StopAsyncIteration
        try:
            return await self._next()
        except MistralError as error:
            await self._end()
            raise untraced(error)
        except BaseException:
            await self._end()
            raise

    async def _next(self) -> CompletionEvent:
        await self._opened()
        while not self._over:
            assert self._current is not None
            reader = self._current.reader
            for event in self._ready:
                return event
            failure = await self._advance(reader)
            if failure is None:
                continue
            if self._over:
                break
            if reader.begun:
                raise failure
            await settled(self._response.close())
            await self._sender.run_async(self._call.again(failure))
            if not self._over:
                self._turn_to(await self._sender.run_async(self._call.open_stream()))
            if self._over:  # closed meanwhile by another task, which closed the one before
                await self._end()
        raise StopAsyncIteration

    async def _advance(self, reader: EventReader) -> IncompleteStreamError | None:
        """Make more events ready, or come to the end; gives what is wrong with that."""
        failure = None
        if not reader.done:
            try:
                block = await anext(self._blocks)
                self._call.check_deadline()
                self._ready = await self._decoded(reader, block)
                return None
            except StopAsyncIteration:
                failure = reader.end()
            except network_failures(self._sender.async_transport()) as error:
                failure = reader.incomplete(f"broke off: {reason(error, reader.answer.redact)}")
        if failure is None:
            assert self._current is not None
            self._over = self._current.released = True
            await settled((self._response.release or self._response.close)())
        return failure

    async def _decoded(self, reader: EventReader, block: bytes) -> Iterator[CompletionEvent]:
        """The events that the next piece completes; a large one is decoded before they are."""
        events, size = reader.feed(block), reader.size_with(block)
        if size <= LARGE:
            return events
        decode = Decode(lambda: next(events, None), size, self._call.deadline)
        sender = self._sender
        first = await decode.perform_async(sender.async_transport(), sender.clock)
        return events if first is None else chain([first], events)

    async def _end(self) -> None:
        self._over = True
        if self._current is not None and not self._current.released:
            await settled(self._response.close())

    async def __aenter__(self) -> Self:
        return await self._opened()

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    def __del__(self) -> None:
        if self._current is not None and not self._over:
            ending: Any = self._response.close()
            if hasattr(ending, "close"):
                ending.close()  # a coroutine, which nobody can wait for here

    async def close(self) -> None:
        """Close the connection; the stream then has no more events."""
        if self._current is not None:
            self._current.closed = True
        await self._end()

    async def text(self) -> AsyncIterator[str]:
        """The text of the first choice, piece by piece as it arrives, without the thinking."""
        async for event in self:
            for text in texts(event, self._call.n):
                yield text

    async def until_done(self) -> ChatCompletionResponse:
        """Read the rest, and return all of the stream as one response.

        Raises, beside what iterating raises:
            IncompleteStreamError: the stream was closed before its end, or had no event.
        """
        async for _ in self:
            pass
        if self._current is None:
            raise IncompleteStreamError("the stream was closed before it was sent")
        return self._current.whole()
