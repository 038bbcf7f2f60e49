"""Proxies of the environment and of the options, and the part of a request that each receives.

Errors of calls through a proxy are in `tests/client/faults/test_proxies.py`.
"""

from __future__ import annotations

import base64
import urllib.request
from typing import Any
from urllib.parse import quote

import pytest

from mistral_proto import KeepAliveHandler, UrllibTransport
from mistral_proto.transport.failures import RefusedError, no_response
from mistral_proto.transport.proxies import is_bypassed
from tests.client.faults.proxies import PASSWORD, USER, all_that_came, forward, wants_authentication
from tests.client.faults.servers import FaultServer, Line, answer, hang_up, stall, unused_port
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.testing.raw import eventually
from tests.transport.support import HELLO, release, request, serving, whole

KEY = "Bearer sk-0123456789abcdef"


def ask(
    transport: UrllibTransport, url: str = "http://gateway.invalid:81/eu", **more: Any
) -> bytes:
    response = transport.send(request(url, authorization=KEY, **more))
    body = whole(response)
    release(response)
    return body


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize("authenticated", [False, True])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_forwards(scheme: str, authenticated: bool) -> None:
    is_tunnel = scheme == "https"
    then = wants_authentication() if authenticated else forward
    with FaultServer(then=HELLO, context=LOCALHOST if is_tunnel else None) as server:
        with FaultServer(then=then) as proxy:
            user = f"{quote(USER)}:{quote(PASSWORD, safe='')}@" if authenticated else ""
            proxies = {scheme: proxy.url.replace("//", f"//{user}")}
            transport = UrllibTransport(proxies=proxies, ssl_context=TRUST)
            for _ in range(3):
                assert ask(transport, f"{scheme}://localhost:{server.port}/eu") == b"Hello"
            transport.close()
            eventually(lambda: proxy.open == server.open == 0)
            assert proxy.connections == server.connections == 1
            assert [one.headers["authorization"] for one in server.received] == [KEY] * 3
            assert "proxy-authorization" not in server.received[0].headers
            first = proxy.received[0]
            given = first.headers.get("proxy-authorization")
            assert given == (basic(USER, PASSWORD) if authenticated else None)
            if is_tunnel:
                assert first.start.startswith(f"CONNECT localhost:{server.port} HTTP/1.")
                assert KEY not in all_that_came(proxy) and "Hello" not in all_that_came(proxy)
            else:
                assert first.start == f"POST http://localhost:{server.port}/eu HTTP/1.1"
                assert first.headers["host"] == f"localhost:{server.port}"


def test_forms_of_a_proxy() -> None:
    for form in ("http://{}", "http://{}/", "{}", "HTTP://{}"):
        with FaultServer(then=HELLO) as proxy:
            transport = UrllibTransport(proxies={"http": form.format(f"127.0.0.1:{proxy.port}")})
            assert ask(transport) == b"Hello"
            assert proxy.received[0].headers["host"] == "gateway.invalid:81"
    with FaultServer(then=HELLO, context=LOCALHOST) as proxy:
        transport = UrllibTransport(proxies={"http": proxy.url}, ssl_context=TRUST)
        for _ in range(2):
            assert ask(transport) == b"Hello"
        assert proxy.received[0].start.startswith("POST http://gateway.invalid:81/eu ")
        assert proxy.connections == 1


def test_each_user_of_a_proxy_has_their_own_tunnel() -> None:
    """Two openers share a handler."""
    keeps = KeepAliveHandler(context=TRUST)
    with FaultServer(then=HELLO, context=LOCALHOST) as server, FaultServer(then=forward) as proxy:
        for user in ("one", "two", "one", "two"):
            proxies = {"https": f"http://{user}:x@127.0.0.1:{proxy.port}"}
            opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies), keeps)
            with opener.open(server.url, timeout=20) as response:
                assert response.read() == b"Hello"
        given = [received.headers["proxy-authorization"] for received in proxy.received]
        assert given == [basic("one", "x"), basic("two", "x")]
        keeps.close()


@pytest.mark.parametrize("right", [False, True])
def test_a_proxy_that_asks_for_a_password(right: bool) -> None:
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    with FaultServer(then=wants_authentication(HELLO)) as proxy:
        passwords.add_password(None, proxy.url, USER, PASSWORD if right else "wrong")
        handler = urllib.request.ProxyBasicAuthHandler(passwords)
        transport = UrllibTransport(handlers=[handler], proxies={"http": proxy.url})
        response = transport.send(request("http://gateway.invalid", b"Hi", authorization=KEY))
        assert response.status == (200 if right else 407)
        response.close()
        first, second = proxy.received
        assert "proxy-authorization" not in first.headers
        given = second.headers["proxy-authorization"]
        assert given == basic(USER, PASSWORD if right else "wrong")
        assert {(one.headers["authorization"], one.body) for one in (first, second)} == {
            (KEY, b"Hi")
        }


def test_bytes_before_tls_do_not_count_as_a_response_of_the_server() -> None:
    def lie(line: Line) -> None:
        forward(line, behind=answer(200, b"false"))

    with FaultServer(then=HELLO, context=LOCALHOST) as server, FaultServer(then=lie) as proxy:
        transport = UrllibTransport(proxies={"https": proxy.url}, ssl_context=TRUST)
        assert ask(transport, server.url) == b"Hello"
        transport.close()


# -- failures


def test_a_failing_proxy_is_named_without_its_password() -> None:
    cases: list[tuple[str, Any, str]] = [
        ("https", answer(407, b"who"), "Tunnel connection failed: 407"),
        ("https", b"HTTP/1.1 502 \x1b[2Jsesame\r\n\r\n", "Tunnel connection failed: 502"),
        ("https", (b"SSH-2.0\r\n\r\n", hang_up), "the response is not HTTP"),
        ("https", hang_up, "Remote end closed connection"),
        ("https", stall, "timed out"),
        ("http", (b"SSH-2.0\r\n\r\n", hang_up), "the response is not HTTP"),
        ("http", stall, "timed out"),
        ("http", None, "Connection refused"),
        ("https", None, "Connection refused"),
    ]
    for scheme, script, text in cases:
        with FaultServer(script) as proxy:
            port = unused_port() if script is None else proxy.port
            proxies = {scheme: f"http://user:sesame@127.0.0.1:{port}"}
            transport = UrllibTransport(proxies=proxies)
            with pytest.raises((OSError, *transport.failures)) as caught:
                transport.send(request(f"{scheme}://gateway.invalid", read=0.3, connect=0.3))
            failure = no_response("no answer", caught.value, str)
            assert str(failure).startswith(
                f"no answer from the proxy http://127.0.0.1:{port}: {text}"
            )
            assert "sesame" not in f"{failure!r} {failure.__cause__!r} {vars(failure)}"
            assert str(failure).isprintable()
            eventually(lambda: proxy.open == 0)


def test_invalid_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    cases: list[tuple[Any, type[Exception]]] = [
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
        ({"http": "socks5://127.0.0.1:1"}, ValueError),
        ({"https": "SOCKS5H://127.0.0.1:1"}, ValueError),
        ({"http://host": "http://127.0.0.1:1"}, ValueError),
    ]
    for proxies, kind in cases:
        with pytest.raises(kind, match=r"^(proxies|a proxy) ?") as caught:
            UrllibTransport(proxies=proxies)
        assert "sesame" not in str(caught.value)
    # Those of the environment are refused by each request; none is sent directly.
    with serving() as (_, server):
        for proxy in ("socks5://127.0.0.1:1", "http://user:sesame@host:port"):
            for scheme in ("http", "https"):
                monkeypatch.setenv(f"{scheme}_proxy", proxy)
                with pytest.raises(RefusedError) as refused:
                    ask(UrllibTransport(), f"{scheme}://127.0.0.1:{server.port}")
                assert "sesame" not in str(refused.value)
        transport = UrllibTransport(proxies={"https": f"https://u:sesame@127.0.0.1:{server.port}"})
        with pytest.raises(RefusedError, match="^the password of an https proxy would be sent w"):
            ask(transport, "https://gateway.invalid")
        assert server.connections == 0


# -- the environment


def test_proxies_of_the_environment() -> None:
    # The environment, the options, the URL, and the one that gets the request.
    direct = "http://localhost:{server}"
    away = "http://gateway.invalid"
    cases: list[tuple[dict[str, str], Any, str, str]] = [
        ({"http_proxy": "{proxy}"}, None, away, "proxy"),
        ({"HTTP_PROXY": "{proxy}"}, None, away, "proxy"),
        ({"ALL_PROXY": "{proxy}"}, None, away, "proxy"),
        ({"ALL_PROXY": "{proxy}", "http_proxy": "{other}"}, None, away, "other"),
        ({"http_proxy": "{proxy}"}, {"http": "{other}"}, away, "other"),
        ({"http_proxy": "{proxy}"}, {}, direct, "server"),
        ({"http_proxy": "{proxy}", "no_proxy": "*"}, None, direct, "server"),
        ({"http_proxy": "{proxy}", "NO_PROXY": "x,localhost"}, None, direct, "server"),
        ({"http_proxy": "{proxy}", "NO_PROXY": "localhost:{server}"}, None, direct, "server"),
        ({"http_proxy": "socks5://127.0.0.1:1", "NO_PROXY": "localhost"}, None, direct, "server"),
        ({"NO_PROXY": "localhost"}, {"http": "{proxy}"}, direct, "server"),
        ({"NO_PROXY": "localhost:1"}, {"http": "{proxy}"}, direct, "proxy"),
    ]
    for environment, options, url, expected in cases:
        with pytest.MonkeyPatch.context() as patch:
            servers = {name: FaultServer(then=HELLO) for name in ("proxy", "other", "server")}
            with servers["proxy"] as proxy, servers["other"] as other, servers["server"] as server:
                names: dict[str, Any] = {
                    "proxy": f"127.0.0.1:{proxy.port}",
                    "other": other.url,
                    "server": server.port,
                }
                for variable, value in environment.items():
                    patch.setenv(variable, value.format(**names))
                if options:
                    options = {scheme: it.format(**names) for scheme, it in options.items()}
                transport = UrllibTransport(proxies=options)
                assert ask(transport, url.format(**names)) == b"Hello"
                reached = [name for name, it in servers.items() if it.received]
                assert reached == [expected], (environment, options)
                transport.close()


def test_hosts_without_a_proxy() -> None:
    # The value of NO_PROXY, hosts that need no proxy, and others.
    cases = [
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
        (" , ;, .", "", "host"),
        ("10.0.0.0/99 nonsense/8 *", "host", ""),
    ]
    for listed, direct, others in cases:
        for host in [*direct.split(), *others.split()]:
            assert is_bypassed("http", host, listed) == (host in direct.split()), (listed, host)
    assert is_bypassed("https", "a.example", "a.example:443")
