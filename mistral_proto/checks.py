"""The checks for one value.

A check reads a value: it returns what is to be stored, or raises a
`ValidationError` whose paths begin at that value.  The value around it (a list,
an object, a wire type) adds its own step to the path.  A check also writes the
JSON Schema of the values that it takes.
"""

from __future__ import annotations

import types
import typing
from collections import abc
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
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
    """One way of reading, in words; compared by identity."""


BUILD = Reading("the arguments of a constructor")
KEEP = Reading("a server's document: what is not understood is kept")
REFUSE = Reading("a user's document: what is not understood is refused")
SEND = Reading("the same of what is to be sent: what the API does not know is refused")
DROP = Reading("a user's document: fields that there are not are left out")
STRICT = Reading("a document with all that the published schema requires, and nothing else")


class Check:
    """The check for one value."""

    expected: str
    """What the value should be, to follow the word "expected"."""
    kind: str
    """The kind of problem when it is not, in the API's own vocabulary."""
    reads_null = False
    """Whether null is a value to read, not a field that is left out."""
    is_scalar = False
    """Whether what is stored is a plain string, number or boolean."""
    quick: str | None = None
    """The condition, in Python, under which a value `v` is stored as it is."""
    json_type: str
    """The JSON type, where the schema says no more."""
    types: tuple[type, ...] = (object,)
    """The Python types of that JSON type."""

    def matches(self, value: object) -> bool:
        """Return whether the value is of the JSON type that this check is for."""
        return isinstance(value, self.types)

    def read(self, value: object, reading: Reading) -> Any:
        """Return the value to store; raise `ValidationError` where it is not valid."""
        raise NotImplementedError  # pragma: no cover - every check has its own

    def schema(self, definitions: Definitions) -> Schema:
        """Return the JSON Schema, a new one each time; `definitions` grows by what it refers to."""
        return {"type": self.json_type}

    def fail(self, value: object) -> NoReturn:
        fail(self.expected, value, self.kind)


def fail(expected: str, value: object, kind: str) -> NoReturn:
    """Refuse a value; the path begins here."""
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

    def read(self, value: object, reading: Reading) -> str:
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

    def read(self, value: object, reading: Reading) -> bool:
        if isinstance(value, bool):
            return value
        self.fail(value)


# An integer that fits a machine's word; one that does not may be too long to print.
_WORD = "v.__class__ is int and -(2**63) < v < 2**63"


class Number(Check):
    """A finite number within bounds; `above` is a bound that is itself excluded."""

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
        self.minimum = minimum
        self.maximum = maximum
        self.above = above
        bounds = {"above": above, "of at least": minimum, "of at most": maximum}
        told = [f"{words} {bound}" for words, bound in bounds.items() if bound is not None]
        self.expected = " ".join([self.noun, " and ".join(told)]).rstrip().replace("and of", "and")
        self.quick = None if told else self.usual

    def matches(self, value: object) -> bool:
        return isinstance(value, (int, float)) and not isinstance(value, bool)

    def read(self, value: object, reading: Reading) -> int | float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fail(value)
        if not -_MAX_INTEGER < value < _MAX_INTEGER:  # also true of NaN and infinity
            fail(self.expected.replace("a number", "a finite number"), value, "finite_number")
        if self.minimum is not None and value < self.minimum:
            fail(self.expected, value, "greater_than_equal")
        if self.above is not None and value <= self.above:
            fail(self.expected, value, "greater_than")
        if self.maximum is not None and value > self.maximum:
            fail(self.expected, value, "less_than_equal")
        if type(value) is int or type(value) is float:
            return value
        return int(value) if isinstance(value, int) else float(value)

    def schema(self, definitions: Definitions) -> Schema:
        bounds = {
            "minimum": self.minimum,
            "exclusiveMinimum": self.above,
            "maximum": self.maximum,
        }
        given = {key: bound for key, bound in bounds.items() if bound is not None}
        return {"type": self.json_type, **given}


class Integer(Number):
    """A whole number within bounds; as in JSON Schema, 1.0 is one, and is stored as 1."""

    noun = "an integer"
    usual = _WORD
    kind = "int_type"
    json_type = "integer"

    def read(self, value: object, reading: Reading) -> int:
        number = super().read(value, reading)
        if isinstance(number, int):
            return number
        if not number.is_integer():
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
        if self.others or (value and reading is KEEP):
            return value
        self.fail(value)

    def schema(self, definitions: Definitions) -> Schema:
        members: Schema = {"type": "string", "enum": [*self.members]}
        # Said although any string will do: the reader learns what to expect.
        if self.others:
            return {"anyOf": [members, {"type": "string"}]}
        if definitions.reading is KEEP:
            return {"anyOf": [members, {"type": "string", "minLength": 1}]}
        return members


class ListOf(Check):
    """A list, or another iterable, of values that one check reads; stored as a list.

    Of a server's wire types with an `index`, one that was not told is the place in the list.
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
            for place, item in enumerate(items):
                if item is not value[place] and item.extra.__class__ is not dict:
                    item._count_as(place)
        return items

    def schema(self, definitions: Definitions) -> Schema:
        least: Schema = {"minItems": self.minimum_items} if self.minimum_items else {}
        return {"type": "array", "items": self.item.schema(definitions), **least}


def read_items(values: Iterable[V], read: Callable[[V, T], R], how: T) -> list[R]:
    """Return what `read` makes of each value; the problems of all of them at once."""
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
    """Return the same of each value of an object, whose keys are strings."""
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
    """Any JSON value; stored as a copy, so that it stays what was checked."""

    expected = "a JSON value"
    kind = "json_type"

    def read(self, value: object, reading: Reading) -> JSONValue:
        return copy_json(value)

    def schema(self, definitions: Definitions) -> Schema:
        return {}


class AnyPython(Check):
    """Any Python object, kept as it is: for what is never on the wire."""

    def read(self, value: object, reading: Reading) -> Any:
        return value


class MapOf(Check):
    """A JSON object whose values, whatever their keys, one check reads."""

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
        return {"type": "object", "additionalProperties": self.item.schema(definitions)}


class JSONObject(MapOf):
    """A JSON object with any content; stored as a copy."""

    def __init__(self) -> None:
        super().__init__(AnyJSON())

    def read(self, value: object, reading: Reading) -> Any:
        if not isinstance(value, Mapping):
            self.fail(value)
        return copy_json(value)

    def schema(self, definitions: Definitions) -> Schema:
        return {"type": "object"}


def copy_json(value: object) -> JSONValue:
    """Return a deep copy of a JSON value; raise `ValidationError` where it is none."""
    return _copied(value, set())


def _copied(value: Any, around: set[int]) -> JSONValue:
    # `around` has the identities of the values that this one stands in.
    if value is None or value.__class__ in (str, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (int, float)):
        return _any_number.read(value, STRICT)
    is_object = isinstance(value, Mapping)
    if not is_object and not isinstance(value, (list, tuple)):
        fail(AnyJSON.expected, value, AnyJSON.kind)
    if len(around) >= MAX_DEPTH:
        fail(f"at most {MAX_DEPTH} levels of nesting", value, "recursion_loop")
    if id(value) in around:
        fail("a value that does not contain itself", value, "recursion_loop")
    around.add(id(value))
    try:
        if is_object:
            return read_values(value, _copied, around)
        return read_items(value, _copied, around)
    finally:
        around.remove(id(value))


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
        return definitions.reference(self.cls, self.cls.__name__, self.cls._schema)


class TaggedUnion(Check):
    """One of several wire types, told apart by a constant field of theirs.

    A mapping that leaves the tag out is read as `untagged`, or else as the only
    type that has all of the fields that it holds, and misses none that the type
    must have.  Of a server's document a tag that nobody has is kept by the type
    `unknown`.
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
        self.types = (Mapping, *classes, *([] if unknown is None else [unknown]))
        self.expected = f"an object with a {tag}"

    def read(self, value: object, reading: Reading) -> Any:
        if not isinstance(value, (dict, Mapping)):
            return value if self.matches(value) else self.fail(value)
        tag = value.get(self.tag)
        if tag.__class__ is str and tag in self.members:
            return self.members[tag].read(value, reading)
        return self._member(tag, value, reading).read(value, reading)

    def _member(self, tag: object, value: Mapping[Any, object], reading: Reading) -> ObjectOf:
        """Return what reads an object with an unusual tag, or with none."""
        if reading is KEEP and (not isinstance(tag, str) or not tag):
            tag = None
        if isinstance(tag, str):
            tag = str.__str__(tag)  # a member of an enumeration has another hash
            if tag in self.members:
                return self.members[tag]
            if reading is KEEP and self.unknown is not None:
                return self.unknown
        elif tag is None:
            if self.untagged is not None:
                return self.untagged
            fitting = [one for one in self.members.values() if one.cls._matches_fields(value)]
            if len(fitting) == 1:
                return fitting[0]
            if self.tag not in value:
                expected = f"this field, one of {one_of(self.members)}"
                fail_at(self.tag, expected, "nothing", "missing")
        got = describe(value.get(self.tag))
        fail_at(self.tag, one_of(self.members), got, "union_tag_invalid")

    def schema(self, definitions: Definitions) -> Schema:
        tags: Schema = {"enum": [*self.members]}
        members: list[JSONValue] = []
        for tag, one in self.members.items():
            member = one.schema(definitions)
            if not isinstance(one.cls._specs[self.tag].check, Constant):
                # Of a server's document such a tag may be any string; here only its own.
                member["properties"] = {self.tag: {"enum": [tag]}}
            members.append(member)
        if self.unknown is not None and definitions.reading is KEEP:
            other: Schema = {"properties": {self.tag: {"not": tags}}}
            members.append({**self.unknown.schema(definitions), **other})
            tags = {"type": "string"}
        union: Schema = {
            "type": "object",
            "properties": {self.tag: tags},
            "required": [self.tag],
            "oneOf": members,
        }
        if self.untagged is None or self.untagged.cls._specs[self.tag].is_needed(
            definitions.reading
        ):
            return union
        untagged: Schema = {"properties": {self.tag: {"type": "null"}}}
        return {"anyOf": [union, {**self.untagged.schema(definitions), **untagged}]}


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
        for check in self.checks:
            if check.matches(value):
                return check.read(value, reading)
        self.fail(value)

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
    """The walk from a type hint to the check for its values.

    `other` is for the hints that are not handled here: a subclass may know them.
    """

    scalars: Mapping[Any, Check] = {
        str: String(),
        bool: Boolean(),
        int: Integer(),
        float: Number(),
        object: AnyJSON(),
        Any: AnyJSON(),
    }

    def of(self, hint: Any) -> Check:
        """Return the check for a hint; what may be None is the field's concern.

        Raises:
            TypeError: no check is known.
        """
        if hint in self.scalars:
            return self.scalars[hint]
        origin: Any = typing.get_origin(hint) or hint
        arguments = typing.get_args(hint)
        if origin in (typing.Union, types.UnionType):
            return self.union([one for one in arguments if one is not type(None)])
        if origin is typing.Literal and all(isinstance(one, str) for one in arguments):
            return Constant(*arguments) if len(arguments) == 1 else OneOf(*arguments)
        if origin in (list, abc.Sequence):
            return ListOf(self.of(arguments[0]) if arguments else AnyJSON())
        if origin in (dict, abc.Mapping):
            item = self.of(arguments[1]) if arguments else AnyJSON()
            return JSONObject() if isinstance(item, AnyJSON) else MapOf(item)
        cls: Any = origin
        if hasattr(cls, "_read") and hasattr(cls, "__dataclass_fields__"):
            return ObjectOf(cls)
        if isinstance(cls, type) and issubclass(cls, str) and issubclass(cls, Enum):
            return OneOf(cls)
        if isinstance(hint, TypeVar):
            return self.of(hint.__bound__ or Any)
        return self.other(hint)

    def union(self, hints: Sequence[Any]) -> Check:
        """Return the check for one of several hints, told apart by the JSON type, or by a tag."""
        checks = [self.of(hint) for hint in hints]
        objects = [check.cls for check in checks if isinstance(check, ObjectOf)]
        found = [check for check in checks if not isinstance(check, (String, ObjectOf))]
        # A string beside an enumeration only tells type checkers that there may be others.
        if not any(isinstance(check, OneOf) for check in found):
            found = [check for check in checks if isinstance(check, String)] + found
        if objects:
            found.append(ObjectOf(objects[0]) if len(objects) == 1 else _told_apart(objects))
        return found[0] if len(found) == 1 else Either(*found)

    def other(self, hint: Any) -> Check:
        """Return the check for any other hint."""
        raise TypeError(f"no check is known for {hint!r}; name one: field(check=...)")


def _told_apart(classes: Sequence[type[WireType]]) -> TaggedUnion:
    """Return the check for types that have one field with a string of each type's own."""
    for name in classes[0].__dataclass_fields__:
        tags = [getattr(cls.__dataclass_fields__.get(name), "default", None) for cls in classes]
        tagged = [cls for cls, tag in zip(classes, tags) if isinstance(tag, str)]
        untold = [cls for cls in classes if cls not in tagged]
        if len(untold) <= 1 < len(tagged) + len(untold) and len(set(tags)) == len(tags) and tagged:
            return TaggedUnion(name, *tagged, unknown=untold[0] if untold else None)
    names = ", ".join(cls.__name__ for cls in classes)
    raise TypeError(f"no field tells {names} apart")


check_of = CheckFactory().of
"""Return the check for a type hint."""
