"""Handlers that keep connections, in our opener and in anybody's; handlers and openers of users."""

from __future__ import annotations

import gc
import http.client
import http.cookiejar
import io
import ssl
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mistral_proto import KeepAliveHandler, NoResponseError, UrllibTransport
from mistral_proto.transport.failures import NoFreeConnectionError
from tests.client.faults.servers import FaultServer, good, stall
from tests.client.faults.tls import CERTIFICATES, LOCALHOST, TRUST, certified
from tests.client.support import CALLS, WHOLE, Call, answer, client, complete, failure, stream
from tests.testing.raw import eventually
from tests.transport.times import request

every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
build_opener = urllib.request.build_opener


# -- in an opener of urllib's, for whoever uses that alone


def opener(**settings: Any) -> Any:
    return build_opener(urllib.request.ProxyHandler({}), KeepAliveHandler(**settings))


def test_ours_is_in_the_place_of_urllibs() -> None:
    kinds = (urllib.request.HTTPHandler, urllib.request.HTTPSHandler)
    (ours,) = [handler for handler in opener().handlers if isinstance(handler, kinds)]
    assert type(ours) is KeepAliveHandler


def read_in_a_block(response: Any) -> None:
    with response:
        assert response.readline() == b"Hello"


# How one may use a response, and how many connections three of them need.
USES: dict[str, tuple[Callable[[Any], object], int, int]] = {
    "read to its end": (lambda response: (response.read(), response.close()), 1, 1),
    "read in a with block": (lambda response: read_in_a_block(response), 1, 1),
    "read by size": (
        lambda response: [*iter(lambda: response.read(2), b""), response.close()],
        1,
        1,
    ),
    "closed unread": (lambda response: response.close(), 3, 0),
    "read in part, and closed": (lambda response: (response.read(2), response.close()), 3, 0),
}


@pytest.mark.parametrize(("use", "connections", "left"), USES.values(), ids=USES)
@pytest.mark.parametrize("secure", [False, True])
def test_urllib_alone(
    secure: bool, use: Callable[[Any], object], connections: int, left: int
) -> None:
    made = opener(context=TRUST)
    with FaultServer(then=answer(200, b"Hello"), context=LOCALHOST if secure else None) as server:
        url = f"http{'s' if secure else ''}://localhost:{server.port}/x?y=z"
        for data in (None, b"data", b""):
            response = made.open(url, data, timeout=20)
            assert (response.status, response.reason, response.url) == (200, "Whatever", url)
            use(response)
        assert [received.start.split(" ")[0] for received in server.received] == [
            "GET",
            "POST",
            "POST",
        ]
        assert [received.body for received in server.received] == [b"", b"data", b""]
        assert {received.headers["host"] for received in server.received} == {
            f"localhost:{server.port}"
        }
        assert server.connections == connections
        eventually(lambda: server.open == left)
        for handler in made.handlers:
            handler.close()
        eventually(lambda: server.open == 0)


def test_head() -> None:
    with FaultServer(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n") as server:
        asked = urllib.request.Request(server.url, method="HEAD")
        with opener().open(asked, timeout=20) as response:
            assert (response.read(), response.headers["content-length"]) == (b"", "5")


@pytest.mark.parametrize(
    "data", [[b"x"], iter([b"x"]), bytearray(b"x")], ids=["list", "iterator", "array"]
)
def test_the_data_of_a_request_is_bytes(data: Any) -> None:
    # Of anything else a part may be gone when it is to be sent once more.
    with FaultServer() as server:
        with pytest.raises(TypeError, match="^the data of a request must be bytes$"):
            opener().open(urllib.request.Request(server.url, data, {"content-length": "1"}))
        assert server.connections == 0


def test_statuses_are_urllibs_business() -> None:
    with FaultServer(
        answer(404, b"no such page"), answer(302, b"", "location: /other"), good
    ) as server:
        with pytest.raises(urllib.request.HTTPError) as caught:
            opener().open(server.url, timeout=20)
        assert (caught.value.code, caught.value.read()) == (404, b"no such page")
        caught.value.close()
        # It sends the data again by its own rules, as a GET.
        with FaultServer(answer(302, b"", "location: /other"), answer(200, b"Hi")) as server:
            with opener().open(server.url, b"data", timeout=20) as response:
                assert (response.url, response.read()) == (f"{server.url}/other", b"Hi")


def test_a_timeout_of_urllibs() -> None:
    with FaultServer(stall) as server:
        with pytest.raises(TimeoutError):
            opener().open(server.url, timeout=0.02)
        eventually(lambda: server.open == 0)


def test_a_full_pool() -> None:
    with FaultServer(then=answer(200, b"Hello")) as server, ThreadPoolExecutor() as threads:
        made = opener(max_connections=1)
        with made.open(server.url, timeout=20) as response:
            waiting = threads.submit(made.open, server.url, timeout=0.01)
            try:
                with pytest.raises(NoFreeConnectionError):
                    waiting.result(5)
            finally:
                response.close()
        with made.open(server.url, timeout=20) as response:
            assert response.read() == b"Hello"
        for handler in made.handlers:
            handler.close()


@pytest.mark.parametrize("bounds", [{"max_connections": 0}, {"max_idle_connections": -1}])
def test_bounds_that_are_none(bounds: dict[str, int]) -> None:
    for make in (KeepAliveHandler, UrllibTransport):
        with pytest.raises(ValueError, match="^max_connections must be at least 1"):
            make(**bounds)  # type: ignore[arg-type]


# -- whom to trust, and who we are


def wants_certificate() -> ssl.SSLContext:
    context = certified("localhost.pem", "localhost.key.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(CERTIFICATES / "client.pem")
    return context


@every_call
@pytest.mark.parametrize("shown", [False, True])
def test_a_client_certificate(call: Call, shown: bool) -> None:
    trust = ssl.create_default_context(cafile=str(CERTIFICATES / "authority.pem"))
    if shown:
        trust.load_cert_chain(CERTIFICATES / "client.pem", CERTIFICATES / "faults.key.pem")
    with FaultServer(context=wants_certificate()) as server:
        url = f"https://localhost:{server.port}"
        with client(
            server, server_url=url, transport=UrllibTransport(ssl_context=trust)
        ) as mistral:
            if shown:
                call(mistral)
            else:
                assert isinstance(failure(call, mistral), NoResponseError)
        assert len(server.received) == shown


# -- a transport with handlers of its user's


def test_handlers_or_an_opener() -> None:
    options: list[dict[str, Any]] = [
        {"handlers": [KeepAliveHandler()]},
        {"proxies": {}},
        {"ssl_context": TRUST},
        {"max_connections": 5},
        {"max_idle_connections": 0},
    ]
    for given in options:
        with pytest.raises(
            ValueError, match="^an opener has its own handlers, proxies, ssl_context and "
        ):
            UrllibTransport(opener=opener(), **given)


def test_cookies() -> None:
    jar = http.cookiejar.CookieJar()
    with FaultServer((answer(200, WHOLE, "set-cookie: sticky=7; path=/")), good) as server:
        transport = UrllibTransport(handlers=[urllib.request.HTTPCookieProcessor(jar)])
        url = f"http://localhost:{server.port}"
        with client(server, server_url=url, transport=transport) as mistral:
            complete(mistral)
            stream(mistral)
        first, second = server.received
        assert "cookie" not in first.headers
        assert second.headers["cookie"] == "sticky=7"
        assert server.connections == 1


@pytest.mark.parametrize("how", ["handlers", "opener"])
def test_close_reaches_handlers_of_ones_own(how: str) -> None:
    handler = KeepAliveHandler()
    transport = (
        UrllibTransport(handlers=[handler, urllib.request.ProxyHandler({})])
        if how == "handlers"
        else UrllibTransport(opener=build_opener(urllib.request.ProxyHandler({}), handler))
    )
    with FaultServer() as server:
        mistral = client(server, transport=transport)
        complete(mistral)
        complete(mistral)
        assert (server.connections, server.open) == (1, 1)
        mistral.close()
        eventually(lambda: server.open == 0)
        complete(mistral)
        del mistral, transport
        gc.collect()
        eventually(lambda: server.open == 0)


def test_a_handler_of_ones_own_is_in_the_place_of_ours() -> None:
    class Mine(KeepAliveHandler):
        def http_open(self, request: urllib.request.Request) -> Any:
            asked.append(request.full_url)
            return super().http_open(request)

    asked: list[str] = []
    with FaultServer() as server, client(server, transport=UrllibTransport(handlers=[Mine()])) as m:
        complete(m)
    assert len(asked) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("ours", [False, True])
@every_call
def test_an_opener_that_follows_redirects(call: Call, ours: bool, status: int) -> None:
    """It does not follow those of the client, whose answer is that status."""
    made = opener() if ours else build_opener()
    with FaultServer() as other:
        with FaultServer(answer(status, b"", f"location: {other.url}/x")) as server:
            with client(server, transport=UrllibTransport(opener=made)) as mistral:
                error = failure(call, mistral)
            eventually(lambda: server.open == 0)
        assert other.connections == 0
        assert error.status_code == status
        assert "a redirect to" in error.message


def test_an_opener_that_follows_whatever_one_says() -> None:
    class Stubborn(urllib.request.HTTPRedirectHandler):
        def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
            return self.parent.open(urllib.request.Request(headers["location"]))

    with FaultServer(then=answer(200, WHOLE)) as other:
        with FaultServer(answer(302, b"", f"location: {other.url}/x")) as server:
            transport = UrllibTransport(handlers=[Stubborn()])
            with client(server, transport=transport) as mistral:
                error = failure(complete, mistral)
            eventually(lambda: server.open == other.open == 0)
        (received,) = other.received
        assert "authorization" not in received.headers
    assert isinstance(error, NoResponseError) and error.final
    assert error.message.endswith("the opener followed a redirect")


class Raising(urllib.request.BaseHandler):
    """A handler that has its own answers, and raises them."""

    handler_order = 1

    def __init__(self, body: Any) -> None:
        self.body = body

    def http_open(self, req: urllib.request.Request) -> Any:
        headers = http.client.HTTPMessage()
        headers["Retry-After"] = "7"
        raise urllib.request.HTTPError(req.full_url, 429, "Slow", headers, self.body)


@pytest.mark.parametrize(
    ("body", "said"), [(io.BytesIO(b"slow down"), b"slow down"), (None, b"")], ids=["body", "none"]
)
def test_an_opener_that_raises_its_answers(body: Any, said: bytes) -> None:
    transport = UrllibTransport(opener=build_opener(Raising(body)))
    response = transport.send(request("http://host"))
    assert (response.status, response.headers["retry-after"]) == (429, "7")
    assert b"".join(response.body) == said
    response.close()
    assert body is None or body.closed
