"""HTTPS in each call: never to a server without a valid certificate, and never down to http."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from mistral_proto import IncompleteStreamError, NoResponseError, SDKError, Timeouts
from tests.client.faults.servers import FaultServer, Line, Script, answer, good, hang_up, stall
from tests.client.faults.table import Row, check, each
from tests.client.faults.tls import CERTIFICATES, LOCALHOST, TRUST, certified, trusting
from tests.client.support import (
    SOON_MS,
    STREAMS,
    WHOLE_ONES,
    Fails,
    Says,
    client,
    end_of,
    every_call,
)
from tests.testing.raw import eventually

TRUSTING = trusting("authority.pem", "faults_authority.pem")
SPEAKS_FIRST: dict[str, Any] = {"serve": {"speaks_first": True}, "requests": 0}
UNFINISHED = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 99\r\n\r\n"
NONE = Fails(NoResponseError)
TIMED_OUT = Fails(NoResponseError, words="timed out")
CONNECT = {"timeout_ms": Timeouts(connect_ms=100, total_ms=60_000)}


def row(name: str, script: Script, end: Fails | Says, **more: Any) -> Row:
    url = more.pop("url", "https://localhost:{}")
    options = {"serve": {"context": LOCALHOST}, "good_follows": more.get("requests") != 0, **more}
    options["options"] = {"ssl_context": TRUST, **more.get("options", {})}
    return Row(name, script, end, to=lambda it: {"server_url": url.format(it.port)}, **options)


def untrusted(name: str, file: str, trust: ssl.SSLContext, host: str = "localhost") -> Row:
    context = certified(file, "localhost.key.pem" if file == "localhost.pem" else "faults.key.pem")
    end = Fails(NoResponseError, words="certificate verify failed")
    return row(name, good, end, url=f"https://{host}:{{}}", again=False, requests=0,
        serve={"context": context}, options={"ssl_context": trust})  # fmt: skip


ROWS = [
    untrusted("unknown authority", "elsewhere.pem", trusting()),
    untrusted("expired", "expired.pem", TRUSTING),
    untrusted("self-signed", "self_signed.pem", TRUSTING),
    untrusted("another host", "elsewhere.pem", TRUSTING),
    untrusted("an IP address", "localhost.pem", TRUSTING, "127.0.0.1"),
    row("trusted", good, Says()),
    row("self-signed, and trusted", good, Says(), serve={"context": certified("self_signed.pem")},
        options={"ssl_context": trusting("self_signed.pem")}),
    row("an answer without TLS", (answer(400, b"Use TLS"), hang_up), NONE, **SPEAKS_FIRST),
    row("no handshake", stall, TIMED_OUT, again=False, timeout_ms=SOON_MS, **SPEAKS_FIRST),
    row("no handshake before the connect timeout", stall, TIMED_OUT, options=CONNECT, **SPEAKS_FIRST),
    row("a client without TLS", good, NONE, url="http://localhost:{}", requests=0),
    row("cut", (UNFINISHED, hang_up), Fails(NoResponseError, 200), calls=WHOLE_ONES),
    row("cut", (UNFINISHED, hang_up), Fails(IncompleteStreamError, 200), calls=STREAMS),
]  # fmt: skip


@each(ROWS)
def test_tls(row: Row, name: str) -> None:
    check(row, name)


def test_the_certificates_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are loaded once by a client, and HTTP/2 is not offered."""
    made: list[object] = []
    chosen: list[str | None] = []
    create = ssl.create_default_context

    def count(*given: Any, **named: Any) -> ssl.SSLContext:
        made.append(None)
        return create(*given, **named)

    def script(line: Line) -> None:
        assert isinstance(line.connection, ssl.SSLSocket)
        chosen.append(line.connection.selected_alpn_protocol())
        good(line)
        line.ended = True

    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "authority.pem"))
    monkeypatch.setattr(ssl, "create_default_context", count)
    context = certified("localhost.pem", "localhost.key.pem")
    context.set_alpn_protocols(["h2", "http/1.1"])
    with FaultServer(then=script, context=context) as server, client(server) as mistral:
        for name in ("complete", "stream_async", "complete"):
            end_of(name, mistral).check(Says())
            eventually(lambda: server.open == 0)
    assert (len(made), chosen) == (1, ["http/1.1"] * 3)


@every_call
def test_a_redirect_to_another_scheme_is_not_followed(name: str) -> None:
    for first, second in [("https", "http"), ("http", "https")]:
        contexts = [LOCALHOST if scheme == "https" else None for scheme in (first, second)]
        with FaultServer(context=contexts[0]) as server, FaultServer(context=contexts[1]) as other:
            for status, port in [(302, other.port), (307, other.port), (308, server.port)]:
                target = f"{second}://localhost:{port}/v1/chat/completions"
                server.turns = [answer(status, headers=f"location: {target}")]
                url = f"{first}://localhost:{server.port}"
                with client(server, server_url=url, ssl_context=TRUST) as mistral:
                    end_of(name, mistral).check(Fails(SDKError, status, words=target))
            assert (other.connections, len(server.received)) == (0, 3)
