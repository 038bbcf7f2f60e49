"""The completion events in the bytes of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import json_text
from ..errors import EventTooLargeError, ValidationError
from ..protocol.accumulator import StreamAccumulator
from ..protocol.response import CompletionEvent
from ..sse import EventStreamParser
from .answer import reports_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..errors import IncompleteStreamError
    from ..sse import Fields
    from .answer import Answer

__all__ = ["EventReader"]

_DONE = "[DONE]"


class EventReader:
    """Bytes in, completion events out, and what they make up; no I/O."""

    answer: Answer
    gathered: StreamAccumulator
    done: bool
    """Whether the server said that the stream is over."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.gathered = StreamAccumulator(answer.n)
        self.done = False
        self._parser = EventStreamParser()

    @property
    def begun(self) -> bool:
        """Whether there was an event."""
        return self.gathered.begun

    def size_with(self, block: bytes) -> int:
        """How many bytes of an event there are, with those of the next piece."""
        return self._parser.held + len(block)

    def feed(self, block: bytes) -> Iterator[CompletionEvent]:
        """The events that the next piece completes, up to the end of the stream.

        Raises:
            IncompleteStreamError: one is larger than the parser's bound.
            StreamError: one reports an error.
            ResponseValidationError: one is not a completion event.
        """
        for kind, data, _, _ in self._parse(block):
            if data == _DONE:
                self.done = True
                return
            if data:
                event = self._decode(kind, data)
                self.gathered.add(event.data)
                yield event

    def _parse(self, block: bytes) -> list[Fields]:
        try:
            return self._parser.fields(block)
        except EventTooLargeError as error:
            failure = f"was given up: {error}"
        raise self.incomplete(failure)

    def end(self) -> IncompleteStreamError | None:
        """What is wrong with it that nothing more comes, or is wanted."""
        if not self.done:
            self._parse(b"")  # which tells what is wrong behind the last event
        if self.done or self.gathered.finished:
            return None
        return self.incomplete(f"ended without {_DONE} or a finish reason")

    def incomplete(self, how: str) -> IncompleteStreamError:
        """The exception for a stream that broke off."""
        return self.answer.incomplete(how, self.gathered.response())

    def _decode(self, kind: str, data: str) -> CompletionEvent:
        """The event, typed; raises what is wrong with it, or the error that it reports."""
        try:
            if kind != "error":
                document = json_text.loads(data)
                if not reports_error(document):
                    return CompletionEvent.from_dict({"data": document})
        except ValidationError as error:
            cause = error
        else:
            raise self.answer.stream_error(data, self.gathered.response())
        # Outside the handler, so that a redacted cause is all that the context holds.
        self.answer.refuse("an event is not a completion event", data, cause)
