"""Responses in any pieces: read as `http.client` reads them, and refused where that is dangerous."""

from __future__ import annotations

import http.client
import random
import socket
import ssl

import pytest

from tests.client.faults.servers import Line, Script, hang_up, stall
from tests.testing.raw import eventually
from tests.transport.support import (
    CHUNKED,
    HELLO,
    LENGTH,
    OK,
    ask,
    at_random,
    one_by_one,
    request,
    serving,
    whole,
)

END = b"0\r\n\r\n"
FIVE = b"5\r\nHello\r\n"
OLD = b"HTTP/1.0 200 OK\r\n"
REST = HELLO[len(OK) :]
TEN = b"".join([b"%x\r\n%s\r\n" % (size, b"x" * size) for size in range(1, 11)])

# A response, its body, and whether its connection is used again.
GOOD: dict[str, tuple[bytes, bytes, bool]] = {
    "length": (HELLO, b"Hello", True),
    "length 0": (OK + b"content-length: 0\r\n\r\n", b"", True),
    "length with blanks": (OK + b"content-length: \t5 \t\r\n\r\nHello", b"Hello", True),
    "two equal lengths": (OK + b"content-length: 5\r\n" + REST, b"Hello", True),
    "a folded header": (OK + b"x: a\r\n  b\r\n" + REST, b"Hello", True),
    "LF": (HELLO.replace(b"\r\n", b"\n"), b"Hello", True),
    "no reason": (HELLO.replace(b" OK", b""), b"Hello", True),
    "chunks": (CHUNKED + b"2\r\nHe\r\n3\r\nllo\r\n" + END, b"Hello", True),
    "chunks of ten sizes": (CHUNKED + TEN + END, b"x" * 55, True),
    "capitals": (OK + b"Transfer-Encoding: CHUNKED\r\n\r\n" + FIVE + END, b"Hello", True),
    "a chunk extension": (CHUNKED + b"5 ;a=b\r\nHello\r\n" + END, b"Hello", True),
    "sizes with zeros": (CHUNKED + b"0005\r\nHello\r\n000\r\n\r\n", b"Hello", True),
    "trailers": (CHUNKED + FIVE + b"0\r\nx: y\r\nz: a\r\n\r\n", b"Hello", True),
    "no length": (OK + b"\r\nHello", b"Hello", False),
    "HTTP/1.0": (OLD + REST, b"Hello", False),
    "HTTP/1.0, keep-alive": (OLD + b"connection: keep-alive\r\n" + REST, b"Hello", True),
    "HTTP/1.0, chunks": (
        OLD + b"connection: keep-alive\r\n" + CHUNKED[len(OK) :] + FIVE + END, b"Hello", False),
    "a length and chunks": (
        OK + b"content-length: 3\r\n" + CHUNKED[len(OK) :] + FIVE + END, b"Hello", False),
    "close": (OK + b"connection: x\r\nConnection: y, Close \r\n" + REST, b"Hello", False),
    "204": (b"HTTP/1.1 204 No\r\ntransfer-encoding: chunked\r\n\r\n", b"", True),
    "304 with a length": (b"HTTP/1.1 304 No\r\ncontent-length: 5\r\n\r\n", b"", True),
    "interim": (
        b"HTTP/1.1 100 Go\r\n\r\n" + b"HTTP/1.1 103 See\r\nlink: x\r\n\r\n" * 3 + HELLO, b"Hello",
        True),
    "101": (b"HTTP/1.1 101 Up\r\n\r\n", b"", False),
    "longer than its length": (HELLO + b"x", b"Hello", False),
    "followed by another": (HELLO + HELLO, b"Hello", False),
    "longer than its chunks": (CHUNKED + FIVE + END + b"x", b"Hello", False),
    "without the last line": (CHUNKED + FIVE + b"0\r\n", b"Hello", False),
    "multipart": (OK + b"content-type: multipart/mixed; boundary=x\r\n" + REST, b"Hello", True),
}  # fmt: skip


@pytest.mark.parametrize("cut", [False, True], ids=["whole", "byte by byte"])
def test_good_responses(cut: bool) -> None:
    for name, (data, body, is_kept) in GOOD.items():
        # Bytes after a response must come with its end; later ones look like a late response.
        end = len(data) if is_kept else len(data) - 60
        steps: tuple[Script, ...] = (*one_by_one(data[:end]), data[end:]) if cut else (data,)
        if name in ("no length", "HTTP/1.0", "without the last line"):
            steps = (*steps, hang_up)
        with serving(steps) as (transport, server):  # type: ignore[arg-type]
            assert ask(transport, server) == body, name
            assert ask(transport, server) == b"Hello", name
            assert server.connections == (1 if is_kept else 2), name


def test_headers_are_joined() -> None:
    head = OK + b"X-One: a\r\n \t b\r\nx-two: c\r\nX-TWO: d\r\n"
    with serving(head + REST) as (transport, server):
        response = transport.send(request(server.url))
        response.close()
    assert (response.headers["x-one"], response.headers["X-Two"]) == ("a b", "c, d")


# The rest of a head whose status line is whole.
BAD_HEADS = [
    b"content-length: 6\r\n" + REST,
    *[b"content-length: " + value + b"\r\n\r\nHello" for value in (
        b"5, 5", b"-5", b"+5", b"0_5", b"\xb2", b"\x0b5", b"5\xa0", b"", b"9" * 40, b"9" * 5000)],
    b"transfer-encoding: rot13\r\n\r\nHello",
    b"transfer-encoding: gzip, chunked\r\n\r\nHello",
    b"transfer-encoding: chunked\r\ntransfer-encoding: x\r\n\r\n0\r\n",
    b"transfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    b"transfer-encoding: chunked\xa0\r\n\r\n0\r\n\r\n",
    b"nonsense\r\n" + REST,
    b"content-length : 5\r\n\r\nHello",
    b": x\r\n" + REST,
    b" x\r\n" + REST,
    b"x: " + b"x" * 70_000,
    b"x: y\r\n" * 101 + b"\r\n",
    (b"x: " + b"x" * 60_000 + b"\r\n") * 6 + b"\r\n",
    b"x: y\r\ncontent-le",
    b"x: y\r\n",
    b"",
]  # fmt: skip


def test_a_status_counts_whatever_is_wrong_after_it() -> None:
    """But a success is worth nothing without its body."""
    for rest in BAD_HEADS:
        scripts = [(b"HTTP/1.1 %d X\r\n" % status + rest, hang_up) for status in (200, 503)]
        with serving(*scripts) as (transport, server):
            with pytest.raises(http.client.HTTPException):
                transport.send(request(server.url))
            response = transport.send(request(server.url))
            assert response.status == 503, rest
            with pytest.raises(http.client.HTTPException):
                whole(response)
            eventually(lambda: server.open == 0)
            assert ask(transport, server) == b"Hello"


def test_a_status_counts_when_the_headers_take_too_long() -> None:
    with serving((b"HTTP/1.1 503 X\r\nx: y\r\n", stall)) as (transport, server):
        response = transport.send(request(server.url, read=0.05))
        assert response.status == 503
        with pytest.raises(TimeoutError):
            whole(response)
        eventually(lambda: server.open == 0)


def test_a_status_counts_when_tls_breaks_after_it() -> None:
    def send_without_tls(line: Line) -> None:
        socket.socket.sendall(line.connection, HELLO)
        line.ended = True

    with serving((b"HTTP/1.1 503 X\r\nx: y\r\n", send_without_tls), tls=True) as served:
        transport, server = served
        response = transport.send(request(server.url))
        assert response.status == 503
        with pytest.raises(ssl.SSLError):
            whole(response)


def test_a_status_counts_when_its_body_cannot_be_unpacked() -> None:
    for coding in ("br", "gzip, gzip", "gzip"):
        head = f"HTTP/1.1 503 X\r\ncontent-encoding: {coding}\r\ncontent-length: 5\r\n\r\n"
        good_head = head.replace("503", "200")
        with serving(head.encode() + b"Hello", good_head.encode() + b"Hello") as served:
            transport, server = served
            response = transport.send(request(server.url))
            assert response.status == 503
            for body in (response, None):
                with pytest.raises(transport.failures if coding == "gzip" else OSError):
                    whole(body or transport.send(request(server.url)))
                eventually(lambda: server.open == 0)


def test_responses_without_a_status() -> None:
    cases = [
        b"\r\n\r\n",
        b"SSH-2.0\r\n",
        b"\x15\x03\x01\0\x02\x02\x16",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 two\r\n\r\n",
        b"HTTP/2 503 X\r\n\r\n",
        b"HTTP/1.1 503",
        b"HTTP/1.1 103 X\r\nnonsense\r\n\r\nHTTP/1.1 9\r\n",
        b"HTTP/1.1 103 X\r\nx",
        b"HTTP/1.1 103 X\r\n\r\n" * 20_000,
        b"HTTP/1.1 503 " + b"x" * 70_000,
    ]
    for data in cases:
        with serving((data, hang_up)) as (transport, server):
            with pytest.raises(http.client.HTTPException):
                transport.send(request(server.url))
            eventually(lambda: server.open == 0)


def test_bad_bodies() -> None:
    # A response, and the part of its body that is read.
    cases = [
        (LENGTH + b"Hel", b"Hel"),
        (LENGTH, b""),
        (CHUNKED + b"5\r\nHel", b"Hel"),
        (CHUNKED + FIVE + b"5", b"Hello"),
        (CHUNKED + FIVE, b"Hello"),
        (CHUNKED + b"5\r\nHello\r", b"Hello"),
        (CHUNKED, b""),
        *[(CHUNKED + size + b"\r\nHello\r\n" + END, b"") for size in (
            b"-5", b"+5", b"0_5", b"0x5", b"", b"zz", b"f" * 16)],
        (CHUNKED + b"5;" + b"x" * 70_000, b""),
        (CHUNKED + b"5\r\nHello!!\r\n" + END, b"Hello"),
        (CHUNKED + b"5\r\nHello!!" + END, b"Hello"),
        (CHUNKED + b"5\r\nHel\r\n" + END, b"Hel\r\n"),
    ]  # fmt: skip
    for data, expected in cases:
        found = b""
        with serving((data, hang_up)) as (transport, server):
            with pytest.raises(http.client.HTTPException):
                for piece in transport.send(request(server.url)).body:
                    found += piece
            eventually(lambda: server.open == 0)
        assert found == expected, data


def test_trailers_may_be_long() -> None:
    with serving((CHUNKED + b"0\r\n", b"x: y\r\n" * 50_000 + b"\r\n")) as (transport, server):
        assert ask(transport, server) == b""


def test_any_bytes_are_read_or_refused() -> None:
    random_ = random.Random(12)
    responses = [data for data, _, _ in GOOD.values()]

    def damaged(line: Line) -> None:
        data = bytearray(random_.choice(responses))
        for _ in range(random_.randrange(3)):
            data[random_.randrange(len(data))] = random_.randrange(256)
        for piece in at_random(bytes(data), random_):
            line.send(piece)
        hang_up(line)

    with serving(then=damaged) as (transport, server):
        for _ in range(200):
            try:
                response = transport.send(request(server.url))
                assert 200 <= response.status < 1000 or response.status == 101
                whole(response)
                response.close()
            except (OSError, *transport.failures):
                continue
        eventually(lambda: server.open == 0)
