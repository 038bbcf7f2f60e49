"""When a call is tried again, and after how long."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import IncompleteStreamError, NoResponseError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .errors import MistralError

__all__ = ["BackoffStrategy", "Clock", "RetryConfig"]

_STATUS_CODES = ("408", "425", "429", "5XX")
_CONFLICT = 409


class Clock:
    """The time, and waiting for it to pass; a test may have one of its own.

    >>> class Hurried(Clock):
    ...     def sleep(self, seconds: float) -> None:
    ...         print(f"as if {seconds} seconds had passed")
    >>> Hurried().sleep(3.0)
    as if 3.0 seconds had passed
    """

    def monotonic(self) -> float:
        """Seconds that only ever grow, from no point in particular."""
        return time.monotonic()

    def time(self) -> float:
        """Seconds since 1970, to compare with dates."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """The same for asyncio."""
        import asyncio

        await asyncio.sleep(seconds)


@dataclass(frozen=True)
class BackoffStrategy:
    """How the waits between tries grow; the fields are those of the `mistralai` SDK.

    The wait before try *n* (from 0) is ``initial_interval * exponent ** n`` plus a
    random time of up to `jitter_ms` (None: up to one second), and at most
    `max_interval`.  A `Retry-After` of the server comes before all of that.
    No try begins when `max_elapsed_time` is over.  All times are milliseconds.

    Raises:
        ValueError: a time is negative, or the exponent below 1.

    >>> BackoffStrategy(500, 60_000, 1.5, 3_600_000).jitter_ms is None
    True
    """

    initial_interval: int
    max_interval: int
    exponent: float
    max_elapsed_time: int
    jitter_ms: int | None = None

    def __post_init__(self) -> None:
        for name in ("initial_interval", "max_interval", "max_elapsed_time", "jitter_ms"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ValueError(f"{name} must be at least 0, not {value}")
        if not 1 <= self.exponent < float("inf"):  # also true of NaN
            raise ValueError(f"exponent must be at least 1, not {self.exponent}")


@dataclass(frozen=True)
class RetryConfig:
    """Whether and how a call is tried again; the fields are those of the `mistralai` SDK.

    `strategy` is ``"backoff"`` or ``"none"``.  The statuses tried again are 408,
    425, 429 and 5XX, and 409 where the answer says how long to wait; or those of
    `status_codes_override`, such as ``["429", "503"]``.  With
    `retry_connection_errors` a call is tried again, too, if no whole answer came,
    or no event of a stream.

    Raises:
        ValueError: the strategy or a status code is none of these.

    >>> config = RetryConfig("backoff", BackoffStrategy(500, 60_000, 1.5, 3_600_000), True)
    >>> config.retries_status(503), config.retries_status(400)
    (True, False)
    """

    strategy: str
    backoff: BackoffStrategy
    retry_connection_errors: bool
    status_codes_override: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if self.strategy not in ("backoff", "none"):
            raise ValueError(f"strategy must be 'backoff' or 'none', not {self.strategy!r}")
        for code in self.status_codes_override or ():
            digits = code[:1] + code[1:].upper().replace("X", "0")
            if not (len(digits) == 3 and digits.isdecimal()):
                raise ValueError(f"a status code must be like '429' or '5XX', not {code!r}")

    def retries_status(self, status: int) -> bool:
        """Whether an answer with this HTTP status is tried again."""
        text = str(status)
        return self.strategy == "backoff" and any(
            all(want in ("X", "x", digit) for want, digit in zip(code, text))
            for code in self.status_codes_override or _STATUS_CODES
        )


DEFAULT_RETRY_CONFIG = RetryConfig(
    "backoff", BackoffStrategy(500, 8_000, 2.0, 30_000), retry_connection_errors=True
)
"""What applies where nobody says otherwise: no try begins after half a minute."""


def seconds_to_wait(
    config: RetryConfig,
    error: MistralError,
    *,
    tries: int,
    elapsed: float,
    clock: Clock,
    uniform: Callable[[float, float], float] | None = None,
) -> float | None:
    """How long to wait before a call that ended in this error is tried again.

    None: it is not to be.  `tries` is how often it was sent, and `elapsed` the
    seconds since it was first.
    """
    asked = retry_after(error.headers, clock)
    if not _is_worth_it(config, error, asked):
        return None
    # To be asked to wait for no time says nothing of how long it will take.
    wait = asked or _wait(config.backoff, tries - 1, uniform)
    return wait if (elapsed + wait) * 1000 <= config.backoff.max_elapsed_time else None


def _is_worth_it(config: RetryConfig, error: MistralError, asked: float | None) -> bool:
    if config.strategy == "none":
        return False
    if isinstance(error, NoResponseError):
        return config.retry_connection_errors and not error.final
    if isinstance(error, IncompleteStreamError):
        return config.retry_connection_errors
    if error.status_code == _CONFLICT and config.status_codes_override is None:
        return asked is not None
    return config.retries_status(error.status_code)


def _wait(
    backoff: BackoffStrategy, tries: int, uniform: Callable[[float, float], float] | None
) -> float:
    """Seconds to wait after so many tries have been repeated."""
    if uniform is None:
        import random  # not loaded until something went wrong

        uniform = random.uniform
    jitter = 1000 if backoff.jitter_ms is None else backoff.jitter_ms
    interval: float
    try:
        interval = backoff.initial_interval * float(backoff.exponent) ** tries
    except OverflowError:
        interval = backoff.max_interval
    return min(interval + uniform(0, jitter), backoff.max_interval) / 1000


def retry_after(headers: Mapping[str, str], clock: Clock) -> float | None:
    """The seconds that a server asks to wait, or None (RFC 9110, section 10.2.3).

    Reads ``retry-after-ms`` and both forms of ``Retry-After``.

    >>> retry_after({"retry-after": "2"}, Clock()), retry_after({}, Clock())
    (2.0, None)
    """
    milliseconds = headers.get("retry-after-ms", "").strip()
    if milliseconds.isdecimal() and len(milliseconds) < 16:
        return int(milliseconds) / 1000
    value = headers.get("retry-after", "").strip()
    if value.isdecimal() and len(value) < 16:
        return float(value)
    if value:
        from datetime import timezone
        from email.utils import parsedate_to_datetime

        try:
            date = parsedate_to_datetime(value)
            if date.tzinfo is None:  # a form without a zone, which is meant for UTC
                date = date.replace(tzinfo=timezone.utc)
            return max(0.0, date.timestamp() - clock.time())
        except (ValueError, OverflowError):
            pass
    return None
