"""Each kind of type: its JSON Schema (pydantic's without titles), and JSON read as it."""

from __future__ import annotations

# ruff: noqa: UP006, UP035, UP045
# The older names of types are tested as well.
import collections.abc as abc
import json
import typing
from dataclasses import InitVar, dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, ClassVar, List, Literal, Mapping, Optional
from uuid import UUID

import pytest

from mistral_proto import ValidationError, read_json, response_format_from_type
from mistral_proto.structured.type_checks import record_of
from mistral_proto.structured.values import text_of_value
from tests.structured.samples import (
    Author,
    Book,
    Color,
    Level,
    Mixed,
    Node,
    Options,
    Page,
    Point,
    T,
    UserId,
    problems,
    read,
    schema,
)

STRING, INTEGER, NULL = {"type": "string"}, {"type": "integer"}, {"type": "null"}
NUMBER = {"type": "number"}
INTEGERS = {"type": "array", "items": INTEGER}
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
    "properties": {"x": NUMBER, "y": NUMBER},
    "required": ["x", "y"],
    "additionalProperties": False,
}
UUID_TEXT = "12345678-1234-5678-1234-567812345678"
UTC = timezone.utc


def formatted(name: str) -> dict[str, Any]:
    return {"type": "string", "format": name}


# A type, its schema, a JSON value and what is read, and wrong values with the path and kind of
# their problems.
TYPES: list[tuple[Any, Any, list[tuple[Any, Any]], list[tuple[Any, list[tuple[Any, ...]]]]]] = [
    (str, STRING, [("a", "a")], [(1, [("string_type",)])]),
    (int, INTEGER, [(1, 1), (1.0, 1)], [("1", [("int_type",)]), (True, [("int_type",)]), (1.5, [("int_from_float",)]), (10**4299, [("finite_number",)]), (1e400, [("finite_number",)])]),
    (float, NUMBER, [(1, 1.0), (0.5, 0.5)], [("1", [("float_type",)]), (10**400, [("finite_number",)]), (float("nan"), [("finite_number",)])]),
    (bool, {"type": "boolean"}, [(True, True)], [(1, [("bool_type",)])]),
    (None, NULL, [(None, None)], [(0, [("literal_error",)])]),
    (Any, {}, [({"a": [1, None]}, {"a": [1, None]})], [({5}, [("json_type",)])]),
    (object, {}, [], []),
    (UserId, INTEGER, [(7, 7)], []),
    (T, {}, [], []),
    (Optional[int], {"anyOf": [INTEGER, NULL]}, [(None, None), (1, 1)], [("1", [("union_type",)])]),
    (Literal["a", "b"], {"enum": ["a", "b"], "type": "string"}, [("b", "b")], [("c", [("literal_error",)])]),
    (Literal[1, "a", None, True], {"enum": [1, "a", None, True]}, [(1.0, 1), (True, True)], []),
    (Literal[1], {"const": 1, "type": "integer"}, [(1, 1)], [(True, [("literal_error",)])]),
    (Literal[Color.red], {"const": "red", "type": "string"}, [("red", Color.red)], []),
    (Color, {"$ref": "#/$defs/Color", "$defs": COLOR}, [("blue", Color.blue)], [("green", [("enum",)]), (1, [("enum",)])]),
    (Level, {"$ref": "#/$defs/Level", "$defs": {"Level": {"enum": [1, 2], "type": "integer"}}}, [(2, Level.high)], []),
    (Mixed, {"$ref": "#/$defs/Mixed", "$defs": {"Mixed": {"enum": [1, None]}}}, [], []),
    (list[int], INTEGERS, [([1, 2], [1, 2])], [({}, [("list_type",)]), (["a", 1, None], [(0, "int_type"), (2, "int_type")])]),
    (List[int], INTEGERS, [], []),
    (typing.List, {"type": "array", "items": {}}, [([1, "a"], [1, "a"])], []),
    (abc.Iterable[int], INTEGERS, [([1], [1])], []),
    (set[int], {**INTEGERS, "uniqueItems": True}, [([1, 1, 2], {1, 2})], []),
    (set[list[int]], {"type": "array", "items": INTEGERS, "uniqueItems": True}, [], [([[1]], [("set_item_not_hashable",)])]),
    (abc.Set[int], {**INTEGERS, "uniqueItems": True}, [([1], {1})], []),
    (frozenset[str], {"type": "array", "items": STRING, "uniqueItems": True}, [(["a"], frozenset({"a"}))], []),
    (tuple[int, ...], INTEGERS, [([1, 2], (1, 2))], []),
    (typing.Tuple, {"type": "array", "items": {}}, [([1, "a"], (1, "a"))], []),
    (tuple[int, str], {"type": "array", "prefixItems": [INTEGER, STRING], "minItems": 2, "maxItems": 2}, [([1, "a"], (1, "a"))], [("ab", [("list_type",)]), ([1], [("too_short",)]), ([1, "a", 2], [("too_long",)]), (["a", "a"], [(0, "int_type")])]),
    (typing.Tuple[()], {"type": "array", "minItems": 0, "maxItems": 0}, [([], ())], []),
    (dict[str, int], {"type": "object", "additionalProperties": INTEGER}, [({"a": 1}, {"a": 1})], [([], [("dict_type",)]), ({"a b": "x"}, [("a b", "int_type")])]),
    (Mapping[str, Any], {"type": "object", "additionalProperties": True}, [({"a": [1]}, {"a": [1]})], []),
    (dict[Color, int], {"type": "object", "additionalProperties": INTEGER, "propertyNames": {"$ref": "#/$defs/Color"}, "$defs": COLOR}, [({"red": 1}, {Color.red: 1})], [({"green": 1}, [("green", "enum")])]),
    (dict[Literal["a"], int], {"type": "object", "additionalProperties": INTEGER, "propertyNames": {"const": "a", "type": "string"}}, [({"a": 1}, {"a": 1})], []),
    (typing.Final[int], INTEGER, [(1, 1)], []),
    (Point, {"$ref": "#/$defs/Point", "$defs": {"Point": POINT}}, [({"x": 1, "y": 2.5}, {"x": 1.0, "y": 2.5})], [({"x": 1}, [("y", "missing")])]),
    (Options, {"$ref": "#/$defs/Options", "$defs": {**COLOR, "Options": {"type": "object", "properties": {"color": {"description": "To paint with.", "$ref": "#/$defs/Color"}, "point": {"$ref": "#/$defs/Point"}}, "additionalProperties": False}, "Point": POINT}}, [({}, {}), ({"color": "red"}, {"color": Color.red})], [({"color": None}, [("color", "enum")])]),
    # -- strings of a format
    (datetime, formatted("date-time"), [
        ("2026-01-31T09:30:00", datetime(2026, 1, 31, 9, 30)),
        ("2026-01-31t09:30:00z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        ("2026-01-31 09:30", datetime(2026, 1, 31, 9, 30)),
        ("2026-01-31T09:30:00.5+00:00", datetime(2026, 1, 31, 9, 30, 0, 500000, UTC)),
        ("2026-01-31T09:30:00.123456789", datetime(2026, 1, 31, 9, 30, 0, 123456)),
        ("2026-01-31 09:30-0130", datetime(2026, 1, 31, 9, 30, tzinfo=timezone(-timedelta(minutes=90)))),
    ], [(1, [("string_type",)]), *[(text, [("datetime_parsing",)]) for text in ("", "2026-01-31", "2026-02-30T00:00:00", "20260131T093000", "2026-01-31T9:30:00", "2026-01-31T09:30:00+1", "2026-01-31T09:30:00+01", "2026-01-31T09:30:00\n", "٢٠٢٦-01-31T09:30:00", "0000-01-01T00:00:00", "2026-01-01T00:00:00+99:99")]]),
    (date, formatted("date"), [(text, date(2026, 1, 31)) for text in ("2026-01-31", "2026-01-31T00:00:00Z", "2026-01-31t00:00:00.000z", "2026-01-31 00:00+0200")],
        [(text, [("date_parsing",)]) for text in ("2026-1-31", "2026-01-31T00:00:01", "2026-01-31T", "2026-W05-6")]),
    (time, formatted("time"), [("09:30", time(9, 30)), ("09:30:01.25Z", time(9, 30, 1, 250000, UTC)), ("09:30+0000", time(9, 30, tzinfo=UTC))],
        [(text, [("time_parsing",)]) for text in ("9:30", "25:00:00", "T09:30:00")]),
    (timedelta, formatted("duration"), [("P1DT12H30M1.5S", timedelta(days=1, hours=12, minutes=30, seconds=1.5)), ("-PT1H", -timedelta(hours=1)), ("+P2W", timedelta(weeks=2))],
        [(text, [("time_delta_parsing",)]) for text in ("P", "PT", "P1Y", "1D", "P1DT", "P9999999999D", "-P999999999DT24H", f"PT{'9' * 400}S", f"P{'9' * 5000}D")]),
    (UUID, formatted("uuid"), [(UUID_TEXT, UUID(UUID_TEXT))], [(text, [("uuid_parsing",)]) for text in ("x", UUID_TEXT.replace("-", ""), f"{{{UUID_TEXT}}}")]),
    (Decimal, {"anyOf": [NUMBER, STRING]}, [("0.10", Decimal("0.10")), (0.1, Decimal("0.1")), (1, Decimal(1)), ("-1e3", Decimal("-1E+3"))],
        [(True, [("union_type",)]), (float("inf"), [("finite_number",)]), *[(text, [("decimal_parsing",)]) for text in ("x", "NaN", "1_0", " 1", "", "1e5000", "1e-5000", "1e99999999999999999999", "9" * 5000, "0e5000")]]),
    # -- keywords
    (list[Annotated[int, "One."]], {"type": "array", "items": {"description": "One.", **INTEGER}}, [], []),
    (Annotated[str, "A name.", {"pattern": "^[a-z]+$", "examples": ["ann"]}, Author], {"description": "A name.", "examples": ["ann"], "type": "string", "pattern": "^[a-z]+$"}, [("ann", "ann")], [("Ann", [("string_pattern_mismatch",)])]),
    (Annotated[str, {"minLength": 2, "maxLength": 3}], {**STRING, "minLength": 2, "maxLength": 3}, [("ab", "ab"), ("abc", "abc")], [("a", [("string_too_short",)]), ("abcd", [("string_too_long",)])]),
    (Annotated[float, {"minimum": 0, "maximum": 9}], {**NUMBER, "minimum": 0, "maximum": 9}, [(0, 0.0), (9, 9.0)], [(-1, [("greater_than_equal",)]), (10, [("less_than_equal",)])]),
    (Annotated[int, {"exclusiveMinimum": 1, "exclusiveMaximum": 3}], {**INTEGER, "exclusiveMinimum": 1, "exclusiveMaximum": 3}, [(2, 2)], [(1, [("greater_than",)]), (3, [("less_than",)])]),
    (Annotated[float, {"multipleOf": 0.1}], {**NUMBER, "multipleOf": 0.1}, [(0.3, 0.3)], [(0.25, [("multiple_of",)])]),
    (Annotated[Decimal, {"multipleOf": 0.1}], {"anyOf": [{**NUMBER, "multipleOf": 0.1}, STRING]}, [("1e400", Decimal("1e400"))], [("1e-400", [("multiple_of",)])]),
    (Annotated[Decimal, {"minimum": 0.1}], {"anyOf": [{**NUMBER, "minimum": 0.1}, STRING]}, [("0.1", Decimal("0.1"))], [("0.05", [("greater_than_equal",)])]),
    (Annotated[list[int] | dict[str, int] | None, {"minItems": 1, "maxItems": 2}], {"anyOf": [{**INTEGERS, "minItems": 1, "maxItems": 2}, {"type": "object", "additionalProperties": INTEGER}, NULL]}, [(None, None), ({}, {})], [([], [("too_short",)]), ([1, 2, 3], [("too_long",)])]),
    (Annotated[int | None, {"minimum": 1}], {"anyOf": [{**INTEGER, "minimum": 1}, NULL]}, [(None, None)], [(0, [("greater_than_equal",)])]),
    (Annotated[int | bool, {"minimum": 1}], {"anyOf": [{**INTEGER, "minimum": 1}, {"type": "boolean"}]}, [(False, False)], []),
    # -- dataclasses
    (Author, {"$ref": "#/$defs/Author", "$defs": AUTHOR}, [({"name": "Ann"}, Author("Ann"))], [("Ann", [("dict_type",)])]),
    (Node, None, [({"value": 1, "next": {"value": 2}}, Node(1, Node(2)))], [({"value": 1, "next": {"value": 2, "next": {"value": None}}}, [("next", "next", "value", "int_type")])]),
    (Book, None, [({"title": "Emma", "author": {"name": "Ann", "born": 1}, "tags": ["a"]}, Book("Emma", Author("Ann", 1), tags=["a"]))], [(
        {"title": 1, "author": {"nme": "Ann"}, "pages": 0, "page": 1, 7: 1},
        [("title", "string_type"), ("author", "nme", "extra_forbidden"), ("author", "name", "missing"), ("pages", "greater_than_equal"), ("page", "extra_forbidden"), ("7", "string_type")],
    )]),
]  # fmt: skip


def test_types() -> None:
    for tp, expected, fits, wrong in TYPES:
        assert expected is None or schema(tp) == expected, tp
        for value, result in fits:
            found = read(tp, value)
            # With the type, as 1, 1.0 and True are equal.
            assert (type(found), repr(found)) == (type(result), repr(result)), (tp, value)
            # In a list, as a string is a text of its own.
            of_list: Any = list[tp]  # type: ignore[valid-type]
            assert read(of_list, json.loads(text_of_value([result]))) == [result], (tp, value)
        for value, kinds in wrong:
            assert problems(tp, value) == kinds, (tp, value)


def whole(tp: Any) -> Any:
    made = response_format_from_type(tp).json_schema
    assert made is not None and made.strict
    return made.schema


def test_whole_schemas() -> None:
    book = {
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
    assert whole(Book) == book
    whole(Book)["properties"].clear()  # changes no other schema
    assert whole(Book) == book
    # A type that contains itself is a reference.
    link = {"anyOf": [{"$ref": "#/$defs/Node"}, NULL], "default": None}
    assert whole(Node)["$ref"] == "#/$defs/Node"
    assert whole(Node)["$defs"]["Node"]["properties"] == {"value": INTEGER, "next": link}
    assert record_of(Book) is record_of(Book)
    assert record_of(Page[int]) is not record_of(Page[str])


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


def test_defaults_in_a_schema() -> None:
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
class Range:
    low: int
    high: int
    kind: ClassVar[str] = "a"
    width: int = field(init=False)
    checks: InitVar[bool] = True

    def __post_init__(self, checks: bool) -> None:
        if checks and self.low > self.high:
            raise ValueError("low is above\nhigh")
        if self.low == 14:
            raise LookupError("no such number")
        self.width = self.high - self.low


def test_constructors() -> None:
    assert [*whole(Range)["properties"]] == ["low", "high", "checks"]
    assert read(Range, {"low": 1, "high": 3}).width == 2
    assert read(Range, {"low": 3, "high": 1, "checks": False}).width == -2
    assert problems(Range, {"low": 1, "high": 3, "width": 2}) == [("width", "extra_forbidden")]
    # A constructor may refuse the values.
    wrong = [{"low": 3, "high": 1}, {"low": 14, "high": 14}]
    assert problems(list[Range], wrong) == [(0, "value_error"), (1, "value_error")]
    with pytest.raises(ValidationError, match=r"what Range takes \(low is above high\)"):
        read(Range, wrong[0])


@dataclass
class Endless:
    next: Endless | None = None

    def __post_init__(self) -> None:
        if self.next is None:
            self.__post_init__()


def test_bounds_of_reading() -> None:
    # Recursion, in a constructor and in a document.
    value: Any = {"value": 1}
    for _ in range(20_000):
        value = {"value": 1, "next": value}
    assert problems(Node, value) == problems(Endless, {"next": {}}) == [("recursion_loop",)]
    # The number of problems, and of names that are compared with those that are known.
    many = dict.fromkeys(map(str, range(99)), 1)
    assert len(problems(dict[str, Author], {"a": many, "b": {}, "c": {}})) == 100
    assert len(problems(Author, dict.fromkeys(map(str, range(300)), 1))) == 100
    with pytest.raises(ValidationError) as caught:
        read(Author, {"name": "Ann", **{f"nam{n}": 1 for n in range(30)}})
    expected = [problem.expected for problem in caught.value.problems]
    assert "did you mean" in expected[19] and "did you mean" not in expected[20]


def test_json_texts() -> None:
    with pytest.raises(ValidationError) as caught:
        read_json("Sure! Here is the book:", Book)
    assert caught.value.title == "Book"
    assert caught.value.problems[0].type == "json_invalid"
    for text in (b'{"name": "Ann"}', '{"name": "Ann"}', '```json\n{"name": "Ann"}\n```'):
        assert read_json(text, Author) == Author("Ann")


PATTERNS: list[tuple[str, str, bool]] = [
    ("^[a-z]+$", "a" * 1_000, True),
    ("^[a-z]+$", "a" * 1_000 + "1", False),
    ("^(ab|cd)-?[0-9]{2}$", "ab-12", True),
    ("^(ab|cd)-?[0-9]{2}$", "ef-12", False),
    # A match that may take very long is not tried.
    ("^[a-z]+(-[a-z]+)*$", "a--slug", True),
    ("(a+)+$", "a" * 30 + "b", True),
    ("a?" * 30 + "a" * 30, "a" * 29, True),
    ("(a*a*a*a*)b", "a" * 10_000, True),
    ("((a)|b?)*c", "a" * 1_000_000, True),
]


def test_patterns() -> None:
    for pattern, text, fits in PATTERNS:
        tp = Annotated[str, {"pattern": pattern}]
        if fits:
            assert read(tp, text) == text
        else:
            assert problems(tp, text) == [("string_pattern_mismatch",)]
