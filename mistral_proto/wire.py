"""The contract of every wire type.

A wire type is a frozen, keyword-only dataclass whose annotations declare its fields.
One function reads it, one writes it; both follow those declarations.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import MISSING
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from . import json_text
from .checks import DROP, KEEP, REFUSE, STRICT, UNSET, Reading, check_key, copy_json, fail
from .errors import MAX_PROBLEMS, SHOWN_PROBLEMS, Problem, ValidationError, describe, step_to
from .fields import Spec, field, no_such_field
from .json_text import JSONValue

if TYPE_CHECKING:
    import inspect

    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_):
        return lambda function: function


C = TypeVar("C")
T = TypeVar("T", bound="WireType")

_SCALARS = frozenset({str, int, float, bool, type(None)})
_set = object.__setattr__


class Extra(dict[str, JSONValue]):
    """The items of a server's document that no field holds.

    `absent` has the fields that the document lacked, each with the value that it got: such
    a field is not written while it holds that.  It belongs to `extra`, so that
    `dataclasses.replace` passes it on.
    """

    absent: dict[str, object]


class _Word(str):
    """A text that `repr` shows without quotes."""

    __repr__ = str.__str__


class _ClassProperty:
    def __init__(self, get: Callable[[Any], Any]) -> None:
        self.get = get

    def __get__(self, instance: object, cls: type[WireType]) -> Any:
        return self.get(cls)


def _signature(cls: type[WireType]) -> inspect.Signature:
    """Return the signature of the constructor as `inspect` shows it."""
    if cls.__init__ is not WireType.__init__ or not hasattr(cls, "__dataclass_fields__"):
        raise AttributeError("__signature__")  # a subclass has a constructor of its own
    from inspect import Parameter, Signature

    parameters = []
    for one in sorted(dataclasses.fields(cls), key=lambda one: one.name == "extra"):
        default = Parameter.empty if one.default is MISSING else one.default
        default = default if one.default_factory is MISSING else _Word("<factory>")
        kind = Parameter.KEYWORD_ONLY
        parameters.append(Parameter(one.name, kind, default=default, annotation=one.type))
    return Signature(parameters, return_annotation=None)


class WireType:
    """The base of every type that goes over the wire.

    Instances are immutable, compare by value, and can be copied, pickled and given
    to `dataclasses.replace`.
    """

    __signature__ = _ClassProperty(_signature)
    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]
    _open: ClassVar[bool] = False
    _lenient: ClassVar[Reading] = REFUSE
    """The reading of a document of the type that is not strict."""
    _made: ClassVar[_Plan | None] = None
    _specs: ClassVar[dict[str, Spec]] = _ClassProperty(lambda cls: cls._plan().specs)  # type: ignore[assignment]

    def __init__(self, /, *positional: object, **values: object) -> None:
        cls = type(self)
        if positional:
            raise TypeError(f"{cls.__name__} takes keyword arguments only")
        self._set_values(values)
        if cls.__post_init__ is not WireType.__post_init__:
            self.__post_init__()

    def __post_init__(self) -> None:
        """Check the values that a constructor made by `dataclasses`, of a subclass, has stored."""
        self._set_values(self._values())

    @classmethod
    def from_dict(cls: type[T], value: Mapping[str, object], /, *, strict: bool = False) -> T:
        """Read a mapping of plain JSON values.

        With `strict`, all fields that the published schema requires must be there, and a
        server's document may not hold fields or values that the types do not know.

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
        value: Any = json_text.loads(text, unique_keys=strict, title=cls.__name__)
        return cls.from_dict(value, strict=strict)

    def to_dict(self) -> dict[str, JSONValue]:
        """Return the document as plain JSON values, new at each call.

        Absent fields are left out.  Of a type that the user sends this is the form that
        the API takes: without the `extra` of a server's message.
        """
        return self._dump(not self._open)

    def to_json(self) -> str:
        """Return the document as JSON text: compact, ASCII only."""
        return json_text.dumps(self._dump(not self._open))

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self._values().items())

    # -- pydantic's names, for code that moves here; other arguments change nothing

    @classmethod
    def model_validate(cls: type[T], obj: Mapping[str, object], /, **_: object) -> T:
        """Do the same as `from_dict`."""
        return cls.from_dict(obj)

    @classmethod
    def model_validate_json(cls: type[T], json_data: str | bytes | bytearray, /, **_: object) -> T:
        """Do the same as `from_json`."""
        return cls.from_json(json_data)

    def model_dump(self, **_: object) -> dict[str, JSONValue]:
        """Do the same as `to_dict`."""
        return self.to_dict()

    def model_dump_json(self, **_: object) -> str:
        """Do the same as `to_json`."""
        return self.to_json()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:
        from .for_pydantic import core_schema

        return core_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, source: object, handler: Any) -> Any:
        from .for_pydantic import json_schema

        return json_schema(cls, handler)

    # -- reading

    @classmethod
    def _plan(cls) -> _Plan:
        """Return the plan of just this class, made on first use."""
        made = cls._made
        if made is None or made.cls is not cls:
            made = cls._made = _Plan(cls)
        return made

    @classmethod
    def _read(cls: type[T], value: object, reading: Reading) -> T:
        """Return the instance that a mapping describes; an instance is returned unchanged."""
        instance: T = cls._plan().read(value, reading)
        return instance

    def _set_values(self, values: dict[str, Any]) -> None:
        """Check the arguments of the constructor, and store them."""
        plan = self._plan()
        plan.read(plan.without_absent(values), self._lenient, self)

    @classmethod
    def _check_instance(cls, argument: object) -> None:
        """Raise a TypeError that names what to pass, unless the argument is an instance."""
        if isinstance(argument, cls):
            return
        hints = [f": pass its .{name}" for name in ("request", "value") if hasattr(argument, name)]
        if isinstance(argument, Mapping):
            hints = [f": {cls.__name__}.from_dict(it)"]
        name = type(argument).__name__
        raise TypeError(f"expected a {cls.__name__}, not {name!r}{''.join(hints[:1])}")

    def _set_default_index(self, position: int) -> None:
        """Let the position in a list be the `index`, where that was absent."""
        absent = self._absent()
        if "index" in absent:
            _set(self, "index", position)
            absent["index"] = position

    @classmethod
    def _matches_fields(cls, values: Mapping[Any, object]) -> bool:
        """Return whether a document has fields of this type only, and all that it needs."""
        specs = cls._specs
        return specs.keys() >= values.keys() and all(
            name in values for name, spec in specs.items() if not spec.has_default
        )

    # -- writing

    def _dump(self, for_api: bool) -> dict[str, JSONValue]:
        """Return the document as it came or, `for_api`, in the form that the API takes."""
        plan = self._made
        if plan is None or plan.cls is not type(self):
            plan = self._plan()
        document = self.__dict__.copy()
        if plan.holds_more:
            if plan.slots:
                held, implied = self._values().items(), plan.implied
                document = {k: v for k, v in held if v is not None and v != implied.get(k)}
            document = {k: v for k, v in document.items() if k in plan.written}
        extra = document.pop("extra", {}) if self._open else None
        for name in plan.composite:
            value = document.get(name)
            if value.__class__ not in _SCALARS:
                document[name] = dump(value, for_api)
        if extra is None:
            return document
        if not for_api:
            if extra.__class__ is Extra:
                for name, value in extra.absent.items():
                    if getattr(self, name) == value:
                        document.pop(name, None)
            return {**dump(extra, False), **document} if extra else document
        for name in plan.sent:
            if name not in document:
                document[name] = dump(getattr(self, name), True)
        if None in document.values():
            return {name: value for name, value in document.items() if value is not None}
        return document

    # -- values

    def _absent(self) -> dict[str, Any]:
        """Return the fields that a server's document lacked, each with the value that it got."""
        return getattr(getattr(self, "extra", None), "absent", {})

    def _values(self) -> dict[str, Any]:
        """Return the fields by name, `extra` last."""
        return {name: getattr(self, name) for name in [*self._specs, *["extra"] * self._open]}

    def _given(self) -> dict[str, Any]:
        """Return the fields by name that are neither absent nor None."""
        absent, specs = self._absent(), self._specs
        given = {
            name: value
            for name, value in self._values().items()
            if value is not None and not (name in absent and absent[name] == value)
        }
        if given.get("extra"):  # the null of a field counts as absent
            extra = given["extra"].items()
            given["extra"] = {k: v for k, v in extra if v is not None or k not in specs}
        return given

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WireType) or type(other) is not type(self):
            return NotImplemented
        return self._given() == other._given()

    def __hash__(self) -> int:
        return hash(tuple([item for item in self._given().items() if item[0] != "extra"]))

    def __rich_repr__(self) -> Iterator[tuple[str, object]]:
        """Yield the fields that `repr` shows, for rich to break into lines."""
        for name, value in self._values().items():
            if value is not None and not (name == "extra" and not value):
                yield name, _Word("...") if name in self._plan().secrets else value

    def __repr__(self) -> str:
        shown = [f"{name}={value!r}" for name, value in self.__rich_repr__()]
        return f"{type(self).__name__}({', '.join(shown)})"


class _Plan:
    """The fields of one class: how they are read, and which are written."""

    def __init__(self, cls: type[WireType]) -> None:
        self.cls = cls
        hints = typing.get_type_hints(cls)
        fields = dataclasses.fields(cls) if hasattr(cls, "__dataclass_fields__") else ()
        self.specs = {
            field.name: Spec(field, hints[field.name])
            for field in fields
            if field.init and not (cls._open and field.name == "extra")
        }
        specs = self.specs.values()
        self.written = {spec.name for spec in specs if not spec.local} | {"extra"}
        self.composite = [spec.name for spec in specs if not spec.check.is_scalar]
        self.sent = [spec.name for spec in specs if spec.is_sent]
        self.secrets = [spec.name for spec in specs if spec.secret]
        self.aliases = {alias: spec for spec in specs for alias in spec.aliases}
        self.implied = {spec.name: spec.default for spec in specs if spec.implied}
        slots = [name for base in cls.__mro__ for name in base.__dict__.get("__slots__", ())]
        self.slots = [name for name in slots if name in self.specs or name == "extra"]
        # A user's subclass may hold more than fields, and fields in slots.
        is_ours = getattr(vars(cls).get("__dataclass_params__"), "init", True) is False
        self.holds_more = not is_ours or len(self.written) <= len(self.specs)
        self.read = self._reader()

    def _reader(self) -> Callable[..., Any]:
        """Return the function that reads values as an instance, with code for each field.

        The instance is a new one or, in a constructor, `self`.  It begins with a copy of the
        values, most of which stay as they are; `_finish` does the rest.
        """
        cls, specs = self.cls, self.specs
        defaults = {spec.name: spec.default for spec in specs.values()}
        names: dict[str, Any] = {
            "KEEP": KEEP,
            "Invalid": ValidationError,
            "UNSET": UNSET,
            "finish": _finish,
            "cls": cls,
            "defaults": {k: v for k, v in defaults.items() if v is not MISSING},
            "fields": {*specs, "extra"},
            "mapping": _mapping,
            "new": object.__new__,
            "plan": self,
            "store": _set,
        }
        needed = [name for name, spec in specs.items() if not spec.may_be_missing]
        lines = [
            "def read(values, reading, self=None):",
            " if values.__class__ is not dict:",
            "  if isinstance(values, cls): return values",
            "  values = mapping(values, cls)",
            f" state, known, others = {{**values}}, {len(needed)}, []",
            f" is_new, keeps = self is None, {cls._open} and self is None and reading is KEEP",
        ]
        for number, (name, spec) in enumerate(specs.items()):
            names[f"spec{number}"], names[f"check{number}"] = spec, spec.check
            other = f"others.append((spec{number}, v, None))"
            if name in needed:
                missing = f"others.append((spec{number}, UNSET, None))"
                lines += [f" try: v = state[{name!r}]", f" except KeyError: {missing}", " else:"]
            else:
                lines += [f" if {name!r} in state:", f"  v, known = state[{name!r}], known + 1"]
            null = "keeps and v is None" if spec.keeps_null else "False"
            if spec.local:
                lines.append(f"  {other}")
            elif spec.check.quick:
                lines.append(f"  if not ({spec.check.quick} or {null}): {other}")
            else:
                lines += [
                    "  if v is None:",
                    f"   if not ({null}): {other}",
                    "  else:",
                    f"   try: state[{name!r}] = check{number}.read(v, reading)",
                    f"   except Invalid as error: others.append((spec{number}, v, error))",
                ]
        lines += [
            " if others or len(state) != known:",
            "  finish(plan, state, values, others, reading, is_new)",
            *([" else: state['extra'] = {}"] if cls._open else []),
            " if is_new: self = new(cls)",
            " else: state.update({k: v for k, v in vars(self).items() if k not in fields})",
            *(f" store(self, {n!r}, state.pop({n!r}, defaults.get({n!r})))" for n in self.slots),
            " store(self, '__dict__', state)",
        ]
        if cls.__post_init__ is not WireType.__post_init__:
            lines.append(" if is_new: self.__post_init__()")
        source = "\n".join([*lines, " return self"])
        # CPython ends a process as interrupted once `exec` of a string was, even if it was caught.
        exec(compile(source, "<string>", "exec"), names)
        reader: Callable[..., Any] = names["read"]
        return reader

    def without_absent(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return a constructor's arguments without those that were not given.

        Where all fields are given, as `replace` does, an implied default was not, nor was a
        value that `extra` has as absent.
        """
        if not values.keys() >= self.specs.keys():
            return values
        absent = {**self.implied, **getattr(values.get("extra"), "absent", {})}
        return {
            name: value
            for name, value in values.items()
            if not (name in absent and value == absent[name])
        }

    def unknown_field(self, key: object, value: object, number: int) -> ValidationError:
        """Return the error for an unknown field, with the nearest known name if it is shown."""
        specs = self.specs.values() if number < SHOWN_PROBLEMS else ()
        try:
            known = [spec.name for spec in specs if not spec.local]
            fail(no_such_field(check_key(key), known), value, "extra_forbidden")
        except ValidationError as error:
            return error

    def read_extra(self, given: object) -> Any:
        """Return a copy of the argument `extra`, or of that of an instance."""
        if not isinstance(given, Mapping):
            fail("an object", given, "dict_type")
        for name in self.specs:
            if name in given and not isinstance(given, Extra):
                fail(f"no {name!r}, which is a field of its own", given, "extra_forbidden")
        return copy_json(given)

    def joined(self, failures: dict[Any, ValidationError], values: dict[Any, Any]) -> Exception:
        """Return one error with all problems, in the order of the document."""
        positions = {key: position for position, key in enumerate(values)}
        whole: ValidationError | None = None
        for key in sorted(failures, key=lambda key: positions.get(key, len(positions))):
            whole = failures[key].under(step_to(key), self.cls.__name__).after(whole)
        assert whole is not None
        return whole.without_values() if self.secrets else whole


def _finish(
    plan: _Plan,
    state: dict[str, Any],
    values: dict[Any, Any],
    others: list[tuple[Spec, object, ValidationError | None]],
    reading: Reading,
    is_new: bool,
) -> None:
    """Complete the `state` of a reading that met more than valid values of all fields.

    `others` are the fields that are absent (`UNSET`), null or invalid, each with its value
    and the error that it raised.
    """
    specs, is_open, is_strict = plan.specs, plan.cls._open, reading is STRICT
    keeps = is_open and is_new and reading is KEEP
    given: object = None
    extra = Extra()
    extra.absent = {}
    failures: dict[Any, ValidationError] = {}

    def keep(key: object, value: object) -> None:
        try:
            extra[check_key(key)] = copy_json(value)
        except ValidationError as error:
            failures[key] = error

    for key in [key for key in values if key not in specs]:
        value = state.pop(key)
        alias = plan.aliases.get(key)
        # An instance as a dict has an `extra`, of our type or empty.
        may_be_ours = not is_new or isinstance(value, Extra) or value == {}
        if alias and alias.name not in values:
            others.append((alias, value, None))
        elif key == "extra" and is_open and not is_strict and may_be_ours:
            given = value
        elif keeps:
            keep(key, value)
        elif reading is not DROP and len(failures) < MAX_PROBLEMS:
            failures[key] = plan.unknown_field(key, value, len(failures))
    for spec, value, error in others:
        name, check = spec.name, spec.check
        if value is UNSET:
            state.pop(name, None)
            continue
        try:
            if error:
                raise error
            if spec.local and is_strict:
                raise plan.unknown_field(name, value, 0)
            if value is not None or (check.reads_null and not is_strict):
                state[name] = check.read(value, reading)
                if value is None and keeps:
                    extra[name], extra.absent[name] = None, state[name]
            elif is_strict and not spec.nullable:
                check.read(value, reading)  # raises the error
            elif spec.null_is_a_value:
                state[name] = None
            else:
                state.pop(name, None)
                if keeps:
                    extra[name] = None
        except ValidationError as failure:
            if keeps and spec.may_be_extra(value):
                state.pop(name, None)
                keep(name, value)
            else:
                failures[name] = failure
    if given is not None:
        try:
            extra.update(plan.read_extra(given))
        except ValidationError as failure:
            failures["extra"] = failure
        for name, value in deepcopy(getattr(given, "absent", {})).items():
            if name not in state:
                state[name], extra.absent[name] = value, deepcopy(value)
    for name, spec in specs.items():
        if name in state or spec.may_be_missing:
            continue
        if spec.is_needed(reading) if is_new else not spec.has_default:
            got = "null" if values.get(name, UNSET) is None else "nothing"
            missing = ValidationError([Problem((), "this field", got, "missing")])
            failures.setdefault(name, missing)
        elif is_new and spec.has_absent and (keeps or not spec.required):
            state[name], extra.absent[name] = spec.make_absent(), spec.make_absent()
        elif spec.default is not None and not (keeps and spec.factory is MISSING):
            state[name] = spec.make_default()
    if failures:
        raise plan.joined(failures, values)
    if not keeps:  # in the declared order
        for name in specs:
            if name in state:
                state[name] = state.pop(name)
    if is_open:
        state["extra"] = extra if extra or extra.absent else {}


def _mapping(value: object, cls: type) -> dict[Any, Any]:
    """Return a mapping as a dict."""
    if isinstance(value, Mapping):
        return dict(value)
    raise ValidationError([Problem((), "an object", describe(value), "dict_type")], cls.__name__)


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
    """The base of the types that the server sends: they keep unknown fields and values.

    `extra` holds the fields that the type does not have, and the values that do not read
    as their field's type; `to_dict` writes them out again.
    """

    _open = True
    _lenient = KEEP

    extra: Mapping[str, JSONValue] = dataclasses.field(default_factory=dict, hash=False)
