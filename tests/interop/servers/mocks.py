"""The servers: how each is started, its configuration, and its answers.

The name of the model selects the answer: `text`, `call`, `fail`, or `tools`, which is a call,
and a text after the result of the tool.
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
REFUSAL = "Too many requests of this test."


class Answer(NamedTuple):
    """The finish reason, or the name of an exception, and a part of the text, calls or message."""

    kind: str
    text: str


CALLED = 'get_weather({"city": "Paris"})'
ANSWERS = {
    "text": Answer("stop", TEXT),
    "call": Answer("tool_calls", CALLED),
    "fail": Answer("RateLimitError", REFUSAL),
    "tools": Answer("stop", f"21 °C in Paris; {TEXT}"),
}


@dataclass(frozen=True)
class Mock:
    """A server.

    Attributes:
        command: the command; `{port}` in it is the port to listen on.
        files: the files in its folder; values that are not texts are written as JSON.
            `{upstream}` is the URL of a server of ours.
        path: the path before ``/v1/chat/completions``.
        probe: a path that it answers when it is ready.
        setup: a path, and a document to post there before the tests.
        others: the answers that are not those of `ANSWERS`; the key ends in ``, streamed`` if
            only a stream differs.
    """

    command: Sequence[str]
    files: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""
    probe: str = "/"
    setup: tuple[str, Any] | None = None
    others: Mapping[str, Answer] = field(default_factory=dict)

    @contextmanager
    def listening(self, folder: Path, upstream: str) -> Iterator[Process]:
        for name, content in self.files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / name).write_text(text.replace("{upstream}", upstream), "utf-8")
        with processes.listening(self.command, folder, self.probe) as process:
            if self.setup is not None:
                process.request(*self.setup)
            yield process

    def answer(self, model: str, streamed: bool) -> Answer:
        answer = self.others.get(model, ANSWERS[model])
        return self.others.get(f"{model}, streamed", answer) if streamed else answer


def _python(name: str, *arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name(name)), *arguments]


_FUNCTION = {"name": "get_weather", "arguments": '{"city": "Paris"}'}
_CALL = {"id": "a1b2c3d4e", "type": "function", "function": _FUNCTION}
_SHORT_CALL = {"name": "get_weather", "arguments": {"city": "Paris"}}


def _litellm(name: str, of: str = "mistral-small-latest", **parameters: Any) -> Any:
    parameters = {"model": f"mistral/{of}", "api_key": "k", **parameters}
    return {"model_name": name, "litellm_params": parameters}


def _llmock(model: str, kind: str = "reply", **fields: Any) -> Any:
    return {"type": kind, "match": {"model": model}, "times": None, **fields}


MOCKS = {
    "ours": Mock(
        [sys.executable, "-m", "mistral_proto", "serve", "--port", "{port}"],
        others={  # by rules
            "text": Answer("stop", "You said: text"),
            "call": Answer("tool_calls", 'get_weather({"city": "example"})'),
            "fail": Answer("stop", "You said: fail"),
            "tools": Answer("stop", "21 °C in example; The tool says: 21"),
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
                    _litellm("tools", api_base="{upstream}/v1"),
                    # For the tests of this proxy.
                    _litellm("broken", mock_response="litellm.InternalServerError"),
                    _litellm("thinking", "magistral-medium-latest", api_base="{upstream}/v1"),
                ],
                "general_settings": {"master_key": KEY},
                "router_settings": {"num_retries": 0, "disable_cooldowns": True},
            }
        },
        probe="/health/liveliness",
        others={
            # A mocked answer has one finish reason and no calls in a stream.
            "call": Answer("stop", CALLED),
            "call, streamed": Answer("stop", "None"),
            "fail": Answer("RateLimitError", "a mock rate limit error"),
            "tools": Answer("stop", "; The tool says: 21"),  # of our server
        },
    ),
    "mockllm": Mock(
        _python("mockllm", "start", "-r", "answers", "-h", "127.0.0.1", "-p", "{port}"),
        # It streams the answer to its answer.
        files={"answers": {"responses": {"text": TEXT, TEXT: TEXT}}},
        # It has no calls and no errors.
        others=dict.fromkeys(("call", "fail", "tools"), Answer("stop", "I don't know")),
    ),
    "fakellm": Mock(
        _python("fakellm", "serve", "--port", "{port}"),
        files={
            "fakellm.yaml": {
                "version": 1,
                "rules": [
                    {"when": when, "respond": respond}
                    for when, respond in [
                        ({"model_matches": "text"}, {"content": TEXT}),
                        ({"model_matches": "fail"}, {"status": 429, "error": REFUSAL}),
                        ({"previous_message_role": "assistant"}, {"content": TEXT}),
                        ({"tools_include": "get_weather"}, {"tool_calls": [_SHORT_CALL]}),
                    ]
                ],
            }
        },
        others={"fail, streamed": Answer("stop", "mock response")},
    ),
    "llmock": Mock(
        _python("llmock", "serve", "--port", "{port}", "--response-style", "echo"),
        path="/mistral",
        setup=(
            "/_llmock/scenario",
            {
                "behaviors": [
                    _llmock("text", text=TEXT),
                    _llmock("call", tool_calls=[_SHORT_CALL]),
                    _llmock("fail", "fail", status=429, message=REFUSAL),
                ]
            },
        ),
        others={"tools": Answer("stop", "21 °C in mock-city; Hello!")},
    ),
}

_NODE_MODULES = os.environ.get("NODE_MODULES_OF_SERVERS")
"""The folder of the servers that run on node; without it they are left out."""


def _node(module: str, *arguments: str) -> list[str]:
    return ["node", f"{_NODE_MODULES}/{module}", *arguments]


def _whole(message: Any, finish_reason: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]}


_TEXT = _whole({"role": "assistant", "content": TEXT}, "stop")
_CALLS = _whole({"role": "assistant", "content": None, "tool_calls": [_CALL]}, "tool_calls")
_ERROR = {"message": REFUSAL, "type": "rate_limit_error", "code": "rate_limit_exceeded"}

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
    # It serves files: it does not stream, and its error has the status 200.
    MOCKS["json-server"] = Mock(
        _node("json-server/lib/cli/bin.js", "answers.json", "--port", "{port}")
        + ["--host", "127.0.0.1", "--middlewares", "select.js"],
        files={
            "answers.json": {
                "text": _TEXT,
                "call": _CALLS,
                "tools": _CALLS,
                "result": _TEXT,
                "fail": {"error": {"message": REFUSAL, "code": 429}},
            },
            "select.js": """
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
