"""What the client's tests share: calls to make, a server that sends any bytes, bounded waits."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Union

from mistral_proto import (
    BackoffStrategy,
    ChatCompletionResponse,
    CompletionEvent,
    Mistral,
    MistralError,
    RetryConfig,
    UrllibTransport,
)
from mistral_proto.testing import MockServer
from tests.testing.raw import eventually

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

MODEL = "mistral-small-latest"
HI = [{"role": "user", "content": "Hi"}]
PATH = "/v1/chat/completions"

KEY = "sk-0123456789/abcdefghijklmnopqrstuvwxyz+ABCDEFGHIJKLMNOPQRSTUVWXYZ=="
"""Longer than an excerpt, and with characters that some servers escape in JSON."""

WHOLE = (
    b'{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"Bonjour"},"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}'
)


def piece(content: str, finish_reason: str | None = None, index: int = 0) -> bytes:
    """An event of a stream, as the API writes it."""
    reason = f'"{finish_reason}"' if finish_reason else "null"
    return (
        f'data: {{"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":'
        f'[{{"index":{index},"delta":{{"content":"{content}"}},"finish_reason":{reason}}}]}}\n\n'
    ).encode()


DONE = b"data: [DONE]\n\n"

Call = Callable[..., object]


def complete(mistral: Mistral, **parameters: Any) -> ChatCompletionResponse:
    return mistral.chat.complete(**{"model": MODEL, "messages": HI, **parameters})


def stream(mistral: Mistral, **parameters: Any) -> list[CompletionEvent]:
    """All the events of a stream, to its end."""
    with mistral.chat.stream(**{"model": MODEL, "messages": HI, **parameters}) as events:
        return list(events)


CALLS: dict[str, Call] = {"complete": complete, "stream": stream}


ONCE = RetryConfig("none", BackoffStrategy(0, 0, 1.0, 0, 0), False)
"""No call is tried again."""


def client(server: MockServer | ScriptedServer, **options: Any) -> Mistral:
    """A client that tries each call once, and keeps no connection.

    So whatever is open at the server is still in use.
    """
    settings = {
        "api_key": KEY,
        "server_url": server.url,
        "timeout_ms": 5000,
        "retry_config": ONCE,
        "transport": UrllibTransport(max_idle_connections=0),
        **options,
    }
    return Mistral(**settings)


def failure(call: Call, mistral: Mistral, **parameters: Any) -> MistralError:
    """The error in which a call ends."""
    try:
        result = call(mistral, **parameters)
    except MistralError as error:
        return error
    raise AssertionError(f"no error, but {result!r}")


def assert_all_closed(server: MockServer) -> None:
    eventually(lambda: server.open_connections == 0)


@dataclass(frozen=True)
class Received:
    """A request as a `ScriptedServer` received it; header names in lower case."""

    start: str
    headers: dict[str, str]
    body: bytes


Script = Union[bytes, Callable[[socket.socket], None]]
"""What to send once a request is there: bytes, or whatever a function does."""


def answer(status: int = 200, body: bytes = b"", headers: str = "") -> bytes:
    """A whole answer; `headers` are lines, without the last line's end."""
    lines = f"HTTP/1.1 {status} Whatever\r\ncontent-length: {len(body)}\r\n"
    return (lines + (f"{headers}\r\n" if headers else "") + "\r\n").encode("latin-1") + body


STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"


class ScriptedServer:
    """A server on loopback that sends exactly what it is told, one script a connection.

    For what a `MockServer` never does: answers that lie, gates between two
    events, paths of its own, TLS.
    """

    given_port = 0
    """The port to listen on; 0: any that is free."""

    def __init__(
        self, *scripts: Script, context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self._scripts = list(scripts)
        self._context = context
        self._host = host
        self._threads: list[threading.Thread] = []

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._context else 'http'}://{host}:{self.port}"

    def __enter__(self) -> ScriptedServer:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        self._listener = socket.create_server(
            (self._host, self.given_port), family=family, backlog=512
        )
        self._start(self._accept)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes `accept`
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        # A client that goes away early is part of many tests.
        try:
            with connection:
                connection.settimeout(10)
                if self._context is None:
                    self._answer(connection)
                else:
                    with self._context.wrap_socket(connection, server_side=True) as secure:
                        self._answer(secure)
        except OSError:
            pass

    def _answer(self, connection: socket.socket) -> None:
        received = _read_request(connection)
        if received is None:
            return
        self.received.append(received)
        script = self._scripts.pop(0) if self._scripts else b""
        if isinstance(script, bytes):
            connection.sendall(script)
        else:
            script(connection)


def _read_request(connection: socket.socket) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        block = connection.recv(65536)
        if not block:
            return None
        data += block
    head, _, body = data.partition(b"\r\n\r\n")
    start, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    length = int(headers.get("content-length", "0"))
    while len(body) < length:
        block = connection.recv(65536)
        if not block:
            return None
        body += block
    return Received(start, headers, body)
