"""Types of every kind that the tests read and write."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Annotated, Generic, Literal, NewType, TypedDict, TypeVar, Union

T = TypeVar("T")
Bounded = TypeVar("Bounded", bound=int)
UserId = NewType("UserId", int)


class Color(enum.Enum):
    """A colour."""

    red = "red"
    blue = "blue"


class Single(enum.Enum):
    only = "only"


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
