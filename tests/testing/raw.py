"""An independent HTTP client, which sees the bytes that a `MockServer` sends."""

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
HI = [{"role": "user", "content": "Hi there"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def ask(**fields: Any) -> dict[str, Any]:
    """Return a small valid request with further fields."""
    return {"model": "m", "messages": HI, **fields}


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> Any:
        """The content of the first choice."""
        return self.document["choices"][0]["message"]["content"]


def address(server: MockServer) -> tuple[str, int]:
    parts = urlsplit(server.url)
    assert parts.hostname is not None and parts.port is not None
    return parts.hostname, parts.port


def connect(server: MockServer) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(*address(server), timeout=TIMEOUT)


def exchange(
    connection: http.client.HTTPConnection,
    body: bytes | Mapping[str, Any],
    *,
    method: str = "POST",
    path: str = PATH,
    headers: Mapping[str, str] = {"Authorization": "Bearer k"},
) -> Answer:
    """Send a request and return the answer; the connection stays open."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(method, path, sent, dict(headers))
    response = connection.getresponse()
    received = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, received, response.read())


def post(server: MockServer, body: bytes | Mapping[str, Any], **options: Any) -> Answer:
    """Send a request on a new connection and return the answer."""
    with closing(connect(server)) as connection:
        return exchange(connection, body, **options)


def request_bytes(body: bytes | Mapping[str, Any], *headers: str) -> bytes:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    start = [f"POST {PATH} HTTP/1.1", "Host: localhost", "Authorization: Bearer k"]
    lines = [*start, f"Content-Length: {len(sent)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + sent


def send(server: MockServer, data: bytes) -> socket.socket:
    connection = socket.create_connection(address(server), timeout=TIMEOUT)
    connection.sendall(data)
    return connection


def read_to_end(connection: socket.socket) -> bytes:
    """Read until the other side closes; raise if it resets the connection."""
    received = b""
    while data := connection.recv(65536):
        received += data
    return received


def read_until(connection: socket.socket, end: bytes) -> bytes:
    """Read until the data so far ends with `end`; the connection stays open."""
    received = b""
    while not received.endswith(end):
        data = connection.recv(65536)
        assert data, f"closed after {received!r}"
        received += data
    return received


def wire(server: MockServer, body: bytes | Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Return the head and the body of an answer as sent, with the framing."""
    with closing(send(server, request_bytes(body, "Connection: close"))) as connection:
        head, _, rest = read_to_end(connection).partition(b"\r\n\r\n")
        return head.lower(), rest


def blocks(body: bytes) -> list[bytes]:
    """Return the blocks of a complete chunked body (RFC 9112, section 7.1)."""
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
    """Return the documents of an event stream, which must end with ``[DONE]``."""
    events = stream.decode("ascii").split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    assert all(event.startswith("data: ") for event in events[:-2])
    return [json.loads(event.removeprefix("data: ")) for event in events[:-2]]


def eventually(condition: Callable[[], object]) -> None:
    """Wait until another thread makes a condition true."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true in time"
        time.sleep(0.001)
