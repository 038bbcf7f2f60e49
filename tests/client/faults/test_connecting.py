"""Calls to a server that refuses the connection, does not accept it, or is not known."""

from __future__ import annotations

import socket
from typing import Any

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
