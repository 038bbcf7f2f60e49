"""A stream of completion events, from the bytes of an open response."""

from __future__ import annotations

from .. import json_text
from ..errors import EventTooLargeError, ValidationError
from ..protocol.accumulator import StreamAccumulator
from ..protocol.response import ChatCompletionResponse, CompletionEvent
from ..sse import EventStreamParser, ServerSentEvent
from ..transport import READ_ERRORS, reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from typing_extensions import Self

    from ..json_text import JSONValue
    from .answer import Answer

__all__ = ["EventStream"]

_BLOCK = 64 * 1024
_DONE = "[DONE]"


class EventStream:
    """The events of one streamed answer: a context manager and an iterator.

    Each event comes out as it arrives.  The connection is closed at the end of
    the stream, at an error, when the ``with`` block is left, and when the stream
    is dropped.

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

    status_code: int
    headers: Mapping[str, str]

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status_code
        self.headers = answer.headers
        self._response = answer.response
        self._gathered = StreamAccumulator()
        # The generator holds no reference to this object, which is so freed, and
        # closes the connection, as soon as its user drops it.
        self._events = _events(answer, self._gathered)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> CompletionEvent:
        return next(self._events)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the stream then has no more events."""
        self._events.close()
        self._response.close()

    @property
    def gathered(self) -> ChatCompletionResponse | None:
        """What has come so far, as one response; None before the first event."""
        return self._gathered.response()


def _events(answer: Answer, gathered: StreamAccumulator) -> Generator[CompletionEvent, None, None]:
    parser = EventStreamParser()
    failure = None
    with answer.response as response:
        while failure is None:
            try:
                # One chunk at most: it returns as soon as anything is there.
                block = response.read1(_BLOCK)
                sent = parser.feed(block)
            except EventTooLargeError as error:
                failure = f"was given up: {error}"
                break
            except READ_ERRORS as error:
                failure = f"broke off: {reason(error)}"
                break
            for event in sent:
                if event.data == _DONE:
                    return
                if event.data:
                    completion = _decode(event, answer, gathered)
                    gathered.add(completion.data)
                    yield completion
            if not block:
                if gathered.finished:
                    return
                failure = f"ended without {_DONE} or a finish reason"
    raise answer.incomplete(failure, gathered.response())


def _decode(event: ServerSentEvent, answer: Answer, gathered: StreamAccumulator) -> CompletionEvent:
    """The event, typed; raises what is wrong with it, or the error that it reports."""
    try:
        if event.event != "error":
            document = json_text.loads(event.data)
            if not _reports_error(document):
                return CompletionEvent.from_dict({"data": document})
    except ValidationError as error:
        cause = error
    else:
        raise answer.stream_error(event.data, gathered.response())
    # Outside the handler, so that a redacted cause is all that the context holds.
    answer.refuse("an event is not a completion event", event.data, cause)


def _reports_error(document: JSONValue) -> bool:
    return (
        isinstance(document, dict)
        and "choices" not in document
        and ("error" in document or document.get("object") == "error")
    )
