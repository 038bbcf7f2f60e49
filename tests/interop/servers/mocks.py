"""Servers that other people wrote, what each is told to answer, and what it answers otherwise.

A model's name is what is asked for: `text`, `call`, `fail`, or `tools`, which is a call first
and a text when the tool's result is there.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from tests.interop.servers.processes import Process, listening

KEY = "sk-the-key-of-the-servers"
TEXT = "Bonjour, ça va? Voilà une réponse."
REFUSAL = "Nobody may ask that often."
CALL = {
    "id": "a1b2c3d4e",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
}
CALLED = 'get_weather({"city": "Paris"})'
ERROR = {"message": REFUSAL, "type": "rate_limit_error", "code": "rate_limit_exceeded"}


class Answer(NamedTuple):
    """What a user gets.

    Attributes:
        kind: the finish reason, or the name of the exception's class.
        said: the text, or the calls, or what is in the exception's message.
        why: where it's not what the server was to answer: what the server can't do.
    """

    kind: str
    said: str
    why: str = ""


ANSWERS = {
    "text": Answer("stop", TEXT),
    "call": Answer("tool_calls", CALLED),
    "fail": Answer("RateLimitError", REFUSAL),
    "tools": Answer("stop", TEXT),
}
"""What a server answers that can be told all of it."""


@dataclass(frozen=True)
class Mock:
    """A server, and how it is started.

    Attributes:
        command: has `{port}` in it, unless `variables` have it.
        files: what it finds in the folder where it runs: text, or what is written as JSON,
            which is YAML, too. `{behind}` is the URL of a server of ours.
        variables: of its environment.
        path: what comes before ``/v1/chat/completions``.
        probe: the path that it answers as soon as it is there.
        told: a path, and a document that is posted there once it is there.
        otherwise: the answers that are not `ANSWERS`, by what is asked for; those that
            are so in a stream only by that and ``, streamed``.
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
        with listening(self.command, folder, self.probe, self.variables) as process:
            if self.told is not None:
                path, document = self.told
                _post(process.url + path, document)
            yield process

    def answer(self, asked: str, streamed: bool) -> Answer:
        """What is to be expected."""
        found = self.otherwise.get(asked) or ANSWERS[asked]
        return self.otherwise.get(f"{asked}, streamed", found) if streamed else found


def _post(url: str, document: Any) -> None:
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, json.dumps(document).encode(), headers)
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).close()


def _python(name: str, *arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name(name)), *arguments]


def _whole(message: Mapping[str, Any], finish_reason: str) -> dict[str, Any]:
    """An answer, for servers that are told the whole document."""
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]}


_SAYS_TEXT = {"role": "assistant", "content": TEXT}
_CALLS = {"role": "assistant", "content": None, "tool_calls": [CALL]}
_TEXT_ANSWER = _whole(_SAYS_TEXT, "stop")
_CALL_ANSWER = _whole(_CALLS, "tool_calls")


def _litellm_model(name: str, of: str = "mistral-small-latest", **parameters: Any) -> Any:
    parameters = {"model": f"mistral/{of}", "api_key": "k", **parameters}
    return {"model_name": name, "litellm_params": parameters}


_BEHIND = {"api_base": "{behind}/v1"}

MOCKS = {
    "litellm": Mock(
        _python("litellm", "--config", "config", "--host", "127.0.0.1", "--port", "{port}"),
        files={
            "config": {
                "model_list": [
                    _litellm_model("text", mock_response=TEXT),
                    _litellm_model("call", mock_response="", mock_tool_calls=[CALL]),
                    _litellm_model("fail", mock_response="litellm.RateLimitError"),
                    _litellm_model("tools", **_BEHIND),
                    # Of tests of its own.
                    _litellm_model("broken", mock_response="litellm.InternalServerError"),
                    _litellm_model("thinking", "magistral-medium-latest", **_BEHIND),
                ],
                "general_settings": {"master_key": KEY},
                "router_settings": {"num_retries": 0, "disable_cooldowns": True},
            }
        },
        # It looks nothing up elsewhere.
        variables={"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        probe="/health/liveliness",
        otherwise={
            "fail": Answer(
                "RateLimitError", "this is a mock rate limit error", "has its own words"
            ),
            "tools": Answer("stop", "21 °C in example", "our server behind it answers"),
        },
    ),
    "mockllm": Mock(
        _python("mockllm", "start", "-r", "answers", "-h", "127.0.0.1", "-p", "{port}"),
        # What it streams is the answer to the answer.
        files={"answers": {"responses": {"text": TEXT, TEXT: TEXT}}},
        otherwise={
            asked: Answer("stop", "I don't know the answer to that.", f"knows no {of}")
            for asked, of in [("call", "calls"), ("fail", "errors"), ("tools", "calls")]
        },
    ),
    "fakellm": Mock(
        _python("fakellm", "serve", "--port", "{port}"),
        files={
            "fakellm.yaml": {
                "version": 1,
                "rules": [
                    {"name": str(n), "when": when, "respond": respond}
                    for n, (when, respond) in enumerate(
                        [
                            ({"model_matches": "fail"}, {"status": 429, "error": REFUSAL}),
                            ({"model_matches": "text"}, {"content": TEXT}),
                            ({"previous_message_role": "assistant"}, {"content": TEXT}),
                            (
                                {"tools_include": "get_weather"},
                                {
                                    "tool_calls": [
                                        {"name": "get_weather", "arguments": {"city": "Paris"}}
                                    ]
                                },
                            ),
                        ]
                    )
                ],
            }
        },
        otherwise={
            "fail, streamed": Answer("stop", "mock response for fail", "streams no errors"),
        },
    ),
    "stubllm": Mock(
        _python("stubllm", "serve", "--port", "{port}", "--fixture-file", "fixtures.json"),
        files={
            "fixtures.json": {
                "fixtures": [
                    {"name": str(n), "match": match, "response": response}
                    for n, (match, response) in enumerate(
                        [
                            ({"model": "text"}, {"content": TEXT}),
                            ({"model": "fail"}, {"http_status": 429, "error_message": REFUSAL}),
                            ({"tools_present": True}, {"tool_calls": [CALL]}),
                            (
                                {"messages": [{"role": "tool", "content": {"contains": "21"}}]},
                                {"content": TEXT},
                            ),
                        ]
                    )
                ]
            }
        },
        otherwise={"call, streamed": Answer("None", CALLED, "streams calls without finish reason")},
    ),
    "mocktopus": Mock(
        _python("mocktopus", "serve", "-s", "scenario", "-p", "{port}"),
        files={
            "scenario": {
                "version": 1,
                "rules": [
                    {"type": "llm.openai", "when": {"model": model}, **then}
                    for model, then in {
                        "text": {"respond": {"content": TEXT}},
                        "call": {"respond": {"tool_calls": [CALL]}},
                        "tools": {"respond": {"content": TEXT}},
                        "fail": {
                            "error": {
                                "error_type": "rate_limit",
                                "message": REFUSAL,
                                "status_code": 429,
                            }
                        },
                    }.items()
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
                    {**behavior, "times": None, "match": {"model": model}}
                    for model, behavior in {
                        "text": {"type": "reply", "text": TEXT},
                        "call": {
                            "type": "reply",
                            "tool_calls": [{"name": "get_weather", "arguments": {"city": "Paris"}}],
                        },
                        "fail": {"type": "fail", "status": 429, "message": REFUSAL},
                    }.items()
                ]
            },
        ),
        otherwise={
            "tools": Answer("stop", "21 °C in mock-city", "calls and answers by rules of its own")
        },
    ),
}

_NODE_MODULES = os.environ.get("NODE_MODULES_OF_SERVERS")
"""Where npm put the servers that run on node; without, they are left out."""


def _node(module: str, *arguments: str) -> list[str]:
    return ["node", f"{_NODE_MODULES}/{module}", *arguments]


if _NODE_MODULES:
    MOCKS |= {
        "aimock": Mock(
            _node("@copilotkit/aimock/dist/cli.js", "-p", "{port}", "-f", "fixtures.json"),
            files={
                "fixtures.json": {
                    "fixtures": [
                        {"match": match, "response": response}
                        for match, response in [
                            ({"model": "text"}, {"content": TEXT}),
                            ({"model": "fail"}, {"error": ERROR, "status": 429}),
                            ({"hasToolResult": True}, {"content": TEXT}),
                            ({"toolName": "get_weather"}, {"toolCalls": [CALL["function"]]}),
                        ]
                    ]
                }
            },
        ),
        "mock-llm": Mock(
            _node("@dwmkerr/mock-llm/dist/main.js"),
            files={
                "mock-llm.yaml": {
                    # The last one that fits is taken.
                    "rules": [
                        {
                            "path": "/v1/chat/completions",
                            "match": match,
                            "response": {"status": status, "content": json.dumps(document)},
                        }
                        for match, status, document in [
                            ("body.tools", 200, _CALL_ANSWER),
                            ("body.messages[-1].role == 'tool'", 200, _TEXT_ANSWER),
                            ("body.model == 'text'", 200, _TEXT_ANSWER),
                            ("body.model == 'fail'", 429, {"error": ERROR}),
                        ]
                    ],
                }
            },
            variables={"HOST": "127.0.0.1", "PORT": "{port}"},
            otherwise={
                "call, streamed": Answer("SDKError", "Cannot read properties of null", "breaks down"),
                "fail, streamed": Answer("StreamError", REFUSAL, "has sent a status already"),
            },
        ),
        "openai-mock-api": Mock(
            _node("openai-mock-api/dist/cli.js", "-p", "{port}", "-c", "config"),
            files={
                "config": {
                    "apiKey": KEY,
                    "port": 1,  # not this one
                    "responses": [
                        {"id": str(n), "messages": [{"role": "user", "content": asked}, *then]}
                        for n, (asked, *then) in enumerate(
                            [
                                ("text", _SAYS_TEXT),
                                ("call", _CALLS),
                                ("tools", _CALLS),
                                ("tools", _CALLS, {"role": "tool", "matcher": "any"}, _SAYS_TEXT),
                            ]
                        )
                    ],
                }
            },
            otherwise={
                "call": Answer("stop", CALLED, "has one finish reason"),
                "fail": Answer("SDKError", "No matching response found", "has errors of its own"),
            },
        ),
        "json-server": Mock(
            _node("json-server/lib/cli/bin.js", "--middlewares", "asked.js", "--host", "127.0.0.1")
            + ["--port", "{port}", "answers.json"],
            files={
                "answers.json": {
                    "text": _TEXT_ANSWER,
                    "call": _CALL_ANSWER,
                    "tools": _CALL_ANSWER,
                    "tool": _TEXT_ANSWER,
                    "fail": {"error": {"message": REFUSAL, "code": 429}},
                },
                "asked.js": """
                    module.exports = (request, response, next) => {
                        if (request.method === "POST") {
                            const { model, messages } = request.body
                            const { role } = messages[messages.length - 1]
                            request.method = "GET"
                            request.url = `/${role === "tool" ? role : model}`
                        }
                        next()
                    }
                """,
            },
            otherwise={"fail, streamed": Answer("StreamError", REFUSAL, "has one status, 200")},
        ),
    }
