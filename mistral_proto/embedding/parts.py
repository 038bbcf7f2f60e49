"""Which parts of the package a copy has: the one place that says it.

A part is a module or a folder at the top of the package.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .sources import EmbeddingError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NEVER", "ONLY", "OF_TESTING", "SPARED", "imported", "left_out", "part_of"]

ONLY = {
    "types": {"protocol", "sse"},
    "client": {
        "protocol",
        "sse",
        "client",
        "structured",
        "azure",
        "chat",
        "extra",
        "gcp",
        "httpclient",
        "sdk",
    },
}
"""What a copy may be made for, with the parts that are wanted then.

A copy has these, and every part that one of its own imports, when it is loaded or
when it is called; less those that `SPARED` names.
"""

SPARED = {
    "types": {"conversions", "schema", "structured"},
    "client": {"conversation", "conversions"},
}
"""Parts that these copies go without, although a call may import them.

Such calls are `to_openai`, `from_openai`, `Tool.from_function`, those of what makes
schemas, and those of a client with ``check_conversation``.  In a copy without the part they raise `ImportError`.
"""

NEVER = ("embedding/", "cli/copies.py")
"""What makes copies, and is in none."""

OF_TESTING = ("cli/demo.py", "cli/serve.py")
"""The commands that run the server for tests, which only the copies for which it is asked have."""

_ALWAYS = {"__init__", "py.typed"}


def left_out(only: str | None, files: Mapping[str, bytes], *, testing: bool = False) -> list[str]:
    """The parts that a copy of so much goes without, of the files of the package.

    Raises:
        EmbeddingError: a copy can't be made for that alone.

    >>> left_out("types", {"sse.py": b"from .errors import E", "errors.py": b"", "retry.py": b""})
    ['retry']
    """
    every = {part_of(path) for path in files if not path.startswith(NEVER)}
    asked = {"testing"} if testing else set[str]()
    if only is None:
        return sorted({"testing"} - asked)
    if only not in ONLY:
        raise EmbeddingError(f"only: expected {' or '.join(map(repr, ONLY))}, got {only!r}")
    if only == "types" and testing:
        raise EmbeddingError("testing: the server for tests needs more than the types")
    kept: set[str] = set()
    wanted = _ALWAYS | ONLY[only] | asked
    while wanted:
        kept |= wanted
        wanted = {
            part
            for path, source in files.items()
            if path.endswith(".py") and part_of(path) in wanted
            for part in map(part_of, imported(path, source))
        } - (kept | SPARED[only])
    return sorted(every - kept)


def part_of(path: str) -> str:
    """The part that a file belongs to.

    >>> part_of("client/chat.py"), part_of("sse.py"), part_of("py.typed")
    ('client', 'sse', 'py.typed')
    """
    return path.split("/")[0].removesuffix(".py")


def imported(path: str, source: bytes) -> Iterator[str]:
    """What of the package a module imports, anywhere in it: paths, less ``.py``.

    >>> [*imported("client/chat.py", b"from .. import sse\\nfrom .call import Call")]
    ['sse', 'client/call']
    """
    folder = path.split("/")[:-1]
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        if isinstance(node, ast.ImportFrom) and node.level:
            above = folder[: len(folder) - node.level + 1]
            for name in node.names:
                yield "/".join([*above, *(node.module or name.name).split(".")])
        waiting += ast.iter_child_nodes(node)
