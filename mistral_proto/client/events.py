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
from .api_errors import inner_status, reports_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..errors import StreamError
    from ..json_text import JSONValue
    from ..sse import ServerSentEvent
    from .answer import Answer

EVENT_STREAM = "text/event-stream"
_DONE = "[DONE]"
_BLANK = b"\xef\xbb\xbf \t\r\n"
_MAX_BLANK = 1024
_FIELDS = (b"data", b"event", b"error", b"id", b"retry")


def completion(answer: Answer, body: bytes) -> ChatCompletionResponse:
    """Return the completion in a complete body, which may also be an event stream.

    Raises:
        SDKError: the body reports an error (HTTPValidationError for a 422).
        ResponseValidationError: the body is neither a completion nor an error.
        StreamError: the body is a stream that reports an error or is not complete.
    """
    if _is_stream(body, ""):
        reader = EventReader(answer)
        _ = [*reader.feed(body), *reader.end()]
        return reader.complete_response("had no events")
    try:
        return ChatCompletionResponse.from_dict(_document(answer, body))
    except ValidationError as error:
        cause = error
    # Outside the handler, so that the context holds no more than the redacted cause.
    answer.refuse("the answer is not a chat completion", body, cause)


class _Parser(EventStreamParser):
    """The standard's parser, which also reads errors that servers write outside of events."""

    def _ignore(self, line: bytes) -> None:
        if line.startswith((b"error:", b'{"error"')):
            self._event = "error"
            self._data.append(line.removeprefix(b"error:"))


class EventReader:
    """Reads bytes into completion events and accumulates them; no I/O.

    A whole completion, although a stream was asked for, is a stream of one event.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.done = False  # the server ended the stream
        self.begun = False  # there was an event
        self.unread = 0  # bytes of an event that is not complete
        self._accumulator = StreamAccumulator(answer.n)
        self._saw_reason = False
        self._size = 0
        self._parser = _Parser()
        self._start: bytes | None = b""
        self._body: bytearray | None = None

    @property
    def snapshot(self) -> ChatCompletionResponse | None:
        """The events so far as one response; None before the first event."""
        return self._accumulator.response()

    def complete_response(self, otherwise: str) -> ChatCompletionResponse:
        """Return the complete response; `otherwise` is the reason in the error if it is not."""
        snapshot = self.snapshot
        if snapshot is None or not (self.done or self._finished):
            raise self.incomplete(otherwise)
        return snapshot

    @property
    def _finished(self) -> bool:
        return self._saw_reason or self._accumulator.finished

    def feed(self, block: bytes) -> Iterator[CompletionEvent]:
        """Return the events that the next bytes complete, up to the end of the stream.

        Raises:
            IncompleteStreamError: there is more than the parser, or `max_gathered`, allows.
            StreamError: an event reports an error.
            ResponseValidationError: an event is not a completion event.
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

    def end(self) -> Iterator[CompletionEvent]:
        """Return the last event at the end of the body, or of the stream.

        Raises, in addition to what `feed` raises:
            IncompleteStreamError: the stream is not complete.
        """
        if self._body is not None:
            yield self._decode_whole(bytes(self._body))
            self.done = True
        if not self.done:
            # Some servers send no blank line after the last event.
            yield from self._read(self._parse(b"\n\n"), may_be_cut=True)
        if not (self.done or self._finished):
            raise self.incomplete(f"ended without {_DONE} or a finish reason")

    def incomplete(self, how: str) -> StreamError:
        """Return the exception for a stream that is not complete."""
        return self.answer.incomplete(how, self.snapshot)

    def _parse(self, block: bytes) -> list[ServerSentEvent]:
        try:
            return self._parser.feed(block)
        except EventTooLargeError as error:
            failure = f"was given up: {error}"
        raise self.incomplete(failure)

    def _read(
        self, events: list[ServerSentEvent], may_be_cut: bool = False
    ) -> Iterator[CompletionEvent]:
        for event in events:
            self.unread = 0
            for data in _documents(event.event, event.data.strip()):
                if data == _DONE:
                    self.done = True
                    return
                decoded = self._decode(event.event, data, may_be_cut)
                if decoded is not None:
                    yield decoded

    def _decode(self, kind: str, data: str, may_be_cut: bool) -> CompletionEvent | None:
        """Return the completion event in an event of the stream; None if it is to be ignored."""
        document: JSONValue = data
        cause: ValidationError | None = None
        try:
            document = json_text.loads(data)
            if kind == "message" and document and not reports_error(document):
                return self._add(document)
        except ValidationError as error:
            cause = error
        if kind not in ("message", "error"):
            # A keep-alive, or the completion of a gateway that names its events.
            fields = document if isinstance(document, dict) else {}
            if not (fields.get("choices") or fields.get("error")):
                return None
            return self._decode("message", data, may_be_cut)
        if bool(document) if kind == "error" else reports_error(document):
            raise self.answer.stream_error(data, document, self.snapshot)
        if cause is None or may_be_cut:
            return None
        self.answer.refuse("an event is not a completion event", data, cause)

    def _decode_whole(self, body: bytes) -> CompletionEvent:
        try:
            document = _document(self.answer, body)
            return self._add({**document, "object": "chat.completion.chunk"}, is_whole=True)
        except ValidationError as error:
            cause = error
        self.answer.refuse("the answer is not an event stream", body, cause)

    def _add(self, document: JSONValue, is_whole: bool = False) -> CompletionEvent:
        choices = document.get("choices") if isinstance(document, dict) else None
        for choice in choices if isinstance(choices, list) else ():
            # Some servers send a message in place of a delta.
            if isinstance(choice, dict) and (is_whole or choice.get("delta") is None):
                if choice.get("message") is not None:
                    choice["delta"] = choice.pop("message")
        event = CompletionEvent.from_dict({"data": document})
        self.begun = True
        if self.answer.max_gathered:
            self._accumulator.add(event.data)
        else:
            reasons = [choice.finish_reason for choice in event.data.choices]
            self._saw_reason = self._saw_reason or any(reasons)
        return event


def _is_stream(body: bytes, content_type: str) -> bool:
    """Return whether the first bytes are those of an event stream (WHATWG HTML, 9.2.5)."""
    start = body.lstrip(_BLANK)
    if content_type.partition(";")[0].strip().lower() == EVENT_STREAM:
        return start[:1] not in b"{["
    # A line begins with a colon or a field's name, which may be cut here.
    name = re.split(b"[:\r\n]", start, maxsplit=1)[0]
    return bool(start) and any(field.startswith(name) for field in _FIELDS)


def _documents(kind: str, data: str) -> list[str]:
    """Return the data of an event, or its lines if the events have no blank lines between them."""
    if "\n" in data and kind == "message":
        try:
            json_text.loads(data)
        except ValidationError:
            return [*filter(None, map(str.strip, data.split("\n")))]
    return [data] if data else []


def _document(answer: Answer, body: bytes) -> dict[str, JSONValue]:
    """Return the document in a body; raise the error that it reports, or is."""
    # Some gateways end a whole answer as if it were a stream.
    body = body.rstrip(_BLANK).removesuffix(b"data: [DONE]")
    document = json_text.loads(body)
    if reports_error(document):
        raise answer.error(body, inner_status(document))
    if not isinstance(document, dict) or document.get("choices") is None:
        fail_at("choices", "choices or an error", "neither", "missing")
    return document
