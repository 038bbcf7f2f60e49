"""What goes out by each of the calls, and what never does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest

import mistral_proto as mp
from mistral_proto import ChatCompletionRequest, Mistral, ValidationError
from mistral_proto.testing import MockServer
from tests.client.support import (
    CALLS,
    HI,
    KEY,
    MODEL,
    STREAMS,
    client,
    complete,
    every_call,
)
from tests.imported_from import ROOT
from tests.recorded.shared_folder import missing_reason, shared_folder

# -- parameters

NOW = {"name": "now", "parameters": {"type": "object", "properties": {}}}
TOOL = {"type": "function", "function": NOW}
SCHEMA = {"name": "book", "schema": {"type": "object"}, "strict": True}
NAMED = {"type": "function", "function": {"name": "now"}}
CONTENT = {"type": "content", "content": "x"}

# Each parameter as a call may give it, and as it then goes over the wire (None: as a request has it).
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
    ("response_format", mp.ResponseFormat(type=mp.ResponseFormats.json_schema,
        json_schema=mp.JsonSchema(name="book", schema={"type": "object"}, strict=True)),
        {"type": "json_schema", "json_schema": SCHEMA}),
    ("tools", [TOOL], None),
    ("tools", [mp.Tool(function=mp.Function(name="now", parameters={})), mp.WebSearchTool()], None),
    ("tool_choice", "any", "any"),
    ("tool_choice", mp.ToolChoiceEnum.auto, "auto"),
    ("tool_choice", mp.NamedToolChoice(function=mp.FunctionName(name="now")), NAMED),
    ("tool_choice", NAMED, NAMED),
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
    ("prediction", CONTENT, CONTENT),
    ("prediction", mp.Prediction(content="x"), CONTENT),
    ("parallel_tool_calls", False, False),
    ("reasoning_effort", "high", "high"),
    ("reasoning_effort", mp.ReasoningEffort.none, "none"),
    ("prompt_mode", "reasoning", "reasoning"),
    ("prompt_mode", mp.MistralPromptMode.reasoning, "reasoning"),
    ("guardrails", [{"block_on_error": True}], None),
    ("guardrails", [mp.GuardrailConfig(moderation_llm_v2=mp.ModerationLLMV2Config())], None),
    ("prompt_cache_key", "k", "k"),
    ("service_tier", mp.RequestedServiceTier.auto, "auto"),
    ("safe_prompt", True, True),
]  # fmt: skip
# Fields of the API; what a request has besides is for this machine alone.
FIELDS = {name for name, spec in ChatCompletionRequest._specs.items() if not spec.local}
NAMES = FIELDS - {"model", "messages", "stream"}


def test_the_table_has_every_parameter() -> None:
    assert {name for name, _, _ in PARAMETERS} == NAMES


@every_call
def test_a_parameter_goes_out(name: str) -> None:
    with MockServer() as server, client(server) as mistral:
        for parameter, value, sent in PARAMETERS:
            CALLS[name](mistral, **{parameter: value})
            if sent is None:
                made = ChatCompletionRequest.from_dict({"messages": HI, parameter: value})
                sent = made.to_dict()[parameter]
            expected = {"model": MODEL, "messages": HI, "stream": name in STREAMS, parameter: sent}
            assert json.loads(server.requests[-1].body) == expected, parameter
        for parameter in NAMES:
            for nothing in (None, mp.UNSET):
                CALLS[name](mistral, **{parameter: nothing})
                assert parameter not in json.loads(server.requests[-1].body), parameter
        for option in ("retries", "server_url", "timeout_ms", "http_headers", "stream"):
            CALLS[name](mistral, **{option: mp.UNSET})


def test_every_parameter_is_known_to_type_checkers() -> None:
    with MockServer() as server, client(server) as mistral:
        mistral.chat.complete(
            model=MODEL, messages=HI, temperature=1, top_p=1, max_tokens=1, stop="a", random_seed=1,
            metadata={"a": 1}, response_format={"type": "text"}, tools=[TOOL], tool_choice="auto",
            presence_penalty=1, frequency_penalty=1, min_tokens=1, repetition_penalty=1, top_k=1,
            logprobs=True, top_logprobs=1, prompt_logprobs=True, top_prompt_logprobs=1, n=1,
            prediction=CONTENT, parallel_tool_calls=True, reasoning_effort="none",
            prompt_mode="reasoning", guardrails=[], prompt_cache_key="a", service_tier="auto",
            safe_prompt=True, stream=False,
        )  # fmt: skip
        assert set(json.loads(server.requests[0].body)) >= FIELDS - {"guardrails"}


# -- messages

TYPED: list[mp.ChatMessage] = [
    mp.SystemMessage(content="Be brief."),
    mp.UserMessage(content="What time is it?"),
    mp.AssistantMessage(
        content="",
        tool_calls=[
            mp.ToolCall(id="a1b2c3d4e", function=mp.FunctionCall(name="f", arguments="{}"))
        ],
    ),
    mp.ToolMessage(content="12:00", tool_call_id="a1b2c3d4e"),
]
PLAIN = [message.to_dict() for message in TYPED]


@every_call
def test_messages_are_types_or_mappings(name: str) -> None:
    with MockServer() as server, client(server) as mistral:
        for messages in (TYPED, PLAIN, [*TYPED[:2], *PLAIN[2:]], tuple(TYPED)):
            CALLS[name](mistral, messages=messages)
            request = server.requests[-1].request
            assert request is not None and list(request.messages) == TYPED


def test_an_answer_goes_straight_back() -> None:
    with MockServer() as server, client(server) as mistral:
        message = complete(mistral).choices[0].message
        complete(mistral, messages=[*HI, message, *HI])
        sent = json.loads(server.requests[1].body)["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "user"]


def test_the_body_is_ascii_whatever_the_text() -> None:
    text = "né \U0001f600 \ud83d \x00"
    with MockServer() as server, client(server) as mistral:
        complete(mistral, messages=[{"role": "user", "content": text}])
        body = server.requests[0].body
    assert body.isascii()
    assert json.loads(body)["messages"][0]["content"] == text


@every_call
def test_the_headers_of_a_request(name: str) -> None:
    with MockServer() as server, client(server) as mistral:
        CALLS[name](mistral)
        (received,) = server.requests
    headers = received.headers
    python = ".".join(str(part) for part in sys.version_info[:3])
    agent = rf"mistral-proto/{re.escape(mp.__version__)} python/{re.escape(python)}"
    accept = "text/event-stream" if name in STREAMS else "application/json"
    assert (received.method, headers["accept"]) == ("POST", accept)
    assert headers["content-type"] == "application/json"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert re.fullmatch(agent, headers["user-agent"])
    assert int(headers["content-length"]) == len(received.body)


# -- what is never sent

FIVE_MISTAKES: dict[str, Any] = {
    "messages": [{"role": "user", "content": "Hi"}, {"role": "human", "content": "Hi"}],
    "temperature": 9,
    "max_completion_tokens": 5,
    "tools": [{"type": "function", "function": {"name": 1, "parameters": {}}}],
    "n": 0,
}
BAD: list[tuple[dict[str, Any], set[tuple[str | int, ...]]]] = [
    (FIVE_MISTAKES, {("messages", 1, "role"), ("temperature",), ("max_completion_tokens",),
        ("tools", 0, "function", "name"), ("n",)}),
    ({"messages": "Hi"}, {("messages",)}),
    ({"messages": None}, {("messages",)}),
    ({"model": None}, {("model",)}),
    ({"model": 1}, {("model",)}),
    ({"retry": None}, {("retry",)}),
    ({"top_p": float("nan")}, {("top_p",)}),
    ({"max_tokens": "1"}, {("max_tokens",)}),
]  # fmt: skip


@every_call
def test_a_bad_request(name: str) -> None:
    with MockServer() as server, client(server) as mistral:
        for parameters, paths in BAD:
            with pytest.raises(ValidationError) as caught:
                CALLS[name](mistral, **parameters)
            assert {problem.path for problem in caught.value.problems} == paths
        assert server.connections == 0


def test_a_bad_stream_for_asyncio_is_refused_before_it_is_awaited() -> None:
    for parameters in ({"temperature": -1.0}, {"stream": False}):
        with pytest.raises(ValueError):
            Mistral(KEY).chat.stream_async(model=MODEL, messages=HI, **parameters)


@every_call
def test_each_call_says_what_it_is(name: str) -> None:
    with MockServer() as server, client(server) as mistral:
        for value in (False,) if name in STREAMS else (True, 1):
            with pytest.raises(ValueError, match=r"\bstream"):
                CALLS[name](mistral, stream=value)
        assert server.connections == 0


ORDER: dict[str, Any] = {"messages": [*HI, {"role": "tool", "content": "", "tool_call_id": "x"}]}
EFFORT: dict[str, Any] = {"reasoning_effort": "high"}
BAD_TOOL: dict[str, Any] = {"tools": [{"function": {"name": "f", "parameters": {"type": "x"}}}]}

# The setting of `check_conversation`, a request, and why it is not sent, if it is not.
RULES: list[tuple[Any, dict[str, Any], type[Exception] | None, str]] = [
    (True, ORDER, mp.InvalidMessageStructureException, "messages[1].role: "),
    ("v3", ORDER, mp.InvalidMessageStructureException, "messages[1].role: "),
    (mp.TokenizerVersion.v13, EFFORT, mp.InvalidRequestException, "reasoning_effort: "),
    (True, BAD_TOOL, mp.InvalidToolSchemaException, "tools[0].function.parameters.type: "),
    (True, {"temperature": 0, "top_p": 0.5}, mp.InvalidRequestException, "top_p: "),
    (True, {}, None, ""),
    (True, EFFORT, None, ""),
    ("v15", EFFORT, None, ""),
    (False, ORDER, None, ""),
    (False, BAD_TOOL, None, ""),
]


@every_call
@pytest.mark.parametrize(("setting", "parameters", "error", "place"), RULES)
def test_the_rules_of_a_conversation(
    setting: Any, parameters: dict[str, Any], error: type[Exception] | None, place: str, name: str
) -> None:
    with MockServer() as server, client(server, check_conversation=setting) as mistral:
        if error is not None:
            with pytest.raises(error) as caught:
                CALLS[name](mistral, **parameters)
            assert str(caught.value).startswith(place)
            assert server.connections == 0
            parameters = {}  # the next one is sent
        CALLS[name](mistral, **parameters)
        assert len(server.requests) == 1


@pytest.mark.parametrize("setting", ["v4", "", "15", 15])
def test_rules_of_no_version(setting: Any) -> None:
    with pytest.raises(ValueError):
        Mistral(KEY, check_conversation=setting)


LOADED = """
import sys
from mistral_proto import Mistral
from mistral_proto.testing import MockServer
with MockServer() as server, Mistral("key", server_url=server.url{setting}) as mistral:
    mistral.chat.complete(model="m", messages=[{{"role": "user", "content": "Hi"}}])
print(sorted(name for name in sys.modules if "conversation" in name))
"""


@pytest.mark.parametrize("setting", ["", ", check_conversation=False", ", check_conversation=True"])
def test_the_rules_are_loaded_only_when_they_are_wanted(setting: str) -> None:
    command = [sys.executable, "-c", LOADED.format(setting=setting)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    assert (done.stdout == "[]\n") == ("True" not in setting)


# -- the examples of the SDK's chat page, verbatim but for the import


def examples() -> list[Any]:
    folder = shared_folder()
    if folder is None:
        return [pytest.param("", marks=pytest.mark.skip(missing_reason()))]
    (page,) = folder.glob("seeds/001_*.txt")
    return re.findall(
        r"from mistralai.+\n(?:(?:import|with|\)|    ).*\n|\n)+", page.read_text("utf-8")
    )


@pytest.mark.parametrize("example", examples())
def test_an_example(
    example: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)
    _, _, ours = example.partition("\n")
    with MockServer(["Claude Monet."]) as server:
        exec(ours, {"Mistral": lambda **given: Mistral(server_url=server.url, **given)})
        (received,) = server.requests
    assert received.headers["authorization"] == f"Bearer {KEY}"
    printed = capsys.readouterr().out
    kind = "CompletionEvent" if "chat.stream" in example else "ChatCompletionResponse"
    assert all(line.startswith(f"{kind}(") for line in printed.splitlines())
    assert "".join(re.findall(r"content='([^']*)'", printed)) == "Claude Monet."
