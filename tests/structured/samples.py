"""Types of many kinds, the schema of any type, and a value read as it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, Literal, NewType, TypedDict, TypeVar, Union

import pytest

from mistral_proto import ValidationError
from mistral_proto.schema.definitions import Definitions
from mistral_proto.structured.checks import read_document
from mistral_proto.structured.type_checks import CheckFactory

T = TypeVar("T")
Bounded = TypeVar("Bounded", bound=int)
UserId = NewType("UserId", int)


class Color(enum.Enum):
    """A colour."""

    red = "red"
    blue = "blue"


class Level(enum.IntEnum):
    low = 1
    high = 2


class Mixed(enum.Enum):
    one = 1
    none = None


class Tuples(enum.Enum):
    one = (1,)


@dataclass(frozen=True)
class Author:
    """Who wrote it."""

    name: str
    born: int | None = None


@dataclass
class Book:
    title: str
    author: Author
    pages: int = field(default=1, metadata={"description": "How many.", "minimum": 1, "ours": 1})
    tags: list[str] = field(default_factory=list)


@dataclass
class Node:
    """A list, link by link."""

    value: int
    next: Node | None = None


@dataclass
class Cat:
    meows: bool
    type: Literal["cat"] = "cat"


@dataclass
class Dog:
    barks: bool
    type: Literal["dog"] = "dog"


@dataclass
class Page(Generic[T]):
    items: list[T]
    after: T | None = None


@dataclass
class Books(Page[Book]):
    shelf: str = ""


@dataclass
class Counted(Generic[Bounded]):
    count: Bounded


@dataclass
class Shelf(Generic[T]):
    pages: Page[list[T]]
    first: Union[Page[T], None] = None


class Point(TypedDict):
    """A place."""

    x: float
    y: float


class Options(TypedDict, total=False):
    color: Annotated[Color, "To paint with."]
    point: Point


def schema(tp: Any) -> Any:
    """Return the schema of a type, with the definitions that it refers to."""
    return Definitions().whole(object(), "it", CheckFactory("it").of(tp).schema)


def read(tp: Any, value: Any) -> Any:
    return read_document(CheckFactory("it").of(tp), value)


def problems(tp: Any, value: Any) -> list[tuple[Any, ...]]:
    """Return the path and the kind of each problem, as one tuple."""
    with pytest.raises(ValidationError) as caught:
        read(tp, value)
    return [(*problem.path, problem.type) for problem in caught.value.problems]
