"""``serve``: the test server for programs in any language."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mistral_proto import Mistral, MistralError
from mistral_proto.testing import MockServer
from tests.cli.commands import PROGRAM, check_help, environment, interrupt, run

HI: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
KEY = "sk-0123456789abcdef"
HELP = ["--port", "--pace", "--replies", "--record", "--to", "--strict", "127.0.0.1"]


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[str, list[str]]]:
    """The command in a process of its own: its URL, and afterwards what it said."""
    lines: list[str] = []
    with subprocess.Popen(
        [*PROGRAM, "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        try:
            yield process.stdout.readline().decode().strip(), lines
            assert interrupt(process, lambda: process.send_signal(signal.SIGINT)) == 130
            lines += process.stderr.read().decode().splitlines()
        finally:
            process.kill()


def ask(url: str, **fields: Any) -> list[str]:
    """What is said to a call, to one that streams, and to one that the API would refuse."""
    with Mistral(KEY, server_url=url, retry_config=0) as mistral:
        whole = mistral.chat.complete(**HI).choices[0].message.text
        with mistral.chat.stream(**HI) as events:
            streamed = "".join(events.text())
        try:
            extra = mistral.chat.complete(**HI, extra_body={"store": True})
            return [whole, streamed, extra.choices[0].message.text]
        except MistralError as error:
            return [whole, streamed, error.message]


SAID = "You said: Hi"
CHAT = "POST /v1/chat/completions m"


def test_it_answers_until_it_is_interrupted() -> None:
    with serving() as (url, lines):
        assert url.startswith("http://127.0.0.1:")
        assert ask(url) == [SAID] * 3
    assert lines == [f"{CHAT} 200", f"{CHAT} stream 200", f"{CHAT} 200", ""]
    with serving("--strict", "--pace", "0.001") as (url, lines):
        assert ask(url)[2].startswith("422 ")
    assert lines[2].startswith(f"{CHAT} 422 ") and "store" in lines[2]


def test_what_is_recorded_is_played_back(tmp_path: Path) -> None:
    file = tmp_path / "recorded.jsonl"
    with MockServer(api_key=KEY, strict=False) as real:
        with serving("--record", str(file), "--to", real.url) as (url, lines):
            answers = ask(url)
    assert answers == [SAID] * 3
    assert len(lines) == 4 and len(file.read_text().splitlines()) == 3
    assert KEY not in file.read_text() + "".join(lines)
    with serving("--replies", str(file)) as (url, lines):
        assert ask(url) == answers
        with Mistral(KEY, server_url=url) as mistral, pytest.raises(MistralError, match="^500 "):
            mistral.chat.complete(**{**HI, "model": "other"}, retries=0)
    assert lines[3].startswith("POST /v1/chat/completions other 500 ")


def test_wrong_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("{}")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        cases: list[tuple[list[str], str]] = [
            (["--port", port], "--port: Address already in use"),
            (["--port", "65536"], "argument --port: expected a number, 0 to 65535, got '65536'"),
            (["--port", "x"], "argument --port: expected a number, 0 to 65535, got 'x'"),
            (["--pace", "-1"], "argument --pace: "),
            (["--replies", str(tmp_path / "none")], "none: No such file"),
            (["--replies", str(tmp_path / "wrong")], "wrong:1: the line must have response or sse"),
            (["--record", str(tmp_path)], "--record and --to need each other"),
            (["--to", "http://a"], "--record and --to need each other"),
            (["--record", "a", "--replies", "b"], "--record and --to need each other"),
            (["--record", "a", "--to", "http://a", "--strict"], "can't be used with --record"),
            (["--record", str(tmp_path), "--to", "http://a"], f"{tmp_path}: Is a"),
            (["--record", "a", "--to", "http://u:p@a"], "--to must not hold a user name"),
        ]
        for arguments, message in cases:
            result = run(capsys, "serve", *arguments)
            assert (result.code, result.out) == (2, "")
            assert message in result.err.splitlines()[-1], arguments


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    check_help(capsys, ["serve", "--help"], HELP)


def test_it_minds_no_closed_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed:
        def write(self, _: str) -> None:
            raise BrokenPipeError

    def wait(_: float) -> None:
        if asked:
            raise KeyboardInterrupt
        url = capsys.readouterr().out.strip()
        with monkeypatch.context() as without_stderr:
            without_stderr.setattr("sys.stderr", Closed())
            asked.extend(ask(url))

    asked: list[str] = []
    monkeypatch.setattr("time.sleep", wait)
    assert run(capsys, "serve").code == 130
    assert asked == [SAID] * 3
