"""Comparison of our reading of a document with that of a peer's pydantic model."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from mistral_proto.errors import Path, ValidationError, format_path
from mistral_proto.wire import WireType
from tests.published.comparison import same, without_null

Kind = Literal["less", "more", "values"]


@dataclass(frozen=True)
class Disagreement:
    """A disagreement about one place of one document.

    Attributes:
        of: the name of our type.
        kind: "less" if ours refuses a value that the peer takes, "more" the reverse, "values"
            if both take it and write it differently.
        step: "reading" the document, or "our JSON" or "their JSON" read by the other side.
        ours: a kind of problem, or a value.
        theirs: the same of the peer.
        aside: whether ours keeps the value in `extra`, as it is not of the field's type.
    """

    of: str
    kind: Kind
    step: str
    document: Any
    place: Path
    ours: Any
    theirs: Any
    aside: bool = False

    def __str__(self) -> str:
        return (
            f"{self.of}: {self.kind}: {self.step}: {format_path(self.place)}:"
            f" ours {self.ours!r}, theirs {self.theirs!r}: {self.document!r}"
        )

    @property
    def value(self) -> Any:
        """The value at the place in the document; NOTHING if there is no such place."""
        return at(self.document, self.place)

    @property
    def field(self) -> str:
        """The innermost field that the place is in."""
        return next((step for step in reversed(self.place) if isinstance(step, str)), "")


@dataclass(frozen=True)
class Difference:
    """A difference on purpose: its reason, an example, and the disagreements that it covers."""

    kind: Kind
    reason: str
    example: tuple[str, Any]
    covers: Callable[[Disagreement], bool]

    def matches(self, disagreement: Disagreement) -> bool:
        return self.kind == disagreement.kind and self.covers(disagreement)


NOTHING = "nothing"


def at(value: Any, place: Path) -> Any:
    for step in place:
        try:
            value = value[step]
        except (LookupError, TypeError):
            return NOTHING
    return value


def unexplained(found: Iterable[Disagreement], differences: Iterable[Difference]) -> list[str]:
    """Return the disagreements that no entry of the list covers, in words."""
    known = [*differences]
    return [str(each) for each in found if not any(one.matches(each) for one in known)]


# -- reading


@dataclass(frozen=True)
class Outcome:
    """The outcome of reading: plain values and JSON text, or problems with their places.

    `aside` has the places of values of another type than their field's.
    """

    values: Any
    text: str
    problems: list[tuple[Path, str]]
    aside: Sequence[Path] = ()


def our_outcome(
    cls: type[WireType],
    document: Any,
    plain: Callable[[WireType], Any] = WireType.to_dict,
) -> Outcome:
    try:
        value = cls.from_dict(document)
    except ValidationError as error:
        return Outcome(None, "", [(problem.path, problem.type) for problem in error.problems])
    return Outcome(without_null(plain(value)), value.to_json(), [], [*places_aside(value)])


def places_aside(value: object, place: Path = ()) -> Iterator[Path]:
    """Yield the places of values that a server's type keeps in `extra`."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from places_aside(item, (*place, index))
    if isinstance(value, WireType):
        fields = value._values()
        for name, kept in fields.pop("extra", {}).items():
            if name in fields and kept is not None:
                yield (*place, name)
        for name, item in fields.items():
            yield from places_aside(item, (*place, name))


def their_outcome(model: Any, document: Any) -> Outcome:
    try:
        # Its own copy, since a validator may change what it is given.
        value = model.model_validate(copy.deepcopy(document))
        text = value.model_dump_json(by_alias=True, warnings=False)
    except Exception as error:
        return Outcome(None, "", _problems(document, error))
    return Outcome(without_null(json.loads(text)), text, [])


def _problems(document: Any, error: Any) -> list[tuple[Path, str]]:
    if not hasattr(error, "errors"):  # none of pydantic's own, which know the place
        return [((), type(error).__name__)]
    return [(_place(document, each), each["type"]) for each in error.errors()]


def _place(document: Any, error: dict[str, Any]) -> Path:
    """Return the place of an error, without pydantic's steps for branches of a union."""
    place: list[str | int] = []
    value = document
    for step in error["loc"]:
        inside = at(value, (step,))
        if inside != NOTHING:
            place.append(step)
            value = inside
        elif error["type"] == "missing" and step == error["loc"][-1]:
            place.append(step)
    return tuple(place)


# -- comparing


def disagreements(
    of: str,
    ours: type[WireType],
    theirs: Any,
    document: Any,
    plain: Callable[[WireType], Any] = WireType.to_dict,
) -> list[Disagreement]:
    """Compare the reading of a document, and of the JSON that the other side writes.

    `plain` returns the compared form of a value of ours.
    """
    own, other = our_outcome(ours, document, plain), their_outcome(theirs, document)
    if own.problems or other.problems:
        return _marked(_of_problems(of, "reading", document, own, other), own)
    found = _of_values(of, "reading", document, own.values, other.values)
    nothing = Outcome(None, "", [])
    written = json.loads(own.text)
    again = their_outcome(theirs, written)
    if again.problems:
        found += _of_problems(of, "our JSON", written, nothing, again)
    else:
        found += _of_values(of, "our JSON", written, own.values, again.values)
    found = _marked(found, own)
    written = json.loads(other.text)
    again = our_outcome(ours, written, plain)
    if again.problems:
        found += _of_problems(of, "their JSON", written, again, nothing)
    else:
        found += _of_values(of, "their JSON", written, again.values, other.values)
    return found


def between(of: str, step: str, document: Any, own: Outcome, other: Outcome) -> list[Disagreement]:
    if own.problems or other.problems:
        return _of_problems(of, step, document, own, other)
    return _of_values(of, step, document, own.values, other.values)


def _marked(found: list[Disagreement], own: Outcome) -> list[Disagreement]:
    return [replace(it, aside=any(_near(it.place, place) for place in own.aside)) for it in found]


def _of_problems(
    of: str, step: str, document: Any, own: Outcome, other: Outcome
) -> list[Disagreement]:
    """Return the problems of one side to which no problem of the other is near.

    pydantic reports problems of each branch of a union: only the innermost count.
    """
    inner = [
        problem
        for problem in other.problems
        if not any(
            len(place) > len(problem[0]) and _near(place, problem[0]) for place, _ in other.problems
        )
    ]
    return [
        *(
            Disagreement(of, "less", step, document, place, kind, None)
            for place, kind in own.problems
            if not any(_near(place, theirs) for theirs, _ in other.problems)
        ),
        *(
            Disagreement(of, "more", step, document, place, None, kind)
            for place, kind in inner
            if not any(_near(place, ours) for ours, _ in own.problems)
        ),
    ]


def _near(one: Path, other: Path) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _of_values(
    of: str, step: str, document: Any, ours: Any, theirs: Any, place: Path = ()
) -> list[Disagreement]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        pairs = [
            (key, ours.get(key, NOTHING), theirs.get(key, NOTHING)) for key in {**ours, **theirs}
        ]
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = [(index, *pair) for index, pair in enumerate(zip(ours, theirs, strict=True))]
    elif same(ours, theirs):
        return []
    else:
        return [Disagreement(of, "values", step, document, place, ours, theirs)]
    return [
        each
        for key, one, other in pairs
        for each in _of_values(of, step, document, one, other, (*place, key))
    ]
