"""Requests, deadlines, and a server with a transport to it."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mistral_proto import HTTPRequest, HTTPResponse, UrllibTransport
from mistral_proto.transport.limits import Deadline
from tests.client.faults.servers import FaultServer, Script
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.testing.raw import eventually

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = OK + b"content-length: 5\r\n\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
HELLO = LENGTH + b"Hello"
WAIT = 20.0


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def request(
    url: str = "http://host",
    body: bytes = b"{}",
    *,
    connect: float = WAIT,
    read: float = WAIT,
    total: float = WAIT,
    method: str = "POST",
    may_repeat: bool = False,
    **headers: str,
) -> HTTPRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTPRequest(method, url, named, body, connect, read, total, may_repeat)


def long_deadline() -> Deadline:
    return Deadline(WAIT, WAIT, WAIT, time.monotonic)


@contextmanager
def serving(
    *scripts: Script, then: Script = HELLO, tls: bool = False, **options: Any
) -> Iterator[tuple[UrllibTransport, FaultServer]]:
    """A server and a transport, which leaves no connection open when it is closed."""
    with FaultServer(*scripts, then=then, context=LOCALHOST if tls else None) as server:
        if "opener" not in options:
            options = {"proxies": {}, "ssl_context": TRUST, **options}
        transport = UrllibTransport(**options)
        try:
            yield transport, server
        finally:
            transport.close()
        eventually(lambda: server.open == 0)


def whole(response: HTTPResponse) -> bytes:
    return b"".join(response.body)


def release(response: HTTPResponse) -> None:
    assert response.release is not None
    response.release()


def ask(transport: UrllibTransport, server: FaultServer, **options: Any) -> bytes:
    """Make a whole exchange, whose connection is kept, and return the body."""
    response = transport.send(request(server.url, **options))
    body = whole(response)
    release(response)
    return body


def one_by_one(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def at_random(data: bytes, random_: random.Random) -> list[bytes]:
    """Cut bytes into pieces of random sizes."""
    pieces = []
    while data:
        size = random_.choice([1, 2, 3, 7, 50, 1000])
        pieces.append(data[:size])
        data = data[size:]
    return pieces
