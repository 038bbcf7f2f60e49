"""The checks of values.

A check reads one value: it returns the value to store, or raises a `ValidationError`
whose paths begin at that value.  The list, object or wire type around the value adds
its own step to the path.  A check also writes the JSON Schema of its values.
"""

from __future__ import annotations

import types
import typing
from collections import abc
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from operator import ge, gt, le
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

from .errors import Problem, ValidationError, describe, step_to

if TYPE_CHECKING:
    from .json_text import JSONValue
    from .schema.definitions import Definitions, Schema
    from .wire import WireType

T = TypeVar("T")
R = TypeVar("R")
V = TypeVar("V")

MAX_DEPTH = 200
"""The deepest nesting of a free-form JSON value; `json` and `copy` manage that."""

MAX_NUMBERED = 10_000
"""The most choices, or calls, in one list: a short text may ask for millions of objects."""

# Python refuses to print an integer of more digits than this.
_MAX_INTEGER = 10**4299


class StringEnum(str, Enum):
    """An enumeration whose members are, compare and print as their strings.

    A value that a newer server sends stays a plain string, so both print alike.
    """

    __str__ = str.__str__
    __format__ = str.__format__  # type: ignore[assignment]  # its argument has another name


class Unset:
    """The type of `UNSET`, the value of an argument that is not given (SDK: same name).

    >>> bool(UNSET), isinstance(UNSET, Unset)
    (False, True)
    """

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    __reduce__ = __repr__  # a copy is the same object


UNSET = Unset()


class Reading(str):
    """A way of reading; compared by identity."""


KEEP = Reading("a server's document: unknown fields and values are kept")
REFUSE = Reading("a user's document: unknown fields and values are refused")
SEND = Reading(
    "a request to send: as REFUSE, and fields that only mistral_common knows are refused"
)
DROP = Reading("a user's document: unknown fields are left out")
STRICT = Reading("a document with all fields that the published schema requires, and no others")


class Check:
    """The check of one value."""

    expected: str
    """What the value should be: the words after "expected"."""
    kind: str
    """The type of the problem when it is not, in the API's vocabulary."""
    reads_null = False
    """Whether null is a value to read, not an absent field."""
    is_scalar = False
    """Whether the stored value is a plain string, number or boolean."""
    quick: str | None = None
    """The condition, as Python code, under which a value `v` is stored unchanged."""
    json_type: str
    types: tuple[type, ...] = (object,)
    """The Python types of that JSON type."""

    def matches(self, value: object) -> bool:
        """Return whether the value is of the JSON type of this check."""
        return isinstance(value, self.types)

    def read(self, value: Any, reading: Reading) -> Any:
        """Return the value to store; raise `ValidationError` where it is not valid."""
        return value if self.matches(value) else self.fail(value)

    def schema(self, definitions: Definitions) -> Schema:
        """Return the JSON Schema, a new one each time; named parts go to `definitions`."""
        return {"type": self.json_type}

    def fail(self, value: object) -> NoReturn:
        fail(self.expected, value, self.kind)


def fail(expected: str, value: object, kind: str) -> NoReturn:
    """Refuse a value; its path begins here."""
    raise ValidationError([Problem((), expected, describe(value), kind)])


def fail_at(key: str, expected: str, got: str, kind: str) -> NoReturn:
    """Refuse the item of an object."""
    raise ValidationError([Problem((key,), expected, got, kind)])


class String(Check):
    """A string; `minimum_length` counts characters."""

    expected = "a string"
    is_scalar = True
    kind = "string_type"
    types = (str,)

    def __init__(self, minimum_length: int = 0) -> None:
        self.minimum_length = minimum_length
        self.quick = None if minimum_length else "v.__class__ is str"

    def read(self, value: Any, reading: Reading) -> str:
        if not isinstance(value, str):
            self.fail(value)
        if len(value) < self.minimum_length:
            fail("a string that is not empty", value, "string_too_short")
        return value if type(value) is str else str.__str__(value)

    def schema(self, definitions: Definitions) -> Schema:
        least: Schema = {"minLength": self.minimum_length} if self.minimum_length else {}
        return {"type": "string", **least}


class Boolean(Check):
    quick = "v.__class__ is bool"
    expected = "true or false"
    is_scalar = True
    kind = "bool_type"
    json_type = "boolean"
    types = (bool,)


# An integer that fits a machine's word; any other may be too long to print.
_WORD = "v.__class__ is int and -(2**63) < v < 2**63"
_BOUNDS: dict[str, tuple[str, str, Callable[[Any, Any], bool]]] = {
    "exclusiveMinimum": ("above", "greater_than", gt),
    "minimum": ("of at least", "greater_than_equal", ge),
    "maximum": ("of at most", "less_than_equal", le),
}


class Number(Check):
    """A finite number within bounds; `above` is itself excluded."""

    noun = "a number"
    is_scalar = True
    kind = "float_type"
    json_type = "number"
    # The difference of two infinities is NaN.
    usual = f"v.__class__ is float and v - v == 0 or {_WORD}"

    def __init__(
        self,
        minimum: float | None = None,
        maximum: float | None = None,
        *,
        above: float | None = None,
    ) -> None:
        bounds = {"exclusiveMinimum": above, "minimum": minimum, "maximum": maximum}
        self.bounds = {key: bound for key, bound in bounds.items() if bound is not None}
        words = " and ".join(f"{_BOUNDS[key][0]} {bound}" for key, bound in self.bounds.items())
        self.expected = f"{self.noun} {words}".rstrip().replace("and of", "and")
        self.quick = None if self.bounds else self.usual

    def matches(self, value: object) -> bool:
        return isinstance(value, (int, float)) and not isinstance(value, bool)

    def read(self, value: Any, reading: Reading) -> int | float:
        if not self.matches(value):
            self.fail(value)
        if not -_MAX_INTEGER < value < _MAX_INTEGER:  # also true of NaN and infinity
            fail(self.expected.replace("a number", "a finite number"), value, "finite_number")
        for key, bound in self.bounds.items():
            _, kind, fits = _BOUNDS[key]
            if not fits(value, bound):
                fail(self.expected, value, kind)
        if type(value) is int or type(value) is float:
            return value
        return int(value) if isinstance(value, int) else float(value)

    def schema(self, definitions: Definitions) -> Schema:
        return {"type": self.json_type, **self.bounds}


class Integer(Number):
    """A whole number within bounds; 1.0 counts (as in JSON Schema), and is stored as 1."""

    noun = "an integer"
    usual = _WORD
    kind = "int_type"
    json_type = "integer"

    def read(self, value: Any, reading: Reading) -> int:
        number = super().read(value, reading)
        if isinstance(number, float) and not number.is_integer():
            fail(self.expected, value, "int_from_float")
        return int(number)


_any_number = Number()


class Constant(Check):
    """One fixed string, such as a chunk's `type`."""

    is_scalar = True
    kind = "literal_error"
    types = (str,)

    def __init__(self, value: str) -> None:
        self.value = value
        self.quick = f"v == {value!r} and v.__class__ is str"
        self.expected = repr(value)

    def read(self, value: object, reading: Reading) -> str:
        if value != self.value or not isinstance(value, str):
            self.fail(value)
        return self.value

    def schema(self, definitions: Definitions) -> Schema:
        return {"const": self.value}


class OneOf(Check):
    """One of the members of an enumeration, or of some strings; given as its string or itself.

    A string that is none of them is kept as it is where `others` are allowed, and in
    a server's document, unless it is empty there.
    """

    kind = "enum"
    types = (str,)

    def __init__(self, first: type[Enum] | str, *more: str, others: bool = False) -> None:
        members: Iterable[Any] = [first, *more] if isinstance(first, str) else first
        self.members: dict[str, Any] = {str(getattr(one, "value", one)): one for one in members}
        self.others = others
        self.expected = one_of(self.members)

    def read(self, value: Any, reading: Reading) -> Any:
        if value.__class__ is not str:
            # A member of an enumeration has another hash.
            value = str.__str__(value) if isinstance(value, str) else self.fail(value)
        if value in self.members:
            return self.members[value]
        return value if self.others or (value and reading is KEEP) else self.fail(value)

    def schema(self, definitions: Definitions) -> Schema:
        members: Schema = {"type": "string", "enum": [*self.members]}
        # Any string is valid; the known ones tell a reader what to expect.
        if self.others:
            return {"anyOf": [members, {"type": "string"}]}
        if definitions.reading is KEEP:
            return {"anyOf": [members, {"type": "string", "minLength": 1}]}
        return members


class ListOf(Check):
    """A list, or another iterable, of values that one check reads; stored as a list.

    An item of a server's list that has no `index` gets its position as the index.
    """

    expected = "a list"
    kind = "list_type"

    def __init__(self, item: Check, *, minimum_items: int = 0) -> None:
        self.item = item
        self.minimum_items = minimum_items
        self.numbers = (
            isinstance(item, ObjectOf)
            and item.cls._open
            and "index" in item.cls.__dataclass_fields__
        )

    def matches(self, value: object) -> bool:
        return isinstance(value, (list, tuple)) or (
            isinstance(value, Iterable)
            and not isinstance(value, (str, bytes, bytearray, Mapping))
            and not hasattr(type(value), "__dataclass_fields__")
        )

    def read(self, value: Any, reading: Reading) -> list[Any]:
        if value.__class__ is not list:
            value = list(value) if self.matches(value) else self.fail(value)
        if len(value) < self.minimum_items:
            fail(f"a list of at least {self.minimum_items}", value, "too_short")
        if self.numbers and len(value) > MAX_NUMBERED:
            fail(f"a list of at most {MAX_NUMBERED}", value, "too_long")
        items = read_items(value, self.item.read, reading)
        if self.numbers and len(items) > 1:
            for position, item in enumerate(items):
                if item is not value[position] and item.extra.__class__ is not dict:
                    item._set_default_index(position)
        return items

    def schema(self, definitions: Definitions) -> Schema:
        least: Schema = {"minItems": self.minimum_items} if self.minimum_items else {}
        return {"type": "array", "items": self.item.schema(definitions), **least}


def read_items(values: Iterable[V], read: Callable[[V, T], R], how: T) -> list[R]:
    """Return `read(value, how)` of each value; raise the problems of all of them at once."""
    items: list[R] = []
    failure: ValidationError | None = None
    for index, value in enumerate(values):
        try:
            items.append(read(value, how))
        except ValidationError as error:
            failure = error.under(index).after(failure)
            if failure.is_full:
                break
    if failure:
        raise failure
    return items


def read_values(values: Mapping[Any, V], read: Callable[[V, T], R], how: T) -> dict[str, R]:
    """Return `read(value, how)` of each value of an object; its keys must be strings."""
    items: dict[str, R] = {}
    failure: ValidationError | None = None
    for key, value in values.items():
        try:
            items[key if key.__class__ is str else check_key(key)] = read(value, how)
        except ValidationError as error:
            failure = error.under(step_to(key)).after(failure)
            if failure.is_full:
                break
    if failure:
        raise failure
    return items


class AnyJSON(Check):
    """Any JSON value; stored as a copy, so that it stays as it was checked."""

    expected = "a JSON value"
    kind = "json_type"

    def read(self, value: object, reading: Reading) -> JSONValue:
        return copy_json(value)

    def schema(self, definitions: Definitions) -> Schema:
        return {}


class AnyPython(Check):
    """Any Python object, stored unchanged: for fields that are never on the wire."""


class MapOf(Check):
    """A JSON object with values that one check reads, under any keys."""

    expected = "an object"
    kind = "dict_type"
    types = (Mapping,)

    def __init__(self, item: Check) -> None:
        self.item = item

    def read(self, value: object, reading: Reading) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            self.fail(value)
        return read_values(value, self.item.read, reading)

    def schema(self, definitions: Definitions) -> Schema:
        item = self.item.schema(definitions)
        return {"type": "object", **({"additionalProperties": item} if item else {})}


class JSONObject(MapOf):
    """A JSON object with any content; stored as a copy."""

    def __init__(self) -> None:
        super().__init__(AnyJSON())

    def read(self, value: object, reading: Reading) -> Any:
        return copy_json(value) if isinstance(value, Mapping) else self.fail(value)


def copy_json(value: object) -> JSONValue:
    """Return a deep copy of a JSON value; raise `ValidationError` for any other value."""
    return _copy_within(value, set())


def _copy_within(value: Any, parents: set[int]) -> JSONValue:
    # `parents` has the identities of the values that contain this one.
    if value is None or value.__class__ in (str, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (int, float)):
        return _any_number.read(value, STRICT)
    is_object = isinstance(value, Mapping)
    if not is_object and not isinstance(value, (list, tuple)):
        fail(AnyJSON.expected, value, AnyJSON.kind)
    if len(parents) >= MAX_DEPTH:
        fail(f"at most {MAX_DEPTH} levels of nesting", value, "recursion_loop")
    if id(value) in parents:
        fail("a value that does not contain itself", value, "recursion_loop")
    parents.add(id(value))
    try:
        if is_object:
            return read_values(value, _copy_within, parents)
        return read_items(value, _copy_within, parents)
    finally:
        parents.remove(id(value))


def check_key(key: object) -> str:
    """Return an object's key, which is a string."""
    if not isinstance(key, str):
        fail("a string as the key", key, "string_type")
    return str.__str__(key)


class ObjectOf(Check):
    """One wire type, given as an instance or as a mapping."""

    expected = "an object"
    kind = "dict_type"

    def __init__(self, cls: type[WireType]) -> None:
        self.cls = cls
        self.types = (cls, Mapping)

    def read(self, value: object, reading: Reading) -> Any:
        # From now on the type's own function is called at once.
        self.read = self.cls._plan().read  # type: ignore[method-assign]
        return self.read(value, reading)

    def schema(self, definitions: Definitions) -> Schema:
        return definitions.of_type(self.cls)


class TaggedUnion(Check):
    """One of several wire types, distinguished by a field with a constant: the tag.

    A mapping without the tag is read as `untagged`, or else as the only type that has all
    of its fields and whose required fields it has.  A server's document with an unknown
    tag is read as the type `unknown`.
    """

    kind = "dict_type"

    def __init__(
        self,
        tag: str,
        *classes: type[WireType],
        unknown: type[WireType] | None = None,
        untagged: type[WireType] | None = None,
    ) -> None:
        self.tag = tag
        self.members = {
            str(cls.__dataclass_fields__[tag].default): ObjectOf(cls) for cls in classes
        }
        self.unknown = None if unknown is None else ObjectOf(unknown)
        self.untagged = None if untagged is None else ObjectOf(untagged)
        self.types = (Mapping, *classes, *([unknown] if unknown else []))
        self.expected = f"an object with a {tag}"

    def read(self, value: object, reading: Reading) -> Any:
        if not isinstance(value, (dict, Mapping)):
            return value if self.matches(value) else self.fail(value)
        tag = value.get(self.tag)
        if tag.__class__ is str and tag in self.members:
            return self.members[tag].read(value, reading)
        return self._member(tag, value, reading).read(value, reading)

    def _member(self, tag: object, value: Mapping[Any, object], reading: Reading) -> ObjectOf:
        """Return the check of an object whose tag is not simply that of a member."""
        keeps = reading is KEEP
        if isinstance(tag, str) and (tag or not keeps):
            tag = str.__str__(tag)  # a member of an enumeration has another hash
            if tag in self.members:
                return self.members[tag]
            if keeps and self.unknown:
                return self.unknown
        elif tag is None or keeps:
            if self.untagged:
                return self.untagged
            fitting = [one for one in self.members.values() if one.cls._matches_fields(value)]
            if len(fitting) == 1:
                return fitting[0]
            if self.tag not in value:
                expected = f"this field, one of {one_of(self.members)}"
                fail_at(self.tag, expected, "nothing", "missing")
        fail_at(self.tag, one_of(self.members), describe(value[self.tag]), "union_tag_invalid")

    def schema(self, definitions: Definitions) -> Schema:
        def alternative(check: ObjectOf, tag: Schema, **more: JSONValue) -> Schema:
            return {**check.schema(definitions), "properties": {self.tag: tag}, **more}

        known: list[JSONValue] = [*self.members]
        required: list[JSONValue] = [self.tag]
        alternatives: list[JSONValue] = [
            alternative(check, {"const": tag}, required=required)
            for tag, check in self.members.items()
        ]
        if self.unknown and definitions.reading is KEEP:
            other: Schema = {"type": "string", "not": {"enum": known}}
            alternatives.append(alternative(self.unknown, other, required=required))
        if self.untagged and not self.untagged.cls._specs[self.tag].is_needed(definitions.reading):
            alternatives.append(alternative(self.untagged, {"type": "null"}))
        return {"anyOf": alternatives}


class Either(Check):
    """One of several checks, chosen by the JSON type of the value."""

    kind = "union_type"

    def __init__(self, *checks: Check) -> None:
        self.checks = checks
        self.quick = next((one.quick for one in checks if isinstance(one, String)), None)
        self.expected = any_of([check.expected for check in checks])

    def matches(self, value: object) -> bool:
        return any(check.matches(value) for check in self.checks)

    def read(self, value: object, reading: Reading) -> Any:
        matching = next((check for check in self.checks if check.matches(value)), None)
        return matching.read(value, reading) if matching else self.fail(value)

    def schema(self, definitions: Definitions) -> Schema:
        return {"anyOf": [check.schema(definitions) for check in self.checks]}


def any_of(words: Iterable[str]) -> str:
    """Return the words as ``a, b or c``."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def one_of(names: Iterable[str]) -> str:
    """Return the names as ``'a', 'b' or 'c'``."""
    return any_of([repr(name) for name in names])


class CheckFactory:
    """The way from a type hint to the check of its values."""

    scalars: Mapping[Any, Check] = {
        str: String(),
        bool: Boolean(),
        int: Integer(),
        float: Number(),
        object: AnyJSON(),
        Any: AnyJSON(),
    }

    def of(self, hint: Any) -> Check:
        """Return the check for a hint; whether None is valid is up to the field.

        Raises:
            TypeError: no check is known.
        """
        if hint in self.scalars:
            return self.scalars[hint]
        origin: Any = typing.get_origin(hint) or hint
        arguments = typing.get_args(hint)
        if origin in (typing.Union, types.UnionType):
            return self.union([one for one in arguments if one is not type(None)])
        if typing.get_origin(hint) is typing.Literal and all(
            isinstance(one, str) for one in arguments
        ):
            return Constant(*arguments) if len(arguments) == 1 else OneOf(*arguments)
        if origin in (list, abc.Sequence):
            return ListOf(self.of(arguments[0]) if arguments else AnyJSON())
        if origin in (dict, abc.Mapping):
            item = self.of(arguments[1]) if arguments else AnyJSON()
            return JSONObject() if isinstance(item, AnyJSON) else MapOf(item)
        if hasattr(origin, "_read") and hasattr(origin, "__dataclass_fields__"):
            return ObjectOf(origin)
        if isinstance(origin, type) and issubclass(origin, str) and issubclass(origin, Enum):
            return OneOf(origin)
        if isinstance(hint, TypeVar):
            return self.of(hint.__bound__ or Any)
        return self.other(hint)

    def union(self, hints: Sequence[Any]) -> Check:
        """Return the check for one of several hints, distinguished by JSON type or by a tag."""
        checks = [self.of(hint) for hint in hints]
        classes = [check.cls for check in checks if isinstance(check, ObjectOf)]
        found = [check for check in checks if not isinstance(check, (String, ObjectOf))]
        # A string beside an enumeration only tells type checkers that there may be others.
        if not any(isinstance(check, OneOf) for check in found):
            found = [check for check in checks if isinstance(check, String)] + found
        if classes:
            found.append(ObjectOf(classes[0]) if len(classes) == 1 else _tagged_union(classes))
        return found[0] if len(found) == 1 else Either(*found)

    def other(self, hint: Any) -> Check:
        """Return the check for any other hint; a subclass may know some."""
        raise TypeError(f"no check is known for {hint!r}; name one: field(check=...)")


def _tagged_union(classes: Sequence[type[WireType]]) -> TaggedUnion:
    """Return the check for types with a field that has another constant in each of them.

    One type may lack the constant: it is read where the tag is unknown.
    """
    for name in classes[0].__dataclass_fields__:
        tags = [getattr(cls.__dataclass_fields__.get(name), "default", None) for cls in classes]
        tagged = [cls for cls, tag in zip(classes, tags) if isinstance(tag, str)]
        others = [cls for cls in classes if cls not in tagged]
        if tagged and len(others) <= 1 and len(set(tags)) == len(tags):
            return TaggedUnion(name, *tagged, unknown=others[0] if others else None)
    names = ", ".join(cls.__name__ for cls in classes)
    raise TypeError(f"no field distinguishes {names}")


check_of = CheckFactory().of
"""Return the check for a type hint."""
