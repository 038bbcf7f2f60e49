"""Times of the same thing done by several subjects, and a table of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Call = Callable[[], object]

_BATCH_SECONDS = 0.05


@dataclass(frozen=True)
class Target:
    """What a median is to be, at most, beside that of another subject."""

    subject: str
    ratio: float


@dataclass(frozen=True)
class Times:
    """Medians of one call, in seconds: on the clock, and of this process's processor time.

    The latter tells nothing of waiting, but little of what else the machine does either.
    """

    wall: float
    cpu: float


def medians(calls: Mapping[str, Call], rounds: int) -> dict[str, Times]:
    """The median times of each call.

    Each round times all of them, a batch of each, so that what else the machine
    does in the meantime falls on all.

    Raises:
        AssertionError: they do not give the same.
    """
    results = {name: call() for name, call in calls.items()}
    assert len({repr(result) for result in results.values()}) == 1, results
    sizes = {name: _batch(call) for name, call in calls.items()}
    times: dict[str, list[Times]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(_time(call, sizes[name]))
    return {
        name: Times(median([it.wall for it in each]), median([it.cpu for it in each]))
        for name, each in times.items()
    }


def _batch(call: Call) -> int:
    """How many calls take long enough to be timed."""
    _time(call, 5)
    return max(2, int(_BATCH_SECONDS / _time(call, 5).wall))


def _time(call: Call, count: int) -> Times:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        call()
    return Times((time.perf_counter() - wall) / count, (time.process_time() - cpu) / count)


def table(
    title: str,
    times: Mapping[str, Times],
    ours: str,
    targets: Sequence[Target] = (),
    per: int = 1,
) -> str:
    """Microseconds of each, beside ours, and how ours meets its targets."""
    mine = times[ours]
    lines = [f"{title:<34} {'us':>8} {'ratio':>6} {'CPU us':>8} {'ratio':>6}"]
    for name, it in sorted(times.items(), key=lambda item: item[1].wall):
        wall, cpu = (seconds / per * 1e6 for seconds in (it.wall, it.cpu))
        ratios = it.wall / mine.wall, it.cpu / mine.cpu
        lines.append(f"  {name:<32} {wall:>8.1f} {ratios[0]:>6.2f} {cpu:>8.1f} {ratios[1]:>6.2f}")
    for target in targets:
        ratio = mine.wall / times[target.subject].wall
        wanted = f"at most {target.ratio:.2f} of {target.subject}"
        met = "met" if ratio <= target.ratio else "NOT met"
        lines.append(f"  {wanted:<41} {ratio:>6.3f}  {met}")
    return "\n".join(lines)
