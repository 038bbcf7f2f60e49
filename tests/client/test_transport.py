"""Bytes over HTTP: bounds of a body, headers, words for what went wrong, proxies."""

from __future__ import annotations

import gc
import http.client
import socket
import ssl
import urllib.error
import warnings
from collections.abc import Iterator
from email.message import Message

import pytest

from mistral_proto import NoResponseError, SDKError, transport
from mistral_proto.transport import Transport, lowercase, read_body, reason
from tests.client.support import (
    CALLS,
    DONE,
    HI,
    KEY,
    STREAM_HEAD,
    WHOLE,
    Call,
    ScriptedServer,
    answer,
    client,
    complete,
    failure,
    piece,
)


def body_of(script: bytes) -> bytes:
    with ScriptedServer(script) as server:
        return read_body(Transport().post(server.url, b"", {}, 5))


def of_size(size: int, length_is_told: bool) -> bytes:
    if length_is_told:
        return answer(200, b"x" * size)
    return b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * size


@pytest.mark.parametrize("size", [0, 1, 99, 100])
@pytest.mark.parametrize("length_is_told", [False, True])
def test_a_body_within_the_bound(
    size: int, length_is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_BODY", 100)
    assert body_of(of_size(size, length_is_told)) == b"x" * size


@pytest.mark.parametrize("size", [101, 100_000])
@pytest.mark.parametrize("length_is_told", [False, True])
def test_a_body_beyond_the_bound(
    size: int, length_is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_BODY", 100)
    with pytest.raises(NoResponseError, match="^the answer is larger than 100 bytes$"):
        body_of(of_size(size, length_is_told))


def test_the_bound_through_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_BODY", len(WHOLE) - 1)
    with ScriptedServer(answer(200, WHOLE), answer(500, WHOLE)) as server:
        error = failure(complete, client(server))
        assert type(error) is NoResponseError
        assert error.status_code == 200
        assert error.headers["content-length"] == str(len(WHOLE))
        # Of an error status there is no more to say than that.
        error = failure(complete, client(server))
    assert (type(error), error.status_code, error.body) == (SDKError, 500, "")


@pytest.mark.parametrize(
    "rest",
    [
        b"content-length: 5\r\n\r\n1234",
        b"content-length: 5\r\n\r\n",
        b"content-length: 99999999999999999999\r\n\r\n1",
        b"transfer-encoding: chunked\r\n\r\n5\r\n1234",
        b"transfer-encoding: chunked\r\n\r\n",
        b"transfer-encoding: chunked\r\n\r\nxyz\r\n",
        b"transfer-encoding: chunked\r\n\r\n2\r\n12\r\n",
    ],
    ids=repr,
)
def test_a_body_that_is_cut(rest: bytes) -> None:
    how = "not HTTP" if b"-5" in rest else "the connection was closed in the middle of it"
    with pytest.raises(NoResponseError, match=f"^the answer broke off: .*{how}"):
        body_of(b"HTTP/1.1 200 OK\r\n" + rest)


def test_a_chunk_of_negative_size() -> None:
    with pytest.raises(NoResponseError, match="^the answer broke off: what came is not HTTP"):
        body_of(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-5\r\n1234")


@pytest.mark.parametrize("length", [b"", b"x", b"-1", b"1.5"])
def test_a_length_that_is_no_number_is_none(length: bytes) -> None:
    assert body_of(b"HTTP/1.1 200 OK\r\ncontent-length: " + length + b"\r\n\r\n1234") == b"1234"


def test_lowercase() -> None:
    message = Message()
    for name, value in [("A-b", "1"), ("C", "x"), ("a-B", "2"), ("A-B", "")]:
        message[name] = value
    assert lowercase(message) == {"a-b": "1, 2, ", "c": "x"}


class _Silent(Exception):
    def __str__(self) -> str:
        return ""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "timed out"),
        (TimeoutError("The read operation timed out"), "timed out"),
        (urllib.error.URLError(TimeoutError()), "timed out"),
        (
            urllib.error.URLError(ConnectionRefusedError(111, "Connection refused")),
            "Connection refused",
        ),
        (urllib.error.URLError(urllib.error.URLError(OSError(5, "Deep"))), "Deep"),
        (urllib.error.URLError("no host given"), "no host given"),
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
        (OSError("Tunnel connection failed: 403"), "Tunnel connection failed: 403"),
        (http.client.RemoteDisconnected("closed without response"), "closed without response"),
        (http.client.BadStatusLine("secret"), "what came is not HTTP (BadStatusLine)"),
        (http.client.LineTooLong("secret"), "what came is not HTTP (LineTooLong)"),
        (http.client.IncompleteRead(b"x", 5), "the connection was closed in the middle of it"),
        (ssl.SSLError(1, "[SSL: X] bad"), "[SSL: X] bad"),
        (OSError("x" * 1000), "x" * 200 + "…"),
        (OSError("a\x1b[2J\nb"), "a [2J b"),
        (OSError(), "OSError"),
        (_Silent(), "_Silent"),
    ],
    ids=repr,
)
def test_reason(error: BaseException, words: str) -> None:
    assert reason(error) == words


# -- proxies, which the environment names


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY"])
@pytest.mark.parametrize("name", CALLS)
def test_a_proxy(name: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    script = answer(200, WHOLE) if name == "complete" else STREAM_HEAD + piece("x") + DONE
    with ScriptedServer(script) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        with client(proxy, server_url="http://gateway.invalid:81/eu") as mistral:
            CALLS[name](mistral)
        (received,) = proxy.received
    assert received.start == "POST http://gateway.invalid:81/eu/v1/chat/completions HTTP/1.1"
    assert received.headers["host"] == "gateway.invalid:81"
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert "proxy-authorization" not in received.headers


def test_a_proxy_with_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(answer(200, WHOLE)) as proxy:
        monkeypatch.setenv("http_proxy", f"http://user:pass@127.0.0.1:{proxy.port}")
        complete(client(proxy, server_url="http://gateway.invalid"))
        headers = proxy.received[0].headers
    assert headers["proxy-authorization"] == "Basic dXNlcjpwYXNz"
    assert headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
@pytest.mark.parametrize("value", ["127.0.0.1", "*", "example.com,127.0.0.1", "127.0.0.1:{port}"])
def test_no_proxy(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer() as proxy, ScriptedServer(answer(200, WHOLE)) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv(variable, value.format(port=server.port))
        complete(client(server))
        assert (proxy.connections, server.connections) == (0, 1)


def test_another_scheme_has_another_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer() as proxy, ScriptedServer(answer(200, WHOLE)) as server:
        monkeypatch.setenv("https_proxy", proxy.url)
        complete(client(server))
        assert proxy.connections == 0


@pytest.fixture
def refused_tunnel() -> Iterator[None]:
    """Python 3.10 leaves the answer of a proxy that refuses to the garbage collector."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.mark.usefixtures("refused_tunnel")
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_tunnel_shows_no_key(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    # The proxy sees the CONNECT alone, which must not hold what is for the server.
    refusal = b"HTTP/1.1 403 Forbidden\r\n\r\n"
    with ScriptedServer(refusal) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        error = failure(call, client(proxy, server_url="https://gateway.invalid"))
        (received,) = proxy.received
    assert received.start.startswith("CONNECT gateway.invalid:443 HTTP/1.")
    assert "authorization" not in received.headers
    assert received.body == b""
    assert type(error) is NoResponseError
    assert str(error).startswith("no answer from https://gateway.invalid:443: Tunnel connection")


@pytest.mark.usefixtures("refused_tunnel")
def test_what_a_proxy_says_cannot_move_the_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(b"HTTP/1.1 403 \x1b[2JForbidden\r\n\r\n") as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        error = failure(complete, client(proxy, server_url="https://gateway.invalid"))
    assert error.message.isprintable()


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "ftp://127.0.0.1:1"])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_proxy_of_another_kind(call: Call, proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The standard library knows no other kind; at least nothing goes around the proxy.
    monkeypatch.setenv("http_proxy", proxy)
    with ScriptedServer(answer(200, WHOLE)) as server:
        error = failure(call, client(server))
        assert server.connections == 0
    assert type(error) is NoResponseError


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
    with ScriptedServer(answer(200, WHOLE)) as server:
        error = failure(complete, client(server), messages=HI)
        assert server.connections == 0
    assert type(error) is NoResponseError
    assert str(error).endswith("Connection refused")
