"""The stand-in for a value that is not given, by the SDK's names."""

from __future__ import annotations

from typing import TypeAlias, TypeVar

from .checks import UNSET, Unset
from .lazy_names import stand_for

__all__ = ["Nullable", "OptionalNullable", "UNSET", "Unset"]

T = TypeVar("T")

Nullable: TypeAlias = T | None
OptionalNullable: TypeAlias = T | None | Unset

PATHS = ["basemodel"]
stand_for(PATHS, __name__)
