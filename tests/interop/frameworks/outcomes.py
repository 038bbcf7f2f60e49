"""The outcomes of a framework's programs: the result or exception, and the requests.

``python -m tests.interop.frameworks.outcomes agno FILE`` writes those of one framework, with
the package that is named `mistralai` in its environment.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ChatCompletionResponse,
    FunctionCall,
    ToolCall,
)
from mistral_proto.testing import ErrorReply, Fault, MockServer, RawReply, answer_by_rules
from mistral_proto.testing.model import response
from mistral_proto.testing.replies import Reply
from tests.recorded.shared_folder import shared_folder

Program = Callable[[str], Any]
"""Takes the server's URL; may be a coroutine function."""


class Said(BaseModel):
    said: str


def get_weather(city: str) -> str:
    """Return the weather in a city."""
    return f"12 degrees in {city}"


def calling(name: str, *arguments: dict[str, Any]) -> AssistantMessage:
    """Return an answer that calls a tool once with each of the arguments."""
    functions = [FunctionCall(name=name, arguments=it) for it in arguments]
    calls = [ToolCall(id=f"call0000{i}", function=it) for i, it in enumerate(functions)]
    return AssistantMessage(content="", tool_calls=calls)


# Retries have their own cases.
FAILURES: dict[str, Reply] = {
    **{str(it): ErrorReply(it, headers={"x-should-retry": "false"}) for it in (401, 422, 429, 500)},
    "a stream that breaks": Fault.cut_stream,
}
BUSY = ErrorReply(429, headers={"retry-after": "0"})


def failures(program: Program, *names: str) -> dict[str, tuple[Program, Reply]]:
    """Return a case for each of the failures."""
    return {f"fails: {name}": (program, FAILURES[name]) for name in names}


def by_rules(request: ChatCompletionRequest) -> ChatCompletionResponse:
    return replace(response(request, answer_by_rules(request)), id="1", created=1)


def outcome(program: Program, *replies: Reply) -> dict[str, Any]:
    """Run a program; its requests get the replies, and then answers by rules."""
    with MockServer(replies, default=by_rules) as server:
        try:
            result = program(server.url)
            if inspect.isawaitable(result):
                result = asyncio.run(_awaited(result))
            given = {"gives": result}
        except Exception as error:
            given = {"raises": type(error).__name__, "status": getattr(error, "status_code", None)}
        sent = [request.document for request in server.requests if request.method == "POST"]
        return {**given, "sends": sent}


async def _awaited(result: Any) -> Any:
    return await result


def recorded(kind: str) -> Iterator[tuple[str, RawReply]]:
    """Yield answers of the real API, if they are beside the project."""
    if (folder := shared_folder()) is not None:
        for line in (folder / f"wire/recorded/{kind}.jsonl").open(encoding="utf-8"):
            it = json.loads(line)
            text = it["sse"] or json.dumps(it["response"])
            media_type = "text/event-stream" if it["sse"] else "application/json"
            headers = {"content-type": media_type}
            yield f"{kind}, recorded: {it['source']}", RawReply([text.encode()], headers=headers)


def main(framework: str, path: str) -> None:
    programs = import_module(f"{__package__}.with_{framework}")
    found = {}
    for name, case in programs.CASES.items():
        found[name] = outcome(*(case if isinstance(case, tuple) else (case,)))
    for kind, program in getattr(programs, "RECORDED", {}).items():
        for name, reply in recorded(kind):
            found[name] = outcome(program, reply)
    Path(path).write_text(json.dumps(found, indent=1, default=repr), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
