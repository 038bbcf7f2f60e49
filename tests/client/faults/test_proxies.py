"""Proxies that pass on, refuse or ask who is there; none of them is told more than it needs."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from mistral_proto import NoResponseError, SDKError
from tests.client.doubles import SkippingClock
from tests.client.faults.proxies import (
    PASSWORD,
    USER,
    all_that_came,
    forward,
    refuse,
    wants_authentication,
)
from tests.client.faults.servers import FaultServer, Script, hang_up, reset, stall, unused_port
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.client.support import (
    KEY,
    ONCE,
    RETRIES,
    SOON_MS,
    WAITS,
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


# What a proxy does, and whether it is worth another try.
TUNNELS: dict[str, tuple[Script, bool]] = {
    "403": (refuse(403), False),
    "407": (wants_authentication(), False),
    "404": (refuse(404), False),
    "502": (refuse(502), True),
    "503": (refuse(503), True),
    "closes": (hang_up, True),
    "resets": (reset, True),
    "garbage": ((b"SSH-2.0-OpenSSH_9.9\r\n", hang_up), True),
    "half a head": ((b"HTTP/1.1 200 OK\r\n", hang_up), True),
    "a tunnel to nowhere": ((b"HTTP/1.1 200 OK\r\n\r\n", hang_up), True),
}


@every_call
@pytest.mark.parametrize("case", TUNNELS)
def test_a_tunnel_that_does_not_come_about(case: str, name: str) -> None:
    script, again = TUNNELS[case]
    words = case if case.isdigit() else ""
    for config in (ONCE, RETRIES):
        clock = SkippingClock()
        tries = 3 if again and config is RETRIES else 1
        with FaultServer(context=LOCALHOST) as server, FaultServer(then=script) as proxy:
            options = {"server_url": f"https://localhost:{server.port}", "ssl_context": TRUST}
            options |= {"clock": clock, "retry_config": config, "proxies": {"https": proxy.url}}
            with client(server, **options) as mistral:
                end = end_of(name, mistral)
                end.check(Fails(NoResponseError, words=words), tries)
                assert end.error.final == (not again)
                eventually(lambda: proxy.open == 0)
            assert (server.connections, proxy.connections) == (0, tries)
            assert KEY not in all_that_came(proxy)
        assert clock.slept == (WAITS if tries == 3 else [])


@every_call
def test_a_proxy_of_http_that_refuses(name: str) -> None:
    # Its answer can't be told from the server's.
    with FaultServer() as server, FaultServer(then=refuse(403)) as proxy:
        with client(server, proxies={"http": proxy.url}) as mistral:
            end_of(name, mistral).check(Fails(SDKError, 403, words="not through here"))
            eventually(lambda: proxy.open == 0)
        assert server.connections == 0


@every_call
@pytest.mark.parametrize("password", [None, "wrong"])
def test_a_wrong_password(name: str, password: str | None) -> None:
    with FaultServer() as server, FaultServer(then=wants_authentication()) as proxy:
        url = proxy.url if password is None else with_password(proxy, password)
        with client(server, proxies={"http": url}, retry_config=RETRIES) as mistral:
            end_of(name, mistral).check(Fails(SDKError, 407))
            eventually(lambda: proxy.open == 0)
        assert (server.connections, len(proxy.received)) == (0, 1)


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
@every_scheme
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
