"""JSON Schema from declarations: a row for each kind of check, and whole types."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from mistral_proto import APIKeyAuth, ChatCompletionRequest, ToolCall
from mistral_proto.checks import (
    AnyJSON,
    Boolean,
    Check,
    Constant,
    Either,
    Integer,
    JSONObject,
    ListOf,
    MapOf,
    Number,
    ObjectOf,
    OneOf,
    String,
    StringEnum,
    TaggedUnion,
)
from mistral_proto.fields import field
from mistral_proto.schema import json_schema
from mistral_proto.wire import OpenWireType, WireType, wire_type

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
NULL: Schema = {"type": "null"}


class Size(StringEnum):
    small = "small"
    large = "large"


@wire_type
class Cat(WireType):
    kind: Literal["cat"] = field(Constant("cat"), default="cat")


@wire_type
class Dog(WireType):
    kind: Size | str = field(OneOf(Size), default=Size.large)


@wire_type
class Other(OpenWireType):
    kind: str = field(String())


def declared(check: Check, base: type[WireType], **told: Any) -> type[WireType]:
    """A type with one field, `x`."""
    fields = {"__annotations__": {"x": "object"}, "x": field(check, **told)}
    return wire_type(type("Declared", (base,), fields))


def of_field(check: Check, base: type[WireType], /, *, strict: bool = False, **told: Any) -> Schema:
    schema: Any = json_schema(declared(check, base, **told), strict=strict)
    found: Schema = schema["properties"]["x"]
    return found


def ref(name: str, **beside: Any) -> Schema:
    return {"$ref": f"#/$defs/{name}", **beside}


def of_kind(**values: Any) -> Schema:
    return {"properties": {"kind": values}}


def tagged(kind: Schema, *members: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {"kind": kind},
        "required": ["kind"],
        "oneOf": [*members],
    }


pets = TaggedUnion("kind", Cat, Dog, unknown=Other)
SIZES: Schema = {"type": "string", "enum": ["small", "large"]}
PETS = tagged({"enum": ["cat", "large"]}, ref("Cat"), ref("Dog", **of_kind(enum=["large"])))

# A check, and the schema of a field that must be given: of what the user sends, and of
# what the server sends where that is something else.
CHECKS: list[tuple[str, Check, Schema, Schema | None]] = [
    ("string", String(), STRING, None),
    ("boolean", Boolean(), {"type": "boolean"}, None),
    ("number", Number(), {"type": "number"}, None),
    ("number, bounds", Number(0, 1.5), {"type": "number", "minimum": 0, "maximum": 1.5}, None),
    (
        "number, bound excluded",
        Number(maximum=1, above=0),
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        None,
    ),
    ("integer", Integer(), {"type": "integer"}, None),
    ("integer, bound", Integer(-1), {"type": "integer", "minimum": -1}, None),
    ("constant", Constant("a"), {"const": "a"}, None),
    ("enum", OneOf(Size), SIZES, {"anyOf": [SIZES, {**STRING, "minLength": 1}]}),
    ("enum with others", OneOf(Size, others=True), {"anyOf": [SIZES, STRING]}, None),
    ("list", ListOf(String()), {"type": "array", "items": STRING}, None),
    (
        "list of some",
        ListOf(Boolean(), minimum_items=2),
        {"type": "array", "items": {"type": "boolean"}, "minItems": 2},
        None,
    ),
    ("any JSON", AnyJSON(), {}, None),
    ("any object", JSONObject(), {"type": "object"}, None),
    (
        "map",
        MapOf(Number()),
        {"type": "object", "additionalProperties": {"type": "number"}},
        None,
    ),
    ("object", ObjectOf(Cat), ref("Cat"), None),
    ("either", Either(String(), ObjectOf(Cat)), {"anyOf": [STRING, ref("Cat")]}, None),
    (
        "union",
        pets,
        PETS,
        tagged(
            STRING,
            *PETS["oneOf"],
            ref("Other", **of_kind(**{"not": PETS["properties"]["kind"]})),
        ),
    ),
    (
        "union with a type for what has no tag",
        TaggedUnion("kind", Cat, untagged=Cat),
        {"anyOf": [tagged({"enum": ["cat"]}, ref("Cat")), ref("Cat", **of_kind(type="null"))]},
        None,
    ),
]


@pytest.mark.parametrize(
    ("check", "sent", "received"), [case[1:] for case in CHECKS], ids=[case[0] for case in CHECKS]
)
def test_a_check(check: Check, sent: Schema, received: Schema | None) -> None:
    assert of_field(check, WireType) == sent
    assert of_field(check, WireType, strict=True) == sent
    assert of_field(check, OpenWireType, strict=True) == sent
    assert of_field(check, OpenWireType) == (sent if received is None else received)


# A schema, and how it is written where null will do, too.
NULLABLE: list[tuple[str, Check, Schema]] = [
    ("a type", String(), {"type": ["string", "null"]}),
    ("with more", Integer(0), {"type": ["integer", "null"], "minimum": 0}),
    ("any JSON", AnyJSON(), {}),
    ("a constant", Constant("a"), {"anyOf": [{"const": "a"}, NULL]}),
    ("an enum", OneOf(Size), {"anyOf": [SIZES, NULL]}),
    ("alternatives", OneOf(Size, others=True), {"anyOf": [SIZES, STRING, NULL]}),
    ("a reference", ObjectOf(Cat), {"anyOf": [ref("Cat"), NULL]}),
    ("a union", pets, {"anyOf": [PETS, NULL]}),
]


@pytest.mark.parametrize(
    ("check", "schema"), [case[1:] for case in NULLABLE], ids=[case[0] for case in NULLABLE]
)
def test_null(check: Check, schema: Schema) -> None:
    assert of_field(check, WireType, nullable=True) == schema


class NullIsOne(String):
    __slots__ = ()
    reads_null = True


OR_NULL: Schema = {"type": ["string", "null"]}
ABSENT = ""

# What a field's declaration says besides its check, and the schema of a string with it:
# whether it is required, and whether it is in strict reading.  The last column is the
# schema in strict reading where it is another.
DECLARATIONS: list[tuple[str, dict[str, Any], Schema, bool, bool, Schema | None]] = [
    ("nothing", {}, STRING, True, True, None),
    ("nullable", {"nullable": True}, OR_NULL, True, True, None),
    ("None by default", {"default": None}, OR_NULL, False, False, None),
    ("None, not null", {"default": None, "nullable": False}, OR_NULL, False, False, STRING),
    (
        "a default",
        {"default": "a"},
        {**OR_NULL, "default": "a"},
        False,
        False,
        {**STRING, "default": "a"},
    ),
    (
        "a default, and required",
        {"default": "a", "required": True},
        {**OR_NULL, "default": "a"},
        False,
        True,
        STRING,
    ),
    ("a default that is made", {"default_factory": str}, OR_NULL, False, False, STRING),
    ("absent", {"absent": ABSENT}, OR_NULL, False, False, STRING),
    ("absent, and required", {"absent": ABSENT, "required": True}, OR_NULL, False, True, STRING),
    ("absent, and a default", {"absent": ABSENT, "default": "a"}, OR_NULL, False, False, STRING),
    ("told", {"doc": "Its name."}, {**STRING, "description": "Its name."}, True, True, None),
    ("secret", {"secret": True}, {**STRING, "writeOnly": True}, True, True, None),
]


@pytest.mark.parametrize(
    ("told", "schema", "required", "strictly", "strict_schema"),
    [case[1:] for case in DECLARATIONS],
    ids=[case[0] for case in DECLARATIONS],
)
def test_a_declaration(
    told: dict[str, Any],
    schema: Schema,
    required: bool,
    strictly: bool,
    strict_schema: Schema | None,
) -> None:
    cls = declared(String(), OpenWireType, **told)
    for strict, needed, expected in [
        (False, required, schema),
        (True, strictly, strict_schema or schema),
    ]:
        found = json_schema(cls, strict=strict)
        assert found["properties"] == {"x": expected}
        assert found.get("required", []) == (["x"] if needed else [])


def test_a_value_that_null_stands_for() -> None:
    assert of_field(NullIsOne(), WireType) == OR_NULL
    assert of_field(NullIsOne(), WireType, strict=True) == STRING
    assert of_field(NullIsOne(), WireType, default="a") == {**OR_NULL, "default": "a"}


def test_of_a_tag_that_is_required_nothing_stands_for_what_has_none() -> None:
    tree = namesake("Tree", kind=field(Constant("tree"), default="tree", required=True))
    plants = TaggedUnion("kind", tree, untagged=tree)
    union = tagged({"enum": ["tree"]}, ref("Tree"))
    assert of_field(plants, OpenWireType) == {"anyOf": [union, ref("Tree", **of_kind(type="null"))]}
    assert of_field(plants, OpenWireType, strict=True) == union


def test_what_is_not_on_the_wire_is_left_out() -> None:
    cls = declared(String(), WireType, local=True)
    assert json_schema(cls)["properties"] == {}
    local = {name for name, spec in ChatCompletionRequest._specs.items() if spec.local}
    properties = json_schema(ChatCompletionRequest)["properties"]
    assert isinstance(properties, dict)
    assert local and local.isdisjoint(properties)


def test_secrets_are_only_written() -> None:
    properties: Any = json_schema(APIKeyAuth)["properties"]
    assert properties["value"] == {"type": "string", "writeOnly": True}


@pytest.mark.parametrize(
    ("base", "strict", "other"),
    [(WireType, False, False), (WireType, True, False), (OpenWireType, True, False)],
)
def test_no_other_fields(base: type[WireType], strict: bool, other: bool) -> None:
    assert json_schema(declared(String(), base), strict=strict)["additionalProperties"] is other


def test_of_a_server_other_fields_are_kept() -> None:
    assert "additionalProperties" not in json_schema(declared(String(), OpenWireType))


# -- whole types


def test_a_small_type() -> None:
    assert json_schema(ToolCall, strict=True) == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ToolCall",
        "description": "A tool call of an assistant's message (API: `ToolCall`).",
        "type": "object",
        "properties": {
            "id": {
                "type": "string",
                "default": "null",
                "description": "The id of the call.",
            },
            "type": {"type": "string", "enum": ["function"], "default": "function"},
            "function": {"$ref": "#/$defs/FunctionCall"},
            "index": {
                "type": "integer",
                "description": "The call's place among the calls of a message.",
            },
        },
        "required": ["function"],
        "additionalProperties": False,
        "$defs": {
            "FunctionCall": {
                "title": "FunctionCall",
                "description": "The model's call of a function (API: `FunctionCall`).",
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "arguments": {
                        "anyOf": [{"type": "string"}, {"type": "object"}],
                        "description": "The arguments as JSON text, as the model wrote it.",
                    },
                },
                "required": ["name", "arguments"],
                "additionalProperties": False,
            }
        },
    }


def test_the_schema_is_new_each_time() -> None:
    first: Any = json_schema(ToolCall)
    first["properties"]["id"]["type"] = "changed"
    first["$defs"].clear()
    assert json_schema(ToolCall) != first


def namesake(name: str, **fields: Any) -> type[WireType]:
    body: dict[str, Any] = {"__annotations__": dict.fromkeys(fields, "object"), **fields}
    return wire_type(type(name, (WireType,), body))


def test_types_that_share_a_name() -> None:
    one, two, three = [namesake("Same", **{key: field(String())}) for key in "abc"]
    nested = namesake("Same2", c=field(ObjectOf(three)))
    root = namesake(
        "Same",
        **{
            cls_name: field(ObjectOf(cls)) for cls_name, cls in zip("abcd", [one, two, nested, one])
        },
    )
    schema: Any = json_schema(root)
    assert {name: one["$ref"] for name, one in schema["properties"].items()} == {
        "a": "#/$defs/Same2",
        "b": "#/$defs/Same3",
        "c": "#/$defs/Same22",
        "d": "#/$defs/Same2",
    }
    assert {name: [*one["properties"]] for name, one in schema["$defs"].items()} == {
        "Same2": ["a"],
        "Same3": ["b"],
        "Same22": ["c"],
        "Same4": ["c"],
    }


def test_a_type_inside_itself() -> None:
    root = namesake("Tree", leaf=field(String()))
    root._specs["leaf"].check = ListOf(ObjectOf(root))
    schema: Any = json_schema(root)
    assert schema["$ref"] == "#/$defs/Tree"
    leaf = schema["$defs"]["Tree"]["properties"]["leaf"]
    assert leaf == {"type": "array", "items": {"$ref": "#/$defs/Tree"}}


def test_a_description_is_the_first_paragraph() -> None:
    cls = namesake("Told")
    for text, described in [
        ("One line.", "One line."),
        ("Two\n    lines.\n\n    And more.", "Two lines."),
        (None, None),  # as Python has it that runs with -OO
    ]:
        cls.__doc__ = text
        assert json_schema(cls).get("description") == described
