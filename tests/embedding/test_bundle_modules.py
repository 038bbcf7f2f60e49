"""How a bundle finds its modules, and becomes a package."""

from __future__ import annotations

import importlib
import sys
from _frozen_importlib import ModuleSpec
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mistral_proto.embedding.bundle_modules import BundledModule, BundleFinder, start

SOURCES = {
    "one.py": "from .sub.two import TWO\nONE = __name__, __file__, __package__\n",
    "sub/__init__.py": "",
    "sub/two.py": "TWO = 2\n",
    "__main__.py": "",
}


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    before = {*sys.modules}
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
    for name in {*sys.modules} - before:
        del sys.modules[name]


def module(name: str, **values: Any) -> dict[str, Any]:
    """The globals of a module that is being loaded."""
    made = ModuleType(name)
    sys.modules[name] = made
    made.__dict__.update(values)
    return made.__dict__


FOUND: list[tuple[str, str | None, bool]] = [
    ("pack.one", "/x/pack.one.py", False),
    ("pack.sub", "/x/pack.sub.py", True),
    ("pack.sub.two", "/x/pack.sub.two.py", False),
    ("pack.__main__", "/x/pack.__main__.py", False),
    ("pack.three", None, False),
    ("pack.sub.three", None, False),
    ("pack", None, False),
    ("package.one", None, False),
    ("other.pack.one", None, False),
    ("one", None, False),
]


@pytest.mark.parametrize(("name", "origin", "is_package"), FOUND)
def test_what_is_found(name: str, origin: str | None, is_package: bool) -> None:
    spec = BundleFinder("pack", "/x/pack.py", SOURCES).find_spec(name)
    if origin is None:
        assert spec is None
        return
    assert spec is not None and isinstance(spec.loader, BundledModule)
    assert (spec.name, spec.origin, spec.has_location) == (name, origin, True)
    assert spec.submodule_search_locations == ([] if is_package else None)
    assert spec.loader.get_source(name) in SOURCES.values()


def test_an_import(tmp_path: Path) -> None:
    bundle = tmp_path / "pack.py"
    bundle.touch()
    names = module("pack", __file__=str(bundle), __spec__=ModuleSpec("pack", None))
    assert start(names, SOURCES) is False
    assert (names["__path__"], names["__package__"], names["__name__"]) == ([], "pack", "pack")
    assert names["__spec__"].parent == "pack"

    one = importlib.import_module("pack.one")
    assert (one.ONE, one.TWO) == (("pack.one", str(tmp_path / "pack.one.py"), "pack"), 2)
    kept = {path.name.partition(".cpython")[0] for path in tmp_path.rglob("*.pyc")}
    assert kept == {"pack.one", "pack.sub", "pack.sub.two"}
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("pack.three")
    # From what was kept: the source is not looked at.
    for name in ("pack.one", "pack.sub", "pack.sub.two"):
        del sys.modules[name]
    start(names, {**SOURCES, "sub/two.py": "TWO = 3\n"})
    assert importlib.import_module("pack.one").TWO == 2


def test_the_newest_one_answers() -> None:
    names = module("pack", __file__="/nowhere/pack.py", __spec__=ModuleSpec("pack", None))
    others = [*sys.meta_path]
    start(names, SOURCES)
    start(names, {"one.py": "ONE = 'new'\n"})
    assert len(sys.meta_path) == len(others) + 1
    assert sys.meta_path[:-1] == others
    assert importlib.import_module("pack.one").ONE == "new"


RUN: list[tuple[str, dict[str, Any], str]] = [
    ("a script", {"__file__": "/x/chat_core.py"}, "chat_core"),
    ("of Windows", {"__file__": "C:\\x\\chat_core.py"}, "chat_core"),
    ("with -m", {"__spec__": ModuleSpec("app.chat", None), "__file__": "/app/chat.py"}, "app.chat"),
    ("an odd name", {"__file__": "/x/chat-core.py"}, "mistral_proto"),
    ("stdin", {}, "mistral_proto"),
]


@pytest.mark.parametrize(
    ("values", "name"), [case[1:] for case in RUN], ids=[case[0] for case in RUN]
)
def test_what_runs_is_what_is_imported(
    values: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, name, raising=False)
    names = module("__main__", **values)
    assert start(names, SOURCES) is True
    assert (names["__name__"], names["__package__"]) == (name, name)
    assert names["__spec__"].name == names["__spec__"].parent == name
    assert sys.modules[name] is sys.modules["__main__"]
    monkeypatch.setitem(sys.modules, name, sys.modules[name])
    assert BundleFinder(name, "", SOURCES).find_spec(f"{name}.one") is not None
