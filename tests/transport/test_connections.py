"""A connection and its responses: what a head and a body are, and when another exchange may begin."""

from __future__ import annotations

import gzip
import http.client
import socket
import threading
import urllib.request
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from mistral_proto.transport.handlers import OpenedResponse, connection_to
from mistral_proto.transport.sockets import TimedSocket
from tests.client.faults.servers import FaultServer, Script, gate, hang_up, stall
from tests.client.faults.tls import TRUST
from tests.testing.raw import eventually
from tests.transport.connected import CHUNKED, LENGTH, OK, ask, blocks, connected

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
        opened = OpenedResponse(response, urllib.request.Request("http://host", b"{}"))
        assert (opened.status, opened.version) == (response.status, response.version)
        assert opened.headers.items() == response.headers.fields
        assert read(opened) == came.body
        opened.close()
    # The end of the body gives the connection back, as it ends one of http.client.
    assert done in (["released"], ["closed"])
    assert opened.isclosed()


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


# -- where it leads

HOSTS = [
    ("host", False, "host", 80),
    ("host", True, "host", 443),
    ("host:8000", True, "host", 8000),
    ("[::1]:8000", False, "::1", 8000),
    ("[::1]", True, "::1", 443),
]


@pytest.mark.parametrize(("host", "secure", "name", "port"), HOSTS)
def test_where_it_leads(host: str, secure: bool, name: str, port: int) -> None:
    connection = connection_to(host, TRUST if secure else None, None, {})
    assert (connection.host, connection.port, connection.server_hostname) == (name, port, name)


TUNNELS = [
    ("host", "host", "host:443"),
    ("host:8443", "host", "host:8443"),
    ("[::1]:8443", "::1", "[::1]:8443"),
    ("[::1]", "::1", "[::1]:443"),
]


@pytest.mark.parametrize(("target", "proves", "asked"), TUNNELS)
def test_behind_a_tunnel_its_end_proves_its_name(target: str, proves: str, asked: str) -> None:
    with FaultServer((b"HTTP/1.1 200 Go on\r\n\r\n", hang_up)) as proxy:
        told = {"Proxy-Authorization": "Basic x"}
        connection = connection_to(f"127.0.0.1:{proxy.port}", TRUST, target, told)
        assert (connection.host, connection.server_hostname) == ("127.0.0.1", proves)
        with pytest.raises(OSError):
            ask(connection)
        connection.discard()
        (received,) = proxy.received
    assert received.start == f"CONNECT {asked} HTTP/1.1"
    assert received.headers == {"host": asked, "proxy-authorization": "Basic x"}


@pytest.mark.parametrize("host", ["host:port", "[::1]:x"])
def test_a_port_that_is_none(host: str) -> None:
    for places in [(host, None), ("proxy:3128", host)]:
        with pytest.raises(http.client.InvalidURL):
            connection_to(places[0], TRUST, places[1], {})


# What a proxy says before the answer that counts, which is any of 2xx.
OPENED = [
    b"HTTP/1.1 200 Connection established\r\n\r\n",
    b"HTTP/1.0 204\r\n\r\n",
    b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
]


@pytest.mark.parametrize("said", OPENED)
def test_a_tunnel(said: bytes) -> None:
    with FaultServer(said, LENGTH + b"Hello") as proxy:
        connection = connection_to(f"127.0.0.1:{proxy.port}", None, "host", {})
        assert blocks(ask(connection)) == [b"Hello"]
        connection.discard()


@pytest.mark.parametrize("status", [301, 403, 502])
def test_a_tunnel_that_is_refused(status: int) -> None:
    with FaultServer(b"HTTP/1.1 %d No\r\n\r\n" % status) as proxy:
        connection = connection_to(f"127.0.0.1:{proxy.port}", None, "host", {})
        with pytest.raises(OSError, match=f"^Tunnel connection failed: {status} No$"):
            ask(connection)
        connection.discard()
