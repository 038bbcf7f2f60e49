"""Resident memory: of a client, before and after its first call, and of answers that are held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.benchmarks import payloads, processes
from tests.benchmarks.figures import Figure, Table
from tests.benchmarks.setting import Setting
from tests.benchmarks.subjects import load

# What every client of the standard library's needs is not what is asked here.
_URLLIB = "import urllib.request"


def measure(setting: Setting) -> Iterator[Table]:
    base = _resident("pass", setting)
    clients = {it.name: it.client for it in setting.subjects if it.client}
    yield Table(
        "memory client",
        "MB",
        [_above(base, _resident(it, setting), name) for name, it in clients.items()],
    )
    answers = {it.name: it.first_answer for it in setting.subjects if it.first_answer}
    yield Table(
        "memory first answer",
        "MB",
        [_above(base, _resident(it, setting), name) for name, it in answers.items()],
    )
    yield Table(
        f"memory {setting.held} responses",
        "MB",
        [
            Figure.of(codec.name, _held(it.module, index, setting))
            for it in setting.subjects
            for index, codec in enumerate(it.codecs.get("response", ()))
        ],
    )


def _resident(statements: str, setting: Setting) -> list[float]:
    code = f"{_URLLIB}\n{statements}\n{processes.RESIDENT}"
    processes.run(code, setting.url)  # which may have to compile
    ran = [processes.run(code, setting.url) for _ in range(setting.processes)]
    return [float(it.output.split()[-1]) / 1e6 for it in ran]


def _above(base: Sequence[float], figures: Sequence[float], name: str) -> Figure:
    return Figure.of(name, [mine - other for other, mine in zip(base, figures)])


def _held(module: str, index: int, setting: Setting) -> list[float]:
    code = f"""
from {__name__} import hold
{processes.RESIDENT}
held = hold({module!r}, {index}, {setting.held})
{processes.RESIDENT}
"""
    figures = []
    for _ in range(setting.processes):
        before, after = map(float, processes.run(code).output.split())
        figures.append((after - before) / 1e6)
    return figures


def hold(module: str, index: int, count: int) -> list[object]:
    """Decode that many answers, each a document of its own, and keep them."""
    codec = load(module).codecs["response"][index]
    return [codec.decode(codec.text(payloads.response(number))) for number in range(count)]
