"""The pages of the documentation, and the programs that they show."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
}


def files() -> dict[str, str]:
    """Return each program: the text of a block of Python, by the file name in its first line."""
    block = re.compile(r"^```python\n# (\w+\.py)\n(.*?)^```", re.DOTALL | re.MULTILINE)
    return {name: text for page in PAGES.values() for name, text in block.findall(page)}


def write_files(folder: Path, *names: str, server_url: str) -> None:
    """Write programs into a folder; their clients get the URL of a test server."""
    shown = files()
    for name in names:
        text = re.sub(r"\bMistral\(", f"Mistral(server_url={server_url!r}, ", shown[name])
        (folder / name).write_text(text, encoding="utf-8")


def output_of(folder: Path, name: str, *, server_url: str) -> str:
    """Write a program into a folder, run it there, and return its output."""
    write_files(folder, name, server_url=server_url)
    return subprocess.run(
        [sys.executable, name],
        cwd=folder,
        env={**os.environ, "MISTRAL_API_KEY": "k", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    ).stdout
