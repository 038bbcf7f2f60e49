"""Each check of one value: what it accepts, what it stores, and what it refuses."""

from __future__ import annotations

import enum
from collections import UserDict
from collections.abc import Iterator
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatMessage,
    ContentChunk,
    CustomConnector,
    DocumentLibraryTool,
    FinetuningAssistantMessage,
    Function,
    ImageURLChunk,
    Roles,
    SystemMessage,
    TextChunk,
    Tool,
    ToolMessage,
    UnknownContentChunk,
    UserMessage,
)
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
    TaggedUnion,
    check_of,
)
from mistral_proto.errors import Path, ValidationError
from mistral_proto.fields import field
from mistral_proto.protocol.tool_calls import RequestTool
from mistral_proto.wire import WireType, wire_type

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


@wire_type
class Rectangle(WireType):
    shape: Color | str = field(OneOf(Color), default=Color.red)
    width: str


@wire_type
class Circle(WireType):
    shape: Literal["circle"] = "circle"
    radius: str


NAN, INFINITY = float("nan"), float("inf")
TOO_LARGE = 10**4299  # one digit more than Python prints

bounded = Number(0, 1.5)
positive = Number(maximum=1, above=0)
colors = OneOf(Color)
any_color = OneOf(Color, others=True)
strings = ListOf(String())
string_or_integer = Either(String(), Integer())
text = ObjectOf(TextChunk)
message: Any = check_of(ChatMessage)
chunk: Any = check_of(ContentChunk)
tool: Any = check_of(RequestTool)
shape = TaggedUnion("shape", Rectangle, Circle)
shape_or_circle = TaggedUnion("shape", Rectangle, untagged=Circle)

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
    (strings, [], [(iter("ab"), ["a", "b"])]),
    (ListOf(String(), minimum_items=1), [["a"]], []),
    (ListOf(ListOf(Integer())), [], [([[1, 2.0], []], [[1, 2], []])]),
    (AnyJSON(), [None, True, 1.0, {"a": [1]}], [(Size.large, 3), ((1, [None]), [1, [None]])]),
    (AnyJSON(), [], [({"a": {Color.red: (Disguised("a"),)}}, {"a": {"red": ["a"]}})]),
    (JSONObject(), [{}], [({"a": (1,)}, {"a": [1]}), (UserDict(a=UserDict()), {"a": {}})]),
    (string_or_integer, ["1", 1], [(1.0, 1)]),
    (Either(colors, strings), [["blue"]], [("red", Color.red)]),
    (Either(Boolean(), Integer()), [True, 1], []),
    (Either(AnyJSON()), [None], []),
    (text, [TextChunk(text="a")], [(MappingProxyType({"text": "a"}), TextChunk(text="a"))]),
]

# A check, what it expects, the kind of problem, and values of another JSON type.
REFUSED: list[tuple[Check, str, str, list[Any]]] = [
    (String(), "a string", "string_type", [None, 1, b"a", ["a"]]),
    (Boolean(), "true or false", "bool_type", [1, 0.0, "true", None]),
    (Number(), "a number", "float_type", ["1", True, None, 1j, Decimal(1)]),
    (bounded, "a number of at least 0 and at most 1.5", "float_type", ["1"]),
    (positive, "a number above 0 and at most 1", "float_type", ["1"]),
    (Integer(1), "an integer of at least 1", "int_type", [True, "1"]),
    (Constant("text"), "'text'", "literal_error", [None, ["text"]]),
    (colors, "'red' or 'green'", "enum", [None, 1]),
    (any_color, "'red' or 'green'", "enum", [1]),
    (strings, "a list", "list_type", [None, "ab", b"ab", {"a": "b"}, TextChunk(text="a")]),
    (JSONObject(), "an object", "dict_type", [None, [("a", 1)]]),
    (string_or_integer, "a string or an integer", "union_type", [None, True]),
    (Either(colors, Number()), "'red' or 'green' or a number", "union_type", [[]]),
    (text, "an object", "dict_type", [None, [("text", "a")]]),
    (message, "an object with a role", "dict_type", [None, "user", [("role", "user")]]),
    (message, "an object with a role", "dict_type", [TextChunk(text="a")]),
    (tool, "an object with a type", "dict_type", [Function(name="f", parameters={})]),
]

# A check, a value of the right JSON type, and the problem.
ROLE: Path = ("role",)
INVALID: list[tuple[Check, Any, Path, str]] = [
    (String(1), "", (), "string_too_short"),
    (Number(), -INFINITY, (), "finite_number"),
    (Number(), -TOO_LARGE, (), "finite_number"),
    (Integer(), TOO_LARGE, (), "finite_number"),
    (bounded, NAN, (), "finite_number"),
    (bounded, -5e-324, (), "greater_than_equal"),
    (bounded, 1.5000001, (), "less_than_equal"),
    (positive, -0.0, (), "greater_than"),
    (positive, 2, (), "less_than_equal"),
    (Integer(), 1.5, (), "int_from_float"),
    (Integer(1), 0.5, (), "greater_than_equal"),
    (Constant("text"), "Text", (), "literal_error"),
    (ListOf(String(), minimum_items=2), ["a"], (), "too_short"),
    (ListOf(ListOf(Integer())), [[], [0, 0.5]], (1, 1), "int_from_float"),
    (AnyJSON(), {"a": [0, object()]}, ("a", 1), "json_type"),
    (AnyJSON(), [{"a": NAN}], (0, "a"), "finite_number"),
    (AnyJSON(), {"a": {1: 2}}, ("a", "1"), "string_type"),
    (AnyJSON(), {None: 2}, ("None",), "string_type"),
    (AnyJSON(), {10**5000: 1}, ("a number of 16610 bits",), "string_type"),
    (JSONObject(), {"a": {1}}, ("a",), "json_type"),
    (string_or_integer, 0.5, (), "int_from_float"),
    (Either(String(), strings), ["a", 1], (1,), "string_type"),
    (Either(Boolean(), Constant("a")), "b", (), "literal_error"),
    (text, {"text": 1}, ("text",), "string_type"),
    (message, {"content": "a"}, ROLE, "missing"),  # fits three
    (message, {"contents": "a"}, ROLE, "missing"),  # fits none
    (message, {"prefix": True, "seed": 1}, ROLE, "missing"),
    (message, {"role": None, "content": "a"}, ROLE, "union_tag_invalid"),
    (message, {"role": "User", "content": "a"}, ROLE, "union_tag_invalid"),
    (message, {"role": 1, "content": "a"}, ROLE, "union_tag_invalid"),
    (message, {"role": ["user"], "content": "a"}, ROLE, "union_tag_invalid"),
    (tool, {"tool_configuration": {}}, ("type",), "missing"),  # a field of several
    (shape, {}, ("shape",), "missing"),
    (shape_or_circle, {"radius": 1}, ("radius",), "string_type"),
    (chunk, {"text": 1}, ("text",), "string_type"),
]

# A union of types, a value, and the member that it is read as: by its tag, by the names of
# its fields, or as the instance that it is.
FOUND: list[tuple[Check, Any, type[WireType]]] = [
    (message, {"role": "user", "content": "a"}, UserMessage),
    (message, {"role": Roles.system, "content": "a"}, SystemMessage),
    (tool, {"type": "connector", "connector_id": "c"}, CustomConnector),
    (shape, {"shape": "red", "width": "1"}, Rectangle),
    (shape_or_circle, {"shape": "red", "width": "1"}, Rectangle),
    (chunk, {"text": "a"}, TextChunk),
    (chunk, {"image_url": {"url": "u"}}, ImageURLChunk),
    (message, {"prefix": True}, AssistantMessage),
    (message, {"content": "a", "name": "f"}, ToolMessage),
    (tool, {"function": {"name": "f", "parameters": {}}}, Tool),
    (tool, {"library_ids": ["l"]}, DocumentLibraryTool),
    (shape, {"width": "1"}, Rectangle),
    (shape_or_circle, {"radius": "1"}, Circle),
    (message, FinetuningAssistantMessage(content="a"), FinetuningAssistantMessage),
    (chunk, UnknownContentChunk(type="x"), UnknownContentChunk),
]


def types_in(value: Any) -> Any:
    """Return the type of a value, and of all values within it."""
    items = value.items() if isinstance(value, dict) else value
    inside = isinstance(value, (dict, list, tuple))
    return type(value), [types_in(item) for item in items] if inside else []


def refused(check: Check, value: object, reading: Reading = REFUSE) -> list[tuple[Path, str]]:
    with pytest.raises(ValidationError) as caught:
        check.read(value, reading)
    return [(problem.path, problem.type) for problem in caught.value.problems]


def test_accepted_values_are_stored_as_plain_ones() -> None:
    for check, unchanged, others in ACCEPTED:
        for value, expected in [*zip(unchanged, unchanged), *others]:
            assert check.matches(value)
            for reading in READINGS if not isinstance(value, Iterator) else [REFUSE]:
                stored = check.read(value, reading)
                assert stored == expected and types_in(stored) == types_in(expected), check


def test_values_of_another_type_are_refused() -> None:
    for check, expected, kind, values in REFUSED:
        for value in values:
            assert check.expected == expected and not check.matches(value)
            for reading in READINGS:
                assert refused(check, value, reading) == [((), kind)]


def test_invalid_values_are_refused_at_their_path() -> None:
    for check, value, path, kind in INVALID:
        assert check.matches(value)
        for reading in READINGS:
            assert refused(check, value, reading) == [(path, kind)]


def test_a_member_of_a_union_is_found_by_its_tag_or_its_fields() -> None:
    for check, value, cls in FOUND:
        assert check.matches(value)
        for reading in READINGS:
            assert type(check.read(value, reading)) is cls, value


def test_an_unknown_member_is_kept_in_a_servers_document_only() -> None:
    unknown: dict[str, Any] = {"type": "hologram", "url": "u"}
    kept = chunk.read(unknown, KEEP)
    assert (type(kept), kept.to_dict()) == (UnknownContentChunk, unknown)
    assert types_in(colors.read(Disguised("blue"), KEEP)) == (str, [])
    assert refused(colors, "", KEEP) == [((), "enum")]
    tags: list[Any] = [1, False, "", []]
    documents = [{"type": tag, "text": "a"} for tag in tags]
    for document in documents:
        read = chunk.read(document, KEEP)
        assert (type(read), read.type, read.extra) == (
            TextChunk,
            "text",
            {"type": document["type"]},
        )
    for reading in (REFUSE, STRICT):
        assert refused(colors, "blue", reading) == [((), "enum")]
        for document in [unknown, *documents]:
            assert refused(chunk, document, reading) == [(("type",), "union_tag_invalid")]


def test_a_tag_of_null_is_absent_but_in_strict_reading() -> None:
    document = {"type": None, "text": "a"}
    for reading in (KEEP, REFUSE):
        assert chunk.read(document, reading) == TextChunk(text="a")
    assert refused(chunk, document, STRICT) == [(("type",), "literal_error")]


def test_every_wrong_item_is_reported_in_order_up_to_the_hundredth() -> None:
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
    for wrong in ([NAN] * 150, {str(number): NAN for number in range(150)}):
        assert len(refused(AnyJSON(), wrong)) == 100


class Loop(list[Any]):
    """A list that holds itself twice, and fails when it is read too often."""

    reads = 0

    def __iter__(self) -> Iterator[Any]:
        self.reads += 1
        assert self.reads < 10_000, "walks a tree of 2**200 lists"
        return super().__iter__()


def test_nesting_is_bounded_and_loops_are_refused() -> None:
    deepest: Any = "core"
    for level in range(MAX_DEPTH):
        deepest = [deepest] if level % 2 else {"a": deepest}
    for check in (AnyJSON(), JSONObject()):
        assert check.read({"b": deepest[0]}, REFUSE) == {"b": deepest[0]}
        [(path, kind)] = refused(check, {"b": deepest})
        assert (len(path), kind) == (MAX_DEPTH, "recursion_loop")
    loop = Loop()
    loop += [loop, loop]
    assert {kind for _, kind in refused(AnyJSON(), loop)} == {"recursion_loop"}
