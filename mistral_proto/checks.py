"""The checks for one value.

A check reads a value: it gives back what is to be stored, or raises a
`ValidationError` whose paths begin at that value.  Whoever holds the value (a
list, a type) adds its own step to the path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum

from .errors import Problem, ValidationError, describe, step_to

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, TypeVar

    from .json_text import JSONValue
    from .wire import WireType

    T = TypeVar("T")
    R = TypeVar("R")
    V = TypeVar("V")

__all__ = [
    "KEEP",
    "REFUSE",
    "STRICT",
    "AnyJSON",
    "Boolean",
    "Check",
    "Constant",
    "Either",
    "Integer",
    "JSONObject",
    "ListOf",
    "MapOf",
    "Number",
    "ObjectOf",
    "OneOf",
    "Reading",
    "String",
    "StringEnum",
    "TaggedUnion",
    "Unusual",
]

MAX_DEPTH = 200
"""How deeply a free-form JSON value may be nested; `json` and `copy` manage that."""

# Python refuses to print an integer of more digits than this.
_MAX_INTEGER = 10**4299


class StringEnum(str, Enum):
    """An enumeration whose members are, compare and print as their strings.

    A value that a newer server sends stays a plain string, so both print alike.
    """

    def __str__(self) -> str:
        return str.__str__(self)

    def __format__(self, format_spec: str) -> str:
        return str.__format__(self, format_spec)


class Absent:
    """Marks a value that stands for a field which a server left out.

    It is of the field's type, so that code that reads the field needs no check
    for None, and it is left out again when written.
    """

    __slots__ = ()


class AbsentString(Absent, str):
    """The empty string that stands for a string which a server left out."""

    __slots__ = ()


class AbsentInteger(Absent, int):
    """The zero that stands for an integer which a server left out."""

    __slots__ = ()


class AbsentList(Absent, tuple):  # type: ignore[type-arg]
    """The empty sequence that stands for a list which a server left out."""

    __slots__ = ()


class Reading:
    """How much a document may hold that the types do not know.

    `keep_unknown`: unknown fields and enum values are kept, as for documents of
    a server that may be newer than we are.  `strict`: what the published schema
    requires must be there, and null only where it says so.
    """

    __slots__ = ("keep_unknown", "strict")

    def __init__(self, *, keep_unknown: bool, strict: bool) -> None:
        self.keep_unknown = keep_unknown
        self.strict = strict


KEEP = Reading(keep_unknown=True, strict=False)
REFUSE = Reading(keep_unknown=False, strict=False)
STRICT = Reading(keep_unknown=False, strict=True)


class Check:
    """The check for one value."""

    __slots__ = ()
    expected: str
    """What the value should be, to follow the word "expected"."""
    kind: str
    """The kind of problem when it is not, in the API's own vocabulary."""
    reads_null = False
    """Whether null is a value to read, not a field that is left out."""
    equivalent: Check | None = None
    """What takes the same values, of the checks in this module: for the JSON Schema of
    one that is not."""

    def takes(self, value: object) -> bool:
        """Whether the value is of the JSON type that this check is for."""
        raise NotImplementedError  # pragma: no cover - every check has its own

    def read(self, value: object, reading: Reading) -> Any:
        """The value to store; raises `ValidationError` where it is not valid."""
        raise NotImplementedError  # pragma: no cover - every check has its own

    def fail(self, value: object) -> NoReturn:
        fail(self.expected, value, self.kind)


class Unusual(Exception):
    """A value that the fast way of reading leaves to the plain one."""


def fail(expected: str, value: object, kind: str) -> NoReturn:
    """Refuse a value; the path begins here."""
    raise ValidationError([Problem((), expected, describe(value), kind)])


class String(Check):
    __slots__ = ()
    expected = "a string"
    kind = "string_type"

    def takes(self, value: object) -> bool:
        return isinstance(value, str)

    def read(self, value: object, reading: Reading) -> str:
        if type(value) is str:
            return value
        if isinstance(value, str):
            return str.__str__(value)
        self.fail(value)


class Boolean(Check):
    __slots__ = ()
    expected = "true or false"
    kind = "bool_type"

    def takes(self, value: object) -> bool:
        return isinstance(value, bool)

    def read(self, value: object, reading: Reading) -> bool:
        if isinstance(value, bool):
            return value
        self.fail(value)


class Number(Check):
    """A finite number within bounds; `above` is a bound that is itself excluded."""

    __slots__ = ("above", "expected", "maximum", "minimum")
    noun = "a number"
    kind = "float_type"

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
        bounds = [
            f"{words} {bound}"
            for words, bound in (
                ("above", above),
                ("of at least", minimum),
                ("at most" if above is not None or minimum is not None else "of at most", maximum),
            )
            if bound is not None
        ]
        self.expected = " ".join([self.noun, " and ".join(bounds)]).rstrip()

    def takes(self, value: object) -> bool:
        return isinstance(value, (int, float)) and not isinstance(value, bool)

    def read(self, value: object, reading: Reading) -> int | float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fail(value)
        if not -_MAX_INTEGER < value < _MAX_INTEGER:  # also true of NaN and infinity
            fail(self.expected, value, "finite_number")
        if self.minimum is not None and value < self.minimum:
            fail(self.expected, value, "greater_than_equal")
        if self.above is not None and value <= self.above:
            fail(self.expected, value, "greater_than")
        if self.maximum is not None and value > self.maximum:
            fail(self.expected, value, "less_than_equal")
        if type(value) is int or type(value) is float:
            return value
        return int(value) if isinstance(value, int) else float(value)


class Integer(Number):
    """A whole number within bounds; as in JSON Schema, 1.0 is one, and is stored as 1."""

    __slots__ = ()
    noun = "an integer"
    kind = "int_type"

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

    __slots__ = ("expected", "value")
    kind = "literal_error"

    def __init__(self, value: str) -> None:
        self.value = value
        self.expected = repr(value)

    def takes(self, value: object) -> bool:
        return isinstance(value, str)

    def read(self, value: object, reading: Reading) -> str:
        if value != self.value or not isinstance(value, str):
            self.fail(value)
        return self.value


class OneOf(Check):
    """One of the members of an enumeration, or of some strings; given as its string or itself.

    A string that is none of them is kept as it is in a server's document, and
    everywhere where `others` are allowed.
    """

    __slots__ = ("expected", "members", "others")
    kind = "enum"

    def __init__(self, first: type[StringEnum] | str, *more: str, others: bool = False) -> None:
        members = [first, *more] if isinstance(first, str) else first
        self.members: dict[str, StringEnum | str] = {str(member): member for member in members}
        self.others = others
        self.expected = one_of(self.members)

    def takes(self, value: object) -> bool:
        return isinstance(value, str)

    def read(self, value: object, reading: Reading) -> StringEnum | str:
        if not isinstance(value, str):
            self.fail(value)
        if type(value) is not str:
            value = str.__str__(value)  # a member of an enumeration has another hash
        member = self.members.get(value)
        if member is not None:
            return member
        if reading.keep_unknown or self.others:
            return value
        self.fail(value)


class ListOf(Check):
    """A list (or tuple) of values that one check reads; stored as a tuple."""

    __slots__ = ("item", "minimum_items")
    expected = "a list"
    kind = "list_type"

    def __init__(self, item: Check, *, minimum_items: int = 0) -> None:
        self.item = item
        self.minimum_items = minimum_items

    def takes(self, value: object) -> bool:
        return isinstance(value, (list, tuple))

    def read(self, value: object, reading: Reading) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)):
            self.fail(value)
        if len(value) < self.minimum_items:
            fail(f"a list of at least {self.minimum_items}", value, "too_short")
        return tuple(read_items(value, self.item.read, reading))


def read_items(values: Iterable[V], read: Callable[[V, T], R], how: T) -> list[R]:
    """What `read` makes of each value; all problems of all of them at once."""
    items: list[R] = []
    problems: list[Problem] = []
    for index, value in enumerate(values):
        try:
            items.append(read(value, how))
        except ValidationError as error:
            problems += [problem.under(index) for problem in error.problems]
    if problems:
        raise ValidationError(problems)
    return items


def read_values(values: Mapping[Any, V], read: Callable[[V, T], R], how: T) -> dict[str, R]:
    """The same of each value of an object, whose keys are strings."""
    items: dict[str, R] = {}
    problems: list[Problem] = []
    for key, value in values.items():
        try:
            items[check_key(key)] = read(value, how)
        except ValidationError as error:
            problems += [problem.under(step_to(key)) for problem in error.problems]
    if problems:
        raise ValidationError(problems)
    return items


class AnyJSON(Check):
    """Any JSON value; stored as a copy, so that it stays what was checked."""

    __slots__ = ()
    expected = "a JSON value"
    kind = "json_type"

    def takes(self, value: object) -> bool:
        return True

    def read(self, value: object, reading: Reading) -> JSONValue:
        return copy_json(value)


class JSONObject(Check):
    """A JSON object with any content; stored as a copy."""

    __slots__ = ()
    expected = "an object"
    kind = "dict_type"

    def takes(self, value: object) -> bool:
        return isinstance(value, Mapping)

    def read(self, value: object, reading: Reading) -> JSONValue:
        if not isinstance(value, Mapping):
            self.fail(value)
        return copy_json(value)


class MapOf(Check):
    """A JSON object whose values, whatever their keys, one check reads."""

    __slots__ = ("item",)
    expected = "an object"
    kind = "dict_type"

    def __init__(self, item: Check) -> None:
        self.item = item

    def takes(self, value: object) -> bool:
        return isinstance(value, Mapping)

    def read(self, value: object, reading: Reading) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            self.fail(value)
        return read_values(value, self.item.read, reading)


def copy_json(value: object, around: tuple[object, ...] = ()) -> JSONValue:
    """A deep copy of a JSON value; raises `ValidationError` where it is none.

    `around` are the values that this one stands in.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (int, float)):
        return _any_number.read(value, STRICT)
    if len(around) >= MAX_DEPTH:
        fail(f"at most {MAX_DEPTH} levels of nesting", value, "recursion_loop")
    if any(outer is value for outer in around):
        fail("a value that does not contain itself", value, "recursion_loop")
    within = (*around, value)
    if isinstance(value, Mapping):
        return read_values(value, copy_json, within)
    if not isinstance(value, (list, tuple)):
        fail(AnyJSON.expected, value, AnyJSON.kind)
    return read_items(value, copy_json, within)


def copy_object(
    value: Mapping[Any, object], around: tuple[object, ...] = ()
) -> dict[str, JSONValue]:
    """A deep copy of a JSON object's items; `around` is what they stand in."""
    return read_values(value, copy_json, around)


def check_key(key: object) -> str:
    """An object's key, which is a string."""
    if not isinstance(key, str):
        fail("a string as the key", key, "string_type")
    return str.__str__(key)


class ObjectOf(Check):
    """One wire type, given as an instance or as a mapping."""

    __slots__ = ("cls",)
    expected = "an object"
    kind = "dict_type"

    def __init__(self, cls: type[WireType]) -> None:
        self.cls = cls

    def takes(self, value: object) -> bool:
        return isinstance(value, (self.cls, Mapping))

    def read(self, value: object, reading: Reading) -> Any:
        if isinstance(value, self.cls):
            return value
        # A dict first: to ask the abstract class takes 0.2 us.
        if isinstance(value, (dict, Mapping)):
            return self.cls._read(value, reading)
        self.fail(value)


class TaggedUnion(Check):
    """One of several wire types, told apart by a constant field of theirs.

    A mapping that leaves the tag out is read as `untagged`, or else as the only
    type that has all of the fields that it holds, and misses none that the type
    must have.  Of a server's document a tag that nobody has is kept by the type
    `unknown`.
    """

    __slots__ = ("classes", "expected", "instances", "tag", "unknown", "untagged")
    kind = "dict_type"

    def __init__(
        self,
        tag: str,
        *classes: type[WireType],
        unknown: type[WireType] | None = None,
        untagged: type[WireType] | None = None,
    ) -> None:
        self.tag = tag
        self.unknown = unknown
        self.untagged = untagged
        self.classes: dict[str, type[WireType]] = {}
        for cls in classes:
            check: Any = cls._specs[tag].check
            tags = [check.value] if isinstance(check, Constant) else check.members
            self.classes.update(dict.fromkeys(tags, cls))
        self.instances = classes if unknown is None else (*classes, unknown)
        self.expected = f"an object with a {tag}"

    def takes(self, value: object) -> bool:
        return isinstance(value, (Mapping, *self.instances))

    def read(self, value: object, reading: Reading) -> Any:
        if isinstance(value, self.instances):
            return value
        if isinstance(value, (dict, Mapping)):
            return self._class_of(value, reading)._read(value, reading)
        self.fail(value)

    def _class_of(self, value: Mapping[object, object], reading: Reading) -> type[WireType]:
        tag = value.get(self.tag)
        if isinstance(tag, str):
            cls = self.classes.get(tag)
            if cls is not None:
                return cls
            if reading.keep_unknown and self.unknown is not None:
                return self.unknown
        elif tag is None:
            if self.untagged is not None:
                return self.untagged
            fitting = [cls for cls in set(self.classes.values()) if cls._could_be(value)]
            if len(fitting) == 1:
                return fitting[0]
            if self.tag not in value:
                fail_at(
                    self.tag, f"this field, one of {one_of(self.classes)}", "nothing", "missing"
                )
        fail_at(self.tag, one_of(self.classes), describe(tag), "union_tag_invalid")


def fail_at(key: str, expected: str, got: str, kind: str) -> NoReturn:
    raise ValidationError([Problem((key,), expected, got, kind)])


class Either(Check):
    """One of several checks, chosen by the JSON type of the value."""

    __slots__ = ("checks", "expected")
    kind = "union_type"

    def __init__(self, *checks: Check) -> None:
        self.checks = checks
        self.expected = " or ".join(check.expected for check in checks)

    def takes(self, value: object) -> bool:
        return any(check.takes(value) for check in self.checks)

    def read(self, value: object, reading: Reading) -> Any:
        for check in self.checks:
            if check.takes(value):
                return check.read(value, reading)
        self.fail(value)


def one_of(names: Iterable[str]) -> str:
    """``'a', 'b' or 'c'``."""
    *most, last = [repr(name) for name in names]
    return f"{', '.join(most)} or {last}" if most else last
