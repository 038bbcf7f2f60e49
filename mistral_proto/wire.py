"""The contract that every wire type obeys, written once.

A wire type is a frozen, keyword-only dataclass whose fields are declared with
`fields.field`.  Construction, `from_dict`, `to_dict`, `repr`, comparison and
pickling all read those declarations, here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from . import json_text
from .checks import (
    KEEP,
    REFUSE,
    STRICT,
    Absent,
    JSONObject,
    Reading,
    Unusual,
    check_key,
    copy_json,
    copy_object,
    fail,
)
from .errors import SHOWN_PROBLEMS, Problem, ValidationError, describe, step_to
from .fields import Spec, field, no_such_field
from .records import MISSING, Frozen, declare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ClassVar, NoReturn, TypeVar

    from typing_extensions import Self, dataclass_transform

    from .json_text import JSONValue

    T = TypeVar("T")
else:

    def dataclass_transform(**_):
        return lambda function: function


__all__ = ["OpenWireType", "WireType", "wire_type"]

_MANY = 150
"""So many uses of a type cost, in the plain way, about what the fast way costs to make."""
_SOME = 75
_HOOKS = ("__new__", "_check", "_fill")
"""What a type may do in a way of its own; then it has the plain way alone."""


class WireType(Frozen):
    """The base of every type that goes over the wire.

    Instances are immutable, compare by value, and can be hashed, copied,
    pickled and given to `dataclasses.replace`.
    """

    __slots__ = ()

    _open: ClassVar[bool] = False
    # Filled in by `wire_type`.
    _specs: ClassVar[dict[str, Spec]]
    _defaults: ClassVar[dict[str, object]]
    _without_defaults: ClassVar[list[tuple[str, Spec]]]
    # What serves a reading, or a writing (`sending` or not), the fast way; None where
    # there is no such way, and until it is worth its making the number of uses.
    _compiled: ClassVar[dict[Reading | bool, Callable[[Any], Any] | int | None]] = {}
    # How a document of the type is read where it need not be strict.
    _lenient: ClassVar[Reading]

    def __init_subclass__(cls) -> None:
        cls._compiled = {}
        cls._lenient = KEEP if cls._open else REFUSE

    def __init__(self, /, **values: object) -> None:
        cls = type(self)
        extra = values.pop("extra", None) if cls._open else None
        state, problems = cls._check(values, cls._lenient, wire=False)
        if cls._open:
            state["extra"] = {}
            if extra is not None:
                try:
                    state["extra"] = cls._check_extra(extra)
                except ValidationError as error:
                    problems += [problem.under("extra") for problem in error.problems]
        if problems:
            raise ValidationError(problems, cls.__name__)
        self._fill(state)

    @classmethod
    def from_dict(cls, value: Mapping[str, object], /, *, strict: bool = False) -> Self:
        """Read a mapping of plain JSON values.

        With `strict`, what the published schema requires must be there, and a
        server's document may not hold what the types do not know.

        Raises:
            ValidationError: with every problem and its path.
        """
        if not isinstance(value, (dict, Mapping)):
            cls._refuse_root(value)
        return cls._read(value, STRICT if strict else cls._lenient)

    @classmethod
    def from_json(cls, text: str | bytes | bytearray, /, *, strict: bool = False) -> Self:
        """Read a JSON text; bytes are UTF-8.  With `strict`, no key may come twice.

        Raises:
            ValidationError: the text is not JSON, or not a valid document.
        """
        fast: Any = None if strict else cls._compiled.get(cls._lenient)
        if not (fast is None or fast.__class__ is int):
            try:
                characters: Any = text.decode() if isinstance(text, bytes) else text
                found, end = json_text.scan(characters, 0)
                if end == len(characters):
                    return fast(found)  # type: ignore[no-any-return]
            except (Unusual, StopIteration, ValueError, TypeError, RecursionError):
                pass  # as in `_read`
        try:
            value = json_text.loads(text, unique_keys=strict)
        except ValidationError as error:
            raise ValidationError(error.problems, cls.__name__) from None
        if value.__class__ is not dict:
            cls._refuse_root(value)
        return cls._read(value, STRICT if strict else cls._lenient)

    def to_dict(self) -> dict[str, JSONValue]:
        """The document as plain JSON values, new at each call.

        Fields that are None are left out, but for those that the published
        schema requires and allows to be null.  Of a type that the user sends
        this is what the API takes: what a server's message held beyond the
        published fields (`extra`) is left out of it.
        """
        return self._plain(sending=not type(self)._open)

    def to_json(self) -> str:
        """The document as JSON text: compact, ASCII only."""
        return json_text.dumps(self.to_dict())

    # -- reading

    @classmethod
    def _refuse_root(cls, value: object) -> NoReturn:
        raise ValidationError(
            [Problem((), "an object", describe(value), "dict_type")], cls.__name__
        )

    @classmethod
    def _read(cls, values: Mapping[Any, object], reading: Reading) -> Self:
        fast: Any = cls._compiled.get(reading, 0)
        if fast.__class__ is int:
            fast = cls._used(reading)
        if fast is not None:
            try:
                return fast(values)  # type: ignore[no-any-return]
            except (Unusual, ValidationError):
                pass  # the plain way reads it after all, or tells all that is wrong with it
        return cls._read_plainly(values, reading)

    @classmethod
    def _read_plainly(cls, values: Mapping[Any, object], reading: Reading) -> Self:
        state, problems = cls._check(values, reading, wire=True)
        if problems:
            raise ValidationError(problems, cls.__name__)
        self = cls.__new__(cls)
        self._fill(state)
        return self

    @classmethod
    def _check(
        cls, values: Mapping[Any, object], reading: Reading, *, wire: bool
    ) -> tuple[dict[str, object], list[Problem]]:
        """The fields to store, and what is wrong, in the order of the document."""
        specs = cls._specs
        tolerant = wire and reading.keep_unknown
        state = cls._defaults.copy()
        extra: dict[str, JSONValue] = {}
        problems: list[Problem] = []
        for key, value in values.items():
            spec = specs.get(key)
            try:
                if spec is None or (spec.local and reading.strict):
                    name = check_key(key)
                    if not (tolerant and cls._open):
                        fail(cls._no_such_field(name, problems), value, "extra_forbidden")
                    extra[name] = copy_json(value)
                elif value is None:
                    if reading.strict and not spec.nullable:
                        spec.check.read(value, reading)  # which refuses it
                    elif spec.check.reads_null:
                        state[key] = spec.check.read(value, reading)
                        if tolerant:
                            # As good as left out, and left out when written.
                            state[key] = spec.absent_type(state[key])
                    elif spec.nullable and spec.has_no_default:
                        state[key] = None
                elif wire or type(value) is not spec.absent_type:
                    state[key] = spec.read(value, reading)
                else:
                    state[key] = value  # from another instance
            except ValidationError as error:
                step = step_to(key)
                problems += [cls._seen(problem).under(step) for problem in error.problems]
        for name, spec in cls._without_defaults:
            if name in state or values.get(name) is not None:
                continue
            given = name in values
            stand_in = spec.stand_in(wire=wire, tolerant=tolerant)
            if stand_in is MISSING or (wire and reading.strict and spec.required):
                if not (given and reading.strict):  # a null that was refused above
                    got = "null" if given else "nothing"
                    problems.append(Problem((name,), "this field", got, "missing"))
            else:
                state[name] = stand_in
        if wire and cls._open:
            state["extra"] = extra
        return state, problems

    @classmethod
    def _check_extra(cls, value: object) -> dict[str, JSONValue]:
        if not isinstance(value, Mapping):
            fail("an object", value, "dict_type")
        for name in cls._specs:
            if name in value:
                fail(f"no {name!r}, which is a field of its own", value, "extra_forbidden")
        return copy_object(value)

    @classmethod
    def _no_such_field(cls, name: str, problems: list[Problem]) -> str:
        # Beyond what a message shows, the nearest name is not looked for.
        if len(problems) >= SHOWN_PROBLEMS:
            return "no such field"
        return no_such_field(name, [spec.name for spec in cls._specs.values() if not spec.local])

    @classmethod
    def _seen(cls, problem: Problem) -> Problem:
        """The problem, without its excerpt where the type holds a secret."""
        if any(spec.secret for spec in cls._specs.values()):
            return Problem(problem.path, problem.expected, "what is not shown here", problem.type)
        return problem

    @classmethod
    def _could_be(cls, values: Mapping[Any, object]) -> bool:
        """Whether a document has the field names of this type (its values unseen)."""
        specs = cls._specs
        return all(key in specs for key in values) and all(
            name in values for name, spec in specs.items() if spec.has_no_default
        )

    # -- writing

    def _plain(self, *, sending: bool) -> dict[str, JSONValue]:
        fast: Any = self._compiled.get(sending, 0)
        if fast.__class__ is int:
            fast = self._used(sending)
        return fast(self) if fast is not None else self._write_plainly(sending)

    def _write_plainly(self, sending: bool) -> dict[str, JSONValue]:
        document: dict[str, JSONValue] = {}
        for name, spec in self._specs.items():
            value = getattr(self, name)
            if value is None:
                if spec.nullable and spec.has_no_default:
                    document[name] = None
            elif not spec.local and (sending or not isinstance(value, Absent)):
                document[name] = plain(value, sending=sending)
        if self._open and not sending:
            document.update(plain(self.extra, sending=False))  # type: ignore[attr-defined]
        return document

    # -- the fast way

    @classmethod
    def fast_reader(cls, reading: Reading) -> Callable[[object], Self] | None:
        """What reads a dict of this type at once, or raises `Unusual` or a `ValidationError`.

        None while the type is not used often enough to have one.
        """
        fast = cls._compiled.get(reading, 0)
        return None if fast is None or isinstance(fast, int) else fast

    @classmethod
    def _used(cls, how: Reading | bool, *, by_many: bool = False) -> Any:
        """What serves a use the fast way; None while the plain way is to be taken.

        `by_many`: a type that is used often has fields of this one.
        """
        if by_many and cls._plain is not WireType._plain:
            return None  # written in a way of its own
        uses = cls._compiled.get(how, 0)
        if not isinstance(uses, int):
            return uses
        if uses < (_SOME if by_many else _MANY):
            cls._compiled[how] = uses + 1
            return None
        cls._compiled[how] = None  # which is what a type inside of itself finds
        if how is not STRICT and all(cls._is_ours(hook) for hook in _HOOKS):
            from . import compiled

            if isinstance(how, Reading):
                cls._compiled[how] = compiled.reader(cls, how)
            else:
                cls._compiled[how] = compiled.writer(cls, plain, sending=how)
        return cls._compiled[how]

    @classmethod
    def _is_ours(cls, name: str) -> bool:
        """Whether a type has this method as it is written here."""
        mine, ours = getattr(cls, name), getattr(WireType, name)
        return getattr(mine, "__func__", mine) is getattr(ours, "__func__", ours)

    # -- what a value object can do

    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name, _ in self._setters}

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name, _ in self._setters)

    def __hash__(self) -> int:
        # Of JSON values only the outermost shape counts: that is enough to be
        # consistent with `==`, and hashes whatever they hold.
        return hash(
            tuple(
                frozenset(value)
                if isinstance(value, dict)
                else len(value)
                if isinstance(value, list)
                else value
                for value in self._values().values()
            )
        )

    def __repr__(self) -> str:
        shown = [
            f"{name}={'...' if name in self._specs and self._specs[name].secret else repr(value)}"
            for name, value in ((name, getattr(self, name, None)) for name, _ in self._setters)
            if value is not None and not (name == "extra" and not value)
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self), self._values())


def _restore(cls: type[WireType], values: dict[str, object]) -> WireType:
    return cls(**values)


def plain(value: Any, *, sending: bool) -> Any:
    """A field's value as plain JSON values; `sending` as for `WireType._plain`."""
    if isinstance(value, WireType):
        return value._plain(sending=sending)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [plain(item, sending=sending) for item in value]
    if isinstance(value, dict):
        return {key: plain(item, sending=sending) for key, item in value.items()}
    return value


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def wire_type(cls: type[T]) -> type[T]:
    """Make a frozen, keyword-only dataclass of the body of a `WireType`."""
    made: Any = declare(cls)
    made._specs = {name: spec for name, spec in made._declared.items() if name != "extra"}
    made._setters = tuple(sorted(made._setters, key=lambda item: item[0] == "extra"))
    made._defaults = {name: spec.default for name, spec in made._specs.items() if spec.is_optional}
    made._without_defaults = [item for item in made._specs.items() if not item[1].is_optional]
    return made  # type: ignore[no-any-return]


@wire_type
class OpenWireType(WireType):
    """The base of the types that the server sends: they keep what they do not know.

    `extra` holds the fields of a document that the type does not have, by
    name; `to_dict` writes them out again.
    """

    _open = True

    extra: Mapping[str, JSONValue] = field(JSONObject(), default_factory=dict)
