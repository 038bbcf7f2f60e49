"""A parser of server-sent events (WHATWG HTML, 9.2.5 and 9.2.6).

It is incremental and without I/O; the cost is linear in the bytes, in blocks of any size.
"""

from __future__ import annotations

from dataclasses import dataclass

from .errors import EventTooLargeError

__all__ = ["EventStreamParser", "ServerSentEvent"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MAX_RETRY_DIGITS = 18  # int() takes quadratic time


@dataclass(frozen=True)
class ServerSentEvent:
    r"""One event of an event stream (WHATWG HTML, 9.2.6).

    `event` is its type, `data` the values of its ``data`` lines, joined with LF, and `id` the
    last event ID, perhaps of an earlier event. `retry` is the reconnection time in
    milliseconds if the event has a valid ``retry`` line.

    >>> EventStreamParser().feed(b"event: add\ndata: 73\ndata: 86\nid: 7\n\n")
    [ServerSentEvent(event='add', data='73\n86', id='7', retry=None)]
    """

    event: str = "message"
    data: str = ""
    id: str = ""
    retry: int | None = None


class EventStreamParser:
    r"""The parser of one event stream: feed it bytes, and it returns events.

    `max_event_size` bounds the bytes that the parser holds: all lines since the last blank
    line, comments and an unfinished line included. A line end counts as one byte. An event
    without its blank line at the end of the stream is dropped (WHATWG HTML, 9.2.6).

    >>> parser = EventStreamParser()
    >>> parser.feed(b"data: Hel")
    []
    >>> parser.feed(b"lo\n\ndata: wor")
    [ServerSentEvent(event='message', data='Hello', id='', retry=None)]
    >>> parser.pending
    True
    """

    last_event_id: str
    """The last event ID as of the last blank line, for the ``Last-Event-ID`` of a reconnection."""
    reconnection_time: int | None
    """The last valid ``retry`` value in milliseconds, with or without a blank line after it."""

    def __init__(self, max_event_size: int = 16 * 1024 * 1024) -> None:
        self.last_event_id = ""
        self.reconnection_time = None
        self._max_event_size = max_event_size
        self._failed = False
        self._start: bytes | None = b""  # the first bytes, as long as they may be a BOM
        self._after_cr = False  # an LF at the start of the next block ends no other line
        self._line = bytearray()  # the unfinished one
        self._size = 0  # of the finished lines since the last blank one
        self._data: list[bytes] = []
        self._event = self._id = ""
        self._retry: int | None = None

    @property
    def pending(self) -> bool:
        """True if an event has begun and its blank line has not arrived."""
        return bool(self._size or self._line or self._start or self._failed)

    def feed(self, data: bytes | bytearray | memoryview) -> list[ServerSentEvent]:
        r"""Parse the next bytes, and return the events that they complete.

        Raises:
            EventTooLargeError: an event is larger than the bound. The events before it are
                returned first; then every call raises.

        >>> EventStreamParser(max_event_size=10).feed(b"data: Hello\n\n")
        Traceback (most recent call last):
            ...
        mistral_proto.errors.EventTooLargeError: an event is larger than max_event_size (10 bytes)
        """
        events: list[ServerSentEvent] = []
        for line in [] if self._failed else self._lines(bytes(memoryview(data))):
            if line:
                self._size += len(line) + 1
                if self._size > self._max_event_size:
                    break
                self._interpret(line)
                continue
            self.last_event_id = self._id
            if self._data:
                text = b"\n".join(self._data).decode("utf-8", "replace")
                kind = self._event or "message"
                events.append(ServerSentEvent(kind, text, self._id, self._retry))
                self._data.clear()
            self._event, self._retry, self._size = "", None, 0
        if self._size + len(self._line) > self._max_event_size:
            self._failed = True
            self._line.clear()
            self._data.clear()
        if self._failed and not events:
            limit = f"max_event_size ({self._max_event_size} bytes)"
            raise EventTooLargeError(f"an event is larger than {limit}")
        return events

    def _lines(self, data: bytes) -> list[bytes]:
        """Return the lines that the next bytes complete, and keep the unfinished one."""
        if self._start is not None:
            data = self._start + data
            if len(data) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(data):
                self._start = data
                return []
            self._start = None
            data = data.removeprefix(_BYTE_ORDER_MARK)
        if not data:
            return []
        lines = data.splitlines()  # bytes are split at LF, CR and CRLF only
        if self._after_cr and data.startswith(b"\n"):
            del lines[0]
        self._after_cr = data.endswith(b"\r")
        unfinished = b"" if data.endswith((b"\n", b"\r")) else lines.pop()
        if lines and self._line:
            lines[0] = bytes(self._line) + lines[0]
            self._line.clear()
        self._line += unfinished
        return lines

    def _interpret(self, line: bytes) -> None:
        """Process a field, or a comment, whose field name is empty."""
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit() and len(value) <= _MAX_RETRY_DIGITS:
            self._retry = self.reconnection_time = int(value)
        else:
            self._ignore(line)

    def _ignore(self, line: bytes) -> None:
        """Ignore a line, as the standard requires; a subclass may read it."""
