"""A real HTTP server on loopback that speaks the chat protocol."""

from __future__ import annotations

import re
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from .. import json_text
from ..client.redaction import Secret, header_secrets, redactor
from ..errors import ValidationError, one_line
from ..protocol.messages import AssistantMessage
from ..protocol.request import ChatCompletionRequest
from ..protocol.response import ChatCompletionResponse, ChatCompletionStreamResponse
from ..retry import check_type
from ..transport.failures import NETWORK_ERRORS
from . import model
from .replies import (
    ErrorReply,
    ErrorShape,
    Fault,
    RawReply,
    Reply,
    StreamReply,
    check_reply,
    is_reply,
    refusal,
)

if TYPE_CHECKING:
    from email.message import Message
    from typing import Any, NoReturn

    from typing_extensions import Self

    from ..json_text import JSONValue

__all__ = ["MockServer", "ReceivedRequest"]

PATH = "/v1/chat/completions"
MAX_BODY = 64 * 1024 * 1024
_MAX_LINE = 64 * 1024
_MODELS = ("GET", "/v1/models")
_KEYS = "key|token|secret|pass|auth|sig"
_FIRST_EVENTS = 2
_HANDLERS_SECONDS = 10.0
"""How long `stop` waits for reply functions that are still at work."""


@dataclass(frozen=True)
class ReceivedRequest:
    """What a `MockServer` received: as bytes and, where it is valid, as the type.

    Header names are in lower case; the repr is without what may have the key.
    """

    method: str
    path: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes
    request: ChatCompletionRequest | None

    @property
    def endpoint(self) -> str:
        """The path without the query, which may have a key."""
        return self.path.partition("?")[0]

    @property
    def document(self) -> JSONValue:
        """The body as JSON; None where it is none."""
        try:
            return json_text.loads(self.body)
        except ValidationError:
            return None

    def redactor(self) -> Callable[[str], str]:
        """Return what takes the keys of the headers, the query and `api_key` out of a text."""
        query = parse_qsl(self.path.partition("?")[2])
        keys = [Secret(value) for name, value in query if re.search(_KEYS, name, re.IGNORECASE)]
        document = self.document
        if isinstance(document, dict) and isinstance(key := document.get("api_key"), str):
            keys.append(Secret(key))
        redact = redactor(*header_secrets(self.headers), *keys)
        return lambda text: "".join([redact(line) for line in text.splitlines(keepends=True)])


class MockServer:
    """A server on 127.0.0.1 that answers chat requests over real HTTP.

    A context manager: it listens inside its ``with`` block, and after it every
    connection is closed.  It refuses a request that is not valid with 422, as the
    API does.  Without `replies` and `default`, `answer_by_rules` gives every answer.
    ``GET /v1/models`` lists two models.

    A mistake in a test is not hidden: what a reply function raises, a reply that is
    none, and a request for which no reply is left answer 500 with
    ``x-should-retry: false``; at the end, `stop` and the ``with`` block raise the
    first of them, in place of an `Exception` of the block's own.

    Args:
        replies: what to answer, in order (see `reply`), or one reply.
        default: what to answer when there are no replies left.
        api_key: the key that requests must carry; None: any key.
        pace: seconds between the events of a stream.
        error_shape: the shape of 401, 404 and 422 answers.
        port: where to listen; 0: on a free port.
        strict: whether a parameter that the API does not know is refused; else it
            is ignored, as compatible servers do.

    Raises:
        TypeError: a reply is none.

    >>> from mistral_proto import Mistral
    >>> with MockServer(["Bonjour"]) as server:
    ...     with Mistral(api_key="k", server_url=server.url) as mistral:
    ...         res = mistral.chat.complete(
    ...             model="m", messages=[{"role": "user", "content": "Hi"}]
    ...         )
    >>> res.choices[0].message.text
    'Bonjour'
    """

    requests: list[ReceivedRequest]
    """Every request so far, in the order of their arrival, valid or not."""
    connections: int
    """How many connections were opened so far."""
    log: Callable[[str], object] | None = None
    """What is called with a line about each request, such as `print`."""

    def __init__(
        self,
        replies: Reply | Sequence[Reply] | None = None,
        *,
        default: Reply | None = None,
        api_key: str | None = None,
        pace: float = 0.0,
        error_shape: ErrorShape = ErrorShape.detail,
        port: int = 0,
        strict: bool = True,
    ) -> None:
        if default is None and replies is None:
            default = model.answer_by_rules
        if default is not None:
            check_reply("default", default)
        self.requests = []
        self.connections = 0
        self.pace = pace
        self.error_shape = error_shape
        self._api_key = api_key
        self._port = port
        self._strict = strict
        self._default = default
        self._replies: deque[Reply] = deque()
        self._failures: list[BaseException] = []
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._stopping = threading.Event()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        script: Any = () if replies is None else [replies] if is_reply(replies) else replies
        check_type("replies", script, "a reply or a list of replies", Sequence)
        self.reply(*script)

    @property
    def url(self) -> str:
        """The server's URL, such as ``http://127.0.0.1:41234``; a `server_url`."""
        if self._server is None:
            raise RuntimeError("the server does not listen: use it in a with block, or start it")
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a server can't be pickled; its url can")

    @property
    def open_connections(self) -> int:
        """How many connections are open now."""
        with self._lock:
            return len(self._open)

    def reply(self, *replies: Reply) -> None:
        """Add answers to be given, in order, to the next valid requests.

        A reply is a text, an `AssistantMessage`, a `ChatCompletionResponse`, a
        `StreamReply`, an `ErrorReply`, a `RawReply`, a `Fault`, or a function
        that makes one of these of the request.

        Raises:
            TypeError: one is none of these.
        """
        for number, reply in enumerate(replies):
            check_reply(f"replies[{number}]", reply)
        with self._lock:
            self._replies.extend(replies)

    def start(self) -> Self:
        """Listen, until `stop`.  What `__enter__` does.

        Raises:
            RuntimeError: it listens already.
            OSError: the port can't be had.
        """
        if self._server is not None:
            raise RuntimeError("the server listens already")
        self._stopping.clear()
        self._server = _Server(("127.0.0.1", self._port), _Handler)
        self._server.mock = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every connection, listen no more, and raise what failed.

        The second time it does nothing.
        """
        self._close()
        self._raise_failures()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self._close()
        if error is None or isinstance(error, Exception):
            self._raise_failures()

    def _close(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        assert self._thread is not None
        self._stopping.set()
        server.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):  # the other side may have been faster
                    connection.shutdown(socket.SHUT_RDWR)
        until = time.monotonic() + _HANDLERS_SECONDS
        for handler in server.handlers:
            if handler is not threading.current_thread():  # of a reply function that stops it
                handler.join(max(0.0, until - time.monotonic()))
        server.server_close()

    def _raise_failures(self) -> None:
        failures, self._failures = self._failures, []
        if failures:
            # As `add_note` does, which Python 3.10 lacks.
            notes = dict.fromkeys(f"A later request failed, too: {e!r}" for e in failures[1:])
            vars(failures[0]).setdefault("__notes__", []).extend(notes)
            raise failures[0]

    # -- called by the handlers, each in a thread of its own

    def _opened(self, connection: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            self._open.add(connection)

    def _closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def _answer(self, received: ReceivedRequest, problem: ValidationError | None) -> Reply:
        with self._lock:
            self.requests.append(received)
        try:
            reply = self._reply_to(received, problem)
            while callable(reply):
                assert received.request is not None
                reply = reply(received.request)
                check_reply("what a reply function returns", reply)
        except BaseException as error:  # such as `pytest.fail` raises
            self._failures.append(error)
            headers = {"x-should-retry": "false"}
            reply = ErrorReply(500, f"the test's server failed: {error!r}", headers=headers)
        return reply

    def _tell(self, received: ReceivedRequest, reply: Reply) -> None:
        if self.log is None:
            return
        words = [received.method, received.endpoint]
        document = received.document
        if isinstance(document, dict):
            words += [str(document["model"])] if "model" in document else []
            words += ["stream"] * (document.get("stream") is True)
        words.append(str(reply if isinstance(reply, Fault) else getattr(reply, "status", 200)))
        if isinstance(reply, ErrorReply):
            words.append(reply.message)
        self.log(received.redactor()(one_line(" ".join(words))))

    def _reply_to(self, received: ReceivedRequest, problem: ValidationError | None) -> Reply:
        asked = (received.method, received.endpoint)
        if asked not in (("POST", PATH), _MODELS):
            return ErrorReply(404, "no Route matched with those values", self.error_shape)
        key = received.headers.get("authorization", "").removeprefix("Bearer ")
        if not key or self._api_key not in (None, key):
            return ErrorReply(401, "Unauthorized", self.error_shape)
        if asked == _MODELS:
            return model.models()
        if problem is not None:
            return refusal(problem, self.error_shape, received.document)
        return self._next(received)

    def _next(self, received: ReceivedRequest) -> Reply:
        with self._lock:
            reply = self._replies.popleft() if self._replies else self._default
        if reply is None:
            raise AssertionError("there is no reply left for a request, and no default")
        return reply


def _read(body: bytes, strict: bool) -> ChatCompletionRequest:
    """Return the request, without what the API does not know where that is not strict."""
    document: Any = json_text.loads(body, unique_keys=True)
    while True:
        try:
            return ChatCompletionRequest.from_dict(document, strict=True)
        except ValidationError as error:
            unknown = [each.path for each in error.problems if each.type == "extra_forbidden"]
            if strict or not unknown:
                raise
            for *steps, name in unknown:
                place = document
                for step in steps:
                    place = place[step]
                del place[name]


def _lowercase(headers: Mapping[str, str] | Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


class _Server(ThreadingHTTPServer):
    mock: MockServer
    handlers: Sequence[threading.Thread] = ()
    allow_reuse_port = False  # which lets two servers have the same one
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        # A client that went away is no news; a reply that can't be sent is.
        if error is not None and not isinstance(error, NETWORK_ERRORS):
            self.mock._failures.append(error)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.mock._opened(request)
        # Of its own threads `ThreadingHTTPServer` joins only those that hold up the process.
        handler = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), daemon=True
        )
        self.handlers = [*[each for each in self.handlers if each.is_alive()], handler]
        handler.start()

    def shutdown_request(self, request: Any) -> None:
        self.mock._closed(request)
        super().shutdown_request(request)


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        body = b""
        reply: Reply | None = None
        request = problem = None
        try:
            body = self._read_body()
            request = _read(body, self.server.mock._strict)
        except EOFError:
            self.close_connection = True
            return
        except ValidationError as error:
            # Without the traceback, which holds this frame and with it the socket.
            problem = error.with_traceback(None)
        except ValueError as error:
            # What follows on this connection can't be told from a body.
            status, message = error.args
            reply = ErrorReply(status, message, headers={"connection": "close"})
        headers = _lowercase(self.headers)
        received = ReceivedRequest(self.command, self.path, headers, body, request)
        if reply is None:
            reply = self.server.mock._answer(received, problem)
        self.server.mock._tell(received, reply)
        self._send(reply, request)

    def _read_body(self) -> bytes:
        """Return the request's body.

        Raises:
            EOFError: the client went away.
            ValueError: it can't be read; the status and the message to answer.
        """
        if "transfer-encoding" not in self.headers:
            return self._read_block(self.headers.get("content-length", "0"), 10, MAX_BODY)
        body = bytearray()
        while block := self._read_block(self._line(), 16, MAX_BODY - len(body)):
            body += block
            self._line()
        while self._line():
            pass  # the trailers
        return bytes(body)

    def _line(self) -> str:
        line = self.rfile.readline(_MAX_LINE)
        return line.decode("latin-1").partition(";")[0].strip()

    def _read_block(self, size: str, base: int, most: int) -> bytes:
        if not size or size.lower().strip("0123456789abcdef"[:base]):
            raise ValueError(400, "the size of the body is no number")
        if len(size) > 15 or int(size, base) > most:
            raise ValueError(413, f"the body is larger than {MAX_BODY} bytes")
        block = self.rfile.read(int(size, base))
        if len(block) < int(size, base):
            raise EOFError
        return block

    do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_POST

    def _send(self, reply: Reply, request: ChatCompletionRequest | None) -> None:
        if isinstance(reply, ErrorReply):
            self._send_error(reply)
            return
        if isinstance(reply, RawReply):
            self._send_raw(reply)
            return
        assert request is not None
        fault = reply if isinstance(reply, Fault) else None
        if fault is not None:
            if fault in _BEFORE_THE_ANSWER:
                _BEFORE_THE_ANSWER[fault](self)
                return
            reply = model.answer_by_rules(request)
        if isinstance(reply, StreamReply):
            self._send_stream(list(reply.chunks), done=reply.done, fault=fault)
            return
        if isinstance(reply, str):
            reply = AssistantMessage(content=reply)
        if isinstance(reply, AssistantMessage):
            reply = model.response(request, reply)
        assert isinstance(reply, ChatCompletionResponse)
        if request.stream:
            self._send_stream(list(model.pieces(reply)), done=True, fault=fault)
        else:
            self._send_whole(reply, fault)

    def _send_whole(self, response: ChatCompletionResponse, fault: Fault | None) -> None:
        body = response.to_json().encode("ascii")
        self._start(200, {"content-type": "application/json", "content-length": str(len(body))})
        if fault is not None:  # whichever it is, of a whole answer it cuts the body
            body = body[: len(body) // 2]
            self.close_connection = True
        self.wfile.write(body)

    def _send_stream(
        self, chunks: list[ChatCompletionStreamResponse], *, done: bool, fault: Fault | None
    ) -> None:
        self._start(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"})
        if fault is not None:
            chunks = chunks[:_FIRST_EVENTS]
        for chunk in chunks:
            self._send_block(f"data: {_stream_json(chunk)}\n\n".encode("ascii"))
            self._pause(self.server.mock.pace)
        if fault is Fault.cut_stream or fault is Fault.cut_body:
            if fault is Fault.cut_body:
                self.wfile.write(b"100\r\ndata: {")
            self.close_connection = True
            return
        if fault is Fault.stall_stream:
            self._stall()
            return
        if fault is Fault.error_event:
            error = ErrorShape.object.body(500, "the model broke down")
            self._send_block(f"event: error\ndata: {error}\n\n".encode("ascii"))
        elif done and fault is None:
            self._send_block(b"data: [DONE]\n\n")
        self._send_block(b"")

    def _send_error(self, reply: ErrorReply) -> None:
        body = reply.shape.body(reply.status, reply.message, reply.detail).encode()
        headers = {
            "content-type": reply.shape.content_type,
            "content-length": str(len(body)),
            **_lowercase(reply.headers),
        }
        self._start(reply.status, headers)
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_raw(self, reply: RawReply) -> None:
        headers = dict(reply.headers)
        named = _lowercase(headers)
        chunked = "content-length" not in named
        if chunked and "transfer-encoding" not in named:
            headers["transfer-encoding"] = "chunked"
        self._start(reply.status, headers)
        for block in reply.blocks:
            if chunked and block:
                self._send_block(block)
            else:
                self.wfile.write(block)
            self._pause(reply.pace)
        if chunked:
            self._send_block(b"")

    def _pause(self, seconds: float) -> None:
        if seconds and self.server.mock._stopping.wait(seconds):
            raise ConnectionAbortedError

    def _start(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() != "transfer-encoding" or self._takes_chunks:
                self.send_header(name, value)
        self.end_headers()

    @property
    def _takes_chunks(self) -> bool:
        return self.request_version != "HTTP/1.0"

    def _send_block(self, data: bytes) -> None:
        """One block of a chunked body (RFC 9112, section 7.1); the empty one ends it."""
        if self._takes_chunks:
            data = b"%x\r\n%s\r\n" % (len(data), data)
        else:
            self.close_connection = True  # which ends the body
        self.wfile.write(data)

    # -- faults before the answer

    def _close(self) -> None:
        self.close_connection = True

    def _reset(self) -> None:
        # Lingering for zero seconds turns the close into a reset.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _garbage(self) -> None:
        self.wfile.write(b"\x15\x03\x01 not HTTP at all\r\n\r\n")
        self.close_connection = True

    def _cut_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: appl")
        self.close_connection = True

    def _not_json(self) -> None:
        self._send_error(ErrorReply(200, "Welcome", ErrorShape.html))

    def _stall(self) -> None:
        # The client's going away is the only thing that can still be read.
        self.connection.settimeout(0.01)
        while not self.server.mock._stopping.is_set():
            try:
                if not self.connection.recv(1):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        self.close_connection = True


_BEFORE_THE_ANSWER: dict[Fault, Callable[[_Handler], None]] = {
    Fault.close: _Handler._close,
    Fault.reset: _Handler._reset,
    Fault.garbage: _Handler._garbage,
    Fault.stall: _Handler._stall,
    Fault.cut_headers: _Handler._cut_headers,
    Fault.not_json: _Handler._not_json,
}


def _stream_json(chunk: ChatCompletionStreamResponse) -> str:
    """A piece as the API writes it: with an explicit null for a missing finish reason."""
    document = chunk.to_dict()
    choices = document["choices"]
    assert isinstance(choices, list)
    for choice in choices:
        assert isinstance(choice, dict)
        choice.setdefault("finish_reason", None)
    return json_text.dumps(document)
