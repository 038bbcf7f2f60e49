"""The files that the README shows, each a block of Python that begins with its name."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def readme_files() -> dict[str, str]:
    """What is in each file, by its name."""
    text = README.read_text(encoding="utf-8")
    return dict(re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```", text, re.DOTALL | re.MULTILINE))


def write_files(folder: Path, *names: str, server_url: str) -> None:
    """Write files of the README into a folder; their clients ask a server of ours."""
    files = readme_files()
    for name in names:
        text = files[name].replace("Mistral()", f"Mistral(server_url={server_url!r})")
        (folder / name).write_text(text, encoding="utf-8")
