"""A server that sends what it holds ready: ``python -m tests.benchmarks.server``.

It prints its port, and ends when its standard input ends. Streams at ``/events/N/…`` have N
events; at ``/paced/N/…`` each event is sent alone, as a model sends it.
"""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks import payloads

PACE = 0.001  # seconds between two events


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if b'"stream":true' in body.replace(b" ", b""):
            _, kind, count, *_ = self.path.split("/")
            self.answer("text/event-stream", "Transfer-Encoding", "chunked")
            self.stream(int(count), PACE if kind == "paced" else 0)
        else:
            answer = payloads.response()
            self.answer("application/json", "Content-Length", str(len(answer)))
            self.wfile.write(answer)

    def answer(self, content_type: str, name: str, value: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header(name, value)
        self.end_headers()

    def stream(self, count: int, pace: float) -> None:
        event = b"data: %s\n\n"
        events = [event % payloads.chunk(last=number == count - 1) for number in range(count)]
        blocks = [b"%x\r\n%s\r\n" % (len(it), it) for it in [*events, event % b"[DONE]"]]
        if not pace:
            blocks = [b"".join(blocks)]
        for block in [*blocks, b"0\r\n\r\n"]:
            self.wfile.write(block)
            time.sleep(pace)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def running() -> Iterator[str]:
    """Run the server in a process of its own; give its URL."""
    command = [sys.executable, "-m", __name__]
    pipe, null = subprocess.PIPE, subprocess.DEVNULL  # its errors are those of clients that hang up
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=null) as process:
        assert process.stdin and process.stdout
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()


def main() -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_port, flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
