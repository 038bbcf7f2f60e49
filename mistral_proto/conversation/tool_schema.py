"""Whether a value is a well-formed JSON Schema of draft 7.

Only the schema itself is looked at: that each keyword of draft 7 has a value of
the kind that its meta-schema asks for.  Other keywords may hold anything, as
may what a reference points to.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..checks import (
    REFUSE,
    AnyJSON,
    Boolean,
    Check,
    Either,
    Integer,
    ListOf,
    Number,
    OneOf,
    Reading,
    String,
    StringEnum,
    copy_json,
)
from ..errors import Problem, ValidationError, describe

if TYPE_CHECKING:
    from typing import Any

    from ..json_text import JSONValue

__all__ = ["schema_problems"]


def schema_problems(schema: JSONValue) -> tuple[Problem, ...]:
    """What keeps a JSON value from being a JSON Schema of draft 7; empty if nothing does.

    The verdict is that of `jsonschema.Draft7Validator.check_schema`, which
    mistral_common's validator asks about a function's parameters.  A schema may
    be nested as deeply as any JSON value of a wire type, and the work is linear
    in its size.

    >>> schema_problems({"type": "object", "properties": {"city": {"type": "string"}}})
    ()
    >>> for problem in schema_problems({"items": {"minimum": "0"}, "required": "city"}):
    ...     print(problem)
    items.minimum: expected a number, got the string '0'
    required: expected a list, got the string 'city'
    """
    try:
        # Bounds the depth, and with it the recursion below.
        _schema.read(copy_json(schema), REFUSE)
    except ValidationError as error:
        return error.problems
    return ()


class SimpleTypes(StringEnum):
    """The names that `type` knows (draft 7: `simpleTypes`)."""

    array = "array"
    boolean = "boolean"
    integer = "integer"
    null = "null"
    number = "number"
    object = "object"
    string = "string"


class _Object(Check):
    """An object, each of whose values is read by the check for its key, if there is one."""

    __slots__ = ()
    expected = "an object"
    kind = "dict_type"

    def check_of(self, key: str) -> Check | None:
        raise NotImplementedError  # pragma: no cover - both kinds of object have their own

    def read(self, value: object, reading: Reading) -> Any:
        if not isinstance(value, Mapping):
            self.fail(value)
        failure: ValidationError | None = None
        for key, item in value.items():
            try:
                check = self.check_of(key)
                if check is not None:
                    check.read(item, reading)
            except ValidationError as error:
                failure = error.under(key).after(failure)
                if failure.is_full:
                    break
        if failure:
            raise failure
        return value


class _Schema(_Object):
    """A schema: true for anything, false for nothing, or an object of keywords."""

    __slots__ = ()
    expected = "a schema (an object, true or false)"

    def takes(self, value: object) -> bool:
        return isinstance(value, (bool, Mapping))

    def check_of(self, key: str) -> Check | None:
        return _KEYWORDS.get(key)

    def read(self, value: object, reading: Reading) -> Any:
        return value if isinstance(value, bool) else super().read(value, reading)


class _ObjectOf(_Object):
    """An object with any keys (or keys that `keys` reads), whose values `values` reads."""

    __slots__ = ("keys", "values")

    def __init__(self, values: Check, keys: Check | None = None) -> None:
        self.values = values
        self.keys = keys

    def check_of(self, key: str) -> Check:
        if self.keys is not None:
            self.keys.read(key, REFUSE)
        return self.values


class _Unique(ListOf):
    """A list of strings of which none comes twice."""

    __slots__ = ()

    def read(self, value: object, reading: Reading) -> list[Any]:
        items = super().read(value, reading)
        seen: set[str] = set()
        for index, item in enumerate(items):
            if item in seen:
                raise ValidationError(
                    [Problem((index,), "no item twice", f"{describe(item)} again", "unique")]
                )
            seen.add(item)
        return items


class _Regex(String):
    """A regular expression, as Python has them: `check_schema` compiles it, too."""

    __slots__ = ()
    expected = "a regular expression"
    kind = "regex"

    def read(self, value: object, reading: Reading) -> str:
        text = super().read(value, reading)
        if not _compiles(text):
            self.fail(value)
        return text


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except Warning:
        # Only where warnings are errors.  Silencing them beforehand would do so for
        # every thread of the process.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _compiles(pattern)
    except (re.error, OverflowError, RecursionError, ValueError):
        return False
    return True


_schema = _Schema()
_schemas = ListOf(_schema, minimum_items=1)
_string = String()
_number = Number()
_count = Integer(0)
_boolean = Boolean()
_names = _Unique(_string)
_any_list = ListOf(AnyJSON())

# The keywords in the order of draft 7's meta-schema.  `default` and `const` may hold anything.
_KEYWORDS: dict[str, Check] = {
    "$id": _string,
    "$schema": _string,
    "$ref": _string,
    "$comment": _string,
    "title": _string,
    "description": _string,
    "readOnly": _boolean,
    "examples": _any_list,
    "multipleOf": Number(above=0),
    "maximum": _number,
    "exclusiveMaximum": _number,
    "minimum": _number,
    "exclusiveMinimum": _number,
    "maxLength": _count,
    "minLength": _count,
    "pattern": _Regex(),
    "additionalItems": _schema,
    "items": Either(_schema, _schemas),
    "maxItems": _count,
    "minItems": _count,
    "uniqueItems": _boolean,
    "contains": _schema,
    "maxProperties": _count,
    "minProperties": _count,
    "required": _names,
    "additionalProperties": _schema,
    "definitions": _ObjectOf(_schema),
    "properties": _ObjectOf(_schema),
    "patternProperties": _ObjectOf(_schema, keys=_Regex()),
    "dependencies": _ObjectOf(Either(_schema, _names)),
    "propertyNames": _schema,
    "enum": _any_list,
    "type": Either(OneOf(SimpleTypes), _Unique(OneOf(SimpleTypes), minimum_items=1)),
    "format": _string,
    "contentMediaType": _string,
    "contentEncoding": _string,
    "if": _schema,
    "then": _schema,
    "else": _schema,
    "allOf": _schemas,
    "anyOf": _schemas,
    "oneOf": _schemas,
    "not": _schema,
}
