"""The record as the documentation shows it: ``python -m tests.benchmarks.report``.

It writes the chart, the tables of ``docs/benchmarks.md`` and four lines of the README.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from tests.benchmarks.record import Record, Table, read
from tests.benchmarks.subjects import NAIVE, OURS

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGE = ROOT / "docs" / "benchmarks.md"
CHART = ROOT / "docs" / "benchmarks.svg"

BEGIN = "<!-- benchmarks: `nox -s bench` writes what follows -->"
END = "<!-- end of benchmarks -->"
PEERS = ("mistralai", "openai")

STYLE = """
.paper { fill: #ffffff } .text { fill: #1f2328 } .quiet { fill: #656d76 }
.ours { fill: #0969da } .other { fill: #afb8c1 }
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117 } .text { fill: #e6edf3 } .quiet { fill: #8d96a0 }
.ours { fill: #4493f8 } .other { fill: #59636e }
}
text { font: 12px system-ui, sans-serif } .title { font-weight: 600 }
"""
# In pixels: a panel holds labels, bars and figures.
LABELS, BARS, FIGURES, MARGIN, ROW = 110, 190, 120, 20, 20
PANEL = LABELS + BARS + FIGURES
PANELS = (
    "cold start",
    "cold start without byte code",
    "a complete call",
    "stream, one event a block",
    "decode a response",
    "encode a request",
    "memory after a call",
    "installed size",
)


def number(value: float) -> str:
    """Return three significant digits, or a whole number."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def ratio(table: Table, subject: str) -> str:
    return f"{table.figures[subject] / table.figures[NAIVE]:.2f} ×"


def summary(record: Record) -> str:
    """Return the four lines of the README, from the newest Python."""
    python, tables = list(record.items())[-1]

    def beside(name: str) -> str:
        table = tables[name]
        ours = f"{ratio(table, OURS)} a script of urllib, json and dataclasses"
        peers = ", ".join(f"{it} {ratio(table, it)}" for it in PEERS)
        return f"{ours} ({peers})"

    size = tables["installed size"].figures
    sizes = ", ".join(f"{it} {number(size[it])} KB" for it in PEERS)
    return "\n".join(
        (
            f"- A process from its start to the first answer, on Python {python}: {beside('cold start')}.",
            f"- A complete call on a kept connection: {beside('a complete call')}.",
            f"- An event of a stream, processor time: {beside('stream, one event a block')}.",
            f"- Installed, with all that it needs: {number(size[OURS])} KB ({sizes}).",
        )
    )


def tables(record: Record) -> str:
    """Return a table for each Python, newest first."""
    return "\n\n".join(
        f"### CPython {python}\n\n" + "\n".join(_rows(list(of.values())))
        for python, of in [*record.items()][::-1]
    )


def _rows(tables: list[Table]) -> Iterator[str]:
    subjects = [*dict.fromkeys(it for table in tables for it in table.figures)]
    yield f"| measurement | {' | '.join(subjects)} |"
    yield "|---" * (len(subjects) + 1) + "|"
    for table in tables:
        cells = []
        for subject in subjects:
            figure = table.figures.get(subject)
            cell = "" if figure is None else number(figure)
            if figure is not None and NAIVE in table.figures and subject != NAIVE:
                cell += f" ({ratio(table, subject)})"
            cells.append(cell)
        yield f"| {table.name}, {table.unit} | {' | '.join(cells)} |"


def chart(record: Record) -> str:
    """Return an SVG with a panel of bars for each of `PANELS`, of the newest Python."""
    python, tables = list(record.items())[-1]
    shapes = []
    tops = [MARGIN + ROW] * 2
    for index, name in enumerate(PANELS):
        table, column = tables[name], index % 2
        x, y = MARGIN + column * (PANEL + MARGIN), tops[column]
        shapes.append(_text(x, y + 12, f"{name}, {table.unit}", "text title"))
        longest = max(table.figures.values())
        for row, (subject, figure) in enumerate(table.figures.items(), start=1):
            middle, width = y + row * ROW, max(1, figure / longest * BARS)
            kind = "ours" if subject == OURS else "other"
            shapes += [
                _text(x, middle + 12, subject, "text"),
                f'<rect class="{kind}" x="{x + LABELS}" y="{middle + 2}"'
                f' width="{width:.1f}" height="12"/>',
                _text(x + LABELS + width + 6, middle + 12, number(figure), "quiet"),
            ]
        tops[column] += (len(table.figures) + 1) * ROW + MARGIN
        if column:
            tops = [max(tops)] * 2
    width, height = 2 * PANEL + 3 * MARGIN, max(tops)
    head = _text(MARGIN, MARGIN, f"CPython {python}, medians, shorter is better", "quiet")
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}"'
            f' height="{height}" viewBox="0 0 {width} {height}">',
            f"<title>mistral_proto beside other packages</title><style>{STYLE}</style>",
            f'<rect class="paper" width="{width}" height="{height}" rx="8"/>',
            head,
            *shapes,
            "</svg>\n",
        )
    )


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y}">{escape(text)}</text>'


def replaced(page: str, text: str) -> str:
    """Return the page with another text between its markers."""
    part = f"{BEGIN}\n{text}\n{END}"
    result, count = re.subn(f"{BEGIN}.*?{END}", lambda _: part, page, flags=re.DOTALL)
    assert count == 1, f"the page has no {BEGIN}"
    return result


def written(record: Record) -> dict[Path, str]:
    """Return the text of each file that shows the record."""
    return {
        CHART: chart(record),
        PAGE: replaced(PAGE.read_text(encoding="utf-8"), tables(record)),
        README: replaced(README.read_text(encoding="utf-8"), summary(record)),
    }


if __name__ == "__main__":
    for path, text in written(read()).items():
        path.write_text(text, encoding="utf-8")
