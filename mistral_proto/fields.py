"""The declaration of one field: a `dataclasses.field` with what its annotation can't express."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable
from dataclasses import MISSING
from typing import Any

from .checks import KEEP, STRICT, UNSET, Check, Constant, Reading, check_of

_METADATA = "mistral_proto"
# A longer key is no typing error, and the comparison would be slow.
_MAX_COMPARED = 64


def no_such_field(key: str, known: Iterable[str]) -> str:
    """Return the words for an unknown field, with the nearest known name.

    >>> no_such_field("seed", ["stop", "random_seed"])
    "no such field (did you mean 'random_seed'?)"
    """
    return "no such field" + did_you_mean(key, known)


def did_you_mean(key: str, known: Iterable[str]) -> str:
    """Return a question with the nearest of the known names, or an empty string.

    >>> did_you_mean("chat", ["demo", "chart"])
    " (did you mean 'chart'?)"
    """
    if len(key) > _MAX_COMPARED:
        return ""
    import difflib  # only a mistake pays for it

    def likeness(name: str) -> float:
        # A common beginning, or one name inside the other, counts more than single letters.
        akin = name[:3] == key[:3] or name in key or key in name
        return difflib.SequenceMatcher(a=name, b=key).ratio() + 0.1 * akin

    nearest = max(known, key=likeness, default="")
    return f" (did you mean {nearest!r}?)" if likeness(nearest) > 0.6 else ""


@dataclasses.dataclass(eq=False, repr=False)
class Declaration:
    """The properties of a field beside its annotation and its default.

    Attributes:
        check: reads the value; None: the check that the annotation names.
        absent: the value, or a function that makes it, where a server's document lacks the
            field; it is not written.
        implied: the API assumes the default: it is written only where it was given.
        required: the published schema requires the field, so strict reading does.
        nullable: the published schema allows null; None: it does where the default is None.
        vital: the field carries the answer: an unreadable value in a server's document is
            an error, not an extra.
        local: never on the wire; for the caller only.
        secret: never shown by `repr`.
        doc: the description in the JSON Schema.
        aliases: the names that other libraries use, which are read, too.
    """

    check: Any = None
    absent: Any = UNSET
    implied: bool = False
    required: bool = False
    nullable: bool | None = None
    vital: bool = False
    local: bool = False
    secret: bool = False
    doc: str = ""
    aliases: tuple[str, ...] = ()


class Spec(Declaration):
    """A field of one class: its declaration, and what follows from it."""

    def __init__(self, field: dataclasses.Field[Any], hint: Any) -> None:
        vars(self).update(vars(field.metadata.get(_METADATA) or Declaration()))
        self.name, self.default, self.factory = field.name, field.default, field.default_factory
        self.check = self.check or check_of(hint)
        self.has_default = self.default is not MISSING or self.factory is not MISSING
        self.has_absent = self.absent is not UNSET
        self.required = self.required or not (self.has_default or self.has_absent)
        # Without a default, null is a value of its own, and is written as null.
        self.null_is_a_value = not self.has_default and (
            self.nullable or type(None) in typing.get_args(hint)
        )
        if self.nullable is None:
            self.nullable = self.default is None or self.null_is_a_value
        # The null of a server's document is written as null again.
        self.keeps_null = self.default is None and not (self.local or self.check.reads_null)
        # Nothing is stored then: the class's attribute is the default.
        self.may_be_missing = (self.default is None or self.implied) and not self.required
        # The API gets the field also where it was not given.
        self.is_sent = not (self.implied or self.local) and (
            self.has_absent or (self.has_default and self.default is not None)
        )

    def may_be_extra(self, value: object) -> bool:
        """Return whether a server's document may hold this value, which can't be read."""
        # A constant decides the kind of document, unless it is empty or no string at all.
        is_tag = isinstance(self.check, Constant) and isinstance(value, str) and value != ""
        return not (self.vital or is_tag) and (self.has_default or self.has_absent)

    def make_default(self) -> Any:
        return self.default if self.factory is MISSING else self.factory()

    def make_absent(self) -> Any:
        if hasattr(self.absent, "_read"):  # a wire type
            return self.absent._read({}, KEEP)
        return self.absent() if callable(self.absent) else self.absent

    def is_needed(self, reading: Reading) -> bool:
        """Return whether a document without the field is refused."""
        if self.has_default:
            return reading is STRICT and self.required
        return not self.has_absent or (reading is not KEEP and self.required)


def field(
    check: Check | None = None,
    *,
    default: Any = MISSING,
    default_factory: Any = MISSING,
    **more: Any,
) -> Any:
    """Declare a field of a wire type; `more` are attributes of `Declaration`."""
    declaration = Declaration(check, **more)
    made: dataclasses.Field[Any] = dataclasses.field(
        default=default,
        default_factory=default_factory,
        repr=not declaration.secret,
        metadata={_METADATA: declaration},
    )
    return made
