"""A tree is hostile until it is checked: nothing is run, followed, overwritten or lost in it."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mistral_proto.cli import main
from mistral_proto.embedding import contents, one_file, vendoring
from tests.embedding.trees import tree, vendor
from tests.imported_from import ROOT

ESCAPE = "\x1b[31m"
Preparation = Callable[[Path, Path], object]
"""A function that gets the folder of a copy, and one outside."""


def record(**changes: object) -> Preparation:
    def forge(copy: Path, outside: Path) -> None:
        document = json.loads((copy / "VENDORED.json").read_bytes())
        (copy / "VENDORED.json").write_text(json.dumps({**document, **changes}))

    return forge


def content(data: bytes) -> Preparation:
    return lambda copy, outside: (copy / "VENDORED.json").write_bytes(data)


def link(path: str, target: str) -> Preparation:
    """Replace what is at a path of the copy by a link to something outside."""

    def make(copy: Path, outside: Path) -> None:
        place, target_path = copy / path, outside / target
        place.parent.mkdir(exist_ok=True)
        if place.is_dir():
            place.rename(target_path)
        elif place.exists():
            target_path.write_bytes(place.read_bytes())
            place.unlink()
        place.symlink_to(target_path)

    return make


def fifo(path: str) -> Preparation:
    def make(copy: Path, outside: Path) -> None:
        (copy / path).unlink(missing_ok=True)
        os.mkfifo(copy / path)

    return make


def unix_socket(copy: Path, outside: Path) -> None:
    before = os.getcwd()
    os.chdir(copy)  # as the path of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
    os.chdir(before)


def no_record(copy: Path, outside: Path) -> None:
    (copy / "VENDORED.json").unlink()


def folder_for_a_record(copy: Path, outside: Path) -> None:
    no_record(copy, outside)
    (copy / "VENDORED.json").mkdir()


def sparse(copy: Path, outside: Path) -> None:
    with open(copy / "VENDORED.json", "ab") as file:
        file.truncate(1 << 40)


def target_is_a_link(copy: Path, outside: Path) -> None:
    copy.rename(outside / "chat")
    copy.symlink_to(outside / "chat")


def target_is_a_file(copy: Path, outside: Path) -> None:
    copy.rename(outside / "chat")
    copy.touch()


REFUSED: dict[str, tuple[Preparation, str]] = {
    "a linked folder": (link("protocol", "protocol"), "is a link"),
    "a linked file": (link("errors.py", "errors.py"), "is a link"),
    "a link of others": (link("mine.py", "mine.py"), "is a link"),
    f"a link called {ESCAPE}": (link(f"{ESCAPE}\n.py", "mine.py"), "is a link"),
    "a link that leads nowhere": (link("no.py", "no.py"), "is a link"),
    "a link in a folder of others": (link("own/link", "no"), "is a link"),
    "the copy a link": (target_is_a_link, "is a link"),
    "the copy a file": (target_is_a_file, "Not a directory"),
    "the record a link": (link("VENDORED.json", "record"), "is a link"),
    "the record a FIFO": (fifo("VENDORED.json"), "not a regular file"),
    "a file a FIFO": (fifo("sse.py"), "not a regular file"),
    "a socket": (unix_socket, "not a regular file"),
    "no record": (no_record, "is not a copy"),
    "a folder for a record": (folder_for_a_record, "VENDORED.json"),
    "a record of a terabyte": (sparse, "is not a copy"),
    "a record without end": (content(b"[" * 500_000), "is not a copy"),
    "a record that is a list": (content(b"[]"), "is not a copy"),
    "a record that is no text": (content(b"\xff"), "is not a copy"),
    "a large number": (content(b"9" * 100_000), "is not a copy"),
    "half a record": (content(b'{"package": "mistral_proto"}'), "is not a copy"),
    "the record of another package": (record(package="chat"), "is not a copy"),
    "a version with escapes": (record(version=f"1{ESCAPE}"), "is not a copy"),
    "a version that is a number": (record(version=1), "is not a copy"),
    "a kind that is unknown": (record(only="server"), "is not a copy"),
    "a kind that is a list": (record(only=["types"]), "is not a copy"),
    "files that are a list": (record(sha256=["sse.py"]), "is not a copy"),
    "files that are null": (record(sha256=None), "is not a copy"),
    "a file above": (record(sha256={"../../outside/mine.py": ""}), "is not a copy"),
    "a file at the root": (record(sha256={"/etc/passwd": ""}), "is not a copy"),
    "a file with escapes": (record(sha256={f"{ESCAPE}.py": ""}), "is not a copy"),
    "a file of two lines": (record(sha256={"a\nb.py": ""}), "is not a copy"),
}


@pytest.mark.parametrize("options", [[], ["--force"]], ids=["", "forced"])
@pytest.mark.parametrize("case", REFUSED)
def test_a_tree_is_refused_and_left_as_it_is(
    case: str,
    options: list[str],
    copy: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prepare, words = REFUSED[case]
    outside = tmp_path / "outside"
    outside.mkdir()
    prepare(copy, outside)
    before = tree(tmp_path)
    assert vendor(copy, *options) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and err[:-1].isprintable()
    assert words in err
    assert tree(tmp_path) == before


def test_folders_without_end(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = os.getcwd()
    os.chdir(copy)
    for _ in range(2200):  # longer than a path may be
        os.mkdir("d")
        os.chdir("d")
    os.chdir(before)
    try:
        assert vendor(copy) == 1
        assert "File name too long" in capsys.readouterr().err
        assert [*copy.parent.iterdir()] == [copy]
    finally:  # it is more than pytest can delete
        subprocess.run(["rm", "-rf", str(copy)], check=True)


NAMES = "json sys asyncio _thread class None my-chat 1st a.b a/b ../chat __main__ ﬁle ".split(" ")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_refused_at_once(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", None)  # nothing is tried
    for command in (
        ["vendor", str(tmp_path), "--name", name],
        ["bundle", "-o", f"{tmp_path}/{name}.py"],
        ["lambda-layer", "-o", f"{tmp_path}/layer.zip", "--name", name],
    ):
        if command[0] != "bundle" or "/" not in name:
            assert main([*command, "--force"]) == 1
            err = capsys.readouterr().err
            assert any(it in err for it in ("is not a name", "standard library", "ends in"))
    assert tree(tmp_path) == {}


def test_nothing_in_the_tree_runs_and_nothing_of_the_environment_is_seen(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shadows = ["sse/__init__.py", "json.py", "json/__init__.py", "sitecustomize.py"]
    shadows += ["protocol/chunk/__init__.py", "client/__init__.py"]
    for path in [*shadows, "../json.py", "../sitecustomize.py"]:
        (copy / path).parent.mkdir(exist_ok=True)
        (copy / path).write_text("raise SystemExit('it ran')")
    seen: list[Any] = []
    run = subprocess.run

    def watched(command: list[str], **options: Any) -> Any:
        seen.append((command, options))
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", watched)
    monkeypatch.setenv("MISTRAL_API_KEY", "secret")
    monkeypatch.setenv("PYTHONPATH", str(copy.parent))
    monkeypatch.chdir(copy.parent)
    assert vendor(copy) == 0
    [(command, options)] = seen
    assert options["env"] == {} and "-ISB" in command
    assert Path(options["cwd"]) != copy.parent and not Path(options["cwd"]).exists()
    listed = capsys.readouterr().out.splitlines()
    assert {f"left alone, not ours: {path!r}" for path in shadows} <= {*listed}
    assert all((copy / path).read_text() == "raise SystemExit('it ran')" for path in shadows)


def test_what_is_not_ours_stays(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = {"mine.py": b"1", "own/deep/a.txt": b"2", "protocol/.hidden": b"", "protocol/x/y": b"3"}
    own[f"{ESCAPE}\n.txt"] = b"4"
    own["__pycache__/notes.txt"] = b"5"
    for path, data in own.items():
        (copy / path).parent.mkdir(exist_ok=True, parents=True)
        (copy / path).write_bytes(data)
    (copy / "empty").mkdir(mode=0o700)
    (copy / "__pycache__" / "sse.cpython-310.pyc").write_bytes(b"not checked")
    numbers = {path: (copy / path).stat().st_ino for path in own}
    for kind in ("types", "client", "types"):
        assert vendor(copy, "--only", kind) == 0
        assert {path: (copy / path).read_bytes() for path in own} == own
        assert {path: (copy / path).stat().st_ino for path in own} == numbers
        assert (copy / "empty").stat().st_mode & 0o777 == 0o700
        assert not (copy / "__pycache__" / "sse.cpython-310.pyc").exists()
        assert capsys.readouterr().out.isascii()
        # Otherwise there is nothing to change.
        (copy / "VENDORED.json").write_bytes((copy / "VENDORED.json").read_bytes() + b" ")
    assert not (copy / "client").exists()
    assert [*copy.parent.iterdir()] == [copy]


def test_what_is_put_there_while_it_runs_stays(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also an edit of one of our files, which the next update reports."""

    def busy(*arguments: Any) -> None:
        contents.try_copy(*arguments)
        (copy / "late.txt").write_text("late")
        (copy / "late").symlink_to("nowhere")
        (copy / "errors.py").write_text("edited")
        (copy / "client").mkdir()
        (copy / "client" / "mistral.py").write_text("mine")

    monkeypatch.setattr(vendoring, "try_copy", busy)
    assert vendor(copy, "--only", "client") == 0
    assert (copy / "late.txt").read_text() == "late"
    assert os.readlink(copy / "late") == "nowhere"
    assert (copy / "errors.py").read_text() == "edited"
    assert (copy / "client" / "mistral.py").read_text() == "mine"
    (copy / "late").unlink()
    assert vendor(copy) == 1
    assert [*copy.parent.iterdir()] == [copy]


def test_files_that_are_written_all_the_time_are_there_in_the_end(copy: Path) -> None:
    written: list[str] = []
    done = threading.Event()

    def write() -> None:
        os.chdir(copy)  # what the folder is called by now does not matter
        while not done.is_set():
            for folder in ("", "protocol/"):
                path = f"{folder}{len(written)}.txt"
                try:
                    (copy / path).write_text(path)
                except FileNotFoundError:  # where folders are exchanged in two steps
                    continue
                written.append(path)
                time.sleep(0.0005)

    before = os.getcwd()
    thread = threading.Thread(target=write)
    thread.start()
    try:
        for kind in ("client", "types", "client", "types"):
            assert vendor(copy, "--only", kind) == 0
    finally:
        done.set()
        thread.join()
        os.chdir(before)
    assert len(written) > 10
    assert [path for path in written if (copy / path).read_text() != path] == []
    assert [*copy.parent.iterdir()] == [copy]


def fail(*arguments: object, **options: object) -> Any:
    raise PermissionError(13, "Permission denied", "that")


def interrupt(*arguments: object, **options: object) -> Any:
    raise KeyboardInterrupt


class OtherSystem:
    """A C library that cannot exchange folders."""

    def __init__(self, name: None) -> None:
        pass


STEPS: list[tuple[object, str, Callable[..., Any]]] = [
    (vendoring, "write", fail),
    (vendoring, "write", interrupt),
    (vendoring, "try_copy", fail),
    (vendoring, "try_copy", interrupt),
    (vendoring, "_exchange", fail),
    (vendoring, "_exchange", interrupt),
    (os, "replace", fail),
    (Path, "mkdir", fail),
]


@pytest.mark.parametrize(("module", "name", "failing"), STEPS)
def test_a_step_that_fails_changes_nothing(
    module: object,
    name: str,
    failing: Callable[..., Any],
    copy: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (copy / "own").mkdir()
    (copy / "own" / "mine.txt").touch()
    before = tree(copy.parent)
    with monkeypatch.context() as patch:
        patch.setattr(module, name, failing)
        assert vendor(copy) == (130 if failing is interrupt else 1)
    assert tree(copy.parent) == before
    assert vendor(copy) == 0


def test_a_file_in_the_place_of_a_new_folder_is_not_lost(copy: Path) -> None:
    (copy / "transport").write_text("mine")
    before = tree(copy.parent)
    assert vendor(copy, "--only", "client") == 1
    assert tree(copy.parent) == before


def test_where_folders_are_exchanged_in_two_steps(
    copy: Path, types: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", OtherSystem)
    before = tree(copy.parent)
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        return fail() if target == copy and self.name == "chat" else rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", failing)
        assert vendor(copy) == 1
    assert tree(copy.parent) == before
    assert vendor(copy) == 0
    assert tree(copy) == tree(types)
    assert [*copy.parent.iterdir()] == [copy]


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]


@pytest.mark.parametrize("number", SIGNALS, ids=lambda it: it.name)
def test_a_signal_leaves_a_whole_copy(number: signal.Signals, copy: Path, types: Path) -> None:
    (copy / "mine.txt").touch()
    wholes = [tree(copy), {**tree(types), "mine.txt": b""}]
    command = [sys.executable, "-m", "mistral_proto", "vendor", str(copy.parent), "--name", "chat"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and not [*copy.parent.glob(".chat-*")]:
        time.sleep(0.001)
    process.send_signal(number)
    process.wait()
    assert tree(copy) in wholes
    if number != signal.SIGKILL:
        assert [*copy.parent.iterdir()] == [copy]


def one_file_commands(folder: Path) -> list[list[str]]:
    return [
        ["bundle", "-o", f"{folder}/chat_core.py", "--only", "types"],
        ["lambda-layer", "-o", f"{folder}/layer.zip", "--only", "types"],
    ]


@pytest.mark.parametrize("command", [0, 1], ids=["bundle", "layer"])
@pytest.mark.parametrize("case", ["a link", "a link that leads nowhere", "a FIFO", "a folder"])
def test_one_file_is_not_written_through(
    case: str, command: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = one_file_commands(tmp_path)[command]
    path, outside = Path(arguments[2]), tmp_path / "outside"
    if case == "a link":
        outside.write_text("precious")
    if case.startswith("a link"):
        path.symlink_to(outside)
    elif case == "a FIFO":
        os.mkfifo(path)
    else:
        path.mkdir()
    before = tree(tmp_path)
    for options in ([], ["--force"]):
        assert main([*arguments, *options]) == 1
        assert capsys.readouterr().err.count("\n") == 1
        assert tree(tmp_path) == before


@pytest.mark.parametrize("command", [0, 1], ids=["bundle", "layer"])
def test_one_file_is_made_in_a_folder_of_its_own(
    command: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose name nobody knows before; what is put in the file's place meanwhile is kept."""
    arguments, folders = one_file_commands(tmp_path)[command], []
    path = Path(arguments[2])

    def busy(folder: Path, *others: Any) -> None:
        folders.append(folder)
        assert tmp_path in folder.parents
        contents.try_copy(folder, *others)
        path.write_text("put there")

    monkeypatch.setattr(one_file, "try_copy", busy)
    assert main(arguments) == 1
    assert tree(tmp_path) == {path.name: b"put there"}
    monkeypatch.setattr(one_file, "try_copy", interrupt)
    assert main([*arguments, "--force"]) == 130
    assert tree(tmp_path) == {path.name: b"put there"}
    assert main([*arguments]) == 1
