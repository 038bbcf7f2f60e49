"""`chat.parse` and its kin: answers as a dataclass of the caller's.

What makes schemas of types, and reads them, is loaded by the first call.
"""

from __future__ import annotations

from ..errors import ParsedContentError, ValidationError
from ..generics import Generic, TypeVar
from .parameters import Calls
from .redaction import redacted_cause, redacted_response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator, Mapping
    from typing import Any

    from typing_extensions import Self, Unpack

    from ..protocol.response import ChatCompletionResponse, CompletionEvent
    from ..structured.parsed import ParsedChatCompletionResponse
    from .async_stream import EventStreamAsync
    from .parameters import Messages, ParseParameters
    from .sender import Sender
    from .stream import EventStream

T = TypeVar("T")

__all__ = ["ParsedEventStream", "ParsedEventStreamAsync", "Parsing"]


class Parsing(Calls):
    """The methods of `Chat` whose answers are read as a type of the caller's.

    `response_format` is a dataclass or a TypedDict, whose JSON Schema the answer
    has to follow to the letter.  The rest is as for `complete` and `stream`.

    Raises, beside what these raise:
        TypeError: a field of the type is of a type that JSON can't stand for;
            nothing was sent.
        ParsedContentError: the answer does not fit the type.
    """

    __slots__ = ()

    def parse(
        self,
        response_format: type[T],
        *,
        model: str,
        messages: Messages,
        **parameters: Unpack[ParseParameters],
    ) -> ParsedChatCompletionResponse[T]:
        """Ask for an answer as a dataclass (`mistralai`: same name).

        Each message has it as `parsed`; None where the message has no content, or
        calls tools.

        >>> from dataclasses import dataclass
        >>> from mistral_proto import Mistral
        >>> from mistral_proto.testing import MockServer
        >>> @dataclass
        ... class Book:
        ...     title: str
        ...     year: int
        >>> reply = '{"title": "Emma", "year": 1815}'
        >>> with MockServer([reply]) as server:
        ...     with Mistral(api_key="k", server_url=server.url) as mistral:
        ...         res = mistral.chat.parse(
        ...             Book, model="m", messages=[{"role": "user", "content": "A book?"}]
        ...         )
        >>> res.choices[0].message.parsed
        Book(title='Emma', year=1815)
        """
        from ..structured.parsed import response_format_from_type

        asked_for = response_format_from_type(response_format)
        answer = self.complete(
            model=model, messages=messages, response_format=asked_for, **parameters
        )
        return _parsed(answer, response_format, self._sender)

    async def parse_async(
        self,
        response_format: type[T],
        *,
        model: str,
        messages: Messages,
        **parameters: Unpack[ParseParameters],
    ) -> ParsedChatCompletionResponse[T]:
        """The same for asyncio (`mistralai`: same name)."""
        from ..structured.parsed import response_format_from_type

        asked_for = response_format_from_type(response_format)
        answer = await self.complete_async(
            model=model, messages=messages, response_format=asked_for, **parameters
        )
        return _parsed(answer, response_format, self._sender)

    def parse_stream(
        self,
        response_format: type[T],
        *,
        model: str,
        messages: Messages,
        **parameters: Unpack[ParseParameters],
    ) -> ParsedEventStream[T]:
        """Stream such an answer: its events as they come, and the whole, parsed, at its end.

        The SDK's method of this name gives the events alone.

        >>> from dataclasses import dataclass
        >>> from mistral_proto import Mistral
        >>> from mistral_proto.testing import MockServer
        >>> @dataclass
        ... class Book:
        ...     title: str
        >>> with MockServer(['{"title": "Emma"}']) as server:
        ...     with Mistral(api_key="k", server_url=server.url) as mistral:
        ...         with mistral.chat.parse_stream(
        ...             Book, model="m", messages=[{"role": "user", "content": "A book?"}]
        ...         ) as events:
        ...             print("|".join(events.text()))
        ...             events.until_done().choices[0].message.parsed
        {"title":| "Emma"}
        Book(title='Emma')
        """
        from ..structured.parsed import response_format_from_type

        asked_for = response_format_from_type(response_format)
        events = self.stream(
            model=model, messages=messages, response_format=asked_for, **parameters
        )
        return ParsedEventStream(events, response_format, self._sender)

    def parse_stream_async(
        self,
        response_format: type[T],
        *,
        model: str,
        messages: Messages,
        **parameters: Unpack[ParseParameters],
    ) -> ParsedEventStreamAsync[T]:
        """The same for asyncio (`mistralai`: same name): await it, enter it, or iterate."""
        from ..structured.parsed import response_format_from_type

        asked_for = response_format_from_type(response_format)
        events = self.stream_async(
            model=model, messages=messages, response_format=asked_for, **parameters
        )
        return ParsedEventStreamAsync(events, response_format, self._sender)


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
        return _parsed(self.stream.until_done(), self._response_format, self._sender)


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
        return _parsed(await self.stream.until_done(), self._response_format, self._sender)


def _parsed(
    response: ChatCompletionResponse, response_format: type[T], sender: Sender
) -> ParsedChatCompletionResponse[T]:
    """The response, parsed; the exception where it can't be does not hold the key."""
    from ..structured.parsed import parsed_response

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
