"""The pages of the documentation, and the files that they show."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
}


def files() -> dict[str, str]:
    """Return the text of each file that a page shows: a block of Python that begins with its name."""
    block = re.compile(r"^```python\n# (\w+\.py)\n(.*?)^```", re.DOTALL | re.MULTILINE)
    return {name: text for page in PAGES.values() for name, text in block.findall(page)}


def write_files(folder: Path, *names: str, server_url: str) -> None:
    """Write files of the pages into a folder, their clients with the URL of a test server."""
    shown = files()
    for name in names:
        text = shown[name].replace("Mistral()", f"Mistral(server_url={server_url!r})")
        (folder / name).write_text(text, encoding="utf-8")
