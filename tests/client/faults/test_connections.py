"""Connections that are kept: when, how many, and what becomes of one that the server closed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mistral_proto import Mistral, NoResponseError, UrllibTransport
from tests.client.faults.rows_compressed import EVENTS, PACKERS, streamed, whole
from tests.client.faults.servers import (
    EVENTS_HEAD,
    LAST_CHUNK,
    WAIT,
    FaultServer,
    Line,
    Script,
    chunk,
    echo,
    gate,
    good,
    hang_up,
    reset,
)
from tests.client.faults.table import (
    ALL,
    RETRIES,
    SOON_MS,
    STREAMS,
    Fails,
    Says,
    SkippingClock,
    client,
    end_of,
    text_of,
)
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.client.support import DONE, HI, MODEL, WHOLE, answer, complete, piece, stream
from tests.testing.raw import eventually

every_call = pytest.mark.parametrize("name", ALL)
over_tls = pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])


def serving(tls: bool, *scripts: Script, then: Script = good) -> FaultServer:
    return FaultServer(*scripts, then=then, context=LOCALHOST if tls else None)


def to(server: FaultServer, **options: Any) -> Mistral:
    """A client over http or https, as the server is."""
    url = server.url.replace("127.0.0.1", "localhost") if "https" in server.url else server.url
    return client(server, server_url=url, ssl_context=TRUST, **options)


def bounded(server: FaultServer, **bounds: Any) -> Mistral:
    return client(server, transport=UrllibTransport(**bounds))


# -- kept


@over_tls
@pytest.mark.parametrize("second", ALL)
@pytest.mark.parametrize("first", ALL)
def test_one_connection_for_calls_in_a_row(first: str, second: str, tls: bool) -> None:
    with serving(tls) as server, to(server) as mistral:
        for name in (first, second, first):
            end_of(name, mistral).check(Says())
            eventually(lambda: server.idle == 1)
        assert server.connections == 1
        mistral.close()
        eventually(lambda: server.open == 0)


@over_tls
def test_the_end_of_a_stream_may_come_late(tls: bool) -> None:
    """`[DONE]` ends the stream; what ends the body is still on its way."""
    asked = threading.Event()
    begun = EVENTS_HEAD + chunk(piece("Bonjour", "stop") + DONE)
    with serving(tls, (begun, gate(asked), LAST_CHUNK)) as server, to(server) as mistral:
        assert text_of(stream(mistral)) == "Bonjour"
        assert server.idle == 0
        asked.set()
        eventually(lambda: server.idle == 1)
        complete(mistral)
        assert server.connections == 1


@every_call
@pytest.mark.parametrize("encoding", PACKERS)
def test_a_compressed_answer_keeps_its_connection(encoding: str, name: str) -> None:
    is_stream = name in STREAMS
    packed = PACKERS[encoding](EVENTS if is_stream else WHOLE)
    script = (streamed if is_stream else whole)(encoding.split()[0], packed)
    with FaultServer(then=script) as server, client(server) as mistral:
        for _ in range(3):
            end_of(name, mistral).check(Says())
            eventually(lambda: server.idle == 1)
        assert server.connections == 1


@pytest.mark.parametrize("name", STREAMS)
def test_an_end_that_does_not_come_is_not_waited_for(name: str) -> None:
    over = threading.Event()
    begun = EVENTS_HEAD + chunk(piece("Bonjour", "stop") + DONE)
    with FaultServer((begun, gate(over))) as server, client(server) as mistral:
        end_of(name, mistral).check(Says())
        end_of(name, mistral).check(Says())
        assert server.connections == 2
        over.set()


# Answers after which the connection is of no use, and whether the call is a good one.
NOT_KEPT: list[tuple[str, Script, bool]] = [
    ("connection: close", answer(200, WHOLE, "connection: close"), True),
    (
        "connection: close, on a second line",
        answer(200, WHOLE, "connection: keep-alive\r\nconnection: x, Close"),
        True,
    ),
    ("Connection: Close", answer(200, WHOLE, "Connection: Close"), True),
    ("among others", answer(200, WHOLE, "connection: x-hop, close"), True),
    ("HTTP/1.0", answer(200, WHOLE).replace(b"1.1", b"1.0", 1), True),
    ("without a length", (b"HTTP/1.1 200 OK\r\n\r\n" + WHOLE, hang_up), True),
    ("junk after it", answer(200, WHOLE) + b"x", True),
    ("another answer after it", answer(200, WHOLE) + answer(200, WHOLE), True),
    ("junk after its chunks", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        + chunk(WHOLE) + LAST_CHUNK + b"x", True),
    ("an error", answer(400, b"no"), False),
    ("no completion", answer(200, b"[]"), False),
    ("another success", answer(201, WHOLE), False),
    ("a redirect", answer(302, b"", "location: /x"), False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("script", "is_good"), [pytest.param(*case[1:], id=case[0]) for case in NOT_KEPT]
)
@pytest.mark.parametrize("name", ["complete", "complete_async"])
def test_an_answer_that_ends_its_connection(name: str, script: Script, is_good: bool) -> None:
    with FaultServer(script) as server, client(server) as mistral:
        end = end_of(name, mistral)
        if is_good:
            end.check(Says())
        else:
            assert end.error is not None
            eventually(lambda: server.open == 0)
        end_of(name, mistral).check(Says())
        assert server.connections == 2
        eventually(lambda: server.open == 1)


def test_http_1_0_that_keeps_its_connection() -> None:
    script = answer(200, WHOLE, "connection: keep-alive").replace(b"1.1", b"1.0", 1)
    with FaultServer(then=script) as server, client(server) as mistral:
        complete(mistral)
        complete(mistral)
        assert server.connections == 1


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_after_whose_done_comes_junk(name: str) -> None:
    script = EVENTS_HEAD + chunk(piece("Bonjour", "stop") + DONE) + LAST_CHUNK + b"x"
    with FaultServer(script) as server, client(server) as mistral:
        end_of(name, mistral).check(Says())
        end_of(name, mistral).check(Says())
        assert server.connections == 2


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


@every_call
def test_an_idle_connection_on_which_the_server_spoke(name: str) -> None:
    """Such as 408, before it closes."""
    with FaultServer() as server, client(server) as mistral:
        end_of(name, mistral).check(Says())
        eventually(lambda: server.idle == 1)
        server.lines[0].send(answer(408, b"", "connection: close"))
        end_of(name, mistral).check(Says())
        assert len(server.received) == server.connections == 2


@every_call
@over_tls
@pytest.mark.parametrize("fault", [hang_up, reset])
def test_a_connection_that_the_server_closes_meanwhile(
    name: str, fault: Callable[[Line], None], tls: bool
) -> None:
    """The request was on its way when the server closed: another connection, not another try."""
    clock = SkippingClock()
    with serving(tls, good, fault) as server, to(server, clock=clock) as mistral:
        end_of(name, mistral).check(Says())
        end_of(name, mistral).check(Says())
        eventually(lambda: server.open == 1)
        assert (len(server.received), server.connections) == (3, 2)
    assert clock.slept == []


@every_call
@over_tls
def test_it_is_replaced_but_once(name: str, tls: bool) -> None:
    with serving(tls, good, hang_up, hang_up) as server, to(server) as mistral:
        end_of(name, mistral).check(Says())
        end_of(name, mistral).check(Fails(NoResponseError, "closed connection"))
        assert (len(server.received), server.connections) == (3, 2)
        eventually(lambda: server.open == 0)
        end_of(name, mistral).check(Says())


@every_call
def test_it_is_replaced_once_a_try(name: str) -> None:
    clock = SkippingClock()
    with FaultServer(good, *[hang_up] * 3) as server:
        with client(server, retry_config=RETRIES, clock=clock) as mistral:
            end_of(name, mistral).check(Says())
            end_of(name, mistral).check(Says())
        assert len(server.received) == 5
    assert clock.slept == [0.5, 1.0]


@every_call
@pytest.mark.parametrize(
    ("fault", "words"),
    [(hang_up, "in the middle of the headers"), (reset, "reset by peer")],
    ids=["closed", "reset"],
)
def test_one_that_began_to_answer_is_not_replaced(
    name: str, fault: Callable[[Line], None], words: str
) -> None:
    with FaultServer(good, (b"HTTP/1.1 2", fault)) as server, client(server) as mistral:
        end_of(name, mistral).check(Says())
        end_of(name, mistral).check(Fails(NoResponseError, words))
        assert (len(server.received), server.connections) == (2, 1)


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
def test_all_of_many_were_closed(name: str) -> None:
    """One after the other is looked at; none of them costs a try."""
    with FaultServer() as server, client(server) as mistral:
        keep(server, mistral, 8)
        server.close_idle()
        eventually(lambda: server.open == 0)
        end_of(name, mistral).check(Says())
        assert (len(server.received), server.connections) == (9, 9)


@every_call
def test_it_is_replaced_by_a_new_one(name: str) -> None:
    """Not by another that was kept, which the server is about to close as well."""
    with FaultServer() as server, client(server) as mistral:
        keep(server, mistral, 3)
        server.turns += [hang_up]
        end_of(name, mistral).check(Says())
        assert (len(server.received), server.connections) == (5, 4)
        server.turns += [hang_up, hang_up]
        end_of(name, mistral).check(Fails(NoResponseError, "closed connection"))
        assert (len(server.received), server.connections) == (7, 5)


# -- bounds


def test_a_bound_on_those_kept() -> None:
    with FaultServer() as server, bounded(server, max_idle_connections=2) as mistral:
        keep(server, mistral, 6, kept=2)
        eventually(lambda: server.open == 2)


@every_call
def test_none_may_be_kept(name: str) -> None:
    with FaultServer() as server, bounded(server, max_idle_connections=0) as mistral:
        end_of(name, mistral).check(Says())
        eventually(lambda: server.open == 0)
        end_of(name, mistral).check(Says())
        assert server.connections == 2


def test_a_call_waits_for_a_free_connection() -> None:
    most: list[int] = []

    def script(line: Line) -> None:
        most.append(server.open)
        echo(line)

    with FaultServer(then=script) as server, bounded(server, max_connections=2) as mistral:

        def ask(number: int) -> str:
            call = complete if number % 2 else stream
            return text_of(call(mistral, messages=[{"role": "user", "content": f"n{number}"}]))

        with ThreadPoolExecutor(12) as threads:
            said = list(threads.map(ask, range(60)))
        assert said == [f"n{number}" for number in range(60)]
        assert max(most) <= 2
        # Whoever waited has the connection that was freed, and opens none in its place.
        assert server.connections == 2


@every_call
def test_a_call_waits_no_longer_than_its_deadline(name: str) -> None:
    leave = threading.Event()
    with FaultServer((EVENTS_HEAD + chunk(piece("a")), gate(leave))) as server:
        with bounded(server, max_connections=1) as mistral:
            with mistral.chat.stream(model=MODEL, messages=HI) as events:
                next(events)
                end = end_of(name, mistral, within_ms=SOON_MS, timeout_ms=SOON_MS)
                end.check(Fails(NoResponseError, "connections were in use"))
                assert server.connections == 1
            leave.set()
            end_of(name, mistral).check(Says())


def test_an_error_frees_its_place() -> None:
    with FaultServer(answer(500), hang_up, reset, answer(302)) as server:
        with bounded(server, max_connections=1) as mistral:
            for _ in range(4):
                assert end_of("stream", mistral).error is not None
            complete(mistral)
            eventually(lambda: server.open == 1)
