"""JSON Schema from declarations: a row for each kind of check, and whole types."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from mistral_proto import ToolCall
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
from mistral_proto.schema import json_schema, mistral_chat_completion
from mistral_proto.wire import OpenWireType, WireType, wire_type

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
NULL: Schema = {"type": "null"}


class Size(StringEnum):
    small = "small"
    large = "large"


@wire_type
class Cat(WireType):
    kind: Literal["cat"] = "cat"


@wire_type
class Dog(WireType):
    kind: Size | str = field(OneOf(Size), default=Size.large)


@wire_type
class Other(OpenWireType):
    kind: str


def declared(name: str, base: type[WireType] = WireType, **fields: Any) -> type[WireType]:
    body: dict[str, Any] = {"__annotations__": dict.fromkeys(fields, "object"), **fields}
    return wire_type(type(name, (base,), body))


def of_field(check: Check, base: type[WireType], /, *, strict: bool = False, **more: Any) -> Schema:
    schema: Any = json_schema(declared("One", base, x=field(check, **more)), strict=strict)
    found: Schema = schema["properties"]["x"]
    return found


def ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def tagged(name: str, **tag: Any) -> Schema:
    return {**ref(name), "properties": {"kind": tag}, "required": ["kind"]}


UNTAGGED: Schema = {"properties": {"kind": NULL}}
SIZES: Schema = {"type": "string", "enum": ["small", "large"]}
PETS: list[Schema] = [tagged("Cat", const="cat"), tagged("Dog", const="large")]
OTHER = tagged("Other", **STRING, **{"not": {"enum": ["cat", "large"]}})
pets = TaggedUnion("kind", Cat, Dog, unknown=Other)

# A check, and the schema of a required field: of a user's document, and of a server's
# where that differs.
CHECKS: list[tuple[Check, Schema, Schema | None]] = [
    (String(1), {**STRING, "minLength": 1}, None),
    (Boolean(), {"type": "boolean"}, None),
    (Number(0, 1.5), {"type": "number", "minimum": 0, "maximum": 1.5}, None),
    (Number(maximum=1, above=0), {"type": "number", "exclusiveMinimum": 0, "maximum": 1}, None),
    (Integer(-1), {"type": "integer", "minimum": -1}, None),
    (Constant("a"), {"const": "a"}, None),
    (OneOf(Size), SIZES, {"anyOf": [SIZES, {**STRING, "minLength": 1}]}),
    (OneOf(Size, others=True), {"anyOf": [SIZES, STRING]}, None),
    (ListOf(AnyJSON(), minimum_items=2), {"type": "array", "items": {}, "minItems": 2}, None),
    (AnyJSON(), {}, None),
    (JSONObject(), {"type": "object"}, None),
    (MapOf(String()), {"type": "object", "additionalProperties": STRING}, None),
    (ObjectOf(Cat), ref("Cat"), None),
    (Either(String(), ObjectOf(Cat)), {"anyOf": [STRING, ref("Cat")]}, None),
    (pets, {"anyOf": PETS}, {"anyOf": [*PETS, OTHER]}),
    (
        TaggedUnion("kind", Cat, untagged=Cat),
        {"anyOf": [PETS[0], {**ref("Cat"), **UNTAGGED}]},
        None,
    ),
]


def test_each_check_has_a_schema() -> None:
    for check, sent, received in CHECKS:
        for base, strict in ((WireType, False), (WireType, True), (OpenWireType, True)):
            assert of_field(check, base, strict=strict) == sent
        assert of_field(check, OpenWireType) == (received or sent)


NULLABLE: list[tuple[Check, Schema]] = [
    (String(), {"type": ["string", "null"]}),
    (AnyJSON(), {}),
    (Constant("a"), {"anyOf": [{"const": "a"}, NULL]}),
    (OneOf(Size), {"anyOf": [SIZES, NULL]}),
    (OneOf(Size, others=True), {"anyOf": [SIZES, STRING, NULL]}),
    (pets, {"anyOf": [*PETS, NULL]}),
]


def test_each_schema_can_allow_null() -> None:
    for check, schema in NULLABLE:
        assert of_field(check, WireType, nullable=True) == schema
    check = String()
    check.reads_null = True  # it allows null but in strict reading
    assert of_field(check, WireType) == {"type": ["string", "null"]}
    assert of_field(check, WireType, strict=True) == STRING


OR_NULL: Schema = {"type": ["string", "null"]}
A: Schema = {"default": "a"}

# A declaration, the schema of a string with it, and whether it is required: in lenient and
# in strict reading.
DECLARATIONS: list[tuple[dict[str, Any], Schema, bool, Schema, bool]] = [
    ({}, STRING, True, STRING, True),
    ({"nullable": True}, OR_NULL, True, OR_NULL, True),
    ({"default": None}, OR_NULL, False, OR_NULL, False),
    ({"default": None, "nullable": False}, OR_NULL, False, STRING, False),
    (A, {**OR_NULL, **A}, False, {**STRING, **A}, False),
    ({**A, "required": True}, {**OR_NULL, **A}, False, STRING, True),
    ({"default_factory": str}, OR_NULL, False, STRING, False),
    ({"absent": ""}, OR_NULL, False, STRING, False),
    ({"absent": "", "required": True}, OR_NULL, False, STRING, True),
    ({"absent": "", **A}, OR_NULL, False, STRING, False),
    ({"doc": "A."}, {**STRING, "description": "A."}, True, {**STRING, "description": "A."}, True),
    ({"secret": True}, {**STRING, "writeOnly": True}, True, {**STRING, "writeOnly": True}, True),
]


def test_declarations_decide_null_defaults_and_required_fields() -> None:
    for more, schema, required, strict_schema, strict_required in DECLARATIONS:
        cls = declared("One", OpenWireType, x=field(String(), **more))
        lenient, strict = json_schema(cls), json_schema(cls, strict=True)
        assert (lenient["properties"], lenient.get("required")) == (
            {"x": schema},
            ["x"] if required else None,
        )
        assert (strict["properties"], strict.get("required")) == (
            {"x": strict_schema},
            ["x"] if strict_required else None,
        )


def test_a_required_tag_leaves_no_untagged_member_in_strict_reading() -> None:
    tree = declared("Tree", kind=field(Constant("tree"), default="tree", required=True))
    plants = TaggedUnion("kind", tree, untagged=tree)
    member = tagged("Tree", const="tree")
    untagged = {**ref("Tree"), **UNTAGGED}
    assert of_field(plants, OpenWireType) == {"anyOf": [member, untagged]}
    assert of_field(plants, OpenWireType, strict=True) == {"anyOf": [member]}


def test_local_fields_are_left_out_and_only_servers_documents_are_open() -> None:
    for base, strict, closed in (
        (WireType, False, False),
        (WireType, True, False),
        (OpenWireType, True, False),
        (OpenWireType, False, None),
    ):
        fields = {"x": field(String()), "y": field(String(), local=True)}
        schema: Any = json_schema(declared("One", base, **fields), strict=strict)
        assert [*schema["properties"]] == ["x"]
        assert schema.get("additionalProperties") is closed


# -- whole types


def test_a_small_type_is_described_whole() -> None:
    schema: Any = json_schema(ToolCall, strict=True)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (schema["title"], schema["type"]) == ("ToolCall", "object")
    assert schema["required"] == ["function"]
    assert [*schema["properties"]] == ["id", "type", "function", "index"]
    assert schema["properties"]["function"] == ref("FunctionCall")
    assert schema["properties"]["type"] == {**STRING, "enum": ["function"], "default": "function"}
    function = schema["$defs"]["FunctionCall"]
    assert (function["title"], function["required"]) == ("FunctionCall", ["name", "arguments"])
    assert function["properties"]["arguments"]["anyOf"] == [STRING, {"type": "object"}]


def test_a_schema_is_new_each_time() -> None:
    makers: list[Callable[[], Any]] = [partial(json_schema, ToolCall), mistral_chat_completion]
    for make in makers:
        first = make()
        first["properties"]["id"]["type"] = "changed"
        first["$defs"].clear()
        assert make() != first


def test_types_with_the_same_name_have_definitions_of_their_own() -> None:
    one, two, three = [declared("Same", **{key: field(String())}) for key in "abc"]
    nested = declared("Same2", c=field(ObjectOf(three)))
    classes = dict(zip("abcd", [one, two, nested, one]))
    root = declared("Same", **{name: field(ObjectOf(cls)) for name, cls in classes.items()})
    schema: Any = json_schema(root)
    refs = {name: part["$ref"] for name, part in schema["properties"].items()}
    assert refs["a"] == refs["d"] and len(set(refs.values())) == 3
    fields = {name: [*part["properties"]] for name, part in schema["$defs"].items()}
    assert [fields[refs[name].removeprefix("#/$defs/")] for name in "abc"] == [["a"], ["b"], ["c"]]
    assert len(fields) == 4


def test_a_type_may_contain_itself() -> None:
    root = declared("Tree", leaf=field(String()))
    root._specs["leaf"].check = ListOf(ObjectOf(root))
    schema: Any = json_schema(root)
    leaf = schema["$defs"]["Tree"]["properties"]["leaf"]
    assert schema["$ref"] == "#/$defs/Tree"
    assert leaf == {"type": "array", "items": ref("Tree")}


def test_a_description_is_the_first_paragraph() -> None:
    cls = declared("One")
    for text, described in [
        ("One line.", "One line."),
        ("Two\n    lines.\n\n    And more.", "Two lines."),
        (None, None),  # as with -OO
    ]:
        cls.__doc__ = text
        assert json_schema(cls).get("description") == described
