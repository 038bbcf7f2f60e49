"""What a client, and a call, may be told: the server's URL, headers, the time to wait."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from mistral_proto import Mistral, Timeouts
from mistral_proto.testing import MockServer
from tests.client.faults.servers import PATH, FaultServer
from tests.client.support import CALLS, KEY, Says, client, complete, end_of, every_call

# -- server_url

GOOD_URLS = """https://api.mistral.ai https://api.mistral.ai/ https://api.mistral.ai///
    http://127.0.0.1:8000 http://[::1] http://[::1]:8000/ https://gateway.example/mistral/eu
    https://gateway.example/mistral/eu/ HTTPS://Gateway.Example http://localhost:
    http://localhost:65535 http://gateway.example/a%20b""".split()
BAD_URLS = """api.mistral.ai //api.mistral.ai /v1 localhost:8000 file:///etc/passwd
    ftp://api.mistral.ai ws://api.mistral.ai http: http:// http:///v1 http://:80
    http:api.mistral.ai http://api.mistral.ai:99999 http://api.mistral.ai:-1
    http://api.mistral.ai:port http://::1 http://[::1 http://user@api.mistral.ai
    http://user:secret@api.mistral.ai http://:secret@api.mistral.ai http://@api.mistral.ai
    http://evil.example\\@api.mistral.ai http://api.mistral.ai?a=1 http://api.mistral.ai/v1?a
    http://api.mistral.ai/#a""".split()
# A path appended to one of these is lost, or the URL fails only once it is used.
UNFIT_URLS = [
    *"""http://api.mistral.ai? http://api.mistral.ai/v1? http://api.mistral.ai# http://[::1]x
    http://api.mistral.ai:0 http://api..mistral.ai http://api.mistral.ai/é""".split(),
    "",
    "http://api.mistral.ai\n",
    "http://api.mistral.ai ",
    "http://api mistral.ai",
    "http://api.mistral.ai/a b",
    "http://api.mistral.ai/\x00",
    f"http://{'a' * 64}.mistral.ai",
]


NOBODY = "http://127.0.0.1:1"


@pytest.mark.parametrize("url", GOOD_URLS)
def test_a_good_url(url: str) -> None:
    assert repr(Mistral(KEY, server_url=url)) == f"Mistral(server_url={url.rstrip('/')!r})"


@pytest.mark.parametrize("url", BAD_URLS + UNFIT_URLS)
def test_a_bad_url(url: str) -> None:
    with pytest.raises(ValueError) as caught:
        Mistral(KEY, server_url=url)
    assert "secret" not in str(caught.value)
    # Refused as such, rather than by some codec.
    assert not isinstance(caught.value, UnicodeError)
    with MockServer() as server, client(server) as mistral:
        for call in CALLS.values():
            with pytest.raises(ValueError):
                call(mistral, server_url=url)
        assert server.connections == 0


@pytest.mark.parametrize("prefix", ["", "/", "/gateway/eu", "/gateway/eu/"])
@every_call
def test_a_path_before_that_of_the_api(name: str, prefix: str) -> None:
    with FaultServer() as server:
        url = server.url + prefix
        ways: list[tuple[str, dict[str, Any]]] = [(url, {}), (NOBODY, {"server_url": url})]
        for given, of_call in ways:
            with client(server, server_url=given) as mistral:
                end_of(name, mistral, **of_call).check(Says())
            received = server.received.pop()
            assert received.start == f"POST {prefix.rstrip('/')}{PATH} HTTP/1.1"
            assert received.headers["host"] == server.url.removeprefix("http://")


@every_call
def test_ipv6(name: str) -> None:
    try:
        server = FaultServer(host="::1").__enter__()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with client(server) as mistral:
        end_of(name, mistral).check(Says())
    assert server.received[0].headers["host"] == f"[::1]:{server.port}"
    server.__exit__()


# -- http_headers

# The headers of the client, those of the call, and what is sent.
HEADERS: list[tuple[dict[str, str] | None, dict[str, str] | None, dict[str, str]]] = [
    ({"X-One": "1"}, None, {"x-one": "1"}),
    (None, {"X-One": "1"}, {"x-one": "1"}),
    ({"X-One": "1"}, {"x-ONE": "2"}, {"x-one": "2"}),
    ({"X-One": "1"}, {"X-Two": "2"}, {"x-one": "1", "x-two": "2"}),
    ({"USER-agent": "mine"}, None, {"user-agent": "mine"}),
    ({"Accept": "*/*"}, None, {"accept": "*/*"}),
    (None, {"CONTENT-Type": "application/json; x"}, {"content-type": "application/json; x"}),
    ({"AUTHORIZATION": "Basic x"}, None, {"authorization": "Basic x"}),
    ({"authorization": "Basic x"}, {"Authorization": "Basic y"}, {"authorization": "Basic y"}),
    ({"X_Snake": ""}, None, {"x_snake": ""}),
    ({}, {}, {"authorization": f"Bearer {KEY}"}),
]  # fmt: skip


@every_call
def test_headers(name: str) -> None:
    for of_client, of_call, sent in HEADERS:
        with MockServer() as server, client(server, http_headers=of_client) as mistral:
            CALLS[name](mistral, http_headers=of_call)
            got = server.requests[0].headers
        assert {name: got[name] for name in sent} == sent
        assert (KEY in str(got)) == ("Basic" not in str(sent))


def test_the_mapping_is_copied() -> None:
    headers = {"x-one": "1"}
    with MockServer() as server, client(server, http_headers=headers) as mistral:
        headers["x-one"] = "2"
        complete(mistral)
        assert server.requests[0].headers["x-one"] == "1"


BAD_HEADERS = [
    *[{name: "x"} for name in ("", "-", "a b", "a:", "a\r\nb", "é")],
    *[{"ok": "1", "x": f"secr{end}"} for end in ("\r\nhost: evil", "\n", "\0", "\x7f", "ét", "\t")],
    # They say where the body ends, which is not for two to say.
    {"Content-Length": "5"},
    {"transfer-encoding": "x"},
]


def make(_: object, **options: Any) -> Mistral:
    return Mistral(KEY, **options)


@pytest.mark.parametrize("headers", BAD_HEADERS)
def test_bad_headers(headers: dict[str, str]) -> None:
    with MockServer() as server, client(server) as mistral:
        for call in (make, *CALLS.values()):
            with pytest.raises(ValueError) as caught:
                call(mistral, http_headers=headers)
            assert "secr" not in str(caught.value)
        assert server.connections == 0


# -- timeout_ms (what it comes to is in `test_deadlines.py`)

PARTS = ("connect_ms", "read_ms", "total_ms")
MOST = 10**12


@pytest.mark.parametrize("value", [0, -1, -0.5, math.nan, -math.inf, math.inf, MOST + 1, 10**400])
def test_a_bad_timeout(value: Any) -> None:
    for part in PARTS:
        with pytest.raises(ValueError, match=part):
            Timeouts(**{part: value})
    with pytest.raises(ValueError, match="timeout_ms"):
        Mistral(KEY, timeout_ms=value)
    with MockServer() as server, client(server) as mistral:
        for call in CALLS.values():
            with pytest.raises(ValueError, match="timeout_ms"):
                call(mistral, timeout_ms=value)
        assert server.connections == 0


@pytest.mark.parametrize("value", [None, 1, 0.5, 10**9, 2000.5, MOST])
def test_a_good_timeout(value: Any) -> None:
    with Mistral(KEY, timeout_ms=value):
        pass
    for part in PARTS:
        timeouts = Timeouts(**{part: value})
        assert dataclasses.asdict(timeouts) == {**dict.fromkeys(PARTS), part: value}
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(timeouts, part, 5)
    assert Timeouts(1, 2, 3) == Timeouts(connect_ms=1, read_ms=2, total_ms=3)
    assert hash(Timeouts(1, 2, 3)) == hash(Timeouts(1, 2, 3))
