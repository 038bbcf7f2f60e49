"""AWS Lambda's side of a function: its Runtime API, as a server on loopback.

The source is "Using the Lambda runtime API for custom runtimes" in AWS's documentation,
version 2018-06-01.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import Any

WAIT = 30.0
_ROOT = "/2018-06-01/runtime/invocation"


@dataclass
class Posted:
    """A message of a runtime: a "response" or an "error", `whole` unless it was broken off."""

    kind: str
    headers: dict[str, str]
    pieces: list[bytes] = field(default_factory=list)
    whole: bool = True

    @property
    def document(self) -> Any:
        return json.loads(b"".join(self.pieces))


@dataclass
class Invocation:
    """A call of the function, and the messages that the runtime posted."""

    event: bytes
    seconds: float
    posted: SimpleQueue[Posted] = field(default_factory=SimpleQueue)


class RuntimeAPI:
    """Hands invocations to a runtime, and receives its messages."""

    def __init__(self) -> None:
        self.invocations: list[Invocation] = []
        self.waiting: SimpleQueue[int | None] = SimpleQueue()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_address[1]}"

    def start(self, event: object, *, seconds: float = WAIT) -> Invocation:
        """Let the function be called, with a time limit in seconds."""
        self.invocations.append(Invocation(json.dumps(event).encode(), seconds))
        self.waiting.put(len(self.invocations) - 1)
        return self.invocations[-1]

    def call(self, event: object, *, seconds: float = WAIT) -> Posted:
        """Call the function; return the first message of the runtime."""
        return self.start(event, seconds=seconds).posted.get(timeout=WAIT)


def _handler(api: RuntimeAPI) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = WAIT

        def do_GET(self) -> None:
            assert self.path == f"{_ROOT}/next"
            number = api.waiting.get()
            if number is None:
                self.close_connection = True
                return
            invocation = api.invocations[number]
            deadline = round((time.time() + invocation.seconds) * 1000)
            headers = {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": str(number),
                "Lambda-Runtime-Deadline-Ms": str(deadline),
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-3:1:function:chat",
                "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
            }
            self._answer(200, headers, invocation.event)

        def do_POST(self) -> None:
            path = re.fullmatch(rf"{_ROOT}/(\d+)/(response|error)", self.path)
            assert path is not None
            posted = Posted(path[2], {it.lower(): self.headers[it] for it in self.headers})
            if posted.headers.get("transfer-encoding") == "chunked":
                while (size := self.rfile.readline()) and (length := int(size, 16)):
                    posted.pieces.append(self.rfile.read(length))
                    self.rfile.readline()
                self.rfile.readline()
                posted.whole = bool(size)
            else:
                posted.pieces.append(self.rfile.read(int(posted.headers["content-length"])))
            api.invocations[int(path[1])].posted.put(posted)
            if posted.whole:
                self._answer(202, {"Content-Type": "application/json"}, b'{"status":"OK"}')
            else:
                self.close_connection = True

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
