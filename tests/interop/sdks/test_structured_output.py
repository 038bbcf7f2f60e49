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
    """Return a schema without its titles."""
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
    """Return a format without the suffix of the SDK's names."""
    return json.loads(json.dumps(format).replace("Model", ""))


def closed_maps(schema: Any) -> Any:
    """Return a schema in which every object is closed, dicts too."""
    if isinstance(schema, list):
        return [closed_maps(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: closed_maps(value) for key, value in schema.items()}
    return {**closed, "additionalProperties": False} if closed.get("type") == "object" else closed


def valid_name(format: Any) -> Any:
    """Return a format with a name of letters, digits, dots and dashes."""
    name = format["json_schema"]["name"].replace("[", "_").replace("]", "_")
    return {**format, "json_schema": {**format["json_schema"], "name": name}}


# The difference; its pairs; its reason; and the changes of the SDK's and of ours that remove it.
Change = Callable[[Any], Any]
DIFFERENCES: list[tuple[str, list[str], str, Change | None, Change | None]] = [
    (
        "titles",
        list(PAIRS),
        "they repeat the names of fields and types, and the model reads every one",
        without_titles,
        None,
    ),
    (
        "dicts",
        ["maps"],
        "a dict without keys is useless; the SDK closes dicts like all objects",
        None,
        closed_maps,
    ),
    (
        "name",
        ["generic"],
        "servers take letters, digits, dots and dashes in the name of a format",
        valid_name,
        None,
    ),
]


def formats(pair: str) -> tuple[Any, Any]:
    model, ours, _ = PAIRS[pair]
    theirs = without_model(response_format_from_pydantic_model(model))
    return theirs, response_format_from_type(ours).to_dict()


def without_differences(pair: str, *left: str) -> tuple[Any, Any]:
    theirs, ours = formats(pair)
    for name, pairs, _, change_theirs, change_ours in DIFFERENCES:
        if pair in pairs and name not in left:
            theirs = change_theirs(theirs) if change_theirs else theirs
            ours = change_ours(ours) if change_ours else ours
    return theirs, ours


def test_the_formats_differ_as_listed_and_only_so() -> None:
    for pair in PAIRS:
        theirs, ours = without_differences(pair)
        assert ours == theirs
        for name, pairs, *_ in DIFFERENCES:
            if pair in pairs:
                theirs, ours = without_differences(pair, name)
                assert ours != theirs, (pair, name)


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
    """Return dates and durations as we write them."""
    if isinstance(document, dict):
        return {
            key: {"P1DT2H": "P1DT7200S"}.get(value, value.replace("Z", "+00:00"))
            if isinstance(value, str)
            else normal(value)
            for key, value in document.items()
        }
    return [normal(one) for one in document] if isinstance(document, list) else document


# The fields of which the schema takes more or less than reading, and the reason.
FORMATTED = "a format is a note in JSON Schema, and required by reading"
STRICTER: dict[tuple[str, str], str] = {
    **{("formats", name): FORMATTED for name in ("at", "on", "when", "long", "key", "price")},
    ("defaults", "at"): FORMATTED,
    ("scalars", "number"): "an integer may be beyond a float",
    ("containers", "several"): "a list with a value twice is a set with it once",
}


@pytest.mark.parametrize("pair", PAIRS)
def test_the_schema_and_reading_agree(pair: str) -> None:
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
