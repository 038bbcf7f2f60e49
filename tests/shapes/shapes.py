"""The shapes that the package is tried in, and how each is made."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mistral_proto.cli import main

__all__ = ["SHAPES", "Shape"]


def checkout(root: Path, package: str) -> Path:
    return Path(__file__).parents[2]


def folder(root: Path, package: str) -> Path:
    assert main(["vendor", str(root / "lib"), "--name", package]) == 0
    return root / "lib"


def one_file(root: Path, package: str) -> Path:
    (root / "lib").mkdir()
    assert main(["bundle", "-o", str(root / "lib" / f"{package}.py")]) == 0
    return root / "lib"


def zipped(root: Path, package: str) -> Path:
    unpacked, archive = folder(root / "unpacked", package), root / "lib.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written:
        for path in sorted(unpacked.rglob("*")):
            written.write(path, path.relative_to(unpacked))
    return archive


def read_only_without_ssl(root: Path, package: str) -> Path:
    made = folder(root, package)
    # Found before the one that the standard library's `ssl` imports.
    (made / "_ssl.py").write_text("raise ModuleNotFoundError(\"No module named '_ssl'\")\n")
    for above, _, files in os.walk(made):
        # Whoever may write everywhere, as the user of a container, can't write here:
        # what is in the place of the folder for byte code is no folder.
        Path(above, "__pycache__").touch()
        for name in [*files, "__pycache__"]:
            Path(above, name).chmod(0o444)
        Path(above).chmod(0o555)
    return made


@dataclass(frozen=True)
class Shape:
    """A shape: `make` returns what has to be on the path.

    `flags` are those of the interpreter; `may_write` is whether it may leave byte code there.
    """

    make: Callable[[Path, str], Path]
    package: str = "mistral_proto"
    flags: tuple[str, ...] = ()
    may_write: bool = True


SHAPES = {
    "checkout": Shape(checkout),
    "bundle": Shape(one_file, "chat_core"),
    "vendored": Shape(folder, "chat_core"),
    "zip": Shape(zipped),
    "optimized": Shape(folder, flags=("-I", "-S", "-B", "-O")),
    "stripped": Shape(one_file, "chat_core", flags=("-I", "-S", "-B", "-OO")),
    "read-only-without-ssl": Shape(read_only_without_ssl, may_write=False),
}
