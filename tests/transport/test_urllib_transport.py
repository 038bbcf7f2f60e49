"""The default transport with an opener that has no handler of ours, and the bodies that it gives."""

from __future__ import annotations

import dataclasses
import gzip
import threading
import urllib.request
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mistral_proto import HTTPRequest, IncompleteStreamError, NoResponseError, UrllibTransport
from mistral_proto.transport.failures import ClosedError, RefusedError
from mistral_proto.transport.urllib_transport import Body
from tests.client.faults.servers import EVENTS_HEAD, FaultServer, chunk, hang_up, stall
from tests.client.support import (
    CALLS,
    DONE,
    KEY,
    WHOLE,
    Call,
    ScriptedServer,
    answer,
    client,
    complete,
    failure,
    piece,
    stream,
)
from tests.testing.raw import eventually
from tests.transport.times import request

every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
build_opener = urllib.request.build_opener


# -- an opener without any handler of ours

EVENTS = piece("Bon") + piece("jour", "stop") + DONE
PLAIN = "content-type: text/event-stream"


def sized(data: bytes, *headers: str) -> bytes:
    return answer(200, data, "\r\n".join([PLAIN, *headers]))


FOREIGN: dict[str, Callable[[bytes], Any]] = {
    "a length": lambda data: sized(data),
    "gzip": lambda data: sized(gzip.compress(data), "content-encoding: gzip"),
    "deflate": lambda data: sized(zlib.compress(data), "content-encoding: deflate"),
    "chunks": lambda data: EVENTS_HEAD + chunk(data) + b"0\r\n\r\n",
    "until it is closed": lambda data: (
        f"HTTP/1.1 200 OK\r\n{PLAIN}\r\n\r\n".encode() + data,
        hang_up,
    ),
}


@pytest.mark.parametrize("form", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("name", CALLS)
def test_an_opener_without_our_handlers(name: str, form: Callable[[bytes], Any]) -> None:
    made = build_opener(urllib.request.ProxyHandler({}))
    with FaultServer(form(WHOLE if name == "complete" else EVENTS)) as server:
        with client(server, transport=UrllibTransport(opener=made)) as mistral:
            if name == "complete":
                assert complete(mistral).choices[0].message.text == "Bonjour"
            else:
                assert "".join([e.data.choices[0].delta.text for e in stream(mistral)]) == "Bonjour"
            # It keeps no connection.
            eventually(lambda: server.open == 0)


# What such an opener gets, and how a stream ends that has had an event.
CUT: dict[str, Any] = {
    "a length": sized(EVENTS + b"x")[:-1],
    "chunks": EVENTS_HEAD + chunk(piece("Bon")),
    "gzip": sized(gzip.compress(piece("Bon")) + b"\x1f\x8b", "content-encoding: gzip"),
}


@pytest.mark.parametrize("data", CUT.values(), ids=CUT)
def test_an_answer_to_such_an_opener_that_is_cut(data: bytes) -> None:
    made = build_opener(urllib.request.ProxyHandler({}))
    short = data if b"gzip" not in data else data
    with FaultServer((short.replace(DONE, b""), hang_up)) as server:
        with client(server, transport=UrllibTransport(opener=made)) as mistral:
            error = failure(stream, mistral)
        eventually(lambda: server.open == 0)
    assert isinstance(error, IncompleteStreamError)
    assert "the connection was closed in the middle of it" in error.message
    assert error.partial is not None


@pytest.mark.parametrize("status", [400, 500, 503])
@every_call
def test_an_error_to_such_an_opener(call: Call, status: int) -> None:
    with FaultServer(answer(status, b'{"message": "no"}')) as server:
        with client(server, transport=UrllibTransport(opener=build_opener())) as mistral:
            error = failure(call, mistral)
        eventually(lambda: server.open == 0)
    assert (error.status_code, error.body) == (status, '{"message": "no"}')


def test_an_encoding_that_such_an_opener_can_not_read() -> None:
    with FaultServer(sized(b"x", "content-encoding: br")) as server:
        with client(server, transport=UrllibTransport(opener=build_opener())) as mistral:
            error = failure(complete, mistral)
        eventually(lambda: server.open == 0)
    assert isinstance(error, NoResponseError) and error.final


def test_an_opener_that_can_do_nothing() -> None:
    transport = UrllibTransport(opener=urllib.request.OpenerDirector())
    with pytest.raises(RefusedError, match="^the opener has no handler for the URL$"):
        transport.send(request())


# -- the body that a transport gives


def test_a_body_that_was_given_back_is_another_exchanges_by_now() -> None:
    with ScriptedServer(answer(200, b"Hello"), b"") as server:
        transport = UrllibTransport()
        response = transport.send(request(server.url))
        assert b"".join(response.body) == b"Hello"
        assert response.release is not None
        response.release()
        for end in (response.release, response.close, response.release):
            end()
        assert list(response.body) == []
        transport.close()


def test_a_body_that_is_closed_has_no_more() -> None:
    with FaultServer((EVENTS_HEAD + chunk(b"one"), stall)) as server:
        transport = UrllibTransport()
        response = transport.send(request(server.url))
        assert next(iter(response.body)) == b"one"
        response.close()
        with pytest.raises(ClosedError):
            next(iter(response.body))
        assert response.release is not None
        response.release()
        eventually(lambda: server.open == 0)
        transport.close()


class Slow:
    """A response, of somebody's opener, that gives its pieces when the test says so."""

    status = 200
    url = "http://host"
    headers: dict[str, str] = {}

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.begun, self.goes_on = threading.Event(), threading.Event()
        self.closed_by: list[threading.Thread] = []

    def read(self, size: int) -> bytes:
        self.begun.set()
        assert self.goes_on.wait(20)
        return self.pieces.pop(0)

    def close(self) -> None:
        self.closed_by.append(threading.current_thread())


def body_of(response: Any) -> Body:
    class Opener(urllib.request.OpenerDirector):
        def open(self, *_: object, **__: object) -> Any:
            return response

    body = UrllibTransport(opener=Opener()).send(request()).body
    assert isinstance(body, Body)
    return body


@pytest.mark.parametrize("end", ["close", "release"])
def test_a_body_that_another_thread_ends(end: str) -> None:
    """Who reads it closes the response: to close what is read may give its socket away."""
    response = Slow(b"x")
    body = body_of(response)
    readers: list[threading.Thread] = []

    def read() -> bytes:
        readers.append(threading.current_thread())
        return next(body)

    with ThreadPoolExecutor() as threads:
        reading = threads.submit(read)
        assert response.begun.wait(20)
        with pytest.raises(RuntimeError, match="^another thread is reading this body$"):
            next(body)
        getattr(body, end)()
        assert response.closed_by == []
        response.goes_on.set()
        with pytest.raises(ClosedError, match="^closed by this side$"):
            reading.result(20)
        assert response.closed_by == readers


def test_what_broke_off_does_not_look_like_an_end() -> None:
    response = Slow()
    body = body_of(response)
    response.goes_on.set()
    with pytest.raises(IndexError):
        next(body)
    assert response.closed_by == [threading.current_thread()]
    with pytest.raises(ClosedError):
        next(body)


def test_headers_that_come_twice_are_joined() -> None:
    head = "X-One: 1\r\nx-two: a\r\nx-ONE: 2"
    with FaultServer(answer(200, b"", head)) as server:
        response = UrllibTransport().send(request(server.url))
        response.close()
    assert (response.headers["x-one"], response.headers["x-two"]) == ("1, 2", "a")


def test_what_is_sent_is_what_was_asked_for() -> None:
    with FaultServer(then=answer(200, b"")) as server:
        transport = UrllibTransport()
        for method in ("POST", "PUT"):
            made: HTTPRequest = dataclasses.replace(
                request(f"{server.url}/a?b=c", b"body", x_one="1"), method=method
            )
            transport.send(made).close()
        transport.close()
        assert [r.start for r in server.received] == ["POST /a?b=c HTTP/1.1", "PUT /a?b=c HTTP/1.1"]
        assert {r.headers["x-one"] for r in server.received} == {"1"}
        assert {r.body for r in server.received} == {b"body"}
        assert KEY not in str(server.received)
