"""What can be told of a value beside its type: JSON Schema's keywords, and what they ask for.

They come from ``field(metadata={...})``, or from ``Annotated[int, "text", {...}]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..checks import Check, Reading, copy_json, fail
from .kinds import Definitions, Kind, schema_of

if TYPE_CHECKING:
    from typing import Any

    from ..json_text import JSONValue
    from ..schema.definitions import Schema

__all__ = ["told"]

_NUMBERS = ("number", "integer")

# Of each keyword: the JSON types that it is about, whether a value is within its bound,
# the words for that, and the kind of problem where it is not.
_BOUNDS: dict[str, tuple[tuple[str, ...], Callable[[Any, Any], bool], str, str]] = {
    "minimum": (_NUMBERS, lambda v, b: v >= b, "a number of at least {}", "greater_than_equal"),
    "maximum": (_NUMBERS, lambda v, b: v <= b, "a number of at most {}", "less_than_equal"),
    "exclusiveMinimum": (_NUMBERS, lambda v, b: v > b, "a number above {}", "greater_than"),
    "exclusiveMaximum": (_NUMBERS, lambda v, b: v < b, "a number below {}", "less_than"),
    "multipleOf": (_NUMBERS, lambda v, b: v % b == 0, "a multiple of {}", "multiple_of"),
    "minLength": (
        ("string",),
        lambda v, b: len(v) >= b,
        "a string of at least {} characters",
        "string_too_short",
    ),
    "maxLength": (
        ("string",),
        lambda v, b: len(v) <= b,
        "a string of at most {} characters",
        "string_too_long",
    ),
    "pattern": (
        ("string",),
        lambda v, b: re.search(b, v) is not None,
        "a string that matches {!r}",
        "string_pattern_mismatch",
    ),
    "minItems": (("array",), lambda v, b: len(v) >= b, "a list of at least {}", "too_short"),
    "maxItems": (("array",), lambda v, b: len(v) <= b, "a list of at most {}", "too_long"),
}
# These are for the model alone.
_NOTES = ("description", "examples")


def told(check: Check, metadata: Mapping[Any, object]) -> Check:
    """The check with what the metadata has of JSON Schema's keywords; other keys are not ours.

    Raises:
        TypeError: a keyword is about values of another type.
    """
    bounds = {key: metadata[key] for key in _BOUNDS if metadata.get(key) is not None}
    notes = {key: copy_json(metadata[key]) for key in _NOTES if metadata.get(key) is not None}
    if not bounds and not notes:
        return check
    return _Told(check, bounds, notes)


class _Told(Kind):
    """A kind with what else its schema tells, and with the bounds of its values."""

    __slots__ = ("bounds", "expected", "inner", "kind", "notes")

    def __init__(self, inner: Check, bounds: dict[str, Any], notes: dict[str, JSONValue]) -> None:
        self.inner = inner
        self.bounds = bounds
        self.notes = notes
        self.expected = inner.expected
        self.kind = inner.kind
        if bounds:
            schema = schema_of(inner, Definitions())
            for key, bound in bounds.items():
                if not _bound(schema, key, bound):
                    raise TypeError(f"{key!r} says nothing of {inner.expected}")

    def takes(self, value: object) -> bool:
        return self.inner.takes(value)

    def schema(self, definitions: Definitions) -> Schema:
        schema = schema_of(self.inner, definitions)
        for key, bound in self.bounds.items():
            _bound(schema, key, bound)
        return {**self.notes, **schema}  # what an Annotated inside says is nearer

    def read(self, value: object, reading: Reading) -> Any:
        made = self.inner.read(value, reading)
        for key, bound in self.bounds.items():
            types, is_within, expected, kind = _BOUNDS[key]
            if _json_type(value) in types and not is_within(value, bound):
                fail(expected.format(bound), value, kind)
        return made


def _bound(schema: Schema, key: str, bound: JSONValue) -> bool:
    """Set the keyword wherever it says something; whether there is such a place."""
    union = schema.get("anyOf")
    if isinstance(union, list):
        places = [isinstance(one, dict) and _bound(one, key, bound) for one in union]
        return any(places)
    if schema.get("type") not in _BOUNDS[key][0]:
        return False
    schema[key] = bound
    return True


def _json_type(value: object) -> str:
    if isinstance(value, str):
        return "string"
    if isinstance(value, (list, tuple)):
        return "array"
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else ""
