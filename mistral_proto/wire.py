"""The contract that every wire type obeys, written once.

A wire type is a frozen, keyword-only dataclass whose annotations declare its
fields.  One function reads, one writes; both are here, and go by those fields.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

from . import json_text
from .checks import (
    BUILD,
    KEEP,
    READINGS,
    REFUSE,
    STRICT,
    JSONObject,
    Reading,
    check_key,
    copy_json,
    fail,
)
from .errors import MAX_PROBLEMS, SHOWN_PROBLEMS, Problem, ValidationError, step_to
from .fields import MISSING, Spec, field, no_such_field, spec_of

if TYPE_CHECKING:
    import inspect

    from typing_extensions import dataclass_transform

    from .json_text import JSONValue
    from .schema.definitions import Definitions, Schema
else:
    from typing import Any as JSONValue

    def dataclass_transform(**_):
        return lambda function: function


__all__ = ["Extra", "OpenWireType", "WireType", "wire_type"]

C = TypeVar("C")
T = TypeVar("T", bound="WireType")

_SCALARS = frozenset({str, int, float, bool, type(None)})
_set = object.__setattr__


class Extra(dict[str, JSONValue]):
    """What a server's document held that no field holds; and what it did not say.

    `unsaid` has the fields that nobody gave, each with its stand-in: such a field is
    not written while it holds that.  It is part of `extra`, so that it goes along
    where `dataclasses.replace` makes another instance.
    """

    unsaid: dict[str, object]

    @classmethod
    def of(cls, notes: _Notes) -> Extra:
        """Return the `extra` that the notes of a reading make up."""
        extra = cls(notes.extra)
        extra.unsaid = notes.unsaid
        return extra


class _Notes:
    """What is unusual in one reading.

    `failures` has the keys of values that can't be read, each with why.
    """

    __slots__ = ("extra", "failures", "unsaid")

    def __init__(self) -> None:
        self.failures: list[tuple[Any, ValidationError]] = []
        self.extra: dict[str, JSONValue] = {}
        self.unsaid: dict[str, object] = {}


class _Signature:
    """The signature that `inspect` shows, made when it asks."""

    def __get__(self, instance: object, cls: type[WireType]) -> inspect.Signature:
        if cls.__init__ is not WireType.__init__:
            raise AttributeError("__signature__")  # a subclass has a constructor of its own
        from inspect import Parameter, Signature

        fields = sorted(dataclasses.fields(cls), key=lambda one: one.name == "extra")
        parameters = []
        for one in fields:
            default = Parameter.empty if one.default is MISSING else one.default
            default = default if one.default_factory is MISSING else ...
            parameters.append(
                Parameter(one.name, Parameter.KEYWORD_ONLY, default=default, annotation=one.type)
            )
        return Signature(parameters)


class _Specs:
    """The fields of the class by name, without `extra`."""

    def __get__(self, instance: object, cls: type[WireType]) -> Mapping[str, Spec]:
        return cls._plan().specs


class WireType:
    """The base of every type that goes over the wire.

    Instances are immutable, compare by value, and can be copied, pickled and given
    to `dataclasses.replace`.
    """

    __signature__ = _Signature()
    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]
    _open: ClassVar[bool] = False
    _lenient: ClassVar[Reading] = REFUSE
    """How a document of the type is read where it need not be strict."""
    _made: ClassVar[_Plan | None] = None
    _specs = _Specs()

    def __init__(self, /, *positional: object, **values: object) -> None:
        cls = type(self)
        if positional:
            raise TypeError(f"{cls.__name__} takes keyword arguments only")
        plan = cls._plan()
        plan.read(plan.without_unsaid(values), BUILD, self)
        if cls.__post_init__ is not WireType.__post_init__:
            self.__post_init__()

    def __post_init__(self) -> None:
        """Check what the constructor of a subclass, made by `dataclasses`, has stored."""
        plan = type(self)._plan()
        plan.read(plan.without_unsaid(self._values()), BUILD, self)

    @classmethod
    def from_dict(cls: type[T], value: Mapping[str, object], /, *, strict: bool = False) -> T:
        """Read a mapping of plain JSON values.

        With `strict`, what the published schema requires must be there, and a
        server's document may not hold what the types do not know.

        Raises:
            ValidationError: with the problems and their paths.
        """
        try:
            return cls._plan().read(value, STRICT if strict else cls._lenient)
        except ValidationError as error:
            error.title = cls.__name__
            raise error from None

    @classmethod
    def from_json(cls: type[T], text: str | bytes | bytearray, /, *, strict: bool = False) -> T:
        """Read a JSON text; bytes are UTF-8.  With `strict`, no key may come twice.

        Raises:
            ValidationError: the text is not JSON, or not a valid document.
        """
        try:
            value = json_text.loads(text, unique_keys=strict)
            return cls._plan().read(value, STRICT if strict else cls._lenient)
        except ValidationError as error:
            error.title = cls.__name__
            raise error from None

    def to_dict(self) -> dict[str, JSONValue]:
        """Return the document as plain JSON values, new at each call.

        What nobody said is left out.  Of a type that the user sends this is what the
        API takes: what a server's message held beyond the published fields (`extra`)
        is left out of it.
        """
        return self._plain(not self._open)

    def to_json(self) -> str:
        """Return the document as JSON text: compact, ASCII only."""
        return json_text.dumps(self.to_dict())

    # -- pydantic's names, for code that moves here

    @classmethod
    def model_validate(cls: type[T], obj: Mapping[str, object], /, **_: object) -> T:
        """Do what `from_dict` does."""
        return cls.from_dict(obj)

    @classmethod
    def model_validate_json(cls: type[T], json_data: str | bytes | bytearray, /, **_: object) -> T:
        """Do what `from_json` does."""
        return cls.from_json(json_data)

    def model_dump(self, **_: object) -> dict[str, JSONValue]:
        """Do what `to_dict` does."""
        return self.to_dict()

    def model_dump_json(self, **_: object) -> str:
        """Do what `to_json` does."""
        return self.to_json()

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self._values().items())

    # -- reading

    @classmethod
    def _plan(cls) -> _Plan:
        """Return what is known of the fields of just this class, made on first use."""
        made = cls._made
        if made is None or made.cls is not cls:
            made = cls._made = _Plan(cls)
        return made

    @classmethod
    def _read(cls: type[T], value: object, reading: Reading) -> T:
        """Return the instance that a mapping describes; an instance is returned as it is."""
        instance: T = cls._plan().read(value, reading)
        return instance

    def _count_as(self, place: int) -> None:
        """Take the place in a list as the `index`, where nobody said it."""
        unsaid: Any = self._unsaid()
        if "index" in unsaid:
            _set(self, "index", place)
            unsaid["index"] = place

    @classmethod
    def _could_be(cls, values: Mapping[Any, object]) -> bool:
        """Return whether a document has the field names of this type (its values unseen)."""
        specs = cls._specs
        return specs.keys() >= values.keys() and all(
            name in values for name, spec in specs.items() if not spec.has_default
        )

    @classmethod
    def _schema(cls, definitions: Definitions) -> Schema:
        from .schema.types import object_schema

        return object_schema(cls, definitions)

    # -- writing

    def _unsaid(self) -> Mapping[str, object]:
        """Return the fields that nobody said, each with its stand-in."""
        return getattr(getattr(self, "extra", None), "unsaid", {})

    def _plain(self, sending: bool) -> dict[str, JSONValue]:
        """Return the document: as it came or, for `sending`, in the form that the API takes."""
        plan = self._made
        if plan is None or plan.cls is not type(self):
            plan = self._plan()
        document = plan.stored(self) if plan.slots else self.__dict__.copy()
        for name in plan.local:
            document.pop(name, None)
        extra = document.pop("extra", None)
        for name in plan.composite:
            if name in document and document[name].__class__ not in _SCALARS:
                document[name] = plain(document[name], sending)
        if extra is None:
            return document
        if extra.__class__ is Extra:
            for name, stand_in in extra.unsaid.items():
                if getattr(self, name) == stand_in and not (sending and plan.specs[name].is_sent):
                    del document[name]
        if not sending:
            return {**plain(extra, False), **document} if extra else document
        for name in plan.sent:
            if name not in document:
                document[name] = plain(getattr(self, name), True)
        if None in document.values():
            return {name: value for name, value in document.items() if value is not None}
        return document

    # -- what a value object can do

    def _values(self) -> dict[str, Any]:
        """Return the fields by name, `extra` last."""
        names = [*self._specs, *(["extra"] if self._open else [])]
        return {name: getattr(self, name) for name in names}

    def _said(self) -> dict[str, Any]:
        """Return the fields by name that somebody gave, or that stand in for nothing."""
        unsaid, specs = self._unsaid(), self._specs
        said = {
            name: value
            for name, value in self._values().items()
            if value is not None and not (name in unsaid and unsaid[name] == value)
        }
        if said.get("extra"):  # the null of a field is as good as leaving it out
            extra = said["extra"].items()
            said["extra"] = {k: v for k, v in extra if v is not None or k not in specs}
        return said

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WireType) or type(other) is not type(self):
            return NotImplemented
        return self._said() == other._said()

    def __hash__(self) -> int:
        return hash(tuple([item for item in self._said().items() if item[0] != "extra"]))

    def __repr__(self) -> str:
        shown = [
            f"{name}={'...' if name in self._specs and self._specs[name].secret else repr(value)}"
            for name, value in self._values().items()
            if value is not None and not (name == "extra" and not value)
        ]
        return f"{type(self).__name__}({', '.join(shown)})"


def _mapping(value: object) -> dict[Any, Any]:
    """Return a mapping as a dict."""
    if not isinstance(value, Mapping):
        fail("an object", value, "dict_type")
    return dict(value)


class _Plan:
    """What is known of the fields of one class: how they are read, and what is written."""

    def __init__(self, cls: type[WireType]) -> None:
        self.cls = cls
        self.is_open = cls._open
        hints = typing.get_type_hints(cls)
        fields = dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ()
        self.specs = {
            field.name: spec_of(field, hints[field.name])
            for field in fields
            if not (cls._open and field.name == "extra")
        }
        specs = self.specs.values()
        self.local = [spec.name for spec in specs if spec.local]
        self.composite = [spec.name for spec in specs if not spec.check.is_scalar]
        self.sent = [spec.name for spec in specs if spec.is_sent]
        self.quiet = {spec.name: spec.default for spec in specs if spec.quiet}
        self.has_secret = any(spec.secret for spec in specs)
        self.slots = [
            name
            for base in cls.__mro__
            for name in base.__dict__.get("__slots__", ())
            if not name.startswith("__")
        ]
        self._needed = {
            how: [spec.name for spec in specs if spec.is_needed(how)] for how in READINGS
        }
        self._fillings = {
            how: {
                spec.name: filling
                for spec in specs
                if (filling := spec.filling(how, self.is_open)) is not None
            }
            for how in READINGS
        }
        self.read = self._reader()

    # -- reading

    def _reader(self) -> Callable[..., Any]:
        """Return the function that reads values as an instance, written out field by field.

        The instance is a new one, or the one that it is given.  It begins with a copy of
        the values, in which most may stay as they are; `_take` and `_finish` have what
        is less usual.
        """
        names: dict[str, Any] = {
            "BUILD": BUILD,
            "KEEP": KEEP,
            "cls": self.cls,
            "mapping": _mapping,
            "new": object.__new__,
            "LENIENT": self.cls._lenient,
            "Invalid": ValidationError,
            "take": self._take,
            "finish": self._finish,
            "store": _set,
        }
        wanted = {*self._fillings[BUILD], *self._fillings[KEEP], *self._needed[STRICT]}
        wanted.update(self._needed[BUILD], self._fillings[REFUSE])
        lines = [
            "def read(values, reading, self=None):",
            " if values.__class__ is not dict:",
            "  if isinstance(values, cls): return values",
            "  values = mapping(values)",
            f" state, notes, incomplete, known = {{**values}}, None, False, {len(wanted)}",
            " nested = LENIENT if reading is BUILD else reading",
        ]
        for number, (name, spec) in enumerate(self.specs.items()):
            names[f"spec{number}"], names[f"check{number}"] = spec, spec.check
            if name in wanted:
                lines += [
                    f" try: v = state[{name!r}]",
                    " except KeyError: incomplete = True",
                    " else:",
                ]
            else:
                lines += [f" if {name!r} in state:", f"  v, known = state[{name!r}], known + 1"]
            take = f"notes = take(spec{number}, v, state, notes, reading"
            usual = None if spec.local else spec.check.quick
            if self.is_open and spec.keeps_null:
                usual = f"{usual} or " * bool(usual) + "(v is None and reading is KEEP)"
            if spec.check.quick or spec.local:
                lines.append(f"  if not ({usual or False}): {take})")
            else:
                lines += [
                    f"  if {usual or False}: pass",
                    f"  elif v is None: {take})",
                    "  else:",
                    f"   try: state[{name!r}] = check{number}.read(v, nested)",
                    f"   except Invalid as error: {take}, error)",
                ]
        lines += [
            " if incomplete or notes is not None or len(state) != known:",
            "  finish(state, values, notes, reading)",
        ]
        if self.is_open:
            lines.append(" else: state['extra'] = {}")
        lines.append(" if self is None: self = new(cls)")
        lines += [f" store(self, {name!r}, state.pop({name!r}, None))" for name in self.slots]
        lines.append(" store(self, '__dict__', state)")
        if self.cls.__post_init__ is not WireType.__post_init__:
            lines.append(" if reading is not BUILD: self.__post_init__()")
        lines.append(" return self")
        exec("\n".join(lines), names)
        reader: Callable[..., Any] = names["read"]
        return reader

    def _take(
        self,
        spec: Spec,
        value: object,
        state: dict[str, Any],
        notes: _Notes | None,
        reading: Reading,
        error: ValidationError | None = None,
    ) -> _Notes:
        """Read a value that is not of the field's usual kind: null, another form of it, or wrong.

        `error` is why it could not be read, where that was tried.
        """
        notes = notes or _Notes()
        lenient = self.is_open and reading is KEEP
        name, check = spec.name, spec.check
        try:
            if error is not None:
                raise error
            if spec.local and reading is STRICT:
                fail(self._no_such_field(name, notes), value, "extra_forbidden")
            if value is not None or (check.reads_null and reading is not STRICT):
                state[name] = check.read(value, self.cls._lenient if reading is BUILD else reading)
                if value is None and lenient:
                    notes.extra[name], notes.unsaid[name] = None, state[name]
            elif reading is STRICT and not spec.nullable:
                check.read(value, reading)  # which refuses it
            elif not spec.null_is_a_value:
                del state[name]
                if lenient:
                    notes.extra[name] = None
        except ValidationError as problem:
            self._keep_or_fail(spec, value, state, notes, problem, lenient)
        return notes

    def _keep_or_fail(
        self,
        spec: Spec,
        value: object,
        state: dict[str, Any],
        notes: _Notes,
        problem: ValidationError,
        lenient: bool,
    ) -> None:
        try:
            if not (lenient and spec.is_spared):
                raise problem
            notes.extra[spec.name] = copy_json(value)
            del state[spec.name]
        except ValidationError as error:
            notes.failures.append((spec.name, error))

    def _finish(
        self,
        state: dict[str, Any],
        values: dict[Any, Any],
        notes: _Notes | None,
        reading: Reading,
    ) -> None:
        """Read what the values have beside the fields, and fill in what they lack of them."""
        notes = notes or _Notes()
        lenient = self.is_open and reading is KEEP
        for key, value in values.items():
            if key in self.specs:
                continue
            del state[key]
            try:
                if lenient:
                    notes.extra[check_key(key)] = copy_json(value)
                elif key == "extra" and self.is_open and reading is BUILD:
                    self._take_extra(value, state, notes)
                else:
                    fail(self._no_such_field(check_key(key), notes), value, "extra_forbidden")
            except ValidationError as error:
                notes.failures.append((key, error))
                if len(notes.failures) >= MAX_PROBLEMS:
                    break
        for name in self._needed[reading]:
            if name not in state:
                got = "null" if name in values else "nothing"
                problem = Problem((), "this field", got, "missing")
                notes.failures.append((name, ValidationError([problem])))
        if notes.failures:
            self._fail(values, notes)
        for name, (make, is_unsaid) in self._fillings[reading].items():
            if name not in state:
                state[name] = make()
                if is_unsaid:
                    notes.unsaid[name] = make()
        if reading is not KEEP:  # as declared
            for name in self.specs:
                if name in state:
                    state[name] = state.pop(name)
        if self.is_open:
            state["extra"] = Extra.of(notes) if notes.extra or notes.unsaid else {}

    def _fail(self, values: dict[Any, Any], notes: _Notes) -> NoReturn:
        """Raise one error of all failures, in the order of the document."""
        places = {key: place for place, key in enumerate(values)}
        notes.failures.sort(key=lambda failure: places.get(failure[0], len(places)))
        whole: ValidationError | None = None
        for key, error in notes.failures:
            whole = error.under(step_to(key)).after(whole)
        assert whole is not None
        whole.title = self.cls.__name__
        raise whole.without_values() if self.has_secret else whole

    def without_unsaid(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return a constructor's arguments less what nobody said.

        Where all fields are given, as `replace` does, a default that is written only where
        somebody gave it is none, nor is what `extra` has noted.
        """
        if not values.keys() >= self.specs.keys():
            return values
        unsaid = {**self.quiet, **getattr(values.get("extra"), "unsaid", {})}
        return {
            name: value
            for name, value in values.items()
            if not (name in unsaid and value == unsaid[name])
        }

    def _take_extra(self, given: object, state: dict[str, Any], notes: _Notes) -> None:
        """Copy what the constructor was given as `extra`."""
        if given is None:
            return
        if not isinstance(given, Mapping):
            fail("an object", given, "dict_type")
        for name in self.specs:
            if name in given and not isinstance(given, Extra):
                fail(f"no {name!r}, which is a field of its own", given, "extra_forbidden")
        copy: Any = copy_json(given)
        notes.extra.update(copy)
        for name, stand_in in getattr(given, "unsaid", {}).items():
            if name not in state:
                state[name] = notes.unsaid[name] = stand_in

    def _no_such_field(self, name: str, notes: _Notes) -> str:
        """Return what is expected in place of an unknown field."""
        # Beyond what a message shows, the nearest name is not looked for.
        if len(notes.failures) >= SHOWN_PROBLEMS:
            return "no such field"
        return no_such_field(name, [spec.name for spec in self.specs.values() if not spec.local])

    # -- writing

    def stored(self, instance: WireType) -> dict[str, Any]:
        """Return the fields that an instance holds itself, as a new dict."""
        values = instance.__dict__.copy()
        for name in self.slots:
            values[name] = getattr(instance, name)
        return values


def plain(value: Any, sending: bool) -> Any:
    """Return a field's value as plain JSON values; `sending` as for `WireType._plain`."""
    if isinstance(value, WireType):
        return value._plain(sending)
    if isinstance(value, str):  # or a member of an enumeration
        return str.__str__(value)
    if isinstance(value, (list, tuple)):
        return [
            item._plain(sending) if isinstance(item, WireType) else plain(item, sending)
            for item in value
        ]
    if isinstance(value, dict):
        return {key: plain(item, sending) for key, item in value.items()}
    return value


@dataclass_transform(
    kw_only_default=True, frozen_default=True, field_specifiers=(field, dataclasses.field)
)
def wire_type(cls: type[C]) -> type[C]:
    """Make a frozen, keyword-only dataclass of the body of a `WireType`, which does the rest."""
    make = dataclasses.dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
    return make(cls)


@wire_type
class OpenWireType(WireType):
    """The base of the types that the server sends: they keep what they do not understand.

    `extra` holds what no field holds: the fields that the type does not have, and the
    values that do not read as their field's type; `to_dict` writes them out again.
    """

    _open = True
    _lenient = KEEP

    extra: Mapping[str, JSONValue] = field(JSONObject(), default_factory=dict)
