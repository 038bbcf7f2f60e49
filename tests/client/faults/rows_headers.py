"""Faults before the body: no status line, or headers that are cut, stuck, wrong or too large."""

from __future__ import annotations

from mistral_proto import NoResponseError
from tests.client.faults.servers import WHOLE, answer, drip, flood, hang_up, reset, stall
from tests.client.faults.table import BYTE_BY_BYTE, Row, overdue
from tests.client.support import WHOLE_ONES, Fails, Says

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"content-length: %d\r\n" % len(WHOLE)
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"

NONE = Fails(NoResponseError)
TIMED_OUT = Fails(NoResponseError, words="timed out")

ROWS = [
    Row("reset before the headers", reset, NONE),
    Row("closed before the headers", hang_up, NONE),
    Row("closed in the status line", (b"HTTP/1.1 2", hang_up), NONE),
    Row("closed in a header", (OK + b"content-type: appl", hang_up), NONE),
    # -- nothing comes, or too little of it
    overdue("stall before the headers", stall, TIMED_OUT),
    overdue("stall in the status line", (b"HT", stall), TIMED_OUT),
    Row("stall past the wait for bytes", stall, TIMED_OUT, options=BYTE_BY_BYTE),
    overdue("drip in the status line", (b"HTTP/1.1 200 ", drip(b"O")), TIMED_OUT),
    overdue("drip in a header", (OK + b"x-long: ", drip(b"x")), TIMED_OUT),
    overdue("drip of interim answers", drip(*[bytes([byte]) for byte in INTERIM]), TIMED_OUT),
    # -- no HTTP
    Row("TLS on a plain port", (b"\x15\x03\x01\0\x02\x02\x16", hang_up), NONE),
    Row("HTTP/2", (b"HTTP/2 200\r\ncontent-length: 0\r\n\r\n", hang_up), NONE),
    # -- too much of it
    Row("a status line without an end", flood(b"HTTP/1.1 200 " + b"x" * 4096), NONE),
    Row("a header of 100 kB, and an answer", answer(200, WHOLE, "x: " + "x" * 100_000), NONE),
    Row("10,000 headers", (OK + b"x: y\r\n" * 10_000 + b"\r\n", hang_up), NONE),
    Row("a line without a colon", OK + b"nonsense\r\n" + LENGTH + b"\r\n" + WHOLE, NONE),
    Row("a header on two lines", OK + b"x: y\r\n z\r\n" + LENGTH + b"\r\n" + WHOLE, Says(), WHOLE_ONES),
    # -- what may be odd, and is understood
    Row("HTTP/1.0", (answer(200, WHOLE).replace(b"1.1", b"1.0", 1), hang_up), Says(), WHOLE_ONES),
    Row("a hundred headers", answer(200, WHOLE, "\r\n".join(["x: y"] * 90)), Says(), WHOLE_ONES),
]  # fmt: skip
