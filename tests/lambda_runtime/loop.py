"""What Lambda's runtime for Python does, in its least form: ``python loop.py module.function``."""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
import traceback
from importlib import import_module
from typing import Any

_ROOT = "/2018-06-01/runtime"


class Context:
    """What a handler learns of the call that it answers."""

    function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")

    def __init__(self, headers: Any) -> None:
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self) -> int:
        return max(self._deadline_ms - int(time.time() * 1000), 0)


def exchange(method: str, path: str, document: object = None) -> tuple[Any, bytes]:
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    body = None if method == "GET" else json.dumps(document).encode()
    connection.request(method, _ROOT + path, body)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.headers, content


def failure(error: Exception) -> dict[str, object]:
    return {
        "errorType": type(error).__name__,
        "errorMessage": str(error),
        "stackTrace": traceback.format_tb(error.__traceback__),
    }


def main(name: str) -> None:
    module, _, function = name.rpartition(".")
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    try:
        handler = getattr(import_module(module), function)
    except Exception as error:
        exchange("POST", "/init/error", failure(error))
        raise SystemExit(1) from None
    while True:
        headers, event = exchange("GET", "/invocation/next")
        context = Context(headers)
        try:
            what, document = "response", handler(json.loads(event), context)
        except Exception as error:
            what, document = "error", failure(error)
        exchange("POST", f"/invocation/{context.aws_request_id}/{what}", document)


if __name__ == "__main__":
    main(sys.argv[1])
