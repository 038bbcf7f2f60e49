"""``chat`` in a real pseudo-terminal."""

from __future__ import annotations

import re

from mistral_proto.testing import ErrorReply, MockServer, RawReply
from tests.cli.commands import Terminal
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
