"""Unions: the member that is read, and the work to find it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from types import FrameType
from typing import Annotated, Any, Literal, Union

from mistral_proto import SystemMessage, UserMessage, ValidationError
from mistral_proto.structured.parsed import read_json
from tests.structured.samples import Author, Cat, Color, Dog, Node, Page, problems, read


@dataclass
class Num:
    value: float


@dataclass
class Add:
    left: Add | Mul | Num
    right: Add | Mul | Num
    op: Literal["+"] = "+"


@dataclass
class Mul:
    left: Add | Mul | Num
    right: Add | Mul | Num
    op: Literal["*"] = "*"


@dataclass
class Lists:
    items: list[Lists] | list[int] | dict[str, Lists]


@dataclass
class Unlike:
    items: list[Unlike | Alike]


@dataclass
class Alike:
    items: list[Alike]


def chain(depth: int, last: Any = 1) -> dict[str, Any]:
    """Return a tree of this depth, with two nodes a level."""
    tree: dict[str, Any] = {"value": last}
    for level in range(depth):
        tree = {"op": "+*"[level % 2], "left": {"value": level}, "right": tree}
    return {"op": "+", "left": tree, "right": {"value": 0}}


def lists(depth: int) -> dict[str, Any]:
    return {"items": [lists(depth - 1), lists(0)]} if depth else {"items": []}


def count_calls(work: Callable[[], object]) -> int:
    """Return the number of Python functions that the work calls."""
    count = 0

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        work()
    except ValidationError:
        pass
    finally:
        sys.setprofile(before)
    return count


def test_the_work_is_linear_in_the_document() -> None:
    cases: list[tuple[Any, Callable[[int], Any]]] = [
        (Add, lambda size: chain(size, "wrong at the end")),
        (Add, lambda size: chain(size) | {"op": "?"}),
        (Lists, lists),
        (Unlike, lambda size: {**lists(size), "items": [lists(size)]}),
    ]
    for tp, document in cases:
        work: dict[int, int] = {}
        for size in (25, 25, 50, 100):  # the first time, checks are made
            work[size] = count_calls(partial(read, tp, document(size)))
        assert work[100] - work[50] <= 2.1 * (work[50] - work[25])


def test_a_deep_tree() -> None:
    assert isinstance(read_json(json.dumps(chain(200)), Add).left, Mul)
    found = problems(Add, chain(3, "x"))
    assert found == [("left", "right", "right", "right", "value", "float_type")]


@dataclass
class Named:
    name: str


@dataclass
class Numbered:
    name: int


@dataclass
class Aged:
    name: str
    age: int


@dataclass
class Colored:
    color: Literal["red", "blue"]
    name: str = ""


PETS: Any = Union[Cat, Dog]
PEOPLE: Any = Union[Named, Aged]
LISTS: Any = Union[list[Named], list[Aged]]
SHARED = [{"name": "Ann", "age": 3}]
INSIDE: Any = Annotated[Union[bool, None], "Inside."]
SCALARS: Any = Union[Color, dict[str, int], Decimal, INSIDE, tuple[int, ...]]
SOON = datetime(2026, 1, 31, 9, 30)
READ: list[tuple[Any, Any, Any]] = [
    # The first that fits, in the order of the annotation.
    (Union[int, float], 1, 1), (Union[int, float], 1.0, 1.0), (Union[float, int], 1, 1), (Union[float, int], 1.5, 1.5),
    (Union[datetime, str], "2026-01-31T09:30", SOON), (Union[datetime, str], "soon", "soon"), (Union[str, datetime], "2026-01-31T09:30", "2026-01-31T09:30"),
    (Union[Literal["a"], int], 5, 5), (Union[list[int], list[str]], ["a"], ["a"]),
    (SCALARS, {"a": 1}, {"a": 1}), (SCALARS, 1.5, Decimal("1.5")), (SCALARS, "red", Color.red), (SCALARS, True, True), (SCALARS, None, None), (SCALARS, [1], (1,)),
    # By a tag, whatever else there is.
    (PETS, {"type": "cat", "meows": True}, Cat(True)),
    (Union[Cat, Dog, Author], {"type": "dog", "barks": True}, Dog(True)),
    (Union[Annotated[PETS, "A pet."], Named], {"type": "dog", "barks": True}, Dog(True)),
    # By the keys: all that are there, none that must be there missing.
    (Union[Cat, Dog, Author], {"name": "Ann"}, Author("Ann")),
    (PEOPLE, {"name": "Ann", "age": 3}, Aged("Ann", 3)),
    (Union[Aged, Named], {"name": "Ann"}, Named("Ann")),
    # By the JSON types of their values, and fixed values.
    (Union[Named, Numbered], {"name": 1}, Numbered(1)),
    (Union[Colored, Named], {"name": "Ann"}, Named("Ann")),
    (Union[Colored, dict[str, str]], {"color": "green"}, {"color": "green"}),
    (Union[dict[str, int], Named], {"name": "Ann"}, Named("Ann")),
    (Union[tuple[int, int], tuple[int, int, int]], [1, 2, 3], (1, 2, 3)),
    (Union[list[Named], list[Cat], None], [{"meows": True}], [Cat(True)]),
    (Union[Page[Author], Page[Node]], {"items": [{"value": 1}]}, Page([Node(1)])),
    # By a wire type's own tag.
    (Union[UserMessage, SystemMessage], {"role": "system", "content": "a"}, SystemMessage(content="a")),
    (Union[UserMessage, Named], {"content": "a"}, UserMessage(content="a")),
    # The same value in two places is read twice as one.
    (list[LISTS], [SHARED, SHARED], [[Aged("Ann", 3)]] * 2),
]  # fmt: skip
# The problems are those of the nearest member.
UNFIT: list[tuple[Any, Any, list[tuple[Any, ...]]]] = [
    (Union[Literal["a"], int], 1.5, [("union_type",)]),
    (PETS, {"type": ["cat"]}, [("type", "literal_error")]),
    (PETS, {"type": "cat", "barks": 1}, [("barks", "extra_forbidden"), ("meows", "missing")]),
    (PETS, {}, [("meows", "missing")]),  # of equals, the first
    (PEOPLE, {"nme": "Ann", "age": 3}, [("nme", "extra_forbidden"), ("name", "missing")]),
    (PEOPLE, [], [("union_type",)]),
    (Union[list[int], list[Named]], [{"name": 1}, {}], [(0, "name", "string_type"), (1, "name", "missing")]),
    (list[PEOPLE], [{}, {}], [(0, "name", "missing"), (1, "name", "missing")]),
    (Author | None, {"name": 1}, [("name", "string_type")]),
]  # fmt: skip


def test_the_member_that_is_read() -> None:
    for tp, value, expected in READ:
        found = read(tp, value)
        assert (type(found), found) == (type(expected), expected), (tp, value)
    for tp, value, expected in UNFIT:
        assert problems(tp, value) == expected, (tp, value)
