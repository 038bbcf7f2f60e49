"""The kind of values with fields: dataclasses, TypedDicts, the arguments of a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from inspect import cleandoc
from typing import TYPE_CHECKING

from ..checks import REFUSE, Check, Reading, check_key, fail
from ..errors import SHOWN_PROBLEMS, Problem, ValidationError, describe, one_line, step_to
from ..fields import no_such_field
from .kinds import Definitions, Named, Values, schema_of

if TYPE_CHECKING:
    from typing import Any

    from ..schema.definitions import Schema

__all__ = ["Alias", "EnumOf", "Member", "Record", "description_of", "read_document"]

# What Python 3.10 writes where nobody wrote a docstring.
_NO_ENUM_DOC = "An enumeration."


def description_of(cls: type) -> str:
    """The docstring that somebody wrote for a class; empty where Python made one."""
    doc = cls.__doc__ or ""
    is_made = doc == _NO_ENUM_DOC or (doc.startswith(f"{cls.__name__}(") and doc.endswith(")"))
    return "" if is_made else cleandoc(doc)


class Member:
    """One field of a record, or one parameter of a function.

    `told` is what the schema tells of it beside its kind, such as its default.
    """

    __slots__ = ("check", "name", "required", "told")

    def __init__(self, name: str, check: Check, required: bool, told: Schema) -> None:
        self.name = name
        self.check = check
        self.required = required
        self.told = told

    def schema(self, definitions: Definitions) -> Schema:
        return {**schema_of(self.check, definitions), **self.told}


class Record(Named):
    """An object of known members; `make` is called with them by name.

    `make` may refuse them with a `ValueError`, as a `__post_init__` does.
    """

    __slots__ = ("description", "make", "members")
    expected = "an object"
    kind = "dict_type"

    def __init__(self, name: str, description: str, make: Callable[..., Any]) -> None:
        self.name = name
        self.description = description
        self.make = make
        # Filled in afterwards, as they may be of this very kind.
        self.members: dict[str, Member] = {}

    def takes(self, value: object) -> bool:
        return isinstance(value, Mapping)

    def definition(self, definitions: Definitions) -> Schema:
        schema: Schema = {"description": self.description} if self.description else {}
        schema["type"] = "object"
        members = self.members.values()
        schema["properties"] = {member.name: member.schema(definitions) for member in members}
        required = [member.name for member in members if member.required]
        if required:
            schema["required"] = [*required]
        schema["additionalProperties"] = False
        return schema

    def read(self, value: object, reading: Reading) -> Any:
        if not isinstance(value, Mapping):
            self.fail(value)
        found: dict[str, object] = {}
        problems: list[Problem] = []
        for key, item in value.items():
            member = self.members.get(key)
            try:
                if member is None:
                    # Beyond what a message shows, the nearest name is not looked for.
                    known = self.members if len(problems) < SHOWN_PROBLEMS else ()
                    fail(no_such_field(check_key(key), known), item, "extra_forbidden")
                found[key] = member.check.read(item, reading)
            except ValidationError as error:
                problems += error.under(step_to(key)).problems
        for name, member in self.members.items():
            if member.required and name not in value:
                problems.append(Problem((name,), "this field", "nothing", "missing"))
        if problems:
            raise ValidationError(problems)
        try:
            return self.make(**found)
        except Exception as error:
            reason = f"what {self.name} takes ({one_line(str(error))})"
        fail(reason, value, "value_error")


def read_document(record: Record, value: object, title: str) -> Any:
    """A whole value of a record's kind.

    Raises:
        ValidationError: with every problem, under this title.
    """
    try:
        return record.read(value, REFUSE)
    except ValidationError as error:
        problems = error.problems
    except RecursionError:
        problems = (Problem((), "less nesting", describe(value), "recursion_loop"),)
    raise ValidationError(problems, title)


class EnumOf(Named):
    """A member of an enumeration, by its value."""

    __slots__ = ("cls", "expected", "values")
    kind = "enum"

    def __init__(self, cls: type[Enum]) -> None:
        self.name = cls.__name__
        self.cls = cls
        self.values = Values([(member.value, member) for member in cls], self.kind)
        self.expected = self.values.expected

    def takes(self, value: object) -> bool:
        return self.values.takes(value)

    def definition(self, definitions: Definitions) -> Schema:
        schema = self.values.schema(definitions)
        if "const" in schema:
            schema["enum"] = [schema.pop("const")]
        description = description_of(self.cls)
        return {"description": description, **schema} if description else schema

    def read(self, value: object, reading: Reading) -> object:
        return self.values.read(value, reading)


class Alias(Named):
    """What a ``type`` statement names; `target` is filled in afterwards."""

    __slots__ = ("expected", "target")
    target: Check

    def __init__(self, name: str) -> None:
        self.name = name
        self.expected = name

    def takes(self, value: object) -> bool:
        return self.target.takes(value)

    def definition(self, definitions: Definitions) -> Schema:
        return schema_of(self.target, definitions)

    def read(self, value: object, reading: Reading) -> Any:
        return self.target.read(value, reading)
