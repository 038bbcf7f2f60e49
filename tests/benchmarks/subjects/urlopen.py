"""What one writes by hand: `urlopen`, which connects anew, `json.loads`, and dataclasses."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

from tests.benchmarks.subjects import MESSAGES, MODEL, Client, Subject, naive_types, names
from tests.benchmarks.subjects.naive_types import completion

NAME = names.URLOPEN

_TYPES = Path(naive_types.__file__).read_text("utf-8")
_ASK = """
import json, sys, urllib.request
body = json.dumps({{"model": {model!r}, "messages": {messages!r}, "stream": {stream}}}).encode()
headers = {{"Content-Type": "application/json", "Authorization": "Bearer k"}}
request = urllib.request.Request(sys.argv[1] + "/v1/chat/completions", body, headers)
"""
FIRST_ANSWER = (
    _TYPES
    + _ASK.format(model=MODEL, messages=MESSAGES, stream=False)
    + """
with urllib.request.urlopen(request, timeout=60) as response:
    print(completion(json.loads(response.read())).choices[0].message.content)
"""
)
FIRST_EVENT = (
    _TYPES
    + _ASK.format(model=MODEL, messages=MESSAGES, stream=True)
    + """
with urllib.request.urlopen(request, timeout=60) as response:
    for line in response:
        if line.startswith(b"data: {"):
            print(completion(json.loads(line[6:]), "delta").choices[0].message.content)
            break
"""
)
FUNCTION = f"""{_TYPES}
import urllib.request
headers = {{"Content-Type": "application/json", "Authorization": "Bearer k"}}
def answer(messages, left_ms):
    body = json.dumps({{"model": {MODEL!r}, "messages": messages}}).encode()
    request = urllib.request.Request(sys.argv[1] + "/v1/chat/completions", body, headers)
    with urllib.request.urlopen(request, timeout=left_ms / 1000) as response:
        return completion(json.loads(response.read())).choices[0].message.content
"""


def connect(url: str) -> Client:
    def request(stream: bool) -> urllib.request.Request:
        body = json.dumps({"model": MODEL, "messages": MESSAGES, "stream": stream}).encode()
        headers = {"Content-Type": "application/json", "Authorization": "Bearer k"}
        return urllib.request.Request(f"{url}/v1/chat/completions", body, headers)

    def complete() -> str | None:
        with urllib.request.urlopen(request(False), timeout=60) as response:
            return completion(json.loads(response.read())).choices[0].message.content

    def stream() -> list[str]:
        texts: list[str | None] = []
        with urllib.request.urlopen(request(True), timeout=60) as response:
            for line in response:
                if line.startswith(b"data: {"):
                    piece = completion(json.loads(line[6:]), "delta")
                    texts.append(piece.choices[0].message.content)
        return [text or "" for text in texts]

    return Client(complete, stream)


SUBJECT = Subject(
    name=NAME,
    module="urlopen",
    client="import urllib.request, json",
    first_answer=FIRST_ANSWER,
    first_event=FIRST_EVENT,
    function=FUNCTION,
    connect=connect,
)
