"""The engine of all conversions: documents in, documents out, by tables of rules.

A table has a rule for each field that is not the same on both sides.  A rule reads
the field's value, writes what becomes of it into the new document, and notes at the
field's place what it changed or refuses.  All places are those of the given document.
A rule may write under another name than its field's: that stays, in any order.

>>> from mistral_proto.checks import String
>>> rules = {
...     "seed": renamed("random_seed", "Mistral's API has it under that name"),
...     "stop": one(checked(String())),
...     "store": dropped("Mistral's API has no such parameter"),
... }
>>> place = Place()
>>> convert({"seed": 1, "stop": 2, "store": True, "top": 0}, place, rules, only_known(rules))
{'stop': None, 'random_seed': 1}
>>> print(*place.changes, *place.problems, sep="\\n")
seed: renamed to random_seed: Mistral's API has it under that name
store: dropped: Mistral's API has no such parameter
top: dropped: Mistral's API has no such field (did you mean 'stop'?)
stop: expected a string, got the number 2
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..checks import KEEP, STRICT, Check, ObjectOf, one_of
from ..errors import MAX_PROBLEMS, Problem, ValidationError, describe, step_to
from ..fields import no_such_field
from .changes import Change

if TYPE_CHECKING:
    from ..checks import Reading
    from ..errors import Path
    from ..wire import WireType

Document = dict[str, Any]
Rule = Callable[[Any, "Place", Document], None]
"""Takes the field's value, its place, and the document that is written."""
Rules = Mapping[str, Rule]
Convert = Callable[[Any, "Place"], Any]
"""Returns what becomes of a value; None where nothing does."""


class Place:
    """A place in the document that is converted, and all that was noted so far.

    Attributes:
        path: where it is.
        around: the object that has the field that is here, as it was given.
        context: what the rules of one conversion share.
        changes: what was changed, at any place.
        problems: what was refused, at any place.

    >>> start = Place()
    >>> start.at("choices").at(0).dropped("it is a test")
    >>> print(*start.changes)
    choices[0]: dropped: it is a test
    """

    __slots__ = ("around", "changes", "context", "path", "problems")

    def __init__(self, path: Path = (), context: Any = None) -> None:
        self.path = path
        self.around: Mapping[Any, Any] = {}
        self.context = context
        self.changes: list[Change] = []
        self.problems: list[Problem] = []

    @property
    def name(self) -> str:
        """The name of the field that is here."""
        return str(self.path[-1])

    def at(self, step: str | int, around: Mapping[Any, Any] | None = None) -> Place:
        """Return the place of a field, or of an item, of what is here."""
        inside = object.__new__(Place)
        inside.path = (*self.path, step)
        inside.around = self.around if around is None else around
        inside.context = self.context
        inside.changes = self.changes
        inside.problems = self.problems
        return inside

    def changed(self, what: str, why: str) -> None:
        """Note that what is here is not carried over as it is."""
        self.changes.append(Change(self.path, what, why))

    def dropped(self, why: str) -> None:
        """Note that what is here is not carried over."""
        self.changed("dropped", why)

    def default(self, written: Document, name: str, value: object, what: str, why: str) -> None:
        """Write a field that the object here does not have yet, and note it."""
        if written.get(name) is None:
            written[name] = value
            self.at(name).changed(f"set to {what}", why)

    def refuse(self, expected: str, value: object, kind: str = "value_error") -> None:
        """Note that what is here can't be converted."""
        self.problems.append(Problem(self.path, expected, describe(value), kind))

    def refuse_absent(self, name: str, given: Mapping[Any, Any]) -> None:
        """Note that the object here, which is `given`, lacks a field, or has null there."""
        got = "null" if name in given else "nothing"
        self.problems.append(Problem((*self.path, name), "this field", got, "missing"))

    def read(self, check: Check, value: object, reading: Reading = STRICT) -> Any:
        """Return what the check reads; None, with its problems noted, where it refuses."""
        try:
            return check.read(value, reading)
        except ValidationError as error:
            self.failed(error)
            return None

    def failed(self, error: ValidationError) -> None:
        """Note the problems of what is here."""
        self.problems += [
            replace(problem, path=(*self.path, *problem.path)) for problem in error.problems
        ]


def convert(document: Mapping[Any, Any], place: Place, rules: Rules, rest: Rule) -> Document:
    """Return what the rules make of an object.

    First come the fields that have rules, and then, by `rest`, the others and all nulls.
    """
    written: Document = {}
    others = []
    for key, value in document.items():
        name = step_to(key)
        if value is not None and name in rules:
            rules[name](value, place.at(name, document), written)
        else:
            others.append((name, value))
    for name, value in others:
        rest(value, place.at(name, document), written)
    in_order = {name: written[name] for name in document if name in written}
    return {**in_order, **written}


def as_is(value: Any, place: Place) -> Any:
    """Return the value: the conversion that changes nothing."""
    return value


# -- rules


def kept(value: Any, place: Place, written: Document) -> None:
    """Write the value as it is."""
    written.setdefault(place.name, value)


def dropped(why: str) -> Rule:
    """Return the rule of a field that there is no place for, or no need of."""
    return lambda value, place, written: place.dropped(why)


def refused(expected: str) -> Rule:
    """Return the rule of a field without which the document would mean another thing."""
    return lambda value, place, written: place.refuse(expected, value)


def one(convert: Convert) -> Rule:
    """Return the rule of a field whose value is converted."""

    return lambda value, place, written: written.update({place.name: convert(value, place)})


def each(convert: Convert) -> Rule:
    """Return the rule of a list: each item is converted, and those that become None left out.

    What is no list is written as it is, for the check of the new document.
    """

    def rule(value: Any, place: Place, written: Document) -> None:
        if isinstance(value, (list, tuple)):
            made = [convert(item, place.at(index)) for index, item in enumerate(value)]
            made = [item for item in made if item is not None]
            if not made and value:
                return
            value = made
        written.setdefault(place.name, value)

    return rule


def renamed(to: str, why: str, convert: Convert = as_is) -> Rule:
    """Return the rule of a field that has another name."""

    def rule(value: Any, place: Place, written: Document) -> None:
        place.changed(f"renamed to {to}", why)
        written[to] = convert(value, place)

    return rule


def unless(default: object, rule: Rule) -> Rule:
    """Return a rule for every value but this one, which says nothing."""
    return lambda value, place, written: None if value == default else rule(value, place, written)


def unless_empty(why: str, rule: Rule) -> Rule:
    """Return a rule for what is not an empty list or text, which is dropped."""
    return lambda value, place, written: (
        place.dropped(why)
        if isinstance(value, (str, list, tuple)) and not value
        else rule(value, place, written)
    )


def unless_given(other: str, rule: Rule) -> Rule:
    """Return a rule for where another field, which says the same, is not given or is empty."""
    return lambda value, place, written: (
        place.dropped(f"{other} is given too, and wins")
        if place.around.get(other) not in (None, "", [], ())
        else rule(value, place, written)
    )


# -- the rules of fields that have none, and of nulls


def only_known(rules: Rules, nulls: Container[str] = ()) -> Rule:
    """Return the rule that drops them all, except for nulls of these names."""

    def rest(value: Any, place: Place, written: Document) -> None:
        name = place.name
        if value is not None:
            # A likeness is slow to find, and a document may have any number of fields.
            known = rules if len(place.changes) < MAX_PROBLEMS else ()
            place.dropped(f"Mistral's API has {no_such_field(name, known)}")
        elif name in nulls:
            written[name] = None
        else:
            place.dropped("null stands for what is not given")

    return rest


def carried_to(target: type[WireType], rules: Rules) -> Rule:
    """Return the rule that carries them over, but for what a field of `target` can't hold."""
    specs = target._specs

    def rest(value: Any, place: Place, written: Document) -> None:
        name = place.name
        spec = specs.get(name)
        if value is None:  # stays where both sides have the field, or none has
            if spec or name not in rules:
                written.setdefault(name, None)
        elif name in written:
            place.dropped("another field has become the field of this name")
        else:
            try:
                if spec and not spec.spares(value):
                    spec.check.read(value, KEEP)
                written[name] = value
            except ValidationError as error:
                why = error.summary.removeprefix("the document: ")
                place.dropped(f"the field of this name can't hold it: {why}")

    return rest


# -- conversions of a value, for `one` and `each`


def to(target: type[WireType], rules: Rules) -> Convert:
    """Return the conversion of objects to a server's type; what is no object stays as it is."""
    rest = carried_to(target, rules)
    return lambda value, place: (
        convert(value, place, rules, rest) if isinstance(value, Mapping) else value
    )


def sent(
    target: type[WireType],
    finish: Callable[[Document, Place], None] | None = None,
    nulls: Container[str] = (),
    **rules: Rule,
) -> Convert:
    """Return the conversion to a type that the user sends, which is read at the place.

    The fields of the type that have no rule stay, and others are dropped.  `finish` completes
    the document.  None becomes of an object that is refused, or in which something is.
    """
    names = [name for name, spec in target._specs.items() if not spec.local]
    rules = {**dict.fromkeys(names, kept), **rules}
    rest = only_known(rules, nulls)
    check = ObjectOf(target)

    def convert_and_read(value: Any, place: Place) -> Any:
        known_problems = len(place.problems)
        if isinstance(value, Mapping):
            value = convert(value, place, rules, rest)
            if finish is not None:
                finish(value, place)
        return place.read(check, value) if len(place.problems) == known_problems else None

    return convert_and_read


def by(tag: str, converts: Mapping[str, Convert], other: Convert | None = None) -> Convert:
    """Return the conversion of objects that a field tells apart.

    `other` converts those of another kind, or of none; without it they are refused.
    """

    def convert(value: Any, place: Place) -> Any:
        kind = value.get(tag) if isinstance(value, Mapping) else None
        if isinstance(kind, str) and kind in converts:
            return converts[kind](value, place)
        if other is not None:
            return other(value, place)
        if not isinstance(value, Mapping):
            place.refuse("an object", value, "dict_type")
        elif kind is None:
            place.refuse_absent(tag, value)
        else:
            place.at(tag).refuse(one_of(converts), kind, "union_tag_invalid")
        return None

    return convert


def checked(check: Check, convert: Convert = as_is) -> Convert:
    """Return the conversion that reads, with a check, what another conversion makes."""
    return lambda value, place: place.read(check, convert(value, place))


def replaced(ours: str, theirs: str, why: str) -> Convert:
    """Return the conversion of a string that has another name there; others stay."""

    def convert(value: Any, place: Place) -> Any:
        if value == ours:
            place.changed(f"changed to {theirs!r}", why)
        return theirs if value == ours else value

    return convert
