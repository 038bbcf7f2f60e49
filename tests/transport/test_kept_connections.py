"""When a connection serves again, how many there are, and who waits for one.

With the client on top of it that is in `tests/client/faults/test_connections.py`.
"""

from __future__ import annotations

import dataclasses
import gc
import os
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
from mistral_proto.transport.limits import Deadline, Slots
from tests.client.faults.servers import Line, gate, hang_up, reset, stall
from tests.testing.raw import eventually
from tests.transport.asking import CHUNKED, HELLO, LENGTH, ask, serving, whole
from tests.transport.times import Ticking, patient, request

# -- kept, with what is left of the last answer

# What follows the part of a body that was read, and whether another exchange may begin then.
LEFT: dict[str, tuple[bytes, bool]] = {
    "its end": (b"0\r\n\r\n", True),
    "a piece and the end": (b"1\r\nx\r\n0\r\n\r\n", True),
    "trailers and the end": (b"0\r\nx: y\r\n\r\n", True),
    "too many trailers": (b"0\r\n" + b"x: y\r\n" * 50_000 + b"\r\n", False),
    "nothing": (b"", False),
    "half its end": (b"0\r\n", False),
    "a piece": (b"1\r\nx\r\n", False),
    "many pieces": (b"1\r\nx\r\n" * 10 + b"0\r\n\r\n", False),
    "its end and more": (b"0\r\n\r\nmore", False),
    "junk": (b"junk\r\n", False),
}


@pytest.mark.parametrize(("data", "can"), LEFT.values(), ids=LEFT)
def test_what_is_left_of_an_answer(data: bytes, can: bool) -> None:
    goes_on, sent = threading.Event(), threading.Event()

    def tell(line: Line) -> None:
        sent.set()

    script = (CHUNKED + b"5\r\nHello\r\n", gate(goes_on), data, tell)
    with serving(script) as (transport, server):
        response = transport.send(request(server.url))
        assert next(iter(response.body)) == b"Hello"
        assert response.release is not None
        response.release()
        goes_on.set()
        assert sent.wait(20)
        assert ask(transport, server) == b"Hello"
        assert server.connections == (1 if can else 2)


def test_a_released_connection_is_closed_whoever_has_its_response() -> None:
    with serving() as (transport, server):
        response = transport.send(request(server.url))
        assert whole(response) == b"Hello" and response.release is not None
        response.release()
        assert server.open == 1
        transport.close()
        eventually(lambda: server.open == 0)


def test_those_kept_for_long_are_closed() -> None:
    clock = Ticking()
    with serving(clock=clock) as (transport, server):
        for passed, connections in [(0, 1), (59, 1), (59, 1), (61, 2)]:
            clock.now += passed
            assert ask(transport, server) == b"Hello"
            assert server.connections == connections
        with serving() as (_, another):
            clock.now += 61
            assert ask(transport, another) == b"Hello"
            eventually(lambda: server.open == 0)


@pytest.mark.parametrize(("most", "left"), [(1, 1), (2, 2), (5, 3)])
def test_kept_ones_make_room_for_new_ones(most: int, left: int) -> None:
    with serving() as (transport, one), serving() as (_, two), serving() as (_, three):
        bounded = UrllibTransport(proxies={}, max_connections=most)
        for server in (one, two, three):
            ask(bounded, server)
        eventually(lambda: one.open + two.open + three.open == left)
        bounded.close()


class Racing:
    """The key of a connection; another thread takes the connection while it is compared."""

    def __init__(self) -> None:
        self.idle: Any = None

    def __eq__(self, other: object) -> bool:
        if self.idle:
            self.idle.clear()
        return True

    __hash__ = None  # type: ignore[assignment]


def test_two_threads_do_not_take_the_same() -> None:
    ours, key = KeepAliveHandler(), Racing()
    ours._idle.append((key, float("inf"), None))  # type: ignore[arg-type]
    key.idle = ours._idle
    assert ours._take(key) is None
    ours._idle.clear()


@pytest.mark.parametrize("how", ["reset", "closed", "spoken on"])
def test_one_that_ended_while_it_was_idle_is_passed_over(how: str) -> None:
    with serving() as (transport, server):
        ask(transport, server)
        eventually(lambda: server.idle == 1)
        (line,) = server.lines
        if how == "closed":
            server.close_idle()
        elif how == "spoken on":
            line.send(HELLO)
        else:
            linger = struct.pack("ii", 1, 0)
            line.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            server.close_idle()
        eventually(lambda: server.open == 0 or how == "spoken on")
        assert ask(transport, server) == b"Hello"
        assert (len(server.received), server.connections) == (2, 2)


# -- closed by the server while the request was on its way

STALE: dict[str, tuple[str, bool, int]] = {
    "a POST": ("POST", False, 2),
    "a POST that may be repeated": ("POST", True, 3),
    "a GET": ("GET", False, 3),
    "a HEAD": ("HEAD", False, 3),
    "a PUT": ("PUT", False, 2),
}


@pytest.mark.parametrize("fault", [hang_up, reset])
@pytest.mark.parametrize(("method", "may_repeat", "sent"), STALE.values(), ids=STALE)
def test_a_request_is_sent_anew_where_that_is_safe(
    method: str, may_repeat: bool, sent: int, fault: Callable[[Line], None]
) -> None:
    with serving(HELLO, fault) as (transport, server):
        assert ask(transport, server) == b"Hello"
        asked = dataclasses.replace(request(server.url), method=method, may_repeat=may_repeat)
        if sent == 3:
            transport.send(asked).close()
        else:
            with pytest.raises(ConnectionError):
                transport.send(asked)
        assert (len(server.received), server.connections) == (sent, sent - 1)


@pytest.mark.parametrize("begun", [b"H", b"HTTP/1.1 200 OK\r\n"])
def test_one_that_began_to_answer_is_not_asked_anew(begun: bytes) -> None:
    with serving(HELLO, (begun, reset)) as (transport, server):
        ask(transport, server)
        with pytest.raises((OSError, *transport.failures)):
            transport.send(dataclasses.replace(request(server.url), may_repeat=True))
        assert len(server.received) == 2


def test_a_new_one_is_not_asked_anew() -> None:
    with serving(hang_up) as (transport, server):
        with pytest.raises(ConnectionError):
            transport.send(dataclasses.replace(request(server.url), may_repeat=True))
        assert len(server.received) == 1


# -- slots


def test_many_threads_on_few_connections() -> None:
    most: list[int] = []

    def count(line: Line) -> None:
        most.append(server.open)
        line.send(LENGTH + line.request.body)

    with serving(then=count, max_connections=3) as (transport, server):
        questions = [b"%05d" % number for number in range(300)]
        with ThreadPoolExecutor(16) as threads:
            said = list(threads.map(lambda body: ask(transport, server, body=body), questions))
        assert said == questions
        assert max(most) <= 3 and server.connections == 3


def test_a_wait_for_a_place_ends_in_time() -> None:
    with serving((LENGTH, stall), max_connections=1) as (transport, server):
        held = transport.send(request(server.url))
        for times in ({"total": 0.05}, {"read": 0.05}):
            with pytest.raises(NoFreeConnectionError, match="all of 1 connections were in use"):
                transport.send(request(server.url, **times))  # type: ignore[arg-type]
        held.close()
        assert ask(transport, server) == b"Hello"


@pytest.mark.parametrize("how", ["abort", "close"])
def test_a_wait_for_a_place_is_ended_from_outside(how: str) -> None:
    with serving((LENGTH, stall), max_connections=1) as (transport, server):
        held = transport.send(request(server.url))
        with ThreadPoolExecutor() as threads:
            deadline = transport.deadline(request(server.url))
            waiting = threads.submit(transport.send_until, request(server.url), deadline)
            eventually(lambda: deadline._wake.__class__.__name__ == "partial")
            deadline.abort() if how == "abort" else transport.close()
            with pytest.raises(ClosedError):
                waiting.result(20)
        held.close()


def test_a_dropped_response_leaves_its_place() -> None:
    with serving((LENGTH, stall), max_connections=1) as (transport, server):
        held = [transport.send(request(server.url))]
        with ThreadPoolExecutor() as threads:
            waiting = threads.submit(ask, transport, server)
            held.clear()
            assert waiting.result(20) == b"Hello"
        eventually(lambda: server.open == 1)


def test_limits_that_nobody_has_leave_their_place_and_their_wait() -> None:
    """As of an exchange that an interrupt ended, with nobody to tell."""
    slots = Slots(1)
    first, second, third = patient(), patient(), patient()
    assert slots.acquire(first) and not slots.acquire(second) and not slots.acquire(third)
    assert not slots.acquire(second)  # it waits already
    del first, second
    gc.collect()
    assert slots.acquire(third)
    slots.release(third)
    assert slots.acquire(patient())


def test_who_waits_first_is_woken_first() -> None:
    slots, woken = Slots(1), []
    held, *waiting = [patient() for _ in range(4)]
    for number, deadline in enumerate(waiting):
        deadline.on_wake(lambda number=number: woken.append(number))  # type: ignore[misc]
    assert slots.acquire(held)
    assert [slots.acquire(deadline) for deadline in waiting] == [False] * 3
    slots.release(held)
    assert woken == [0]
    assert [slots.acquire(deadline) for deadline in (waiting[1], waiting[0])] == [False, True]
    del waiting[1]
    slots.release(waiting[0])
    slots.abort()
    assert woken[-1] == 2


def test_a_dead_wait_is_no_hindrance() -> None:
    slots = Slots(1)
    held = patient()
    assert slots.acquire(held)
    waiting: list[Deadline] = [patient()]
    assert not slots.acquire(waiting[0])
    waiting.clear()
    slots.release(held)
    slots.abort()
    assert slots.acquire(held)


# -- fork, and the end


@pytest.mark.native
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_process_has_connections_of_its_own() -> None:
    goes_on = threading.Event()
    with serving(HELLO, (LENGTH + b"Hel", gate(goes_on), b"lo")) as (transport, server):
        ask(transport, server)
        response = transport.send(request(server.url))
        lock = handler_of(transport)._slots._lock
        with lock:  # which the child has as another thread's
            child = os.fork()
            if not child:
                good = False
                try:
                    response.close()
                    good = ask(transport, server) == b"Hello"
                    transport.close()
                finally:
                    os._exit(0 if good else 1)
        assert os.waitpid(child, 0)[1] == 0
        goes_on.set()
        assert whole(response) == b"Hello"  # the child has not ended it
        assert response.release is not None
        response.release()


def test_what_is_the_parents_is_left_alone() -> None:
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


def handler_of(transport: UrllibTransport) -> KeepAliveHandler:
    handlers: list[Any] = transport._opener.handlers  # type: ignore[attr-defined]
    (ours,) = [handler for handler in handlers if isinstance(handler, KeepAliveHandler)]
    return ours


def test_what_nobody_has_any_more_is_closed() -> None:
    with serving() as (_, server):
        transport = UrllibTransport(proxies={})
        ask(transport, server)
        held = [transport.send(request(server.url))]
        gone = weakref.ref(transport)
        del transport
        assert gone() is not None and whole(held[0]) == b"Hello"  # its response has it
        held.clear()
        assert gone() is None
        eventually(lambda: server.open == 0)


def test_an_exchange_that_outlives_a_close_keeps_no_connection() -> None:
    """It was told to end, and did so in good order before it heard of it."""
    with serving() as (transport, server):
        response = transport.send(request(server.url))
        assert whole(response) == b"Hello"
        transport.close()
        assert response.release is not None
        response.release()
        eventually(lambda: server.open == 0)
