"""Proxies, which the environment or an argument names, and what each of them is told.

Proxies that pass on, refuse and stall are in `tests/client/faults/test_proxies.py`.
"""

from __future__ import annotations

import base64
import urllib.request
from typing import Any

import pytest

from mistral_proto import (
    KeepAliveHandler,
    Mistral,
    NoResponseConnectionError,
    NoResponseError,
    UrllibTransport,
)
from mistral_proto.transport.proxies import is_bypassed
from tests.client.faults.proxies import PASSWORD, USER, all_that_came, forward, wants_authentication
from tests.client.faults.servers import FaultServer, Line, good, hang_up, stall, unused_port
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.client.support import CALLS, KEY, Call, ScriptedServer, answer, client, complete, failure

every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def by(**proxies: str) -> dict[str, Any]:
    """Options of a client that has these proxies."""
    return {"transport": UrllibTransport(proxies=proxies)}


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


# -- by the environment


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY"])
@every_call
def test_a_proxy(call: Call, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer() as proxy:
        monkeypatch.setenv(variable, proxy.url)
        with client(proxy, server_url="http://gateway.invalid:81/eu", transport=None) as mistral:
            call(mistral)
        (received,) = proxy.received
    assert received.start == "POST http://gateway.invalid:81/eu/v1/chat/completions HTTP/1.1"
    assert received.headers["host"] == "gateway.invalid:81"
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert "proxy-authorization" not in received.headers


@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
@pytest.mark.parametrize("value", ["127.0.0.1", "*", "example.com,127.0.0.1", "127.0.0.1:{port}"])
@pytest.mark.parametrize("proxied", [False, True])
def test_no_proxy(
    proxied: bool, value: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Also where the proxy is one that can't be used.
    with FaultServer() as proxy, FaultServer() as server:
        monkeypatch.setenv("http_proxy", proxy.url if proxied else "socks5://127.0.0.1:1")
        monkeypatch.setenv(variable, value.format(port=server.port))
        with client(server, transport=None) as mistral:
            complete(mistral)
        assert (proxy.connections, server.connections) == (0, 1)


def test_an_argument_takes_the_place_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer() as other, FaultServer() as proxy:
        monkeypatch.setenv("http_proxy", other.url)
        with client(proxy, server_url="http://gateway.invalid", **by(http=proxy.url)) as mistral:
            complete(mistral)
        assert (other.connections, proxy.connections) == (0, 1)
        with client(proxy, transport=UrllibTransport(proxies={})) as mistral:
            complete(mistral)
        assert (other.connections, proxy.connections) == (0, 2)


# -- by any name


@pytest.mark.parametrize(
    "form", ["http://127.0.0.1:{}", "http://127.0.0.1:{}/", "127.0.0.1:{}", "HTTP://127.0.0.1:{}"]
)
def test_how_a_proxy_may_be_named(form: str) -> None:
    with FaultServer() as proxy:
        options = by(http=form.format(proxy.port))
        with client(proxy, server_url="http://gateway.invalid", **options) as mistral:
            complete(mistral)
        assert proxy.received[0].headers["host"] == "gateway.invalid"


@pytest.mark.parametrize(
    ("user", "password", "named"),
    [("user", "pass", "user:pass"), ("user", "p@ss/w:rd", "user:p%40ss%2Fw%3Ard")],
)
@every_call
def test_a_password(call: Call, user: str, password: str, named: str) -> None:
    with FaultServer() as proxy:
        options = by(http=f"http://{named}@127.0.0.1:{proxy.port}")
        with client(proxy, server_url="http://gateway.invalid", **options) as mistral:
            call(mistral)
            assert named not in repr(mistral)
        headers = proxy.received[0].headers
    assert headers["proxy-authorization"] == basic(user, password)
    assert headers["authorization"] == f"Bearer {KEY}"


def test_a_proxy_over_tls() -> None:
    # Not behind a tunnel: the proxy itself proves its name, and is told what is wanted.
    with FaultServer(context=LOCALHOST) as proxy:
        transport = UrllibTransport(
            proxies={"http": f"https://localhost:{proxy.port}"}, ssl_context=TRUST
        )
        with client(proxy, server_url="http://gateway.invalid", transport=transport) as mistral:
            for _ in range(2):
                complete(mistral)
        assert proxy.received[0].start.startswith("POST http://gateway.invalid/v1/chat")
        assert proxy.connections == 1


SOCKS = ["socks5://127.0.0.1:1", "socks4://127.0.0.1:1", "SOCKS5H://127.0.0.1:1"]


@pytest.mark.parametrize("proxy", SOCKS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_of_another_kind_as_an_argument(scheme: str, proxy: str) -> None:
    with pytest.raises(ValueError, match="^a proxy must be one over http or https, not over "):
        UrllibTransport(proxies={scheme: proxy})


@pytest.mark.parametrize("proxy", SOCKS)
@pytest.mark.parametrize("scheme", ["http", "https"])
@every_call
def test_a_proxy_of_another_kind_in_the_environment(
    call: Call, scheme: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The standard library knows no other kind; at least nothing goes around the proxy.
    monkeypatch.setenv(f"{scheme}_proxy", proxy)
    with ScriptedServer(answer(200)) as server:
        url = f"{scheme}://127.0.0.1:{server.port}"
        with client(server, server_url=url, transport=None) as mistral:
            error = failure(call, mistral)
        assert server.connections == 0
    assert isinstance(error, NoResponseError) and error.final
    assert "a proxy must be one over http or https" in error.message


def test_a_password_is_not_sent_in_the_clear() -> None:
    """urllib opens tunnels without TLS, also through a proxy that is named by https."""
    with ScriptedServer() as proxy:
        options = by(https=f"https://user:pass@127.0.0.1:{proxy.port}")
        with client(proxy, server_url="https://gateway.invalid", **options) as mistral:
            error = failure(complete, mistral)
        assert proxy.connections == 0
    assert isinstance(error, NoResponseError) and error.final
    assert error.message.endswith("the password of an https proxy would be sent without TLS")


def test_a_proxy_that_is_not_there() -> None:
    with FaultServer() as server:
        with client(server, **by(http=f"http://127.0.0.1:{unused_port()}")) as mistral:
            error = failure(complete, mistral)
        assert server.connections == 0
    assert isinstance(error, NoResponseConnectionError)
    assert isinstance(error.__cause__, ConnectionRefusedError)
    assert error.message.startswith("no answer from the proxy http://127.0.0.1:")


@every_call
def test_what_a_proxy_says_can_not_move_the_cursor(call: Call) -> None:
    with FaultServer(b"HTTP/1.1 403 \x1b[2JForbidden " + KEY.encode() + b"\r\n\r\n") as proxy:
        options = by(https=proxy.url)
        with client(proxy, server_url="https://gateway.invalid", **options) as mistral:
            error = failure(call, mistral)
        (received,) = proxy.received
    assert received.start.startswith("CONNECT gateway.invalid:443 HTTP/1.")
    assert error.message.isprintable()
    assert KEY not in f"{error!r} {vars(error)}"


# -- passwords that are asked for, and tunnels that are not mixed up


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_each_password_has_its_own_tunnel(scheme: str) -> None:
    """Two openers share a handler: what one of them opened is not for the other."""
    keeps = KeepAliveHandler(context=TRUST)
    with FaultServer(context=LOCALHOST if scheme == "https" else None) as server:
        with FaultServer(then=forward) as proxy:

            def ask(who: str) -> None:
                named = {scheme: f"http://{who}:x@127.0.0.1:{proxy.port}"}
                opener = urllib.request.build_opener(urllib.request.ProxyHandler(named), keeps)
                url = f"{scheme}://localhost:{server.port}"
                with client(server, server_url=url, transport=UrllibTransport(opener=opener)) as m:
                    complete(m)

            openers = ["one", "two", "one", "two"]
            for who in openers:
                ask(who)
            keeps.close()
        told = [received.headers.get("proxy-authorization") for received in proxy.received]
        if scheme == "https":
            # `close` of each client ends them, so each has opened one.
            assert set(told) == {basic("one", "x"), basic("two", "x")}
            assert "proxy-authorization" not in server.received[0].headers
            assert KEY not in all_that_came(proxy)
        else:
            assert told == [basic(who, "x") for who in openers]


@pytest.mark.parametrize("right", [False, True])
@every_call
def test_a_password_that_the_proxy_asks_for(call: Call, right: bool) -> None:
    """urllib's own handler answers 407 by another request; the client sees the last answer."""
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    with FaultServer(then=wants_authentication(good)) as proxy:
        passwords.add_password(None, proxy.url, USER, PASSWORD if right else "wrong")
        transport = UrllibTransport(
            handlers=[urllib.request.ProxyBasicAuthHandler(passwords)], proxies={"http": proxy.url}
        )
        with client(proxy, server_url="http://gateway.invalid", transport=transport) as mistral:
            if right:
                call(mistral)
            else:
                assert failure(call, mistral).status_code == 407
        first, second, *more = proxy.received
        assert not more
        assert "proxy-authorization" not in first.headers
        given = basic(USER, PASSWORD if right else "wrong")
        assert second.headers["proxy-authorization"] == given
        for received in (first, second):
            assert received.headers["authorization"] == f"Bearer {KEY}"
            assert b'"Hi"' in received.body


def test_the_clients_own_arguments() -> None:
    with FaultServer() as proxy:
        options: dict[str, Any] = {"proxies": {"http": proxy.url}, "ssl_context": TRUST}
        with Mistral(KEY, server_url="http://gateway.invalid", **options) as mistral:
            complete(mistral)
        assert proxy.connections == 1
        with pytest.raises(ValueError, match="^a transport has its own proxies and ssl_context$"):
            Mistral(KEY, proxies={}, transport=UrllibTransport())
        with pytest.raises(ValueError, match="^a transport has its own proxies and ssl_context$"):
            Mistral(KEY, ssl_context=TRUST, transport=UrllibTransport())


# -- what is said of a proxy that fails, and of one that is none

NOT_A_PROXY: list[tuple[Any, type[Exception]]] = [
    ("http://x", TypeError),
    (["http://x"], TypeError),
    ({"https": None}, TypeError),
    ({"https": 3128}, TypeError),
    ({"https": ""}, ValueError),
    ({"https": "http://"}, ValueError),
    ({"https": "user:sesame@host:port"}, ValueError),
    ({"https": "http://user:sesame@host:99999"}, ValueError),
    ({"https": "http://host:0"}, ValueError),
    ({"https": "http://[sesame"}, ValueError),
    ({"https": "sesame://host"}, ValueError),
    ({"https": "user:sesame://@host"}, ValueError),
]


@pytest.mark.parametrize(("proxies", "kind"), NOT_A_PROXY, ids=repr)
def test_what_is_no_proxy(proxies: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="^(proxies|a proxy) ?") as caught:
        UrllibTransport(proxies=proxies)
    assert "sesame" not in str(caught.value)


def test_a_bad_proxy_of_the_environment_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://user:sesame@host:port")
    with Mistral(KEY, server_url="https://gateway.invalid") as mistral:
        error = failure(complete, mistral)
    assert isinstance(error, NoResponseError) and error.final
    assert "sesame" not in f"{error!r} {error.__cause__!r} {vars(error)}"


# What is asked for through a proxy, what that does, and what the error says of it.
REFUSALS: dict[str, tuple[str, Any, str]] = {
    "407": ("https", answer(407, b"who"), "Tunnel connection failed: 407"),
    "502": ("https", answer(502, b""), "Tunnel connection failed: 502"),
    "an echo": ("https", b"HTTP/1.1 407 sesame\r\n\r\n", "Tunnel connection failed: 407"),
    "garbage": ("https", (b"SSH-2.0\r\n\r\n", hang_up), "the response is not HTTP"),
    "nothing": ("https", hang_up, "Remote end closed connection"),
    "silence": ("https", stall, "timed out"),
    "garbage, no tunnel": ("http", (b"SSH-2.0\r\n\r\n", hang_up), "the response is not HTTP"),
    "silence, no tunnel": ("http", stall, "timed out"),
}


@pytest.mark.parametrize(("scheme", "does", "says"), REFUSALS.values(), ids=REFUSALS)
def test_a_proxy_that_fails_is_named(scheme: str, does: Any, says: str) -> None:
    with FaultServer(does) as proxy:
        named = f"http://user:sesame@127.0.0.1:{proxy.port}"
        transport = UrllibTransport(proxies={scheme: named})
        options = {"server_url": f"{scheme}://gateway.invalid", "timeout_ms": 300}
        with client(proxy, transport=transport, **options) as mistral:
            error = failure(complete, mistral)
        said = f"no answer from the proxy http://127.0.0.1:{proxy.port}: {says}"
    assert error.message.startswith(said)
    assert "sesame" not in f"{error!r} {error.__cause__!r} {vars(error)}"


def test_what_a_proxy_says_in_the_clear_is_not_the_servers() -> None:
    """An answer behind the one to CONNECT, in the hope that it is read after the handshake."""
    false = answer(200, b"false")
    with FaultServer(then=good, context=LOCALHOST) as server:

        def lie(line: Line) -> None:
            forward(line, behind=false)

        with FaultServer(then=lie) as proxy:
            transport = UrllibTransport(proxies={"https": proxy.url}, ssl_context=TRUST)
            url = f"https://localhost:{server.port}"
            with client(server, server_url=url, transport=transport) as mistral:
                assert complete(mistral).choices[0].message.text == "Bonjour"


# -- by the environment, as people write it


def test_one_proxy_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer() as proxy, FaultServer() as another:
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        with client(proxy, server_url="http://gateway.invalid", transport=None) as mistral:
            complete(mistral)
        monkeypatch.setenv("http_proxy", another.url)
        with client(proxy, server_url="http://gateway.invalid", transport=None) as mistral:
            complete(mistral)
        assert (proxy.connections, another.connections) == (1, 1)
        monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:1")
        with client(proxy, server_url="https://gateway.invalid", transport=None) as mistral:
            error = failure(complete, mistral)
    assert error.message.endswith("a proxy must be one over http or https, not over socks5")


# The list, hosts that are reached directly, and others.
LISTS: list[tuple[str, str, str]] = [
    ("", "", "host 10.0.0.1 [::1]"),
    ("*", "host 10.0.0.1 [::1]:81", ""),
    ("10.0.0.0/8", "10.0.0.1 10.255.1.2:81", "11.0.0.1 10.example [::1]"),
    ("10.1.2.3/8", "10.0.0.1", "11.0.0.1"),
    ("10.0.0.1", "10.0.0.1 10.0.0.1:80", "10.0.0.10 x.10.0.0.1.example"),
    ("::1", "[::1] [::1]:81", "[::2] 127.0.0.1"),
    ("[::1]", "[::1] [::1]:81", "[::2]"),
    ("[::1]:81", "[::1]:81", "[::1] [::1]:82"),
    ("::1/128;fd00::/8", "[::1] [fd12::1]", "[fe80::1]"),
    ("*.example", "a.example a.b.Example. example", "anexample example.com"),
    (".example", "a.example a.b.example example", "anexample example.com"),
    ("example", "a.example example EXAMPLE:81", "anexample example.com"),
    ("a.example:81", "a.example:81 b.a.example:81", "a.example a.example:8081"),
    ("a.example:80", "a.example a.example:80", "a.example:81"),
    ("a.example b.example;c.example,d.example", "b.example c.example d.example", "e.example"),
    (" , ;, ", "", "host"),
    ("10.0.0.0/99 nonsense/8 *", "host", ""),
    (".", "", "host"),
]


@pytest.mark.parametrize(("listed", "direct", "others"), LISTS, ids=[row[0] for row in LISTS])
def test_hosts_that_need_no_proxy(listed: str, direct: str, others: str) -> None:
    assert [is_bypassed("http", host, listed) for host in direct.split()] == [True] * len(
        direct.split()
    )
    assert [host for host in others.split() if is_bypassed("http", host, listed)] == []
    assert is_bypassed("https", "a.example", "a.example:443")
