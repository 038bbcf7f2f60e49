"""How a document is adapted: field by field, by tables that say what becomes of each.

A table maps the name of a field to a rule.  A rule reads the field's value,
writes what becomes of it, and notes what it changed and what it refuses; all
places are those of the document that was given.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import TYPE_CHECKING

from ..checks import STRICT, Check
from ..errors import SHOWN_PROBLEMS, Problem, ValidationError, describe, step_to
from ..fields import no_such_field
from .changes import Change

if TYPE_CHECKING:
    from ..errors import Path
    from ..wire import WireType
    from .tool_call_ids import ToolCallIds

    Rule = Callable[["Draft", str, object], None]
    Table = Mapping[str, Rule]

__all__ = [
    "Adaptation",
    "Draft",
    "checked_by",
    "dropped",
    "fields_of",
    "kept",
    "object_of",
    "refused",
    "renamed",
    "says",
    "unless",
    "unless_null",
]

NULL = "null stands for what is not given"


class Adaptation:
    """One document on its way: what is changed and refused, in the document's order.

    `body` is the whole document as it was given, `ids` what its tool calls are
    called, and `allowed` the names of the tools that may be offered; None where
    all may be.
    """

    __slots__ = ("allowed", "body", "changes", "ids", "problems")

    def __init__(
        self, body: Mapping[str, object], ids: ToolCallIds, allowed: Container[object] | None
    ) -> None:
        self.body = body
        self.ids = ids
        self.allowed = allowed
        self.changes: list[Change] = []
        self.problems: list[Problem] = []

    def change(self, place: Path, what: str, why: str) -> None:
        self.changes.append(Change(place, what, why))

    def drop(self, place: Path, why: str) -> None:
        self.change(place, "dropped", why)

    def refuse(self, place: Path, expected: str, value: object, kind: str = "value_error") -> None:
        self.problems.append(Problem(place, expected, describe(value), kind))

    def refuse_absent(self, place: Path, given: Mapping[str, object]) -> None:
        """Refuse that the field at `place` is not in `given`, or is null there."""
        got = "null" if place[-1] in given else "nothing"
        self.problems.append(Problem(place, "this field", got, "missing"))

    def read(self, check: Check, value: object, place: Path) -> object:
        """What the check reads, as strictly as the API does; None where it refuses."""
        try:
            value = check.read(value, STRICT)
        except ValidationError as error:
            self.problems += [
                Problem((*place, *problem.path), problem.expected, problem.got, problem.type)
                for problem in error.problems
            ]
            return None
        return value


class Draft:
    """One object of the document, and what becomes of it.

    `given` is the object, `place` where it stands, and `written` the fields of
    what it becomes.
    """

    __slots__ = ("given", "place", "work", "written")

    def __init__(self, given: Mapping[str, object], place: Path, work: Adaptation) -> None:
        self.given = given
        self.place = place
        self.work = work
        self.written: dict[str, object] = {}

    def at(self, name: str) -> Path:
        return (*self.place, name)

    def default(self, name: str, value: object, what: str, why: str) -> None:
        """Write a field that was not given, and say what it was set to."""
        if name not in self.written:
            self.written[name] = value
            self.work.change(self.at(name), what, why)

    def fill(
        self, table: Table, *, nulls: Container[str] = (), hints: bool = False
    ) -> dict[str, object]:
        """Apply the table's rules, in the order of the document; returns `written`.

        A null is dropped, but for the fields among `nulls`; so is a field that
        the table does not have, with the nearest name of the table if `hints`
        are wanted.
        """
        hints_left = SHOWN_PROBLEMS if hints else 0
        for key, value in self.given.items():
            name = step_to(key)
            if value is None and name not in nulls:
                self.work.drop(self.at(name), NULL)
            elif name in table:
                table[name](self, name, value)
            else:
                # A likeness is slow to find, and a document may have any number of keys.
                hint = no_such_field(name, table) if hints_left else "no such field"
                hints_left = max(0, hints_left - 1)
                self.work.drop(self.at(name), f"Mistral's API has {hint}")
        return self.written


def says(value: object, text: str) -> bool:
    """Whether a value, of any kind, is this string."""
    return isinstance(value, str) and value == text


def kept(draft: Draft, name: str, value: object) -> None:
    """The rule of a field that stays as it is, and is checked with its whole object."""
    draft.written[name] = value


def unless_null(draft: Draft, name: str, value: object) -> None:
    """The rule of a field whose null says nothing, and is made up for."""
    if value is not None:
        draft.written[name] = value


def object_of(table: Table) -> Rule:
    """The rule of a field that is an object; what is none stays, and is checked later."""

    def rule(draft: Draft, name: str, value: object) -> None:
        if isinstance(value, Mapping):
            value = Draft(value, draft.at(name), draft.work).fill(table)
        draft.written[name] = value

    return rule


def checked_by(check: Check) -> Rule:
    """The rule of a field that stays as it is, if the check takes it."""

    def rule(draft: Draft, name: str, value: object) -> None:
        draft.written[name] = draft.work.read(check, value, draft.at(name))

    return rule


def renamed(to: str, why: str, check: Check) -> Rule:
    """The rule of a field that has another name here."""

    def rule(draft: Draft, name: str, value: object) -> None:
        draft.work.change(draft.at(name), f"renamed to {to}", why)
        draft.written[to] = draft.work.read(check, value, draft.at(name))

    return rule


def dropped(why: str) -> Rule:
    """The rule of a field that is not needed, or that can't be had."""

    def rule(draft: Draft, name: str, value: object) -> None:
        draft.work.drop(draft.at(name), why)

    return rule


def refused(expected: str) -> Rule:
    """The rule of a field without which the request would mean another thing."""

    def rule(draft: Draft, name: str, value: object) -> None:
        draft.work.refuse(draft.at(name), expected, value)

    return rule


def unless(other: str, rule: Rule) -> Rule:
    """A rule for where a field that says the same is not given; that one wins."""

    def otherwise(draft: Draft, name: str, value: object) -> None:
        winner = draft.given.get(other)
        if winner is None or (isinstance(winner, (str, list, tuple)) and not winner):
            rule(draft, name, value)
        else:
            draft.work.drop(draft.at(name), f"{other} is given too, and wins")

    return otherwise


def fields_of(cls: type[WireType], **rules: Rule) -> dict[str, Rule]:
    """A table of a type's own fields, which are kept but for those that have rules."""
    names = [name for name, spec in cls._specs.items() if not spec.local]
    return {**dict.fromkeys(names, kept), **rules}
