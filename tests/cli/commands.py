"""How the tests run the command line: in this process, in another, and in a terminal."""

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
# What a person sees of the wait for an answer: it is wiped when that begins.
WAITED = f"(waiting for an answer)\r{' ' * 23}\r"


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line on stderr that a failure leaves, without the program's name."""
        [line] = self.err.splitlines()
        prefix = "mistral_proto: error: "
        assert line.startswith(prefix) and self.err.endswith("\n")
        return line.removeprefix(prefix)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Result:
    """Run a command in this process; wrong usage leaves by `SystemExit`, as argparse does."""
    try:
        code = main(arguments)
    except SystemExit as stop:
        assert isinstance(stop.code, int)
        code = stop.code
    return Result(code, *capsys.readouterr())


def check_help(
    capsys: pytest.CaptureFixture[str], arguments: Sequence[str], named: Sequence[str]
) -> None:
    """Check that what these arguments print names all of that."""
    result = run(capsys, *arguments)
    assert (result.code, result.err) == (0, "")
    assert [name for name in named if name not in result.out] == []


class FakeTerminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def stdin_of(data: bytes) -> io.TextIOWrapper:
    """A standard input, which is no terminal."""
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")


def environment(**changes: str | None) -> dict[str, str]:
    """What a process of its own gets; None takes a variable away."""
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
    """Run a command in a process of its own; `redirect` is as the shell has it."""
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

    A signal between Python's last look for signals and a system call that waits
    is seen only after that call: then it takes a second one, as with any program.
    That one is not to come while the process ends, which Python lets it kill then.
    """
    deadline = time.monotonic() + 3 * TIMEOUT
    while True:
        how()
        try:
            return process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            assert time.monotonic() < deadline, "it can't be interrupted"


class Terminal:
    """A command in a real pseudo-terminal, which is the controlling one of its session.

    With `stdout`, the terminal is its stdin and stderr only, and its stdout that
    file descriptor.
    """

    def __init__(self, *arguments: str, stdout: int | None = None) -> None:
        self.shown = b""
        self._seen = 0
        self._master, slave = os.openpty()
        # The session's first process that opens a terminal gets it as its own, and
        # with it the signals of Ctrl-C.
        out = "" if stdout is not None else ">&0"
        script = f'tty=$1; shift; exec "$@" <>"$tty" {out} 2>&0'
        command: Sequence[str] = ["/bin/sh", "-c", script, "sh", os.ttyname(slave), *PROGRAM]
        try:
            self._process = subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=stdout if stdout is not None else subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment(),
                start_new_session=True,
            )
            # Open until the end, so that nothing that was shown is lost with it.
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
        """Read what is shown until a text is among it, after what was awaited before.

        To `press` a key is to bring that about; see `interrupt` for why it may take two.
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
        """Press Ctrl-C; returns as `end` does."""
        interrupt(self._process, lambda: self.type("\x03"))
        return self.end()

    def end(self) -> int:
        """Wait for the command's end, and read what it showed until then."""
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
        except OSError:  # how Linux says that the other side is closed
            return False
        self.shown += data
        return bool(data)
