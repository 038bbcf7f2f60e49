"""The least that it can cost with the standard library: `http.client`, on a connection that is kept."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from tests.benchmarks.subject import MESSAGES, MODEL, Subject

NAME = "kept http.client + json.loads"


def subject(url: str) -> Subject:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    headers = {"Content-Type": "application/json", "Authorization": "Bearer k"}

    def ask(stream: bool) -> http.client.HTTPResponse:
        body = json.dumps({"model": MODEL, "messages": MESSAGES, "stream": stream}).encode()
        connection.request("POST", "/v1/chat/completions", body, headers)
        return connection.getresponse()

    def complete() -> str | None:
        document: Any = json.loads(ask(False).read())
        text: str = document["choices"][0]["message"]["content"]
        return text

    def stream() -> list[str]:
        return [
            json.loads(line[6:])["choices"][0]["delta"]["content"]
            for line in ask(True)
            if line.startswith(b"data: {")
        ]

    return Subject(NAME, complete, stream)
