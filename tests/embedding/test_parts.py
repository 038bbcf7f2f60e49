"""Which parts a copy has: as docs/embedding.md lists them, and as the imports are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from mistral_proto.embedding.contents import files_of_a_copy
from mistral_proto.embedding.parts import OF_TESTING, ONLY, SPARED, imported, left_out, part_of
from mistral_proto.embedding.sources import EmbeddingError, package_files

FILES = package_files()
PAGE = (Path(__file__).parents[2] / "docs/embedding.md").read_text(encoding="utf-8")
TABLE = re.search(r"\| what a copy goes without \|\n\|.*\n((?:\|.*\n)+)", PAGE)
assert TABLE is not None


def test_the_docs_list_the_same() -> None:
    assert TABLE is not None
    told = {
        only: sorted(re.findall(r"`([^`]+)`", names))
        for only, names in re.findall(r"`--only (\w+)` \| (.*) \|", TABLE[1])
    }
    assert told == {only: left_out(only, FILES) for only in ONLY}


def test_a_whole_copy_goes_without_what_makes_copies() -> None:
    makes_copies = {
        path for path in FILES if part_of(path) == "embedding" or path == "cli/copies.py"
    }
    assert left_out(None, FILES, testing=True) == []
    assert {*FILES} - {*files_of_a_copy(testing=True)} == makes_copies


def test_only_a_copy_for_which_it_is_asked_has_the_server_for_tests() -> None:
    server = {path for path in FILES if part_of(path) == "testing"}
    for only in (None, "client"):
        with_it, without = files_of_a_copy(only, testing=True), files_of_a_copy(only)
        commands = {*OF_TESTING} & {*FILES} if only is None else set()
        assert {*with_it} - {*without} == server | commands
        assert {*without} - {*with_it} == {"testing.py"}
        loads = {part for path in server for part in map(part_of, imported(path, FILES[path]))}
        assert loads.isdisjoint(left_out(only, FILES, testing=True))


def test_copies_for_more_have_more() -> None:
    assert {*left_out("types", FILES)} > {*left_out("client", FILES)} > set()


def at_once(source: bytes) -> bytes:
    """A module, less the bodies of its functions: what runs when it is loaded."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.body = [ast.Pass()]
    return ast.unparse(tree).encode()


@pytest.mark.parametrize("only", ONLY)
def test_what_a_copy_loads_is_there(only: str) -> None:
    gone = left_out(only, FILES)
    missing = {
        (path, target)
        for path, source in FILES.items()
        if path.endswith(".py") and part_of(path) not in {*gone, "embedding"}
        for target in imported(path, at_once(source))
        if part_of(target) in gone
    }
    assert missing == set()


@pytest.mark.parametrize("only", ONLY)
def test_what_a_call_may_miss_is_what_is_spared(only: str) -> None:
    gone = left_out(only, FILES)
    missing = {
        part_of(target)
        for path, source in FILES.items()
        if path.endswith(".py") and part_of(path) not in {*gone, "embedding"}
        for target in imported(path, source)
        if part_of(target) in gone
    }
    assert missing == SPARED[only]


IMPORTS: list[tuple[str, str, list[str]]] = [
    ("from . import sse", "chat.py", ["sse"]),
    ("from . import sse, errors", "__init__.py", ["sse", "errors"]),
    ("from .sse import Parser", "chat.py", ["sse"]),
    ("from ..sse import Parser", "client/chat.py", ["sse"]),
    ("from .. import sse", "client/__init__.py", ["sse"]),
    ("from .call import Call", "client/__init__.py", ["client/call"]),
    ("from ...a.b import c", "client/faults/x.py", ["a/b"]),
    ("def f():\n    from .sse import Parser", "chat.py", ["sse"]),
    ("import os, sys\nfrom json import loads", "chat.py", []),
    ("if TYPE_CHECKING:\n    from .sse import Parser", "chat.py", []),
    ("if TYPE_CHECKING:\n    pass\nelse:\n    from .sse import Parser", "chat.py", ["sse"]),
]


@pytest.mark.parametrize(("source", "path", "expected"), IMPORTS)
def test_imports(source: str, path: str, expected: list[str]) -> None:
    assert [*imported(path, source.encode())] == expected


def test_for_another_use_there_is_no_copy() -> None:
    with pytest.raises(EmbeddingError, match="only: expected 'types' or 'client', got 'server'"):
        left_out("server", FILES)
    with pytest.raises(EmbeddingError, match="testing: .* needs more than the types"):
        left_out("types", FILES, testing=True)
