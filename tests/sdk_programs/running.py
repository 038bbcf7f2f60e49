"""Programs like those of the SDK's documentation, and the server for them.

The docstring of a program ends with its output. `SERVER_URL` in the environment is the
server's. ``python -m tests.sdk_programs.running PACKAGE`` runs all programs.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import mock

from mistral_proto import ChatCompletionRequest
from mistral_proto.testing import ErrorReply, ErrorShape, MockServer
from mistral_proto.testing.model import answer_by_rules
from mistral_proto.testing.replies import Reply

_FILES = sorted(Path(__file__).with_name("programs").glob("*.py"))
PROGRAMS = {
    path.stem: text
    for path, text in ((path, path.read_text("utf-8")) for path in _FILES)
    if all(find_spec(need) for need in ("pydantic", "httpx2") if f"{need} " in text)
}
"""The sources of the programs that can run here, by name."""

_DETAIL: Any = [{"loc": ["messages", 0, "content"], "msg": "Field required", "type": "missing"}]
_REPLIES: dict[str | None, Reply] = {
    "status 400": ErrorReply(400, "Invalid model"),
    "status 422": ErrorReply(422, shape=ErrorShape.detail, detail=_DETAIL),
    "status 500": ErrorReply(500, "Internal error", ErrorShape.text),
    "a book": '{"name": "Emma", "authors": ["Jane Austen"]}',
}


def _server() -> MockServer:
    """Return a server whose reply depends on the name of the model."""
    busy = [ErrorReply(503, "Busy"), ErrorReply(503, "Busy"), None] * 2

    def answer(request: ChatCompletionRequest) -> Reply:
        reply = busy.pop(0) if request.model == "the third time" else _REPLIES.get(request.model)
        return reply or answer_by_rules(request)

    return MockServer(default=answer)


def expected(source: str) -> str:
    """Return the output in a program's docstring."""
    docstring = ast.get_docstring(ast.parse(source)) or ""
    return docstring.partition("\n\n")[2] + "\n"


def printed(source: str, package: str) -> str:
    """Return the output of a program with a package in place of the SDK."""
    output = io.StringIO()
    with _server() as server, contextlib.redirect_stdout(output):
        environment = {"SERVER_URL": server.url, "MISTRAL_API_KEY": "k"}
        with mock.patch.dict(os.environ, environment):
            exec(source.replace("mistralai", package), {"__name__": "__main__"})
    return output.getvalue()


if __name__ == "__main__":
    for name, program in PROGRAMS.items():
        if printed(program, sys.argv[1]) != expected(program):
            sys.exit(f"{name} printed something else")
