"""The package in one file: imported, run, pickled, zipped, and where nothing can be written."""

from __future__ import annotations

import ast
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import mistral_proto
from mistral_proto.embedding.bundling import bundle, bundle_text, literal
from mistral_proto.embedding.contents import files_of_a_copy
from mistral_proto.embedding.sources import EmbeddingError
from mistral_proto.testing import MockServer
from tests.embedding.isolated import python, run

# Every name, every module, and a document through them.
ALL = """
import importlib, json, {name} as chat
for name in chat.__all__:
    assert getattr(chat, name) is getattr(chat, name)
for module in {modules}:
    importlib.import_module("{name}." + module)
from {name}.client.mistral import Mistral
import {name}.sse
assert chat.Mistral is Mistral and chat.sse.EventStreamParser is chat.EventStreamParser
request = chat.ChatCompletionRequest(model="m", messages=[{{"role": "user", "content": "Hi"}}])
print(json.dumps([request.to_dict(), chat.__all__, type(request).__module__]))
"""
MODULES = [
    path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    for path in files_of_a_copy(testing=True)
    if path.endswith(".py") and path != "__init__.py"
]
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
    return bundle(tmp_path_factory.mktemp("made") / "chat_core.py", testing=True)


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
    """As what a program is frozen to: with no source anywhere."""
    run(f"import py_compile; py_compile.compile({str(file)!r}, {str(file) + 'c'!r})")
    file.unlink()
    return file.parent, "chat_core"


PLACES = [in_folder, in_package, in_zip, as_byte_code]
FLAGS = [(), ("-B",), ("-O",), ("-B", "-OO")]


@pytest.mark.parametrize("place", PLACES)
def test_it_has_every_name_and_module(place: Place, file: Path) -> None:
    root, name = place(file)
    document, names, module = json.loads(run(ALL.format(name=name, modules=MODULES), root))
    assert document == {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    assert names == mistral_proto.__all__
    assert module == f"{name}.protocol.request"


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
@pytest.mark.parametrize("place", PLACES)
def test_it_calls_and_pickles(
    place: Place, flags: tuple[str, ...], file: Path, server_url: str
) -> None:
    root, name = place(file)
    for _ in range(2):  # the second time of what the first has kept
        said = run(CALL.format(name=name), root, arguments=(server_url,), flags=flags)
        assert said == "You said: Hi\n"


def test_a_pickle_is_read_in_another_process(file: Path) -> None:
    written = run(
        "import pickle; from chat_core import UserMessage\n"
        "print(pickle.dumps(UserMessage(content='Hi')).hex())",
        file.parent,
    )
    read = run(f"import pickle\nprint(pickle.loads(bytes.fromhex({written!r})))", file.parent)
    assert read == "UserMessage(role='user', content='Hi')\n"


def test_byte_code_is_kept_until_the_bundle_changes(file: Path) -> None:
    use = "from chat_core.sse import EventStreamParser, __doc__; print(__doc__[:11])"
    assert run(use, file.parent) == "Server-sent\n"
    kept = {path.name.split(".cpython")[0]: path for path in file.parent.rglob("*.pyc")}
    assert {*kept} >= {"chat_core", "chat_core.sse", "chat_core.errors"}
    before = {path: path.stat().st_mtime_ns for path in kept.values()}
    assert run(use, file.parent) == "Server-sent\n"
    assert {path: path.stat().st_mtime_ns for path in kept.values()} == before

    status = file.stat()
    changed = file.read_bytes().replace(b'"""Server-sent events', b'"""Server sent events')
    file.write_bytes(changed)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns + 2 * 10**9))
    assert run(use, file.parent) == "Server sent\n"


def test_nothing_is_written_where_nothing_can_be(file: Path) -> None:
    # A file in the place of the folder stops also those who may write everywhere.
    (file.parent / "__pycache__").touch()
    assert run("from chat_core import Mistral; print(Mistral.__name__)", file.parent) == "Mistral\n"
    assert (file.parent / "__pycache__").is_file()


def test_it_is_loaded_as_lazily_as_the_package(file: Path) -> None:
    show = "print(*sorted(m for m in sys.modules if m.startswith('chat_core')))"
    assert run(f"import chat_core\n{show}", file.parent) == "chat_core chat_core.lazy_names\n"


@pytest.mark.parametrize("arguments", [["chat_core.py"], ["-m", "chat_core"]], ids=" ".join)
def test_it_runs(file: Path, arguments: list[str]) -> None:
    (file.parent / "request.json").write_text(
        '{"model": "m", "messages": [{"role": "user", "content": "Hi"}]}'
    )
    if arguments[0] == "-m":
        code = "import sys, runpy; sys.path.insert(0, '.'); sys.argv[0] = 'x'\n"
        arguments = [
            "-c",
            f"{code}runpy.run_module('chat_core', run_name='__main__', alter_sys=True)",
        ]
    done = python(*arguments, "validate", "request.json", cwd=file.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "request.json: a valid ChatCompletionRequest\n"
    wrong = python(*arguments, "dance", cwd=file.parent)
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("usage: python -m chat_core ")


def test_it_runs_from_stdin(file: Path) -> None:
    done = python("-", "--version", stdin=file.read_text(encoding="utf-8"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"mistral_proto {mistral_proto.__version__}\n"


def test_one_that_can_not_be_run_says_so(tmp_path: Path) -> None:
    bundle(tmp_path / "chat_core.py", only="types")
    done = python("chat_core.py", cwd=tmp_path)
    assert done.returncode == 1
    assert (
        done.stderr
        == "chat_core.cli is not here: this copy was made with --only types and without --testing\n"
    )


def test_a_traceback_shows_the_line(file: Path) -> None:
    said = run(
        "import traceback; from chat_core import UserMessage\n"
        "try: UserMessage(content=3)\n"
        "except ValueError: traceback.print_exc(file=sys.stdout)",
        file.parent,
    )
    assert f'File "{file.parent / "chat_core.wire.py"}", line ' in said
    assert "raise ValidationError(" in said
    assert run(
        "import inspect, chat_core.sse\n"
        "print(inspect.getsource(chat_core.sse.ServerSentEvent).split(':')[0])",
        file.parent,
    ).endswith("class ServerSentEvent\n")


def test_the_text_is_the_same_each_time() -> None:
    assert bundle_text() == bundle_text()
    assert bundle_text("types") == bundle_text("types")


@pytest.mark.parametrize(
    ("only", "testing"), [(None, False), (None, True), ("types", False), ("client", True)]
)
def test_the_text(only: str | None, testing: bool) -> None:
    text = bundle_text(only, testing=testing)
    options = (f" --only {only}" if only else "") + (" --testing" if testing else "")
    assert text.startswith(f"# mistral_proto {mistral_proto.__version__} in one file")
    assert f"`python -m mistral_proto bundle{options}`" in text
    assert "# SPDX-License-Identifier: Apache-2.0" in text
    assert "# " + " " * 33 + "Apache License\n" in text[-12500:]
    # The modules stand there as they are, to be read, and searched.
    for path, data in files_of_a_copy(only, testing=testing).items():
        if "'''" not in (source := data.decode()) and path not in ("__init__.py", "py.typed"):
            assert f"\"{path}\": r'''{source}''',\n" in text or not source


def test_type_checkers_take_any_name() -> None:
    tree = ast.parse(bundle_text("types"))
    guarded = [
        node
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    assert [ast.unparse(node) for node in guarded[-1].body] == [
        "from typing import Any",
        "def __getattr__(name: str) -> Any:\n    ...",
    ]


LITERALS = [
    "plain\n",
    "a 'quoted' \"text\"\n",
    '"""doc"""\n',
    "it's '''three'''\n",
    "'''three''' and \"\"\"three\"\"\", \\ and \\n\n",
    "\\\n",
    "\\'''\"\"\"\n",
    "''''\"\"\"\n",
    "",
    "no line",
    "no line '",
    "no line \\",
    "carriage\r\nreturns\r\n",
    "é 12 °C …\n",
    "\ttab\x0cpage\n",
]


@pytest.mark.parametrize("text", LITERALS)
def test_a_literal_is_what_it_was_made_of(text: str) -> None:
    assert ast.literal_eval(literal(text)) == text


def test_one_that_was_made_here_is_replaced(file: Path) -> None:
    before = file.read_bytes()
    file.write_bytes(before.replace(b"\n", b"\r\n"))  # as git may
    assert bundle(file, testing=True) == file
    assert file.read_bytes() == before
    assert bundle(file, only="types").stat().st_size < len(before)
    assert [*file.parent.iterdir()] == [file]


REPLACED: list[tuple[str, bytes, bytes, str]] = [
    ("edited", b"class ", b"class  ", "was edited since it was made"),
    ("another file", b"# mistral_proto ", b"# my own ", "is there, and is no bundle"),
    ("without its checksum", b"# sha256: ", b"# sha: ", "is there, and is no bundle"),
    ("another checksum", b"# sha256: ", b"# sha256: 1", "was edited since it was made"),
    ("no text", b"", b"\xff", "is there, and is no bundle"),
]


@pytest.mark.parametrize(
    ("old", "new", "said"), [case[1:] for case in REPLACED], ids=[case[0] for case in REPLACED]
)
def test_one_that_was_not_made_so_is_kept(file: Path, old: bytes, new: bytes, said: str) -> None:
    made = file.read_bytes()
    other = made.replace(old, new, 1)
    file.write_bytes(other)
    with pytest.raises(EmbeddingError, match=f"chat_core.py {said}.*--force"):
        bundle(file)
    assert file.read_bytes() == other
    assert bundle(file, testing=True, force=True).read_bytes() == made


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("chat-core.py", "'chat-core' is no name that can be imported"),
        ("class.py", "'class' is no name that can be imported"),
        ("a.b.py", "'a.b' is no name"),
        ("chat_core", "the name of a bundle ends in .py"),
        ("chat_core.txt", "the name of a bundle ends in .py"),
    ],
)
def test_a_name_that_can_not_be_imported(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(EmbeddingError, match=said):
        bundle(tmp_path / name)
    assert [*tmp_path.iterdir()] == []


def test_what_can_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "chat_core.py").mkdir()
    with pytest.raises(OSError):
        bundle(tmp_path / "chat_core.py", only="types", force=True)
    assert [*tmp_path.iterdir()] == [tmp_path / "chat_core.py"]
