"""What is to be reached: the one place that says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.benchmarks.figures import Table
from tests.benchmarks.measurements import hostile
from tests.benchmarks.subjects.names import JSON, MISTRALAI, OPENAI, OURS, STANDARD, URLOPEN


@dataclass(frozen=True)
class Target:
    """What our median in a table is to be, at most.

    Attributes:
        what: is measured, in a reader's words.
        table: the name of the table.
        at_most: as a multiple of the other's; without one, in the table's unit.
        subject: whose figure it is about.
        of: the other, whose median is measured by turns with ours.
    """

    what: str
    table: str
    at_most: float
    of: str | None = None
    subject: str = OURS

    @property
    def wanted(self) -> str:
        """The bound, as text.

        >>> Target("a call", "complete", 0.6, of="urlopen").wanted
        'at most 0.60 × urlopen'
        """
        return f"at most {self.at_most:.2f} × {self.of}" if self.of else f"at most {self.at_most:g}"


@dataclass(frozen=True)
class Verdict:
    """A target beside what was measured, in the terms of its bound."""

    target: Target
    measured: float
    unit: str

    @property
    def met(self) -> bool:
        return self.measured <= self.target.at_most

    def __str__(self) -> str:
        shown = f"{self.measured:.2f} ×" if self.target.of else f"{self.measured:.3g} {self.unit}"
        return f"{shown} {'met' if self.met else 'NOT met'}"


# Twice the size takes twice the time; noise is allowed for.
HOSTILE = [
    Target(
        f"{name}: twice as many",
        f"hostile: {name}",
        2.8,
        of=f"{hostile.SIZES[-2]} items",
        subject=f"{hostile.SIZES[-1]} items",
    )
    for name in hostile.SHAPES
]

TARGETS = [
    Target("cold process to its first answer", "cold first answer", 1.15, of=URLOPEN),
    Target("import of all request and response types", "import types", 0.9, of=STANDARD),
    Target("stream of 2,000, an event", "stream 2000", 1.0, of=URLOPEN),
    Target("decode a response", "decode response", 2.3, of=JSON),
    Target("encode a request of 50 messages", "encode request", 2.0, of=JSON),
    Target("encode a request of 1 MB", "encode large request", 2.0, of=JSON),
    Target("encode a stream chunk", "encode chunk", 2.0, of=JSON),
    Target(
        "a message sent again: calls, however much it holds",
        "history calls",
        1.0,
        of="from typed messages of 2 chunks",
        subject="from typed messages of 40 chunks",
    ),
    *HOSTILE,
    Target(
        "peak memory of a stream of 50,000 events",
        "stream peak",
        # What does grow is the text of the answer, which a stream gathers.
        1.1,
        of=f"{OURS}, 2000 events",
        subject=f"{OURS}, 50000 events",
    ),
    Target("memory after import of the client", "memory client", 4),
    Target("installed size", "installed size", 300),
    Target("compiled files", "installed compiled files", 0),
    Target("a complete call", "complete", 0.75, of=URLOPEN),
    Target("a complete call", "complete", 1 / 5, of=OPENAI),
    Target("a complete call", "complete", 1 / 20, of=MISTRALAI),
]


def verdict(target: Target, tables: Iterable[Table]) -> Verdict | None:
    """How a target is met; None where what it needs was not measured.

    >>> from tests.benchmarks.figures import Figure
    >>> table = Table("t", "us", [Figure.of("a", [1.0]), Figure.of("b", [4.0])])
    >>> str(verdict(Target("it", "t", 0.2, of="b", subject="a"), [table]))
    '0.25 × NOT met'
    """
    for table in tables:
        if table.name == target.table:
            ours = table.of(target.subject)
            other = table.of(target.of) if target.of else None
            if ours and (other or not target.of):
                measured = ours.median / other.median if other else ours.median
                return Verdict(target, measured, table.unit)
    return None
