"""Steps of a `FaultServer` that is a proxy."""

from __future__ import annotations

import base64
import select
import socket
from urllib.parse import urlsplit

from tests.client.faults.servers import WAIT, FaultServer, Line, Script, Step, answer, hang_up

USER, PASSWORD = "who", "p@ss word"


def forward(line: Line, behind: bytes = b"") -> None:
    """Forward a request to this machine, or all that comes through a tunnel.

    `behind` is sent without TLS after the answer to CONNECT.
    """
    method, target, _ = line.request.start.split(" ")
    is_tunnel = method == "CONNECT"
    port = urlsplit(f"//{target}" if is_tunnel else target).port
    assert port is not None
    line.ended = True
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT) as upstream:
        if is_tunnel:
            line.send(b"HTTP/1.1 200 Connection established\r\n\r\n" + behind)
        else:
            upstream.sendall(_as_it_came(line))
        if not _pump(line, upstream):
            return
    hang_up(line)


def _as_it_came(line: Line) -> bytes:
    # Without headers for the proxy alone (RFC 9110, section 11.7.2).
    lines = [f"{name}: {value}" for name, value in line.request.headers.items()]
    lines = [text for text in lines if not text.startswith("proxy-")]
    return "\r\n".join([line.request.start, *lines, "", ""]).encode("latin-1") + line.request.body


def _pump(line: Line, upstream: socket.socket) -> bool:
    """Forward both ways until one side ends; return whether that was the server."""
    while True:
        ready, _, _ = select.select([line.connection, upstream], [], [])
        if upstream in ready:
            data = upstream.recv(65536)
            if not data:
                return True
            line.send(data)
        if line.connection in ready:
            data = line.connection.recv(65536)
            if not data:
                return False
            line.passed += data
            upstream.sendall(data)


def refuse(status: int) -> Script:
    return answer(status, b"not through here", "content-type: text/plain")


def wants_authentication(then: Step = forward) -> Step:
    """Forward requests with the right user and password, and refuse others with 407."""
    pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    def step(line: Line) -> None:
        if line.request.headers.get("proxy-authorization") != f"Basic {pair}":
            line.send(answer(407, b"", 'proxy-authenticate: Basic realm="tests"'))
        elif isinstance(then, bytes):
            line.send(then)
        else:
            then(line)

    return step


def all_that_came(server: FaultServer) -> str:
    """Return everything that a server received, as one text."""
    texts = [f"{one.start}\n{one.headers}\n{one.body!r}" for one in server.received]
    return "\n".join([*texts, *[line.passed.decode("latin-1") for line in server.lines]])
