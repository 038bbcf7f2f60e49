"""The files of each kind of copy, and the trial of a new copy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

__all__ = ["CONTENTS", "files_of_a_copy", "module_name", "try_copy", "write"]

_TYPES = (
    "__init__ py.typed checks errors fields for_pydantic json_text lazy_names protocol sse wire"
)
_CLIENT = f"{_TYPES} client retry schema structured transport"
_CLIENT += " azure chat extra gcp httpclient models sdk types utils"  # paths of the SDK
CONTENTS = {"types": _TYPES, "client": _CLIENT, "testing": f"{_CLIENT} testing", "all": ""}
"""The files and folders at the top of each kind of copy, without ``.py``; nothing means all."""

_PACKAGE = Path(__file__).parents[1]
_UNCHECKED = """
# Some functions above import parts that this copy does not contain.
# mypy: disable-error-code="import-not-found, misc, no-any-return"
# pyright: reportMissingImports=false
"""
_TRIAL = """
import sys
folder, name, *modules = sys.argv[1:]
sys.path.insert(0, folder)
chat = __import__(name)
for module in modules:
    __import__(f"{name}.{module}".rstrip("."))
for public in chat.__all__:
    getattr(chat, public)
document = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
assert chat.ChatCompletionRequest.from_dict(document).to_dict() == document
"""


def files_of_a_copy(only: str) -> dict[str, bytes]:
    """Return the files of a kind of copy, with the licence, by their paths in sorted order.

    A part that is left out is replaced by a module that raises `ImportError`.

    >>> "client/mistral.py" in files_of_a_copy("client"), "client.py" in files_of_a_copy("types")
    (True, True)
    """
    if only not in CONTENTS:
        raise ValueError(f"only: expected one of {[*CONTENTS]}, got {only!r}")
    paths = [*_PACKAGE.rglob("*.py"), _PACKAGE / "py.typed"]
    files = {path.relative_to(_PACKAGE).as_posix(): path.read_text("utf-8") for path in paths}
    part_of = {path: path.split("/")[0].removesuffix(".py") for path in files}
    gone = {*part_of.values()} - {*CONTENTS[only].split()} if CONTENTS[only] else set[str]()
    for path in [*files]:
        if part_of[path] in {*gone, "embedding"} or path == "cli/copies.py":
            del files[path]
    absent = "|".join({*gone, "embedding", "copies"})
    if gone:
        reason = f"this copy was made with --only {only}"
        # Names of missing modules are dropped from the table, and from what type checkers read.
        name = rf'^    ("\.({absent})\b.*": |from \.({absent})\b.* import )(\([^)]*\)|.*),?\n'
        init = re.sub(name, "", files["__init__.py"], flags=re.MULTILINE)
        module = re.compile(rf"\b({absent})\b ?")
        init = re.sub('    "[.]": ".*"', lambda line: module.sub("", line[0]), init)
        files["__init__.py"] = f'{init}_NOTE = "; {reason}"\n'
        for part in gone - {"embedding"}:
            files[f"{part}.py"] = f'raise ImportError(f"{{__name__}} is not here: {reason}")\n'
    for path, text in files.items():
        if re.search(rf"^ +from \.+({absent})\b", text, re.MULTILINE):
            files[path] = text + _UNCHECKED
    files["LICENSE"] = _licence()
    return {path: files[path].encode() for path in sorted(files)}


def _licence() -> str:
    """Return the text of the licence, from the installation's metadata or the checkout."""
    try:
        text = distribution("mistral_proto").read_text("licenses/LICENSE")
    except PackageNotFoundError:
        text = None
    return text or (_PACKAGE.parent / "LICENSE").read_text("utf-8")


def module_name(path: str) -> str:
    """Return the name of the module in a file: that of the package is empty."""
    return re.sub(r"(^|/)__init__\.py$|\.py$", "", path).replace("/", ".")


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a new folder, by their paths in it."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def try_copy(folder: Path, name: str, files: Mapping[str, bytes]) -> None:
    """Import every module and name of a new copy, and use it, in an isolated Python.

    Nothing is installed or in the environment of that Python, and a warning is an error.
    """
    command = [sys.executable, "-ISB", "-Werror", "-c", _TRIAL, os.path.abspath(folder), name]
    for path, data in files.items():
        command += [module_name(path)] * (path[-3:] == ".py" and not data.startswith(b"raise "))
    null = subprocess.DEVNULL
    done = subprocess.run(command, cwd=folder, env={}, stdin=null, capture_output=True)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise ValueError(f"the new copy does not work here: {said or done.returncode}")
