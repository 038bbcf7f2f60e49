"""Ways to feed a parser, a naive reading of the standard to hold it against, and streams."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mistral_proto.sse import EventStreamParser, ServerSentEvent


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


def oracle(stream: bytes) -> Outcome:
    """The standard read naively, on the whole text at once."""
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
