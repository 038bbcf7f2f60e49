"""No connection at all, TLS that does not prove who is there, and what comes with the greeting."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from mistral_proto import NoResponseError, Timeouts
from tests.client.faults.servers import FaultServer, Script, good, hang_up, stall, unused_port
from tests.client.faults.table import (
    ALL,
    RETRIES,
    SOON_MS,
    WAITS,
    Fails,
    Says,
    SkippingClock,
    client,
    end_of,
)
from tests.client.faults.tls import LOCALHOST, TRUST, certified, trusting
from tests.client.support import KEY, answer
from tests.testing.raw import eventually

every_call = pytest.mark.parametrize("name", ALL)


@every_call
@pytest.mark.parametrize("retries", [False, True])
def test_refused(name: str, retries: bool) -> None:
    clock = SkippingClock()
    options = {"clock": clock, **({"retry_config": RETRIES} if retries else {})}
    with FaultServer() as server:
        url = f"http://127.0.0.1:{unused_port()}"
        with client(server, server_url=url, **options) as mistral:
            end = end_of(name, mistral)
            end.check(Fails(NoResponseError, "Connection refused"), tries=3 if retries else 1)
            assert end.error is not None
            assert end.error.message.startswith(f"no answer from {url}: ")
            assert isinstance(end.error, NoResponseError) and not end.error.final
        assert server.connections == 0
    assert clock.slept == (WAITS if retries else [])


@every_call
def test_refused_and_then_there(name: str) -> None:
    port = unused_port()
    servers: list[FaultServer] = []

    class Starting(SkippingClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            server = FaultServer()
            server.given_port = port
            servers.append(server.__enter__())

    clock = Starting()
    with FaultServer() as unused:
        options = {"server_url": f"http://127.0.0.1:{port}", "clock": clock}
        with client(unused, retry_config=RETRIES, **options) as mistral:
            end_of(name, mistral).check(Says())
    assert clock.slept == WAITS[:1]
    (server,) = servers
    eventually(lambda: server.open == 0)
    assert server.connections == 1
    server.__exit__(None, None, None)


@every_call
def test_a_host_that_nobody_knows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)  # no test asks a real name server
    with FaultServer() as server, client(server, server_url="http://nowhere.invalid") as mistral:
        end_of(name, mistral).check(Fails(NoResponseError, "Name or service not known"))


# What ends a call that does not come to a connection, and the tries that there are.
OVERDUE: dict[str, tuple[Any, int]] = {
    "its deadline": (SOON_MS, 1),
    "the time for the connection": (Timeouts(connect_ms=100, total_ms=60_000), 3),
}
every_limit = pytest.mark.parametrize(("timeout", "tries"), OVERDUE.values(), ids=OVERDUE)


@every_call
@every_limit
def test_nobody_accepts(timeout: Any, tries: int, name: str) -> None:
    """Of a queue that is full, the system drops what knocks."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        knocking = [socket.socket() for _ in range(4)]
        try:
            for one in knocking:
                one.setblocking(False)
                one.connect_ex(address)
            with FaultServer() as server:
                options = {"server_url": f"http://127.0.0.1:{address[1]}", "timeout_ms": timeout}
                with client(server, retry_config=RETRIES, **options) as mistral:
                    end = end_of(name, mistral, within_ms=SOON_MS * 2)
                    end.check(Fails(NoResponseError, "timed out"), tries)
        finally:
            for one in knocking:
                one.close()


# -- TLS


TRUSTING = ("authority.pem", "faults_authority.pem")
VERIFY = "certificate verify failed"

# The server's certificate, the authorities that the client trusts, and the words.
REFUSED: list[tuple[str, str, tuple[str, ...], str]] = [
    ("of nobody we know", "elsewhere.pem", (), VERIFY),
    ("expired", "expired.pem", TRUSTING, "certificate has expired"),
    ("self-signed", "self_signed.pem", TRUSTING, "self"),
    ("of another host", "elsewhere.pem", TRUSTING, "Hostname mismatch"),
]


@every_call
@pytest.mark.parametrize("retries", [False, True])
@pytest.mark.parametrize(
    ("certificate", "trusted", "words"),
    [pytest.param(*case[1:], id=case[0]) for case in REFUSED],
)
def test_a_certificate_that_proves_nothing(
    certificate: str, trusted: tuple[str, ...], words: str, retries: bool, name: str
) -> None:
    clock = SkippingClock()
    options: dict[str, Any] = {"ssl_context": trusting(*trusted), "clock": clock}
    if retries:
        options["retry_config"] = RETRIES
    with FaultServer(context=certified(certificate)) as server:
        url = f"https://localhost:{server.port}"
        with client(server, server_url=url, **options) as mistral:
            end = end_of(name, mistral)
            end.check(Fails(NoResponseError, VERIFY))
            assert end.error is not None and words in end.error.message
            assert isinstance(end.error, NoResponseError) and end.error.final
            eventually(lambda: server.open == 0)
        assert server.received == []
        assert server.connections == 1
    assert clock.slept == []


@every_call
@pytest.mark.parametrize("trusted", ["localhost", "self-signed"])
def test_the_right_certificate(trusted: str, name: str) -> None:
    context, authority = LOCALHOST, "authority.pem"
    if trusted == "self-signed":
        context, authority = certified("self_signed.pem"), "self_signed.pem"
    with FaultServer(context=context) as server:
        url = f"https://localhost:{server.port}"
        options = {"server_url": url, "ssl_context": trusting(authority)}
        with client(server, **options) as mistral:
            for _ in range(3):
                end_of(name, mistral).check(Says())
            eventually(lambda: server.idle == 1)
        eventually(lambda: server.open == 0)
        assert server.connections == 1
        assert {one.headers["authorization"] for one in server.received} == {f"Bearer {KEY}"}


# What a server without TLS says to the greeting of a client with TLS.
PLAIN: dict[str, tuple[Script, str]] = {
    "an answer": ((answer(400, b"Speak TLS to this port"), hang_up), "SSL"),
    "nothing, and closes": (hang_up, "EOF"),
}


@every_call
@pytest.mark.parametrize(("script", "words"), PLAIN.values(), ids=PLAIN)
def test_a_server_without_tls(script: Script, words: str, name: str) -> None:
    clock = SkippingClock()
    with FaultServer(then=script, speaks_first=True) as server:
        options = {"server_url": f"https://localhost:{server.port}", "ssl_context": TRUST}
        with client(server, retry_config=RETRIES, clock=clock, **options) as mistral:
            end_of(name, mistral).check(Fails(NoResponseError, words), tries=3)
            eventually(lambda: server.open == 0)
        assert server.connections == 3
    assert clock.slept == WAITS


@every_call
@every_limit
def test_a_server_that_does_not_greet_back(timeout: Any, tries: int, name: str) -> None:
    with FaultServer(then=stall, speaks_first=True) as server:
        options = {"server_url": f"https://localhost:{server.port}", "ssl_context": TRUST}
        with client(server, retry_config=RETRIES, timeout_ms=timeout, **options) as mistral:
            end = end_of(name, mistral, within_ms=SOON_MS * 2)
            end.check(Fails(NoResponseError, "timed out"), tries)
            eventually(lambda: server.open == 0)
        assert server.connections == tries


@every_call
def test_a_client_without_tls(name: str) -> None:
    with FaultServer(context=LOCALHOST) as server:
        url = f"http://localhost:{server.port}"
        with client(server, server_url=url) as mistral:
            end_of(name, mistral).check(Fails(NoResponseError, "closed connection"))
            eventually(lambda: server.open == 0)


@every_call
def test_a_stream_over_tls_that_is_cut(name: str) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 99\r\n\r\n"
    with FaultServer((head, hang_up), then=good, context=LOCALHOST) as server:
        options = {"server_url": f"https://localhost:{server.port}"}
        with client(server, retry_config=RETRIES, ssl_context=TRUST, **options) as mistral:
            end_of(name, mistral).check(Says())
            assert len(server.received) == 2
