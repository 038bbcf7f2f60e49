"""The commands that make copies: their options."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from mistral_proto.cli import main
from tests.cli.commands import check_help, run

HELP: list[tuple[list[str], list[str]]] = [
    (["--help"], ["vendor", "bundle", "lambda-layer"]),
    (["vendor", "-h"], ["DIR", "--name", "--only {types,client,testing,all}", "--force"]),
    (["bundle", "-h"], ["--output", "--only {types,client,testing,all}", "--force"]),
    (["lambda-layer", "-h"], ["--output", "--name", "--only", "--force"]),
]
USAGE: list[tuple[list[str], str]] = [
    (["vendor"], "DIR"),
    (["vendor", "a", "b"], "unrecognized arguments: b"),
    (["vendor", "a", "--only", "server"], "invalid choice: 'server'"),
    (["bundle"], "-o"),
    (["bundle", "chat_core.py"], "-o"),
    (["bundle", "-o", "a.py", "--name", "chat"], "unrecognized arguments: --name"),
    (["lambda-layer"], "-o"),
]
FAILURES: list[tuple[list[str], str]] = [
    (["bundle", "-o", "chat_core"], "chat_core: the name of a bundle ends in .py"),
    (["lambda-layer", "-o", "file/a.zip"], "Not a directory"),
]


def test_options(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments, named in HELP:
        check_help(capsys, arguments, named)
    Path("file").touch()
    for arguments, words in USAGE:
        result = run(capsys, *arguments)
        assert (result.code, result.out) == (2, "")
        assert words in result.err.splitlines()[-1]
    for arguments, words in FAILURES:
        result = run(capsys, *arguments)
        assert (result.code, result.out) == (1, "")
        assert words in result.error
    assert [*tmp_path.iterdir()] == [tmp_path / "file"]


def test_sigterm_is_as_it_was_afterwards(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert main(["vendor", str(tmp_path), "--only", "types"]) == 0
    assert main(["vendor", str(tmp_path), "--name", "json"]) == 1
    assert signal.getsignal(signal.SIGTERM) is before


def test_without_these_commands(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in a copy, where there is no such module.
    monkeypatch.setitem(sys.modules, "mistral_proto.cli.copies", None)
    result = run(capsys, "vendor", "--help")
    assert (result.code, result.out) == (2, "")
    assert "invalid choice: 'vendor'" in result.err
