"""Errors of calls through a proxy; other tests of proxies are in `tests/transport`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from mistral_proto import (
    Mistral,
    NoResponseConnectionError,
    NoResponseError,
    SDKError,
    UrllibTransport,
)
from tests.client.faults.proxies import PASSWORD, USER, forward, refuse, wants_authentication
from tests.client.faults.servers import FaultServer, Script, hang_up, reset, stall, unused_port
from tests.client.faults.table import Row, check, each
from tests.client.faults.tls import TRUST
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


def row(name: str, script: Script, end: Fails, again: bool = True, scheme: str = "https") -> Row:
    def to(proxy: FaultServer) -> dict[str, Any]:
        user = f"{quote(USER)}:wrong@" if "wrong" in name else ""
        proxies = {scheme: proxy.url.replace("//", f"//{user}")}
        return {"proxies": proxies, "server_url": f"{scheme}://gateway.invalid"}

    timeout_ms = SOON_MS if end.words == "timed out" else DEADLINE_MS
    options: dict[str, Any] = {"again": again, "timeout_ms": timeout_ms, "to": to}
    return Row(f"{scheme}: {name}", script, end, good_follows=False, **options)


HEAD = b"HTTP/1.1 200 OK\r\n"
NONE = Fails(NoResponseError)
TIMED_OUT = Fails(NoResponseError, words="timed out")
ROWS = [
    row("403", refuse(403), Fails(NoResponseError, words="403"), False),
    row("502", refuse(502), Fails(NoResponseError, words="502")),
    row("no password", wants_authentication(), Fails(NoResponseError, words="407"), False),
    row("resets", reset, NONE),
    row("half a head", (HEAD, hang_up), NONE),
    row("a tunnel to nowhere", (HEAD + b"\r\n", hang_up), NONE),
    row("stalls", stall, TIMED_OUT, False),
    row("stalls after its head", (HEAD + b"\r\n", stall), TIMED_OUT, False),
    # Its answer cannot be distinguished from an answer of the server.
    row("403", refuse(403), Fails(SDKError, 403, words="not through here"), False, "http"),
    row("a wrong password", wants_authentication(), Fails(SDKError, 407), False, "http"),
    row("stalls", stall, TIMED_OUT, False, "http"),
]  # fmt: skip


@each(ROWS)
def test_a_proxy_that_does_not_forward(row: Row, name: str) -> None:
    check(row, name)


@every_call
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_password_of_a_proxy_is_not_shown(name: str, scheme: str) -> None:
    proxy = f"127.0.0.1:{unused_port()}"
    with FaultServer() as server:
        proxies = {scheme: f"http://{USER}:{quote(PASSWORD)}@{proxy}"}
        options = {"server_url": f"{scheme}://localhost:{server.port}"}
        with client(server, proxies=proxies, **options) as mistral:
            error = end_of(name, mistral).error
            assert quote(PASSWORD) not in shown(error) + repr(mistral)
        assert server.connections == 0
    assert isinstance(error, NoResponseConnectionError)
    assert isinstance(error.__cause__, ConnectionRefusedError)
    assert error.message.startswith(f"no answer from the proxy http://{proxy}")


def test_options_of_the_client() -> None:
    with FaultServer(then=forward) as proxy, FaultServer() as server:
        with client(server, proxies={"http": proxy.url}) as mistral:
            end_of("complete", mistral).check(Says())
        assert proxy.connections == server.connections == 1
    options: dict[str, Any]
    for options in ({"proxies": {}}, {"ssl_context": TRUST}):
        with pytest.raises(ValueError, match="^a transport has its own proxies and ssl_context$"):
            Mistral(KEY, transport=UrllibTransport(), **options)
