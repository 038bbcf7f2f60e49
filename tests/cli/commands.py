"""Ways to run the command line: in this process and in another."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest

from mistral_proto.cli import main
from tests.imported_from import ROOT

PROGRAM = (sys.executable, "-m", "mistral_proto")
TIMEOUT = 15.0
# The note that is shown during the wait for an answer, and then removed.
WAITED = f"(waiting for an answer)\r{' ' * 23}\r"


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The only line on stderr, without the program's name."""
        [line] = self.err.splitlines()
        prefix = "mistral_proto: error: "
        assert line.startswith(prefix) and self.err.endswith("\n")
        return line.removeprefix(prefix)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Result:
    """Run a command in this process."""
    try:
        code = main(arguments)
    except SystemExit as stop:
        assert isinstance(stop.code, int)
        code = stop.code
    return Result(code, *capsys.readouterr())


def check_help(
    capsys: pytest.CaptureFixture[str], arguments: Sequence[str], named: Sequence[str]
) -> None:
    """Check that the output has all of the names."""
    result = run(capsys, *arguments)
    assert (result.code, result.err) == (0, "")
    assert [name for name in named if name not in result.out] == []


class FakeTerminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def stdin_of(data: bytes) -> io.TextIOWrapper:
    """Return a stdin that is not a terminal."""
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")


def environment(**changes: str | None) -> dict[str, str]:
    """Return the environment of a command; None removes a variable."""
    variables: dict[str, str | None] = {
        "PATH": os.environ.get("PATH"),
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
        "PYTHONWARNINGS": "error",
        "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE"),
        "MISTRAL_API_KEY": "test-key",
        "TERM": "dumb",
        **changes,
    }
    return {name: value for name, value in variables.items() if value is not None}


def interrupt(process: subprocess.Popen[bytes], how: Callable[[], object]) -> int:
    """Interrupt a process, and return its exit code.

    If a signal arrives just before a system call that waits, Python handles it after that
    call: then a second signal is needed. It must not come while the process exits.
    """
    deadline = time.monotonic() + 3 * TIMEOUT
    while True:
        how()
        try:
            return process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            assert time.monotonic() < deadline, "the process can't be interrupted"
