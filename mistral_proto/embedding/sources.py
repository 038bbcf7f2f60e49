"""The package's own files, wherever it was imported from: a folder, or a zip."""

from __future__ import annotations

import importlib.metadata
import importlib.resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sys
    from collections.abc import Iterator

    if sys.version_info >= (3, 11):
        from importlib.resources.abc import Traversable
    else:
        from importlib.abc import Traversable

__all__ = ["EmbeddingError", "PACKAGE", "licence", "package_files"]

PACKAGE = __name__.split(".embedding", 1)[0]
"""The name that the package was imported under."""

LICENCE = "LICENSE"


class EmbeddingError(ValueError):
    """A copy that can't be made, or that would destroy something."""


def package_files() -> dict[str, bytes]:
    """The source files, by their paths below the package, in the order of these.

    >>> list(package_files())[:2]
    ['__init__.py', '__main__.py']
    """

    def walk(folder: Traversable, above: str) -> Iterator[tuple[str, bytes]]:
        for entry in folder.iterdir():
            if entry.is_dir():
                yield from walk(entry, f"{above}{entry.name}/")
            elif entry.name.endswith((".py", ".typed")):
                yield f"{above}{entry.name}", entry.read_bytes()

    return dict(sorted(walk(importlib.resources.files(PACKAGE), "")))


def licence() -> bytes:
    """The text of the licence, which accompanies every copy.

    It is in the package's folder, beside it in a checkout, or in the metadata
    of what was installed.

    Raises:
        EmbeddingError: it is in none of these places.
    """
    inside = importlib.resources.files(PACKAGE).joinpath(LICENCE)
    if inside.is_file():
        return inside.read_bytes()
    checkout = Path(__file__).parents[2]
    if (checkout / "pyproject.toml").is_file() and (checkout / LICENCE).is_file():
        return (checkout / LICENCE).read_bytes()
    try:
        installed = importlib.metadata.files(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        installed = []
    for file in installed:
        if file.name == LICENCE:
            return file.read_binary()
    raise EmbeddingError(
        f"the licence's text is missing, which accompanies every copy: no file {LICENCE} "
        "in the package, beside it, or in the metadata of an installation"
    )
