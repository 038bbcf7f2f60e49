"""What a conversion changed, so that nothing is lost in silence."""

from __future__ import annotations

import dataclasses
from typing import Generic, TypeVar

from ..errors import Path, format_path

__all__ = ["Change", "Converted"]

T_co = TypeVar("T_co", covariant=True)


@dataclasses.dataclass(frozen=True)
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


@dataclasses.dataclass(frozen=True)
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
