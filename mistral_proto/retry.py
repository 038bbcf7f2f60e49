"""The retries of a call, and the waits before them."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timezone
from email.utils import parsedate_to_datetime
from socket import gaierror
from typing import TYPE_CHECKING

from .checks import UNSET
from .errors import Headers, IncompleteStreamError, NoResponseError, describe

if TYPE_CHECKING:
    from typing import Any

    from .errors import MistralError

__all__ = ["BackoffStrategy", "Clock", "RetryConfig"]

_STATUS_CODES = ("408", "425", "429", "5XX")
_CONFLICT = 409
_MAX_VALUE = 10**18  # milliseconds, for example
_MAX_CONNECTS = 3  # to a server that is not there


class Clock:
    """The time, and waiting; a test may pass a subclass.

    >>> class FastClock(Clock):
    ...     def sleep(self, seconds: float) -> None:
    ...         print(f"waits {seconds} seconds")
    >>> FastClock().sleep(3.0)
    waits 3.0 seconds
    """

    def monotonic(self) -> float:
        """Return seconds since any moment; they never go back."""
        return time.monotonic()

    def time(self) -> float:
        """Return the seconds since 1970, to compare with dates."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Wait, for asyncio."""
        import asyncio

        await asyncio.sleep(seconds)


def check_type(name: str, value: object, expected: str, *types: type) -> None:
    """Raise TypeError, which does not show the value, if it has another type; bool is no int."""
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise TypeError(f"{name} must be {expected}, not {type(value).__name__}")


@dataclass(frozen=True)
class BackoffStrategy:
    """The waits before retries, with the fields of the `mistralai` SDK.

    The wait before retry *n* (from 0) is ``initial_interval * exponent ** n`` plus a
    random time of up to `jitter_ms` (None: one second), and at most `max_interval`. A
    server's `Retry-After` replaces it. No retry begins later than `max_elapsed_time`. All
    times are milliseconds.

    Raises:
        TypeError: a field is not a number.
        ValueError: a time is negative, the exponent below 1, or a value infinite.

    >>> BackoffStrategy(500, 60_000, 1.5, 3_600_000).jitter_ms is None
    True
    """

    initial_interval: int
    max_interval: int
    exponent: float
    max_elapsed_time: int
    jitter_ms: int | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name == "jitter_ms" and value is None:
                continue
            check_type(name, value, "a number", int, float)
            least = 1 if name == "exponent" else 0
            if not least <= value <= _MAX_VALUE:  # also true of NaN
                expected = f"from {least} to {_MAX_VALUE}"
                raise ValueError(f"{name} must be {expected}, not {describe(value)}")


@dataclass(frozen=True)
class RetryConfig:
    """The retries of a call, with the fields of the `mistralai` SDK.

    `strategy` is ``"backoff"`` or ``"none"``. Retried are the statuses 408, 425, 429 and
    5XX, and 409 with a `Retry-After`; or those of `status_codes_override`, such as
    ``["429", "503"]``. With `retry_connection_errors` also calls without a whole answer,
    and streams without an event. `max_retries` limits the number (None: only the time
    does); an unknown host or a refused connection is retried at most twice, an answer
    with ``x-should-retry: false`` never.

    Raises:
        TypeError: a field has another type.
        ValueError: a field has a value that is not listed here, or `max_retries` is negative.

    >>> config = RetryConfig("backoff", BackoffStrategy(500, 60_000, 1.5, 3_600_000), True)
    >>> config.retries_status(503), config.retries_status(400)
    (True, False)
    """

    strategy: str
    backoff: BackoffStrategy
    retry_connection_errors: bool
    status_codes_override: Sequence[str] | None = None
    max_retries: int | None = None

    def __post_init__(self) -> None:
        if self.strategy not in ("backoff", "none"):
            raise ValueError(f"strategy must be 'backoff' or 'none', not {self.strategy!r}")
        check_type("backoff", self.backoff, "a BackoffStrategy", BackoffStrategy)
        check_type("retry_connection_errors", self.retry_connection_errors, "a bool", bool)
        codes: Any = self.status_codes_override
        check_type("status_codes_override", codes, "a list of strings", list, tuple, type(None))
        if not all(isinstance(c, str) and re.fullmatch("[0-9][0-9Xx]{2}", c) for c in codes or ()):
            raise ValueError(f"status_codes_override must be like ['429', '5XX'], not {codes!r}")
        check_type("max_retries", self.max_retries, "an integer or None", int, type(None))
        if (self.max_retries or 0) < 0:
            raise ValueError(f"max_retries must be at least 0, not {self.max_retries}")

    @property
    def repeats_requests(self) -> bool:
        """True if the server may get a request twice."""
        return self.strategy == "backoff" and self.retry_connection_errors and self.max_retries != 0

    def retries_status(self, status: int) -> bool:
        """Return whether an answer with this HTTP status is retried."""
        codes = "|".join(self.status_codes_override or _STATUS_CODES)
        pattern = codes.upper().replace("X", ".")
        return self.strategy == "backoff" and re.fullmatch(pattern, str(status)) is not None


DEFAULT_RETRY_CONFIG = RetryConfig(
    "backoff", BackoffStrategy(500, 8_000, 2.0, 30_000), retry_connection_errors=True
)


def as_retry_config(value: object, name: str) -> RetryConfig:
    """Return the configuration for an option: one, a number of retries, False or None."""
    if value is None or value is UNSET:
        return DEFAULT_RETRY_CONFIG
    if isinstance(value, RetryConfig):
        return value
    most: Any = 0 if value is False else value
    check_type(name, most, "a RetryConfig, a number of retries such as 3, False or None", int)
    if most < 0:
        raise ValueError(f"{name} must be at least 0, not {most}")
    return replace(DEFAULT_RETRY_CONFIG, max_retries=most)


def seconds_to_wait(
    config: RetryConfig, error: MistralError, *, attempts: int, elapsed: float, clock: Clock
) -> float | None:
    """Return the seconds until the next attempt of a call; None if there is to be none.

    `error` is the result of the last attempt, `elapsed` the seconds since the first.
    """
    requested = retry_after(error.headers, clock)
    if not _is_retried(config, error, requested, attempts):
        return None
    # A request to wait for no time says nothing about the server's load.
    wait = requested or _backoff(config.backoff, attempts - 1)
    return wait if (elapsed + wait) * 1000 <= config.backoff.max_elapsed_time else None


def _is_retried(
    config: RetryConfig, error: MistralError, requested: float | None, attempts: int
) -> bool:
    advice = error.headers.get("x-should-retry", "").strip().lower()
    if config.strategy == "none" or advice == "false":
        return False
    if config.max_retries is not None and attempts > config.max_retries:
        return False
    if isinstance(error, NoResponseError):
        is_absent = isinstance(error.__cause__, (gaierror, ConnectionRefusedError))
        is_lost = error.final or (is_absent and attempts >= _MAX_CONNECTS)
        return config.retry_connection_errors and not is_lost
    if isinstance(error, IncompleteStreamError):
        return config.retry_connection_errors
    if error.status_code == _CONFLICT and config.status_codes_override is None:
        return requested is not None
    return config.retries_status(error.status_code)


def _backoff(backoff: BackoffStrategy, retries: int) -> float:
    jitter = 1000 if backoff.jitter_ms is None else backoff.jitter_ms
    try:
        interval = backoff.initial_interval * float(backoff.exponent) ** retries
    except OverflowError:
        interval = backoff.max_interval
    return min(interval + random.uniform(0, jitter), backoff.max_interval) / 1000


def retry_after(headers: Mapping[str, str], clock: Clock) -> float | None:
    """Return the seconds that a server asks to wait, or None (RFC 9110, section 10.2.3).

    Reads ``retry-after-ms`` and both forms of ``Retry-After``; numbers may have a fraction.
    """
    headers = Headers(headers)
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        value = headers.get(name, "").strip()
        if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,15})?", value):
            return float(value) / unit
    if not value:
        return None
    try:
        date = parsedate_to_datetime(value)
        # A date without a zone is in UTC.
        date = date if date.tzinfo else date.replace(tzinfo=timezone.utc)
        return max(0.0, date.timestamp() - clock.time())
    except (ValueError, OverflowError):
        return None
