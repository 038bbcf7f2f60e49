"""Types of the conversions, which mypy checks in this file; wrong arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mistral_proto
from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    CompletionEvent,
    InstructRequest,
    MistralCommonException,
    ReasoningEffort,
    Tool,
    UserMessage,
    check_conversation,
    convert_openai_messages,
    convert_openai_tools,
    get_normalizer,
    get_validator,
)
from mistral_proto.openai import (
    Change,
    ChatCompletion,
    ChatCompletionChunk,
    adapt_request,
    chunk_from_openai,
    chunk_to_openai,
    completion_from_openai,
    completion_to_openai,
    request_to_openai,
)
from mistral_proto.schema import json_schema

if TYPE_CHECKING:
    from typing_extensions import assert_type

    from mistral_proto.json_text import JSONValue
    from mistral_proto.protocol.messages import ChatMessage
else:
    JSONValue = ChatMessage = object

    def assert_type(value, _):
        return value


BODY: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
ANSWER = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": []}


def test_requests() -> None:
    adapted = adapt_request(BODY)
    assert_type(adapted.request, ChatCompletionRequest)
    assert_type(adapted.changes, tuple[Change, ...])
    assert_type(adapted.request.to_openai(stream=True), dict[str, object])
    assert_type(UserMessage(content="Hi").to_openai(), dict[str, JSONValue])
    assert_type(AssistantMessage.from_openai({"content": "Hi"}), AssistantMessage)
    assert_type(ChatCompletionRequest.from_openai(BODY["messages"]), ChatCompletionRequest)
    assert_type(InstructRequest.from_openai([]), InstructRequest)
    assert_type(convert_openai_messages([]), list[ChatMessage])
    assert_type(convert_openai_tools([]), list[Tool])


def test_conversations() -> None:
    request = adapt_request(BODY).request
    assert_type(check_conversation(request), tuple[MistralCommonException, ...])
    assert_type(get_validator("v13", "test").validate_request(request), ChatCompletionRequest)
    assert_type(get_normalizer("v13").from_chat_completion_request(request), InstructRequest)
    builder = mistral_proto.EnumBuilder[ReasoningEffort](
        accepts_none=True, default=None, values=[ReasoningEffort.high]
    )
    assert builder.build_value("reasoning_effort", None) is None


def test_answers() -> None:
    completion = completion_to_openai(ChatCompletionResponse.from_dict(ANSWER))
    assert_type(completion.value, ChatCompletion)
    assert_type(completion.changes, tuple[Change, ...])
    assert_type(completion_from_openai(completion.value).value, ChatCompletionResponse)
    chunk = chunk_to_openai(ChatCompletionStreamResponse.from_dict(ANSWER))
    assert_type(chunk.value, ChatCompletionChunk)
    assert_type(chunk_from_openai(chunk.value).value, ChatCompletionStreamResponse)


def test_what_is_of_another_type_is_refused() -> None:
    adapted: Any = adapt_request(BODY)
    response = ChatCompletionResponse.from_dict(ANSWER)
    event = CompletionEvent.from_dict({"data": ANSWER})
    completion: Any = completion_to_openai(response)
    assert chunk_to_openai(event) == chunk_to_openai(event.data)
    of_requests: list[Any] = [
        *(request_to_openai, check_conversation, get_validator("v13", "test").validate_request),
        *(
            get_normalizer("v13").from_chat_completion_request,
            mistral_proto.Mistral("k").chat.complete,
        ),
    ]
    wrong: list[tuple[Any, Any, str]] = [
        (completion_to_openai, event.data, "expected a ChatCompletionResponse, not '.*Response'$"),
        (chunk_to_openai, response, "expected a ChatCompletionStreamResponse, not"),
        (chunk_from_openai, completion.value, "expected a ChatCompletionChunk, not"),
        (completion_from_openai, completion, "not 'Converted': pass its .value"),
        (chunk_to_openai, ANSWER, r"ChatCompletionStreamResponse.from_dict\(it\)"),
        *((function, adapted, "'AdaptedRequest': pass its .request") for function in of_requests),
    ]
    for function, given, words in wrong:
        with pytest.raises(TypeError, match=words):
            function(given)


def test_schemas() -> None:
    assert_type(json_schema(ChatCompletion), dict[str, JSONValue])
    assert_type(mistral_proto.schema.mistral_chat_completion(), dict[str, JSONValue])
