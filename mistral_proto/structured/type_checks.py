"""The checks of Python types, each of which has a schema and reads values."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections import abc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import MISSING
from enum import Enum, EnumMeta
from functools import lru_cache
from inspect import Parameter, signature
from typing import Any, NoReturn

from .. import checks as core
from ..checks import AnyJSON, Check, ListOf, String, copy_json
from ..errors import describe, one_line
from ..json_text import JSONValue
from . import checks
from .annotations import Variables, resolve, type_name, variables_of
from .checks import Made, Record, Values, description_of
from .keywords import add_keywords, keywords_of
from .models import Model, is_model
from .values import FORMATS, plain_value

_LISTS = (list, abc.Sequence, abc.MutableSequence, abc.Collection, abc.Iterable)
_SETS = (set, abc.Set, abc.MutableSet, frozenset)
_MAPPINGS = (dict, abc.Mapping, abc.MutableMapping)
_QUALIFIERS = ("Required", "NotRequired", "ReadOnly", "Final")
_MAX_DEPTH = 64


def record_of(tp: Any) -> Record | Model:
    """Return the check of a dataclass, a TypedDict or a pydantic model; made once for each.

    Raises:
        TypeError: it is another type, or a field has a type without an equivalent in JSON; the
            message names it.
    """
    return _record_of(tp) if _key(tp) is tp else _record_of.__wrapped__(tp)


@lru_cache(maxsize=256)
def _record_of(tp: Any) -> Record | Model:
    is_type = isinstance(tp, type) or typing.get_origin(tp) or hasattr(tp, "__supertype__")
    check = CheckFactory(type_name(tp)).of(tp) if is_type else None
    if not isinstance(check, (Record, Model)):
        got = type_name(tp) if is_type else describe(tp)
        raise TypeError(f"expected a dataclass, a TypedDict or a pydantic model, got {got}")
    return check


class CheckFactory(core.CheckFactory):
    """Makes the check of a type and of all types in it; `name` begins the error messages."""

    scalars = {
        **core.CheckFactory.scalars,
        **dict.fromkeys((None, type(None)), checks.Null()),
        float: Made(core.Number(), float, kind="finite_number"),
        **FORMATS,
    }

    def __init__(self, name: str) -> None:
        self._path = [name]
        self._made: dict[Any, Check] = {}

    @contextmanager
    def at(self, step: str) -> Iterator[None]:
        """Extend the path in error messages for the block."""
        self._path.append(step)
        if len(self._path) > _MAX_DEPTH:
            self.refuse("the types are nested too deeply")
        yield
        self._path.pop()

    def refuse(self, message: object) -> NoReturn:
        raise TypeError(f"{''.join(self._path)}: {message}") from None

    def resolved(self, annotation: Any, owner: Any, variables: Variables = {}) -> Any:
        """Return the type of an annotation; TypeError if it can't be resolved."""
        try:
            return resolve(annotation, owner, variables)
        except Exception as error:
            what = annotation if isinstance(annotation, str) else type_name(annotation)
            reason = f"{type(error).__name__}: {one_line(str(error))}"
        self.refuse(f"the annotation {what!r} can't be resolved: {reason}")

    def of(self, hint: Any) -> Check:
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        cls = origin or hint
        if origin is typing.Annotated:
            return self._annotated(*arguments)
        if getattr(origin, "_name", None) in _QUALIFIERS:
            return self.of(arguments[0])
        if hasattr(hint, "__supertype__"):  # a NewType
            return self.of(hint.__supertype__)
        if origin in (typing.Union, types.UnionType):
            return self.union(arguments)
        if origin is typing.Literal:
            return Values([(self._plain(one), one) for one in arguments])
        if not isinstance(cls, abc.Hashable):
            self.refuse(f"{type_name(hint)} is not a type")
        if cls in _LISTS:
            return ListOf(self._item(arguments))
        if cls in _SETS:
            expected = ("a list of what a set can hold", "set_item_not_hashable")
            make = frozenset if cls is frozenset else set
            return Made(ListOf(self._item(arguments)), make, *expected, uniqueItems=True)
        if cls is tuple:
            return self._tuple(hint, arguments)
        if cls in _MAPPINGS:
            return self._mapping(*arguments)
        if isinstance(cls, EnumMeta):
            return Values([(self._plain(one), one) for one in cls], cls)  # type: ignore[var-annotated]
        return self.other(hint) if arguments else super().of(hint)

    def union(self, hints: Sequence[Any]) -> Check:
        wire_types = [one for one in hints if hasattr(one, "_read")]
        if len(wire_types) < 2:
            return checks.UnionOf([self.of(hint) for hint in hints])
        others = [self.of(hint) for hint in hints if hint not in wire_types]
        return checks.UnionOf([*others, super().union(wire_types)])

    def other(self, hint: Any) -> Check:
        key, cls = _key(hint), typing.get_origin(hint) or hint
        if key in self._made:
            return self._made[key]
        if hasattr(cls, "__type_params__") and hasattr(cls, "__value__"):  # a `type` statement
            variables = dict(zip(cls.__type_params__, typing.get_args(hint)))
            with self.at(""):
                return self.of(self.resolved(cls.__value__, cls, variables))
        if is_model(hint):
            try:
                return Model(hint)
            except Exception as error:
                reason = f"{type(error).__name__}: {one_line(str(error))}"
            self.refuse(f"the model {hint.__name__} has no JSON Schema: {reason}")
        if isinstance(cls, type) and dataclasses.is_dataclass(cls):
            return self._dataclass(hint, cls)
        if isinstance(cls, type) and issubclass(cls, dict) and hasattr(cls, "__total__"):
            return self._typed_dict(hint, cls)
        self.refuse(f"JSON has no equivalent of {type_name(hint)}")

    def add(
        self, record: Record, name: str, check: Check, metadata: Mapping[Any, Any], default: object
    ) -> None:
        """Add a member to a record; it is required if its default is `Parameter.empty`."""
        notes: dict[str, JSONValue] = {}
        if default is Parameter.empty:
            record.required.append(name)
        else:
            try:
                notes["default"] = copy_json(plain_value(default))
            except (TypeError, ValueError, RecursionError):
                pass  # such as a sentinel
        record.members[name] = self._with_keywords(check, metadata, **notes)

    def _annotated(self, hint: Any, *notes: Any) -> Check:
        metadata: dict[Any, Any] = {}
        check = self.of(hint)
        for note in notes:
            if isinstance(note, str):
                metadata["description"] = note
            else:
                metadata.update(note if isinstance(note, Mapping) else keywords_of(note, check))
        return self._with_keywords(check, metadata)

    def _with_keywords(
        self, check: Check, metadata: Mapping[Any, Any], **notes: JSONValue
    ) -> Check:
        try:
            return add_keywords(check, metadata, **notes)
        except TypeError as error:
            self.refuse(error)

    def _item(self, arguments: Sequence[Any]) -> Check:
        with self.at("[]"):
            return self.of(arguments[0]) if arguments else AnyJSON()

    def _mapping(self, key: Any = str, *item: Any) -> Check:
        keys = self.of(key)
        names = [value for _, value in keys.members] if isinstance(keys, Values) else [None]
        if type(keys) is not String and not all(isinstance(name, str) for name in names):
            self.refuse(f"the keys of an object are strings, not {type_name(key)}")
        return checks.MappingOf(keys, self._item(item))

    def _tuple(self, hint: Any, arguments: tuple[Any, ...]) -> Check:
        if hint is tuple or hint is typing.Tuple:  # noqa: UP006 - the older name
            return Made(ListOf(AnyJSON()), tuple)
        if len(arguments) == 2 and arguments[1] is ...:
            return Made(ListOf(self._item(arguments)), tuple)
        # Tuple[()] of Python 3.10 has one argument, which is ().
        return checks.TupleOf([self._item([one]) for one in arguments if one != ()])

    def _plain(self, value: Any) -> Any:
        """Return a value of a literal or of an enumeration as JSON."""
        plain = value.value if isinstance(value, Enum) else value
        try:
            plain = copy_json(plain)
        except ValueError:
            plain = []
        if isinstance(plain, (list, dict)):
            self.refuse(f"JSON has no fixed value for {getattr(value, 'value', value)!r}")
        return plain

    def _dataclass(self, hint: Any, cls: Any) -> Record:
        record = self._made[_key(hint)] = Record(_definition_name(hint), cls, description_of(cls))
        variables = variables_of(hint)
        for name, parameter in signature(cls).parameters.items():
            with self.at(f".{name}"):
                field = cls.__dataclass_fields__.get(name)
                if field is None:
                    self.refuse(f"a parameter of {cls.__name__}, but not a field")
                # The class of the annotation, with the names and type variables in it.
                home = next(
                    base
                    for base in reversed(cls.__mro__)
                    if getattr(base, "__dataclass_fields__", {}).get(name) is field
                )
                check = self.of(self.resolved(field.type, home, variables.get(home, {})))
                self.add(record, name, check, field.metadata, parameter.default)
        return record

    def _typed_dict(self, hint: Any, cls: Any) -> Record:
        record = self._made[_key(hint)] = Record(_definition_name(hint), dict, description_of(cls))
        variables = {key: tp for one in variables_of(hint).values() for key, tp in one.items()}
        for name, annotation in cls.__annotations__.items():
            with self.at(f".{name}"):
                tp = self.resolved(annotation, cls, variables)
                # Python does not look into annotations that are strings.
                given = _qualifiers(tp) & {"Required", "NotRequired"}
                required = "Required" in given if given else name in cls.__required_keys__
                self.add(record, name, self.of(tp), {}, Parameter.empty if required else MISSING)
        return record


def _key(tp: Any) -> Any:
    """Return the type itself, or its text if an Annotated in it has no hash."""
    try:
        hash(tp)
    except TypeError:
        return repr(tp)
    return tp


def _qualifiers(tp: Any) -> set[str | None]:
    """Return the names of the qualifiers around the type of a TypedDict's item."""
    origin = typing.get_origin(tp)
    name = getattr(origin, "_name", None)
    if origin is not typing.Annotated and name not in _QUALIFIERS:
        return set()
    return {name, *_qualifiers(typing.get_args(tp)[0])}


def _definition_name(tp: Any) -> str:
    return re.sub(r"[^a-zA-Z0-9_.-]", "_", type_name(tp))[:64]
