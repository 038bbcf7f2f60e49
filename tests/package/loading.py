"""Code in a process of its own, run by a bare Python, and the modules that it loads there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.imported_from import ROOT


def python(
    *arguments: str, cwd: Path | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run an isolated Python with these arguments, which keeps what it compiles."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    # -I and -S leave out what the environment and site packages would import.
    command = [sys.executable, "-I", "-S", "-W", "error", *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, encoding="utf-8", cwd=cwd, env=environment
    )


def run(
    code: str, *path: Path, arguments: tuple[str, ...] = (), flags: tuple[str, ...] = ()
) -> str:
    """Return what the code prints, with this path in front; nothing may be on stderr."""
    code = f"import sys; sys.path[:0] = {[*map(str, path)]}\n{code}"
    done = python(*flags, "-c", code, *arguments)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def loaded_by(code: str) -> set[str]:
    """Return the modules that the code loads beside those of a bare Python."""
    names = run(
        f"before = set(sys.modules)\n{code}\nnew = sorted(set(sys.modules) - before)\n"
        "import json; print(json.dumps(new))",
        ROOT,
    )
    return {*json.loads(names)}
