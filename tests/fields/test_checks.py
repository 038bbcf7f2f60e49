"""Each check of one value: what it takes, what it stores, and what it says otherwise."""

from __future__ import annotations

import enum
import random
from collections import UserDict, namedtuple
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import pytest

from mistral_proto.checks import (
    KEEP,
    MAX_DEPTH,
    REFUSE,
    STRICT,
    AnyJSON,
    Boolean,
    Check,
    Constant,
    Either,
    Integer,
    JSONObject,
    ListOf,
    Number,
    ObjectOf,
    OneOf,
    Reading,
    String,
    StringEnum,
)
from mistral_proto.errors import Path, ValidationError, describe
from mistral_proto.protocol.chunk import TextChunk

READINGS = [KEEP, REFUSE, STRICT]


class Color(StringEnum):
    red = "red"
    green = "green"
    verde = "green"


class Paint(str, enum.Enum):
    red = "red"


class Size(enum.IntEnum):
    large = 3


class Disguised(str):
    """A string that says that it is another one."""

    def __str__(self) -> str:
        return "disguise"


class Half(float):
    pass


Pair = namedtuple("Pair", "a b")

NAN, INFINITY = float("nan"), float("inf")
# One more digit than Python will print.
TOO_LARGE = 10**4299

TAKEN: list[tuple[Check, Any, Any]] = [
    (String(), "", ""),
    (String(), "né\ud83d", "né\ud83d"),
    (String(), Disguised("a"), "a"),
    (String(), Color.red, "red"),
    (String(), Paint.red, "red"),
    (Boolean(), True, True),
    (Boolean(), False, False),
    (Number(), 0, 0),
    (Number(), -0.5, -0.5),
    (Number(), 1.0, 1.0),
    (Number(), Size.large, 3),
    (Number(), Half(0.5), 0.5),
    (Number(), 1 - TOO_LARGE, 1 - TOO_LARGE),
    (Number(), TOO_LARGE - 1, TOO_LARGE - 1),
    (Number(0, 1.5), 0, 0),
    (Number(0, 1.5), 1.5, 1.5),
    (Number(maximum=1, above=0), 5e-324, 5e-324),
    (Number(maximum=1, above=0), 1, 1),
    (Integer(), -(10**30), -(10**30)),
    (Integer(), 1.0, 1),
    (Integer(), -0.0, 0),
    (Integer(), 1e22, 10**22),
    (Integer(), Half(2.0), 2),
    (Integer(), Size.large, 3),
    (Integer(0, 2), 0, 0),
    (Integer(0, 2), 2.0, 2),
    (Constant("text"), "text", "text"),
    (Constant("red"), Color.red, "red"),
    (Constant("text"), Disguised("text"), "text"),
    (OneOf(Color), "red", Color.red),
    (OneOf(Color), Color.red, Color.red),
    (OneOf(Color), Paint.red, Color.red),
    (OneOf(Color), Color.verde, Color.green),
    (OneOf(Color, others=True), "blue", "blue"),
    (OneOf(Color, others=True), Disguised("blue"), "blue"),
    (ListOf(String()), [], []),
    (ListOf(String()), ["a", Color.red], ["a", "red"]),
    (ListOf(String()), ("a",), ["a"]),
    (ListOf(String()), {"a": 1}.keys(), ["a"]),
    (ListOf(String()), Pair("a", "b"), ["a", "b"]),
    (ListOf(String(), minimum_items=1), ["a"], ["a"]),
    (ListOf(ListOf(Integer())), [[1, 2.0], []], [[1, 2], []]),
    (AnyJSON(), None, None),
    (AnyJSON(), True, True),
    (AnyJSON(), 1.0, 1.0),
    (AnyJSON(), Color.red, "red"),
    (AnyJSON(), Size.large, 3),
    (AnyJSON(), (1, [Disguised("a"), None]), [1, ["a", None]]),
    (AnyJSON(), {"a": {Color.red: ()}}, {"a": {"red": []}}),
    (AnyJSON(), MappingProxyType({"a": 1}), {"a": 1}),
    (JSONObject(), {}, {}),
    (JSONObject(), {"a": (1,)}, {"a": [1]}),
    (JSONObject(), UserDict(a=UserDict()), {"a": {}}),
    (Either(String(), Integer()), "1", "1"),
    (Either(String(), Integer()), 1.0, 1),
    (Either(OneOf(Color), ListOf(String())), "red", Color.red),
    (Either(OneOf(Color), ListOf(String())), ["blue"], ["blue"]),
    (Either(Boolean(), Integer()), True, True),
    (Either(Boolean(), Integer()), 1, 1),
    (Either(AnyJSON()), None, None),
    (ObjectOf(TextChunk), {"text": "a"}, TextChunk(text="a")),
    (ObjectOf(TextChunk), MappingProxyType({"text": "a"}), TextChunk(text="a")),
]

REFUSED: list[tuple[Check, Any, Path, str, str]] = [
    (String(), None, (), "string_type", "a string"),
    (String(), 1, (), "string_type", "a string"),
    (String(), b"a", (), "string_type", "a string"),
    (String(), ["a"], (), "string_type", "a string"),
    (Boolean(), 1, (), "bool_type", "true or false"),
    (Boolean(), 0.0, (), "bool_type", "true or false"),
    (Boolean(), "true", (), "bool_type", "true or false"),
    (Boolean(), None, (), "bool_type", "true or false"),
    (Number(), "1", (), "float_type", "a number"),
    (Number(), True, (), "float_type", "a number"),
    (Number(), None, (), "float_type", "a number"),
    (Number(), 1j, (), "float_type", "a number"),
    (Number(), Decimal(1), (), "float_type", "a number"),
    (Number(), Fraction(1), (), "float_type", "a number"),
    (Number(), NAN, (), "finite_number", "a finite number"),
    (Number(), INFINITY, (), "finite_number", "a finite number"),
    (Number(), -INFINITY, (), "finite_number", "a finite number"),
    (Number(), TOO_LARGE, (), "finite_number", "a finite number"),
    (Number(), -TOO_LARGE, (), "finite_number", "a finite number"),
    (Number(0), -5e-324, (), "greater_than_equal", "a number of at least 0"),
    (Number(0, 1.5), -1, (), "greater_than_equal", "a number of at least 0 and at most 1.5"),
    (Number(0, 1.5), 1.5000001, (), "less_than_equal", "a number of at least 0 and at most 1.5"),
    (Number(0, 1.5), NAN, (), "finite_number", "a finite number of at least 0 and at most 1.5"),
    (Number(maximum=1), 1.01, (), "less_than_equal", "a number of at most 1"),
    (Number(maximum=1, above=0), 0, (), "greater_than", "a number above 0 and at most 1"),
    (Number(maximum=1, above=0), -0.0, (), "greater_than", "a number above 0 and at most 1"),
    (Number(maximum=1, above=0), 2, (), "less_than_equal", "a number above 0 and at most 1"),
    (Integer(), 1.5, (), "int_from_float", "an integer"),
    (Integer(), True, (), "int_type", "an integer"),
    (Integer(), "1", (), "int_type", "an integer"),
    (Integer(), INFINITY, (), "finite_number", "an integer"),
    (Integer(), TOO_LARGE, (), "finite_number", "an integer"),
    (Integer(1), 0, (), "greater_than_equal", "an integer of at least 1"),
    (Integer(1), 0.5, (), "greater_than_equal", "an integer of at least 1"),
    (Integer(0, 2), 3, (), "less_than_equal", "an integer of at least 0 and at most 2"),
    (Constant("text"), "Text", (), "literal_error", "'text'"),
    (Constant("text"), None, (), "literal_error", "'text'"),
    (Constant("text"), ["text"], (), "literal_error", "'text'"),
    (OneOf(Color), None, (), "enum", "'red' or 'green'"),
    (OneOf(Color), 1, (), "enum", "'red' or 'green'"),
    (OneOf(Color, others=True), 1, (), "enum", "'red' or 'green'"),
    (ListOf(String()), None, (), "list_type", "a list"),
    (ListOf(String()), "ab", (), "list_type", "a list"),
    (ListOf(String()), b"ab", (), "list_type", "a list"),
    (ListOf(String()), {"a": "b"}, (), "list_type", "a list"),
    (ListOf(String()), TextChunk(text="a"), (), "list_type", "a list"),
    (ListOf(String(), minimum_items=2), ["a"], (), "too_short", "a list of at least 2"),
    (ListOf(String()), ["a", 1], (1,), "string_type", "a string"),
    (ListOf(ListOf(Integer())), [[], [0, 0.5]], (1, 1), "int_from_float", "an integer"),
    (AnyJSON(), {"a"}, (), "json_type", "a JSON value"),
    (AnyJSON(), b"a", (), "json_type", "a JSON value"),
    (AnyJSON(), {"a": [0, object()]}, ("a", 1), "json_type", "a JSON value"),
    (AnyJSON(), [{"a": NAN}], (0, "a"), "finite_number", "a finite number"),
    (AnyJSON(), {"a": {1: 2}}, ("a", "1"), "string_type", "a string as the key"),
    (AnyJSON(), {None: 2}, ("None",), "string_type", "a string as the key"),
    (JSONObject(), None, (), "dict_type", "an object"),
    (JSONObject(), [("a", 1)], (), "dict_type", "an object"),
    (JSONObject(), {"a": {1}}, ("a",), "json_type", "a JSON value"),
    (Either(String(), Integer()), None, (), "union_type", "a string or an integer"),
    (Either(String(), Integer()), True, (), "union_type", "a string or an integer"),
    (Either(String(), Integer()), 0.5, (), "int_from_float", "an integer"),
    (Either(String(), ListOf(String())), ["a", 1], (1,), "string_type", "a string"),
    (Either(Boolean(), Constant("a")), "b", (), "literal_error", "'a'"),
    (Either(OneOf(Color), Number()), [], (), "union_type", "'red' or 'green' or a number"),
    (Either(JSONObject(), Number()), "", (), "union_type", "an object or a number"),
    (ObjectOf(TextChunk), None, (), "dict_type", "an object"),
    (ObjectOf(TextChunk), [("text", "a")], (), "dict_type", "an object"),
    (ObjectOf(TextChunk), {"text": 1}, ("text",), "string_type", "a string"),
]


def name(case: tuple[Any, ...]) -> str:
    check, value = case[:2]
    return f"{type(check).__name__}, {type(value).__name__}: {describe(value)}"


def same(left: object, right: object) -> bool:
    """Equal, and of the same types throughout."""
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        inside = len(left) == len(right) and all(map(same, left, right))
    elif isinstance(left, dict) and isinstance(right, dict):
        inside = same(list(left.items()), list(right.items()))
    else:
        inside = left == right
    return inside and type(left) is type(right)


def refused(check: Check, value: object, reading: Reading = REFUSE) -> list[tuple[Path, str]]:
    with pytest.raises(ValidationError) as caught:
        check.read(value, reading)
    return [(problem.path, problem.type) for problem in caught.value.problems]


@pytest.mark.parametrize(("check", "value", "stored"), TAKEN, ids=map(name, TAKEN))
def test_taken_and_stored(check: Check, value: Any, stored: Any) -> None:
    assert check.matches(value)
    for reading in READINGS:
        assert same(check.read(value, reading), stored)


@pytest.mark.parametrize(
    ("check", "value", "path", "kind", "expected"), REFUSED, ids=map(name, REFUSED)
)
def test_refused(check: Check, value: Any, path: Path, kind: str, expected: str) -> None:
    for reading in READINGS:
        with pytest.raises(ValidationError) as caught:
            check.read(value, reading)
        [problem] = caught.value.problems
        assert (problem.path, problem.type, problem.expected) == (path, kind, expected)


NOT_TAKEN: list[tuple[Check, Any]] = [
    (String(), 1),
    (Boolean(), 1),
    (Number(), True),
    (Integer(), "1"),
    (Constant("a"), None),
    (OneOf(Color), 1),
    (ListOf(String()), "a"),
    (JSONObject(), []),
    (ObjectOf(TextChunk), "a"),
    (Either(String(), Boolean()), 1),
]


@pytest.mark.parametrize(("check", "value"), NOT_TAKEN, ids=map(name, NOT_TAKEN))
def test_a_check_tells_the_types_of_json_apart(check: Check, value: object) -> None:
    assert not check.matches(value)


def test_an_unknown_member_is_kept_in_the_document_of_a_server_only() -> None:
    assert same(OneOf(Color).read(Disguised("blue"), KEEP), "blue")
    assert refused(OneOf(Color), "blue", REFUSE) == [((), "enum")]
    assert refused(OneOf(Color), "blue", STRICT) == [((), "enum")]


def test_every_wrong_item_is_reported_in_order() -> None:
    assert refused(ListOf(ListOf(Integer(0))), [[-1, 1, "a"], 5, [0.5]]) == [
        ((0, 0), "greater_than_equal"),
        ((0, 2), "int_type"),
        ((1,), "list_type"),
        ((2, 0), "int_from_float"),
    ]
    assert refused(AnyJSON(), {"a": [NAN, {2: 0}], "b": {1}, "c": 1, 3: ()}) == [
        (("a", 0), "finite_number"),
        (("a", 1, "2"), "string_type"),
        (("b",), "json_type"),
        (("3",), "string_type"),
    ]


def test_a_key_with_more_digits_than_python_prints_is_refused_like_any() -> None:
    [(_, kind)] = refused(AnyJSON(), {10**5000: 1})
    assert kind == "string_type"


def nested(depth: int) -> Any:
    value: Any = "core"
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


@pytest.mark.parametrize("check", [AnyJSON(), JSONObject()], ids=["AnyJSON", "JSONObject"])
def test_nesting_is_bounded(check: Check) -> None:
    deepest = nested(MAX_DEPTH - 1)
    assert same(check.read({"b": deepest}, REFUSE), {"b": deepest})

    [(path, kind)] = refused(check, {"b": nested(MAX_DEPTH)})
    assert len(path) == MAX_DEPTH
    assert kind == "recursion_loop"


def test_a_value_that_contains_itself_is_refused() -> None:
    loop: dict[str, Any] = {}
    loop["a"] = loop
    [(_, kind)] = refused(AnyJSON(), loop)
    assert kind == "recursion_loop"


class Loop(list[Any]):
    """A list that holds itself twice, and gives up when it is read too often."""

    reads = 0

    def __iter__(self) -> Iterator[Any]:
        self.reads += 1
        assert self.reads < 10_000, "walks a tree of 2**200 lists"
        return super().__iter__()


def test_a_value_that_contains_itself_twice_is_refused_as_fast() -> None:
    loop = Loop()
    loop += [loop, loop]
    assert {kind for _, kind in refused(AnyJSON(), loop)} == {"recursion_loop"}


def test_what_is_stored_is_a_copy() -> None:
    inner = [1]
    given = {"a": inner}
    stored = JSONObject().read(given, REFUSE)
    inner.append(2)
    given["b"] = []
    assert stored == {"a": [1]}


def test_number_agrees_with_its_bounds_wherever_they_are() -> None:
    rng = random.Random(4)
    for _ in range(1000):
        low, high = sorted(rng.choice([rng.randrange(-3, 4), rng.uniform(-3, 3)]) for _ in "ab")
        value = rng.choice([low, high, rng.randrange(-4, 5), rng.uniform(-4, 4)])
        for check, fits in [
            (Number(low, high), low <= value <= high),
            (Number(above=low, maximum=high), low < value <= high),
            (Integer(low, high), low <= value <= high and value == int(value)),
        ]:
            if fits:
                assert check.read(value, STRICT) == value
            else:
                refused(check, value)
