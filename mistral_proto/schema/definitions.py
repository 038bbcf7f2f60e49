"""The named parts of a JSON Schema, each written once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from ..checks import REFUSE, Reading
from ..json_text import JSONValue

Schema: TypeAlias = dict[str, JSONValue]

__all__ = ["Definitions", "Schema", "or_null"]


class Definitions:
    """The parts that a schema refers to, each under a name of its own.

    `reading` is how the documents of the schema are read.
    """

    def __init__(self, reading: Reading = REFUSE) -> None:
        self.reading = reading
        self._written: dict[str, Schema] = {}
        self._names: dict[Any, str] = {}
        self._repeated: set[str] = set()

    def reference(self, part: Any, name: str, write: Callable[[Definitions], Schema]) -> Schema:
        """Return a reference to a part, which is written when it is first referred to."""
        if part in self._names:
            unique = self._names[part]
            self._repeated.add(unique)
        else:
            unique, number = name, 1
            while unique in self._written:
                number += 1
                unique = f"{name}{number}"
            self._names[part] = unique
            self._written[unique] = {}  # taken, as the part may refer to itself
            self._written[unique] = write(self)
        return {"$ref": f"#/$defs/{unique}"}

    def whole(self, part: Any, name: str, write: Callable[[Definitions], Schema]) -> Schema:
        """Return the whole schema of a part, with the definitions that it needs.

        A part that contains itself is a reference to its own definition.
        """
        root = self.reference(part, name, write)
        if self._names[part] not in self._repeated:
            root = self._written.pop(self._names[part])
        defined: Schema = {name: self._written[name] for name in sorted(self._written)}
        return {**root, "$defs": defined} if defined else root


def or_null(schema: Schema) -> Schema:
    """Return the schema of the same values and null.

    >>> or_null({"type": "string"})
    {'type': ['string', 'null']}
    """
    union = schema.get("anyOf")
    if isinstance(union, list):
        return {**schema, "anyOf": [*union, {"type": "null"}]}
    if not schema:  # any value at all
        return schema
    if isinstance(schema.get("type"), str) and schema.keys().isdisjoint(("enum", "oneOf")):
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}
