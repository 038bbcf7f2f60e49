"""Each check of one value: what it accepts, what it stores, and what it refuses."""

from __future__ import annotations

import enum
from collections import UserDict, namedtuple
from collections.abc import Iterator
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from mistral_proto.checks import (
    KEEP,
    MAX_DEPTH,
    REFUSE,
    STRICT,
    UNSET,
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
from mistral_proto.errors import Path, ValidationError
from mistral_proto.protocol.chunk import TextChunk
from tests.fields.copies import COPIES

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
TOO_LARGE = 10**4299  # one digit more than Python prints

bounded = Number(0, 1.5)
positive = Number(maximum=1, above=0)
colors = OneOf(Color)
any_color = OneOf(Color, others=True)
strings = ListOf(String())
string_or_integer = Either(String(), Integer())
chunk = ObjectOf(TextChunk)

# A check, values that it stores unchanged, and pairs of others with what it stores.
ACCEPTED: list[tuple[Check, list[Any], list[tuple[Any, Any]]]] = [
    (String(), ["", "né\ud83d"], [(Disguised("a"), "a"), (Color.red, "red"), (Paint.red, "red")]),
    (Boolean(), [True, False], []),
    (Number(), [0, -0.5, 1.0, 1 - TOO_LARGE], [(Size.large, 3), (Half(0.5), 0.5)]),
    (bounded, [0, 1.5], []),
    (positive, [5e-324, 1], []),
    (Integer(), [-(10**30)], [(1.0, 1), (-0.0, 0), (1e22, 10**22), (Half(2.0), 2)]),
    (Integer(0, 2), [0], [(2.0, 2), (Size.large - 1, 2)]),
    (Constant("red"), ["red"], [(Color.red, "red"), (Disguised("red"), "red")]),
    (colors, [Color.red], [("red", Color.red), (Paint.red, Color.red), ("green", Color.verde)]),
    (any_color, ["blue"], [(Disguised("blue"), "blue"), ("red", Color.red)]),
    (strings, [[], ["a"]], [(("a", Color.red), ["a", "red"]), ({"a": 1}.keys(), ["a"])]),
    (strings, [], [(Pair("a", "b"), ["a", "b"]), (iter("ab"), ["a", "b"])]),
    (ListOf(String(), minimum_items=1), [["a"]], []),
    (ListOf(ListOf(Integer())), [], [([[1, 2.0], []], [[1, 2], []])]),
    (AnyJSON(), [None, True, 1.0, {"a": [1]}], [(Color.red, "red"), (Size.large, 3)]),
    (AnyJSON(), [], [((1, [Disguised("a"), None]), [1, ["a", None]])]),
    (AnyJSON(), [], [({"a": {Color.red: ()}}, {"a": {"red": []}})]),
    (JSONObject(), [{}], [({"a": (1,)}, {"a": [1]}), (MappingProxyType({"a": 1}), {"a": 1})]),
    (JSONObject(), [], [(UserDict(a=UserDict()), {"a": {}})]),
    (string_or_integer, ["1", 1], [(1.0, 1)]),
    (Either(colors, strings), [["blue"]], [("red", Color.red)]),
    (Either(Boolean(), Integer()), [True, 1], []),
    (Either(AnyJSON()), [None], []),
    (chunk, [TextChunk(text="a")], [({"text": "a"}, TextChunk(text="a"))]),
    (chunk, [], [(MappingProxyType({"text": "a"}), TextChunk(text="a"))]),
]

# A check, the words for what it expects, the kind of problem, and refused values; a value of
# another JSON type does not match the check.
REFUSED: list[tuple[Check, str, str, list[Any]]] = [
    (String(), "a string", "string_type", [None, 1, b"a", ["a"]]),
    (Boolean(), "true or false", "bool_type", [1, 0.0, "true", None]),
    (Number(), "a number", "float_type", ["1", True, None, 1j, Decimal(1)]),
    (Integer(), "an integer", "int_type", [True, "1"]),
    (Constant("text"), "'text'", "literal_error", [None, ["text"]]),
    (colors, "'red' or 'green'", "enum", [None, 1]),
    (any_color, "'red' or 'green'", "enum", [1]),
    (strings, "a list", "list_type", [None, "ab", b"ab", {"a": "b"}, TextChunk(text="a")]),
    (JSONObject(), "an object", "dict_type", [None, [("a", 1)]]),
    (string_or_integer, "a string or an integer", "union_type", [None, True]),
    (Either(colors, Number()), "'red' or 'green' or a number", "union_type", [[]]),
    (Either(JSONObject(), Number()), "an object or a number", "union_type", [""]),
    (chunk, "an object", "dict_type", [None, [("text", "a")]]),
]

# The same of values that are of the right JSON type, with the path to the problem.
INVALID: list[tuple[Check, Any, Path, str, str]] = [
    (String(1), "", (), "string_too_short", "a string that is not empty"),
    (Number(), NAN, (), "finite_number", "a finite number"),
    (Number(), -INFINITY, (), "finite_number", "a finite number"),
    (Number(), -TOO_LARGE, (), "finite_number", "a finite number"),
    (Integer(), TOO_LARGE, (), "finite_number", "an integer"),
    (bounded, NAN, (), "finite_number", "a finite number of at least 0 and at most 1.5"),
    (bounded, -5e-324, (), "greater_than_equal", "a number of at least 0 and at most 1.5"),
    (bounded, 1.5000001, (), "less_than_equal", "a number of at least 0 and at most 1.5"),
    (positive, -0.0, (), "greater_than", "a number above 0 and at most 1"),
    (positive, 2, (), "less_than_equal", "a number above 0 and at most 1"),
    (Integer(), 1.5, (), "int_from_float", "an integer"),
    (Integer(1), 0.5, (), "greater_than_equal", "an integer of at least 1"),
    (Constant("text"), "Text", (), "literal_error", "'text'"),
    (ListOf(String(), minimum_items=2), ["a"], (), "too_short", "a list of at least 2"),
    (strings, ["a", 1], (1,), "string_type", "a string"),
    (ListOf(ListOf(Integer())), [[], [0, 0.5]], (1, 1), "int_from_float", "an integer"),
    (AnyJSON(), {"a"}, (), "json_type", "a JSON value"),
    (AnyJSON(), {"a": [0, object()]}, ("a", 1), "json_type", "a JSON value"),
    (AnyJSON(), [{"a": NAN}], (0, "a"), "finite_number", "a finite number"),
    (AnyJSON(), {"a": {1: 2}}, ("a", "1"), "string_type", "a string as the key"),
    (AnyJSON(), {None: 2}, ("None",), "string_type", "a string as the key"),
    (AnyJSON(), {10**5000: 1}, ("a number of 16610 bits",), "string_type", "a string as the key"),
    (JSONObject(), {"a": {1}}, ("a",), "json_type", "a JSON value"),
    (string_or_integer, 0.5, (), "int_from_float", "an integer"),
    (Either(String(), strings), ["a", 1], (1,), "string_type", "a string"),
    (Either(Boolean(), Constant("a")), "b", (), "literal_error", "'a'"),
    (chunk, {"text": 1}, ("text",), "string_type", "a string"),
]


def same(left: object, right: object) -> bool:
    """Return whether values are equal, and of the same types throughout."""
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


def test_accepted_values_are_stored_as_plain_ones() -> None:
    for check, unchanged, others in ACCEPTED:
        for value, stored in [*zip(unchanged, unchanged), *others]:
            assert check.matches(value)
            readings = READINGS if not isinstance(value, Iterator) else [REFUSE]
            for reading in readings:
                assert same(check.read(value, reading), stored), (check, value)


def test_values_of_another_type_are_refused() -> None:
    for check, expected, kind, values in REFUSED:
        for value in values:
            assert not check.matches(value)
            for reading in READINGS:
                with pytest.raises(ValidationError) as caught:
                    check.read(value, reading)
                [problem] = caught.value.problems
                assert (problem.path, problem.type, problem.expected) == ((), kind, expected)


def test_invalid_values_are_refused_at_their_path() -> None:
    for check, value, path, kind, expected in INVALID:
        for reading in READINGS:
            with pytest.raises(ValidationError) as caught:
                check.read(value, reading)
            [problem] = caught.value.problems
            assert (problem.path, problem.type, problem.expected) == (path, kind, expected)


def test_an_unknown_member_is_kept_in_a_server_s_document_only() -> None:
    assert same(colors.read(Disguised("blue"), KEEP), "blue")
    assert refused(colors, "", KEEP) == [((), "enum")]
    for reading in (REFUSE, STRICT):
        assert refused(colors, "blue", reading) == [((), "enum")]


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


def test_reading_stops_at_the_hundredth_problem() -> None:
    for wrong in ([NAN] * 150, {str(number): NAN for number in range(150)}):
        assert len(refused(AnyJSON(), wrong)) == 100


def nested(depth: int) -> Any:
    value: Any = "core"
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


class Loop(list[Any]):
    """A list that holds itself twice, and fails when it is read too often."""

    reads = 0

    def __iter__(self) -> Iterator[Any]:
        self.reads += 1
        assert self.reads < 10_000, "walks a tree of 2**200 lists"
        return super().__iter__()


def test_nesting_is_bounded_and_loops_are_refused() -> None:
    for check in (AnyJSON(), JSONObject()):
        deepest = {"b": nested(MAX_DEPTH - 1)}
        assert same(check.read(deepest, REFUSE), deepest)
        [(path, kind)] = refused(check, {"b": nested(MAX_DEPTH)})
        assert (len(path), kind) == (MAX_DEPTH, "recursion_loop")
    loop = Loop()
    loop += [loop, loop]
    assert {kind for _, kind in refused(AnyJSON(), loop)} == {"recursion_loop"}


def test_free_json_is_copied() -> None:
    inner = [1]
    given = {"a": inner}
    stored = JSONObject().read(given, REFUSE)
    inner.append(2)
    given["b"] = []
    assert stored == {"a": [1]}


def test_unset_is_one_object() -> None:
    assert (repr(UNSET), bool(UNSET)) == ("UNSET", False)
    assert all(how(UNSET) is UNSET for how in COPIES.values())
