"""The kinds of values: what each tells the model of itself, and how it is read.

A kind is a check that knows its JSON Schema, so that what a schema asks for and
what is read stand in one place.  Strings, integers and so on are the checks of
the wire types, whose schemas are in `schema`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .. import json_text
from ..checks import Check, Integer, Number, Reading
from ..errors import Problem, ValidationError, describe, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..schema.definitions import Schema

__all__ = [
    "Anything",
    "Definitions",
    "Float",
    "Kind",
    "Named",
    "Null",
    "UnionOf",
    "Values",
    "any_of",
    "json_schema",
    "schema_of",
]

_LONGEST_REASON = 200


class Kind(Check):
    """A check that knows the JSON Schema of what it takes."""

    __slots__ = ()

    def schema(self, definitions: Definitions) -> Schema:
        """The schema, new each time; `definitions` grows by what it refers to."""
        raise NotImplementedError  # pragma: no cover - every kind has its own


class Named(Kind):
    """A kind that a schema defines once, and refers to by its name."""

    __slots__ = ("name",)
    name: str

    def schema(self, definitions: Definitions) -> Schema:
        return definitions.reference(self)

    def definition(self, definitions: Definitions) -> Schema:
        """The schema that the name stands for."""
        raise NotImplementedError  # pragma: no cover - every kind has its own


class Definitions:
    """The named kinds that a schema refers to, each under a name of its own."""

    def __init__(self) -> None:
        self.written: dict[str, Schema] = {}
        self.names: dict[Named, str] = {}
        self.referred_to_again: set[str] = set()

    def reference(self, kind: Named) -> Schema:
        """A reference to the definition of a kind, which is written where it is not yet."""
        name = self.names.get(kind)
        if name is not None:
            self.referred_to_again.add(name)
        else:
            name, number = kind.name, 1
            while name in self.written:
                number += 1
                name = f"{kind.name}{number}"
            self.names[kind] = name
            self.written[name] = {}  # taken, as the definition may refer to itself
            self.written[name] = kind.definition(self)
        return {"$ref": f"#/$defs/{name}"}


def json_schema(kind: Named) -> Schema:
    """The whole schema of a kind, as pydantic writes those of its models, less the titles.

    One that contains itself is a reference to one of its own definitions.
    """
    definitions = Definitions()
    root = definitions.reference(kind)
    if (name := definitions.names[kind]) not in definitions.referred_to_again:
        root = definitions.written.pop(name)
    return {**root, "$defs": {**definitions.written}} if definitions.written else root


def schema_of(check: Check, definitions: Definitions) -> Schema:
    """The schema of a kind, or of a check of the wire types."""
    return check.schema(definitions)


class Anything(Check):
    """Any Python object, kept as it is: for what is never on the wire."""

    __slots__ = ()

    def read(self, value: object, reading: Reading) -> object:
        return value


class Float(Number):
    """A finite number, stored as a float."""

    __slots__ = ()

    def read(self, value: object, reading: Reading) -> float:
        number = super().read(value, reading)
        try:
            return float(number)
        except OverflowError:
            pass
        raise ValidationError([Problem((), self.expected, describe(value), "finite_number")])


class Null(Kind):
    __slots__ = ()
    expected = "null"
    kind = "none_required"

    def takes(self, value: object) -> bool:
        return value is None

    def schema(self, definitions: Definitions) -> Schema:
        return {"type": "null"}

    def read(self, value: object, reading: Reading) -> None:
        if value is not None:
            self.fail(value)


class Values(Kind):
    """One of some fixed values; `members` are they, each with what it stands for.

    True is not 1 here, but 1.0 is, as in JSON Schema.
    """

    __slots__ = ("expected", "kind", "members", "values")

    def __init__(self, members: Iterable[tuple[Any, object]], kind: str) -> None:
        pairs = list(members)
        self.values: list[Any] = [value for value, _ in pairs]
        self.members = {_key(value): member for value, member in pairs}
        self.kind = kind
        self.expected = any_of(
            repr(value) if isinstance(value, str) else json_text.dumps(value)
            for value in self.values
        )

    def takes(self, value: object) -> bool:
        return value is None or isinstance(value, (str, int, float))

    def schema(self, definitions: Definitions) -> Schema:
        one = len(self.values) == 1
        values: Schema = {"const": self.values[0]} if one else {"enum": [*self.values]}
        types = {_JSON_TYPES[type(value)] for value in self.values}
        return {**values, "type": types.pop()} if len(types) == 1 else values

    def read(self, value: object, reading: Reading) -> object:
        key = _key(value)
        if not self.takes(value) or key not in self.members:
            self.fail(value)
        return self.members[key]


_JSON_TYPES = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


def _key(value: object) -> tuple[bool, object]:
    return isinstance(value, bool), value


class UnionOf(Kind):
    """One of several kinds: the first, as written, that the value fits.

    Only that an integer is rather an int, and a number with a point a float,
    wherever these are written.
    """

    __slots__ = ("expected", "for_fractions", "for_others", "members")
    kind = "union_type"

    def __init__(self, members: Iterable[Check]) -> None:
        self.members = tuple(members)
        self.for_others = sorted(self.members, key=lambda member: type(member) is Float)
        self.for_fractions = sorted(self.members, key=lambda member: type(member) is Integer)
        self.expected = any_of(dict.fromkeys(member.expected for member in self.members))

    def takes(self, value: object) -> bool:
        return any(member.takes(value) for member in self.members)

    def schema(self, definitions: Definitions) -> Schema:
        return {"anyOf": [schema_of(member, definitions) for member in self.members]}

    def read(self, value: object, reading: Reading) -> Any:
        members = self.for_fractions if isinstance(value, float) else self.for_others
        failures: list[tuple[Check, ValidationError]] = []
        for member in members:
            if member.takes(value):
                try:
                    return member.read(value, reading)
                except ValidationError as error:
                    failures.append((member, error))
        tags = [_tag_problem(error) for _, error in failures]
        if len(failures) > 1 and None in tags:
            failures = [failure for failure, tag in zip(failures, tags) if tag is None]
        if len(failures) == 1:  # that one was meant
            raise failures[0][1]
        others = [tag for tag in tags if tag is not None]
        if len(others) == len(failures) and len({tag.path for tag in others}) == 1:
            expected = any_of(tag.expected for tag in others)
            raise ValidationError([replace(others[0], expected=expected)])
        if not any(problem.path for _, error in failures for problem in error.problems):
            self.fail(value)
        reasons = any_of(
            f"{getattr(member, 'name', member.expected)}"
            f" ({one_line(error.summary, _LONGEST_REASON)})"
            for member, error in failures
        )
        raise ValidationError([Problem((), reasons, describe(value), self.kind)])


def _tag_problem(error: ValidationError) -> Problem | None:
    """What is wrong with a field of a fixed value, such as a `type`; None where nothing is."""
    for problem in error.problems:
        if len(problem.path) == 1 and problem.type == "literal_error":
            return problem
    return None


def any_of(words: Iterable[str]) -> str:
    """``a, b or c``."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
