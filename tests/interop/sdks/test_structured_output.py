"""Formats and answers of dataclasses against those that the SDK has for pydantic models."""

from __future__ import annotations

import dataclasses
import functools
import json
import operator
from collections.abc import Callable
from dataclasses import dataclass
from types import UnionType
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin

import pytest
from jsonschema import Draft202012Validator
from mistralai.client import models
from mistralai.extra.struct_chat import convert_to_parsed_chat_completion_response
from mistralai.extra.utils.response_format import response_format_from_pydantic_model
from pydantic import BaseModel

from mistral_proto import ChatCompletionResponse, ValidationError
from mistral_proto.structured.parsed import parsed_response, read_json, response_format_from_type
from mistral_proto.structured.values import plain_value
from tests.interop.sdks import pydantic_models
from tests.published.strategies import VALUES, removed, replaced

T = TypeVar("T")
# Attributes of pydantic's bounds, and the keywords of JSON Schema.
KEYWORDS = {"ge": "minimum", "lt": "exclusiveMaximum", "pattern": "pattern"}
KEYWORDS["max_length"] = "maxLength"


@functools.cache
def as_dataclass(model: Any) -> Any:
    """Return a dataclass with the fields and the docstring of a model."""
    fields = []
    for name, info in model.model_fields.items():
        metadata = {"description": info.description, "examples": info.examples}
        for bound in info.metadata:
            for attribute, keyword in KEYWORDS.items():
                metadata[keyword] = getattr(bound, attribute, None) or metadata.get(keyword)
        more: dict[str, Any] = {} if info.is_required() else {"default": info.default}
        if info.default_factory or isinstance(info.default, list):
            more = {"default_factory": info.default_factory or list}
        given = {key: value for key, value in metadata.items() if value is not None}
        field = dataclasses.field(metadata=given, kw_only=True, **more)
        fields.append((name, with_dataclasses(info.annotation), field))
    described = {"__doc__": model.__doc__} if model.__doc__ else {}
    return dataclasses.make_dataclass(model.__name__, fields, namespace=described)


def with_dataclasses(hint: Any) -> Any:
    """Return a type hint with dataclasses in place of models."""
    origin, args = get_origin(hint), get_args(hint)
    if isinstance(hint, type) and not args and issubclass(hint, BaseModel):
        return as_dataclass(hint)  # type: ignore[arg-type]
    if not args or origin is Literal:
        return hint
    inner = tuple(with_dataclasses(arg) for arg in args)
    generic: Any = origin
    return functools.reduce(operator.or_, inner) if origin in (Union, UnionType) else generic[inner]


@dataclass
class Node:
    value: int
    children: list[Node] = dataclasses.field(default_factory=list)


@dataclass
class Page(Generic[T]):
    items: list[T]
    after: T | None = None


# Models whose dataclasses are written by hand, and models without one.
GENERIC: Any = Page
BY_HAND = {
    "Node": Node,
    "Page[int]": Page[int],
    "Page[Author]": GENERIC[as_dataclass(pydantic_models.Author)],
}
LEFT_OUT = {"Aliases", "Discriminated", "Open", "Names", "Checked", "Unions"}
# Of each pair: the model, ours, a document that both read.
PAIRS: dict[str, tuple[Any, Any, Any]] = {
    model.__name__: (model, BY_HAND.get(model.__name__) or as_dataclass(model), document)
    for model, document in pydantic_models.EXAMPLES
    if model.__name__ not in LEFT_OUT
}
Author = PAIRS["Author"]
PAIRS["Author"] = (*Author[:2], {"name": "A"})


def changed(schema: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Return a copy of a schema in which each object is changed."""
    if isinstance(schema, list):
        return [changed(one, change) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return change({key: changed(value, change) for key, value in schema.items()})


def without_titles(schema: dict[str, Any]) -> dict[str, Any]:
    # A field called title has a schema.
    return {key: it for key, it in schema.items() if key != "title" or isinstance(it, dict)}


def without_lists(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if (key, value) != ("default", [])}


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    closed = {"additionalProperties": False} if schema.get("type") == "object" else {}
    return {**schema, **closed}


def with_valid_names(format: dict[str, Any]) -> dict[str, Any]:
    name = str(format.get("name", "")).replace("[", "_").replace("]", "_")
    return {**format, "name": name} if "strict" in format else format


# The pairs that differ, and the changes of the SDK's and of ours that remove the difference.
Change = Callable[[dict[str, Any]], dict[str, Any]]
DIFFERENCES: list[tuple[list[str], Change, Change]] = [
    # They repeat the names of fields and types, and the model reads each one.
    ([*PAIRS], without_titles, dict),
    # A dataclass has a factory of a default list, which no schema calls.
    (["Optionals", "Node"], without_lists, dict),
    # A dict without keys is useless; the SDK closes dicts like all objects.
    (["Maps"], dict, closed),
    # Servers take letters, digits, dots and dashes in the name of a format.
    (["Page[int]", "Page[Author]"], with_valid_names, dict),
]


def formats(pair: str, left: object = None) -> tuple[Any, Any]:
    """Return the SDK's format and ours, without the differences but for the one that is left."""
    model, dataclass, _ = PAIRS[pair]
    theirs = json.loads(json.dumps(response_format_from_pydantic_model(model)))
    ours: Any = response_format_from_type(dataclass).to_dict()
    for difference in DIFFERENCES:
        pairs, change_theirs, change_ours = difference
        if pair in pairs and difference is not left:
            theirs, ours = changed(theirs, change_theirs), changed(ours, change_ours)
    return theirs, ours


def test_the_formats_differ_only_as_listed() -> None:
    assert len(PAIRS) > 12
    for pair in PAIRS:
        theirs, ours = formats(pair)
        assert ours == theirs
        for difference in DIFFERENCES:
            if pair in difference[0]:
                theirs, ours = formats(pair, difference)
                assert ours != theirs, (pair, difference)


def completion(content: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": content}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def normal(document: Any) -> Any:
    """Return dates, times and durations in one form."""
    text = json.dumps(document).replace("P1DT2H", "P1DT7200S")
    return json.loads(text.replace('00Z"', '00+00:00"'))


@pytest.mark.parametrize("pair", PAIRS)
def test_the_answer_is_the_same(pair: str) -> None:
    model, ours, document = PAIRS[pair]
    answer = completion(json.dumps(document))
    theirs = convert_to_parsed_chat_completion_response(
        models.ChatCompletionResponse.model_validate(answer), model
    )
    parsed = parsed_response(ChatCompletionResponse.from_dict(answer), ours)
    mine = plain_value(parsed.choices[0].message.parsed)
    assert mine == normal(theirs.choices[0].message.parsed.model_dump(mode="json"))


# The fields of which the schema takes more or less than reading.
STRICTER = {
    # A format is a note in JSON Schema, and required by reading.
    *(("Formats", name) for name in ("at", "on", "when", "long", "key", "price")),
    ("Scalars", "number"),  # an integer may be beyond a float
    ("Containers", "several"),  # a list with a value twice is a set with it once
}


@pytest.mark.parametrize("pair", PAIRS)
def test_the_schema_and_reading_agree(pair: str) -> None:
    _, ours, document = PAIRS[pair]
    made = response_format_from_type(ours).json_schema
    assert made is not None
    validator = Draft202012Validator({**made.schema})

    def is_read(value: Any) -> bool:
        try:
            read_json(json.dumps(value), ours)
        except ValidationError:
            return False
        return True

    assert validator.is_valid(document) and is_read(document)
    for name in document:
        less = removed(document, (name,)).document
        assert validator.is_valid(less) == is_read(less), name
        for value in (*VALUES, *(1.0, 1.5, True, [1, "a"], [1, 1], {"a": 1}, "red", {"red": "a"})):
            other = replaced(document, (name,), value).document
            if (pair, name) not in STRICTER:
                assert validator.is_valid(other) == is_read(other), (name, value)
    assert not validator.is_valid({**document, "more": 1}) and not is_read({**document, "more": 1})
