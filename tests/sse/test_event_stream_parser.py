"""The event-stream parser against the WHATWG HTML standard, section 9.2."""

from __future__ import annotations

import dataclasses
import pickle
import random
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pytest

from mistral_proto.errors import EventTooLargeError
from mistral_proto.sse import EventStreamParser, ServerSentEvent


def message(
    data: str, *, event: str = "message", id: str = "", retry: int | None = None
) -> ServerSentEvent:
    return ServerSentEvent(event=event, data=data, id=id, retry=retry)


class Case(NamedTuple):
    name: str
    stream: bytes
    events: list[ServerSentEvent]
    last_event_id: str = ""
    reconnection_time: int | None = None
    pending: bool = False


STANDARD_EXAMPLES = [
    Case(
        "introduction: messages",
        b"data: This is the first message.\n\n"
        b"data: This is the second message, it\n"
        b"data: has two lines.\n\n"
        b"data: This is the third message.\n\n",
        [
            message("This is the first message."),
            message("This is the second message, it\nhas two lines."),
            message("This is the third message."),
        ],
    ),
    Case(
        "introduction: event types",
        b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n",
        [
            message("73857293", event="add"),
            message("2153", event="remove"),
            message("113411", event="add"),
        ],
    ),
    Case(
        "interpretation: three data lines",
        b"data: YHOO\ndata: +2\ndata: 10\n\n",
        [message("YHOO\n+2\n10")],
    ),
    Case(
        "interpretation: four blocks",
        b": test stream\n\n"
        b"data: first event\nid: 1\n\n"
        b"data:second event\nid\n\n"
        b"data:  third event\n\n",
        [message("first event", id="1"), message("second event"), message(" third event")],
    ),
    Case(
        "interpretation: four blocks, the last one unfinished",
        b": test stream\n\n"
        b"data: first event\nid: 1\n\n"
        b"data:second event\nid\n\n"
        b"data:  third event\n",
        [message("first event", id="1"), message("second event")],
        pending=True,
    ),
    Case(
        "interpretation: empty data",
        b"data\n\ndata\ndata\n\ndata:\n",
        [message(""), message("\n")],
        pending=True,
    ),
    Case(
        "interpretation: the space after the colon is optional",
        b"data:test\n\ndata: test\n\n",
        [message("test"), message("test")],
    ),
]

LINES = [
    Case("nothing", b"", []),
    Case("blank lines only", b"\n\r\n\r\r\n", []),
    Case("line ends: LF", b"data: a\ndata: b\n\n", [message("a\nb")]),
    Case("line ends: CR", b"data: a\rdata: b\r\r", [message("a\nb")]),
    Case("line ends: CRLF", b"data: a\r\ndata: b\r\n\r\n", [message("a\nb")]),
    Case("line ends: CR ends a blank line at once", b"data: a\n\r", [message("a")]),
    Case("line ends: LF CR is two", b"data: a\n\rdata: b\n\r", [message("a"), message("b")]),
    Case("line ends: CR CRLF is two", b"data: a\r\r\ndata: b\r\r\n", [message("a"), message("b")]),
    Case("line ends: CRLF LF is two", b"data: a\r\n\ndata: b\r\n\n", [message("a"), message("b")]),
    Case(
        "line ends: no other character",
        "data: a\vb\fc\x1cd\x1de\x1ef\x85g\u2028h\u2029i\n\n".encode(),
        [message("a\vb\fc\x1cd\x1de\x1ef\x85g\u2028h\u2029i")],
    ),
    Case("end of stream: within a line", b"data: a\n\ndata: b", [message("a")], pending=True),
    Case("end of stream: after a line", b"data: a\r\n", [], pending=True),
    Case("end of stream: within a comment", b"data: a\n\n:", [message("a")], pending=True),
    Case("byte order mark: stripped", b"\xef\xbb\xbfdata: a\n\n", [message("a")]),
    Case("byte order mark: alone", b"\xef\xbb\xbf", []),
    Case("byte order mark: unfinished", b"\xef\xbb", [], pending=True),
    Case("byte order mark: not one after all", b"\xef\xbb\ndata: a\n\n", [message("a")]),
    Case("byte order mark: before a blank line", b"\xef\xbb\xbf\ndata: a\n\n", [message("a")]),
    Case("byte order mark: only one", b"\xef\xbb\xbf\xef\xbb\xbfdata: a\ndata\n\n", [message("")]),
    Case("byte order mark: only at the start", b"\n\xef\xbb\xbfdata: a\ndata\n\n", [message("")]),
    Case("byte order mark: kept in a value", b"data:\xef\xbb\xbfa\n\n", [message("\ufeffa")]),
]

FIELDS = [
    Case("comment", b":\n: data: a\n:data: b\ndata: c\n\n", [message("c")]),
    Case("comment: does not end an event", b"data: a\n: x\ndata: b\n\n", [message("a\nb")]),
    Case("comment: alone", b": ping\n\n", []),
    Case("space: one is removed", b"data:  a\n\n", [message(" a")]),
    Case("space: one alone", b"data: \n\n", [message("")]),
    Case("space: not a tab", b"data:\ta\n\n", [message("\ta")]),
    Case("space: kept at the end", b"data: a \n\n", [message("a ")]),
    Case("colon: only the first one counts", b"data:a:b: c\n\n", [message("a:b: c")]),
    Case("colon: at the start of a value", b"data::\n\n", [message(":")]),
    Case("name: unknown", b"datum: a\ndata : b\nx\ndata: c\n\n", [message("c")]),
    Case("name: a space before it", b" data: a\ndata: b\n\n", [message("b")]),
    Case("name: case matters", b"Data: a\nDATA: b\nEvent: c\ndata: d\n\n", [message("d")]),
    Case("name: NUL in it", b"da\0ta: a\n\0\ndata: b\n\n", [message("b")]),
    Case("data: none at all", b"event: a\nid: 1\n\n", [], last_event_id="1"),
    Case("data: one empty value", b"data:\n\n", [message("")]),
    Case("data: no colon", b"data\n\n", [message("")]),
    Case("data: empty lines at the end", b"data: a\ndata:\ndata\n\n", [message("a\n\n")]),
    Case("data: NUL in it", b"data: a\0b\n\n", [message("a\0b")]),
    Case("data: none of it carried over", b"data: a\n\ndata: b\n\n", [message("a"), message("b")]),
    Case("event: last one wins", b"event: a\nevent: b\ndata\n\n", [message("", event="b")]),
    Case("event: empty", b"event: a\nevent\ndata\n\nevent:\ndata\n\n", [message(""), message("")]),
    Case(
        "event: for one event only",
        b"event: a\ndata\n\ndata\n\n",
        [message("", event="a"), message("")],
    ),
    Case("event: reset by a block without data", b"event: a\n\ndata: b\n\n", [message("b")]),
    Case("event: only one space is removed", b"event:  a \ndata\n\n", [message("", event=" a ")]),
    Case("id: after the data", b"data\nid: 1\n\n", [message("", id="1")], last_event_id="1"),
    Case(
        "id: persists",
        b"id: 1\ndata: a\n\ndata: b\n\n",
        [message("a", id="1"), message("b", id="1")],
        last_event_id="1",
    ),
    Case(
        "id: from a block without data",
        b"id: 1\n\ndata: a\n\n",
        [message("a", id="1")],
        last_event_id="1",
    ),
    Case("id: reset by an empty value", b"id: 1\n\nid:\ndata\n\n", [message("")]),
    Case("id: reset by no value", b"id: 1\n\nid\ndata\n\n", [message("")]),
    Case(
        "id: ignored with NUL",
        b"id: 1\nid: 2\0\nid: \0\ndata\n\n",
        [message("", id="1")],
        last_event_id="1",
    ),
    Case("id: waits for the blank line", b"id: 1\n\nid: 2\n", [], last_event_id="1", pending=True),
    Case("retry: with data", b"retry: 10\ndata\n\n", [message("", retry=10)], reconnection_time=10),
    Case("retry: alone, at once", b"retry: 10\n", [], reconnection_time=10, pending=True),
    Case(
        "retry: in one event only",
        b"retry: 10\ndata\n\ndata\n\n",
        [message("", retry=10), message("")],
        reconnection_time=10,
    ),
    Case(
        "retry: not carried over from a block without data",
        b"retry: 10\n\ndata\n\n",
        [message("")],
        reconnection_time=10,
    ),
    Case(
        "retry: last valid one wins",
        b"retry: 1\nretry: 2\nretry: x\ndata\n\n",
        [message("", retry=2)],
        reconnection_time=2,
    ),
    Case("retry: zero", b"retry: 0\ndata\n\n", [message("", retry=0)], reconnection_time=0),
    Case(
        "retry: leading zeros",
        b"retry: 007\ndata\n\n",
        [message("", retry=7)],
        reconnection_time=7,
    ),
    Case(
        "retry: 18 digits",
        b"retry: 999999999999999999\ndata\n\n",
        [message("", retry=999_999_999_999_999_999)],
        reconnection_time=999_999_999_999_999_999,
    ),
    Case("retry: 19 digits", b"retry: 1000000000000000000\ndata\n\n", [message("")]),
    Case("retry: 5000 digits", b"retry: " + b"9" * 5000 + b"\ndata\n\n", [message("")]),
    Case("retry: empty", b"retry\nretry:\nretry: \ndata\n\n", [message("")]),
    Case("retry: sign", b"retry: -1\nretry: +1\ndata\n\n", [message("")]),
    Case("retry: spaces", b"retry:  1\nretry: 1 \ndata\n\n", [message("")]),
    Case("retry: fraction, exponent, underscore", b"retry: 1.5\nretry: 1e3\nretry: 1_0\n\n", []),
    Case("retry: other digits", "retry: \u0663\nretry: \u00b2\ndata\n\n".encode(), [message("")]),
]

ENCODING = [
    Case("UTF-8: two to four bytes", "data: é€😀\n\n".encode(), [message("é€😀")]),
    Case(
        "UTF-8: in every field",
        "event: é\nid: €\ndata: 😀\n\n".encode(),
        [message("😀", event="é", id="€")],
        last_event_id="€",
    ),
    Case("UTF-8: a byte that is never valid", b"data: a\xffb\n\n", [message("a\ufffdb")]),
    Case("UTF-8: a lone continuation byte", b"data: a\x80b\n\n", [message("a\ufffdb")]),
    Case("UTF-8: cut short by a letter", b"data: \xf0\x9f\x98b\n\n", [message("\ufffdb")]),
    Case(
        "UTF-8: cut short by a line end",
        b"data: \xe2\x82\ndata: \xac\n\n",
        [message("\ufffd\n\ufffd")],
    ),
    Case("UTF-8: overlong", b"data: \xc0\xba\n\n", [message("\ufffd\ufffd")]),
    Case("UTF-8: surrogate", b"data: \xed\xa0\x80\n\n", [message("\ufffd\ufffd\ufffd")]),
    Case("UTF-8: broken in a name", b"dat\xc3a: a\ndata\xff: b\n\n", []),
    Case(
        "UTF-8: broken in type and id",
        b"event: \xff\nid: \xfe\ndata\n\n",
        [message("", event="\ufffd", id="\ufffd")],
        last_event_id="\ufffd",
    ),
]

CASES = [*STANDARD_EXAMPLES, *LINES, *FIELDS, *ENCODING]

every_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


class Outcome(NamedTuple):
    """All that a parser tells about a stream."""

    events: list[ServerSentEvent]
    last_event_id: str
    reconnection_time: int | None
    pending: bool


def parse(pieces: Iterable[bytes]) -> Outcome:
    parser = EventStreamParser()
    events = [event for piece in pieces for event in parser.feed(piece)]
    return Outcome(events, parser.last_event_id, parser.reconnection_time, parser.pending)


def in_bytes(stream: bytes) -> Iterator[bytes]:
    return (stream[at : at + 1] for at in range(len(stream)))


def in_random_pieces(stream: bytes, rng: random.Random) -> Iterator[bytes]:
    """Pieces of a random size; some are empty."""
    longest = rng.choice([1, 2, 3, 8, 64])
    start = 0
    while start < len(stream):
        end = start + rng.randint(0, longest)
        yield stream[start:end]
        start = end


# The tables.


@every_case
def test_stream_in_one_piece(case: Case) -> None:
    assert parse([case.stream]) == case[2:]


@every_case
def test_stream_in_two_pieces(case: Case) -> None:
    # Within a long run of the same byte one place to split is like another.
    places = range(len(case.stream) + 1)
    for at in [*places[:200], *places[-200:]]:
        assert parse([case.stream[:at], case.stream[at:]]) == case[2:], at


@every_case
def test_stream_byte_by_byte(case: Case) -> None:
    assert parse(in_bytes(case.stream)) == case[2:]


@every_case
def test_stream_in_random_pieces(case: Case) -> None:
    for seed in range(20):
        pieces = list(in_random_pieces(case.stream, random.Random(seed)))
        assert parse(pieces) == case[2:], pieces


@every_case
def test_oracle_agrees_with_the_table(case: Case) -> None:
    assert oracle(case.stream) == case[2:]


# When an event comes.


@pytest.mark.parametrize(
    ("pieces", "counts"),
    [
        pytest.param([b"data: a\r", b"\r", b"\n"], [0, 1, 0], id="CR ends the blank line"),
        pytest.param([b"data: a\r\n", b"\r", b"\n"], [0, 1, 0], id="CR of a CRLF does too"),
        pytest.param([b"data: a\r", b"\n", b"\n"], [0, 0, 1], id="LF after CR is swallowed"),
        pytest.param([b"data: a\r", b"", b"\n\n"], [0, 0, 1], id="an empty piece between them"),
        pytest.param([b"data: a\r", b"\n\r", b"\ndata: b\n\n"], [0, 1, 1], id="twice"),
        pytest.param([b"\xef", b"\xbb", b"\xbfdata\n\n"], [0, 0, 1], id="byte order mark"),
        pytest.param([b"\r", b"\ndata\n\n"], [0, 1], id="blank line first"),
    ],
)
def test_event_comes_with_the_byte_that_ends_it(pieces: list[bytes], counts: list[int]) -> None:
    parser = EventStreamParser()
    assert [len(parser.feed(piece)) for piece in pieces] == counts
    assert not parser.pending


def test_pending_from_the_first_byte_of_a_block_to_its_blank_line() -> None:
    parser = EventStreamParser()
    assert not parser.pending
    seen = []
    for piece in in_bytes(b"\n:\n\nx\r\n\r\n\n"):
        parser.feed(piece)
        seen.append(parser.pending)
    assert seen == [False, True, True, False, True, True, True, False, False, False]


def test_parsers_share_nothing() -> None:
    first, second = EventStreamParser(), EventStreamParser()
    first.feed(b"id: 1\nretry: 2\n\nevent: a\ndata: b\nda")
    assert second.feed(b"ta: c\ndata: d\n\n") == [message("d")]
    assert (second.last_event_id, second.reconnection_time) == ("", None)


# What may be fed.


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_kind_of_bytes(kind: type[bytes | bytearray | memoryview]) -> None:
    parser = EventStreamParser()
    assert parser.feed(kind(b"data: a\n\ndata: ")) == [message("a")]
    assert parser.feed(kind(b"b\n\n")) == [message("b")]


def test_a_buffer_may_be_used_again_after_it_was_fed() -> None:
    parser = EventStreamParser()
    buffer = bytearray(b"data: a\ndata: b")
    parser.feed(memoryview(buffer))
    buffer[:] = b"x" * len(buffer)
    assert parser.feed(b"\n\n") == [message("a\nb")]


@pytest.mark.parametrize("thing", ["data: a\n\n", 3, [100, 97], None])
def test_other_things_are_refused(thing: Any) -> None:
    parser = EventStreamParser()
    with pytest.raises(TypeError, match="bytes-like"):
        parser.feed(thing)
    assert parser.feed(b"data: a\n\n") == [message("a")]


# The event.


def test_event_defaults() -> None:
    event = ServerSentEvent()
    assert (event.event, event.data, event.id, event.retry) == ("message", "", "", None)


def test_parsed_event_is_like_a_constructed_one() -> None:
    (parsed,) = EventStreamParser().feed(b"event: a\ndata: b\nid: c\nretry: 4\n\n")
    built = ServerSentEvent("a", "b", "c", 4)
    assert type(parsed) is ServerSentEvent
    assert parsed == built
    assert hash(parsed) == hash(built)
    assert repr(parsed) == "ServerSentEvent(event='a', data='b', id='c', retry=4)"
    assert pickle.loads(pickle.dumps(parsed)) == built
    assert dataclasses.replace(parsed, data="x") == ServerSentEvent("a", "x", "c", 4)
    assert dataclasses.asdict(parsed) == {"event": "a", "data": "b", "id": "c", "retry": 4}


def test_event_is_frozen() -> None:
    (parsed,) = EventStreamParser().feed(b"data\n\n")
    with pytest.raises(dataclasses.FrozenInstanceError):
        parsed.data = "x"  # type: ignore[misc]


# A naive reading of the standard, on the whole text at once.


def oracle(stream: bytes) -> Outcome:
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff")
    *lines, unfinished = re.split("\r\n|\r|\n", text)
    events: list[ServerSentEvent] = []
    event_type = data = id_buffer = last_event_id = ""
    reconnection_time: int | None = None
    retry: int | None = None
    begun = False
    for line in lines:
        begun = line != ""
        if line == "":
            last_event_id = id_buffer
            if data != "":
                event = ServerSentEvent(event_type or "message", data[:-1], last_event_id, retry)
                events.append(event)
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
    return Outcome(events, last_event_id, reconnection_time, begun or unfinished != "")


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


@pytest.mark.parametrize("seed", range(8))
def test_parser_agrees_with_the_oracle(seed: int) -> None:
    rng = random.Random(seed)
    dispatched: list[ServerSentEvent] = []
    for _ in range(600):
        stream = random_stream(rng)
        expected = oracle(stream)
        dispatched += expected.events
        assert parse([stream]) == expected, stream
        pieces = list(in_random_pieces(stream, rng))
        assert parse(pieces) == expected, pieces
    # The streams are worth their while: many events, of every sort.
    assert len(dispatched) > 600
    assert any(event.event != "message" for event in dispatched)
    assert any(event.id for event in dispatched)
    assert any(event.retry is not None for event in dispatched)


# The bound.


def trips(pieces: Iterable[bytes], max_event_size: int) -> bool:
    parser = EventStreamParser(max_event_size)
    try:
        for piece in pieces:
            parser.feed(piece)
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


def test_last_event_id_does_not_count_events_lost_to_the_error() -> None:
    parser = EventStreamParser(max_event_size=14)
    assert parser.feed(b"id: 1\ndata: a\n\n") == [message("a", id="1")]
    with pytest.raises(EventTooLargeError):
        parser.feed(b"id: 2\ndata: b\n\ndata: too long\n\n")
    assert parser.last_event_id == "1"


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
