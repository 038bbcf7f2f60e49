"""The Lambda function and streaming runtime of docs/embedding.md, run as Lambda runs them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mistral_proto.testing import ErrorReply, Fault, MockServer
from tests.lambda_runtime import loop
from tests.lambda_runtime.calls import BROKEN, HI, check, event
from tests.lambda_runtime.emulator import WAIT
from tests.lambda_runtime.function import KEY, running

# Isolated: a runtime sees nothing but the layer and the standard library.
WHOLE = [sys.executable, "-S", str(loop.__file__), "lambda_function.handler"]
STREAMED = [sys.executable, "-S", "streaming_runtime.py"]


def test_whole_answers(tmp_path: Path) -> None:
    with MockServer(api_key=KEY) as server, running(WHOLE, tmp_path, server.url) as api:
        check(api, server)


def prelude(status: int) -> bytes:
    head = {"statusCode": status, "headers": {"Content-Type": "text/plain; charset=utf-8"}}
    return json.dumps(head).encode() + bytes(8)


def test_streamed_answers(tmp_path: Path) -> None:
    with MockServer(api_key=KEY) as server, running(STREAMED, tmp_path, server.url) as api:
        for _ in range(2):
            posted = api.call(event(HI))
            assert (posted.kind, posted.whole) == ("response", True)
            assert posted.pieces == [prelude(200), b"You", b" said:", b" Hi"]
            assert posted.headers["lambda-runtime-function-response-mode"] == "streaming"
            assert posted.headers["content-type"].endswith(".http-integration-response")
        assert server.connections == 1

        server.reply(ErrorReply(401, "No such key"))
        posted = api.call(event(HI))
        assert (posted.kind, posted.document["errorType"]) == ("error", "SDKError")
        assert posted.document["errorMessage"] == "401 Unauthorized: No such key"
        for changed in BROKEN:
            posted = api.call(event(None, **changed))
            assert (posted.kind, posted.pieces[0], posted.whole) == ("response", prelude(400), True)
            assert len(posted.pieces) == 2

        server.reply(Fault.cut_stream)
        invocation = api.start(event(HI))
        ends = {one.kind: one for one in (invocation.posted.get(timeout=WAIT) for _ in range(2))}
        assert (ends["response"].pieces, ends["response"].whole) == ([prelude(200), b"You"], False)
        assert ends["error"].document["errorType"] == "IncompleteStreamError"
        server.reply(Fault.stall_stream)
        invocation = api.start(event(HI), seconds=1.0)
        ends = {one.kind: one for one in (invocation.posted.get(timeout=WAIT) for _ in range(2))}
        assert "timed out" in ends["error"].document["errorMessage"]
        assert b"".join(api.call(event(HI)).pieces) == prelude(200) + b"You said: Hi"
