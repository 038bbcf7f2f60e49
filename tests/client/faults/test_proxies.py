"""Proxies that pass on, refuse or ask who is there; none of them is told more than it needs."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from mistral_proto import NoResponseError, SDKError
from tests.client.faults.proxies import (
    PASSWORD,
    USER,
    all_that_came,
    forward,
    refuse,
    wants_authentication,
)
from tests.client.faults.servers import FaultServer, Script, hang_up, reset, stall, unused_port
from tests.client.faults.table import Row, each, more_tries, one_try
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.client.support import (
    DEADLINE_MS,
    KEY,
    SOON_MS,
    Fails,
    Says,
    client,
    end_of,
    every_call,
    shown,
)
from tests.testing.raw import eventually

every_scheme = pytest.mark.parametrize("scheme", ["http", "https"])


def with_password(proxy: FaultServer, password: str = PASSWORD) -> str:
    return proxy.url.replace("//", f"//{quote(USER)}:{quote(password)}@")


@every_call
@pytest.mark.parametrize("authenticated", [False, True])
@every_scheme
def test_one_that_passes_on(name: str, scheme: str, authenticated: bool) -> None:
    tunnel = scheme == "https"
    then = wants_authentication() if authenticated else forward
    with FaultServer(context=LOCALHOST if tunnel else None) as server:
        with FaultServer(then=then) as proxy:
            url = with_password(proxy) if authenticated else proxy.url
            options = {"server_url": f"{scheme}://localhost:{server.port}/eu", "ssl_context": TRUST}
            with client(server, proxies={scheme: url}, **options) as mistral:
                for _ in range(3):
                    end_of(name, mistral).check(Says())
            eventually(lambda: proxy.open == server.open == 0)
            assert proxy.connections == server.connections == 1
            assert len(server.received) == 3
            for received in server.received:
                assert received.headers["authorization"] == f"Bearer {KEY}"
                assert "/eu/v1/chat/completions" in received.start
            # What is for the proxy is not for the server.
            assert "proxy-authorization" not in server.received[0].headers
            first = proxy.received[0]
            assert ("proxy-authorization" in first.headers) == authenticated
            if tunnel:
                assert first.start.startswith(f"CONNECT localhost:{server.port} ")
                assert "authorization" not in first.headers
                seen = all_that_came(proxy)
                assert KEY not in seen and "Bonjour" not in seen
                assert "proxy-authorization" not in str(server.received)


def row(name: str, script: Script, end: Fails, again: bool = True, scheme: str = "https") -> Row:
    """What a proxy does, and how a call ends by that."""

    def to(proxy: FaultServer) -> dict[str, Any]:
        url = with_password(proxy, "wrong") if "wrong" in name else proxy.url
        return {"proxies": {scheme: url}, "server_url": f"{scheme}://gateway.invalid"}

    timeout_ms = SOON_MS if end.words == "timed out" else DEADLINE_MS
    return Row(f"{scheme}: {name}", script, end, again=again, timeout_ms=timeout_ms, to=to)


HEAD = b"HTTP/1.1 200 OK\r\n"
NONE = Fails(NoResponseError)
TIMED_OUT = Fails(NoResponseError, words="timed out")
ROWS = [
    *[row(f"{status}", refuse(status), Fails(NoResponseError, words=f"{status}"), status >= 500)
        for status in (403, 404, 502, 503)],
    row("no password", wants_authentication(), Fails(NoResponseError, words="407"), False),
    row("closes", hang_up, NONE),
    row("resets", reset, NONE),
    row("garbage", (b"SSH-2.0-OpenSSH_9.9\r\n", hang_up), NONE),
    row("half a head", (HEAD, hang_up), NONE),
    row("a tunnel to nowhere", (HEAD + b"\r\n", hang_up), NONE),
    row("stalls", stall, TIMED_OUT, False),
    row("stalls behind its head", (HEAD + b"\r\n", stall), TIMED_OUT, False),
    # Its answer can't be told from the server's.
    row("403", refuse(403), Fails(SDKError, 403, words="not through here"), False, "http"),
    row("no password", wants_authentication(), Fails(SDKError, 407), False, "http"),
    row("a wrong password", wants_authentication(), Fails(SDKError, 407), False, "http"),
    row("stalls", stall, TIMED_OUT, False, "http"),
]  # fmt: skip


@each(ROWS)
def test_one_that_does_not_pass_on(row: Row, name: str) -> None:
    one_try(row, name)
    if row.timeout_ms != SOON_MS:
        more_tries(row, name, good_follows=False)


@every_call
@every_scheme
def test_a_proxys_password_is_not_shown(name: str, scheme: str) -> None:
    with FaultServer() as server:
        url = f"http://{USER}:s3cr3t-pass@127.0.0.1:{unused_port()}"
        options = {"server_url": f"{scheme}://localhost:{server.port}"}
        with client(server, proxies={"http": url, "https": url}, **options) as mistral:
            error = end_of(name, mistral).error
            assert "s3cr3t" not in shown(error) + repr(mistral)
        assert server.connections == 0


@every_call
@pytest.mark.parametrize("by_environment", [False, True])
def test_who_needs_no_proxy(
    name: str, by_environment: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultServer() as server, FaultServer(then=forward) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        options: dict[str, Any] = {} if by_environment else {"proxies": {}}
        if by_environment:
            monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
        with client(server, **options) as mistral:
            end_of(name, mistral).check(Says())
        assert proxy.connections == 0
