"""A redirect never takes the key to another origin, nor turns a POST into a GET.

Redirects between https and http are in `faults/test_tls.py`.
"""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from mistral_proto import NoResponseError, SDKError
from tests.client.faults.servers import FaultServer, answer
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
"""The redirects that keep the method."""


def to(location: str, status: int = 307) -> bytes:
    return answer(status, b"", headers=f"location: {location}")


WITHIN = [
    "/eu/v1/chat",
    "//{host}/eu/v1/chat",
    "{url}/eu/v1/chat",
    "../../eu/v1/chat",
    "http://{host}/eu/v1/chat#part",
    "HTTP://{host}/eu/v1/chat",
]


@every_call
def test_a_redirect_within_the_origin_is_followed(name: str) -> None:
    for location in WITHIN:
        for status in KEEPING:
            with FaultServer() as server, client(server) as mistral:
                host = server.url.removeprefix("http://")
                server.turns = [to(location.format(url=server.url, host=host), status)]
                end_of(name, mistral).check(Says())
            first, second = server.received
            assert second.start == "POST /eu/v1/chat HTTP/1.1"
            assert (second.body, second.headers) == (first.body, first.headers)
            assert json.loads(first.body)["messages"] == HI
            assert first.headers["authorization"] == f"Bearer {KEY}"


@every_call
def test_a_redirect_to_another_origin_is_not_followed(name: str) -> None:
    for location in (
        "{url}/v1",
        "//{host}/x",
        "https://{host}/x",
        "https:{host}",
        "http://localhost:{port}/x",
    ):
        for status in REDIRECTS:
            with FaultServer() as other, FaultServer() as server:
                host = other.url.removeprefix("http://")
                target = location.format(url=other.url, host=host, port=other.port)
                server.then = to(target, status)
                with client(server, retry_config=RETRIES) as mistral:
                    end = end_of(name, mistral)
                    end.check(Fails(SDKError, status, words=target))
                    assert end.error.headers["location"] == target
                    eventually(lambda: server.open == 0)
                assert (other.connections, len(server.received)) == (0, 1), status


# Other schemes, ports and hosts; itself; and URLs that software may read in two ways.
ELSEWHERE = """https://127.0.0.1:{port}/x http://127.0.0.1/x http://127.0.0.1:{port}0/x
    http://127.0.0.2:{port}/x http://localhost:{port}/x http://127.0.0.1:{port}.evil.invalid/x
    http://127.0.0.1:{port}@evil.invalid/x http://127.0.0.1:{port}\\@evil.invalid/x
    file:///etc/passwd ftp://127.0.0.1:{port}/x data:text/plain,x javascript:0
    /v1/chat/completions""".split()
AMBIGUOUS = ["http://user:pass@127.0.0.1:{port}/x", "http://evil.invalid\\@127.0.0.1:{port}/x",
    "http://[::1/x", "http://[bad]/x", "/a b", "/é"]  # fmt: skip


def test_other_targets_are_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    known = socket.getaddrinfo

    def lookup(host: str, *arguments: Any, **named: Any) -> Any:
        if host != "127.0.0.1":  # no test asks a real name server
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return known(host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    for location in (*ELSEWHERE, *AMBIGUOUS):
        with FaultServer() as server, client(server) as mistral:
            server.turns = [to(location.format(port=server.port))]
            error = failure(complete, mistral)
            assert server.connections == len(server.received) == 1, location
        kinds = [SDKError] if location in ELSEWHERE else [SDKError, NoResponseError]
        assert kind_of(error) in kinds, location


@every_call
def test_chains_of_redirects(name: str) -> None:
    for count in (1, 5):
        with FaultServer(*[to(f"/{number}", 308) for number in range(count)]) as server:
            with client(server) as mistral:
                end_of(name, mistral).check(Says())
            starts = [request.start for request in server.received][1:]
            assert starts == [f"POST /{number} HTTP/1.1" for number in range(count)]
    with FaultServer(*[to(f"/{number}", 308) for number in range(6)]) as server:
        with client(server, retry_config=RETRIES) as mistral:
            error = failure(complete, mistral)
        assert isinstance(error, NoResponseError) and error.final
        assert (error.tries, len(server.received)) == (1, 6)
    for status in KEEPING:
        with FaultServer() as other, FaultServer() as server, client(server) as mistral:
            server.turns = [to("/a", status), to("/b", status), to(f"{other.url}/c", status)]
            end_of(name, mistral).check(Fails(SDKError, status))
            assert (len(server.received), other.connections) == (3, 0)
            eventually(lambda: server.open == 0)
