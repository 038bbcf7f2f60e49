"""The JSON Schema of the values that a check takes."""

from __future__ import annotations

from collections.abc import Callable

from ..checks import (
    AnyJSON,
    Boolean,
    Check,
    Constant,
    Either,
    Integer,
    JSONObject,
    ListOf,
    MapOf,
    Number,
    ObjectOf,
    OneOf,
    String,
    TaggedUnion,
)
from ..records import MISSING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from ..checks import Reading
    from ..fields import Spec
    from ..json_text import JSONValue
    from ..wire import WireType

    Schema: TypeAlias = dict[str, JSONValue]

__all__ = ["Definitions", "is_required", "or_null", "schema_of"]


class Definitions:
    """The types that a schema refers to, each under a name of its own, and how they are read."""

    def __init__(self, root: type[WireType], reading: Reading) -> None:
        self.reading = reading
        self.types: dict[str, type[WireType]] = {}
        self._references = {root: "#"}

    def reference(self, cls: type[WireType]) -> Schema:
        """A reference to the definition of a type, which is to be written."""
        if cls not in self._references:
            name, number = cls.__name__, 1
            while name in self.types:
                number += 1
                name = f"{cls.__name__}{number}"
            self.types[name] = cls
            self._references[cls] = f"#/$defs/{name}"
        return {"$ref": self._references[cls]}


def is_required(spec: Spec, reading: Reading) -> bool:
    """Whether a document without the field is refused."""
    stand_in = spec.stand_in(wire=True, tolerant=reading.keep_unknown)
    return stand_in is MISSING or (reading.strict and spec.required)


def schema_of(check: Check, definitions: Definitions) -> Schema:
    """The schema of the values that a check takes; `definitions` grows by what it refers to.

    Raises:
        TypeError: the check is not of `checks`, and has no `equivalent` there.
    """
    for cls in type(check).__mro__:
        if cls in _SCHEMAS:
            return _SCHEMAS[cls](check, definitions)
    if check.equivalent is None:
        raise TypeError(f"no JSON Schema is known of a {type(check).__name__}")
    return schema_of(check.equivalent, definitions)


def or_null(schema: Schema) -> Schema:
    """The same values, and null.

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


def _number(check: Number, definitions: Definitions) -> Schema:
    bounds = {
        "minimum": check.minimum,
        "exclusiveMinimum": check.above,
        "maximum": check.maximum,
    }
    kind = "integer" if isinstance(check, Integer) else "number"
    return {"type": kind, **{key: bound for key, bound in bounds.items() if bound is not None}}


def _one_of(check: OneOf, definitions: Definitions) -> Schema:
    members: Schema = {"type": "string", "enum": [*check.members]}
    # Said although any string will do: the reader learns what to expect.
    others = check.others or definitions.reading.keep_unknown
    return {"anyOf": [members, {"type": "string"}]} if others else members


def _list(check: ListOf, definitions: Definitions) -> Schema:
    least: Schema = {"minItems": check.minimum_items} if check.minimum_items else {}
    return {"type": "array", "items": schema_of(check.item, definitions), **least}


def _either(check: Either, definitions: Definitions) -> Schema:
    return {"anyOf": [schema_of(one, definitions) for one in check.checks]}


def _tagged_union(check: TaggedUnion, definitions: Definitions) -> Schema:
    tag = check.tag
    values: Schema = {"enum": [*check.classes]}
    members: list[JSONValue] = []
    for cls in dict.fromkeys(check.classes.values()):
        member = definitions.reference(cls)
        if not isinstance(cls._specs[tag].check, Constant):
            # Of a server's document such a tag may be any string; here only its own.
            own = [name for name, named in check.classes.items() if named is cls]
            member["properties"] = {tag: {"enum": [*own]}}
        members.append(member)
    if check.unknown is not None and definitions.reading.keep_unknown:
        other: Schema = {"properties": {tag: {"not": values}}}
        members.append({**definitions.reference(check.unknown), **other})
        values = {"type": "string"}
    union: Schema = {
        "type": "object",
        "properties": {tag: values},
        "required": [tag],
        "oneOf": members,
    }
    if check.untagged is None or is_required(check.untagged._specs[tag], definitions.reading):
        return union
    untagged: Schema = {"properties": {tag: {"type": "null"}}}
    return {"anyOf": [union, {**definitions.reference(check.untagged), **untagged}]}


def _map(check: MapOf, definitions: Definitions) -> Schema:
    return {"type": "object", "additionalProperties": schema_of(check.item, definitions)}


_SCHEMAS: dict[type, Callable[[Any, Definitions], Schema]] = {
    String: lambda check, definitions: {"type": "string"},
    Boolean: lambda check, definitions: {"type": "boolean"},
    Number: _number,
    Constant: lambda check, definitions: {"const": check.value},
    OneOf: _one_of,
    ListOf: _list,
    MapOf: _map,
    AnyJSON: lambda check, definitions: {},
    JSONObject: lambda check, definitions: {"type": "object"},
    ObjectOf: lambda check, definitions: definitions.reference(check.cls),
    Either: _either,
    TaggedUnion: _tagged_union,
}
"""The schema of each kind of check."""
