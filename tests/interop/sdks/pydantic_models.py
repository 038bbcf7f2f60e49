"""Pydantic models of many kinds, each with a document of it."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, RootModel, computed_field, field_validator
from typing_extensions import TypedDict

T = TypeVar("T")


class Color(enum.Enum):
    """A colour."""

    red = "red"
    blue = "blue"


class Level(enum.IntEnum):
    low = 1
    high = 2


class Scalars(BaseModel):
    text: str
    whole: int
    number: float
    flag: bool
    nothing: None


class Described(BaseModel):
    """A book, as a librarian sees it.

    In two paragraphs.
    """

    title: str = Field(description="As on the cover.", examples=["Emma"])
    pages: Annotated[int, Field(ge=1, lt=10_000)]
    isbn: str = Field("", pattern="^[0-9-]*$", max_length=17, title="ISBN")


class Optionals(BaseModel):
    a: int | None
    b: str | None = None
    c: list[int | None] = []


class Choices(BaseModel):
    color: Color
    level: Level = Level.low
    one: Literal["a"]
    some: Literal["a", 2, None]


class Author(BaseModel):
    """Who wrote it."""

    name: str
    born: int | None = None


class Book(BaseModel):
    title: str
    author: Author
    others: list[Author] = Field(default_factory=list)


class Containers(BaseModel):
    pairs: list[tuple[int, str]]
    many: tuple[int, ...]
    several: set[int]
    nested: list[list[Author]]


class Maps(BaseModel):
    numbers: dict[str, int]
    anything: dict[str, Any]
    authors: dict[str, Author]


class Unions(BaseModel):
    plain: int | str | list[int]
    models: Author | Book
    deep: list[Author | None] | None


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    barks: bool


class Discriminated(BaseModel):
    pet: Cat | Dog = Field(discriminator="kind")
    pets: list[Annotated[Cat | Dog, Field(discriminator="kind")]] = []


class Formats(BaseModel):
    at: datetime
    on: date
    when: time
    long: timedelta
    key: uuid.UUID
    price: Decimal


class Aliases(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    family_name: str = Field(alias="familyName")
    class_: str = Field("x", alias="class")


class Node(BaseModel):
    value: int
    children: list[Node] = []


class Page(BaseModel, Generic[T]):
    items: list[T]
    after: T | None = None


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    on: date
    color: Color


class Open(BaseModel):
    model_config = ConfigDict(extra="allow", title="Another title")

    name: str


class Names(RootModel[list[str]]):
    """Names, in order."""


class Point(TypedDict):
    x: float
    y: float


class Shape(BaseModel):
    at: Point
    to: Point | None = None


class Checked(BaseModel):
    low: int
    high: int

    @field_validator("high")
    @classmethod
    def _positive(cls, value: int) -> int:
        if value < 0:
            raise ValueError("not positive")
        return value

    @computed_field  # type: ignore[prop-decorator]
    @property
    def width(self) -> int:
        return self.high - self.low


class Novel(Book):
    chapters: int = 1
    author: Author = Field(description="The first.")


class Empty(BaseModel):
    pass


EXAMPLES: list[tuple[Any, dict[str, Any] | list[Any]]] = [
    (Scalars, {"text": "é\u2028\ud83d\ude42", "whole": 2**70, "number": 1e-7, "flag": True, "nothing": None}),
    (Described, {"title": "Emma", "pages": 474, "isbn": "0-14"}),
    (Optionals, {"a": None, "c": [1, None]}),
    (Choices, {"color": "blue", "level": 2, "one": "a", "some": None}),
    (Book, {"title": "Emma", "author": {"name": "Jane"}, "others": [{"name": "Ann", "born": 1}]}),
    (Containers, {"pairs": [[1, "a"]], "many": [1, 2], "several": [1, 2], "nested": [[{"name": "A"}], []]}),
    (Maps, {"numbers": {"a": 1}, "anything": {"a": [{"b": None}]}, "authors": {"x": {"name": "A"}}}),
    (Unions, {"plain": [1], "models": {"title": "E", "author": {"name": "J"}}, "deep": [None, {"name": "A"}]}),
    (Discriminated, {"pet": {"kind": "dog", "barks": True}, "pets": [{"kind": "cat", "lives": 9}]}),
    (Formats, {"at": "2026-01-31T09:30:00Z", "on": "2026-01-31T00:00:00Z", "when": "09:30:00+0100",
               "long": "P1DT2H", "key": str(uuid.UUID(int=7)), "price": "0.10"}),
    (Aliases, {"familyName": "Austen", "class": "y"}),
    (Node, {"value": 1, "children": [{"value": 2, "children": [{"value": 3}]}]}),
    (Page[int], {"items": [1, 2], "after": 3}),
    (Page[Author], {"items": [{"name": "A"}]}),
    (Open, {"name": "A", "more": {"a": 1}}),
    (Names, ["a", "b"]),
    (Shape, {"at": {"x": 1, "y": 0.5}}),
    (Checked, {"low": 1, "high": 3}),
    (Novel, {"title": "Emma", "author": {"name": "Jane"}, "chapters": 55}),
    (Empty, {}),
    (Author, {"name": "A", "unknown": 1}),
]  # fmt: skip
"""Models, and documents that the SDK and ours read as the same."""
