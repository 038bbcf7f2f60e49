"""A copy in another tree: its files, its updates, and what it reports."""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

import mistral_proto
from mistral_proto.cli import main
from mistral_proto.embedding import contents, vendoring
from mistral_proto.embedding.contents import CONTENTS, files_of_a_copy
from mistral_proto.embedding.vendoring import digest
from tests.embedding.trees import tree, vendor

PACKAGE = Path(mistral_proto.__file__).parent
THIS = f"mistral_proto {mistral_proto.__version__}"
Capture = pytest.CaptureFixture[str]


def test_a_new_copy(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("app", "_vendor", "mistral_proto")
    assert main(["vendor", str(folder.parent)]) == 0
    files = {path: data for path, data in tree(folder).items() if isinstance(data, bytes)}
    document = json.loads(files.pop("VENDORED.json"))
    assert capsys.readouterr().out == f"{folder}: {THIS}, {len(files)} files\n"
    assert files == files_of_a_copy("all")
    assert document["sha256"] == {path: digest(data) for path, data in files.items()}
    assert (document["package"], document["only"]) == ("mistral_proto", "all")
    assert document["version"] == mistral_proto.__version__
    # All of the package, less what makes copies.
    own = {it.relative_to(PACKAGE).as_posix() for it in PACKAGE.rglob("*.py")} | {"py.typed"}
    makes_copies = {it for it in own if it.startswith("embedding/")} | {"cli/copies.py"}
    assert own - {*files} == makes_copies and {*files} - own == {"LICENSE"}
    assert b"Apache License" in files["LICENSE"]
    assert [*folder.parent.iterdir()] == [folder]


def test_an_update(copy: Path, types: Path, capsys: Capture) -> None:
    (copy / "errors.py").write_bytes((copy / "errors.py").read_bytes().replace(b"\n", b"\r\n"))
    (copy / "mine.py").touch()
    assert vendor(copy) == 0
    lines = capsys.readouterr().out.splitlines()
    count = len(json.loads((copy / "VENDORED.json").read_bytes())["sha256"])
    assert lines == [
        "added: wire.py",
        "updated: sse.py",
        "removed: protocol/old.py",
        "left alone, not ours: 'mine.py'",
        f"{copy}: {THIS} (was 0.0.9), {count} files",
    ]
    (copy / "mine.py").unlink()
    assert tree(copy) == tree(types)
    # Again there is nothing to do, and nothing is touched.
    before = {path: path.stat().st_ino for path in copy.rglob("*")}
    assert vendor(copy, "--only", "types") == 0
    assert capsys.readouterr().out == f"{copy}: {THIS}, {count} files\n"
    assert {path: path.stat().st_ino for path in copy.rglob("*")} == before


def test_it_keeps_its_kind_until_another_is_asked_for(copy: Path) -> None:
    def kind() -> object:
        return json.loads((copy / "VENDORED.json").read_bytes())["only"]

    for option, expected in (("", "types"), ("client", "client"), ("", "client"), ("all", "all")):
        assert vendor(copy, *(["--only", option] if option else [])) == 0
        assert kind() == expected
        assert (copy / "client" / "mistral.py").exists() == (expected != "types")
        assert (copy / "client.py").exists() == (expected == "types")
        assert (copy / "cli").exists() == (copy / "openai").exists() == (expected == "all")
    # The record of version 0.1 is null for all.
    document = json.loads((copy / "VENDORED.json").read_bytes())
    (copy / "VENDORED.json").write_text(json.dumps({**document, "only": None}))
    assert vendor(copy) == 0
    assert kind() == "all"


EDITS: dict[str, tuple[dict[str, bytes | None], str | None]] = {
    "edited files": ({"LICENSE": b"mine", "errors.py": b"mine"}, "LICENSE, errors.py"),
    "one larger than any of ours": ({"sse.py": b" " * (1 << 21)}, "sse.py"),
    "deleted files": ({"errors.py": None, "protocol/old.py": None}, None),
    "the new file": ({"sse.py": (PACKAGE / "sse.py").read_bytes()}, None),
}


@pytest.mark.parametrize("case", EDITS)
def test_edits_are_kept_unless_forced(case: str, copy: Path, types: Path, capsys: Capture) -> None:
    edits, refused = EDITS[case]
    for path, data in edits.items():
        (copy / path).unlink() if data is None else (copy / path).write_bytes(data)
    before = tree(copy.parent)
    if refused is not None:
        assert vendor(copy) == 1
        assert f"{copy}: {refused}: edited" in capsys.readouterr().err
        assert tree(copy.parent) == before
    assert vendor(copy, *(["--force"] if refused else [])) == 0
    assert tree(copy) == tree(types)


def test_what_is_no_copy_stays(tmp_path: Path) -> None:
    (tmp_path / "chat").mkdir()
    (tmp_path / "chat" / "precious.py").touch()
    before = tree(tmp_path)
    for options in ([], ["--force"]):
        assert vendor(tmp_path / "chat", *options) == 1
        assert main(["vendor", str(PACKAGE.parent), *options]) == 1
        assert tree(tmp_path) == before
    (tmp_path / "empty").mkdir()
    assert vendor(tmp_path / "empty", "--only", "types") == 0


BROKEN: list[tuple[bytes, str]] = [
    (b"1 / 0", "ZeroDivisionError"),
    (b"import warnings; warnings.warn('Hm')", "UserWarning: Hm"),
    (b"raise SystemExit(3)", "3"),
    (b"from .client import Mistral", "client is not here"),
    (b"class ServerSentEvent: pass", "AttributeError"),
]


def test_a_copy_that_does_not_work_changes_nothing(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    before = tree(copy.parent)
    files = files_of_a_copy("types")
    for source, words in BROKEN:
        monkeypatch.setattr(vendoring, "files_of_a_copy", lambda only: {**files, "sse.py": source})
        assert vendor(copy) == 1
        assert "the new copy does not work here: " in (err := capsys.readouterr().err)
        assert words in err and err.count("\n") == 1
        assert tree(copy.parent) == before


def test_the_kinds_of_copies() -> None:
    with pytest.raises(ValueError, match="'types', 'client', 'testing', 'all'.*got 'server'"):
        files_of_a_copy("server")
    everything = {it.name.removesuffix(".py") for it in PACKAGE.iterdir()}
    for only, listed in CONTENTS.items():
        parts = {path.split("/")[0].removesuffix(".py") for path in files_of_a_copy(only)}
        assert {*listed.split()} <= parts & everything, only


# Parts that functions of a copy import when they are called, and that it goes without.
ON_CALL = {
    "types": {"conversions", "schema", "structured"},
    "client": {"conversation", "conversions"},
    "testing": {"conversation", "conversions"},
    "all": set[str](),
}


@pytest.mark.parametrize("only", CONTENTS)
def test_what_a_call_may_miss(only: str) -> None:
    """The trial imports each module; this is about imports inside functions."""
    files = {path: data for path, data in files_of_a_copy(only).items() if path.endswith(".py")}
    missing = {path[:-3] for path, data in files.items() if data.startswith(b"raise ImportError")}
    imported: set[str] = set()
    for path, data in files.items():
        text = re.sub(r"(?ms)^if TYPE_CHECKING:\n.*?^(?=\S)", "", data.decode())
        imported |= {*re.findall(r"(?m)^ +from \.+(\w+)", text)}
    assert imported & missing == ON_CALL[only]


def test_the_licence(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in the metadata of an installation, or in the checkout."""

    class Installed:
        def __init__(self, text: str | None) -> None:
            self.text = text

        def read_text(self, name: str) -> str | None:
            return self.text if name == "licenses/LICENSE" else "another file"

    def unknown(name: str) -> Installed:
        raise PackageNotFoundError(name)

    checkout = (PACKAGE.parent / "LICENSE").read_bytes()
    for found, expected in (
        (lambda name: Installed("Ours"), b"Ours"),
        (lambda name: Installed(None), checkout),
        (unknown, checkout),
    ):
        monkeypatch.setattr(contents, "distribution", found)
        assert files_of_a_copy("types")["LICENSE"] == expected
