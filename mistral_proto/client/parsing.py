"""`chat.parse` and its kin: answers as a dataclass of the caller's.

What makes schemas of types, and reads them, is loaded by the first call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..structured.parsed import ParsedChatCompletionResponse
    from .parameters import Calls, Messages, ParseParameters
    from .parsed_streams import ParsedEventStream, ParsedEventStreamAsync
else:
    Calls = object  # nothing of it is there at run time

T = TypeVar("T")

__all__ = ["Parsing"]


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
        from .parsed_streams import parsed

        asked_for = response_format_from_type(response_format)
        answer = self.complete(
            model=model, messages=messages, response_format=asked_for, **parameters
        )
        return parsed(answer, response_format, self._sender)

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
        from .parsed_streams import parsed

        asked_for = response_format_from_type(response_format)
        answer = await self.complete_async(
            model=model, messages=messages, response_format=asked_for, **parameters
        )
        return parsed(answer, response_format, self._sender)

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
        from .parsed_streams import ParsedEventStream

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
        from .parsed_streams import ParsedEventStreamAsync

        asked_for = response_format_from_type(response_format)
        events = self.stream_async(
            model=model, messages=messages, response_format=asked_for, **parameters
        )
        return ParsedEventStreamAsync(events, response_format, self._sender)
