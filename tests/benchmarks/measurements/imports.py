"""What imports take, over a bare interpreter."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks import processes
from tests.benchmarks.figures import Table
from tests.benchmarks.setting import Setting
from tests.benchmarks.subjects.names import STANDARD

_BARE = "a bare interpreter"
_STANDARD = "import urllib.request, json, dataclasses"


def measure(setting: Setting) -> Iterator[Table]:
    types = {it.name: it.types for it in setting.subjects if it.types}
    yield _table("import types", {**types, STANDARD: _STANDARD}, setting)
    clients = {it.name: it.client for it in setting.subjects if it.client}
    yield _table("import client", clients, setting)


def _table(name: str, statements: dict[str, str], setting: Setting) -> Table:
    ran = processes.times({_BARE: "pass", **statements}, setting)
    bare = ran.pop(_BARE)
    return Table(name, "ms", [processes.above(bare, it, subject) for subject, it in ran.items()])
