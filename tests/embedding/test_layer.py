"""The layer for AWS Lambda: the same bytes each time, and read from where it is unpacked."""

from __future__ import annotations

import importlib.util
import json
import marshal
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import CodeType

import pytest

import mistral_proto
from mistral_proto.embedding import layer as module
from mistral_proto.embedding.contents import files_of_a_copy
from mistral_proto.embedding.layer import layer
from mistral_proto.embedding.sources import EmbeddingError
from tests.embedding.isolated import run

ROOT = Path(mistral_proto.__file__).parents[1]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return layer(tmp_path_factory.mktemp("made") / "layer.zip")


@pytest.mark.parametrize(
    ("only", "testing"), [(None, False), ("types", False), ("client", False), (None, True)]
)
def test_it_has_a_copy(only: str | None, testing: bool, tmp_path: Path) -> None:
    path = layer(tmp_path / "layer.zip", only=only, testing=testing, byte_code=False)
    expected = [*files_of_a_copy(only, testing=testing), "LICENSE", "VENDORED.json"]
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == sorted(f"python/mistral_proto/{name}" for name in expected)
        record = json.loads(archive.read("python/mistral_proto/VENDORED.json"))
    assert (record["version"], record["only"]) == (mistral_proto.__version__, only)


def test_nothing_of_this_time_or_machine_is_in_it(made: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        assert archive.namelist() == sorted(archive.namelist())
        for entry in archive.infolist():
            assert (entry.date_time, entry.create_system) == ((1980, 1, 1, 0, 0, 0), 3)
            assert (entry.external_attr, entry.extra) == (0o100644 << 16, b"")
            assert str(ROOT).encode() not in archive.read(entry)


def test_the_byte_code(made: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        names = [name for name in archive.namelist() if name.endswith(".py")]
        assert len(names) > 100
        for name in names:
            data = archive.read(importlib.util.cache_from_source(name))
            assert data[:4] == importlib.util.MAGIC_NUMBER
            # Made with a hash of the source, which is not checked.
            assert int.from_bytes(data[4:8], "little") == 0b01
            code = marshal.loads(data[16:])
            assert isinstance(code, CodeType)
            assert code.co_filename == f"/opt/{name}"


def test_it_is_the_same_at_any_time_and_place(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "another" / "place"
    copy.mkdir(parents=True)
    shutil.copytree(
        ROOT / "mistral_proto", copy / "mistral_proto", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "LICENSE", copy / "mistral_proto")
    run(
        "from mistral_proto.embedding.layer import layer\nlayer(sys.argv[1])",
        copy,
        arguments=(str(tmp_path / "layer.zip"),),
    )
    assert (tmp_path / "layer.zip").read_bytes() == made.read_bytes()


def test_a_function_imports_it_without_compiling(made: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        archive.extractall(tmp_path)
    # Were a source looked at, this would be an error.
    for path in (tmp_path / "python").rglob("*.py"):
        path.write_text("this is no Python")
    said = run(
        "import mistral_proto\n"
        "for name in mistral_proto.__all__: getattr(mistral_proto, name)\n"
        "print(mistral_proto.UserMessage(content='Hi').to_json())",
        tmp_path / "python",
    )
    assert said == '{"role":"user","content":"Hi"}\n'


def test_another_name(tmp_path: Path) -> None:
    path = layer(tmp_path / "layer.zip", name="chat", only="types")
    with zipfile.ZipFile(path) as archive:
        assert all(name.startswith("python/chat/") for name in archive.namelist())
        archive.extractall(tmp_path)
    assert run("import chat; print(chat.__version__)", tmp_path / "python").strip() == (
        mistral_proto.__version__
    )
    with pytest.raises(EmbeddingError, match="'my-chat' is no name that can be imported"):
        layer(tmp_path / "other.zip", name="my-chat")
    assert not (tmp_path / "other.zip").exists()


def other_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("python/mine.py", "")


@pytest.mark.parametrize("write", [other_zip, Path.touch])
def test_another_file_is_kept(write: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "layer.zip"
    write(path)
    before = path.read_bytes()
    with pytest.raises(EmbeddingError, match="layer.zip is there, and is no layer; --force"):
        layer(path, only="types", byte_code=False)
    assert path.read_bytes() == before
    assert layer(path, only="types", byte_code=False, force=True).read_bytes() != before


def test_an_older_layer_is_replaced(tmp_path: Path) -> None:
    path = layer(tmp_path / "layer.zip", only="types", byte_code=False)
    before = path.read_bytes()
    assert layer(path, only="types").read_bytes() != before
    assert layer(path, only="types", byte_code=False).read_bytes() == before
    assert [*tmp_path.iterdir()] == [path]


def test_a_layer_that_does_not_work_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "files_of_a_copy", lambda only, testing: {"__init__.py": b"1 / 0"})
    with pytest.raises(EmbeddingError, match="does not work here: ZeroDivisionError"):
        layer(tmp_path / "layer.zip", only="types")
    monkeypatch.setattr(
        module, "files_of_a_copy", lambda only, testing: {"__init__.py": b"no Python"}
    )
    with pytest.raises(subprocess.CalledProcessError):
        layer(tmp_path / "layer.zip", only="types")
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(EmbeddingError, match="no Python to compile with"):
        layer(tmp_path / "layer.zip", only="types")
    assert [*tmp_path.iterdir()] == []
