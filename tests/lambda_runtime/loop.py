"""Lambda's runtime for Python in its least form: ``python loop.py module.function``."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from importlib import import_module
from typing import Any


class Context:
    """The context of a call, which a handler gets."""

    def __init__(self, headers: Any) -> None:
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self) -> int:
        return max(self._deadline_ms - int(time.time() * 1000), 0)


def exchange(path: str, body: bytes | None = None) -> tuple[Any, Any]:
    address = os.environ["AWS_LAMBDA_RUNTIME_API"]
    url = f"http://{address}/2018-06-01/runtime/invocation/{path}"
    with urllib.request.urlopen(url, body) as response:
        return response.headers, json.load(response)


def main(name: str) -> None:
    module, _, function = name.rpartition(".")
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    handler = getattr(import_module(module), function)
    while True:
        headers, event = exchange("next")
        context = Context(headers)
        answer = json.dumps(handler(event, context)).encode()
        exchange(f"{context.aws_request_id}/response", answer)


if __name__ == "__main__":
    main(sys.argv[1])
