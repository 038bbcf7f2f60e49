"""The check of JSON Schemas of draft 7.

`tests/published` compares the verdicts with those of the `jsonschema` package.
"""

from __future__ import annotations

from typing import Any

from mistral_proto.conversation.tool_schema import schema_problems
from mistral_proto.errors import format_path

NAMES = ["array", "boolean", "integer", "null", "number", "object", "string"]

GOOD: dict[str, list[Any]] = {
    "$ref": ["#/definitions/none", ""],
    "const": [None, {"type": "any"}],
    "enum": [[], [{"type": "any"}]],
    "multipleOf": [0.01, 10**400],
    "exclusiveMinimum": [0, -0.5],
    "maxLength": [0, 3.0, -0.0],
    # Python warns of the second one.
    "pattern": ["^[a-z]+$", "[[a]"],
    "items": [True, {}, [{}], [True, {"type": "null"}]],
    "uniqueItems": [True],
    "required": [[], ["a", "b"]],
    "properties": [{}, {"type": True}, {"": {"properties": {"a": {}}}}],
    "patternProperties": [{}, {"^a": {}}],
    "dependencies": [{"a": ["b"], "b": {}, "c": []}],
    "type": [*NAMES, ["null"], NAMES],
    "allOf": [[{}], [True, False]],
    "not": [{}, True],
    "nullable": ["any"],  # which draft 7 does not know
}
# By the place of the problem, which begins with the keyword.
BAD: dict[str, list[Any]] = {
    "": [None, 0, "object", [{}]],
    "title": [None, 1],
    "readOnly": [0],
    "enum": [{}],
    "multipleOf": [0, -1],
    "maximum": ["1", True],
    "minLength": [-1, 1.5, True],
    "pattern": [1, "(", "(" * 9999, "a{99999999999}", "(?u)(?a)a"],
    "items": [[], "a", None],
    "items[1]": [[{}, 1], [{}, []]],
    "required": [True, ["a", "b", "a"]],
    "required[1]": [["a", 1]],
    "properties": [[], True],
    "properties.type.type": [{"type": {"type": "any"}}],
    "patternProperties": [[], {"(": {}}],
    "patternProperties.a": [{"a": 1}],
    "dependencies.a": [{"a": "b"}, {"a": ["b", "b"]}],
    "definitions.a.not": [{"a": {"not": 1}}],
    "type": ["any", None, [], ["null", "null"]],
    "type[1]": [["null", "any"], ["null", {}]],
    "anyOf": [{}, []],
    "if.then.else": [{"then": {"else": []}}],
    "default": [float("nan"), {1}],
}


def places(schema: Any) -> list[str]:
    return [format_path(problem.path) for problem in schema_problems(schema)]


def test_good_and_bad_values() -> None:
    for keyword, values in GOOD.items():
        for value in values:
            assert places({keyword: value}) == [], keyword
    for place, values in BAD.items():
        keyword = place.split(".")[0].split("[")[0]
        for value in values:
            found = places({keyword: value} if keyword else value)
            assert found == [place or "the document"], value


def test_all_problems_are_found() -> None:
    schema: Any = {
        "type": ["any", "null", 1],
        "title": 1,
        "properties": {"a": {"minimum": "0", "not": 1}, "b": [], "c": {}},
        "allOf": [{}, {"required": "a"}, 1],
    }
    inside = ["properties.a.minimum", "properties.a.not", "properties.b"]
    others = ["allOf[1].required", "allOf[2]"]
    assert places(schema) == ["type[0]", "type[2]", "title", *inside, *others]


def test_the_depth_has_a_limit() -> None:
    schema: Any = {"type": "any"}
    for _ in range(199):
        schema = {"not": schema}
    assert places(schema) == [".".join(["not"] * 199 + ["type"])]
    for depth in (1, 100_000):
        for _ in range(depth):
            schema = {"not": schema}
        [problem] = schema_problems(schema)
        assert problem.expected == "at most 200 levels of nesting"
