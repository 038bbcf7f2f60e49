"""The check of a function's parameters finds the broken schemas that `jsonschema` finds."""

from __future__ import annotations

import copy
import re
import warnings
from typing import Any

from hypothesis import given, settings, strategies as st
from hypothesis.strategies import SearchStrategy
from jsonschema import Draft7Validator, SchemaError

from mistral_proto.conversation import tool_schema
from mistral_proto.conversation.tool_schema import schema_problems
from tests.published.strategies import ANY_JSON, NUMBERS, TEXT

KEYWORDS = sorted(Draft7Validator.META_SCHEMA["properties"])
NAMES = ("array", "boolean", "integer", "null", "number", "object", "string")
PATTERNS = ("", "^a+$", "[0-9]{3}", r"\w", "(?P<n>a)(?P=n)", "[[a]", "(?i)a", "(?=a)", "a*?")
BROKEN_PATTERNS = ("(", ")", "[", "*", "a**", "a{2,1}", r"\p{L}", r"\cA", "(?<n>a)", "(?#", "\\")

VALUES: tuple[Any, ...] = (
    *(None, True, False, "", "a", *NAMES, "any", *PATTERNS, *BROKEN_PATTERNS, *NUMBERS),
    *([], [[]], [{}], [True], [1], [None], ["a"], ["a", "a"], ["a", "b"], ["a", 1], [1, True]),
    *([{}, 1], [{}, []], ["string"], ["string", "null"], ["string", "string"], ["string", "any"]),
    *({}, {"a": {}}, {"a": True}, {"a": 1}, {"a": None}, {"a": []}, {"a": "a"}, {"(": {}}),
    *({"a": ["b"]}, {"a": ["b", "b"]}, {"a": [1]}, {"a": [{}]}, {"a": {"type": "any"}}),
    *({"type": "string"}, {"type": "any"}, {"not": 1}, [{"not": 1}], {"a": {"not": 1}}),
)


def accepted(schema: Any) -> bool:
    """Return the verdict of `jsonschema`; a schema on which it fails is broken."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            Draft7Validator.check_schema(schema)
        except (SchemaError, OverflowError, ValueError):
            return False
    return True


def check(schema: Any) -> None:
    problems = schema_problems(schema)
    assert (problems == ()) == accepted(schema), problems
    for problem in problems:
        at: Any = schema
        for step in problem.path:
            at = at[step]


def test_the_keywords_are_those_of_the_meta_schema() -> None:
    without_a_check = {"default", "const"}
    assert {*tool_schema._KEYWORDS} | without_a_check == {*KEYWORDS}


def test_every_value_of_every_keyword() -> None:
    for keyword in [*KEYWORDS, "$defs", "writeOnly", "nullable", "Type"]:
        for value in VALUES:
            check({keyword: value})
            check({"title": "t", "properties": {"a": {"$ref": "#", keyword: value}}})
    for schema in VALUES:
        check(schema)
    for pattern in [*PATTERNS, *BROKEN_PATTERNS, "a{99999999999}", "(?u)(?a)a"]:
        check({"pattern": pattern})
        check({"patternProperties": {pattern: {}}})


values: SearchStrategy[Any] = st.recursive(
    ANY_JSON | st.sampled_from(VALUES),
    lambda inner: (
        st.dictionaries(st.sampled_from(KEYWORDS), inner, max_size=3)
        | st.dictionaries(TEXT, inner, max_size=2)
        | st.lists(inner, min_size=1, max_size=2)
    ),
    max_leaves=6,
)


@settings(max_examples=200)
@given(schema=st.dictionaries(st.sampled_from(KEYWORDS), values, max_size=3))
def test_any_values_of_keywords(schema: Any) -> None:
    before = copy.deepcopy(schema)
    check(schema)
    assert schema == before


@settings(max_examples=100)
@given(pattern=st.text(st.sampled_from("ab01()[]{}?*+|^$.\\-,:=!<>PiudDwW#"), max_size=8))
def test_any_pattern(pattern: str) -> None:
    check({"pattern": pattern})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, ValueError):
        assert schema_problems({"pattern": pattern})
