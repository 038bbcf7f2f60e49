"""Answers there and back: the same, unless a change is listed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import mistral_proto as m
from mistral_proto.wire import WireType
from tests.conversions.completion_documents import not_listed, thinned
from tests.fields.wire_samples import DOCUMENTS
from tests.recorded.test_recorded import having

Convert = Callable[[Any], m.openai.Converted[Any]]

WAYS: list[tuple[type[WireType], Convert, Convert]] = [
    (m.ChatCompletionResponse, m.openai.completion_to_openai, m.openai.completion_from_openai),
    (m.openai.ChatCompletion, m.openai.completion_from_openai, m.openai.completion_to_openai),
    (m.ChatCompletionStreamResponse, m.openai.chunk_to_openai, m.openai.chunk_from_openai),
    (m.openai.ChatCompletionChunk, m.openai.chunk_from_openai, m.openai.chunk_to_openai),
]


def test_every_loss_is_listed() -> None:
    for cls, there, back in WAYS:
        document = DOCUMENTS[cls]
        for given in [document, *(thinned(cls, document, seed) for seed in range(20))]:
            value = cls.from_dict(given)
            converted = there(value)
            returned = back(converted.value)
            assert not_listed(value.to_dict(), returned.value.to_dict(), converted.changes) == []
            assert converted.changes or returned.value == value
            assert there(returned.value).value == converted.value
            assert type(converted.value).from_dict(converted.value.to_dict()) == converted.value


def test_every_field_has_a_place_or_a_reason() -> None:
    for cls, there, _ in WAYS:
        converted = there(cls.from_dict(DOCUMENTS[cls]))
        assert unknown_in(converted.value) == []
        assert len({it.path for it in converted.changes}) == len(converted.changes) > 0
        assert all(it.path and it.action and it.reason for it in converted.changes)


def unknown_in(value: Any) -> list[str]:
    """Return the fields, at any depth, that the types do not have."""
    if isinstance(value, list):
        return [name for item in value for name in unknown_in(item)]
    if not isinstance(value, WireType):
        return []
    fields = dict(value)
    return [*fields.pop("extra", ()), *unknown_in([*fields.values()])]


def check_recorded(value: Any, there: Convert, back: Convert) -> None:
    converted = there(value)
    returned = back(converted.value)
    assert not_listed(value.to_dict(), returned.value.to_dict(), converted.changes) == []
    assert returned.changes == ()
    assert converted.changes or returned.value == value


@pytest.mark.parametrize("document", having("response"))
def test_recorded_answers(document: dict[str, Any]) -> None:
    response = m.ChatCompletionResponse.from_dict(document)
    check_recorded(response, m.openai.completion_to_openai, m.openai.completion_from_openai)
    if not any(isinstance(it["message"]["content"], list) for it in document["choices"]):
        # A client for OpenAI's API reads it too.
        converted = m.openai.completion_from_openai(m.openai.ChatCompletion.from_dict(document))
        assert (converted.value, converted.changes) == (response, ())


@pytest.mark.parametrize("stream", having("sse"))
def test_recorded_streams(stream: str) -> None:
    *events, _ = m.EventStreamParser().feed(stream.encode())
    for event in events:
        chunk = m.ChatCompletionStreamResponse.from_json(event.data)
        check_recorded(chunk, m.openai.chunk_to_openai, m.openai.chunk_from_openai)
