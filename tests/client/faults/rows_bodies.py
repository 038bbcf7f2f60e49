"""Faults in the body of a whole answer: cut, stuck, lied about, or too large."""

from __future__ import annotations

from mistral_proto import NoResponseError, ResponseValidationError, Timeouts
from tests.client.faults.servers import chunk, drip, hang_up, reset, stall
from tests.client.faults.table import SOON_MS, WHOLE_ONES, Fails, Row, Says
from tests.client.support import WHOLE

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
HALF = WHOLE[:60]

CUT = Fails(NoResponseError, "broke off: the connection was closed in the middle of it", 200)
NO_LENGTH = Fails(NoResponseError, "the content-length is not one number")
NO_CHUNK = Fails(NoResponseError, "the size of a chunk is not a number", 200)
TIMED_OUT = Fails(NoResponseError, "broke off: timed out", 200)
NO_COMPLETION = Fails(ResponseValidationError, "not a chat completion", 200)

BYTE_BY_BYTE = {"timeout_ms": Timeouts(read_ms=100, total_ms=60_000)}


def of_length(length: object, body: bytes = WHOLE) -> bytes:
    return OK + f"content-length: {length}\r\n\r\n".encode() + body


ROWS = [
    Row("reset after the headers", (of_length(len(WHOLE), b""), reset),
        Fails(NoResponseError, "reset by peer", None), WHOLE_ONES),
    Row("closed after the headers", (of_length(len(WHOLE), b""), hang_up), CUT, WHOLE_ONES),
    Row("cut in the body", (of_length(len(WHOLE), HALF), hang_up), CUT, WHOLE_ONES),
    Row("reset in the body", (of_length(len(WHOLE), HALF), reset),
        Fails(NoResponseError, "reset by peer", None), WHOLE_ONES),
    Row("cut in a chunk", (CHUNKED + chunk(WHOLE)[:60], hang_up), CUT, WHOLE_ONES),
    Row("cut after a chunk", (CHUNKED + chunk(WHOLE), hang_up), CUT, WHOLE_ONES),
    Row("cut before a chunk", (CHUNKED, hang_up), CUT, WHOLE_ONES),
    Row("cut between chunk header and data", (CHUNKED + chunk(HALF) + b"40\r\n", hang_up), CUT,
        WHOLE_ONES),
    Row("cut in a chunk header", (CHUNKED + chunk(HALF) + b"4", hang_up), CUT, WHOLE_ONES),
    Row("cut between two lines of the last chunk", (CHUNKED + chunk(WHOLE) + b"0\r\n", hang_up),
        Says(), WHOLE_ONES),
    # -- nothing comes, or too little of it
    Row("stall in the body", (of_length(len(WHOLE), HALF), stall), TIMED_OUT, WHOLE_ONES,
        again=False, timeout_ms=SOON_MS),
    Row("stall in the body past the wait for bytes", (of_length(len(WHOLE), HALF), stall),
        TIMED_OUT, WHOLE_ONES, options=BYTE_BY_BYTE),
    Row("stall in a chunk", (CHUNKED + chunk(WHOLE)[:60], stall), TIMED_OUT, WHOLE_ONES,
        again=False, timeout_ms=SOON_MS),
    Row("stall between chunk header and data", (CHUNKED + b"40\r\n", stall), TIMED_OUT, WHOLE_ONES,
        again=False, timeout_ms=SOON_MS),
    Row("stall before the last chunk", (CHUNKED + chunk(WHOLE), stall), TIMED_OUT, WHOLE_ONES,
        again=False, timeout_ms=SOON_MS),
    Row("drip in the body", (of_length(10**6, b""), drip(b" ")), TIMED_OUT, WHOLE_ONES,
        again=False, timeout_ms=SOON_MS),
    Row("drip without a length", (OK + b"\r\n", drip(b" ")), TIMED_OUT, WHOLE_ONES,
        again=False, timeout_ms=SOON_MS),
    Row("drip of chunks", (CHUNKED, drip(b"1", b"\r", b"\n", b" ", b"\r", b"\n")), TIMED_OUT,
        WHOLE_ONES, again=False, timeout_ms=SOON_MS),
    Row("drip in a chunk header", (CHUNKED, drip(b"0")), TIMED_OUT, WHOLE_ONES, again=False,
        timeout_ms=SOON_MS),
    Row("drip in a trailer", (CHUNKED + chunk(WHOLE) + b"0\r\nx: ", drip(b"x")), TIMED_OUT,
        WHOLE_ONES, again=False, timeout_ms=SOON_MS),
    # -- lies about the length
    Row("longer than it is", (of_length(len(WHOLE) + 1), hang_up), CUT, WHOLE_ONES),
    Row("much longer than it is", (of_length(10**14), hang_up), CUT, WHOLE_ONES),
    Row("longer than any disk", (of_length(10**40), hang_up), NO_LENGTH, WHOLE_ONES),
    Row("shorter than it is", of_length(len(WHOLE) - 1), NO_COMPLETION, WHOLE_ONES, again=False),
    Row("of no length", of_length(0), NO_COMPLETION, WHOLE_ONES, again=False),
    Row("of a negative length", (of_length(-1), hang_up), NO_LENGTH, WHOLE_ONES),
    Row("of a length that is no number", (of_length("many"), hang_up), NO_LENGTH, WHOLE_ONES),
    Row("of a length with a sign", (of_length(f"+{len(WHOLE)}"), hang_up), NO_LENGTH, WHOLE_ONES),
    Row("of two lengths",
        (OK + b"content-length: 5\r\n" + of_length(len(WHOLE))[len(OK) :], hang_up), NO_LENGTH,
        WHOLE_ONES),
    Row("of two lengths in a line", (of_length(f"{len(WHOLE)}, 5"), hang_up), NO_LENGTH,
        WHOLE_ONES),
    Row("of a length told twice", of_length(f"{len(WHOLE)}\r\ncontent-length: {len(WHOLE)}"),
        Says(), WHOLE_ONES),
    Row("of a length, and chunked", (OK + b"content-length: 3\r\n" + CHUNKED[len(OK) :]
        + chunk(WHOLE) + b"0\r\n\r\n", hang_up), Says(), WHOLE_ONES),
    # -- chunks that are none
    Row("a chunk of no number", (CHUNKED + b"zz\r\n", hang_up), NO_CHUNK, WHOLE_ONES),
    Row("a chunk of negative size", (CHUNKED + b"-5\r\n12345", hang_up), NO_CHUNK, WHOLE_ONES),
    Row("a chunk longer than it says", (CHUNKED + b"5\r\n" + WHOLE + b"\r\n", hang_up),
        Fails(NoResponseError, "a chunk is longer than its size", 200), WHOLE_ONES),
    Row("an encoding that nobody knows", (OK + b"transfer-encoding: rot13\r\n\r\n" + WHOLE,
        hang_up), Fails(NoResponseError, "the transfer-encoding is another than chunked"),
        WHOLE_ONES),
    # -- no answer of the API
    Row("no JSON", of_length(13, b"<html></html>"), NO_COMPLETION, WHOLE_ONES, again=False),
    Row("another document", of_length(2, b"[]"), NO_COMPLETION, WHOLE_ONES, again=False),
    Row("no choices", of_length(2, b"{}"), NO_COMPLETION, WHOLE_ONES, again=False),
    Row("no text", of_length(3, b"\xff\xfe\xfd"), NO_COMPLETION, WHOLE_ONES, again=False),
    Row("junk after the answer", of_length(len(WHOLE), WHOLE + b"HTTP/1.1 "), Says(), WHOLE_ONES),
]  # fmt: skip
