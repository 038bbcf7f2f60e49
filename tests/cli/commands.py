"""Ways to run the command line: in this process, in another, and in a terminal."""

from __future__ import annotations

import io
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from types import TracebackType
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


def spawn(
    *arguments: str, data: bytes = b"", redirect: str = "", **changes: str | None
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in its own process; `redirect` is a redirection of the shell."""
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {redirect}', "sh", *PROGRAM, *arguments],
        input=data,
        capture_output=True,
        env=environment(**changes),
        timeout=TIMEOUT,
        check=False,
    )


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


class Terminal:
    """A command in a pseudo-terminal, which controls its session."""

    def __init__(self, *arguments: str) -> None:
        self.shown = b""
        self._seen = 0
        self._master, slave = os.openpty()
        # The first terminal that a process of the session opens controls it: Ctrl-C sends signals.
        script = 'tty=$1; shift; exec "$@" <>"$tty" >&0 2>&0'
        command: Sequence[str] = ["/bin/sh", "-c", script, "sh", os.ttyname(slave), *PROGRAM]
        try:
            self._process = subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment(),
                start_new_session=True,
            )
            # Open until the end, so that no output is lost.
            self._slave: int | None = slave
        except BaseException:
            os.close(slave)
            os.close(self._master)
            raise

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._close_slave()
        os.close(self._master)

    def _close_slave(self) -> None:
        if self._slave is not None:
            os.close(self._slave)
            self._slave = None

    def type(self, text: str) -> None:
        os.write(self._master, text.encode(errors="surrogateescape"))

    def wait_for(self, text: str, press: str = "") -> None:
        """Read until the output has a text, after the text of the last call.

        `press` is a key that causes it, pressed again after a while (see `interrupt`).
        """
        wanted = text.encode()
        begun = time.monotonic()
        deadline = begun + (3 if press else 1) * TIMEOUT
        presses = 0
        while wanted not in self.shown[self._seen :]:
            assert time.monotonic() < deadline, f"{text!r} is not in {self.shown!r}"
            if press and time.monotonic() >= begun + presses * TIMEOUT:
                self.type(press)
                presses += 1
            if not self._read(0.1):
                assert self._process.poll() is None, f"ended after {self.shown!r}"
        self._seen = self.shown.index(wanted, self._seen) + len(wanted)

    def interrupt(self) -> int:
        """Press Ctrl-C, and return the exit code."""
        interrupt(self._process, lambda: self.type("\x03"))
        return self.end()

    def end(self) -> int:
        """Wait for the command's end, and return the exit code."""
        code = self._process.wait(TIMEOUT)
        self._close_slave()
        while self._read(0.0):
            pass
        return code

    def _read(self, timeout: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], timeout)
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # on Linux, the other side is closed
            return False
        self.shown += data
        return bool(data)
