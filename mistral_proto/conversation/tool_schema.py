"""The check that a value is a well-formed JSON Schema of draft 7.

Each keyword of draft 7 has a value of the type that the meta-schema requires; other keywords
may have any value, and references are not followed.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .. import checks
from ..checks import Check, ListOf, MapOf, OneOf, Reading, String
from ..errors import Problem, ValidationError

if TYPE_CHECKING:
    from ..json_text import JSONValue

__all__ = ["schema_problems"]


def schema_problems(schema: JSONValue) -> tuple[Problem, ...]:
    """Return why a JSON value is not a JSON Schema of draft 7, in time linear in its size.

    The verdict is that of `jsonschema.Draft7Validator.check_schema`, by which mistral_common
    checks the parameters of a function.

    >>> schema_problems({"type": "object", "properties": {"city": {"type": "string"}}})
    ()
    >>> for problem in schema_problems({"items": {"minimum": "0"}, "required": "city"}):
    ...     print(problem)
    items.minimum: expected a number, got the string '0'
    required: expected a list, got the string 'city'
    """
    try:
        # The copy limits the depth, and so the recursion.
        _schema.read(checks.copy_json(schema), checks.REFUSE)
    except ValidationError as error:
        return error.problems
    return ()


class _Schema(Check):
    expected = "a schema (an object, true or false)"
    kind = "dict_type"
    types = (bool, Mapping)

    def read(self, value: Any, reading: Reading) -> None:
        if not self.matches(value):
            self.fail(value)
        if not isinstance(value, bool):
            known = {key: (_KEYWORDS[key], value[key]) for key in value if key in _KEYWORDS}
            checks.read_values(known, lambda item, how: item[0].read(item[1], how), reading)


class _With(Check):
    """A check with a further condition."""

    def __init__(self, check: Check, condition: Callable[[Any], bool], expected: str) -> None:
        self.matches = check.matches  # type: ignore[method-assign]
        self.check = check
        self.condition = condition
        self.expected = expected
        self.kind = check.kind

    def read(self, value: object, reading: Reading) -> None:
        self.check.read(value, reading)
        if not self.condition(value):
            self.fail(value)


def _compiles(pattern: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError, ValueError):
        return False
    return True


def _unique(items: ListOf) -> Check:
    return _With(items, lambda list: len({*list}) == len(list), "a list with no item twice")


_schema = _Schema()
_schemas = ListOf(_schema, minimum_items=1)
_names = _unique(ListOf(String()))
_by_pattern = _With(MapOf(_schema), lambda keys: all(map(_compiles, keys)), "patterns as keys")
_type = OneOf("array", "boolean", "integer", "null", "number", "object", "string")
_KEYWORDS: dict[str, Check] = {
    key: check
    for keys, check in (
        ("$id $schema $ref $comment title description", String()),
        ("format contentMediaType contentEncoding", String()),
        ("pattern", _With(String(), _compiles, "a regular expression")),
        ("readOnly uniqueItems", checks.Boolean()),
        ("maximum exclusiveMaximum minimum exclusiveMinimum", checks.Number()),
        ("multipleOf", checks.Number(above=0)),
        ("maxLength minLength maxItems minItems maxProperties minProperties", checks.Integer(0)),
        ("examples enum", ListOf(checks.AnyJSON())),
        ("type", checks.Either(_type, _unique(ListOf(_type, minimum_items=1)))),
        ("required", _names),
        ("additionalItems contains additionalProperties propertyNames if then else not", _schema),
        ("items", checks.Either(_schema, _schemas)),
        ("allOf anyOf oneOf", _schemas),
        ("definitions properties", MapOf(_schema)),
        ("patternProperties", _by_pattern),
        ("dependencies", MapOf(checks.Either(_schema, _names))),
    )
    for key in keys.split()
}
"""The keywords with a type; `default` and `const` have none."""
