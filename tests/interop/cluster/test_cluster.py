"""Requests by the thousand over the processes of a Dask cluster, as in docs/batch.md."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from dask.distributed import Client

from mistral_proto import ChatCompletionRequest, FinishReason, HTTPValidationError, SDKError
from mistral_proto.testing import ErrorReply, ErrorShape, MockServer
from tests.package.pages import write_files

KEY = "sk-of-nobody"
PROCESSES, THREADS = 2, 2


def said(number: int) -> str:
    return f"You said: What is {number} in words?"


def test_the_program_of_the_docs(tmp_path: Path) -> None:
    with MockServer(api_key=KEY) as server:
        write_files(tmp_path, "questions.py", "many_machines.py", server_url=server.url)
        done = subprocess.run(
            [sys.executable, "many_machines.py"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.getcwd(), "MISTRAL_API_KEY": KEY},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        assert done.stdout.splitlines() == [said(number) for number in range(2000)]
        assert len(server.requests) == 2000


REFUSED = ErrorReply(400, "No such number")
INVALID = ErrorReply(
    422, "", ErrorShape.detail, [{"loc": ["body", "n"], "msg": "Too small", "type": "x"}]
)


def rule(request: ChatCompletionRequest) -> Any:
    number = int(request.messages[0].text.split()[2])
    return INVALID if number % 100 == 99 else REFUSED if number % 10 == 9 else said(number)


def test_thousands_of_requests_with_failures_among_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 3000
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)  # which the workers inherit
    monkeypatch.syspath_prepend(tmp_path)
    with MockServer([rule] * count, api_key=KEY) as server:
        write_files(tmp_path, "questions.py", server_url=server.url)
        questions: Any = import_module("questions")
        with Client(
            n_workers=PROCESSES, threads_per_worker=THREADS, processes=True, dashboard_address=None
        ) as cluster:
            futures = cluster.map(questions.ask, questions.requests(count), pure=False)
            answers: list[Any] = cluster.gather(futures)
        assert len(answers) == len(server.requests) == count
        for number, answer in enumerate(answers):
            if number % 10 != 9:
                [choice] = answer.choices
                assert choice.message.text == said(number)
                assert choice.finish_reason == FinishReason.stop
            elif number % 100 != 99:
                assert type(answer) is SDKError
                assert (answer.status_code, str(answer)) == (400, "400 Bad Request: No such number")
            else:
                assert type(answer) is HTTPValidationError
                assert answer.data.detail[0].loc == ["body", "n"]
            assert KEY not in repr(answer)
        # A connection for each thread, but for those that an error closed, and a few that a busy
        # machine may cost.
        assert server.connections <= PROCESSES * THREADS + count // 10 + 20
