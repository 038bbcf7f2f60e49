"""The figures that were measured, kept in a file."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

RECORD = Path(__file__).with_name("record.json")


@dataclass(frozen=True)
class Table:
    """One measurement of several subjects: the median of each, in `unit`."""

    name: str
    unit: str
    figures: Mapping[str, float]

    @classmethod
    def of(cls, name: str, unit: str, samples: Mapping[str, Sequence[float]]) -> Table:
        """Return the table of the medians of samples."""
        return cls(name, unit, {subject: median(values) for subject, values in samples.items()})


Record = Mapping[str, Mapping[str, Table]]
"""Tables by name, by version of Python such as "3.13", oldest first."""


def read() -> Record:
    """Return what `RECORD` holds."""
    document = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    return {
        python: {name: Table(name, **table) for name, table in tables.items()}
        for python, tables in document.items()
    }


def update(tables: Iterable[Table]) -> None:
    """Replace the tables of the same names of this Python."""
    record = {python: dict(of) for python, of in read().items()}
    python = ".".join(platform.python_version_tuple()[:2])
    record.setdefault(python, {}).update((table.name, table) for table in tables)
    document = {
        python: {
            name: {
                "unit": table.unit,
                "figures": {it: float(f"{value:.4g}") for it, value in table.figures.items()},
            }
            for name, table in record[python].items()
        }
        for python in sorted(record, key=lambda it: int(it.partition(".")[2]))
    }
    RECORD.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
