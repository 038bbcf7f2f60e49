"""The package in one file: a module that can be imported or run, and a layer of AWS Lambda."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from .. import __version__
from .contents import files_of_a_copy, module_name, try_copy, write
from .vendoring import RECORD, check_name, digest, read, record

__all__ = ["bundle", "lambda_layer"]

_NO_CHECKSUM = "0" * 64
_SEAL = f"mistral_proto {__version__} only={{}} sha256={_NO_CHECKSUM}"
_SEALED = re.compile(rb"mistral_proto \S+ only=(\w+) sha256=([0-9a-f]{64})\s*\Z")
_BUNDLE = """\
# -*- coding: utf-8 -*-
# /// script
# requires-python = ">=3.10"
# dependencies = []
# ///
# mistral_proto {version} in one file, made by `python -m mistral_proto bundle`. Import it, as in
# `from chat_core.sse import EventStreamParser`, or run it. The licence is at the end.
# mypy: disable-error-code="import-not-found, no-untyped-def, no-untyped-call"
# pyright: reportMissingImports=false
{doc}
import sys

if sys.version_info < (3, 10):
    needs = " needs Python 3.10 or newer; this is " + sys.version.split()[0]
    raise SystemExit(__file__ + needs) if __name__ == "__main__" else ImportError(__name__ + needs)
if __name__ == "__main__":
    import importlib, os

    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    name = __spec__.name if __spec__ else os.path.basename(__file__)[:-3]
    try:
        main = importlib.import_module(name + ".cli").main
    except ImportError as error:
        raise SystemExit(str(error))
    raise SystemExit(main())

# Every import uses these, so that they are loaded already.
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import SourceFileLoader


class Bundle(SourceFileLoader):
    # Finds and loads the modules below; their byte code is kept in __pycache__, as if each had a
    # file beside this one.

    def __init__(self, package, path, sources):
        super().__init__(package, path)
        self.sources = {{self.get_filename(package + "." + it): sources[it] for it in sources}}
        sys.meta_path.insert(0, self)  # before that of a bundle which is loaded again

    def find_spec(self, name, path=None, target=None):
        file = self.get_filename(name)
        if not name.startswith(self.name + ".") or file not in self.sources:
            return None
        is_package = any(it != file and it.startswith(file[:-2]) for it in self.sources)
        spec = ModuleSpec(name, self, origin=file, is_package=is_package)
        spec.has_location = True
        return spec

    def get_filename(self, fullname):
        return self.path.rpartition(".")[0] + fullname[len(self.name) :] + ".py"

    def get_data(self, path):
        return self.sources[path].encode() if path in self.sources else super().get_data(path)

    def path_stats(self, path):
        return dict(super().path_stats(self.path), size=len(self.get_data(path)))


__path__ = __spec__.submodule_search_locations = []
__package__ = __name__
Bundle(__name__, __file__, {{
{sources}}})
{init}
{licence}
# {seal}
"""
_ANY_NAME = "    def __getattr__(name):  # type: (str) -> object\n        pass\n"
# Byte code that is not checked against its source, which would cost a look at each file; a layer
# is unpacked in /opt, where nothing can be written.
_COMPILE = "-S -m compileall -q --invalidation-mode unchecked-hash -p /opt python".split()


def bundle(output: str, only: str | None, force: bool) -> list[str]:
    """Write the package as one module, or update the one there; return what was done.

    The module is called as the file, which ends in ``.py``. `only` is as for `vendor`; `force`
    overwrites a file that was edited, or is not a copy. Raises as `vendor` does.
    """
    path = Path(output)
    name = check_name(path.name.removesuffix(".py"))
    if path.suffix != ".py":
        raise ValueError(f"{path}: the name of a bundle ends in .py")

    def make(folder: Path, kind: str) -> bytes:
        files = files_of_a_copy(kind)
        licence, init = files["LICENSE"].decode(), files["__init__.py"].decode()
        # A type checker finds no modules in one file, and so is given any name.
        init = re.sub(r"(?s)(\nif TYPE_CHECKING:\n).*?(?=\nelse:)", rf"\1{_ANY_NAME}", init)
        modules = {path: data.decode() for path, data in files.items() if path.endswith(".py")}
        del modules["__init__.py"]
        text = _BUNDLE.format(
            version=__version__,
            doc=init.split("\n\n", 1)[0],
            sources="".join(f'"{module_name(it)}": {_literal(modules[it])},\n' for it in modules),
            init=init.split("\n\n", 1)[1],
            licence=re.sub("(?m)^", "# ", licence),
            seal=_SEAL.format(kind),
        ).encode()
        write(folder, {path.name: text})
        try_copy(folder, name, files)
        return text

    return [_replace(path, make, only, force)]


def _literal(text: str) -> str:
    """Return a text that is empty, or ends in a line break, as a literal that is easy to read."""
    if "'''" not in text:
        return f"r'''{text}'''"
    escaped = text.replace("\\", "\\\\").replace("'''", "\\'\\'\\'")
    return f"'''{escaped}'''"


def lambda_layer(output: str, name: str, only: str | None, force: bool) -> list[str]:
    """Write the package as a zip for AWS Lambda, or update the one there; return what was done.

    Functions import it as `name`. It is the same each time for the same Python, and has byte code
    for that, as a function can't keep what it compiles. `only` and `force` are as for `bundle`.
    """
    check_name(name)

    def make(folder: Path, kind: str) -> bytes:
        files = files_of_a_copy(kind)
        write(folder / "python" / name, {**files, RECORD: record(kind, files)})
        # The order of a set's elements in byte code is that of their hashes.
        settings = {"PYTHONHASHSEED": "0"}
        subprocess.run([sys.executable, *_COMPILE], cwd=folder, env=settings, check=True)
        try_copy(folder / "python", name, files)
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as archive:
            for file in sorted(path for path in folder.rglob("*") if path.is_file()):
                entry = zipfile.ZipInfo(file.relative_to(folder).as_posix())
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system, entry.external_attr = 3, 0o100644 << 16
                archive.writestr(entry, file.read_bytes())
            archive.comment = _SEAL.format(kind).encode()
        return written.getvalue()

    python = ".".join(map(str, sys.version_info[:2]))
    return [f"{_replace(Path(output), make, only, force)}, byte code for Python {python}"]


def _replace(path: Path, make: Callable[[Path, str], bytes], only: str | None, force: bool) -> str:
    """Make a file beside its place, move it there in one step, and return what it is."""
    only = _kind(path, only, force)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
        data, _, end = make(Path(folder), only).rpartition(_NO_CHECKSUM.encode())
        data += digest(data).encode() + end
        write(Path(folder), {"new": data})
        _kind(path, only, force)  # of a file that was put there meanwhile
        os.replace(Path(folder, "new"), path)
    return f"{path}: {len(data) / 1000:.0f} KB"


def _kind(path: Path, only: str | None, force: bool) -> str:
    """Return the kind that a file is to be; raise `ValueError` if what is there is to be kept."""
    if os.path.lexists(path):
        data = read(path, 1 << 24)
        sealed = _SEALED.search(data, max(len(data) - 200, 0))
        if sealed and digest(data[: sealed.start(2)]).encode() == sealed[2]:
            return only or sealed[1].decode()
        if not force:
            raise ValueError(f"{path} was edited, or is not a copy; --force overwrites it")
    return only or "all"
