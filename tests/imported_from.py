"""The place of the package, for the processes that tests start."""

from __future__ import annotations

from pathlib import Path

import mistral_proto

__all__ = ["ROOT"]

_FILE = Path(mistral_proto.__file__).resolve()

ROOT = _FILE.parents[1] if _FILE.name == "__init__.py" else _FILE.parent
"""The entry in the path of a process that imports it: a folder, or a zip."""
