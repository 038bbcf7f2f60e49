"""AWS Lambda's side of a function: its Runtime API, as a server on loopback.

The source is "Using the Lambda runtime API for custom runtimes" in AWS's documentation,
version 2018-06-01.
"""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import Any

WAIT = 30.0
_ROOT = "/2018-06-01/runtime"
_POSTED = re.compile(rf"{_ROOT}/invocation/([^/]+)/(response|error)")


@dataclass
class Posted:
    """What a runtime has sent: a "response", an "error", or an "init error"."""

    kind: str
    headers: dict[str, str]
    pieces: list[bytes]
    whole: bool

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass
class Invocation:
    """One call of the function, and what came of it."""

    event: bytes
    seconds: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    posted: SimpleQueue[Posted] = field(default_factory=SimpleQueue)


class RuntimeAPI:
    """Takes invocations, hands them to a runtime, and takes what it sends.

    A context manager; `address` is what a runtime finds in AWS_LAMBDA_RUNTIME_API.
    """

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Invocation | None] = SimpleQueue()
        self._under_way: dict[str, Invocation] = {}
        self.init_errors: SimpleQueue[Posted] = SimpleQueue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> RuntimeAPI:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._waiting.put(None)  # for a runtime that asks for the next one
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def invoke(self, event: object, *, seconds: float = WAIT) -> Invocation:
        """Have the function called, which has so many seconds."""
        invocation = Invocation(json.dumps(event).encode(), seconds)
        self._waiting.put(invocation)
        return invocation

    def next(self) -> Invocation | None:
        """The next invocation, once there is one; None where nobody is to ask any more."""
        invocation = self._waiting.get()
        if invocation is not None:
            self._under_way[invocation.request_id] = invocation
        return invocation

    def take(self, path: str, posted: Posted) -> int:
        """Take what a runtime sends; returns the status that it is answered with."""
        if path == f"{_ROOT}/init/error":
            self.init_errors.put(posted)
            return 202
        found = _POSTED.fullmatch(path)
        if found is None:
            return 404
        invocation = self._under_way.get(found[1])
        if invocation is None:
            return 400
        posted.kind = found[2]
        invocation.posted.put(posted)
        return 202


def _handler(api: RuntimeAPI) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = WAIT

        def do_GET(self) -> None:
            if self.path != f"{_ROOT}/invocation/next":
                self._answer(404)
                return
            invocation = api.next()
            if invocation is None:
                self.close_connection = True
                return
            deadline = round((time.time() + invocation.seconds) * 1000)
            headers = {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                "Lambda-Runtime-Deadline-Ms": str(deadline),
                "Lambda-Runtime-Invoked-Function-Arn": (
                    "arn:aws:lambda:eu-west-3:123456789012:function:chat"
                ),
                "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
            }
            self._answer(200, headers, invocation.event)

        def do_POST(self) -> None:
            posted = Posted("init error", {k.lower(): v for k, v in self.headers.items()}, [], True)
            if posted.headers.get("transfer-encoding") == "chunked":
                self._read_chunks(posted)
            else:
                size = int(posted.headers["content-length"])
                posted.pieces.append(self.rfile.read(size))
            status = api.take(self.path, posted)
            if posted.whole:
                self._answer(status, {"Content-Type": "application/json"}, b'{"status":"OK"}')

        def _read_chunks(self, posted: Posted) -> None:
            while True:
                size = self.rfile.readline()
                if not size:  # the runtime broke it off
                    posted.whole, self.close_connection = False, True
                    return
                piece = self.rfile.read(int(size, 16))
                self.rfile.readline()
                if not piece:
                    return
                posted.pieces.append(piece)

        def _answer(self, status: int, headers: dict[str, str] = {}, body: bytes = b"") -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
