"""Responses, whole and streamed: ids, messages, reasons, tokens and text."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionResponse,
    ChatCompletionResponseChoice,
    ChatCompletionResponseStreamChoice,
    ChatCompletionStreamResponse,
    CompletionEvent,
    DeltaMessage,
    FinishReason,
    PromptTokensDetails,
    UsageInfo,
    ValidationError,
)
from mistral_proto.errors import Path

CHOICE: dict[str, Any] = {"index": 0, "finish_reason": "stop"}


def test_the_constructor_makes_an_id_and_a_time() -> None:
    whole: Any = ChatCompletionResponse
    for cls, name in [
        (whole, "chat.completion"),
        (ChatCompletionStreamResponse, "chat.completion.chunk"),
    ]:
        given: dict[str, Any] = {"model": "m", "choices": [], "usage": UsageInfo()}
        before = int(time.time())
        first, second = cls(**given), cls(**given)
        for response in (first, second):
            assert response.object == name
            assert re.fullmatch(r"chatcmpl-[0-9a-f]{32}", response.id)
            assert type(response.created) is int
            assert before <= response.created <= int(time.time())
        assert first.id != second.id
        assert first == cls(**{**given, "id": first.id, "created": first.created})


def test_a_choice_without_a_message() -> None:
    [choice] = ChatCompletionResponse.from_dict({"choices": [CHOICE]}).choices
    assert (choice.message.text, choice.message.thinking) == ("", "")
    assert choice.message.tool_calls is None
    assert replace(choice, index=1).to_dict() == {**CHOICE, "index": 1}
    filled = replace(choice, message=AssistantMessage(content="a"))
    assert filled.to_dict() == {**CHOICE, "message": {"role": "assistant", "content": "a"}}


def test_a_call_without_a_function() -> None:
    choice = ChatCompletionResponseChoice.from_dict({"message": {"tool_calls": [{}]}})
    message: Any = choice.message
    [call] = message.tool_calls
    assert (call.function.name, call.function.parse_arguments()) == ("", {})
    assert replace(call, id="a").to_dict() == {"id": "a", "type": "function"}


def test_the_message_of_a_choice() -> None:
    cases: list[tuple[Any, type[Any]]] = [
        ({}, AssistantMessage),
        ({"content": "a"}, AssistantMessage),
        ({"role": None, "content": "a"}, AssistantMessage),
        ({"role": "assistant", "content": "a"}, AssistantMessage),
        ({"role": "user", "content": "a"}, DeltaMessage),
        ({"role": "", "content": "a"}, AssistantMessage),
        (AssistantMessage(content="a"), AssistantMessage),
        (DeltaMessage(role="assistant"), DeltaMessage),
    ]
    for message, cls in cases:
        choice = ChatCompletionResponseChoice(index=0, message=message)
        assert type(choice.message) is cls
        if isinstance(message, dict):
            read = ChatCompletionResponseChoice.from_dict({"index": 0, "message": message})
            assert read == choice
            assert read.to_dict()["message"] == message


def test_a_bad_message_of_a_choice() -> None:
    cases: list[tuple[Any, Path, str]] = [
        ("a", (), "dict_type"),
        ([], (), "dict_type"),
        ({"content": 1}, ("content",), "union_type"),
        ({"role": "user", "content": 1}, ("content",), "union_type"),
    ]
    for message, path, kind in cases:
        with pytest.raises(ValidationError) as caught:
            ChatCompletionResponseChoice.from_dict({"index": 0, "message": message})
        [problem] = caught.value.problems
        assert (problem.path, problem.type) == (("message", *path), kind)


def test_cached_tokens() -> None:
    cases: list[tuple[dict[str, Any], int]] = [
        ({}, 0),
        ({"num_cached_tokens": 32}, 32),
        ({"prompt_tokens_details": {"cached_tokens": 224}}, 224),
        ({"num_cached_tokens": 1, "prompt_tokens_details": {"cached_tokens": 2}}, 2),
        ({"num_cached_tokens": 1, "prompt_tokens_details": {"cached_tokens": 0}}, 0),
        ({"prompt_tokens_details": {}}, 0),
        ({"prompt_tokens_details": {"cached_tokens": None}}, 0),
        ({"num_cached_tokens": None}, 0),
    ]
    for usage, cached in cases:
        assert UsageInfo.from_dict(usage).cached_tokens == cached, usage
    both = UsageInfo(num_cached_tokens=32, prompt_tokens_details=PromptTokensDetails())
    assert both.cached_tokens == 32


def test_finish_reasons() -> None:
    assert FinishReason["tool_call"] is FinishReason["tool_calls"]
    assert list(FinishReason) == ["stop", "length", "model_length", "error", "tool_calls"]
    cases: list[tuple[Any, Any]] = [
        ("stop", FinishReason.stop),
        (FinishReason.tool_call, FinishReason.tool_calls),
        ("tool_call", "tool_call"),
        ("content_filter", "content_filter"),
        (None, None),
    ]
    for reason, stored in cases:
        for choice in (
            ChatCompletionResponseStreamChoice(index=0, delta=DeltaMessage(), finish_reason=reason),
            ChatCompletionResponseChoice.from_dict({"index": 0, "finish_reason": reason}),
        ):
            assert choice.finish_reason == stored
            assert type(choice.finish_reason) is type(stored)
            assert choice.to_dict().get("finish_reason") == reason


def test_the_text_is_that_of_the_first_choice() -> None:
    text = {"content": "a"}
    cases: list[tuple[Any, str]] = [
        ([], ""),
        (None, ""),
        ([{}], ""),
        ([{"delta": None, "message": None}], ""),
        ([{"index": 5, "delta": text, "message": text}, {"delta": {}, "message": {}}], "a"),
    ]
    for choices, expected in cases:
        document = {"choices": choices}
        assert ChatCompletionResponse.from_dict(document).text == expected
        assert CompletionEvent.from_dict({"data": document}).text == expected


def test_an_event_holds_a_piece_of_an_answer() -> None:
    chunk = {"id": "r1", "object": "chat.completion.chunk", "choices": [], "p": "abc"}
    event = CompletionEvent.from_dict({"data": chunk})
    assert event.data == ChatCompletionStreamResponse.from_dict(chunk)
    assert event.data.extra == {"p": "abc"}
    assert event.to_dict() == {"data": chunk}
    with pytest.raises(ValidationError, match="data: expected this field"):
        CompletionEvent.from_dict({})
