"""Imports point down the layers of CONTRIBUTING.md, or are of the standard library."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import mistral_proto

PACKAGE = Path(mistral_proto.__file__).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
# The modules and folders of each layer; those of one layer may import each other.
LAYERS = """
errors json_text lazy_names
checks
fields sse
wire
protocol
for_pydantic openai schema
conversation
conversions
structured
retry transport
models types utils
client
azure chat extra gcp httpclient sdk
batch
testing embedding
cli
__main__
"""
LAYER_OF = {
    name: number for number, names in enumerate(LAYERS.split("\n")) for name in names.split()
}
# Modules that import from these layers above when a function is called.
ON_CALL = {"protocol.messages", "protocol.mistral_common_methods", "protocol.tool_calls", "wire"}
ABOVE = {LAYER_OF[name] for name in ("schema", "conversions", "structured")}


def imports(name: str) -> list[tuple[str, bool]]:
    """Return the modules of the package that a module imports, and whether on a call."""
    path = MODULES[name]
    package = name.split(".") if path.stem == "__init__" else name.split(".")[:-1]
    found: list[tuple[str, bool]] = []

    def visit(node: ast.AST, on_call: bool) -> None:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for statement in node.orelse:
                visit(statement, on_call)
            return
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            for alias in node.names:
                target = [*base, *(node.module or alias.name).split(".")]
                found.append((".".join(target), on_call))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            module = getattr(node, "module", None) or node.names[0].name
            assert module.partition(".")[0] in sys.stdlib_module_names, (path, module)
        inside = isinstance(node, (ast.FunctionDef, ast.Lambda))
        for child in ast.iter_child_nodes(node):
            visit(child, on_call or inside)

    visit(ast.parse(path.read_text("utf-8")), False)
    return found


def layer(name: str) -> int:
    return LAYER_OF[name.split(".")[0]]


def test_imports_point_down() -> None:
    assert {name.split(".")[0] for name in MODULES} - {"__init__"} == set(LAYER_OF)
    for name in MODULES:
        above = [
            (target, on_call)
            for target, on_call in imports(name)
            # The package itself offers its version, and all names.
            if name != "__init__"
            and target.split(".")[0] in LAYER_OF
            and layer(target) > layer(name)
        ]
        assert (name in ON_CALL) == bool(above), name
        assert all(on_call and layer(target) in ABOVE for target, on_call in above), name
