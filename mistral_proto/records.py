"""Frozen dataclasses that load `dataclasses` only when somebody asks for it.

That module takes 8 to 14 ms to import, as it brings `inspect` along, and half
a millisecond to make a class.  Classes that are made here do what a frozen
dataclass does; what the functions of `dataclasses` look for in one is made when
they first look.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import dataclasses
    import inspect
    from collections.abc import Callable, Mapping
    from typing import Any, ClassVar, NoReturn, TypeVar

    T = TypeVar("T")

__all__ = ["MISSING", "Declared", "Frozen", "dataclass", "declare", "field", "unfrozen"]


class Missing:
    """What stands where a field has no default; `MISSING` is the only one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = Missing()


class Declared:
    """A field as it was declared; it has its name once the class is made.

    `default_factory` makes a default, anew each time; `shown` is whether it is
    in the repr.
    """

    __slots__ = ("default", "default_factory", "name", "shown", "type")

    def __init__(self, default: object, default_factory: Any, *, shown: bool = True) -> None:
        self.name = self.type = ""
        self.default = default
        self.default_factory = default_factory
        self.shown = shown

    @property
    def has_no_default(self) -> bool:
        """Whether a value must be given."""
        return self.default is MISSING and self.default_factory is MISSING

    def made_default(self) -> object:
        """The default of one object."""
        return self.default if self.default is not MISSING else self.default_factory()

    def for_dataclasses(self) -> dataclasses.Field[Any]:
        """The same as `dataclasses` knows it."""
        import dataclasses

        told: dict[str, Any] = {"repr": self.shown}
        if self.default is not MISSING:
            told["default"] = self.default
        if self.default_factory is not MISSING:
            told["default_factory"] = self.default_factory
        made: dataclasses.Field[Any] = dataclasses.field(**told)
        return made


class _OfTwin:
    """An attribute that `dataclasses` reads of a class, made when it does."""

    __slots__ = ("name",)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type[Frozen]) -> Any:
        if "_twin" not in owner.__dict__:
            owner._twin = _twin_of(owner)
        return getattr(owner._twin, self.name)


def _twin_of(cls: type[Frozen]) -> type:
    """A dataclass of `dataclasses` that has the fields of this one."""
    import dataclasses

    own = [cls._declared[name] for name in cls.__dict__.get("_own", ())]
    members = [(each.name, each.type, each.for_dataclasses()) for each in own]
    twin: Any = dataclasses.make_dataclass(cls.__name__, members, frozen=True, kw_only=cls._kw_only)
    fields: dict[str, dataclasses.Field[Any]] = {}
    for base in reversed(cls.__mro__[1:]):
        fields.update(getattr(base, "__dataclass_fields__", {}))
    twin.__dataclass_fields__ = {**fields, **twin.__dataclass_fields__}
    return twin  # type: ignore[no-any-return]


class _Signature:
    """Lets `inspect` and `help` show a class's fields, at no cost until they ask."""

    __slots__ = ()

    def __get__(self, instance: object, owner: type[Frozen]) -> inspect.Signature:
        from inspect import Parameter, Signature

        kind = Parameter.KEYWORD_ONLY if owner._kw_only else Parameter.POSITIONAL_OR_KEYWORD
        parameters = []
        for each in owner._declared.values():
            default = each.default
            if default is MISSING:
                default = Parameter.empty if each.has_no_default else ...
            parameters.append(Parameter(each.name, kind, default=default, annotation=each.type))
        return Signature(parameters)


class Frozen:
    """The base of the classes whose instances can't be changed.

    To `dataclasses` such a class is one of its own: `fields`, `replace` and
    `asdict` take it as such.
    """

    __slots__ = ()
    __signature__ = _Signature()
    __dataclass_fields__ = _OfTwin()
    __dataclass_params__ = _OfTwin()

    _declared: ClassVar[Mapping[str, Declared]] = {}
    """The fields by name, those of the bases first."""
    _own: ClassVar[tuple[str, ...]] = ()
    """The names of those that the class itself declares."""
    _setters: ClassVar[tuple[tuple[str, Callable[[object, object], None]], ...]] = ()
    """The name of each field, with what stores its value."""
    _kw_only: ClassVar[bool] = True
    _twin: ClassVar[type]

    def __setattr__(self, name: str, value: object) -> NoReturn:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __replace__(self, /, **changes: object) -> Any:
        from dataclasses import replace

        return replace(self, **changes)  # type: ignore[type-var]

    def _fill(self, state: Mapping[str, object]) -> None:
        for name, set_value in self._setters:
            set_value(self, state[name])


def declare(cls: type[T], *bases: type) -> type[T]:
    """The class anew, with what its body assigns to annotated names as its fields.

    They are in slots, after those of the bases: of the class's own, or of these.
    """
    own: dict[str, Declared] = {}
    for name, annotation in cls.__annotations__.items():
        given = cls.__dict__.get(name, MISSING)
        own[name] = given if isinstance(given, Declared) else Declared(given, MISSING)
        own[name].name, own[name].type = name, annotation
    dropped = {*own, "__dict__", "__weakref__"}
    body = {name: value for name, value in cls.__dict__.items() if name not in dropped}
    make: Any = type(cls)  # the metaclass
    made: Any = make(cls.__name__, bases or cls.__bases__, {**body, "__slots__": tuple(own)})
    made._own = tuple(own)
    made._declared = {}
    for base in reversed(made.__mro__[1:]):
        made._declared.update(getattr(base, "_declared", {}))
    made._declared.update(own)
    made._setters = tuple((name, getattr(made, name).__set__) for name in made._declared)
    return made  # type: ignore[no-any-return]


class _Record(Frozen):
    """What a class made by `dataclass` can do."""

    __slots__ = ()

    _kw_only = False

    def __init__(self, /, *args: object, **values: object) -> None:
        declared = self._declared
        title = type(self).__name__
        if len(args) > len(declared):
            raise TypeError(f"{title}() takes {len(declared)} arguments, but got {len(args)}")
        state = dict(zip(declared, args))
        for name, value in values.items():
            if name in state or name not in declared:
                problem = "multiple values for" if name in state else "an unexpected keyword"
                raise TypeError(f"{title}() got {problem} argument {name!r}")
            state[name] = value
        if len(state) < len(declared):
            for name, one in declared.items():
                if name not in state:
                    if one.has_no_default:
                        raise TypeError(f"{title}() missing a required argument: {name!r}")
                    state[name] = one.made_default()
        self._fill(state)
        self.__post_init__()

    def __post_init__(self) -> None:
        """The checks that a class has of its own."""

    def _values(self) -> tuple[object, ...]:
        return tuple([getattr(self, name) for name in self._declared])

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        shown = [
            f"{name}={getattr(self, name)!r}" for name, one in self._declared.items() if one.shown
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self._values()


def dataclass(*, frozen: bool) -> Callable[[type[T]], type[T]]:
    """Make a frozen dataclass of a class without bases, as `dataclasses.dataclass` does.

    >>> @dataclass(frozen=True)
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> Point(1)
    Point(x=1, y=0)
    """
    assert frozen, "there is no other kind"

    def make(cls: type[T]) -> type[T]:
        made: Any = declare(cls, _Record)
        made.__match_args__ = made._own  # type: ignore[misc]
        return made  # type: ignore[no-any-return]

    return make


def unfrozen(cls: type[T]) -> type[T]:
    """The same class, but for that its fields can be set, as fast as they can be.

    An object of it is made without arguments, filled, and then turned into one of
    the frozen class, by its `__class__`: a third of what storing each field by its
    slot takes.
    """
    make: Any = type(cls)
    body: dict[str, object] = {"__slots__": ()}
    for name in ("__init__", "__setattr__", "__delattr__"):
        body[name] = getattr(object, name)
    made: type[T] = make(cls.__name__, (cls,), body)
    return made


def field(*, default: object = MISSING, default_factory: Any = MISSING, repr: bool = True) -> Any:
    """Declare a field; the arguments mean what they do to `dataclasses.field`."""
    return Declared(default, default_factory, shown=repr)
