"""The engine of the conversions: documents in, documents out, by tables of rules.

A table has a rule for each field that differs between the two formats: a function of a
value and its `Node` that returns the value to write under the same name, or None.  Through
the node it writes under other names, and notes changes and problems.

>>> rules = {"seed": renamed("random_seed"), "store": dropped("there is no such parameter")}
>>> node = Node(Report())
>>> convert({"seed": 1, "store": True}, node, rules, only_known(rules)), len(node.report.changes)
({'random_seed': 1}, 2)
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..checks import KEEP
from ..errors import MAX_PROBLEMS, Path, Problem, ValidationError, describe, format_path, step_to
from ..fields import no_such_field

if TYPE_CHECKING:
    from ..wire import WireType

__all__ = ["Change", "Converted"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Document = dict[str, Any]
Rule = Callable[[Any, "Node"], Any]
Rules = Mapping[str, Rule]
Finish = Callable[[Document, "Node"], object]
"""Completes a converted object."""

EMPTY: tuple[object, ...] = (None, "", [], ())


@dataclass(frozen=True)
class Change:
    """One value that a conversion did not carry over as it was.

    `path` is its place in the given document, `action` such as ``"renamed to max_tokens"``.

    >>> print(Change(("store",), "dropped", "Mistral's API has no such parameter"))
    store: dropped: Mistral's API has no such parameter
    """

    path: Path
    action: str
    reason: str

    def __str__(self) -> str:
        return f"{format_path(self.path)}: {self.action}: {self.reason}"


@dataclass(frozen=True)
class Converted(Generic[T_co]):
    """The outcome of a conversion: the converted `value`, and the `changes`.

    >>> Converted("a request").changes
    ()
    """

    value: T_co
    changes: tuple[Change, ...] = ()


@dataclass
class Report:
    """The notes of one conversion, and the `state` that its rules share."""

    state: Any = None
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _moves: dict[tuple[int, str | int], tuple[Path, object]] = field(default_factory=dict)

    def move(self, container: Document | list[Any], key: str | int, path: Path) -> None:
        """Note that an item of a new object or list comes from another place."""
        self._moves[id(container), key] = path, container  # kept alive, so that no other has its id

    def origin(self, document: Any, path: Path, start: Path = ()) -> Path:
        """Return the place in the given document of a place in the new one."""
        found = start
        for step in path:
            found, _ = self._moves.get((id(document), step), ((*found, step), None))
            try:
                document = document[step]
            except (LookupError, TypeError):
                document = None
        return found


class Node:
    """A value of the given document, at a `path`.

    Its `parent` is the given object that holds it, and `written` the new object.
    """

    __slots__ = ("parent", "path", "report", "written")

    def __init__(
        self, report: Report, path: Path = (), parent: Any = None, written: Any = None
    ) -> None:
        self.report = report
        self.path = path
        self.parent = parent
        self.written = written

    @property
    def name(self) -> str:
        return str(self.path[-1])

    def at(self, *steps: str | int) -> Node:
        """Return the node of a value inside this one."""
        return Node(self.report, (*self.path, *steps), self.parent, self.written)

    def items(self, value: Any) -> list[tuple[Node, Any]]:
        """Return the items of a list with their nodes; refuse other values."""
        if not isinstance(value, (list, tuple)):
            self.refuse("a list", value, "list_type")
            return []
        return [(self.at(index), item) for index, item in enumerate(value)]

    def write(self, name: str, value: Any) -> None:
        """Write a field of another name than the value has."""
        self.written[name] = value
        self.report.move(self.written, name, self.path)

    def change(self, action: str, reason: str) -> None:
        self.report.changes.append(Change(self.path, action, reason))

    def drop(self, reason: str) -> None:
        self.change("dropped", reason)

    def refuse(self, expected: str, value: object, kind: str = "value_error") -> None:
        self.report.problems.append(Problem(self.path, expected, describe(value), kind))

    def refuse_missing(self, name: str, given: Mapping[Any, Any]) -> None:
        """Note that an object, whose node this is, lacks a field."""
        got = "null" if name in given else "nothing"
        problem = Problem((*self.path, name), "this field", got, "missing")
        self.report.problems.append(problem)

    def read(self, read: Callable[[Any], T], document: Any) -> T | None:
        """Read a new document; note the problems where they come from, unless noted before."""
        try:
            return read(document)
        except ValidationError as error:
            problems = self.report.problems
            known = {p.path[:length] for p in problems for length in range(1, len(p.path) + 1)}
            for problem in error.problems:
                path = self.report.origin(document, problem.path, self.path)
                if path not in known:
                    problems.append(replace(problem, path=path))
            return None


def convert(given: Mapping[Any, Any], node: Node, rules: Rules, others: Rule) -> Document:
    """Return the object that the rules make: first of the fields with rules, then of the others.

    A null has no rule.  Fields that rules write under other names are not overwritten.
    """
    written: Document = {}
    others_given = []
    for key, value in given.items():
        name = step_to(key)
        rule = None if value is None else rules.get(name)
        if rule is kept:
            written.setdefault(name, value)
        elif rule is None:
            others_given.append((name, value))
        else:
            made = rule(value, Node(node.report, (*node.path, name), given, written))
            if made is not None:
                written.setdefault(name, made)
    for name, value in others_given:
        others(value, Node(node.report, (*node.path, name), given, written))
    for name in {**given, **written} if others_given else ():  # restores the order
        if name in written:
            written[name] = written.pop(name)
    return written


def copied(value: Any, node: Node) -> None:
    node.written.setdefault(node.name, value)


def only_known(rules: Rules, nulls: Container[str] = ()) -> Rule:
    """Return the rule that drops all other fields, and all nulls but those of some names."""

    def others(value: Any, node: Node) -> None:
        if value is not None:
            # The nearest name is slow to find, and a document may have any number of fields.
            known = rules if len(node.report.changes) < MAX_PROBLEMS else ()
            node.drop(f"Mistral's API has {no_such_field(node.name, known)}")
        elif node.name in nulls:
            copied(value, node)
        else:
            node.drop("null means not given")

    return others


def all_that_fit(target: type[WireType], rules: Rules) -> Rule:
    """Return the rule that copies a server's fields, except what a field of `target` can't hold."""
    specs = target._specs

    def others(value: Any, node: Node) -> None:
        spec = specs.get(node.name)
        if value is None:
            if spec or node.name not in rules:
                copied(value, node)
        elif node.name in node.written:
            node.drop("another field was converted to this one")
        else:
            try:
                if spec and not spec.may_be_extra(value):
                    spec.check.read(value, KEEP)
                copied(value, node)
            except ValidationError as error:
                reason = error.summary.removeprefix("the document: ")
                node.drop(f"the field of this name can't hold it: {reason}")

    return others


def kept(value: Any, node: Node) -> Any:
    return value


def left_out(value: Any, node: Node) -> None:
    """Write and note nothing."""


def text(value: Any, node: Node) -> str:
    """Return a string; refuse other values."""
    if isinstance(value, str):
        return value
    node.refuse("a string", value, "string_type")
    return ""


def dropped(reason: str) -> Rule:
    return lambda value, node: node.drop(reason)


def refused(expected: str) -> Rule:
    return lambda value, node: node.refuse(expected, value)


def renamed(name: str, reason: str = "it has that name there", rule: Rule = kept) -> Rule:
    def convert(value: Any, node: Node) -> None:
        node.change(f"renamed to {name}", reason)
        made = rule(value, node)
        if made is not None:
            node.write(name, made)

    return convert


def replaced(old: str, new: str, reason: str) -> Rule:
    """Return the rule that replaces one string, and keeps other values."""

    def convert(value: Any, node: Node) -> Any:
        if value != old:
            return value
        node.change(f"changed to {new!r}", reason)
        return new

    return convert


def unless(values: Container[object], rule: Rule, otherwise: Rule = left_out) -> Rule:
    """Return the rule that is `otherwise` for some values."""
    return lambda value, node: (otherwise if value in values else rule)(value, node)


def unless_given(other: str, rule: Rule) -> Rule:
    """Return the rule of a field that another one overrides, if that is given and not empty."""
    drop = dropped(f"{other} is given too")
    return lambda value, node: (rule if node.parent.get(other) in EMPTY else drop)(value, node)


def each(rule: Rule) -> Rule:
    """Return the rule of a list, by that of its items; other values stay as they are."""

    def convert(value: Any, node: Node) -> Any:
        if not isinstance(value, (list, tuple)):
            return value
        made: list[Any] = []
        for at, item in node.items(value):
            converted = None if item is None else rule(item, at)
            if converted is not None or item is None:  # a null is refused in reading
                if at.path[-1] != len(made):
                    node.report.move(made, len(made), at.path)
                made.append(converted)
        return made if made or not value else None

    return convert


def objects(rules: Rules, others: Rule = copied, finish: Finish | None = None) -> Rule:
    """Return the rule of objects, which `finish` completes; other values stay as they are."""

    def convert_object(value: Any, node: Node) -> Any:
        if not isinstance(value, (dict, Mapping)):
            return value
        written = convert(value, node, rules, others)
        if finish is not None:
            finish(written, node)
        return written

    return convert_object


def to(target: type[WireType], rules: Rules, finish: Finish | None = None) -> Rule:
    """Return the rule of objects that become a server's type."""
    return objects(rules, all_that_fit(target, rules), finish)


def by(tag: str, rules: Mapping[str | None, Rule], other: Rule = kept) -> Rule:
    """Return the rule of objects that one field distinguishes; None is for those without it."""

    def convert(value: Any, node: Node) -> Any:
        kind = value.get(tag) if isinstance(value, (dict, Mapping)) else ""
        if kind is None and None not in rules:
            node.refuse_missing(tag, value)
            return value
        is_known = kind is None or isinstance(kind, str)
        return (rules.get(kind, other) if is_known else other)(value, node)

    return convert


def filled(reason: str, /, **fields: Any) -> Finish:
    """Return the function that sets the fields that a converted object lacks."""

    def finish(written: Document, node: Node) -> None:
        for name, value in fields.items():
            if written.get(name) is None:
                written[name] = value
                node.at(name).change(f"set to {value!r}", reason)

    return finish
