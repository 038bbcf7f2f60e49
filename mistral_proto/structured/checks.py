"""The checks of Python's own types, beside those of the wire types.

Reading is linear: which member of a union is meant is decided by what can be seen of a
value without reading what is in it, and only that member is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from inspect import cleandoc
from typing import TYPE_CHECKING, Any

from .. import json_text
from ..checks import (
    REFUSE,
    Check,
    Integer,
    ListOf,
    MapOf,
    Number,
    ObjectOf,
    Reading,
    String,
    check_key,
    fail,
    fail_at,
    read_items,
    read_values,
)
from ..errors import SHOWN_PROBLEMS, Problem, ValidationError, describe, one_line, step_to
from ..fields import no_such_field

if TYPE_CHECKING:
    from ..schema.definitions import Definitions, Schema

__all__ = ["Around", "Float", "Record", "UnionOf", "Values", "any_of", "read_document"]


def any_of(words: Iterable[str]) -> str:
    """Return the words as ``a, b or c``."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def description_of(cls: type) -> str:
    """Return the docstring that somebody wrote for a class; empty where Python made one."""
    doc = cls.__doc__ or ""
    # Python 3.10 writes the first for every enumeration.
    is_made = doc == "An enumeration." or (doc.startswith(f"{cls.__name__}(") and doc[-1] == ")")
    return "" if is_made else cleandoc(doc)


class Float(Number):
    """A finite number, stored as a float."""

    __slots__ = ()

    def read(self, value: object, reading: Reading) -> float:
        number = super().read(value, reading)
        try:
            return float(number)
        except OverflowError:
            pass
        fail(self.expected, value, "finite_number")


class Null(Check):
    __slots__ = ()
    expected = "null"
    kind = "none_required"

    def takes(self, value: object) -> bool:
        return value is None

    def read(self, value: object, reading: Reading) -> None:
        if value is not None:
            self.fail(value)

    def schema(self, definitions: Definitions) -> Schema:
        return {"type": "null"}


class Values(Check):
    """One of some fixed values of JSON: a literal's, or those of an enumeration.

    `members` has what each stands for.  True is not 1 here, but 1.0 is, as in JSON Schema.
    """

    __slots__ = ("enumeration", "expected", "kind", "members")

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

    def takes(self, value: object) -> bool:
        return _is_scalar(value)

    def has(self, value: object) -> bool:
        """Return whether it is one of them."""
        return _is_scalar(value) and (isinstance(value, bool), value) in self.members

    def read(self, value: object, reading: Reading) -> object:
        if not self.has(value):
            self.fail(value)
        return self.members[isinstance(value, bool), value]

    def schema(self, definitions: Definitions) -> Schema:
        if self.enumeration is None:
            return self._written(definitions)
        name = self.enumeration.__name__
        return definitions.reference(self.enumeration, name, self._written)

    def _written(self, definitions: Definitions) -> Schema:
        values = [value for _, value in self.members]
        schema: Schema = {"enum": values}
        if self.enumeration is None and len(values) == 1:
            schema = {"const": values[0]}
        elif self.enumeration is not None and (doc := description_of(self.enumeration)):
            schema["description"] = doc
        types = {_JSON_TYPES[type(value)] for value in values}
        return {**schema, "type": types.pop()} if len(types) == 1 else schema


_JSON_TYPES: dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float))


class SequenceOf(ListOf):
    """A list of values that one check reads; `make` is the type that it becomes."""

    __slots__ = ("make",)

    def __init__(self, item: Check, make: Callable[[list[Any]], Any]) -> None:
        super().__init__(item)
        self.make = make

    def takes(self, value: object) -> bool:
        return isinstance(value, (list, tuple))

    def read(self, value: object, reading: Reading) -> Any:
        items = super().read(value, reading)
        try:
            return self.make(items)
        except TypeError:  # for a set: there is no telling from the type alone
            pass
        fail("a list of what a set can hold", value, "set_item_not_hashable")

    def schema(self, definitions: Definitions) -> Schema:
        schema = super().schema(definitions)
        return {**schema, "uniqueItems": True} if self.make in (set, frozenset) else schema


class TupleOf(SequenceOf):
    """A list of so many values, each with a check of its own; read as a tuple."""

    __slots__ = ("items",)

    def __init__(self, items: list[Check]) -> None:
        super().__init__(UnionOf(items), tuple)
        self.items = items

    def read(self, value: object, reading: Reading) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)):
            self.fail(value)
        if len(value) != len(self.items):
            kind = "too_short" if len(value) < len(self.items) else "too_long"
            fail(f"a list of {len(self.items)}", value, kind)
        pairs = zip(self.items, value)
        return tuple(read_items(pairs, lambda pair, how: pair[0].read(pair[1], how), reading))

    def schema(self, definitions: Definitions) -> Schema:
        size = len(self.items)
        schema: Schema = {"type": "array", "minItems": size, "maxItems": size}
        if self.items:
            schema["prefixItems"] = [item.schema(definitions) for item in self.items]
        return schema


class MappingOf(MapOf):
    """An object whose keys one check reads, and whose values another does."""

    __slots__ = ("key",)

    def __init__(self, key: Check, item: Check) -> None:
        super().__init__(item)
        self.key = key

    def read(self, value: object, reading: Reading) -> dict[Any, Any]:
        items = super().read(value, reading)
        keys = read_values({key: key for key in items}, self.key.read, reading)
        return {keys[key]: item for key, item in items.items()}

    def schema(self, definitions: Definitions) -> Schema:
        schema = super().schema(definitions)
        # That any value will do is `true`, as pydantic writes it.
        schema["additionalProperties"] = schema["additionalProperties"] or True
        if not isinstance(self.key, String):
            schema["propertyNames"] = self.key.schema(definitions)
        return schema


class Around(Check):
    """A check that another one stands for; `inner` may be filled in afterwards."""

    __slots__ = ("expected", "inner", "kind")
    inner: Check

    def takes(self, value: object) -> bool:
        return self.inner.takes(value)

    def read(self, value: object, reading: Reading) -> Any:
        return self.inner.read(value, reading)


class Alias(Around):
    """The type that a ``type`` statement names."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = self.expected = name

    def schema(self, definitions: Definitions) -> Schema:
        return definitions.reference(self, self.name, lambda all: self.inner.schema(all))


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

    def takes(self, value: object) -> bool:
        return isinstance(value, Mapping)

    def schema(self, definitions: Definitions) -> Schema:
        return definitions.reference(self, self.name, self.definition)

    def definition(self, definitions: Definitions) -> Schema:
        """Return the schema that the name stands for."""
        schema: Schema = {"description": self.description} if self.description else {}
        schema["type"] = "object"
        schema["properties"] = {
            name: check.schema(definitions) for name, check in self.members.items()
        }
        if self.required:
            schema["required"] = [*self.required]
        schema["additionalProperties"] = False
        return schema

    @cached_property
    def tags(self) -> dict[str, Values]:
        """The members of a fixed value, which tell what an object is."""
        bare_members = {name: bare(check) for name, check in self.members.items()}
        return {name: one for name, one in bare_members.items() if isinstance(one, Values)}

    def read(self, value: object, reading: Reading) -> Any:
        if not isinstance(value, Mapping):
            self.fail(value)
        found: dict[str, object] = {}
        failure: ValidationError | None = None
        for key, item in value.items():
            try:
                if key not in self.members:
                    # Beyond what a message shows, the nearest name is not looked for.
                    is_shown = failure is None or failure.count < SHOWN_PROBLEMS
                    known = self.members if is_shown else ()
                    fail(no_such_field(check_key(key), known), item, "extra_forbidden")
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


def read_document(record: Record, value: object, title: str) -> Any:
    """Return a whole value, read as a record.

    Raises:
        ValidationError: with the problems, under this title.
    """
    try:
        return record.read(value, REFUSE)
    except ValidationError as error:
        failure = error
    except RecursionError:
        failure = ValidationError([Problem((), "less nesting", describe(value), "recursion_loop")])
    failure.title = title
    raise failure


class UnionOf(Check):
    """One of several checks.

    Of a string, a number or null, it is the first, as written, that the value fits; only
    that an integer is rather an int, and a number with a point a float.  Of a list or an
    object, it is the one that has its tags, and then the one that it differs from in the
    fewest keys, and JSON types of items.
    """

    __slots__ = ("expected", "members")
    kind = "union_type"

    def __init__(self, members: Iterable[Check]) -> None:
        self.members = [*members]
        self.expected = any_of(dict.fromkeys(one.expected for one in self.members) or ["nothing"])

    def takes(self, value: object) -> bool:
        return any(member.takes(value) for member in self.members)

    def schema(self, definitions: Definitions) -> Schema:
        return {"anyOf": [member.schema(definitions) for member in self.members]}

    def read(self, value: object, reading: Reading) -> Any:
        members = [member for member in self.members if member.takes(value)]
        if len(members) > 1:
            if not _is_scalar(value):
                return self._meant(members, value).read(value, reading)
            last = Integer if isinstance(value, float) else Float
            members.sort(key=lambda member: type(bare(member)) is last)
        for member in members:
            try:
                return member.read(value, reading)
            except ValidationError:
                if len(members) == 1:
                    raise
        self.fail(value)

    def _meant(self, members: list[Check], value: Any) -> Check:
        """Return the member that a list or an object was meant as."""
        records = [one for member in members if isinstance(one := bare(member), Record)]
        if len(records) == len(members):
            for name in records[0].tags:
                if name in value and all(name in record.tags for record in records):
                    tags = [record.tags[name] for record in records]
                    places = [place for place, tag in enumerate(tags) if tag.has(value[name])]
                    if not places:
                        expected = any_of(dict.fromkeys(tag.expected for tag in tags))
                        fail_at(name, expected, describe(value[name]), tags[0].kind)
                    members = [members[place] for place in places]
                    records = [records[place] for place in places]
        counts = [misfits(member, value) for member in members]
        least = min(counts)
        if least and counts.count(least) > 1:  # nobody can tell which
            names = dict.fromkeys(getattr(one, "name", one.expected) for one in members)
            fail(any_of(names), value, self.kind)
        return members[counts.index(least)]


def bare(check: Check) -> Check:
    """Return the check that others stand for, or tell more of."""
    while isinstance(check, Around):
        check = check.inner
    return check


def misfits(check: Check, value: Any) -> int:
    """Return in how many places a list or an object is not what a check is for.

    Only keys, and the JSON types and fixed values of items are seen, not what is in them.
    """
    check = bare(check)
    if isinstance(check, UnionOf):
        return min(misfits(one, value) for one in check.members if one.takes(value))
    if isinstance(check, ObjectOf):
        return not (isinstance(value, check.cls) or check.cls._could_be(value))
    missing = 0
    items: Iterable[tuple[Check | None, object]] = ()
    if isinstance(check, Record):
        missing = sum(name not in value for name in check.required)
        items = [(check.members.get(key), item) for key, item in value.items()]
    elif isinstance(check, MapOf):
        items = [(check.item, item) for item in value.values()]
    elif isinstance(check, TupleOf):
        missing = abs(len(check.items) - len(value))
        items = zip(check.items, value)
    elif isinstance(check, ListOf):
        items = [(check.item, item) for item in value]
    return missing + sum(one is None or not _could_be(bare(one), item) for one, item in items)


def _could_be(check: Check, value: object) -> bool:
    return check.has(value) if isinstance(check, Values) else check.takes(value)
