"""A server's document never fails for what does not matter, and comes back as it came."""

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
"""What carries the answer."""
TAGS = {"type", "text"}
"""What tells a chunk from others, and its text: both are part of a content."""
ODD: list[Any] = [None, "", "0", 1.5, -1, 10**400, True, [], [[]], {}, {"x": [None]}]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place inside a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items if isinstance(value, (dict, list)) else ():
        yield (*path, key)
        yield from places(item, (*path, key)) if isinstance(item, (dict, list)) else ()


def changed(value: Any, path: Path, **to: Any) -> Any:
    """The document with another value in a place, or without it."""
    key, *inner = path
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    if inner:
        copy[key] = changed(copy[key], tuple(inner), **to)
    elif to:
        copy[key] = to["item"]
    else:
        del copy[key]
    return copy


def is_vital(path: Path) -> bool:
    """Whether a place carries the answer, or is an item of what does."""
    named = [step for step in path if isinstance(step, str)]
    return isinstance(path[-1], int) or named[-1] in VITAL | TAGS


CASES = [
    pytest.param(cls, path, id=f"{cls.__name__}.{'.'.join(map(str, path))}")
    for cls, document in WHOLE.items()
    for path in places(document)
]


def check_whole(cls: type[OpenWireType], document: dict[str, Any]) -> None:
    value = cls.from_dict(document)

    assert value.to_dict() == document
    assert cls.from_dict(value.to_dict()) == value
    assert cls.from_json(value.to_json()) == value
    for how in COPIES.values():
        assert how(value) == value
        assert how(value).to_dict() == document
    with pytest.raises(ValidationError):
        cls.from_dict({**document, "x": 1}, strict=True)


@pytest.mark.parametrize(("cls", "path"), CASES)
def test_a_place_that_is_odd(cls: type[OpenWireType], path: Path) -> None:
    for item in ODD:
        if path[-1] == "arguments" and isinstance(item, dict):
            continue  # becomes the JSON text
        document = changed(WHOLE[cls], path, item=item)
        try:
            check_whole(cls, document)
        except ValidationError as error:
            assert is_vital(path) and (
                item is not None or isinstance(path[-1], int) or "text" in path
            )
            assert error.problems[0].path[: len(path)] == path


@pytest.mark.parametrize(("cls", "path"), CASES)
def test_a_place_that_is_left_out(cls: type[OpenWireType], path: Path) -> None:
    if path[-1] != "text" and path[-2:] != ("content", 0):
        check_whole(cls, changed(WHOLE[cls], path))


@pytest.mark.parametrize("cls", WHOLE, ids=lambda cls: cls.__name__)
def test_strict_reading_refuses_what_is_odd(cls: type[OpenWireType]) -> None:
    odd: list[tuple[str, Any]] = [("created", 1.5), ("id", 7), ("usage", "lots"), ("model", None)]
    for name, item in odd:
        with pytest.raises(ValidationError) as caught:
            cls.from_dict({**WHOLE[cls], name: item}, strict=True)
        assert {problem.path[0] for problem in caught.value.problems} >= {name}


ATTRIBUTES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("fractional created", {"created": 1.5}, {"created": 0, "extra": {"created": 1.5}}),
    ("created as text", {"created": "5"}, {"created": 0}),
    ("numeric id", {"id": 7}, {"id": "", "extra": {"id": 7}}),
    ("empty model", {"model": ""}, {"model": ""}),
    ("nothing", {}, {"id": "", "model": "", "object": "", "choices": [], "usage": None}),
    ("null choices", {"choices": None}, {"choices": [], "extra": {"choices": None}}),
    ("usage of text", {"usage": "lots"}, {"usage": None}),
]


@pytest.mark.parametrize(
    ("document", "attributes"), [case[1:] for case in ATTRIBUTES], ids=[c[0] for c in ATTRIBUTES]
)
def test_the_stand_in_is_there(document: dict[str, Any], attributes: dict[str, Any]) -> None:
    for cls in (ChatCompletionResponse, ChatCompletionStreamResponse):
        value = cls.from_dict(document)
        assert {name: getattr(value, name) for name in attributes} == attributes


def test_a_choice_without_an_index_counts_by_its_place() -> None:
    choices: list[dict[str, Any]] = [{}, {"index": "1"}, {"index": 5}, {"index": None}]
    response = ChatCompletionResponse.from_dict({"choices": choices})

    assert [choice.index for choice in response.choices] == [0, 1, 5, 3]
    assert response.to_dict() == {"choices": choices}


def test_counts_of_usage_that_are_no_numbers_are_kept() -> None:
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


CONTENT: list[dict[str, Any]] = [
    {"type": "text", "text": None},
    {"type": "text"},
    {"type": "thinking", "thinking": None},
    {"type": "thinking"},
]


@pytest.mark.parametrize("chunk", CONTENT, ids=str)
def test_a_chunk_that_holds_nothing(chunk: dict[str, Any]) -> None:
    document = {"content": [chunk, {"type": "text", "text": "Hi"}]}
    message = AssistantMessage.from_dict(document)
    assert message.text == "Hi"
    assert message.to_dict() == document
    with pytest.raises(ValidationError):
        UserMessage(content=[chunk])  # type: ignore[list-item]


# -- replacing


def test_what_stands_in_is_not_shared() -> None:
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


def test_a_deep_extra_is_replaced_like_any() -> None:
    deep: Any = "x"
    for _ in range(90):
        deep = [deep]
    value = ChatCompletionResponse.from_dict({"x": deep})
    assert dataclasses.replace(value, created=1).to_dict() == {"x": deep, "created": 1}


def test_what_is_put_in_the_place_of_a_stand_in_is_written() -> None:
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
    choices: Any = response.choices
    choices.append(choice)
    assert response.to_dict()["choices"] == [{"finish_reason": ""}]


def test_what_is_equal_writes_the_same() -> None:
    assert UsageInfo.from_dict({}) != UsageInfo()
    assert UsageInfo.from_dict({}).to_dict() == {}
    assert UsageInfo().to_dict() == dict.fromkeys(USAGE, 0)
    assert UsageInfo.from_dict(UsageInfo().to_dict()) == UsageInfo()


UNSAID: list[tuple[WireType, dict[str, Any]]] = [
    (AssistantMessage(content="a"), {"role": "assistant", "content": "a"}),
    (AssistantMessage.from_dict({"content": None}), {"content": None}),
    (
        AssistantMessage.from_dict({"content": "a", "prefix": False}),
        {"content": "a", "prefix": False},
    ),
    (Function(name="f", parameters={}), {"name": "f", "parameters": {}}),
    (
        Function.from_dict({"name": "f", "parameters": {}, "strict": False}),
        {"name": "f", "parameters": {}, "strict": False},
    ),
    (DeltaMessage.from_dict({"role": None}), {"role": None}),
]


@pytest.mark.parametrize(("value", "document"), UNSAID, ids=lambda value: type(value).__name__)
def test_what_nobody_said_is_not_written(value: WireType, document: dict[str, Any]) -> None:
    assert value.to_dict() == document
    said = {name: item for name, item in document.items() if item}
    again: Any = dataclasses.replace(value)
    assert again == value
    assert {name: item for name, item in again.to_dict().items() if item}.items() >= said.items()
    assert "prefix" not in again.to_dict() and "strict" not in again.to_dict()


# -- what a request takes


@pytest.mark.parametrize(
    "fields", [{"model": ""}, {"messages": []}, {"tools": []}, {"messages": iter(())}], ids=str
)
def test_what_the_api_refuses_is_refused_here(fields: dict[str, Any]) -> None:
    given = {"model": "m", "messages": [UserMessage(content="Hi")], **fields}
    for read in (ChatCompletionRequest.from_dict, lambda values: ChatCompletionRequest(**values)):
        with pytest.raises(ValidationError) as caught:
            read(dict(given))
        [problem] = caught.value.problems
        assert problem.path == (next(iter(fields)),)
        assert problem.type in ("string_too_short", "too_short")


def test_messages_may_be_any_iterable() -> None:
    messages = [UserMessage(content="a"), UserMessage(content="b")]
    for given in (iter(messages), dict.fromkeys(messages).keys(), (one for one in messages)):
        assert ChatCompletionRequest(messages=given).messages == messages  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        ChatCompletionRequest(messages=messages[0])  # type: ignore[arg-type]


def test_a_byte_order_mark_is_passed_over() -> None:
    text = '\ufeff{"content": "a"}'
    for given in (text, text.encode(), bytearray(text.encode())):
        assert UserMessage.from_json(given).content == "a"
