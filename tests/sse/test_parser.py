"""The parser: the moment of an event, its input, and its bound; and the event."""

from __future__ import annotations

import dataclasses
import pickle
import random
import re
from collections.abc import Iterable
from typing import Any

import pytest

from mistral_proto import EventStreamParser, EventTooLargeError, ServerSentEvent
from tests.sse.test_grammar import E, in_bytes, in_random_pieces, random_stream


def test_an_event_comes_with_the_byte_that_ends_it() -> None:
    for pieces, counts in [
        ([b"data: a\r", b"\r", b"\n"], [0, 1, 0]),
        ([b"data: a\r", b"\n", b"\n"], [0, 0, 1]),
        ([b"data: a\r", b"\n\r", b"\ndata: b\n\n"], [0, 1, 1]),
        ([b"\xef", b"\xbb", b"\xbfdata\n\n"], [0, 0, 1]),
        ([b"\r", b"\ndata\n\n"], [0, 1]),
    ]:
        parser = EventStreamParser()
        assert [len(parser.feed(piece)) for piece in pieces] == counts
        assert not parser.pending


def test_pending_lasts_from_the_first_byte_of_a_block_to_its_blank_line() -> None:
    parser = EventStreamParser()
    pending = []
    for piece in in_bytes(b"\n:\n\nx\r\n\r\n\n"):
        parser.feed(piece)
        pending.append(parser.pending)
    assert pending == [False, True, True, False, True, True, True, False, False, False]


def test_input() -> None:
    for kind in (bytes, bytearray, memoryview):
        parser = EventStreamParser()
        assert parser.feed(kind(b"data: a\n\ndata: ")) == [E("a")]
        assert parser.feed(kind(b"b\n\n")) == [E("b")]
    buffer = bytearray(b"data: a\ndata: b")
    parser.feed(memoryview(buffer))
    buffer[:] = b"x" * len(buffer)  # a caller may use it again
    assert parser.feed(b"\n\n") == [E("a\nb")]
    wrong: list[Any] = ["data: a\n\n", 3, [100, 97], None]
    for one in wrong:
        with pytest.raises(TypeError, match="bytes-like"):
            parser.feed(one)
    assert parser.feed(b"data: a\n\n") == [E("a")]


def test_an_event_is_a_frozen_dataclass() -> None:
    assert ServerSentEvent() == E("")
    (parsed,) = EventStreamParser().feed(b"event: a\ndata: b\nid: c\nretry: 4\n\n")
    built = ServerSentEvent("a", "b", "c", 4)
    assert (type(parsed), parsed, hash(parsed)) == (ServerSentEvent, built, hash(built))
    assert pickle.loads(pickle.dumps(parsed)) == built
    assert dataclasses.replace(parsed, data="x") == ServerSentEvent("a", "x", "c", 4)
    with pytest.raises(dataclasses.FrozenInstanceError):
        parsed.data = "x"  # type: ignore[misc]


# -- the bound


def is_too_large(pieces: Iterable[bytes], max_event_size: int) -> bool:
    parser = EventStreamParser(max_event_size)
    try:
        for piece in pieces:
            parser.feed(piece)
        parser.feed(b"")  # events before the error are returned first
    except EventTooLargeError:
        return True
    return False


# A stream, and the size of its largest event.
SIZES = [
    (b"data: Hello\n\n", 12),
    (b"data: Hello\r\n\r\n" * 1000, 12),  # CRLF counts as one
    (b"\xef\xbb\xbfdata: Hello\n\n", 12),
    (b"id: 7\n: x\ndata: Hello", 21),
    ("data: €\n\n".encode(), 10),
    (b"\n" * 100 + b"data: a\n\ndata: Hello\r\rdata: b\n\n" + b"\r\n" * 100, 12),
]


def largest_event(stream: bytes) -> int:
    *lines, unfinished = re.split(b"\r\n|\r|\n", stream)
    largest = size = 0
    for line in lines:
        size = size + len(line) + 1 if line else 0
        largest = max(largest, size)
    return max(largest, size + len(unfinished))


def test_the_bound() -> None:
    for stream, size in SIZES:
        for too_large, bound in ((False, size), (True, size - 1)):
            assert is_too_large([stream], bound) is too_large, stream
            assert is_too_large(in_bytes(stream), bound) is too_large, stream
    rng = random.Random(9)
    for _ in range(300):
        stream = b":" + random_stream(rng)  # the colon, as a byte order mark has no size
        size = largest_event(stream)
        for bound in (size - 1, size, rng.randint(1, 60)):
            pieces = [*in_random_pieces(stream, rng)]
            assert is_too_large(pieces, bound) is (size > bound), (bound, pieces)
    parser = EventStreamParser()
    assert parser.feed(b":" * 16 * 1024 * 1024) == []
    with pytest.raises(EventTooLargeError, match=r"max_event_size \(16777216 bytes\)"):
        parser.feed(b":")


def test_after_the_error() -> None:
    for end in (b"data: too long\n\n", b"data: too long\ndata", b"data: too long."):
        parser = EventStreamParser(max_event_size=14)
        # The events before it are returned first.
        assert parser.feed(b"id: 2\ndata: b\n\n" + end) == [E("b", id="2")]
        for following in (b"", b"data: a\n\n", b"\n\n"):
            with pytest.raises(EventTooLargeError):
                parser.feed(following)
            assert parser.last_event_id == "2" and parser.pending
