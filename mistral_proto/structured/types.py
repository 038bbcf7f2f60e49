"""From a type to its kind: the one walk that both the schema and the reading come from."""

from __future__ import annotations

import dataclasses
import re
import types
from collections import abc
from collections.abc import Callable, Hashable, Mapping
from contextlib import contextmanager
from dataclasses import MISSING
from enum import Enum
from functools import lru_cache
from inspect import signature
from typing import TYPE_CHECKING

from ..checks import AnyJSON, Boolean, Check, Integer, String, copy_json
from .annotations import annotation_of_class, bindings, short, substituted
from .containers import MappingOf, SequenceOf, TupleOf
from .formats import FORMATS
from .keywords import told
from .kinds import Float, Null, UnionOf, Values
from .records import Alias, EnumOf, Member, Record, description_of
from .values import plain_value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, NoReturn

    from ..schema.definitions import Schema
    from .kinds import Named

__all__ = ["Walk", "record_of"]

_SCALARS: dict[Any, Check] = {
    str: String(),
    bool: Boolean(),
    int: Integer(),
    float: Float(),
    object: AnyJSON(),
    None: Null(),
    type(None): Null(),
    **FORMATS,
}
# What each type of a list becomes.
_SEQUENCES: dict[Any, Callable[[list[Any]], Any]] = {
    list: list,
    set: set,
    frozenset: frozenset,
    abc.Sequence: list,
    abc.MutableSequence: list,
    abc.Collection: list,
    abc.Iterable: list,
    abc.Set: set,
    abc.MutableSet: set,
}
_MAPPINGS = (dict, abc.Mapping, abc.MutableMapping)
_VALUES = (str, int, float, type(None))
_QUALIFIERS = ("Required", "NotRequired", "ReadOnly", "Final")
_DEEPEST = 64


def record_of(tp: Any) -> Record:
    """The kind of a dataclass or a TypedDict, also with arguments; made once for each.

    Raises:
        TypeError: it is neither, or one of its fields has a type that JSON can't
            stand for; the message tells which.
    """
    return _record_of(tp) if _key(tp) is tp else _record_of.__wrapped__(tp)


@lru_cache(maxsize=256)
def _record_of(tp: Any) -> Record:
    kind = Walk(short(tp)).of(tp)
    if not isinstance(kind, Record):
        raise TypeError(f"expected a dataclass or a TypedDict, got {short(tp)}")
    return kind


class Walk:
    """One walk from a type down to all that it is made of; `where` is what errors begin with."""

    def __init__(self, where: str) -> None:
        self._path = [where]
        self._made: dict[Any, Named] = {}

    @contextmanager
    def at(self, step: str) -> Iterator[None]:
        """Everything inside is one step further down."""
        self._path.append(step)
        if len(self._path) > _DEEPEST:
            self.refuse("the types are nested too deeply")
        yield
        self._path.pop()

    def refuse(self, message: str) -> NoReturn:
        raise TypeError(f"{''.join(self._path)}: {message}")

    def resolved(self, annotation: Any, resolve: Callable[[Any], Any]) -> Any:
        """What an annotation means."""
        try:
            return resolve(annotation)
        except Exception as error:
            what = annotation if isinstance(annotation, str) else short(annotation)
            self.refuse(
                f"the annotation {what!r} can't be resolved: {type(error).__name__}: {error}"
            )

    def of(self, tp: Any) -> Check:
        """The kind of a type, in which no name or type variable is left to be looked up."""
        import typing

        if tp is typing.Any:
            return AnyJSON()
        origin = typing.get_origin(tp)
        arguments = typing.get_args(tp)
        if origin is typing.Annotated:
            return self._annotated(*arguments)
        if origin in (typing.Union, types.UnionType):
            return UnionOf([self.of(one) for one in arguments])
        if origin is typing.Literal:
            return Values([(self._value(one), one) for one in arguments], "literal_error")
        if getattr(origin, "_name", None) in _QUALIFIERS:
            return self.of(arguments[0])
        if hasattr(tp, "__supertype__"):  # a NewType
            return self.of(tp.__supertype__)
        if isinstance(tp, typing.TypeVar):
            return self.of(substituted(tp, {}))
        cls = origin or tp
        if not isinstance(cls, Hashable):
            self.refuse(f"{short(tp)} is no type")
        if cls in _SCALARS:
            return _SCALARS[cls]
        if cls in _SEQUENCES:
            return SequenceOf(self._item(arguments, 0), _SEQUENCES[cls])
        if cls is tuple:
            return self._tuple(tp, arguments)
        if cls in _MAPPINGS:
            return MappingOf(self._key(arguments), self._item(arguments, 1))
        return self._named(tp, cls)

    def member(
        self,
        name: str,
        tp: Any,
        metadata: Mapping[Any, object],
        *,
        required: bool,
        default: object = MISSING,
    ) -> Member:
        """A field, or a parameter, of this type."""
        check = self.of(tp)
        try:
            check = told(check, metadata)
        except TypeError as error:
            self.refuse(str(error))
        schema: Schema = {}
        if default is not MISSING:
            try:
                schema["default"] = copy_json(plain_value(default))
            except (TypeError, ValueError):
                pass  # one that JSON can't tell, such as a sentinel
        return Member(name, check, required, schema)

    # -- the parts of a type

    def _annotated(self, tp: Any, *notes: Any) -> Check:
        metadata: dict[str, object] = {}
        for note in notes:
            if isinstance(note, str):
                metadata["description"] = note
            elif isinstance(note, Mapping):
                metadata.update(note)
        check = self.of(tp)
        try:
            return told(check, metadata)
        except TypeError as error:
            self.refuse(str(error))

    def _item(self, arguments: tuple[Any, ...], index: int) -> Check:
        with self.at("[]"):
            return self.of(arguments[index]) if arguments else AnyJSON()

    def _key(self, arguments: tuple[Any, ...]) -> Check:
        if not arguments:
            return _SCALARS[str]
        key = self.of(arguments[0])
        values = key.values if isinstance(key, EnumOf) else key
        if isinstance(values, Values) and all(isinstance(one, str) for one in values.values):
            return key
        if type(key) is not String:
            self.refuse(f"the keys of an object are strings, not {short(arguments[0])}")
        return key

    def _tuple(self, tp: Any, arguments: tuple[Any, ...]) -> Check:
        import typing

        if tp is tuple or tp is typing.Tuple:  # noqa: UP006 - the older name
            return SequenceOf(AnyJSON(), tuple)
        if len(arguments) == 2 and arguments[1] is ...:
            return SequenceOf(self._item(arguments, 0), tuple)
        # Tuple[()] of Python 3.10 has one argument, which is ().
        arguments = tuple(one for one in arguments if one != ())
        return TupleOf([self._item(arguments, index) for index in range(len(arguments))])

    def _value(self, value: Any) -> Any:
        """A value of a Literal, or of an enumeration, in JSON."""
        value = value.value if isinstance(value, Enum) else value
        if not isinstance(value, _VALUES):
            self.refuse(f"JSON has no fixed value for {value!r}")
        return value

    # -- what has a name

    def _named(self, tp: Any, cls: Any) -> Check:
        key = _key(tp)
        made = self._made.get(key)
        if made is not None:
            return made
        if hasattr(cls, "__type_params__") and hasattr(cls, "__value__"):  # a type alias
            return self._alias(tp, cls)
        if isinstance(cls, type) and issubclass(cls, Enum):
            for member in cls:
                self._value(member)
            made = self._made[key] = EnumOf(cls)
            return made
        if isinstance(cls, type) and dataclasses.is_dataclass(cls):
            return self._dataclass(tp, cls)
        if isinstance(cls, type) and issubclass(cls, dict) and hasattr(cls, "__total__"):
            return self._typed_dict(tp, cls)
        self.refuse(f"JSON has nothing that stands for {short(tp)}")

    def _alias(self, tp: Any, alias: Any) -> Alias:
        made = self._made[_key(tp)] = Alias(_name(tp))
        arguments = getattr(tp, "__args__", ())
        value = self.resolved(
            alias.__value__,
            lambda one: annotation_of_class(
                alias, one, dict(zip(alias.__type_params__, arguments))
            ),
        )
        made.target = self.of(value)
        return made

    def _dataclass(self, tp: Any, cls: type) -> Record:
        record = Record(_name(tp), description_of(cls), cls)
        self._made[_key(tp)] = record
        variables = bindings(tp)
        fields: dict[str, dataclasses.Field[Any]] = cls.__dataclass_fields__  # type: ignore[attr-defined]
        for name, parameter in signature(cls).parameters.items():
            with self.at(f".{name}"):
                field = fields.get(name)
                if field is None:
                    self.refuse(f"a parameter of {cls.__name__}, but no field of it")
                # Where the annotation stands, whose names and type variables it has.
                (home, *_) = [
                    base
                    for base in reversed(cls.__mro__)
                    if getattr(base, "__dataclass_fields__", {}).get(name) is field
                ]
                annotation = self.resolved(
                    field.type,
                    lambda one: annotation_of_class(home, one, variables.get(home, {})),
                )
                record.members[name] = self.member(
                    name,
                    annotation,
                    field.metadata,
                    required=field.default is MISSING and field.default_factory is MISSING,
                    default=field.default,
                )
        return record

    def _typed_dict(self, tp: Any, cls: Any) -> Record:
        record = Record(_name(tp), description_of(cls), dict)
        self._made[_key(tp)] = record
        variables = {
            variable: stands_for
            for of_one in bindings(tp).values()
            for variable, stands_for in of_one.items()
        }
        for name, written in cls.__annotations__.items():
            with self.at(f".{name}"):
                annotation = self.resolved(
                    written, lambda one: annotation_of_class(cls, one, variables)
                )
                qualifiers = _qualifiers(annotation)
                required = name in cls.__required_keys__
                if not qualifiers.isdisjoint(("Required", "NotRequired")):
                    # Of annotations that are strings, Python knows nothing of these.
                    required = "Required" in qualifiers
                record.members[name] = self.member(name, annotation, {}, required=required)
        return record


def _key(tp: Any) -> Any:
    """What a type is known by: itself, or where an Annotated in it has no hash, how it is written."""
    try:
        hash(tp)
    except TypeError:
        return repr(tp)
    return tp


def _qualifiers(tp: Any) -> set[str | None]:
    """The names of what stands around the type of a TypedDict's item."""
    import typing

    found: set[str | None] = set()
    while True:
        origin = typing.get_origin(tp)
        name = getattr(origin, "_name", None)
        if origin is not typing.Annotated and name not in _QUALIFIERS:
            return found
        found.add(name)
        tp = typing.get_args(tp)[0]


def _name(tp: Any) -> str:
    """The name of a definition, of characters that everyone takes in a name."""
    return re.sub(r"[^a-zA-Z0-9_.-]", "_", short(tp))
