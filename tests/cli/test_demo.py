"""``demo``: each part of the protocol is shown, without a key."""

from __future__ import annotations

import io
import re
import sys
import threading

import pytest

from mistral_proto import ChatCompletionRequest
from mistral_proto.cli import main

PROBLEMS = ["messages[0].role", "messages[1].content", "temperature", "tool_choice"]


def test_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    class Recorder(io.StringIO):
        def flush(self) -> None:
            flushed.append(self.getvalue())

    flushed: list[str] = []
    monkeypatch.setattr(sys, "stdout", Recorder())
    monkeypatch.delenv("MISTRAL_API_KEY")
    threads = threading.enumerate()
    assert main(["demo", "--pace", "0.001"]) == 0
    assert threading.enumerate() == threads
    out = flushed[-1]
    assert re.findall(r"^(\d)\. ", out, re.MULTILINE) == ["1", "2", "3", "4", "5"]
    shown: dict[str, list[str]] = {}
    for label, text in re.findall(r"^   (\w+) +(.*)$", out, re.MULTILINE):
        shown.setdefault(label, []).append(text)

    [sent], [received], [gathered] = shown["sent"], shown["received"], shown["gathered"]
    request = ChatCompletionRequest.from_json(sent, strict=True)
    assert request.stream is True and sent == request.to_json()
    assert received == f"You said: {request.messages[0].text}"
    words = len(received.split())
    # One event per word, one that opens the answer, and one that ends it.
    assert gathered.startswith(f"{words + 2} events: UsageInfo(")
    steps = [text for text in flushed if text.endswith((" You", " You said:", " said: Tokens"))]
    assert len(steps) == 3

    [call], [result], [answer] = shown["call"], shown["result"], shown["answer"]
    assert re.fullmatch(r"get_weather\(city='Paris'\), id \w{9}", call)
    assert answer == f"The tool says: {result}"
    assert shown["thinking"] == ["The user said 'What is 2 + 2?'. I repeat it."]
    assert shown["text"] == ["You said: What is 2 + 2?"]
    paths = [problem.partition(": ")[0] for problem in shown["problem"]]
    assert paths == [*PROBLEMS, "max_completion_tokens"]
    assert shown["refused"] == [
        "422 Unprocessable Content: body.model: Invalid model: mistral-huge"
    ]
    assert shown["message"][0].startswith("AssistantMessage(role='assistant', content='You said: ")
    assert shown["JSON"] == ["to_json and back: the same"]
