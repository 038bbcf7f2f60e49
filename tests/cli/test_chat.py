"""``chat``: what it sends, what it shows, and what it says when it fails."""

from __future__ import annotations

import io
import json
import logging
import sys
from base64 import b64encode
from pathlib import Path
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
from tests.cli.commands import WAITED, FakeTerminal, Result, run, stdin_of

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
    ("--timeout", ["--timeout", "60"], {}),
    ("--reasoning-effort", ["--reasoning-effort", "high"], {"reasoning_effort": "high"}),
    ("--format", ["--format", "json"], {"response_format": {"type": "json_object"}}),
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


def test_a_question_from_stdin(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for data, sent in [
        (b"Hi", "Hi"),
        (b"Hi\n", "Hi"),
        ("One\n\ntwo é\n".encode(), "One\n\ntwo é"),
        (b"One\r\ntwo\r\n", "One\ntwo"),
        (b"\xef\xbb\xbfHi", "Hi"),
    ]:
        monkeypatch.setattr(sys, "stdin", stdin_of(data))
        with MockServer(["Oui"]) as server:
            assert chat(capsys, server, question="-") == (0, "Oui\n", "")
        assert sent_messages(server) == [[{"role": "user", "content": sent}]]


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
    for data, place in [
        (b"\xff", "stdin:1: byte 1"),
        ("é\nça ".encode() + b"\xe9\n", "stdin:2: byte 5"),
        (b"\xef\xbb\xbf\xff", "stdin:1: byte 4"),
        (b"caf\xc3", "stdin:1: byte 4"),
    ]:
        monkeypatch.setattr(sys, "stdin", stdin_of(data))
        with MockServer() as server:
            result = chat(capsys, server, question="-")
        assert (result.code, result.out, result.error) == (1, "", f"{place} is not UTF-8")
        assert server.requests == []


def test_arguments_are_utf_8_whatever_the_locale_is(capsys: pytest.CaptureFixture[str]) -> None:
    with MockServer() as server:
        # As Python reads them where the locale knows but ASCII.
        asked = [text.encode().decode("ascii", "surrogateescape") for text in ("Où ?", "Été.")]
        chat(capsys, server, "--system", asked[1], question=asked[0])
        (said,) = sent_messages(server)
        assert [message["content"] for message in said] == ["Été.", "Où ?"]
        for options, question, name in (
            ([], "a\udcff", "the question"),
            (["--system", "a\udcff"], "Hi", "--system"),
        ):
            result = chat(capsys, server, *options, question=question)
            assert (result.code, result.error) == (1, f"{name}:1: byte 2 is not UTF-8")
        assert len(server.requests) == 1


def test_images_go_with_the_first_question(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    urls = []
    options = []
    for kind, data in [
        ("png", b"\x89PNG\r\n\x1a\n..."),
        ("jpeg", b"\xff\xd8\xff\xe0"),
        ("gif", b"GIF89a"),
        ("webp", b"RIFF\x0a\x00\x00\x00WEBPVP8 "),
    ]:
        file = tmp_path / f"{kind}.img"  # of which the name tells nothing
        file.write_bytes(data)
        options += ["--image", str(file)]
        urls.append(f"data:image/{kind};base64,{b64encode(data).decode()}")
    # A call that fails takes no image with it.
    with MockServer([ErrorReply(400, "No"), "Un", "Deux"]) as server:
        assert turns(capsys, monkeypatch, server, "one\none\ntwo\n", *options).code == 0
    first, again, then = sent_messages(server)
    assert first == again
    assert first[0]["content"] == [
        {"type": "text", "text": "one"},
        *({"type": "image_url", "image_url": url} for url in urls),
    ]
    assert then[0] == first[0] and then[2]["content"] == "two"


def test_a_schema_is_sent(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for schema, name in [
        ({"title": "Book", "type": "object"}, "Book"),
        ({"title": "A book, or two" * 9, "type": "object"}, ("A_book_or_two" * 9)[:64]),
        ({"title": 3}, "my_book_schema"),
        ({}, "my_book_schema"),
    ]:
        file = tmp_path / "my book.schema.json"
        file.write_bytes(b"\xef\xbb\xbf" + json.dumps(schema).encode())
        with MockServer() as server:
            assert chat(capsys, server, "--schema", str(file)).code == 0
        assert json.loads(server.requests[0].body)["response_format"] == {
            "type": "json_schema",
            "json_schema": {"name": name, "schema": schema, "strict": True},
        }


def test_a_file_that_can_not_be_sent(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.png").write_text("<svg/>")
    Path("empty").touch()
    Path("list.json").write_text("[]")
    for option, name, said in [
        ("--image", "none.png", "none.png: No such file"),
        ("--image", ".", ".: Is a directory"),
        ("--image", "text.png", "text.png is not a PNG"),
        ("--image", "empty", "empty is not a PNG"),
        ("--schema", "none.json", "none.json: No such file"),
        ("--schema", "text.png", "text.png: the document: expected JSON"),
        ("--schema", "list.json", "list.json: expected an object, got an empty list"),
    ]:
        with MockServer() as server:
            result = chat(capsys, server, option, name)
        assert (result.code, result.out) == (1, "")
        assert said in result.error
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
    ("not HTTP", Fault.garbage, ["--no-stream"], "the response is not HTTP", ""),
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
    # A person sees also that there is no answer yet, until there is one.
    err = FakeTerminal()
    monkeypatch.setattr(sys, "stderr", err)
    with MockServer([ErrorReply(503, "Busy"), "Hello"]) as server:
        assert chat(capsys, server, *mode) == (0, "Hello\n", "")
    assert err.getvalue() == f"{WAITED}{line}\n{WAITED}"
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


def test_words_that_leave(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for word in ("exit", " quit ", "/exit"):
        with MockServer() as server:
            result = turns(capsys, monkeypatch, server, f"exit now\n{word}\nmore\n")
        assert (result.code, result.out) == (0, "You said: exit now\n")
        assert len(server.requests) == 1


class Pressing(FakeTerminal):
    """A terminal whose user presses Ctrl-C at a prompt, and where an answer says so."""

    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]
        line = super().readline()
        if line == "^C\n":
            raise KeyboardInterrupt
        return line

    def write(self, text: str) -> int:
        if "STOP" in text:
            raise KeyboardInterrupt
        return super().write(text)


def test_interrupts(monkeypatch: pytest.MonkeyPatch) -> None:
    thinks = AssistantMessage(content=[ThinkChunk(thinking=[TextChunk(text="STOP")])])
    # What is typed, the answers, the exit code, and the last request's messages.
    cases: list[tuple[str, list[Reply], int, list[str]]] = [
        ("^C\n^C\none\n", [], 130, []),
        ("^C\none\n^C\ntwo\n", ["Un", "Deux"], 0, ["one", "Un", "two"]),
        ("^C\n\n^C\none\n", ["Un"], 0, ["one"]),
        ("one\n^C\ntwo\n", ["Un", "Deux"], 0, ["one", "Un", "two"]),
        # What had come of an answer is kept.
        ("one\ntwo\n", ["Un STOP et", "Deux"], 0, ["one", "Un STOP", "two"]),
        ("one\n^C\ntwo\n", ["Un STOP et"], 130, ["one"]),
        ("one\ntwo\n^C\n", ["Un STOP et", "Deux STOP"], 130, ["one", "Un STOP", "two"]),
        # Without a text of it the question is forgotten.
        ("one\ntwo\n", [thinks, "Deux"], 0, ["two"]),
    ]
    for typed, replies, code, last in cases:
        out, err = Pressing(), Pressing()
        for name, stream in [("stdin", Pressing(typed)), ("stdout", out), ("stderr", err)]:
            monkeypatch.setattr(sys, name, stream)
        with MockServer(replies) as server:
            assert main(["chat", "--server-url", server.url]) == code
        sent = sent_messages(server)[-1] if server.requests else []
        assert [message["content"] for message in sent] == last
        assert "error" not in err.getvalue()


def test_what_is_interrupted_ends_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Pressing()
    monkeypatch.setattr(sys, "stdin", Pressing("one\ntwo\n"))
    monkeypatch.setattr(sys, "stdout", out)
    with MockServer(["Un STOP et", "Deux"]) as server:
        assert main(["chat", "--server-url", server.url]) == 0
    assert out.getvalue() == "> Un\n> Deux\n> "


def test_what_is_typed_and_is_not_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Strict(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    # Under some locales Python lets through what it can't decode.
    for stdin, sent in [
        (FakeTerminal("ça \udce9\n\ufeffone é\n"), [[{"role": "user", "content": "one é"}]]),
        (Strict(io.BytesIO("ça ".encode() + b"\xe9\n"), "utf-8"), []),
    ]:
        monkeypatch.setattr(sys, "stdin", stdin)
        with MockServer(["Oui"]) as server:
            result = run(capsys, "chat", "--server-url", server.url)
        assert result.code == 0
        assert "mistral_proto: error: stdin:1: byte 5 is not UTF-8\n" in result.err
        assert sent_messages(server) == sent


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
    shown = err.getvalue().removeprefix(WAITED)
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
    assert out.getvalue() == "You\n"
    assert err.getvalue().startswith(f"{WAITED}mistral_proto: error: the stream broke off")


def test_a_terminal_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    out = FakeTerminal()
    monkeypatch.setattr(sys, "stdin", FakeTerminal("one\n"))
    monkeypatch.setattr(sys, "stdout", out)
    with MockServer(["Oui."]) as server:
        assert main(["chat", "--server-url", server.url]) == 0
    assert out.getvalue() == "> Oui.\n> "
