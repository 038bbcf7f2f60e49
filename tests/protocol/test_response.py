"""Responses, whole and streamed: defaults, what is left out, and what is kept."""

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
    ChatCompletionResponseChoiceLogprobs,
    ChatCompletionResponseStreamChoice,
    ChatCompletionStreamResponse,
    CompletionEvent,
    DeltaMessage,
    FinishReason,
    PromptTokensDetails,
    ToolCall,
    UsageInfo,
    ValidationError,
)
from mistral_proto.errors import Path
from mistral_proto.wire import WireType
from tests.fields.copies import COPIES
from tests.fields.wire_samples import DOCUMENTS
from tests.protocol.sending import sent

HEAD: dict[str, Any] = {"id": "r1", "object": "chat.completion", "created": 1, "model": "m"}
CHOICE: dict[str, Any] = {"index": 0, "finish_reason": "stop"}


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        (ChatCompletionResponse, "chat.completion"),
        (ChatCompletionStreamResponse, "chat.completion.chunk"),
    ],
    ids=["whole", "streamed"],
)
def test_the_constructor_makes_what_a_server_need_not_say(cls: type[Any], name: str) -> None:
    given: dict[str, Any] = {"model": "m", "choices": [], "usage": UsageInfo()}
    before = int(time.time())
    first, second = cls(**given), cls(**given)

    assert first.object == second.object == name
    for response in (first, second):
        assert re.fullmatch(r"chatcmpl-[0-9a-f]{32}", response.id)
        assert type(response.created) is int
        assert before <= response.created <= before + 5
    assert first.id != second.id
    assert first == cls(**{**given, "id": first.id, "created": first.created})


# A document with something left out, as servers send it: it comes back the same.
LEFT_OUT: list[tuple[str, type[WireType], dict[str, Any]]] = [
    ("no head", ChatCompletionResponse, {"model": "m", "choices": []}),
    ("no head, streamed", ChatCompletionStreamResponse, {"model": "m", "choices": []}),
    ("no usage", ChatCompletionResponse, {**HEAD, "choices": []}),
    ("empty usage", ChatCompletionResponse, {**HEAD, "choices": [], "usage": {}}),
    ("no index", ChatCompletionResponse, {**HEAD, "choices": [{"finish_reason": "stop"}]}),
    ("no message", ChatCompletionResponseChoice, CHOICE),
    (
        "messages in its place",
        ChatCompletionResponseChoice,
        {**CHOICE, "messages": [{"role": "assistant", "content": "a"}]},
    ),
    (
        "both, and unknown fields",
        ChatCompletionResponse,
        {**HEAD, "choices": [{**CHOICE, "x": 1}], "y": None},
    ),
    ("no function", DeltaMessage, {"tool_calls": [{"id": "a", "type": "function"}]}),
    (
        "no name, no arguments",
        DeltaMessage,
        {"tool_calls": [{"id": "a", "type": "function", "function": {}, "index": 0}]},
    ),
]


@pytest.mark.parametrize(
    ("cls", "document"), [case[1:] for case in LEFT_OUT], ids=[case[0] for case in LEFT_OUT]
)
def test_what_is_left_out_stays_left_out(cls: type[WireType], document: dict[str, Any]) -> None:
    value: Any = cls.from_dict(document)

    assert value.to_dict() == document
    assert cls.from_dict(value.to_dict()) == value
    assert replace(value) == value
    assert replace(value).to_dict() == document
    for how in COPIES.values():
        assert how(value) == value
        assert how(value).to_dict() == document


def test_what_is_left_out_reads_as_empty() -> None:
    response = ChatCompletionResponse.from_dict({**HEAD, "choices": [CHOICE]})
    [choice] = response.choices

    assert response.usage is None
    assert isinstance(choice.message, AssistantMessage)
    assert (choice.message.text, choice.message.thinking) == ("", "")
    assert choice.message.tool_calls is None
    assert replace(choice, index=1).to_dict() == {**CHOICE, "index": 1}
    assert replace(choice, message=AssistantMessage(content="a")).to_dict()["message"] == {
        "role": "assistant",
        "content": "a",
    }
    assert sent(choice.message) == {"role": "assistant"}


def test_a_choice_and_a_call_of_which_nothing_is_known() -> None:
    choice = ChatCompletionResponseChoice.from_dict({"message": {"tool_calls": [{}]}})
    message: Any = choice.message
    [call] = message.tool_calls

    assert choice.index == 0
    assert (call.function.name, call.function.parse_arguments()) == ("", {})
    assert replace(call, id="a").to_dict() == {"id": "a", "type": "function"}
    assert sent(message)["tool_calls"] == [
        {"id": "null", "type": "function", "function": {"name": "", "arguments": ""}}
    ]


@pytest.mark.parametrize(
    ("cls", "given", "name"),
    [
        (ChatCompletionResponse, {"model": "m"}, "choices"),
        (ChatCompletionResponseChoice, {"index": 0}, "message"),
        (ChatCompletionResponseChoice, {"message": {}}, "index"),
        (ToolCall, {}, "function"),
    ],
    ids=["choices", "message", "index", "function"],
)
def test_what_one_builds_is_whole(cls: type[WireType], given: dict[str, Any], name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        cls(**given)
    assert [(p.path, p.type) for p in caught.value.problems] == [((name,), "missing")]


# What the published schema requires, and a server may nevertheless leave out.
REQUIRED: list[tuple[type[WireType], str]] = [
    (ChatCompletionResponse, "id object created model choices usage"),
    (ChatCompletionResponseChoice, "index"),
    (ChatCompletionStreamResponse, "id model choices"),
    (ChatCompletionResponseStreamChoice, "index delta"),
    (CompletionEvent, "data"),
    (ToolCall, "function"),
    (UsageInfo, "prompt_tokens completion_tokens total_tokens"),
]


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        pytest.param(cls, name, id=f"{cls.__name__}.{name}")
        for cls, names in REQUIRED
        for name in names.split()
    ],
)
def test_what_is_published_as_required_is_required_by_strict_reading(
    cls: type[WireType], name: str
) -> None:
    document = {key: item for key, item in DOCUMENTS[cls].items() if key != name}
    with pytest.raises(ValidationError) as caught:
        cls.from_dict(document, strict=True)
    assert [(p.path, p.type) for p in caught.value.problems] == [((name,), "missing")]


@pytest.mark.parametrize(
    ("message", "cls"),
    [
        pytest.param({}, AssistantMessage, id="nothing"),
        pytest.param({"content": "a"}, AssistantMessage, id="no role"),
        pytest.param({"role": None, "content": "a"}, AssistantMessage, id="role null"),
        pytest.param({"role": "assistant", "content": "a"}, AssistantMessage, id="assistant"),
        pytest.param({"role": "user", "content": "a"}, DeltaMessage, id="user"),
        pytest.param({"role": "", "content": "a"}, AssistantMessage, id="empty role"),
        pytest.param(AssistantMessage(content="a"), AssistantMessage, id="assistant itself"),
        pytest.param(DeltaMessage(role="assistant"), DeltaMessage, id="delta itself"),
    ],
)
def test_the_message_of_a_choice(message: Any, cls: type[WireType]) -> None:
    choice = ChatCompletionResponseChoice(index=0, message=message)
    assert type(choice.message) is cls
    if isinstance(message, dict):
        read = ChatCompletionResponseChoice.from_dict({"index": 0, "message": message})
        assert read == choice
        assert read.to_dict()["message"].items() >= {  # type: ignore[union-attr]
            (key, item) for key, item in message.items() if item is not None
        }


@pytest.mark.parametrize(
    ("message", "path", "kind"),
    [
        pytest.param("a", (), "dict_type", id="string"),
        pytest.param([], (), "dict_type", id="list"),
        pytest.param({"content": 1}, ("content",), "union_type", id="content"),
        pytest.param({"role": "user", "content": 1}, ("content",), "union_type", id="delta's"),
    ],
)
def test_a_bad_message_of_a_choice(message: Any, path: Path, kind: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ChatCompletionResponseChoice.from_dict({"index": 0, "message": message})
    [problem] = caught.value.problems
    assert (problem.path, problem.type) == (("message", *path), kind)


def test_the_message_of_a_choice_is_the_assistants_in_strict_reading() -> None:
    document = {**CHOICE, "message": {"role": "user", "content": "a"}}
    with pytest.raises(ValidationError, match="message.role: expected 'assistant'"):
        ChatCompletionResponseChoice.from_dict(document, strict=True)


@pytest.mark.parametrize(
    ("usage", "cached"),
    [
        pytest.param({}, 0, id="nowhere"),
        pytest.param({"num_cached_tokens": 32}, 32, id="older field"),
        pytest.param({"prompt_tokens_details": {"cached_tokens": 224}}, 224, id="newer field"),
        pytest.param(
            {"num_cached_tokens": 1, "prompt_tokens_details": {"cached_tokens": 2}}, 2, id="both"
        ),
        pytest.param({"prompt_tokens_details": {}}, 0, id="details without"),
        pytest.param({"prompt_tokens_details": {"cached_tokens": None}}, 0, id="details of null"),
        pytest.param({"num_cached_tokens": None}, 0, id="null"),
    ],
)
def test_cached_tokens(usage: dict[str, Any], cached: int) -> None:
    assert UsageInfo.from_dict(usage).cached_tokens == cached


def test_cached_tokens_of_both_fields_where_the_details_do_not_tell() -> None:
    usage = UsageInfo(num_cached_tokens=32, prompt_tokens_details=PromptTokensDetails())
    assert usage.cached_tokens == 32


def test_the_names_of_finish_reasons() -> None:
    assert FinishReason["tool_call"] is FinishReason["tool_calls"]
    assert list(FinishReason) == ["stop", "length", "model_length", "error", "tool_calls"]
    assert f"{FinishReason.stop}" == str(FinishReason.stop) == "stop"


@pytest.mark.parametrize(
    ("reason", "stored"),
    [
        ("stop", FinishReason.stop),
        ("tool_calls", FinishReason.tool_calls),
        (FinishReason.tool_call, FinishReason.tool_calls),
        ("tool_call", "tool_call"),
        ("content_filter", "content_filter"),
        (None, None),
    ],
)
def test_a_finish_reason_that_is_not_known_stays_a_string(reason: Any, stored: Any) -> None:
    for choice in (
        ChatCompletionResponseStreamChoice(index=0, delta=DeltaMessage(), finish_reason=reason),
        ChatCompletionResponseChoice.from_dict({"index": 0, "finish_reason": reason}),
    ):
        assert choice.finish_reason == stored
        assert type(choice.finish_reason) is type(stored)
        assert choice.to_dict().get("finish_reason") == reason


def test_an_answer_goes_back_into_the_next_request() -> None:
    answer = {"role": "assistant", "content": "a", "tool_calls": None, "refusal": None}
    document = {**HEAD, "choices": [{**CHOICE, "message": answer}]}
    message: Any = ChatCompletionResponse.from_dict(document).choices[0].message

    assert message.extra == {"refusal": None}
    assert sent(message) == {"role": "assistant", "content": "a"}


def test_the_text_is_that_of_the_first_choice() -> None:
    text = {"content": "a"}
    cases: list[tuple[Any, str]] = [
        ([], ""),
        (None, ""),
        ([{}], ""),
        ([{"delta": None, "message": None}], ""),
        ([{"delta": {}, "message": {}}], ""),
        ([{"index": 5, "delta": text, "message": text}, {"delta": text, "message": text}], "a"),
    ]
    for choices, expected in cases:
        document = {"choices": choices}
        assert ChatCompletionResponse.from_dict(document).text == expected
        assert CompletionEvent.from_dict({"data": document}).text == expected


def test_an_event_holds_a_piece_of_an_answer() -> None:
    chunk = {**HEAD, "object": "chat.completion.chunk", "choices": [], "p": "abc"}
    event = CompletionEvent.from_dict({"data": chunk})

    assert event.data == ChatCompletionStreamResponse.from_dict(chunk)
    assert event.data.extra == {"p": "abc"}
    assert event.data.usage is None
    assert event.to_dict() == {"data": chunk}
    with pytest.raises(ValidationError, match="data: expected this field"):
        CompletionEvent.from_dict({})


@pytest.mark.parametrize("document", [{}, {"content": None}], ids=["left out", "null"])
def test_log_probabilities_that_are_none(document: dict[str, Any]) -> None:
    # As servers that imitate OpenAI's send them.
    nothing = ChatCompletionResponseChoiceLogprobs.from_dict(document)
    assert nothing.content == []
    assert nothing.to_dict() == document
    with pytest.raises(ValidationError, match="content: expected"):
        ChatCompletionResponseChoiceLogprobs.from_dict(document, strict=True)
    with pytest.raises(ValidationError, match="content: expected this field"):
        ChatCompletionResponseChoiceLogprobs(**document)
