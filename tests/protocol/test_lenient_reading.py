"""Servers' documents: they come back unchanged, and fail only where they carry the answer."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ChatCompletionResponse,
    ChatCompletionResponseChoice,
    ChatCompletionResponseChoiceLogprobs,
    ChatCompletionResponseStreamChoice,
    ChatCompletionStreamResponse,
    CompletionEvent,
    DeltaMessage,
    FinishReason,
    FunctionCall,
    HTTPValidationErrorData,
    PromptTokensDetails,
    ToolCall,
    UnknownContentChunk,
    UsageInfo,
    ValidationError,
)
from mistral_proto.checks import MAX_DEPTH, MAX_NUMBERED
from mistral_proto.errors import MAX_PROBLEMS, Path
from mistral_proto.openai import ChatCompletion, ChatCompletionChunk
from mistral_proto.wire import OpenWireType
from tests.fields.copies import COPIES

USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
HEAD = {"id": "r1", "created": 5, "model": "m", "usage": USAGE}
TEXT = {"type": "text", "text": "Hi"}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def whole(content: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": content, "tool_calls": [CALL]}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return {**HEAD, "object": "chat.completion", "choices": [choice]}


CHUNK = {
    **HEAD,
    "object": "chat.completion.chunk",
    "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hi"}}],
}
WHOLE: dict[type[OpenWireType], dict[str, Any]] = {
    ChatCompletionResponse: whole([TEXT]),
    ChatCompletionStreamResponse: CHUNK,
    ChatCompletion: whole("Hi"),
    ChatCompletionChunk: CHUNK,
}
VITAL = {"choices", "message", "delta", "content", "tool_calls", "function", "name", "arguments"}
"""The fields that carry the answer."""
CHUNK_FIELDS = {"type", "text"}
MISSING = object()
ODD: list[Any] = [MISSING, None, "", "0", 1.5, -1, 10**400, True, [], [[]], {}, {"x": [None]}]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield every place inside a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items if isinstance(value, (dict, list)) else ():
        yield (*path, key)
        yield from places(item, (*path, key)) if isinstance(item, (dict, list)) else ()


def changed(value: Any, path: Path, item: Any) -> Any:
    """Return the document with another value at a place, or without it."""
    key, *inner = path
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    if inner:
        copy[key] = changed(copy[key], tuple(inner), item)
    elif item is MISSING:
        del copy[key]
    else:
        copy[key] = item
    return copy


def check_copies(value: OpenWireType, document: dict[str, Any]) -> None:
    assert value.to_dict() == document
    assert type(value).from_dict(document) == value
    for how in COPIES.values():
        assert how(value) == value
        assert how(value).to_dict() == document


@pytest.mark.parametrize("cls", WHOLE, ids=lambda cls: cls.__name__)
def test_an_odd_value_at_any_place(cls: type[OpenWireType]) -> None:
    for path in places(WHOLE[cls]):
        is_item = isinstance(path[-1], int)
        for item in ODD:
            if path[-1] == "arguments" and isinstance(item, dict):
                continue  # becomes the JSON text
            document = changed(WHOLE[cls], path, item)
            try:
                value = cls.from_dict(document)
            except ValidationError as error:
                assert is_item or path[-1] in VITAL | CHUNK_FIELDS
                assert item not in (None, MISSING) or is_item or "text" in path
                assert error.problems[0].path[: len(path)] == path
            else:
                check_copies(value, document)
                assert cls.from_json(value.to_json()) == value
    for name, item in [("created", 1.5), ("id", 7), ("usage", "lots"), ("model", None)]:
        with pytest.raises(ValidationError) as caught:
            cls.from_dict({**WHOLE[cls], name: item}, strict=True)
        assert {problem.path[0] for problem in caught.value.problems} >= {name}


CHOICES: list[dict[str, Any]] = [{}, {"index": "1"}, {"index": 5}, {"index": None}]
CACHED = {"prompt_tokens_details": {"cached_tokens": 2}}

# Documents as servers send them, and attributes of the values that they are read as.
OF_BOTH: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"id": "", "created": 0, "model": "", "object": "", "choices": [], "usage": None, "text": ""}),
    ({"created": 1.5, "id": 7}, {"created": 0, "id": "", "extra": {"created": 1.5, "id": 7}}),
    ({"choices": None}, {"choices": [], "text": "", "extra": {"choices": None}}),
    ({"choices": [{}]}, {"text": ""}),
    ({"choices": [{"delta": None, "message": None}]}, {"text": ""}),
    ({"choices": [{"index": 5, "delta": {"content": "a"}, "message": {"content": "a"}}, {}]}, {"text": "a"}),
    ({"usage": "lots"}, {"usage": None}),
    ({"usage": {}}, {"usage": UsageInfo.from_dict({})}),
]  # fmt: skip
READ: list[tuple[type[OpenWireType], dict[str, Any], dict[str, Any]]] = [
    *((ChatCompletionResponse, *row) for row in OF_BOTH),
    *((ChatCompletionStreamResponse, *row) for row in OF_BOTH),
    (CompletionEvent, {"data": {"choices": [], "p": "abc"}}, {"text": "", "data": ChatCompletionStreamResponse.from_dict({"choices": [], "p": "abc"})}),
    (CompletionEvent, {"data": {"choices": [{"delta": {"content": "a"}}]}}, {"text": "a"}),
    (
        ChatCompletionResponseChoice,
        {"index": 0, "messages": [{"role": "assistant", "content": "a"}]},
        {"messages": [DeltaMessage(role="assistant", content="a")], "message": AssistantMessage()},
    ),
    (ChatCompletionResponseChoiceLogprobs, {}, {"content": []}),
    (ChatCompletionResponseChoiceLogprobs, {"content": None}, {"content": []}),
    (DeltaMessage, {"tool_calls": [{"id": "a", "type": "function"}]}, {"content": None}),
    (AssistantMessage, {"content": [{"type": "hologram", "depth": 3}]}, {"content": [UnknownContentChunk(type="hologram", extra={"depth": 3})]}),
    (AssistantMessage, {"content": [{"type": "text"}, {"type": "thinking", "thinking": None}, TEXT]}, {"text": "Hi", "thinking": ""}),
    (FunctionCall, {}, {"name": "", "arguments": ""}),
    (FunctionCall, {"arguments": '{"a'}, {"name": "", "arguments": '{"a'}),
    (FunctionCall, {"name": "", "arguments": "", "x": None}, {"extra": {"x": None}}),
    (HTTPValidationErrorData, {}, {"detail": []}),
    (HTTPValidationErrorData, {"detail": "Not Found", "request_id": "r"}, {"detail": []}),
    (UsageInfo, {"prompt_tokens": "5", "completion_tokens": 2.5, "total_tokens": 7}, {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 7}),
    (UsageInfo, {}, {"cached_tokens": 0}),
    (UsageInfo, {"num_cached_tokens": 32}, {"cached_tokens": 32}),
    (UsageInfo, {"num_cached_tokens": None}, {"cached_tokens": 0}),
    (UsageInfo, {"num_cached_tokens": 1, **CACHED}, {"cached_tokens": 2}),
    (UsageInfo, {"num_cached_tokens": 1, "prompt_tokens_details": {"cached_tokens": 0}}, {"cached_tokens": 0}),
    (UsageInfo, {"num_cached_tokens": 1, "prompt_tokens_details": {}}, {"cached_tokens": 1}),
]  # fmt: skip


def test_attributes_of_servers_documents() -> None:
    for cls, document, attributes in READ:
        value = cls.from_dict(document)
        assert {name: getattr(value, name) for name in attributes} == attributes, document
        check_copies(value, document)
        assert dataclasses.replace(value) == value
    both = UsageInfo(num_cached_tokens=32, prompt_tokens_details=PromptTokensDetails())
    assert both.cached_tokens == 32
    call = ToolCall.from_dict({})
    assert (call.function.name, call.function.parse_arguments()) == ("", {})


def test_the_message_of_a_choice() -> None:
    cases: list[tuple[dict[str, Any], type[OpenWireType]]] = [
        ({}, AssistantMessage),
        ({"role": None, "content": "a"}, AssistantMessage),
        ({"role": "", "content": "a"}, AssistantMessage),
        ({"role": "assistant", "content": "a"}, AssistantMessage),
        ({"role": "user", "content": "a"}, DeltaMessage),
    ]
    for message, cls in cases:
        read = ChatCompletionResponseChoice.from_dict({"index": 0, "message": message})
        assert type(read.message) is cls
        assert read == ChatCompletionResponseChoice(index=0, message=message)  # type: ignore[arg-type]
        assert ChatCompletionResponseChoice(index=0, message=read.message) == read
        assert read.to_dict()["message"] == message
    wrong: list[tuple[Any, Path, str]] = [
        ([], (), "dict_type"),
        ({"content": 1}, ("content",), "union_type"),
        ({"role": "user", "content": 1}, ("content",), "union_type"),
        ({"content": [{"type": "text", "text": 5}]}, ("content", 0, "text"), "string_type"),
        ({"content": [{"type": 3}]}, ("content", 0, "type"), "union_tag_invalid"),
    ]
    for message, path, kind in wrong:
        with pytest.raises(ValidationError) as caught:
            ChatCompletionResponseChoice.from_dict({"index": 0, "message": message})
        assert [(p.path, p.type) for p in caught.value.problems] == [(("message", *path), kind)]


def test_finish_reasons() -> None:
    assert FinishReason["tool_call"] is FinishReason["tool_calls"]
    assert list(FinishReason) == ["stop", "length", "model_length", "error", "tool_calls"]
    cases: list[tuple[Any, Any]] = [
        ("stop", FinishReason.stop),
        (FinishReason.tool_call, FinishReason.tool_calls),
        ("tool_call", "tool_call"),
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


def test_the_constructor_makes_an_id_and_a_time() -> None:
    classes: dict[Any, str] = {
        ChatCompletionResponse: "chat.completion",
        ChatCompletionStreamResponse: "chat.completion.chunk",
    }
    for cls, name in classes.items():
        before = int(time.time())
        first, second = (cls(model="m", choices=[], usage=UsageInfo()) for _ in range(2))
        assert first.object == name
        assert re.fullmatch(r"chatcmpl-[0-9a-f]{32}", first.id)
        assert type(first.created) is int
        assert before <= first.created <= int(time.time())
        assert first.id != second.id


def test_replaced_values_and_defaults() -> None:
    response = ChatCompletionResponse.from_dict({"created": 1.5, "choices": CHOICES})
    assert [choice.index for choice in response.choices] == [0, 1, 5, 3]
    assert response.to_dict() == {"created": 1.5, "choices": CHOICES}
    taken = dataclasses.replace(response, choices=[response.choices[3], response.choices[1]])
    assert [choice.index for choice in taken.choices] == [3, 1]
    cases: list[tuple[Any, dict[str, Any], dict[str, Any]]] = [
        (ChatCompletionResponse.from_dict({}), {"created": 7}, {"created": 7}),
        (
            ChatCompletionResponse.from_dict({"created": 1.5}),
            {"usage": UsageInfo()},
            {"created": 1.5, "usage": dict.fromkeys(USAGE, 0)},
        ),
        (response.choices[0], {"index": 0}, {}),
        (
            ChatCompletionResponseChoice.from_dict({"finish_reason": ""}),
            {"message": AssistantMessage(content="a")},
            {"message": {"role": "assistant", "content": "a"}, "finish_reason": ""},
        ),
        (ToolCall.from_dict({}), {"id": "a"}, {"id": "a", "type": "function"}),
        (FunctionCall.from_dict({}), {"name": "f"}, {"name": "f"}),
        (FunctionCall.from_dict({}), {"arguments": None}, {"arguments": "{}"}),
        # An implied default is not written once the value is made anew.
        (AssistantMessage.from_dict({"prefix": False}), {"content": "a"}, {"role": "assistant", "content": "a"}),
    ]  # fmt: skip
    for value, fields, document in cases:
        assert dataclasses.replace(value, **fields).to_dict() == document
    assert UsageInfo.from_dict({}) != UsageInfo()
    first = ChatCompletionResponse.from_dict({})
    second = dataclasses.replace(first)
    items: Any = second.choices
    items.append(response.choices[0])
    assert (first.to_dict(), second.to_dict()) == ({}, {"choices": [{}]})


# -- bounds of problems, depth, items and time


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def with_content(content: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"content": content}}]}


def test_the_bounds_of_documents() -> None:
    wrong: list[dict[str, Any]] = [
        {"choices": [1] * MAX_NUMBERED},
        {"choices": [nested(190)] * 1_000},
        with_content([1] * 100_000),
        with_content([nested(190)] * 1_000),
        {"choices": [{"message": {"tool_calls": [{"function": {"name": 1}}] * 1_000}}]},
        {"choices": [{"message": {"content": [1] * 90}}] * 1_000},
    ]
    for document in wrong:
        with pytest.raises(ValidationError, match="at least 100 problems") as caught:
            ChatCompletionResponse.from_dict(document)
        assert len(caught.value.problems) == MAX_PROBLEMS
        assert caught.value.problems[0].path[0] == "choices"
    with pytest.raises(ValidationError) as caught:
        ChatCompletionRequest.from_dict({f"x{number}": 1 for number in range(100_000)})
    assert len(caught.value.problems) == MAX_PROBLEMS

    too_much: list[tuple[str, Any, str]] = [
        ("choices", [{}] * (MAX_NUMBERED + 1), "too_long"),
        ("choices", [1] * (MAX_NUMBERED + 1), "too_long"),
        *((name, nested(MAX_DEPTH + 1), "recursion_loop") for name in ("x", "usage", "logprobs")),
    ]
    for name, item, kind in too_much:
        with pytest.raises(ValidationError) as caught:
            ChatCompletionResponse.from_dict({name: item})
        [problem] = caught.value.problems
        assert (problem.path[0], problem.type) == (name, kind)
        if kind == "recursion_loop":
            assert ChatCompletionResponse.from_dict({name: item[0]}).extra == {name: item[0]}


class Counted(dict[str, Any]):
    """A dict that counts the calls of `items`."""

    looks = 0

    def items(self) -> Any:
        Counted.looks += 1
        return super().items()


def test_unknown_values_are_read_once() -> None:
    items = [Counted(a=Counted(b=1)) for _ in range(100)]
    for document in (
        {"usage": items},
        with_content([{"type": "hologram", "parts": items}]),
        {"choices": [{"logprobs": items}]},
    ):
        Counted.looks = 0
        ChatCompletionResponse.from_dict(document)
        assert Counted.looks == 2 * len(items)
