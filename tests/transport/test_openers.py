"""The handler that keeps connections in any opener, and the transport over any opener."""

from __future__ import annotations

import gc
import gzip
import http.client
import http.cookiejar
import io
import ssl
import threading
import urllib.request
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mistral_proto import KeepAliveHandler, UrllibTransport
from mistral_proto.transport.failures import ClosedError, NoFreeConnectionError, RefusedError
from tests.client.faults.servers import FaultServer, Script, answer, hang_up, stall
from tests.client.faults.tls import CERTIFICATES, LOCALHOST, TRUST, certified
from tests.testing.raw import eventually
from tests.transport.support import (
    CHUNKED,
    HELLO,
    LENGTH,
    OK,
    WAIT,
    ask,
    release,
    request,
    serving,
    whole,
)

NO_PROXY = urllib.request.ProxyHandler({})


def keeping(**settings: Any) -> Any:
    return urllib.request.build_opener(NO_PROXY, KeepAliveHandler(**settings))


def close(opener: Any) -> None:
    for handler in opener.handlers:
        handler.close()


# -- the handler in an opener of urllib

# A use of a response, the connections that three of them need, and those that are kept.
USES: list[tuple[Callable[[Any], object], int, int]] = [
    (lambda response: [response.read(), response.close()], 1, 1),
    (lambda response: response.__exit__(response.readline()), 1, 1),
    (lambda response: [*iter(lambda: response.read(2), b""), response.close()], 1, 1),
    (lambda response: response.close(), 3, 0),
    (lambda response: [response.read(2), response.close()], 3, 0),
]


@pytest.mark.parametrize("tls", [False, True])
def test_an_opener_keeps_connections(tls: bool) -> None:
    for use, connections, left in USES:
        opener = keeping(context=TRUST)
        with FaultServer(then=HELLO, context=LOCALHOST if tls else None) as server:
            url = f"{server.url}/x?y=z"
            for data in (None, b"data", b""):
                response = opener.open(url, data, timeout=WAIT)
                assert (response.status, response.reason, response.url) == (200, "OK", url)
                use(response)
            starts = [one.start.split()[0] for one in server.received]
            assert starts == ["GET", "POST", "POST"]
            assert [one.body for one in server.received] == [b"", b"data", b""]
            assert {one.headers["host"] for one in server.received} == {server.url.split("/")[2]}
            assert server.connections == connections
            eventually(lambda: server.open == left)
            close(opener)
            eventually(lambda: server.open == 0)


def test_requests_of_urllib() -> None:
    with FaultServer(LENGTH) as server:
        asked = urllib.request.Request(server.url, method="HEAD")
        with keeping().open(asked, timeout=WAIT) as response:
            assert (response.read(), response.headers["content-length"]) == (b"", "5")
    with FaultServer() as server:
        for data in ([b"x"], iter([b"x"]), bytearray(b"x")):  # which could not be sent again
            given: Any = data
            with pytest.raises(TypeError, match="^the data of a request must be bytes$"):
                keeping().open(urllib.request.Request(server.url, given, {"content-length": "1"}))
        assert server.connections == 0
    redirect = answer(302, b"", "location: /other")
    with FaultServer(answer(404, b"no such page"), redirect, HELLO, stall) as server:
        with pytest.raises(urllib.request.HTTPError) as caught:
            keeping().open(server.url, timeout=WAIT)
        assert (caught.value.code, caught.value.read()) == (404, b"no such page")
        caught.value.close()
        with keeping().open(server.url, b"data", timeout=WAIT) as response:
            assert (response.url, response.read()) == (f"{server.url}/other", b"Hello")
        with pytest.raises(TimeoutError):
            keeping().open(server.url, timeout=0.02)


def test_an_opener_waits_for_a_connection() -> None:
    with FaultServer(then=HELLO) as server, ThreadPoolExecutor() as threads:
        opener = keeping(max_connections=1)
        with opener.open(server.url, timeout=WAIT):
            waiting = threads.submit(opener.open, server.url, timeout=0.01)
            with pytest.raises(NoFreeConnectionError):
                waiting.result(WAIT)
        with opener.open(server.url, timeout=WAIT) as response:
            assert response.read() == b"Hello"
        close(opener)
    for bounds in ({"max_connections": 0}, {"max_idle_connections": -1}):
        for make in (KeepAliveHandler, UrllibTransport):
            with pytest.raises(ValueError, match="^max_connections must be at least 1"):
                make(**bounds)  # type: ignore[arg-type]


@pytest.mark.parametrize("shown", [False, True])
def test_a_client_certificate(shown: bool) -> None:
    wanted = certified("localhost.pem", "localhost.key.pem")
    wanted.verify_mode = ssl.CERT_REQUIRED
    wanted.load_verify_locations(CERTIFICATES / "client.pem")
    trust = ssl.create_default_context(cafile=str(CERTIFICATES / "authority.pem"))
    if shown:
        trust.load_cert_chain(CERTIFICATES / "client.pem", CERTIFICATES / "faults.key.pem")
    with FaultServer(then=HELLO, context=wanted) as server:
        transport = UrllibTransport(ssl_context=trust)
        if shown:
            assert ask(transport, server) == b"Hello"
        else:
            with pytest.raises(OSError):
                ask(transport, server)
        transport.close()
        assert len(server.received) == shown


# -- handlers and openers of the user


def test_an_opener_has_its_own_options() -> None:
    cases: list[dict[str, Any]] = [
        {"handlers": [KeepAliveHandler()]},
        {"proxies": {}},
        {"ssl_context": TRUST},
        {"max_connections": 5},
        {"max_idle_connections": 0},
    ]
    for options in cases:
        with pytest.raises(ValueError, match="^an opener has its own handlers, proxies, ssl_"):
            UrllibTransport(opener=keeping(), **options)


def test_a_handler_of_the_user_replaces_ours_and_is_closed() -> None:
    class Mine(KeepAliveHandler):
        def http_open(self, request: urllib.request.Request) -> Any:
            asked.append(request.full_url)
            return super().http_open(request)

    asked: list[str] = []
    for name in ("handlers", "opener"):
        given: Any = [Mine(), NO_PROXY]
        if name == "opener":
            given = urllib.request.build_opener(*given)
        with FaultServer(then=HELLO) as server:
            transport = UrllibTransport(**{name: given})
            for _ in range(2):
                assert ask(transport, server) == b"Hello"
            assert (server.connections, server.open) == (1, 1)
            transport.close()
            eventually(lambda: server.open == 0)
            ask(transport, server)
            del transport, given
            gc.collect()
            eventually(lambda: server.open == 0)
    assert len(asked) == 6


def test_redirects_are_not_followed() -> None:
    for make in (keeping, lambda: urllib.request.build_opener(NO_PROXY)):
        for status in (301, 302, 303, 307, 308):
            with serving() as (_, other):
                script = answer(status, b"", f"location: {other.url}/x")
                with serving(script, opener=make()) as (transport, server):
                    response = transport.send(request(server.url))
                    assert (response.status, whole(response)) == (status, b"")
                    response.close()
                assert other.connections == 0


def test_an_opener_that_follows_redirects_is_refused() -> None:
    class Stubborn(urllib.request.HTTPRedirectHandler):
        def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
            return self.parent.open(urllib.request.Request(headers["location"]))

    with serving() as (_, other):
        script = answer(302, b"", f"location: {other.url}/x")
        with serving(script, handlers=[Stubborn()]) as (transport, server):
            with pytest.raises(RefusedError, match="^the opener followed a redirect$"):
                transport.send(request(server.url, authorization="Bearer x"))
        assert ["authorization" in one.headers for one in other.received] == [False]


class Raising(urllib.request.BaseHandler):
    handler_order = 1

    def __init__(self, body: Any) -> None:
        self.body = body

    def http_open(self, req: urllib.request.Request) -> Any:
        headers = http.client.HTTPMessage()
        headers["Retry-After"] = "7"
        raise urllib.request.HTTPError(req.full_url, 429, "Slow", headers, self.body)


def test_an_opener_may_raise_its_responses() -> None:
    for body, expected in [(io.BytesIO(b"slow down"), b"slow down"), (None, b"")]:
        transport = UrllibTransport(opener=urllib.request.build_opener(Raising(body)))
        response = transport.send(request())
        assert (response.status, response.headers["retry-after"]) == (429, "7")
        assert whole(response) == expected
        response.close()
        assert body is None or body.closed
    with pytest.raises(RefusedError, match="^the opener has no handler for the URL$"):
        UrllibTransport(opener=urllib.request.OpenerDirector()).send(request())


def coded(coding: str, data: bytes, status: int = 200) -> bytes:
    return answer(status, data, f"content-encoding: {coding}")


def test_an_opener_without_our_handler() -> None:
    opener = urllib.request.build_opener(NO_PROXY)
    # The script, the status, and the body; None: it is cut.
    cases: list[tuple[Script, int, bytes | None]] = [
        (HELLO, 200, b"Hello"),
        (coded("gzip", gzip.compress(b"Hello")), 200, b"Hello"),
        (coded("deflate", zlib.compress(b"Hello")), 200, b"Hello"),
        (CHUNKED + b"5\r\nHello\r\n0\r\n\r\n", 200, b"Hello"),
        ((OK + b"\r\nHello", hang_up), 200, b"Hello"),
        (answer(503, b"no"), 503, b"no"),
        ((HELLO[:-1], hang_up), 200, None),
        ((CHUNKED + b"5\r\nHello\r\n", hang_up), 200, None),
        (coded("gzip", gzip.compress(b"Hello")[:-1]), 200, None),
    ]
    for script, status, body in cases:
        with serving(script, coded("br", b"x"), opener=opener) as (transport, server):
            response = transport.send(request(server.url))
            assert response.status == status
            if body is not None:
                assert whole(response) == body
            else:
                with pytest.raises(http.client.HTTPException):
                    whole(response)
            release(response)
            eventually(lambda: server.open == 0)
            with pytest.raises(RefusedError):
                transport.send(request(server.url))
            eventually(lambda: server.open == 0)


# -- the body of a response


def test_a_closed_or_released_body_has_no_more_blocks() -> None:
    with serving(HELLO, (CHUNKED + b"1\r\nx\r\n", stall)) as (transport, server):
        response = transport.send(request(server.url))
        assert whole(response) == b"Hello"
        release(response)
        open_response = transport.send(request(server.url))
        for end in (response.release, response.close, response.release):
            assert end is not None
            end()  # the connection belongs to the next exchange
        assert list(response.body) == []
        body = iter(open_response.body)
        assert next(body) == b"x"
        assert (server.connections, server.open) == (1, 1)
        open_response.close()
        with pytest.raises(ClosedError):
            next(body)
        release(open_response)
        eventually(lambda: server.open == 0)


class SlowResponse:
    """A response of an opener of the user, whose block comes when the test sets `goes_on`."""

    status = 200
    url = "http://host"
    headers: dict[str, str] = {}

    def __init__(self, *blocks: bytes) -> None:
        self.blocks = list(blocks)
        self.begun, self.goes_on = threading.Event(), threading.Event()
        self.closed_by: list[threading.Thread] = []

    def read(self, size: int) -> bytes:
        self.begun.set()
        assert self.goes_on.wait(WAIT)
        return self.blocks.pop(0)

    def close(self) -> None:
        self.closed_by.append(threading.current_thread())

    def as_sent(self) -> Any:
        class Opener(urllib.request.OpenerDirector):
            def open(opener, *_: object, **__: object) -> Any:
                return self

        return UrllibTransport(opener=Opener()).send(request())


def test_the_reader_closes_a_body_that_another_thread_ends() -> None:
    """To close a socket under its reader could give its file number to another socket."""
    for end in ("close", "release"):
        slow = SlowResponse(b"x")
        response = slow.as_sent()
        with ThreadPoolExecutor(1) as threads:
            reader = threads.submit(threading.current_thread).result()
            reading = threads.submit(next, response.body)
            assert slow.begun.wait(WAIT)
            with pytest.raises(RuntimeError, match="^another thread is reading this body$"):
                next(response.body)
            getattr(response, end)()
            assert slow.closed_by == []
            slow.goes_on.set()
            with pytest.raises(ClosedError):
                reading.result(WAIT)
        assert slow.closed_by == [reader]


def test_a_broken_body_does_not_look_complete() -> None:
    slow = SlowResponse()
    body = slow.as_sent().body
    slow.goes_on.set()
    for error in (IndexError, ClosedError):
        with pytest.raises(error):
            next(body)
    assert slow.closed_by == [threading.current_thread()]
