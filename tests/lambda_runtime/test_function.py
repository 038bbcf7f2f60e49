"""The Lambda function and streaming runtime of docs/embedding.md, run as Lambda runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mistral_proto.testing import ErrorReply, Fault, MockServer
from tests.lambda_runtime import loop
from tests.lambda_runtime.calls import BROKEN, CHECKS, HI, event
from tests.lambda_runtime.emulator import WAIT, RuntimeAPI
from tests.lambda_runtime.function import KEY, running

WHOLE = [sys.executable, str(loop.__file__), "lambda_function.handler"]
STREAMED = [sys.executable, "streaming_runtime.py"]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_whole_answers(check: Callable[[RuntimeAPI, MockServer], None], tmp_path: Path) -> None:
    with MockServer(api_key=KEY) as server, running(WHOLE, tmp_path, server.url) as api:
        check(api, server)


def test_a_function_that_can_not_start(tmp_path: Path) -> None:
    with RuntimeAPI() as api:
        done = subprocess.run(
            [sys.executable, str(loop.__file__), "missing.handler"],
            env={**os.environ, "AWS_LAMBDA_RUNTIME_API": api.address, "LAMBDA_TASK_ROOT": "."},
            cwd=tmp_path,
        )
        assert done.returncode == 1
        posted = api.init_errors.get(timeout=WAIT)
    assert (posted.kind, posted.document["errorType"]) == ("init error", "ModuleNotFoundError")


def prelude(status: int) -> bytes:
    head = {"statusCode": status, "headers": {"Content-Type": "text/plain; charset=utf-8"}}
    return json.dumps(head).encode() + bytes(8)


def test_streamed_answers(tmp_path: Path) -> None:
    with MockServer(api_key=KEY) as server, running(STREAMED, tmp_path, server.url) as api:
        for _ in range(2):
            posted = api.invoke(event({"messages": HI})).posted.get(timeout=WAIT)
            assert (posted.kind, posted.whole) == ("response", True)
            assert posted.pieces == [prelude(200), b"You", b" said:", b" Hi"]
            assert posted.headers["lambda-runtime-function-response-mode"] == "streaming"
            assert posted.headers["content-type"].endswith(".http-integration-response")
        assert server.connections == 1

        server.reply(ErrorReply(401, "No such key"))
        posted = api.invoke(event({"messages": HI})).posted.get(timeout=WAIT)
        assert posted.kind == "error"
        assert posted.document == {
            "errorType": "SDKError",
            "errorMessage": "401 Unauthorized: No such key",
        }

        for changed in BROKEN:
            posted = api.invoke(event(None, **changed)).posted.get(timeout=WAIT)
            assert (posted.kind, posted.pieces[0], posted.whole) == ("response", prelude(400), True)
            assert len(posted.pieces) == 2

        server.reply(Fault.cut_stream)
        invocation = api.invoke(event({"messages": HI}))
        ends = {one.kind: one for one in (invocation.posted.get(timeout=WAIT) for _ in range(2))}
        assert (ends["response"].pieces, ends["response"].whole) == ([prelude(200), b"You"], False)
        assert ends["error"].document["errorType"] == "IncompleteStreamError"

        server.reply(Fault.stall_stream)
        invocation = api.invoke(event({"messages": HI}), seconds=1.0)
        ends = {one.kind: one for one in (invocation.posted.get(timeout=WAIT) for _ in range(2))}
        assert "timed out" in ends["error"].document["errorMessage"]

        posted = api.invoke(event({"messages": HI})).posted.get(timeout=WAIT)
        assert posted.body == prelude(200) + b"You said: Hi"
