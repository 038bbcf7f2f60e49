"""The published schema "Mistral Chat Completion": we read what it accepts, and write valid answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

import mistral_proto as m
from mistral_proto.errors import ValidationError
from mistral_proto.schema import mistral_chat_completion
from mistral_proto.testing import MockServer, model
from tests.published.comparison import changes, without_null
from tests.published.schemas import Schema
from tests.published.strategies import documents, generable
from tests.recorded.shared_folder import missing_reason
from tests.recorded.test_recorded import RECORDS, parse

SCHEMA: Schema = mistral_chat_completion()
VALIDATOR = Draft202012Validator(SCHEMA)
READABLE = generable(SCHEMA)


def response(usage: dict[str, Any] | None = None, **choice: Any) -> dict[str, Any]:
    head = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
    return {**head, "choices": [choice], "usage": usage or {}}


def message(**fields: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": "Hi", **fields}


# The schema accepts these documents, and `from_dict` does not.
REFUSED = {
    "`messages` in the place of `message`, as in mistral_common, carries the answer": (
        response(messages="Hi")
    ),
}

# `to_dict` writes these documents, of an answer with text, and the schema does not accept them.
WRITTEN = {
    "the finish reason `error`, which the API document has": (
        response(index=0, message=message(), finish_reason="error")
    ),
    "a finish reason of a newer server is kept": (
        response(index=0, message=message(), finish_reason="content_filter")
    ),
    "an unknown role is kept": response(index=0, message=message(role="critic")),
    "a null comes back": response(index=0, message=message(tool_calls=None)),
    "a count has no minimum": response({"total_tokens": -1}),
    "a missing field stays missing": {"model": "m", "choices": [{"message": {"content": "Hi"}}]},
}


def test_the_tables() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for document in REFUSED.values():
        assert VALIDATOR.is_valid(document)
        with pytest.raises(ValidationError):
            m.ChatCompletionResponse.from_dict(document)
    for document in WRITTEN.values():
        assert not VALIDATOR.is_valid(m.ChatCompletionResponse.from_dict(document).to_dict())


@settings(max_examples=40)
@given(document=documents(READABLE))
def test_a_valid_document_is_read_and_comes_back(document: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(document)
    value = m.ChatCompletionResponse.from_dict(document)
    assert changes(READABLE, document, value.to_dict()) == []
    assert VALIDATOR.is_valid(value.to_dict())


def check(value: m.ChatCompletionResponse | None) -> bool:
    """Return whether the response has text content; then it is valid but for nulls."""
    assert value is not None
    if not all(isinstance(choice.message.content, str) for choice in value.choices):
        return False
    document = without_null(value.to_dict())
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []
    return True


def test_answers_of_our_own_server() -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {}}}
    parameters: list[dict[str, Any]] = [
        {},
        {"tools": [tool]},
        {"n": 2},
        {"max_tokens": 1},
        {"response_format": {"type": "json_object"}},
    ]
    with MockServer() as server, m.Mistral(api_key="k", server_url=server.url) as client:
        for fields in parameters:
            body: Any = {"messages": [{"role": "user", "content": "Hi"}], "model": "m", **fields}
            assert check(client.chat.complete(**body))
            gathered = m.StreamAccumulator()
            with client.chat.stream(**body) as stream:
                for event in stream:
                    gathered.add(event.data)
            assert check(gathered.response())
    request = m.ChatCompletionRequest(model="magistral", messages=[m.UserMessage(content="Hi")])
    assert not check(model.response(request, model.answer_by_rules(request))), "thinks in chunks"


def test_recorded_answers() -> None:
    if not RECORDS:
        pytest.skip(missing_reason())
    checked = 0
    for _, record in RECORDS:
        if record["response"]:
            checked += check(m.ChatCompletionResponse.from_dict(record["response"]))
        if record["sse"]:
            gathered = m.StreamAccumulator()
            for event in parse(record["sse"].encode()):
                if event.data != "[DONE]":
                    gathered.add(m.ChatCompletionStreamResponse.from_json(event.data))
            checked += check(gathered.response())
    assert checked > 20
