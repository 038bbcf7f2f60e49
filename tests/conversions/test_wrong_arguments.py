"""Arguments of a wrong type."""

from __future__ import annotations

from typing import Any

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

BODY: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
ANSWER = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": []}


def test_arguments_of_a_wrong_type() -> None:
    adapted: Any = adapt_request(BODY)
    response = m.ChatCompletionResponse.from_dict(ANSWER)
    event = m.CompletionEvent.from_dict({"data": ANSWER})
    completion: Any = completion_to_openai(response)
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
