"""The measurements: each yields tables. Every round measures all subjects in turn."""

from __future__ import annotations

import gc
import os
import re
import shutil
import site
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path

import mistral_proto
from tests.benchmarks import payloads
from tests.benchmarks.record import Table
from tests.benchmarks.subjects import OURS, Subject

BATCH_SECONDS = 0.05
EVENTS = 1_000
ROOT = Path(mistral_proto.__file__).parents[1]

# Printed by a program at its end: the resident memory in bytes.
_RESIDENT = """
import os
with open("/proc/self/statm") as file:
    print(int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
"""


@dataclass(frozen=True)
class Setting:
    """The subjects, the URL of the server, and how many rounds are measured."""

    subjects: Sequence[Subject]
    url: str
    rounds: int


def size(setting: Setting) -> Iterator[Table]:
    """Measure what an installation takes, with all that it needs, without byte code."""
    sizes = {}
    for subject in setting.subjects:
        if subject.name == OURS:  # the benchmarks run on a checkout
            files = [*Path(mistral_proto.__file__).parent.rglob("*")]
        elif subject.distribution:
            needed = _with_requirements(subject.distribution, set())
            files = [Path(str(it.locate_file(file))) for it in needed for file in it.files or ()]
        else:
            continue
        sources = [it for it in files if it.is_file() and "__pycache__" not in it.parts]
        sizes[subject.name] = sum(it.stat().st_size for it in sources) / 1e3
    yield Table("installed size", "KB", sizes)


def _with_requirements(name: str, seen: set[str]) -> Iterator[metadata.Distribution]:
    name = re.sub(r"[-_.]+", "-", name).lower()
    if name in seen:
        return
    seen.add(name)
    with suppress(metadata.PackageNotFoundError):  # not needed on this platform
        yield (distribution := metadata.distribution(name))
        for requirement in distribution.requires or ():
            if "extra ==" not in requirement and (needed := re.match(r"[\w.-]+", requirement)):
                yield from _with_requirements(needed[0], seen)


def cold_start(setting: Setting) -> Iterator[Table]:
    """Measure a process with one call, from its start to its end.

    First with nothing compiled, as on a read-only host: byte code of the packages is deleted.
    """
    for folder in [*site.getsitepackages(), str(Path(mistral_proto.__file__).parent)]:
        for cache in [*Path(folder).rglob("__pycache__")]:
            shutil.rmtree(cache)
    programs = {it.name: it.program for it in setting.subjects if it.program}
    yield _cold("cold start without byte code", programs, setting, "-B")
    yield _cold("cold start", programs, setting)


def imports(setting: Setting) -> Iterator[Table]:
    """Measure the import of all types of requests and responses, above a bare interpreter."""
    types = {it.name: it.types for it in setting.subjects if it.types}
    yield _cold("import of the types", types, setting, above="pass")


def _cold(
    name: str,
    programs: Mapping[str, str],
    setting: Setting,
    *options: str,
    above: str | None = None,
) -> Table:
    ran = {**programs, **({"": above} if above else {})}
    samples: dict[str, list[float]] = {subject: [] for subject in ran}
    for round_ in range(setting.rounds + 1):
        for subject, program in ran.items():
            start = time.perf_counter()
            _run(program, setting.url, *options)
            took = (time.perf_counter() - start) * 1e3
            if round_:  # the first one may compile
                samples[subject].append(took)
    base = samples.pop("", [0.0] * setting.rounds)
    return Table.of(
        name, "ms", {it: [a - b for a, b in zip(of, base)] for it, of in samples.items()}
    )


def _run(program: str, url: str, *options: str) -> str:
    """Run a program as a user would, who lets Python keep byte code; return its output."""
    kept = {name: it for name, it in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, *options, "-c", program, url],
        env={**kept, "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)},
        cwd=os.sep,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def memory(setting: Setting) -> Iterator[Table]:
    """Measure the resident memory of a process after a call, above a bare interpreter."""
    programs = {it.name: it.program for it in setting.subjects if it.program}
    samples: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(min(setting.rounds, 5)):
        base = int(_run(_RESIDENT, setting.url))
        for name, program in programs.items():
            used = int(_run(program + _RESIDENT, setting.url).split()[-1])
            samples[name].append((used - base) / 1e6)
    yield Table.of("memory after a call", "MB", samples)


def decode(setting: Setting) -> Iterator[Table]:
    """Measure bytes to objects."""
    for document in ("response", "request"):
        data = getattr(payloads, document)()
        tasks = {
            it.name: partial(it.decode[document], data)
            for it in setting.subjects
            if document in it.decode
        }
        yield Table.of(f"decode a {document}", "us", _by_turns(tasks, setting))


def encode(setting: Setting) -> Iterator[Table]:
    """Measure objects to JSON text."""
    data = payloads.request()
    tasks = {
        it.name: partial(it.encode["request"], it.decode["request"](data))
        for it in setting.subjects
        if it.encode
    }
    yield Table.of("encode a request", "us", _by_turns(tasks, setting))


def call(setting: Setting) -> Iterator[Table]:
    """Measure a call of a client that has made calls before."""
    tasks = {it.name: it.complete(setting.url) for it in setting.subjects if it.complete}
    assert len({task() for task in tasks.values()}) == 1
    yield Table.of("a complete call", "us", _by_turns(tasks, setting))


def stream(setting: Setting) -> Iterator[Table]:
    """Measure the processor time of an event: sent one by one, as a model does, and all at once."""
    for name, kind in (("one event a block", "paced"), ("many events a block", "events")):
        samples: dict[str, list[float]] = {}
        url = f"{setting.url}/{kind}/{EVENTS}"
        tasks = {it.name: it.stream(url) for it in setting.subjects if it.stream}
        for _ in range(setting.rounds):
            for subject, task in tasks.items():
                gc.collect()
                start = time.process_time()
                assert sum(1 for _ in task()) == EVENTS
                took = (time.process_time() - start) * 1e6 / EVENTS
                samples.setdefault(subject, []).append(took)
        yield Table.of(f"stream, {name}", "us an event", samples)


def _by_turns(
    tasks: Mapping[str, Callable[[], object]], setting: Setting
) -> dict[str, list[float]]:
    """Return microseconds a call of each task, a sample a round."""
    counts = {name: max(1, int(BATCH_SECONDS / _seconds(task, 5))) for name, task in tasks.items()}
    samples: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(setting.rounds):
        for name, task in tasks.items():
            samples[name].append(_seconds(task, counts[name]) * 1e6)
    return samples


def _seconds(task: Callable[[], object], count: int) -> float:
    gc.collect()
    gc.freeze()  # garbage collections of older objects are not part of the task
    start = time.perf_counter()
    for _ in range(count):
        task()
    took = time.perf_counter() - start
    gc.unfreeze()
    return took / count


MEASUREMENTS = {
    function.__name__: function
    for function in (
        cold_start,
        imports,
        memory,
        size,
        decode,
        encode,
        call,
        stream,
    )
}
