"""The fast way of decoding a stream's events gives what the plain way gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mistral_proto import ChatCompletionStreamResponse, CompletionEvent, ValidationError
from mistral_proto.checks import KEEP
from mistral_proto.client.events import EventReader
from mistral_proto.client.stream import EventStream
from mistral_proto.testing import Fault, MockServer
from tests.client.support import DONE, HI, client, piece


class Refused(Exception):
    pass


class Answer:
    """Says what the reader would raise."""

    def stream_error(self, data: str, partial: object) -> Refused:
        return Refused("an error", data, partial)

    def incomplete(self, how: str, partial: object) -> Refused:
        return Refused(how, partial)

    def refuse(self, what: str, data: str, cause: ValidationError) -> None:
        raise Refused(what, data, cause.problems)


def decoded(stream: bytes) -> tuple[list[CompletionEvent], bool, Any, object]:
    """The events, whether it is done, what was gathered, and what was raised."""
    reader = EventReader(Answer())  # type: ignore[arg-type]
    events, raised = [], None
    try:
        for event in reader.feed(stream):
            events.append(event)
    except Refused as error:
        raised = error.args
    return events, reader.done, reader.gathered.response(), raised


@pytest.fixture
def is_fast(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("mistral_proto.wire._MANY", 0)
    before = CompletionEvent._compiled
    CompletionEvent._compiled = {}
    assert CompletionEvent._used(KEEP) is CompletionEvent.fast_reader(KEEP) is not None
    yield
    CompletionEvent._compiled = before


def data(text: str, event: str = "message") -> bytes:
    return f"event: {event}\ndata: {text}\n\n".encode()


PLAIN = piece("a").decode()[6:-2]
STREAMS = {
    "nothing": b"",
    "one": piece("a"),
    "several": piece("a") + piece("b") + piece("c", "stop") + DONE,
    "nothing counts after the end": piece("a") + DONE + piece("b"),
    "no data": b"data:\n\n" + piece("a"),
    "space around": data(f" {PLAIN} ") + data(f"{PLAIN}  "),
    "more behind": data(f"{PLAIN} {{}}"),
    "of another kind": data(PLAIN, "completion"),
    "an error by its kind": piece("a") + data(PLAIN, "error"),
    "an error by its field": piece("a") + data('{"error": {"message": "x"}}'),
    "an error by its object": data('{"object": "error", "message": "x"}'),
    "no JSON": piece("a") + data("rubbish"),
    "half of JSON": data(PLAIN[:-1]),
    "no object": data("[1]") + piece("a"),
    "a string": data('"choices"'),
    "nested too deeply": data("[" * 100_000),
    "no completion": piece("a") + data('{"id": 1, "choices": 2}'),
    "unknown fields": data(PLAIN[:-1] + ',"p":"abc","q":[{"r":null}]}'),
    "a new reason": piece("a", "a_new_reason"),
    "less than is usual": data('{"model": "m", "choices": [{"index": 0, "delta": {}}]}'),
    "a number that is none": data(PLAIN.replace('"created":1', '"created":NaN')),
    "half a surrogate pair": data(PLAIN.replace('"a"', '"\\ud83d"')),
}


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_both_ways_give_the_same(
    stream: bytes, is_fast: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = decoded(stream)
    monkeypatch.setattr(CompletionEvent, "fast_reader", lambda reading: None)
    monkeypatch.setattr(CompletionEvent, "_compiled", {KEEP: None})

    assert fast == decoded(stream)


def test_the_fast_way_is_taken(is_fast: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EventReader, "_decode", None)  # what calls it, fails
    (event,), *_ = decoded(piece("a"))

    chunk = json.loads(PLAIN)
    assert event == CompletionEvent(data=ChatCompletionStreamResponse.from_dict(chunk))


def begun(server: MockServer) -> EventStream:
    return client(server).chat.stream(model="m", messages=HI)


def test_a_loop_ends_where_the_stream_is_closed_in_it() -> None:
    with MockServer(["Bonjour le monde"]) as server, begun(server) as events:
        seen = 0
        for _ in events:
            seen += 1
            events.close()
        assert seen == 1
        assert list(events) == []
        assert next(events, None) is None


def test_a_stream_can_be_iterated_in_turns() -> None:
    with MockServer(["Bonjour le monde"]) as server, begun(server) as events:
        first = next(events)
        second = next(iter(events))
        texts = [event.data.choices[0].delta.text for event in (first, second, *events)]
    assert "".join(texts) == "Bonjour le monde"


def test_a_loop_that_is_left_leaves_the_rest() -> None:
    with MockServer([Fault.stall_stream]) as server, begun(server) as events:
        for event in events:
            break
        assert next(events).data.id == event.data.id
