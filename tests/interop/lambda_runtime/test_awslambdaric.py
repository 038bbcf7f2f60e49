"""The Lambda function of docs/embedding.md, run by AWS's own runtime interface client."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mistral_proto.testing import MockServer
from tests.lambda_runtime.calls import CHECKS
from tests.lambda_runtime.emulator import RuntimeAPI
from tests.lambda_runtime.function import KEY, running

COMMAND = [sys.executable, "-m", "awslambdaric", "lambda_function.handler"]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_calls(check: Callable[[RuntimeAPI, MockServer], None], tmp_path: Path) -> None:
    with MockServer(api_key=KEY) as server:
        with running(COMMAND, tmp_path, server.url, isolated=False) as api:
            check(api, server)
