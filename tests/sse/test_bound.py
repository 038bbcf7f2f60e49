"""The bound on the size of one event."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from typing import NamedTuple

import pytest

from mistral_proto.errors import EventTooLargeError
from mistral_proto.sse import EventStreamParser
from tests.sse.cases import message
from tests.sse.feeding import in_bytes, in_random_pieces, random_stream


def trips(pieces: Iterable[bytes], max_event_size: int) -> bool:
    parser = EventStreamParser(max_event_size)
    try:
        for piece in pieces:
            parser.feed(piece)
        parser.feed(b"")  # what was too large may come after events to return first
    except EventTooLargeError:
        return True
    return False


class Sized(NamedTuple):
    name: str
    stream: bytes
    size: int


SIZED = [
    Sized("LF", b"data: Hello\n\n", 12),
    Sized("CR", b"data: Hello\r\r", 12),
    Sized("CRLF counts as one", b"data: Hello\r\n\r\n", 12),
    Sized("a byte order mark does not count", b"\xef\xbb\xbfdata: Hello\n\n", 12),
    Sized("an unfinished line", b"data: Hello", 11),
    Sized("an unfinished line after others", b"id: 7\n: x\ndata: Hello", 21),
    Sized("comments", b":\n: x\n" * 100, 600),
    Sized("unknown fields", b"x\n" * 100 + b"\n", 200),
    Sized("many small lines", b"data\n" * 1000 + b"\n", 5000),
    Sized("many small lines, CRLF", b"data\r\n" * 1000, 5000),
    Sized("bytes, not characters", "data: €\n\n".encode(), 10),
    Sized("the largest event of several", b"data: a\n\ndata: Hello\n\ndata: b\n\n", 12),
    Sized("blank lines do not add up", b"\n" * 100 + b"data: a\n\n" + b"\r\n" * 100, 8),
]

every_sized = pytest.mark.parametrize("sized", SIZED, ids=[sized.name for sized in SIZED])


@every_sized
def test_bound_exactly_met(sized: Sized) -> None:
    assert not trips([sized.stream], sized.size)
    assert not trips(in_bytes(sized.stream), sized.size)


@every_sized
def test_bound_passed_by_one(sized: Sized) -> None:
    assert trips([sized.stream], sized.size - 1)
    assert trips(in_bytes(sized.stream), sized.size - 1)


def test_bound_is_kept_by_a_long_stream_of_small_events() -> None:
    one = b"data: Hello\r\n\r\n"
    stream = one * 5000
    pieces = (stream[at : at + 1000] for at in range(0, len(stream), 1000))
    parser = EventStreamParser(max_event_size=12)
    assert sum(len(parser.feed(piece)) for piece in pieces) == 5000
    assert not trips(in_bytes(one * 1000), 12)


def test_bound_trips_with_the_first_byte_too_many() -> None:
    parser = EventStreamParser(max_event_size=1000)
    for _ in range(1000):
        assert parser.feed(b"x") == []
    with pytest.raises(EventTooLargeError):
        parser.feed(b"x")


def test_bound_is_16_mib_by_default() -> None:
    parser = EventStreamParser()
    for _ in range(16):
        assert parser.feed(b":" * 1024 * 1024) == []
    with pytest.raises(EventTooLargeError, match=r"max_event_size \(16777216 bytes\)"):
        parser.feed(b":")


@pytest.mark.parametrize(
    "piece", [b"data: Hello", b"data: Hello\n\n", b":\n" * 6], ids=["line", "event", "comments"]
)
def test_parser_refuses_more_after_the_error(piece: bytes) -> None:
    parser = EventStreamParser(max_event_size=10)
    messages = set()
    for following in (piece, b"data: a\n\n", b"\n\n", b""):
        with pytest.raises(EventTooLargeError) as caught:
            parser.feed(following)
        messages.add(str(caught.value))
        assert parser.pending
    assert messages == {"an event is larger than max_event_size (10 bytes)"}


@pytest.mark.parametrize(
    "rest", [b"data: too long\n\n", b"data: too long\ndata", b"data: too long."]
)
def test_events_before_the_error_are_returned_first(rest: bytes) -> None:
    parser = EventStreamParser(max_event_size=14)
    assert parser.feed(b"id: 1\ndata: a\n\n") == [message("a", id="1")]
    assert parser.feed(b"id: 2\ndata: b\n\n" + rest) == [message("b", id="2")]
    assert parser.last_event_id == "2"
    assert parser.pending
    for _ in range(2):
        with pytest.raises(EventTooLargeError):
            parser.feed(b"")
    assert parser.last_event_id == "2"


def naive_size(stream: bytes) -> int:
    """The size of a stream's largest block, on the whole stream at once."""
    *lines, unfinished = re.split(b"\r\n|\r|\n", stream.removeprefix(b"\xef\xbb\xbf"))
    largest = size = 0
    for line in lines:
        size = size + len(line) + 1 if line else 0
        largest = max(largest, size)
    return max(largest, size + len(unfinished))


def test_bound_agrees_with_a_naive_count_however_the_stream_is_split() -> None:
    rng = random.Random(9)
    for _ in range(500):
        # Bytes that may yet become a byte order mark do not count, so none begins it.
        stream = b":" + random_stream(rng)
        size = naive_size(stream)
        for bound in (size - 1, size, rng.randint(1, 60)):
            pieces = list(in_random_pieces(stream, rng))
            assert trips(pieces, bound) is (size > bound), (bound, pieces)
