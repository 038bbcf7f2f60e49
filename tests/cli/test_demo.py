"""``demo``: everything that the protocol does, to be seen without a key."""

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


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines that the demo shows."""
    result = run(capsys, "demo", "--pace", "0")
    assert (result.code, result.err) == (0, "")
    return result.out.splitlines()


def after(lines: list[str], name: str) -> list[str]:
    """What stands behind a name at the beginning of a line."""
    pattern = re.compile(rf" +{re.escape(name)} +(.*)")
    return [match[1] for match in map(pattern.fullmatch, lines) if match]


def test_the_parts_are_numbered(shown: list[str]) -> None:
    titles = [line for line in shown if re.match(r"\d\. ", line)]
    assert [title[0] for title in titles] == ["1", "2", "3", "4", "5"]


def test_the_request_is_shown_as_it_is_sent(shown: list[str]) -> None:
    [sent] = after(shown, "sent")
    request = ChatCompletionRequest.from_json(sent, strict=True)
    assert request.stream is True
    assert sent == request.to_json()


def test_the_answer_is_shown_and_counted(shown: list[str]) -> None:
    [sent] = after(shown, "sent")
    [received] = after(shown, "received")
    assert received == f"You said: {json.loads(sent)['messages'][0]['content']}"
    [counted] = after(shown, "gathered")
    # An event for each word, one that opens the answer and one that closes it.
    assert counted.startswith(f"{len(received.split()) + 2} events: UsageInfo(")
    assert f"completion_tokens={len(received.split())}" in counted


def test_a_tool_call_and_its_answer(shown: list[str]) -> None:
    [call] = after(shown, "call")
    assert re.fullmatch(r"get_weather\(city='Paris'\), id \w{9}", call)
    [result] = after(shown, "result")
    assert after(shown, "answer") == [f"The tool says: {result}"]


def test_thinking(shown: list[str]) -> None:
    assert after(shown, "content") == ["a list of ['ThinkChunk', 'TextChunk']"]
    assert after(shown, "thinking") == ["The user said 'What is 2 + 2?'. I repeat it."]
    assert after(shown, "text") == ["You said: What is 2 + 2?"]


def test_a_refused_request_with_its_errors(shown: list[str]) -> None:
    [title] = [line for line in shown if line.startswith("4. ")]
    assert "five mistakes" in title
    problems = after(shown, "problem")
    assert [problem.partition(": ")[0] for problem in problems] == [
        "messages[0].role",
        "messages[1].content",
        "temperature",
        "tool_choice",
        "max_completion_tokens",
    ]
    [refused] = after(shown, "refused")
    assert refused == "422 Unprocessable Content: body.model: Invalid model: mistral-huge"


def test_the_typed_result_and_its_usage(shown: list[str]) -> None:
    [message] = after(shown, "message")
    assert message.startswith("AssistantMessage(role='assistant', content='You said: Bonjour'")
    assert after(shown, "finish") == ["<FinishReason.stop: 'stop'>"]
    [usage] = after(shown, "usage")
    assert re.fullmatch(r"UsageInfo\(prompt_tokens=1, .*total_tokens=4\)", usage)
    assert after(shown, "JSON") == ["to_json and back: the same"]


def test_it_needs_no_key_and_leaves_nothing_running(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MISTRAL_API_KEY")
    before = threading.enumerate()
    assert run(capsys, "demo", "--pace", "0").code == 0
    assert threading.enumerate() == before


def test_tokens_are_shown_as_they_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    class Recorder(io.StringIO):
        def flush(self) -> None:
            flushed.append(self.getvalue())

    flushed: list[str] = []
    monkeypatch.setattr(sys, "stdout", Recorder())
    assert main(["demo", "--pace", "0.001"]) == 0
    steps = [text for text in flushed if text.endswith((" You", " You said:", " said: Tokens"))]
    assert len(steps) == 3
    assert all('"stream":true' in text for text in steps)
