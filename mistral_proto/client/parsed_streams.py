"""Streams, and whole answers, that are read as a type of the caller's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from ..errors import ParsedContentError, ValidationError
from ..structured.parsed import parsed_response
from .redaction import redacted_cause, redacted_response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator, Mapping
    from typing import Any

    from typing_extensions import Self

    from ..protocol.response import ChatCompletionResponse, CompletionEvent
    from ..structured.parsed import ParsedChatCompletionResponse
    from .async_stream import EventStreamAsync
    from .sender import Sender
    from .stream import EventStream

T = TypeVar("T")

__all__ = ["ParsedEventStream", "ParsedEventStreamAsync", "parsed"]


class ParsedEventStream(Generic[T]):
    """An `EventStream` whose whole is read as a type; otherwise it is as that one.

    `stream` is that one.
    """

    def __init__(self, stream: EventStream, response_format: type[T], sender: Sender) -> None:
        self.stream = stream
        self._response_format = response_format
        self._sender = sender

    @property
    def status_code(self) -> int:
        """The HTTP status of the answer."""
        return self.stream.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer, with lower-case names."""
        return self.stream.headers

    @property
    def gathered(self) -> ChatCompletionResponse | None:
        """What has come so far, as one response, not parsed; None before the first event."""
        return self.stream.gathered

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> CompletionEvent:
        return next(self.stream)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the stream then has no more events."""
        self.stream.close()

    def text(self) -> Iterator[str]:
        """The text of the first choice, piece by piece as it arrives."""
        return self.stream.text()

    def until_done(self) -> ParsedChatCompletionResponse[T]:
        """Read the rest, and return all of the stream as one response, parsed.

        Raises, beside what iterating raises:
            ParsedContentError: the answer does not fit the type.
        """
        return parsed(self.stream.until_done(), self._response_format, self._sender)


class ParsedEventStreamAsync(Generic[T]):
    """An `EventStreamAsync` whose whole is read as a type; otherwise it is as that one.

    `stream` is that one.
    """

    def __init__(self, stream: EventStreamAsync, response_format: type[T], sender: Sender) -> None:
        self.stream = stream
        self._response_format = response_format
        self._sender = sender

    def __await__(self) -> Generator[Any, None, Self]:
        yield from self.stream.__await__()
        return self

    @property
    def status_code(self) -> int:
        """The HTTP status of the answer."""
        return self.stream.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer, with lower-case names."""
        return self.stream.headers

    @property
    def gathered(self) -> ChatCompletionResponse | None:
        """What has come so far, as one response, not parsed; None before the first event."""
        return self.stream.gathered

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> CompletionEvent:
        return await anext(self.stream)

    async def __aenter__(self) -> Self:
        await self.stream
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection; the stream then has no more events."""
        await self.stream.close()

    def text(self) -> AsyncIterator[str]:
        """The text of the first choice, piece by piece as it arrives."""
        return self.stream.text()

    async def until_done(self) -> ParsedChatCompletionResponse[T]:
        """Read the rest, and return all of the stream as one response, parsed.

        Raises, beside what iterating raises:
            ParsedContentError: the answer does not fit the type.
        """
        return parsed(await self.stream.until_done(), self._response_format, self._sender)


def parsed(
    response: ChatCompletionResponse, response_format: type[T], sender: Sender
) -> ParsedChatCompletionResponse[T]:
    """The response, parsed; the exception where it can't be does not hold the key."""
    try:
        return parsed_response(response, response_format)
    except ParsedContentError as error:
        redacted = redacted_response(response, sender.redact)
        if redacted is response:
            raise
        assert isinstance(error.cause, ValidationError)
        cause = redacted_cause(error.cause)
    message = f"the answer does not fit {response_format.__name__}: {cause.summary}"
    raise ParsedContentError(message, response=redacted) from cause
