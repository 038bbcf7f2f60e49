"""JSON Schema's keywords: what can be told of a value beside its type, and what they ask for.

They come from ``field(metadata={...})``, or from ``Annotated[int, "text", {...}]``.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..checks import STRICT, Check, Integer, Number, Reading, String, copy_json, fail
from ..errors import ValidationError
from .checks import Around
from .patterns import check_pattern

if TYPE_CHECKING:
    from ..json_text import JSONValue
    from ..schema.definitions import Definitions, Schema

__all__ = ["told"]


def _is_multiple(number: Any, of: Any) -> bool:
    """Return whether a number is a multiple, as they are written: 0.3 is one of 0.1."""
    return Fraction(str(number)) % Fraction(str(of)) == 0


# Of each keyword: the JSON type that it is about, the check of its bound, whether a value is
# within it, the words for that, and the kind of problem where it is not.
_NUMBER, _STRING, _ARRAY = ("number", "integer"), ("string",), ("array",)
_SIZE = Integer(0)
_KEYWORDS: dict[str, tuple[tuple[str, ...], Check, Callable[[Any, Any], bool], str, str]] = {
    "minimum": (_NUMBER, Number(), operator.ge, "a number of at least {}", "greater_than_equal"),
    "maximum": (_NUMBER, Number(), operator.le, "a number of at most {}", "less_than_equal"),
    "exclusiveMinimum": (_NUMBER, Number(), operator.gt, "a number above {}", "greater_than"),
    "exclusiveMaximum": (_NUMBER, Number(), operator.lt, "a number below {}", "less_than"),
    "multipleOf": (_NUMBER, Number(above=0), _is_multiple, "a multiple of {}", "multiple_of"),
    "minLength": (
        *(_STRING, _SIZE, lambda v, b: len(v) >= b),
        *("a string of at least {} characters", "string_too_short"),
    ),
    "maxLength": (
        *(_STRING, _SIZE, lambda v, b: len(v) <= b),
        *("a string of at most {} characters", "string_too_long"),
    ),
    "pattern": (
        *(_STRING, String(), lambda v, b: re.search(b, v) is not None),
        *("a string that matches {!r}", "string_pattern_mismatch"),
    ),
    "minItems": (_ARRAY, _SIZE, lambda v, b: len(v) >= b, "a list of at least {}", "too_short"),
    "maxItems": (_ARRAY, _SIZE, lambda v, b: len(v) <= b, "a list of at most {}", "too_long"),
}
_NOTES = ("description", "examples")
"""The keywords that are for the model alone."""
_PYTHON: dict[tuple[str, ...], tuple[type, ...]] = {
    _NUMBER: (int, float, Decimal),
    _STRING: (str,),
    _ARRAY: (list, tuple, set, frozenset),
}


def told(check: Check, metadata: Mapping[Any, Any], **notes: JSONValue) -> Check:
    """Return the check with what the metadata, and the notes, tell beside it.

    Keys of the metadata that are no keywords are not ours.

    Raises:
        TypeError: a keyword is about values of another type, or its bound is none.
    """
    bounds: dict[str, Any] = {}
    for key in (*_KEYWORDS, *_NOTES):
        if metadata.get(key) is None:
            continue
        try:
            if key in _NOTES:
                notes[key] = copy_json(metadata[key])
            else:
                bounds[key] = _KEYWORDS[key][1].read(metadata[key], STRICT)
        except ValidationError as error:
            raise TypeError(f"{key!r} {error.summary}") from None
    if "pattern" in bounds:
        check_pattern(bounds["pattern"])
    return _Told(check, bounds, notes) if bounds or notes else check


class _Told(Around):
    """A check with what else its schema tells, and with the bounds of its values."""

    __slots__ = ("bounds", "notes")

    def __init__(self, inner: Check, bounds: dict[str, Any], notes: dict[str, JSONValue]) -> None:
        from ..schema.definitions import Definitions

        self.inner = inner
        self.bounds = bounds
        self.notes = notes
        self.expected = inner.expected
        self.kind = inner.kind
        schema = inner.schema(Definitions()) if bounds else {}
        for key, bound in bounds.items():
            if not _set(schema, key, bound):
                raise TypeError(f"{key!r} says nothing of {inner.expected}")

    def schema(self, definitions: Definitions) -> Schema:
        schema = self.inner.schema(definitions)
        for key, bound in self.bounds.items():
            _set(schema, key, bound)
        return {**self.notes, **schema}  # what an Annotated inside says is nearer

    def read(self, value: object, reading: Reading) -> Any:
        made = self.inner.read(value, reading)
        for key, bound in self.bounds.items():
            types, _, is_within, expected, kind = _KEYWORDS[key]
            judged = value if types is _STRING else made
            is_judged = isinstance(judged, _PYTHON[types]) and not isinstance(judged, bool)
            if is_judged and not is_within(judged, bound):
                fail(expected.format(bound), value, kind)
        return made


def _set(schema: Schema, key: str, bound: JSONValue) -> bool:
    """Set the keyword wherever it says something; return whether there is such a place."""
    union = schema.get("anyOf")
    if isinstance(union, list):
        return any([isinstance(one, dict) and _set(one, key, bound) for one in union])
    if schema.get("type") not in _KEYWORDS[key][0]:
        return False
    schema[key] = bound
    return True
