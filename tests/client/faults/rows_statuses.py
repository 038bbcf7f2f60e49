"""Answers whose status is not 200: interim ones, errors, redirects to the same origin."""

from __future__ import annotations

from mistral_proto import HTTPValidationError, NoResponseError, RateLimitError, SDKError
from tests.client.faults.servers import Line, drip, flood, good, hang_up, stall
from tests.client.faults.table import SOON_MS, Fails, Row, Says
from tests.client.support import PATH, WHOLE, answer

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n"
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


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


def unlike(status: int) -> Row:
    """A success that is no answer."""
    body = b"" if status == 204 else WHOLE
    return Row(f"{status}", answer(status, body), Fails(SDKError, str(status), status), again=False)


def refusal(status: int, again: bool, headers: str = "") -> Row:
    body = b'{"message": "no, because"}'
    kind = {422: HTTPValidationError, 429: RateLimitError}.get(status, SDKError)
    end = Fails(kind, "no, because", status)
    return Row(f"{status}{' ' if headers else ''}{headers}", answer(status, body, headers), end,
               again=again)  # fmt: skip


def unfollowed(status: int) -> Row:
    script = answer(status, headers="location: /elsewhere")
    end = Fails(SDKError, "a redirect to /elsewhere was not followed", status)
    return Row(f"{status} within the origin", script, end, again=False)


ROWS = [
    # -- interim answers
    Row("100 and the answer", (CONTINUE, good), Says()),
    Row("103 and the answer", (EARLY_HINTS, good), Says()),
    Row("several of them", (CONTINUE + EARLY_HINTS * 3, good), Says()),
    Row("100 and no answer", (CONTINUE, hang_up), Fails(NoResponseError, "closed")),
    Row("103 and a stall", (EARLY_HINTS, stall), Fails(NoResponseError, "timed out"), again=False,
        timeout_ms=SOON_MS),
    Row("103 and an error", EARLY_HINTS + answer(400),
        Fails(SDKError, "400 Bad Request", 400), again=False),
    Row("101", b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        Fails(SDKError, "101 Switching Protocols", 101), again=False),
    Row("interim answers without an end", flood(EARLY_HINTS * 20),
        Fails(NoResponseError, "the headers are too large")),
    Row("interim answers, dripping", drip(EARLY_HINTS[:30], EARLY_HINTS[30:]),
        Fails(NoResponseError, "timed out"), again=False, timeout_ms=SOON_MS),
    # -- other successes
    *[unlike(status) for status in (201, 202, 204, 206, 299)],
    # -- errors
    *[refusal(status, False) for status in (400, 401, 403, 404, 405, 409, 413, 418, 422, 499)],
    *[refusal(status, True) for status in (408, 425, 429, 500, 501, 502, 503, 504, 520, 599)],
    Row("502 of a gateway", answer(502, PAGE, "content-type: text/html"),
        Fails(SDKError, "502 Bad Gateway: 502 Bad Gateway", 502)),
    Row("503 without a body", answer(503), Fails(SDKError, "503 Service Unavailable", 503)),
    Row("503 that is cut", (b"HTTP/1.1 503 No\r\ncontent-length: 99\r\n\r\nbus", hang_up),
        Fails(SDKError, "503 Service Unavailable: bus", 503)),
    Row("503 with a body that stalls",
        (b"HTTP/1.1 503 No\r\ncontent-length: 99\r\n\r\nbus", stall),
        Fails(SDKError, "503 Service Unavailable: bus", 503),
        again=False, timeout_ms=SOON_MS),
    Row("400 with a body that drips",
        (b"HTTP/1.1 400 No\r\n\r\n", drip(b"x")), Fails(SDKError, "400 Bad Request: xx", 400),
        again=False, timeout_ms=SOON_MS),
    Row("503 that is streamed", b"HTTP/1.1 503 No\r\ncontent-type: text/event-stream\r\n"
        b"transfer-encoding: chunked\r\n\r\n3\r\nbad\r\n0\r\n\r\n", Fails(SDKError, "bad", 503)),
    # -- redirects
    *[unfollowed(status) for status in (300, 301, 302, 303, 304, 305, 306)],
    *[moved(status) for status in (307, 308)],
    Row("307 without a location", answer(307),
        Fails(SDKError, "a redirect to nowhere was not followed", 307), again=False),
    Row("308 without an end", moved_on, Fails(NoResponseError, "more than 5 redirects"),
        again=False, requests=6),
]  # fmt: skip
