"""What a client, and a call, may be told: the server's URL, headers, the time to wait."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from mistral_proto import HTTPRequest, HTTPResponse, Mistral
from mistral_proto.client.options import server_url_option
from mistral_proto.testing import MockServer
from tests.client.support import (
    CALLS,
    KEY,
    PATH,
    WHOLE,
    Call,
    ScriptedServer,
    answer,
    client,
    complete,
)

# -- server_url

GOOD_URLS = [
    ("https://api.mistral.ai", "https://api.mistral.ai"),
    ("https://api.mistral.ai/", "https://api.mistral.ai"),
    ("https://api.mistral.ai///", "https://api.mistral.ai"),
    ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ("http://[::1]", "http://[::1]"),
    ("http://[::1]:8000/", "http://[::1]:8000"),
    ("https://gateway.example/mistral/eu", "https://gateway.example/mistral/eu"),
    ("https://gateway.example/mistral/eu/", "https://gateway.example/mistral/eu"),
    ("HTTPS://Gateway.Example", "HTTPS://Gateway.Example"),
    ("http://localhost:", "http://localhost:"),
    ("http://localhost:65535", "http://localhost:65535"),
    ("http://gateway.example/a%20b", "http://gateway.example/a%20b"),
]
BAD_URLS = {
    "": "must be an http or https URL",
    "api.mistral.ai": "must be an http or https URL",
    "//api.mistral.ai": "must be an http or https URL",
    "/v1": "must be an http or https URL",
    "localhost:8000": "must be an http or https URL",
    "file:///etc/passwd": "must be an http or https URL",
    "ftp://api.mistral.ai": "must be an http or https URL",
    "ws://api.mistral.ai": "must be an http or https URL",
    "http:": "must be an http or https URL",
    "http://": "must be an http or https URL",
    "http:///v1": "must be an http or https URL",
    "http://:80": "must be an http or https URL",
    "http:api.mistral.ai": "must be an http or https URL",
    "http://api.mistral.ai:99999": "must be an http or https URL",
    "http://api.mistral.ai:-1": "must be an http or https URL",
    "http://api.mistral.ai:port": "must be an http or https URL",
    "http://::1": "must be an http or https URL",
    "http://[::1": ".",  # the words are Python's
    "http://user@api.mistral.ai": "must not hold a user name or password",
    "http://user:secret@api.mistral.ai": "must not hold a user name or password",
    "http://:secret@api.mistral.ai": "must not hold a user name or password",
    "http://@api.mistral.ai": "must not hold a user name or password",
    "http://evil.example\\@api.mistral.ai": "must not hold a user name or password",
    "http://api.mistral.ai?a=1": "must have no query",
    "http://api.mistral.ai/v1?a": "must have no query",
    "http://api.mistral.ai/#a": "must have no query",
}
# A path appended to one of these is lost, or the URL fails only once it is used.
UNFIT_URLS = {
    "empty query": "http://api.mistral.ai?",
    "empty query of a path": "http://api.mistral.ai/v1?",
    "empty fragment": "http://api.mistral.ai#",
    "letters after a bracket": "http://[::1]x",
    "port zero": "http://api.mistral.ai:0",
    "line end": "http://api.mistral.ai\n",
    "space after": "http://api.mistral.ai ",
    "space in the host": "http://api mistral.ai",
    "space in the path": "http://api.mistral.ai/a b",
    "control character": "http://api.mistral.ai/\x00",
    "letters beyond ASCII in the path": "http://api.mistral.ai/é",
    "empty label": "http://api..mistral.ai",
    "label too long": f"http://{'a' * 64}.mistral.ai",
}


@pytest.mark.parametrize(("url", "base"), GOOD_URLS, ids=[url for url, _ in GOOD_URLS])
def test_a_good_url(url: str, base: str) -> None:
    assert server_url_option(url, "server_url") == base
    assert repr(Mistral(KEY, server_url=url)) == f"Mistral(server_url={base!r})"


@pytest.mark.parametrize(("url", "words"), BAD_URLS.items(), ids=BAD_URLS)
def test_a_bad_url(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        Mistral(KEY, server_url=url)
    assert "secret" not in str(caught.value)
    with MockServer() as server, client(server) as mistral:
        for call in CALLS.values():
            with pytest.raises(ValueError, match=words):
                call(mistral, server_url=url)
        assert server.connections == 0


@pytest.mark.parametrize("url", UNFIT_URLS.values(), ids=UNFIT_URLS)
def test_an_unfit_url(url: str) -> None:
    with pytest.raises(ValueError, match="server_url"):
        Mistral(KEY, server_url=url)


@pytest.mark.parametrize("url", UNFIT_URLS.values(), ids=UNFIT_URLS)
def test_an_unfit_url_never_fails_in_an_undocumented_way(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whether it is refused at once or when it is used: never with the error of a codec.
    def unknown(host: object, *_: object, **__: object) -> None:
        str(host).encode("idna")  # as the real one does first
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    try:
        with Mistral(KEY, server_url=url) as mistral:
            complete(mistral)
    except UnicodeError as error:
        pytest.fail(f"{type(error).__name__}: {error}")
    except Exception as error:
        assert type(error).__name__ in ("ValueError", "NoResponseError")


@pytest.mark.parametrize("prefix", ["", "/", "/gateway/eu", "/gateway/eu/"])
@pytest.mark.parametrize("of_the_call", [False, True])
def test_a_path_before_that_of_the_api(prefix: str, of_the_call: bool) -> None:
    with ScriptedServer(answer(200, WHOLE)) as server:
        url = server.url + prefix
        if of_the_call:
            complete(Mistral(KEY, server_url="http://127.0.0.1:1"), server_url=url)
        else:
            complete(Mistral(KEY, server_url=url))
        assert server.received[0].start == f"POST {prefix.rstrip('/')}{PATH} HTTP/1.1"
        assert server.received[0].headers["host"] == server.url.removeprefix("http://")


def test_ipv6() -> None:
    try:
        server = ScriptedServer(answer(200, WHOLE), host="::1").__enter__()
    except OSError:
        pytest.skip("this machine has no IPv6")
    host = f"[::1]:{server.port}"
    with client(server) as mistral:
        assert complete(mistral).choices[0].message.content == "Bonjour"
    server.__exit__(None, None, None)
    assert server.received[0].headers["host"] == host


# -- http_headers


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(
    ("of_client", "of_call", "sent"),
    [
        pytest.param({"X-One": "1"}, None, {"x-one": "1"}, id="of the client"),
        pytest.param(None, {"X-One": "1"}, {"x-one": "1"}, id="of the call"),
        pytest.param({"X-One": "1"}, {"x-ONE": "2"}, {"x-one": "2"}, id="the call's over"),
        pytest.param({"X-One": "1"}, {"X-Two": "2"}, {"x-one": "1", "x-two": "2"}, id="both"),
        pytest.param({"USER-agent": "mine"}, None, {"user-agent": "mine"}, id="user agent"),
        pytest.param({"Accept": "*/*"}, None, {"accept": "*/*"}, id="accept"),
        pytest.param(
            None, {"CONTENT-Type": "application/json; x"}, {"content-type": "application/json; x"},
            id="content type",
        ),
        pytest.param({"AUTHORIZATION": "Basic x"}, None, {"authorization": "Basic x"}, id="key"),
        pytest.param(
            {"authorization": "Basic x"}, {"Authorization": "Basic y"}, {"authorization": "Basic y"},
            id="key of the call",
        ),
        pytest.param({"X_Snake": ""}, None, {"x_snake": ""}, id="underscore, no value"),
        pytest.param({}, {}, {"authorization": f"Bearer {KEY}"}, id="none"),
    ],
)  # fmt: skip
def test_headers(
    call: Call,
    of_client: dict[str, str] | None,
    of_call: dict[str, str] | None,
    sent: dict[str, str],
) -> None:
    with MockServer() as server, client(server, http_headers=of_client) as mistral:
        call(mistral, http_headers=of_call)
        got = server.requests[0].headers
    assert {name: got[name] for name in sent} == sent
    if "authorization" in sent and sent["authorization"].startswith("Basic"):
        assert KEY not in str(got)


BAD_HEADERS: list[tuple[dict[str, Any], str]] = [
    ({"": "x"}, "http_headers has a name that can't be one: ''"),
    ({"-": "x"}, "http_headers has a name that can't be one: '-'"),
    ({"a b": "x"}, "http_headers has a name that can't be one: 'a…'"),
    ({"a:": "x"}, "http_headers has a name that can't be one: 'a…'"),
    ({"a\r\nb": "x"}, "http_headers has a name that can't be one: 'a…'"),
    ({"é": "x"}, "http_headers has a name that can't be one: '…'"),
    ({"x": "secret\r\nhost: evil"}, "x in http_headers must be printable ASCII"),
    ({"x": "secret\n"}, "x in http_headers must be printable ASCII"),
    ({"x": "secret\x00"}, "x in http_headers must be printable ASCII"),
    ({"x": "secret\x7f"}, "x in http_headers must be printable ASCII"),
    ({"x": "secrét"}, "x in http_headers must be printable ASCII"),
    ({"ok": "1", "x": "secret\t"}, "x in http_headers must be printable ASCII"),
    # They say where the body ends, which is not for two to say.
    ({"Content-Length": "5"}, "Content-Length in http_headers is not for a caller to set"),
    ({"transfer-encoding": "x"}, "transfer-encoding in http_headers is not for a caller to set"),
]


@pytest.mark.parametrize(("headers", "message"), BAD_HEADERS)
def test_bad_headers(headers: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$") as caught:
        Mistral(KEY, http_headers=headers)
    assert "secr" not in str(caught.value)
    with MockServer() as server, client(server) as mistral:
        with pytest.raises(ValueError, match=f"^{message}$"):
            complete(mistral, http_headers=headers)
        assert server.connections == 0


def test_the_mapping_is_copied() -> None:
    headers = {"x-one": "1"}
    with MockServer() as server, client(server, http_headers=headers) as mistral:
        headers["x-one"] = "2"
        complete(mistral)
        assert server.requests[0].headers["x-one"] == "1"


# -- timeout_ms


@pytest.mark.parametrize("timeout_ms", [0, -1, -0.5, float("nan")])
def test_a_bad_timeout(timeout_ms: Any) -> None:
    with pytest.raises(ValueError, match="timeout_ms must be above 0"):
        Mistral(KEY, timeout_ms=timeout_ms)
    with MockServer() as server, client(server) as mistral:
        with pytest.raises(ValueError, match="timeout_ms must be above 0"):
            complete(mistral, timeout_ms=timeout_ms)
        assert server.connections == 0


@pytest.mark.parametrize(
    "timeout_ms", [10**20, 10**400, float("inf")], ids=["1e20", "1e400", "inf"]
)
def test_a_timeout_beyond_all_clocks(timeout_ms: Any) -> None:
    # Either it is refused, or it is as good as for ever; it is no OverflowError on the way.
    with MockServer() as server, client(server) as mistral:
        try:
            complete(mistral, timeout_ms=timeout_ms)
        except ValueError as error:
            assert "timeout_ms" in str(error)


@pytest.mark.parametrize("timeout_ms", [1, 10**9, 2000.5])
def test_a_good_timeout(timeout_ms: Any) -> None:
    Mistral(KEY, timeout_ms=timeout_ms)


def test_timeouts_of_the_client_and_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    with MockServer() as server, client(server, timeout_ms=None) as mistral:
        seen: list[float] = []
        transport = mistral._sender.transport()
        send = transport.send

        def watched(request: HTTPRequest) -> HTTPResponse:
            seen.append(round(request.total_timeout, 1))
            return send(request)

        monkeypatch.setattr(transport, "send", watched)
        complete(mistral)
        complete(mistral, timeout_ms=1500)
        complete(mistral, timeout_ms=None)
    assert seen == [300, 1.5, 300]
