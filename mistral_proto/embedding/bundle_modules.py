"""Modules whose sources are held by one file: what runs at the top of a bundle.

`bundling` copies the text below this into each bundle. It runs on Python 3.6, too, where the
package's `__init__`, which follows it, says what it needs; hence nothing of `__future__`.
"""

import sys

# What every import runs by, and so loaded already.
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import SourceFileLoader
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType
    from typing import Any


class BundledModule(SourceFileLoader):
    """Loads one module.

    Its byte code is kept in ``__pycache__`` beside the bundle, as that of a file
    would be, and holds for as long as the bundle is not changed.
    """

    def __init__(self, name: str, path: str, source: str, bundle: str) -> None:
        super().__init__(name, path)
        self.source = source
        self.bundle = bundle

    def path_stats(self, path: str) -> "Mapping[str, Any]":
        mtime = super().path_stats(self.bundle)["mtime"]
        return {"mtime": mtime, "size": len(self.source.encode())}

    def get_data(self, path: str) -> bytes:
        return self.source.encode() if path == self.path else super().get_data(path)

    def get_source(self, fullname: str) -> str:
        return self.source


class BundleFinder:
    """Finds the modules of one package in their sources, and answers for no other."""

    def __init__(self, package: str, bundle: str, sources: "Mapping[str, str]") -> None:
        self.bundled_package = package
        self.bundle = bundle
        self.sources = sources

    def find_spec(
        self, name: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        """Where a module is, as every import asks; None if it is none of ours."""
        before, package, inside = name.partition(f"{self.bundled_package}.")
        if before or not package:
            return None
        file = inside.replace(".", "/")
        is_package = f"{file}/__init__.py" in self.sources
        source = self.sources.get(f"{file}/__init__.py" if is_package else f"{file}.py")
        if source is None:
            return None
        # No such file is there; by this name there is one for the byte code.
        origin = f"{self.bundle.rpartition('.')[0]}.{inside}.py"
        loader = BundledModule(name, origin, source, self.bundle)
        spec = ModuleSpec(name, loader, origin=origin, is_package=is_package)
        spec.has_location = True
        return spec


def start(namespace: "dict[str, Any]", sources: "Mapping[str, str]") -> bool:
    """Make the bundle, whose `globals()` these are, a package; tell whether it runs as a program.

    What runs is then the same module as what an import of the bundle gives.
    """
    bundle = str(namespace.get("__file__") or "")
    spec = namespace.get("__spec__")
    name = str(namespace["__name__"])
    runs = name == "__main__"
    if runs:
        stem = bundle.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
        name = spec.name if spec else stem if stem.isidentifier() else "mistral_proto"
        sys.modules[name] = sys.modules["__main__"]
    if spec is None:
        spec = ModuleSpec(name, namespace.get("__loader__"), origin=bundle or None)
    spec.submodule_search_locations = []
    namespace.update(__name__=name, __package__=name, __path__=[], __spec__=spec)
    # One that is imported a second time, as by `importlib.reload`, answers no more.
    for finder in list(sys.meta_path):
        if getattr(finder, "bundled_package", None) == name:
            sys.meta_path.remove(finder)
    sys.meta_path.append(BundleFinder(name, bundle, sources))
    return runs
