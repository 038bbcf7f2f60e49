"""Requests without `urllib`: when they go without, and that nobody could tell the difference."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, Union

import pytest

from mistral_proto import HTTPRequest, Mistral, NoResponseError, UrllibTransport
from mistral_proto.transport.direct import SentDirectly
from mistral_proto.transport.failures import RefusedError, network_errors, no_response
from tests.client.faults.servers import FaultServer, Script, hang_up, reset, unused_port
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.client.support import ONCE, answer, complete, failure
from tests.transport.test_connections import ANSWERS, BROKEN
from tests.transport.times import request

ELSEWHERE = "http://127.0.0.1:1"
"""A proxy that the requests of a test have no use for."""


def is_direct(transport: UrllibTransport) -> bool:
    return isinstance(transport._requests, SentDirectly)


def both_ways(scheme: str, **options: Any) -> Iterator[UrllibTransport]:
    """A transport that does without `urllib`, and one that does not, of the same settings."""
    other = "https" if scheme == "http" else "http"
    for proxies in ({}, {other: ELSEWHERE}):
        transport = UrllibTransport(proxies=proxies, **options)
        assert is_direct(transport) == (not proxies)
        yield transport
        transport.close()


# -- when

# The settings, the variables of the environment, and whether requests go straight.
Setting = tuple[Mapping[str, Any], Mapping[str, str], bool]
SETTINGS: dict[str, Setting] = {
    "none": ({}, {}, True),
    "bounds": ({"max_connections": 5, "max_idle_connections": 0}, {}, True),
    "whom to trust": ({"ssl_context": TRUST}, {}, True),
    "no proxies": ({"proxies": {}}, {"http_proxy": ELSEWHERE}, True),
    "a proxy": ({"proxies": {"https": ELSEWHERE}}, {}, False),
    "one in the environment": ({}, {"http_proxy": ELSEWHERE}, False),
    "one in capitals": ({}, {"HTTPS_PROXY": ELSEWHERE}, False),
    "one for all": ({}, {"All_Proxy": ELSEWHERE}, False),
    "an empty one": ({}, {"http_proxy": ""}, True),
    "none for some hosts": ({}, {"no_proxy": "localhost", "NO_PROXY": "x"}, True),
    "a variable that only looks so": ({}, {"proxy": ELSEWHERE, "http_proxy_x": ELSEWHERE}, True),
}


@pytest.mark.parametrize(("options", "variables", "direct"), SETTINGS.values(), ids=SETTINGS)
def test_when_urllib_has_nothing_to_do(
    options: Mapping[str, Any],
    variables: Mapping[str, str],
    direct: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert is_direct(UrllibTransport(**options)) is direct


@pytest.mark.parametrize(("where", "value"), [((sys, "platform"), "darwin"), ((os, "name"), "nt")])
def test_a_system_with_settings_of_its_own_is_asked_for_them(
    where: tuple[Any, str], value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", ELSEWHERE)  # which comes before those
    direct = UrllibTransport(proxies={})
    monkeypatch.setattr(*where, value)
    asked = UrllibTransport()
    assert is_direct(direct) and not is_direct(asked)


# -- what is sent

TARGETS = {
    "": "/",
    "/": "/",
    "/v1/chat": "/v1/chat",
    "/v1?x=1&y=%20": "/v1?x=1&y=%20",
    "?x=1": "/?x=1",
    "/v1#part": "/v1",
    "/a//b/../c;d=e": "/a//b/../c;d=e",
}


@pytest.mark.parametrize(("path", "target"), TARGETS.items(), ids=TARGETS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_request(scheme: str, path: str, target: str) -> None:
    told: dict[str, str] = {"content-type": "application/json", "x-one": "1", "accept": "*/*"}
    context = LOCALHOST if scheme == "https" else None
    with FaultServer(then=answer(200, b"Hello"), context=context) as server:
        url = f"{scheme}://LocalHost:{server.port}{path}"
        for transport in both_ways(scheme, ssl_context=TRUST):
            for body in (b"{}", b""):
                made = HTTPRequest("PUT", url, told, body, 20, 20, 20)
                response = transport.send(made)
                assert b"".join(response.body) == b"Hello"
                assert response.release is not None
                response.release()
        for received in server.received:
            assert received.start == f"PUT {target} HTTP/1.1"
            expected = {**told, "host": f"LocalHost:{server.port}"}
            assert received.headers == {**expected, "content-length": str(len(received.body))}
        assert [received.body for received in server.received] == [b"{}", b""] * 2
        assert server.connections == 2


def test_a_host_by_another_name() -> None:
    with FaultServer(then=answer(200, b"")) as server:
        for transport in both_ways("http"):
            transport.send(request(server.url, host="gateway.example")).close()
        assert {r.headers["host"] for r in server.received} == {"gateway.example"}


# -- what comes of it

Outcome = tuple[Union[int, type[BaseException]], Any, Any]


def outcome(transport: UrllibTransport, url: str) -> Outcome:
    """The status, headers and body; or the exception, its words and whether it is final."""
    try:
        response = transport.send(request(url, content_type="application/json"))
        try:
            return response.status, response.headers, b"".join(response.body)
        finally:
            response.close()
    except network_errors() as error:
        failure = no_response("no answer", error, str)
        return type(error), failure.message, failure.final


ENDS: dict[str, Script] = {
    **{f"answer: {name}": script for name, (script, _) in ANSWERS.items()},
    **{f"broken: {name}": (data, hang_up) for name, (data, _) in BROKEN.items()},
    "an error": answer(500, b"no", "x-request-id: 7"),
    "a redirect": answer(307, b"", "location: /other"),
    "headers that come twice": answer(200, b"Hello", "x-one: 1\r\nX-ONE: 2"),
    "no answer": hang_up,
    "a reset": reset,
    "half a head": (b"HTTP/1.1 200 OK\r\n", hang_up),
    "half a body": (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nHel", hang_up),
    "a chunk that is none": (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n",
        hang_up,
    ),
}


@pytest.mark.parametrize("script", ENDS.values(), ids=ENDS)
def test_both_ways_end_the_same(script: Script) -> None:
    with FaultServer(script, script) as server:
        one, other = [outcome(transport, server.url) for transport in both_ways("http")]
        assert one == other
        assert server.connections == 2


def test_where_nobody_listens_both_fail_the_same() -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    one, other = [outcome(transport, url) for transport in both_ways("http")]
    assert one == other
    assert one[0] is ConnectionRefusedError


def test_a_server_that_can_not_prove_its_name() -> None:
    with FaultServer(context=LOCALHOST) as server:
        url = f"https://localhost:{server.port}"  # of an authority that the system does not know
        one, other = [outcome(transport, url) for transport in both_ways("https")]
        assert one == other
        assert one[2] and "certificate verify failed" in one[1]
        assert not server.received


def test_what_can_not_be_loaded_was_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as where a process has too many files open."""
    with closing(UrllibTransport()) as transport:
        assert transport.failures == (http.client.HTTPException,)
        monkeypatch.setitem(sys.modules, "http.client", None)
        assert not transport.failures
    url = f"http://127.0.0.1:{unused_port()}"
    with Mistral("k", server_url=url, retry_config=ONCE, proxies={}) as mistral:
        error = failure(complete, mistral)
    assert isinstance(error, NoResponseError) and str(error).endswith("Connection refused")


# -- what has no other way

REFUSED = [
    "ftp://host/x",
    "host",
    "http://user:pass@host/x",
    "http://host/é",
    "http://host/a b",
    "http://host/a\r\nx: y",
    "http://[1]/",
    "http://[::1::]/",
    "",
]


@pytest.mark.parametrize("url", REFUSED)
def test_a_url_that_is_none_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(RefusedError) as caught:
        UrllibTransport(proxies={}).send(request(url))
    assert str(caught.value) == "the URL is not an absolute http or https URL"
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)
