"""Fresh Python processes, and what they take."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.setting import Setting

ROOT = Path(__file__).parents[2]

# Statements that print a figure of the process they run in, in bytes.
RESIDENT = """
import os
with open("/proc/self/statm") as it:
    print(int(it.read().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
"""
PEAK = """
with open("/proc/self/status") as it:
    print(*[int(line.split()[1]) * 1024 for line in it if line.startswith("VmHWM")])
"""


@dataclass(frozen=True)
class Ran:
    """What a process printed, and how long it took from its start to its end, in seconds."""

    output: str
    errors: str
    wall: float
    cpu: float


def environment(folder: Path = ROOT) -> dict[str, str]:
    """That of a user's process: bytecode is kept, and nothing depends on chance.

    Modules of `folder` are found first.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    return {**kept, "PYTHONPATH": path, "PYTHONHASHSEED": "0"}


def run(
    code: str,
    *arguments: str,
    under: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
) -> Ran:
    """Run statements in a process of their own, `under` another command if need be.

    Raises:
        RuntimeError: they failed; with what they printed.
    """
    command = [*under, sys.executable, "-c", code, *arguments]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(
        command,
        # Python looks for modules here first, before it does in `environment`'s folder.
        cwd=os.sep,
        env=variables or environment(),
        capture_output=True,
        text=True,
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(done.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ran(done.stdout, done.stderr, wall, cpu)


def times(codes: Mapping[str, str], setting: Setting, *arguments: str) -> dict[str, list[Ran]]:
    """Runs of each, by turns; the first, which may have to compile, does not count."""
    for code in codes.values():
        run(code, *arguments)
    ran: dict[str, list[Ran]] = {name: [] for name in codes}
    for _ in range(setting.rounds):
        for name, code in codes.items():
            ran[name].append(run(code, *arguments))
    return ran


def above(baseline: Sequence[Ran], ran: Sequence[Ran], name: str) -> Figure:
    """How many milliseconds longer runs took than the others of the same rounds."""
    wall = [(it.wall - base.wall) * 1e3 for base, it in zip(baseline, ran)]
    cpu = [(it.cpu - base.cpu) * 1e3 for base, it in zip(baseline, ran)]
    return Figure.of(name, wall, cpu)
