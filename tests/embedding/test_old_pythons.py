"""A Python that is too old is named, with what is needed, by the package and by its copies."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

from mistral_proto.cli import main
from tests.imported_from import ROOT

# A copy's name, and arguments for Python in the folder where the copy is.
USES = [
    ("mistral_proto", "-c", "import mistral_proto"),
    ("mistral_proto", "-m", "mistral_proto"),
    ("vendored", "-c", "from vendored.sse import EventStreamParser"),
    ("vendored", "-m", "vendored"),
    ("bundled", "-c", "from bundled.sse import EventStreamParser"),
    ("bundled.py", "-m", "bundled"),
    ("bundled.py", "bundled.py", "--help"),
]


@cache
def version_of(python: str) -> str:
    """Return the version of a Python, or nothing if it does not run here."""
    show = [python, "-c", "import sys; print(sys.version.split()[0])"]
    try:
        done = subprocess.run(show, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    # A version manager's command fails where that version was not asked for.
    return done.stdout.strip() if done.returncode == 0 else ""


def test_the_version_that_is_needed_is_named(tmp_path: Path) -> None:
    assert main(["vendor", str(tmp_path), "--name", "vendored", "--only", "types"]) == 0
    assert main(["bundle", "-o", str(tmp_path / "bundled.py")]) == 0
    for python in ("python2.7", "python3.6", "python3.7", "python3.8", "python3.9"):
        for name, *arguments in USES if version_of(python) else []:
            done = subprocess.run(
                [python, "-B", *arguments],
                cwd=ROOT if name == "mistral_proto" else tmp_path,
                capture_output=True,
                encoding="utf-8",
            )
            assert (done.returncode, done.stdout) == (1, "")
            needs = f"{name} needs Python 3.10 or newer; this is {version_of(python)}"
            lines = done.stderr.splitlines()
            assert lines[-1].rstrip(")").endswith(needs), (python, arguments, done.stderr)
            # A program has no traceback, where it can be without.
            assert arguments[0] != "bundled.py" or len(lines) == 1
