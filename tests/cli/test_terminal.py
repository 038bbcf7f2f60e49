"""``chat`` in a real pseudo-terminal."""

from __future__ import annotations

import json
import os
import re

from mistral_proto import AssistantMessage, TextChunk, ThinkChunk
from mistral_proto.testing import ErrorReply, Fault, MockServer, RawReply
from tests.cli.commands import WAITED, Terminal
from tests.testing.raw import eventually

CTRL_C, CTRL_D = "\x03", "\x04"
PIECE = (
    b'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"One moment"},'
    b'"finish_reason":null}]}\n\n'
)


def test_two_turns_and_the_end() -> None:
    with MockServer(["Un, deux.", "Trois."]) as server:
        with Terminal("chat", "--server-url", server.url) as terminal:
            terminal.wait_for("> ")
            terminal.type("one two\n")
            terminal.wait_for("Un, deux.")
            terminal.wait_for("> ")
            terminal.type("three é\n")
            terminal.wait_for("Trois.")
            terminal.wait_for("> ")
            terminal.type(CTRL_D)
            assert terminal.end() == 0
    assert terminal.shown.startswith(b"To leave, type exit or quit, or press Ctrl-C twice. ")
    assert terminal.shown.endswith(b"\n")
    assert b"Traceback" not in terminal.shown
    messages = [json.loads(received.body)["messages"] for received in server.requests]
    assert [[message["content"] for message in one] for one in messages] == [
        ["one two"],
        ["one two", "Un, deux.", "three é"],
    ]


def test_an_interrupt_in_the_middle_of_an_answer() -> None:
    # The rest of the answer takes far longer than the test.
    with MockServer([RawReply([PIECE, PIECE], pace=600), "Bien."]) as server:
        with Terminal("chat", "--server-url", server.url) as terminal:
            terminal.wait_for("> ")
            terminal.type("Hi\n")
            terminal.wait_for("One moment")
            terminal.wait_for("> ", press=CTRL_C)
            terminal.type("Go on\n")
            terminal.wait_for("Bien.")
            terminal.wait_for("> ")
            terminal.wait_for("> ", press=CTRL_C)
            assert terminal.interrupt() == 130
    # The prompts, and that of the shell, stand on lines of their own, right below.
    assert re.search(rb"One moment(\^C)+\r\n> Go on\r\n", terminal.shown)
    assert re.search(rb"> (\^C)*\r\n> (\^C)*\r\n$", terminal.shown)
    messages = json.loads(server.requests[-1].body)["messages"]
    assert [message["content"] for message in messages] == ["Hi", "One moment", "Go on"]


def test_an_interrupt_of_the_only_answer() -> None:
    with MockServer([RawReply([PIECE, PIECE], pace=600)]) as server:
        with Terminal("chat", "Hi", "--server-url", server.url) as terminal:
            terminal.wait_for("One moment")
            assert terminal.interrupt() == 130
    assert re.search(rb"One moment(\^C)+\r\n$", terminal.shown)


def test_an_interrupt_before_any_answer() -> None:
    with MockServer([RawReply([b"", PIECE], pace=600)]) as server:
        with Terminal("chat", "Hi", "--server-url", server.url) as terminal:
            eventually(lambda: server.requests)
            assert terminal.interrupt() == 130
    # An interrupt inside urllib leaves its socket to the collector, which warnings made
    # errors tell of below.
    line, _, rest = terminal.shown.partition(b"\r\n")
    assert re.fullmatch(
        rb"\(waiting for an answer\)(\^C)+", line
    )  # see `interrupt` for why it may take two
    assert not rest or rest.startswith(b"Exception ignored in: <socket.socket")


def test_escape_sequences_do_not_reach_the_terminal() -> None:
    with MockServer(["\x1b[31mred\x1b]0;owned\x07\r"]) as server:
        with Terminal("chat", "Hi", "--server-url", server.url) as terminal:
            assert terminal.end() == 0
    shown = terminal.shown.decode().removeprefix(WAITED)
    assert shown == "\ufffd[31mred\ufffd]0;owned\ufffd\ufffd\r\n"


def test_thinking_is_shown_in_the_terminal_apart_from_the_answer() -> None:
    thinking = ThinkChunk(thinking=[TextChunk(text="Hm\x1b[2J.")])
    message = AssistantMessage(content=[thinking, TextChunk(text="It is 4.")])
    with MockServer([message]) as server:
        with Terminal("chat", "Hi", "--server-url", server.url) as terminal:
            assert terminal.end() == 0
    shown = terminal.shown.decode().removeprefix(WAITED)
    assert shown.startswith("\x1b[2mHm\ufffd[2J.\x1b[0m")
    assert shown.endswith("It is 4.\r\n")


def test_a_failure_is_one_line_in_the_terminal() -> None:
    with MockServer(["Oui.", ErrorReply(400, "Oops"), "Trois."]) as server:
        with Terminal("chat", "--server-url", server.url) as terminal:
            terminal.wait_for("> ")
            terminal.type("one\n")
            terminal.wait_for("Oui.")
            terminal.wait_for("> ")
            terminal.type("two\n")
            terminal.wait_for("mistral_proto: error: 400 Bad Request: Oops")
            # The conversation goes on, without the question that failed.
            terminal.wait_for("> ")
            terminal.type("three\n")
            terminal.wait_for("Trois.")
            terminal.wait_for("> ")
            terminal.type(CTRL_D)
            assert terminal.end() == 0
    request = server.requests[-1].request
    assert request is not None
    assert [message.text for message in request.messages] == ["one", "Oui.", "three"]


def test_a_failure_in_the_middle_of_an_answer_has_a_line_of_its_own() -> None:
    with MockServer([Fault.cut_stream]) as server:
        with Terminal("chat", "Hi", "--server-url", server.url) as terminal:
            assert terminal.end() == 1
    first, second = terminal.shown.decode().removeprefix(WAITED).splitlines()
    assert first == "You"
    assert second.startswith("mistral_proto: error: the stream broke off")


def test_the_prompt_is_no_part_of_the_answers() -> None:
    # Answers go to stdout, all else to stderr: `chat > notes.txt` asks on the terminal.
    reading, writing = os.pipe()
    with open(reading, "rb") as out:
        with MockServer(["Oui."]) as server:
            with Terminal("chat", "--server-url", server.url, stdout=writing) as terminal:
                os.close(writing)
                terminal.type(f"Non \udce9\nHi\n{CTRL_D}")
                assert terminal.end() == 0
        assert out.read() == b"Oui.\n"
    assert b"> " in terminal.shown
    assert b"error: stdin:1: byte 5 is not UTF-8" in terminal.shown
