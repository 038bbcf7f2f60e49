"""Server-sent events: bytes in, events out.

An incremental parser of the event-stream format, as the WHATWG HTML standard
lays it down in section 9.2 (9.2.5 "Parsing an event stream" and 9.2.6
"Interpreting an event stream").  It does no I/O: whoever reads the bytes feeds
them in, in pieces of any size, and gets each event back with the blank line that
ends it.

The cost is linear in the bytes seen, however they are split: each piece is
scanned once, and an unfinished line is held, unseen, until its end has come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import EventTooLargeError

if TYPE_CHECKING:
    Fields = tuple[str, str, str, int | None]

__all__ = ["EventStreamParser", "ServerSentEvent"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# int() takes quadratic time on long digit strings, and refuses very long ones.
_MAX_RETRY_DIGITS = 18


@dataclass(frozen=True)
class ServerSentEvent:
    r"""One event of an event stream, as it was dispatched.

    `event` is the event's type, ``"message"`` by default.  `data` is its data:
    the values of the ``data`` lines, joined with LF.  `id` is the last event ID
    at the dispatch, which may stem from an earlier event; the default is the
    empty string.  `retry` is the reconnection time in milliseconds where a
    valid ``retry`` line stood among the event's own lines, and None otherwise.

    The source is the WHATWG HTML standard, section 9.2.6.

    >>> from mistral_proto.sse import EventStreamParser
    >>> EventStreamParser().feed(b"event: add\ndata: 73\ndata: 86\nid: 7\n\n")
    [ServerSentEvent(event='add', data='73\n86', id='7', retry=None)]
    """

    event: str = "message"
    data: str = ""
    id: str = ""
    retry: int | None = None


class EventStreamParser:
    r"""The state of one event stream: feed it bytes, and it returns events.

    `max_event_size` bounds what one event may hold the parser to, in bytes;
    the default is 16 MiB.  All the lines since the last blank line count,
    comments and an unfinished line too.  A line end counts as one byte, even
    if it is a CRLF; the blank line itself and a byte order mark do not count.

    A stream that breaks off in the middle of an event needs no closing: the
    standard drops such an event.  `pending` tells whether there was one.

    The source is the WHATWG HTML standard, sections 9.2.5 and 9.2.6.

    >>> from mistral_proto.sse import EventStreamParser
    >>> parser = EventStreamParser()
    >>> parser.feed(b"data: Hel")
    []
    >>> parser.feed(b"lo\n\ndata: wor")
    [ServerSentEvent(event='message', data='Hello', id='', retry=None)]
    >>> parser.pending
    True
    """

    def __init__(self, max_event_size: int = 16 * 1024 * 1024) -> None:
        self._max_event_size = max_event_size
        self._failed = False
        # The stream's first bytes, while they may still be a byte order mark.
        self._start: bytes | None = b""
        # A CR ended the last line at once, so an LF that comes next is part of it.
        self._after_cr = False
        # The unfinished line.  A bytearray grows in amortised constant time a
        # byte; a list of the pieces would cost many bytes for each one.
        self._line = bytearray()
        # The finished lines of the block: their size, and the standard's buffers.
        self._size = 0
        self._event = ""
        self._data: list[bytes] = []
        self._retry: int | None = None
        self._id = ""
        self._last_event_id = ""
        self._reconnection_time: int | None = None

    @property
    def last_event_id(self) -> str:
        r"""The last event ID, as of the last blank line; at first the empty string.

        It is what a client sends as ``Last-Event-ID`` when it reconnects.  It
        never runs ahead of what `feed` has returned.

        >>> from mistral_proto.sse import EventStreamParser
        >>> parser = EventStreamParser()
        >>> parser.feed(b"id: 7\n\nid: 8\n")
        []
        >>> parser.last_event_id
        '7'
        """
        return self._last_event_id

    @property
    def reconnection_time(self) -> int | None:
        r"""The last valid ``retry`` value, in milliseconds; None if there was none.

        Unlike an event ID it holds at once, without waiting for a blank line.
        A value of more than 18 digits is ignored, as an invalid one is.

        >>> from mistral_proto.sse import EventStreamParser
        >>> parser = EventStreamParser()
        >>> parser.feed(b"retry: 3000\nretry: soon\n")
        []
        >>> parser.reconnection_time
        3000
        """
        return self._reconnection_time

    @property
    def pending(self) -> bool:
        r"""Whether a block of lines has begun that no blank line has ended yet.

        It is True from the first byte of a block on, whatever that block holds:
        an unfinished line, a comment, or a field that is not ``data``.  It is
        False before the first byte, and after the CR or LF of a blank line.  A
        byte order mark, once whole, begins no block.  After `EventTooLargeError`
        it stays True.

        >>> from mistral_proto.sse import EventStreamParser
        >>> parser = EventStreamParser()
        >>> parser.feed(b"data: [DONE]\n")
        []
        >>> parser.pending
        True
        >>> parser.feed(b"\n")
        [ServerSentEvent(event='message', data='[DONE]', id='', retry=None)]
        >>> parser.pending
        False
        """
        return bool(self._size or self._line or self._start or self._failed)

    @property
    def held(self) -> int:
        r"""How many bytes have come of a block of lines that no blank line has ended yet.

        >>> from mistral_proto.sse import EventStreamParser
        >>> parser = EventStreamParser()
        >>> parser.feed(b"data: Hel")
        []
        >>> parser.held
        9
        """
        return self._size + len(self._line)

    def feed(self, data: bytes | bytearray | memoryview) -> list[ServerSentEvent]:
        r"""Take the stream's next bytes, and return the events that they complete.

        Raises `EventTooLargeError` if an event is larger than the bound.  Events
        before it in the same piece are returned first; then the next call
        raises, and every later one.

        >>> from mistral_proto.sse import EventStreamParser
        >>> EventStreamParser(max_event_size=10).feed(b"data: Hello\n\n")
        Traceback (most recent call last):
            ...
        mistral_proto.errors.EventTooLargeError: an event is larger than max_event_size (10 bytes)
        """
        return [ServerSentEvent(*fields) for fields in self.fields(data)]

    def fields(self, data: bytes | bytearray | memoryview) -> list[Fields]:
        r"""What `feed` returns, each event as the tuple of its four fields.

        For who reads many events and needs but one of the fields.

        >>> from mistral_proto.sse import EventStreamParser
        >>> EventStreamParser().fields(b"data: Hello\n\n")
        [('message', 'Hello', '', None)]
        """
        if self._failed:
            raise self._too_large
        if not isinstance(data, bytes):
            data = bytes(memoryview(data))
        if self._start is not None:
            data = self._after_byte_order_mark(self._start + data)
        events: list[Fields] = []
        if b"\r" not in data and not self._after_cr:
            # Behind the block that has begun, if one has, there may be whole ones.
            end = data.find(b"\n\n") if self.pending else -2
            if end != -1:
                self._take(data[: end + 2], events)
                data = data[end + 2 :]
            if not self.pending:
                data = self._take_plain(data, events)
        if not self._failed:
            self._take(data, events)
        if self._failed and not events:
            raise self._too_large
        return events

    def _take_plain(self, data: bytes, events: list[Fields]) -> bytes:
        """Take events of one line of data each, the fast way, and return the rest.

        What it takes it treats as `_take` would.
        """
        end = data.rfind(b"\n\n")
        if not 0 <= end < self._max_event_size:
            return data
        # No ASCII byte is ever part of what is replaced, so that it can be all at once.
        lines = data[:end].decode("utf-8", "replace").split("\n")
        id = self._id
        plain = [
            ("message", line[6:], id, None) for line in lines[::2] if line.startswith("data: ")
        ]
        if any(lines[1::2]) or 2 * len(plain) <= len(lines):
            return data
        events += plain
        return data[end + 2 :]

    def _take(self, data: bytes, events: list[Fields]) -> None:
        if not data:
            return
        # Not str.splitlines, which knows many more line ends than the standard.
        lines = data.splitlines()
        if self._after_cr and data.startswith(b"\n"):
            del lines[0]
        self._after_cr = data.endswith(b"\r")
        rest = b"" if data.endswith((b"\n", b"\r")) else lines.pop()
        if lines and self._line:
            self._line += lines[0]
            lines[0] = bytes(self._line)
            self._line.clear()

        values = self._data
        size = self._size
        limit = self._max_event_size
        last_event_id = self._last_event_id
        for line in lines:
            if line:
                size += len(line) + 1
                if size > limit:
                    break
                self._interpret(line)
                continue
            size = 0
            last_event_id = self._id
            # One empty value makes a data buffer of one LF, which is not empty.
            if values:
                text = b"\n".join(values).decode("utf-8", "replace")
                events.append((self._event or "message", text, last_event_id, self._retry))
                values.clear()
            self._event = ""
            self._retry = None
        else:
            self._size = size
            self._line += rest
            size += len(self._line)
        self._last_event_id = last_event_id
        if size > limit:
            self._failed = True
            self._line.clear()
            self._data.clear()

    def _after_byte_order_mark(self, start: bytes) -> bytes:
        """What `start` has for the parser; nothing while it may yet become a mark."""
        if len(start) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(start):
            self._start = start
            return b""
        self._start = None
        return start.removeprefix(_BYTE_ORDER_MARK)

    def _interpret(self, line: bytes) -> None:
        """Process one line that is not blank: a field or a comment."""
        # In UTF-8 an ASCII byte is never part of another character, so the line
        # can be taken apart undecoded.  The name of a comment is empty.
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id":
            if b"\0" not in value:
                self._id = value.decode("utf-8", "replace")
        elif name == b"retry":
            # Unlike str.isdigit, bytes.isdigit knows only the ASCII digits.
            if len(value) <= _MAX_RETRY_DIGITS and value.isdigit():
                self._retry = self._reconnection_time = int(value)

    @property
    def _too_large(self) -> EventTooLargeError:
        return EventTooLargeError(
            f"an event is larger than max_event_size ({self._max_event_size} bytes)"
        )
