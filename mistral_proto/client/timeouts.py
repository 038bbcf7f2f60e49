"""How long a call may take."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Timeouts"]

MAX_TIMEOUT_MS = 10**12
"""What a socket can count, and longer than any call."""


@dataclass(frozen=True)
class Timeouts:
    """How long a call may take, in milliseconds; None leaves a part as it was.

    Args:
        connect_ms: for the connection: name server, proxy and TLS included.
        read_ms: for each wait, such as that for the next piece of the answer.
        total_ms: for the whole call: every try, the waits between them, and
            the answer to its last byte.

    Raises:
        ValueError: one is not above 0, or more than 10**12.

    >>> Timeouts(connect_ms=2_000, total_ms=60_000)
    Timeouts(connect_ms=2000, read_ms=None, total_ms=60000)
    """

    connect_ms: int | None = None
    read_ms: int | None = None
    total_ms: int | None = None

    def __post_init__(self) -> None:
        for name in ("connect_ms", "read_ms", "total_ms"):
            value = getattr(self, name)
            if value is not None:
                check_milliseconds(name, value)

    def or_else(self, others: Timeouts) -> Timeouts:
        """These, with the others where they leave something out."""
        return Timeouts(
            self.connect_ms or others.connect_ms,
            self.read_ms or others.read_ms,
            self.total_ms or others.total_ms,
        )


def check_milliseconds(name: str, value: int) -> None:
    """Raises ValueError for a time that can't be waited for."""
    if not value > 0:  # also true of NaN
        raise ValueError(f"{name} must be above 0, not {value}")
    if value > MAX_TIMEOUT_MS:
        raise ValueError(f"{name} must be at most {MAX_TIMEOUT_MS}")


def as_timeouts(timeout_ms: int | Timeouts | None) -> Timeouts:
    """What `timeout_ms` may be, as one; a number is for the whole call, silent or not.

    >>> as_timeouts(5_000)
    Timeouts(connect_ms=None, read_ms=5000, total_ms=5000)
    """
    if timeout_ms is None:
        return Timeouts()
    if isinstance(timeout_ms, Timeouts):
        return timeout_ms
    check_milliseconds("timeout_ms", timeout_ms)
    return Timeouts(read_ms=timeout_ms, total_ms=timeout_ms)


COMPLETE_TIMEOUTS = Timeouts(connect_ms=10_000, read_ms=300_000, total_ms=300_000)
"""Of a call that waits for its whole answer."""
STREAM_TIMEOUTS = Timeouts(connect_ms=10_000, read_ms=120_000, total_ms=3_600_000)
"""Of a stream, which may go on for as long as the model writes."""
