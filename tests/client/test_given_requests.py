"""A call's request: given as one, or by its parameters, and what goes along with it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    Mistral,
    UserMessage,
    ValidationError,
)
from tests.client.doubles import AsyncDouble, Double, good, streamed, whole
from tests.client.support import client

REQUEST = ChatCompletionRequest(
    model="m", messages=[UserMessage(content="Hi")], temperature=0.5, extra_body={"min_p": 0.1}
)
SENT: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


@dataclass
class Answer:
    n: int


async def _to_end(stream: Any) -> Any:
    return await stream.until_done()


# A method with what it takes before the request, and how it is brought to its end.
METHODS: dict[str, Callable[..., Any]] = {
    "complete": lambda chat, *a, **k: chat.complete(*a, **k),
    "stream": lambda chat, *a, **k: chat.stream(*a, **k).until_done(),
    "parse": lambda chat, *a, **k: chat.parse(Answer, *a, **k),
    "parse_stream": lambda chat, *a, **k: chat.parse_stream(Answer, *a, **k).until_done(),
    "run_tools": lambda chat, *a, **k: chat.run_tools(*a, tools=[], **k).until_done(),
    "complete_async": lambda chat, *a, **k: chat.complete_async(*a, **k),
    "stream_async": lambda chat, *a, **k: _to_end(chat.stream_async(*a, **k)),
    "parse_async": lambda chat, *a, **k: chat.parse_async(Answer, *a, **k),
    "parse_stream_async": lambda chat, *a, **k: _to_end(chat.parse_stream_async(Answer, *a, **k)),
    "run_tools_async": lambda chat, *a, **k: chat.run_tools_async(*a, tools=[], **k).until_done(),
}
each_method = pytest.mark.parametrize("name", METHODS)


def sent(name: str, *args: Any, client_options: dict[str, Any] = {}, **options: Any) -> Any:
    """Make a call, and return the body that it sent and the request's headers."""
    body = (
        b'{"model":"m","choices":[{"message":{"content":"{\\"n\\": 1}"},"finish_reason":"stop"}]}'
    )
    reply = (streamed if "stream" in name else whole)()
    reply.steps = [body]  # a stream of one, where one was asked for
    double = (AsyncDouble if name.endswith("_async") else Double)(reply)
    with client(double, **client_options) as mistral:
        result = METHODS[name](mistral.chat, *args, **options)
        if hasattr(result, "__await__"):

            async def main() -> object:
                return await result

            result = asyncio.run(main())
    assert result.choices[0].message.content == '{"n": 1}'
    [request] = double.requests
    return json.loads(request.body), request


@each_method
def test_a_request_in_place_of_the_parameters(name: str) -> None:
    body, request = sent(name, REQUEST, timeout_ms=2000, http_headers={"x-team": "a"})
    assert body.pop("stream") is ("stream" in name)
    body.pop("response_format", None)
    assert body == {**SENT, "temperature": 0.5, "min_p": 0.1}
    assert request.headers["x-team"] == "a" and request.total_timeout == 2.0


@each_method
@pytest.mark.parametrize(
    ("args", "parameters", "named"),
    [
        ((REQUEST,), {"temperature": 1.0}, "temperature"),
        ((REQUEST,), {"messages": []}, "messages"),
        ((SENT,), {}, "ChatCompletionRequest"),
        (("Hi",), {}, "ChatCompletionRequest"),
    ],
)
def test_a_request_stands_alone(name: str, args: Any, parameters: Any, named: str) -> None:
    with Mistral("k", server_url="http://gateway.invalid") as mistral:
        with pytest.raises(TypeError, match=named):
            _begun(METHODS[name](mistral.chat, *args, **parameters))


def _begun(coroutine: Any) -> None:
    """Let a coroutine run to its first wait, where a call is one."""
    coroutine.send(None)


@each_method
def test_messages_may_be_any_iterable(name: str) -> None:
    message = {"role": "user", "content": "Hi"}
    for messages in (
        (message,),
        iter([message]),
        (one for one in [message]),
        {"a": message}.values(),
    ):
        body, _ = sent(name, model="m", messages=messages)
        assert body["messages"] == [message]


EXTRA: list[tuple[str, Any, Any, Any, dict[str, Any]]] = [
    ("the call's", None, None, {"min_p": 0.1}, {"min_p": 0.1}),
    ("the client's", {"min_p": 0.1}, None, None, {"min_p": 0.1}),
    ("the request's", None, {"min_p": 0.1}, None, {"min_p": 0.1}),
    ("the nearest counts", {"a": 1, "b": 1, "c": 1}, {"b": 2, "c": 2}, {"c": 3}, {"a": 1, "b": 2, "c": 3}),
    ("nested", None, None, {"stream_options": {"include_usage": True}}, {"stream_options": {"include_usage": True}}),
    ("a known one", None, None, {"temperature": 9}, {"temperature": 9}),
    ("nothing", {}, {}, {}, {}),
]  # fmt: skip


@pytest.mark.parametrize("name", ["complete", "stream", "complete_async", "run_tools"])
@pytest.mark.parametrize(
    ("of_client", "of_request", "of_call", "added"),
    [case[1:] for case in EXTRA],
    ids=[case[0] for case in EXTRA],
)
def test_extra_body(name: str, of_client: Any, of_request: Any, of_call: Any, added: Any) -> None:
    request = replace(REQUEST, temperature=None, extra_body=of_request)
    body, _ = sent(name, request, extra_body=of_call, client_options={"extra_body": of_client})
    assert body == {**SENT, "stream": name == "stream", **added}
    assert "extra_body" not in request.to_dict()


def test_an_unknown_parameter_is_told_where_to_go() -> None:
    with client(Double()) as mistral, pytest.raises(ValidationError) as caught:
        mistral.chat.complete(model="m", messages=[], min_p=0.1)  # type: ignore[call-overload]
    unknown, empty = sorted(caught.value.problems, key=lambda problem: problem.type)
    assert (unknown.path, unknown.type) == (("min_p",), "extra_forbidden")
    assert "extra_body" in unknown.expected
    assert empty.path == ("messages",) and "extra_body" not in empty.expected


# -- fields that the API does not know

CACHED = {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}
FUNCTION = {"name": "f", "parameters": {"extra": 1}, "x": 1}
WEIGHTED = {"role": "assistant", "content": "Hi", "weight": 0}
# What is given, what of it is sent, and the places of the rest.
FOREIGN: list[tuple[list[Any], list[Any], str]] = [
    ([{"role": "user", "content": "Hi", "timestamp": 1, 5: 2}], SENT["messages"],
        "messages[0].timestamp, messages[0]['5']"),
    ([{"role": "user", "content": [CACHED]}],
        [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        "messages[0].content[0].cache_control"),
    ([{"role": "assistant", "content": "Hi", "refusal": None}, *SENT["messages"]],
        [{"role": "assistant", "content": "Hi"}, *SENT["messages"]], "messages[0].refusal"),
    ([WEIGHTED, *SENT["messages"]],
        [{"role": "assistant", "content": "Hi"}, *SENT["messages"]], "messages[0].weight"),
    ([AssistantMessage(content="Hi", extra={"reasoning": "Hm"}), *SENT["messages"]],
        [{"role": "assistant", "content": "Hi"}, *SENT["messages"]], "messages[0].reasoning"),
    ([{"role": "user", "content": "Hi", "extra": {}}] * 22, SENT["messages"] * 22, "and 2 more"),
    ([UserMessage(content="Hi")], SENT["messages"], ""),
]  # fmt: skip


@each_method
def test_the_weight_of_a_message_to_learn_from_is_refused(name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        sent(name, model="m", messages=[WEIGHTED, *SENT["messages"]])
    assert [problem.path for problem in caught.value.problems] == [("messages", 0, "weight")]


@each_method
def test_they_are_dropped_where_that_is_wanted(name: str, caplog: pytest.LogCaptureFixture) -> None:
    drop = {"extra_fields": "drop"}
    for messages, kept, places in FOREIGN:
        caplog.clear()
        with caplog.at_level(logging.INFO, logger="mistral_proto"):
            body, _ = sent(name, client_options=drop, model="m", messages=iter(messages))
        assert body["messages"] == kept
        assert len(caplog.messages) == bool(places)
        assert places in "".join(caplog.messages)


def test_they_are_dropped_from_tools_but_not_from_what_is_free(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Mistral("k", server_url="http://gateway.invalid", extra_fields="drop") as mistral:
        with pytest.raises(ValidationError) as caught:  # a parameter is refused still
            METHODS["complete"](mistral.chat, **SENT, seed=7)
    assert [problem.path for problem in caught.value.problems] == [("seed",)]
    tools = [{"type": "function", "function": FUNCTION, "cache_control": {}}]
    form = {"type": "json_schema", "json_schema": {"name": "f", "schema_definition": {}}}
    given = {**SENT, "tools": tools, "response_format": form}
    with caplog.at_level(logging.INFO, logger="mistral_proto"):
        body, _ = sent("complete", client_options={"extra_fields": "drop"}, **given)
    assert "tools[0].cache_control" in caplog.text and "schema" not in caplog.text
    [tool] = body["tools"]
    assert tool == {"type": "function", "function": {"name": "f", "parameters": {"extra": 1}}}


@pytest.mark.parametrize("is_async", [False, True])
def test_they_are_dropped_from_the_tools_of_a_run(
    is_async: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def now() -> str:
        return "12:30"

    tools: Any = [now, {"type": "web_search", "cache_control": {}}]
    double = (AsyncDouble if is_async else Double)(good("complete"))
    with client(double, extra_fields="drop") as mistral, caplog.at_level(logging.INFO):
        if is_async:
            asyncio.run(mistral.chat.run_tools_async(REQUEST, tools=tools).until_done())
        else:
            mistral.chat.run_tools(REQUEST, tools=tools).until_done()
    assert json.loads(double.requests[0].body)["tools"][1] == {"type": "web_search"}
    assert "tools[1].cache_control" in caplog.text
    with client(Double()) as mistral, pytest.raises(ValidationError) as caught:
        mistral.chat.run_tools(REQUEST, tools=tools)
    assert caught.value.problems[0].path == ("tools", 1, "cache_control")


@pytest.mark.parametrize("stream", [True, False])
def test_the_method_says_whether_it_streams(stream: bool) -> None:
    request = replace(REQUEST, stream=stream)
    right, wrong = ("stream", "complete") if stream else ("complete", "stream")
    assert sent(right, request)[0]["stream"] is stream
    with (
        client(Double(good(wrong))) as mistral,
        pytest.raises(ValueError, match="^stream="),
    ):
        METHODS[wrong](mistral.chat, request)


def test_a_request_needs_a_model() -> None:
    with client(Double()) as mistral, pytest.raises(ValidationError) as caught:
        mistral.chat.complete(replace(REQUEST, model=None))
    assert [(problem.path, problem.type) for problem in caught.value.problems] == [
        (("model",), "missing")
    ]
