"""What imports take, over a bare interpreter."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks import processes
from tests.benchmarks.figures import Table
from tests.benchmarks.setting import Setting

_BARE = "a bare interpreter"


def measure(setting: Setting) -> Iterator[Table]:
    yield _table(
        "import types", {it.name: it.types for it in setting.subjects if it.types}, setting
    )
    clients = {it.name: it.client for it in setting.subjects if it.client}
    yield _table("import client", clients, setting)


def _table(name: str, statements: dict[str, str], setting: Setting) -> Table:
    ran = processes.times({_BARE: "pass", **statements}, setting)
    bare = ran.pop(_BARE)
    return Table(name, "ms", [processes.above(bare, it, subject) for subject, it in ran.items()])
