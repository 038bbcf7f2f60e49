"""Connections that calls share, that the server closed, and that cannot be opened."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from mistral_proto import NoResponseError, RetryConfig, Timeouts, UrllibTransport
from tests.client.doubles import SkippingClock
from tests.client.faults.servers import (
    DONE,
    EVENTS_HEAD,
    LAST_CHUNK,
    FaultServer,
    Script,
    answer,
    chunk,
    gate,
    good,
    hang_up,
    piece,
    reset,
    stall,
    unused_port,
)
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.client.support import (
    ALL,
    HI,
    MODEL,
    ONCE,
    RETRIES,
    SOON_MS,
    STREAMS,
    WAITS,
    Fails,
    Says,
    client,
    end_of,
    every_call,
)
from tests.testing.raw import eventually


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_one_connection_for_calls_in_a_row(tls: bool) -> None:
    with FaultServer(context=LOCALHOST if tls else None) as server:
        with client(server, ssl_context=TRUST) as mistral:
            for name in (*ALL, *ALL[::-1], "complete", "complete_async"):
                end_of(name, mistral).check(Says())
                eventually(lambda: server.idle == 1)
            assert server.connections == 1
        eventually(lambda: server.open == 0)


def test_the_end_of_the_body_of_a_stream_may_come_late() -> None:
    """`[DONE]` ends the stream, and the connection is used again if the rest has come."""
    begun = EVENTS_HEAD + chunk(piece("Bonjour", "stop") + DONE)
    for name in STREAMS:
        for comes in (True, False):
            over = threading.Event()
            with FaultServer((begun, gate(over), LAST_CHUNK)) as server, client(server) as mistral:
                end_of(name, mistral).check(Says())
                if comes:
                    over.set()
                    eventually(lambda: server.idle == 1)
                end_of(name, mistral).check(Says())
                assert server.connections == (1 if comes else 2)
                over.set()


# The scripts after a good answer on the same connection, the retries, the end of the call, the
# requests and connections in all, and the waits.
STALE: list[tuple[list[Script], RetryConfig, Fails | Says, int, int, list[float]]] = [
    ([hang_up], RETRIES, Says(), 3, 2, []),  # a new connection is not another attempt
    ([reset], RETRIES, Says(), 3, 2, []),
    ([hang_up], ONCE, Fails(NoResponseError), 2, 1, []),  # the server may have acted on it
    ([reset], ONCE, Fails(NoResponseError), 2, 1, []),
    ([hang_up] * 2, RETRIES, Says(), 4, 3, WAITS[:1]),
    ([hang_up] * 3, RETRIES, Says(), 5, 4, WAITS),
    ([(b"HTTP/1.1 2", hang_up)], ONCE, Fails(NoResponseError), 2, 1, []),
]


@every_call
def test_a_connection_that_the_server_closes_after_the_request(name: str) -> None:
    for scripts, config, expected, requests, connections, waits in STALE:
        clock = SkippingClock()
        with FaultServer(good, *scripts) as server:
            with client(server, clock=clock, retry_config=config) as mistral:
                end_of(name, mistral).check(Says())
                end_of(name, mistral).check(expected)
                assert (len(server.received), server.connections) == (requests, connections)
                eventually(lambda: server.open == isinstance(expected, Says))
                end_of(name, mistral).check(Says())
        assert clock.slept == waits


@every_call
def test_one_connection_at_most(name: str) -> None:
    """A call waits for it until its deadline; errors release it."""
    errors: list[Script] = [answer(500), hang_up, reset, answer(302)]
    with FaultServer((EVENTS_HEAD + chunk(piece("a")), stall), *errors) as server:
        with client(server, transport=UrllibTransport(max_connections=1)) as mistral:
            with mistral.chat.stream(model=MODEL, messages=HI) as events:
                next(events)
                end = end_of(name, mistral, within_ms=SOON_MS, timeout_ms=SOON_MS)
                end.check(Fails(NoResponseError))
                assert server.connections == 1
            for _ in errors:
                assert end_of(name, mistral).error is not None
            end_of(name, mistral).check(Says())
            eventually(lambda: server.open == 1)


# -- no connection


@every_call
def test_a_refused_connection(name: str) -> None:
    port = unused_port()
    server = FaultServer(port=port)
    url = f"http://127.0.0.1:{port}"

    class Starting(SkippingClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            server.__enter__()

    with FaultServer() as unused:
        for config in (ONCE, RETRIES):
            clock = SkippingClock()
            with client(unused, server_url=url, retry_config=config, clock=clock) as mistral:
                end = end_of(name, mistral)
            tries = 1 if config is ONCE else 3
            end.check(Fails(NoResponseError, words=url), tries)
            assert "refused" in end.error.message and not end.error.final
            assert (end.error.headers, end.error.body) == ({}, "")
            assert clock.slept == WAITS[: tries - 1]
        clock = Starting()
        with client(unused, server_url=url, retry_config=RETRIES, clock=clock) as mistral:
            end_of(name, mistral).check(Says())
        assert (clock.slept, server.connections) == (WAITS[:1], 1)
        server.__exit__()


@every_call
def test_no_connection_in_time(name: str) -> None:
    """The system drops new connections to a listener whose queue is full."""
    cases: list[tuple[Any, int]] = [
        (SOON_MS, 1),
        (Timeouts(connect_ms=100, total_ms=60_000), 3),
    ]
    with socket.socket() as listener, FaultServer() as unused:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        queued = [socket.socket() for _ in range(4)]
        for one in queued:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for timeout, tries in cases:
            options = {"server_url": url, "retry_config": RETRIES, "timeout_ms": timeout}
            with client(unused, **options) as mistral:
                end = end_of(name, mistral, within_ms=SOON_MS * 2)
                end.check(Fails(NoResponseError, words="timed out"), tries)
        for one in queued:
            one.close()
