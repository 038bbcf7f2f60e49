"""Faults in a stream, before and after its first event."""

from __future__ import annotations

from mistral_proto import (
    IncompleteStreamError,
    MistralError,
    ResponseValidationError,
    StreamError,
)
from tests.client.faults.servers import (
    DONE,
    EVENTS_HEAD,
    LAST_CHUNK,
    STREAM_HEAD,
    Step,
    answer,
    chunk,
    drip,
    flood,
    good,
    hang_up,
    piece,
    reset,
    stall,
    streamed,
)
from tests.client.faults.table import BYTE_BY_BYTE, Row, overdue
from tests.client.support import STREAMS, Fails, Says

FIRST = chunk(piece("Bon"))
BEGUN = EVENTS_HEAD + FIRST
LAST = piece("Bonjour", "stop")
CUT_EVENT = piece("Bonjour")[:-3]
ERROR = b'event: error\ndata: {"message": "the model broke down"}\n\n'

NONE = Fails(IncompleteStreamError, 200)
NONE_IN_TIME = Fails(IncompleteStreamError, 200, words="timed out")
BROKEN = Fails(IncompleteStreamError, 200, "Bon")
BROKEN_IN_TIME = Fails(IncompleteStreamError, 200, "Bon", "timed out")


def none(name: str, *script: Step) -> Row:
    """A stream without an event, which may be asked for again."""
    return Row(name, script, NONE, STREAMS)


def none_in_time(name: str, *script: Step) -> Row:
    return overdue(name, script, NONE_IN_TIME, STREAMS)


def broken(name: str, *script: Step) -> Row:
    """What was had of it is not asked for again."""
    return Row(name, script, BROKEN, STREAMS, again=False)


def broken_in_time(name: str, *script: Step) -> Row:
    return overdue(name, script, BROKEN_IN_TIME, STREAMS)


def refused(name: str, script: bytes, kind: type[MistralError], partial: str | None = None) -> Row:
    words = "the model broke down" if kind is StreamError else ""
    return Row(name, script, Fails(kind, 200, partial, words), STREAMS, again=False)


def read(name: str, *script: Step) -> Row:
    return Row(name, script, Says(), STREAMS)


BEFORE_THE_FIRST = [
    none("closed after the headers", EVENTS_HEAD, hang_up),
    none("reset after the headers", EVENTS_HEAD, reset),
    none("cut in the first event", EVENTS_HEAD + FIRST[:50], hang_up),
    none("cut after a comment", EVENTS_HEAD + chunk(b": ping\n\n"), hang_up),
    none("ended before the first event", EVENTS_HEAD + LAST_CHUNK),
    none("closed before the first event, in good order", STREAM_HEAD, hang_up),
    none_in_time("stall before the first event", EVENTS_HEAD, stall),
    Row("stall before the first event past the wait for bytes", (EVENTS_HEAD, stall), NONE_IN_TIME,
        STREAMS, options=BYTE_BY_BYTE),
    none_in_time("stall in the first event", EVENTS_HEAD + FIRST[:50], stall),
    none_in_time("drip of comments", EVENTS_HEAD, drip(chunk(b":\n\n"))),
    none_in_time("drip in the first event", STREAM_HEAD + b"data: ", drip(b"x")),
    none("a chunk of no number", EVENTS_HEAD + b"zz\r\n", hang_up),
]  # fmt: skip

AFTER_THE_FIRST = [
    broken("cut in the stream", BEGUN, hang_up),
    broken("reset in the stream", BEGUN, reset),
    broken("cut in an event", BEGUN + FIRST[:50], hang_up),
    broken("ended without [DONE]", BEGUN + LAST_CHUNK),
    broken("ended in [DONE]", streamed(piece("Bon"), b"data: [DONE")),
    broken("ended in an event", streamed(piece("Bon"), CUT_EVENT)),
    broken("cut after its finish reason", EVENTS_HEAD + chunk(piece("Bon", "stop")), hang_up),
    broken("closed in good order without [DONE]", STREAM_HEAD + piece("Bon"), hang_up),
    broken_in_time("stall in the stream", BEGUN, stall),
    Row("stall in the stream past the wait for bytes", (BEGUN, stall), BROKEN_IN_TIME, STREAMS,
        again=False, options=BYTE_BY_BYTE),
    broken_in_time("drip in the stream", STREAM_HEAD + piece("Bon") + b"data: ", drip(b"x")),
    broken("an event without an end", BEGUN, flood(chunk(b"data: " + b"x" * 10**6 + b"\n"))),
    broken("an event of many lines", BEGUN, flood(chunk((b": " + b"x" * 1000 + b"\n") * 1000))),
    refused("an error event", streamed(piece("Bon"), ERROR), StreamError, "Bon"),
    refused("an event that is no JSON", BEGUN + chunk(b"data: {\n\n"), ResponseValidationError),
]  # fmt: skip

OTHERS = [
    refused("an error event at first", streamed(ERROR), StreamError),
    Row("an error of a status at first", streamed(b'error: {"error": "busy", "code": 503}\n\n'),
        Fails(StreamError, 503, words="busy"), STREAMS),
    Row("an error of a status after the first", streamed(piece("Bon"), b'data: {"error": {"code": 429}}\n\n'),
        Fails(StreamError, 429, "Bon"), STREAMS, again=False),
    refused("no events at first", streamed(b"data: {\n\n"), ResponseValidationError),
    refused("a page", answer(200, b"<html></html>", "content-type: text/html"),
        ResponseValidationError),
    # -- what may be odd, and is understood
    read("a good one", good),
    read("one whose last event is cut", streamed(LAST[:-2])),
    read("one that goes on after [DONE]", BEGUN + chunk(piece("jour")) + chunk(DONE),
        drip(chunk(b":\n"))),
    read("one that stalls after [DONE]", BEGUN + chunk(piece("jour", "stop") + DONE), stall),
    read("one without a length", STREAM_HEAD + LAST + DONE, hang_up),
    read("one that says more than its length", answer(200, LAST) + b"data: {\n\n", hang_up),
    read("one without a content type", b"HTTP/1.1 200 OK\r\n\r\n" + LAST + DONE, hang_up),
    read("one without [DONE], but with a finish reason", streamed(LAST)),
    read("one of chunks that cut its events", streamed(*[bytes([byte]) for byte in LAST + DONE])),
]  # fmt: skip

ROWS = BEFORE_THE_FIRST + AFTER_THE_FIRST + OTHERS
