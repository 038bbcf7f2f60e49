"""The Lambda function of docs/embedding.md, run by AWS's own runtime interface client."""

from __future__ import annotations

import sys
from pathlib import Path

from mistral_proto.testing import MockServer
from tests.lambda_runtime.calls import check
from tests.lambda_runtime.function import KEY, running

COMMAND = [sys.executable, "-m", "awslambdaric", "lambda_function.handler"]


def test_calls(tmp_path: Path) -> None:
    with MockServer(api_key=KEY) as server, running(COMMAND, tmp_path, server.url) as api:
        check(api, server)
