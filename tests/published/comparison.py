"""The changes between a document and how it is written again."""

from __future__ import annotations

import json
from typing import Any

from tests.published.schemas import Schema, accepts

Place = tuple[str | int, ...]


def changes(schema: Schema, read: Any, written: Any, place: Place = ()) -> list[str]:
    """Return the changes that `to_dict` may not make.

    It may leave out the null of an optional field, and add a default of the schema.
    """
    if schema.get("x-json-text") and isinstance(read, dict) and isinstance(written, str):
        return [] if same(read, json.loads(written)) else [f"{place}: another text"]
    for union in ("anyOf", "oneOf"):
        if union in schema:
            branches = [branch for branch in schema[union] if accepts(branch, read)]
            found = [changes(branch, read, written, place) for branch in branches]
            return min(found, key=len)
    if isinstance(read, dict) and isinstance(written, dict) and "properties" in schema:
        return _changes_of_fields(schema, read, written, place)
    if isinstance(read, list) and isinstance(written, list) and len(read) == len(written):
        pairs = enumerate(zip(read, written, strict=True))
        items = schema.get("items", {})
        return sum((changes(items, *pair, (*place, index)) for index, pair in pairs), [])
    return [] if same(read, written) else [f"{place}: {read!r} became {written!r}"]


def _changes_of_fields(
    schema: Schema, read: dict[str, Any], written: dict[str, Any], place: Place
) -> list[str]:
    fields = schema["properties"]
    found: list[str] = []
    for key, value in read.items():
        if key in written:
            found += changes(fields.get(key, {}), value, written[key], (*place, key))
        elif value is not None or key not in fields or key in schema.get("required", ()):
            found.append(f"{(*place, key)}: {value!r} is lost")
    for key in written.keys() - read.keys():
        field = fields.get(key, {})
        if "default" not in field or not same(field["default"], written[key]):
            found.append(f"{(*place, key)}: {written[key]!r} is new")
    return found


def without_null(value: Any) -> Any:
    """Return the value without fields that are null."""
    if isinstance(value, dict):
        return {key: without_null(item) for key, item in value.items() if item is not None}
    return [without_null(item) for item in value] if isinstance(value, list) else value


def same(one: Any, other: Any) -> bool:
    """Return whether JSON values are equal: 1 is 1.0, but not true."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)
