"""When an event comes, what may be fed, and what an event is."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import pytest

from mistral_proto.sse import EventStreamParser, ServerSentEvent
from tests.sse.cases import message
from tests.sse.feeding import in_bytes

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
