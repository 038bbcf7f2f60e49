"""The value of an argument that is not given, by the SDK's names."""

from __future__ import annotations

from typing import TypeAlias, TypeVar

from .checks import UNSET, Unset
from .lazy_names import add_aliases

__all__ = ["Nullable", "OptionalNullable", "UNSET", "Unset"]

T = TypeVar("T")

Nullable: TypeAlias = T | None
OptionalNullable: TypeAlias = T | None | Unset

add_aliases(["basemodel"], __name__)
