"""What comes, in whatever pieces: read as `http.client` reads it, and refused where that is dangerous.

With the client on top of it that is in `tests/client/faults/rows_*.py`.
"""

from __future__ import annotations

import http.client
import random
import socket
import ssl

import pytest

from mistral_proto import UrllibTransport
from mistral_proto.transport.failures import ProtocolError
from tests.client.faults.servers import FaultServer, Line, hang_up, stall
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.testing.raw import eventually
from tests.transport.asking import CHUNKED, HELLO, LENGTH, OK, ask, serving, whole
from tests.transport.pieces import at_random, one_by_one
from tests.transport.times import request

TEN = b"".join([b"%x\r\n%s\r\n" % (size, b"x" * size) for size in range(1, 11)]) + b"0\r\n\r\n"

# An answer, its body, and whether its connection serves again.
GOOD: dict[str, tuple[bytes, bytes, bool]] = {
    "a length": (HELLO, b"Hello", True),
    "a length of nothing": (OK + b"content-length: 0\r\n\r\n", b"", True),
    "a length with blanks": (OK + b"content-length: \t5 \t\r\n\r\nHello", b"Hello", True),
    "a length told twice": (OK + b"content-length: 5\r\n" * 2 + b"\r\nHello", b"Hello", True),
    "a folded header": (OK + b"x: a\r\n  b\r\n" + LENGTH[len(OK) :] + b"Hello", b"Hello", True),
    "line feeds alone": (HELLO.replace(b"\r\n", b"\n"), b"Hello", True),
    "no reason": (HELLO.replace(b" OK", b""), b"Hello", True),
    "chunks": (CHUNKED + b"2\r\nHe\r\n3\r\nllo\r\n0\r\n\r\n", b"Hello", True),
    "chunks of ten sizes": (CHUNKED + TEN, b"x" * 55, True),
    "chunks, shouted": (
        OK + b"Transfer-Encoding: CHUNKED\r\n\r\n5\r\nHello\r\n0\r\n\r\n", b"Hello", True),
    "an extension of a chunk": (CHUNKED + b"5 ;a=b\r\nHello\r\n0\r\n\r\n", b"Hello", True),
    "a size with zeros": (CHUNKED + b"0005\r\nHello\r\n000\r\n\r\n", b"Hello", True),
    "trailers": (CHUNKED + b"5\r\nHello\r\n0\r\nx: y\r\nz: a\r\n\r\n", b"Hello", True),
    "until it is closed": (OK + b"\r\nHello", b"Hello", False),
    "HTTP/1.0": (HELLO.replace(b"1.1", b"1.0", 1), b"Hello", False),
    "HTTP/1.0, kept": (
        OK.replace(b"1.1", b"1.0") + b"connection: keep-alive\r\n" + HELLO[len(OK) :], b"Hello",
        True),
    "chunks of HTTP/1.0": (
        OK.replace(b"1.1", b"1.0") + b"connection: keep-alive\r\ntransfer-encoding: chunked\r\n"
        b"\r\n5\r\nHello\r\n0\r\n\r\n", b"Hello", False),
    "chunks and a length": (
        OK + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n5\r\nHello\r\n0\r\n\r\n",
        b"Hello", False),
    "close": (OK + b"connection: close\r\n" + HELLO[len(OK) :], b"Hello", False),
    "close, in a second line": (
        OK + b"connection: x\r\nConnection: y, Close \r\n" + HELLO[len(OK) :], b"Hello", False),
    "204": (b"HTTP/1.1 204 No\r\ntransfer-encoding: chunked\r\n\r\n", b"", True),
    "304 with a length": (b"HTTP/1.1 304 No\r\ncontent-length: 5\r\n\r\n", b"", True),
    "interim answers": (
        b"HTTP/1.1 100 Go\r\n\r\n" + b"HTTP/1.1 103 See\r\nlink: x\r\n\r\n" * 3 + HELLO, b"Hello",
        True),
    "101": (b"HTTP/1.1 101 Up\r\n\r\n", b"", False),
    "more than it says": (HELLO + b"x", b"Hello", False),
    "another answer behind it": (HELLO + HELLO, b"Hello", False),
    "more than its chunks": (CHUNKED + b"5\r\nHello\r\n0\r\n\r\nx", b"Hello", False),
    "its last line is missing": (CHUNKED + b"5\r\nHello\r\n0\r\n", b"Hello", False),
    "many parts": (
        OK + b"content-type: multipart/mixed; boundary=x\r\n" + HELLO[len(OK) :], b"Hello", True),
}  # fmt: skip


@pytest.mark.parametrize("cut", [False, True], ids=["whole", "byte by byte"])
@pytest.mark.parametrize(("data", "body", "again"), GOOD.values(), ids=GOOD)
def test_an_answer(data: bytes, body: bytes, again: bool, cut: bool) -> None:
    # What is not asked for comes with the end of the answer: it can't be told from a late one.
    end = len(data) if again else len(data) - 60
    steps = (*one_by_one(data[:end]), data[end:]) if cut else (data,)
    ends = b"content-length" not in data and (body or b"1.0" in data) and not again
    with serving((*steps, hang_up) if ends or b"0\r\n" == data[-3:] else steps) as (
        transport,
        server,
    ):
        assert ask(transport, server) == body
        assert ask(transport, server) == b"Hello"
        assert server.connections == (1 if again else 2)


def test_folded_headers_are_joined_and_double_ones_are_lists() -> None:
    head = OK + b"X-One: a\r\n \t b\r\nx-two: c\r\nX-TWO: d\r\n"
    with serving(head + HELLO[len(OK) :]) as (transport, server):
        response = transport.send(request(server.url))
        response.close()
    assert (response.headers["x-one"], response.headers["X-Two"]) == ("a b", "c, d")


# Heads of which the status came whole, and what is behind it can't be trusted.
BAD_HEADS: dict[str, bytes] = {
    "two lengths": b"content-length: 5\r\ncontent-length: 6\r\n\r\nHello",
    "two lengths in a line": b"content-length: 5, 5\r\n\r\nHello",
    "a negative length": b"content-length: -5\r\n\r\nHello",
    "a length with a sign": b"content-length: +5\r\n\r\nHello",
    "a length with an underscore": b"content-length: 0_5\r\n\r\nHello",
    "a length of other digits": "content-length: ²\r\n\r\nHello".encode("latin-1"),
    "a length padded by VT": b"content-length: \x0b5\r\n\r\nHello",
    "a length padded by NBSP": b"content-length: 5\xa0\r\n\r\nHello",
    "a length of no digits": b"content-length:\r\n\r\nHello",
    "a length longer than any": b"content-length: " + b"9" * 40 + b"\r\n\r\nHello",
    "a length of 5,000 digits": b"content-length: " + b"9" * 5000 + b"\r\n\r\nHello",
    "an unknown coding": b"transfer-encoding: rot13\r\n\r\nHello",
    "two codings": b"transfer-encoding: gzip, chunked\r\n\r\nHello",
    "two codings in two lines": b"transfer-encoding: chunked\r\ntransfer-encoding: x\r\n\r\n0\r\n",
    "a coding padded by VT": b"transfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a coding padded by NBSP": b"transfer-encoding: chunked\xa0\r\n\r\n0\r\n\r\n",
    "a line without a colon": b"nonsense\r\ncontent-length: 5\r\n\r\nHello",
    "a space before a colon": b"content-length : 5\r\n\r\nHello",
    "a header of no name": b": x\r\ncontent-length: 5\r\n\r\nHello",
    "a fold of nothing": b" x\r\ncontent-length: 5\r\n\r\nHello",
    "a long line": b"x: " + b"x" * 70_000,
    "a hundred and one headers": b"x: y\r\n" * 101 + b"\r\n",
    "a quarter of a megabyte": (b"x: " + b"x" * 60_000 + b"\r\n") * 6 + b"\r\n",
    "cut in a header": b"x: y\r\ncontent-le",
    "cut between headers": b"x: y\r\n",
    "cut behind the status": b"",
}


@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize("rest", BAD_HEADS.values(), ids=BAD_HEADS)
def test_a_status_is_kept_whatever_is_wrong_behind_it(rest: bytes, status: int) -> None:
    """But that of a success is worth nothing without its body."""
    line = b"HTTP/1.1 %d X\r\n" % status
    with serving((line + rest, hang_up)) as (transport, server):
        if status == 503:
            response = transport.send(request(server.url))
            assert response.status == status
            with pytest.raises(http.client.HTTPException):
                whole(response)
        else:
            with pytest.raises(http.client.HTTPException):
                transport.send(request(server.url))
        eventually(lambda: server.open == 0)
        assert ask(transport, server) == b"Hello"


def test_a_status_is_kept_however_long_its_headers_take() -> None:
    with serving((b"HTTP/1.1 503 X\r\nx: y\r\n", stall)) as (transport, server):
        response = transport.send(request(server.url, read=0.05))
        assert response.status == 503
        with pytest.raises(TimeoutError):
            whole(response)
        eventually(lambda: server.open == 0)


def test_a_status_is_kept_where_tls_breaks_behind_it() -> None:
    def talk_in_the_clear(line: Line) -> None:
        socket.socket.sendall(line.connection, HELLO)
        line.ended = True

    script = (b"HTTP/1.1 503 X\r\nx: y\r\n", talk_in_the_clear)
    with FaultServer(script, context=LOCALHOST) as server:
        transport = UrllibTransport(proxies={}, ssl_context=TRUST)
        response = transport.send(request(f"https://localhost:{server.port}"))
        assert response.status == 503
        with pytest.raises(ssl.SSLError):
            whole(response)
        transport.close()


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "gzip"])
def test_a_status_is_kept_whatever_its_body_is_packed_in(coding: str) -> None:
    head = f"HTTP/1.1 503 X\r\ncontent-encoding: {coding}\r\ncontent-length: 5\r\n\r\n"
    with serving(head.encode() + b"Hello") as (transport, server):
        response = transport.send(request(server.url))
        assert response.status == 503
        with pytest.raises(transport.failures if coding == "gzip" else OSError):
            whole(response)
        eventually(lambda: server.open == 0)


# What has no status.
NO_STATUS = [
    b"\r\n\r\n",
    b"SSH-2.0\r\n",
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


@pytest.mark.parametrize("data", NO_STATUS, ids=lambda data: repr(data[:24]))
def test_an_answer_without_a_status(data: bytes) -> None:
    with serving((data, hang_up)) as (transport, server):
        with pytest.raises(http.client.HTTPException):
            transport.send(request(server.url))
        eventually(lambda: server.open == 0)


# Bodies that are cut or damaged, and what had come of them.
BAD_BODIES: dict[str, tuple[bytes, bytes]] = {
    "cut": (LENGTH + b"Hel", b"Hel"),
    "cut at once": (LENGTH, b""),
    "cut in a chunk": (CHUNKED + b"5\r\nHel", b"Hel"),
    "cut in the size of a chunk": (CHUNKED + b"5\r\nHello\r\n5", b"Hello"),
    "cut behind a chunk": (CHUNKED + b"5\r\nHello\r\n", b"Hello"),
    "cut in the end of a chunk": (CHUNKED + b"5\r\nHello\r", b"Hello"),
    "no chunk": (CHUNKED, b""),
    "a negative size": (CHUNKED + b"-5\r\nHello\r\n0\r\n\r\n", b""),
    "a size with a sign": (CHUNKED + b"+5\r\nHello\r\n0\r\n\r\n", b""),
    "a size with an underscore": (CHUNKED + b"0_5\r\nHello\r\n0\r\n\r\n", b""),
    "a size in the form of Python": (CHUNKED + b"0x5\r\nHello\r\n0\r\n\r\n", b""),
    "a size of no digits": (CHUNKED + b"\r\nHello\r\n0\r\n\r\n", b""),
    "a size longer than any": (CHUNKED + b"f" * 16 + b"\r\nHello\r\n0\r\n\r\n", b""),
    "a line without an end": (CHUNKED + b"5;" + b"x" * 70_000, b""),
    "a chunk that is longer": (CHUNKED + b"5\r\nHello!!\r\n0\r\n\r\n", b"Hello"),
    "a chunk that ends in other bytes": (CHUNKED + b"5\r\nHello!!0\r\n\r\n", b"Hello"),
    "a chunk that is shorter": (CHUNKED + b"5\r\nHel\r\n0\r\n\r\n", b"Hel\r\n"),
}


@pytest.mark.parametrize(("data", "came"), BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_body_that_is_damaged(data: bytes, came: bytes) -> None:
    found = []
    with serving((data, hang_up)) as (transport, server):
        body = iter(transport.send(request(server.url)).body)
        with pytest.raises(http.client.HTTPException):
            for piece in body:
                found.append(piece)
        eventually(lambda: server.open == 0)
    assert b"".join(found) == came


def test_a_trailer_may_be_as_long_as_the_time_allows() -> None:
    """Nothing of it is kept."""
    with serving((CHUNKED + b"0\r\n", b"x: y\r\n" * 50_000 + b"\r\n")) as (transport, server):
        assert ask(transport, server) == b""


def test_any_bytes_are_read_or_refused() -> None:
    random_ = random.Random(12)
    answers = [data for data, _, _ in GOOD.values()]
    seen: list[bytes] = []

    def damaged(line: Line) -> None:
        data = bytearray(random_.choice(answers))
        for _ in range(random_.randrange(3)):
            data[random_.randrange(len(data))] = random_.randrange(256)
        seen.append(bytes(data))
        for piece in at_random(bytes(data), random_):
            line.send(piece)
        hang_up(line)

    with FaultServer(then=damaged) as server:
        transport = UrllibTransport(proxies={})
        for _ in range(400):
            try:
                response = transport.send(request(server.url))
                assert 200 <= response.status < 1000 or response.status == 101
                whole(response)
                response.close()
            except (OSError, *transport.failures):
                continue
        transport.close()
        eventually(lambda: server.open == 0)


def test_a_failure_behind_a_status_is_ours() -> None:
    with serving((b"HTTP/1.1 503 X\r\nx", hang_up)) as (transport, server):
        with pytest.raises(ProtocolError, match="in the middle of the headers$"):
            whole(transport.send(request(server.url)))
