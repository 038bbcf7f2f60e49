"""The formats and answers of `chat.parse` against those that the `mistralai` SDK has with pydantic."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mistralai.client import models
from mistralai.extra.struct_chat import convert_to_parsed_chat_completion_response
from mistralai.extra.utils.response_format import response_format_from_pydantic_model

from mistral_proto import ChatCompletionResponse, ValidationError
from mistral_proto.structured.parsed import (
    parsed_response,
    read_json,
    response_format_from_type,
)
from mistral_proto.structured.values import plain_value
from tests.interop.sdks.structured_pairs import PAIRS
from tests.published.strategies import VALUES, removed, replaced


def without_titles(schema: Any, of_fields: bool = False) -> Any:
    """A schema without its titles, which are not the names of fields."""
    if isinstance(schema, list):
        return [without_titles(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: without_titles(value, not of_fields and key in ("properties", "$defs"))
        for key, value in schema.items()
        if of_fields or key != "title"
    }


def without_model(format: Any) -> Any:
    """Without the word that tells the SDK's names from ours."""
    return json.loads(json.dumps(format).replace("Model", ""))


def closed_maps(schema: Any) -> Any:
    """A schema whose objects take no field that they do not name, not even dicts."""
    if isinstance(schema, list):
        return [closed_maps(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: closed_maps(value) for key, value in schema.items()}
    return {**closed, "additionalProperties": False} if closed.get("type") == "object" else closed


def valid_name(format: Any) -> Any:
    """With a name of letters, digits, dots and dashes."""
    name = format["json_schema"]["name"].replace("[", "_").replace("]", "_")
    return {**format, "json_schema": {**format["json_schema"], "name": name}}


# What differs: for which pairs, why ours is as it is, and what makes the two the same, of
# the SDK's and of ours.
Change = Callable[[Any], Any]
DIFFERENCES: list[tuple[str, list[str], str, Change | None, Change | None]] = [
    (
        "titles",
        list(PAIRS),
        "they say the names of fields and types again, and every one is read by the model",
        without_titles,
        None,
    ),
    (
        "dicts",
        ["maps"],
        "a dict that may have no key is of no use; the SDK closes these as it does all objects",
        None,
        closed_maps,
    ),
    (
        "name",
        ["generic"],
        "a name of a format is of letters, digits, dots and dashes for any server",
        valid_name,
        None,
    ),
]


def formats(pair: str) -> tuple[Any, Any]:
    model, ours, _ = PAIRS[pair]
    theirs = without_model(response_format_from_pydantic_model(model))
    return theirs, response_format_from_type(ours).to_dict()


@pytest.mark.parametrize("pair", PAIRS)
def test_the_format_is_the_same_but_for_what_is_listed(pair: str) -> None:
    theirs, ours = formats(pair)
    for _, pairs, _, change_theirs, change_ours in DIFFERENCES:
        if pair in pairs:
            theirs = change_theirs(theirs) if change_theirs else theirs
            ours = change_ours(ours) if change_ours else ours
    assert ours == theirs


@pytest.mark.parametrize(
    ("difference", "pair"),
    [(difference, pair) for difference in DIFFERENCES for pair in difference[1]],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_what_is_listed_does_differ(difference: Any, pair: str) -> None:
    theirs, ours = formats(pair)
    for other in DIFFERENCES:
        if pair in other[1] and other is not difference:
            theirs = other[3](theirs) if other[3] else theirs
            ours = other[4](ours) if other[4] else ours
    assert ours != theirs


def completion(content: str) -> dict[str, Any]:
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": content},
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


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


def normal(document: Any) -> Any:
    """Dates, durations and sets as we write them."""
    if isinstance(document, dict):
        return {
            key: {"P1DT2H": "P1DT7200S"}.get(value, value.replace("Z", "+00:00"))
            if isinstance(value, str)
            else normal(value)
            for key, value in document.items()
        }
    return [normal(one) for one in document] if isinstance(document, list) else document


# What the schema takes, and reading refuses, or the other way round; why.
FORMATTED = "a format is a note in JSON Schema, and held to when read"
STRICTER: dict[tuple[str, str], str] = {
    **{("formats", name): FORMATTED for name in ("at", "on", "when", "long", "key", "price")},
    ("defaults", "at"): FORMATTED,
    ("scalars", "number"): "an integer may be beyond a float",
    ("containers", "several"): "a list with a value twice is a set with it once",
}


@pytest.mark.parametrize("pair", PAIRS)
def test_what_is_read_is_what_the_schema_takes(pair: str) -> None:
    _, ours, document = PAIRS[pair]
    made = response_format_from_type(ours).json_schema
    assert made is not None
    validator = Draft202012Validator({**made.schema})

    def is_read(changed: Any) -> bool:
        try:
            read_json(json.dumps(changed), ours)
        except ValidationError:
            return False
        return True

    assert validator.is_valid(document) and is_read(document)
    for name in document:
        less = removed(document, (name,)).document
        assert validator.is_valid(less) == is_read(less), name
        for value in (*VALUES, *(1.0, 1.5, True, [1, "a"], [1, 1], {"a": 1}, "red", {"red": "a"})):
            changed = replaced(document, (name,), value).document
            if (pair, name) not in STRICTER:
                assert validator.is_valid(changed) == is_read(changed), (name, value)
    assert not validator.is_valid({**document, "more": 1}) and not is_read({**document, "more": 1})
