"""The package's `__init__` for a copy that goes without some of its parts."""

from __future__ import annotations

import ast
import pprint
from collections.abc import Collection

__all__ = ["for_one_file", "without"]

# What a type checker sees of one file: it can't look into the strings in it.
_ANY_NAME = """\
    from typing import Any

    def __getattr__(name: str) -> Any: ..."""


def without(parts: Collection[str], source: str, note: str) -> str:
    """The text of the `__init__`, less the names whose modules are in these parts.

    Asked for one of them, the copy adds the note to what it says.

    >>> print(without(["client"], '''_HOMES = {
    ...     ".": "client sse",
    ...     ".client.mistral": "Mistral",
    ...     ".sse": "EventStreamParser",
    ... }
    ... if TYPE_CHECKING:
    ...     from .client.mistral import *
    ...     from .sse import *
    ... ''', "; it went without"))
    _NOTE = '; it went without'
    _GONE = 'client Mistral'
    _HOMES = {'.': 'sse', '.sse': 'EventStreamParser'}
    if TYPE_CHECKING:
        from .sse import *
    <BLANKLINE>
    """
    lines = source.split("\n")

    def replace(first: ast.stmt, last: ast.stmt, text: list[str]) -> None:
        assert last.end_lineno is not None
        lines[first.lineno - 1 : last.end_lineno] = text

    # From the end, so that the lines before keep their numbers.
    for statement in reversed(ast.parse(source).body):
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
            body = [_import_without(parts, node) for node in statement.body]
            kept = [f"    {ast.unparse(node)}" for node in body if node is not None]
            replace(statement.body[0], statement.body[-1], kept)
        elif isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "_HOMES":
            homes: dict[str, str] = ast.literal_eval(statement.value)
            gone, here = [], {}
            for home, names in homes.items():
                part = home.split(".")[1]
                kept = [name for name in names.split() if (part or name) not in parts]
                gone += [name for name in names.split() if name not in kept]
                if kept:
                    here[home] = " ".join(kept)
            values = {"_NOTE": note, "_GONE": " ".join(gone), "_HOMES": here}
            text = [
                f"{name} = {pprint.pformat(value, width=90, sort_dicts=False)}"
                for name, value in values.items()
            ]
            replace(statement, statement, "\n".join(text).split("\n"))
    return "\n".join(lines)


def for_one_file(source: str) -> str:
    """The text of the `__init__` where type checkers find no modules beside it.

    >>> print(for_one_file("if TYPE_CHECKING:\\n    from .sse import *"))
    if TYPE_CHECKING:
        from typing import Any
    <BLANKLINE>
        def __getattr__(name: str) -> Any: ...
    """
    lines = source.split("\n")
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
            first, last = statement.body[0].lineno, statement.body[-1].end_lineno
            lines[first - 1 : last] = _ANY_NAME.split("\n")
    return "\n".join(lines)


def _import_without(parts: Collection[str], node: ast.stmt) -> ast.stmt | None:
    assert isinstance(node, ast.ImportFrom)
    if node.module is not None:
        return None if node.module.split(".")[0] in parts else node
    node.names = [name for name in node.names if name.name not in parts]
    return node if node.names else None
