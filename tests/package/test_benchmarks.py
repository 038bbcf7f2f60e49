"""The benchmarks run, and the docs show what their record says; how fast it is, is not asked."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.benchmarks import chart, record, report, server, subjects
from tests.benchmarks.figures import Figure, Table
from tests.benchmarks.measurements import MEASUREMENTS, hostile
from tests.benchmarks.printed import printed
from tests.benchmarks.processes import ROOT, environment
from tests.benchmarks.setting import Setting
from tests.benchmarks.subjects.names import JSON, KEPT, OURS, STANDARD, URLOPEN
from tests.benchmarks.targets import TARGETS, Target, verdict

WITHOUT_PEERS = ("ours", "plain_json", "kept_connection", "urlopen")
ONLY_OURS, CLIENTS = {OURS}, {OURS, KEPT, URLOPEN}
CODECS = {OURS, JSON, "json.loads of bytes"}

# Each measurement, and of whom its tables are when there are no peers.
TABLES = {
    "installed": {
        "installed size": ONLY_OURS,
        "installed files": ONLY_OURS,
        "installed packages": ONLY_OURS,
        "installed compiled files": ONLY_OURS,
    },
    "imports": {"import types": {OURS, STANDARD}, "import client": {OURS, URLOPEN}},
    "cold_process": {"cold first answer": {OURS, URLOPEN}, "cold first event": {OURS, URLOPEN}},
    "lambda_cold_start": {
        "lambda cold start": {OURS, URLOPEN, f"{OURS}, of a layer without bytecode"},
    },
    "memory": {
        "memory client": {OURS, URLOPEN},
        "memory first answer": {OURS, URLOPEN},
        "memory 10 responses": CODECS,
    },
    "stream_peak": {
        "stream peak": {f"{name}, {events} events" for name in (OURS, URLOPEN) for events in (3, 4)}
    },
    "decoding": {f"decode {name}": CODECS for name in ("response", "chunk", "request")}
    | {"decode large request": CODECS},
    "encoding": {f"encode {name}": {OURS, JSON} for name in ("response", "chunk", "request")}
    | {"encode large request": {OURS, JSON}},
    "history": {
        "history build": {f"{OURS}, from typed messages", f"{OURS}, from dicts"},
        "history build and encode": {f"{OURS}, from typed messages", f"{JSON}, from dicts"},
        "history calls": {
            f"from {kind} of {chunks} chunks"
            for kind in ("typed messages", "dicts")
            for chunks in (2, 40)
        },
    },
    "hostile": {
        f"hostile: {name}": {f"{size} items" for size in hostile.SIZES} for name in hostile.SHAPES
    },
    "complete_call": {"complete": CLIENTS},
    "events": {f"stream {events}": CLIENTS for events in (2, 3, 4)},
    "streams_at_once": {
        "1 at once, threads": {OURS, URLOPEN},
        "2 at once, threads": {OURS, URLOPEN},
        "1 at once, asyncio": ONLY_OURS,
        "2 at once, asyncio": ONLY_OURS,
    },
    "instructions": {
        "calls, decode response": {OURS, JSON},
        "calls, decode chunk": {OURS, JSON},
        "calls, encode chunk": {OURS, JSON},
        "calls, encode request": {OURS, JSON},
        "calls, complete call": CLIENTS,
        "calls, ten events of a stream": CLIENTS,
        "calls, import of client": {OURS, URLOPEN},
    },
}


@pytest.fixture(scope="module")
def setting() -> Iterator[Setting]:
    """As little of everything as can be."""
    found, absent = subjects.found(WITHOUT_PEERS)
    assert not absent
    with server.running() as url:
        yield Setting(
            url,
            found,
            rounds=1,
            batch_seconds=0,
            processes=1,
            events=(2, 3, 4),
            streams=(1, 2),
            held=10,
        )


def test_every_measurement_is_tried() -> None:
    assert set(TABLES) == set(MEASUREMENTS)


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_a_measurement_gives_its_tables(name: str, setting: Setting) -> None:
    tables = list(MEASUREMENTS[name](setting))
    assert {it.name: {figure.subject for figure in it.figures} for it in tables} == TABLES[name]
    for table in tables:
        lines = printed(table).splitlines()
        assert lines[0].startswith(f"{table.name}, {table.unit} ")
        for figure in table.figures:
            assert figure.low <= figure.median <= figure.high
            assert any(line.startswith(f"  {figure.subject} ") for line in lines)


@pytest.mark.parametrize(
    "target", [pytest.param(it, id=f"{it.table}, {it.wanted}") for it in TARGETS]
)
def test_a_target_is_of_a_table_that_there_is(target: Target) -> None:
    measured = {table for tables in TABLES.values() for table in tables}
    # The shortest and longest streams are others here.
    assert target.table in measured or target.table == "stream 2000"


@pytest.mark.parametrize(
    ("ours", "said"), [(2.0, "0.50 × met"), (4.0, "1.00 × met"), (5.0, "1.25 × NOT met")]
)
def test_a_verdict_on_a_ratio(ours: float, said: str) -> None:
    table = Table("t", "us", [Figure.of(OURS, [ours]), Figure.of("peer", [4.0])])
    assert str(verdict(Target("it", "t", 1.0, of="peer"), [table])) == said


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (Target("it", "another", 1.0), "no such table"),
        (Target("it", "t", 1.0, of="peer"), "the peer is not installed"),
        (Target("it", "t", 1.0, subject="peer"), "nor here"),
    ],
)
def test_no_verdict_on_what_was_not_measured(target: Target, why: str) -> None:
    assert verdict(target, [Table("t", "us", [Figure.of(OURS, [1.0])])]) is None, why


def test_an_absent_peer_is_left_out_and_said_to_be() -> None:
    found, absent = subjects.found(("no_such_module", "ours"))
    assert [it.name for it in found] == [OURS]
    assert [line.partition(":")[0] for line in absent] == ["no_such_module is left out"]


def test_a_record_keeps_the_tables_that_were_not_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    old, kept, new = (
        Table(name, "us", [Figure.of(OURS, [value])])
        for name, value in [("one", 1.0), ("two", 2.0), ("one", 3.0)]
    )
    record.update(path, [old, kept])
    record.update(path, [new])
    (tables,) = record.read(path).values()
    assert tables == [new, kept]


def test_the_command(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    command = "-m tests.benchmarks --only installed --only history --rounds 1 --record"
    done = subprocess.run(
        [sys.executable, *command.split(), str(path)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    (tables,) = record.read(path).values()
    for table in tables:
        assert f"\n{table.name}, {table.unit} " in done.stdout
    assert {it.name for it in tables} == {*TABLES["installed"], *TABLES["history"]}


def test_the_chart_is_that_of_the_record() -> None:
    measured = record.read(record.RECORD)
    text = report.CHART.read_text(encoding="utf-8")
    assert text == chart.chart(measured)
    svg = ElementTree.fromstring(text)
    bars = [it for it in svg.iter() if it.tag.endswith("rect") and it.get("class") != "paper"]
    shown = [
        figure
        for panel in chart.PANELS
        for tables in measured.values()
        for table in tables
        if table.name == panel.table
        for figure in table.figures
        if figure.subject in panel.subjects
    ]
    assert len(bars) == len(shown) > 2 * len(chart.PANELS)


def test_the_table_in_the_docs_is_that_of_the_record() -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    assert report.replaced(page, record.read(record.RECORD)) == page
    path = report.CHART.relative_to(ROOT)
    assert f"(../{path})" in page
    assert f"({path})" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "module", ["calls", "figures", "printed", "report", "targets", "measurements.instructions"]
)
def test_examples(module: str) -> None:
    result = doctest.testmod(importlib.import_module(f"tests.benchmarks.{module}"))
    assert result.attempted and not result.failed
