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
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.client.support import KEY
from tests.testing.raw import eventually

every_call = pytest.mark.parametrize("name", ALL)


def with_password(proxy: FaultServer, password: str = PASSWORD) -> str:
    return proxy.url.replace("//", f"//{quote(USER)}:{quote(password)}@")


@every_call
@pytest.mark.parametrize("authenticated", [False, True])
def test_a_proxy_of_http(name: str, authenticated: bool) -> None:
    then = wants_authentication() if authenticated else forward
    with FaultServer() as server, FaultServer(then=then) as proxy:
        url = with_password(proxy) if authenticated else proxy.url
        options = {"server_url": f"http://localhost:{server.port}/eu", "proxies": {"http": url}}
        with client(server, **options) as mistral:
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


@every_call
@pytest.mark.parametrize("authenticated", [False, True])
def test_a_tunnel(name: str, authenticated: bool) -> None:
    then = wants_authentication() if authenticated else forward
    with FaultServer(context=LOCALHOST) as server, FaultServer(then=then) as proxy:
        url = with_password(proxy) if authenticated else proxy.url
        options = {"server_url": f"https://localhost:{server.port}", "proxies": {"https": url}}
        with client(server, ssl_context=TRUST, **options) as mistral:
            for _ in range(3):
                end_of(name, mistral).check(Says())
        eventually(lambda: proxy.open == server.open == 0)
        assert proxy.connections == server.connections == 1
        assert len(server.received) == 3
        (asked,) = proxy.received
        assert asked.start.startswith(f"CONNECT localhost:{server.port} ")
        assert KEY not in all_that_came(proxy)
        assert "authorization" not in asked.headers
        assert "Bonjour" not in all_that_came(proxy)
        assert ("proxy-authorization" in asked.headers) == authenticated
        for received in server.received:
            assert received.headers["authorization"] == f"Bearer {KEY}"
            assert "proxy-authorization" not in received.headers


# What a proxy does, the words of the error, and whether it is worth another try.
TUNNELS: list[tuple[str, Script, str, bool]] = [
    ("403", refuse(403), "403", False),
    ("407", wants_authentication(), "407", False),
    ("404", refuse(404), "404", False),
    ("502", refuse(502), "502", True),
    ("503", refuse(503), "503", True),
    ("closes", hang_up, "", True),
    ("resets", reset, "reset by peer", True),
    ("garbage", (b"SSH-2.0-OpenSSH_9.9\r\n", hang_up), "", True),
    ("half a head", (b"HTTP/1.1 200 OK\r\n", hang_up), "", True),
    ("a tunnel to nowhere", (b"HTTP/1.1 200 OK\r\n\r\n", hang_up), "EOF", True),
]


@every_call
@pytest.mark.parametrize("retries", [False, True])
@pytest.mark.parametrize(
    ("script", "words", "again"), [pytest.param(*case[1:], id=case[0]) for case in TUNNELS]
)
def test_a_tunnel_that_does_not_come_about(
    script: Script, words: str, again: bool, retries: bool, name: str
) -> None:
    clock = SkippingClock()
    options = {"clock": clock, **({"retry_config": RETRIES} if retries else {})}
    tries = 3 if again and retries else 1
    with FaultServer(context=LOCALHOST) as server, FaultServer(then=script) as proxy:
        options |= {"server_url": f"https://localhost:{server.port}"}
        with client(server, proxies={"https": proxy.url}, ssl_context=TRUST, **options) as mistral:
            end = end_of(name, mistral)
            end.check(Fails(NoResponseError, words), tries)
            assert isinstance(end.error, NoResponseError) and end.error.final == (not again)
            eventually(lambda: proxy.open == 0)
        assert server.connections == 0
        assert proxy.connections == tries
        assert KEY not in all_that_came(proxy)
    assert clock.slept == (WAITS if tries == 3 else [])


@every_call
def test_a_proxy_of_http_that_refuses(name: str) -> None:
    # Its answer can't be told from the server's.
    with FaultServer() as server, FaultServer(then=refuse(403)) as proxy:
        with client(server, proxies={"http": proxy.url}) as mistral:
            end_of(name, mistral).check(Fails(SDKError, "not through here", 403))
            eventually(lambda: proxy.open == 0)
        assert server.connections == 0


@every_call
@pytest.mark.parametrize("password", [None, "wrong"])
def test_a_wrong_password(name: str, password: str | None) -> None:
    with FaultServer() as server, FaultServer(then=wants_authentication()) as proxy:
        url = proxy.url if password is None else with_password(proxy, password)
        with client(server, proxies={"http": url}, retry_config=RETRIES) as mistral:
            end_of(name, mistral).check(Fails(SDKError, "407", 407))
            eventually(lambda: proxy.open == 0)
        assert server.connections == 0
        assert len(proxy.received) == 1


@every_call
def test_a_proxys_password_is_not_shown(name: str) -> None:
    with FaultServer() as server:
        url = f"http://{USER}:s3cr3t-pass@127.0.0.1:{unused_port()}"
        with client(server, proxies={"http": url, "https": url}) as mistral:
            error = end_of(name, mistral).error
            assert error is not None
            assert "s3cr3t" not in f"{error!r} {vars(error)} {mistral!r}"
        assert server.connections == 0


@every_call
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("where", ["before the tunnel", "behind it"])
def test_a_proxy_that_stalls(name: str, scheme: str, where: str) -> None:
    script = stall if where == "before the tunnel" else (b"HTTP/1.1 200 OK\r\n\r\n", stall)
    with FaultServer() as server, FaultServer(then=script) as proxy:
        options = {"server_url": f"{scheme}://localhost:{server.port}", "timeout_ms": SOON_MS}
        with client(server, proxies={scheme: proxy.url}, **options) as mistral:
            error = end_of(name, mistral, within_ms=SOON_MS).error
            assert error is not None and "timed out" in error.message
            eventually(lambda: proxy.open == 0)
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
