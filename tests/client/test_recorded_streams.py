"""Streams of the real API, as they were recorded: over HTTP, in any pieces, through the client."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from mistral_proto import CompletionEvent, EventStreamParser, StreamAccumulator
from mistral_proto.testing import MockServer, RawReply
from tests.client.support import HI, MODEL, assert_all_closed, client
from tests.client.test_stream_splits import split
from tests.recorded.shared_folder import missing_reason, shared_folder


def recorded() -> list[dict[str, Any]]:
    folder = shared_folder()
    if folder is None:
        return []
    lines = (folder / "wire" / "recorded" / "stream.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def each(records: list[dict[str, Any]]) -> pytest.MarkDecorator:
    cases = [pytest.param(one, id=one["source"].rpartition("/")[2]) for one in records]
    missing = pytest.param({}, id="missing", marks=pytest.mark.skip(missing_reason()))
    return pytest.mark.parametrize("record", cases or [missing])


STREAMS = recorded()


def events_of(text: str) -> list[CompletionEvent]:
    """The events of a stream, by the parser alone."""
    return [
        CompletionEvent.from_dict({"data": json.loads(event.data)})
        for event in EventStreamParser().feed(text.encode())
        if event.data != "[DONE]"
    ]


@each(STREAMS)
@pytest.mark.parametrize("most", [7, 100, 1500, 1_000_000])
def test_a_recorded_stream(record: dict[str, Any], most: int) -> None:
    blocks = split(record["sse"].encode(), random.Random(most), most)
    expected = events_of(record["sse"])
    assert expected
    with MockServer([RawReply(blocks)]) as server, client(server) as mistral:
        with mistral.chat.stream(model=MODEL, messages=HI) as events:
            assert list(events) == expected
        assert_all_closed(server)
    gathered = StreamAccumulator()
    for event in expected:
        gathered.add(event.data)
    assert events.gathered == gathered.response()
    assert gathered.finished


@each(STREAMS)
def test_what_a_recorded_stream_makes_up(record: dict[str, Any]) -> None:
    # By hand: the strings, and the texts of the chunks, of every piece.
    said = ""
    for event in EventStreamParser().feed(record["sse"].encode()):
        if event.data == "[DONE]":
            break
        for choice in json.loads(event.data)["choices"]:
            content = choice["delta"].get("content") or ""
            chunks = [{"text": content}] if isinstance(content, str) else content
            said += "".join(chunk.get("text", "") for chunk in chunks)
    with MockServer([RawReply([record["sse"].encode()])]) as server, client(server) as mistral:
        with mistral.chat.stream(model=MODEL, messages=HI) as events:
            for _ in events:
                pass
    whole = events.gathered
    assert whole is not None and whole.usage is not None
    assert whole.choices[0].message.text == said
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens


@each([one for one in STREAMS if one["request"] is not None])
def test_a_recorded_request_is_sent_as_it_was(record: dict[str, Any]) -> None:
    with MockServer() as server, client(server) as mistral:
        with mistral.chat.stream(**record["request"]):
            pass
        assert json.loads(server.requests[0].body) == record["request"]
