"""The command line as a whole: usage, exit codes, and how a failure is told."""

from __future__ import annotations

import errno
import io
import os
import runpy
import sys
from pathlib import Path

import pytest

import mistral_proto
from mistral_proto.cli import main
from mistral_proto.testing import MockServer
from tests.cli.commands import FakeTerminal, check_help, run, stdin_of

USAGE: list[tuple[str, list[str], str]] = [
    ("nothing", [], "COMMAND"),
    ("unknown command", ["dance"], "invalid choice: 'dance'"),
    ("unknown option", ["demo", "--colour"], "unrecognized arguments: --colour"),
    ("a second question", ["chat", "a", "b"], "unrecognized arguments: b"),
    ("bad temperature", ["chat", "hi", "--temperature", "warm"], "'warm'"),
    ("no temperature", ["chat", "hi", "--temperature"], "expected one argument"),
    ("bad max-tokens", ["chat", "hi", "--max-tokens", "1.5"], "'1.5'"),
    ("bad pace", ["demo", "--pace", "fast"], "'fast'"),
    ("no file", ["validate"], "file"),
    ("bad type", ["validate", "x", "--type", "letter"], "invalid choice: 'letter'"),
    ("no question, no terminal", ["chat"], "no question: give one, or - to read it from stdin"),
    ("no question, options", ["chat", "--model", "m"], "no question"),
]


@pytest.mark.parametrize(
    ("arguments", "said"), [case[1:] for case in USAGE], ids=[case[0] for case in USAGE]
)
def test_wrong_usage(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.setattr(sys, "stdin", stdin_of(b""))
    result = run(capsys, *arguments)
    assert (result.code, result.out) == (2, "")
    *_, last = result.err.splitlines()
    assert "error: " in last and said in last
    assert result.err.startswith("usage: python -m mistral_proto ")


HELP: list[tuple[list[str], list[str]]] = [
    (["--help"], ["demo", "chat", "validate", "convert", "schema", "serve", "--version"]),
    (["demo", "-h"], ["--pace"]),
    (
        ["chat", "-h"],
        [
            "MISTRAL_API_KEY",
            "--server-url",
            "--model",
            "--system",
            "--temperature",
            "--max-tokens",
            "--json",
            "--no-stream",
            "mistral-small-latest",
        ],
    ),
    (["schema", "-h"], ["ChatCompletionRequest", "mistral-chat-completion", "--strict"]),
    (["validate", "-h"], ["--type", "--strict", "request", "response", "chunk", "event", "error"]),
]


@pytest.mark.parametrize(("arguments", "named"), HELP, ids=lambda value: value[0])
def test_help_names_everything(
    capsys: pytest.CaptureFixture[str], arguments: list[str], named: list[str]
) -> None:
    check_help(capsys, arguments, named)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"mistral_proto {mistral_proto.__version__}\n", "")


FAILURES: list[tuple[str, str | None, list[str], str]] = [
    ("no key", None, ["chat", "hi"], "no API key: set MISTRAL_API_KEY"),
    ("an empty key", "", ["chat", "hi"], "no API key: set MISTRAL_API_KEY"),
    (
        "a key of two words",
        "a b",
        ["chat", "hi"],
        "api_key must be printable ASCII without spaces",
    ),
    (
        "no URL",
        "k",
        ["chat", "hi", "--server-url", "localhost:8000"],
        "server_url must be an http or https URL, not 'localhost:8000'",
    ),
    (
        "too hot",
        "k",
        ["chat", "hi", "--temperature", "9"],
        "temperature: expected a number of at least 0 and at most 1.5, got the number 9.0",
    ),
    (
        "two mistakes",
        "k",
        ["chat", "hi", "--temperature=-1", "--max-tokens=-1"],
        "temperature: expected a number of at least 0 and at most 1.5, got the number -1.0; "
        "max_tokens: expected an integer of at least 0, got the number -1",
    ),
    ("no file", "k", ["validate", "no/such/file"], "no/such/file: No such file or directory"),
    ("a folder", "k", ["validate", os.curdir], ".: Is a directory"),
]


@pytest.mark.parametrize(
    ("key", "arguments", "said"), [case[1:] for case in FAILURES], ids=[c[0] for c in FAILURES]
)
def test_a_failure_is_one_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    key: str | None,
    arguments: list[str],
    said: str,
) -> None:
    if key is None:
        monkeypatch.delenv("MISTRAL_API_KEY")
    else:
        monkeypatch.setenv("MISTRAL_API_KEY", key)
    result = run(capsys, *arguments)
    assert (result.code, result.out, result.error) == (1, "", said)


def test_a_refused_connection(capsys: pytest.CaptureFixture[str]) -> None:
    with MockServer() as server:
        url = server.url
    result = run(capsys, "chat", "hi", "--server-url", url)
    assert (result.code, result.out) == (1, "")
    assert result.error == f"no answer from {url}: Connection refused"


@pytest.mark.parametrize("command", ["chat", "validate"])
def test_an_interrupt(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    class Interrupted(FakeTerminal):
        def read(self, size: int | None = -1) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", Interrupted())
    monkeypatch.setattr(Interrupted, "buffer", property(lambda self: self), raising=False)
    # A new line, so that the prompt of the shell does not follow what was shown.
    assert run(capsys, command, "-") == (130, "", "\n")


def test_a_full_disk(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stdout", Full())
    assert main(["demo"]) == 1
    assert "No space left on device" in capsys.readouterr().err


def test_a_reader_that_has_seen_enough(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", encoding="utf-8") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert main(["demo", "--pace", "0"]) == 1
        # What comes now goes nowhere, and does not fail, as at the interpreter's exit.
        print("more", flush=True)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("arguments", [["--version"], ["validate", "no/such/file"]])
def test_the_package_runs_as_a_program(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["mistral_proto", *arguments])
    # Whoever imported it before is no reason to warn.
    monkeypatch.delitem(sys.modules, "mistral_proto.__main__", raising=False)
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("mistral_proto", run_name="__main__")
    assert stop.value.code == (0 if arguments == ["--version"] else 1)
    captured = capsys.readouterr()
    assert bool(captured.out) is (stop.value.code == 0)


def test_the_module_can_be_imported_without_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "mistral_proto.__main__", raising=False)
    names = runpy.run_module("mistral_proto.__main__", run_name="imported")
    assert names["main"] is main


def test_the_arguments_of_the_process_are_the_default(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "request.json"
    file.write_text('{"model":"m","messages":[{"role":"user","content":"Hi"}]}')
    monkeypatch.setattr(sys, "argv", ["mistral_proto", "validate", str(file)])
    assert main() == 0
    assert capsys.readouterr().out == f"{file}: a valid ChatCompletionRequest\n"


@pytest.mark.parametrize("pace", ["-1", "3601", "inf", "nan", "soon"])
def test_a_pace_that_is_none(capsys: pytest.CaptureFixture[str], pace: str) -> None:
    result = run(capsys, "demo", f"--pace={pace}")
    assert (result.code, result.out) == (2, "")
    assert "argument --pace" in result.err


@pytest.mark.parametrize("arguments", [["chat", "-"], ["validate", "-"]], ids=lambda a: a[0])
def test_a_stdin_that_was_closed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    result = run(capsys, *arguments)
    assert (result.code, result.out, result.error) == (1, "", "stdin is closed")


def test_a_stdout_that_was_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["demo", "--pace", "0"]) == 0
