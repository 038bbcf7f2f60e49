"""The kinds of values that hold others: lists, tuples, sets and dicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..checks import Check, Reading, String, fail, read_items, read_values
from ..errors import Problem, ValidationError
from .kinds import Definitions, Kind, schema_of

if TYPE_CHECKING:
    from typing import Any

    from ..schema.definitions import Schema

__all__ = ["MappingOf", "SequenceOf", "TupleOf"]


class _List(Kind):
    """What is a list in JSON."""

    __slots__ = ()
    expected = "a list"
    kind = "list_type"

    def takes(self, value: object) -> bool:
        return isinstance(value, (list, tuple))


class SequenceOf(_List):
    """A list of values of one kind; `make` is the type that it becomes."""

    __slots__ = ("item", "make")

    def __init__(self, item: Check, make: Callable[[list[Any]], Any]) -> None:
        self.item = item
        self.make = make

    def schema(self, definitions: Definitions) -> Schema:
        schema: Schema = {"type": "array", "items": schema_of(self.item, definitions)}
        return {**schema, "uniqueItems": True} if self.make in (set, frozenset) else schema

    def read(self, value: object, reading: Reading) -> Any:
        if not isinstance(value, (list, tuple)):
            self.fail(value)
        items = read_items(value, self.item.read, reading)
        try:
            return self.make(items)
        except TypeError:  # for a set: there is no telling from the type alone
            pass
        fail("a list of what a set can hold", value, "set_item_not_hashable")


class TupleOf(_List):
    """A list of so many values, each of its own kind; read as a tuple."""

    __slots__ = ("items",)

    def __init__(self, items: list[Check]) -> None:
        self.items = items

    def schema(self, definitions: Definitions) -> Schema:
        size = len(self.items)
        schema: Schema = {"type": "array", "minItems": size, "maxItems": size}
        if self.items:
            schema["prefixItems"] = [schema_of(item, definitions) for item in self.items]
        return schema

    def read(self, value: object, reading: Reading) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)):
            self.fail(value)
        if len(value) != len(self.items):
            kind = "too_short" if len(value) < len(self.items) else "too_long"
            fail(f"a list of {len(self.items)}", value, kind)
        pairs = zip(self.items, value)
        return tuple(read_items(pairs, lambda pair, how: pair[0].read(pair[1], how), reading))


class MappingOf(Kind):
    """An object with any keys of one kind, and values of another; read as a dict."""

    __slots__ = ("item", "key")
    expected = "an object"
    kind = "dict_type"

    def __init__(self, key: Check, item: Check) -> None:
        self.key = key
        self.item = item

    def takes(self, value: object) -> bool:
        return isinstance(value, Mapping)

    def schema(self, definitions: Definitions) -> Schema:
        values = schema_of(self.item, definitions)
        # That any value will do is `true`, as pydantic writes it.
        schema: Schema = {"type": "object", "additionalProperties": values or True}
        if not isinstance(self.key, String):
            schema["propertyNames"] = schema_of(self.key, definitions)
        return schema

    def read(self, value: object, reading: Reading) -> dict[Any, Any]:
        if not isinstance(value, Mapping):
            self.fail(value)
        items = read_values(value, self.item.read, reading)
        keys: dict[Any, str] = {}
        problems: list[Problem] = []
        for key in items:
            try:
                keys[self.key.read(key, reading)] = key
            except ValidationError as error:
                problems += error.under(key).problems
        if problems:
            raise ValidationError(problems)
        return {key: items[name] for key, name in keys.items()}
