"""No connection at all: refused, to nobody, and one that does not come about in time."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from mistral_proto import NoResponseError, Timeouts
from tests.client.doubles import SkippingClock
from tests.client.faults.servers import FaultServer, unused_port
from tests.client.support import (
    ONCE,
    RETRIES,
    SOON_MS,
    WAITS,
    Fails,
    Says,
    client,
    end_of,
    every_call,
)
from tests.testing.raw import eventually


@every_call
@pytest.mark.parametrize("retries", [False, True])
def test_refused(name: str, retries: bool) -> None:
    clock = SkippingClock()
    with FaultServer() as server:
        url = f"http://127.0.0.1:{unused_port()}"
        options = {"retry_config": RETRIES if retries else ONCE, "clock": clock}
        with client(server, server_url=url, **options) as mistral:
            end = end_of(name, mistral)
            end.check(Fails(NoResponseError, words=url), tries=3 if retries else 1)
            assert "refused" in end.error.message
            assert not end.error.final
            assert (end.error.headers, end.error.body) == ({}, "")
        assert server.connections == 0
    assert clock.slept == (WAITS if retries else [])


@every_call
def test_refused_and_then_there(name: str) -> None:
    port = unused_port()
    server = FaultServer(port=port)

    class Starting(SkippingClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            server.__enter__()

    clock = Starting()
    with FaultServer() as unused:
        options = {"server_url": f"http://127.0.0.1:{port}", "retry_config": RETRIES}
        with client(unused, clock=clock, **options) as mistral:
            end_of(name, mistral).check(Says())
    assert clock.slept == WAITS[:1]
    eventually(lambda: server.open == 0)
    assert server.connections == 1
    server.__exit__()


@every_call
def test_a_host_that_nobody_knows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)  # no test asks a real name server
    with FaultServer() as server, client(server, server_url="http://nowhere.invalid") as mistral:
        end_of(name, mistral).check(Fails(NoResponseError, words="nowhere.invalid"))


@pytest.fixture
def deaf() -> Iterator[str]:
    """The URL of a listener whose queue is full: the system drops what knocks."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        knocking = [socket.socket() for _ in range(4)]
        for one in knocking:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for one in knocking:
            one.close()


# What ends a call that does not come to a connection, and the tries that there are.
OVERDUE: dict[str, tuple[Any, int]] = {
    "its deadline": (SOON_MS, 1),
    "the time for the connection": (Timeouts(connect_ms=100, total_ms=60_000), 3),
}
every_limit = pytest.mark.parametrize(("timeout", "tries"), OVERDUE.values(), ids=OVERDUE)


@every_call
@every_limit
def test_nobody_accepts(timeout: Any, tries: int, deaf: str, name: str) -> None:
    options = {"server_url": deaf, "retry_config": RETRIES, "timeout_ms": timeout}
    with FaultServer() as server, client(server, **options) as mistral:
        end = end_of(name, mistral, within_ms=SOON_MS * 2)
        end.check(Fails(NoResponseError, words="timed out"), tries)
