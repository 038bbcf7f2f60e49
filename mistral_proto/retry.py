"""When a call is tried again, and after how long."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .errors import NoResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol, TypeVar

    class _Headers(Protocol):
        def get(self, name: str, default: str, /) -> str: ...

    class _Response(Protocol):
        status: int

        @property
        def headers(self) -> _Headers: ...
        def close(self) -> None: ...

    R = TypeVar("R", bound=_Response)

__all__ = ["BackoffStrategy", "RetryConfig"]

# What the SDK tries again for the chat endpoint.
_STATUS_CODES = ("429", "500", "502", "503", "504")


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

    `strategy` is ``"backoff"`` or ``"none"``.  The statuses tried again are 429,
    500, 502, 503 and 504, or those of `status_codes_override`, such as
    ``["429", "5XX"]``.

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


def with_retries(
    attempt: Callable[[], R],
    config: RetryConfig | None,
    *,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    uniform: Callable[[float, float], float] | None = None,
) -> R:
    """Call `attempt` until it gives an answer that is final, or time is up.

    Returns its last answer, or raises its last `NoResponseError`.
    """
    if config is None or config.strategy == "none":
        return attempt()
    backoff = config.backoff
    started = clock()
    tries = 0
    while True:
        failure: NoResponseError | None = None
        wait: float | None = None
        try:
            response = attempt()
        except NoResponseError as error:
            if not config.retry_connection_errors:
                raise
            failure = error
        else:
            if not config.retries_status(response.status):
                return response
            wait = retry_after(response.headers)
        if wait is None:
            wait = _wait(backoff, tries, uniform)
        if (clock() - started + wait) * 1000 > backoff.max_elapsed_time:
            if failure is not None:
                raise failure
            return response
        if failure is None:
            response.close()
        sleep(wait)
        tries += 1


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


def retry_after(headers: _Headers) -> float | None:
    """The seconds that a server asks to wait, or None (RFC 9110, section 10.2.3).

    Reads ``retry-after-ms`` and both forms of ``Retry-After``.

    >>> retry_after({"retry-after": "2"}), retry_after({})
    (2.0, None)
    """
    milliseconds = headers.get("retry-after-ms", "").strip()
    if milliseconds.isdecimal() and len(milliseconds) < 16:
        return int(milliseconds) / 1000
    value = headers.get("retry-after", "").strip()
    if value.isdecimal() and len(value) < 16:
        return float(value)
    if value:
        from email.utils import parsedate_to_datetime

        try:
            return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
        except (ValueError, OverflowError):
            pass
    return None
