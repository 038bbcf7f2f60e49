"""Faults of a server in each call, without and with retries.

Each row checks the exact end, the attempts and the waits between them, the time, the
connections that are left open, and that nothing shows the key. More faults in HTTP are in
`tests/transport`.
"""

from __future__ import annotations

import gzip
import zlib

from mistral_proto import (
    HTTPValidationError,
    IncompleteStreamError,
    MistralError,
    NoResponseError,
    ResponseValidationError,
    SDKError,
    StreamError,
)
from tests.client.faults.servers import (
    DONE,
    EVENTS_HEAD,
    LAST_CHUNK,
    STREAM_HEAD,
    WHOLE,
    Script,
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
from tests.client.faults.table import BYTE_BY_BYTE, Row, check, each, overdue
from tests.client.support import STREAMS, WHOLE_ONES, Fails, Says

OK = b"HTTP/1.1 200 OK\r\n"
NONE = Fails(NoResponseError)
TIMED_OUT = Fails(NoResponseError, words="timed out")

HEADERS = [
    Row("reset before the headers", reset, NONE),
    Row("closed before the headers", hang_up, NONE),
    Row("closed in a header", (OK + b"content-type: appl", hang_up), NONE),
    Row("two lengths", OK + b"content-length: 5\r\n" + answer(200, WHOLE)[len(OK) :], NONE),
    Row("TLS on a plain port", (b"\x15\x03\x01\0\x02\x02\x16", hang_up), NONE),
    Row("a status line without an end", flood(b"HTTP/1.1 200 " + b"x" * 4096), NONE),
    overdue("stall before the headers", stall, TIMED_OUT),
    overdue("drip in a header", (OK + b"x-long: ", drip(b"x")), TIMED_OUT),
    Row("stall past the read timeout", stall, TIMED_OUT, options=BYTE_BY_BYTE),
]


def refused(name: str, status: int, script: bytes, words: str = "") -> Row:
    return Row(name, script, Fails(SDKError, status, words=words), again=False)


def refusal(status: int, again: bool) -> Row:
    kind = HTTPValidationError if status == 422 else SDKError
    end = Fails(kind, status, words="no, because")
    return Row(f"{status}", answer(status, b'{"message": "no, because"}'), end, again=again)


BUSY = b"HTTP/1.1 503 No\r\ncontent-length: 99\r\n\r\nbus"
NO = gzip.compress(b'{"message": "no, because"}')

STATUSES = [
    Row("interim", (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n", good), Says()),
    refused("101", 101, b"HTTP/1.1 101 X\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
    *[Row(f"{it}", answer(it, WHOLE), Says()) for it in (201, 299)],
    Row("204", answer(204), Fails(ResponseValidationError, 204), WHOLE_ONES, again=False),
    Row("204 to a stream", answer(204), Fails(IncompleteStreamError, 204), STREAMS),
    *[refused(f"{it}", it, answer(it, headers="location: /x"), "/x") for it in (300, 304, 305)],
    refused("307 without a location", 307, answer(307)),
    *[refusal(status, False) for status in (400, 413, 422)],
    *[refusal(status, True) for status in (429, 500, 503)],
    refused("503 that is final", 503, answer(503, b"bad", "x-should-retry: false"), "bad"),
    Row("200 that reports 503", answer(200, b'{"error": {"message": "busy", "code": "503"}}'),
        Fails(SDKError, 503, words="busy")),
    Row("503 that is cut", (BUSY, hang_up), Fails(SDKError, 503, words="bus")),
    overdue("503 with a body that stalls", (BUSY, stall), Fails(SDKError, 503, words="bus")),
    overdue("400 with a body that drips", (b"HTTP/1.1 400 No\r\n\r\n", drip(b"x")),
        Fails(SDKError, 400, words="xx")),
    Row("400, packed", answer(400, NO, "content-encoding: gzip"),
        Fails(SDKError, 400, words="no, because"), again=False),
]  # fmt: skip

# -- bodies of whole answers

CUT = Fails(NoResponseError, 200)
BODY_IN_TIME = Fails(NoResponseError, 200, words="timed out")
HALF = WHOLE[:60]


def of_length(length: int, body: bytes = WHOLE) -> bytes:
    return OK + f"content-length: {length}\r\n\r\n".encode() + body


def body(name: str, script: Script, end: Fails | Says = CUT, again: bool = True) -> Row:
    return Row(name, script, end, WHOLE_ONES, again)


def invalid(name: str, body: bytes) -> Row:
    end = Fails(ResponseValidationError, 200)
    return Row(name, answer(200, body), end, WHOLE_ONES, again=False)


def packed(encoding: str, body: bytes) -> bytes:
    return answer(200, body, f"content-type: application/json\r\ncontent-encoding: {encoding}")


PACKED = gzip.compress(WHOLE)
BOMB = gzip.compress(bytes(80 * 1024 * 1024), 1)

BODIES = [
    body("reset in the body", (of_length(len(WHOLE), HALF), reset), Fails(NoResponseError, None)),
    body("closed after the headers", (of_length(len(WHOLE), b""), hang_up)),
    body("cut in the body", (of_length(len(WHOLE), HALF), hang_up)),
    body("cut in a chunk", (EVENTS_HEAD + chunk(WHOLE)[:60], hang_up)),
    Row("stall in the body past the read timeout", (of_length(len(WHOLE), HALF), stall),
        BODY_IN_TIME, WHOLE_ONES, options=BYTE_BY_BYTE),
    overdue("stall in the body", (of_length(len(WHOLE), HALF), stall), BODY_IN_TIME, WHOLE_ONES),
    overdue("drip in the body", (OK + b"\r\n", drip(b" ")), BODY_IN_TIME, WHOLE_ONES),
    body("endless, of a length", (of_length(10**12, b""), flood(b" " * 2**20)), again=False),
    body("endless, in chunks", (EVENTS_HEAD, flood(chunk(b" " * 2**20))), again=False),
    invalid("shorter than it is", WHOLE[:-1]),
    invalid("empty", b""),
    invalid("no JSON", b"<html></html>"),
    invalid("another document", b"[]"),
    invalid("no text", b"\xff\xfe\xfd"),
    invalid("nested too deeply", b"[" * 200_000),
    body("junk after the answer", of_length(len(WHOLE), WHOLE + b"HTTP/1.1 "), Says()),
    body("gzip", packed("gzip", PACKED), Says()),
    body("deflate", packed("Deflate", zlib.compress(WHOLE)), Says()),
    body("identity", packed("identity", WHOLE), Says()),
    body("gzip that is cut", packed("gzip", PACKED[:-20])),
    body("not gzip", packed("gzip", WHOLE)),
    body("another encoding", packed("br", b"\x0b\x02\x80"), NONE, again=False),
    body("a bomb", packed("gzip", BOMB), again=False),
]  # fmt: skip

# -- streams, before and after the first event

FIRST = chunk(piece("Bon"))
BEGUN = EVENTS_HEAD + FIRST
LAST = piece("Bonjour", "stop")
ERROR = b'event: error\ndata: {"message": "the model broke down"}\n\n'
NO_EVENT = Fails(IncompleteStreamError, 200)
NO_EVENT_IN_TIME = Fails(IncompleteStreamError, 200, words="timed out")
BROKEN = Fails(IncompleteStreamError, 200, "Bon")
BROKEN_IN_TIME = Fails(IncompleteStreamError, 200, "Bon", "timed out")


def before(name: str, *script: Step) -> Row:
    return Row(name, script, NO_EVENT, STREAMS)


def after(name: str, *script: Step) -> Row:
    return Row(name, script, BROKEN, STREAMS, again=False)


def wrong(
    name: str,
    script: bytes,
    kind: type[MistralError] = ResponseValidationError,
    had: str | None = None,
) -> Row:
    return Row(name, script, Fails(kind, 200, had), STREAMS, again=False)


def fine(name: str, *script: Step) -> Row:
    return Row(name, script, Says(), STREAMS)


def packed_stream(encoding: bytes, *blocks: bytes) -> bytes:
    head = EVENTS_HEAD[:-2] + b"content-encoding: %s\r\n\r\n" % encoding
    return head + b"".join(map(chunk, blocks)) + LAST_CHUNK


def flushed(part: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH)


EVENT_BOMB = gzip.compress(piece("Bon") + b"data: " + b"x" * (80 * 1024 * 1024), 1)

IN_STREAMS = [
    before("reset after the headers", EVENTS_HEAD, reset),
    before("cut in the first event", EVENTS_HEAD + FIRST[:50], hang_up),
    before("cut after a comment", EVENTS_HEAD + chunk(b": ping\n\n"), hang_up),
    before("ended before the first event", EVENTS_HEAD + LAST_CHUNK),
    before("gzip that is cut in the first event", packed_stream(b"gzip", gzip.compress(LAST)[:20])),
    overdue("stall before the first event", (EVENTS_HEAD, stall), NO_EVENT_IN_TIME, STREAMS),
    overdue("drip of comments", (EVENTS_HEAD, drip(chunk(b":\n\n"))), NO_EVENT_IN_TIME, STREAMS),
    Row("stall before the first event past the read timeout", (EVENTS_HEAD, stall),
        NO_EVENT_IN_TIME, STREAMS, options=BYTE_BY_BYTE),
    after("cut in the stream", BEGUN, hang_up),
    after("reset in the stream", BEGUN, reset),
    after("cut in an event", BEGUN + FIRST[:50], hang_up),
    after("ended without [DONE]", BEGUN + LAST_CHUNK),
    after("ended in [DONE]", streamed(piece("Bon"), b"data: [DONE")),
    after("ended in an event", streamed(piece("Bon"), piece("Bonjour")[:-3])),
    after("cut after its finish reason", EVENTS_HEAD + chunk(piece("Bon", "stop")), hang_up),
    after("closed without [DONE]", STREAM_HEAD + piece("Bon"), hang_up),
    after("gzip that is cut in the stream", packed_stream(b"gzip", flushed(piece("Bon")))),
    after("a bomb in the stream", packed_stream(b"gzip", EVENT_BOMB)),
    after("an event without an end", BEGUN, flood(chunk(b"data: " + b"x" * 10**6 + b"\n"))),
    after("many comments", BEGUN, flood(chunk((b": " + b"x" * 1000 + b"\n") * 1000))),
    overdue("stall in the stream", (BEGUN, stall), BROKEN_IN_TIME, STREAMS),
    overdue("drip in an event", (BEGUN, drip(chunk(b"data: x"))), BROKEN_IN_TIME, STREAMS),
    Row("stall in the stream past the read timeout", (BEGUN, stall), BROKEN_IN_TIME, STREAMS,
        again=False, options=BYTE_BY_BYTE),
    wrong("an error event first", streamed(ERROR), StreamError),
    wrong("an error event", streamed(piece("Bon"), ERROR), StreamError, "Bon"),
    wrong("an event that is not JSON", BEGUN + chunk(b"data: {\n\n")),
    wrong("no event", streamed(b"data: {\n\n")),
    wrong("a page", answer(200, b"<html></html>", "content-type: text/html")),
    Row("an encoding of a stream", packed_stream(b"br", b"\x0b\x02\x80"), NONE, STREAMS, again=False),
    Row("an error of a status first", streamed(b'error: {"error": "busy", "code": 503}\n\n'),
        Fails(StreamError, 503, words="busy"), STREAMS),
    Row("an error of a status", streamed(piece("Bon"), b'data: {"error": {"code": 429}}\n\n'),
        Fails(StreamError, 429, "Bon"), STREAMS, again=False),
    fine("good", good),
    fine("the last event is cut", streamed(LAST[:-2])),
    fine("more after [DONE]", BEGUN + chunk(piece("jour")) + chunk(DONE), drip(chunk(b":\n"))),
    fine("a stall after [DONE]", BEGUN + chunk(piece("jour", "stop") + DONE), stall),
    fine("longer than its length", answer(200, LAST) + b"data: {\n\n", hang_up),
    fine("without a content type", OK + b"\r\n" + LAST + DONE, hang_up),
    fine("without [DONE], but with a finish reason", streamed(LAST)),
    fine("in chunks of a byte", streamed(*[bytes([byte]) for byte in LAST + DONE])),
    fine("packed", packed_stream(b"x-gzip", *[bytes([byte]) for byte in gzip.compress(LAST + DONE)])),
]  # fmt: skip


@each(HEADERS + STATUSES + BODIES + IN_STREAMS)
def test_a_fault(row: Row, name: str) -> None:
    check(row, name)
