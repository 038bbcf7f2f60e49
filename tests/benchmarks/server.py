"""A server that costs next to nothing, in a process of its own: it sends what it holds ready.

Below ``/events/N`` its streams have N events.  ``python -m tests.benchmarks.server`` prints
its port, and ends with its input.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache

from tests.benchmarks import payloads

EVENTS = 200


@lru_cache(maxsize=1)
def _whole() -> bytes:
    body = payloads.response()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
        len(body),
        body,
    )


@lru_cache
def _stream(events: int) -> bytes:
    blocks = [
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    ]
    for number in range(events):
        data = payloads.chunk(number, last=number == events - 1)
        blocks.append(_chunk(b"data: %s\n\n" % data))
    return b"".join([*blocks, _chunk(b"data: [DONE]\n\n"), _chunk(b"")])


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _serve(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # A client that has seen enough of a stream hangs up.
    with connection, suppress(ConnectionError):
        data = b""
        while block := connection.recv(65536):
            data += block
            head, end, body = data.partition(b"\r\n\r\n")
            if end and len(body) >= _length(head):
                data = b""
                connection.sendall(_answer(head, body))
                if b"connection: close" in head.lower():
                    return


def _answer(head: bytes, body: bytes) -> bytes:
    if b'"stream":true' not in body and b'"stream": true' not in body:
        return _whole()
    asked = re.match(rb"POST /events/(\d+)/", head)
    return _stream(int(asked[1]) if asked else EVENTS)


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])


def _main() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        print(listener.getsockname()[1], flush=True)
        threading.Thread(target=_accept, args=(listener,), daemon=True).start()
        sys.stdin.read()


def _accept(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve, args=(connection,), daemon=True).start()


@contextmanager
def running() -> Iterator[str]:
    """The URL of a server that runs until the end of the block."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()


if __name__ == "__main__":
    _main()
