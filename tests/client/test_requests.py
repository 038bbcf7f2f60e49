"""The requests that the methods of `chat` send, and those that they refuse."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import pydoc
import re
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest

import mistral_proto as mp
from mistral_proto import ChatCompletionRequest, Mistral, UserMessage, ValidationError
from mistral_proto.client.chat import Chat
from mistral_proto.testing import MockServer
from tests.client.doubles import Double, double_for, good, streamed, whole
from tests.client.support import CALLS, HI, KEY, MODEL, STREAMS, URL, client, every_call


@dataclass
class Answer:
    n: int


async def _to_end(stream: Any) -> Any:
    return await stream.until_done()


# Each method, with the parameters that only it has, to the end of its answer.
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
    """Make a call, and return the body that it sent and its request."""
    reply = (streamed if "stream" in name else whole)()
    # A whole answer to a stream is a stream of one event.
    reply.steps = [
        b'{"model":"m","choices":[{"message":{"content":"{\\"n\\": 1}"},"finish_reason":"stop"}]}'
    ]
    double = double_for(name, reply)
    with client(double, **client_options) as mistral:
        result = METHODS[name](mistral.chat, *args, **options)
        if hasattr(result, "__await__"):
            result = asyncio.run(result)
    assert result.choices[0].message.content == '{"n": 1}'
    [request] = double.requests
    return json.loads(request.body), request


NOW = {"name": "now", "parameters": {"type": "object", "properties": {}}}
TOOL = {"type": "function", "function": NOW}
LOCAL = {"extra_body", "truncate_for_context_length", "continue_final_message"}
FIELDS = {field.name for field in fields(ChatCompletionRequest)} - LOCAL - {"extra"}
OPTIONS = {"retries", "server_url", "timeout_ms", "http_headers", "extra_body", "max_gathered"}


def test_every_parameter_is_sent_and_known_to_type_checkers() -> None:
    with MockServer() as server, client(server) as mistral:
        mistral.chat.complete(
            model=MODEL, messages=HI, temperature=1, top_p=1, max_tokens=1, stop="a", random_seed=1,
            metadata={"a": {"b": 1}}, response_format=mp.ResponseFormat(type="text"), tools=[TOOL],
            tool_choice=mp.NamedToolChoice(function=mp.FunctionName(name="now")),
            presence_penalty=1, frequency_penalty=1, min_tokens=1, repetition_penalty=1, top_k=1,
            logprobs=True, top_logprobs=1, prompt_logprobs=True, top_prompt_logprobs=1, n=1,
            prediction={"type": "content", "content": "x"}, parallel_tool_calls=False,
            reasoning_effort=mp.ReasoningEffort.none, prompt_mode="reasoning",
            guardrails=[{"block_on_error": True}], prompt_cache_key="a", service_tier="auto",
            safe_prompt=True, stream=False,
        )  # fmt: skip
        body = json.loads(server.requests[0].body)
        assert body.keys() == FIELDS
        assert body == ChatCompletionRequest.from_dict(body).to_dict()
        assert body["tool_choice"] == {"type": "function", "function": {"name": "now"}}
        for name, call in CALLS.items():
            names = FIELDS - {"model", "messages", "stream"}
            for nothing in (None, mp.UNSET):
                call(mistral, **dict.fromkeys(names, nothing))
                body = json.loads(server.requests[-1].body)
                assert body == {"model": MODEL, "messages": HI, "stream": name in STREAMS}
            call(mistral, **dict.fromkeys(OPTIONS | {"stream"}, mp.UNSET))


def test_help_names_every_parameter() -> None:
    own = {"parse": ["response_format"], "run_tools": ["tools", "max_turns", "max_parallel"]}
    with Mistral(KEY) as mistral:
        for name in METHODS:
            method = getattr(mistral.chat, name)
            parameters = inspect.signature(method).parameters
            first = name.removesuffix("_async").removesuffix("_stream")
            assert parameters.keys() == {"request", *FIELDS, *OPTIONS, *own.get(first, [])}
            assert inspect.signature(getattr(Chat, name)).parameters.keys() - parameters.keys() == {
                "self"
            }
            assert all(p.annotation is not p.empty for p in parameters.values())
            page = pydoc.plain(pydoc.render_doc(method))
            assert all(re.search(rf"\b{parameter}: ", page) for parameter in parameters), name
            is_coroutine = name in ("complete_async", "parse_async")
            assert inspect.iscoroutinefunction(method) == is_coroutine


TYPED: list[mp.ChatMessage] = [
    mp.SystemMessage(content="Be brief."),
    mp.UserMessage(content="né \U0001f600 \ud83d \x00"),
    mp.AssistantMessage(content="Hi"),
]
PLAIN = [message.to_dict() for message in TYPED]


@each_method
def test_messages_are_any_iterable_of_types_or_mappings(name: str) -> None:
    for messages in (TYPED, [*TYPED[:2], *PLAIN[2:]], tuple(PLAIN), iter(PLAIN)):
        body, request = sent(name, model="m", messages=messages)
        assert body["messages"] == PLAIN
        assert request.body.isascii()


REQUEST = ChatCompletionRequest(
    model="m", messages=[UserMessage(content="Hi")], temperature=0.5, extra_body={"min_p": 0.1}
)
SENT: dict[str, Any] = {"model": "m", "messages": HI}


@each_method
def test_a_request_in_place_of_parameters(name: str) -> None:
    body, request = sent(name, REQUEST, timeout_ms=2000, http_headers={"x-team": "a"})
    assert body.pop("stream") is ("stream" in name)
    body.pop("response_format", None)
    assert body == {**SENT, "temperature": 0.5, "min_p": 0.1}
    assert request.headers["x-team"] == "a" and request.total_timeout == 2.0
    wrong: list[tuple[Any, dict[str, Any], str]] = [
        (REQUEST, {"temperature": 1.0}, "temperature"),
        (REQUEST, {"messages": []}, "messages"),
        (SENT, {}, "ChatCompletionRequest"),
        ("Hi", {}, "ChatCompletionRequest"),
    ]
    for given, parameters, word in wrong:
        with Mistral("k", server_url=URL) as mistral, pytest.raises(TypeError, match=word):
            METHODS[name](mistral.chat, given, **parameters).send(None)


# The extra_body of the client, the request and the call, and what is sent of them.
EXTRA: list[tuple[Any, Any, Any, dict[str, Any]]] = [
    (None, None, {"min_p": 0.1}, {"min_p": 0.1}),
    ({"a": 1, "b": 1, "c": 1}, {"b": 2, "c": 2}, {"c": 3}, {"a": 1, "b": 2, "c": 3}),
    (None, None, {"temperature": 9}, {"temperature": 9}),
    ({}, {}, {}, {}),
]  # fmt: skip


@each_method
def test_extra_body(name: str) -> None:
    for of_client, of_request, of_call, added in EXTRA:
        request = replace(REQUEST, temperature=None, extra_body=of_request)
        body, _ = sent(name, request, extra_body=of_call, client_options={"extra_body": of_client})
        body.pop("response_format", None)
        assert body == {**SENT, "stream": "stream" in name, **added}


FIVE_MISTAKES: dict[str, Any] = {
    "messages": [{"role": "user", "content": "Hi"}, {"role": "human", "content": "Hi"}],
    "temperature": 9,
    "max_completion_tokens": 5,
    "tools": [{"type": "function", "function": {"name": 1, "parameters": {}}}],
    "n": 0,
}
BAD: list[tuple[dict[str, Any], set[Any]]] = [
    (FIVE_MISTAKES, {("messages", 1, "role"), ("temperature",), ("max_completion_tokens",),
        ("tools", 0, "function", "name"), ("n",)}),
    *[({name: value}, {(name,)}) for name, value in (("messages", "Hi"), ("model", None), ("retry", None))],
]  # fmt: skip


@every_call
def test_a_request_that_is_not_valid_is_not_sent(name: str) -> None:
    with MockServer() as server, client(server) as mistral:
        for parameters, paths in BAD:
            with pytest.raises(ValidationError) as caught:
                CALLS[name](mistral, **parameters)
            assert {problem.path for problem in caught.value.problems} == paths
        for value in (False,) if name in STREAMS else (True, 1):
            with pytest.raises(ValueError, match=r"\bstream"):
                CALLS[name](mistral, stream=value)
            with pytest.raises(ValueError, match=r"\bstream"):
                METHODS[name](mistral.chat, replace(REQUEST, stream=bool(value))).send(None)
        assert server.connections == 0
    assert sent(name, replace(REQUEST, stream=name in STREAMS))[0]["stream"] is (name in STREAMS)


def test_problems_of_parameters() -> None:
    with client(Double()) as mistral:
        with pytest.raises(ValidationError) as caught:
            mistral.chat.complete(model="m", messages=[], min_p=0.1)  # type: ignore[call-overload]
        unknown, empty = sorted(caught.value.problems, key=lambda problem: problem.type)
        assert (unknown.path, unknown.type) == (("min_p",), "extra_forbidden")
        assert "extra_body" in unknown.expected
        assert empty.path == ("messages",) and "extra_body" not in empty.expected
        with pytest.raises(ValidationError) as caught:
            mistral.chat.complete(replace(REQUEST, model=None))
        [problem] = caught.value.problems
        assert (problem.path, problem.type) == (("model",), "missing")
        # A stream of asyncio is checked before it is awaited.
        for parameters in ({"temperature": -1.0}, {"stream": False}):
            with pytest.raises(ValueError):
                mistral.chat.stream_async(model=MODEL, messages=HI, **parameters)


ORDER: dict[str, Any] = {"messages": [*HI, {"role": "tool", "content": "", "tool_call_id": "x"}]}
EFFORT: dict[str, Any] = {"reasoning_effort": "high"}
# The setting of `check_conversation`, a request, and the exception, if it is not sent.
RULES: list[tuple[Any, dict[str, Any], type[Exception] | None]] = [
    (True, ORDER, mp.InvalidMessageStructureException),
    ("v3", ORDER, mp.InvalidMessageStructureException),
    (mp.TokenizerVersion.v13, EFFORT, mp.InvalidRequestException),
    (True, EFFORT, None),
    ("v15", EFFORT, None),
    (False, ORDER, None),
]


@every_call
def test_the_rules_of_a_conversation(name: str) -> None:
    for setting, parameters, error in RULES:
        double = double_for(name, good(name))
        with client(double, check_conversation=setting) as mistral:
            with pytest.raises(error) if error else nullcontext():
                CALLS[name](mistral, **parameters)
        assert len(double.requests) == (error is None)


CACHED = {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}
ASSISTANT = {"role": "assistant", "content": "Hi"}
# Messages, what is sent of them, and the paths of the rest in the log.
FOREIGN: list[tuple[list[Any], list[Any], str]] = [
    ([{"role": "user", "content": "Hi", "timestamp": 1, 5: 2}], HI,
        "messages[0].timestamp, messages[0]['5']"),
    ([{"role": "user", "content": [CACHED]}],
        [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        "messages[0].content[0].cache_control"),
    ([{**ASSISTANT, "refusal": None}, *HI], [ASSISTANT, *HI], "messages[0].refusal"),
    ([mp.AssistantMessage(content="Hi", extra={"reasoning": "Hm"}), *HI], [ASSISTANT, *HI],
        "messages[0].reasoning"),
    ([{"role": "user", "content": "Hi", "extra": {}}] * 22, HI * 22, "and 2 more"),
    ([UserMessage(content="Hi")], HI, ""),
]  # fmt: skip
DROP = {"extra_fields": "drop"}


@each_method
def test_unknown_fields_of_messages_are_dropped(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    for messages, kept, paths in FOREIGN:
        caplog.clear()
        with caplog.at_level(logging.INFO, logger="mistral_proto"):
            body, _ = sent(name, client_options=DROP, model="m", messages=iter(messages))
        assert body["messages"] == kept
        assert len(caplog.messages) == bool(paths)
        assert paths in "".join(caplog.messages)


def test_unknown_fields_of_tools_are_dropped(caplog: pytest.LogCaptureFixture) -> None:
    function = {"name": "f", "parameters": {"extra": 1}, "x": 1}
    tools: Any = [{"type": "function", "function": function, "cache_control": {}}]
    form = {"type": "json_schema", "json_schema": {"name": "f", "schema_definition": {}}}
    with caplog.at_level(logging.INFO, logger="mistral_proto"):
        body, _ = sent("complete", client_options=DROP, **SENT, tools=tools, response_format=form)
    assert "tools[0].cache_control" in caplog.text and "schema" not in caplog.text
    kept = {"type": "function", "function": {"name": "f", "parameters": {"extra": 1}}}
    assert body["tools"] == [kept]
    with Mistral("k", server_url=URL, extra_fields="drop") as mistral:
        with pytest.raises(ValidationError) as caught:  # parameters are never dropped
            METHODS["complete"](mistral.chat, **SENT, seed=7)
    assert [problem.path for problem in caught.value.problems] == [("seed",)]
    # The tools of a run are read on their own.
    search: Any = [{"type": "web_search", "cache_control": {}}]
    double = Double(good("complete"))
    with client(double, **DROP) as mistral, caplog.at_level(logging.INFO):
        mistral.chat.run_tools(REQUEST, tools=search).until_done()
        assert json.loads(double.requests[0].body)["tools"] == [{"type": "web_search"}]
    with client(double) as mistral, pytest.raises(ValidationError) as caught:
        mistral.chat.run_tools_async(REQUEST, tools=search)
    assert caught.value.problems[0].path == ("tools", 0, "cache_control")
