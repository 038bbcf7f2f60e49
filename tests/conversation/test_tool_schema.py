"""What is a well-formed JSON Schema of draft 7, and where one is not."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from mistral_proto.conversation.tool_schema import schema_problems
from mistral_proto.errors import Path

NAMES = ["array", "boolean", "integer", "null", "number", "object", "string"]

GOOD: dict[str, list[Any]] = {
    "$id": ["", "no URL at all"],
    "$schema": ["https://json-schema.org/draft/2020-12/schema", ""],
    "$ref": ["#/definitions/none", ""],
    "title": [""],
    "readOnly": [True, False],
    "default": [None, [], 1],
    "const": [None, {"type": "any"}],
    "examples": [[], [1, {"type": "any"}]],
    "enum": [[], [1, 1], [{"type": "any"}]],
    "multipleOf": [1, 0.01, 10**400],
    "maximum": [-1, 0.5, 10**400],
    "exclusiveMinimum": [0],
    "maxLength": [0, 3, 3.0, -0.0, 10**400],
    "pattern": ["", "^[a-z]+$", "[[a]", "(?i)a"],
    "items": [True, False, {}, [{}], [True, {"type": "null"}]],
    "uniqueItems": [True],
    "required": [[], ["a", "b"], [""]],
    "properties": [{}, {"type": True}, {"": {"properties": {"a": {}}}}],
    "patternProperties": [{}, {"^a": {}}, {"": False}],
    "dependencies": [{}, {"a": ["b"], "b": {}, "c": []}],
    "type": [*NAMES, ["null"], NAMES],
    "format": ["regex", "no such format"],
    "allOf": [[{}], [True, False]],
    "not": [{}, True],
    # Which draft 7 does not know.
    "$defs": [1],
    "writeOnly": [1],
    "nullable": ["yes"],
    "Type": ["any"],
}


@pytest.mark.parametrize("keyword", GOOD)
def test_a_good_value(keyword: str) -> None:
    for value in GOOD[keyword]:
        assert schema_problems({keyword: value}) == ()
        assert schema_problems({"not": {"items": [{"$ref": "#", keyword: value}]}}) == ()


A_SCHEMA = "a schema (an object, true or false)"
ONE_OF_NAMES = "'array', 'boolean', 'integer', 'null', 'number', 'object' or 'string'"
NO_SCHEMAS: list[Any] = [None, 0, 1, "", "object", [], [{}]]
BAD: list[tuple[Any, Path, str]] = [
    *((value, (), f"expected {A_SCHEMA}, got") for value in NO_SCHEMAS),
    ({"title": None}, ("title",), "expected a string, got null"),
    ({"$ref": {}}, ("$ref",), "expected a string, got an empty object"),
    ({"readOnly": 0}, ("readOnly",), "expected true or false, got the number 0"),
    ({"enum": {}}, ("enum",), "expected a list, got an empty object"),
    ({"examples": "a"}, ("examples",), "expected a list, got the string 'a'"),
    ({"multipleOf": 0}, ("multipleOf",), "expected a number above 0, got the number 0"),
    ({"maximum": "1"}, ("maximum",), "expected a number, got the string '1'"),
    ({"exclusiveMinimum": True}, ("exclusiveMinimum",), "expected a number, got true"),
    ({"minLength": -1}, ("minLength",), "expected an integer of at least 0, got the number -1"),
    ({"maxItems": 1.5}, ("maxItems",), "expected an integer of at least 0, got the number 1.5"),
    ({"minItems": True}, ("minItems",), "expected an integer of at least 0, got true"),
    ({"pattern": 1}, ("pattern",), "expected a regular expression, got the number 1"),
    ({"pattern": "("}, ("pattern",), "expected a regular expression, got the string '('"),
    ({"pattern": "[[a]("}, ("pattern",), "expected a regular expression"),
    ({"pattern": "(" * 9999}, ("pattern",), "expected a regular expression"),
    ({"pattern": "a{99999999999}"}, ("pattern",), "expected a regular expression"),
    ({"pattern": "(?u)(?a)a"}, ("pattern",), "expected a regular expression"),
    ({"items": []}, ("items",), "expected a list of at least 1, got an empty list"),
    ({"items": [{}, 1]}, ("items", 1), f"expected {A_SCHEMA}, got the number 1"),
    ({"items": "a"}, ("items",), f"expected {A_SCHEMA} or a list, got the string 'a'"),
    ({"required": True}, ("required",), "expected a list, got true"),
    ({"required": ["a", 1]}, ("required", 1), "expected a string, got the number 1"),
    (
        {"required": ["a", "b", "a"]},
        ("required", 2),
        "expected no item twice, got the string 'a' again",
    ),
    ({"properties": []}, ("properties",), "expected an object, got an empty list"),
    ({"properties": {"a": None}}, ("properties", "a"), f"expected {A_SCHEMA}, got null"),
    (
        {"properties": {"type": {"type": "any"}}},
        ("properties", "type", "type"),
        f"expected {ONE_OF_NAMES}, got the string 'any'",
    ),
    ({"patternProperties": {"(": {}}}, ("patternProperties", "("), "a regular expression"),
    ({"patternProperties": {"a": 1}}, ("patternProperties", "a"), f"expected {A_SCHEMA}"),
    ({"dependencies": {"a": "b"}}, ("dependencies", "a"), f"expected {A_SCHEMA} or a list, got"),
    ({"dependencies": {"a": ["b", "b"]}}, ("dependencies", "a", 1), "expected no item twice"),
    ({"definitions": {"a": {"not": 1}}}, ("definitions", "a", "not"), f"expected {A_SCHEMA}"),
    ({"type": "any"}, ("type",), f"expected {ONE_OF_NAMES}, got the string 'any'"),
    ({"type": "Object"}, ("type",), f"expected {ONE_OF_NAMES}, got the string 'Object'"),
    ({"type": None}, ("type",), f"expected {ONE_OF_NAMES} or a list, got null"),
    ({"type": []}, ("type",), "expected a list of at least 1, got an empty list"),
    ({"type": ["null", "any"]}, ("type", 1), f"expected {ONE_OF_NAMES}, got the string 'any'"),
    ({"type": ["null", "null"]}, ("type", 1), "expected no item twice, got the string 'null'"),
    ({"type": ["null", {}]}, ("type", 1), f"expected {ONE_OF_NAMES}, got an empty object"),
    ({"anyOf": {}}, ("anyOf",), "expected a list, got an empty object"),
    ({"oneOf": []}, ("oneOf",), "expected a list of at least 1, got an empty list"),
    ({"if": {"then": {"else": []}}}, ("if", "then", "else"), f"expected {A_SCHEMA}"),
    ({"$ref": "#", "type": "any"}, ("type",), "got the string 'any'"),
    ({"default": float("nan")}, ("default",), "expected a finite number"),
    ({"default": {1}}, ("default",), "expected a JSON value, got a Python set"),
]


@pytest.mark.parametrize(("schema", "path", "words"), BAD, ids=[repr(case[0])[:60] for case in BAD])
def test_a_bad_value(schema: Any, path: Path, words: str) -> None:
    [problem] = schema_problems(schema)
    assert problem.path == path
    assert words in str(problem)


def test_every_problem_is_told() -> None:
    schema: Any = {
        "type": ["any", "null", 1],
        "title": 1,
        "properties": {"a": {"minimum": "0", "not": 1}, "b": [], "c": {}},
        "allOf": [{}, {"required": "a"}, 1],
    }
    assert [problem.path for problem in schema_problems(schema)] == [
        ("type", 0),
        ("type", 2),
        ("title",),
        ("properties", "a", "minimum"),
        ("properties", "a", "not"),
        ("properties", "b"),
        ("allOf", 1, "required"),
        ("allOf", 2),
    ]
    assert len(schema_problems({"properties": {str(number): 1 for number in range(200)}})) == 100


@pytest.mark.parametrize("keyword", ["not", "items"])
def test_a_deep_schema(keyword: str) -> None:
    schema: Any = {"type": "null"}
    for _ in range(199):
        schema = {keyword: schema}
    assert schema_problems(schema) == ()

    bad: Any = {"type": "any"}
    for _ in range(199):
        bad = {keyword: bad}
    assert [problem.path for problem in schema_problems(bad)] == [(*[keyword] * 199, "type")]

    for depth in (200, 100_000):
        for _ in range(depth - 199):
            schema = {keyword: schema}
        [problem] = schema_problems(schema)
        assert problem.expected == "at most 200 levels of nesting"


def test_patterns_of_which_python_warns() -> None:
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("error")
        assert schema_problems({"pattern": "[[b]"}) == ()
        assert len(schema_problems({"pattern": "[[b]("})) == 1
    assert shown == []
