"""What a measurement gives: tables of figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median, quantiles
from typing import Any


@dataclass(frozen=True)
class Figure:
    """The median of what was measured of one subject, and its quartiles.

    `cpu` is the median of the processor time of this process alone, where that tells
    more: it knows nothing of waiting, but little of what else the machine does either.
    """

    subject: str
    median: float
    low: float
    high: float
    cpu: float | None = None

    @classmethod
    def of(cls, subject: str, samples: Sequence[float], cpu: Sequence[float] = ()) -> Figure:
        """The figure of samples, one or more.

        >>> Figure.of("ours", [3.0, 1.0, 2.0])
        Figure(subject='ours', median=2.0, low=1.5, high=2.5, cpu=None)
        """
        low, high = samples[0], samples[0]
        if len(samples) > 1:
            low, _, high = quantiles(samples, n=4, method="inclusive")
        return cls(subject, median(samples), low, high, median(cpu) if cpu else None)


@dataclass(frozen=True)
class Table:
    """One measurement of several subjects.

    Attributes:
        name: by which targets and the chart refer to it.
        unit: of its figures.
        figures: one a subject.
    """

    name: str
    unit: str
    figures: Sequence[Figure]

    def of(self, subject: str) -> Figure | None:
        """The figure of a subject, if it was measured."""
        return next((it for it in self.figures if it.subject == subject), None)

    def to_dict(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Table:
        """What `to_dict` gave.

        >>> table = Table("complete", "us", [Figure.of("ours", [1.0])])
        >>> Table.from_dict(table.to_dict()) == table
        True
        """
        figures = [Figure(**it) for it in document["figures"]]
        return cls(document["name"], document["unit"], figures)
