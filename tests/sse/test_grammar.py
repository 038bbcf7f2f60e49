"""The parser of event streams: the WHATWG HTML standard, section 9.2, in pieces of any size."""

from __future__ import annotations

import dataclasses
import pickle
import random
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from mistral_proto import EventStreamParser, EventTooLargeError, ServerSentEvent

Result = tuple[list[ServerSentEvent], str, "int | None", bool]


def E(data: str, event: str = "message", id: str = "", retry: int | None = None) -> ServerSentEvent:
    return ServerSentEvent(event=event, data=data, id=id, retry=retry)


# A stream and its events; the last event ID, the reconnection time and whether lines are pending
# are those of the oracle below.
CASES: list[tuple[bytes, list[ServerSentEvent]]] = [
    # -- the standard's examples
    (b"data: This is the first message.\n\ndata: This is the second message, it\ndata: has two lines.\n\ndata: This is the third message.\n\n", [E("This is the first message."), E("This is the second message, it\nhas two lines."), E("This is the third message.")]),
    (b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n", [E("73857293", "add"), E("2153", "remove"), E("113411", "add")]),
    (b"data: YHOO\ndata: +2\ndata: 10\n\n", [E("YHOO\n+2\n10")]),
    (b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n", [E("first event", id="1"), E("second event"), E(" third event")]),
    (b"data\n\ndata\ndata\n\ndata:\n", [E(""), E("\n")]),
    (b"data:test\n\ndata: test\n\n", [E("test"), E("test")]),
    # -- line ends
    (b"\n\r\n\r\r\n", []),
    (b"data: a\rdata: b\r\r", [E("a\nb")]),
    (b"data: a\r\ndata: b\r\n\r\n", [E("a\nb")]),
    (b"data: a\n\rdata: b\n\r", [E("a"), E("b")]),
    (b"data: a\r\r\ndata: b\r\r\n", [E("a"), E("b")]),
    ("data: a\vb\fc\x1cd\x1de\x1ef\x85g\u2028h\u2029i\n\n".encode(), [E("a\vb\fc\x1cd\x1de\x1ef\x85g\u2028h\u2029i")]),
    (b"data: a\n\ndata: b", [E("a")]),
    # -- byte order mark
    (b"\xef\xbb\xbfdata: a\n\n", [E("a")]),
    (b"\xef\xbb\ndata: a\n\n", [E("a")]),
    (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\ndata\n\n", [E("")]),
    (b"\n\xef\xbb\xbfdata: a\ndata\n\n", [E("")]),
    (b"data:\xef\xbb\xbfa\n\n", [E("\ufeffa")]),
    # -- comments, spaces, colons and field names
    (b":\n: data: a\n:data: b\ndata: c\n: d\n\n: ping\n\n", [E("c")]),
    (b"data:  a\ndata: \ndata:\tb\ndata: c \ndata:d:e: f\ndata::\n\n", [E(" a\n\n\tb\nc \nd:e: f\n:")]),
    (b"datum: a\ndata : b\nx\n data: c\nData: d\nEvent: e\nda\0ta: f\n\0\ndata: g\n\n", [E("g")]),
    # -- data and event
    (b"data: a\0b\ndata:\ndata\n\n", [E("a\0b\n\n")]),
    (b"event: a\nid: 1\n\ndata: b\n\n", [E("b", id="1")]),
    (b"event: a\nevent:  b \ndata\n\n", [E("", " b ")]),
    (b"event: a\nevent\ndata\n\nevent:\ndata\n\n", [E(""), E("")]),
    (b"event: a\ndata\n\ndata\n\n", [E("", "a"), E("")]),
    # -- id
    (b"id: 1\ndata: a\n\ndata: b\n\n", [E("a", id="1"), E("b", id="1")]),
    (b"id: 1\n\nid\ndata\n\nid: 2\n\nid:\ndata\n\n", [E(""), E("")]),
    (b"id: 1\nid: 2\0\nid: \0\ndata\n\n", [E("", id="1")]),
    (b"id: 1\n\nid: 2\n", []),
    # -- retry
    (b"retry: 10\ndata\n\ndata\n\n", [E("", retry=10), E("")]),
    (b"retry: 10\n\ndata\n\n", [E("")]),
    (b"retry: 1\nretry: 007\nretry: x\ndata\n\n", [E("", retry=7)]),
    (b"retry: 999999999999999999\ndata\n\n", [E("", retry=999_999_999_999_999_999)]),
    (b"retry: 1000000000000000000\nretry: " + b"9" * 5000 + b"\ndata\n\n", [E("")]),
    ("retry\nretry:\nretry: \nretry: -1\nretry: +1\nretry:  1\nretry: 1 \nretry: 1.5\nretry: 1_0\nretry: \u0663\ndata\n\n".encode(), [E("")]),
    # -- UTF-8
    ("event: é\nid: €\ndata: é€😀\n\n".encode(), [E("é€😀", "é", "€")]),
    (b"data: a\xffb\x80\ndata: \xf0\x9f\x98b\n\n", [E("a\ufffdb\ufffd\n\ufffdb")]),
    (b"data: \xe2\x82\ndata: \xac\xc0\xba\xed\xa0\x80\n\n", [E("\ufffd\n\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd")]),
    (b"dat\xc3a: a\ndata\xff: b\nevent: \xff\nid: \xfe\ndata\n\n", [E("", "\ufffd", "\ufffd")]),
]  # fmt: skip


def parse(pieces: Iterable[bytes]) -> Result:
    parser = EventStreamParser()
    events = [event for piece in pieces for event in parser.feed(piece)]
    return events, parser.last_event_id, parser.reconnection_time, parser.pending


def in_bytes(stream: bytes) -> Iterator[bytes]:
    return (stream[at : at + 1] for at in range(len(stream)))


def in_random_pieces(stream: bytes, rng: random.Random) -> Iterator[bytes]:
    """Yield pieces of random sizes, some of them empty."""
    longest = rng.choice([1, 2, 3, 8, 64])
    start = 0
    while start < len(stream):
        end = start + rng.randint(0, longest)
        yield stream[start:end]
        start = end


def oracle(stream: bytes) -> Result:
    """Parse as the standard says, naively and the whole text at once."""
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff")
    *lines, unfinished = re.split("\r\n|\r|\n", text)
    events: list[ServerSentEvent] = []
    event_type = data = id_buffer = last_event_id = ""
    retry: int | None = None
    reconnection_time: int | None = None
    pending = False
    for line in lines:
        pending = line != ""
        if line == "":
            last_event_id = id_buffer
            if data != "":
                events.append(E(data[:-1], event_type or "message", last_event_id, retry))
            event_type = data = ""
            retry = None
            continue
        match = re.fullmatch("([^:]*)(?:: ?(.*))?", line, re.DOTALL)
        assert match is not None
        name, value = match[1], match[2] or ""
        if name == "event":
            event_type = value
        elif name == "data":
            data += value + "\n"
        elif name == "id" and "\0" not in value:
            id_buffer = value
        elif name == "retry" and re.fullmatch("[0-9]{1,18}", value):
            retry = reconnection_time = int(value)
    return events, last_event_id, reconnection_time, pending or unfinished != ""


ALPHABET = [
    *[b"\r", b"\n", b"\r\n", b"\n\n"] * 3,
    *[b":", b" ", b": ", b"data", b"data: ", b"event", b"id", b"retry"] * 2,
    *[b"\ndata", b"\rdata:", b"\r\ndata: ", b"\nevent:", b"\nid:", b"\nretry: "] * 3,
    *[b"Data", b"\0", b"0", b"7", b"123456789"],
    *[b"\xef\xbb\xbf", b"\xef", b"\xbb", b"\xbf", b"\xff", b"\xc0\x80", b"\xed\xa0\x80"],
    *["é".encode(), "€".encode(), "😀".encode(), "😀".encode()[:3], "٣".encode()],
    *["\x85".encode(), "\u2028".encode(), b"\v", b"\f", b"\x1c", b"\t", b"a"],
]


def random_stream(rng: random.Random) -> bytes:
    start = rng.choice([b"", b"", b"\xef\xbb\xbf"])
    return start + b"".join(rng.choices(ALPHABET, k=rng.randint(0, 80)))


def test_cases() -> None:
    rng = random.Random(3)
    for stream, events in CASES:
        expected = oracle(stream)
        assert expected[0] == events, stream
        places = range(len(stream) + 1)
        for at in [*places[:100], *places[-100:]]:
            assert parse([stream[:at], stream[at:]]) == expected, (stream, at)
        assert parse(in_bytes(stream)) == expected, stream
        assert parse(in_random_pieces(stream, rng)) == expected, stream


def test_random_streams() -> None:
    rng = random.Random(1)
    events: list[ServerSentEvent] = []
    for _ in range(1500):
        stream = random_stream(rng)
        expected = oracle(stream)
        events += expected[0]
        assert parse([stream]) == expected, stream
        pieces = [*in_random_pieces(stream, rng)]
        assert parse(pieces) == expected, pieces
    assert any(event.event != "message" for event in events)
    assert any(event.id for event in events) and any(event.retry for event in events)


# -- the moment of an event, the input, and the bound


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
