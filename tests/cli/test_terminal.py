"""``chat`` in a real pseudo-terminal."""

from __future__ import annotations

import os
import re

import pytest

from mistral_proto import AssistantMessage, TextChunk, ThinkChunk
from mistral_proto.testing import ErrorReply, Fault, MockServer, RawReply
from tests.cli.commands import WAITED, Terminal
from tests.testing.raw import eventually

CTRL_C, CTRL_D = "\x03", "\x04"
PIECE = (
    b'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"One moment"},'
    b'"finish_reason":null}]}\n\n'
)


def contents(server: MockServer) -> list[str]:
    """Return the messages of the last request."""
    request = server.requests[-1].request
    assert request is not None
    return [message.text for message in request.messages]


def test_a_conversation() -> None:
    # The rest of the first answer would come after ten minutes.
    first = RawReply([PIECE, PIECE], pace=600)
    server = MockServer([first, "Un, deux.", ErrorReply(400, "Oops"), "Trois."])
    with server, Terminal("chat", "--server-url", server.url) as terminal:
        terminal.wait_for("> ")
        terminal.type("Hi\n")
        terminal.wait_for("One moment")
        terminal.wait_for("> ", press=CTRL_C)
        for question, shown in [
            ("one two", "Un, deux."),
            ("wrong", "mistral_proto: error: 400 Bad Request: Oops"),
            ("three é", "Trois."),
        ]:
            terminal.type(f"{question}\n")
            terminal.wait_for(shown)
            terminal.wait_for("> ")
        terminal.type(CTRL_D)
        assert terminal.end() == 0
        assert contents(server) == ["Hi", "One moment", "one two", "Un, deux.", "three é"]
    assert terminal.shown.startswith(b"To leave, type exit or quit, or press Ctrl-C twice.")
    assert re.search(rb"One moment(\^C)+\r\n> one two\r\n", terminal.shown)
    assert terminal.shown.endswith(b"\n") and b"Traceback" not in terminal.shown


def test_interrupts() -> None:
    replies = [RawReply([PIECE, PIECE], pace=600), RawReply([b"", PIECE], pace=600)]
    with MockServer(replies) as server:
        with Terminal("chat", "Hi", "--server-url", server.url) as terminal:
            terminal.wait_for("One moment")
            assert terminal.interrupt() == 130
        assert re.search(rb"One moment(\^C)+\r\n$", terminal.shown)
        with Terminal("chat", "Hi", "--server-url", server.url) as terminal:
            eventually(lambda: len(server.requests) == 2)
            assert terminal.interrupt() == 130
    # urllib leaves its socket to the garbage collector, which may warn on the next line.
    line, _, rest = terminal.shown.partition(b"\r\n")
    assert re.fullmatch(rb"\(waiting for an answer\)(\^C)+", line)
    assert not rest or rest.startswith(b"Exception ignored in: <socket.socket")


@pytest.mark.full
def test_leaving_a_conversation_by_interrupts() -> None:
    with MockServer() as server, Terminal("chat", "--server-url", server.url) as terminal:
        terminal.wait_for("> ")
        terminal.wait_for("> ", press=CTRL_C)
        assert terminal.interrupt() == 130
    assert re.search(rb"> (\^C)*\r\n> (\^C)*\r\n$", terminal.shown)


@pytest.mark.full
def test_output_that_is_safe_and_in_order() -> None:
    thinking = ThinkChunk(thinking=[TextChunk(text="Hm\x1b[2J.")])
    answer = AssistantMessage(content=[thinking, TextChunk(text="\x1b[31mIt is 4.\x07\r")])
    with MockServer([answer, Fault.cut_stream]) as server:
        shown = []
        for code in (0, 1):
            with Terminal("chat", "Hi", "--server-url", server.url) as terminal:
                assert terminal.end() == code
            shown.append(terminal.shown.decode().removeprefix(WAITED))
    assert shown[0].startswith("\x1b[2mHm\ufffd[2J.\x1b[0m")
    assert shown[0].endswith("\ufffd[31mIt is 4.\ufffd\ufffd\r\n")
    text, error = shown[1].splitlines()
    assert text == "You" and error.startswith("mistral_proto: error: the stream broke off")


@pytest.mark.full
def test_only_answers_go_to_stdout() -> None:
    # As with `chat > notes.txt`.
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
