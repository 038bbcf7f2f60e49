"""A server that costs next to nothing, in a process of its own: it sends what it holds ready.

``python -m tests.benchmarks.server`` prints its port, and ends with its input.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

EVENTS = 200
TEXT = "Claude Monet is often considered the best French painter. "


def _whole() -> bytes:
    document = {
        "id": "cmpl-e5cc70bb28c444948073e77776eb30ef",
        "object": "chat.completion",
        "created": 1_702_256_327,
        "model": "mistral-small-latest",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "tool_calls": None, "content": TEXT},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 14, "completion_tokens": 11, "total_tokens": 25},
    }
    body = json.dumps(document).encode()
    head = (
        f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _stream() -> bytes:
    blocks = [
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    ]
    for number in range(EVENTS):
        document = {
            "id": "cmpl-e5cc70bb28c444948073e77776eb30ef",
            "object": "chat.completion.chunk",
            "created": 1_702_256_327,
            "model": "mistral-small-latest",
            "choices": [
                {
                    "index": 0,
                    "delta": {"content": TEXT[number % len(TEXT)]},
                    "finish_reason": "stop" if number == EVENTS - 1 else None,
                }
            ],
        }
        blocks.append(_chunk(b"data: " + json.dumps(document).encode() + b"\n\n"))
    return b"".join([*blocks, _chunk(b"data: [DONE]\n\n"), _chunk(b"")])


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


_WHOLE, _STREAM = _whole(), _stream()


def _serve(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:
        data = b""
        while block := connection.recv(65536):
            data += block
            head, end, body = data.partition(b"\r\n\r\n")
            if end and len(body) >= _length(head):
                data = b""
                is_stream = b'"stream":true' in body or b'"stream": true' in body
                connection.sendall(_STREAM if is_stream else _WHOLE)
                if b"connection: close" in head.lower():
                    return


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
