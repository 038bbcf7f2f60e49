"""Times of the same thing done by several subjects, by turns."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.figures import Figure
from tests.benchmarks.setting import Setting

_MOST_FRESH = 5_000


@dataclass(frozen=True)
class Work:
    """What is timed: `run`, of an item.

    With `fresh` each call has an item that is made for it, untimed: so what an object
    remembers of an earlier call is not taken for speed.
    """

    run: Callable[[Any], object]
    item: object = None
    fresh: Callable[[], object] | None = None


@dataclass
class _Samples:
    count: int
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    spent: float = 0.0


def by_turns(works: Mapping[str, Work], setting: Setting, unit: float = 1e6) -> list[Figure]:
    """The times of one call of each, in `unit` to the second.

    Each round times all of them, a batch of each, so that what else the machine
    does in the meantime falls on all.
    """
    samples = {name: _Samples(_batch(work, setting)) for name, work in works.items()}
    for done in range(setting.rounds):
        for name, work in works.items():
            it = samples[name]
            if done < 3 or it.spent < setting.patience:
                wall, cpu = _time(work, it.count)
                it.wall.append(wall * unit)
                it.cpu.append(cpu * unit)
                it.spent += wall * it.count
    return [Figure.of(name, it.wall, it.cpu) for name, it in samples.items()]


def _batch(work: Work, setting: Setting) -> int:
    """How many calls take long enough to be timed."""
    once, _ = _time(work, 1)
    if once < setting.batch_seconds:
        once, _ = _time(work, 5)
    count = max(1, int(setting.batch_seconds / once))
    return count if work.fresh is None else min(count, _MOST_FRESH)


def _time(work: Work, count: int) -> tuple[float, float]:
    """Seconds a call: on the clock, and of this process's processor time."""
    run = work.run
    # What is already there is not to be searched for garbage while the clock runs.
    gc.collect()
    if work.fresh is None:
        items = [work.item] * count
    else:
        items = [work.fresh() for _ in range(count)]
    gc.freeze()
    wall, cpu = time.perf_counter(), time.process_time()
    for item in items:
        run(item)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    gc.unfreeze()
    return wall / count, cpu / count
