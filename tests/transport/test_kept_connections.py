"""When a connection may serve again, and how its responses end."""

from __future__ import annotations

import gzip
import threading

import pytest

from mistral_proto.transport.connections import HTTPConnection
from mistral_proto.transport.failures import ClosedError
from tests.client.faults.servers import Line, gate, hang_up, stall
from tests.testing.raw import eventually
from tests.transport.connected import CHUNKED, LENGTH, OK, ask, blocks, connected

# -- another exchange

# What follows the part of a body that was read, and whether another exchange may begin then.
LEFT: dict[str, tuple[bytes, bool]] = {
    "its end": (b"0\r\n\r\n", True),
    "a piece and the end": (b"1\r\nx\r\n0\r\n\r\n", True),
    "trailers and the end": (b"0\r\nx: y\r\n\r\n", True),
    "nothing": (b"", False),
    "half its end": (b"0\r\n", False),
    "a piece": (b"1\r\nx\r\n", False),
    "its end and more": (b"0\r\n\r\nmore", False),
    "junk": (b"junk\r\n", False),
}


@pytest.mark.parametrize(("data", "can"), LEFT.values(), ids=LEFT)
def test_what_is_left_of_an_answer(data: bytes, can: bool) -> None:
    goes_on, sent = threading.Event(), threading.Event()

    def tell(line: Line) -> None:
        sent.set()

    with connected((CHUNKED + b"5\r\nHello\r\n", gate(goes_on), data, tell)) as (connection, _):
        response = ask(connection)
        assert response.next_block() == b"Hello"
        connection.rest()
        assert connection.may_serve_again
        goes_on.set()
        assert sent.wait(20)
        if data:
            eventually(lambda: not connection._timed.is_quiet())  # type: ignore[union-attr]
        assert connection.can_serve_again() is can


@pytest.mark.parametrize(("size", "can"), [(100_000, True), (10**6, False)])
def test_much_that_is_left_is_not_read(size: int, can: bool) -> None:
    # A few bytes are there at once, and are many when they are unpacked.
    packed = gzip.compress(bytes(size), mtime=0)
    head = OK + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed)
    with connected(head + packed) as (connection, _):
        first = ask(connection).next_block()
        assert 0 < len(first) < size
        connection.rest()
        assert connection.can_serve_again() is can


def test_several_exchanges() -> None:
    with connected(LENGTH + b"Hello", CHUNKED + b"2\r\nHi\r\n0\r\n\r\n", LENGTH + b"Again") as (
        connection,
        server,
    ):
        said = []
        for _ in range(3):
            response = ask(connection)
            assert connection.answered
            said.append(b"".join(blocks(response)))
            connection.rest()
            assert connection.may_serve_again and connection.can_serve_again()
        assert said == [b"Hello", b"Hi", b"Again"]
        assert server.connections == 1


def test_an_exchange_that_nobody_answers() -> None:
    with connected((LENGTH + b"Hello"), hang_up) as (connection, _):
        blocks(ask(connection))
        assert connection.answered and connection.can_serve_again()
        with pytest.raises(ConnectionError):
            ask(connection)
        assert not connection.answered  # nothing came of the second one


@pytest.mark.parametrize(
    "head", [OK + b"connection: close\r\ncontent-length: 5\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n"]
)
def test_the_last_answer_of_a_connection(head: bytes) -> None:
    with connected((head + b"Hello", hang_up)) as (connection, _):
        assert blocks(ask(connection)) == [b"Hello"]
        assert not connection.may_serve_again


def test_before_the_first_exchange() -> None:
    connection = HTTPConnection("127.0.0.1", 1)
    assert not connection.may_serve_again
    assert not connection.answered
    connection.interrupt()
    connection.rest()
    connection.discard()


def test_to_interrupt_ends_a_wait() -> None:
    with connected((LENGTH + b"Hel", stall)) as (connection, _):
        response = ask(connection)
        assert response.next_block() == b"Hel"
        connection.interrupt()
        with pytest.raises(ClosedError):
            response.next_block()


def test_what_rests_holds_no_limits() -> None:
    with connected(LENGTH + b"Hello") as (connection, _):
        blocks(ask(connection))
        connection.rest()
        assert connection._timed is not None
        assert connection._timed.limits.left() == 0


# -- closing


@pytest.mark.parametrize("first", ["close", "release"])
def test_a_response_is_closed_or_released_but_once(first: str) -> None:
    done: list[str] = []
    with connected(LENGTH + b"Hello") as (connection, _):
        response = ask(connection)
        response.on_close = lambda: done.append("close")
        response.on_release = lambda: done.append("release")
        getattr(response, first)()
        for _ in range(2):
            response.release()
            response.close()
    assert done == [first]


def test_a_response_of_nobody_may_be_closed() -> None:
    with connected(LENGTH + b"Hello") as (connection, server):
        response = ask(connection)
        response.release()
        response.close()
        assert server.open == 1  # nobody was asked to end its connection
