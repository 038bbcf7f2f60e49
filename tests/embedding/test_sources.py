"""Our own files, and the licence, wherever the package was imported from."""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import mistral_proto
from mistral_proto.embedding import sources
from mistral_proto.embedding.sources import EmbeddingError, licence, package_files
from tests.embedding.isolated import run

PACKAGE = Path(mistral_proto.__file__).parent
LICENCE = (PACKAGE.parent / "LICENSE").read_bytes()

MAKE = """
from mistral_proto.cli import main
for command in (["vendor", "."], ["bundle", "-o", "one.py"], ["lambda-layer", "-o", "layer.zip"]):
    if main(command):
        raise SystemExit(command)
"""


def test_the_files_are_those_of_the_package() -> None:
    files = package_files()
    assert files == {
        path.relative_to(PACKAGE).as_posix(): path.read_bytes()
        for path in PACKAGE.rglob("*")
        if path.suffix in {".py", ".typed"}
    }
    assert [*files] == sorted(files)


def copy_of_the_package(root: Path) -> Path:
    shutil.copytree(PACKAGE, root / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    return root / PACKAGE.name


def installed(root: Path) -> None:
    """As pip leaves what it installs."""
    copy_of_the_package(root)
    metadata = root / "mistral_proto-0.1.0.dist-info"
    (metadata / "licenses").mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.4\nName: mistral_proto\nVersion: 0.1.0")
    (metadata / "licenses" / "LICENSE").write_bytes(LICENCE)
    (metadata / "RECORD").write_text(f"{metadata.name}/licenses/LICENSE,,\n")


def with_its_licence(root: Path) -> None:
    """As a copy has it."""
    (copy_of_the_package(root) / "LICENSE").write_bytes(LICENCE)


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("place", [installed, with_its_licence])
def test_copies_are_made_from_any_place(
    place: Callable[[Path], None], zipped: bool, tmp_path: Path
) -> None:
    root, out = tmp_path / "root", tmp_path / "out"
    root.mkdir()
    out.mkdir()
    place(root)
    if zipped:
        with zipfile.ZipFile(tmp_path / "root.zip", "w") as archive:
            for path in root.rglob("*"):
                archive.write(path, path.relative_to(root))
        root = tmp_path / "root.zip"
    run(f"import os; os.chdir({str(out)!r})\n{MAKE}", root)
    assert {path.name for path in out.iterdir()} == {"mistral_proto", "one.py", "layer.zip"}
    assert (out / "mistral_proto" / "LICENSE").read_bytes() == LICENCE


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder for the package where nothing else is known of it."""

    def unknown(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    package = tmp_path / "a" / "mistral_proto"
    package.mkdir(parents=True)
    monkeypatch.setattr(importlib.resources, "files", lambda name: package)
    monkeypatch.setattr(importlib.metadata, "files", unknown)
    monkeypatch.setattr(sources, "__file__", str(package / "embedding" / "sources.py"))
    return package


def test_the_licence_in_the_package(elsewhere: Path) -> None:
    (elsewhere / "LICENSE").write_bytes(b"inside")
    assert licence() == b"inside"


def test_the_licence_of_a_checkout(elsewhere: Path) -> None:
    (elsewhere.parent / "LICENSE").write_bytes(b"beside")
    with pytest.raises(EmbeddingError):
        licence()  # it may be anybody's
    (elsewhere.parent / "pyproject.toml").touch()
    assert licence() == b"beside"


def test_the_licence_of_an_installation(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class File:
        def __init__(self, name: str) -> None:
            self.name = name

        def read_binary(self) -> bytes:
            return self.name.encode()

    files = [File("METADATA"), File("LICENSE")]
    monkeypatch.setattr(importlib.metadata, "files", lambda name: files)
    assert licence() == b"LICENSE"
    for nothing in (None, [], files[:1]):
        monkeypatch.setattr(importlib.metadata, "files", lambda name, nothing=nothing: nothing)
        with pytest.raises(EmbeddingError):
            licence()


def test_without_a_licence_nothing_is_made(elsewhere: Path) -> None:
    with pytest.raises(EmbeddingError, match="the licence's text is missing"):
        licence()
