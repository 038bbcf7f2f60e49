"""Annotations: names and type variables in them, and the types that are refused."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from dataclasses import InitVar, dataclass, field
from datetime import date
from types import ModuleType
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar, Union

import pytest

from mistral_proto import read_json, response_format_from_type
from tests.structured.samples import (
    Author,
    Books,
    Color,
    Counted,
    Level,
    Page,
    Shelf,
    Tuples,
    read,
    schema,
)

T = TypeVar("T")
U = TypeVar("U")
INTEGER, STRING, NULL = {"type": "integer"}, {"type": "string"}, {"type": "null"}


@dataclass
class Event:
    """A field with the name of its own type, and a nested class."""

    @dataclass
    class Place:
        city: str

    place: Place
    date: date
    until: date | None = None  # type: ignore[valid-type]
    given: InitVar[int | None] = None


@dataclass
class Both(Generic[T, U]):
    one: T
    other: "U"  # noqa: UP037


@dataclass
class Swapped(Both[U, T]):  # its first variable is U
    third: T


def test_names() -> None:
    event = read(Event, {"place": {"city": "Paris"}, "date": "2026-01-31", "until": "2026-02-01"})
    assert event == Event(Event.Place("Paris"), date(2026, 1, 31), date(2026, 2, 1))

    @dataclass
    class Tree:
        children: list[Tree]

    assert read_json('{"children": [{"children": []}]}', Tree) == Tree([Tree([])])


def test_names_of_a_module_that_is_gone() -> None:
    module = ModuleType("gone")
    sys.modules["gone"] = module  # `dataclass` looks it up
    exec(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Alone:\n    n: int\n    other: Alone | None = None\n",
        vars(module),
    )
    del sys.modules["gone"]
    assert schema(vars(module)["Alone"])["$defs"]["Alone"]["properties"].keys() == {"n", "other"}


def test_generic_types() -> None:
    author = {"$ref": "#/$defs/Author"}
    cases: list[tuple[Any, dict[str, Any]]] = [
        (Page[int], {"items": {"type": "array", "items": INTEGER}, "after": {"anyOf": [INTEGER, NULL], "default": None}}),
        (Page, {"items": {"type": "array", "items": {}}}),
        (Page[Author], {"items": {"type": "array", "items": author}}),
        (Books, {"items": {"type": "array", "items": {"$ref": "#/$defs/Book"}}, "shelf": {**STRING, "default": ""}}),
        (Counted, {"count": INTEGER}),
        # An argument without a hash, which Python takes in some places only.
        (Counted[Annotated[int, {"minimum": 1}]], {"count": {"type": "integer", "minimum": 1}}),
    ]  # fmt: skip
    for tp, properties in cases:
        made: Any = response_format_from_type(tp).json_schema
        assert {key: made.schema["properties"][key] for key in properties} == properties, tp
    shelf: Any = response_format_from_type(Shelf[Page[int]]).json_schema
    assert shelf.name == "Shelf_Page_int__"
    assert {*shelf.schema["$defs"]} == {"Page_int_", "Page_list_Page_int___", "Page_Page_int__"}
    swapped = read(Swapped[int, str], {"one": 1, "other": "a", "third": "b"})
    assert swapped == Swapped(1, "a", "b")
    book = {"title": "E", "author": {"name": "A"}}
    assert read(Books, {"items": [], "after": book, "shelf": "s"}).after.title == "E"


def test_typed_dicts() -> None:
    extensions = pytest.importorskip("typing_extensions")
    names: dict[str, Any] = {"__name__": __name__, "T": T, **vars(extensions)}
    exec(
        "from __future__ import annotations\n"
        "class Some(TypedDict, total=False):\n"
        "    a: Required[int]\n"
        "    b: int\n"
        "class Child(Some):\n"
        "    c: str\n"
        "class More(TypedDict):\n"
        "    a: NotRequired[Annotated[int, 'A.']]\n"
        "    b: Annotated[ReadOnly[Required[int]], 'B.']\n"
        "class Box(TypedDict, Generic[T]):\n"
        "    a: T\n"
        "class Boxed(Box[int]):\n"
        "    b: str\n",
        names,
    )
    for name, required in [("Some", ["a"]), ("Child", ["a", "c"]), ("More", ["b"])]:
        assert schema(names[name])["$defs"][name]["required"] == required
    assert read(names["Box"][int], {"a": 1}) == {"a": 1}
    assert schema(names["Boxed"])["$defs"]["Boxed"]["properties"]["a"] == INTEGER
    # Two types of one name.
    box: Any = names["Box"]
    other: Any = extensions.TypedDict("Box", {"b": str})
    assert [*schema(Union[box, other])["$defs"]] == ["Box", "Box2"]


def test_type_aliases() -> None:
    alias = pytest.importorskip("typing_extensions").TypeAliasType
    variable: Any = T
    pair: Any = alias("Pair", tuple[variable, variable], type_params=(variable,))
    assert schema(alias("Name", "str | None")) == {"anyOf": [STRING, NULL]}
    assert read(pair[str], ["a", "b"]) == ("a", "b")
    assert read(Union[pair[int], None], [1, 2]) == (1, 2)
    with pytest.raises(TypeError, match="nested too deeply"):
        schema(alias("Tree", "int | list[Tree]"))


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


# -- refused types


class Pair(NamedTuple):
    a: int


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


# A type, and words of the message: the place and the reason.
REFUSED: list[tuple[Any, list[str]]] = [
    *[(tp, ["it: JSON has no equivalent of", name]) for tp, name in [
        (complex, "complex"), (bytes, "bytes"), (Pair, "Pair"), (3, "3"),
        (deque[int], "deque[int]"), (Callable[[int], int], "Callable["),
    ]],
    ([int], ["it: ", "not a type"]),
    (list[dict[str, complex]], ["it[][]: ", "complex"]),
    (Union[int, set[bytes]], ["it[]: ", "bytes"]),
    (dict[Level, str], ["it: the keys of an object", "Level"]),
    (Literal[b"a"], ["it: ", "b'a'"]),
    (Tuples, ["it: ", "(1,)"]),
    (Annotated[str, {"minimum": 1}], ["it: 'minimum'", "a string"]),
    (Annotated[int, {"minimum": "1"}], ["it: 'minimum'", "not a number"]),
    (Annotated[int, {"multipleOf": 0}], ["it: 'multipleOf'", "not a number above 0"]),
    (Annotated[str, {"minLength": -1}], ["it: 'minLength'", "not an integer of at least 0"]),
    (Annotated[str, {"examples": [b"a"]}], ["it: 'examples'", "not a JSON value"]),
    (Annotated[str, {"pattern": "("}], ["it: the pattern '('"]),
    (Annotated[Color, {"minLength": 1}], ["it: 'minLength'", "'red' or 'blue'"]),
]  # fmt: skip
REFUSED_FIELDS: list[tuple[Any, list[str]]] = [
    (Outer, ["Outer.inner[].wave: ", "complex"]),
    (Page[Inner], ["Page[Inner].items[].wave: ", "complex"]),
    (Bounds, ["Bounds.name: 'minimum'"]),
    (Lost, ["Lost.other: ", "'list[Missing]'", "NameError: name 'Missing' is not defined"]),
    (NoSyntax, ["NoSyntax.other: ", "SyntaxError: "]),
    (Own, ["Own.other: ", "not a field"]),
    (Deeper[int], ["Deeper[int].inner.inner.inner", "nested too deeply"]),
    *[(tp, ["expected a dataclass, a TypedDict or a pydantic model, got ", got]) for tp, got in [
        (Color, "Color"), (list[int], "list[int]"), (Inner(1j), "a Python Inner"),
        ({"type": "json_object"}, "an object with 'type'"), (None, "null"),
    ]],
]  # fmt: skip


def test_refused_types() -> None:
    for function, rows in ((schema, REFUSED), (response_format_from_type, REFUSED_FIELDS)):
        for tp, parts in rows:
            for _ in range(2):  # nothing half-made is kept
                with pytest.raises(TypeError) as caught:
                    function(tp)
                message = str(caught.value)
                assert message.startswith(parts[0]) and all(part in message for part in parts), tp
