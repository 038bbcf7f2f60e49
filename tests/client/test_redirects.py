"""A redirect never takes the key to another origin, nor a POST to a GET.

From https to http and back it is in `faults/test_tls.py`; what a redirect costs of the time, in
`test_deadlines.py`.
"""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from mistral_proto import NoResponseError, SDKError
from tests.client.faults.servers import FaultServer, Received, answer
from tests.client.support import (
    HI,
    KEY,
    RETRIES,
    Fails,
    Says,
    client,
    complete,
    end_of,
    every_call,
    failure,
    kind_of,
)
from tests.testing.raw import eventually

REDIRECTS = (301, 302, 303, 307, 308)
KEEPING = (307, 308)
"""Those that may not change the method."""


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


WITHIN = [
    "/eu/v1/chat",
    "//{host}/eu/v1/chat",
    "{url}/eu/v1/chat",
    "../../eu/v1/chat",
    "http://{host}/eu/v1/chat#part",
    "HTTP://{host}/eu/v1/chat",
]


@every_call
@pytest.mark.parametrize("location", WITHIN)
def test_within_the_origin_it_is_followed(name: str, location: str) -> None:
    for status in KEEPING:
        with FaultServer() as server, client(server) as mistral:
            host = server.url.removeprefix("http://")
            server.turns = [to(location.format(url=server.url, host=host), status)]
            end_of(name, mistral).check(Says())
            first, second = server.received
            assert second.start == "POST /eu/v1/chat HTTP/1.1"
        assert_the_same([first, second])


OTHERS = [
    "{other}/v1/chat/completions",
    "//{host}/x",
    "https://{host}/x",
    "https:{host}",
    "http://localhost:{port}/x",
]


@every_call
@pytest.mark.parametrize("location", OTHERS)
def test_to_another_origin_it_is_not_followed(name: str, location: str) -> None:
    for status in REDIRECTS:
        with FaultServer() as other, FaultServer() as server:
            host = other.url.removeprefix("http://")
            target = location.format(other=other.url, host=host, port=other.port)
            server.then = to(target, status)
            with client(server, retry_config=RETRIES) as mistral:
                end = end_of(name, mistral)
                end.check(Fails(SDKError, status, words=target))
                assert end.error.headers["location"] == target
                eventually(lambda: server.open == 0)
            assert (other.connections, len(server.received)) == (0, 1), status


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
        "/v1/chat/completions",  # to itself
    ],
)
def test_what_is_not_another_place_of_the_origin(location: str) -> None:
    for status in KEEPING:
        with FaultServer() as server, client(server) as mistral:
            server.turns = [to(location.format(port=server.port), status)]
            error = failure(complete, mistral)
            assert server.connections == len(server.received) == 1
        assert (kind_of(error), error.status_code) == (SDKError, status)


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
    with FaultServer() as server, client(server) as mistral:
        server.turns = [to(location.format(port=server.port))]
        error = failure(complete, mistral)  # and no other kind of error
        assert server.connections == len(server.received) == 1
    assert kind_of(error) in (SDKError, NoResponseError)


def test_what_a_redirect_says_comes_first() -> None:
    with FaultServer(to("/else", 302, b'{"detail": "Moved"}')) as server:
        with client(server) as mistral:
            assert str(failure(complete, mistral)) == "302 Found: Moved"


@pytest.mark.parametrize("count", [1, 5])
def test_as_many_as_are_allowed(count: int) -> None:
    scripts = [to(f"/{number}", 308) for number in range(count)]
    with FaultServer(*scripts) as server, client(server) as mistral:
        complete(mistral)
        assert [request.start for request in server.received][1:] == [
            f"POST /{number} HTTP/1.1" for number in range(count)
        ]


@every_call
def test_a_chain_that_leaves_the_origin_ends_there(name: str) -> None:
    for status in KEEPING:
        with FaultServer() as other, FaultServer() as server, client(server) as mistral:
            server.turns = [to("/a", status), to("/b", status), to(f"{other.url}/c", status)]
            end_of(name, mistral).check(Fails(SDKError, status))
            assert (len(server.received), other.connections) == (3, 0)
            eventually(lambda: server.open == 0)
