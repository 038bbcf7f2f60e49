"""HTTPS end to end, never to a server that can't prove its name, and never down to http."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from mistral_proto import Mistral, NoResponseError, SDKError
from tests.client.doubles import SkippingClock
from tests.client.faults.servers import WHOLE, FaultServer, Line, Script, answer, hang_up, stall
from tests.client.faults.test_connecting import every_limit
from tests.client.faults.tls import CERTIFICATES, LOCALHOST, TRUST, certified, trusting
from tests.client.support import (
    KEY,
    ONCE,
    RETRIES,
    SOON_MS,
    WAITS,
    Fails,
    Says,
    client,
    complete,
    end_of,
    every_call,
)
from tests.testing.raw import eventually


def to(server: FaultServer, **options: Any) -> Mistral:
    """A client that calls the server by the name that its certificate is for."""
    url = f"https://localhost:{server.port}"
    return client(server, **{"server_url": url, "ssl_context": TRUST, **options})


# -- who is there

TRUSTING = ("authority.pem", "faults_authority.pem")
VERIFY = "certificate verify failed"

# The server's certificate, the authorities that the client trusts, its host, and more words.
REFUSED: dict[str, tuple[str, tuple[str, ...], str, str]] = {
    "of nobody we know": ("elsewhere.pem", (), "localhost", VERIFY),
    "expired": ("expired.pem", TRUSTING, "localhost", "expired"),
    "self-signed": ("self_signed.pem", TRUSTING, "localhost", "self"),
    "of another host": ("elsewhere.pem", TRUSTING, "localhost", "localhost"),
    "of a name, asked for by number": ("localhost.pem", TRUSTING, "127.0.0.1", "127.0.0.1"),
}


@every_call
@pytest.mark.parametrize("retries", [False, True])
@pytest.mark.parametrize(("file", "trusted", "host", "words"), REFUSED.values(), ids=REFUSED)
def test_a_certificate_that_proves_nothing(
    file: str, trusted: tuple[str, ...], host: str, words: str, retries: bool, name: str
) -> None:
    clock = SkippingClock()
    context = LOCALHOST if file == "localhost.pem" else certified(file)
    with FaultServer(context=context) as server:
        options = {"retry_config": RETRIES if retries else ONCE, "clock": clock}
        options |= {"server_url": f"https://{host}:{server.port}"}
        with to(server, ssl_context=trusting(*trusted), **options) as mistral:
            end = end_of(name, mistral)
            end.check(Fails(NoResponseError, words=VERIFY))
            assert end.error.final and words in end.error.message
            eventually(lambda: server.open == 0)
        assert (server.received, server.connections, clock.slept) == ([], 1, [])


@every_call
@pytest.mark.parametrize("trusted", ["authority.pem", "self_signed.pem", "SSL_CERT_FILE"])
def test_the_right_certificate(trusted: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    context: ssl.SSLContext | None = None
    if trusted == "SSL_CERT_FILE":
        monkeypatch.setenv(trusted, str(CERTIFICATES / "authority.pem"))
    else:
        context = trusting(trusted)
    served = certified(trusted) if trusted == "self_signed.pem" else LOCALHOST
    with FaultServer(context=served) as server:
        with to(server, ssl_context=context) as mistral:
            for _ in range(3):
                end_of(name, mistral).check(Says())
            eventually(lambda: server.idle == 1)
        eventually(lambda: server.open == 0)
        assert server.connections == 1
        assert {one.headers["authorization"] for one in server.received} == {f"Bearer {KEY}"}
        assert {one.headers["host"] for one in server.received} == {f"localhost:{server.port}"}


def test_the_client_loads_the_certificates_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "authority.pem"))
    made: list[object] = []
    create = ssl.create_default_context

    def counted(*given: Any, **named: Any) -> ssl.SSLContext:
        made.append(None)
        return create(*given, **named)

    monkeypatch.setattr(ssl, "create_default_context", counted)
    script = answer(200, WHOLE, "connection: close")
    with FaultServer(then=script, context=LOCALHOST) as server:
        with to(server, ssl_context=None) as mistral:
            for _ in range(3):
                complete(mistral)
        assert (server.connections, len(made)) == (3, 1)


def test_the_protocol_is_agreed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that also speaks HTTP/2 must not choose it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "authority.pem"))
    context = certified("localhost.pem", "localhost.key.pem")
    context.set_alpn_protocols(["h2", "http/1.1"])
    chosen: list[str | None] = []

    def script(line: Line) -> None:
        assert isinstance(line.connection, ssl.SSLSocket)
        chosen.append(line.connection.selected_alpn_protocol())
        line.send(answer(200, WHOLE))

    with FaultServer(script, context=context) as server, to(server, ssl_context=None) as mistral:
        complete(mistral)
    assert chosen == ["http/1.1"]


# -- TLS on one side alone

# What a server without TLS says to the greeting of a client with TLS.
PLAIN: dict[str, Script] = {
    "an answer": (answer(400, b"Speak TLS to this port"), hang_up),
    "nothing, and closes": hang_up,
}


@every_call
@pytest.mark.parametrize("script", PLAIN.values(), ids=PLAIN)
def test_a_server_without_tls(script: Script, name: str) -> None:
    clock = SkippingClock()
    with FaultServer(then=script, speaks_first=True) as server:
        with to(server, retry_config=RETRIES, clock=clock) as mistral:
            end_of(name, mistral).check(Fails(NoResponseError), tries=3)
            eventually(lambda: server.open == 0)
        assert (server.connections, clock.slept) == (3, WAITS)


@every_call
@every_limit
def test_a_server_that_does_not_greet_back(timeout: Any, tries: int, name: str) -> None:
    with FaultServer(then=stall, speaks_first=True) as server:
        with to(server, retry_config=RETRIES, timeout_ms=timeout) as mistral:
            end = end_of(name, mistral, within_ms=SOON_MS * 2)
            end.check(Fails(NoResponseError, words="timed out"), tries)
            eventually(lambda: server.open == 0)
        assert server.connections == tries


@every_call
def test_a_client_without_tls(name: str) -> None:
    with FaultServer(context=LOCALHOST) as server:
        with to(server, server_url=f"http://localhost:{server.port}") as mistral:
            end_of(name, mistral).check(Fails(NoResponseError))
            eventually(lambda: server.open == 0)
        assert server.received == []


@every_call
def test_an_answer_that_is_cut_is_asked_for_again(name: str) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 99\r\n\r\n"
    with FaultServer((head, hang_up), context=LOCALHOST) as server:
        with to(server, retry_config=RETRIES) as mistral:
            end_of(name, mistral).check(Says())
            assert len(server.received) == 2


# -- redirects


@every_call
@pytest.mark.parametrize("same_port", [False, True])
def test_a_redirect_down_to_http_is_not_followed(name: str, same_port: bool) -> None:
    for status in (301, 302, 303, 307, 308):
        with FaultServer() as other, FaultServer(context=LOCALHOST) as server:
            port = server.port if same_port else other.port
            target = f"http://localhost:{port}/v1/chat/completions"
            server.then = answer(status, headers=f"location: {target}")
            with to(server) as mistral:
                end_of(name, mistral).check(Fails(SDKError, status))
                eventually(lambda: server.open == 0)
            assert (other.connections, server.connections) == (0, 1), status


@every_call
def test_a_redirect_up_to_https_is_not_followed(name: str) -> None:
    for status in (301, 302, 303, 307, 308):
        with FaultServer(context=LOCALHOST) as other, FaultServer() as server:
            target = f"https://localhost:{other.port}/v1/chat/completions"
            server.then = answer(status, headers=f"location: {target}")
            with client(server, ssl_context=TRUST, retry_config=RETRIES) as mistral:
                end_of(name, mistral).check(Fails(SDKError, status, words=target))
                eventually(lambda: server.open == 0)
            assert (other.connections, server.connections) == (0, 1), status


@every_call
@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_within_the_origin(name: str, status: int) -> None:
    with FaultServer(answer(status, headers="location: /x"), context=LOCALHOST) as server:
        with to(server) as mistral:
            end_of(name, mistral).check(Says())
        first, second = server.received
        assert second.start == "POST /x HTTP/1.1"
        assert (first.body, first.headers) == (second.body, second.headers)
