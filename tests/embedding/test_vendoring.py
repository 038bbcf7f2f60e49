"""A copy in another tree: made, updated, and never over what somebody else has written."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

import mistral_proto
from mistral_proto.embedding import trial, vendoring
from mistral_proto.embedding.contents import files_of_a_copy
from mistral_proto.embedding.record import RECORD, digest, read_record
from mistral_proto.embedding.sources import EmbeddingError
from mistral_proto.embedding.vendoring import LocalEdits, Vendored, vendor
from tests.embedding.isolated import run

Files = dict[str, bytes]


def tree(folder: Path) -> Files:
    """All that is in a folder, hidden files included."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the types."""
    return vendor(tmp_path / "app", name="chat", only="types").folder


def test_a_new_copy(tmp_path: Path) -> None:
    done = vendor(tmp_path / "app" / "_vendor")
    files = tree(done.folder)
    assert done.folder == tmp_path / "app" / "_vendor" / "mistral_proto"
    assert sorted(files) == sorted([*done.added, RECORD])
    assert (done.before, done.updated, done.removed, done.unchanged, done.own) == (
        None, [], [], [], [],
    )  # fmt: skip
    assert b"Apache License" in files["LICENSE"]
    assert {**files_of_a_copy(), "LICENSE": files["LICENSE"], RECORD: files[RECORD]} == files
    # Nothing is left beside it.
    assert [*done.folder.parent.iterdir()] == [done.folder]


def test_the_record(copied: Path) -> None:
    document = json.loads((copied / RECORD).read_bytes())
    assert (document["package"], document["version"], document["only"]) == (
        "mistral_proto", mistral_proto.__version__, "types",
    )  # fmt: skip
    assert document["sha256"] == {
        path: digest(data) for path, data in tree(copied).items() if path != RECORD
    }
    assert document["sha256"] == read_record(copied).files


@pytest.mark.parametrize("name", ["chat", "mistral_proto", "été"])
def test_it_is_imported_by_its_name_and_place(name: str, tmp_path: Path) -> None:
    vendor(tmp_path / "app" / "_vendor", name=name, only="types")
    (tmp_path / "app" / "__init__.py").touch()
    (tmp_path / "app" / "_vendor" / "__init__.py").touch()
    said = run(
        f"from app._vendor.{name} import UserMessage, __version__\n"
        "print(UserMessage.__module__, __version__)",
        tmp_path,
    )
    assert said == f"app._vendor.{name}.protocol.messages {mistral_proto.__version__}\n"


@pytest.mark.parametrize("name", ["", "a.b", "my-chat", "class", "1st", "../chat", "a b"])
def test_a_name_that_can_not_be_imported(name: str, tmp_path: Path) -> None:
    with pytest.raises(EmbeddingError, match=f"{name!r} is no name that can be imported"):
        vendor(tmp_path, name=name)
    assert [*tmp_path.iterdir()] == []


def test_again_nothing_changes(copied: Path) -> None:
    before = {path: path.stat().st_ino for path in copied.rglob("*")}
    done = vendor(copied.parent, name="chat", only="types")
    assert (done.added, done.updated, done.removed, done.own) == ([], [], [], [])
    assert {*done.unchanged} == {*tree(copied)} - {RECORD}
    assert {path: path.stat().st_ino for path in copied.rglob("*")} == before


def older(copied: Path) -> None:
    """Make it a copy of an older version: of `sse` and `checks`, with `old` and without `wire`."""
    record = json.loads((copied / RECORD).read_bytes())
    record["version"] = "0.0.9"
    for path in ("sse.py", "checks.py", "protocol/old.py"):
        (copied / path).write_bytes(b"old = True\n")
        record["sha256"][path] = digest(b"old = True\n")
    (copied / "wire.py").unlink()
    del record["sha256"]["wire.py"]
    (copied / RECORD).write_text(json.dumps(record))


def test_an_update_says_what_has_changed(copied: Path, tmp_path: Path) -> None:
    older(copied)
    done = vendor(copied.parent, name="chat", only="types")
    assert done.before is not None and done.before.version == "0.0.9"
    assert (done.added, done.updated, done.removed) == (
        ["wire.py"], ["checks.py", "sse.py"], ["protocol/old.py"],
    )  # fmt: skip
    fresh = vendor(tmp_path / "fresh", name="chat", only="types")
    assert tree(copied) == tree(fresh.folder)
    assert len(done.unchanged) == len(fresh.added) - 3


def test_another_choice_of_parts_is_an_update(copied: Path) -> None:
    more = vendor(copied.parent, name="chat", only="client")
    assert {"client/mistral.py", "transport/keep_alive.py"} < {*more.added}
    assert {"client.py", "transport.py"} < {*more.removed}
    assert {"__init__.py", "conversions.py", "retry.py"} < {*more.updated}
    assert not (copied / "client.py").exists()
    less = vendor(copied.parent, name="chat", only="types")
    assert ({*less.added}, {*less.removed}) == ({*more.removed}, {*more.added})
    assert not (copied / "client").exists()


EDITS: list[tuple[str, dict[str, bytes | None], dict[str, str]]] = [
    ("edited", {"sse.py": b"mine"}, {"sse.py": "edited"}),
    ("emptied", {"py.typed": b"x"}, {"py.typed": "edited"}),
    ("deleted", {"sse.py": None}, {"sse.py": "deleted"}),
    (
        "several",
        {"wire.py": b"mine", "LICENSE": b"mine", "protocol/old.py": b"mine", "sse.py": None},
        {
            "wire.py": "not ours, and in the place of a new file",
            "LICENSE": "edited",
            "protocol/old.py": "edited",
            "sse.py": "deleted",
        },
    ),
]


@pytest.mark.parametrize(
    ("edits", "told"), [case[1:] for case in EDITS], ids=[case[0] for case in EDITS]
)
def test_edits_are_told_and_kept(
    copied: Path, edits: dict[str, bytes | None], told: dict[str, str]
) -> None:
    older(copied)
    for path, data in edits.items():
        (copied / path).unlink() if data is None else (copied / path).write_bytes(data)
    before = tree(copied.parent)
    with pytest.raises(LocalEdits) as caught:
        vendor(copied.parent, name="chat", only="types")
    assert caught.value.files == told
    assert tree(copied.parent) == before

    done = vendor(copied.parent, name="chat", only="types", force=True)
    assert {*edits} <= {*done.updated, *done.added, *done.removed}
    assert tree(copied) == {**files_of_a_copy("types"), **{
        path: (copied / path).read_bytes() for path in ("LICENSE", RECORD)
    }}  # fmt: skip
    assert (copied / "LICENSE").read_bytes() != b"mine"


def test_what_loses_nothing_is_no_edit(copied: Path) -> None:
    older(copied)
    (copied / "protocol" / "old.py").unlink()  # as the update would
    (copied / "sse.py").write_bytes(files_of_a_copy()["sse.py"])  # a fix, put in by hand
    text = (copied / "errors.py").read_bytes()
    (copied / "errors.py").write_bytes(text.replace(b"\n", b"\r\n"))  # as git may
    done = vendor(copied.parent, name="chat", only="types")
    assert (done.updated, done.removed) == (["checks.py"], ["protocol/old.py"])


def test_files_of_others_are_left_alone(copied: Path) -> None:
    own = {"mine.py": b"mine", "extra/notes.txt": b"\xff", "protocol/.hidden": b""}
    for path, data in own.items():
        (copied / path).parent.mkdir(exist_ok=True)
        (copied / path).write_bytes(data)
    (copied / "link").symlink_to("protocol")
    (copied / "__pycache__").mkdir()
    (copied / "__pycache__" / "sse.cpython-310.pyc").touch()
    older(copied)
    done = vendor(copied.parent, name="chat", only="types")
    assert sorted(done.own) == sorted([*own, "link"])
    assert {path: (copied / path).read_bytes() for path in own} == own
    assert os.readlink(copied / "link") == "protocol"
    assert not (copied / "__pycache__").exists()


NOT_OURS: list[tuple[str, bytes | None]] = [
    ("no record", None),
    ("no JSON", b"{"),
    ("a list", b"[]"),
    ("another's", b'{"package": "chat", "version": "1", "only": null, "sha256": {}}'),
    ("half", b'{"package": "mistral_proto", "version": "1"}'),
    ("odd", b'{"package": "mistral_proto", "version": "1", "only": null, "sha256": []}'),
    (
        "one that leads out",
        b'{"package": "mistral_proto", "version": "1", "only": null, "sha256": {"../a.py": ""}}',
    ),
]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    "record", [case[1] for case in NOT_OURS], ids=[case[0] for case in NOT_OURS]
)
def test_a_folder_that_is_no_copy_is_refused(
    record: bytes | None, force: bool, tmp_path: Path
) -> None:
    (tmp_path / "chat").mkdir()
    (tmp_path / "chat" / "precious.py").touch()
    if record is not None:
        (tmp_path / "chat" / RECORD).write_bytes(record)
    before = tree(tmp_path)
    with pytest.raises(EmbeddingError, match="chat is there, and is no copy that was made here"):
        vendor(tmp_path, name="chat", only="types", force=force)
    assert tree(tmp_path) == before


def test_the_package_itself_is_no_copy() -> None:
    with pytest.raises(EmbeddingError, match="is no copy that was made here"):
        vendor(Path(mistral_proto.__file__).parents[1])


def test_a_file_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "chat").touch()
    with pytest.raises(EmbeddingError, match="is no copy that was made here"):
        vendor(tmp_path, name="chat")


def test_a_link_is_not_replaced(copied: Path) -> None:
    link = copied.parent / "link"
    link.symlink_to(copied)
    with pytest.raises(EmbeddingError, match="link is a symbolic link"):
        vendor(copied.parent, name="link", only="types")
    assert link.is_symlink()


def test_a_copy_that_does_not_work_changes_nothing(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older(copied)
    before = tree(copied.parent)
    broken = {**files_of_a_copy("types"), "sse.py": b"1 / 0\n"}
    monkeypatch.setattr(vendoring, "files_of_a_copy", lambda only, testing: broken)
    with pytest.raises(EmbeddingError, match="does not work here: ZeroDivisionError"):
        vendor(copied.parent, name="chat", only="types")
    assert tree(copied.parent) == before


def test_a_move_that_fails_is_taken_back(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older(copied)
    before = tree(copied.parent)
    moves: list[Path] = []
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        moves.append(self)
        if len(moves) == 2:
            raise PermissionError(13, "Permission denied", str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(PermissionError):
        vendor(copied.parent, name="chat", only="types")
    assert tree(copied.parent) == before


def test_a_place_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "app").touch()
    with pytest.raises(OSError, match=r"app"):
        vendor(tmp_path / "app" / "_vendor", only="types")


TRIALS: list[tuple[str, str, str]] = [
    ("another version", "__version__ = '9'", "it is version 9"),
    ("a name of nothing", "__version__, __all__ = '0', ['Nothing']", "AttributeError: "),
    ("a warning", "import warnings; warnings.warn('Hm')", "UserWarning: Hm"),
    ("an exit", "raise SystemExit(3)", "3"),
    (
        "requests that change",
        """
__version__, __all__ = '0', []
class ChatCompletionRequest:
    @classmethod
    def from_dict(cls, document): return cls()
    from_json = from_dict
    def to_json(self): return ''
    def to_dict(self): return {}
""",
        "a request did not come back",
    ),
]


@pytest.mark.parametrize(
    ("source", "said"), [case[1:] for case in TRIALS], ids=[case[0] for case in TRIALS]
)
def test_what_a_trial_finds(source: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "chat.py").write_text(source)
    with pytest.raises(EmbeddingError, match="the copy does not work here: ") as caught:
        trial.try_it(tmp_path, "chat", "0")
    assert said in str(caught.value)


def test_without_an_interpreter_there_is_no_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(EmbeddingError, match="no Python to try the copy with"):
        vendor(tmp_path, only="types")
    assert [*tmp_path.iterdir()] == []


def test_what_is_told_has_one_line(copied: Path) -> None:
    (copied / "sse.py").unlink()
    with pytest.raises(LocalEdits, match=r"has edits \(sse.py\)") as caught:
        vendor(copied.parent, name="chat", only="types")
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert Vendored.__doc__ is not None
