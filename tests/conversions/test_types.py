"""Types of the conversions, which mypy checks in this file; wrong arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mistral_proto as m
from mistral_proto.openai import (
    adapt_request,
    chunk_from_openai,
    chunk_to_openai,
    completion_from_openai,
    completion_to_openai,
    request_to_openai,
)

if TYPE_CHECKING:
    from typing_extensions import assert_type

    from mistral_proto.protocol.messages import ChatMessage
else:
    ChatMessage = object

    def assert_type(value, _):
        return value


BODY: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
ANSWER = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": []}


def test_types_of_mistral_common() -> None:
    request = adapt_request(BODY).request
    assert_type(request.to_openai(stream=True), dict[str, object])
    assert_type(m.ChatCompletionRequest.from_openai(BODY["messages"]), m.ChatCompletionRequest)
    assert_type(m.convert_openai_messages([]), list[ChatMessage])
    assert_type(m.convert_openai_tools([]), list[m.Tool])
    assert_type(m.check_conversation(request), tuple[m.MistralCommonException, ...])
    assert_type(m.get_validator("v13", "test").validate_request(request), m.ChatCompletionRequest)
    assert_type(m.get_normalizer("v13").from_chat_completion_request(request), m.InstructRequest)
    builder = m.EnumBuilder[m.ReasoningEffort](
        accepts_none=True, default=None, values=[m.ReasoningEffort.high]
    )
    assert builder.build_value("reasoning_effort", None) is None


def test_arguments_of_another_type() -> None:
    adapted: Any = adapt_request(BODY)
    response = m.ChatCompletionResponse.from_dict(ANSWER)
    event = m.CompletionEvent.from_dict({"data": ANSWER})
    completion: Any = completion_to_openai(response)
    assert chunk_to_openai(event) == chunk_to_openai(event.data)
    of_requests: list[Any] = [
        *(request_to_openai, m.check_conversation, m.Mistral("k").chat.complete),
        m.get_validator("v13", "test").validate_request,
        m.get_normalizer("v13").from_chat_completion_request,
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
