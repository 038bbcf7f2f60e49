"""Sending and waiting: every wait ends in time, or when somebody says so; early answers are seen."""

from __future__ import annotations

import dataclasses
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mistral_proto import UrllibTransport
from mistral_proto.transport.failures import ClosedError, RefusedError
from tests.client.faults.servers import FaultServer, Line, Step, drip, stall
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.testing.raw import eventually
from tests.transport.asking import CHUNKED, HELLO, OK, ask, serving, whole
from tests.transport.times import request

LARGE = bytes(32 * 1024 * 1024)
WHOLE = bytes(3 * 1024 * 1024)
over_tls = pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])


class Silent(FaultServer):
    """A server that answers each connection at once, and never reads a body."""

    def __init__(self, answer: bytes, context: ssl.SSLContext | None) -> None:
        super().__init__(then=lambda line: self.reply(line), context=context, speaks_first=True)
        self.answer = answer
        self.ended = threading.Event()

    def reply(self, line: Line) -> None:
        line.ended = True
        if self.answer:
            line.send(self.answer)
        assert self.ended.wait(20)

    def __enter__(self) -> Silent:
        super().__enter__()
        return self

    def url_for(self, tls: bool) -> str:
        return f"http{'s' if tls else ''}://localhost:{self.port}"


# -- an answer before the request was read

EARLY = b"HTTP/1.1 413 Too Large\r\ncontent-length: 5\r\n\r\nHello"


@over_tls
def test_an_answer_to_a_request_that_nobody_reads(tls: bool) -> None:
    with Silent(EARLY, LOCALHOST if tls else None) as server:
        transport = UrllibTransport(proxies={}, ssl_context=TRUST)
        for _ in range(2):  # the first connection still waits for the rest of its request
            response = transport.send(request(server.url_for(tls), LARGE, read=2))
            assert (response.status, whole(response)) == (413, b"Hello")
            assert response.release is not None
            response.release()
        assert server.connections == 2
        server.ended.set()
        transport.close()


@over_tls
@pytest.mark.parametrize("how", ["time", "abort"])
def test_a_request_that_nobody_reads_or_answers(how: str, tls: bool) -> None:
    """Over TLS 1.3 tickets come, which are no answer."""
    with Silent(b"", LOCALHOST if tls else None) as server:
        transport = UrllibTransport(proxies={}, ssl_context=TRUST)
        asked = request(server.url_for(tls), LARGE, total=0.3 if how == "time" else 20)
        deadline = transport.deadline(asked)
        with ThreadPoolExecutor() as threads:
            sending = threads.submit(transport.send_until, asked, deadline)
            if how == "abort":
                eventually(lambda: server.open == 1)
                deadline.abort()
            with pytest.raises(TimeoutError if how == "time" else ClosedError):
                sending.result(20)
        server.ended.set()
        transport.close()


@over_tls
def test_a_large_request_is_sent_whole(tls: bool) -> None:
    def count(line: Line) -> None:
        line.send(OK + b"content-length: 8\r\n\r\n%08d" % len(line.request.body))

    with FaultServer(then=count, context=LOCALHOST if tls else None) as server:
        transport = UrllibTransport(proxies={}, ssl_context=TRUST)
        url = f"http{'s' if tls else ''}://localhost:{server.port}"
        for _ in range(2):
            response = transport.send(request(url, WHOLE))
            assert int(whole(response)) == len(WHOLE)
            assert response.release is not None
            response.release()
        assert server.connections == 1
        transport.close()


# -- a server that drips, anywhere

DRIPS: dict[str, tuple[Step, ...]] = {
    "the status line": (drip(b"H"),),
    "headers": (OK, drip(b"x: y\r\n")),
    "a header": (OK, drip(b"x")),
    "interim answers": (drip(b"HTTP/1.1 103 X\r\n\r\n"),),
    "a body": (OK + b"content-length: 100000\r\n\r\n", drip(b"x")),
    "the size of a chunk": (CHUNKED + b"5;", drip(b"x")),
    "chunks": (CHUNKED, drip(b"1\r\nx\r\n")),
    "trailers": (CHUNKED + b"0\r\n", drip(b"x: y\r\n")),
    "what is packed": (
        OK + b"content-encoding: gzip\r\n\r\n\x1f\x8b\x08\x08" + bytes(6),
        drip(b"x"),
    ),
}


@pytest.mark.parametrize("how", ["time", "abort", "shorten"])
@pytest.mark.parametrize("script", DRIPS.values(), ids=DRIPS)
def test_a_server_that_drips(script: tuple[Step, ...], how: str) -> None:
    begun = threading.Event()

    def begin(line: Line) -> None:
        begun.set()

    with serving((begin, *script)) as (transport, server):
        asked = request(server.url, total=0.15 if how == "time" else 20)
        deadline = transport.deadline(asked)
        with ThreadPoolExecutor() as threads:
            waiting = threads.submit(lambda: whole(transport.send_until(asked, deadline)))
            assert begun.wait(20)
            if how != "time":
                deadline.abort() if how == "abort" else deadline.shorten(0.05)
            with pytest.raises(ClosedError if how == "abort" else TimeoutError):
                waiting.result(20)
        eventually(lambda: server.open == 0)
        assert ask(transport, server) == b"Hello"


@pytest.mark.parametrize("end", ["time", "abort"])
@pytest.mark.parametrize("where", ["handshake", "proxy"])
def test_a_connection_that_does_not_come_about(where: str, end: str) -> None:
    begun = threading.Event()

    def begin(line: Line) -> None:
        begun.set()

    script: tuple[Step, ...] = (begin, drip(b"\x16\x03\x01" if where == "handshake" else b"H"))
    with FaultServer(script, speaks_first=where == "handshake") as server:
        options: dict[str, Any] = {"proxies": {} if where == "handshake" else {"https": server.url}}
        transport = UrllibTransport(ssl_context=TRUST, **options)
        asked = request(f"https://localhost:{server.port}", connect=0.15 if end == "time" else 20)
        deadline = transport.deadline(asked)
        with ThreadPoolExecutor() as threads:
            waiting = threads.submit(transport.send_until, asked, deadline)
            assert begun.wait(20)
            if end == "abort":
                deadline.abort()
            with pytest.raises(OSError):
                waiting.result(20)
        eventually(lambda: server.open == 0)
        transport.close()


def test_a_tls_server_that_says_nothing() -> None:
    with FaultServer(stall, speaks_first=True) as server:
        transport = UrllibTransport(proxies={}, ssl_context=TRUST)
        with pytest.raises(TimeoutError):
            transport.send(request(f"https://localhost:{server.port}", connect=0.1))
        eventually(lambda: server.open == 0)


# -- what can't be sent

SECRET = "sesame"
NOT_SENT: dict[str, Callable[[str], tuple[str, dict[str, str]]]] = {
    "no URL": lambda url: (SECRET, {}),
    "a line end in a header": lambda url: (url, {"x": f"{SECRET}\nx: y"}),
    "a letter that HTTP has not": lambda url: (url, {"x": f"{SECRET}\u20ac"}),
    "a port that is no number": lambda url: (f"http://host:{SECRET}/", {}),
    "a port that is too large": lambda url: ("http://host:99999/", {}),
    "a host that begins with a dot": lambda url: ("https://.example/", {}),
    "brackets that do not close": lambda url: (f"http://[{SECRET}/", {}),
}


@pytest.mark.parametrize("of", NOT_SENT.values(), ids=NOT_SENT)
def test_what_can_not_be_sent(of: Callable[[str], tuple[str, dict[str, str]]]) -> None:
    with serving() as (transport, server):
        url, headers = of(server.url)
        with pytest.raises(OSError) as caught:
            transport.send(dataclasses.replace(request(url, connect=1), headers=headers))
        assert isinstance(caught.value, (RefusedError, OSError))
        assert SECRET not in f"{caught.value!r} {caught.value.__context__!r}"
        assert len(server.received) == 0


def test_what_is_sent_is_not_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("http.client.HTTPConnection.debuglevel", 1)
    with serving() as (transport, server):
        assert ask(transport, server, authorization=SECRET) == b"Hello"
        assert server.received[0].headers["authorization"] == SECRET
    assert capsys.readouterr().out == ""


def test_a_certificate_of_somebody_else() -> None:
    with FaultServer(context=LOCALHOST) as server:
        transport = UrllibTransport(proxies={}, ssl_context=ssl.create_default_context())
        with pytest.raises(ssl.SSLCertVerificationError):
            transport.send(request(f"https://localhost:{server.port}"))
        eventually(lambda: server.open == 0)


def test_a_server_is_the_same_in_any_case() -> None:
    with serving(then=HELLO) as (transport, server):
        for host in ("localhost", "LOCALHOST"):
            response = transport.send(request(f"http://{host}:{server.port}"))
            assert whole(response) == b"Hello" and response.release is not None
            response.release()
        assert server.connections == 1
