"""How an instance of one wire type becomes one of another: by a rule for each field.

A rule reads a field's value and writes what becomes of it among the values that
the other instance is made of.  The tables of rules say the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from ..checks import KEEP
from ..errors import ValidationError
from .changes import Change, Converted

if TYPE_CHECKING:
    from typing import Any, TypeVar

    from ..errors import Path
    from ..json_text import JSONValue
    from ..wire import OpenWireType

    T = TypeVar("T", bound=OpenWireType)
    Values = dict[str, Any]
    Rule = Callable[[Any, "Place", Values], None]
    Rules = Mapping[str, Rule]

__all__ = [
    "Place",
    "converted",
    "converted_whole",
    "dropped",
    "each",
    "kept",
    "moved",
    "one",
    "to",
    "unless",
]


class Place:
    """A place in the document that is converted, and all that was changed so far.

    >>> start = Place()
    >>> start.at("choices").at(0).dropped("it is a test")
    >>> print(*start.changes)
    choices[0]: dropped: it is a test
    """

    __slots__ = ("changes", "path")

    def __init__(self, path: Path = (), changes: list[Change] | None = None) -> None:
        self.path = path
        self.changes: list[Change] = [] if changes is None else changes

    def at(self, step: str | int) -> Place:
        """The place of a field, or of an item, of what is here."""
        return Place((*self.path, step), self.changes)

    def changed(self, what: str, why: str) -> None:
        """What stands here is not carried over as it is."""
        self.changes.append(Change(self.path, what, why))

    def dropped(self, why: str) -> None:
        """What stands here is not carried over."""
        self.changed("dropped", why)

    def dropped_each(self, names: Iterable[str], why: str) -> None:
        """None of these fields of what stands here is carried over."""
        for name in names:
            self.at(name).dropped(why)


def kept(value: Any, place: Place, values: Values) -> None:
    """The field is there under the same name, and takes the same values."""
    values[str(place.path[-1])] = value


def moved(value: Any, place: Place, values: Values) -> None:
    """The field stands elsewhere: whoever writes it there reads it from here."""


def dropped(why: str) -> Rule:
    """There is nothing like this field on the other side."""
    return lambda value, place, values: place.dropped(why)


def unless(default: object, rule: Rule) -> Rule:
    """The rule applies to every value but this one, which says nothing."""

    def apply(value: Any, place: Place, values: Values) -> None:
        if value != default:
            rule(value, place, values)

    return apply


def one(convert: Callable[[Any, Place], object]) -> Rule:
    """The field's value is an instance, which is converted."""

    def apply(value: Any, place: Place, values: Values) -> None:
        values[str(place.path[-1])] = convert(value, place)

    return apply


def each(convert: Callable[[Any, Place], object]) -> Rule:
    """The field's value is a list of instances, each of which is converted."""

    def apply(value: Any, place: Place, values: Values) -> None:
        values[str(place.path[-1])] = [
            convert(item, place.at(index)) for index, item in enumerate(value)
        ]

    return apply


def converted(source: OpenWireType, target: type[T], rules: Rules, place: Place) -> T:
    """An instance of `target`, made of the fields of `source` by the rules.

    What `source` left out is left out there too, never made up.  Fields that no
    type knows are carried over; one that only `target` knows becomes its field.
    """
    values: Values = {}
    unsaid = source._unsaid()
    for name, spec in source._specs.items():
        value = getattr(source, name)
        # A null that reads as a value, such as no arguments, is said.
        is_read = spec.check.reads_null and name in source.extra
        is_unsaid = name in unsaid and value == unsaid[name] and not is_read
        if value is not None and not spec.local and not is_unsaid:
            rules[name](value, place.at(name), values)
    values.update(_extra(source, target, values, place))
    return target._read(values, KEEP)


def converted_whole(source: OpenWireType, target: type[T], rules: Rules) -> Converted[T]:
    """The outcome of converting a whole document, from its root on."""
    place = Place()
    return Converted(converted(source, target, rules, place), tuple(place.changes))


def to(target: type[T], rules: Rules) -> Callable[[Any, Place], T]:
    """The conversion to a type by rules, for `one` and `each`."""
    return lambda source, place: converted(source, target, rules, place)


def _extra(
    source: OpenWireType, target: type[OpenWireType], values: Values, place: Place
) -> dict[str, JSONValue]:
    """Return the nulls, and what no field of the source holds but one of the target may."""
    carried: dict[str, JSONValue] = {}
    nulls = {name: None for name, value in vars(source).items() if value is None}
    for name, value in {**nulls, **source.extra}.items():
        spec = target._specs.get(name)
        if value is None and (spec or name in source._specs):
            if spec and name not in values:
                carried[name] = None  # a null says nothing, but stays where both have the field
            continue
        if name in values:
            place.at(name).dropped("another field has become the field of this name")
            continue
        try:
            if spec is not None and not spec.spares(value):
                spec.check.read(value, KEEP)
            carried[name] = value
        except ValidationError as error:
            place.at(name).dropped(f"the field of this name can't hold it: {error.summary}")
    return carried
