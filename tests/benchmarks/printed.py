"""A table, as text for a terminal."""

from __future__ import annotations

from tests.benchmarks.figures import Table
from tests.benchmarks.targets import TARGETS, verdict


def printed(table: Table) -> str:
    """Each figure with its quartiles, beside that of the first subject, and the targets."""
    first = table.figures[0]
    width = max(34, *(len(it.subject) + 3 for it in table.figures))
    titles = (
        f"{table.name + ', ' + table.unit:<{width}} {'median':>10} {'quartiles':>21} {'ratio':>7}"
    )
    lines = [titles + (f" {'CPU':>10} {'ratio':>7}" if first.cpu is not None else "")]
    for it in sorted(table.figures, key=lambda it: it.median):
        spread = f"{_number(it.low)} - {_number(it.high)}"
        line = f"  {it.subject:<{width - 2}} {_number(it.median):>10} {spread:>21}"
        line += f" {_ratio(it.median, first.median):>7}"
        if it.cpu is not None and first.cpu is not None:
            line += f" {_number(it.cpu):>10} {_ratio(it.cpu, first.cpu):>7}"
        lines.append(line)
    for target in TARGETS:
        if target.table == table.name and (told := verdict(target, [table])):
            lines.append(f"  {target.wanted:<{width + 21}} {told}")
    return "\n".join(lines)


def _number(value: float) -> str:
    """Three digits that tell, or all of a whole number.

    >>> _number(0.01234), _number(12.34), _number(1234567.8)
    ('0.0123', '12.3', '1,234,568')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _ratio(value: float, first: float) -> str:
    return f"{value / first:.2f}" if first else "-"
