"""Faults in the body of a whole answer: cut, stuck, lied about, or too large."""

from __future__ import annotations

from mistral_proto import NoResponseError, ResponseValidationError
from tests.client.faults.servers import (
    LAST_CHUNK,
    WHOLE,
    Script,
    Step,
    chunk,
    drip,
    flood,
    hang_up,
    reset,
    stall,
)
from tests.client.faults.table import BYTE_BY_BYTE, Row, overdue
from tests.client.support import WHOLE_ONES, Fails, Says

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
HALF = WHOLE[:60]
BOUND = 64 * 1024 * 1024
BLOCK = b" " * 2**20

CUT = Fails(NoResponseError, 200)
NONE = Fails(NoResponseError)  # its headers are of no use
RESET = Fails(NoResponseError, None)
TIMED_OUT = Fails(NoResponseError, 200, words="timed out")


def of_length(length: object, body: bytes = WHOLE) -> bytes:
    return OK + f"content-length: {length}\r\n\r\n".encode() + body


def lasting(name: str, *script: Step) -> Row:
    return overdue(name, script, TIMED_OUT, WHOLE_ONES)


def too_large(name: str, *script: Step) -> Row:
    return Row(name, script, CUT, WHOLE_ONES, again=False)


def good(name: str, script: Script) -> Row:
    return Row(name, script, Says(), WHOLE_ONES)


def bad(name: str, script: bytes, end: Fails = CUT) -> Row:
    return Row(name, (script, hang_up), end, WHOLE_ONES)


def another(name: str, script: bytes) -> Row:
    """A whole body, and no answer of the API."""
    return Row(name, script, Fails(ResponseValidationError, 200), WHOLE_ONES, again=False)


ROWS = [
    Row("reset after the headers", (of_length(len(WHOLE), b""), reset), RESET, WHOLE_ONES),
    bad("closed after the headers", of_length(len(WHOLE), b"")),
    bad("cut in the body", of_length(len(WHOLE), HALF)),
    Row("reset in the body", (of_length(len(WHOLE), HALF), reset), RESET, WHOLE_ONES),
    bad("cut in a chunk", CHUNKED + chunk(WHOLE)[:60]),
    # All of the body is there (RFC 9112, section 7.1.2); the connection is not used again.
    Row("cut behind the last chunk", (CHUNKED + chunk(WHOLE) + b"0\r\n", hang_up), Says(), WHOLE_ONES),
    # -- nothing comes, or too little of it
    lasting("stall in the body", of_length(len(WHOLE), HALF), stall),
    Row("stall in the body past the wait for bytes", (of_length(len(WHOLE), HALF), stall), TIMED_OUT,
        WHOLE_ONES, options=BYTE_BY_BYTE),
    lasting("stall before the last chunk", CHUNKED + chunk(WHOLE), stall),
    lasting("drip in the body", of_length(10**6, b""), drip(b" ")),
    lasting("drip without a length", OK + b"\r\n", drip(b" ")),
    lasting("drip of chunks", CHUNKED, drip(b"1", b"\r", b"\n", b" ", b"\r", b"\n")),
    lasting("drip in a trailer", CHUNKED + chunk(WHOLE) + b"0\r\nx: ", drip(b"x")),
    # -- lies about the length
    bad("longer than it is", of_length(len(WHOLE) + 1)),
    bad("much longer than it is", of_length(10**14)),
    another("shorter than it is", of_length(len(WHOLE) - 1)),
    another("of no length", of_length(0)),
    bad("of two lengths", OK + b"content-length: 5\r\n" + of_length(len(WHOLE))[len(OK) :], NONE),
    good("of a length told twice", of_length(f"{len(WHOLE)}\r\ncontent-length: {len(WHOLE)}")),
    good("of a length, and chunked", (OK + b"content-length: 3\r\n" + CHUNKED[len(OK) :]
        + chunk(WHOLE) + LAST_CHUNK, hang_up)),
    # -- chunks that are none
    bad("a chunk of no number", CHUNKED + b"zz\r\n"),
    bad("a chunk longer than it says", CHUNKED + b"5\r\n" + WHOLE + b"\r\n"),
    bad("an encoding that nobody knows", OK + b"transfer-encoding: rot13\r\n\r\n" + WHOLE, NONE),
    # -- larger than any answer, or without an end
    too_large("one byte more", of_length(BOUND + 1, b""), lambda line: line.send(b" " * (BOUND + 1))),
    too_large("in chunks", CHUNKED + chunk(BLOCK) * 65 + LAST_CHUNK),
    too_large("endless, of a length", of_length(10**12, b""), flood(BLOCK)),
    too_large("endless, in chunks", CHUNKED, flood(chunk(BLOCK))),
    too_large("endless, without a length", OK + b"\r\n", flood(BLOCK)),
    too_large("one chunk without an end", CHUNKED + b"fffffffff\r\n", flood(BLOCK)),
    # -- no answer of the API
    another("no JSON", of_length(13, b"<html></html>")),
    another("another document", of_length(2, b"[]")),
    another("no choices", of_length(2, b"{}")),
    another("no text", of_length(3, b"\xff\xfe\xfd")),
    another("nested too deeply", of_length(200_000, b"[" * 200_000)),
    good("junk after the answer", of_length(len(WHOLE), WHOLE + b"HTTP/1.1 ")),
]  # fmt: skip
