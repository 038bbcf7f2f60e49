"""The loader of a bundle's modules, whose text `one_file` copies into each bundle.

Python 2.7 has to parse it, so that it can report what is needed: types are in comments.
"""

import sys

# Every import uses these, so that they are loaded already.
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import SourceFileLoader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any  # noqa: F401


class Bundle(SourceFileLoader):
    """Finds and loads the modules of a bundle; their byte code is kept in ``__pycache__``."""

    def __init__(self, package, file, sources):  # type: (str, str, dict[str, str]) -> None
        super().__init__(package, file)
        # There are no such files; byte code has their names.
        self.sources = {self.get_filename(package + "." + it): sources[it] for it in sources}
        sys.meta_path.insert(0, self)  # before that of a bundle which is loaded again

    def find_spec(self, name, path=None, target=None):  # type: (str, Any, Any) -> Any
        """Return where a module is, or None if it is not in this bundle."""
        origin = self.get_filename(name)
        if not name.startswith(self.name + ".") or origin not in self.sources:
            return None
        is_package = any(path != origin and path.startswith(origin[:-2]) for path in self.sources)
        spec = ModuleSpec(name, self, origin=origin, is_package=is_package)
        spec.has_location = True
        return spec

    def get_filename(self, name=None):  # type: (str | None) -> str
        return self.path.rpartition(".")[0] + str(name)[len(self.name) :] + ".py"

    def get_data(self, path):  # type: (str) -> bytes
        source = self.sources.get(path)
        return super().get_data(path) if source is None else source.encode()

    def path_stats(self, path):  # type: (str) -> Any
        return dict(super().path_stats(self.path), size=len(self.get_data(path)))
