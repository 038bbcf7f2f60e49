"""A server's document fails only where it carries the answer, and comes back unchanged."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    DeltaMessage,
    Function,
    UnknownContentChunk,
    UsageInfo,
    UserMessage,
    ValidationError,
)
from mistral_proto.errors import Path
from mistral_proto.openai import ChatCompletion, ChatCompletionChunk
from mistral_proto.wire import OpenWireType, WireType
from tests.fields.copies import COPIES

USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
WHOLE: dict[type[OpenWireType], dict[str, Any]] = {
    ChatCompletionResponse: {
        "id": "r1",
        "object": "chat.completion",
        "created": 5,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {
                    "role": "assistant",
                    "content": [{"type": "text", "text": "Hi"}],
                    "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": "{}"}}],
                },
            }
        ],
        "usage": USAGE,
    },
    ChatCompletionStreamResponse: {
        "id": "r1",
        "object": "chat.completion.chunk",
        "created": 5,
        "model": "m",
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hi"}}],
        "usage": USAGE,
    },
}
WHOLE[ChatCompletion] = {
    **WHOLE[ChatCompletionResponse],
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {
                "role": "assistant",
                "content": "Hi",
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "f", "arguments": "{}"},
                    }
                ],
            },
        }
    ],
}
WHOLE[ChatCompletionChunk] = WHOLE[ChatCompletionStreamResponse]

VITAL = {"choices", "message", "delta", "content", "tool_calls", "function", "name", "arguments"}
"""The fields that carry the answer."""
TAGS = {"type", "text"}
"""The fields of a text chunk, which are part of a content."""
ODD: list[Any] = [None, "", "0", 1.5, -1, 10**400, True, [], [[]], {}, {"x": [None]}]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield every place inside a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items if isinstance(value, (dict, list)) else ():
        yield (*path, key)
        yield from places(item, (*path, key)) if isinstance(item, (dict, list)) else ()


def changed(value: Any, path: Path, **to: Any) -> Any:
    """Return the document with another value in a place, or without it."""
    key, *inner = path
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    if inner:
        copy[key] = changed(copy[key], tuple(inner), **to)
    elif to:
        copy[key] = to["item"]
    else:
        del copy[key]
    return copy


def check_whole(cls: type[OpenWireType], document: dict[str, Any]) -> None:
    value = cls.from_dict(document)
    assert value.to_dict() == document
    assert cls.from_dict(value.to_dict()) == value
    assert cls.from_json(value.to_json()) == value
    for copied in (how(value) for how in COPIES.values()):
        assert copied == value
        assert copied.to_dict() == document
    with pytest.raises(ValidationError):
        cls.from_dict({**document, "x": 1}, strict=True)


each_type = pytest.mark.parametrize("cls", WHOLE, ids=lambda cls: cls.__name__)


@each_type
def test_an_odd_value_in_any_place(cls: type[OpenWireType]) -> None:
    for path in places(WHOLE[cls]):
        is_item = isinstance(path[-1], int)
        for item in ODD:
            if path[-1] == "arguments" and isinstance(item, dict):
                continue  # becomes the JSON text
            document = changed(WHOLE[cls], path, item=item)
            try:
                check_whole(cls, document)
            except ValidationError as error:
                assert is_item or path[-1] in VITAL | TAGS
                assert item is not None or is_item or "text" in path
                assert error.problems[0].path[: len(path)] == path


@each_type
def test_any_place_left_out(cls: type[OpenWireType]) -> None:
    for path in places(WHOLE[cls]):
        if path[-1] != "text" and path[-2:] != ("content", 0):
            check_whole(cls, changed(WHOLE[cls], path))


@each_type
def test_strict_reading_refuses_odd_values(cls: type[OpenWireType]) -> None:
    odd: list[tuple[str, Any]] = [("created", 1.5), ("id", 7), ("usage", "lots"), ("model", None)]
    for name, item in odd:
        with pytest.raises(ValidationError) as caught:
            cls.from_dict({**WHOLE[cls], name: item}, strict=True)
        assert {problem.path[0] for problem in caught.value.problems} >= {name}


def test_the_value_of_a_field_that_was_not_read() -> None:
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"created": 1.5}, {"created": 0, "extra": {"created": 1.5}}),
        ({"created": "5"}, {"created": 0}),
        ({"id": 7}, {"id": "", "extra": {"id": 7}}),
        ({"model": ""}, {"model": ""}),
        ({}, {"id": "", "model": "", "object": "", "choices": [], "usage": None}),
        ({"choices": None}, {"choices": [], "extra": {"choices": None}}),
        ({"usage": "lots"}, {"usage": None}),
    ]
    for document, attributes in cases:
        for cls in (ChatCompletionResponse, ChatCompletionStreamResponse):
            value = cls.from_dict(document)
            assert {name: getattr(value, name) for name in attributes} == attributes


def test_a_choice_without_an_index_counts_by_its_place() -> None:
    choices: list[dict[str, Any]] = [{}, {"index": "1"}, {"index": 5}, {"index": None}]
    response = ChatCompletionResponse.from_dict({"choices": choices})

    assert [choice.index for choice in response.choices] == [0, 1, 5, 3]
    assert response.to_dict() == {"choices": choices}


def test_tokens_that_are_no_numbers_are_kept() -> None:
    document = {"prompt_tokens": "5", "completion_tokens": 2.5, "total_tokens": 7}
    usage = UsageInfo.from_dict(document)

    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (0, 0, 7)
    assert usage.to_dict() == document


def test_a_chunk_of_an_unknown_kind_and_one_that_is_broken() -> None:
    content = [{"type": "hologram", "depth": 3}]
    message = AssistantMessage.from_dict({"content": content})
    assert message.content == [UnknownContentChunk(type="hologram", extra={"depth": 3})]

    with pytest.raises(ValidationError) as caught:
        AssistantMessage.from_dict({"content": [{"type": "text", "text": 5}]})
    assert [problem.path for problem in caught.value.problems] == [("content", 0, "text")]

    with pytest.raises(ValidationError) as caught:
        AssistantMessage.from_dict({"content": [{"type": 3}]})
    [problem] = caught.value.problems
    assert (problem.path, problem.got) == (("content", 0, "type"), "the number 3")


def test_a_chunk_without_its_value() -> None:
    for kind in ("text", "thinking"):
        for chunk in ({"type": kind}, {"type": kind, kind: None}):
            document = {"content": [chunk, {"type": "text", "text": "Hi"}]}
            message = AssistantMessage.from_dict(document)
            assert message.text == "Hi"
            assert message.to_dict() == document
            with pytest.raises(ValidationError):
                UserMessage(content=[chunk])  # type: ignore[list-item]


# -- replacing


def test_a_missing_list_is_not_shared() -> None:
    [choice] = ChatCompletionResponse.from_dict({"choices": [{}]}).choices
    first = ChatCompletionResponse.from_dict({})
    second = dataclasses.replace(first)
    items: Any = second.choices
    items.append(choice)
    assert (first.to_dict(), second.to_dict()) == ({}, {"choices": [{}]})


def test_items_that_were_read_before_keep_their_place() -> None:
    choices = ChatCompletionResponse.from_dict({"choices": [{}, {}, {}]}).choices
    assert [choice.index for choice in choices] == [0, 1, 2]
    taken = dataclasses.replace(
        ChatCompletionResponse.from_dict({}), choices=[choices[2], choices[1]]
    )
    assert [choice.index for choice in taken.choices] == [2, 1]
    assert [choice.index for choice in choices] == [0, 1, 2]


def test_a_replaced_value_is_written() -> None:
    [choice] = ChatCompletionResponse.from_dict({"choices": [{"finish_reason": ""}]}).choices
    whole = dataclasses.replace(
        choice, message=dataclasses.replace(choice.message, content="hello")
    )
    assert whole.to_dict() == {
        "message": {"role": "assistant", "content": "hello"},
        "finish_reason": "",
    }
    assert dataclasses.replace(whole, finish_reason="stop").to_dict()["finish_reason"] == "stop"
    assert dataclasses.replace(choice, index=0) == choice

    response = ChatCompletionResponse.from_dict({"created": 1.5})
    assert dataclasses.replace(response, usage=UsageInfo()).to_dict() == {
        "created": 1.5,
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    }
    assert dataclasses.replace(response, created=7).to_dict() == {"created": 7}


def test_equal_usage_writes_the_same() -> None:
    assert UsageInfo.from_dict({}) != UsageInfo()
    assert UsageInfo.from_dict({}).to_dict() == {}
    assert UsageInfo().to_dict() == dict.fromkeys(USAGE, 0)
    assert UsageInfo.from_dict(UsageInfo().to_dict()) == UsageInfo()


def test_a_default_that_was_not_given_is_not_written() -> None:
    function = {"name": "f", "parameters": {}}
    cases: list[tuple[WireType, dict[str, Any]]] = [
        (AssistantMessage.from_dict({"content": None}), {"content": None}),
        (AssistantMessage.from_dict({"content": "a", "prefix": False}), {"content": "a"}),
        (Function.from_dict({**function, "strict": False}), function),
        (DeltaMessage.from_dict({"role": None}), {"role": None}),
    ]
    for value, document in cases:
        assert value.to_dict().items() >= document.items()
        copied: Any = dataclasses.replace(value)
        assert copied == value
        assert "prefix" not in copied.to_dict() and "strict" not in copied.to_dict()


# -- requests


def test_values_that_the_api_refuses() -> None:
    given = {"model": "m", "messages": [UserMessage(content="Hi")]}
    for name, empty in {"model": "", "messages": [], "tools": []}.items():
        for read in (ChatCompletionRequest.from_dict, lambda it: ChatCompletionRequest(**it)):
            with pytest.raises(ValidationError) as caught:
                read({**given, name: empty})
            [problem] = caught.value.problems
            assert problem.path == (name,)
            assert problem.type in ("string_too_short", "too_short")


def test_messages_may_be_any_iterable() -> None:
    messages = [UserMessage(content="a"), UserMessage(content="b")]
    for given in (iter(messages), dict.fromkeys(messages).keys(), (one for one in messages)):
        assert ChatCompletionRequest(messages=given).messages == messages  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        ChatCompletionRequest(messages=messages[0])  # type: ignore[arg-type]


def test_a_byte_order_mark_is_ignored() -> None:
    text = '\ufeff{"content": "a"}'
    for given in (text, text.encode(), bytearray(text.encode())):
        assert UserMessage.from_json(given).content == "a"
