"""A stream of completion events, from an answer whose body is still to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import MistralError
from ..protocol.response import ChatCompletionResponse, CompletionEvent
from ..transport.exchange import HTTPResponse
from ..transport.failures import reason
from .events import EventReader
from .operations import network_failures, untraced

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from typing import NoReturn

    from typing_extensions import Self

    from .answer import Answer
    from .call import Call
    from .sender import Sender

__all__ = ["EventStream"]


class EventStream:
    """The events of one streamed answer: a context manager and an iterator.

    Each event comes out as it arrives.  The connection is closed at an error,
    when the ``with`` block is left, and when the stream is dropped; at the end of
    the stream it goes back to the client.  A stream that breaks off before its
    first event is asked for again, as the call's retries allow.

    Iterating raises:
        IncompleteStreamError: the stream broke off, or ended without
            ``[DONE]`` or a finish reason; what had come is in its `partial`.
        StreamError: the server reported an error inside the stream.
        ResponseValidationError: an event is not a completion event.

    >>> from mistral_proto import Mistral
    >>> from mistral_proto.testing import MockServer
    >>> with MockServer() as server, Mistral(api_key="k", server_url=server.url) as mistral:
    ...     with mistral.chat.stream(
    ...         model="mistral-small-latest", messages=[{"role": "user", "content": "Hi"}]
    ...     ) as events:
    ...         print("".join(event.data.choices[0].delta.text for event in events))
    You said: Hi
    """

    def __init__(self, sender: Sender, call: Call, answer: Answer) -> None:
        self._current = Current(answer)
        # The generator holds no reference to this object, which is so freed, and
        # closes the connection, as soon as its user drops it.
        self._events = _events(sender, call, self._current)

    @property
    def status_code(self) -> int:
        """The HTTP status of the answer."""
        return self._current.reader.answer.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer, with lower-case names."""
        return self._current.reader.answer.headers

    def __iter__(self) -> Iterator[CompletionEvent]:
        # What `__next__` does, as a generator, which costs a third of it.
        current = self._current
        if current.closed:
            return
        try:
            for event in self._events:
                yield event
                if current.closed:
                    return
        except MistralError as error:
            raise untraced(error)

    def __next__(self) -> CompletionEvent:
        if self._current.closed:
            raise StopIteration
        try:
            return next(self._events)
        except MistralError as error:
            raise untraced(error)

    def __reduce__(self) -> NoReturn:
        raise TypeError("an open stream can't be pickled; what it has gathered can")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_current"):  # or it was interrupted before it was made
            self.close()

    def close(self) -> None:
        """Close the connection; the stream then has no more events.

        Another thread that waits for an event gets none.
        """
        self._current.closed = True
        if not self._current.released:
            self._current.reader.answer.response.close()

    @property
    def gathered(self) -> ChatCompletionResponse | None:
        """What has come so far, as one response; None before the first event."""
        return self._current.reader.gathered.response()

    def text(self) -> Iterator[str]:
        """The text of the first choice, piece by piece as it arrives, without the thinking.

        >>> from mistral_proto import Mistral
        >>> from mistral_proto.testing import MockServer
        >>> with MockServer() as server, Mistral(api_key="k", server_url=server.url) as mistral:
        ...     with mistral.chat.stream(
        ...         model="m", messages=[{"role": "user", "content": "Hi"}]
        ...     ) as events:
        ...         print("|".join(events.text()))
        You| said:| Hi
        """
        for event in self:
            yield from texts(event, self._current.reader.answer.n)

    def until_done(self) -> ChatCompletionResponse:
        """Read the rest, and return all of the stream as one response.

        Raises, beside what iterating raises:
            IncompleteStreamError: the stream was closed before its end, or had no event.

        >>> from mistral_proto import Mistral
        >>> from mistral_proto.testing import MockServer
        >>> with MockServer() as server, Mistral(api_key="k", server_url=server.url) as mistral:
        ...     with mistral.chat.stream(
        ...         model="m", messages=[{"role": "user", "content": "Hi"}]
        ...     ) as events:
        ...         events.until_done().choices[0].message.content
        'You said: Hi'
        """
        for _ in self:
            pass
        return self._current.whole()


class Current:
    """The answer that a stream is at: another one after it was asked for again."""

    def __init__(self, answer: Answer) -> None:
        self.reader = EventReader(answer)
        self.closed = False
        self.released = False

    def whole(self) -> ChatCompletionResponse:
        """All of a stream that has come to its end."""
        gathered = self.reader.gathered.response()
        if gathered is None or not (self.reader.done or self.reader.gathered.finished):
            raise self.reader.incomplete("was closed" if self.closed else "had no events")
        return gathered


def texts(event: CompletionEvent, n: int) -> list[str]:
    """The pieces of text that an event brings to the first of `n` choices."""
    choices = event.data.choices
    is_one = n == 1 and len(choices) == 1  # whatever its index
    return [one.delta.text for one in choices if (is_one or one.index == 0) and one.delta.text]


def _events(sender: Sender, call: Call, current: Current) -> Generator[CompletionEvent, None, None]:
    transport = sender.transport()
    while True:
        reader = current.reader
        response = reader.answer.response
        assert isinstance(response, HTTPResponse)
        try:
            try:
                for block in response.body:
                    yield from reader.feed(block)
                    if reader.done:
                        break
                    call.check_deadline()
                failure = reader.end()
            except network_failures(transport) as error:
                failure = reader.incomplete(f"broke off: {reason(error, reader.answer.redact)}")
        except BaseException:
            response.close()
            raise
        if failure is None:
            current.released = True
            (response.release or response.close)()
            return
        response.close()
        if current.closed:
            return
        if reader.begun:
            raise failure
        sender.run(call.again(failure))
        if current.closed:
            return
        current.reader = EventReader(sender.run(call.open_stream()))
        if current.closed:  # by another thread, which closed the one before
            current.reader.answer.response.close()
            return
