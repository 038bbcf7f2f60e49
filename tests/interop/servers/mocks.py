"""Ours, and servers that other people wrote: how each is started, what it is told to answer, and what it
answers otherwise.

The model's name says what is asked for: `text`, `call`, `fail`, or `tools`, which is a call
first, and a text when there is the tool's result.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from tests.interop.servers import processes
from tests.interop.servers.processes import Process

KEY = "sk-the-key-of-the-servers"
TEXT = "Bonjour, ça va? Voilà une réponse."
REFUSAL = "Nobody may ask that often."


class Answer(NamedTuple):
    """What a user gets.

    Attributes:
        kind: the finish reason, or the name of the exception's class.
        said: what is in the text, or in the calls, or in the exception's message; of a run of
            tools, in what was said from its first question on.
        why: for what reason it is not the answer that the server was to give.
    """

    kind: str
    said: str
    why: str = ""


CALLED = 'get_weather({"city": "Paris"})'
ANSWERS = {
    "text": Answer("stop", TEXT),
    "call": Answer("tool_calls", CALLED),
    "fail": Answer("RateLimitError", REFUSAL),
    "tools": Answer("stop", f"21 °C in Paris; {TEXT}"),
}
"""The answers of a server that can be told all of them."""


@dataclass(frozen=True)
class Mock:
    """A server.

    Attributes:
        command: starts it. `{port}` in it, and in `variables`, is where it is to listen.
        files: what it finds in its folder. What is not a text is written as JSON, which is
            YAML, too. `{behind}` in it is the URL of a server of ours.
        variables: of its environment.
        path: what comes before ``/v1/chat/completions``.
        probe: a path that it answers when it is there.
        told: a path, and a document that is posted there before the tests.
        otherwise: the answers that are not those of `ANSWERS`, by what is asked for, followed
            by ``, streamed`` where only a stream is so.
    """

    command: Sequence[str]
    files: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    probe: str = "/"
    told: tuple[str, Any] | None = None
    otherwise: Mapping[str, Answer] = field(default_factory=dict)

    @contextmanager
    def listening(self, folder: Path, behind: str) -> Iterator[Process]:
        for name, content in self.files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / name).write_text(text.replace("{behind}", behind), "utf-8")
        with processes.listening(self.command, folder, self.probe, self.variables) as process:
            if self.told is not None:
                process.request(*self.told)
            yield process

    def answer(self, asked: str, streamed: bool) -> Answer:
        """Return the answer to be expected of it."""
        answer = self.otherwise.get(asked, ANSWERS[asked])
        return self.otherwise.get(f"{asked}, streamed", answer) if streamed else answer


def _python(name: str, *arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name(name)), *arguments]


_FUNCTION = {"name": "get_weather", "arguments": '{"city": "Paris"}'}
_CALL = {"id": "a1b2c3d4e", "type": "function", "function": _FUNCTION}
_CALL_IN_SHORT = {"name": "get_weather", "arguments": {"city": "Paris"}}
_ERROR = {"message": REFUSAL, "type": "rate_limit_error", "code": "rate_limit_exceeded"}


def _litellm(name: str, of: str = "mistral-small-latest", **parameters: Any) -> Any:
    parameters = {"model": f"mistral/{of}", "api_key": "k", **parameters}
    return {"model_name": name, "litellm_params": parameters}


MOCKS = {
    "ours": Mock(
        [sys.executable, "-m", "mistral_proto", "serve", "--port", "{port}"],
        otherwise={
            "text": Answer("stop", "You said: text", "answers by rules"),
            "call": Answer("tool_calls", 'get_weather({"city": "example"})', "answers by rules"),
            "fail": Answer("stop", "You said: fail", "answers by rules"),
            "tools": Answer("stop", "21 °C in example; The tool says: 21", "answers by rules"),
        },
    ),
    "litellm": Mock(
        _python("litellm", "--config", "config", "--host", "127.0.0.1", "--port", "{port}"),
        files={
            "config": {
                "model_list": [
                    _litellm("text", mock_response=TEXT),
                    _litellm("call", mock_response="", mock_tool_calls=[_CALL]),
                    _litellm("fail", mock_response="litellm.RateLimitError"),
                    _litellm("tools", api_base="{behind}/v1"),
                    # For its own tests.
                    _litellm("broken", mock_response="litellm.InternalServerError"),
                    _litellm("thinking", "magistral-medium-latest", api_base="{behind}/v1"),
                ],
                "general_settings": {"master_key": KEY},
                "router_settings": {"num_retries": 0, "disable_cooldowns": True},
            }
        },
        # It looks nothing up elsewhere.
        variables={"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        probe="/health/liveliness",
        otherwise={
            "call": Answer("stop", CALLED, "has one finish reason"),
            "call, streamed": Answer("stop", "None", "streams no calls"),
            "fail": Answer("RateLimitError", "a mock rate limit error", "has words of its own"),
            "tools": Answer("stop", "; The tool says: 21", "the server behind it answers"),
        },
    ),
    "mockllm": Mock(
        _python("mockllm", "start", "-r", "answers", "-h", "127.0.0.1", "-p", "{port}"),
        # What it streams is its answer to its answer.
        files={"answers": {"responses": {"text": TEXT, TEXT: TEXT}}},
        otherwise={
            "call": Answer("stop", "I don't know", "knows no calls"),
            "fail": Answer("stop", "I don't know", "knows no errors"),
            "tools": Answer("stop", "I don't know", "knows no calls"),
        },
    ),
    "fakellm": Mock(
        _python("fakellm", "serve", "--port", "{port}"),
        files={
            "fakellm.yaml": {
                "version": 1,
                "rules": [
                    {"when": {"model_matches": "text"}, "respond": {"content": TEXT}},
                    {
                        "when": {"model_matches": "fail"},
                        "respond": {"status": 429, "error": REFUSAL},
                    },
                    {"when": {"previous_message_role": "assistant"}, "respond": {"content": TEXT}},
                    {
                        "when": {"tools_include": "get_weather"},
                        "respond": {"tool_calls": [_CALL_IN_SHORT]},
                    },
                ],
            }
        },
        otherwise={"fail, streamed": Answer("stop", "mock response", "streams no errors")},
    ),
    "stubllm": Mock(
        _python("stubllm", "serve", "--port", "{port}", "--fixture-file", "answers.json"),
        files={
            "answers.json": {
                "fixtures": [
                    {"name": "text", "match": {"model": "text"}, "response": {"content": TEXT}},
                    {
                        "name": "fail",
                        "match": {"model": "fail"},
                        "response": {"http_status": 429, "error_message": REFUSAL},
                    },
                    {
                        "name": "call",
                        "match": {"tools_present": True},
                        "response": {"tool_calls": [_CALL]},
                    },
                    {
                        "name": "result",
                        "match": {"messages": [{"role": "tool", "content": {"contains": "°C"}}]},
                        "response": {"content": TEXT},
                    },
                ]
            }
        },
        otherwise={"call, streamed": Answer("None", CALLED, "streams them without finish reason")},
    ),
    "mocktopus": Mock(
        _python("mocktopus", "serve", "-s", "answers", "-p", "{port}"),
        files={
            "answers": {
                "version": 1,
                "rules": [
                    {"type": "llm.openai", "when": {"model": "text"}, "respond": {"content": TEXT}},
                    {
                        "type": "llm.openai",
                        "when": {"model": "fail"},
                        "error": {
                            "error_type": "rate_limit",
                            "status_code": 429,
                            "message": REFUSAL,
                        },
                    },
                    {
                        "type": "llm.openai",
                        "when": {"messages_regex": "°C"},
                        "respond": {"content": TEXT},
                    },
                    {"type": "llm.openai", "when": {}, "respond": {"tool_calls": [_CALL]}},
                ],
            }
        },
        otherwise={"call, streamed": Answer("stop", "Mocked response", "streams no calls")},
    ),
    "llmock": Mock(
        _python("llmock", "serve", "--port", "{port}", "--response-style", "echo"),
        path="/mistral",
        told=(
            "/_llmock/scenario",
            {
                "behaviors": [
                    {"type": "reply", "text": TEXT, "match": {"model": "text"}, "times": None},
                    {
                        "type": "reply",
                        "tool_calls": [_CALL_IN_SHORT],
                        "match": {"model": "call"},
                        "times": None,
                    },
                    {
                        "type": "fail",
                        "status": 429,
                        "message": REFUSAL,
                        "match": {"model": "fail"},
                        "times": None,
                    },
                ]
            },
        ),
        otherwise={
            "tools": Answer(
                "stop", "21 °C in mock-city; Hello!", "calls and answers by its own rules"
            )
        },
    ),
}

_NODE_MODULES = os.environ.get("NODE_MODULES_OF_SERVERS")
"""The folder of those that run on node; without it they are left out."""


def _node(module: str, *arguments: str) -> list[str]:
    return ["node", f"{_NODE_MODULES}/{module}", *arguments]


def _whole(message: Any, finish_reason: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]}


_SAYS = {"role": "assistant", "content": TEXT}
_CALLS = {"role": "assistant", "content": None, "tool_calls": [_CALL]}
_TOOL = {"role": "tool", "tool_call_id": _CALL["id"], "matcher": "any"}

if _NODE_MODULES:
    MOCKS["aimock"] = Mock(
        _node("@copilotkit/aimock/dist/cli.js", "-p", "{port}", "-f", "answers.json"),
        files={
            "answers.json": {
                "fixtures": [
                    {"match": {"model": "text"}, "response": {"content": TEXT}},
                    {"match": {"model": "fail"}, "response": {"error": _ERROR, "status": 429}},
                    {"match": {"hasToolResult": True}, "response": {"content": TEXT}},
                    {"match": {"toolName": "get_weather"}, "response": {"toolCalls": [_FUNCTION]}},
                ]
            }
        },
    )
    MOCKS["mock-llm"] = Mock(
        _node("@dwmkerr/mock-llm/dist/main.js"),
        files={
            "mock-llm.yaml": {
                # The last one that fits counts.
                "rules": [
                    {
                        "path": "/v1/chat/completions",
                        "match": match,
                        "response": {"status": status, "content": json.dumps(document)},
                    }
                    for match, status, document in [
                        ("body.model == 'text'", 200, _whole(_SAYS, "stop")),
                        ("body.model == 'fail'", 429, {"error": _ERROR}),
                        ("body.tools", 200, _whole(_CALLS, "tool_calls")),
                        ("body.messages[-1].role == 'tool'", 200, _whole(_SAYS, "stop")),
                    ]
                ],
            }
        },
        variables={"HOST": "127.0.0.1", "PORT": "{port}"},
        otherwise={
            "call, streamed": Answer("SDKError", "Cannot read properties of null", "breaks down"),
            "fail, streamed": Answer("StreamError", REFUSAL, "streams errors with status 200"),
        },
    )
    MOCKS["openai-mock-api"] = Mock(
        _node("openai-mock-api/dist/cli.js", "-p", "{port}", "-c", "answers"),
        files={
            "answers": {
                "apiKey": KEY,
                "port": 1,  # has to be there
                "responses": [
                    {"id": str(number), "messages": [{"role": "user", "content": asked}, *then]}
                    for number, (asked, *then) in enumerate(
                        [
                            ("text", _SAYS),
                            ("call", _CALLS),
                            ("tools", _CALLS),
                            ("tools", _CALLS, _TOOL, _SAYS),
                        ]
                    )
                ],
            }
        },
        otherwise={
            "call": Answer("stop", CALLED, "has one finish reason"),
            "fail": Answer("SDKError", "No matching response found", "has its own errors only"),
        },
    )
    # It serves files, so a stream is asked for in vain, and its error has status 200.
    MOCKS["json-server"] = Mock(
        _node("json-server/lib/cli/bin.js", "answers.json", "--port", "{port}")
        + ["--host", "127.0.0.1", "--middlewares", "asked.js"],
        files={
            "answers.json": {
                "text": _whole(_SAYS, "stop"),
                "call": _whole(_CALLS, "tool_calls"),
                "tools": _whole(_CALLS, "tool_calls"),
                "result": _whole(_SAYS, "stop"),
                "fail": {"error": {"message": REFUSAL, "code": 429}},
            },
            "asked.js": """
                module.exports = (request, response, next) => {
                    if (request.method === "POST") {
                        const { model, messages } = request.body
                        const isResult = messages[messages.length - 1].role === "tool"
                        request.method = "GET"
                        request.url = isResult ? "/result" : `/${model}`
                    }
                    next()
                }
            """,
        },
    )
