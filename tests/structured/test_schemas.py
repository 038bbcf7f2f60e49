"""The JSON Schema of each type, which is what pydantic writes, less the titles."""

from __future__ import annotations

# ruff: noqa: UP006, UP035, UP045
# The older ways of writing a type are tested as well.
import collections.abc as abc
import typing
from dataclasses import InitVar, dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import (
    Annotated,
    Any,
    ClassVar,
    List,
    Literal,
    Mapping,
    Optional,
    Sequence,
    TypedDict,
    Union,
)
from uuid import UUID

import pytest

from mistral_proto.structured.parsed import response_format_from_type
from tests.structured.reading import schema
from tests.structured.samples import (
    Author,
    Book,
    Books,
    Bounded,
    Color,
    Counted,
    Level,
    Mixed,
    Node,
    Options,
    Page,
    Point,
    Shelf,
    Single,
    T,
    UserId,
)

STRING = {"type": "string"}
INTEGER = {"type": "integer"}
NULL = {"type": "null"}

COLOR = {"Color": {"description": "A colour.", "enum": ["red", "blue"], "type": "string"}}
AUTHOR = {
    "Author": {
        "description": "Who wrote it.",
        "type": "object",
        "properties": {"name": STRING, "born": {"anyOf": [INTEGER, NULL], "default": None}},
        "required": ["name"],
        "additionalProperties": False,
    }
}
POINT = {
    "description": "A place.",
    "type": "object",
    "properties": {"x": {"type": "number"}, "y": {"type": "number"}},
    "required": ["x", "y"],
    "additionalProperties": False,
}

SCHEMAS: list[tuple[Any, dict[str, Any]]] = [
    (str, STRING),
    (int, INTEGER),
    (float, {"type": "number"}),
    (bool, {"type": "boolean"}),
    (None, NULL),
    (type(None), NULL),
    (Any, {}),
    (object, {}),
    (UserId, INTEGER),
    (Bounded, INTEGER),
    (T, {}),
    (datetime, {"type": "string", "format": "date-time"}),
    (date, {"type": "string", "format": "date"}),
    (time, {"type": "string", "format": "time"}),
    (timedelta, {"type": "string", "format": "duration"}),
    (UUID, {"type": "string", "format": "uuid"}),
    (Decimal, {"anyOf": [{"type": "number"}, STRING]}),
    (Optional[int], {"anyOf": [INTEGER, NULL]}),
    (int | None, {"anyOf": [INTEGER, NULL]}),
    (Union[int, str, None], {"anyOf": [INTEGER, STRING, NULL]}),
    (Literal["a"], {"const": "a", "type": "string"}),
    (Literal["a", "b"], {"enum": ["a", "b"], "type": "string"}),
    (Literal[1, "a", None, True], {"enum": [1, "a", None, True]}),
    (Literal[None], {"const": None, "type": "null"}),
    (Literal[Color.red], {"const": "red", "type": "string"}),
    (Color, {"$ref": "#/$defs/Color", "$defs": COLOR}),
    (Level, {"$ref": "#/$defs/Level", "$defs": {"Level": {"enum": [1, 2], "type": "integer"}}}),
    (
        Single,
        {"$ref": "#/$defs/Single", "$defs": {"Single": {"enum": ["only"], "type": "string"}}},
    ),
    (Mixed, {"$ref": "#/$defs/Mixed", "$defs": {"Mixed": {"enum": [1, None]}}}),
    (list[int], {"type": "array", "items": INTEGER}),
    (List[int], {"type": "array", "items": INTEGER}),
    (list, {"type": "array", "items": {}}),
    (typing.List, {"type": "array", "items": {}}),
    (Sequence[int], {"type": "array", "items": INTEGER}),
    (abc.Iterable[int], {"type": "array", "items": INTEGER}),
    (set[int], {"type": "array", "items": INTEGER, "uniqueItems": True}),
    (abc.Set[int], {"type": "array", "items": INTEGER, "uniqueItems": True}),
    (frozenset[str], {"type": "array", "items": STRING, "uniqueItems": True}),
    (tuple[int, ...], {"type": "array", "items": INTEGER}),
    (tuple, {"type": "array", "items": {}}),
    (typing.Tuple, {"type": "array", "items": {}}),
    (
        tuple[int, str],
        {"type": "array", "prefixItems": [INTEGER, STRING], "minItems": 2, "maxItems": 2},
    ),
    (tuple[()], {"type": "array", "minItems": 0, "maxItems": 0}),
    (typing.Tuple[()], {"type": "array", "minItems": 0, "maxItems": 0}),
    (dict[str, int], {"type": "object", "additionalProperties": INTEGER}),
    (dict, {"type": "object", "additionalProperties": True}),
    (Mapping[str, Any], {"type": "object", "additionalProperties": True}),
    (
        dict[Color, int],
        {
            "type": "object",
            "additionalProperties": INTEGER,
            "propertyNames": {"$ref": "#/$defs/Color"},
            "$defs": COLOR,
        },
    ),
    (
        dict[Literal["a"], int],
        {
            "type": "object",
            "additionalProperties": INTEGER,
            "propertyNames": {"const": "a", "type": "string"},
        },
    ),
    (Annotated[int, "How many."], {"description": "How many.", "type": "integer"}),
    (
        Annotated[str, "A name.", {"pattern": "^[a-z]+$", "examples": ["ann"]}, Author],
        {
            "description": "A name.",
            "examples": ["ann"],
            "type": "string",
            "pattern": "^[a-z]+$",
        },
    ),
    (
        Annotated[Optional[int], {"minimum": 0}],
        {"anyOf": [{"type": "integer", "minimum": 0}, NULL]},
    ),
    (
        list[Annotated[int, "One."]],
        {"type": "array", "items": {"description": "One.", "type": "integer"}},
    ),
    (typing.Final[int], INTEGER),
    (Point, {"$ref": "#/$defs/Point", "$defs": {"Point": POINT}}),
]


@pytest.mark.parametrize(("tp", "expected"), SCHEMAS, ids=lambda value: str(value)[:40])
def test_a_type(tp: Any, expected: dict[str, Any]) -> None:
    assert schema(tp) == expected


def whole(tp: Any) -> Any:
    made = response_format_from_type(tp).json_schema
    assert made is not None
    assert made.strict
    return made.schema


def test_a_dataclass() -> None:
    assert whole(Book) == {
        "type": "object",
        "properties": {
            "title": STRING,
            "author": {"$ref": "#/$defs/Author"},
            "pages": {"description": "How many.", "type": "integer", "minimum": 1, "default": 1},
            "tags": {"type": "array", "items": STRING},
        },
        "required": ["title", "author"],
        "additionalProperties": False,
        "$defs": AUTHOR,
    }


def test_one_that_contains_itself_is_a_reference() -> None:
    node = {
        "description": "A list, link by link.",
        "type": "object",
        "properties": {
            "value": INTEGER,
            "next": {"anyOf": [{"$ref": "#/$defs/Node"}, NULL], "default": None},
        },
        "required": ["value"],
        "additionalProperties": False,
    }
    assert whole(Node) == {"$ref": "#/$defs/Node", "$defs": {"Node": node}}


def test_what_need_not_be_there() -> None:
    assert whole(Options) == {
        "type": "object",
        "properties": {
            "color": {"description": "To paint with.", "$ref": "#/$defs/Color"},
            "point": {"$ref": "#/$defs/Point"},
        },
        "additionalProperties": False,
        "$defs": {**COLOR, "Point": POINT},
    }


@pytest.mark.parametrize(
    ("tp", "name", "fields"),
    [
        (Page[int], "Page_int_", {"items": [INTEGER], "after": [INTEGER]}),
        (Page, "Page", {"items": [{}], "after": [{}]}),
        (Page[Author], "Page_Author_", {"items": [{"$ref": "#/$defs/Author"}]}),
        (Books, "Books", {"items": [{"$ref": "#/$defs/Book"}], "shelf": STRING}),
        (Counted[bool], "Counted_bool_", {"count": {"type": "boolean"}}),
        (Counted, "Counted", {"count": INTEGER}),
        (Shelf[Page[int]], "Shelf_Page_int__", {}),
    ],
)
def test_generic_dataclasses(tp: Any, name: str, fields: dict[str, Any]) -> None:
    made = response_format_from_type(tp).json_schema
    assert made is not None and made.name == name
    properties: Any = made.schema["properties"]
    for one, expected in fields.items():
        found = properties[one]
        found.pop("default", None)
        if one == "items":
            found, expected = found["items"], expected[0]
        if one == "after":
            expected = {"anyOf": [*expected, NULL]}
        assert found == expected
    if tp is Shelf[Page[int]]:
        assert set(made.schema["$defs"]) == {  # type: ignore[arg-type]
            "Page_int_",
            "Page_list_Page_int___",
            "Page_Page_int__",
        }


def test_two_types_of_one_name_have_two_definitions() -> None:
    def make() -> type:
        class Same(TypedDict):
            n: int

        return Same

    one, other = make(), make()
    definitions = schema(dict[str, Union[one, other, one]])["$defs"]  # type: ignore[valid-type]
    assert list(definitions) == ["Same", "Same2"]


def test_what_every_call_gets_is_its_own() -> None:
    whole(Book)["properties"].clear()
    assert whole(Book)["properties"]


@dataclass
class Defaults:
    """Defaults of every kind.

    In two paragraphs.
    """

    color: Color = Color.red
    when: datetime = datetime(2026, 1, 31, 9, 30)
    author: Author = Author("Ann")
    pair: tuple[int, str] = (1, "a")
    found: frozenset[str] = frozenset({"b", "a"})
    secret: Any = object()
    unbounded: float = float("inf")
    level: Level = Level.high


def test_defaults_are_told_in_json() -> None:
    properties = whole(Defaults)["properties"]
    assert {name: value["default"] for name, value in properties.items() if "default" in value} == {
        "color": "red",
        "when": "2026-01-31T09:30:00",
        "author": {"name": "Ann", "born": None},
        "pair": [1, "a"],
        "found": ["a", "b"],
        "level": 2,
    }
    assert whole(Defaults)["description"] == "Defaults of every kind.\n\nIn two paragraphs."
    assert "required" not in whole(Defaults)


@dataclass
class Around:
    """What a dataclass can have beside its fields."""

    given: InitVar[int]
    kind: ClassVar[str] = "a"
    made: int = field(init=False)
    only: str = field(default="", kw_only=True)

    def __post_init__(self, given: int) -> None:
        self.made = given


def test_what_the_constructor_takes_is_what_is_asked_for() -> None:
    assert list(whole(Around)["properties"]) == ["given", "only"]
    assert whole(Around)["required"] == ["given"]


def test_any_keywords_of_metadata() -> None:
    bounds = {
        "minimum": 0,
        "maximum": 9,
        "exclusiveMinimum": -1,
        "exclusiveMaximum": 10,
        "multipleOf": 3,
    }
    assert schema(Annotated[float, bounds]) == {"type": "number", **bounds}
    assert schema(Annotated[list[str], {"minItems": 1, "maxItems": 2}]) == {
        "type": "array",
        "items": STRING,
        "minItems": 1,
        "maxItems": 2,
    }


def test_an_argument_without_a_hash() -> None:
    # Python itself takes it in some places only.
    positive = Counted[Annotated[int, {"minimum": 1}]]
    assert whole(positive)["properties"] == {"count": {"type": "integer", "minimum": 1}}
