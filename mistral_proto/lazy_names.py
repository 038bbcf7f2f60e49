"""Names of a package that load their module when they are first used (PEP 562)."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["home_of_each", "load"]


def home_of_each(homes: Mapping[str, str]) -> dict[str, str]:
    """Each name with the module that it lives in, of modules with their names.

    Modules are named as in an import, relative to the package; those at ``"."``
    are public themselves.

    >>> home_of_each({"sse": "EventStreamParser ServerSentEvent"})
    {'EventStreamParser': 'sse', 'ServerSentEvent': 'sse'}
    """
    return {name: home for home, names in homes.items() for name in names.split()}


def load(name: str, namespace: dict[str, object], home_of: Mapping[str, str]) -> object:
    """What a package's `__getattr__` answers; `namespace` is its `globals()`."""
    package = str(namespace["__name__"])
    try:
        home = home_of[name]
    except KeyError:
        # A copy that goes without some parts of the package says that of itself.
        note = namespace.get("_NOTE", "")
        raise AttributeError(f"module {package!r} has no attribute {name!r}{note}") from None
    path = home.lstrip(".")
    base = package.rsplit(".", len(home) - len(path) - 1)[0]
    module = f"{base}.{path or name}"
    __import__(module)  # what `importlib` has for it takes an import of its own
    value = getattr(sys.modules[module], name) if path else sys.modules[module]
    namespace[name] = value
    return value
