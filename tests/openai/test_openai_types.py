"""OpenAI's types: what servers may leave out, what they may add, and what strict reading asks."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from mistral_proto import ValidationError
from mistral_proto.checks import KEEP, STRICT, Boolean, MapOf
from mistral_proto.errors import Path
from mistral_proto.openai import (
    Annotation,
    AnnotationURLCitation,
    ChatCompletion,
    ChatCompletionAudio,
    ChatCompletionChunk,
    ChatCompletionMessage,
    ChatCompletionMessageCustomToolCall,
    ChatCompletionMessageFunctionToolCall,
    ChatCompletionMessageToolCall,
    ChatCompletionTokenLogprob,
    Choice,
    ChoiceDelta,
    ChoiceDeltaToolCall,
    CompletionUsage,
    Custom,
    Function,
    FunctionCall,
    Moderation,
    ModerationInputError,
    ModerationInputModerationResultsResult,
    ModerationOutputError,
    TopLogprob,
    UnknownModeration,
    UnknownToolCall,
    chat_completion,
    chat_completion_chunk,
)
from mistral_proto.wire import WireType
from tests.fields.copies import COPIES
from tests.fields.openai_samples import OPENAI_DOCUMENTS

CALL: dict[str, Any] = {"id": "c1", "function": {"name": "f", "arguments": "{}"}}
CUSTOM: dict[str, Any] = {"id": "c2", "custom": {"name": "f", "input": "a"}, "type": "custom"}


def problems(cls: type[WireType], document: Any, **how: bool) -> list[tuple[Path, str]]:
    with pytest.raises(ValidationError) as caught:
        cls.from_dict(document, **how)
    return [(problem.path, problem.type) for problem in caught.value.problems]


# A document with something left out, as servers that imitate OpenAI's send it: it comes
# back the same, and the attribute reads as something empty of its type.
LEFT_OUT: list[tuple[str, type[WireType], dict[str, Any], dict[str, Any]]] = [
    (
        "no head",
        ChatCompletion,
        {"model": "m", "choices": []},
        {"id": "", "created": 0, "object": ""},
    ),
    (
        "no head, streamed",
        ChatCompletionChunk,
        {"model": "m", "choices": []},
        {"id": "", "created": 0, "object": ""},
    ),
    (
        "empty head, as a filter's result has it",
        ChatCompletionChunk,
        {"id": "", "object": "", "created": 0, "model": "", "choices": []},
        {"object": ""},
    ),
    ("nothing of a choice", Choice, {}, {"index": 0, "finish_reason": ""}),
    ("nothing of a streamed choice", chat_completion_chunk.Choice, {}, {"index": 0}),
    ("a choice with neither index nor delta", chat_completion_chunk.Choice, {"x": 1}, {"index": 0}),
    (
        "no counts",
        CompletionUsage,
        {"prompt_tokens": 1},
        {"prompt_tokens": 1, "completion_tokens": 0, "total_tokens": 0},
    ),
    (
        "no nearly chosen tokens",
        ChatCompletionTokenLogprob,
        {"token": "a", "logprob": -1},
        {"top_logprobs": [], "bytes": None},
    ),
    ("no name, no arguments", Function, {}, {"name": "", "arguments": ""}),
    ("no name, no arguments, older", FunctionCall, {}, {"name": "", "arguments": ""}),
    ("no index of a piece of a call", ChoiceDeltaToolCall, {"id": "a"}, {"index": 0}),
    (
        "a page only",
        AnnotationURLCitation,
        {"url": "u"},
        {"title": "", "start_index": 0, "end_index": 0},
    ),
    (
        "no id of a custom call",
        ChatCompletionMessageCustomToolCall,
        {"custom": {"name": "f", "input": "a"}, "type": "custom"},
        {"id": ""},
    ),
]


@pytest.mark.parametrize(
    ("cls", "document", "attributes"),
    [case[1:] for case in LEFT_OUT],
    ids=[case[0] for case in LEFT_OUT],
)
def test_what_is_left_out_stays_left_out(
    cls: type[WireType], document: dict[str, Any], attributes: dict[str, Any]
) -> None:
    value = cls.from_dict(document)

    assert {name: getattr(value, name) for name in attributes} == attributes
    assert value.to_dict() == document
    assert cls.from_dict(dict.fromkeys(attributes) | document) == value  # null says no more
    assert replace(value) == value
    for how in COPIES.values():
        assert how(value) == value
        assert how(value).to_dict() == document


def test_a_message_that_is_left_out_reads_as_empty() -> None:
    choice = Choice.from_dict({"index": 0, "finish_reason": "stop"})
    assert isinstance(choice.message, ChatCompletionMessage)
    assert (choice.message.content, choice.message.role) == (None, "assistant")
    assert choice.to_dict() == {"finish_reason": "stop", "index": 0}

    piece = chat_completion_chunk.Choice.from_dict({"index": 0, "finish_reason": "stop"})
    assert isinstance(piece.delta, ChoiceDelta)
    assert piece.delta.content is None
    assert piece.to_dict() == {"index": 0, "finish_reason": "stop"}

    call = ChatCompletionMessageFunctionToolCall.from_dict({"id": "a"})
    assert (call.function.name, call.type) == ("", "function")
    assert call.to_dict() == {"id": "a"}


# What OpenAI's own schema requires.
REQUIRED: dict[type[WireType], str] = {
    Annotation: "type url_citation",
    AnnotationURLCitation: "end_index start_index title url",
    ChatCompletion: "id choices created model object",
    ChatCompletionAudio: "id data expires_at transcript",
    ChatCompletionChunk: "id choices created model object",
    ChatCompletionMessage: "role",
    ChatCompletionMessageCustomToolCall: "id custom type",
    ChatCompletionMessageFunctionToolCall: "id function type",
    ChatCompletionTokenLogprob: "token logprob top_logprobs",
    Choice: "finish_reason index message",
    ChoiceDeltaToolCall: "index",
    CompletionUsage: "completion_tokens prompt_tokens total_tokens",
    Custom: "input name",
    Function: "arguments name",
    FunctionCall: "arguments name",
    Moderation: "input output",
    ModerationInputError: "code message type",
    ModerationInputModerationResultsResult: (
        "categories category_applied_input_types category_scores flagged model type"
    ),
    TopLogprob: "token logprob",
    chat_completion_chunk.Choice: "delta index",
}


@pytest.mark.parametrize("cls", REQUIRED, ids=lambda cls: cls.__name__)
def test_strict_reading_asks_for_what_openai_requires(cls: type[WireType]) -> None:
    document = OPENAI_DOCUMENTS[cls]
    for name in document:
        without = {key: item for key, item in document.items() if key != name}
        if name in REQUIRED[cls].split():
            assert problems(cls, without, strict=True) == [((name,), "missing")]
            assert problems(cls, {**document, name: None}, strict=True)[0][0] == (name,)
        else:
            whole = cls.from_dict(without, strict=True)
            assert cls.from_dict({**document, name: None}, strict=True) == whole


# -- calls

CALLS: list[tuple[str, dict[str, Any], type[WireType]]] = [
    ("function", {**CALL, "type": "function"}, ChatCompletionMessageFunctionToolCall),
    ("no type", CALL, ChatCompletionMessageFunctionToolCall),
    ("type null", {**CALL, "type": None}, ChatCompletionMessageFunctionToolCall),
    ("no type, as Mistral's API", {**CALL, "index": 0}, ChatCompletionMessageFunctionToolCall),
    ("custom", CUSTOM, ChatCompletionMessageCustomToolCall),
    ("brand-new", {**CALL, "type": "brand-new"}, UnknownToolCall),
]


@pytest.mark.parametrize(("call", "cls"), [c[1:] for c in CALLS], ids=[c[0] for c in CALLS])
def test_the_calls_of_a_message(call: dict[str, Any], cls: type[WireType]) -> None:
    message = ChatCompletionMessage.from_dict({"role": "assistant", "tool_calls": [call]})
    assert message.tool_calls is not None
    [read] = message.tool_calls

    assert type(read) is cls
    assert message.to_dict() == {"role": "assistant", "tool_calls": [call]}
    assert ChatCompletionMessage.from_dict(message.to_dict()) == message


@pytest.mark.parametrize(
    ("call", "place", "kind"),
    [
        pytest.param({**CALL, "type": "brand-new"}, ("type",), "union_tag_invalid", id="kind"),
        pytest.param({**CALL, "type": 1}, ("type",), "union_tag_invalid", id="no string"),
        pytest.param(CALL, ("type",), "missing", id="no type"),
        pytest.param("a", (), "dict_type", id="no object"),
    ],
)
def test_calls_that_strict_reading_refuses(call: Any, place: Path, kind: str) -> None:
    document = {"role": "assistant", "tool_calls": [call]}
    found = problems(ChatCompletionMessage, document, strict=True)
    assert found == [(("tool_calls", 0, *place), kind)]


def test_the_older_name_of_a_call() -> None:
    assert ChatCompletionMessageToolCall is ChatCompletionMessageFunctionToolCall


# -- moderation


def test_an_outcome_of_a_moderation_that_is_not_known() -> None:
    error = {"code": "c", "message": "no", "type": "error"}
    document: dict[str, Any] = {"input": {"type": "skipped", "why": "empty"}, "output": error}
    moderation = Moderation.from_dict(document)

    assert moderation.input == UnknownModeration(type="skipped", extra={"why": "empty"})
    assert type(moderation.output) is ModerationOutputError
    assert moderation.to_dict() == document
    found = problems(Moderation, document, strict=True)
    assert found == [(("input", "type"), "union_tag_invalid")]


def test_categories_that_are_not_what_they_should_be() -> None:
    document = {
        **OPENAI_DOCUMENTS[ModerationInputModerationResultsResult],
        "categories": {"a": True, "b": 1, "c": "yes"},
        "category_applied_input_types": {"a": ["text", "smell"], "b": "text"},
        "category_scores": [],
    }
    expected = [
        (("categories", "b"), "bool_type"),
        (("categories", "c"), "bool_type"),
        (("category_applied_input_types", "b"), "list_type"),
        (("category_scores",), "dict_type"),
    ]
    cls = ModerationInputModerationResultsResult
    assert problems(cls, document) == expected
    smell = (("category_applied_input_types", "a", 1), "enum")
    assert problems(cls, document, strict=True) == [*expected[:2], smell, *expected[2:]]


def test_what_is_stored_of_a_map_is_nobody_elses() -> None:
    given = deepcopy(OPENAI_DOCUMENTS[ModerationInputModerationResultsResult])
    value = ModerationInputModerationResultsResult.from_dict(given)
    before = value.to_dict()
    given["categories"]["wrecked"] = True
    given["category_applied_input_types"]["violence"].append("wrecked")
    assert value.to_dict() == before


MAPS: list[tuple[str, Any, list[tuple[Path, str]]]] = [
    ("values", {"a": True, "": False}, []),
    ("nothing", {}, []),
    ("list", [], [((), "dict_type")]),
    ("null", None, [((), "dict_type")]),
    ("bad values", {"a": 1, "b": True, "c": None}, [(("a",), "bool_type"), (("c",), "bool_type")]),
    ("key that is no string", {1: True}, [(("1",), "string_type")]),
]


@pytest.mark.parametrize(("value", "found"), [m[1:] for m in MAPS], ids=[m[0] for m in MAPS])
def test_a_map(value: Any, found: list[tuple[Path, str]]) -> None:
    check = MapOf(Boolean())
    assert check.matches(value) is isinstance(value, dict)
    for reading in (KEEP, STRICT):
        if not found:
            read = check.read(value, reading)
            assert read == value
            assert read is not value
            continue
        with pytest.raises(ValidationError) as caught:
            check.read(value, reading)
        assert [(problem.path, problem.type) for problem in caught.value.problems] == found


# -- what is the same for whole answers and for streams


def test_choices_of_streams_and_of_whole_answers_are_told_apart_by_their_modules() -> None:
    assert Choice is chat_completion.Choice
    assert "delta" in chat_completion_chunk.Choice._specs
    assert chat_completion_chunk.ChoiceLogprobs is chat_completion.ChoiceLogprobs
    assert chat_completion_chunk.Moderation is chat_completion.Moderation
