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
from dataclasses import dataclass, field, replace
from types import NoneType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..checks import KEEP, STRICT, Check, ObjectOf, one_of
from ..errors import MAX_PROBLEMS, Path, Problem, ValidationError, describe, format_path, step_to
from ..fields import no_such_field

if TYPE_CHECKING:
    from ..checks import Reading
    from ..wire import WireType

__all__ = ["Change", "Converted"]

T_co = TypeVar("T_co", covariant=True)
Document = dict[str, Any]
Rule = Callable[[Any, "Place", Document], None]
"""Takes the field's value, its place, and the document that is written."""
Rules = Mapping[str, Rule]
Convert = Callable[[Any, "Place"], Any]
"""Returns what becomes of a value; None where nothing does."""
Finish = Callable[[Document, "Place"], None]
"""Completes the document that was made of an object at a place."""


@dataclass(frozen=True)
class Change:
    """One thing that a conversion did not carry over as it was.

    Attributes:
        path: where it stood in the document that was converted.
        what: what became of it, such as ``"dropped"`` or ``"renamed to max_tokens"``.
        why: the reason.

    >>> print(Change(("store",), "dropped", "Mistral's API has no such parameter"))
    store: dropped: Mistral's API has no such parameter
    """

    path: Path
    what: str
    why: str

    def __str__(self) -> str:
        return f"{format_path(self.path)}: {self.what}: {self.why}"


@dataclass(frozen=True)
class Converted(Generic[T_co]):
    """The outcome of a conversion.

    Attributes:
        value: what the document was converted to.
        changes: what was not carried over as it was, in the document's order.

    >>> Converted("a request").changes
    ()
    """

    value: T_co
    changes: tuple[Change, ...] = ()


@dataclass
class Place:
    """A place in the document that is converted, and all that was noted so far.

    Attributes:
        path: where it is.
        context: what the rules of one conversion share.
        around: the object that has the field that is here, as it was given.
        changes: what was changed, at any place.
        problems: what was refused, at any place.

    >>> start = Place()
    >>> start.at("choices").at(0).dropped("it is a test")
    >>> print(*start.changes)
    choices[0]: dropped: it is a test
    """

    path: Path = ()
    context: Any = None
    around: Mapping[Any, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of the field that is here."""
        return str(self.path[-1])

    def at(self, step: str | int, around: Mapping[Any, Any] | None = None) -> Place:
        """Return the place of a field, or of an item, of what is here."""
        around = self.around if around is None else around
        return Place((*self.path, step), self.context, around, self.changes, self.problems)

    def items(self, value: Any) -> list[tuple[Place, Any]]:
        """Return the items of a list with their places; of what is none, refuse it."""
        if not isinstance(value, (list, tuple)):
            self.refuse("a list", value, "list_type")
            value = ()
        return [(self.at(index), item) for index, item in enumerate(value)]

    def changed(self, what: str, why: str) -> None:
        """Note that what is here is not carried over as it is."""
        self.changes.append(Change(self.path, what, why))

    def dropped(self, why: str) -> None:
        """Note that what is here is not carried over."""
        self.changed("dropped", why)

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
            for problem in error.problems:
                self.problems.append(replace(problem, path=(*self.path, *problem.path)))
            return None


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


EMPTY: tuple[object, ...] = (None, "", [], ())
"""Null, and all empty lists and texts."""


def left_out(value: Any, place: Place, written: Document) -> None:
    """Write nothing, and tell nothing."""


def dropped(why: str) -> Rule:
    """Return the rule of a field that there is no place for, or no need of."""
    return lambda value, place, written: place.dropped(why)


def refused(expected: str) -> Rule:
    """Return the rule of a field without which the document would mean another thing."""
    return lambda value, place, written: place.refuse(expected, value)


def one(convert: Convert) -> Rule:
    """Return the rule of a field whose value is converted, unless another became this one."""
    return lambda value, place, written: written.setdefault(place.name, convert(value, place))


kept = one(as_is)


def each(convert: Convert) -> Rule:
    """Return the rule of a list: each item is converted, and those that become None left out.

    What is no list is written as it is, for the check of the new document.
    """

    def rule(value: Any, place: Place, written: Document) -> None:
        if isinstance(value, (list, tuple)):
            made = [convert(item, at) for at, item in place.items(value)]
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


def unless(nothing: Container[object], rule: Rule, otherwise: Rule = left_out) -> Rule:
    """Return a rule for every value but those that say nothing."""
    return lambda value, place, written: (otherwise if value in nothing else rule)(
        value, place, written
    )


def unless_given(other: str, rule: Rule) -> Rule:
    """Return a rule for where another field, which says the same, is not given or is empty."""
    loses = dropped(f"{other} is given too, and wins")
    return lambda value, place, written: (rule if place.around.get(other) in EMPTY else loses)(
        value, place, written
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
                if spec and not spec.may_be_extra(value):
                    spec.check.read(value, KEEP)
                written[name] = value
            except ValidationError as error:
                why = error.summary.removeprefix("the document: ")
                place.dropped(f"the field of this name can't hold it: {why}")

    return rest


# -- conversions of a value, for `one` and `each`


def objects(rules: Rules, rest: Rule, finish: Finish | None = None) -> Convert:
    """Return the conversion of objects, which `finish` completes; what is none stays as it is."""

    def convert_object(value: Any, place: Place) -> Any:
        if isinstance(value, Mapping):
            value = convert(value, place, rules, rest)
            if finish is not None:
                finish(value, place)
        return value

    return convert_object


def to(target: type[WireType], rules: Rules, finish: Finish | None = None) -> Convert:
    """Return the conversion of objects to a server's type, where what has no rule stays."""
    return objects(rules, carried_to(target, rules), finish)


def sent(
    target: type[WireType],
    finish: Finish | None = None,
    nulls: Container[str] = (),
    **rules: Rule,
) -> Convert:
    """Return the conversion to a type that the user sends, which is read at the place.

    The fields of the type that have no rule stay, and others are dropped.  None becomes
    of an object that is refused, or in which something is.
    """
    names = [name for name, spec in target._specs.items() if not spec.local]
    rules = {**dict.fromkeys(names, kept), **rules}
    convert_object = objects(rules, only_known(rules, nulls), finish)
    check = ObjectOf(target)

    def convert_and_read(value: Any, place: Place) -> Any:
        known_problems = len(place.problems)
        value = convert_object(value, place)
        return place.read(check, value) if len(place.problems) == known_problems else None

    return convert_and_read


def filled(why: str, /, **fields: Any) -> Finish:
    """Return what writes fields that an object does not have yet, and notes them."""

    def finish(written: Document, place: Place) -> None:
        for name, value in fields.items():
            if written.get(name) is None:
                written[name] = value
                place.at(name).changed(f"set to {value!r}", why)

    return finish


def by(tag: str, converts: Mapping[Any, Convert], other: Convert | None = None) -> Convert:
    """Return the conversion of objects that a field tells apart; None is for those without it.

    `other` converts those of another kind, or of none; without it they are refused.
    """

    def convert(value: Any, place: Place) -> Any:
        kind = value.get(tag) if isinstance(value, Mapping) else None
        if isinstance(kind, (str, NoneType)) and kind in converts:
            return converts[kind](value, place)
        if other is not None:
            return other(value, place)
        if not isinstance(value, Mapping):
            place.refuse("an object", value, "dict_type")
        elif kind is None:
            place.refuse_absent(tag, value)
        else:
            place.at(tag).refuse(one_of(filter(None, converts)), kind, "union_tag_invalid")
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
