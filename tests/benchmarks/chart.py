"""A chart of a record, as SVG that can be read on a light page and on a dark one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from tests.benchmarks.figures import Figure, Table
from tests.benchmarks.record import Record
from tests.benchmarks.subjects.names import (
    JSON,
    MISTRAL_COMMON,
    MISTRALAI,
    MSGSPEC,
    OPENAI,
    OURS,
    PYDANTIC,
    URLOPEN,
)


@dataclass(frozen=True)
class Panel:
    """One group of bars: a table's figures of some subjects."""

    title: str
    table: str
    subjects: Sequence[str]


_CLIENTS = (OURS, URLOPEN, MISTRALAI, OPENAI)
_PACKAGES = (OURS, MISTRAL_COMMON, MISTRALAI, OPENAI)
_CODECS = (OURS, JSON, MSGSPEC, PYDANTIC, MISTRALAI, OPENAI)

PANELS = [
    Panel("Cold process to its first answer", "cold first answer", _CLIENTS),
    Panel("Import of all request and response types", "import types", _PACKAGES),
    Panel("Stream, typed events", "stream 2000", _CLIENTS),
    Panel("A complete call", "complete", _CLIENTS),
    Panel("Decode a response", "decode response", _CODECS),
    Panel("Encode a stream chunk", "encode chunk", _CODECS),
    Panel("Memory after import of the client, over urllib", "memory client", _CLIENTS),
    Panel("Installed, with what it needs", "installed size", _PACKAGES),
]

_STYLE = """
.paper { fill: #ffffff } .text { fill: #1f2328 } .quiet { fill: #656d76 }
.ours { fill: #0969da } .other { fill: #afb8c1 } .older { opacity: 0.55 }
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117 } .text { fill: #e6edf3 } .quiet { fill: #8d96a0 }
.ours { fill: #4493f8 } .other { fill: #59636e }
}
text { font: 12px system-ui, sans-serif } .title { font-weight: 600 }
"""

# In pixels.
_WIDTH, _MARGIN, _LABEL, _VALUE = 920, 24, 140, 110
_PANEL = (_WIDTH - 3 * _MARGIN) // 2
_BAR = _PANEL - _LABEL - _VALUE
_HEAD, _ROW, _TITLE = 40, 24, 28


def chart(record: Record) -> str:
    """The panels two by two, with a bar for each Python, the newest first."""
    svg = Element("svg", xmlns="http://www.w3.org/2000/svg", role="img")
    SubElement(svg, "title").text = "mistral_proto beside its peers and the standard library"
    SubElement(svg, "style").text = _STYLE
    paper = SubElement(svg, "rect", {"class": "paper", "rx": "8", "width": str(_WIDTH)})
    pythons = [*record][::-1]
    told = "medians, shorter is better"
    if pythons:
        thin = f", thin: {', '.join(pythons[1:])}" if pythons[1:] else ""
        told = f"CPython {pythons[0]}{thin}; {told}"
    _text(svg, _MARGIN, 24, told, "quiet")
    top = _HEAD
    for left, right in zip(PANELS[::2], PANELS[1::2]):
        drawn = [
            _panel(svg, panel, record, pythons, _MARGIN + column * (_PANEL + _MARGIN), top)
            for column, panel in enumerate((left, right))
        ]
        top += max(drawn)
    for element, name, value in (
        (paper, "height", str(top)),
        (svg, "viewBox", f"0 0 {_WIDTH} {top}"),
        (svg, "width", str(_WIDTH)),
        (svg, "height", str(top)),
    ):
        element.set(name, value)
    ElementTree.indent(svg)
    return ElementTree.tostring(svg, encoding="unicode") + "\n"


def _panel(
    svg: Element, panel: Panel, record: Record, pythons: Sequence[str], x: int, y: int
) -> int:
    """Draw a panel; gives its height."""
    tables = {
        python: table for python in pythons for table in record[python] if table.name == panel.table
    }
    shown = [name for name in panel.subjects if any(it.of(name) for it in tables.values())]
    unit = next((table.unit for table in tables.values()), "")
    _text(svg, x, y + 14, panel.title, "text title")
    scale = max((it.median for of in tables.values() for it in _of(of, shown)), default=0) or 1
    for row, name in enumerate(shown):
        top = y + _TITLE + row * _ROW
        ours = name == OURS
        _text(svg, x, top + 11, name, "text title" if ours else "text")
        beside, longest = [], 0.0
        for index, (python, table) in enumerate(tables.items()):
            if figure := table.of(name):
                kind = "ours" if ours else "other"
                width = max(1.5, figure.median / scale * _BAR)
                longest = max(longest, width)
                _bar(
                    svg,
                    x + _LABEL,
                    top + 9 * index,
                    width,
                    index,
                    kind,
                    f"{python}: {_told(figure, unit)}",
                )
                beside.append(_number(figure.median))
        label = " / ".join(beside) + (f" {unit}" if ours else "")
        _text(svg, x + _LABEL + longest + 6, top + 11, label, "quiet")
    return _TITLE + len(shown) * _ROW + 12


def _of(table: Table, names: Sequence[str]) -> list[Figure]:
    return [it for it in table.figures if it.subject in names]


def _bar(svg: Element, x: float, y: float, width: float, index: int, kind: str, title: str) -> None:
    older = index > 0
    bar = SubElement(
        svg,
        "rect",
        {
            "class": f"{kind} older" if older else kind,
            "x": _pixels(x),
            "y": _pixels(y),
            "width": _pixels(width),
            "height": "4" if older else "8",
            "rx": "1",
        },
    )
    SubElement(bar, "title").text = title


def _told(figure: Figure, unit: str) -> str:
    return (
        f"{figure.subject}, {_number(figure.median)} {unit}, "
        f"quartiles {_number(figure.low)} and {_number(figure.high)}"
    )


def _text(svg: Element, x: float, y: float, text: str, kind: str) -> None:
    SubElement(svg, "text", {"class": kind, "x": _pixels(x), "y": _pixels(y)}).text = text


def _pixels(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
