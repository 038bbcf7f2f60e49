"""The head of a request and of a response: what is written, what is read, and what is neither."""

from __future__ import annotations

import random
from http.client import BadStatusLine, HTTPException, RemoteDisconnected
from io import BytesIO

import pytest

from mistral_proto.transport.failures import ProtocolError
from mistral_proto.transport.head import read_head, request_head

OK = b"HTTP/1.1 200 OK\r\n"


def read(data: bytes) -> tuple[int, int, str, list[tuple[str, str]]]:
    version, status, reason, headers = read_head(BytesIO(data).readline)
    return version, status, reason, headers.fields


# -- what is read

Head = tuple[int, int, str, list[tuple[str, str]]]
HEADS: dict[str, tuple[bytes, Head]] = {
    "no headers": (OK + b"\r\n", (1, 200, "OK", [])),
    "a header": (OK + b"A: b\r\n\r\n", (1, 200, "OK", [("A", "b")])),
    "HTTP/1.0": (b"HTTP/1.0 404 Not Found\r\n\r\n", (0, 404, "Not Found", [])),
    "a later version": (b"HTTP/1.2 200 OK\r\n\r\n", (2, 200, "OK", [])),
    "no reason": (b"HTTP/1.1 200 \r\n\r\n", (1, 200, "", [])),
    "not even a space for it": (b"HTTP/1.1 200\r\n\r\n", (1, 200, "", [])),
    "a reason of any bytes": (b"HTTP/1.1 200 \xe9\x1b\r\n\r\n", (1, 200, "é\x1b", [])),
    "a status of its own": (b"HTTP/1.1 999 ?\r\n\r\n", (1, 999, "?", [])),
    "line feeds alone": (b"HTTP/1.1 200 OK\nA: b\n\n", (1, 200, "OK", [("A", "b")])),
    "no value": (OK + b"A:\r\nB: \r\n\r\n", (1, 200, "OK", [("A", ""), ("B", "")])),
    "spaces around": (OK + b"A: \t b c \t\r\n\r\n", (1, 200, "OK", [("A", "b c")])),
    "no space": (OK + b"A:b\r\n\r\n", (1, 200, "OK", [("A", "b")])),
    "colons": (OK + b"A: b:c: d\r\n\r\n", (1, 200, "OK", [("A", "b:c: d")])),
    "twice": (OK + b"a: 1\r\nA: 2\r\n\r\n", (1, 200, "OK", [("a", "1"), ("A", "2")])),
    "a value of any bytes": (OK + b"A: \xe9\x1b\r\n\r\n", (1, 200, "OK", [("A", "é\x1b")])),
    "a name of any token": (OK + b"x_!#$%&'*+.^`|~-9: y\r\n\r\n", (1, 200, "OK", [("x_!#$%&'*+.^`|~-9", "y")])),
    "a hundred": (OK + b"A: b\r\n" * 100 + b"\r\n", (1, 200, "OK", [("A", "b")] * 100)),
    "a long one": (OK + b"A: " + b"b" * 65_000 + b"\r\n\r\n", (1, 200, "OK", [("A", "b" * 65_000)])),
}  # fmt: skip


@pytest.mark.parametrize(("data", "head"), HEADS.values(), ids=HEADS)
def test_a_head(data: bytes, head: Head) -> None:
    assert read(data) == head
    # What follows stays where it is.
    stream = BytesIO(data + b"body\r\n")
    read_head(stream.readline)
    assert stream.read() == b"body\r\n"


@pytest.mark.parametrize(("data", "head"), HEADS.values(), ids=HEADS)
def test_a_head_that_is_cut(data: bytes, head: Head) -> None:
    places = range(len(data))
    for at in sorted({*places[:300], *places[-300:]}):
        # Of the last line end the line feed alone would do.
        with pytest.raises((RemoteDisconnected, BadStatusLine, ProtocolError)):
            read(data[:at])


NO_LINE = "no status line"
NONE = "a line of the headers is none"
LONG = "a line of the headers is too long"
CUT = "the connection was closed in the middle of the headers"

BROKEN: dict[str, tuple[bytes, type[Exception], str]] = {
    "nothing": (b"", RemoteDisconnected, "without response"),
    "an empty line": (b"\r\n" + OK + b"\r\n", BadStatusLine, NO_LINE),
    "another protocol": (b"SSH-2.0-OpenSSH_9.9\r\n", BadStatusLine, NO_LINE),
    "a page": (b"<html>\r\n", BadStatusLine, NO_LINE),
    "an event": (b"data: {}\n\n", BadStatusLine, NO_LINE),
    "HTTP/2": (b"HTTP/2 200\r\n\r\n", BadStatusLine, NO_LINE),
    "HTTP/2.0": (b"HTTP/2.0 200 OK\r\n\r\n", BadStatusLine, NO_LINE),
    "HTTP/0.9": (b"HTTP/0.9 200 OK\r\n\r\n", BadStatusLine, NO_LINE),
    "HTTP/1.10": (b"HTTP/1.10 200 OK\r\n\r\n", BadStatusLine, NO_LINE),
    "in small letters": (b"http/1.1 200 OK\r\n\r\n", BadStatusLine, NO_LINE),
    "a space before": (b" HTTP/1.1 200 OK\r\n\r\n", BadStatusLine, NO_LINE),
    "two spaces": (b"HTTP/1.1  200 OK\r\n\r\n", BadStatusLine, NO_LINE),
    "a status of two digits": (b"HTTP/1.1 20 OK\r\n\r\n", BadStatusLine, NO_LINE),
    "a status of four": (b"HTTP/1.1 2000 OK\r\n\r\n", BadStatusLine, NO_LINE),
    "a status below 100": (b"HTTP/1.1 099 OK\r\n\r\n", BadStatusLine, NO_LINE),
    "a status that is none": (b"HTTP/1.1 OK\r\n\r\n", BadStatusLine, NO_LINE),
    "a negative status": (b"HTTP/1.1 -20 OK\r\n\r\n", BadStatusLine, NO_LINE),
    "a carriage return in the reason": (b"HTTP/1.1 200 O\rK\r\n\r\n", BadStatusLine, NO_LINE),
    "half a line": (b"HTTP/1.1 200 OK", ProtocolError, CUT),
    "no end": (OK + b"A: b\r\n", ProtocolError, CUT),
    "half a header": (OK + b"A: b", ProtocolError, CUT),
    "no colon": (OK + b"A b\r\n\r\n", ProtocolError, NONE),
    "no name": (OK + b": b\r\n\r\n", ProtocolError, NONE),
    "a space in the name": (OK + b"A b: c\r\n\r\n", ProtocolError, NONE),
    "a space before the colon": (OK + b"A : b\r\n\r\n", ProtocolError, NONE),
    "a space before the name": (OK + b" A: b\r\n\r\n", ProtocolError, NONE),
    "a folded line": (OK + b"A: b\r\n c\r\n\r\n", ProtocolError, NONE),
    "a name beyond ASCII": (OK + b"\xe9: b\r\n\r\n", ProtocolError, NONE),
    "a zero": (OK + b"A: b\0c\r\n\r\n", ProtocolError, NONE),
    "a carriage return in a value": (OK + b"A: b\rc\r\n\r\n", ProtocolError, NONE),
    "two carriage returns": (OK + b"A: b\r\r\n\r\n", ProtocolError, NONE),
    "a carriage return alone at the end": (OK + b"\r\r\n", ProtocolError, NONE),
    "a long status line": (b"HTTP/1.1 200 " + b"x" * 65_536 + b"\r\n\r\n", ProtocolError, LONG),
    "a long header": (OK + b"A: " + b"b" * 65_536 + b"\r\n\r\n", ProtocolError, LONG),
    "no line end at all": (OK + b"A" * 10**6, ProtocolError, LONG),
    "too many": (OK + b"A: b\r\n" * 101 + b"\r\n", ProtocolError, "there are more than 100 headers"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "kind", "words"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_head(data: bytes, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        read(data)
    # None of it is in what is said: it may be anything.
    assert "<html" not in str(caught.value) and "SSH" not in str(caught.value)


def test_any_bytes_are_read_or_refused() -> None:
    random_ = random.Random(11)
    words = [
        b"HTTP/1.1",
        b" ",
        b"200",
        b"OK",
        b"\r\n",
        b"\n",
        b"\r",
        b"A",
        b":",
        b"b",
        b"\0",
        b"\xff",
    ]
    heads = 0
    for _ in range(20_000):
        start = random_.choice([b"", OK])
        data = start + b"".join(random_.choices(words, k=random_.randrange(9)))
        try:
            _, status, _, headers = read(data)
        except (HTTPException, ConnectionError):
            continue
        heads += 1
        assert 100 <= status < 1000
        for name, value in headers:
            assert name and not set(name) & set(" :\r\n\0")
            assert not set(value) & set("\r\n\0") and value == value.strip(" \t")
    assert heads > 500


# -- what is written


def test_a_request() -> None:
    head = request_head("POST", "/v1?x=y", {"host": "127.0.0.1:80", "X-One": "", "x": "é"})
    assert head == b"POST /v1?x=y HTTP/1.1\r\nhost: 127.0.0.1:80\r\nX-One: \r\nx: \xe9\r\n\r\n"
    assert request_head("GET", "*", {}) == b"GET * HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize("bad", ["secret\r\nhost: evil", "secret\n", "secret\r", "secret\0"])
@pytest.mark.parametrize("where", ["method", "target", "name", "value"])
def test_a_request_that_would_be_two(where: str, bad: str) -> None:
    method, target, name, value = [
        bad if place == where else "x" for place in ("method", "target", "name", "value")
    ]
    with pytest.raises(ValueError, match="^a request has a line end in ") as caught:
        request_head(method, target, {"ok": "1", name: value})
    assert "secret" not in str(caught.value)
