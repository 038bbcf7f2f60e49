"""Types that JSON can't stand for, and annotations that mean nothing: which and where."""

from __future__ import annotations

import sys
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar, Union

import pytest

from mistral_proto.structured.parsed import response_format_from_type
from mistral_proto.structured.type_checks import record_of
from tests.structured.reading import refusal
from tests.structured.samples import Color, Level, Page, Tuples

T = TypeVar("T")


class Pair(NamedTuple):
    a: int


class Plain:
    pass


REFUSED: list[tuple[Any, str]] = [
    (complex, "it: JSON has no equivalent of complex"),
    (bytes, "it: JSON has no equivalent of bytes"),
    (Plain, "it: JSON has no equivalent of Plain"),
    (Pair, "it: JSON has no equivalent of Pair"),
    (deque[int], "it: JSON has no equivalent of deque[int]"),
    (OrderedDict, "it: JSON has no equivalent of OrderedDict"),
    (Callable[[int], int], "it: JSON has no equivalent of Callable[[int], int]"),
    (3, "it: JSON has no equivalent of 3"),
    ([int], "it: [<class 'int'>] is not a type"),
    (list[dict[str, complex]], "it[][]: JSON has no equivalent of complex"),
    (Union[int, set[bytes]], "it[]: JSON has no equivalent of bytes"),
    (dict[int, str], "it: the keys of an object are strings, not int"),
    (dict[Level, str], "it: the keys of an object are strings, not Level"),
    (Literal[b"a"], "it: JSON has no fixed value for b'a'"),
    (Tuples, "it: JSON has no fixed value for (1,)"),
    (Annotated[str, {"minimum": 1}], "it: 'minimum' can't be a bound of a string"),
    (Annotated[int, {"minimum": "1"}], "it: 'minimum' is the string '1', not a number"),
    (Annotated[int, {"multipleOf": 0}], "it: 'multipleOf' is the number 0, not a number above 0"),
    (Annotated[str, {"minLength": -1}], "it: 'minLength' is the number -1, not an integer of at least 0"),
    (Annotated[str, {"examples": [b"a"]}], "it: 'examples' is a Python bytes, not a JSON value"),
    (Annotated[str, {"pattern": "("}], "it: the pattern '(' is not valid: missing ), unterminated subpattern at position 0"),
    (Annotated[Color, {"minLength": 1}], "it: 'minLength' can't be a bound of 'red' or 'blue'"),
]  # fmt: skip


@pytest.mark.parametrize(("tp", "expected"), REFUSED)
def test_a_type(tp: Any, expected: str) -> None:
    assert refusal(tp) == expected


@dataclass
class Inner:
    wave: complex


@dataclass
class Outer:
    inner: list[Inner]


@dataclass
class Bounds:
    name: str = field(metadata={"minimum": 1})


@dataclass
class Lost:
    other: list[Missing]  # type: ignore[name-defined]  # noqa: F821


@dataclass
class NoSyntax:
    other: "list["  # type: ignore[valid-type]  # noqa: F722, UP037


@dataclass
class Own:
    name: str

    def __init__(self, other: str) -> None:
        self.name = other


@dataclass
class Deeper(Generic[T]):
    inner: Deeper[list[T]] | None


WANTED = "expected a dataclass, a TypedDict or a pydantic model"
OF_FIELDS: list[tuple[Any, str]] = [
    (Outer, "Outer.inner[].wave: JSON has no equivalent of complex"),
    (Page[Inner], "Page[Inner].items[].wave: JSON has no equivalent of complex"),
    (Bounds, "Bounds.name: 'minimum' can't be a bound of a string"),
    (
        Lost,
        "Lost.other: the annotation 'list[Missing]' can't be resolved:"
        " NameError: name 'Missing' is not defined",
    ),
    (NoSyntax, "NoSyntax.other: the annotation \"'list['\" can't be resolved: SyntaxError: "),
    (Own, "Own.other: a parameter of Own, but not a field"),
    (Deeper[int], "Deeper[int].inner.inner.inner"),
    (Color, f"{WANTED}, got Color"),
    (list[int], f"{WANTED}, got list[int]"),
    (int, f"{WANTED}, got int"),
    (Inner(1j), f"{WANTED}, got a Python Inner"),
    ({"type": "json_object"}, f"{WANTED}, got an object with 'type'"),
    (None, f"{WANTED}, got null"),
]


@pytest.mark.parametrize(("tp", "expected"), OF_FIELDS)
def test_a_field(tp: Any, expected: str) -> None:
    with pytest.raises(TypeError) as caught:
        response_format_from_type(tp)
    assert str(caught.value).startswith(expected)
    # Nothing half-made is kept.
    with pytest.raises(TypeError):
        record_of(tp)


def test_names_of_a_module_that_is_gone() -> None:
    module = ModuleType("gone")
    sys.modules["gone"] = module  # which `dataclass` asks for
    made = vars(module)
    exec(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Alone:\n    n: int\n    other: Alone | None = None\n",
        made,
    )
    del sys.modules["gone"]
    alone: Any = record_of(made["Alone"])
    assert alone.members.keys() == {"n", "other"}
