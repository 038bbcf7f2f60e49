"""The shapes that the package is tried in, and how each is made."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mistral_proto.embedding.bundling import bundle
from mistral_proto.embedding.vendoring import vendor

__all__ = ["SHAPES", "Shape"]


def folder(root: Path, package: str) -> Path:
    vendor(root / "lib", name=package, testing=True)
    return root / "lib"


def one_file(root: Path, package: str) -> Path:
    (root / "lib").mkdir()
    bundle(root / "lib" / f"{package}.py", testing=True)
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
    """A shape: what makes it gives what has to be on the path.

    `flags` are those of the interpreter that runs the tests; `may_write` is whether
    that may leave byte code there.
    """

    make: Callable[[Path, str], Path]
    package: str = "mistral_proto"
    flags: tuple[str, ...] = ()
    may_write: bool = True


SHAPES = {
    "bundle": Shape(one_file, "chat_core"),
    "vendored": Shape(folder, "chat_core"),
    "zip": Shape(zipped),
    "optimized": Shape(folder, flags=("-I", "-S", "-B", "-O")),
    "stripped": Shape(one_file, "chat_core", flags=("-I", "-S", "-B", "-OO")),
    "read-only-without-ssl": Shape(read_only_without_ssl, may_write=False),
}
"""By name; `left_out` has the tests that each goes without."""
