"""The command line: usage, help, exit codes, and messages."""

from __future__ import annotations

import errno
import io
import os
import runpy
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

import mistral_proto
from mistral_proto import Mistral
from mistral_proto.cli import main
from mistral_proto.testing import MockServer, RawReply
from tests.cli.commands import FakeTerminal, check_help, run, stdin_of

BOTH = ("--from", "mistral", "--to", "mistral")
CHAT = ["chat", "hi", "--timeout"]
SECONDS = ("-1", "3601", "inf", "nan", "soon")


def test_wrong_usage(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wrong").write_text("{}")
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = str(used.getsockname()[1])
        cases: list[tuple[list[str], str]] = [
            ([], "COMMAND"),
            (["dance"], "invalid choice: 'dance'"),
            (["demo", "--colour"], "unrecognized arguments: --colour"),
            (["chat", "hi", "--temperature", "warm"], "'warm'"),
            (["chat", "hi", "--max-tokens", "1.5"], "'1.5'"),
            (["chat", "hi", "--format", "json", "--schema", "a.json"], "--schema"),
            (["chat", "hi", "--format", "xml"], "--format: invalid choice: 'xml'"),
            (["chat"], "no question: give one, or - to read it from stdin"),
            (["validate", "x", "--type", "letter"], "invalid choice: 'letter'"),
            (["convert", "x", "--to", "mistral"], "--from"),
            (["convert", "x", "--from", "mistral"], "--to"),
            (["convert", "x", *BOTH, "--type", "event"], "invalid choice: 'event'"),
            (["convert", "x", *BOTH], "--from and --to name the same format"),
            (["serve", "--port", port], "--port: Address already in use"),
            *[
                (["serve", "--port", it], f"--port: expected a number, 0 to 65535, got '{it}'")
                for it in ("65536", "x", "9" * 5000)
            ],
            (["serve", "--replies", "none"], "none: No such file"),
            (["serve", "--replies", "wrong"], "wrong:1: the line must have response or sse"),
            (["serve", "--record", "a"], "--record and --to need each other"),
            (["serve", "--to", "http://a"], "--record and --to need each other"),
            *[
                (["serve", "--record", "a", "--to", "http://a", *more], "be used with --record")
                for more in (["--replies", "b"], ["--strict"], ["--pace", "1"])
            ],
            (["serve", "--record", ".", "--to", "http://a"], ".: Is a directory"),
            (["serve", "--record", "a", "--to", "http://u:p@a"], "--to must not hold a user name"),
            *[
                ([*command, f"{option}={it}"], f"{option}: expected seconds")
                for *command, option in (["demo", "--pace"], ["serve", "--pace"], CHAT)
                for it in SECONDS
            ],
            ([*CHAT, "0"], "--timeout: expected seconds"),
        ]
        for arguments, message in cases:
            monkeypatch.setattr(sys, "stdin", stdin_of(b""))
            result = run(capsys, *arguments)
            assert (result.code, result.out) == (2, ""), arguments
            last = result.err.splitlines()[-1]
            assert "error: " in last and message in last
            assert result.err.startswith(("usage: python -m mistral_proto ", "mistral_proto: "))


def test_help_names_each_option(capsys: pytest.CaptureFixture[str]) -> None:
    check_help(capsys, ["--help"], "demo chat validate convert schema serve --version".split())
    for command, names in {
        "demo": "--pace",
        "chat": "MISTRAL_API_KEY --server-url --model --system --image --schema --json --no-stream",
        "schema": "ChatCompletionRequest mistral-chat-completion --strict",
        "validate": "--type --strict --check-conversation request response chunk event error",
        "convert": "--from --to --type openai mistral request response chunk",
        "serve": "--port --pace --replies --record --to --strict 127.0.0.1",
    }.items():
        check_help(capsys, [command, "--help"], names.split())
    version = f"mistral_proto {mistral_proto.__version__}\n"
    assert run(capsys, "--version") == (0, version, "")


def test_a_failure_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(FakeTerminal):
        def read(self, size: int | None = -1) -> str:
            raise KeyboardInterrupt

    with MockServer() as server:
        closed = server.url
    cases: list[tuple[str, list[str], str]] = [
        ("", ["chat", "hi"], "no API key: set MISTRAL_API_KEY"),
        ("a b", ["chat", "hi"], "api_key must be "),
        ("k", ["chat", "hi", "--server-url", "localhost:8000"], "server_url must be "),
        ("k", ["chat", "hi", "--server-url", closed], f"no answer from {closed}: "),
        ("k", ["chat", "hi", "--temperature=-1", "--max-tokens=-1"], "temperature: expected "),
        ("k", ["validate", "no/such/file"], "no/such/file: No such file or directory"),
        ("k", ["validate", os.curdir], ".: Is a directory"),
    ]
    for key, arguments, message in cases:
        monkeypatch.setenv("MISTRAL_API_KEY", key)
        result = run(capsys, *arguments)
        assert (result.code, result.out) == (1, "")
        assert result.error.startswith(message)
    with MockServer([RawReply([b"", b"data: [DONE]\n\n"], pace=600)]) as server:
        result = run(capsys, "chat", "hi", "--timeout", "0.1", "--server-url", server.url)
    assert (result.code, result.out) == (1, "") and "time" in result.error
    monkeypatch.setattr(Interrupted, "buffer", property(lambda self: self), raising=False)
    monkeypatch.setattr(sys, "stdin", Interrupted())
    # A new line for the prompt of the shell.
    assert run(capsys, "validate", "-") == (130, "", "\n")


def test_streams_that_are_closed_or_full(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", Full())
        assert main(["demo"]) == 1
    assert "No space left on device" in capsys.readouterr().err
    reading, writing = os.pipe()
    os.close(reading)
    with monkeypatch.context() as patch, open(writing, "w", encoding="utf-8") as out:
        patch.setattr(sys, "stdout", out)
        assert main(["demo", "--pace", "0"]) == 1
        # Later output, as at the exit of the interpreter, does not fail.
        print("more", flush=True)
    assert capsys.readouterr().err == ""
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", None)
        for command in ("chat", "validate"):
            result = run(capsys, command, "-")
            assert (result.code, result.out, result.error) == (1, "", "stdin is closed")
        assert run(capsys, "chat").code == 2
        patch.setattr(sys, "stdout", None)
        assert main(["demo", "--pace", "0"]) == 0


def test_the_package_runs_as_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["mistral_proto", "validate", "no/such/file"])
    # An earlier import would cause a warning.
    monkeypatch.delitem(sys.modules, "mistral_proto.__main__", raising=False)
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("mistral_proto", run_name="__main__")
    assert stop.value.code == 1
    monkeypatch.delitem(sys.modules, "mistral_proto.__main__", raising=False)
    names = runpy.run_module("mistral_proto.__main__", run_name="imported")
    assert names["main"] is main


def test_serve_answers_until_it_is_interrupted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed:
        def write(self, _: str) -> None:
            raise BrokenPipeError

    hi: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    texts: list[str] = []

    def call(_: float) -> None:
        if len(texts) == 2:
            raise KeyboardInterrupt
        if not texts:
            urls.append(capsys.readouterr().out.strip())
        with monkeypatch.context() as patch, Mistral("k", server_url=urls[0]) as mistral:
            if texts:
                patch.setattr(sys, "stderr", Closed())
            response = mistral.chat.complete(**hi, extra_body={"store": True})
            texts.append(response.choices[0].message.text)

    urls: list[str] = []
    monkeypatch.setattr("time.sleep", call)
    result = run(capsys, "serve")
    assert (result.code, texts) == (130, ["You said: Hi"] * 2)
    assert result.err == "POST /v1/chat/completions m 200\n\n"
