"""Requests as they are sent, early answers, and waits that end in time or when they are aborted."""

from __future__ import annotations

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mistral_proto import HTTPRequest, UrllibTransport
from mistral_proto.transport.failures import ClosedError
from tests.client.faults.servers import FaultServer, Line, Step, answer, drip, stall
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.testing.raw import eventually
from tests.transport.support import (
    CHUNKED,
    LENGTH,
    OK,
    WAIT,
    ask,
    release,
    request,
    serving,
    whole,
)

LARGE = bytes(32 * 1024 * 1024)
over_tls = pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])


def test_requests_are_sent_as_given() -> None:
    with serving(then=answer(200)) as (transport, server):
        for method in ("POST", "PUT"):
            url = f"{server.url}/a?b=c".replace("127.0.0.1", "LOCALHOST")
            transport.send(request(url, b"body", method=method, x_one="1")).close()
        assert [one.start for one in server.received] == [
            "POST /a?b=c HTTP/1.1",
            "PUT /a?b=c HTTP/1.1",
        ]
        assert {(one.headers["x-one"], one.body) for one in server.received} == {("1", b"body")}


@over_tls
def test_a_large_request_is_sent_whole(tls: bool) -> None:
    def count(line: Line) -> None:
        line.send(OK + b"content-length: 8\r\n\r\n%08d" % len(line.request.body))

    body = bytes(3 * 1024 * 1024)
    with serving(then=count, tls=tls) as (transport, server):
        for _ in range(2):
            assert int(ask(transport, server, body=body)) == len(body)
        assert server.connections == 1


def test_invalid_requests_are_refused_without_a_secret() -> None:
    with serving() as (transport, server):
        cases: list[tuple[str, dict[str, str]]] = [
            ("sesame", {}),
            (server.url, {"x": "sesame\nx: y"}),
            (server.url, {"x": "sesame\u20ac"}),
            ("http://host:sesame/", {}),
            ("http://host:99999/", {}),
            ("https://.example/", {}),
            ("http://[sesame/", {}),
        ]
        for url, headers in cases:
            with pytest.raises(OSError) as caught:
                transport.send(dataclasses.replace(request(url, connect=1), headers=headers))
            assert "sesame" not in f"{caught.value!r} {caught.value.__context__!r}"
        assert len(server.received) == 0


# -- a server that does not read the request


class Unread(FaultServer):
    """A server that sends an answer to each connection at once, and reads nothing."""

    def __init__(self, answer: bytes, tls: bool) -> None:
        context = LOCALHOST if tls else None
        super().__init__(then=self.reply, context=context, speaks_first=True)
        self.answer = answer
        self.ended = threading.Event()

    def reply(self, line: Line) -> None:
        line.ended = True
        if self.answer:
            line.send(self.answer)
        assert self.ended.wait(WAIT)

    def __enter__(self) -> Unread:
        super().__enter__()
        return self


@over_tls
def test_an_answer_before_the_request_was_read(tls: bool) -> None:
    early = b"HTTP/1.1 413 Too Large\r\ncontent-length: 5\r\n\r\nHello"
    with Unread(early, tls) as server:
        transport = UrllibTransport(proxies={}, ssl_context=TRUST)
        for _ in range(2):  # the first connection still waits for the rest of its request
            response = transport.send(request(server.url, LARGE, read=2))
            assert (response.status, whole(response)) == (413, b"Hello")
            release(response)
        assert server.connections == 2
        server.ended.set()
        transport.close()


@over_tls
@pytest.mark.parametrize("how", ["time", "abort"])
def test_a_request_that_is_neither_read_nor_answered(how: str, tls: bool) -> None:
    """The session tickets of TLS 1.3 are not an answer."""
    with Unread(b"", tls) as server:
        transport = UrllibTransport(proxies={}, ssl_context=TRUST)
        asked = request(server.url, LARGE, total=0.3 if how == "time" else WAIT)
        deadline = transport.deadline(asked)
        with ThreadPoolExecutor() as threads:
            sending = threads.submit(transport.send_until, asked, deadline)
            if how == "abort":
                eventually(lambda: server.open == 1)
                deadline.abort()
            with pytest.raises(TimeoutError if how == "time" else ClosedError):
                sending.result(WAIT)
        server.ended.set()
        transport.close()


# -- a server that sends little by little, or nothing

STALLING: list[tuple[Step, ...]] = [(stall,), (OK, stall), (LENGTH, stall)]
DRIPPING: list[tuple[Step, ...]] = [
    (drip(b"H"),),
    (OK, drip(b"x: y\r\n")),
    (OK, drip(b"x")),
    (drip(b"HTTP/1.1 103 X\r\n\r\n"),),
    (OK + b"content-length: 100000\r\n\r\n", drip(b"x")),
    (CHUNKED + b"5;", drip(b"x")),
    (CHUNKED, drip(b"1\r\nx\r\n")),
    (CHUNKED + b"0\r\n", drip(b"x: y\r\n")),
    (OK + b"content-encoding: gzip\r\n\r\n\x1f\x8b\x08\x08" + bytes(6), drip(b"x")),
]


def check_end(
    transport: UrllibTransport, server: FaultServer, asked: HTTPRequest, how: str
) -> None:
    """Check that an exchange with a slow server ends in time, or when it is aborted."""
    deadline = transport.deadline(asked)
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(lambda: whole(transport.send_until(asked, deadline)))
        if how != "time":
            eventually(lambda: server.lines and server.lines[0].ended)
            deadline.abort() if how == "abort" else deadline.shorten(0.05)
        with pytest.raises(ClosedError if how == "abort" else TimeoutError):
            waiting.result(WAIT)
    eventually(lambda: server.open == 0)


@pytest.mark.parametrize("how", ["time", "abort", "shorten"])
def test_slow_responses(how: str) -> None:
    # `shorten` ends no current wait.
    for script in DRIPPING + (STALLING if how != "shorten" else []):
        with serving(script) as (transport, server):
            total = 0.15 if how == "time" else WAIT
            check_end(transport, server, request(server.url, total=total), how)
            assert ask(transport, server) == b"Hello"


@pytest.mark.parametrize("how", ["time", "abort"])
def test_slow_connections(how: str) -> None:
    cases: list[tuple[str, Step]] = [
        ("handshake", stall),
        ("handshake", drip(b"\x16\x03\x01")),
        ("proxy", drip(b"H")),
    ]
    for where, step in cases:
        with FaultServer(step, speaks_first=where == "handshake") as server:
            proxies: Any = {} if where == "handshake" else {"https": server.url}
            transport = UrllibTransport(ssl_context=TRUST, proxies=proxies)
            url, connect = f"https://localhost:{server.port}", 0.15 if how == "time" else WAIT
            check_end(transport, server, request(url, connect=connect), how)
            transport.close()
