"""The same documents as a pydantic model and as a dataclass, in pairs."""

from __future__ import annotations

import dataclasses
import enum
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

T = TypeVar("T")
NONE = type(None)


class Color(enum.Enum):
    """A colour."""

    red = "red"
    blue = "blue"


class Level(enum.IntEnum):
    low = 1
    high = 2


class Point(TypedDict):
    """A place."""

    x: float
    y: float


def pair(name: str, doc: str | None = None, /, **hints: Any) -> tuple[Any, Any]:
    """Return a model and a dataclass with the same fields, without defaults."""
    described = {"__doc__": doc} if doc else {}
    namespace = {**described, "__annotations__": hints, "__module__": __name__}
    metaclass: Any = type(BaseModel)
    model = metaclass(f"{name}Model", (BaseModel,), namespace)
    return model, dataclasses.make_dataclass(name, [*hints.items()], namespace=described)


class DefaultsModel(BaseModel):
    count: int = Field(3, description="How many.", ge=0, lt=10)
    name: str = Field("x", pattern="^[a-z]+$", min_length=1, max_length=9, examples=["a"])
    items: list[str] = Field(default_factory=list, min_length=0, max_length=3)
    color: Color = Field(Color.red, description="Which.")
    at: datetime = datetime(2026, 1, 31, 9, 30)
    maybe: int | None = Field(None, ge=1, description="Or none.")
    perhaps: Color | None = None


@dataclass
class Defaults:
    count: int = field(
        default=3, metadata={"description": "How many.", "minimum": 0, "exclusiveMaximum": 10}
    )
    name: str = field(
        default="x",
        metadata={"pattern": "^[a-z]+$", "minLength": 1, "maxLength": 9, "examples": ["a"]},
    )
    items: list[str] = field(default_factory=list, metadata={"minItems": 0, "maxItems": 3})
    color: Color = field(default=Color.red, metadata={"description": "Which."})
    at: datetime = datetime(2026, 1, 31, 9, 30)
    maybe: int | None = field(default=None, metadata={"minimum": 1, "description": "Or none."})
    perhaps: Color | None = None


class AuthorModel(BaseModel):
    """Who wrote it."""

    name: str
    born: int | None = None


class BookModel(BaseModel):
    title: str
    author: AuthorModel = Field(description="The first.")
    others: list[AuthorModel] = Field(default_factory=list)


@dataclass
class Author:
    """Who wrote it."""

    name: str
    born: int | None = None


@dataclass
class Book:
    title: str
    author: Author = field(metadata={"description": "The first."})
    others: list[Author] = field(default_factory=list)


class NodeModel(BaseModel):
    value: int
    next: NodeModel | None = None


@dataclass
class Node:
    value: int
    next: Node | None = None


class PageModel(BaseModel, Generic[T]):
    items: list[T]


@dataclass
class Page(Generic[T]):
    items: list[T]


SCALARS = {"text": str, "whole": int, "number": float, "flag": bool, "nothing": NONE, "any": Any}
FORMATS = {
    "at": datetime,
    "on": date,
    "when": time,
    "long": timedelta,
    "key": uuid.UUID,
    "price": Decimal,
}
CHOICES: dict[str, Any] = {
    "one": Literal["a"],
    "some": Literal["a", "b"],
    "mixed": Literal["a", 1, None],
    "color": Color,
    "level": Level,
    "maybe": int | None,
    "any_of": int | str | list[int],
}
CONTAINERS: dict[str, Any] = {
    "items": list[int],
    "nested": list[list[str | None]],
    "pair": tuple[int, str],
    "many": tuple[int, ...],
    "several": set[int],
    "point": Point,
}
MAPS: dict[str, Any] = {
    "numbers": dict[str, int],
    "anything": dict[str, Any],
    "by_color": dict[Color, str],
}

# Of each pair: the model, ours, a document that both read.
PAIRS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "scalars": (
        *pair("Scalars", "Of each kind one.\n\nIn two paragraphs.", **SCALARS),
        {"text": "a", "whole": 1, "number": 0.5, "flag": True, "nothing": None, "any": [1]},
    ),
    "formats": (
        *pair("Formats", **FORMATS),
        {
            "at": "2026-01-31T09:30:00Z",
            "on": "2026-01-31",
            "when": "09:30:00",
            "long": "P1DT2H",
            "key": str(uuid.UUID(int=7)),
            "price": "0.10",
        },
    ),
    "choices": (
        *pair("Choices", **CHOICES),
        {
            "one": "a",
            "some": "b",
            "mixed": None,
            "color": "red",
            "level": 2,
            "maybe": 1,
            "any_of": [1],
        },
    ),
    "containers": (
        *pair("Containers", **CONTAINERS),
        {
            "items": [1],
            "nested": [["a", None]],
            "pair": [1, "a"],
            "many": [1, 2],
            "several": [1, 2],
            "point": {"x": 0.5, "y": 1.5},
        },
    ),
    "defaults": (
        DefaultsModel,
        Defaults,
        {"count": 9, "name": "abc", "items": ["a"], "maybe": 1, "perhaps": "blue"},
    ),
    "nested": (
        BookModel,
        Book,
        {"title": "Emma", "author": {"name": "Ann"}, "others": [{"name": "Bob", "born": 1}]},
    ),
    "recursive": (NodeModel, Node, {"value": 1, "next": {"value": 2, "next": None}}),
    "generic": (PageModel[AuthorModel], Page[Author], {"items": [{"name": "Ann"}]}),
    "maps": (
        *pair("Maps", **MAPS),
        {"numbers": {"a": 1}, "anything": {"a": [1]}, "by_color": {"red": "a"}},
    ),
}
