"""One connection to a test server: the requests that are read from it, and what is sent."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

from .. import json_text
from ..errors import ValidationError
from ..protocol.messages import AssistantMessage
from ..protocol.request import ChatCompletionRequest
from ..protocol.response import ChatCompletionResponse, ChatCompletionStreamResponse
from . import model
from .received_request import ReceivedRequest
from .replies import ErrorReply, ErrorShape, Fault, RawReply, Reply, StreamReply

if TYPE_CHECKING:
    from email.message import Message
    from typing import Any

    from .server import Server

__all__ = ["MAX_BODY", "Handler"]

MAX_BODY = 64 * 1024 * 1024
_MAX_LINE = 64 * 1024
_FIRST_EVENTS = 2


class Handler(BaseHTTPRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]
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


_BEFORE_THE_ANSWER: dict[Fault, Callable[[Handler], None]] = {
    Fault.close: Handler._close,
    Fault.reset: Handler._reset,
    Fault.garbage: Handler._garbage,
    Fault.stall: Handler._stall,
    Fault.cut_headers: Handler._cut_headers,
    Fault.not_json: Handler._not_json,
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
