"""However the bytes of a stream are split on their way, the same events come out."""

from __future__ import annotations

import random
from functools import partial

import pytest

from mistral_proto import CompletionEvent, EventStreamParser, IncompleteStreamError
from mistral_proto.client import events as events_module
from mistral_proto.testing import MockServer, RawReply
from tests.client.support import (
    DONE,
    HI,
    MODEL,
    STREAM_HEAD,
    ScriptedServer,
    assert_all_closed,
    client,
    failure,
    piece,
    stream,
)

WORDS = ["Bon", "jour", "", " ", "é", "\U0001f600", "\\n", '\\"', "data: ", "[DONE]", "\u2028"]
NOISE = [
    b": ping\n\n",
    b"\n",
    b"data:\n\n",
    b"event: ping\n\n",
    b"retry: 10\n\n",
    b": a\r\n:b\r\r\n",
]


def split(data: bytes, random_: random.Random, most: int) -> list[bytes]:
    """The same bytes in pieces of 1 to so many."""
    blocks = []
    while data:
        size = random_.randint(1, most)
        blocks.append(data[:size])
        data = data[size:]
    return blocks


def random_stream(random_: random.Random) -> tuple[bytes, list[str]]:
    """The bytes of a stream, and the texts of its events."""
    said = random_.choices(WORDS, k=random_.randint(0, 12))
    data = random_.choice([b"", b"\xef\xbb\xbf"])
    for word in said:
        if random_.random() < 0.3:
            data += random_.choice(NOISE)
        data += piece(word)
    data += DONE
    if random_.random() < 0.5:
        data = data.replace(b"\n", random_.choice([b"\r\n", b"\r"]))
    return data, [word.replace("\\n", "\n").replace('\\"', '"') for word in said]


@pytest.mark.parametrize("seed", range(40))
def test_any_split_gives_the_same_events(seed: int) -> None:
    random_ = random.Random(seed)
    data, said = random_stream(random_)
    most = random_.choice([1, 3, 17, 200, 5000])
    replies = [RawReply([data]), RawReply(split(data, random_, most))]
    with MockServer([*replies]) as server, client(server) as mistral:
        whole: list[CompletionEvent] = stream(mistral)
        pieces: list[CompletionEvent] = stream(mistral)
        assert_all_closed(server)
    assert pieces == whole
    assert [event.data.choices[0].delta.text for event in whole] == said


@pytest.mark.parametrize("seed", range(10))
def test_a_stream_may_end_anywhere(seed: int) -> None:
    random_ = random.Random(seed)
    data = piece("Bon") + piece("jour") + DONE
    end = random_.randrange(len(data))
    blocks = split(data[:end], random_, 50)
    expected = "Bon" * (end >= len(piece("Bon"))) + "jour" * (
        end >= len(piece("Bon") + piece("jour"))
    )
    with MockServer([RawReply(blocks)]) as server, client(server) as mistral:
        error = failure(stream, mistral)
        assert_all_closed(server)
    assert type(error) is IncompleteStreamError
    assert (error.partial.choices[0].message.text if error.partial else "") == expected


def test_a_stream_without_chunks() -> None:
    # Neither a length nor chunks: it ends with the connection.
    with ScriptedServer(STREAM_HEAD + piece("a") + DONE) as server, client(server) as mistral:
        (event,) = stream(mistral)
    assert event.data.choices[0].delta.text == "a"


@pytest.mark.parametrize(
    "blocks",
    [
        pytest.param([piece("a"), piece("x" * 1000), DONE], id="one line"),
        pytest.param([piece("a"), b": ping\n" * 200, DONE], id="many lines"),
        pytest.param([piece("a"), b"data: {" + b" " * 1000], id="without an end"),
    ],
)
def test_an_event_that_is_too_large(blocks: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    bounded = partial(EventStreamParser, max_event_size=500)
    monkeypatch.setattr(events_module, "EventStreamParser", bounded)
    with MockServer([RawReply(blocks)]) as server, client(server) as mistral:
        error = failure(stream, mistral)
        assert_all_closed(server)
    assert type(error) is IncompleteStreamError
    assert error.message == (
        "the stream was given up: an event is larger than max_event_size (500 bytes)"
    )
    assert error.status_code == 200


def test_the_bound_of_an_event_keeps_what_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    bounded = partial(EventStreamParser, max_event_size=500)
    monkeypatch.setattr(events_module, "EventStreamParser", bounded)
    # All in one block, so that what came before and what is too large are fed at once.
    body = STREAM_HEAD + piece("a") + piece("x" * 1000) + DONE
    with ScriptedServer(body) as server, client(server) as mistral:
        with mistral.chat.stream(model=MODEL, messages=HI) as events:
            assert next(events).data.choices[0].delta.text == "a"
            with pytest.raises(IncompleteStreamError, match="given up") as caught:
                next(events)
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.text == "a"
