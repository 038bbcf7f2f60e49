"""A `MockServer` closes in time everything that it opened."""

from __future__ import annotations

import gc
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from mistral_proto import ChatCompletionRequest
from mistral_proto.testing import Fault, MockServer, RawReply, answer_by_rules
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

LONG = 600.0
RESET = socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
REQUEST, STREAM = request_bytes(ask()), request_bytes(ask(stream=True))
# More than the buffers of both sockets hold.
LARGE = RawReply([b"x" * 65536] * 512, headers={"content-type": "text/plain"})
# A reply, the bytes of the client, and the end of those that it reads.
STATES: list[tuple[Any, bytes, bytes]] = [
    (answer_by_rules, REQUEST, b"}"),
    (answer_by_rules, STREAM, b"\n\n\r\n"),
    (Fault.stall, REQUEST, b""),
    (Fault.stall_stream, STREAM, b"\n\n\r\n"),
    (RawReply([b"one", b"two"], pace=LONG), REQUEST, b"one\r\n"),
    (LARGE, REQUEST, b"x"),
    # Without a request, which would get the reply.
    (answer_by_rules, b"", b""),
    (answer_by_rules, b"POST /v1/ch", b""),
    (answer_by_rules, REQUEST[:-1], b""),
]


def connected(server: MockServer, state: tuple[Any, bytes, bytes]) -> socket.socket:
    reply, data, end = state
    server.reply(reply)
    accepted = server.connections + 1
    received = len(server.requests) + (data in (REQUEST, STREAM))
    connection = send(server, data)
    eventually(lambda: (server.connections, len(server.requests)) == (accepted, received))
    read_until(connection, end)
    return connection


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
    for states in (*([state] for state in STATES), STATES[:-3] * 3 + STATES[-3:]):
        with MockServer(pace=LONG) as server:
            connections = [connected(server, state) for state in states]
            target = address(server)
            started = time.monotonic()
        assert time.monotonic() - started < 8
        assert server.open_connections == 0
        for connection in connections:
            with closing(connection):
                assert not drain(connection).endswith(b"[DONE]\n\n\r\n0\r\n\r\n")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(target, timeout=TIMEOUT)


def test_a_client_that_leaves_before_its_answer() -> None:
    has_left = threading.Event()

    def answer_late(_: ChatCompletionRequest) -> str:
        assert has_left.wait(TIMEOUT)
        return "too late"

    with MockServer([answer_late], default="Hi") as server:
        with closing(send(server, request_bytes(ask()))) as connection:
            eventually(lambda: server.requests)
            connection.setsockopt(*RESET)
        has_left.set()
        eventually(lambda: server.open_connections == 0)
        assert post(server, ask()).status == 200


def test_a_server_can_be_started_again() -> None:
    server = MockServer(["one", "two"], default=answer_by_rules)
    texts = []
    for _ in range(3):
        with server:
            texts.append(post(server, ask()).text)
    assert texts == ["one", "two", "You said: Hi there"]
    assert (len(server.requests), server.connections) == (3, 3)
    # Pauses and stalls last until the new end.
    server.pace = LONG
    for state in STATES[1:3]:
        with server, closing(connected(server, state)) as connection:
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
