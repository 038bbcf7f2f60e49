"""A tree is hostile until it is checked: nothing is run, followed, overwritten or lost in it."""

from __future__ import annotations

import ctypes
import json
import os
import signal
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
from tests.embedding.trees import put, tree, vendor
from tests.imported_from import ROOT

ESCAPE = "\x1b[31m"
Patch = pytest.MonkeyPatch
Capture = pytest.CaptureFixture[str]
Preparation = Callable[[Path, Path], object]
"""A function that gets the folder of a copy, and one outside."""


def moved(path: str, make: Callable[[Path], object] | None = None) -> Preparation:
    """Move what is at a path of the copy to the folder outside; link to it, or `make` another."""

    def prepare(copy: Path, outside: Path) -> None:
        place = copy / path
        place.parent.mkdir(exist_ok=True)
        if place.exists():
            place.rename(outside / "moved")
        make(place) if make else place.symlink_to(outside / "moved")

    return prepare


def terabyte(path: Path) -> None:
    with open(path, "wb") as file:
        file.truncate(1 << 40)


TREES: dict[str, tuple[Preparation, str]] = {
    "a linked folder": (moved("protocol"), "is a link"),
    "a linked file": (moved("errors.py"), "is a link"),
    "a link of others": (moved(f"own/{ESCAPE}\n.py"), "is a link"),
    "the copy a link": (moved("."), "is a link"),
    "the copy a file": (moved(".", Path.touch), "Not a directory"),
    "the record a link": (moved("VENDORED.json"), "is a link"),
    "the record a FIFO": (moved("VENDORED.json", os.mkfifo), "not a regular file"),
    "the record a folder": (moved("VENDORED.json", Path.mkdir), "VENDORED.json"),
    "a file a FIFO": (moved("sse.py", os.mkfifo), "not a regular file"),
    "no record": (moved("VENDORED.json", bool), "is not a copy"),
    "a record of a terabyte": (moved("VENDORED.json", terabyte), "is not a copy"),
}


def assert_refused(copy: Path, capsys: Capture, words: str) -> None:
    """Run the command; assert that it changes nothing, and prints a line with these words."""
    before = tree(copy.parent.parent)
    for options in ([], ["--force"]):
        assert vendor(copy, *options) == 1
        out, err = capsys.readouterr()
        assert out == "" and err.count("\n") == 1 and err[:-1].isprintable()
        assert words in err
        assert tree(copy.parent.parent) == before


@pytest.mark.parametrize("case", TREES)
def test_a_tree_is_refused_and_left_as_it_is(
    case: str, copy: Path, tmp_path: Path, capsys: Capture
) -> None:
    prepare, words = TREES[case]
    (tmp_path / "outside").mkdir()
    prepare(copy, tmp_path / "outside")
    assert_refused(copy, capsys, words)


TEXTS = [b"[" * 500_000, b"[]", b"\xff", b"9" * 100_000, b'{"package": "mistral_proto"}']
CHANGES: list[dict[str, Any]] = [
    {"package": "chat"},
    {"version": f"1{ESCAPE}"},
    {"version": "1" * 100},
    {"version": 1},
    {"only": "server"},
    {"only": ["types"]},
    {"sha256": ["sse.py"]},
    {"sha256": None},
    {"sha256": {"../../outside/mine.py": ""}},
    {"sha256": {"/etc/passwd": ""}},
    {"sha256": {f"{ESCAPE}.py": ""}},
    {"sha256": {"a/" * 99 + "b.py": ""}},
]


def test_a_forged_record_is_refused(copy: Path, capsys: Capture) -> None:
    record = (copy / "VENDORED.json").read_bytes()
    forged = [json.dumps({**json.loads(record), **changed}).encode() for changed in CHANGES]
    for data in TEXTS + forged:
        put(copy / "VENDORED.json", data)
        assert_refused(copy, capsys, "is not a copy")


def test_a_link_to_a_copy_is_refused_where_nothing_has_to_change(
    types: Path, tmp_path: Path
) -> None:
    (tmp_path / "chat").symlink_to(types)
    assert vendor(tmp_path / "chat") == 1


@pytest.mark.full
def test_folders_without_end(copy: Path, capsys: Capture) -> None:
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


def test_a_name_is_refused_at_once(tmp_path: Path, capsys: Capture, monkeypatch: Patch) -> None:
    monkeypatch.setattr(subprocess, "run", None)  # nothing is tried
    names = "json sys _thread class None my-chat 1st a.b a/b ../chat __main__ ﬁle"
    for name in [*names.split(), ""]:
        for command in (
            ["vendor", str(tmp_path), "--name", name],
            ["bundle", "-o", f"{tmp_path}/{name.replace('/', '.')}.py"],
            ["lambda-layer", "-o", f"{tmp_path}/layer.zip", "--name", name],
        ):
            assert main([*command, "--force"]) == 1
            err = capsys.readouterr().err
            assert any(it in err for it in ("is not a name", "standard library")), command
    assert tree(tmp_path) == {}


def test_nothing_of_the_tree_runs(copy: Path, monkeypatch: Patch, capsys: Capture) -> None:
    """Neither does the trial see anything of the environment."""
    shadows = ["sse/__init__.py", "json.py", "json/__init__.py", "sitecustomize.py"]
    shadows += ["protocol/chunk/__init__.py", "client/__init__.py"]
    code = b"raise SystemExit('it ran')"
    for path in [*shadows, "../json.py", "../sitecustomize.py"]:
        put(copy / path, code)
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
    assert all((copy / path).read_bytes() == code for path in shadows)


def test_what_is_not_ours_stays(copy: Path, capsys: Capture) -> None:
    own = ["mine.py", "own/deep/a.txt", "protocol/.hidden", "protocol/x/y", f"{ESCAPE}\n.txt"]
    own += ["__pycache__/notes.txt", "__pycache__/" * 300 + "deep.txt"]
    for path in own:
        put(copy / path, path.encode())
    (copy / "empty").mkdir(mode=0o700)
    put(copy / "__pycache__" / "sse.cpython-310.pyc", b"not checked")
    numbers = {path: (copy / path).stat().st_ino for path in own}
    for kind in ("types", "client", "types"):
        assert vendor(copy, "--only", kind) == 0
        assert all((copy / path).read_bytes() == path.encode() for path in own)
        assert {path: (copy / path).stat().st_ino for path in own} == numbers
        assert (copy / "empty").stat().st_mode & 0o777 == 0o700
        assert not (copy / "__pycache__" / "sse.cpython-310.pyc").exists()
        assert all(it.isprintable() for it in capsys.readouterr().out.splitlines())
    assert not (copy / "client").exists()
    assert [*copy.parent.iterdir()] == [copy]


def test_what_is_put_there_while_it_runs_stays(copy: Path, monkeypatch: Patch) -> None:
    """Also an edit of one of our files, which the next update reports."""

    def busy(*arguments: Any) -> None:
        contents.try_copy(*arguments)
        (copy / "late").symlink_to("nowhere")
        for path in ("late.txt", "errors.py", "client/mistral.py"):
            put(copy / path)

    monkeypatch.setattr(vendoring, "try_copy", busy)
    assert vendor(copy, "--only", "client") == 0
    assert os.readlink(copy / "late") == "nowhere"
    for path in ("late.txt", "errors.py", "client/mistral.py"):
        assert (copy / path).read_bytes() == b"mine"
    (copy / "late").unlink()
    assert vendor(copy) == 1
    assert [*copy.parent.iterdir()] == [copy]


def test_a_link_in_the_place_of_the_copy_meanwhile(copy: Path, monkeypatch: Patch) -> None:
    def busy(*arguments: Any) -> None:
        contents.try_copy(*arguments)
        copy.rename(copy.with_name("outside"))
        copy.symlink_to("outside")

    before = tree(copy)
    monkeypatch.setattr(vendoring, "try_copy", busy)
    assert vendor(copy) == 1
    assert copy.is_symlink() and tree(copy.with_name("outside")) == before
    assert len([*copy.parent.iterdir()]) == 2


def test_files_that_are_written_all_the_time_are_there_in_the_end(copy: Path) -> None:
    written: list[str] = []
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            for folder in ("", "protocol/"):
                path = f"{folder}{len(written)}.txt"
                try:
                    (copy / path).write_text(path)
                except FileNotFoundError:  # where folders are exchanged in two steps
                    continue
                written.append(path)
                time.sleep(0.0005)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for kind in ("client", "types", "client", "types"):
            assert vendor(copy, "--only", kind) == 0
    finally:
        done.set()
        thread.join()
    assert len(written) > 10
    assert [path for path in written if (copy / path).read_text() != path] == []
    assert [*copy.parent.iterdir()] == [copy]


def fail(*arguments: object, **options: object) -> Any:
    raise PermissionError(13, "Permission denied", "that")


def interrupt(*arguments: object, **options: object) -> Any:
    raise KeyboardInterrupt


@pytest.mark.parametrize("failing", [fail, interrupt])
def test_a_step_that_fails_changes_nothing(
    failing: Callable[..., Any], copy: Path, monkeypatch: Patch
) -> None:
    put(copy / "own" / "mine.txt")
    before = tree(copy.parent)
    for place, name in (
        (vendoring, "write"),
        (vendoring, "try_copy"),
        (vendoring, "_exchange"),
        (os, "replace"),
        (Path, "mkdir"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, failing)
            assert vendor(copy) == (130 if failing is interrupt else 1)
        assert tree(copy.parent) == before
    put(copy / "transport")  # a file in the place of a new folder
    before = tree(copy.parent)
    assert vendor(copy, "--only", "client") == 1
    assert tree(copy.parent) == before
    assert vendor(copy) == 0


def test_where_folders_are_exchanged_in_two_steps(
    copy: Path, types: Path, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())  # which has no `renameat2`
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_leaves_a_whole_copy(number: signal.Signals, copy: Path, types: Path) -> None:
    put(copy / "mine.txt")
    wholes = [tree(copy), {**tree(types), "mine.txt": b"mine"}]
    command = [sys.executable, "-m", "mistral_proto", "vendor", str(copy.parent), "--name", "chat"]
    process = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and not [*copy.parent.glob(".chat-*")]:
        time.sleep(0.001)
    process.send_signal(number)
    process.wait()
    assert tree(copy) in wholes
    if number != signal.SIGKILL:
        assert [*copy.parent.iterdir()] == [copy]


@pytest.mark.parametrize("command", ["bundle", "lambda-layer"])
def test_one_file(command: str, tmp_path: Path, monkeypatch: Patch, capsys: Capture) -> None:
    """It is made in a folder whose name nobody knows before, and written through no link."""
    path, outside = tmp_path / "chat_core.py", tmp_path / "outside"
    make = [command, "-o", str(path), "--only", "types"]
    outside.write_text("precious")
    preparations: list[Callable[[], object]] = [
        lambda: path.symlink_to(outside),
        lambda: path.symlink_to("nowhere"),
        lambda: os.mkfifo(path),
        path.mkdir,
    ]
    for prepare in preparations:
        prepare()
        before = tree(tmp_path)
        for options in ([], ["--force"]):
            assert main([*make, *options]) == 1
            assert capsys.readouterr().err.count("\n") == 1
            assert tree(tmp_path) == before
        path.rmdir() if path.is_dir() else path.unlink()

    def busy(folder: Path, *others: Any) -> None:
        assert tmp_path in folder.parents
        contents.try_copy(folder, *others)
        put(path)

    for step, options, code in ((busy, [], 1), (interrupt, ["--force"], 130)):
        monkeypatch.setattr(one_file, "try_copy", step)
        assert main([*make, *options]) == code
        assert tree(tmp_path) == {path.name: b"mine", "outside": b"precious"}
