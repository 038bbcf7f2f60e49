"""Code run by a bare Python: nothing is on its path but what is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FLAGS = ("-I", "-S", "-W", "error")


def run(
    code: str, *path: Path, arguments: tuple[str, ...] = (), flags: tuple[str, ...] = ()
) -> str:
    """Return the output of the code; fail if it writes to stderr."""
    done = python(
        *flags, "-c", f"import sys; sys.path[:0] = {[*map(str, path)]}\n{code}", *arguments
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def python(
    *arguments: str, cwd: Path | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """An isolated interpreter with these arguments, which keeps what it compiles."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, *FLAGS, *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, encoding="utf-8", cwd=cwd, env=environment
    )
