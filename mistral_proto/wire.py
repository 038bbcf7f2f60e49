"""The contract that every wire type obeys, written once.

A wire type is a frozen, keyword-only dataclass whose annotations declare its
fields.  One function reads, one writes; both are here, and go by those fields.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import MISSING
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from . import json_text
from .checks import (
    BUILD,
    DROP,
    KEEP,
    REFUSE,
    STRICT,
    UNSET,
    OneOf,
    Reading,
    check_key,
    copy_json,
    fail,
    read_values,
)
from .errors import MAX_PROBLEMS, SHOWN_PROBLEMS, Problem, ValidationError, describe, step_to
from .fields import Spec, field, no_such_field, spec_of
from .for_pydantic import ForPydantic
from .json_text import JSONValue

if TYPE_CHECKING:
    import inspect

    from typing_extensions import dataclass_transform

    from .schema.definitions import Definitions, Schema
else:

    def dataclass_transform(**_):
        return lambda function: function


C = TypeVar("C")
T = TypeVar("T", bound="WireType")

_SCALARS = frozenset({str, int, float, bool, type(None)})
_set = object.__setattr__


class Extra(dict[str, JSONValue]):
    """What a server's document held that no field holds; and what it did not say.

    `absent` has the fields that nobody gave, each with its stand-in: such a field is
    not written while it holds that.  It is part of `extra`, so that it goes along
    where `dataclasses.replace` makes another instance.
    """

    absent: dict[str, object]


class _Word(str):
    """What `repr` shows as it is."""

    __repr__ = str.__str__


class _Signature:
    """The signature that `inspect` shows, made when it asks."""

    def __get__(self, instance: object, cls: type[WireType]) -> inspect.Signature:
        if cls.__init__ is not WireType.__init__ or not dataclasses.is_dataclass(cls):
            raise AttributeError("__signature__")  # a subclass has a constructor of its own
        from inspect import Parameter, Signature

        parameters = []
        for one in sorted(dataclasses.fields(cls), key=lambda one: one.name == "extra"):
            default = Parameter.empty if one.default is MISSING else one.default
            default = default if one.default_factory is MISSING else _Word("<factory>")
            parameters.append(
                Parameter(one.name, Parameter.KEYWORD_ONLY, default=default, annotation=one.type)
            )
        return Signature(parameters, return_annotation=None)


class _Specs:
    """The fields of a class by name, without `extra`."""

    def __get__(self, instance: object, cls: type[WireType]) -> dict[str, Spec]:
        return cls._plan().specs


class WireType(ForPydantic):
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
        plan.read(plan.without_absent(values), BUILD, self)
        if cls.__post_init__ is not WireType.__post_init__:
            self.__post_init__()

    def __post_init__(self) -> None:
        """Check what the constructor of a subclass, made by `dataclasses`, has stored."""
        plan = self._plan()
        plan.read(plan.without_absent(self._values()), BUILD, self)

    @classmethod
    def from_dict(cls: type[T], value: Mapping[str, object], /, *, strict: bool = False) -> T:
        """Read a mapping of plain JSON values.

        With `strict`, what the published schema requires must be there, and a
        server's document may not hold what the types do not know.

        Raises:
            ValidationError: with the problems and their paths.
        """
        return cls._read(value, STRICT if strict else cls._lenient)

    @classmethod
    def from_json(cls: type[T], text: str | bytes | bytearray, /, *, strict: bool = False) -> T:
        """Read a JSON text; bytes are UTF-8.  With `strict`, no key may come twice.

        Raises:
            ValidationError: the text is not JSON, or not a valid document.
        """
        value = json_text.loads(text, unique_keys=strict, title=cls.__name__)
        return cls._read(value, STRICT if strict else cls._lenient)

    def to_dict(self) -> dict[str, JSONValue]:
        """Return the document as plain JSON values, new at each call.

        What nobody said is left out.  Of a type that the user sends this is what the
        API takes: what a server's message held beyond the published fields (`extra`)
        is left out of it.
        """
        return self._dump(not self._open)

    def to_json(self) -> str:
        """Return the document as JSON text: compact, ASCII only."""
        return json_text.dumps(self._dump(not self._open))

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

    @classmethod
    def _check_instance(cls, argument: object) -> None:
        """Raise a TypeError that says what to pass, where an argument is no instance."""
        if isinstance(argument, cls):
            return
        parts = [name for name in ("request", "value") if hasattr(argument, name)]
        hint = f": pass its .{parts[0]}" if parts else ""
        if isinstance(argument, Mapping):
            hint = f": {cls.__name__}.from_dict(it)"
        raise TypeError(f"expected a {cls.__name__}, not {type(argument).__name__!r}{hint}")

    def _count_as(self, place: int) -> None:
        """Take the place in a list as the `index`, where nobody said it."""
        absent = self._absent()
        if "index" in absent:
            _set(self, "index", place)
            absent["index"] = place

    @classmethod
    def _matches_fields(cls, values: Mapping[Any, object]) -> bool:
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

    def _dump(self, for_api: bool) -> dict[str, JSONValue]:
        """Return the document: as it came or, for `for_api`, in the form that the API takes."""
        plan = self._made
        if plan is None or plan.cls is not type(self):
            plan = self._plan()
        document = self.__dict__.copy()
        if plan.holds_more:
            held = dict(self) if plan.slots else document
            document = {
                name: value
                for name, value in held.items()
                if (name in plan.specs or name == "extra") and name not in plan.local
                if not (plan.slots and (value is None or value == plan.implied.get(name)))
            }
        extra = document.pop("extra") if self._open else None
        for name in plan.composite:
            value = document.get(name)
            if value.__class__ not in _SCALARS:
                document[name] = dump(value, for_api)
        if extra is None:
            return document
        if extra.__class__ is Extra:
            for name, stand_in in extra.absent.items():
                if getattr(self, name) == stand_in and not (for_api and name in plan.sent):
                    del document[name]
        if not for_api:
            return {**dump(extra, False), **document} if extra else document
        for name in plan.sent:
            if name not in document:
                document[name] = dump(getattr(self, name), True)
        for value in document.values():
            if value is None:
                return {name: value for name, value in document.items() if value is not None}
        return document

    # -- what a value object can do

    def _absent(self) -> dict[str, Any]:
        """Return the fields that nobody said, each with its stand-in."""
        return getattr(getattr(self, "extra", None), "absent", {})

    def _values(self) -> dict[str, Any]:
        """Return the fields by name, `extra` last."""
        names = [*self._specs, *(["extra"] if self._open else [])]
        return {name: getattr(self, name) for name in names}

    def _given(self) -> dict[str, Any]:
        """Return the fields by name that somebody gave, or that stand in for nothing."""
        absent, specs = self._absent(), self._specs
        said = {
            name: value
            for name, value in self._values().items()
            if value is not None and not (name in absent and absent[name] == value)
        }
        if said.get("extra"):  # the null of a field is as good as leaving it out
            extra = said["extra"].items()
            said["extra"] = {k: v for k, v in extra if v is not None or k not in specs}
        return said

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WireType) or type(other) is not type(self):
            return NotImplemented
        return self._given() == other._given()

    def __hash__(self) -> int:
        return hash(tuple([item for item in self._given().items() if item[0] != "extra"]))

    def __rich_repr__(self) -> Iterator[tuple[str, object]]:
        """Yield what `repr` shows, for rich to break into lines."""
        for name, value in self._values().items():
            if value is not None and not (name == "extra" and not value):
                yield name, _Word("...") if name in self._plan().secrets else value

    def __repr__(self) -> str:
        shown = [f"{name}={value!r}" for name, value in self.__rich_repr__()]
        return f"{type(self).__name__}({', '.join(shown)})"


class _Plan:
    """What is known of the fields of one class: how they are read, and what is written."""

    def __init__(self, cls: type[WireType]) -> None:
        self.cls = cls
        self.is_open = cls._open
        hints = typing.get_type_hints(cls)
        fields = dataclasses.fields(cls) if hasattr(cls, "__dataclass_fields__") else ()
        self.specs = {
            field.name: spec_of(field, hints[field.name])
            for field in fields
            if field.init and not (cls._open and field.name == "extra")
        }
        specs = self.specs.values()
        self.local = [spec.name for spec in specs if spec.local]
        self.composite = [spec.name for spec in specs if not spec.check.is_scalar]
        self.sent = [spec.name for spec in specs if spec.is_sent]
        self.secrets = [spec.name for spec in specs if spec.secret]
        self.aliases = {other: spec for spec in specs for other in spec.aliases}
        self.implied = {spec.name: spec.default for spec in specs if spec.implied}
        defaults = [(spec.name, spec.default) for spec in specs]
        self.defaults = {name: default for name, default in defaults if default is not MISSING}
        slots = [name for base in cls.__mro__ for name in base.__dict__.get("__slots__", ())]
        self.slots = [name for name in slots if name in self.specs or name == "extra"]
        # A subclass of the user's may hold more than fields, and fields in slots.
        is_ours = getattr(vars(cls).get("__dataclass_params__"), "init", True) is False
        self.holds_more = bool(self.slots or self.local) or not is_ours
        self.read = self._reader()

    def _reader(self) -> Callable[..., Any]:
        """Return the function that reads values as an instance, written out field by field.

        The instance is a new one, or the one that it is given.  It begins with a copy of
        the values, in which most may stay as they are; `_Unusual` has the rest.
        """
        names: dict[str, Any] = {
            "BUILD": BUILD,
            "KEEP": KEEP,
            "LENIENT": self.cls._lenient,
            "Invalid": ValidationError,
            "Unusual": _Unusual,
            "cls": self.cls,
            "defaults": self.defaults,
            "fields": {*self.specs, "extra"},
            "mapping": _mapping,
            "new": object.__new__,
            "plan": self,
            "store": _set,
        }
        wanted = [spec.name for spec in self.specs.values() if not spec.may_be_missing]
        lines = [
            "def read(values, reading, self=None):",
            " if values.__class__ is not dict:",
            "  if isinstance(values, cls): return values",
            "  values = mapping(values, cls)",
            f" state, unusual, known = {{**values}}, None, {len(wanted)}",
        ]
        if not all(spec.check.quick for spec in self.specs.values()):
            lines.append(" nested = LENIENT if reading is BUILD else reading")
        other = "unusual = unusual or Unusual(plan, state, values, reading)"
        for number, (name, spec) in enumerate(self.specs.items()):
            names[f"spec{number}"], names[f"check{number}"] = spec, spec.check
            if name in wanted:
                lines += [f" try: v = state[{name!r}]", f" except KeyError: {other}", " else:"]
            else:
                lines += [f" if {name!r} in state:", f"  v, known = state[{name!r}], known + 1"]
            usual = [] if spec.local or not spec.check.quick else [spec.check.quick]
            if self.is_open and not spec.local and spec.keeps_null:
                usual.append("(v is None and reading is KEEP)")
            take = f"{other}; unusual.take(spec{number}, v"
            lines.append(f"  if {' or '.join(usual) or False}: pass")
            if isinstance(spec.check, OneOf) and not spec.local:
                names[f"members{number}"] = spec.check.members
                lines += [
                    f"  elif v.__class__ is str and v in members{number}:",
                    f"   state[{name!r}] = members{number}[v]",
                ]
            if spec.local or spec.check.quick:
                lines.append(f"  else: {take})")
            else:
                lines += [
                    f"  elif v is None: {take})",
                    "  else:",
                    f"   try: state[{name!r}] = check{number}.read(v, nested)",
                    f"   except Invalid as error: {take}, error)",
                ]
        lines += [
            f" if unusual is not None or len(state) != known: {other}; unusual.finish()",
            *([" else: state['extra'] = {}"] if self.is_open else []),
            " if self is None: self = new(cls)",
            " else: state.update({k: v for k, v in vars(self).items() if k not in fields})",
            *(f" store(self, {n!r}, state.pop({n!r}, defaults.get({n!r})))" for n in self.slots),
            " store(self, '__dict__', state)",
        ]
        if self.cls.__post_init__ is not WireType.__post_init__:
            lines.append(" if reading is not BUILD: self.__post_init__()")
        source = "\n".join([*lines, " return self"])
        # CPython ends a process as interrupted once `exec` of a string was, even if it was caught.
        exec(compile(source, "<string>", "exec"), names)
        reader: Callable[..., Any] = names["read"]
        return reader

    def without_absent(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return a constructor's arguments less what nobody said.

        Where all fields are given, as `replace` does, a default that is written only where
        somebody gave it is none, nor is what `extra` has noted.
        """
        if not values.keys() >= self.specs.keys():
            return values
        absent = {**self.implied, **getattr(values.get("extra"), "absent", {})}
        return {
            name: value
            for name, value in values.items()
            if not (name in absent and value == absent[name])
        }


class _Unusual:
    """One reading that meets more than plain values of the fields: the state in the making."""

    def __init__(
        self, plan: _Plan, state: dict[str, Any], values: dict[Any, Any], reading: Reading
    ) -> None:
        self.plan = plan
        self.state = state
        self.values = values
        self.reading = reading
        self.is_lenient = plan.is_open and reading is KEEP
        self.extra = Extra()
        self.extra.absent = {}
        self.failures: dict[Any, ValidationError] = {}

    def take(self, spec: Spec, value: object, error: ValidationError | None = None) -> None:
        """Read a value that is not of the field's usual kind: null, another form of it, or wrong.

        `error` is why it could not be read, where that was tried.
        """
        name, check, reading = spec.name, spec.check, self.reading
        if value is UNSET:
            del self.state[name]
            return
        try:
            if error is not None:
                raise error
            if spec.local and reading is STRICT:
                self.refuse(name, value)
            if value is not None or (check.reads_null and reading is not STRICT):
                nested = self.plan.cls._lenient if reading is BUILD else reading
                self.state[name] = check.read(value, nested)
                if value is None and self.is_lenient:
                    self.extra[name], self.extra.absent[name] = None, self.state[name]
            elif reading is STRICT and not spec.nullable:
                check.read(value, reading)  # which refuses it
            elif not spec.null_is_a_value:
                del self.state[name]
                if self.is_lenient:
                    self.extra[name] = None
        except ValidationError as problem:
            self.failures[name] = problem
        if name in self.failures and self.is_lenient and spec.spares(value):
            del self.failures[name], self.state[name]
            self.keep(name, value)

    def keep(self, key: object, value: object) -> None:
        """Keep what no field holds."""
        try:
            self.extra[check_key(key)] = copy_json(value)
        except ValidationError as problem:
            self.failures[key] = problem

    def refuse(self, key: str, value: object) -> None:
        """Refuse a field that there is not, with the nearest name."""
        specs = self.plan.specs.values()
        # Beyond what a message shows, the nearest name is not looked for.
        hint = len(self.failures) < SHOWN_PROBLEMS
        known = [spec.name for spec in specs if hint and not spec.local]
        fail(no_such_field(key, known), value, "extra_forbidden")

    def finish(self) -> None:
        """Read what the values have beside the fields, and fill in what they lack of them."""
        plan, state, values, reading = self.plan, self.state, self.values, self.reading
        for key in [key for key in values if key not in plan.specs]:
            value = state.pop(key)
            other = plan.aliases.get(key)
            if other and other.name not in values:
                state[other.name] = value
                self.take(other, value)
                continue
            is_extra = plan.is_open and key == "extra" and reading is not STRICT
            if is_extra and reading is not BUILD:
                # `dict` of an instance has it, and `asdict`: there it is of our kind, or empty.
                is_extra = isinstance(value, Extra) or value == {}
            if self.is_lenient and not is_extra:
                self.keep(key, value)
                continue
            if reading is DROP:
                continue
            try:
                if is_extra:
                    self.take_extra(value)
                else:
                    self.refuse(check_key(key), value)
            except ValidationError as problem:
                self.failures[key] = problem
                if len(self.failures) >= MAX_PROBLEMS:
                    break
        for name, spec in plan.specs.items():
            if name in state or spec.may_be_missing:
                continue
            if spec.is_needed(reading):
                got = "null" if values.get(name, UNSET) is None else "nothing"
                missing = ValidationError([Problem((), "this field", got, "missing")])
                self.failures.setdefault(name, missing)
            elif (
                spec.has_absent and reading is not BUILD and (self.is_lenient or not spec.required)
            ):
                state[name], self.extra.absent[name] = spec.make_absent(), spec.make_absent()
            elif spec.default is not None and not (self.is_lenient and spec.factory is MISSING):
                state[name] = spec.make_default()
        if self.failures:
            self.fail()
        if reading is not KEEP:  # as declared
            for name in plan.specs:
                if name in state:
                    state[name] = state.pop(name)
        if plan.is_open:
            state["extra"] = self.extra if self.extra or self.extra.absent else {}

    def take_extra(self, given: object) -> None:
        """Copy what was given as `extra`."""
        if given is None:
            return
        if not isinstance(given, Mapping):
            fail("an object", given, "dict_type")
        for name in self.plan.specs:
            if name in given and not isinstance(given, Extra):
                fail(f"no {name!r}, which is a field of its own", given, "extra_forbidden")
        self.extra.update(read_values(given, lambda item, _: copy_json(item), None))
        for name, stand_in in deepcopy(getattr(given, "absent", {})).items():
            if name not in self.state:
                self.state[name], self.extra.absent[name] = stand_in, deepcopy(stand_in)

    def fail(self) -> None:
        """Raise one error of all failures, in the order of the document."""
        places = {key: place for place, key in enumerate(self.values)}
        whole: ValidationError | None = None
        for key in sorted(self.failures, key=lambda key: places.get(key, len(places))):
            whole = self.failures[key].under(step_to(key)).after(whole)
        assert whole is not None
        whole.title = self.plan.cls.__name__
        raise whole.without_values() if self.plan.secrets else whole


def _mapping(value: object, cls: type) -> dict[Any, Any]:
    """Return a mapping as a dict."""
    if isinstance(value, Mapping):
        return dict(value)
    problem = Problem((), "an object", describe(value), "dict_type")
    raise ValidationError([problem], cls.__name__)


def dump(value: Any, for_api: bool) -> Any:
    """Return a field's value as plain JSON values; `for_api` as for `WireType._dump`."""
    if isinstance(value, WireType):
        return value._dump(for_api)
    if isinstance(value, str):  # or a member of an enumeration
        return str.__str__(value)
    if isinstance(value, (list, tuple)):
        return [
            item._dump(for_api) if isinstance(item, WireType) else dump(item, for_api)
            for item in value
        ]
    if isinstance(value, dict):
        return {key: dump(item, for_api) for key, item in value.items()}
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

    extra: Mapping[str, JSONValue] = dataclasses.field(default_factory=dict, hash=False)
