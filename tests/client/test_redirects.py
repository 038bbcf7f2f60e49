"""A redirect never takes the key to another origin, nor a POST to a GET."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from mistral_proto import NoResponseError, SDKError
from tests.client.support import (
    CALLS,
    DONE,
    HI,
    KEY,
    STREAM_HEAD,
    WHOLE,
    Call,
    Received,
    ScriptedServer,
    answer,
    client,
    complete,
    failure,
    piece,
)

ALL = [301, 302, 303, 307, 308]
KEEPING = [307, 308]
LAST = {"complete": answer(200, WHOLE), "stream": STREAM_HEAD + piece("Bonjour") + DONE}


def to(location: str, status: int = 307, body: bytes = b"") -> bytes:
    return answer(status, body, headers=f"location: {location}")


def assert_the_same(requests: list[Received]) -> None:
    """The same request each time, but for its path."""
    assert len({request.body for request in requests}) == 1
    assert json.loads(requests[0].body)["messages"] == HI
    for request in requests:
        assert request.start.startswith("POST ")
        assert request.headers == requests[0].headers
        assert request.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("status", KEEPING)
@pytest.mark.parametrize(
    "location",
    [
        "/eu/v1/chat",
        "//{host}/eu/v1/chat",
        "{url}/eu/v1/chat",
        "../../eu/v1/chat",
        "http://{host}/eu/v1/chat#part",
        "HTTP://{host}/eu/v1/chat",
    ],
)
@pytest.mark.parametrize("name", CALLS)
def test_within_the_origin_it_is_followed(name: str, location: str, status: int) -> None:
    with ScriptedServer() as server, client(server) as mistral:
        host = server.url.removeprefix("http://")
        server._scripts += [to(location.format(url=server.url, host=host), status), LAST[name]]
        CALLS[name](mistral)
        first, second = server.received
        assert second.start == "POST /eu/v1/chat HTTP/1.1"
    assert_the_same([first, second])


@pytest.mark.parametrize("status", ALL)
@pytest.mark.parametrize(
    "location", ["{other}/v1/chat/completions", "//{host}/x", "https://{host}/x", "https:{host}"]
)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_to_another_origin_it_is_not_followed(call: Call, location: str, status: int) -> None:
    with ScriptedServer() as other, ScriptedServer() as server, client(server) as mistral:
        location = location.format(other=other.url, host=other.url.removeprefix("http://"))
        server._scripts += [to(location, status), answer(200, WHOLE)]
        error = failure(call, mistral)
        assert other.connections == 0
        assert server.connections == 1
    assert type(error) is SDKError
    assert error.status_code == status
    assert error.headers["location"] == location
    assert error.message.endswith(f"a redirect to {location} was not followed")


@pytest.mark.parametrize(
    "location",
    [
        "https://127.0.0.1:{port}/x",  # another scheme
        "http://127.0.0.1/x",  # another port
        "http://127.0.0.1:{port}0/x",
        "http://127.0.0.2:{port}/x",  # another host
        "http://localhost:{port}/x",
        "http://127.0.0.1:{port}.evil.invalid/x",
        "http://127.0.0.1:{port}@evil.invalid/x",
        "http://127.0.0.1:{port}\\@evil.invalid/x",
        "file:///etc/passwd",
        "ftp://127.0.0.1:{port}/x",
        "data:text/plain,x",
        "javascript:0",
    ],
)
@pytest.mark.parametrize("status", KEEPING)
def test_what_is_another_origin(location: str, status: int) -> None:
    with ScriptedServer() as server, client(server) as mistral:
        server._scripts += [to(location.format(port=server.port), status), answer(200, WHOLE)]
        error = failure(complete, mistral)
        assert server.connections == 1
    assert type(error) is SDKError
    assert error.status_code == status


# Within the origin by the letter, but nothing that a server has to ask for: refused, rather
# than sent on through software that may read the same text in another way.
@pytest.mark.parametrize(
    "location",
    [
        "http://user:pass@127.0.0.1:{port}/x",
        "http://evil.invalid\\@127.0.0.1:{port}/x",
        "http://[::1/x",
        "http://[bad]/x",
        "/a b",
        "/é",
    ],
)
def test_a_redirect_to_nowhere(location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = socket.getaddrinfo

    def lookup(host: str, *arguments: Any, **named: Any) -> Any:
        if host != "127.0.0.1":  # no test asks a real name server
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return known(host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with ScriptedServer() as server, client(server) as mistral:
        server._scripts += [to(location.format(port=server.port)), answer(200, WHOLE)]
        error = failure(complete, mistral)  # and no other kind of error
        assert server.connections == 1
    assert type(error) in (SDKError, NoResponseError)


@pytest.mark.parametrize("status", [301, 302, 303])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_one_that_may_lose_the_body_is_not_followed(call: Call, status: int) -> None:
    with ScriptedServer(to("/else", status), answer(200, WHOLE)) as server:
        with client(server) as mistral:
            error = failure(call, mistral)
        assert server.connections == 1
    assert type(error) is SDKError
    assert error.status_code == status
    assert error.message.endswith("a redirect to /else was not followed")


@pytest.mark.parametrize("status", [300, 304, 305, 306, 399])
def test_other_statuses_of_the_kind(status: int) -> None:
    with ScriptedServer(to("/else", status)) as server, client(server) as mistral:
        assert failure(complete, mistral).status_code == status
        assert server.connections == 1


def test_what_a_redirect_says_comes_first() -> None:
    with ScriptedServer(to("/else", 302, b'{"detail": "Moved"}')) as server:
        with client(server) as mistral:
            assert str(failure(complete, mistral)) == "302 Found: Moved"


@pytest.mark.parametrize("status", KEEPING)
def test_without_a_location(status: int) -> None:
    with ScriptedServer(answer(status)) as server, client(server) as mistral:
        error = failure(complete, mistral)
        assert server.connections == 1
    assert error.message.endswith("a redirect to nowhere was not followed")


def test_to_itself_it_is_not_followed() -> None:
    with ScriptedServer(to("/v1/chat/completions")) as server, client(server) as mistral:
        assert failure(complete, mistral).status_code == 307
        assert server.connections == 1


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_loop_ends(call: Call) -> None:
    scripts = [to(f"/{'ab'[number % 2]}") for number in range(50)]
    with ScriptedServer(*scripts) as server, client(server) as mistral:
        error = failure(call, mistral)
        assert server.connections == 6
        assert_the_same(server.received)
        assert str(error) == f"no answer from {server.url}: more than 5 redirects"
    assert type(error) is NoResponseError


@pytest.mark.parametrize("count", [1, 5])
def test_as_many_as_are_allowed(count: int) -> None:
    scripts = [to(f"/{number}", 308) for number in range(count)]
    with ScriptedServer(*scripts, answer(200, WHOLE)) as server, client(server) as mistral:
        complete(mistral)
        assert [request.start for request in server.received][1:] == [
            f"POST /{number} HTTP/1.1" for number in range(count)
        ]


def test_a_chain_that_leaves_the_origin_ends_there() -> None:
    with ScriptedServer() as other, ScriptedServer() as server, client(server) as mistral:
        server._scripts += [to("/a"), to("/b"), to(f"{other.url}/c")]
        error = failure(complete, mistral)
        assert (server.connections, other.connections) == (3, 0)
    assert error.status_code == 307
