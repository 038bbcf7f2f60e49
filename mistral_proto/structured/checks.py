"""The checks of Python's own types, in addition to those of the wire types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from inspect import cleandoc
from typing import Any

from .. import checks as core, json_text
from ..checks import Check, ListOf, MapOf, Reading, any_of, fail
from ..errors import SHOWN_PROBLEMS, Problem, ValidationError, describe, one_line, step_to
from ..fields import no_such_field
from ..schema.definitions import Definitions, Schema
from .models import Model

_JSON_TYPES: dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


def description_of(cls: type) -> str:
    """Return the docstring of a class; empty if Python made it."""
    doc = cls.__doc__ or ""
    # Python 3.10 writes the first for every enumeration.
    is_made = doc == "An enumeration." or (doc.startswith(f"{cls.__name__}(") and doc[-1] == ")")
    return "" if is_made else cleandoc(doc)


class Values(Check):
    """Fixed JSON values, each with a member: those of a literal, of an enumeration, or null.

    True is not 1 here, but 1.0 is, as in JSON Schema.
    """

    def __init__(
        self, members: Iterable[tuple[Any, object]], enumeration: type | None = None
    ) -> None:
        self.members = {(isinstance(value, bool), value): member for value, member in members}
        self.enumeration = enumeration
        self.kind = "enum" if enumeration else "literal_error"
        self.expected = any_of(
            repr(value) if isinstance(value, str) else json_text.dumps(value)
            for _, value in self.members
        )

    def matches(self, value: object) -> bool:
        return _is_scalar(value)

    def has(self, value: object) -> bool:
        """Return whether it is one of the values."""
        return _is_scalar(value) and (isinstance(value, bool), value) in self.members

    def read(self, value: object, reading: Reading) -> object:
        if not self.has(value):
            self.fail(value)
        return self.members[isinstance(value, bool), value]

    def schema(self, definitions: Definitions) -> Schema:
        values = [value for _, value in self.members]
        types = {_JSON_TYPES[type(value)] for value in values}
        schema: Schema = {"type": types.pop()} if len(types) == 1 else {}
        if self.enumeration is None:
            return {**schema, **({"enum": values} if len(values) > 1 else {"const": values[0]})}
        schema["enum"] = values
        if doc := description_of(self.enumeration):
            schema["description"] = doc
        return definitions.reference(self.enumeration, self.enumeration.__name__, lambda _: schema)


class Null(Check):
    """The null of the type None."""

    expected, kind, json_type = "null", "literal_error", "null"
    types = (type(None),)

    def read(self, value: object, reading: Reading) -> None:
        if value is not None:
            self.fail(value)


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float))


class TupleOf(ListOf):
    """A list of fixed length with a check for each item; read as a tuple."""

    def __init__(self, items: list[Check]) -> None:
        super().__init__(core.AnyPython())
        self.items = items

    def read(self, value: object, reading: Reading) -> Any:
        items = super().read(value, reading)
        if len(items) != len(self.items):
            kind = "too_short" if len(items) < len(self.items) else "too_long"
            fail(f"a list of {len(self.items)}", value, kind)
        pairs = zip(self.items, items)
        return tuple(core.read_items(pairs, lambda pair, how: pair[0].read(pair[1], how), reading))

    def schema(self, definitions: Definitions) -> Schema:
        size = len(self.items)
        items: Schema = {"prefixItems": [item.schema(definitions) for item in self.items]}
        return {"type": "array", "minItems": size, "maxItems": size, **(items if size else {})}


class MappingOf(MapOf):
    """An object with one check for its keys and one for its values."""

    def __init__(self, key: Check, item: Check) -> None:
        super().__init__(item)
        self.key = key

    def read(self, value: object, reading: Reading) -> dict[Any, Any]:
        items = super().read(value, reading)
        keys = core.read_values({key: key for key in items}, self.key.read, reading)
        return {keys[key]: item for key, item in items.items()}

    def schema(self, definitions: Definitions) -> Schema:
        schema = super().schema(definitions)
        schema.setdefault("additionalProperties", True)  # any value, as pydantic writes it
        if not isinstance(self.key, core.String):
            schema["propertyNames"] = self.key.schema(definitions)
        return schema


class Made(Check):
    """A Python value made from a JSON value, such as a date from a string.

    `keywords` are added to the schema.
    """

    def __init__(
        self,
        inner: Check,
        make: Callable[[Any], Any],
        expected: str | None = None,
        kind: str | None = None,
        **keywords: Any,
    ) -> None:
        self.inner = inner
        self.make = make
        self.expected = expected or inner.expected
        self.kind = kind or inner.kind
        self.keywords = keywords

    def matches(self, value: object) -> bool:
        return self.inner.matches(value)

    def read(self, value: object, reading: Reading) -> Any:
        plain = self.inner.read(value, reading)
        try:
            return self.make(plain)
        except (TypeError, ValueError, ArithmeticError):  # an overflow, or a decimal's
            pass
        self.fail(value)

    def schema(self, definitions: Definitions) -> Schema:
        return {**self.inner.schema(definitions), **self.keywords}


class Record(Check):
    """An object with known members: a dataclass, a TypedDict, the arguments of a function.

    `make` is called with the members by name and may refuse them, as a `__post_init__` does.
    `members` and `required` are filled in later, because a member may be of this record's type.
    """

    expected = "an object"
    kind = "dict_type"
    types = (Mapping,)

    def __init__(self, name: str, make: Callable[..., Any], description: str = "") -> None:
        self.name = name
        self.make = make
        self.description = description
        self.members: dict[str, Check] = {}
        self.required: list[str] = []

    def schema(self, definitions: Definitions) -> Schema:
        return definitions.reference(self, self.name, self._definition)

    def whole(self) -> Schema:
        """Return a new schema with all definitions in it."""
        return Definitions().whole(self, self.name, self._definition)

    def _definition(self, definitions: Definitions) -> Schema:
        members: Schema = {name: one.schema(definitions) for name, one in self.members.items()}
        return {
            **({"description": self.description} if self.description else {}),
            "type": "object",
            "properties": members,
            **({"required": [*self.required]} if self.required else {}),
            "additionalProperties": False,
        }

    def read(self, value: object, reading: Reading) -> Any:
        if not isinstance(value, Mapping):
            self.fail(value)
        found: dict[str, object] = {}
        failure: ValidationError | None = None
        for key, item in value.items():
            try:
                if key not in self.members:
                    # The nearest name is looked for only as long as messages show the problem.
                    is_shown = failure is None or len(failure.problems) < SHOWN_PROBLEMS
                    known = self.members if is_shown else ()
                    fail(no_such_field(core.check_key(key), known), item, "extra_forbidden")
                found[key] = self.members[key].read(item, reading)
            except ValidationError as error:
                failure = error.under(step_to(key)).after(failure)
                if failure.is_full:
                    break
        missing = [name for name in self.required if name not in value]
        if missing:
            problems = [Problem((name,), "this field", "nothing", "missing") for name in missing]
            failure = ValidationError(problems).after(failure)
        if failure:
            raise failure
        try:
            return self.make(**found)
        except RecursionError:
            raise
        except Exception as error:
            reason = f"what {self.name} takes ({one_line(str(error))})"
        fail(reason, value, "value_error")


_Results = dict[tuple["UnionOf", int], tuple[object, object, "ValidationError | None"]]
# What each union made of each value of the document that is being read.  It bounds the work: an
# object inside several unions is read once by each of them, however deep it lies.
_results: ContextVar[_Results] = ContextVar("results")


def read_document(check: Check, value: object) -> Any:
    """Return a whole document, read by a check; raise `ValidationError` if it is not valid."""
    token = _results.set({})
    try:
        return check.read(value, core.REFUSE)
    except RecursionError:
        pass
    finally:
        _results.reset(token)
    fail("less nesting", value, "recursion_loop")


class UnionOf(Check):
    """One of several checks: the first that the value fits.

    A whole number is read as an int first, and one with a point as a float.  If all members are
    records with one tag, such as a literal `type`, the tag decides.  If nothing fits, the
    problems are those of the member that has the fewest near the value.
    """

    kind = "union_type"

    def __init__(self, members: Iterable[Check]) -> None:
        self.members = [*members]
        self.expected = any_of(dict.fromkeys(one.expected for one in self.members))

    def matches(self, value: object) -> bool:
        return any(member.matches(value) for member in self.members)

    def schema(self, definitions: Definitions) -> Schema:
        return {"anyOf": [member.schema(definitions) for member in self.members]}

    def read(self, value: object, reading: Reading) -> Any:
        members = [member for member in self.members if member.matches(value)]
        if isinstance(value, Mapping):
            members = _tagged(members, value)
        if len(members) == 1:
            return members[0].read(value, reading)
        results = _results.get({})
        if (self, id(value)) not in results:
            # The value is kept, so that no other value can get its id.  In place, as each call
            # in between makes documents of less depth possible.
            failures: list[ValidationError] = []
            for member in sorted(members, key=lambda member: _rank(bare(member), value)):
                try:
                    results[self, id(value)] = value, member.read(value, reading), None
                    break
                except ValidationError as error:
                    failures.append(error)
            else:
                failure = ValidationError([Problem((), self.expected, describe(value), self.kind)])
                if failures and not _is_scalar(value):
                    failure = min(failures, key=_nearness)
                results[self, id(value)] = value, None, failure
        _, result, failed = results[self, id(value)]
        if failed:
            raise ValidationError(failed.problems)  # a new one, as its path grows
        return result


def _tagged(members: list[Check], value: Mapping[Any, object]) -> list[Check]:
    """Return the records with the tag of a value; all members if no tag decides."""
    records = [bare(member) for member in members]
    for name in value:
        tags = [bare(one.members.get(name)) for one in records if isinstance(one, Record)]
        known = [tag for tag in tags if isinstance(tag, Values)]
        if len(known) == len(members) > 1:
            tagged = [one for one, tag in zip(members, known) if tag.has(value[name])]
            if not tagged:
                expected = any_of(dict.fromkeys(tag.expected for tag in known))
                core.fail_at(name, expected, describe(value[name]), known[0].kind)
            members, records = tagged, [bare(one) for one in tagged]
    return members


def _rank(check: Check, value: Any) -> int:
    """Return the place of a check among those to be tried; the least is the first."""
    if isinstance(check, Model):
        return check.unknown(value)  # a model may ignore fields, but another may have them
    if isinstance(check, Record):  # 0 for one that fits
        tags = {name: bare(check.members.get(name)) for name in value}
        wrong = [isinstance(tag, Values) and not tag.has(value[name]) for name, tag in tags.items()]
        return sum(wrong) + len({*check.required} - {*value}) + len({*value} - {*check.members})
    return type(check) is (core.Integer if isinstance(value, float) else core.Number)


def _nearness(failure: ValidationError) -> list[int]:
    depths = [len(problem.path) for problem in failure.problems]
    return [depths.count(depth) for depth in range(max(depths) + 1)]


def bare(check: Any) -> Any:
    """Return the check inside of those that only add to it."""
    while isinstance(check, Made):
        check = check.inner
    return check
