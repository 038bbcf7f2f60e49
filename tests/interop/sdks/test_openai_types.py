"""Ours against the `openai` package, over documents made from its own schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from openai.types import chat

from mistral_proto import ChatCompletionResponse, ValidationError, openai
from mistral_proto.errors import Problem
from tests.fields.openai_samples import OPENAI_DOCUMENTS
from tests.published.comparison import without_null
from tests.published.strategies import (
    VALUES,
    Changed,
    changed,
    documents,
    places,
    removed,
    replaced,
)
from tests.recorded.shared_folder import missing_reason, shared_folder
from tests.recorded.test_recorded import RECORDS

PAIRS: dict[str, tuple[type[Any], type[Any]]] = {
    "ChatCompletion": (openai.ChatCompletion, chat.ChatCompletion),
    "ChatCompletionChunk": (openai.ChatCompletionChunk, chat.ChatCompletionChunk),
}


def schemas() -> dict[str, Any]:
    """Return the schema of each type without references."""
    folder = shared_folder()
    if folder is None:
        return {}
    text = (folder / "wire" / "openai-3.51.0-chat-completion.schema.json").read_text("utf-8")
    return {name: inlined(schema, schema["$defs"]) for name, schema in json.loads(text).items()}


def inlined(value: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [inlined(item, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        return inlined(definitions[value["$ref"].rpartition("/")[2]], definitions)
    whole = {key: inlined(item, definitions) for key, item in value.items() if key != "$defs"}
    others = whole.get("additionalProperties")
    if isinstance(others, dict):  # a map, of any keys
        keys = ("", "violence", "self-harm/intent")
        return {**whole, "properties": dict.fromkeys(keys, others), "additionalProperties": False}
    return whole


SCHEMAS = schemas()
every_type = pytest.mark.parametrize("name", PAIRS)
needs_schemas = pytest.mark.skipif(not SCHEMAS, reason=missing_reason())


def plain(value: Any) -> Any:
    """Return the document without halves of surrogate pairs, and with whole numbers as integers."""
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def our_problems(name: str, document: Any) -> list[Problem]:
    try:
        PAIRS[name][0].from_dict(document, strict=True)
    except ValidationError as error:
        return [*error.problems]
    return []


def is_beyond_openais(problem: Problem) -> bool:
    """Return whether a problem is about a field that OpenAI's type does not have."""
    added = {"reasoning_content", "reasoning"}
    return problem.type == "extra_forbidden" or not added.isdisjoint(problem.path)


def their_problems(name: str, document: Any) -> Any:
    try:
        PAIRS[name][1].model_validate_json(json.dumps(document), strict=True)
    except ValueError as error:
        return error
    return []


def check(name: str, case: Changed) -> None:
    """Require the same verdict of both, and a problem of ours at the change, or at a tag."""
    document = plain(case.document)
    ours = [it for it in our_problems(name, document) if not is_beyond_openais(it)]
    theirs = their_problems(name, document)
    assert bool(ours) is bool(theirs), (case, ours, theirs)
    place = tuple(plain([*case.place]))
    near = [it for it in ours if it.path[: len(place)] == place[: len(it.path)]]
    assert near or not ours or ours[0].path[-1:] == ("type",), (case, ours)


def floats(value: Any) -> str:
    """Return the JSON text of a value, with all its integers as floats."""
    floating = json.loads(json.dumps(value), parse_int=float)
    return json.dumps(floating, sort_keys=True)


@needs_schemas
@every_type
@settings(max_examples=60)
@given(data=st.data())
def test_a_document_and_a_changed_one(name: str, data: st.DataObject) -> None:
    document = plain(data.draw(documents(SCHEMAS[name])))
    assert their_problems(name, document) == []
    check(name, Changed(document, ()))
    check(name, data.draw(changed(document)))

    ours_type, theirs_type = PAIRS[name]
    ours, theirs = ours_type.from_dict(document), theirs_type.model_validate(document)
    ours_again = ours_type.from_json(theirs.model_dump_json(exclude_unset=True))
    theirs_again = theirs_type.model_validate_json(ours.to_json(), strict=True)
    assert floats(ours_again.to_dict()) == floats(ours.to_dict())
    dumped = theirs_again.model_dump(mode="json", exclude_unset=True)
    assert floats(dumped) == floats(ours.to_dict())
    assert floats(without_null(dumped)) == floats(without_null(theirs.model_dump(mode="json")))


@every_type
def test_every_value_in_every_place(name: str) -> None:
    whole = OPENAI_DOCUMENTS[PAIRS[name][0]]
    check(name, Changed(whole, ()))
    for place in places(whole)[1:]:
        if isinstance(place[-1], str):
            check(name, removed(whole, place))
        for value in VALUES:
            check(name, replaced(whole, place, value))


def answer(**message: Any) -> dict[str, Any]:
    message = {"role": "assistant", **message}
    choices = [{"finish_reason": "stop", "index": 0, "message": message}]
    return {"id": "1", "created": 1, "model": "m", "object": "chat.completion", "choices": choices}


# The reason of each difference; an example; and whether we refuse it.
DIFFERENCES: list[tuple[str, dict[str, Any], bool]] = [
    ("strict reading refuses unknown fields", {**answer(), "brand_new": 1}, True),
    ("the fields of other servers have a type", answer(reasoning=["Hm"]), True),
    ("1.0 is an integer in JSON Schema", {**answer(), "created": 1.0}, False),
    ("a stream may be cut in the middle of a character", answer(content="\ud83d"), False),
]


def test_every_difference_is_one() -> None:
    for _, document, is_refused in DIFFERENCES:
        assert bool(our_problems("ChatCompletion", document)) is is_refused
        assert bool(their_problems("ChatCompletion", document)) is not is_refused


@pytest.mark.skipif(not RECORDS, reason=missing_reason())
def test_converted_records_are_read_by_openais() -> None:
    for _, record in RECORDS:
        if record["response"]:
            response = ChatCompletionResponse.from_dict(record["response"])
            converted = openai.completion_to_openai(response).value
            theirs = chat.ChatCompletion.model_validate_json(converted.to_json(), strict=True)
            assert json.loads(theirs.model_dump_json(exclude_unset=True)) == converted.to_dict()
