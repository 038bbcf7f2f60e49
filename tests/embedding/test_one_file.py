"""A bundle, wherever it is put, and a layer for AWS Lambda."""

from __future__ import annotations

import importlib.util
import json
import marshal
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType

import pytest

import mistral_proto
from mistral_proto.cli import main
from mistral_proto.embedding.contents import files_of_a_copy
from mistral_proto.testing import MockServer
from tests.package.loading import python, run

CALL = """
import pickle, {name} as chat
with chat.Mistral("k", server_url=sys.argv[1]) as mistral:
    response = mistral.chat.complete(model="m", messages=[chat.UserMessage(content="Hi")])
assert pickle.loads(pickle.dumps(response)) == response
assert type(pickle.loads(pickle.dumps(response))) is type(response)
print(response.choices[0].message.text)
"""
Place = Callable[[Path], tuple[Path, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("made") / "chat_core.py"
    assert main(["bundle", "-o", str(file)]) == 0
    return file


@pytest.fixture
def file(made: Path, tmp_path: Path) -> Path:
    """A bundle in a folder of its own."""
    (tmp_path / "lib").mkdir()
    return Path(shutil.copy(made, tmp_path / "lib"))


@pytest.fixture
def server_url() -> Iterator[str]:
    with MockServer() as server:
        yield server.url


def in_folder(file: Path) -> tuple[Path, str]:
    return file.parent, "chat_core"


def in_package(file: Path) -> tuple[Path, str]:
    vendored = file.parent / "app" / "_vendor"
    vendored.mkdir(parents=True)
    for folder in (vendored, vendored.parent):
        (folder / "__init__.py").touch()
    file.rename(vendored / file.name)
    return file.parent, "app._vendor.chat_core"


def in_zip(file: Path) -> tuple[Path, str]:
    archive = file.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as written:
        written.write(file, "app/chat_core.py")
        written.writestr("app/__init__.py", "")
    return archive, "app.chat_core"


def as_byte_code(file: Path) -> tuple[Path, str]:
    """As a program is frozen: without any source."""
    run(f"import py_compile; py_compile.compile({str(file)!r}, {str(file) + 'c'!r})")
    file.unlink()
    return file.parent, "chat_core"


def where_nothing_can_be_written(file: Path) -> tuple[Path, str]:
    # A file in the place of the folder stops also those who may write everywhere.
    (file.parent / "__pycache__").touch()
    return file.parent, "chat_core"


PLACES = [in_folder, in_package, in_zip, as_byte_code, where_nothing_can_be_written]


@pytest.mark.parametrize("place", PLACES, ids=lambda it: it.__name__)
def test_it_calls_and_pickles(place: Place, file: Path, server_url: str) -> None:
    root, name = place(file)
    for flags in ((), (), ("-B", "-OO")):  # the second time of what the first has kept
        said = run(CALL.format(name=name), root, arguments=(server_url,), flags=flags)
        assert said == "You said: Hi\n"


def test_byte_code_is_kept_until_the_bundle_changes(file: Path) -> None:
    use = "from chat_core.sse import EventStreamParser, __doc__; print(__doc__[:8])"
    assert run(use, file.parent) == "A parser\n"
    kept = {path.name.split(".cpython")[0]: path for path in file.parent.rglob("*.pyc")}
    assert {*kept} >= {"chat_core", "chat_core.sse", "chat_core.errors"}
    before = {path: path.stat().st_mtime_ns for path in kept.values()}
    assert run(use, file.parent) == "A parser\n"
    assert {path: path.stat().st_mtime_ns for path in kept.values()} == before

    status = file.stat()
    changed = file.read_bytes().replace(b'"""A parser of', b'"""a parser of')
    file.write_bytes(changed)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns + 2 * 10**9))
    assert run(use, file.parent) == "a parser\n"
    # Also one that is loaded again, in a process that goes on.
    reload = "import importlib, chat_core; importlib.reload(chat_core)\n" * 2
    assert run(f"{reload}{use}", file.parent) == "a parser\n"


def test_a_bundle_runs_as_a_program(file: Path) -> None:
    request = '{"model": "m", "messages": [{"role": "user", "content": "Hi"}]}'
    (file.parent / "request.json").write_text(request)
    shutil.copy(file, file.parent / "chat-core.py")
    code = "import sys, runpy; sys.path.insert(0, '.'); sys.argv[0] = 'x'\n"
    code += "runpy.run_module('chat_core', run_name='__main__', alter_sys=True)"
    for program, name in (
        (["chat_core.py"], "chat_core"),
        ([str(file)], "chat_core"),
        (["chat-core.py"], "chat-core"),
        (["-c", code], "chat_core"),
    ):
        done = python(*program, "validate", "request.json", cwd=file.parent)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "request.json: a valid ChatCompletionRequest\n"
        wrong = python(*program, "dance", cwd=file.parent)
        assert wrong.returncode == 2
        assert wrong.stderr.startswith(f"usage: python -m {name} ")


def test_the_source_text_of_a_bundle(made: Path, tmp_path: Path) -> None:
    text = made.read_text("utf-8")
    header = text.split("# ///")
    assert header[1].splitlines() == [
        " script", '# requires-python = ">=3.10"', "# dependencies = []",
    ]  # fmt: skip
    assert f"# mistral_proto {mistral_proto.__version__} in one file" in header[2]
    assert "Apache License\n# " in text[-12500:]
    # The modules are in it as they are, to be read, and searched.
    for path, data in files_of_a_copy("all").items():
        source = data.decode()
        if path.endswith(".py") and path != "__init__.py" and "'''" not in source:
            assert f"r'''{source}''',\n" in text
    # It is the same each time, whatever it is called.
    assert main(["bundle", "-o", str(tmp_path / "other.py")]) == 0
    assert (tmp_path / "other.py").read_bytes() == made.read_bytes()


EDITS: dict[str, tuple[bytes, bytes]] = {
    "edited": (b"class ", b"class  "),
    "another checksum": (b" sha256=", b" sha256=1"),
    "without a checksum": (b" sha256=", b" sha="),
    "another kind": (b" only=types ", b" only=all "),
    "continued": (b"", b"# mine\n"),
}


@pytest.mark.parametrize("command", ["bundle", "lambda-layer"])
def test_an_existing_file_is_replaced_unless_edited(
    command: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / ("chat_core.py" if command == "bundle" else "layer.zip")
    make = [command, "-o", path.name]
    monkeypatch.chdir(tmp_path)
    assert main([*make, "--only", "types"]) == 0
    made = path.read_bytes()
    more = "" if command == "bundle" else ", byte code for Python {}.{}".format(*sys.version_info)
    assert capsys.readouterr().out == f"{path.name}: {len(made) / 1000:.0f} KB{more}\n"
    # It is replaced, and keeps its kind; also with the line ends that git gives a text.
    assert main([*make, "--only", "client"]) == 0
    assert len(path.read_bytes()) > len(made)
    path.write_bytes(made if command == "lambda-layer" else made.replace(b"\n", b"\r\n"))
    assert main(make) == 0
    assert path.read_bytes() == made
    for case, (old, new) in {**EDITS, "another file": (made, b"mine")}.items():
        edited = new.join(made.rsplit(old, 1)) if old else made + new
        path.write_bytes(edited)
        if edited != made:  # a zip does not have every word
            assert main(make) == 1, case
            assert path.read_bytes() == edited
            assert main([*make, "--only", "types", "--force"]) == 0
        assert path.read_bytes() == made
    assert [*tmp_path.iterdir()] == [path]
    capsys.readouterr()
    assert main([command, "-o", str(tmp_path / "no" / path.name)]) == 1
    assert capsys.readouterr().err.endswith(": No such file or directory\n")


def test_a_bundle_without_commands_reports_it_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "chat_core.py"
    assert main(["bundle", "-o", str(file), "--only", "types"]) == 0
    done = subprocess.run([sys.executable, "-I", file, "demo"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("chat_core.cli is not here") and done.stderr.count("\n") == 1


def test_a_layer(tmp_path: Path) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    for path in (first, second):
        assert main(["lambda-layer", "-o", str(path), "--name", "chat"]) == 0
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        names = archive.namelist()
        sources = [f"python/chat/{path}" for path in files_of_a_copy("all")]
        compiled = [importlib.util.cache_from_source(it) for it in sources if it.endswith(".py")]
        assert names == sorted([*sources, *compiled, "python/chat/VENDORED.json"])
        assert json.loads(archive.read("python/chat/VENDORED.json"))["only"] == "all"
        for entry in archive.infolist():
            assert (entry.date_time, entry.create_system) == ((1980, 1, 1, 0, 0, 0), 3)
            assert (entry.external_attr, entry.extra) == (0o100644 << 16, b"")
            assert str(tmp_path).encode() not in archive.read(entry)
        for source, name in zip([it for it in sources if it.endswith(".py")], compiled):
            data = archive.read(name)
            assert data[:4] == importlib.util.MAGIC_NUMBER
            # Made with a hash of the source, which is not checked.
            assert int.from_bytes(data[4:8], "little") == 0b01
            code = marshal.loads(data[16:])
            assert isinstance(code, CodeType) and code.co_filename == f"/opt/{source}"
        archive.extractall(tmp_path)
    # A function imports it without compiling: were a source looked at, this would be an error.
    for path in (tmp_path / "python").rglob("*.py"):
        path.write_text("this is no Python")
    said = run(
        "import chat\n"
        "for name in chat.__all__: getattr(chat, name)\n"
        "print(chat.UserMessage(content='Hi').to_json())",
        tmp_path / "python",
    )
    assert said == '{"role":"user","content":"Hi"}\n'
