"""Answers whose status is not 200: interim ones, errors, redirects to the same origin."""

from __future__ import annotations

from mistral_proto import (
    HTTPValidationError,
    IncompleteStreamError,
    NoResponseError,
    ResponseValidationError,
    SDKError,
)
from tests.client.faults.servers import PATH, WHOLE, Line, answer, drip, flood, good, hang_up, stall
from tests.client.faults.table import Row, overdue
from tests.client.support import STREAMS, WHOLE_ONES, Fails, Says

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n"
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
TIMED_OUT = Fails(NoResponseError, words="timed out")


def moved(status: int) -> Row:
    """To another path, unless it was asked there."""

    def script(line: Line) -> None:
        if line.request.start.split()[1] == PATH:
            line.send(answer(status, headers="location: /elsewhere"))
        else:
            good(line)

    return Row(f"{status} within the origin", script, Says(), requests=2)


def moved_on(line: Line) -> None:
    """To and fro between two paths, without an end."""
    path = "/a" if line.request.start.split()[1] == "/b" else "/b"
    line.send(answer(308, headers=f"location: {path}"))


def refused(name: str, status: int, script: bytes, words: str = "") -> Row:
    return Row(name, script, Fails(SDKError, status, words=words), again=False)


def refusal(status: int, again: bool) -> Row:
    kind = HTTPValidationError if status == 422 else SDKError
    end = Fails(kind, status, words="no, because")
    return Row(f"{status}", answer(status, b'{"message": "no, because"}'), end, again=again)


ROWS = [
    # -- interim answers
    Row("100 and the answer", (CONTINUE, good), Says()),
    Row("103 and the answer", (EARLY_HINTS, good), Says()),
    Row("several of them", (CONTINUE + EARLY_HINTS * 3, good), Says()),
    Row("100 and no answer", (CONTINUE, hang_up), Fails(NoResponseError)),
    overdue("103 and a stall", (EARLY_HINTS, stall), TIMED_OUT),
    refused("103 and an error", 400, EARLY_HINTS + answer(400)),
    refused("101", 101, b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
    Row("interim answers without an end", flood(EARLY_HINTS * 20), Fails(NoResponseError)),
    overdue("interim answers, dripping", drip(EARLY_HINTS[:30], EARLY_HINTS[30:]), TIMED_OUT),
    # -- other successes
    *[Row(f"{it}", answer(it, WHOLE), Says()) for it in (201, 202, 206, 299)],
    Row("204", answer(204), Fails(ResponseValidationError, 204), WHOLE_ONES, again=False),
    Row("204 to a stream", answer(204), Fails(IncompleteStreamError, 204), STREAMS),
    # -- errors
    Row("200 that reports 503", answer(200, b'{"error": {"message": "busy", "code": "503"}}'),
        Fails(SDKError, 503, words="busy")),
    refused("200 that reports 400", 400, answer(200, b'{"error": {"message": "bad", "code": 400}}'), "bad"),
    refused("503 that is final", 503, answer(503, b"bad", "x-should-retry: false"), "bad"),
    *[refusal(status, False) for status in (400, 401, 403, 404, 405, 409, 413, 418, 422, 499)],
    *[refusal(status, True) for status in (408, 425, 429, 500, 501, 502, 503, 504, 520, 599)],
    Row("502 of a gateway", answer(502, PAGE, "content-type: text/html"),
        Fails(SDKError, 502, words="502 Bad Gateway: 502 Bad Gateway")),
    Row("503 without a body", answer(503), Fails(SDKError, 503, words="503 Service Unavailable")),
    Row("503 that is cut", (b"HTTP/1.1 503 No\r\ncontent-length: 99\r\n\r\nbus", hang_up),
        Fails(SDKError, 503, words="bus")),
    overdue("503 with a body that stalls", (b"HTTP/1.1 503 No\r\ncontent-length: 99\r\n\r\nbus", stall),
        Fails(SDKError, 503, words="bus")),
    overdue("400 with a body that drips", (b"HTTP/1.1 400 No\r\n\r\n", drip(b"x")),
        Fails(SDKError, 400, words="xx")),
    Row("503 that is streamed", b"HTTP/1.1 503 No\r\ncontent-type: text/event-stream\r\n"
        b"transfer-encoding: chunked\r\n\r\n3\r\nbad\r\n0\r\n\r\n", Fails(SDKError, 503, words="bad")),
    # -- redirects
    *[refused(f"{it} within the origin", it, answer(it, headers="location: /elsewhere"), "/elsewhere")
        for it in (300, 301, 302, 303, 304, 305, 306)],
    *[moved(status) for status in (307, 308)],
    refused("307 without a location", 307, answer(307)),
    Row("308 without an end", moved_on, Fails(NoResponseError), again=False, requests=6),
]  # fmt: skip
