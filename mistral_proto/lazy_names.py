"""Names of a package that load their module when they are first used (PEP 562)."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["modules_of_names", "load", "add_aliases"]


def modules_of_names(homes: Mapping[str, str]) -> dict[str, str]:
    """Each name with the module that it lives in, of modules with their names.

    Modules are named as in an import, relative to the package; those at ``"."``
    are public themselves.

    >>> modules_of_names({"sse": "EventStreamParser ServerSentEvent"})
    {'EventStreamParser': 'sse', 'ServerSentEvent': 'sse'}
    """
    return {name: home for home, names in homes.items() for name in names.split()}


def load(name: str, namespace: dict[str, object], home_of: Mapping[str, str]) -> object:
    """Return what a module's `__getattr__` answers; `namespace` is its `globals()`."""
    this = str(namespace["__name__"])
    if name not in home_of:
        # A copy that goes without some parts of the package says that of their names.
        gone = str(namespace.get("_GONE", name)).split()
        note = namespace.get("_NOTE", "") if name in gone else ""
        raise AttributeError(f"module {this!r} has no attribute {name!r}{note}")
    home = home_of[name]
    path = home.lstrip(".")
    base = str(namespace["__package__"]).rsplit(".", len(home) - len(path) - 1)[0]
    module = f"{base}.{path or name}"
    __import__(module)  # what `importlib` has for it takes an import of its own
    value = getattr(sys.modules[module], name) if path else sys.modules[module]
    namespace[name] = value
    return value


def add_aliases(paths: Iterable[str], module: str) -> None:
    """Let a module be found by paths below it, too, as another one is by `os.path`."""
    for path in paths:
        sys.modules[f"{module}.{path}"] = sys.modules[module]
        setattr(sys.modules[module], path.rpartition(".")[2], sys.modules[module])
