"""The fast way to read and to write the documents of a wire type.

`wire.WireType` reads and writes field by field what the declarations say: the
plain way.  A type that is used often gets functions of its own, made here of
the same declarations as `dataclasses` makes a constructor.  They do what is
plainly valid, and raise `Unusual` for all else, which then goes the plain way
and gets its errors there.
"""

from __future__ import annotations

from functools import partial
from operator import itemgetter, methodcaller

from .checks import (
    Absent,
    Boolean,
    Constant,
    Either,
    Integer,
    ListOf,
    Number,
    ObjectOf,
    OneOf,
    String,
    TaggedUnion,
    Unusual,
    copy_json,
)
from .records import MISSING, unfrozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .checks import Check, Reading
    from .fields import Spec
    from .json_text import JSONValue
    from .wire import WireType

__all__ = ["reader", "writer"]

# What fits a float without loss; the plain way knows what to do with the rest.
_GREATEST = 2**53


def reader(cls: type[WireType], reading: Reading) -> Callable[[object], Any]:
    """What reads a dict as this type, or raises `Unusual` or a `ValidationError`."""
    code = _Function("values")
    code += "if values.__class__ is not dict: raise Unusual"
    code += f"self = {code.name(unfrozen(cls))}()"
    expected = [name for name, _ in cls._without_defaults]
    if len(expected) < 2:
        expected = []
    else:
        _read_expected(code, {name: cls._specs[name] for name in expected}, reading)
    code += f"left = len(values) - {len(expected)}"
    for name, spec in cls._specs.items():
        if name not in expected:
            _read_field(code, spec, reading)
    if not (cls._open and reading.keep_unknown):
        code += "if left: raise Unusual"
    if cls._open:
        others = code.name(partial(_others, frozenset(cls._specs)))
        code += f"self.extra = {others}(values) if left else {{}}"
    code += f"self.__class__ = {code.name(cls)}"
    code += "return self"
    return code.function()


def _read_expected(code: _Function, specs: Mapping[str, Spec], reading: Reading) -> None:
    """Read the fields that most documents have, all at once; without one it is unusual."""
    held = [f"v{number}" for number in range(len(specs))]
    code += f"try: {', '.join(held)} = {code.name(itemgetter(*specs))}(values)"
    code += "except KeyError: raise Unusual from None"
    for local, (name, spec) in zip(held, specs.items()):
        code += f"v = {local}"
        if spec.nullable and spec.has_no_default:
            code += "if v is not None:"
            code.indented(4, _check(code, spec.check, reading))
        else:
            if type(spec.check) not in _REFUSE_NULL:
                code += "if v is None: raise Unusual"
            code.indented(0, _check(code, spec.check, reading))
        code += f"self.{name} = v"


def _read_field(code: _Function, spec: Spec, reading: Reading) -> None:
    name = spec.name
    missing = _stand_in(code, spec, reading)
    null = _null(spec, missing)
    code += f"if left and {name!r} in values:"
    code += "    left -= 1"
    code += f"    v = values[{name!r}]"
    if null == "v = None":
        code += "    if v is not None:"
    else:
        code += f"    if v is None: {null}"
        code += "    else:"
    code.indented(8, _check(code, spec.check, reading))
    code += f"    self.{name} = v"
    code += f"else: {missing.replace('v = ', f'self.{name} = ')}"


def _others(known: frozenset[str], values: dict[Any, object]) -> dict[str, JSONValue]:
    others: dict[str, JSONValue] = {}
    for key, value in values.items():
        if key not in known:
            if key.__class__ is not str:
                raise Unusual
            others[key] = value if value.__class__ is str else copy_json(value)
    return others


def _stand_in(code: _Function, spec: Spec, reading: Reading) -> str:
    """What to do where the field is not given."""
    if spec.is_optional:
        value = spec.default
    elif spec.absent is not MISSING and (reading.keep_unknown or not spec.required):
        value = spec.absent
    elif spec.default_factory is not MISSING:
        return f"v = {code.name(spec.default_factory)}()"
    else:
        value = spec.default
    return "raise Unusual" if value is MISSING else f"v = {code.name(value)}"


def _null(spec: Spec, missing: str) -> str:
    """What to do where it is null."""
    if spec.check.reads_null:
        return "raise Unusual"
    return "v = None" if spec.nullable and spec.has_no_default else missing


def _check(code: _Function, check: Check, reading: Reading) -> list[str]:
    """What makes of `v` the value to store."""
    kind = type(check)
    if kind in (String, Boolean):
        return [f"if v.__class__ is not {'str' if kind is String else 'bool'}: raise Unusual"]
    if isinstance(check, Number):
        least = -_GREATEST if check.minimum is None else check.minimum
        most = _GREATEST if check.maximum is None else check.maximum
        above = "" if check.above is None else f"{check.above!r} < v and "
        kinds = "v.__class__ is int or v.__class__ is float"
        if kind is Integer:
            kinds = "v.__class__ is int"
        return [f"if not (({kinds}) and {above}{least!r} <= v <= {most!r}): raise Unusual"]
    if isinstance(check, Constant):
        return [f"if v.__class__ is not str or v != {check.value!r}: raise Unusual"]
    if isinstance(check, OneOf):
        members = code.name(check.members)
        if reading.keep_unknown or check.others:
            return ["if v.__class__ is not str: raise Unusual", f"v = {members}.get(v, v)"]
        return [
            f"if v.__class__ is not str or v not in {members}: raise Unusual",
            f"v = {members}[v]",
        ]
    if isinstance(check, ObjectOf):
        return [f"v = {code.name(_reader_inside(check.cls, reading))}(v)"]
    if isinstance(check, TaggedUnion):
        return _tagged(code, check, reading)
    if isinstance(check, ListOf):
        return _list(code, check, reading)
    if isinstance(check, Either):
        classes = [_CLASS_OF.get(type(one)) for one in check.checks]
        if None not in classes and len({*classes}) == len(classes):
            lines = ["if False: pass"]
            for name, one in zip(classes, check.checks):
                lines.append(f"elif v.__class__ is {name}:")
                lines += [f"    {line}" for line in _check(code, one, reading)]
            return [*lines, "else: raise Unusual"]
    return [f"v = {code.name(check.read)}(v, {code.name(reading)})"]


def _list(code: _Function, check: ListOf, reading: Reading) -> list[str]:
    short = f" or len(v) < {check.minimum_items}" if check.minimum_items else ""
    guard = f"if v.__class__ is not list{short}: raise Unusual"
    if isinstance(check.item, ObjectOf):
        read = code.name(_reader_inside(check.item.cls, reading))
        return [guard, f"v = ({read}(v[0]),) if len(v) == 1 else tuple(map({read}, v))"]
    items = code.local()
    looped = [*_check(code, check.item, reading), f"{items}.append(v)"]
    return [
        guard,
        f"{items} = []",
        "for v in v:",
        *[f"    {line}" for line in looped],
        f"v = tuple({items})",
    ]


def _tagged(code: _Function, check: TaggedUnion, reading: Reading) -> list[str]:
    inside = {tag: _reader_inside(cls, reading) for tag, cls in check.classes.items()}
    return [
        "if v.__class__ is not dict: raise Unusual",
        f"tag = v.get({check.tag!r})",
        f"read = {code.name(inside)}.get(tag) if tag.__class__ is str else None",
        f"v = {code.name(check.read)}(v, {code.name(reading)}) if read is None else read(v)",
    ]


def _reader_inside(cls: type[WireType], reading: Reading) -> Callable[[object], Any]:
    """What reads a value of another type's field."""
    fast: Callable[[object], Any] | None = cls._used(reading, by_many=True)
    return fast or partial(_read, cls, reading)


def _read(cls: type[WireType], reading: Reading, value: Any) -> object:
    if value.__class__ is not dict:
        raise Unusual
    # Not `cls._read`: what is unusual inside is so outside, too, and is read anew from there.
    fast: Callable[[object], Any] | None = cls._used(reading)
    return cls._read_plainly(value, reading) if fast is None else fast(value)


def writer(
    cls: type[WireType], plain: Callable[..., Any], *, sending: bool
) -> Callable[[Any], dict[str, JSONValue]]:
    """What writes an object of this type; `plain` is what writes any value the plain way."""
    code = _Function("self")
    other = code.name(partial(_write_other, partial(plain, sending=sending), sending))
    code += "document = {}"
    for name, spec in cls._specs.items():
        is_null = spec.nullable and spec.has_no_default
        if spec.local and not is_null:
            continue
        code += f"v = self.{name}"
        code += "c = v.__class__"
        code += f"if v is None: {f'document[{name!r}] = None' if is_null else 'pass'}"
        if not spec.local:
            for kind, written in _written(code, spec.check, sending):
                code += f"elif c is {code.name(kind)}: document[{name!r}] = {written}"
            code += f"else: {other}(document, {name!r}, v)"
    if cls._open and not sending:
        code += f"if self.extra: document.update({code.name(plain)}(self.extra, sending=False))"
    code += "return document"
    return code.function()


def _written(code: _Function, check: Check, sending: bool) -> list[tuple[type, str]]:
    """The classes that `v` mostly is of, and how such a `v` is written."""
    kind = type(check)
    if kind in _AS_THEY_ARE:
        return [(each, "v") for each in _AS_THEY_ARE[kind]]
    if isinstance(check, OneOf):
        kinds = {type(member) for member in check.members.values()} - {str}
        return [(str, "v"), *[(each, "v._value_") for each in kinds]]
    if isinstance(check, Either):
        return [each for one in check.checks for each in _written(code, one, sending)]
    if isinstance(check, ObjectOf):
        return [(check.cls, f"{code.name(_writer_inside(check.cls, sending))}(v)")]
    if isinstance(check, ListOf) and type(check.item) is String:
        return [(tuple, "list(v)")]
    if isinstance(check, ListOf) and isinstance(check.item, (ObjectOf, TaggedUnion)):
        item = check.item
        classes = [item.cls] if isinstance(item, ObjectOf) else item.instances
        writers = code.name({cls: _writer_inside(cls, sending) for cls in classes})
        other = code.name(methodcaller("_plain", sending=sending))
        return [(tuple, f"[{writers}.get(i.__class__, {other})(i) for i in v]")]
    return []


def _writer_inside(cls: type[WireType], sending: bool) -> Callable[[Any], Any]:
    """What writes a value of another type's field."""
    fast: Callable[[Any], Any] | None = cls._used(sending, by_many=True)
    return fast or methodcaller("_plain", sending=sending)


_CLASS_OF: dict[type[Check], str] = {
    String: "str",
    Boolean: "bool",
    ListOf: "list",
    ObjectOf: "dict",
    TaggedUnion: "dict",
}
# They can't do with a null, so that nobody need look for one before.
_REFUSE_NULL = {String, Boolean, Integer, Number, Constant, OneOf, ListOf, ObjectOf, TaggedUnion}
_AS_THEY_ARE: dict[type[Check], tuple[type, ...]] = {
    String: (str,),
    Constant: (str,),
    Boolean: (bool,),
    Integer: (int,),
    Number: (float, int),
}


def _write_other(
    plain: Callable[[object], Any],
    sending: bool,
    document: dict[str, Any],
    name: str,
    value: object,
) -> None:
    if sending or not isinstance(value, Absent):
        document[name] = plain(value)


class _Function:
    """A function in the making: its lines, and what they refer to."""

    def __init__(self, argument: str) -> None:
        self._lines = [f"def function({argument}):"]
        self._names: dict[str, object] = {"Unusual": Unusual}
        self._locals = 0

    def __iadd__(self, line: str) -> _Function:
        self._lines.append(f"    {line}")
        return self

    def indented(self, by: int, lines: list[str]) -> None:
        for line in lines:
            self._lines.append(f"    {' ' * by}{line}")

    def name(self, value: object) -> str:
        """How the lines refer to a value."""
        if value is None or value is True or value is False:
            return repr(value)
        name = f"_{len(self._names)}"
        self._names[name] = value
        return name

    def local(self) -> str:
        """A name for a variable of its own."""
        self._locals += 1
        return f"local{self._locals}"

    def function(self) -> Callable[[Any], Any]:
        exec("\n".join(self._lines), self._names)  # noqa: S102 - of declarations alone
        made: Callable[[Any], Any] = self._names["function"]  # type: ignore[assignment]
        return made
