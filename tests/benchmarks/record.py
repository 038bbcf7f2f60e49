"""What was measured, kept as a file: for each Python its tables, of the last run that had them."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.figures import Table

RECORD = Path(__file__).with_name("record.json")

Record = Mapping[str, Sequence[Table]]
"""By the version of Python, such as "3.13", oldest first."""


def read(path: Path) -> Record:
    """The record in a file; empty if there is none."""
    if not path.exists():
        return {}
    document = json.loads(path.read_text(encoding="utf-8"))
    return {python: [Table.from_dict(it) for it in tables] for python, tables in document.items()}


def update(path: Path, tables: Iterable[Table]) -> None:
    """Put the tables of this Python in the place of those of the same names."""
    kept = dict(read(path))
    python = ".".join(platform.python_version_tuple()[:2])
    of_this = {table.name: table for table in (*kept.get(python, ()), *tables)}
    kept[python] = list(of_this.values())
    document = {
        python: [asdict(table) for table in kept[python]] for python in sorted(kept, key=_number)
    }
    path.write_text(_text(document), encoding="utf-8")


def _number(python: str) -> tuple[int, ...]:
    return tuple(map(int, python.split(".")))


def _text(document: Mapping[str, Sequence[object]]) -> str:
    """A line a table, so that what has changed is to be seen."""
    parts = []
    for python, tables in document.items():
        lines = ",\n".join(json.dumps(_rounded(it)) for it in tables)
        parts.append(f"{json.dumps(python)}: [\n{lines}\n]")
    return "{" + ",\n".join(parts) + "}\n"


def _rounded(value: object) -> object:
    """Without digits that tell nothing."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {name: _rounded(it) for name, it in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(it) for it in value]
    return value
