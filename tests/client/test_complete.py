"""`chat.complete` and `chat.stream`: what goes out, and what never does."""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
import threading
from typing import Any

import pytest

import mistral_proto.client.parameters
from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ChatMessage,
    Function,
    FunctionCall,
    FunctionName,
    GuardrailConfig,
    JsonSchema,
    Mistral,
    MistralPromptMode,
    ModerationLLMV2Config,
    NamedToolChoice,
    Prediction,
    ReasoningEffort,
    RequestedServiceTier,
    ResponseFormat,
    ResponseFormats,
    SystemMessage,
    Tool,
    ToolCall,
    ToolChoiceEnum,
    ToolMessage,
    UserMessage,
    ValidationError,
    WebSearchTool,
    __version__,
)
from mistral_proto.testing import MockServer
from tests.client.support import CALLS, HI, KEY, MODEL, Call, client, complete, stream

NOW = {"name": "now", "parameters": {"type": "object", "properties": {}}}
SCHEMA = {"name": "book", "schema": {"type": "object"}, "strict": True}

# Each parameter as a call may give it, and as it then goes over the wire.
PARAMETERS: list[tuple[str, Any, Any]] = [
    ("temperature", 0.3, 0.3),
    ("temperature", 1, 1),
    ("top_p", 0.9, 0.9),
    ("max_tokens", 100, 100),
    ("stop", "END", "END"),
    ("stop", ["a", "b"], ["a", "b"]),
    ("random_seed", 7, 7),
    ("metadata", {"user": {"id": 1}}, {"user": {"id": 1}}),
    ("response_format", {"type": "json_object"}, {"type": "json_object"}),
    (
        "response_format",
        ResponseFormat(
            type=ResponseFormats.json_schema,
            json_schema=JsonSchema(name="book", schema={"type": "object"}, strict=True),
        ),
        {"type": "json_schema", "json_schema": SCHEMA},
    ),
    ("tools", [{"type": "function", "function": NOW}], None),
    ("tools", [Tool(function=Function(name="now", parameters={})), WebSearchTool()], None),
    ("tool_choice", "any", "any"),
    ("tool_choice", ToolChoiceEnum.auto, "auto"),
    (
        "tool_choice",
        NamedToolChoice(function=FunctionName(name="now")),
        {"type": "function", "function": {"name": "now"}},
    ),
    (
        "tool_choice",
        {"type": "function", "function": {"name": "now"}},
        {"type": "function", "function": {"name": "now"}},
    ),
    ("presence_penalty", -1.5, -1.5),
    ("frequency_penalty", 2, 2),
    ("min_tokens", 3, 3),
    ("repetition_penalty", 1.1, 1.1),
    ("top_k", 40, 40),
    ("logprobs", True, True),
    ("top_logprobs", 3, 3),
    ("prompt_logprobs", True, True),
    ("top_prompt_logprobs", 2, 2),
    ("n", 2, 2),
    ("prediction", {"type": "content", "content": "x"}, {"type": "content", "content": "x"}),
    ("prediction", Prediction(content="x"), {"type": "content", "content": "x"}),
    ("parallel_tool_calls", False, False),
    ("reasoning_effort", "high", "high"),
    ("reasoning_effort", ReasoningEffort.none, "none"),
    ("prompt_mode", "reasoning", "reasoning"),
    ("prompt_mode", MistralPromptMode.reasoning, "reasoning"),
    ("guardrails", [{"block_on_error": True}], None),
    ("guardrails", [GuardrailConfig(moderation_llm_v2=ModerationLLMV2Config())], None),
    ("prompt_cache_key", "k", "k"),
    ("service_tier", RequestedServiceTier.auto, "auto"),
    ("safe_prompt", True, True),
]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("parameter", "value", "sent"),
    [pytest.param(*case, id=f"{case[0]}-{number}") for number, case in enumerate(PARAMETERS)],
)
def test_a_parameter_goes_out(name: str, parameter: str, value: Any, sent: Any) -> None:
    if sent is None:  # our types and mappings alike: what a request makes of them
        made = ChatCompletionRequest.from_dict({"messages": HI, parameter: value})
        sent = made.to_dict()[parameter]
    with MockServer() as server, client(server) as mistral:
        CALLS[name](mistral, **{parameter: value})
        body = json.loads(server.requests[0].body)
    assert body == {
        "model": MODEL,
        "messages": HI,
        "stream": name == "stream",
        parameter: sent,
    }


def test_the_table_has_every_parameter() -> None:
    assert {name for name, _, _ in PARAMETERS} == set(parameter_names())


def parameter_names() -> list[str]:
    """The fields of `Parameters`, which exists for type checkers alone."""
    source = inspect.getsource(mistral_proto.client.parameters)
    return [
        line.target.id
        for found in ast.walk(ast.parse(source))
        if isinstance(found, ast.ClassDef) and found.name.endswith("Parameters")
        for line in found.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
    ]


def test_the_parameters_are_the_fields_of_a_request() -> None:
    fields = [name for name, spec in ChatCompletionRequest._specs.items() if not spec.local]
    assert sorted(parameter_names()) == sorted(set(fields) - {"model", "messages", "stream"})


@pytest.mark.parametrize("parameter", sorted(set(parameter_names()) | {"stream"}))
def test_none_is_as_good_as_nothing(parameter: str) -> None:
    with MockServer() as server, client(server) as mistral:
        complete(mistral, **{parameter: None})
        assert parameter not in json.loads(server.requests[0].body) or parameter == "stream"


TYPED_MESSAGES: list[ChatMessage] = [
    SystemMessage(content="Be brief."),
    UserMessage(content="What time is it?"),
    AssistantMessage(
        content="",
        tool_calls=[ToolCall(id="a1b2c3d4e", function=FunctionCall(name="now", arguments="{}"))],
    ),
    ToolMessage(content="12:00", tool_call_id="a1b2c3d4e"),
]
PLAIN_MESSAGES = [message.to_dict() for message in TYPED_MESSAGES]


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param(TYPED_MESSAGES, id="types"),
        pytest.param(PLAIN_MESSAGES, id="mappings"),
        pytest.param([*TYPED_MESSAGES[:2], *PLAIN_MESSAGES[2:]], id="both"),
        pytest.param(tuple(TYPED_MESSAGES), id="tuple"),
    ],
)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_messages_are_types_or_mappings(call: Call, messages: Any) -> None:
    with MockServer() as server, client(server) as mistral:
        call(mistral, messages=messages)
        request = server.requests[0].request
    assert request is not None
    assert list(request.messages) == TYPED_MESSAGES


def test_an_answer_goes_straight_back() -> None:
    with MockServer() as server, client(server) as mistral:
        first = complete(mistral)
        complete(mistral, messages=[*HI, first.choices[0].message, *HI])
        assert [m["role"] for m in json.loads(server.requests[1].body)["messages"]] == [
            "user",
            "assistant",
            "user",
        ]


FIVE_MISTAKES: dict[str, Any] = {
    "messages": [{"role": "user", "content": "Hi"}, {"role": "human", "content": "Hi"}],
    "temperature": 9,
    "max_completion_tokens": 5,
    "tools": [{"type": "function", "function": {"name": 1, "parameters": {}}}],
    "n": 0,
}
FIVE_PATHS = {
    ("messages", 1, "role"),
    ("temperature",),
    ("max_completion_tokens",),
    ("tools", 0, "function", "name"),
    ("n",),
}


@pytest.mark.parametrize(
    ("parameters", "paths"),
    [
        pytest.param(FIVE_MISTAKES, FIVE_PATHS, id="five mistakes"),
        pytest.param({"messages": "Hi"}, {("messages",)}, id="messages are no list"),
        pytest.param({"messages": None}, {("messages",)}, id="no messages"),
        pytest.param({"model": None}, {("model",)}, id="no model"),
        pytest.param({"model": 1}, {("model",)}, id="model is no string"),
        pytest.param({"retry": None}, {("retry",)}, id="unknown parameter"),
        pytest.param({"top_p": float("nan")}, {("top_p",)}, id="NaN"),
        pytest.param({"max_tokens": "1"}, {("max_tokens",)}, id="no coercion"),
    ],
)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_bad_request_is_never_sent(
    call: Call, parameters: dict[str, Any], paths: set[tuple[str | int, ...]]
) -> None:
    with MockServer() as server, client(server) as mistral:
        with pytest.raises(ValidationError) as caught:
            call(mistral, **parameters)
        assert server.connections == 0
    assert sorted(problem.path for problem in caught.value.problems) == sorted(paths)
    assert str(caught.value).startswith("ChatCompletionRequest has ")


@pytest.mark.parametrize("value", [True, 1], ids=repr)
def test_complete_does_not_stream(value: Any) -> None:
    with MockServer() as server, client(server) as mistral:
        with pytest.raises(ValueError, match=r"chat\.stream streams it"):
            complete(mistral, stream=value)
        assert server.connections == 0


@pytest.mark.parametrize("value", [False, None], ids=repr)
def test_stream_does_not_complete(value: Any) -> None:
    with MockServer() as server, client(server) as mistral:
        with pytest.raises(ValueError, match=r"chat\.complete returns the whole of it"):
            stream(mistral, stream=value)
        assert server.connections == 0


@pytest.mark.parametrize(
    ("name", "accept"), [("complete", "application/json"), ("stream", "text/event-stream")]
)
def test_the_headers_of_a_request(name: str, accept: str) -> None:
    with MockServer() as server, client(server) as mistral:
        CALLS[name](mistral)
        (received,) = server.requests
    assert received.method == "POST"
    headers = received.headers
    assert headers["accept"] == accept
    assert headers["content-type"] == "application/json"
    assert headers["authorization"] == f"Bearer {KEY}"
    python = ".".join(str(part) for part in sys.version_info[:3])
    assert re.fullmatch(
        rf"mistral-proto/{re.escape(__version__)} python/{re.escape(python)}", headers["user-agent"]
    )
    assert int(headers["content-length"]) == len(received.body)


def test_the_body_is_ascii_whatever_the_text() -> None:
    text = "né \U0001f600 \ud83d \x00"
    with MockServer() as server, client(server) as mistral:
        complete(mistral, messages=[{"role": "user", "content": text}])
        body = server.requests[0].body
    assert body.isascii()
    assert json.loads(body)["messages"][0]["content"] == text


def test_a_client_is_a_context_manager_and_survives_it() -> None:
    with MockServer() as server:
        with client(server) as mistral:
            assert isinstance(mistral, Mistral)
            complete(mistral)
        mistral.close()
        complete(mistral)
        assert len(server.requests) == 2


def test_threads_share_a_client() -> None:
    answers: dict[str, list[str]] = {"one": [], "two": []}
    begin = threading.Barrier(2)

    def ask(name: str) -> None:
        begin.wait(10)
        for number in range(10):
            said = [{"role": "user", "content": f"{name} {number}"}]
            answers[name].append(complete(mistral, messages=said).choices[0].message.text)
            pieces = [e.data.choices[0].delta.text for e in stream(mistral, messages=said)]
            answers[name].append("".join(pieces))

    with MockServer() as server, client(server) as mistral:
        threads = [threading.Thread(target=ask, args=(name,)) for name in answers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    for name, got in answers.items():
        assert got == [f"You said: {name} {number // 2}" for number in range(20)]
