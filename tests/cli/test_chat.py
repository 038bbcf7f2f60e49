"""``chat``: what it sends, what it shows, and what it says when it fails."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    BackoffStrategy,
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    RetryConfig,
    TextChunk,
    ThinkChunk,
)
from mistral_proto.cli import main
from mistral_proto.testing import ErrorReply, ErrorShape, Fault, MockServer, RawReply, StreamReply
from mistral_proto.testing.replies import Reply
from tests.cli.commands import FakeTerminal, Result, run, stdin_of

THOUGHT = AssistantMessage(
    content=[ThinkChunk(thinking=[TextChunk(text="Let me see. ")]), TextChunk(text="It is 4.")]
)
MODES = pytest.mark.parametrize("mode", [[], ["--no-stream"]], ids=["streamed", "whole"])


def chat(
    capsys: pytest.CaptureFixture[str], server: MockServer, *arguments: str, question: str = "Hi"
) -> Result:
    return run(capsys, "chat", question, "--server-url", server.url, *arguments)


HI = {"role": "user", "content": "Hi"}
PLAIN: dict[str, Any] = {"model": "mistral-small-latest", "messages": [HI], "stream": True}

SENT: list[tuple[str, list[str], dict[str, Any]]] = [
    ("nothing", [], {}),
    ("--model", ["--model", "m"], {"model": "m"}),
    ("--temperature", ["--temperature", "0.5"], {"temperature": 0.5}),
    ("--temperature 0", ["--temperature=0"], {"temperature": 0}),
    ("--max-tokens", ["--max-tokens", "2"], {"max_tokens": 2}),
    ("--no-stream", ["--no-stream"], {"stream": False}),
    ("--json", ["--json"], {}),
    (
        "--system",
        ["--system", "Be brief."],
        {"messages": [{"role": "system", "content": "Be brief."}, HI]},
    ),
    ("an empty --system", ["--system", ""], {"messages": [{"role": "system", "content": ""}, HI]}),
]


@pytest.mark.parametrize(
    ("arguments", "fields"), [case[1:] for case in SENT], ids=[case[0] for case in SENT]
)
def test_an_option_is_sent(
    capsys: pytest.CaptureFixture[str], arguments: list[str], fields: dict[str, Any]
) -> None:
    with MockServer() as server:
        result = chat(capsys, server, *arguments)
    assert (result.code, result.err) == (0, "")
    [received] = server.requests
    assert json.loads(received.body) == {**PLAIN, **fields}
    assert received.headers["authorization"] == "Bearer test-key"


@MODES
@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ("Bonjour à tous", "Bonjour à tous\n"),
        ("Two\nlines", "Two\nlines\n"),
        ("", "\n"),
        (THOUGHT, "It is 4.\n"),
        # Not for a terminal, so not ours to change.
        ("\x1b[31mred\x07\r\u202e\x00", "\x1b[31mred\x07\r\u202e\x00\n"),
    ],
    ids=["text", "lines", "nothing", "thinking", "control characters"],
)
def test_an_answer_is_shown(
    capsys: pytest.CaptureFixture[str], mode: list[str], reply: Reply, shown: str
) -> None:
    with MockServer([reply]) as server:
        assert chat(capsys, server, *mode) == (0, shown, "")


def test_an_answer_is_shown_as_it_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    class Recorder(FakeTerminal):
        def flush(self) -> None:
            flushed.append(self.getvalue())

    flushed: list[str] = []
    monkeypatch.setattr(sys, "stdout", Recorder())
    with MockServer(["One two three"]) as server:
        assert main(["chat", "Hi", "--server-url", server.url]) == 0
    steps = list(dict.fromkeys(flushed))
    assert steps == ["One", "One two", "One two three", "One two three\n"]


def test_json_of_a_whole_answer(capsys: pytest.CaptureFixture[str]) -> None:
    with MockServer([THOUGHT]) as server:
        result = chat(capsys, server, "--json", "--no-stream")
    assert (result.code, result.err) == (0, "")
    [line] = result.out.splitlines()
    assert ChatCompletionResponse.from_json(line).choices[0].message == THOUGHT


def test_json_of_a_stream(capsys: pytest.CaptureFixture[str]) -> None:
    with MockServer([THOUGHT]) as server:
        result = chat(capsys, server, "--json")
    assert (result.code, result.err) == (0, "")
    pieces = [ChatCompletionStreamResponse.from_json(line) for line in result.out.splitlines()]
    assert "".join([piece.choices[0].delta.text for piece in pieces]) == "It is 4."
    assert pieces[-1].usage is not None


@pytest.mark.parametrize("data", ["Hi", "Hi\n", "One\n\ntwo é\n"], ids=repr)
def test_a_question_from_stdin(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, data: str
) -> None:
    monkeypatch.setattr(sys, "stdin", stdin_of(data.encode()))
    with MockServer(["Oui"]) as server:
        assert chat(capsys, server, question="-") == (0, "Oui\n", "")
    [received] = server.requests
    assert json.loads(received.body)["messages"] == [
        {"role": "user", "content": data.removesuffix("\n")}
    ]


@pytest.mark.parametrize("data", ["", " \n"], ids=repr)
def test_an_empty_question_is_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, data: str
) -> None:
    monkeypatch.setattr(sys, "stdin", stdin_of(data.encode()))
    with MockServer() as server:
        result = chat(capsys, server, question="-")
    assert (result.code, result.error) == (1, "the question is empty")
    assert server.connections == 0


def test_a_question_that_is_not_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", stdin_of(b"\xff"))
    with MockServer() as server:
        result = chat(capsys, server, question="-")
    assert (result.code, result.out) == (1, "")
    assert "can't decode" in result.error
    assert server.requests == []


NOT_JSON = RawReply([b"<title>Hello</title>"], headers={"content-type": "text/html"})
WRONG = RawReply([b'{"choices":2}'], headers={"content-type": "application/json"})
WRONG_EVENT = RawReply([b'data: {"choices":2}\n\n'])
BROKEN = "the connection was closed in the middle of it"

# A reply, a part of what is then said on stderr, and what was shown before.
FAILURES: list[tuple[str, Reply, list[str], str, str]] = [
    ("401", ErrorReply(401, "No", ErrorShape.detail), [], "401 Unauthorized: No", ""),
    ("401, a text", ErrorReply(401, "No", ErrorShape.text), [], "401 Unauthorized: No", ""),
    ("429", ErrorReply(429, "Slow down"), ["--no-stream"], "429 Too Many Requests: Slow down", ""),
    ("502, a page", ErrorReply(502, "Oops", ErrorShape.html), [], "502 Bad Gateway: Oops", ""),
    (
        "lines and escapes",
        ErrorReply(503, "Over\nloaded\x1b[2J", ErrorShape.error),
        [],
        "503 Service Unavailable: Over loaded [2J",
        "",
    ),
    (
        "422",
        ErrorReply(
            422,
            shape=ErrorShape.message_detail,
            detail=[
                {"type": "x", "loc": ["body", "model"], "msg": "Invalid model"},
                {"type": "x", "loc": ["body", "n"], "msg": "Too many"},
            ],
        ),
        [],
        "422 Unprocessable Content: body.model: Invalid model; body.n: Too many",
        "",
    ),
    ("closed", Fault.close, [], "no answer from ", ""),
    ("not HTTP", Fault.garbage, ["--no-stream"], "what came is not HTTP", ""),
    ("cut", Fault.cut_body, ["--no-stream"], f"the answer broke off: {BROKEN}", ""),
    ("cut in a stream", Fault.cut_stream, [], f"the stream broke off: {BROKEN}", "You"),
    ("no end", Fault.no_done, [], "the stream ended without [DONE] or a finish reason", "You"),
    ("an error in a stream", Fault.error_event, [], "the model broke down", "You"),
    ("a page", NOT_JSON, ["--no-stream"], "the answer is not a chat completion", ""),
    ("a page for a stream", NOT_JSON, [], "the answer is not an event stream", ""),
    ("another document", WRONG, ["--no-stream"], "the answer is not a chat completion", ""),
    ("another event", WRONG_EVENT, [], "an event is not a completion event", ""),
    ("no event at all", RawReply([b"data: [DONE]\n\n"]), [], "", ""),
    ("no event, no end", StreamReply([], done=False), [], "the stream ended without", ""),
]


@pytest.mark.parametrize(
    ("reply", "arguments", "said", "shown"),
    [case[1:] for case in FAILURES],
    ids=[case[0] for case in FAILURES],
)
def test_a_failure_is_one_line(
    capsys: pytest.CaptureFixture[str], reply: Reply, arguments: list[str], said: str, shown: str
) -> None:
    with MockServer([reply]) as server:
        result = chat(capsys, server, *arguments)
    assert result.code == 1
    assert said in result.error
    assert result.out.rstrip("\n") == shown


@MODES
def test_it_says_that_it_waits(
    mode: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = RetryConfig("backoff", BackoffStrategy(1, 1, 1.0, 60_000, 0), True)
    monkeypatch.setattr("mistral_proto.client.mistral.DEFAULT_RETRY_CONFIG", soon)
    with MockServer([ErrorReply(503, "Busy"), "Hello"]) as server:
        result = chat(capsys, server, *mode)
    assert (result.code, result.out) == (0, "Hello\n")
    [line] = result.err.splitlines()
    assert "503 Service Unavailable: Busy" in line and "try 2" in line
    assert logging.getLogger("mistral_proto").handlers == []


def test_the_wrong_key(capsys: pytest.CaptureFixture[str]) -> None:
    with MockServer(api_key="another") as server:
        result = chat(capsys, server)
    assert (result.code, result.out) == (1, "")
    assert result.error == "401 Unauthorized: Unauthorized"
    assert "test-key" not in result.err


def turns(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    server: MockServer,
    typed: str,
    *arguments: str,
) -> Result:
    """Run without a question, in what looks like a terminal on the side of stdin."""
    monkeypatch.setattr(sys, "stdin", FakeTerminal(typed))
    return run(capsys, "chat", "--server-url", server.url, *arguments)


def sent_messages(server: MockServer) -> list[Any]:
    return [json.loads(received.body)["messages"] for received in server.requests]


@MODES
def test_turns_follow_each_other(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, mode: list[str]
) -> None:
    with MockServer(["Un", THOUGHT, "Trois"]) as server:
        result = turns(
            capsys, monkeypatch, server, "one\n\n  \ntwo\nthree\n", "--system", "S", *mode
        )
    assert result.code == 0
    lines = [line.lstrip("> ") for line in result.out.splitlines()]
    assert [line for line in lines if line] == ["Un", "It is 4.", "Trois"]

    first, second, third = sent_messages(server)
    assert first == [{"role": "system", "content": "S"}, {"role": "user", "content": "one"}]
    assert second[:2] == first
    assert [message["role"] for message in third] == ["system", *["user", "assistant"] * 2, "user"]
    assert [message["content"] for message in third if message["role"] == "user"] == [
        "one",
        "two",
        "three",
    ]
    # Thinking goes back too, as the model sent it.
    assert third[4]["content"] == THOUGHT.to_dict()["content"]


NO_CHOICE = ChatCompletionResponse.from_dict({"model": "m", "choices": []})
FROM_A_USER = ChatCompletionResponse.from_dict(
    {"model": "m", "choices": [{"index": 0, "message": {"role": "user", "content": "Yo"}}]}
)


@pytest.mark.parametrize("reply", [NO_CHOICE, FROM_A_USER], ids=["no choice", "not its own"])
def test_only_an_answer_of_the_model_goes_back(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    with MockServer([reply, "Oui"]) as server:
        assert turns(capsys, monkeypatch, server, "one\ntwo\n", "--no-stream").code == 0
    assert [message["role"] for message in sent_messages(server)[1]] == ["user", "user"]


def test_no_turn_at_all(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with MockServer() as server:
        assert turns(capsys, monkeypatch, server, "").code == 0
    assert server.requests == []


def test_an_interrupt_at_the_prompt(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(FakeTerminal):
        def readline(self, size: int | None = -1) -> str:  # type: ignore[override]
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", Interrupted())
    result = run(capsys, "chat", "--server-url", "http://127.0.0.1:9")
    assert (result.code, result.err.removeprefix("> ")) == (130, "\n")


# A text, and how a terminal gets it.
SAFE: list[tuple[str, str, str]] = [
    ("plain", "Où est-ce ? 日本語 🙂\n\tlà", "Où est-ce ? 日本語 🙂\n\tlà"),
    ("colours", "\x1b[31mred\x1b[0m", "\ufffd[31mred\ufffd[0m"),
    ("a title", "\x1b]0;owned\x07", "\ufffd]0;owned\ufffd"),
    ("C1 controls", "a\x9b2Jb\x85c", "a\ufffd2Jb\ufffdc"),
    ("carriage return", "abc\rx", "abc\ufffdx"),
    ("backspace, delete", "ab\x08\x7f", "ab\ufffd\ufffd"),
    ("text direction", "a\u202eb\u2066c", "a\ufffdb\ufffdc"),
    ("half a pair", "a\ud83db", "a\ufffdb"),
    # Of spaces and of what joins letters there is nothing to fear, and much to lose.
    ("French spaces", "Ça va\u00a0? Oui\u202f!", "Ça va\u00a0? Oui\u202f!"),
    ("a Japanese space", "日本\u3000語", "日本\u3000語"),
    ("joined emoji", "👩\u200d💻", "👩\u200d💻"),
]


@MODES
@pytest.mark.parametrize(
    ("text", "safe"), [case[1:] for case in SAFE], ids=[case[0] for case in SAFE]
)
def test_a_terminal_gets_nothing_that_drives_it(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    mode: list[str],
    text: str,
    safe: str,
) -> None:
    out = FakeTerminal()
    monkeypatch.setattr(sys, "stdout", out)
    with MockServer([text]) as server:
        result = chat(capsys, server, *mode)
    assert (result.code, result.err) == (0, "")
    assert out.getvalue() == safe + "\n"


@MODES
def test_thinking_is_shown_to_a_person_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, mode: list[str]
) -> None:
    err = FakeTerminal()
    monkeypatch.setattr(sys, "stderr", err)
    thinking = ThinkChunk(thinking=[TextChunk(text="One\x1b[2J two")])
    with MockServer([AssistantMessage(content=[thinking, TextChunk(text="It is 4.")])]) as server:
        result = chat(capsys, server, *mode)
    assert (result.code, result.out) == (0, "It is 4.\n")
    shown = err.getvalue()
    assert shown.startswith("\x1b[2m") and shown.endswith("\x1b[0m\n")
    assert shown.replace("\x1b[2m", "").replace("\x1b[0m", "") == "One\ufffd[2J two\n"


def test_a_conversation_outlives_a_failure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", FakeTerminal("one\ntwo\nthree\n"))
    with MockServer(["Oui.", Fault.cut_stream, "Non."]) as server:
        result = run(capsys, "chat", "--server-url", server.url)
    assert result.code == 0
    assert "mistral_proto: error: the stream broke off" in result.err
    request = server.requests[-1].request
    assert request is not None
    assert [message.text for message in request.messages] == ["one", "Oui.", "three"]


def test_on_a_terminal_a_failure_has_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = FakeTerminal(), FakeTerminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    with MockServer([Fault.cut_stream]) as server:
        assert main(["chat", "Hi", "--server-url", server.url]) == 1
    assert out.getvalue() == "You"
    assert err.getvalue().startswith("\nmistral_proto: error: the stream broke off")


def test_a_terminal_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    out = FakeTerminal()
    monkeypatch.setattr(sys, "stdin", FakeTerminal("one\n"))
    monkeypatch.setattr(sys, "stdout", out)
    with MockServer(["Oui."]) as server:
        assert main(["chat", "--server-url", server.url]) == 0
    assert out.getvalue() == "> Oui.\n> "
