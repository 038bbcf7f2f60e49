"""Faults in a stream, before and after its first event."""

from __future__ import annotations

from mistral_proto import (
    IncompleteStreamError,
    ResponseValidationError,
    StreamError,
    Timeouts,
)
from tests.client.faults.servers import (
    EVENTS_HEAD,
    LAST_CHUNK,
    chunk,
    drip,
    flood,
    good,
    hang_up,
    reset,
    stall,
)
from tests.client.faults.table import SOON_MS, STREAMS, Fails, Row, Says
from tests.client.support import DONE, STREAM_HEAD, answer, piece

FIRST = chunk(piece("Bon"))
BEGUN = EVENTS_HEAD + FIRST
ERROR = b'event: error\ndata: {"message": "the model broke down"}\n\n'
BYTE_BY_BYTE = {"timeout_ms": Timeouts(read_ms=100, total_ms=60_000)}

NONE = Fails(IncompleteStreamError, "broke off: the connection was closed in the middle of it", 200)
NONE_IN_TIME = Fails(IncompleteStreamError, "broke off: timed out", 200)
BROKEN = Fails(IncompleteStreamError, "broke off: the connection was", 200, "Bon")
BROKEN_IN_TIME = Fails(IncompleteStreamError, "broke off: timed out", 200, "Bon")

BEFORE_THE_FIRST = [
    Row("closed after the headers", (EVENTS_HEAD, hang_up), NONE, STREAMS),
    Row("reset after the headers", (EVENTS_HEAD, reset),
        Fails(IncompleteStreamError, "reset by peer", 200), STREAMS),
    Row("cut in the first event", (EVENTS_HEAD + FIRST[:50], hang_up), NONE, STREAMS),
    Row("cut after a comment", (EVENTS_HEAD + chunk(b": ping\n\n"), hang_up), NONE, STREAMS),
    Row("cut in the first chunk header", (EVENTS_HEAD + b"4", hang_up), NONE, STREAMS),
    Row("cut between chunk header and data", (EVENTS_HEAD + b"40\r\n", hang_up), NONE, STREAMS),
    Row("ended before the first event", EVENTS_HEAD + LAST_CHUNK,
        Fails(IncompleteStreamError, "ended without", 200), STREAMS),
    Row("closed before the first event, in good order", (STREAM_HEAD, hang_up),
        Fails(IncompleteStreamError, "ended without", 200), STREAMS),
    Row("stall before the first event", (EVENTS_HEAD, stall), NONE_IN_TIME, STREAMS,
        again=False, timeout_ms=SOON_MS),
    Row("stall before the first event past the wait for bytes", (EVENTS_HEAD, stall), NONE_IN_TIME,
        STREAMS, options=BYTE_BY_BYTE),
    Row("stall in the first event", (EVENTS_HEAD + FIRST[:50], stall), NONE_IN_TIME, STREAMS,
        again=False, timeout_ms=SOON_MS),
    Row("drip of comments", (EVENTS_HEAD, drip(chunk(b":\n\n"))), NONE_IN_TIME, STREAMS,
        again=False, timeout_ms=SOON_MS),
    Row("drip in the first event", (STREAM_HEAD + b"data: ", drip(b"x")), NONE_IN_TIME, STREAMS,
        again=False, timeout_ms=SOON_MS),
    Row("drip in the first chunk header", (EVENTS_HEAD, drip(b"0")), NONE_IN_TIME, STREAMS,
        again=False, timeout_ms=SOON_MS),
    Row("a chunk of no number", (EVENTS_HEAD + b"zz\r\n", hang_up),
        Fails(IncompleteStreamError, "the size of a chunk is not a number", 200), STREAMS),
]  # fmt: skip

AFTER_THE_FIRST = [
    Row("cut in the stream", (BEGUN, hang_up), BROKEN, STREAMS, again=False),
    Row("reset in the stream", (BEGUN, reset),
        Fails(IncompleteStreamError, "reset by peer", 200, "Bon"), STREAMS, again=False),
    Row("cut in an event", (BEGUN + FIRST[:50], hang_up), BROKEN, STREAMS, again=False),
    Row("cut in a chunk header", (BEGUN + b"4", hang_up), BROKEN, STREAMS, again=False),
    Row("cut between chunk header and data of a later one", (BEGUN + b"40\r\n", hang_up), BROKEN,
        STREAMS, again=False),
    Row("ended without [DONE]", BEGUN + LAST_CHUNK,
        Fails(IncompleteStreamError, "ended without [DONE]", 200, "Bon"), STREAMS, again=False),
    Row("closed in good order without [DONE]", (STREAM_HEAD + piece("Bon"), hang_up),
        Fails(IncompleteStreamError, "ended without [DONE]", 200, "Bon"), STREAMS, again=False),
    Row("stall in the stream", (BEGUN, stall), BROKEN_IN_TIME, STREAMS, again=False,
        timeout_ms=SOON_MS),
    Row("stall in the stream past the wait for bytes", (BEGUN, stall), BROKEN_IN_TIME, STREAMS,
        again=False, options=BYTE_BY_BYTE),
    Row("drip in the stream", (STREAM_HEAD + piece("Bon") + b"data: ", drip(b"x")), BROKEN_IN_TIME,
        STREAMS, again=False, timeout_ms=SOON_MS),
    Row("drip of comments in the stream", (BEGUN, drip(*[bytes([byte]) for byte in chunk(b":\n")])),
        BROKEN_IN_TIME, STREAMS, again=False, timeout_ms=SOON_MS),
    Row("a chunk of negative size", (BEGUN + b"-5\r\n12345", hang_up),
        Fails(IncompleteStreamError, "broke off", 200, "Bon"), STREAMS, again=False),
    Row("an event without an end", (BEGUN, flood(chunk(b"data: " + b"x" * 10**6 + b"\n"))),
        Fails(IncompleteStreamError, "was given up", 200, "Bon"), STREAMS, again=False),
    Row("an error event", BEGUN + chunk(ERROR) + LAST_CHUNK,
        Fails(StreamError, "the model broke down", 200, "Bon"), STREAMS, again=False),
    Row("an event that is no JSON", BEGUN + chunk(b"data: {\n\n"),
        Fails(ResponseValidationError, "not a completion event", 200), STREAMS, again=False),
]  # fmt: skip

OTHERS = [
    Row("an error event at first", EVENTS_HEAD + chunk(ERROR) + LAST_CHUNK,
        Fails(StreamError, "the model broke down", 200), STREAMS, again=False),
    Row("no events at first", EVENTS_HEAD + chunk(b"data: {\n\n") + LAST_CHUNK,
        Fails(ResponseValidationError, "not a completion event", 200), STREAMS, again=False),
    Row("a page", answer(200, b"<html></html>", "content-type: text/html"),
        Fails(ResponseValidationError, "not an event stream", 200), STREAMS, again=False),
    # -- what may be odd, and is understood
    Row("a good one", good, Says(), STREAMS),
    Row("one that goes on after [DONE]", (BEGUN + chunk(piece("jour")) + chunk(DONE),
        drip(chunk(b":\n"))), Says(), STREAMS),
    Row("one that stalls after [DONE]", (BEGUN + chunk(piece("jour", "stop") + DONE), stall),
        Says(), STREAMS),
    Row("one without a length", (STREAM_HEAD + piece("Bonjour", "stop") + DONE, hang_up), Says(),
        STREAMS),
    Row("one without [DONE], but with a finish reason",
        EVENTS_HEAD + chunk(piece("Bonjour", "stop")) + LAST_CHUNK, Says(), STREAMS),
    Row("one of chunks that cut its events", EVENTS_HEAD
        + b"".join([chunk(bytes([byte])) for byte in piece("Bonjour", "stop") + DONE])
        + LAST_CHUNK, Says(), STREAMS),
]  # fmt: skip

ROWS = BEFORE_THE_FIRST + AFTER_THE_FIRST + OTHERS
