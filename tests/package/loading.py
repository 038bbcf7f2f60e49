"""Code in a process of its own, and the modules that it loads there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.imported_from import ROOT


def run(code: str, *path: Path) -> Any:
    """Return the JSON that the code prints, run by a bare Python with this path in front."""
    code = f"import sys; sys.path[:0] = {[*map(str, path)]}\n{code}"
    # -I and -S leave out what the environment and site packages would import.
    command = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def loaded_by(code: str) -> set[str]:
    """Return the modules that the code loads beside those of a bare Python."""
    names = run(
        f"before = set(sys.modules)\n{code}\nnew = sorted(set(sys.modules) - before)\n"
        "import json; print(json.dumps(new))",
        ROOT,
    )
    return set(names)
