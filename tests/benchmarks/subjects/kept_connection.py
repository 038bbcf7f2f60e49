"""The least that it can cost with the standard library: `http.client`, on a connection that is kept."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from tests.benchmarks.subjects import MESSAGES, MODEL, Client, Subject, names

NAME = names.KEPT


def connect(url: str) -> Client:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    headers = {"Content-Type": "application/json", "Authorization": "Bearer k"}

    def ask(stream: bool) -> http.client.HTTPResponse:
        body = json.dumps({"model": MODEL, "messages": MESSAGES, "stream": stream}).encode()
        connection.request("POST", f"{parts.path}/v1/chat/completions", body, headers)
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

    return Client(complete, stream, connection.close)


SUBJECT = Subject(name=NAME, module="kept_connection", connect=connect)
