"""Requests by the thousand over the processes of a Dask cluster, as docs/batch.md shows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from dask.distributed import Client

from mistral_proto import (
    ChatCompletionRequest,
    ChatCompletionResponse,
    FinishReason,
    HTTPValidationError,
    SDKError,
)
from mistral_proto.testing import ErrorReply, ErrorShape, MockServer
from tests.package.pages import write_files

KEY = "sk-of-nobody"
PROCESSES, THREADS = 2, 2


def said(number: int) -> str:
    return f"You said: What is {number} in words?"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockServer]:
    # Which the workers inherit.
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)
    with MockServer(api_key=KEY) as server:
        yield server


def test_the_program_of_the_docs(server: MockServer, tmp_path: Path) -> None:
    write_files(tmp_path, "questions.py", "many_machines.py", server_url=server.url)
    done = subprocess.run(
        [sys.executable, "many_machines.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [said(number) for number in range(2000)]
    assert len(server.requests) == 2000


@pytest.fixture
def questions(server: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module of docs/batch.md, in this process and in those of a cluster."""
    write_files(tmp_path, "questions.py", server_url=server.url)
    monkeypatch.syspath_prepend(tmp_path)
    yield import_module("questions")
    del sys.modules["questions"]


REFUSED = ErrorReply(400, "No such number")
INVALID = ErrorReply(
    422, "", ErrorShape.detail, [{"loc": ["body", "n"], "msg": "Too small", "type": "x"}]
)


def rule(request: ChatCompletionRequest) -> Any:
    """Return the server's reply to the number in a request."""
    number = int(request.messages[0].text.split()[2])
    return INVALID if number % 100 == 99 else REFUSED if number % 10 == 9 else said(number)


def test_thousands_of_requests_with_failures_among_them(server: MockServer, questions: Any) -> None:
    count = 3000
    server.reply(*[rule] * count)
    requests = questions.requests(count)
    with Client(
        n_workers=PROCESSES, threads_per_worker=THREADS, processes=True, dashboard_address=None
    ) as cluster:
        answers: list[Any] = cluster.gather(cluster.map(questions.ask, requests, pure=False))
    assert len(answers) == count
    for number, answer in enumerate(answers):
        if number % 10 != 9:
            assert isinstance(answer, ChatCompletionResponse)
            [choice] = answer.choices
            assert (choice.message.text, choice.finish_reason) == (said(number), FinishReason.stop)
        elif number % 100 != 99:
            assert type(answer) is SDKError
            assert (answer.status_code, str(answer)) == (400, "400 Bad Request: No such number")
        else:
            assert type(answer) is HTTPValidationError
            assert answer.data.detail[0].loc == ["body", "n"]
        assert KEY not in repr(answer)
    assert len(server.requests) == count
    # A client a process, and a connection for each of its threads; but for those that an
    # error closed, and a few that a busy machine may cost.
    assert server.connections <= PROCESSES * THREADS + count // 10 + 20
