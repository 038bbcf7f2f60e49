"""Commands in their own processes, as a shell runs them."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mistral_proto import Mistral, MistralError
from mistral_proto.testing import MockServer
from tests.cli.commands import PROGRAM, environment, interrupt, spawn

KEY = "sk-0123456789abcdef"
HI: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
REQUEST = b'{"model":"m","messages":[{"role":"user","content":"Hi"}]}\n'
EVENT = (
    b'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"%s"},'
    b'"finish_reason":%s}]}\n\n'
)


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command during the block, in which it must end."""
    with subprocess.Popen(
        [*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def stop(process: subprocess.Popen[bytes]) -> str:
    """Interrupt a command, and return its stderr."""
    assert interrupt(process, lambda: process.send_signal(signal.SIGINT)) == 130
    assert process.stderr is not None
    return process.stderr.read().decode()


def test_the_encodings_of_questions_answers_and_errors() -> None:
    with MockServer(["Oui\x1b[0m…", "né \U0001f600"]) as server:
        result = spawn("chat", "-", "--server-url", server.url, data="Ça va ?".encode())
        assert (result.returncode, result.stderr) == (0, b"")
        assert result.stdout.decode() == "Oui\x1b[0m…\n"
        result = spawn("chat", "Hi", "--server-url", server.url, PYTHONIOENCODING="ascii")
        assert (result.returncode, result.stderr) == (0, b"")
        assert result.stdout == b"n\\xe9 \\U0001f600\n"
    result = spawn("validate", "n\u00e9.json", PYTHONIOENCODING="ascii", PYTHONUTF8="1")
    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr == b"mistral_proto: error: n\\xe9.json: No such file or directory\n"


@pytest.mark.full
def test_exit_codes_and_closed_streams() -> None:
    for arguments, redirect, codes in [
        (["validate", "-"], "", [0]),
        (["validate"], "", [2]),
        (["demo", "--pace", "0"], "", [0]),
        # As services and cron jobs start their programs; Python has None for the stream.
        (["validate", "-"], ">&-", [0, 1]),
        (["demo", "--pace", "0"], ">&-", [0, 1]),
        (["validate", "-"], "<&-", [1]),
        (["chat"], "<&-", [2]),
    ]:
        result = spawn(*arguments, data=REQUEST, redirect=redirect)
        assert result.returncode in codes
        assert b"Traceback" not in result.stderr
        assert result.stderr.count(b"error: ") == (result.returncode != 0)
    for count in (0, 1):
        # As `| head -1` reads.
        with started("demo", "--pace", "0.001") as process:
            assert process.stdout is not None and process.stderr is not None
            for _ in range(count):
                assert process.stdout.readline().endswith(b"\n")
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 1


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[str, list[str]]]:
    """Run ``serve``: return its URL, and afterwards the lines on stderr."""
    lines: list[str] = []
    with started("serve", *arguments) as process:
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip(), lines
        lines += stop(process).splitlines()


def ask(url: str) -> list[str]:
    """Return the texts of a whole answer, of a stream, and of a request that is not valid."""
    with Mistral(KEY, server_url=url, retry_config=0) as mistral:
        whole = mistral.chat.complete(**HI).choices[0].message.text
        with mistral.chat.stream(**HI) as events:
            streamed = "".join(events.text())
        try:
            extra = mistral.chat.complete(**HI, extra_body={"store": True})
            return [whole, streamed, extra.choices[0].message.text]
        except MistralError as error:
            return [whole, streamed, error.message]


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
    with serving("--replies", str(file)) as (url, lines):
        assert ask(url) == answers
        with Mistral(KEY, server_url=url) as mistral, pytest.raises(MistralError, match="^500 "):
            mistral.chat.complete(**{**HI, "model": "other"}, retries=0)
    assert lines[3].startswith("POST /v1/chat/completions other 500 ")


@pytest.mark.full
def test_serve_strict() -> None:
    with serving("--strict", "--pace", "0.001") as (url, lines):
        assert ask(url)[2].startswith("422 ")
    assert lines[2].startswith("POST /v1/chat/completions m 422 ") and "store" in lines[2]
