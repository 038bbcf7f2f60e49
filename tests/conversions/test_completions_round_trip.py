"""There and back: the same where both sides can hold it, and told of where one can't."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionResponse,
    ChatCompletionResponseChoice,
    ChatCompletionResponseChoiceLogprobs,
    ChatCompletionResponseStreamChoice,
    ChatCompletionStreamResponse,
    DeltaMessage,
    EventStreamParser,
    FinetuningAssistantMessage,
    FunctionCall,
    ToolCall,
    UsageInfo,
    ValidationError,
    openai,
)
from mistral_proto.conversions import answer_parts, completion_chunks, completions
from mistral_proto.conversions.changes import Converted
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

Convert = Callable[[Any], Converted[Any]]

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
@pytest.mark.parametrize("seed", [None, *range(20)])
def test_what_both_sides_can_hold_comes_back_the_same(way: str, seed: int | None) -> None:
    cls, there, back, document = WAYS[way]
    if seed is not None:
        document = thinned(cls, document, seed)
    value = cls.from_dict(document)
    converted = there(value)
    again = back(converted.value)

    # Not even where the call is of another kind, which streams can hold.
    assert (converted.changes, again.changes) == ((), ())
    assert again.value == value
    assert again.value.to_dict() == value.to_dict()
    assert type(converted.value).from_dict(converted.value.to_dict()) == converted.value


@every_way
@pytest.mark.parametrize("seed", [None, *range(20)])
def test_what_is_lost_is_listed(way: str, seed: int | None) -> None:
    cls, there, back, _ = WAYS[way]
    document = DOCUMENTS[cls]
    if seed is not None:
        document = thinned(cls, document, seed)
    value = cls.from_dict(document)
    converted = there(value)
    again = back(converted.value)

    assert not_listed(value.to_dict(), again.value.to_dict(), converted.changes) == []
    if not converted.changes:
        assert again.value == value
    # What came through once comes through again.
    assert there(again.value).value == converted.value


@every_way
def test_every_change_tells_what_and_why(way: str) -> None:
    cls, there, _, _ = WAYS[way]
    changes = there(cls.from_dict(DOCUMENTS[cls])).changes

    assert changes
    assert len({change.path for change in changes}) == len(changes)
    for change in changes:
        assert change.path
        assert change.what
        assert change.why


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


# -- the tables of rules

TABLES: list[tuple[Any, str, type[WireType]]] = [
    (answer_parts, "CALL_RULES", FunctionCall),
    (answer_parts, "_DETAILS_FROM_OPENAI", openai.PromptTokensDetails),
    (answer_parts, "_LOGPROBS_FROM_OPENAI", openai.ChoiceLogprobs),
    (answer_parts, "_LOGPROBS_TO_OPENAI", ChatCompletionResponseChoiceLogprobs),
    (answer_parts, "_USAGE_FROM_OPENAI", openai.CompletionUsage),
    (answer_parts, "_USAGE_TO_OPENAI", UsageInfo),
    (completions, "_ASSISTANT_TO_OPENAI", AssistantMessage),
    (completions, "_CALL_FROM_OPENAI", openai.ChatCompletionMessageFunctionToolCall),
    (completions, "_CALL_TO_OPENAI", ToolCall),
    (completions, "_CHOICE_FROM_OPENAI", openai.Choice),
    (completions, "_CHOICE_TO_OPENAI", ChatCompletionResponseChoice),
    (completions, "_COMPLETION_FROM_OPENAI", openai.ChatCompletion),
    (completions, "_DELTA_TO_OPENAI", DeltaMessage),
    (completions, "_FINETUNING_TO_OPENAI", FinetuningAssistantMessage),
    (completions, "_MESSAGE_FROM_OPENAI", openai.ChatCompletionMessage),
    (completions, "_RESPONSE_TO_OPENAI", ChatCompletionResponse),
    (completions, "_WITHOUT_USAGE", openai.ChatCompletion),
    (completion_chunks, "_CALL_FROM_OPENAI", openai.ChoiceDeltaToolCall),
    (completion_chunks, "_CALL_TO_OPENAI", ToolCall),
    (completion_chunks, "_CHOICE_FROM_OPENAI", openai.chat_completion_chunk.Choice),
    (completion_chunks, "_CHOICE_TO_OPENAI", ChatCompletionResponseStreamChoice),
    (completion_chunks, "_CHUNK_FROM_OPENAI", openai.ChatCompletionChunk),
    (completion_chunks, "_CHUNK_TO_OPENAI", ChatCompletionStreamResponse),
    (completion_chunks, "_DELTA_FROM_OPENAI", openai.ChoiceDelta),
    (completion_chunks, "_DELTA_TO_OPENAI", DeltaMessage),
    (completion_chunks, "_WITHOUT_USAGE", openai.ChatCompletionChunk),
]


@pytest.mark.parametrize(
    ("module", "table", "cls"),
    [pytest.param(*case, id=f"{case[0].__name__}.{case[1]}") for case in TABLES],
)
def test_a_table_has_a_rule_for_every_field_in_its_order(
    module: Any, table: str, cls: type[WireType]
) -> None:
    assert [*getattr(module, table)] == [*cls._specs]
