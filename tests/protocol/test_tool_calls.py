"""Tools, the choice among them, and calls of them."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    CustomConnector,
    DocumentLibraryTool,
    Function,
    FunctionCall,
    NamedToolChoice,
    Tool,
    ToolCall,
    ToolChoiceEnum,
    ToolTypes,
    ValidationError,
)
from mistral_proto.errors import Path
from tests.fields.copies import COPIES
from tests.protocol.sending import sent

USER: Any = {"role": "user", "content": "Hi"}


class Told(str):
    pass


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        pytest.param('{"a":1}', '{"a":1}', id="string, as it is written"),
        pytest.param("", "", id="empty string"),
        pytest.param("not JSON", "not JSON", id="broken JSON, as the model wrote it"),
        pytest.param(Told("{}"), "{}", id="str subclass"),
        pytest.param({}, "{}", id="empty object"),
        pytest.param({"a": [1, None]}, '{"a": [1, null]}', id="object"),
        pytest.param({"é": (1,)}, '{"\\u00e9": [1]}', id="object beyond ASCII"),
        pytest.param(None, "{}", id="none"),
    ],
)
def test_arguments_are_kept_as_a_json_string(given: Any, stored: str) -> None:
    call = FunctionCall(name="f", arguments=given)
    assert type(call.arguments) is str
    assert call.arguments == stored
    assert call.to_dict() == {"name": "f", "arguments": stored}
    read = FunctionCall.from_dict({"name": "f", "arguments": given})
    assert read.arguments == stored
    assert FunctionCall.from_dict(read.to_dict()) == read


def test_null_arguments_of_a_server_stay_null_but_are_sent_as_none() -> None:
    message = AssistantMessage.from_dict(
        {"tool_calls": [{"function": {"name": "f", "arguments": None}}]}
    )
    assert message.tool_calls is not None
    call = message.tool_calls[0].function
    assert call.arguments == "{}"
    assert call.to_dict() == {"name": "f", "arguments": None}
    assert sent(message)["tool_calls"][0]["function"] == {"name": "f", "arguments": "{}"}


@pytest.mark.parametrize(
    ("given", "path", "kind"),
    [
        pytest.param(1, (), "string_type", id="number"),
        pytest.param(True, (), "string_type", id="true"),
        pytest.param([], (), "string_type", id="list"),
        pytest.param(b"{}", (), "string_type", id="bytes"),
        pytest.param({"a": {1}}, ("a",), "json_type", id="no JSON inside"),
        pytest.param({"a": [float("inf")]}, ("a", 0), "finite_number", id="infinity inside"),
    ],
)
def test_arguments_refused(given: Any, path: Path, kind: str) -> None:
    with pytest.raises(ValidationError) as caught:
        FunctionCall(name="f", arguments=given)
    [problem] = caught.value.problems
    assert (problem.path, problem.type) == (("arguments", *path), kind)


def test_arguments_of_null_are_refused_by_strict_reading() -> None:
    with pytest.raises(ValidationError, match="arguments: expected a JSON string or an object"):
        FunctionCall.from_dict({"name": "f", "arguments": None}, strict=True)


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ("", {}),
        (" \n", {}),
        ("{}", {}),
        ('{"a": {"b": [1, 0.5, null]}}', {"a": {"b": [1, 0.5, None]}}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ("null", {}),
        ('""', {}),
        ('" "', {}),
        ('"{}"', {}),
        ('"null"', {}),
        (r' "{\"a\": 1}" ', {"a": 1}),
    ],
    ids=range(11),
)
def test_parse_arguments(arguments: str, value: object) -> None:
    assert FunctionCall(name="f", arguments=arguments).parse_arguments() == value


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (
            '{"a": ',
            "json_invalid",
            "arguments: expected JSON, got text that is not: Expecting value",
        ),
        ('{"a": NaN}', "json_invalid", "arguments: expected JSON, got the constant NaN"),
        pytest.param("[" * 200_000, "json_invalid", "nested too deeply", marks=pytest.mark.native),
        ("[1]", "dict_type", "arguments: expected an object, got a list of 1"),
        ("false", "dict_type", "arguments: expected an object, got false"),
        (r'"\"{}\""', "dict_type", "arguments: expected an object, got the string '{}'"),
        ('"{"', "json_invalid", "arguments: expected JSON, got text that is not: Expecting"),
    ],
    ids=["cut off", "NaN", "too deep", "list", "false", "twice a string", "cut off in a string"],
)
def test_parse_arguments_that_the_model_got_wrong(arguments: str, kind: str, message: str) -> None:
    call = FunctionCall(name="get_weather", arguments=arguments)
    with pytest.raises(ValidationError) as caught:
        call.parse_arguments()

    assert caught.value.title == "the call of get_weather"
    [problem] = caught.value.problems
    assert (problem.path, problem.type) == (("arguments",), kind)
    assert message in str(caught.value)


# A piece of a streamed call, and what it reads as.
PIECES: list[tuple[str, dict[str, Any], str, str]] = [
    ("nothing", {}, "", ""),
    ("a name", {"name": "f"}, "f", ""),
    ("arguments", {"arguments": '{"a'}, "", '{"a'),
    ("empty ones", {"name": "", "arguments": ""}, "", ""),
    ("unknown fields", {"x": None}, "", ""),
]


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize(
    ("piece", "name", "arguments"), [case[1:] for case in PIECES], ids=[case[0] for case in PIECES]
)
def test_what_a_piece_leaves_out_stays_left_out(
    piece: dict[str, Any], name: str, arguments: str, how: str
) -> None:
    call = FunctionCall.from_dict(piece)
    again = COPIES[how](call)

    assert (call.name, call.arguments) == (name, arguments)
    assert call.to_dict() == again.to_dict() == piece
    assert again == call
    document = {"id": "1", "type": "function", "function": piece}
    assert COPIES[how](ToolCall.from_dict(document)).to_dict() == document


def test_what_is_left_out_may_be_put_in_its_place() -> None:
    call: Any = FunctionCall.from_dict({})
    assert dataclasses.replace(call, name="f").to_dict() == {"name": "f"}
    assert dataclasses.replace(call, arguments=None).to_dict() == {"arguments": "{}"}


@pytest.mark.parametrize(
    "document",
    [{}, {"name": "f"}, {"arguments": "{}"}, {"name": None, "arguments": "{}"}],
    ids=["nothing", "no arguments", "no name", "name null"],
)
def test_a_call_that_the_user_sends_is_whole(document: dict[str, Any]) -> None:
    message = {"role": "assistant", "tool_calls": [{"function": document}]}
    for strict in (False, True):
        with pytest.raises(ValidationError, match="function.(name|arguments): expected"):
            ChatCompletionRequest.from_dict({"model": "m", "messages": [message]}, strict=strict)
    with pytest.raises(ValidationError):
        FunctionCall(**{**document, "name": None})
    with pytest.raises(ValidationError):
        FunctionCall.from_dict(document, strict=True)


def test_the_defaults_of_a_call() -> None:
    call = ToolCall(function=FunctionCall(name="f", arguments=None))

    assert (call.id, call.type, call.index) == ("null", ToolTypes.function, None)
    assert call.type is ToolTypes.function
    assert call.to_dict() == {
        "id": "null",
        "type": "function",
        "function": {"name": "f", "arguments": "{}"},
    }
    assert ToolCall.from_dict({"function": {}, "index": 0}).to_dict()["index"] == 0


def test_the_defaults_of_tools() -> None:
    function = Function(name="f", parameters={})
    assert Tool(function=function).to_dict() == {
        "type": "function",
        "function": {"name": "f", "parameters": {}},
    }
    assert Function(name="f", parameters={}, strict=False).to_dict()["strict"] is False
    said = {"name": "f", "description": "", "parameters": {}, "strict": False}
    assert Function.from_dict(said).to_dict() == said
    assert dataclasses.replace(function, name="g").to_dict() == {"name": "g", "parameters": {}}
    assert NamedToolChoice.from_dict({"function": {"name": "f"}}).to_dict() == {
        "type": "function",
        "function": {"name": "f"},
    }
    assert DocumentLibraryTool(library_ids=["l"]).to_dict() == {
        "type": "document_library",
        "library_ids": ["l"],
    }
    with pytest.raises(ValidationError, match="library_ids: expected a list of at least 1"):
        DocumentLibraryTool(library_ids=[])


@pytest.mark.parametrize(
    ("choice", "stored"),
    [
        pytest.param("auto", ToolChoiceEnum.auto, id="string"),
        pytest.param(ToolChoiceEnum.any, ToolChoiceEnum.any, id="member, older name"),
        pytest.param(
            {"type": "function", "function": {"name": "f"}},
            NamedToolChoice.from_dict({"function": {"name": "f"}}),
            id="object",
        ),
    ],
)
def test_a_choice_among_the_tools(choice: Any, stored: object) -> None:
    request = ChatCompletionRequest(messages=[USER], tool_choice=choice)
    assert request.tool_choice == stored
    assert type(request.tool_choice) is type(stored)
    assert request.to_dict()["tool_choice"] == choice


@pytest.mark.parametrize(
    ("choice", "path", "kind"),
    [
        pytest.param("always", (), "enum", id="no member"),
        pytest.param(1, (), "union_type", id="number"),
        pytest.param({"function": {}}, ("function", "name"), "missing", id="no name"),
        pytest.param({"type": "tool", "function": {"name": "f"}}, ("type",), "enum", id="type"),
        pytest.param({"name": "f"}, ("name",), "extra_forbidden", id="name at the wrong place"),
    ],
)
def test_a_bad_choice(choice: Any, path: Path, kind: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ChatCompletionRequest(messages=[USER], tool_choice=choice)
    first = caught.value.problems[0]
    assert (first.path, first.type) == (("tool_choice", *path), kind)


@pytest.mark.parametrize("kind", ["api-key", "oauth2-token"])
def test_a_connector_is_authorized_by_a_key_or_a_token(kind: str) -> None:
    document = {"connector_id": "c", "authorization": {"type": kind, "value": "v"}}
    assert CustomConnector.from_dict(document).to_dict() == {"type": "connector", **document}
    # Both have the same fields, so that the type has to be told.
    with pytest.raises(ValidationError, match=r"authorization\.type: expected this field"):
        CustomConnector.from_dict({**document, "authorization": {"value": "v"}})


def test_arguments_of_a_mapping_read_back() -> None:
    value = {"city": "Zürich", "days": [1, 2], "\ud83d": None}
    call = FunctionCall(name="f", arguments=value)
    assert call.parse_arguments() == value == json.loads(call.arguments)


def test_a_call_goes_back_as_the_model_wrote_it() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{ "a":1}'}}
    message = AssistantMessage.from_dict({"tool_calls": [{**call, "index": 0, "new": 1}]})
    assert sent(message)["tool_calls"] == [{**call, "index": 0}]
