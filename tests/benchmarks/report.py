"""The record as docs/benchmarks.md shows it, a chart and a table: ``python -m tests.benchmarks.report``."""

from __future__ import annotations

import re
from pathlib import Path

from tests.benchmarks.chart import chart
from tests.benchmarks.processes import ROOT
from tests.benchmarks.record import RECORD, Record, read
from tests.benchmarks.subjects.names import MISTRAL_COMMON, MISTRALAI, OPENAI
from tests.benchmarks.targets import HOSTILE, TARGETS, Target, verdict

PAGE = ROOT / "docs/benchmarks.md"
CHART = Path(__file__).with_name("figures.svg")

_BEGIN = "<!-- benchmarks: `nox -s bench` writes what follows -->"
_END = "<!-- end of benchmarks -->"
_PEERS = (MISTRAL_COMMON, MISTRALAI, OPENAI)


def main() -> None:
    record = read(RECORD)
    CHART.write_text(chart(record), encoding="utf-8")
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), record), encoding="utf-8")


def replaced(page: str, record: Record) -> str:
    """Return the page with the table of this record in place of the one it has."""
    part = f"{_BEGIN}\n{table(record)}\n{_END}"
    text, count = re.subn(f"{_BEGIN}.*?{_END}", lambda _: part, page, flags=re.DOTALL)
    assert count == 1, f"{PAGE.name} has no {_BEGIN}"
    return text


def table(record: Record) -> str:
    """Each target, as each Python meets it, and what the peers have on the newest.

    Those of hostile documents, which are alike, are only printed.
    """
    titles = ["what", "target", *(f"CPython {python}" for python in record), "others"]
    lines = [titles, ["---"] * len(titles)]
    for target in [it for it in TARGETS if it not in HOSTILE]:
        verdicts = [verdict(target, tables) for tables in record.values()]
        if any(verdicts):
            met = ["not measured" if it is None else _told(str(it)) for it in verdicts]
            lines.append([target.what, _wanted(target, record), *met, _others(target, record)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _told(verdict: str) -> str:
    """Met goes without saying.

    >>> _told("1.10 × met"), _told("1.20 × NOT met")
    ('1.10 ×', '**1.20 ×, not met**')
    """
    told, missed, _ = verdict.partition(" NOT met")
    return f"**{told}, not met**" if missed else verdict.removesuffix(" met")


def _wanted(target: Target, record: Record) -> str:
    if target.of:
        return f"{target.wanted}"
    unit = next(it.unit for tables in record.values() for it in tables if it.name == target.table)
    return f"{target.wanted} {unit}"


def _others(target: Target, record: Record) -> str:
    told = []
    newest = list(record.values())[-1]
    for table in newest:
        if table.name == target.table:
            other = table.of(target.of) if target.of else None
            for peer in _PEERS:
                figure = table.of(peer)
                if figure and peer != target.of:
                    ratio = figure.median / other.median if other else None
                    told.append(f"{peer} {f'{ratio:.1f} ×' if ratio else f'{figure.median:,.0f}'}")
    return ", ".join(told)


if __name__ == "__main__":
    main()
