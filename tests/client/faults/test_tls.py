"""HTTPS end to end, never to a server that can't prove its name, and never down to http."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from mistral_proto import IncompleteStreamError, Mistral, NoResponseError, SDKError, Timeouts
from tests.client.faults.servers import (
    FaultServer,
    Line,
    Script,
    answer,
    good,
    hang_up,
    stall,
)
from tests.client.faults.table import Row, each, more_tries, one_try
from tests.client.faults.tls import CERTIFICATES, LOCALHOST, TRUST, certified, trusting
from tests.client.support import (
    KEY,
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

TRUSTING = ("authority.pem", "faults_authority.pem")
SPEAKS_FIRST: dict[str, Any] = {"serve": {"speaks_first": True}, "requests": 0}
UNFINISHED = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 99\r\n\r\n"
NONE = Fails(NoResponseError)
TIMED_OUT = Fails(NoResponseError, words="timed out")
CONNECT = {"timeout_ms": Timeouts(connect_ms=100, total_ms=60_000)}


def row(name: str, script: Script, end: Fails | Says, **more: Any) -> Row:
    """Of a server with TLS, which is asked for by its name."""
    url = more.pop("url", "https://localhost:{}")
    more.setdefault("serve", {"context": LOCALHOST})
    more["options"] = {"ssl_context": TRUST, **more.get("options", {})}
    more["to"] = lambda server: {"server_url": url.format(server.port)}
    return Row(name, script, end, **more)


def unproven(name: str, file: str, trusted: tuple[str, ...], words: str, host: str) -> Row:
    context = certified(file, "localhost.key.pem" if file == "localhost.pem" else "faults.key.pem")
    end = Fails(NoResponseError, words="certificate verify failed")
    return row(f"{name}: {words}", good, end, url=f"https://{host}:{{}}", again=False, requests=0,
        serve={"context": context}, options={"ssl_context": trusting(*trusted)})  # fmt: skip


ROWS = [
    unproven("of nobody we know", "elsewhere.pem", (), "verify failed", "localhost"),
    unproven("expired", "expired.pem", TRUSTING, "expired", "localhost"),
    unproven("self-signed", "self_signed.pem", TRUSTING, "self", "localhost"),
    unproven("of another host", "elsewhere.pem", TRUSTING, "localhost", "localhost"),
    unproven("by its number", "localhost.pem", TRUSTING, "127.0.0.1", "127.0.0.1"),
    row("the right one", good, Says()),
    row("a self-signed one that is trusted", good, Says(), options={"ssl_context": trusting("self_signed.pem")},
        serve={"context": certified("self_signed.pem")}),
    # -- TLS on one side alone
    row("an answer without TLS", (answer(400, b"Speak TLS to this port"), hang_up), NONE, **SPEAKS_FIRST),
    row("nothing, and closed, in place of a greeting", hang_up, NONE, **SPEAKS_FIRST),
    row("no greeting", stall, TIMED_OUT, again=False, timeout_ms=SOON_MS, **SPEAKS_FIRST),
    row("no greeting in the time for the connection", stall, TIMED_OUT, options=CONNECT, **SPEAKS_FIRST),
    row("a client without TLS", good, NONE, url="http://localhost:{}", requests=0),
    # -- an answer that is cut
    row("cut", (UNFINISHED, hang_up), Fails(NoResponseError, 200), calls=WHOLE_ONES),
    row("cut", (UNFINISHED, hang_up), Fails(IncompleteStreamError, 200), calls=STREAMS),
]  # fmt: skip


@each(ROWS)
def test_tls(row: Row, name: str) -> None:
    one_try(row, name)
    if isinstance(row.end, Fails) and row.timeout_ms != SOON_MS:
        more_tries(row, name, good_follows=row.requests > 0)


def to(server: FaultServer, **options: Any) -> Mistral:
    url = f"https://localhost:{server.port}"
    return client(server, **{"server_url": url, "ssl_context": TRUST, **options})


@pytest.fixture
def trusted_by_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "authority.pem"))


@every_call
@pytest.mark.usefixtures("trusted_by_the_system")
def test_the_certificates_of_the_system(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are loaded once by a client, and HTTP/2 is not offered."""
    made: list[object] = []
    chosen: list[str | None] = []
    create = ssl.create_default_context

    def counted(*given: Any, **named: Any) -> ssl.SSLContext:
        made.append(None)
        return create(*given, **named)

    def script(line: Line) -> None:
        assert isinstance(line.connection, ssl.SSLSocket)
        chosen.append(line.connection.selected_alpn_protocol())
        good(line)
        line.ended = True

    monkeypatch.setattr(ssl, "create_default_context", counted)
    context = certified("localhost.pem", "localhost.key.pem")
    context.set_alpn_protocols(["h2", "http/1.1"])
    with FaultServer(then=script, context=context) as server:
        with to(server, ssl_context=None) as mistral:
            for _ in range(3):
                end_of(name, mistral).check(Says())
                eventually(lambda: server.open == 0)
        assert {one.headers["authorization"] for one in server.received} == {f"Bearer {KEY}"}
        assert {one.headers["host"] for one in server.received} == {f"localhost:{server.port}"}
    assert (len(made), chosen) == (1, ["http/1.1"] * 3)


# -- redirects


@every_call
@pytest.mark.parametrize("where", ["down", "down, on the same port", "up"])
def test_a_redirect_to_another_scheme_is_not_followed(name: str, where: str) -> None:
    schemes = ["http", "https"][:: 1 if where == "up" else -1]
    for status in (301, 302, 303, 307, 308):
        contexts = [LOCALHOST if scheme == "https" else None for scheme in schemes]
        with FaultServer(context=contexts[0]) as server, FaultServer(context=contexts[1]) as other:
            port = server.port if "same" in where else other.port
            target = f"{schemes[1]}://localhost:{port}/v1/chat/completions"
            server.then = answer(status, headers=f"location: {target}")
            with to(server, server_url=f"{schemes[0]}://localhost:{server.port}") as mistral:
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
