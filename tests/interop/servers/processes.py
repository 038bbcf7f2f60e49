"""Servers in their own processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SECONDS_TO_START = 120.0  # on a busy machine
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Process:
    """A server that listens."""

    url: str
    log: Path

    def request(self, path: str, document: Any = None) -> Any:
        """Return the JSON answer to a GET, or to a POST of a document."""
        body = None if document is None else json.dumps(document).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(self.url + path, body, headers)
        with _OPENER.open(request, timeout=60) as response:
            return json.load(response)

    def output(self) -> str:
        """Return the end of the server's output."""
        return self.log.read_text("utf-8", "replace")[-5000:]


@contextmanager
def listening(command: Sequence[str], folder: Path, probe: str) -> Iterator[Process]:
    """Run a server in a folder; in the command, `{port}` becomes a free port.

    The server is ready when it answers a GET of the path `probe` with any status.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    environment = {name: it for name, it in os.environ.items() if not name.startswith("LITELLM")}
    environment |= {"HOME": str(folder), "NO_PROXY": "127.0.0.1", "PYTHONWARNINGS": "ignore"}
    environment["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # without a request elsewhere
    server = Process(f"http://127.0.0.1:{port}", folder / "log")
    with server.log.open("wb") as log:
        process = subprocess.Popen(
            [it.replace("{port}", port) for it in command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that its children are stopped, too
        )
    try:
        _wait_for(server, probe, process)
        yield server
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(process.pid, number)
                process.wait(10)


def _wait_for(server: Process, probe: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while process.poll() is None and time.monotonic() < deadline:
        try:
            _OPENER.open(server.url + probe, timeout=5).close()
            return
        except urllib.error.HTTPError as refusal:
            refusal.close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{process.args!r} does not answer:\n{server.output()}")
