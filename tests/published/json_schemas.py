"""JSON Schemas with references, put in the form from which `strategies` makes documents."""

from __future__ import annotations

from typing import Any

from tests.published.schemas import Schema


def generable(schema: Schema, root: Schema | None = None) -> Schema:
    """A schema without references, of documents that the schema accepts.

    It says less in one respect: what tells the members of a union apart is
    always there, and where any string would do, it is one.
    """
    root = schema if root is None else root
    if "$ref" in schema:
        target = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        merged = {**target, **schema}
        merged["required"] = [*{*target.get("required", ()), *schema.get("required", ())}]
        if "properties" in target and "properties" in schema:
            merged["properties"] = target["properties"] | schema["properties"]
        del merged["$ref"]
        return generable(merged, root)
    if "not" in schema:  # the tag of an unknown kind
        return {"const": "no-such-tag"}
    if isinstance(schema.get("type"), list):
        return {"anyOf": [generable({**schema, "type": one}, root) for one in schema["type"]]}
    made = dict(schema)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            made[key] = [generable(one, root) for one in schema[key]]
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            made[key] = generable(schema[key], root)
    if "properties" in schema:
        made["properties"] = {
            name: generable(one, root)
            for name, one in schema["properties"].items()
            if one != {"type": "null"}  # said of what is best left out
        }
    if "oneOf" in schema:
        [tag] = schema.get("required") or [schema["discriminator"]["propertyName"]]
        made["discriminator"] = {"propertyName": tag}
        made["oneOf"] = [_tagged(one, tag) for one in made["oneOf"]]
    return made


def _tagged(member: Schema, tag: str) -> Schema:
    """A member of a union, with one of its own tags."""
    field: Any = member["properties"][tag]
    for one in field.get("anyOf", [field]):
        if "const" in one or "enum" in one:
            field = one
    if "not" in field:
        field = {"const": "no-such-tag"}
    return {
        **member,
        "properties": {**member["properties"], tag: field},
        "required": [*{*member.get("required", ()), tag}],
    }
