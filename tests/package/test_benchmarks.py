"""The documentation shows the figures of the benchmarks' record; no benchmark runs here."""

from __future__ import annotations

from tests.benchmarks import record, report


def test_the_pages_show_the_record() -> None:
    for path, text in report.written(record.read()).items():
        assert path.read_text(encoding="utf-8") == text, path


def test_every_panel_of_the_chart_was_measured_on_each_python() -> None:
    for python, tables in record.read().items():
        assert set(report.PANELS) <= set(tables), python
