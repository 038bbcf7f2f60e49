"""The completion events in the bytes of an answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .. import json_text
from ..checks import fail_at
from ..errors import EventTooLargeError, ValidationError
from ..protocol.accumulator import StreamAccumulator
from ..protocol.response import ChatCompletionResponse, CompletionEvent
from ..sse import EventStreamParser
from .api_errors import reports_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..errors import StreamError
    from ..json_text import JSONValue
    from ..sse import ServerSentEvent
    from .answer import Answer

__all__ = ["EventReader", "completion"]

EVENT_STREAM = "text/event-stream"
_DONE = "[DONE]"


def completion(answer: Answer, body: bytes) -> ChatCompletionResponse:
    """Return the completion in a whole body; an event stream is gathered.

    Raises:
        SDKError: it reports an error, or HTTPValidationError if that is a 422.
        ResponseValidationError: it is neither.
        StreamError: it is a stream that reports an error, or is not whole.
    """
    if _is_stream(body, ""):
        reader = EventReader(answer)
        _ = [*reader.feed(body), *reader.end()]
        return reader.whole("had no events")
    try:
        return ChatCompletionResponse.from_dict(_document(answer, body))
    except ValidationError as error:
        cause = error
    # Outside the handler, so that a redacted cause is all that the context holds.
    answer.refuse("the answer is not a chat completion", body, cause)


class _Parser(EventStreamParser):
    """The standard's parser, which also reads the errors that servers write beside events."""

    def _ignore(self, line: bytes) -> None:
        if line.startswith((b"error:", b'{"error"')):
            self._event = "error"
            self._data.append(line.removeprefix(b"error:"))


class EventReader:
    """Bytes in, completion events out, and what they make up; no I/O.

    An answer that is one document, although a stream was asked for, is a stream of one
    event.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.done = False
        """Whether the server said that the stream is over."""
        self.begun = False
        """Whether there was an event."""
        self.unread = 0
        """The bytes of an event that has not come to its end."""
        self._gathered = StreamAccumulator(answer.n)
        self._saw_reason = False
        self._size = 0
        self._parser = _Parser()
        self._start: bytes | None = b""
        self._body: bytearray | None = None

    @property
    def gathered(self) -> ChatCompletionResponse | None:
        """What has come so far, as one response; None before the first event."""
        return self._gathered.response()

    @property
    def finished(self) -> bool:
        """Whether there was a finish reason, of every choice that is gathered."""
        return self._saw_reason or self._gathered.finished

    def whole(self, otherwise: str) -> ChatCompletionResponse:
        """Return all of a stream; raises that it had no events, or was closed, otherwise."""
        gathered = self.gathered
        if gathered is None or not (self.done or self.finished):
            raise self.incomplete(otherwise)
        return gathered

    def feed(self, block: bytes) -> Iterator[CompletionEvent]:
        """Return the events that the next piece completes, up to the end of the stream.

        Raises:
            IncompleteStreamError: there is more than a parser, or `max_gathered`, takes.
            StreamError: one reports an error.
            ResponseValidationError: one is not a completion event.
        """
        self._size += len(block)
        self.unread += len(block)
        limit = self.answer.max_gathered
        if limit and self._size > limit:
            raise self.incomplete(f"is larger than max_gathered ({limit} bytes)")
        if self._start is not None:
            block = self._start + block
            is_blank = not block.strip(_BLANK)
            if is_blank and len(block) < _MAX_BLANK:
                self._start = block
                return
            self._start = None
            content_type = self.answer.headers.get("content-type", "")
            if not (is_blank or _is_stream(block, content_type)):
                self._body = bytearray()
        if self._body is not None:
            self._body += block
            return
        yield from self._read(self._parse(block))

    def _parse(self, block: bytes) -> list[ServerSentEvent]:
        try:
            return self._parser.feed(block)
        except EventTooLargeError as error:
            failure = f"was given up: {error}"
        raise self.incomplete(failure)

    def end(self) -> Iterator[CompletionEvent]:
        """Return the last event, as nothing more comes or is wanted.

        Raises, beside what `feed` raises:
            IncompleteStreamError: that is too early.
        """
        if self._body is not None:
            yield self._decode_whole(bytes(self._body))
            self.done = True
        if not self.done:
            # The last event of some servers lacks its blank line.
            yield from self._read(self._parse(b"\n\n"), may_be_cut=True)
        if not (self.done or self.finished):
            raise self.incomplete(f"ended without {_DONE} or a finish reason")

    def incomplete(self, how: str) -> StreamError:
        """Return the exception for a stream that broke off."""
        return self.answer.incomplete(how, self.gathered)

    def _read(
        self, events: list[ServerSentEvent], may_be_cut: bool = False
    ) -> Iterator[CompletionEvent]:
        """Return the completion events among those of the parser, up to the end of the stream."""
        for event in events:
            self.unread = 0
            for data in _documents(event.event, event.data.strip()):
                if data == _DONE:
                    self.done = True
                    return
                taken = self._decode(event.event, data, may_be_cut)
                if taken is not None:
                    yield taken

    def _decode(self, kind: str, data: str, may_be_cut: bool) -> CompletionEvent | None:
        """Return the completion event that an event is; None where it says nothing to us."""
        document: JSONValue = data
        cause: ValidationError | None = None
        try:
            document = json_text.loads(data)
            if kind == "message" and document and not reports_error(document):
                return self._take(document)
        except ValidationError as error:
            cause = error
        if kind not in ("message", "error"):
            # A sign of life, or the completion of a gateway that names its events.
            told = document if isinstance(document, dict) else {}
            if not (told.get("choices") or told.get("error")):
                return None
            return self._decode("message", data, may_be_cut)
        if bool(document) if kind == "error" else reports_error(document):
            raise self.answer.stream_error(data, document, self.gathered)
        if cause is None or may_be_cut:
            return None
        self.answer.refuse("an event is not a completion event", data, cause)

    def _decode_whole(self, body: bytes) -> CompletionEvent:
        """Return a completion that came in one piece as an event."""
        try:
            document = _document(self.answer, body)
            return self._take({**document, "object": "chat.completion.chunk"}, is_whole=True)
        except ValidationError as error:
            cause = error
        self.answer.refuse("the answer is not an event stream", body, cause)

    def _take(self, document: JSONValue, is_whole: bool = False) -> CompletionEvent:
        choices = document.get("choices") if isinstance(document, dict) else None
        for choice in choices if isinstance(choices, list) else ():
            # Some servers have a message in place of a piece.
            if isinstance(choice, dict) and (is_whole or choice.get("delta") is None):
                if choice.get("message") is not None:
                    choice["delta"] = choice.pop("message")
        event = CompletionEvent.from_dict({"data": document})
        self.begun = True
        if self.answer.max_gathered:
            self._gathered.add(event.data)
        else:
            reasons = [choice.finish_reason for choice in event.data.choices]
            self._saw_reason = self._saw_reason or any(reasons)
        return event


_BLANK = b"\xef\xbb\xbf \t\r\n"
_FIELDS = (b"data", b"event", b"error", b"id", b"retry")
_MAX_BLANK = 1024


def _is_stream(body: bytes, content_type: str) -> bool:
    """Return whether a body is an event stream, told by its first bytes (WHATWG HTML, 9.2.5)."""
    start = body.lstrip(_BLANK)
    if content_type.partition(";")[0].strip().lower() == EVENT_STREAM:
        return start[:1] not in b"{["
    # A line begins with a colon or a field's name, of which perhaps not all has come.
    name = re.split(b"[:\r\n]", start, maxsplit=1)[0]
    return bool(start) and any(field.startswith(name) for field in _FIELDS)


def _documents(kind: str, data: str) -> list[str]:
    """Return the data of an event, or the lines of it where events came without blank lines."""
    if "\n" in data and kind == "message":
        try:
            json_text.loads(data)
        except ValidationError:
            return [*filter(None, map(str.strip, data.split("\n")))]
    return [data] if data else []


def _document(answer: Answer, body: bytes) -> dict[str, JSONValue]:
    """Return the document that a body is; raises the error that it reports, or is."""
    # Some gateways end a whole answer as if it were a stream.
    body = body.rstrip(_BLANK).removesuffix(b"data: [DONE]")
    document = json_text.loads(body)
    if reports_error(document):
        answer.report(body, document)
    if not isinstance(document, dict) or document.get("choices") is None:
        fail_at("choices", "choices or an error", "neither", "missing")
    return document
