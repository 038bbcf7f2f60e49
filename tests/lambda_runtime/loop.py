"""Lambda's runtime for Python in its least form: ``python loop.py module.function``."""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from importlib import import_module
from typing import Any

_ROOT = "/2018-06-01/runtime/invocation"


class Context:
    """The context of a call, which a handler gets."""

    def __init__(self, headers: Any) -> None:
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self) -> int:
        return max(self._deadline_ms - int(time.time() * 1000), 0)


def exchange(method: str, path: str, body: bytes | None = None) -> tuple[Any, bytes]:
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, f"{_ROOT}/{path}", body)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.headers, content


def main(name: str) -> None:
    module, _, function = name.rpartition(".")
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    handler = getattr(import_module(module), function)
    while True:
        headers, event = exchange("GET", "next")
        context = Context(headers)
        document = handler(json.loads(event), context)
        exchange("POST", f"{context.aws_request_id}/response", json.dumps(document).encode())


if __name__ == "__main__":
    main(sys.argv[1])
