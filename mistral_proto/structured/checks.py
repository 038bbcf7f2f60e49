"""The checks of Python's own types, beside those of the wire types.

Reading is linear: which member of a union is meant is decided by what can be seen of a
value at first sight, and only that member is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from inspect import cleandoc
from typing import TYPE_CHECKING, Any

from .. import checks as core, json_text
from ..checks import Check, ListOf, MapOf, Reading, any_of, fail
from ..errors import SHOWN_PROBLEMS, Problem, ValidationError, describe, one_line, step_to
from ..fields import no_such_field
from .models import Model

if TYPE_CHECKING:
    from ..schema.definitions import Definitions, Schema

__all__ = ["Made", "Record", "UnionOf", "Values", "read_document"]


def description_of(cls: type) -> str:
    """Return the docstring that somebody wrote for a class; empty where Python made one."""
    doc = cls.__doc__ or ""
    # Python 3.10 writes the first for every enumeration.
    is_made = doc == "An enumeration." or (doc.startswith(f"{cls.__name__}(") and doc[-1] == ")")
    return "" if is_made else cleandoc(doc)


class Values(Check):
    """One of some fixed values of JSON: a literal's, or those of an enumeration.

    `members` has what each stands for.  True is not 1 here, but 1.0 is, as in JSON Schema.
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
        """Return whether it is one of them."""
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


class Null(Values):
    """The null of the type None."""

    def __init__(self) -> None:
        super().__init__([(None, None)])

    def matches(self, value: object) -> bool:
        return value is None

    def schema(self, definitions: Definitions) -> Schema:
        return {"type": "null"}


_JSON_TYPES: dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float))


class TupleOf(ListOf):
    """A list of so many values, each with a check of its own; read as a tuple."""

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
    """An object whose keys one check reads, and whose values another does."""

    def __init__(self, key: Check, item: Check) -> None:
        super().__init__(item)
        self.key = key

    def read(self, value: object, reading: Reading) -> dict[Any, Any]:
        items = super().read(value, reading)
        keys = core.read_values({key: key for key in items}, self.key.read, reading)
        return {keys[key]: item for key, item in items.items()}

    def schema(self, definitions: Definitions) -> Schema:
        schema = super().schema(definitions)
        # That any value will do is `true`, as pydantic writes it.
        schema["additionalProperties"] = schema["additionalProperties"] or True
        if not isinstance(self.key, core.String):
            schema["propertyNames"] = self.key.schema(definitions)
        return schema


class Made(Check):
    """Python's form of a value of JSON, as a date is of a string; `keywords` are of its schema."""

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
    """An object of known members: a dataclass, a TypedDict, the arguments of a function.

    `make` is called with them by name, and may refuse them, as a `__post_init__` does.
    """

    expected = "an object"
    kind = "dict_type"

    def __init__(self, name: str, make: Callable[..., Any], description: str = "") -> None:
        self.name = name
        self.make = make
        self.description = description
        # Filled in afterwards, as they may be of this very record.
        self.members: dict[str, Check] = {}
        self.required: list[str] = []

    def matches(self, value: object) -> bool:
        return isinstance(value, Mapping)

    def schema(self, definitions: Definitions) -> Schema:
        return definitions.reference(self, self.name, self.definition)

    def definition(self, definitions: Definitions) -> Schema:
        """Return the schema that the name stands for."""
        members: Schema = {name: one.schema(definitions) for name, one in self.members.items()}
        return {
            **({"description": self.description} if self.description else {}),
            "type": "object",
            "properties": members,
            **({"required": [*self.required]} if self.required else {}),
            "additionalProperties": False,
        }

    @cached_property
    def tags(self) -> dict[str, Values]:
        """The members of a fixed value, which tell what an object is."""
        members = {name: bare(check) for name, check in self.members.items()}
        return {name: one for name, one in members.items() if isinstance(one, Values)}

    def read(self, value: object, reading: Reading) -> Any:
        if not isinstance(value, Mapping):
            self.fail(value)
        found: dict[str, object] = {}
        failure: ValidationError | None = None
        for key, item in value.items():
            try:
                if key not in self.members:
                    # Beyond what a message shows, the nearest name is not looked for.
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


def read_document(record: Record | Model, value: object) -> Any:
    """Return a whole value, read as a record; raise `ValidationError` where it is not one."""
    try:
        return record.read(value, core.REFUSE)
    except RecursionError:
        pass
    fail("less nesting", value, "recursion_loop")


class UnionOf(Check):
    """One of several checks.

    Of a string, a number or null, it is the first, as written, that the value fits; only
    that an integer is rather an int, and a number with a point a float.  Of a list or an
    object, it is the one whose tags it has, and then the one that it differs from in the
    fewest places, as `misfits` counts them; the first, as written, of several.
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
        if len(members) == 1:
            return members[0].read(value, reading)
        if members and not _is_scalar(value):
            return _meant(members, value).read(value, reading)
        last = core.Integer if isinstance(value, float) else core.Number
        for member in sorted(members, key=lambda member: type(bare(member)) is last):
            try:
                return member.read(value, reading)
            except ValidationError:
                pass
        self.fail(value)


class Alias(UnionOf):
    """The type that a ``type`` statement names, whose only member is filled in afterwards."""

    def __init__(self, name: str) -> None:
        self.members = []
        self.expected = name

    def schema(self, definitions: Definitions) -> Schema:
        (member,) = self.members
        return definitions.reference(self, self.expected, member.schema)


def _meant(members: list[Check], value: Any) -> Check:
    """Return the check that a list or an object was meant for."""
    records = [one for member in members if isinstance(one := bare(member), Record)]
    if len(records) == len(members):
        for name in records[0].tags:
            tags = [record.tags[name] for record in records if name in record.tags]
            if name in value and len(tags) == len(records):
                records = [one for one, tag in zip(records, tags) if tag.has(value[name])]
                if not records:
                    expected = any_of(dict.fromkeys(tag.expected for tag in tags))
                    core.fail_at(name, expected, describe(value[name]), tags[0].kind)
        members = [member for member in members if bare(member) in records]
    return min(members, key=lambda member: misfits(member, value))


def bare(check: Check) -> Check:
    """Return the check of what a value is made of, or that an alias stands for."""
    while isinstance(check, (Made, Alias)):
        check = check.inner if isinstance(check, Made) else check.members[0]
    return check


_WEIGHTS = (0, 1, 10**9, 10**18)  # of a misfit, by how many levels are still to be seen


def misfits(check: Check, value: Any, levels: int = 3) -> int:
    """Return in how many places a list or an object is not what a check is for.

    One counts more than all that are a level further in.  Keys, JSON types and fixed values
    are seen, on so many levels, and not those in a union: so each place is looked at a few
    times, however deep the document.
    """
    check = bare(check)
    if isinstance(check, UnionOf):
        return min(misfits(one, value, levels) for one in check.members if one.matches(value))
    if isinstance(check, Model):
        return check.misfits(value) * _WEIGHTS[levels]
    if isinstance(check, core.ObjectOf):
        return (not check.cls._matches_fields(value)) * _WEIGHTS[levels]
    count = inside = 0
    items = [*(value.values() if isinstance(value, Mapping) else value)]
    if isinstance(check, Record):
        count = sum(name not in value for name in check.required)
        checks = [check.members.get(key) for key in value]
    elif isinstance(check, TupleOf):
        count = abs(len(check.items) - len(value))
        checks = [*check.items]
    else:
        checks = [getattr(check, "item", None) or core.AnyPython()] * len(items)
    for one, item in zip(checks, items):
        one = one and bare(one)
        if not (one and (one.has(item) if isinstance(one, Values) else one.matches(item))):
            count += 1
        elif levels > 1 and not (_is_scalar(item) or isinstance(one, UnionOf)):
            inside += misfits(one, item, levels - 1)
    return count * _WEIGHTS[levels] + inside
