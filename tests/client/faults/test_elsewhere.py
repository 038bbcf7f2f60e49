"""A redirect to another origin: nobody follows it, and nobody else hears of the key."""

from __future__ import annotations

import pytest

from mistral_proto import SDKError
from tests.client.faults.servers import FaultServer, Line
from tests.client.faults.table import ALL, RETRIES, Fails, Says, SkippingClock, client, end_of
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.client.support import KEY, answer
from tests.testing.raw import eventually

every_call = pytest.mark.parametrize("name", ALL)
every_redirect = pytest.mark.parametrize("status", [301, 302, 303, 307, 308])


@every_call
@every_redirect
@pytest.mark.parametrize("to_tls", [False, True])
def test_to_another_origin(name: str, status: int, to_tls: bool) -> None:
    clock = SkippingClock()
    with FaultServer(context=LOCALHOST if to_tls else None) as other, FaultServer() as server:
        target = f"{'https' if to_tls else 'http'}://localhost:{other.port}/v1/chat/completions"
        server.then = answer(status, headers=f"location: {target}")
        options = {"retry_config": RETRIES, "clock": clock, "ssl_context": TRUST}
        with client(server, **options) as mistral:
            end = end_of(name, mistral)
            end.check(Fails(SDKError, f"a redirect to {target} was not followed", status))
            eventually(lambda: server.open == 0)
        assert other.connections == 0
        assert len(server.received) == 1
    assert clock.slept == []


@every_call
@every_redirect
@pytest.mark.parametrize("same_port", [False, True])
def test_from_https_to_http(name: str, status: int, same_port: bool) -> None:
    with FaultServer() as other, FaultServer(context=LOCALHOST) as server:
        port = server.port if same_port else other.port
        target = f"http://localhost:{port}/v1/chat/completions"
        server.then = answer(status, headers=f"location: {target}")
        options = {"server_url": f"https://localhost:{server.port}", "ssl_context": TRUST}
        with client(server, **options) as mistral:
            end_of(name, mistral).check(Fails(SDKError, "was not followed", status))
            eventually(lambda: server.open == 0)
        assert other.connections == 0
        assert server.connections == 1


@every_call
@pytest.mark.parametrize("status", [307, 308])
def test_first_within_the_origin_and_then_out(name: str, status: int) -> None:
    with FaultServer() as other, FaultServer() as server:
        server.turns = [
            answer(status, headers="location: /elsewhere"),
            answer(status, headers=f"location: {other.url}/x"),
        ]
        with client(server) as mistral:
            end_of(name, mistral).check(Fails(SDKError, "was not followed", status))
            eventually(lambda: server.open == 0)
        assert other.connections == 0
        assert len(server.received) == 2


@every_call
@pytest.mark.parametrize("status", [307, 308])
def test_over_tls_within_the_origin(name: str, status: int) -> None:
    with FaultServer(answer(status, headers="location: /x"), context=LOCALHOST) as server:
        options = {"server_url": f"https://localhost:{server.port}", "ssl_context": TRUST}
        with client(server, **options) as mistral:
            end_of(name, mistral).check(Says())
        first, second = server.received
        assert second.start == "POST /x HTTP/1.1"
        assert (first.body, first.headers) == (second.body, second.headers)


@every_call
def test_a_key_that_turns(name: str) -> None:
    """A key that is asked for anew: each request has the one of its time, and none is shown."""
    keys = [f"{KEY}{number}" for number in range(3)]
    left = iter(keys)
    with FaultServer(answer(503)) as server:
        options = {"api_key": lambda: next(left), "retry_config": RETRIES}
        with client(server, **options) as mistral:
            end_of(name, mistral).check(Says())
            end_of(name, mistral).check(Says())
        sent = [one.headers["authorization"].removeprefix("Bearer ") for one in server.received]
    assert sent[0] == keys[0]
    assert sent[-1] != keys[0]
    assert set(sent) <= set(keys)


def says_the_key(line: Line) -> None:
    line.send(answer(401, f'{{"message": "no such key: {KEY}"}}'.encode(), f"x-key: {KEY}"))


@every_call
def test_a_server_that_says_the_key_back(name: str) -> None:
    with FaultServer(then=says_the_key) as server, client(server) as mistral:
        end_of(name, mistral).check(Fails(SDKError, "no such key: [API key]", 401))
