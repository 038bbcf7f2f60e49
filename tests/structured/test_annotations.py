"""Names in annotations: of the module, of the class itself, of type parameters, of fields."""

from __future__ import annotations

import sys
from dataclasses import InitVar, dataclass
from datetime import date
from typing import Any, Generic, TypedDict, TypeVar, Union

import pytest

from mistral_proto.structured.annotations import type_name
from mistral_proto.structured.parsed import read_json
from mistral_proto.structured.type_checks import record_of
from tests.structured.reading import read, schema
from tests.structured.samples import Author, Page, Point

T = TypeVar("T")
U = TypeVar("U")


@dataclass
class Event:
    """A field of the name of its own type, and a class inside."""

    @dataclass
    class Place:
        city: str

    place: Place
    date: date
    until: date | None = None  # type: ignore[valid-type]
    given: InitVar[int | None] = None


@dataclass
class Shadowed:
    date: date | None = None


@dataclass
class Both(Generic[T, U]):
    one: T
    other: "U"  # noqa: UP037


@dataclass
class Swapped(Both[U, T]):  # U comes first, as it does here
    third: T


class Base(TypedDict):
    a: int


class Child(Base, total=False):
    b: "Point"  # noqa: UP037


def test_names() -> None:
    event = read(Event, {"place": {"city": "Paris"}, "date": "2026-01-31", "until": "2026-02-01"})
    assert event == Event(Event.Place("Paris"), date(2026, 1, 31), date(2026, 2, 1))
    assert read(Shadowed, {"date": "2026-01-31"}) == Shadowed(date(2026, 1, 31))


def test_type_variables_of_one_class_are_not_those_of_another() -> None:
    swapped = read(Swapped[int, str], {"one": 1, "other": "a", "third": "b"})
    assert swapped == Swapped(1, "a", "b")


def test_a_class_that_is_local_knows_itself() -> None:
    @dataclass
    class Tree:
        children: list[Tree]

    assert read_json('{"children": [{"children": []}]}', Tree) == Tree([Tree([])])


def test_typed_dicts_that_inherit() -> None:
    record: Any = record_of(Child)
    assert (list(record.members), record.required) == (["a", "b"], ["a"])


def test_what_is_required_of_a_typed_dict() -> None:
    extensions = pytest.importorskip("typing_extensions")
    names = {"__name__": __name__, **vars(extensions)}
    exec(
        "from __future__ import annotations\n"
        "class Some(TypedDict, total=False):\n"
        "    a: Required[int]\n"
        "    b: int\n"
        "class More(TypedDict):\n"
        "    a: NotRequired[Annotated[int, 'A.']]\n"
        "    b: Annotated[ReadOnly[Required[int]], 'B.']\n",
        names,
    )
    for name, required in (("Some", ["a"]), ("More", ["b"])):
        found: Any = schema(names[name])
        assert found["$defs"][name]["required"] == required


def test_generic_typed_dicts() -> None:
    extensions = pytest.importorskip("typing_extensions")
    names: dict[str, Any] = {"__name__": __name__, "T": T, **vars(extensions)}
    exec("class Box(TypedDict, Generic[T]):\n    a: T\nclass Boxed(Box[int]):\n    b: str", names)
    assert read(names["Box"][int], {"a": 1}) == {"a": 1}
    assert schema(names["Boxed"])["$defs"]["Boxed"]["properties"]["a"] == {"type": "integer"}


def test_type_aliases() -> None:
    alias = pytest.importorskip("typing_extensions").TypeAliasType
    tree: Any = alias("Tree", "int | list[Tree]")
    variable: Any = T
    pair: Any = alias("Pair", tuple[variable, variable], type_params=(variable,))
    assert schema(tree) == {
        "$ref": "#/$defs/Tree",
        "$defs": {
            "Tree": {
                "anyOf": [
                    {"type": "integer"},
                    {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
                ]
            }
        },
    }
    assert read(tree, [1, [2]]) == [1, [2]]
    assert read(pair[str], ["a", "b"]) == ("a", "b")
    assert read(Union[pair[int], None], [1, 2]) == (1, 2)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax is of Python 3.12")
def test_type_parameters() -> None:
    names: dict[str, Any] = {"__name__": __name__}
    exec(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Box[V]:\n    content: list[V]\n"
        "type Boxes[V] = list[Box[V]]\n",
        names,
    )
    assert read(names["Box"][int], {"content": [1]}).content == [1]
    assert read(names["Boxes"][str], [{"content": ["a"]}])[0].content == ["a"]


@pytest.mark.parametrize(
    ("tp", "expected"),
    [
        (int, "int"),
        (int | None, "int | None"),
        (dict[str, list[Author]], "dict[str, list[Author]]"),
        (Page[int], "Page[int]"),
        (Any, "Any"),
        (T, "T"),
    ],
)
def test_how_a_type_is_written(tp: Any, expected: str) -> None:
    assert type_name(tp) == expected
