"""There and back: the same where both sides can hold it, and told of where one can't."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mistral_proto import (
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    EventStreamParser,
    ValidationError,
    openai,
)
from mistral_proto.wire import WireType
from tests.conversions.completion_documents import (
    MISTRAL,
    MISTRAL_PIECE,
    OPENAI,
    OPENAI_PIECE,
    not_listed,
    thinned,
)
from tests.fields.wire_samples import DOCUMENTS
from tests.recorded.test_recorded import having

Convert = Callable[[Any], openai.Converted[Any]]

# The ways there and back, with a document that both sides can hold.
WAYS: dict[str, tuple[type[WireType], Convert, Convert, dict[str, Any]]] = {
    "Mistral, OpenAI, Mistral": (
        ChatCompletionResponse,
        openai.completion_to_openai,
        openai.completion_from_openai,
        MISTRAL,
    ),
    "OpenAI, Mistral, OpenAI": (
        openai.ChatCompletion,
        openai.completion_from_openai,
        openai.completion_to_openai,
        OPENAI,
    ),
    "Mistral, OpenAI, Mistral, streamed": (
        ChatCompletionStreamResponse,
        openai.chunk_to_openai,
        openai.chunk_from_openai,
        MISTRAL_PIECE,
    ),
    "OpenAI, Mistral, OpenAI, streamed": (
        openai.ChatCompletionChunk,
        openai.chunk_from_openai,
        openai.chunk_to_openai,
        OPENAI_PIECE,
    ),
}
every_way = pytest.mark.parametrize("way", WAYS)


@every_way
def test_what_both_sides_can_hold_comes_back_the_same(way: str) -> None:
    cls, there, back, document = WAYS[way]
    for value in variants(cls, document):
        converted = there(value)
        again = back(converted.value)

        # Not even where the call is of another kind, which streams can hold.
        assert (converted.changes, again.changes) == ((), ())
        assert again.value == value
        assert again.value.to_dict() == value.to_dict()
        assert type(converted.value).from_dict(converted.value.to_dict()) == converted.value


@every_way
def test_what_is_lost_is_listed(way: str) -> None:
    cls, there, back, _ = WAYS[way]
    for value in variants(cls, DOCUMENTS[cls]):
        converted = there(value)
        again = back(converted.value)

        assert not_listed(value.to_dict(), again.value.to_dict(), converted.changes) == []
        if not converted.changes:
            assert again.value == value
        # What came through once comes through again.
        assert there(again.value).value == converted.value


def variants(cls: type[WireType], document: dict[str, Any]) -> list[Any]:
    """The document, and such as lack some of its fields and items."""
    documents = [document, *(thinned(cls, document, seed) for seed in range(20))]
    return [cls.from_dict(document) for document in documents]


@every_way
def test_every_field_has_a_place_or_a_reason(way: str) -> None:
    cls, there, _, _ = WAYS[way]
    done = there(cls.from_dict(DOCUMENTS[cls]))

    assert unknown_in(done.value) == []
    assert len({change.path for change in done.changes}) == len(done.changes) > 0
    assert all(change.path and change.action and change.reason for change in done.changes)


def unknown_in(value: Any) -> list[str]:
    """The fields, at any depth, that the types do not have."""
    if isinstance(value, list):
        return [name for item in value for name in unknown_in(item)]
    if not isinstance(value, WireType):
        return []
    fields = dict(value)
    return [*fields.pop("extra", ()), *unknown_in([*fields.values()])]


# -- recorded traffic


@pytest.mark.parametrize("document", having("response"))
def test_recorded_answers(document: dict[str, Any]) -> None:
    response = ChatCompletionResponse.from_dict(document)
    completion = openai.completion_to_openai(response)
    again = openai.completion_from_openai(completion.value)

    lost = not_listed(response.to_dict(), again.value.to_dict(), completion.changes)
    assert lost == []
    assert again.changes == ()
    if not completion.changes:
        assert again.value == response
    # What came is OpenAI's by the letter, but for what the server left out.
    assert openai.ChatCompletion.from_dict(completion.value.to_dict()) == completion.value


@pytest.mark.parametrize("document", having("response"))
def test_recorded_answers_that_are_read_as_openais(document: dict[str, Any]) -> None:
    # As by a client for OpenAI's API that is pointed to Mistral's.
    if any(isinstance(choice["message"]["content"], list) for choice in document["choices"]):
        with pytest.raises(ValidationError, match="content: expected a string, got a list"):
            openai.ChatCompletion.from_dict(document)
        return
    response = openai.completion_from_openai(openai.ChatCompletion.from_dict(document))
    assert response.value == ChatCompletionResponse.from_dict(document)
    assert response.changes == ()


@pytest.mark.parametrize("stream", having("sse"))
def test_recorded_streams(stream: str) -> None:
    *events, done = EventStreamParser().feed(stream.encode())
    assert done.data == "[DONE]"
    for event in events:
        chunk = ChatCompletionStreamResponse.from_json(event.data)
        converted = openai.chunk_to_openai(chunk)
        again = openai.chunk_from_openai(converted.value)

        assert not_listed(chunk.to_dict(), again.value.to_dict(), converted.changes) == []
        assert again.changes == ()
        if not converted.changes:
            assert again.value == chunk
