"""The transports that the README shows, made of the README's own text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_README = Path(__file__).parents[3] / "README.md"


def classes() -> dict[str, type[Any]]:
    """Each class of the README's Python code, by its name."""
    _, _, text = _README.read_text(encoding="utf-8").partition("### Your own transport\n")
    text, _, _ = text.partition("\n### ")
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        exec(compile(block, str(_README), "exec"), names)
    return {
        name: value
        for name, value in names.items()
        if isinstance(value, type) and name.endswith("Transport")
    }
