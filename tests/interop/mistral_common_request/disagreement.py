"""What ours and mistral_common disagree about, place by place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import product
from typing import Any

from mistral_proto.errors import Path, ValidationError, format_path
from mistral_proto.wire import WireType
from tests.interop.mistral_common_request.peers import Error, errors_of, errors_of_openai
from tests.interop.readings import NOTHING, at
from tests.published.comparison import same


@dataclass(frozen=True)
class Refused:
    """One side refuses what stands at a place."""

    kind: str


ACCEPTED = "accepted"


@dataclass(frozen=True)
class Disagreement:
    """About one place of one document.

    Attributes:
        what: which comparison: a key of `COMPARISONS`.
        of: the name of the type, or the version, or the version and the mode.
        document: what was read.
        place: where in the document, or in what was made of it.
        ours: what we make of it: `Refused`, or a value.
        theirs: what mistral_common makes of it.
    """

    what: str
    of: str
    document: Any
    place: Path
    ours: Any
    theirs: Any

    def __str__(self) -> str:
        return (
            f"{self.what} {self.of}: {format_path(self.place)}:"
            f" ours {self.ours!r}, theirs {self.theirs!r}: {self.document!r}"
        )

    @property
    def value(self) -> Any:
        """What stands at the place in the document."""
        return at(self.document, self.place)

    @property
    def field(self) -> str | int:
        """The last step of the place."""
        return self.place[-1] if self.place else ""

    @property
    def refusal(self) -> str:
        """Who refuses: "ours", "theirs", or nobody."""
        if isinstance(self.ours, Refused):
            return "ours"
        return "theirs" if isinstance(self.theirs, Refused) else ""


Disagreements = list[Disagreement]


# -- values and refusals


def of_refusals(
    what: str, of: str, document: Any, ours: list[Error], theirs: list[Error]
) -> Disagreements:
    """Where one side finds something wrong, and the other nothing, nor near it."""
    found: Disagreements = []
    for error in ours:
        if not any(_covers(other.place, error.place) for other in theirs):
            found.append(
                Disagreement(what, of, document, error.place or (), Refused(error.kind), ACCEPTED)
            )
    for error in theirs:
        if _is_of_another_branch(error, theirs):
            continue
        if not any(near(error.place, other.place) for other in ours):
            found.append(
                Disagreement(what, of, document, error.place or (), ACCEPTED, Refused(error.kind))
            )
    return found


def _same_place(one: Path | None, other: Path | None) -> bool:
    """Whether two errors are about the same thing; of None the place is not known.

    An object whose tag is wrong, or that has none, is wrong at the tag, or in what
    the tag would allow.
    """
    if one is None or other is None or one == other:
        return True
    return any(
        tag[-1:] in (("type",), ("role",)) and place[: len(tag) - 1] == tag[:-1]
        for tag, place in ((one, other), (other, one))
    )


def _covers(theirs: Path | None, ours: Path | None) -> bool:
    """Whether an error of theirs is about what one of ours is, which may say it more exactly."""
    if _same_place(theirs, ours) or theirs is None or ours is None:
        return True
    return ours[: len(theirs)] == theirs


def near(one: Path | None, other: Path | None) -> bool:
    """The same, or one inside the other: a union is wrong as a whole, and in a branch."""
    if _same_place(one, other) or one is None or other is None:
        return True
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _is_of_another_branch(error: Error, errors: list[Error]) -> bool:
    """Whether there is another error further inside, in another branch of a union."""
    place = error.place or ()
    return any(
        len(other.place or ()) > len(place) and (other.place or ())[: len(place)] == place
        for other in errors
    )


def of_values(
    what: str, of: str, document: Any, ours: Any, theirs: Any, place: Path = ()
) -> Disagreements:
    """Where two plain values are not the same."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        pairs = [
            (key, ours.get(key, NOTHING), theirs.get(key, NOTHING)) for key in {**ours, **theirs}
        ]
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = [(index, *pair) for index, pair in enumerate(zip(ours, theirs, strict=True))]
    else:
        return [] if same(ours, theirs) else [Disagreement(what, of, document, place, ours, theirs)]
    return sum(
        (of_values(what, of, document, one, other, (*place, key)) for key, one, other in pairs),
        [],
    )


def our_errors(error: Exception) -> list[Error]:
    if isinstance(error, ValidationError):
        return [Error(problem.path, problem.type) for problem in error.problems]
    return [Error(None, type(error).__name__)]


def plain(value: Any) -> Any:
    """A value of ours as plain values, as it was given; also what is never sent."""
    if isinstance(value, WireType):
        fields = {name: plain(item) for name, item in value._values().items() if item is not None}
        extra = fields.pop("extra", {})
        return {**fields, **{name: item for name, item in extra.items() if item is not None}}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def their_plain(value: Any) -> Any:
    """A value of mistral_common's as plain values."""
    return value.model_dump(mode="json", exclude_none=True)


def of_outcomes(
    what: str,
    of: str,
    document: Any,
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
) -> Disagreements:
    """The outcomes of two functions: plain values, or exceptions."""
    errors: list[Error] = []
    their_errors: list[Error] = []
    value = their_value = None
    try:
        value = ours()
    except (ValueError, NotImplementedError, TypeError) as error:
        errors = our_errors(error)
    try:
        their_value = theirs()
    except Exception as error:
        reads_parts = what.endswith("from_openai") or what.startswith("convert")
        their_errors = (errors_of_openai if reads_parts else errors_of)(document, error)
    if any(_agree(*pair) for pair in product(errors, their_errors)):
        return []
    if errors or their_errors:
        return of_refusals(what, of, document, errors, their_errors)
    return of_values(what, of, document, value, their_value)


def _agree(ours: Error, theirs: Error) -> bool:
    """Whether both are about the same; mistral_common stops at the first thing that is wrong."""
    if ours.kind == "TypeError":
        return theirs == ours  # a mistake of ours, unless no function takes the arguments
    return near(ours.place, theirs.place)
