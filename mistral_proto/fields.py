"""The declaration of one field: a `dataclasses.field` with what its annotation can't say."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import MISSING
from typing import Any

from .checks import BUILD, KEEP, STRICT, Check, Constant, Reading, check_of

__all__ = ["MISSING", "Spec", "did_you_mean", "field", "no_such_field", "spec_of"]

METADATA = "mistral_proto"
"""The key of a field's metadata that has its `Spec`."""

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


class Spec:
    """What one field's declaration says beside its annotation and its default.

    Attributes:
        check: reads the value, where the annotation does not say how.
        absent: the stand-in, or what makes one: what the field holds where a
            server's document leaves it out, and which is not written.
        quiet: the default says what holds anyway, so it is written only where
            somebody gave it.
        required: the published schema requires it, so strict reading does, also
            where there is a default or a stand-in.
        nullable: the published schema allows null; if nothing is said, it does where
            the default is None.  Without a default, null is a value of its own.
        vital: it carries the answer: a value that can't be read is an error in a
            server's document, too.
        local: never on the wire; for the caller's side only.
        secret: never shown by `repr`.
        doc: what it means, for the JSON Schema.
    """

    name: str
    default: Any
    default_factory: Any

    def __init__(
        self,
        check: Check | None = None,
        *,
        absent: object = MISSING,
        quiet: bool = False,
        required: bool = False,
        nullable: bool | None = None,
        vital: bool = False,
        local: bool = False,
        secret: bool = False,
        doc: str = "",
    ) -> None:
        self.check: Any = check
        self.absent: Any = absent
        self.quiet = quiet
        self.required = required
        self.nullable = nullable
        self.vital = vital
        self.local = local
        self.secret = secret
        self.doc = doc

    def bound(self, field: dataclasses.Field[Any], hint: Any) -> Spec:
        """Return the same of a field of a class, where the annotation means this hint."""
        spec = copy(self)
        spec.name, spec.default, spec.default_factory = (
            field.name,
            field.default,
            field.default_factory,
        )
        if self.check is None:
            spec.check = check_of(hint)
        spec.required = self.required or not (spec.has_default or spec.has_absent)
        if self.nullable is None:
            is_value = not spec.has_default and type(None) in typing.get_args(hint)
            spec.nullable = is_value or field.default is None
        return spec

    @property
    def has_default(self) -> bool:
        """Whether the constructor fills it in."""
        return self.default is not MISSING or self.default_factory is not MISSING

    @property
    def has_absent(self) -> bool:
        """Whether there is a stand-in."""
        return self.absent is not MISSING

    @property
    def is_sent(self) -> bool:
        """Whether the API gets the field, also where nobody gave it."""
        has_value = self.has_absent or (self.has_default and self.default is not None)
        return has_value and not self.quiet and not self.local

    @property
    def null_is_a_value(self) -> bool:
        """Whether null is a value of its own, and is written as null."""
        return bool(self.nullable) and not self.has_default

    @property
    def keeps_null(self) -> bool:
        """Whether the null of a server's document is written as null again."""
        return self.default is None and not self.check.reads_null and not self.local

    @property
    def is_spared(self) -> bool:
        """Whether a server's document may hold what does not read as the field's type."""
        is_tag = isinstance(self.check, Constant)  # which tells what the document is
        return not self.vital and not is_tag and (self.has_default or self.has_absent)

    def make_default(self) -> Any:
        """Return the default of one instance."""
        return self.default if self.default_factory is MISSING else self.default_factory()

    def make_absent(self) -> Any:
        """Return the stand-in of one instance."""
        return self.absent() if callable(self.absent) else self.absent

    def is_needed(self, reading: Reading) -> bool:
        """Return whether a document without the field is refused."""
        if reading is BUILD or self.has_default:
            return not self.has_default or (reading is STRICT and self.required)
        return not self.has_absent or (reading is not KEEP and self.required)

    def filling(self, reading: Reading, is_open: bool) -> tuple[Callable[[], Any], bool] | None:
        """Return what makes the value of a field that was not given, and whether it is unsaid.

        None: nothing is stored, and the default is there as the class's attribute.
        """
        as_came = is_open and reading is KEEP
        if self.has_absent and reading is not BUILD and (as_came or not self.required):
            return self.make_absent, True
        if not self.has_default or self.default is None or self.quiet:
            return None
        if as_came and self.default is not MISSING:
            return None
        return self.make_default, False


def field(
    check: Check | None = None,
    *,
    default: Any = MISSING,
    default_factory: Any = MISSING,
    **said: Any,
) -> Any:
    """Declare a field of a wire type: `said` are attributes of `Spec`."""
    spec = Spec(check, **said)
    metadata = {METADATA: spec}
    made: dataclasses.Field[Any] = dataclasses.field(
        default=default, default_factory=default_factory, repr=not spec.secret, metadata=metadata
    )
    return made


def spec_of(field: dataclasses.Field[Any], hint: Any) -> Spec:
    """Return what is known of a field of a dataclass whose annotation means this hint."""
    spec: Spec = field.metadata.get(METADATA) or Spec()
    return spec.bound(field, hint)
