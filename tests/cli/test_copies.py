"""``vendor``, ``bundle`` and ``lambda-layer``: what they say of the copies they make."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mistral_proto
from mistral_proto.cli import main
from tests.cli.commands import Result, check_help, run

VERSION = mistral_proto.__version__


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The working directory, which is empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def vendor(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    result = run(capsys, "vendor", "app", "--name", "chat", "--only", "types", *arguments)
    assert (result.code, result.err) == (0, "")
    return result.out.splitlines()


def test_vendor(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    [line] = vendor(capsys)
    count = sum(path.is_file() for path in Path("app").rglob("*"))
    assert line == f"app/chat: mistral_proto {VERSION}, {count - 1} files"
    [line] = vendor(capsys)
    assert line == (
        f"app/chat: mistral_proto {VERSION}; 0 added, 0 updated, 0 removed, {count - 1} unchanged"
    )


def test_an_update_says_what_has_changed(capsys: pytest.CaptureFixture[str]) -> None:
    vendor(capsys)
    record = json.loads(Path("app/chat/VENDORED.json").read_text())
    record["version"] = "0.0.9"
    del record["sha256"]["wire.py"]
    Path("app/chat/wire.py").unlink()
    Path("app/chat/sse.py").rename("app/chat/old.py")
    record["sha256"]["old.py"] = record["sha256"].pop("sse.py")
    Path("app/chat/VENDORED.json").write_text(json.dumps(record))
    Path("app/chat/mine.py").touch()
    *changes, last = vendor(capsys)
    assert changes == [
        "added: sse.py",
        "added: wire.py",
        "removed: old.py",
        "left alone, not ours: mine.py",
    ]
    assert last.startswith(f"app/chat: mistral_proto {VERSION} (was 0.0.9); 2 added, 0 updated, ")


def test_edits_are_told_each_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    vendor(capsys)
    Path("app/chat/sse.py").write_text("mine")
    Path("app/chat/wire.py").unlink()
    code, out, err = run(capsys, "vendor", "app", "--name", "chat", "--only", "types")
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "app/chat/sse.py: edited",
        "app/chat/wire.py: deleted",
        "mistral_proto: error: app/chat has edits (sse.py, wire.py), so nothing was changed; "
        "--force overwrites them",
    ]
    assert Path("app/chat/sse.py").read_text() == "mine"
    assert vendor(capsys, "--force")[:2] == ["updated: sse.py", "updated: wire.py"]


def test_bundle(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    result = run(capsys, "bundle", "-o", "chat_core.py", "--only", "types")
    size = Path("chat_core.py").stat().st_size
    assert result == (0, f"chat_core.py: {size / 1000:.0f} KB\n", "")
    Path("chat_core.py").write_text("mine")
    result = run(capsys, "bundle", "--output", "chat_core.py", "--only", "types")
    assert (result.code, result.out) == (1, "")
    assert result.error == "chat_core.py is there, and is no bundle; --force gives it up"
    assert run(capsys, "bundle", "-o", "chat_core.py", "--only", "types", "--force").code == 0


def test_lambda_layer(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    result = run(capsys, "lambda-layer", "-o", "layer.zip", "--only", "types", "--name", "chat")
    assert (result.code, result.err) == (0, "")
    assert re.fullmatch(
        rf"layer.zip: \d+ KB, byte code for Python 3\.{sys.version_info[1]}\n", result.out
    )
    result = run(capsys, "lambda-layer", "-o", "layer.zip", "--only", "types", "--no-compile")
    assert (result.code, result.err) == (0, "")
    assert re.fullmatch(r"layer.zip: \d+ KB, no byte code\n", result.out)
    Path("layer.zip").write_text("mine")
    result = run(capsys, "lambda-layer", "-o", "layer.zip")
    assert (result.code, result.out) == (1, "")
    assert result.error == "layer.zip is there, and is no layer; --force gives it up"


HELP: list[tuple[list[str], list[str]]] = [
    (["--help"], ["vendor", "bundle", "lambda-layer"]),
    (["vendor", "-h"], ["DIR", "--name", "--only", "types", "client", "--testing", "--force"]),
    (["bundle", "-h"], ["--output", "chat_core.py", "--only", "--testing", "--force"]),
    (
        ["lambda-layer", "-h"],
        ["--output", "--name", "--only", "--testing", "--no-compile", "--force"],
    ),
]


@pytest.mark.parametrize(("arguments", "named"), HELP, ids=lambda value: value[0])
def test_help_names_everything(
    capsys: pytest.CaptureFixture[str], arguments: list[str], named: list[str]
) -> None:
    check_help(capsys, arguments, named)


USAGE: list[tuple[list[str], str]] = [
    (["vendor"], "DIR"),
    (["vendor", "a", "b"], "unrecognized arguments: b"),
    (["vendor", "a", "--only", "server"], "invalid choice: 'server'"),
    (["bundle"], "-o"),
    (["bundle", "chat_core.py"], "-o"),
    (["bundle", "-o", "a.py", "--name", "chat"], "unrecognized arguments: --name"),
    (["lambda-layer"], "-o"),
]


@pytest.mark.parametrize(("arguments", "said"), USAGE, ids=lambda value: str(value))
def test_wrong_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str, folder: Path
) -> None:
    result = run(capsys, *arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err.splitlines()[-1]
    assert [*folder.iterdir()] == []


FAILURES: list[tuple[list[str], str]] = [
    (["vendor", "a", "--name", "my-chat"], "'my-chat' is no name that can be imported"),
    (["vendor", "file"], "file: File exists"),
    (["vendor", "a", "--only", "types", "--testing"], "testing: the server for tests needs more"),
    (["bundle", "-o", "chat-core.py"], "'chat-core' is no name that can be imported"),
    (["bundle", "-o", "no/such/a.py"], "no/such/a.py: No such file or directory"),
    (["lambda-layer", "-o", "no/such/a.zip"], "no/such/a.zip: No such file or directory"),
]


@pytest.mark.parametrize(("arguments", "said"), FAILURES, ids=lambda value: str(value))
def test_a_failure_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str, folder: Path
) -> None:
    Path("file").touch()
    result = run(capsys, *arguments)
    assert (result.code, result.out) == (1, "")
    assert said in result.error
    assert [*folder.iterdir()] == [folder / "file"]


@pytest.mark.parametrize("command", ["vendor", "bundle", "lambda-layer"])
def test_a_copy_makes_no_copies(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    # As in a copy, where there is no such module.
    monkeypatch.setitem(sys.modules, "mistral_proto.cli.copies", None)
    result = run(capsys, command, "--help")
    assert (result.code, result.out) == (2, "")
    assert f"invalid choice: {command!r}" in result.err
    assert command not in run(capsys, "--help").out


def run_copy(*arguments: str) -> Result:
    done = subprocess.run(
        [sys.executable, "-B", "-m", "app.chat", *arguments], capture_output=True, text=True
    )
    return Result(done.returncode, done.stdout, done.stderr)


def test_a_copy_has_the_other_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "vendor", "app", "--name", "chat").code == 0
    code, out, err = run_copy("--help")
    assert (code, err) == (0, "")
    assert out.startswith("usage: python -m app.chat ")
    assert "validate" in out and "vendor" not in out
    assert run_copy("demo", "--pace", "0") == (
        2, "", "app.chat: error: demo is not here: this copy was made without --testing\n"
    )  # fmt: skip
    assert run(capsys, "vendor", "app", "--name", "chat", "--testing").code == 0
    assert run_copy("demo", "--pace", "0").code == 0


def test_without_the_server_for_tests_a_command_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in a copy, where there is no such module.
    monkeypatch.setitem(sys.modules, "mistral_proto.cli.demo", None)
    result = run(capsys, "demo")
    assert (result.code, result.out) == (2, "")
    assert result.error == "demo is not here: this copy was made without --testing"
    monkeypatch.setitem(sys.modules, "mistral_proto.testing", None)
    monkeypatch.delitem(sys.modules, "mistral_proto.cli.demo")
    with pytest.raises(ModuleNotFoundError):
        main(["demo"])
