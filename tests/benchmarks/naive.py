"""The script that people write by hand: urllib, json and dataclasses, without any check.

``python naive.py URL`` asks for one answer and prints its text.
"""

import json
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

QUESTION = "Who is the best French painter? Answer in one short sentence."


@dataclass(frozen=True)
class Message:
    role: str
    content: str | None


@dataclass(frozen=True)
class Choice:
    index: int
    message: Message
    finish_reason: str | None


@dataclass(frozen=True)
class Usage:
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


@dataclass(frozen=True)
class Completion:
    id: str
    model: str
    created: int
    choices: list[Choice]
    usage: Usage | None


def completion(document: dict[str, Any], message: str = "message") -> Completion:
    """Return an answer, or with ``message="delta"`` a piece of a streamed one."""
    choices = [
        Choice(
            choice["index"],
            Message(choice[message].get("role", "assistant"), choice[message].get("content")),
            choice.get("finish_reason"),
        )
        for choice in document["choices"]
    ]
    usage = document.get("usage")
    return Completion(
        document["id"],
        document["model"],
        document["created"],
        choices,
        Usage(usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"])
        if usage
        else None,
    )


def request(url: str, stream: bool) -> urllib.request.Request:
    messages = [{"role": "user", "content": QUESTION}]
    body = {"model": "mistral-small-latest", "messages": messages, "stream": stream}
    headers = {"Content-Type": "application/json", "Authorization": "Bearer key"}
    return urllib.request.Request(url + "/v1/chat/completions", json.dumps(body).encode(), headers)


def complete(url: str) -> str | None:
    """Return the text of an answer."""
    with urllib.request.urlopen(request(url, False), timeout=60) as response:
        return completion(json.loads(response.read())).choices[0].message.content


def stream(url: str) -> Iterator[str | None]:
    """Yield the text of each event of a streamed answer."""
    with urllib.request.urlopen(request(url, True), timeout=60) as response:
        for line in response:
            if line.startswith(b"data: {"):
                yield completion(json.loads(line[6:]), "delta").choices[0].message.content


if __name__ == "__main__":
    print(complete(sys.argv[1]))
