"""Names of a package that load their module on first use (PEP 562)."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def modules_of_names(names: Mapping[str, str]) -> dict[str, str]:
    """Return each name with its module, from the names of each module.

    Modules are relative to the package; the names at ``"."`` are modules themselves.

    >>> modules_of_names({"sse": "EventStreamParser ServerSentEvent"})
    {'EventStreamParser': 'sse', 'ServerSentEvent': 'sse'}
    """
    return {name: module for module, text in names.items() for name in text.split()}


def load(name: str, namespace: dict[str, object], module_of: Mapping[str, str]) -> object:
    """Return the value of a name, for a module's `__getattr__`; `namespace` is its `globals()`."""
    if name not in module_of:
        note = namespace.get("_NOTE", "")  # of a copy without some parts of the package
        raise AttributeError(f"module {namespace['__name__']!r} has no attribute {name!r}{note}")
    home = module_of[name]
    path = home.lstrip(".")
    base = str(namespace["__package__"]).rsplit(".", len(home) - len(path) - 1)[0]
    module = f"{base}.{path or name}"
    __import__(module)  # `importlib` would be one more import
    value = getattr(sys.modules[module], name) if path else sys.modules[module]
    namespace[name] = value
    return value


def add_aliases(paths: Iterable[str], module: str) -> None:
    """Make a module importable by other paths below it, as `os.path` is another module."""
    for path in paths:
        sys.modules[f"{module}.{path}"] = sys.modules[module]
        setattr(sys.modules[module], path.rpartition(".")[2], sys.modules[module])
