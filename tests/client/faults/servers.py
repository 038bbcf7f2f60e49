"""Servers that fail on purpose, as they are told, and count what reaches them.

A script is what a server does with one request: bytes to send, a step such as `hang_up`, or
several of these in a row.  A connection stays open for the next request unless a step ends it.
"""

from __future__ import annotations

import itertools
import json
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Union

from tests.client.support import (
    DONE,
    WHOLE,
    Received,
    ScriptedServer,
    _read_request,
    answer,
    piece,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

WAIT = 20.0
"""Seconds after which a gate that nobody opens fails its test, and a client that stays is left."""
_PACE = 0.002

EVENTS_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
LAST_CHUNK = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body (RFC 9112, section 7.1)."""
    return b"%x\r\n%s\r\n" % (len(data), data)


class Line:
    """One connection, as the server has it, and the request that is to be answered."""

    def __init__(self, connection: socket.socket, number: int) -> None:
        self.connection = connection
        self.number = number
        self.request = Received("", {}, b"")
        self.passed = bytearray()
        self.ended = False

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def is_left(self, within: float) -> bool:
        """Whether the client ends the connection within so many seconds."""
        ready, _, _ = select.select([self.connection], [], [], within)
        return bool(ready) and not self.connection.recv(65536)

    def hear_out(self) -> None:
        """Wait until the client ends the connection."""
        self.ended = True
        self.connection.settimeout(WAIT)
        while self.connection.recv(65536):
            pass

    @property
    def wants_stream(self) -> bool:
        return json.loads(self.request.body).get("stream") is True


Step = Union[bytes, Callable[[Line], None]]
Script = Union[Step, tuple[Step, ...]]


# -- steps


def hang_up(line: Line) -> None:
    """End our side; the connection counts as open until the client ends its own."""
    line.connection.shutdown(socket.SHUT_WR)
    line.hear_out()


def reset(line: Line) -> None:
    """Lingering for zero seconds turns the close into a reset."""
    line.ended = True
    line.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.connection.close()


def stall(line: Line) -> None:
    """Say nothing more, for as long as the client stays."""
    line.hear_out()


def drip(*endless: bytes) -> Step:
    """These over and over, each a few milliseconds after the last, while the client stays."""

    def step(line: Line) -> None:
        line.ended = True
        until = time.monotonic() + WAIT
        for data in itertools.cycle(endless):
            line.send(data)
            if line.is_left(_PACE) or time.monotonic() > until:
                return

    return step


def flood(data: bytes) -> Step:
    """The same as fast as it goes, while the client stays."""

    def step(line: Line) -> None:
        line.ended = True
        until = time.monotonic() + WAIT
        while time.monotonic() < until:
            line.send(data)

    return step


def gate(event: threading.Event) -> Step:
    """Go on when the test says so."""

    def step(line: Line) -> None:
        assert event.wait(WAIT)

    return step


def good(line: Line) -> None:
    """The answer "Bonjour", whole or streamed, as the request wants it."""
    if line.wants_stream:
        line.send(EVENTS_HEAD + chunk(piece("Bonjour", "stop")) + chunk(DONE) + LAST_CHUNK)
    else:
        line.send(answer(200, WHOLE, "content-type: application/json"))


def echo(line: Line) -> None:
    """Say the last message back, in one piece or in three."""
    said = json.loads(line.request.body)["messages"][-1]["content"]
    if line.wants_stream:
        third = -(-len(said) // 3)
        parts = [said[start : start + third] for start in range(0, len(said), third)]
        events = b"".join([chunk(piece(part)) for part in parts])
        line.send(EVENTS_HEAD + events + chunk(piece("", "stop")) + chunk(DONE) + LAST_CHUNK)
    else:
        line.send(answer(200, WHOLE.replace(b"Bonjour", said.encode())))


# -- servers


class FaultServer(ScriptedServer):
    """A server on loopback with one script a request, and many requests a connection.

    Args:
        scripts: what to do with the first requests, in order.
        then: what to do with every further one.
        speaks_first: whether the first script of a connection does not wait for a request.
    """

    def __init__(
        self,
        *scripts: Script,
        then: Script = good,
        context: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        speaks_first: bool = False,
    ) -> None:
        super().__init__(context=context, host=host)
        self.turns = list(scripts)
        self.then = then
        self.lines: list[Line] = []
        self._speaks_first = speaks_first
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._idle: set[socket.socket] = set()
        self._stopping = False

    @property
    def open(self) -> int:
        """How many connections are open now."""
        with self._lock:
            return len(self._open)

    @property
    def idle(self) -> int:
        """How many of them wait for a request."""
        with self._lock:
            return len(self._idle)

    def close_idle(self) -> None:
        """End every connection that waits for a request."""
        with self._lock:
            idle = list(self._idle)
        _shut_down(idle)

    def __enter__(self) -> FaultServer:
        super().__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            self._stopping = True
            _shut_down(self._open)
        super().__exit__(exc_type, exc, traceback)

    def _serve(self, connection: socket.socket) -> None:
        if self._context is not None:
            connection = self._context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(3 * WAIT)  # for a test that went wrong
        with self._lock:
            self._open.add(connection)
            line = Line(connection, len(self.lines))
            self.lines.append(line)
            if self._stopping:
                _shut_down([connection])
        # A client that goes away early is part of many tests.
        with suppress(OSError), connection:
            try:
                self._talk(line)
            finally:
                with self._lock:
                    self._open.discard(connection)

    def _talk(self, line: Line) -> None:
        handshake = getattr(line.connection, "do_handshake", None)
        if handshake is not None:  # it speaks TLS
            try:
                handshake()
            except OSError:
                # Under the layer of TLS: the connection is open until the client ends it.
                socket.socket.shutdown(line.connection, socket.SHUT_WR)
                while socket.socket.recv(line.connection, 65536):
                    pass
                return
        while not line.ended:
            if not self._speaks_first:
                with self._lock:
                    self._idle.add(line.connection)
                try:
                    received = _read_request(line.connection)
                finally:
                    with self._lock:
                        self._idle.discard(line.connection)
                if received is None:
                    return
                line.request = received
                with self._lock:
                    self.received.append(received)
            with self._lock:
                script = self.turns.pop(0) if self.turns else self.then
            for step in script if isinstance(script, tuple) else (script,):
                if isinstance(step, bytes):
                    line.send(step)
                else:
                    step(line)


def _shut_down(connections: Iterable[socket.socket]) -> None:
    for connection in connections:
        with suppress(OSError):  # the other side may have been faster
            # Not by way of TLS, which another thread is using.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)


def unused_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
