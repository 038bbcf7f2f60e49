"""Connections that are kept: when, how many, and what becomes of one that the server closed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mistral_proto import Mistral, NoResponseError, RetryConfig, UrllibTransport
from tests.client.doubles import SkippingClock
from tests.client.faults.servers import (
    DONE,
    EVENTS_HEAD,
    LAST_CHUNK,
    WAIT,
    FaultServer,
    Line,
    Script,
    answer,
    chunk,
    echo,
    gate,
    good,
    hang_up,
    piece,
    reset,
    stall,
)
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.client.support import (
    ALL,
    CALLS,
    HI,
    MODEL,
    ONCE,
    RETRIES,
    SOON_MS,
    WAITS,
    Fails,
    Says,
    client,
    complete,
    end_of,
    every_call,
    every_stream,
    stream,
    text_of,
)
from tests.testing.raw import eventually

over_tls = pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
BEGUN = EVENTS_HEAD + chunk(piece("Bonjour", "stop") + DONE)
"""A stream that is over, and whose body is not."""


def serving(tls: bool, *scripts: Script) -> FaultServer:
    return FaultServer(*scripts, context=LOCALHOST if tls else None)


def to(server: FaultServer, **options: Any) -> Mistral:
    """A client over http or https, as the server is."""
    url = server.url.replace("127.0.0.1", "localhost") if "https" in server.url else server.url
    return client(server, server_url=url, ssl_context=TRUST, **options)


def bounded(server: FaultServer, **bounds: Any) -> Mistral:
    return client(server, transport=UrllibTransport(**bounds))


def good_ones(name: str, mistral: Mistral, count: int = 2) -> None:
    for _ in range(count):
        end_of(name, mistral).check(Says())


# -- kept


@over_tls
@every_call
def test_one_connection_for_calls_in_a_row(name: str, tls: bool) -> None:
    for second in ALL:
        with serving(tls) as server, to(server) as mistral:
            for each in (name, second, name):
                end_of(each, mistral).check(Says())
                eventually(lambda: server.idle == 1)
            assert server.connections == 1, second
            mistral.close()
            eventually(lambda: server.open == 0)


@over_tls
def test_the_end_of_a_stream_may_come_late(tls: bool) -> None:
    """`[DONE]` ends the stream; what ends the body is still on its way."""
    over = threading.Event()
    with serving(tls, (BEGUN, gate(over), LAST_CHUNK)) as server, to(server) as mistral:
        assert text_of(stream(mistral)) == "Bonjour"
        assert server.idle == 0
        over.set()
        eventually(lambda: server.idle == 1)
        complete(mistral)
        assert server.connections == 1


@every_stream
def test_an_end_that_does_not_come_is_not_waited_for(name: str) -> None:
    over = threading.Event()
    with FaultServer((BEGUN, gate(over))) as server, client(server) as mistral:
        good_ones(name, mistral)
        assert server.connections == 2
        over.set()


# -- closed by the server in between


@every_call
@over_tls
def test_an_idle_connection_that_the_server_closed(name: str, tls: bool) -> None:
    with serving(tls) as server, to(server) as mistral:
        for _ in range(3):
            end_of(name, mistral).check(Says())
            eventually(lambda: server.idle == 1)
            server.close_idle()
            eventually(lambda: server.open == 0)
        assert len(server.received) == server.connections == 3


# What becomes of the requests behind a good one, on the connection of that: with which tries the
# call ends how, and after how many requests, connections and waits.
STALE: dict[str, tuple[list[Script], RetryConfig, Fails | Says, int, int, list[float]]] = {
    # Its request was on its way when the server closed: another connection, not another try.
    "closed": ([hang_up], RETRIES, Says(), 3, 2, []),
    "reset": ([reset], RETRIES, Says(), 3, 2, []),
    # The server may have acted on it.
    "closed without tries": ([hang_up], ONCE, Fails(NoResponseError), 2, 1, []),
    "reset without tries": ([reset], ONCE, Fails(NoResponseError), 2, 1, []),
    "replaced but once a try": ([hang_up] * 2, RETRIES, Says(), 4, 3, WAITS[:1]),
    "no more than one a try": ([hang_up] * 3, RETRIES, Says(), 5, 4, WAITS),
    "closed after it began": ([(b"HTTP/1.1 2", hang_up)], ONCE, Fails(NoResponseError), 2, 1, []),
    "reset after it began": ([(b"HTTP/1.1 2", reset)], ONCE, Fails(NoResponseError), 2, 1, []),
}  # fmt: skip


@every_call
@over_tls
@pytest.mark.parametrize("case", STALE)
def test_a_connection_that_the_server_closes_meanwhile(case: str, name: str, tls: bool) -> None:
    scripts, config, expected, requests, connections, waits = STALE[case]
    clock = SkippingClock()
    with serving(tls, good, *scripts) as server:
        with to(server, clock=clock, retry_config=config) as mistral:
            end_of(name, mistral).check(Says())
            end_of(name, mistral).check(expected)
            assert (len(server.received), server.connections) == (requests, connections)
            eventually(lambda: server.open == isinstance(expected, Says))
            end_of(name, mistral).check(Says())
    assert clock.slept == waits


def keep(server: FaultServer, mistral: Mistral, count: int, kept: int | None = None) -> None:
    """Have the client use so many connections at once, and keep them, or so many of them."""
    together = threading.Barrier(count)

    def script(line: Line) -> None:
        together.wait(WAIT)
        good(line)

    server.turns += [script] * count
    with ThreadPoolExecutor(count) as threads:
        list(threads.map(lambda _: complete(mistral), range(count)))
    eventually(lambda: server.idle == (count if kept is None else kept))


@every_call
def test_it_is_replaced_by_a_new_one(name: str) -> None:
    """Not by another that was kept, which the server is about to close as well."""
    clock = SkippingClock()
    with FaultServer() as server, client(server, retry_config=RETRIES, clock=clock) as mistral:
        keep(server, mistral, 3)
        server.turns += [hang_up]
        end_of(name, mistral).check(Says())
        assert (len(server.received), server.connections) == (5, 4)
        assert clock.slept == []


# -- bounds


@pytest.mark.parametrize("kept", [0, 2])
def test_a_bound_on_those_kept(kept: int) -> None:
    with FaultServer() as server, bounded(server, max_idle_connections=kept) as mistral:
        keep(server, mistral, 6, kept=kept)
        eventually(lambda: server.open == kept)
        for name in ALL:
            end_of(name, mistral).check(Says())
            eventually(lambda: server.open == kept)


def test_a_call_waits_for_a_free_connection() -> None:
    most: list[int] = []

    def script(line: Line) -> None:
        most.append(server.open)
        echo(line)

    def ask(number: int) -> str:
        said = [{"role": "user", "content": f"n{number}"}]
        return text_of(CALLS[ALL[number % 4]](mistral, messages=said))

    with FaultServer(then=script) as server, bounded(server, max_connections=2) as mistral:
        with ThreadPoolExecutor(12) as threads:
            assert list(threads.map(ask, range(60))) == [f"n{number}" for number in range(60)]
        assert max(most) <= 2
        # Whoever waited has the connection that was freed, and opens none in its place.
        assert server.connections == 2


@every_call
def test_a_call_waits_no_longer_than_its_deadline(name: str) -> None:
    script = (EVENTS_HEAD + chunk(piece("a")), stall)
    with FaultServer(script) as server, bounded(server, max_connections=1) as mistral:
        with mistral.chat.stream(model=MODEL, messages=HI) as events:
            next(events)
            end = end_of(name, mistral, within_ms=SOON_MS, timeout_ms=SOON_MS)
            end.check(Fails(NoResponseError))
            assert server.connections == 1
        end_of(name, mistral).check(Says())


def test_an_error_frees_its_place() -> None:
    scripts: list[Script] = [answer(500), hang_up, reset, answer(302)]
    for name in ALL:
        with FaultServer(*scripts) as server, bounded(server, max_connections=1) as mistral:
            for _ in scripts:
                assert end_of(name, mistral).error is not None
            complete(mistral)
            eventually(lambda: server.open == 1)
