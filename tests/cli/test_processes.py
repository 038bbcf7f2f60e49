"""The command line in processes of its own, as a shell runs it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mistral_proto.testing import MockServer, RawReply
from tests.cli.commands import PROGRAM, environment, interrupt, spawn

REQUEST = b'{"model":"m","messages":[{"role":"user","content":"Hi"}]}\n'
EVENT = (
    b'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"%s"},'
    b'"finish_reason":%s}]}\n\n'
)


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command that runs meanwhile; it has ended when the block is left."""
    with subprocess.Popen(
        [*PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def test_the_demo() -> None:
    result = spawn("demo", "--pace", "0", MISTRAL_API_KEY=None)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.decode().splitlines()[-1].endswith("the same")


def test_a_question_in_a_pipe() -> None:
    with MockServer(["Oui\x1b[0m…"]) as server:
        result = spawn("chat", "-", "--server-url", server.url, data="Ça va ?".encode())
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.decode() == "Oui\x1b[0m…\n"


CODES: list[tuple[str, list[str], int]] = [
    ("done", ["validate", "-"], 0),
    ("failed", ["validate", "no/such/file"], 1),
    ("wrong usage", ["validate"], 2),
    ("no question", ["chat"], 2),
]


@pytest.mark.parametrize(
    ("arguments", "code"), [case[1:] for case in CODES], ids=[case[0] for case in CODES]
)
def test_exit_codes(arguments: list[str], code: int) -> None:
    result = spawn(*arguments, data=REQUEST)
    assert result.returncode == code
    assert b"Traceback" not in result.stderr
    assert bool(result.stderr) is (code != 0)


def test_an_output_that_can_not_encode_the_answer() -> None:
    with MockServer(["né \U0001f600"]) as server:
        result = spawn("chat", "Hi", "--server-url", server.url, PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == b"n\\xe9 \\U0001f600\n"


def test_an_error_that_can_not_be_encoded() -> None:
    result = spawn("validate", "n\u00e9.json", PYTHONIOENCODING="ascii", PYTHONUTF8="1")
    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr == b"mistral_proto: error: n\\xe9.json: No such file or directory\n"


@pytest.mark.parametrize("lines", [0, 1])
def test_a_reader_that_has_seen_enough(lines: int) -> None:
    # As `| head -1` does it.
    with started("demo", "--pace", "0.001") as process:
        assert process.stdout is not None and process.stderr is not None
        for _ in range(lines):
            assert process.stdout.readline().endswith(b"\n")
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


CLOSED: list[tuple[str, list[str], str]] = [
    ("validate without stdout", ["validate", "-"], ">&-"),
    ("demo without stdout", ["demo", "--pace", "0"], ">&-"),
    ("validate without stdin", ["validate", "-"], "<&-"),
    ("chat without stdin", ["chat"], "<&-"),
]


@pytest.mark.parametrize(
    ("arguments", "redirect"), [case[1:] for case in CLOSED], ids=[case[0] for case in CLOSED]
)
def test_a_stream_that_was_never_open(arguments: list[str], redirect: str) -> None:
    # As services and cron jobs start their programs; Python then has None for it.
    result = spawn(*arguments, data=REQUEST, redirect=redirect)
    assert b"Traceback" not in result.stderr
    assert result.returncode in (0, 1, 2)
    assert result.stderr.count(b"error") <= 1


@pytest.mark.parametrize("to_json", [False, True], ids=["text", "json"])
def test_an_answer_is_shown_as_it_arrives(to_json: bool) -> None:
    # The second half comes when the server stops waiting, long after the first.
    reply = RawReply([EVENT % (b"One", b"null"), EVENT % (b" two", b'"stop"')], pace=600)
    options = ["--json"] if to_json else []
    with MockServer([reply]) as server:
        with started("chat", "Hi", "--server-url", server.url, *options) as process:
            assert process.stdout is not None
            first = process.stdout.readline() if to_json else process.stdout.read(3)
            assert b"One" in first
            # Of the user, not of a terminal.
            assert interrupt(process, lambda: process.send_signal(signal.SIGINT)) == 130
            assert process.communicate() == (b"", b"\n")


def test_the_demo_shows_the_request_before_its_answer_and_can_be_interrupted() -> None:
    with started("demo", "--pace", "600") as process:
        assert process.stdout is not None
        shown = b""
        while b"received" not in shown:
            data = process.stdout.read(1)
            assert data
            shown += data
        assert b'"stream":true' in shown
        assert interrupt(process, lambda: process.send_signal(signal.SIGINT)) == 130
        assert process.communicate()[1] == b"\n"
