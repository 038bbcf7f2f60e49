"""A `MockServer` closes in time everything that it opened."""

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

# More than the buffers of both sockets hold.
LARGE = RawReply([b"x" * 65536] * 512, headers={"content-type": "text/plain"})
LONG = 600.0
RESET = socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)


def open_files() -> int:
    return len(os.listdir("/dev/fd"))


@pytest.fixture(autouse=True)
def _nothing_stays_open() -> Iterator[None]:
    gc.collect()  # of earlier tests
    threads, files = set(threading.enumerate()), open_files()
    yield
    gc.collect()  # a socket that was not closed would warn here
    assert set(threading.enumerate()) <= threads
    assert open_files() <= files


def opened(server: MockServer, data: bytes) -> socket.socket:
    """Return a connection that the server has accepted."""
    before = server.connections
    connection = send(server, data)
    eventually(lambda: server.connections > before)
    return connection


def answered(server: MockServer, end: bytes, *, stream: bool = False) -> socket.socket:
    """Return a connection on which an answer has been read until `end`."""
    connection = send(server, request_bytes(ask(stream=stream)))
    read_until(connection, end)
    return connection


def stalled(server: MockServer) -> socket.socket:
    server.reply(Fault.stall)
    before = len(server.requests)
    connection = send(server, request_bytes(ask()))
    eventually(lambda: len(server.requests) > before)
    return connection


def stalled_in_a_stream(server: MockServer) -> socket.socket:
    server.reply(Fault.stall_stream)
    return answered(server, b"\n\n\r\n", stream=True)


def in_a_slow_stream(server: MockServer) -> socket.socket:
    server.pace = LONG
    return answered(server, b"\n\n\r\n", stream=True)


def in_a_slow_raw_reply(server: MockServer) -> socket.socket:
    server.reply(RawReply([b"one", b"two"], pace=LONG))
    return answered(server, b"one\r\n")


def not_reading(server: MockServer) -> socket.socket:
    server.reply(LARGE)
    connection = send(server, request_bytes(ask()))
    assert connection.recv(1)
    return connection


def gone(server: MockServer) -> socket.socket:
    connection = in_a_slow_stream(server)
    connection.close()
    return connection


def reset(server: MockServer) -> socket.socket:
    connection = in_a_slow_stream(server)
    connection.setsockopt(*RESET)
    connection.close()
    return connection


STATES: list[Callable[[MockServer], socket.socket]] = [
    lambda server: opened(server, b""),
    lambda server: opened(server, b"POST /v1/ch"),
    lambda server: opened(server, request_bytes(ask())[:-1]),
    lambda server: answered(server, b"}"),
    stalled,
    stalled_in_a_stream,
    in_a_slow_stream,
    in_a_slow_raw_reply,
    not_reading,
    gone,
    reset,
]


def drain(connection: socket.socket) -> bytes:
    """Read to the end or to a reset, and return what came last."""
    last = b""
    try:
        while data := connection.recv(1 << 20):
            last = data
    except ConnectionError:
        pass
    return last


def test_leaving_the_block_closes_everything() -> None:
    for is_raised in (False, True):
        for state in STATES:
            try:
                with MockServer() as server:
                    connection = state(server)
                    target = address(server)
                    started = time.monotonic()
                    if is_raised:
                        raise LookupError
            except LookupError:
                assert is_raised
            assert time.monotonic() - started < 8
            with closing(connection):
                if connection.fileno() != -1:
                    assert not drain(connection).endswith(b"[DONE]\n\n\r\n0\r\n\r\n")
            assert server.open_connections == 0
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(target, timeout=TIMEOUT)
    with MockServer() as server:
        connections = [state(server) for state in STATES for _ in range(3)]
        eventually(lambda: server.connections == len(connections))
        started = time.monotonic()
    assert time.monotonic() - started < 8
    for connection in connections:
        connection.close()


def test_a_client_that_leaves_before_its_answer() -> None:
    has_left = threading.Event()

    def answer_late(_: ChatCompletionRequest) -> Reply:
        assert has_left.wait(TIMEOUT)
        return "too late"

    with MockServer([answer_late], default="Hi") as server:
        with closing(send(server, request_bytes(ask()))) as connection:
            eventually(lambda: server.requests)
            connection.setsockopt(*RESET)
        has_left.set()
        eventually(lambda: server.open_connections == 0)
        assert post(server, ask()).status == 200


def test_connections_are_counted() -> None:
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


def test_a_server_can_be_started_again() -> None:
    server = MockServer(["one", "two"], default=answer_by_rules)
    texts = []
    for _ in range(3):
        with server:
            texts.append(post(server, ask()).text)
        assert server.open_connections == 0
    assert texts == ["one", "two", "You said: Hi there"]
    assert (len(server.requests), server.connections) == (3, 3)
    # Pauses and stalls last until the new end.
    for state in (stalled, in_a_slow_stream):
        with server, closing(state(server)) as connection:
            connection.settimeout(0.02)
            with pytest.raises(TimeoutError):
                while connection.recv(1000):
                    pass


def test_many_clients() -> None:
    def run(number: int) -> list[str]:
        messages = [{"role": "user", "content": str(number)}]
        with closing(connect(server)) as connection:
            return [exchange(connection, ask(messages=messages)).text for _ in range(4)]

    with MockServer([*"abcdefghijklmnop"], default=answer_by_rules) as server:
        with ThreadPoolExecutor(16) as pool:
            texts = [text for texts in pool.map(run, range(16)) for text in texts]
        assert (server.connections, len(server.requests)) == (16, 64)
    # Each reply is given once, and each other answer to its client.
    assert sorted(text for text in texts if len(text) == 1) == [*"abcdefghijklmnop"]
    for place, text in enumerate(texts):
        assert len(text) == 1 or text == f"You said: {place // 4}"


def test_many_connections_at_once() -> None:
    with MockServer() as server:
        connections = [send(server, request_bytes(ask(), "Connection: close")) for _ in range(200)]
        for connection in connections:
            with closing(connection):
                drain(connection)
        eventually(lambda: server.open_connections == 0)
        assert server.connections == len(server.requests) == 200
