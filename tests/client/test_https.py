"""HTTPS end to end, and never to a server that cannot prove its name."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from mistral_proto import NoResponseError
from tests.client.support import (
    CALLS,
    DONE,
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
    stream,
)

CERTIFICATES = Path(__file__).parent / "certificates"
AUTHORITY = str(CERTIFICATES / "authority.pem")


@pytest.fixture
def context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "localhost.pem", CERTIFICATES / "localhost.key.pem")
    return context


def localhost(server: ScriptedServer) -> str:
    """The URL with the name that the certificate is for."""
    return f"https://localhost:{server.port}"


def test_https_end_to_end(context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", AUTHORITY)
    scripts = [answer(200, WHOLE), STREAM_HEAD + piece("Bonjour") + DONE]
    with ScriptedServer(*scripts, context=context) as server:
        with client(server, server_url=localhost(server)) as mistral:
            assert complete(mistral).choices[0].message.content == "Bonjour"
            (event,) = stream(mistral)
            assert event.data.choices[0].delta.content == "Bonjour"
        for received in server.received:
            assert received.headers["authorization"] == f"Bearer {KEY}"
            assert received.headers["host"] == f"localhost:{server.port}"


def test_the_protocol_is_agreed_on(
    context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A server that also speaks HTTP/2 must not choose it.
    monkeypatch.setenv("SSL_CERT_FILE", AUTHORITY)
    context.set_alpn_protocols(["h2", "http/1.1"])
    chosen: list[str | None] = []

    def script(connection: object) -> None:
        assert isinstance(connection, ssl.SSLSocket)
        chosen.append(connection.selected_alpn_protocol())
        connection.sendall(answer(200, WHOLE))

    with ScriptedServer(script, context=context) as server:
        complete(client(server, server_url=localhost(server)))
    assert chosen == ["http/1.1"]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_certificate_that_nobody_vouches_for(call: Call, context: ssl.SSLContext) -> None:
    with ScriptedServer(answer(200, WHOLE), context=context) as server:
        error = failure(call, client(server, server_url=localhost(server)))
        assert server.received == []
    assert isinstance(error, NoResponseError)
    assert str(error).startswith(f"no answer from https://localhost:{server_port(error)}: ")
    assert "certificate verify failed" in str(error)


def server_port(error: NoResponseError) -> str:
    return str(error).split(":")[2]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_certificate_of_another_name(
    call: Call, context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", AUTHORITY)
    with ScriptedServer(answer(200, WHOLE), context=context) as server:
        error = failure(call, client(server))  # by its number
        assert server.received == []
    assert isinstance(error, NoResponseError)
    assert "certificate verify failed" in str(error)
    assert "127.0.0.1" in str(error)


def test_a_server_without_tls() -> None:
    with ScriptedServer(answer(200, WHOLE)) as server:
        url = f"https://127.0.0.1:{server.port}"
        error = failure(complete, client(server, server_url=url, timeout_ms=100))
        assert server.received == []
    assert isinstance(error, NoResponseError)
    assert KEY not in str(error)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_down_to_http_is_not_followed(
    status: int, context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", AUTHORITY)
    with ScriptedServer() as plain:
        script = answer(status, headers=f"location: http://localhost:{plain.port}/x")
        with ScriptedServer(script, context=context) as server:
            error = failure(complete, client(server, server_url=localhost(server)))
        assert plain.connections == 0
    assert error.status_code == status


def test_the_client_loads_the_certificates_once(
    context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", AUTHORITY)
    made: list[object] = []
    create = ssl.create_default_context

    def counted() -> ssl.SSLContext:
        made.append(None)
        return create()

    monkeypatch.setattr(ssl, "create_default_context", counted)
    with ScriptedServer(*[answer(200, WHOLE)] * 3, context=context) as server:
        mistral = client(server, server_url=localhost(server))
        assert not made
        for _ in range(3):
            complete(mistral)
    assert len(made) == 1
