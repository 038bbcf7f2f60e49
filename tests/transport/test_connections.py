"""Connections that are kept and used again, their number, and the requests that wait for one."""

from __future__ import annotations

import os
import signal
import socket
import struct
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mistral_proto import KeepAliveHandler, UrllibTransport
from mistral_proto.transport.failures import ClosedError, NoFreeConnectionError
from tests.client.faults.servers import Line, Script, gate, hang_up, reset, stall
from tests.testing.raw import eventually
from tests.transport.support import (
    CHUNKED,
    HELLO,
    LENGTH,
    WAIT,
    Clock,
    ask,
    release,
    request,
    serving,
    whole,
)


def test_the_rest_of_a_released_body() -> None:
    # The rest, and whether the connection is used again.
    cases: list[tuple[bytes, bool]] = [
        (b"0\r\n\r\n", True),
        (b"1\r\nx\r\n0\r\n\r\n", True),
        (b"0\r\nx: y\r\n\r\n", True),
        (b"0\r\n" + b"x: y\r\n" * 50_000 + b"\r\n", False),
        (b"", False),
        (b"0\r\n", False),
        (b"1\r\nx\r\n", False),
        (b"1\r\nx\r\n" * 10 + b"0\r\n\r\n", False),
        (b"0\r\n\r\nmore", False),
        (b"junk\r\n", False),
    ]
    for rest, is_kept in cases:
        goes_on, sent = threading.Event(), threading.Event()

        def report(line: Line, sent: threading.Event = sent) -> None:
            sent.set()

        script = (CHUNKED + b"5\r\nHello\r\n", gate(goes_on), rest, report)
        with serving(script) as (transport, server):
            response = transport.send(request(server.url))
            assert next(iter(response.body)) == b"Hello"
            release(response)
            goes_on.set()
            assert sent.wait(WAIT)
            assert ask(transport, server) == b"Hello"
            assert server.connections == (1 if is_kept else 2), rest


def test_connections_idle_for_over_a_minute_are_closed() -> None:
    clock = Clock()
    with serving() as (_, other), serving(clock=clock) as (transport, server):
        for passed, connections in [(0, 1), (59, 1), (59, 1), (61, 2)]:
            clock.now += passed
            assert ask(transport, server) == b"Hello"
            assert server.connections == connections
        clock.now += 61
        assert ask(transport, other) == b"Hello"
        eventually(lambda: server.open == 0)


def test_bounds_of_connections() -> None:
    cases: list[tuple[dict[str, Any], int]] = [
        ({"max_connections": 1}, 1),
        ({"max_connections": 2}, 2),
        ({"max_idle_connections": 2}, 2),
        ({"max_idle_connections": 0}, 0),
        ({}, 3),
    ]
    for bounds, left in cases:
        with serving() as (_, one), serving() as (_, two), serving(**bounds) as (transport, three):
            for server in (one, two, three):
                ask(transport, server)
            eventually(lambda: one.open + two.open + three.open == left)


def test_two_threads_do_not_take_the_same_connection() -> None:
    class Key:
        """A key that is equal to each other one, while another thread takes the connection."""

        def __eq__(self, other: object) -> bool:
            ours._idle.clear()
            return True

        __hash__ = None  # type: ignore[assignment]

    ours = KeepAliveHandler()
    ours._idle.append((Key(), float("inf"), None))  # type: ignore[arg-type]
    assert ours._take(None) is None


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_an_idle_connection_that_ended_is_not_used(tls: bool) -> None:
    for how in ("closed", "reset", "another response"):
        with serving(tls=tls) as (transport, server):
            ask(transport, server)
            eventually(lambda: server.idle == 1)
            [line] = server.lines
            if how == "another response":
                line.send(HELLO)
            else:
                if how == "reset":
                    linger = struct.pack("ii", 1, 0)
                    line.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                server.close_idle()
                eventually(lambda: server.open == 0)
            assert ask(transport, server) == b"Hello"
            assert (len(server.received), server.connections) == (2, 2)


def test_a_stale_connection_is_replaced_where_that_is_safe() -> None:
    """The server closes a kept connection after it got the request."""
    # The request, and whether it is sent again.
    requests: list[tuple[dict[str, Any], bool]] = [
        ({"method": "POST"}, False),
        ({"method": "POST", "may_repeat": True}, True),
        ({"method": "GET"}, True),
        ({"method": "HEAD"}, True),
        ({"method": "PUT"}, False),
    ]
    cases: list[tuple[Script, dict[str, Any], bool]] = [
        (fault, options, again) for fault in (hang_up, reset) for options, again in requests
    ]
    # It began to answer.
    cases += [((begun, reset), {"may_repeat": True}, False) for begun in (b"H", LENGTH[:17])]
    for fault, options, again in cases:
        with serving(HELLO, fault) as (transport, server):
            ask(transport, server)
            if again:
                transport.send(request(server.url, **options)).close()
            else:
                with pytest.raises((OSError, *transport.failures)):
                    transport.send(request(server.url, **options))
            assert (len(server.received), server.connections) == (2 + again, 1 + again), options
    with serving(hang_up) as (transport, server):  # not one that was kept
        with pytest.raises(ConnectionError):
            transport.send(request(server.url, may_repeat=True))
        assert len(server.received) == 1


# -- requests that wait for a connection


def test_many_threads_on_few_connections() -> None:
    most: list[int] = []

    def count(line: Line) -> None:
        most.append(server.open)
        line.send(LENGTH + line.request.body)

    with serving(then=count, max_connections=3) as (transport, server):
        bodies = [b"%05d" % number for number in range(200)]
        with ThreadPoolExecutor(16) as threads:
            assert bodies == list(threads.map(lambda it: ask(transport, server, body=it), bodies))
        assert max(most) <= 3 and server.connections == 3


@pytest.mark.parametrize("how", ["total", "read", "abort", "close", "garbage"])
def test_the_end_of_a_wait_for_a_connection(how: str) -> None:
    times: dict[str, Any] = {how: 0.05} if how in ("total", "read") else {}
    with serving((LENGTH, stall), max_connections=1) as (transport, server):
        held = [transport.send(request(server.url))]
        asked = request(server.url, **times)
        deadline = transport.deadline(asked)
        with ThreadPoolExecutor() as threads:
            waiting = threads.submit(transport.send_until, asked, deadline)
            eventually(lambda: times or deadline._wake.__class__.__name__ == "partial")
            if how == "garbage":
                held.clear()
                assert whole(waiting.result(WAIT)) == b"Hello"
                return
            if how == "abort":
                deadline.abort()
            elif how == "close":
                transport.close()
            with pytest.raises(NoFreeConnectionError if times else ClosedError):
                waiting.result(WAIT)
        held[0].close()
        assert ask(transport, server) == b"Hello"


# -- the end of a transport, and forks


def test_close_ends_connections_in_use_and_kept_ones() -> None:
    with serving() as (transport, server):
        response = transport.send(request(server.url))
        assert whole(response) == b"Hello"
        transport.close()
        release(response)  # it ended well before it was aborted
        eventually(lambda: server.open == 0)
        kept = transport.send(request(server.url))
        assert whole(kept) == b"Hello"
        release(kept)
        assert server.open == 1
        transport.close()
        eventually(lambda: server.open == 0)


def test_a_transport_that_is_garbage_is_closed() -> None:
    with serving() as (_, server):
        transport = UrllibTransport(proxies={})
        ask(transport, server)
        held = [transport.send(request(server.url))]
        gone = weakref.ref(transport)
        del transport
        assert gone() is not None and whole(held[0]) == b"Hello"  # its response holds it
        held.clear()
        assert gone() is None
        eventually(lambda: server.open == 0)


def handler_of(transport: UrllibTransport) -> KeepAliveHandler:
    handlers: list[Any] = transport._opener.handlers  # type: ignore[attr-defined]
    [ours] = [handler for handler in handlers if isinstance(handler, KeepAliveHandler)]
    return ours


def in_a_child(work: Callable[[], bool]) -> bool:
    """Return whether a forked process does its work."""
    child = os.fork()
    if not child:
        signal.alarm(20)
        status = 1
        try:
            status = 0 if work() else 1
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


@pytest.mark.native
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_a_child_process_has_its_own_connections(tls: bool) -> None:
    goes_on = threading.Event()
    half = (LENGTH + b"Hel", gate(goes_on), b"lo")
    with serving(HELLO, HELLO, half, tls=tls) as (transport, server):
        kept, other, open_one = (transport.send(request(server.url)) for _ in range(3))
        for response in (kept, other):
            assert whole(response) == b"Hello"
            release(response)

        def work() -> bool:
            open_one.close()
            good = ask(transport, server) == b"Hello"
            transport.close()
            return good

        with handler_of(transport)._slots._lock:  # which another thread holds in the child
            assert in_a_child(work)
        assert server.connections == 4
        goes_on.set()
        assert whole(open_one) == b"Hello"
        release(open_one)
        assert ask(transport, server) == b"Hello"
        assert server.connections == 4


def test_the_connections_of_the_parent_are_left_alone() -> None:
    with serving() as (transport, server):
        ask(transport, server)
        response = transport.send(request(server.url))
        ours = handler_of(transport)
        ours._slots._process = -1  # as after a fork
        assert ask(transport, server) == b"Hello"
        response.close()
        assert (server.connections, len(ours._idle)) == (2, 1)
        deadline, called = transport.deadline(request(server.url)), []
        deadline.on_wake(lambda: called.append(1))
        deadline._process = -1
        deadline.abort()
        assert called == []
