"""The arguments of tool calls, the choice among tools, and names of ids."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    FunctionCall,
    ValidationError,
)
from mistral_proto.errors import Path

USER: Any = {"role": "user", "content": "Hi"}


class Text(str):
    pass


def test_arguments_are_kept_as_a_json_string() -> None:
    cases: list[tuple[Any, str]] = [
        ('{"a":1}', '{"a":1}'),
        ("", ""),
        ("not JSON", "not JSON"),
        (Text("{}"), "{}"),
        ({}, "{}"),
        ({"a": [1, None]}, '{"a": [1, null]}'),
        ({"é": (1,)}, '{"\\u00e9": [1]}'),
        (None, "{}"),
    ]
    for given, stored in cases:
        call = FunctionCall(name="f", arguments=given)
        assert type(call.arguments) is str
        assert call.to_dict() == {"name": "f", "arguments": stored}
        read = FunctionCall.from_dict({"name": "f", "arguments": given})
        assert read.arguments == stored
        assert FunctionCall.from_dict(read.to_dict()) == read


def test_arguments_that_are_refused() -> None:
    cases: list[tuple[Any, Path, str]] = [
        (1, (), "string_type"),
        (True, (), "string_type"),
        ([], (), "string_type"),
        (b"{}", (), "string_type"),
        ({"a": {1}}, ("a",), "json_type"),
        ({"a": [float("inf")]}, ("a", 0), "finite_number"),
    ]
    for given, path, kind in cases:
        with pytest.raises(ValidationError) as caught:
            FunctionCall(name="f", arguments=given)
        [problem] = caught.value.problems
        assert (problem.path, problem.type) == (("arguments", *path), kind)
    with pytest.raises(ValidationError, match="arguments: expected a JSON string or an object"):
        FunctionCall.from_dict({"name": "f", "arguments": None}, strict=True)


def test_null_arguments_of_a_server_stay_null_but_are_sent_as_none() -> None:
    message = AssistantMessage.from_dict(
        {"tool_calls": [{"function": {"name": "f", "arguments": None}}]}
    )
    assert message.tool_calls is not None
    call = message.tool_calls[0].function
    assert call.arguments == "{}"
    assert call.to_dict() == {"name": "f", "arguments": None}
    request: Any = ChatCompletionRequest(messages=[message]).to_dict()
    [sent] = request["messages"][0]["tool_calls"]
    assert sent == {"id": "null", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def test_parsed_arguments() -> None:
    cases: list[tuple[Any, object]] = [
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
    ]
    for arguments, value in cases:
        assert FunctionCall(name="f", arguments=arguments).parse_arguments() == value
    mapping = {"city": "Zürich", "days": [1, 2], "\ud83d": None}
    call = FunctionCall(name="f", arguments=mapping)
    assert call.parse_arguments() == mapping == json.loads(call.arguments)


def test_arguments_that_can_not_be_parsed() -> None:
    cases = {
        '{"a": ': "json_invalid",
        '{"a": NaN}': "json_invalid",
        "[1]": "dict_type",
        "false": "dict_type",
        r'"\"{}\""': "dict_type",
        '"{"': "json_invalid",
    }
    for arguments, kind in cases.items():
        with pytest.raises(ValidationError) as caught:
            FunctionCall(name="get_weather", arguments=arguments).parse_arguments()
        assert caught.value.title == "the call of get_weather"
        assert [(p.path, p.type) for p in caught.value.problems] == [(("arguments",), kind)]


def test_a_call_that_the_user_sends_is_whole() -> None:
    documents: list[dict[str, Any]] = [
        {}, {"name": "f"}, {"arguments": "{}"}, {"name": None, "arguments": "{}"}
    ]  # fmt: skip
    for document in documents:
        message = {"role": "assistant", "tool_calls": [{"function": document}]}
        for strict in (False, True):
            with pytest.raises(ValidationError) as caught:
                ChatCompletionRequest.from_dict(
                    {"model": "m", "messages": [message]}, strict=strict
                )
            for problem in caught.value.problems:
                assert problem.path[:-1] == ("messages", 0, "tool_calls", 0, "function")
                assert problem.type in ("missing", "string_type")
