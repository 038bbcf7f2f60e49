"""The JSON Schema of a wire type, from the declarations of its fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING
from functools import partial
from typing import Any, TypeAlias

from ..checks import KEEP, REFUSE, STRICT, Reading
from ..fields import Spec
from ..json_text import JSONValue
from ..wire import WireType, dump

Schema: TypeAlias = dict[str, JSONValue]

__all__ = ["Definitions", "Schema", "json_schema", "object_schema", "or_null"]


def json_schema(cls: type[WireType], /, *, strict: bool = False) -> dict[str, JSONValue]:
    """Return the JSON Schema, draft 2020-12, of the documents that `cls.from_dict` reads.

    With `strict`, of those that ``from_dict(..., strict=True)`` reads.  A new dict each
    time.  Not expressed: the bounds of free JSON's depth and of a number's length, rules
    for several fields together, unions whose tag is left out, and unreadable values that
    are kept in a server's document.

    >>> from mistral_proto import Prediction
    >>> schema = json_schema(Prediction, strict=True)
    >>> schema["title"], schema["additionalProperties"]
    ('Prediction', False)
    >>> schema["properties"]["type"]
    {'const': 'content', 'default': 'content'}
    """
    definitions = Definitions(STRICT if strict else cls._lenient)
    whole = definitions.whole(cls, cls.__name__, partial(object_schema, cls))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole}


class Definitions:
    """The parts that a schema refers to, each under a name of its own.

    `reading` is how the documents of the schema are read.
    """

    def __init__(self, reading: Reading = REFUSE) -> None:
        self.reading = reading
        self._written: dict[str, Schema] = {}
        self._names: dict[Any, str] = {}
        self._repeated: set[str] = set()

    def of_type(self, cls: type[WireType]) -> Schema:
        """Return a reference to a wire type."""
        return self.reference(cls, cls.__name__, partial(object_schema, cls))

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


def object_schema(cls: type[WireType], definitions: Definitions) -> Schema:
    """Return the schema of the documents of one type."""
    specs = [spec for spec in cls._specs.values() if not spec.local]
    schema: Schema = {"title": cls.__name__}
    description = " ".join((cls.__doc__ or "").partition("\n\n")[0].split())
    # With -OO there is none, or `dataclasses` makes one of the signature.
    if description and not description.startswith(f"{cls.__name__}("):
        schema["description"] = description
    schema["type"] = "object"
    schema["properties"] = {spec.name: _field_schema(spec, definitions) for spec in specs}
    required = [spec.name for spec in specs if spec.is_needed(definitions.reading)]
    if required:
        schema["required"] = [*required]
    if not (cls._open and definitions.reading is KEEP):
        schema["additionalProperties"] = False
    return schema


def _field_schema(spec: Spec, definitions: Definitions) -> Schema:
    is_strict = definitions.reading is STRICT
    needed = spec.is_needed(definitions.reading)
    schema = spec.check.schema(definitions)
    # Null is a value of the field, or counts as absent.
    if spec.nullable or (not is_strict and (spec.check.reads_null or not needed)):
        schema = or_null(schema)
    if spec.doc:
        schema["description"] = spec.doc
    has_value = spec.default is not MISSING and spec.default is not None
    if has_value and not needed and not spec.has_absent:
        schema["default"] = dump(spec.default, False)
    if spec.secret:
        schema["writeOnly"] = True
    result: Schema = schema
    return result
