"""What one writes by hand: `urlopen`, which connects anew, and `json.loads`."""

from __future__ import annotations

import json
import urllib.request

from tests.benchmarks.subject import MESSAGES, MODEL, Subject

NAME = "urlopen + json.loads"


def subject(url: str) -> Subject:
    def request(stream: bool) -> urllib.request.Request:
        body = json.dumps({"model": MODEL, "messages": MESSAGES, "stream": stream}).encode()
        headers = {"Content-Type": "application/json", "Authorization": "Bearer k"}
        return urllib.request.Request(f"{url}/v1/chat/completions", body, headers)

    def complete() -> str | None:
        with urllib.request.urlopen(request(False), timeout=10) as response:
            text: str = json.loads(response.read())["choices"][0]["message"]["content"]
            return text

    def stream() -> list[str]:
        texts: list[str] = []
        with urllib.request.urlopen(request(True), timeout=10) as response:
            for line in response:
                if line.startswith(b"data: {"):
                    texts.append(json.loads(line[6:])["choices"][0]["delta"]["content"])
        return texts

    return Subject(NAME, complete, stream)
