"""The life of a `MockServer`: what it opens, it closes, in time and without a trace."""

from __future__ import annotations

import gc
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from mistral_proto import ChatCompletionRequest
from mistral_proto.testing import Fault, MockServer, RawReply, answer_by_rules
from mistral_proto.testing.replies import Reply
from tests.testing.raw import (
    TIMEOUT,
    address,
    ask,
    connect,
    eventually,
    exchange,
    post,
    read_until,
    request_bytes,
    send,
)

# More than what the sockets of both sides hold.
LARGE = RawReply([b"x" * 65536] * 512, headers={"content-type": "text/plain"})
# Far more than any of these tests may last.
LONG = 600.0


def descriptors() -> int:
    """How many files and sockets the process has open."""
    return len(os.listdir("/dev/fd"))


@pytest.fixture(autouse=True)
def _no_trace() -> Iterator[None]:
    gc.collect()  # of earlier tests, so that only ours is counted
    threads, files = set(threading.enumerate()), descriptors()
    yield
    # A socket that is merely dropped would warn here, and fail the test.
    gc.collect()
    assert set(threading.enumerate()) <= threads
    assert descriptors() <= files


def opened(server: MockServer, data: bytes) -> socket.socket:
    """A connection that the server knows of, with data that may not yet be read."""
    before = server.connections
    connection = send(server, data)
    eventually(lambda: server.connections > before)
    return connection


def asked(server: MockServer, data: bytes) -> socket.socket:
    """A connection with a request that the server has read, and taken a reply for."""
    before = len(server.requests)
    connection = send(server, data)
    eventually(lambda: len(server.requests) > before)
    return connection


def idle(server: MockServer) -> socket.socket:
    return opened(server, b"")


def kept_alive(server: MockServer) -> socket.socket:
    connection = send(server, request_bytes(ask()))
    read_until(connection, b"}")
    return connection


def half_a_line(server: MockServer) -> socket.socket:
    return opened(server, b"POST /v1/ch")


def half_a_body(server: MockServer) -> socket.socket:
    return opened(server, request_bytes(ask())[:-1])


def stalled(server: MockServer) -> socket.socket:
    server.reply(Fault.stall)
    return asked(server, request_bytes(ask()))


def stalled_in_a_stream(server: MockServer) -> socket.socket:
    server.reply(Fault.stall_stream)
    connection = send(server, request_bytes(ask(stream=True)))
    read_until(connection, b"\n\n\r\n")
    return connection


def in_a_slow_stream(server: MockServer) -> socket.socket:
    server.pace = LONG
    connection = send(server, request_bytes(ask(stream=True)))
    read_until(connection, b"\n\n\r\n")
    return connection


def in_a_slow_raw_reply(server: MockServer) -> socket.socket:
    server.reply(RawReply([b"one", b"two"], pace=LONG))
    connection = send(server, request_bytes(ask()))
    read_until(connection, b"one\r\n")
    return connection


def without_reading(server: MockServer) -> socket.socket:
    server.reply(LARGE)
    connection = asked(server, request_bytes(ask()))
    assert connection.recv(1)
    return connection


def gone_in_a_stream(server: MockServer) -> socket.socket:
    connection = in_a_slow_stream(server)
    connection.close()
    return connection


def reset_in_a_stream(server: MockServer) -> socket.socket:
    connection = in_a_slow_stream(server)
    # Lingering for zero seconds turns the close into a reset.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    return connection


STATES: list[Callable[[MockServer], socket.socket]] = [
    idle,
    kept_alive,
    half_a_line,
    half_a_body,
    stalled,
    stalled_in_a_stream,
    in_a_slow_stream,
    in_a_slow_raw_reply,
    without_reading,
    gone_in_a_stream,
    reset_in_a_stream,
]


def drain(connection: socket.socket) -> bytes:
    """Return what comes last, in good order or not, but not for ever."""
    last = b""
    try:
        while data := connection.recv(1 << 20):
            last = data
    except ConnectionError:
        pass
    return last


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
@pytest.mark.parametrize("raised", [False, True], ids=["at its end", "by an exception"])
def test_leaving_the_block_closes_everything(
    state: Callable[[MockServer], socket.socket], raised: bool
) -> None:
    connection = None
    try:
        with MockServer() as server:
            connection = state(server)
            host, port = address(server)
            started = time.monotonic()
            if raised:
                raise LookupError
    except LookupError:
        assert raised
    assert time.monotonic() - started < 8
    assert connection is not None
    with closing(connection):
        if connection.fileno() != -1:
            assert not drain(connection).endswith(b"[DONE]\n\n\r\n0\r\n\r\n")
    assert server.open_connections == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, port), timeout=TIMEOUT)


def test_leaving_the_block_with_all_of_these_at_once() -> None:
    with MockServer() as server:
        connections = [state(server) for state in STATES for _ in range(3)]
        eventually(lambda: server.connections == len(connections))
        started = time.monotonic()
    assert time.monotonic() - started < 8
    for connection in connections:
        connection.close()


def test_a_client_that_is_gone_before_its_answer_leaves_nothing_behind() -> None:
    gone = threading.Event()

    def answer_late(_: ChatCompletionRequest) -> Reply:
        assert gone.wait(TIMEOUT)
        return "too late"

    with MockServer([answer_late], default="Hi") as server:
        with closing(asked(server, request_bytes(ask()))) as connection:
            # Lingering for zero seconds turns the close into a reset.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        gone.set()
        eventually(lambda: server.open_connections == 0)
        assert post(server, ask()).status == 200


def test_a_connection_is_counted_and_forgotten() -> None:
    with MockServer() as server:
        assert (server.connections, server.open_connections) == (0, 0)
        with closing(connect(server)) as one, closing(connect(server)) as two:
            exchange(one, ask())
            assert (server.connections, server.open_connections) == (1, 1)
            exchange(two, ask())
            exchange(one, ask())
            assert (server.connections, server.open_connections) == (2, 2)
            two.close()
            eventually(lambda: server.open_connections == 1)
        eventually(lambda: server.open_connections == 0)
        post(server, ask())
        assert server.connections == 3


def test_a_server_may_be_used_again() -> None:
    server = MockServer(["one", "two"], default=answer_by_rules)
    said = []
    for _ in range(3):
        with server:
            said.append(post(server, ask()).document["choices"][0]["message"]["content"])
            assert server.open_connections <= 1
        assert server.open_connections == 0
    assert said == ["one", "two", "You said: Hi there"]
    assert (len(server.requests), server.connections) == (3, 3)


def test_a_server_that_is_used_again_paces_and_stalls_again() -> None:
    server = MockServer()
    for _ in range(2):
        server.pace = 0.0
        with server:
            for state in (stalled, stalled_in_a_stream, in_a_slow_stream):
                with closing(state(server)) as connection:
                    connection.settimeout(0.02)
                    with pytest.raises(TimeoutError):
                        while connection.recv(1000):
                            pass


def test_two_servers_at_once() -> None:
    with MockServer(["one"]) as one, MockServer(["two"]) as two:
        assert one.url != two.url
        assert b'"two"' in post(two, ask()).body
        assert b'"one"' in post(one, ask()).body
    assert len(one.requests) == len(two.requests) == 1


def test_there_is_a_url_inside_the_block_only() -> None:
    server = MockServer()
    with pytest.raises(RuntimeError, match="with block"):
        server.url
    with server as entered:
        assert entered is server
        assert server.url.startswith("http://127.0.0.1:")
    with pytest.raises(RuntimeError, match="with block"):
        server.url


def test_many_requests_at_once() -> None:
    clients, each = 32, 10

    def run(number: int) -> list[str]:
        with closing(connect(server)) as connection:
            return [
                exchange(
                    connection, ask(messages=[{"role": "user", "content": f"{number}/{i}"}])
                ).document["choices"][0]["message"]["content"]
                for i in range(each)
            ]

    with MockServer() as server, ThreadPoolExecutor(clients) as pool:
        said = list(pool.map(run, range(clients)))
        assert server.connections == clients
    assert said == [[f"You said: {number}/{i}" for i in range(each)] for number in range(clients)]
    assert len(server.requests) == clients * each
    bodies = {one.body for one in server.requests}
    assert len(bodies) == clients * each


def test_many_clients_get_each_reply_once() -> None:
    count = 64
    with MockServer([str(number) for number in range(count)]) as server:
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: post(server, ask()), range(count)))
    said = [answer.document["choices"][0]["message"]["content"] for answer in answers]
    assert sorted(said, key=int) == [str(number) for number in range(count)]


def test_many_connections_in_the_same_instant() -> None:
    with MockServer() as server:
        connections = [send(server, request_bytes(ask(), "Connection: close")) for _ in range(200)]
        for connection in connections:
            with closing(connection):
                drain(connection)
        eventually(lambda: server.open_connections == 0)
        assert server.connections == len(server.requests) == 200
