"""One connection to a test server: requests are read, and replies are sent as HTTP."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from .. import json_text
from ..client.redaction import Secret, header_secrets, redactor
from ..errors import Headers, ValidationError
from ..protocol.messages import AssistantMessage
from ..protocol.request import ChatCompletionRequest
from ..protocol.response import ChatCompletionResponse, ChatCompletionStreamResponse
from . import model
from .replies import ErrorReply, ErrorShape, Fault, RawReply, Reply, StreamReply

if TYPE_CHECKING:
    from typing import Any, NoReturn

    from ..json_text import JSONValue
    from .server import HTTPServer

__all__ = ["MAX_BODY", "Handler", "ReceivedRequest"]

MAX_BODY = 64 * 1024 * 1024
_MAX_LINE = 64 * 1024
_EVENTS_BEFORE_A_FAULT = 2
_SECRET_PARAMETERS = "key|token|secret|pass|auth|sig"
_MEDIA_TYPES = {ErrorShape.text: "text/plain", ErrorShape.html: "text/html"}
_SENT_BEFORE_CLOSING = {
    Fault.close: b"",
    Fault.garbage: b"\x15\x03\x01 not HTTP at all\r\n\r\n",
    Fault.cut_headers: b"HTTP/1.1 200 OK\r\ncontent-type: appl",
}


@dataclass(frozen=True)
class ReceivedRequest:
    """A request that a `MockServer` received.

    Header names are in lower case. `request` is None if the body is not a valid request.
    The repr omits the path and the headers, which may hold the API key.
    """

    method: str
    path: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes
    request: ChatCompletionRequest | None

    @property
    def endpoint(self) -> str:
        """The path without the query."""
        return self.path.partition("?")[0]

    @cached_property
    def document(self) -> JSONValue:
        """The body as JSON, or None if it is not JSON."""
        try:
            return json_text.loads(self.body)
        except ValidationError:
            return None

    def redactor(self) -> Callable[[str], str]:
        """Return a function that removes this request's keys from a text."""
        secrets = header_secrets(self.headers)
        for name, value in parse_qsl(self.path.partition("?")[2]):
            if re.search(_SECRET_PARAMETERS, name, re.IGNORECASE):
                secrets.append(Secret(value))
        document = self.document
        if isinstance(document, dict) and isinstance(key := document.get("api_key"), str):
            secrets.append(Secret(key))
        redact = redactor(*secrets)
        return lambda text: "".join([redact(line) for line in text.splitlines(keepends=True)])


class Handler(BaseHTTPRequestHandler):
    server: HTTPServer  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        mock = self.server.mock
        body, request, problem = b"", None, None
        reply: Reply | None = None
        try:
            body = self._read_body()
            request = _parse(body, mock._strict)
        except ValidationError as error:
            # Without the traceback, which refers to this frame and so to the socket.
            problem = error.with_traceback(None)
        except ValueError as error:
            # The body was not read, so no further request can be read from this connection.
            status, message = error.args
            reply = ErrorReply(status, message, headers={"connection": "close"})
        headers = Headers(dict(self.headers.items()))
        received = ReceivedRequest(self.command, self.path, headers, body, request)
        if reply is None:
            reply = mock._answer(received, problem)
        mock._log(received, reply)
        if isinstance(reply, Fault):
            self._break_before_reply(reply)
        self._send(reply if isinstance(reply, RawReply) else self._http_reply(reply, request))

    do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_POST

    def _read_body(self) -> bytes:
        """Return the body. Raise ValueError with the status and message of a refusal."""
        if "transfer-encoding" not in self.headers:
            return self._read_block(self.headers.get("content-length", "0"), 10, MAX_BODY)
        body = bytearray()
        while block := self._read_block(self._read_line(), 16, MAX_BODY - len(body)):
            body += block
            self._read_line()
        while self._read_line():
            pass  # trailers
        return bytes(body)

    def _read_line(self) -> str:
        return self.rfile.readline(_MAX_LINE).decode("latin-1").partition(";")[0].strip()

    def _read_block(self, size: str, base: int, limit: int) -> bytes:
        if not size or size.lower().strip("0123456789abcdef"[:base]):
            raise ValueError(400, "the size of the body is not a number")
        if len(size) > 15 or int(size, base) > limit:
            raise ValueError(413, f"the body is larger than {MAX_BODY} bytes")
        block = self.rfile.read(int(size, base))
        if len(block) < int(size, base):
            self._abort()
        return block

    def _break_before_reply(self, fault: Fault) -> None:
        if fault in _SENT_BEFORE_CLOSING:
            self.wfile.write(_SENT_BEFORE_CLOSING[fault])
            self._abort()
        if fault is Fault.reset:
            # Lingering for zero seconds turns the close into a reset.
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
            self._abort()
        if fault is Fault.stall:
            self._stall()

    def _abort(self) -> NoReturn:
        raise ConnectionAbortedError  # the server closes the connection, and ignores this error

    def _stall(self) -> NoReturn:
        while self.connection.recv(4096):  # ends when the client or the server closes
            pass
        self._abort()

    def _http_reply(self, reply: Reply, request: ChatCompletionRequest | None) -> RawReply:
        """Return a reply as status, headers and blocks of the body."""
        if reply is Fault.not_json:
            reply = ErrorReply(200, "Welcome", ErrorShape.html)
        if isinstance(reply, ErrorReply):
            text = reply.shape.body(reply.status, reply.message, reply.detail)
            media_type = _MEDIA_TYPES.get(reply.shape, "application/json")
            return _whole(text, reply.status, media_type, reply.headers)
        assert request is not None
        fault = reply if isinstance(reply, Fault) else None
        if isinstance(reply, Fault):
            reply = model.answer_by_rules(request)
        if isinstance(reply, str):
            reply = AssistantMessage(content=reply)
        if isinstance(reply, AssistantMessage):
            reply = model.response(request, reply)
        if isinstance(reply, StreamReply):
            return RawReply(self._events(reply, None), pace=self.server.mock.pace)
        assert isinstance(reply, ChatCompletionResponse)
        if request.stream:
            stream = StreamReply(list(model.pieces(reply)))
            return RawReply(self._events(stream, fault), pace=self.server.mock.pace)
        whole = _whole(reply.to_json())
        return replace(whole, blocks=self._cut(whole.blocks)) if fault else whole

    def _cut(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        [body] = blocks
        yield body[: len(body) // 2]
        self._abort()

    def _events(self, reply: StreamReply, fault: Fault | None) -> Iterator[bytes]:
        for chunk in reply.chunks[: _EVENTS_BEFORE_A_FAULT if fault else None]:
            yield f"data: {_chunk_json(chunk)}\n\n".encode("ascii")
        if fault is Fault.cut_body:
            self.wfile.write(b"100\r\ndata: {")
        if fault is Fault.stall_stream:
            self._stall()
        if fault in (Fault.cut_body, Fault.cut_stream):
            self._abort()
        if fault is Fault.error_event:
            error = ErrorShape.object.body(500, "the model broke down")
            yield f"event: error\ndata: {error}\n\n".encode("ascii")
        elif reply.done and fault is None:
            yield b"data: [DONE]\n\n"

    def _send(self, reply: RawReply) -> None:
        headers = Headers(reply.headers)
        is_chunked = "content-length" not in headers
        if self.request_version == "HTTP/1.0":
            is_chunked = False
            self.close_connection = True  # which ends the body
        elif is_chunked:
            headers["transfer-encoding"] = "chunked"
        self.send_response(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        is_first = True
        for block in reply.blocks:
            if not is_first and self.server.mock._stopping.wait(reply.pace):
                self._abort()
            is_first = False
            if is_chunked and block:  # an empty block would end the body
                block = b"%x\r\n%s\r\n" % (len(block), block)
            self.wfile.write(block)
        if is_chunked:
            self.wfile.write(b"0\r\n\r\n")


def _whole(
    text: str,
    status: int = 200,
    content_type: str = "application/json",
    headers: Mapping[str, str] = {},
) -> RawReply:
    body = text.encode()
    named = {"content-type": content_type, "content-length": str(len(body)), **Headers(headers)}
    return RawReply([body], status, named)


def _chunk_json(chunk: ChatCompletionStreamResponse) -> str:
    """Return a chunk as JSON. As in the API's, a missing finish reason is null."""
    document: Any = chunk.to_dict()
    for choice in document["choices"]:
        choice.setdefault("finish_reason", None)
    return json_text.dumps(document)


def _parse(body: bytes, strict: bool) -> ChatCompletionRequest:
    """Return the request. Unless `strict`, remove fields that the API does not know."""
    document: Any = json_text.loads(body, unique_keys=True)
    while True:
        try:
            return ChatCompletionRequest.from_dict(document, strict=True)
        except ValidationError as error:
            unknown = [each.path for each in error.problems if each.type == "extra_forbidden"]
            if strict or not unknown:
                raise
            for *steps, name in unknown:
                parent = document
                for step in steps:
                    parent = parent[step]
                del parent[name]
