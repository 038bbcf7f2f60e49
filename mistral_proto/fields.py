"""The declaration of one field: a `dataclasses.field` with what its annotation can't say."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable
from copy import copy
from dataclasses import MISSING
from typing import Any

from .checks import BUILD, KEEP, STRICT, UNSET, Check, Constant, Reading, check_of

_METADATA = "mistral_proto"
# A longer key is not a slip of the pen, and finding its likeness would be slow.
_LONGEST_SLIP = 64


def no_such_field(key: str, known: Iterable[str]) -> str:
    """Return what is expected in place of an unknown field, with the nearest known name.

    >>> no_such_field("seed", ["stop", "random_seed"])
    "no such field (did you mean 'random_seed'?)"
    """
    return "no such field" + did_you_mean(key, known)


def did_you_mean(key: str, known: Iterable[str]) -> str:
    """Return the nearest of the known names, to follow what is said of a wrong one; or nothing.

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


@dataclasses.dataclass
class Spec:
    """What one field's declaration says beside its annotation and its default.

    Attributes:
        check: reads the value, where the annotation does not say how.
        absent: the stand-in, or what makes one: what the field holds where a
            server's document leaves it out, and which is not written.
        implied: the default holds anyway, so it is written only where somebody gave it.
        required: the published schema requires it, so strict reading does, also
            where there is a default or a stand-in.
        nullable: the published schema allows null; if nothing is said, it does where
            the default is None.
        vital: it carries the answer: a value that can't be read is an error in a
            server's document, too.
        local: never on the wire; for the caller's side only.
        secret: never shown by `repr`.
        doc: what it means, for the JSON Schema.
        aliases: what the peers call it, which is read, too.
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

    name: str = dataclasses.field(init=False)
    default: Any = dataclasses.field(init=False)
    factory: Any = dataclasses.field(init=False)
    has_default: bool = dataclasses.field(init=False)
    has_absent: bool = dataclasses.field(init=False)
    null_is_a_value: bool = dataclasses.field(init=False)
    keeps_null: bool = dataclasses.field(init=False)
    may_be_missing: bool = dataclasses.field(init=False)
    is_sent: bool = dataclasses.field(init=False)

    def bound(self, field: dataclasses.Field[Any], hint: Any) -> Spec:
        """Return the same, with all that follows, of a class's field with this type hint."""
        spec = copy(self)
        spec.check = self.check or check_of(hint)
        spec.name, spec.default, spec.factory = field.name, field.default, field.default_factory
        spec.has_default = field.default is not MISSING or field.default_factory is not MISSING
        spec.has_absent = self.absent is not UNSET
        spec.required = self.required or not (spec.has_default or spec.has_absent)
        # Without a default, null is a value of its own, and is written as null.
        spec.null_is_a_value = not spec.has_default and (
            self.nullable or type(None) in typing.get_args(hint)
        )
        if self.nullable is None:
            spec.nullable = field.default is None or spec.null_is_a_value
        # The null of a server's document is written as null again.
        spec.keeps_null = field.default is None and not (self.local or spec.check.reads_null)
        # Nothing is stored then, as the class's attribute is the default.
        spec.may_be_missing = (field.default is None or self.implied) and not self.required
        # The API gets the field also where nobody gave it.
        spec.is_sent = not (self.implied or self.local) and (
            spec.has_absent or (spec.has_default and field.default is not None)
        )
        return spec

    def spares(self, value: object) -> bool:
        """Return whether a server's document may hold this value, which can't be read."""
        # A constant tells what the document is, unless it is none at all.
        is_tag = isinstance(self.check, Constant) and isinstance(value, str) and value != ""
        return not (self.vital or is_tag) and (self.has_default or self.has_absent)

    def make_default(self) -> Any:
        """Return the default of one instance."""
        return self.default if self.factory is MISSING else self.factory()

    def make_absent(self) -> Any:
        """Return the stand-in of one instance: of a wire type, what an empty document reads as."""
        if hasattr(self.absent, "_read"):
            return self.absent._read({}, KEEP)
        return self.absent() if callable(self.absent) else self.absent

    def is_needed(self, reading: Reading) -> bool:
        """Return whether a document without the field is refused."""
        if reading is BUILD or self.has_default:
            return not self.has_default or (reading is STRICT and self.required)
        return not self.has_absent or (reading is not KEEP and self.required)


def field(
    check: Check | None = None,
    *,
    default: Any = MISSING,
    default_factory: Any = MISSING,
    **said: Any,
) -> Any:
    """Declare a field of a wire type: `said` are attributes of `Spec`."""
    spec = Spec(check, **said)
    made: dataclasses.Field[Any] = dataclasses.field(
        default=default,
        default_factory=default_factory,
        repr=not spec.secret,
        metadata={_METADATA: spec},
    )
    return made


def spec_of(field: dataclasses.Field[Any], hint: Any) -> Spec:
    """Return what is known of a field of a dataclass, declared with `field` or without."""
    spec: Spec = field.metadata.get(_METADATA) or Spec()
    return spec.bound(field, hint)
