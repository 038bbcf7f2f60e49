"""``demo``: each part of the protocol is shown, without a key."""

from __future__ import annotations

import io
import json
import re
import sys
import threading

import pytest

from mistral_proto import ChatCompletionRequest
from mistral_proto.cli import main
from tests.cli.commands import run


def test_the_demo(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MISTRAL_API_KEY")
    threads = threading.enumerate()
    code, out, err = run(capsys, "demo", "--pace", "0")
    assert (code, err) == (0, "")
    assert threading.enumerate() == threads
    assert re.findall(r"^(\d)\. ", out, re.MULTILINE) == ["1", "2", "3", "4", "5"]

    shown: dict[str, list[str]] = {}
    for label, text in re.findall(r"^   (\w+) +(.*)$", out, re.MULTILINE):
        shown.setdefault(label, []).append(text)
    [sent], [received], [gathered] = shown["sent"], shown["received"], shown["gathered"]
    request = ChatCompletionRequest.from_json(sent, strict=True)
    assert request.stream is True and sent == request.to_json()
    assert received == f"You said: {json.loads(sent)['messages'][0]['content']}"
    words = len(received.split())
    # One event per word, one that opens the answer, and one that ends it.
    assert gathered.startswith(f"{words + 2} events: UsageInfo(")
    assert f"completion_tokens={words}" in gathered

    [call], [result], [answer] = shown["call"], shown["result"], shown["answer"]
    assert re.fullmatch(r"get_weather\(city='Paris'\), id \w{9}", call)
    assert answer == f"The tool says: {result}"

    assert shown["content"] == ["a list of ['ThinkChunk', 'TextChunk']"]
    assert shown["thinking"] == ["The user said 'What is 2 + 2?'. I repeat it."]
    assert shown["text"] == ["You said: What is 2 + 2?"]

    paths = [problem.partition(": ")[0] for problem in shown["problem"]]
    assert paths == [
        "messages[0].role",
        "messages[1].content",
        "temperature",
        "tool_choice",
        "max_completion_tokens",
    ]
    [refused] = shown["refused"]
    assert refused == "422 Unprocessable Content: body.model: Invalid model: mistral-huge"

    [message], [usage] = shown["message"], shown["usage"]
    assert message.startswith("AssistantMessage(role='assistant', content='You said: Bonjour'")
    assert re.fullmatch(r"UsageInfo\(prompt_tokens=1, .*total_tokens=4\)", usage)
    assert shown["finish"] == ["<FinishReason.stop: 'stop'>"]
    assert shown["JSON"] == ["to_json and back: the same"]


def test_tokens_are_shown_as_they_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    class Recorder(io.StringIO):
        def flush(self) -> None:
            flushed.append(self.getvalue())

    flushed: list[str] = []
    monkeypatch.setattr(sys, "stdout", Recorder())
    assert main(["demo", "--pace", "0.001"]) == 0
    steps = [text for text in flushed if text.endswith((" You", " You said:", " said: Tokens"))]
    assert len(steps) == 3
    assert all('"stream":true' in text for text in steps)
