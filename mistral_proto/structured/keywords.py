"""JSON Schema's keywords that can stand beside a type, and the bounds that they set.

They come from ``field(metadata={...})`` or ``Annotated[int, "text", {...}]``.  Pydantic's
``Field(...)`` and the classes of `annotated_types` work, too.  A ``pattern`` is sent to the model
as it is; an answer is matched against it only if that can't take long.
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
from ..schema.definitions import Definitions
from .checks import Made

if TYPE_CHECKING:
    from ..json_text import JSONValue
    from ..schema.definitions import Schema

_MOST_BITS = 25  # of the number of steps of a match: about a second


def _is_multiple(number: Any, divisor: Any) -> bool:
    # In decimals: 0.3 is a multiple of 0.1.
    return Fraction(str(number)) % Fraction(str(divisor)) == 0


def _matches(text: Any, pattern: Any) -> bool:
    # Python can't interrupt a match, so patterns that may take long are not tried: a repeated
    # group may split a text in many ways, and each other repetition multiplies the steps by the
    # text's length, or by two.
    choices, repeats = pattern.count("?"), len(re.findall(r"[*+{]", pattern))
    bits = choices + (repeats + 1) * len(text).bit_length()
    if re.search(r"\)[*+{]", pattern) or bits > _MOST_BITS:
        return True
    return re.search(pattern, text) is not None


_NUMBER, _STRING, _ARRAY, _OBJECT = ("number", "integer"), ("string",), ("array",), ("object",)
_PYTHON_TYPES: dict[tuple[str, ...], Any] = {
    _NUMBER: (int, float, Decimal),
    _STRING: (str,),
    _ARRAY: (list, tuple),
    _OBJECT: (Mapping,),
}
_SIZE, _ANY = Integer(0), Number()
# The JSON types, the check of the bound, the test of a value or of its length, the expectation in
# a message, and the kind of problem.
_KEYWORDS: dict[str, tuple[tuple[str, ...], Check, Callable[[Any, Any], bool], str, str]] = {
    "minimum": (_NUMBER, _ANY, operator.ge, "a number of at least {}", "greater_than_equal"),
    "maximum": (_NUMBER, _ANY, operator.le, "a number of at most {}", "less_than_equal"),
    "exclusiveMinimum": (_NUMBER, _ANY, operator.gt, "a number above {}", "greater_than"),
    "exclusiveMaximum": (_NUMBER, _ANY, operator.lt, "a number below {}", "less_than"),
    "multipleOf": (_NUMBER, Number(above=0), _is_multiple, "a multiple of {}", "multiple_of"),
    "minLength": (_STRING, _SIZE, operator.ge, "at least {} characters", "string_too_short"),
    "maxLength": (_STRING, _SIZE, operator.le, "at most {} characters", "string_too_long"),
    "pattern": (_STRING, String(), _matches, "a match of {!r}", "string_pattern_mismatch"),
    "minItems": (_ARRAY, _SIZE, operator.ge, "a list of at least {}", "too_short"),
    "maxItems": (_ARRAY, _SIZE, operator.le, "a list of at most {}", "too_long"),
    "minProperties": (_OBJECT, _SIZE, operator.ge, "an object of at least {}", "too_short"),
    "maxProperties": (_OBJECT, _SIZE, operator.le, "an object of at most {}", "too_long"),
}
# The names of pydantic and annotated_types.
_ATTRIBUTES = {
    "description": ("description",),
    "ge": ("minimum",),
    "le": ("maximum",),
    "gt": ("exclusiveMinimum",),
    "lt": ("exclusiveMaximum",),
    "multiple_of": ("multipleOf",),
    "min_length": ("minLength", "minItems", "minProperties"),
    "max_length": ("maxLength", "maxItems", "maxProperties"),
    "pattern": ("pattern",),
}


def keywords_of(note: object, check: Check) -> dict[str, Any]:
    """Return the keywords in the attributes of an object beside a type."""
    found: dict[str, Any] = {}
    # Pydantic keeps most of them in a list.
    parts = getattr(note, "metadata", ())
    for part in (note, *(parts if isinstance(parts, list) else ())):
        for attribute, keys in _ATTRIBUTES.items():
            value = getattr(part, attribute, None)
            if not (value is None or callable(value)):
                if len(keys) > 1:
                    schema = check.schema(Definitions())
                    keys = tuple(key for key in keys if _set(schema, key, value)) or keys
                value = value.pattern if isinstance(value, re.Pattern) else value
                value = float(value) if isinstance(value, Decimal) else value
                found.update(dict.fromkeys(keys, value))
    return found


def add_keywords(check: Check, metadata: Mapping[Any, Any], **notes: JSONValue) -> Check:
    """Return the check with the keywords in the metadata, and with notes for its schema.

    Other keys of the metadata are ignored.

    Raises:
        TypeError: a keyword is for values of another type, or its bound is not valid.
    """
    key, bounds = "", dict[str, Any]()
    try:
        for key in metadata:
            if metadata[key] is not None and key in ("description", "examples"):
                notes[key] = copy_json(metadata[key])
            elif metadata[key] is not None and key in _KEYWORDS:
                bounds[key] = _KEYWORDS[key][1].read(metadata[key], STRICT)
    except ValidationError as error:
        (problem, *_) = error.problems
        raise TypeError(f"{key!r} is {problem.got}, not {problem.expected}") from None
    schema = check.schema(Definitions()) if bounds else {}
    for key, bound in bounds.items():
        if not _set(schema, key, bound):
            raise TypeError(f"{key!r} can't be a bound of {check.expected}")
    try:
        re.compile(bounds.get("pattern", ""))
    except (re.error, OverflowError, RecursionError) as error:
        raise TypeError(f"the pattern {bounds['pattern']!r} is not valid: {error}") from None
    return _Bounded(check, bounds, notes) if bounds or notes else check


class _Bounded(Made):
    """A check with bounds of its values and notes for its schema."""

    def __init__(self, inner: Check, bounds: dict[str, Any], notes: dict[str, JSONValue]) -> None:
        super().__init__(inner, lambda made: made)
        self.notes = notes
        self.bounds = bounds

    def schema(self, definitions: Definitions) -> Schema:
        schema = self.inner.schema(definitions)
        for key, bound in self.bounds.items():
            _set(schema, key, bound)
        return {**self.notes, **schema}  # the notes of an Annotated inside win

    def read(self, value: object, reading: Reading) -> Any:
        made = self.inner.read(value, reading)
        for key, bound in self.bounds.items():
            types, check, is_within, expected, kind = _KEYWORDS[key]
            judged: Any = made if types is _NUMBER else value
            if isinstance(judged, _PYTHON_TYPES[types]) and not isinstance(judged, bool):
                measured: Any = len(judged) if check is _SIZE else judged
                if isinstance(measured, Decimal):
                    bound = Decimal(str(bound))
                if not is_within(measured, bound):
                    fail(expected.format(bound), value, kind)
        return made


def _set(schema: Schema, key: str, bound: JSONValue) -> bool:
    """Set a keyword in each part of a schema that has its type; return whether there is one."""
    union = schema.get("anyOf")
    if isinstance(union, list):
        return any([isinstance(one, dict) and _set(one, key, bound) for one in union])  # noqa: C419
    if schema.get("type") not in _KEYWORDS[key][0]:
        return False
    schema[key] = bound
    return True
