"""A client that knows nothing of the package: it sees the bytes of a `MockServer`."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from mistral_proto.testing import MockServer

PATH = "/v1/chat/completions"
TIMEOUT = 10.0

ASK = [{"role": "user", "content": "Hi there"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def ask(**fields: Any) -> dict[str, Any]:
    """A small valid request, with further fields."""
    return {"model": "m", "messages": ASK, **fields}


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


def address(server: MockServer) -> tuple[str, int]:
    parts = urlsplit(server.url)
    assert parts.hostname is not None and parts.port is not None
    return parts.hostname, parts.port


def connect(server: MockServer) -> http.client.HTTPConnection:
    host, port = address(server)
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT)


def exchange(
    connection: http.client.HTTPConnection,
    body: bytes | Mapping[str, Any],
    *,
    method: str = "POST",
    path: str = PATH,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request and its answer, on a connection that stays open."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"Authorization": "Bearer k"} if headers is None else dict(headers)
    connection.request(method, path, sent, given)
    response = connection.getresponse()
    return Answer(
        response.status,
        {name.lower(): value for name, value in response.getheaders()},
        response.read(),
    )


def post(server: MockServer, body: bytes | Mapping[str, Any], **how: Any) -> Answer:
    """One request and its answer, on a connection of its own."""
    with closing(connect(server)) as connection:
        return exchange(connection, body, **how)


def request_bytes(body: bytes | Mapping[str, Any], *headers: str) -> bytes:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"POST {PATH} HTTP/1.1",
        "Host: localhost",
        "Authorization: Bearer k",
        f"Content-Length: {len(sent)}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + sent


def send(server: MockServer, data: bytes) -> socket.socket:
    connection = socket.create_connection(address(server), timeout=TIMEOUT)
    connection.sendall(data)
    return connection


def read_to_end(connection: socket.socket) -> bytes:
    """All that comes until the other side closes; raises where it resets."""
    received = b""
    while data := connection.recv(65536):
        received += data
    return received


def read_until(connection: socket.socket, end: bytes) -> bytes:
    """What has come when it first ends with `end`; the connection stays open."""
    received = b""
    while not received.endswith(end):
        data = connection.recv(65536)
        assert data, f"closed after {received!r}"
        received += data
    return received


def wire(server: MockServer, body: bytes | Mapping[str, Any]) -> tuple[bytes, bytes]:
    """The head and the body of an answer as they stand on the wire, framing included."""
    with closing(send(server, request_bytes(body, "Connection: close"))) as connection:
        head, _, rest = read_to_end(connection).partition(b"\r\n\r\n")
        return head, rest


def blocks(body: bytes) -> list[bytes]:
    """The blocks of a chunked body (RFC 9112, section 7.1), which must end in good order."""
    found: list[bytes] = []
    while True:
        size, line_end, body = body.partition(b"\r\n")
        assert line_end
        length = int(size, 16)
        if length == 0:
            assert body == b"\r\n"
            return found
        assert body[length : length + 2] == b"\r\n"
        found.append(body[:length])
        body = body[length + 2 :]


def pieces(stream: bytes) -> list[Any]:
    """The documents of an event stream, which must end with ``[DONE]``."""
    events = stream.decode("ascii").split("\n\n")
    assert events.pop() == ""
    assert events.pop() == "data: [DONE]"
    assert all(event.startswith("data: ") for event in events)
    return [json.loads(event.removeprefix("data: ")) for event in events]


def eventually(condition: Callable[[], object]) -> None:
    """Wait for what another thread is about to do; fails when it does not."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.001)
