"""``chat``: the requests, the output, and the messages of a failure."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

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
from mistral_proto.testing import ErrorReply, ErrorShape, Fault, MockServer, RawReply
from mistral_proto.testing.replies import Reply
from tests.cli.commands import WAITED, FakeTerminal, Result, run, stdin_of

Capsys = pytest.CaptureFixture[str]
THOUGHT = AssistantMessage(
    content=[ThinkChunk(thinking=[TextChunk(text="Let\x1b[2J me. ")]), TextChunk(text="It is 4.")]
)


class Strict(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


MODES: list[list[str]] = [[], ["--no-stream"]]
HI = {"role": "user", "content": "Hi"}


def chat(capsys: Capsys, server: MockServer, *arguments: str, question: str = "Hi") -> Result:
    return run(capsys, "chat", question, "--server-url", server.url, *arguments)


Converse = Callable[..., Result]


@pytest.fixture
def converse(capsys: Capsys, monkeypatch: pytest.MonkeyPatch) -> Converse:
    """Return a function that runs ``chat`` without a question, with a terminal as stdin."""

    def run_in_terminal(server: MockServer, typed: str | TextIO, *arguments: str) -> Result:
        stdin = FakeTerminal(typed) if isinstance(typed, str) else typed
        monkeypatch.setattr(sys, "stdin", stdin)
        return run(capsys, "chat", "--server-url", server.url, *arguments)

    return run_in_terminal


def sent(server: MockServer) -> list[Any]:
    """Return the messages of each request."""
    return [json.loads(received.body)["messages"] for received in server.requests]


def contents(messages: list[Any]) -> list[str]:
    return [message["content"] for message in messages]


def test_options_are_sent(capsys: Capsys) -> None:
    system = {"role": "system", "content": "Be brief."}
    cases: list[tuple[list[str], dict[str, Any]]] = [
        ([], {}),
        (["--model", "m"], {"model": "m"}),
        (["--temperature=0"], {"temperature": 0}),
        (["--max-tokens", "2"], {"max_tokens": 2}),
        (["--no-stream"], {"stream": False}),
        (["--timeout", "60"], {}),
        (["--reasoning-effort", "high"], {"reasoning_effort": "high"}),
        (["--format", "json"], {"response_format": {"type": "json_object"}}),
        (["--json"], {}),
        (["--system", "Be brief."], {"messages": [system, HI]}),
        (["--system", ""], {"messages": [{**system, "content": ""}, HI]}),
    ]
    for arguments, fields in cases:
        with MockServer() as server:
            result = chat(capsys, server, *arguments)
        assert (result.code, result.err) == (0, "")
        [received] = server.requests
        plain = {"model": "mistral-small-latest", "messages": [HI], "stream": True}
        assert json.loads(received.body) == {**plain, **fields}
        assert received.headers["authorization"] == "Bearer test-key"


def test_answers_are_shown(capsys: Capsys) -> None:
    cases: list[tuple[Reply, str]] = [
        ("Où ?\nLà.", "Où ?\nLà.\n"),
        ("", "\n"),
        (THOUGHT, "It is 4.\n"),
        # Only a terminal needs protection.
        (UNSAFE[:-1], f"{UNSAFE[:-1]}\n"),
    ]
    for mode in MODES:
        for reply, shown in cases:
            with MockServer([reply]) as server:
                assert chat(capsys, server, *mode) == (0, shown, "")
    with MockServer([THOUGHT] * 2) as server:
        [line] = chat(capsys, server, "--json", "--no-stream").out.splitlines()
        lines = chat(capsys, server, "--json").out.splitlines()
    assert ChatCompletionResponse.from_json(line).choices[0].message == THOUGHT
    pieces = [ChatCompletionStreamResponse.from_json(line) for line in lines]
    assert "".join([piece.text for piece in pieces]) == "It is 4."
    assert pieces[-1].usage is not None


# Spaces and joiners are harmless.
HARMLESS = "Où est-ce\u00a0? Oui\u202f! 日本\u3000語 🙂 👩\u200d💻\n\tlà"
UNSAFE = "\x1b[31mred\x9b2J\x85c\rx\x08\x7f\x00a\u202eb\u2066c\ud83d"


def test_answers_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Recorder(FakeTerminal):
        def flush(self) -> None:
            flushed.append(self.getvalue())

    flushed: list[str] = []
    safe = re.sub("[^a-z0-9J\\[]", "\ufffd", UNSAFE)
    for mode in MODES:
        with MockServer([HARMLESS + UNSAFE, THOUGHT, "1 2", Fault.cut_stream]) as server:
            command = ["chat", "Hi", "--server-url", server.url]
            with monkeypatch.context() as patch:
                patch.setattr(sys, "stdout", out := Recorder())
                assert main([*command, *mode]) == 0
                assert out.getvalue() == f"{HARMLESS}{safe}\n"
                patch.setattr(sys, "stdout", out := Recorder())
                patch.setattr(sys, "stderr", err := FakeTerminal())
                assert main([*command, *mode]) == 0
                assert out.getvalue() == "It is 4.\n"
                shown = err.getvalue().removeprefix(WAITED)
                assert shown.startswith("\x1b[2m") and shown.endswith("\x1b[0m\n")
                assert shown.replace("\x1b[2m", "").replace("\x1b[0m", "") == "Let\ufffd[2J me. \n"
                flushed.clear()
                patch.setattr(sys, "stdout", out := Recorder())
                patch.setattr(sys, "stderr", err := FakeTerminal())
                assert main(command) == 0
                assert [*dict.fromkeys(flushed)] == ["1", "1 2", "1 2\n"]
                assert main(command) == 1
        assert out.getvalue() == "1 2\nYou\n"
        error = "mistral_proto: error: the stream broke off"
        assert err.getvalue().startswith(f"{WAITED}{WAITED}{error}")


def test_a_question_from_stdin(capsys: Capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    for data, expected in [
        ("One\n\ntwo é\n".encode(), "One\n\ntwo é"),
        (b"\xef\xbb\xbfOne\r\ntwo\r\n", "One\ntwo"),
        (b" \n", "the question is empty"),
        ("é\nça ".encode() + b"\xe9\n", "stdin:2: byte 5 is not UTF-8"),
        (b"\xef\xbb\xbf\xff", "stdin:1: byte 4 is not UTF-8"),
    ]:
        monkeypatch.setattr(sys, "stdin", stdin_of(data))
        with MockServer(["Oui"]) as server:
            result = chat(capsys, server, question="-")
        if server.requests:
            assert result == (0, "Oui\n", "")
            assert sent(server) == [[{"role": "user", "content": expected}]]
        else:
            assert (result.code, result.out, result.error) == (1, "", expected)


def test_other_encodings_of_arguments_and_lines(capsys: Capsys, converse: Converse) -> None:
    # In an ASCII locale Python passes on the bytes that it can't decode.
    question, system = [it.encode().decode("ascii", "surrogateescape") for it in ("Où ?", "Été.")]
    typed: list[tuple[TextIO, list[str]]] = [
        (FakeTerminal("ça \udce9\n\ufeffone é\n"), ["one é"]),
        (Strict(io.BytesIO("ça ".encode() + b"\xe9\n"), "utf-8"), []),
    ]
    with MockServer() as server:
        chat(capsys, server, "--system", system, question=question)
        assert contents(sent(server)[0]) == ["Été.", "Où ?"]
        result = chat(capsys, server, question="a\udcff")
        assert (result.code, result.error) == (1, "the question:1: byte 2 is not UTF-8")
        for stdin, messages in typed:
            server.requests.clear()
            result = converse(server, stdin)
            assert result.code == 0
            assert "mistral_proto: error: stdin:1: byte 5 is not UTF-8\n" in result.err
            assert [contents(it) for it in sent(server)] == [messages] * bool(messages)


def test_images_are_sent_with_the_first_question(converse: Converse, tmp_path: Path) -> None:
    urls, options = [], []
    for kind, data in {
        "png": b"\x89PNG\r\n\x1a\n...",
        "jpeg": b"\xff\xd8\xff\xe0",
        "gif": b"GIF89a",
        "webp": b"RIFF\x0a\x00\x00\x00WEBPVP8 ",
    }.items():
        file = tmp_path / f"{kind}.img"  # the name does not matter
        file.write_bytes(data)
        options += ["--image", str(file)]
        urls.append(f"data:image/{kind};base64,{b64encode(data).decode()}")
    # After a failure the images are sent again.
    with MockServer([ErrorReply(400, "No"), "Un", "Deux"]) as server:
        assert converse(server, "one\none\ntwo\n", *options).code == 0
    first, again, then = sent(server)
    images = [{"type": "image_url", "image_url": url} for url in urls]
    assert first == again
    assert first[0]["content"] == [{"type": "text", "text": "one"}, *images]
    assert then[0] == first[0] and then[2]["content"] == "two"


def test_a_schema_is_sent(capsys: Capsys, tmp_path: Path) -> None:
    file = tmp_path / "my book.schema.json"
    cases: list[tuple[dict[str, Any], str]] = [
        ({"title": "Book", "type": "object"}, "Book"),
        ({"title": "A book, or two" * 9}, ("A_book_or_two" * 9)[:64]),
        ({"title": 3}, "my_book_schema"),
        ({"title": ""}, "my_book_schema"),
    ]
    for schema, name in cases:
        file.write_bytes(b"\xef\xbb\xbf" + json.dumps(schema).encode())
        with MockServer() as server:
            assert chat(capsys, server, "--schema", str(file)).code == 0
        assert json.loads(server.requests[0].body)["response_format"] == {
            "type": "json_schema",
            "json_schema": {"name": name, "schema": schema, "strict": True},
        }


def test_files_that_can_not_be_sent(
    capsys: Capsys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.png").write_text("<svg/>")
    Path("a.wav").write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt ")
    Path("list.json").write_text("[]")
    for option, name, error in [
        ("--image", "none.png", "none.png: No such file or directory"),
        ("--image", "text.png", "--image: text.png is not a PNG, JPEG, GIF or WebP image"),
        ("--image", "a.wav", "--image: a.wav is not a PNG, JPEG, GIF or WebP image"),
        ("--schema", "none.json", "none.json: No such file or directory"),
        ("--schema", "text.png", "--schema: text.png: the document: expected JSON"),
        ("--schema", "list.json", "--schema: list.json: schema: expected an object"),
    ]:
        with MockServer() as server:
            result = chat(capsys, server, option, name)
        assert (result.code, result.out, server.requests) == (1, "", [])
        assert result.error.startswith(error)


OVERLOADED = ErrorReply(503, "Over\nloaded\x1b[2J", ErrorShape.error)
STATUS = "503 Service Unavailable: Over loaded [2J"
# A reply, the error of a stream and of a whole answer, and the text before it.
FAILURES: list[tuple[Reply, str, str, str]] = [
    (OVERLOADED, STATUS, STATUS, ""),
    (Fault.cut_body, "the stream broke off", "the answer broke off", "You"),
    (Fault.error_event, "the server reported an error: ", "the answer broke off", "You"),
    (RawReply([b"data: [DONE]\n\n"]), "the answer is empty", "", ""),
]


def test_a_failure_is_one_line(capsys: Capsys) -> None:
    for reply, streamed, whole, text in FAILURES:
        for mode in MODES:
            with MockServer([reply]) as server:
                result = chat(capsys, server, *mode)
            assert result.code == 1
            assert result.error.startswith(whole if mode else streamed)
            assert result.out.rstrip("\n") == (text if not mode else "")


def test_waiting_and_retries_are_shown(capsys: Capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    soon = RetryConfig("backoff", BackoffStrategy(1, 1, 1.0, 60_000, 0), True)
    monkeypatch.setattr("mistral_proto.retry.DEFAULT_RETRY_CONFIG", soon)
    for mode in MODES:
        with MockServer([ErrorReply(503, "Busy"), "Hello"] * 2) as server:
            result = chat(capsys, server, *mode)
            assert (result.code, result.out) == (0, "Hello\n")
            [line] = result.err.splitlines()
            assert "503 Service Unavailable: Busy" in line
            # A terminal shows, too, that there is no answer yet.
            with monkeypatch.context() as patch:
                patch.setattr(sys, "stderr", err := FakeTerminal())
                assert chat(capsys, server, *mode) == (0, "Hello\n", "")
        assert err.getvalue() == f"{WAITED}{line}\n{WAITED}"
        assert logging.getLogger("mistral_proto").handlers == []


def test_a_conversation(converse: Converse) -> None:
    for mode in MODES:
        with MockServer(["Un", THOUGHT, ErrorReply(400, "No"), "Trois"]) as server:
            typed = "one\n\n  \ntwo\nwrong\nthree\n"
            result = converse(server, typed, "--system", "S", *mode)
        assert (result.code, result.out) == (0, "Un\nIt is 4.\nTrois\n")
        assert "mistral_proto: error: 400 Bad Request: No\n" in result.err
        first, second, _, last = sent(server)
        assert (contents(first), contents(second)) == (["S", "one"], ["S", "one", "Un", "two"])
        # Thinking is sent back as it came, and a question without an answer is not.
        assert contents(last)[3:] == ["two", THOUGHT.to_dict()["content"], "three"]
    # Only messages of the assistant are kept.
    user = {"index": 0, "message": {"role": "user", "content": "Yo"}}
    replies = [
        ChatCompletionResponse.from_dict({"model": "m", "choices": it}) for it in ([], [user])
    ]
    with MockServer([*replies, "Oui"]) as server:
        converse(server, "one\ntwo\nthree\n", "--no-stream")
    assert contents(sent(server)[2]) == ["one", "two", "three"]


def test_leaving_a_conversation(converse: Converse) -> None:
    for word in ("exit", " quit ", "/exit"):
        with MockServer() as server:
            result = converse(server, f"exit now\n{word}\nmore\n")
        assert (result.code, result.out) == (0, "You said: exit now\n")


class Interrupting(FakeTerminal):
    """A terminal with Ctrl-C at a prompt, and at an answer with STOP."""

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
    # The input, the replies, the exit code, the last request's messages, and the output.
    cases: list[tuple[str, list[Reply], int, list[str], str]] = [
        ("^C\n^C\none\n", [], 130, [], "> > "),
        ("^C\none\n^C\ntwo\n", ["Un", "Deux"], 0, ["one", "Un", "two"], "> > Un\n> > Deux\n> "),
        ("^C\n\n^C\none\n", ["Un"], 0, ["one"], "> > > > Un\n> "),
        # The text so far of an answer is kept.
        ("one\ntwo\n", ["Un STOP et", "Deux"], 0, ["one", "Un STOP", "two"], "> Un\n> Deux\n> "),
        ("one\n^C\ntwo\n", ["Un STOP et"], 130, ["one"], "> Un\n> "),
        # Without a text the question is forgotten.
        ("one\ntwo\n", [thinks, "Deux"], 0, ["two"], "> > Deux\n> "),
    ]
    for typed, replies, code, messages, shown in cases:
        out, err = Interrupting(), Interrupting()
        for name, stream in [("stdin", Interrupting(typed)), ("stdout", out), ("stderr", err)]:
            monkeypatch.setattr(sys, name, stream)
        with MockServer(replies) as server:
            assert main(["chat", "--server-url", server.url]) == code
        assert contents((sent(server) or [[]])[-1]) == messages
        assert (out.getvalue(), "error" in err.getvalue()) == (shown, False)
