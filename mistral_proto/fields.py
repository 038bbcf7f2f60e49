"""The declaration of one field: its check, its default, and what else is to be known.

A field of a wire type is declared once, by `field(check, ...)`, and everything
that needs to know about it reads that.
"""

from __future__ import annotations

from collections.abc import Iterable

from .checks import Check
from .records import MISSING, Declared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Spec", "did_you_mean", "field", "no_such_field"]

# A longer key is not a slip of the pen, and finding its likeness would be slow.
_LONGEST_SLIP = 64


def no_such_field(key: str, known: Iterable[str]) -> str:
    """What to expect in place of an unknown field: with the nearest known name.

    >>> no_such_field("seed", ["stop", "random_seed"])
    "no such field (did you mean 'random_seed'?)"
    """
    return "no such field" + did_you_mean(key, known)


def did_you_mean(key: str, known: Iterable[str]) -> str:
    """The nearest of the known names, to follow what is said of a wrong one; or nothing.

    >>> did_you_mean("chat", ["demo", "chart"])
    " (did you mean 'chart'?)"
    """
    if len(key) > _LONGEST_SLIP:
        return ""
    import difflib  # only a mistake pays for it

    def likeness(name: str) -> float:
        # A shared beginning, or one name inside the other, tells more than its letters.
        akin = name[:3] == key[:3] or name in key or key in name
        return difflib.SequenceMatcher(a=name, b=key).ratio() + 0.1 * akin

    nearest = max(known, key=likeness, default="")
    return f" (did you mean {nearest!r}?)" if likeness(nearest) > 0.6 else ""


class Spec(Declared):
    """What a field's one declaration says."""

    __slots__ = (
        "absent", "absent_type", "check", "doc", "local", "nullable", "read", "required", "secret",
    )  # fmt: skip

    def __init__(
        self,
        check: Check,
        *,
        default: object,
        default_factory: Any,
        absent: object,
        required: bool,
        nullable: bool,
        local: bool,
        secret: bool,
        doc: str,
    ) -> None:
        super().__init__(default, default_factory, shown=not secret)
        self.check = check
        self.read = check.read
        self.absent = absent
        self.absent_type: Any = None if absent is MISSING else type(absent)
        self.required = required or (self.has_no_default and absent is MISSING)
        self.nullable = nullable
        self.local = local
        self.secret = secret
        self.doc = doc

    @property
    def is_optional(self) -> bool:
        """Whether the default stands for the field wherever it is not given."""
        return self.default is not MISSING and self.absent is MISSING and not self.required

    def stand_in(self, *, wire: bool, tolerant: bool) -> object:
        """What the field holds when it is not given; MISSING where it must be."""
        if wire and self.absent is not MISSING and (tolerant or not self.required):
            return self.absent
        return MISSING if self.has_no_default else self.made_default()


def field(
    check: Check,
    *,
    default: object = MISSING,
    default_factory: Any = MISSING,
    absent: object = MISSING,
    required: bool = False,
    nullable: bool | None = None,
    local: bool = False,
    secret: bool = False,
    doc: str = "",
) -> Any:
    """Declare a field of a wire type.

    Args:
        check: reads the field's value.
        default: what the field holds when the constructor is not given it.
        default_factory: makes that, anew each time.
        absent: what stands for the field when a server's document leaves it
            out, where the constructor requires it or would make one up: an
            `Absent`.
        required: the published schema requires it, so strict reading does,
            also where there is a default or an `absent`.
        nullable: the published schema allows null; as it mostly does where the
            default is None, that is what holds if nothing is said.  Where there
            is no default either, null is a value of its own, and is written as
            null.
        local: never on the wire; for the caller's side only.
        secret: never shown by `repr`.
        doc: what it means, for the JSON Schema.
    """
    return Spec(
        check,
        default=default,
        default_factory=default_factory,
        absent=absent,
        required=required,
        nullable=default is None if nullable is None else nullable,
        local=local,
        secret=secret,
        doc=doc,
    )
