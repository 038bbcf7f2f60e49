"""JSON read as each type: what fits, and what does not, with the place."""

from __future__ import annotations

import collections.abc as abc
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, Literal, Union
from uuid import UUID

import pytest

from mistral_proto import ValidationError
from mistral_proto.structured.parsed import read_json
from mistral_proto.structured.type_checks import record_of
from mistral_proto.structured.values import text_of_value
from tests.structured.reading import problems, read
from tests.structured.samples import (
    Author,
    Book,
    Books,
    Cat,
    Color,
    Dog,
    Level,
    Mixed,
    Node,
    Options,
    Page,
    Point,
    UserId,
)

UUID_TEXT = "12345678-1234-5678-1234-567812345678"
UTC = timezone.utc
PETS = Union[Cat, Dog]
OF_EVERY = Union[
    Color,
    dict[str, int],
    Decimal,
    Annotated[Union[bool, None], "A union inside."],
    tuple[int, ...],
]

FITS: list[tuple[Any, Any, Any]] = [
    (str, "a", "a"),
    (int, 1, 1),
    (int, 1.0, 1),
    (float, 1, 1.0),
    (float, 0.5, 0.5),
    (bool, True, True),
    (None, None, None),
    (Any, {"a": [1, None]}, {"a": [1, None]}),
    (UserId, 7, 7),
    (int | None, None, None),
    (int | None, 1, 1),
    (Literal["a", 1], 1, 1),
    (Literal["a", 1], 1.0, 1),
    (Literal[True], True, True),
    (Literal[None], None, None),
    (Literal[Color.red], "red", Color.red),
    (Color, "blue", Color.blue),
    (Level, 2, Level.high),
    (Mixed, None, Mixed.none),
    (list[int], [1, 2], [1, 2]),
    (Sequence[int], [1], [1]),
    (list, [1, "a"], [1, "a"]),
    (set[int], [1, 1, 2], {1, 2}),
    (abc.Set[int], [1], {1}),
    (frozenset[str], ["a"], frozenset({"a"})),
    (tuple[int, ...], [1, 2], (1, 2)),
    (tuple[int, str], [1, "a"], (1, "a")),
    (tuple[()], [], ()),
    (tuple, [1, "a"], (1, "a")),
    (dict[str, int], {"a": 1}, {"a": 1}),
    (Mapping[str, Any], {"a": [1]}, {"a": [1]}),
    (dict, {"a": 1}, {"a": 1}),
    (dict[Color, int], {"red": 1}, {Color.red: 1}),
    (datetime, "2026-01-31T09:30:00", datetime(2026, 1, 31, 9, 30)),
    (datetime, "2026-01-31T09:30:00Z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
    (datetime, "2026-01-31t09:30:00z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
    (datetime, "2026-01-31 09:30", datetime(2026, 1, 31, 9, 30)),
    (datetime, "2026-01-31T09:30:00.5+00:00", datetime(2026, 1, 31, 9, 30, 0, 500000, UTC)),
    (datetime, "2026-01-31T09:30:00.123456789", datetime(2026, 1, 31, 9, 30, 0, 123456)),
    (
        datetime,
        "2026-01-31T09:30:00-01:30",
        datetime(2026, 1, 31, 9, 30, tzinfo=timezone(-timedelta(hours=1, minutes=30))),
    ),
    (datetime, "2026-01-31T09:30:00+0000", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
    (
        datetime,
        "2026-01-31 09:30-0130",
        datetime(2026, 1, 31, 9, 30, tzinfo=timezone(-timedelta(minutes=90))),
    ),
    (date, "2026-01-31", date(2026, 1, 31)),
    (date, "2026-01-31T00:00:00Z", date(2026, 1, 31)),
    (date, "2026-01-31t00:00:00.000z", date(2026, 1, 31)),
    (date, "2026-01-31 00:00+0200", date(2026, 1, 31)),
    (time, "09:30", time(9, 30)),
    (time, "09:30:01.25Z", time(9, 30, 1, 250000, UTC)),
    (time, "09:30+0000", time(9, 30, tzinfo=UTC)),
    (timedelta, "P1DT12H30M1.5S", timedelta(days=1, hours=12, minutes=30, seconds=1.5)),
    (timedelta, "-PT1H", -timedelta(hours=1)),
    (timedelta, "+P2W", timedelta(weeks=2)),
    (UUID, UUID_TEXT, UUID(UUID_TEXT)),
    (Decimal, "0.10", Decimal("0.10")),
    (Decimal, 0.1, Decimal("0.1")),
    (Decimal, 1, Decimal(1)),
    (Decimal, "-1e3", Decimal("-1E+3")),
    (Annotated[int, "n", {"minimum": 1}], 1, 1),
    (Annotated[float, {"multipleOf": 0.1}], 0.3, 0.3),
    (Annotated[float, {"multipleOf": 1e-300}], 1e300, 1e300),
    (Annotated[Decimal, {"multipleOf": 0.1}], "1e400", Decimal("1e400")),
    (Annotated[Decimal, {"minimum": 0.1}], "0.1", Decimal("0.1")),
    (Annotated[int | bool, {"minimum": 1}], False, False),
    (Annotated[list[int] | dict[str, int] | None, {"minItems": 1, "maxItems": 9}], None, None),
    (Annotated[list[int] | dict[str, int] | None, {"minItems": 1, "maxItems": 9}], {}, {}),
    (Author, {"name": "Ann"}, Author("Ann")),
    (
        Book,
        {"title": "Emma", "author": {"name": "Ann", "born": 1}, "tags": ["a"]},
        Book("Emma", Author("Ann", 1), tags=["a"]),
    ),
    (Node, {"value": 1, "next": {"value": 2}}, Node(1, Node(2))),
    (Page[Author], {"items": [{"name": "Ann"}]}, Page([Author("Ann")])),
    (
        Books,
        {"items": [], "after": {"title": "E", "author": {"name": "A"}}, "shelf": "s"},
        Books([], Book("E", Author("A")), "s"),
    ),
    (Point, {"x": 1, "y": 2.5}, {"x": 1.0, "y": 2.5}),
    (Options, {}, {}),
    (Options, {"color": "red"}, {"color": Color.red}),
    # Of several members the first that fits, as written.
    (Union[int, float], 1, 1),
    (Union[int, float], 1.0, 1.0),
    (Union[float, int], 1, 1),
    (Union[float, int], 1.5, 1.5),
    (Union[datetime, str], "2026-01-31T09:30", datetime(2026, 1, 31, 9, 30)),
    (Union[datetime, str], "soon", "soon"),
    (Union[str, datetime], "2026-01-31T09:30", "2026-01-31T09:30"),
    (Union[Literal["a"], int], 5, 5),
    (PETS, {"type": "dog", "barks": True}, Dog(True)),
    (PETS, {"barks": True}, Dog(True)),
    (Union[list[int], list[str]], ["a"], ["a"]),
    (OF_EVERY, {"a": 1}, {"a": 1}),
    (OF_EVERY, 1.5, Decimal("1.5")),
    (OF_EVERY, "red", Color.red),
    (OF_EVERY, True, True),
    (OF_EVERY, None, None),
    (OF_EVERY, [1], (1,)),
]


def exactly(value: Any) -> Any:
    """The value with its type, as 1, 1.0 and True are equal."""
    return type(value), repr(value)


@pytest.mark.parametrize(("tp", "value", "expected"), FITS, ids=lambda value: str(value)[:40])
def test_what_fits(tp: Any, value: Any, expected: Any) -> None:
    found = read(tp, value)
    assert found == expected
    assert exactly(found) == exactly(expected)


@pytest.mark.parametrize(
    ("tp", "expected"),
    [(tp, expected) for tp, _, expected in FITS if not isinstance(expected, Mixed)],
    ids=lambda value: str(value)[:40],
)
def test_what_is_written_is_read_again(tp: Any, expected: Any) -> None:
    written = text_of_value([expected])  # in a list, as a string would be its own text
    assert read(list[tp], read_any(written)) == [expected]


def read_any(text: str) -> Any:
    import json

    return json.loads(text)


WRONG: list[tuple[Any, Any, list[str]]] = [
    (str, 1, ["the document: expected a string, got the number 1"]),
    (int, "1", ["the document: expected an integer, got the string '1'"]),
    (int, True, ["the document: expected an integer, got true"]),
    (int, 1.5, ["the document: expected an integer, got the number 1.5"]),
    (float, "1", ["the document: expected a number, got the string '1'"]),
    (float, 10**400, ["the document: expected a number, got a number of 1329 bits"]),
    (bool, 1, ["the document: expected true or false, got the number 1"]),
    (None, 0, ["the document: expected null, got the number 0"]),
    (Literal[1], True, ["the document: expected 1, got true"]),
    (Literal["a", None], "b", ["the document: expected 'a' or null, got the string 'b'"]),
    (Literal["a"], ["a"], ["the document: expected 'a', got a list of 1"]),
    (Color, "green", ["the document: expected 'red' or 'blue', got the string 'green'"]),
    (Color, 1, ["the document: expected 'red' or 'blue', got the number 1"]),
    (list[int], {}, ["the document: expected a list, got an empty object"]),
    (
        list[int],
        ["a", 1, None],
        [
            "[0]: expected an integer, got the string 'a'",
            "[2]: expected an integer, got null",
        ],
    ),
    (tuple[int, str], "ab", ["the document: expected a list, got the string 'ab'"]),
    (tuple[int, str], [1], ["the document: expected a list of 2, got a list of 1"]),
    (tuple[int, str], [1, "a", 2], ["the document: expected a list of 2, got a list of 3"]),
    (tuple[int, str], ["a", "a"], ["[0]: expected an integer, got the string 'a'"]),
    (
        set[list[int]],
        [[1]],
        ["the document: expected a list of what a set can hold, got a list of 1"],
    ),
    (dict[str, int], [], ["the document: expected an object, got an empty list"]),
    (dict[str, int], {"a b": "x"}, ["['a b']: expected an integer, got the string 'x'"]),
    (dict[Color, int], {"green": 1}, ["green: expected 'red' or 'blue', got the string 'green'"]),
    (Author, "Ann", ["the document: expected an object, got the string 'Ann'"]),
    (
        Book,
        {"title": 1, "author": {"nme": "Ann"}, "pages": 0, "page": 1, 7: 1},
        [
            "title: expected a string, got the number 1",
            "author.nme: expected no such field (did you mean 'name'?), got the string 'Ann'",
            "author.name: expected this field, got nothing",
            "pages: expected a number of at least 1, got the number 0",
            "page: expected no such field (did you mean 'pages'?), got the number 1",
            "['7']: expected a string as the key, got the number 7",
        ],
    ),
    (
        Node,
        {"value": 1, "next": {"value": 2, "next": {"value": None}}},
        ["next.next.value: expected an integer, got null"],
    ),
    (Options, {"color": None}, ["color: expected 'red' or 'blue', got null"]),
    (int | None, "1", ["the document: expected an integer or null, got the string '1'"]),
    (
        Author | None,
        {"name": 1},
        ["name: expected a string, got the number 1"],
    ),
    (Union[Literal["a"], int], 1.5, ["the document: expected 'a' or an integer, got the number 1.5"]),
    (PETS, {"type": "dog"}, ["barks: expected this field, got nothing"]),
    (
        PETS,
        {"type": "cow"},
        ["type: expected 'cat' or 'dog', got the string 'cow'"],
    ),
    (
        PETS,
        {},
        ["meows: expected this field, got nothing"],  # of equals the first is meant
    ),
    (
        Union[list[int], list[str]],
        [1, "a"],
        ["[1]: expected an integer, got the string 'a'"],
    ),
    (Annotated[str, {"minLength": 2}], "a", ["the document: expected at least 2 characters, got the string 'a'"]),
    (Annotated[str, {"maxLength": 1}], "ab", ["the document: expected at most 1 characters, got the string 'ab'"]),
    (Annotated[str, {"pattern": "^a"}], "ba", ["the document: expected a match of '^a', got the string 'ba'"]),
    (Annotated[int, {"maximum": 1}], 2, ["the document: expected a number of at most 1, got the number 2"]),
    (Annotated[int, {"exclusiveMinimum": 1}], 1, ["the document: expected a number above 1, got the number 1"]),
    (Annotated[int, {"exclusiveMaximum": 1}], 1, ["the document: expected a number below 1, got the number 1"]),
    (Annotated[int, {"multipleOf": 2}], 1, ["the document: expected a multiple of 2, got the number 1"]),
    (Annotated[list[int], {"minItems": 1}], [], ["the document: expected a list of at least 1, got an empty list"]),
    (Annotated[list[int], {"maxItems": 1}], [1, 2], ["the document: expected a list of at most 1, got a list of 2"]),
    (Annotated[Decimal, {"minimum": 1}], "0.5", ["the document: expected a number of at least 1, got the string '0.5'"]),
    (Annotated[Decimal, {"multipleOf": 0.1}], "1e-400", ["the document: expected a multiple of 0.1, got the string '1e-400'"]),
    (Annotated[set[int], {"minItems": 1}], [], ["the document: expected a list of at least 1, got an empty list"]),
    (Annotated[int | None, {"minimum": 1}], 0, ["the document: expected a number of at least 1, got the number 0"]),
]  # fmt: skip


@pytest.mark.parametrize(("tp", "value", "expected"), WRONG, ids=lambda value: str(value)[:40])
def test_what_does_not_fit(tp: Any, value: Any, expected: list[str]) -> None:
    assert problems(tp, value) == expected


NOT_OF_THE_FORMAT: list[tuple[Any, Any]] = [
    *[
        (datetime, text)
        for text in (
            1,
            "",
            "2026-01-31",
            "2026-02-30T00:00:00",
            "20260131T093000",
            "2026-01-31T9:30:00",
            "2026-01-31T09:30:00+1",
            "2026-01-31T09:30:00+01",
            "2026-01-31T09:30:00\n",
            "٢٠٢٦-01-31T09:30:00",
        )
    ],
    *[
        (date, text)
        for text in (None, "2026-1-31", "2026-01-31T00:00:01", "2026-01-31T", "2026-W05-6")
    ],
    *[(time, text) for text in (9, "9:30", "25:00:00", "T09:30:00")],
    *[(timedelta, text) for text in (1, "P", "PT", "P1Y", "1D", "P1DT", "P9999999999D")],
    *[(UUID, text) for text in (1, "x", UUID_TEXT.replace("-", ""), f"{{{UUID_TEXT}}}")],
    *[
        (datetime, f"{day}T00:00:00{zone}")
        for day, zone in (("0000-01-01", ""), ("2026-01-01", "+99:99"))
    ],
    *[(timedelta, text) for text in ("-P999999999DT24H", f"PT{'9' * 400}S", f"P{'9' * 5000}D")],
    *[(Decimal, text) for text in ("1e5000", "1e-5000", "1e999999999", "1e99999999999999999999")],
    *[(Decimal, text) for text in ("9" * 5000, "0e5000")],
    *[(float, number) for number in (10**400, float("nan"), float("-inf"))],
    *[(int, number) for number in (10**4299, 1e400)],
    *[(Decimal, text) for text in (True, None, "x", "NaN", "1_0", " 1", "", float("inf"))],
]


@pytest.mark.parametrize(("tp", "value"), NOT_OF_THE_FORMAT)
def test_strings_of_a_format(tp: Any, value: Any) -> None:
    (problem,) = problems(tp, value)
    assert problem.startswith("the document: expected ")


@dataclass
class Range:
    low: int
    high: int
    width: int = field(init=False)
    checks: InitVar[bool] = True

    def __post_init__(self, checks: bool) -> None:
        if checks and self.low > self.high:
            raise ValueError("low is above\nhigh")
        if self.low == 13:
            raise AssertionError("not 13")
        if self.low == 14:
            raise LookupError("no such number")
        self.width = self.high - self.low


def test_what_a_dataclass_refuses_itself_is_a_problem() -> None:
    assert read(Range, {"low": 1, "high": 3}).width == 2
    assert read(Range, {"low": 3, "high": 1, "checks": False}).width == -2
    unfit = [{"low": 3, "high": 1}, {"low": 13, "high": 13}, {"low": 14, "high": 14}]
    assert problems(list[Range], unfit) == [
        "[0]: expected what Range takes (low is above high), got an object with 'low', 'high'",
        "[1]: expected what Range takes (not 13), got an object with 'low', 'high'",
        "[2]: expected what Range takes (no such number), got an object with 'low', 'high'",
    ]
    assert problems(Range, {"low": 1, "high": 3, "width": 2}) == [
        "width: expected no such field, got the number 2"
    ]


def test_the_nearest_name_is_looked_for_as_often_as_it_is_shown() -> None:
    found = problems(Author, {"name": "Ann", **{f"nam{n}": 1 for n in range(30)}})
    assert len(found) == 30
    assert "did you mean" in found[19] and "did you mean" not in found[20]


def test_reading_stops_at_a_hundred_problems() -> None:
    found = problems(
        dict[str, Author], {"a": dict.fromkeys(map(str, range(99)), 1), "b": {}, "c": {}}
    )
    assert len(found) == len(problems(Author, dict.fromkeys(map(str, range(300)), 1))) == 100


@dataclass
class Endless:
    next: Endless | None = None

    def __post_init__(self) -> None:
        if self.next is None:
            self.__post_init__()


def test_a_constructor_that_never_ends() -> None:
    with pytest.raises(ValidationError) as caught:
        read_json('{"next": {}}', Endless)
    assert [problem.type for problem in caught.value.problems] == ["recursion_loop"]


def test_text_that_is_no_json() -> None:
    with pytest.raises(ValidationError) as caught:
        read_json("Sure! Here is the book:", Book)
    assert caught.value.title == "Book"
    assert caught.value.problems[0].type == "json_invalid"
    assert read_json(b'{"name": "Ann"}', Author) == Author("Ann")
    assert read_json('```json\n{"name": "Ann"}\n```', Author) == Author("Ann")


def test_what_is_nested_too_deeply() -> None:
    value: Any = {"value": 1}
    for _ in range(20_000):
        value = {"value": 1, "next": value}
    from mistral_proto.structured.checks import read_document

    with pytest.raises(ValidationError) as caught:
        read_document(record_of(Node), value)
    assert [problem.type for problem in caught.value.problems] == ["recursion_loop"]


def test_a_type_is_walked_once() -> None:
    assert record_of(Book) is record_of(Book)
    assert record_of(Page[int]) is record_of(Page[int]) is not record_of(Page[str])


def matches(pattern: str, text: str) -> bool:
    try:
        read(Annotated[str, {"pattern": pattern}], text)
    except ValidationError as error:
        assert [problem.type for problem in error.problems] == ["string_pattern_mismatch"]
        return False
    return True


SLUG = "^[a-z]+(-[a-z]+)*$"
PATTERNS: list[tuple[str, str, bool]] = [
    ("^[a-z]+$", "abc", True),
    ("^[a-z]+$", "a" * 1_000 + "1", False),
    ("^(ab|cd)-?[0-9]{2}$", "ab-12", True),
    ("^(ab|cd)-?[0-9]{2}$", "ef-12", False),
    # What may take for ever is not tried: a repeated group never is.
    (SLUG, "a--slug", True),
    ("(a+)+$", "a" * 30 + "b", True),
    ("((a*)*)*$", "a" * 12 + "b", True),
    ("a?" * 30 + "a" * 30, "a" * 29, True),
    ("^(a|aa)+$", "a" * 60 + "b", True),
    ("(a*a*a*a*)b", "a" * 10_000, True),
    ("((a)|b?)*c", "a" * 1_000_000, True),
]


@pytest.mark.parametrize(("pattern", "text", "fits"), PATTERNS)
def test_a_pattern(pattern: str, text: str, fits: bool) -> None:
    assert matches(pattern, text) is fits
