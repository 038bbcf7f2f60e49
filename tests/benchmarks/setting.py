"""What every measurement is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.subjects import Subject


@dataclass(frozen=True)
class Setting:
    """How much is measured, and of whom.

    Attributes:
        url: of the server.
        subjects: those that can run here, ours first.
        rounds: how often each is measured.
        batch_seconds: how long one timing of a call is, so that a clock can tell it.
        patience: after how many seconds a slow subject gets no more rounds, but three.
        processes: how many fresh processes tell of what differs little between them.
        events: of the streams, shortest first.
        streams: how many run at once.
        held: how many answers are held for their size in memory.
        valgrind: the command that counts instructions, if there is one.
    """

    url: str
    subjects: Sequence[Subject]
    rounds: int = 15
    batch_seconds: float = 0.05
    patience: float = 10.0
    processes: int = 3
    events: Sequence[int] = (100, 2_000, 50_000)
    streams: Sequence[int] = (1, 8, 64)
    held: int = 10_000
    valgrind: str | None = None
