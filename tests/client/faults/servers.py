"""A server that sends given bytes, and records requests and connections.

A script answers one request: bytes to send, a step such as `hang_up`, or several of these. A
connection stays open for the next request unless a step ends it.
"""

from __future__ import annotations

import itertools
import json
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Union

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

WAIT = 20.0  # seconds; then a step fails
_PACE = 0.002

PATH = "/v1/chat/completions"
WHOLE = (
    b'{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"Bonjour"},"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}'
)
DONE = b"data: [DONE]\n\n"
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
EVENTS_HEAD = STREAM_HEAD[:-2] + b"transfer-encoding: chunked\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


def piece(content: str, finish_reason: str | None = None, index: int = 0) -> bytes:
    """Return an event of a stream."""
    reason = f'"{finish_reason}"' if finish_reason else "null"
    return (
        f'data: {{"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":'
        f'[{{"index":{index},"delta":{{"content":"{content}"}},"finish_reason":{reason}}}]}}\n\n'
    ).encode()


def chunk(data: bytes) -> bytes:
    """Return one chunk of a body (RFC 9112, section 7.1)."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def answer(status: int = 200, body: bytes = b"", headers: str = "") -> bytes:
    """Return a whole answer; the last line of `headers` has no line end."""
    lines = f"HTTP/1.1 {status} Whatever\r\ncontent-length: {len(body)}\r\n"
    return (lines + (f"{headers}\r\n" if headers else "") + "\r\n").encode("latin-1") + body


@dataclass(frozen=True)
class Received:
    """A request; header names are in lower case."""

    start: str
    headers: dict[str, str]
    body: bytes


class Line:
    """A connection of the server, and the request that is answered now."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.request = Received("", {}, b"")
        self.passed = bytearray()  # through a tunnel
        self.ended = False
        self.open, self.idle = True, False

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def is_left(self, within: float) -> bool:
        """Return whether the client ends the connection within so many seconds."""
        ready, _, _ = select.select([self.connection], [], [], within)
        return bool(ready) and not self.connection.recv(65536)

    def hear_out(self) -> None:
        """Wait until the client ends the connection."""
        self.ended = True
        self.connection.settimeout(WAIT)
        while self.connection.recv(65536):
            pass

    def read_request(self) -> bool:
        """Wait for a request; return False if the client ends the connection instead."""
        data = bytearray()
        end, length = -1, 0
        while end < 0 or len(data) < end + 4 + length:
            block = self.connection.recv(65536)
            if not block:
                return False
            data += block
            if end < 0 <= (end := data.find(b"\r\n\r\n")):
                start, *lines = data[:end].decode("latin-1").split("\r\n")
                pairs = (line.partition(":") for line in lines)
                headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
                length = int(headers.get("content-length", "0"))
        self.request = Received(start, headers, bytes(data[end + 4 :]))
        return True

    @property
    def wants_stream(self) -> bool:
        return json.loads(self.request.body).get("stream") is True


Step = Union[bytes, Callable[[Line], None]]
Script = Union[Step, tuple[Step, ...]]


# -- steps


def hang_up(line: Line) -> None:
    """End this side of the connection, and wait until the client ends the other."""
    line.connection.shutdown(socket.SHUT_WR)
    line.hear_out()


def reset(line: Line) -> None:
    line.ended = True
    # Lingering for zero seconds turns the close into a reset.
    line.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.connection.close()


def stall(line: Line) -> None:
    """Send nothing until the client ends the connection."""
    line.hear_out()


def drip(*endless: bytes) -> Step:
    """Send the blocks again and again, slowly, until the client ends the connection."""

    def step(line: Line) -> None:
        line.ended = True
        until = time.monotonic() + WAIT
        for data in itertools.cycle(endless):
            line.send(data)
            if line.is_left(_PACE) or time.monotonic() > until:
                return

    return step


def flood(data: bytes) -> Step:
    """Send the block again and again, fast, until the client ends the connection."""

    def step(line: Line) -> None:
        line.ended = True
        until = time.monotonic() + WAIT
        while time.monotonic() < until:
            line.send(data)

    return step


def gate(event: threading.Event) -> Step:
    """Wait until the test sets the event."""

    def step(line: Line) -> None:
        assert event.wait(WAIT)

    return step


def streamed(*events: bytes) -> bytes:
    """Return a whole stream, each event in a chunk."""
    return EVENTS_HEAD + b"".join(map(chunk, events)) + LAST_CHUNK


def good(line: Line) -> None:
    """Send the answer "Bonjour", whole or as a stream."""
    whole = answer(200, WHOLE, "content-type: application/json")
    line.send(streamed(piece("Bonjour", "stop"), DONE) if line.wants_stream else whole)


def echo(line: Line) -> None:
    """Send the last message back, whole or as a stream of three events."""
    said = json.loads(line.request.body)["messages"][-1]["content"]
    if line.wants_stream:
        third = -(-len(said) // 3)
        parts = [piece(said[start : start + third]) for start in range(0, len(said), third)]
        line.send(streamed(*parts, piece("", "stop"), DONE))
    else:
        line.send(answer(200, WHOLE.replace(b"Bonjour", said.encode())))


# -- the server


class FaultServer:
    """A server on loopback.

    Args:
        scripts: the scripts of the first requests, in order.
        then: the script of all further requests.
        speaks_first: whether a script begins without a request.
    """

    def __init__(
        self,
        *scripts: Script,
        then: Script = good,
        context: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        speaks_first: bool = False,
    ) -> None:
        self.turns = list(scripts)
        self.then = then
        self.received: list[Received] = []
        self.lines: list[Line] = []
        self._context = context
        self._address = host, port
        self._speaks_first = speaks_first
        self._threads: list[threading.Thread] = []
        self._stopping = False

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        if self._context is not None:
            return f"https://localhost:{self.port}"  # the name of its certificate
        host = self._address[0]
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def connections(self) -> int:
        """The number of connections so far."""
        return len(self.lines)

    @property
    def open(self) -> int:
        """The number of connections that are open now."""
        return sum(line.open for line in self.lines)

    @property
    def idle(self) -> int:
        """The number of connections that wait for a request."""
        return sum(line.idle for line in self.lines)

    def close_idle(self) -> None:
        """End the connections that wait for a request."""
        _shut_down([line for line in self.lines if line.idle])

    def __enter__(self) -> FaultServer:
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        self._listener = socket.create_server(self._address, family=family, backlog=512)
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        _shut_down([line for line in self.lines if line.open])
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes `accept`
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        # The name distinguishes it from a thread of the client.
        thread = threading.Thread(target=target, args=arguments, daemon=True, name="server")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        if self._context is not None:
            connection = self._context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(3 * WAIT)  # for a test that went wrong
        line = Line(connection)
        self.lines.append(line)
        if self._stopping:
            _shut_down([line])
        with suppress(OSError), connection:  # in many tests the client closes it early
            try:
                self._talk(line)
            finally:
                line.open = False

    def _talk(self, line: Line) -> None:
        handshake = getattr(line.connection, "do_handshake", None)
        if handshake is not None:
            try:
                handshake()
            except OSError:
                # Without TLS: the connection is open until the client ends it.
                socket.socket.shutdown(line.connection, socket.SHUT_WR)
                while socket.socket.recv(line.connection, 65536):
                    pass
                return
        while not line.ended:
            if not self._speaks_first:
                line.idle = True
                try:
                    if not line.read_request():
                        return
                finally:
                    line.idle = False
                self.received.append(line.request)
            script = self.then
            with suppress(IndexError):
                script = self.turns.pop(0)
            for step in script if isinstance(script, tuple) else (script,):
                if isinstance(step, bytes):
                    line.send(step)
                else:
                    step(line)


def _shut_down(lines: list[Line]) -> None:
    for line in lines:
        with suppress(OSError):  # the client may have been faster
            # Not with TLS, which another thread is using.
            socket.socket.shutdown(line.connection, socket.SHUT_RDWR)


def unused_port() -> int:
    """Return a port without a listener."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
