"""What the programs of a framework come to: what each gives, and the requests that it sends.

``python -m tests.interop.frameworks.outcomes agno FILE`` writes those of one framework, over
whatever is named `mistralai` in its environment.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mistral_proto import ChatCompletionRequest, ChatCompletionResponse
from mistral_proto.testing import ErrorReply, MockServer, answer_by_rules
from mistral_proto.testing.model import response
from mistral_proto.testing.replies import Reply


@dataclass(frozen=True)
class Case:
    """A program, which takes the server's URL, and what the server answers before all else."""

    program: Callable[[str], Any]
    replies: tuple[Reply, ...] = ()


def refusal(status: int) -> Case: ...


def by_rules(request: ChatCompletionRequest) -> ChatCompletionResponse:
    return replace(response(request, answer_by_rules(request)), id="1", created=1)


def outcome(case: Case) -> dict[str, Any]:
    """Run a program, and return what it gave, or raised, and what it sent."""
    with MockServer(case.replies, default=by_rules) as server:
        try:
            result = case.program(server.url)
            if inspect.isawaitable(result):
                result = asyncio.run(_awaited(result))
            given: Any = {"result": result}
        except Exception as error:
            status = getattr(error, "status_code", None)
            given = {"raised": type(error).__name__, "status": status}
        sent = [request.document for request in server.requests]
    return {**given, "sent": sent}


async def _awaited(result: Any) -> Any:
    return await result


def main(framework: str, path: str) -> None:
    cases: Mapping[str, Case] = importlib.import_module(f"{__package__}.{framework}").CASES
    outcomes = {name: outcome(case) for name, case in cases.items()}
    Path(path).write_text(json.dumps(outcomes, indent=1, default=repr), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
