"""Unions: which member is meant, and how much work it is to find out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Annotated, Any, Literal, Union

import pytest

from mistral_proto import SystemMessage, UserMessage, ValidationError
from mistral_proto.structured.parsed import read_json
from tests.structured.reading import read
from tests.structured.samples import Author, Cat, Dog, Node, Page


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
    """Return a tree that is so deep, and grows by two nodes a level."""
    tree: dict[str, Any] = {"value": last}
    for level in range(depth):
        tree = {"op": "+*"[level % 2], "left": {"value": level}, "right": tree}
    return {"op": "+", "left": tree, "right": {"value": 0}}


def full(depth: int) -> dict[str, Any]:
    """Return a tree with two to the power of the depth leaves."""
    if not depth:
        return {"value": 1}
    return {"op": "*", "left": full(depth - 1), "right": full(depth - 1)}


def lists(depth: int) -> dict[str, Any]:
    return {"items": [lists(depth - 1), lists(0)]} if depth else {"items": []}


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions of Python the work calls."""
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


@pytest.mark.parametrize(
    "work",
    [
        lambda size: read(Add, chain(size)),
        lambda size: read(Add, chain(size, "wrong at the end")),
        lambda size: read(Add, chain(size) | {"op": "?"}),
        lambda size: read(Mul, full({25: 5, 50: 6, 100: 7}[size])),
        lambda size: read(Lists, lists(size)),
        lambda size: read(Unlike, {**lists(size), "items": [lists(size)]}),
    ],
)
def test_twice_the_document_is_twice_the_work(work: Callable[[int], object]) -> None:
    work_of: dict[int, int] = {}
    for size in (25, 25, 50, 100):  # the first time, plans are made
        work_of[size] = calls_of(lambda size=size: work(size))  # type: ignore[misc]
    assert work_of[100] - work_of[50] <= 2.1 * (work_of[50] - work_of[25])


def test_a_deep_tree_is_read() -> None:
    for depth in (16, 100, 200):
        tree = read_json(json.dumps(chain(depth)), Add)
        assert isinstance(tree.left, (Add, Mul))


def test_what_is_wrong_is_told_of_the_member_that_is_meant() -> None:
    with pytest.raises(ValidationError) as caught:
        read(Add, chain(3, "x"))
    assert [(one.path, one.type) for one in caught.value.problems] == [
        (("left", "right", "right", "right", "value"), "float_type")
    ]


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


MEANT: list[tuple[Any, Any, Any]] = [
    # By a tag, whatever else there is.
    (Union[Cat, Dog], {"type": "cat", "meows": True}, Cat),
    (Union[Cat, Dog, Author], {"type": "dog", "barks": True}, Dog),
    # By the keys: all that are there, none that must be there missing.
    (Union[Cat, Dog, Author], {"name": "Ann"}, Author),
    (Union[Named, Aged], {"name": "Ann", "age": 3}, Aged),
    (Union[Aged, Named], {"name": "Ann"}, Named),
    # By the JSON types of their values, and fixed values.
    (Union[Named, Numbered], {"name": 1}, Numbered),
    (Union[Colored, Named], {"name": "Ann"}, Named),
    (Union[Colored, dict[str, str]], {"color": "green"}, dict),
    (Union[dict[str, int], Named], {"name": "Ann"}, Named),
    (Union[tuple[int, int], tuple[int, int, int]], [1, 2, 3], tuple),
    (Union[list[int], Page[int]], {"items": [1]}, Page),
    (Union[Annotated[Union[Cat, Dog], "A pet."], Named], {"type": "dog", "barks": True}, Dog),
    # By a wire type's own tag.
    (Union[UserMessage, SystemMessage, int], {"role": "system", "content": "a"}, SystemMessage),
    (Union[UserMessage, Named], {"content": "a"}, UserMessage),
]


@pytest.mark.parametrize(("tp", "value", "expected"), MEANT, ids=lambda value: str(value)[:40])
def test_which_is_meant(tp: Any, value: Any, expected: type) -> None:
    assert type(read(tp, value)) is expected


def test_lists_are_told_apart_by_their_items() -> None:
    assert read(Union[list[Named], list[Cat], None], [{"meows": True}]) == [Cat(True)]
    assert read(Union[Page[Author], Page[Node]], {"items": [{"value": 1}]}) == Page([Node(1)])


UNFIT: list[tuple[Any, Any, list[tuple[tuple[Any, ...], str]]]] = [
    (Union[Cat, Dog], {"type": "cow"}, [(("type",), "literal_error")]),
    (Union[Cat, Dog], {"type": ["cat"]}, [(("type",), "literal_error")]),
    (Union[Cat, Dog], {"type": "cat", "barks": 1}, [(("barks",), "extra_forbidden"), (("meows",), "missing")]),
    (Union[Named, Aged], {"nme": "Ann", "age": 3}, [(("nme",), "extra_forbidden"), (("name",), "missing")]),
    (Union[Named, Aged, None], [], [((), "union_type")]),
    (Union[list[int], list[Named]], [{"name": 1}, {}], [((0, "name"), "string_type"), ((1, "name"), "missing")]),
]  # fmt: skip


@pytest.mark.parametrize(("tp", "value", "expected"), UNFIT, ids=lambda value: str(value)[:40])
def test_what_is_wrong_with_it(tp: Any, value: Any, expected: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        read(tp, value)
    assert [(one.path, one.type) for one in caught.value.problems] == expected
