"""The check of a function's parameters finds the broken schemas that `jsonschema` finds."""

from __future__ import annotations

import copy
import re
import warnings
from collections.abc import Callable
from typing import Any

from hypothesis import given, strategies as st
from hypothesis.strategies import SearchStrategy
from jsonschema import Draft7Validator, SchemaError

from mistral_proto.conversation import tool_schema
from mistral_proto.conversation.tool_schema import schema_problems
from tests.published.strategies import ANY_JSON, NUMBERS, TEXT, changed

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
    *(
        {"type": "string"},
        {"type": "any"},
        {"type": []},
        {"not": 1},
        [{"not": 1}],
        {"a": {"not": 1}},
    ),
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


# -- generated schemas: good ones, and those with one change


strings: SearchStrategy[Any] = st.sampled_from(["", "a", "#/definitions/a", "http://example.com"])
counts: SearchStrategy[Any] = st.integers(0, 3) | st.sampled_from([0.0, 1.0, -0.0, 2**70])
numbers: SearchStrategy[Any] = st.sampled_from([-1, 0, 0.5, 1e300])
unique: SearchStrategy[Any] = st.sampled_from([[], ["a"], ["a", "b"], ["", "1"]])

Maker = Callable[[SearchStrategy[Any]], SearchStrategy[Any]]


def always(strategy: SearchStrategy[Any]) -> Maker:
    return lambda inner: strategy


def one(inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return inner


def several(inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.lists(inner, min_size=1, max_size=2)


def by_name(inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.dictionaries(TEXT, inner, max_size=2)


GOOD: dict[str, Maker] = {
    **dict.fromkeys(
        (
            "$id $schema $ref $comment title description format contentMediaType contentEncoding"
        ).split(),
        always(strings),
    ),
    **dict.fromkeys("maximum exclusiveMaximum minimum exclusiveMinimum".split(), always(numbers)),
    **dict.fromkeys(
        "maxLength minLength maxItems minItems maxProperties minProperties".split(), always(counts)
    ),
    **dict.fromkeys("readOnly uniqueItems".split(), always(st.booleans())),
    **dict.fromkeys("default const".split(), always(ANY_JSON)),
    **dict.fromkeys("examples enum".split(), always(st.lists(ANY_JSON, max_size=2))),
    **dict.fromkeys("allOf anyOf oneOf".split(), several),
    **dict.fromkeys("definitions properties".split(), by_name),
    **dict.fromkeys(
        "additionalItems contains additionalProperties propertyNames if then else not".split(), one
    ),
    "multipleOf": always(st.sampled_from([1, 0.01, 1e300])),
    "pattern": always(st.sampled_from(PATTERNS)),
    "items": lambda inner: one(inner) | several(inner),
    "required": always(unique),
    "patternProperties": lambda inner: st.dictionaries(
        st.sampled_from(PATTERNS), inner, max_size=2
    ),
    "dependencies": lambda inner: by_name(inner) | by_name(unique),
    "type": always(st.sampled_from([*NAMES, ["null", "string"], ["array"], [*NAMES]])),
}


def objects(inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Return schemas with a few keywords each."""
    pairs = [
        st.builds(lambda key, value: (key, value), st.just(k), m(inner)) for k, m in GOOD.items()
    ]
    return st.lists(st.one_of(pairs), max_size=3).map(dict)


good: SearchStrategy[Any] = st.recursive(st.booleans() | st.just({}), objects, max_leaves=6)


def test_there_is_a_good_value_of_every_keyword() -> None:
    assert sorted(GOOD) == KEYWORDS


@given(schema=good)
def test_a_good_schema(schema: Any) -> None:
    before = copy.deepcopy(schema)
    assert schema_problems(schema) == ()
    assert accepted(schema)
    assert schema == before


@given(data=st.data())
def test_a_change_anywhere(data: st.DataObject) -> None:
    for _ in range(5):
        check(data.draw(changed(data.draw(good))).document)


@given(
    schema=st.dictionaries(
        st.sampled_from(KEYWORDS), ANY_JSON | st.sampled_from(VALUES), max_size=3
    )
)
def test_anything(schema: Any) -> None:
    check(schema)


@given(pattern=st.text(st.sampled_from("ab01()[]{}?*+|^$.\\-,:=!<>PiudDwW#"), max_size=8))
def test_any_pattern(pattern: str) -> None:
    check({"pattern": pattern})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, ValueError):
        assert schema_problems({"pattern": pattern})
