"""Commands in their own processes, as a shell runs them, and in a terminal."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mistral_proto import Mistral, MistralError
from mistral_proto.testing import ErrorReply, MockServer, RawReply
from tests.cli.commands import PROGRAM, TIMEOUT, environment, interrupt

KEY = "sk-0123456789abcdef"
HI: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def test_the_encodings_of_questions_answers_and_errors() -> None:
    def spawn(*arguments: str, data: bytes = b"", **variables: str) -> tuple[int, bytes, bytes]:
        done = subprocess.run(
            [*PROGRAM, *arguments],
            input=data,
            capture_output=True,
            env=environment(**variables),
            timeout=TIMEOUT,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    with MockServer(["Oui\x1b[0m…", "né \U0001f600"]) as server:
        result = spawn("chat", "-", "--server-url", server.url, data="Ça va ?".encode())
        assert result == (0, "Oui\x1b[0m…\n".encode(), b"")
        result = spawn("chat", "Hi", "--server-url", server.url, PYTHONIOENCODING="ascii")
        assert result == (0, b"n\\xe9 \\U0001f600\n", b"")
    result = spawn("validate", "n\u00e9.json", PYTHONIOENCODING="ascii", PYTHONUTF8="1")
    error = b"mistral_proto: error: n\\xe9.json: No such file or directory\n"
    assert result == (1, b"", error)


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[str, list[str]]]:
    """Run ``serve``: return its URL, and afterwards the lines on stderr."""
    lines: list[str] = []
    with subprocess.Popen(
        [*PROGRAM, "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        try:
            assert process.stdout is not None and process.stderr is not None
            yield process.stdout.readline().decode().strip(), lines
            assert interrupt(process, lambda: process.send_signal(signal.SIGINT)) == 130
            lines += process.stderr.read().decode().splitlines()
        except BaseException:
            process.kill()
            raise


def ask(url: str) -> list[str]:
    """Return the texts of a whole answer, of a stream, and of a request that is not valid."""
    with Mistral(KEY, server_url=url, retry_config=0) as mistral:
        whole = mistral.chat.complete(**HI)
        with mistral.chat.stream(**HI) as events:
            streamed = "".join(events.text())
        extra = mistral.chat.complete(**HI, extra_body={"store": True})
    return [whole.text, streamed, extra.text]


def test_serve(tmp_path: Path) -> None:
    chat = "POST /v1/chat/completions m"
    file = tmp_path / "recorded.jsonl"
    with MockServer(api_key=KEY, strict=False) as real:
        with serving("--record", str(file), "--to", real.url) as (url, lines):
            answers = ask(url)
    assert answers == ["You said: Hi"] * 3
    assert lines == [f"{chat} 200", f"{chat} stream 200", f"{chat} 200", ""]
    assert len(file.read_text().splitlines()) == 3
    assert KEY not in file.read_text() + "".join(lines)
    with serving("--replies", str(file), "--pace", "0.001") as (url, lines):
        assert ask(url) == answers
        with Mistral(KEY, server_url=url) as mistral, pytest.raises(MistralError, match="^500 "):
            mistral.chat.complete(**{**HI, "model": "other"}, retries=0)
    assert lines[3].startswith("POST /v1/chat/completions other 500 ")


class Terminal:
    """A command in a pseudo-terminal, which controls its session."""

    def __init__(self, *arguments: str) -> None:
        self.shown = b""
        self._seen = 0
        self._master, self._slave = os.openpty()
        # The first terminal that a process of the session opens controls it: Ctrl-C sends signals.
        script = 'tty=$1; shift; exec "$@" <>"$tty" >&0 2>&0'
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", script, "sh", os.ttyname(self._slave), *PROGRAM, *arguments],
            env=environment(),
            start_new_session=True,
        )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        while self._read(0.0):
            pass
        os.close(self._slave)
        os.close(self._master)

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def wait_for(self, text: str) -> None:
        """Read until the output has a text, after the text of the last call."""
        deadline = time.monotonic() + TIMEOUT
        while text.encode() not in self.shown[self._seen :]:
            assert time.monotonic() < deadline, f"{text!r} is not in {self.shown!r}"
            self._read(0.1)
        self._seen = self.shown.index(text.encode(), self._seen) + len(text)

    def _read(self, timeout: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], timeout)
        self.shown += os.read(self._master, 65536) if ready else b""
        return bool(ready)


def test_a_terminal() -> None:
    piece = (
        b'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"One moment"},'
        b'"finish_reason":null}]}\n\n'
    )
    # The rest of the last answer would come after ten minutes.
    last = RawReply([piece, piece], pace=600)
    with MockServer(["Un, deux.", ErrorReply(400, "Oops"), "Trois.", last]) as server:
        with Terminal("chat", "--server-url", server.url) as terminal:
            terminal.wait_for("> ")
            for question, shown in [
                ("one", "Un, deux."),
                ("wrong", "mistral_proto: error: 400 Bad Request: Oops"),
                ("two é", "Trois."),
            ]:
                terminal.type(f"{question}\n")
                terminal.wait_for(shown)
                terminal.wait_for("> ")
            terminal.type("\x04")  # Ctrl-D
            assert terminal.process.wait(TIMEOUT) == 0
        assert terminal.shown.startswith(b"To leave, type exit or quit, or press Ctrl-C twice.")
        assert terminal.shown.endswith(b"\n") and b"Traceback" not in terminal.shown
        request = server.requests[-1].request
        assert request is not None
        assert [message.text for message in request.messages] == ["one", "Un, deux.", "two é"]
        with Terminal("chat", "Hi", "--server-url", server.url) as terminal:
            terminal.wait_for("One moment")
            assert interrupt(terminal.process, lambda: terminal.type("\x03")) == 130
        assert re.search(rb"One moment(\^C)+\r\n$", terminal.shown)
