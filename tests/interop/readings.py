"""What ours and a peer's pydantic model make of a document, and where they disagree."""

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
    """About one place of one document.

    Attributes:
        of: the name of our type.
        kind: "less" where ours refuses what the peer takes, "more" where the peer
            refuses what ours takes, "values" where both take it, and write it otherwise.
        step: what was done: "reading" the document, or "our JSON" read by the peer, or
            "their JSON" read by ours.
        document: what was read.
        place: where in it.
        ours: what ours makes of it: a kind of problem, or a value.
        theirs: what the peer makes of it, likewise.
        aside: whether ours keeps what came there in `extra`, as it is not of the
            field's type.
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
        """What stands at the place in the document; NOTHING where there is no such place."""
        return at(self.document, self.place)

    @property
    def field(self) -> str:
        """The innermost field that the place is in."""
        return next((step for step in reversed(self.place) if isinstance(step, str)), "")


@dataclass(frozen=True)
class Difference:
    """One thing that ours and a peer see differently.

    Attributes:
        peer: the peer's package.
        kind: as of a `Disagreement`.
        reason: why ours is as it is.
        example: the name of our type, and a document about which the two disagree.
        covers: whether a disagreement of this kind is this one.
    """

    peer: str
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
    """Those that no entry of the list is about, in words."""
    known = [*differences]
    return [str(each) for each in found if not any(one.matches(each) for one in known)]


# -- reading


@dataclass(frozen=True)
class Outcome:
    """What reading came to: plain values and JSON text, or problems with their places.

    `aside` has the places of what a server's document may hold though it does not read.
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
    """Where a server's document had what is not of its field's type."""
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
    """The place that an error is about.

    pydantic's `loc` also has a step for each branch that it tried of a union: those
    lead nowhere in the document.
    """
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
    """Where the two disagree: about a document, and about the JSON that the other writes.

    `plain` makes of a value of ours what is compared.
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
    """Where two outcomes are not the same."""
    if own.problems or other.problems:
        return _of_problems(of, step, document, own, other)
    return _of_values(of, step, document, own.values, other.values)


def _marked(found: list[Disagreement], own: Outcome) -> list[Disagreement]:
    return [replace(it, aside=any(_near(it.place, place) for place in own.aside)) for it in found]


def _of_problems(
    of: str, step: str, document: Any, own: Outcome, other: Outcome
) -> list[Disagreement]:
    """The problems that one side alone has: no other is at the place, around it, or inside.

    Of a union pydantic tells what is wrong in each branch; what is wrong further inside
    says more than that another branch is of another type.
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
