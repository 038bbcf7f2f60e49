"""Code in a process of its own, and what it loads there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.imported_from import ROOT


def run(code: str, *path: Path) -> Any:
    """What the code prints as JSON, run by a bare Python with this path in front."""
    code = f"import sys; sys.path[:0] = {[*map(str, path)]}\n{code}"
    done = subprocess.run(
        # -I and -S leave out what the environment and site packages would import.
        [sys.executable, "-I", "-S", "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def loaded_by(code: str) -> set[str]:
    """The modules that the code loads, less those that a bare Python has loaded."""
    names = run(
        f"before = set(sys.modules)\n{code}\nnew = sorted(set(sys.modules) - before)\n"
        "import json; print(json.dumps(new))",
        ROOT,
    )
    return set(names)
