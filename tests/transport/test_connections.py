"""A connection and its responses: what a head and a body are, and when another exchange may begin."""

from __future__ import annotations

import gzip
import http.client
import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from mistral_proto.transport.connections import HTTPConnection, Response
from mistral_proto.transport.failures import ClosedError
from mistral_proto.transport.limits import Limits
from mistral_proto.transport.sockets import TimedSocket
from tests.client.faults.servers import FaultServer, Line, Script, gate, hang_up, stall
from tests.client.faults.tls import TRUST
from tests.testing.raw import eventually
from tests.transport.times import patient

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = OK + b"content-length: 5\r\n\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"


@contextmanager
def connected(*scripts: Script) -> Iterator[tuple[HTTPConnection, FaultServer]]:
    with FaultServer(*scripts) as server:
        connection = HTTPConnection(f"127.0.0.1:{server.port}", None)
        try:
            yield connection, server
        finally:
            connection.discard()


def ask(connection: HTTPConnection, body: bytes = b"{}", allowed: Limits | None = None) -> Response:
    return connection.exchange("POST", "/x", body, {"x-one": "1"}, allowed or patient())


def blocks(response: Response) -> list[bytes]:
    return list(iter(response.next_block, b""))


# -- what comes

PACKED = gzip.compress(b"Hello", mtime=0)
INTERIM = b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n"


class Came(NamedTuple):
    """The body, whether it is known to be at its end, and whether nothing else came."""

    body: bytes
    at_end: bool
    alone: bool
    status: int = 200


# What the server sends, and what of it is an answer.
ANSWERS: dict[str, tuple[Script, Came]] = {
    "a length": (LENGTH + b"Hello", Came(b"Hello", True, True)),
    "a length and more": (LENGTH + b"Hello, and more", Came(b"Hello", True, False)),
    "chunks": (CHUNKED + b"5\r\nHello\r\n0\r\n\r\n", Came(b"Hello", True, True)),
    "chunks and more": (CHUNKED + b"5\r\nHello\r\n0\r\n\r\nmore", Came(b"Hello", True, False)),
    "compressed": (
        OK + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(PACKED) + PACKED,
        Came(b"Hello", True, True),
    ),
    "compressed, in chunks": (
        OK + b"content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n"
        + b"".join([b"1\r\n%c\r\n" % byte for byte in PACKED]) + b"0\r\n\r\n",
        Came(b"Hello", True, True),
    ),
    "until it is closed": ((OK + b"\r\nHello", hang_up), Came(b"Hello", True, False)),
    "HTTP/1.0": ((b"HTTP/1.0 200 OK\r\n\r\nHello", hang_up), Came(b"Hello", True, False)),
    # Of what is empty nobody looks whether anything follows.
    "nothing": (OK + b"content-length: 0\r\n\r\n", Came(b"", True, False)),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", Came(b"", True, False, 204)),
    "204 with a length": (
        b"HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n", Came(b"", True, False, 204),
    ),
    "304": (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", Came(b"", True, False, 304)),
    "an error": (b"HTTP/1.1 500 Oh\r\ncontent-length: 5\r\n\r\nHello", Came(b"Hello", True, True, 500)),
    "100 before": (b"HTTP/1.1 100 Continue\r\n\r\n" + LENGTH + b"Hello", Came(b"Hello", True, True)),
    "103 before": (INTERIM + LENGTH + b"Hello", Came(b"Hello", True, True)),
    "several before": (
        b"HTTP/1.1 102 Processing\r\n\r\n" + INTERIM * 50 + b"HTTP/1.1 100 Continue\r\n\r\n"
        + LENGTH + b"Hello",
        Came(b"Hello", True, True),
    ),
    "101": (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n", Came(b"", True, False, 101)),
}  # fmt: skip

every_answer = pytest.mark.parametrize(("script", "came"), ANSWERS.values(), ids=ANSWERS)


@every_answer
def test_an_answer(script: Script, came: Came) -> None:
    with connected(script) as (connection, server):
        response = ask(connection)
        assert b"".join(blocks(response)) == came.body
        assert Came(came.body, response.at_end, response.alone, response.status) == came
        assert response.next_block() == b""  # still
        (received,) = server.received
        assert (received.start, received.body) == ("POST /x HTTP/1.1", b"{}")
        assert received.headers["x-one"] == "1"


# How one reads by the methods of `http.client`, which users of an opener call.
READ: dict[str, Callable[[Any], bytes]] = {
    "read": lambda response: response.read(),
    "read by size": lambda response: b"".join(iter(lambda: response.read(2), b"")),
    "read1": lambda response: b"".join(iter(lambda: response.read1(3), b"")),
    "readline": lambda response: b"".join(iter(response.readline, b"")),
    "lines": lambda response: b"".join(response),
    "readinto": lambda response: bytes(_into(response)),
}


def _into(response: Any) -> bytearray:
    buffer, whole = bytearray(2), bytearray()
    while count := response.readinto(buffer):
        whole += buffer[:count]
    return whole


@every_answer
@pytest.mark.parametrize("read", READ.values(), ids=READ)
def test_an_answer_by_its_other_methods(
    read: Callable[[Any], bytes], script: Script, came: Came
) -> None:
    done: list[str] = []
    with connected(script) as (connection, _):
        response = ask(connection)
        response.on_close = lambda: done.append("closed")
        response.on_release = lambda: done.append("released")
        assert read(response) == came.body
        response.close()
    # The end of the body gives the connection back, as it ends one of http.client.
    assert done in (["released"], ["closed"])
    assert response.isclosed()


def test_a_piece_comes_as_soon_as_it_is_there() -> None:
    goes_on = threading.Event()
    with connected((CHUNKED + b"3\r\nHel\r\n", gate(goes_on), b"2\r\nlo\r\n0\r\n\r\n")) as (
        ours,
        _,
    ):
        response = ask(ours)
        assert response.next_block() == b"Hel"
        assert not response.at_end
        goes_on.set()
        assert blocks(response) == [b"lo"]
        assert response.at_end


def test_headers_and_body_go_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    send = socket.socket.send

    def counted(self: socket.socket, data: Any, *flags: Any) -> int:
        sent.append(len(data))
        return send(self, data, *flags)

    monkeypatch.setattr(socket.socket, "send", counted, raising=False)
    with connected(LENGTH + b"Hello", LENGTH + b"Hello") as (connection, server):
        for _ in range(2):
            blocks(ask(connection, b"x" * 1000))
            assert connection.can_serve_again()
        assert [len(received.body) for received in server.received] == [1000, 1000]
    assert len(sent) == 2


class _Unread:
    """Makes the sending of each request fail in its end, as if the server had read no more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        send = TimedSocket.sendall

        def failing(timed: TimedSocket, data: bytes) -> None:
            send(timed, data)
            raise BrokenPipeError(32, "Broken pipe")

        monkeypatch.setattr(TimedSocket, "sendall", failing)


def test_an_answer_to_what_was_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as that it was too much: better than to say that it could not be sent."""
    _Unread(monkeypatch)
    with connected(b"HTTP/1.1 413 Too Much\r\ncontent-length: 5\r\n\r\nHello") as (connection, _):
        response = ask(connection)
        assert (response.status, blocks(response)) == (413, [b"Hello"])


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 413 Too", b"junk\r\n"])
def test_no_answer_to_what_was_not_read_to_its_end(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    _Unread(monkeypatch)
    with connected((data, hang_up)) as (connection, _):
        with pytest.raises(BrokenPipeError):
            ask(connection)


# -- what is no answer

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"


@pytest.mark.parametrize("at", range(len(HEAD)))
def test_a_head_that_is_cut_is_none(at: int) -> None:
    with connected((HEAD[:at], hang_up)) as (connection, _):
        with pytest.raises((OSError, http.client.HTTPException)):
            ask(connection)
        assert connection.answered == (at > 0)
        assert not connection.may_serve_again


BROKEN: dict[str, tuple[bytes, str]] = {
    "another protocol": (b"SSH-2.0-OpenSSH_9.9\r\n", "no status line"),
    "a page": (b"<html>\r\n", "no status line"),
    "another version": (b"HTTP/2 200\r\n\r\n", "no status line"),
    "a status that is no number": (b"HTTP/1.1 OK\r\n\r\n", "no status line"),
    "a long line": (
        b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n",
        "line of the headers is too long",
    ),
    "a long header": (OK + b"x: " + b"x" * 70_000 + b"\r\n\r\n", "line of the headers is too long"),
    "headers without an end": (OK + b"x: " + (b"x" * 1000 + b"\r\nx: ") * 300, "."),
    "interim answers without an end": (INTERIM * 6000, "the headers are too large"),
    "two lengths": (OK + b"content-length: 1\r\ncontent-length: 2\r\n\r\n", "not one number"),
    "another transfer-encoding": (OK + b"transfer-encoding: gzip\r\n\r\n", "another than chunked"),
    "another content-encoding": (OK + b"content-encoding: br\r\n\r\n", "another than gzip"),
}


@pytest.mark.parametrize(("data", "words"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_answer(data: bytes, words: str) -> None:
    with connected((data, stall)) as (connection, server):
        with pytest.raises((OSError, http.client.HTTPException, ValueError), match=words):
            ask(connection)
        assert not connection.may_serve_again
        connection.discard()
        eventually(lambda: server.open == 0)


def test_a_body_that_is_cut() -> None:
    for data in (LENGTH + b"Hell", CHUNKED + b"5\r\nHello\r\n", CHUNKED + b"5\r\nHel"):
        with connected((data, hang_up)) as (connection, _):
            response = ask(connection)
            with pytest.raises(http.client.IncompleteRead):
                blocks(response)
            assert not response.at_end


# -- another exchange

# What follows the part of a body that was read, and whether another exchange may begin then.
LEFT: dict[str, tuple[bytes, bool]] = {
    "its end": (b"0\r\n\r\n", True),
    "a piece and the end": (b"1\r\nx\r\n0\r\n\r\n", True),
    "trailers and the end": (b"0\r\nx: y\r\n\r\n", True),
    "nothing": (b"", False),
    "half its end": (b"0\r\n", False),
    "a piece": (b"1\r\nx\r\n", False),
    "its end and more": (b"0\r\n\r\nmore", False),
    "junk": (b"junk\r\n", False),
}


@pytest.mark.parametrize(("data", "can"), LEFT.values(), ids=LEFT)
def test_what_is_left_of_an_answer(data: bytes, can: bool) -> None:
    goes_on, sent = threading.Event(), threading.Event()

    def tell(line: Line) -> None:
        sent.set()

    with connected((CHUNKED + b"5\r\nHello\r\n", gate(goes_on), data, tell)) as (connection, _):
        response = ask(connection)
        assert response.next_block() == b"Hello"
        connection.rest()
        assert connection.may_serve_again
        goes_on.set()
        assert sent.wait(20)
        if data:
            eventually(lambda: not connection._timed.is_quiet())  # type: ignore[union-attr]
        assert connection.can_serve_again() is can
        assert response.isclosed() == can


@pytest.mark.parametrize(("size", "can"), [(100_000, True), (10**6, False)])
def test_much_that_is_left_is_not_read(size: int, can: bool) -> None:
    # A few bytes are there at once, and are many when they are unpacked.
    packed = gzip.compress(bytes(size), mtime=0)
    head = OK + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed)
    with connected(head + packed) as (connection, _):
        first = ask(connection).next_block()
        assert 0 < len(first) < size
        connection.rest()
        assert connection.can_serve_again() is can


def test_several_exchanges() -> None:
    with connected(LENGTH + b"Hello", CHUNKED + b"2\r\nHi\r\n0\r\n\r\n", LENGTH + b"Again") as (
        connection,
        server,
    ):
        said = []
        for _ in range(3):
            response = ask(connection)
            assert connection.answered
            said.append(b"".join(blocks(response)))
            connection.rest()
            assert connection.may_serve_again and connection.can_serve_again()
        assert said == [b"Hello", b"Hi", b"Again"]
        assert server.connections == 1


def test_an_exchange_that_nobody_answers() -> None:
    with connected((LENGTH + b"Hello"), hang_up) as (connection, _):
        blocks(ask(connection))
        assert connection.answered and connection.can_serve_again()
        with pytest.raises(ConnectionError):
            ask(connection)
        assert not connection.answered  # nothing came of the second one


@pytest.mark.parametrize(
    "head", [OK + b"connection: close\r\ncontent-length: 5\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n"]
)
def test_the_last_answer_of_a_connection(head: bytes) -> None:
    with connected((head + b"Hello", hang_up)) as (connection, _):
        assert blocks(ask(connection)) == [b"Hello"]
        assert not connection.may_serve_again


def test_before_the_first_exchange() -> None:
    connection = HTTPConnection("127.0.0.1:1", None)
    assert not connection.may_serve_again
    assert not connection.answered
    connection.interrupt()
    connection.rest()
    connection.discard()


def test_to_interrupt_ends_a_wait() -> None:
    with connected((LENGTH + b"Hel", stall)) as (connection, _):
        response = ask(connection)
        assert response.next_block() == b"Hel"
        connection.interrupt()
        with pytest.raises(ClosedError):
            response.next_block()


def test_what_rests_holds_no_limits() -> None:
    with connected(LENGTH + b"Hello") as (connection, _):
        blocks(ask(connection))
        connection.rest()
        assert connection._timed is not None
        assert connection._timed.limits.left() == 0


# -- closing


@pytest.mark.parametrize("first", ["close", "release"])
def test_a_response_is_closed_or_released_but_once(first: str) -> None:
    done: list[str] = []
    with connected(LENGTH + b"Hello") as (connection, _):
        response = ask(connection)
        response.on_close = lambda: done.append("close")
        response.on_release = lambda: done.append("release")
        getattr(response, first)()
        for _ in range(2):
            response.release()
            response.close()
    assert done == [first]


def test_a_response_of_nobody_may_be_closed() -> None:
    with connected(LENGTH + b"Hello") as (connection, server):
        response = ask(connection)
        response.release()
        response.close()
        assert response.isclosed()


def test_a_response_that_never_began() -> None:
    connection = HTTPConnection("127.0.0.1:1", None)
    response = Response(_Silence())  # type: ignore[arg-type]
    assert (response.at_end, response.alone) == (False, False)
    response.close()
    connection.discard()


class _Silence:
    """A socket from which nothing comes."""

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO()


# -- where it leads

HOSTS = [
    ("host", False, "host", 80, "host"),
    ("host", True, "host", 443, "host"),
    ("host:8000", True, "host", 8000, "host"),
    ("[::1]:8000", False, "::1", 8000, "::1"),
    ("[::1]", True, "::1", 443, "::1"),
]


@pytest.mark.parametrize(("host", "secure", "name", "port", "proves"), HOSTS)
def test_where_it_leads(host: str, secure: bool, name: str, port: int, proves: str) -> None:
    connection = HTTPConnection(host, TRUST if secure else None)
    assert (connection.host, connection.port) == (name, port)
    assert connection._server_hostname == proves


@pytest.mark.parametrize(
    ("target", "proves"), [("host", "host"), ("host:8443", "host"), ("[::1]:8443", "::1"), ("[::1]", "::1")]
)  # fmt: skip
def test_who_is_to_prove_its_name_behind_a_tunnel(target: str, proves: str) -> None:
    connection = HTTPConnection("proxy:3128", TRUST)
    connection.set_tunnel(target, headers={"proxy-authorization": "Basic x"})
    assert (connection.host, connection.port) == ("proxy", 3128)
    assert connection._server_hostname == proves
