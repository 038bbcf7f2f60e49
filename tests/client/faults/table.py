"""A row of the fault table, the four calls, and what is checked of each call, whatever its end."""

from __future__ import annotations

import asyncio
import logging
import pickle
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from mistral_proto import (
    BackoffStrategy,
    Clock,
    CompletionEvent,
    Mistral,
    MistralError,
    NoResponseError,
    RetryConfig,
    StreamError,
)
from tests.client.faults.servers import FaultServer, Script
from tests.client.support import CALLS as CALLS_THAT_BLOCK, HI, KEY, MODEL, Call
from tests.client.test_key import shown

DEADLINE_MS = 4000
SOON_MS = 250
"""The deadline of a call that nothing but its deadline ends."""
_GRACE = 2.0
"""Seconds that a busy machine may take beyond a deadline; no test is one of speed."""


# -- the four calls


async def complete_async(mistral: Mistral, **parameters: Any) -> object:
    return await mistral.chat.complete_async(**{"model": MODEL, "messages": HI, **parameters})


async def stream_async(mistral: Mistral, **parameters: Any) -> list[CompletionEvent]:
    """All the events of a stream, to its end."""
    asked = {"model": MODEL, "messages": HI, **parameters}
    async with mistral.chat.stream_async(**asked) as events:
        return [event async for event in events]


def _in_a_loop(call: Callable[..., Any]) -> Call:
    return lambda mistral, **parameters: asyncio.run(call(mistral, **parameters))


CALLS: dict[str, Call] = {
    **CALLS_THAT_BLOCK,
    "complete_async": _in_a_loop(complete_async),
    "stream_async": _in_a_loop(stream_async),
}
ALL = tuple(CALLS)
WHOLE_ONES = ("complete", "complete_async")
STREAMS = ("stream", "stream_async")


def text_of(result: Any) -> str:
    """What the model said, of a whole answer or of the events of a stream."""
    if isinstance(result, list):
        return "".join([event.data.choices[0].delta.text for event in result])
    text: str = result.choices[0].message.text
    return text


# -- time


class SkippingClock(Clock):
    """A clock that runs on, but for which a sleep is over at once."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._skipped = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self._skipped

    def time(self) -> float:
        return time.time() + self._skipped

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._skipped += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


BACKOFF = BackoffStrategy(500, 8000, 2.0, 3000, jitter_ms=0)
WAITS = [0.5, 1.0]
"""The waits of `BACKOFF`; the next one would end after 3.5 seconds."""
RETRIES = RetryConfig("backoff", BACKOFF, True)
NO_RETRIES = RetryConfig("none", BACKOFF, True)


# -- how a call ended


@dataclass(frozen=True)
class Fails:
    """The type of the error, words of its message, its status and the partial text.

    A status of None may be any.
    """

    kind: type[MistralError]
    words: str
    status: int | None = 0
    partial: str | None = None


@dataclass(frozen=True)
class Says:
    """An answer with this text."""

    text: str = "Bonjour"


@dataclass(frozen=True)
class End:
    """How a call ended: one of the two is None."""

    result: object
    error: MistralError | None

    def check(self, expected: Fails | Says, tries: int = 1) -> None:
        if isinstance(expected, Says):
            if self.error is not None:
                raise AssertionError("the call failed") from self.error
            assert text_of(self.result) == expected.text
            return
        error = self.error
        assert error is not None, f"no error, but {self.result!r}"
        kinds = (type(error), NoResponseError if isinstance(error, NoResponseError) else None)
        assert expected.kind in kinds, repr(error)
        assert expected.words in error.message
        assert error.tries == tries
        assert (error.last_error is None) == (tries == 1)
        if expected.status is not None:
            assert error.status_code == expected.status
        if isinstance(error, StreamError):
            partial = error.partial.choices[0].message.text if error.partial else None
            assert partial == expected.partial


class _Kept(logging.Handler):
    """Keeps all that a record is made of, to search it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts += [record.getMessage(), repr(vars(record))]


@contextmanager
def logged() -> Iterator[list[str]]:
    """All that our logger is told meanwhile, at its most talkative."""
    logger = logging.getLogger("mistral_proto")
    handler, level = _Kept(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield handler.texts
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and all that it drags along, whether a log shows it or not."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and one not in seen:
            seen.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "last_error", None)]
    return iter(seen)


def assert_no_key(mistral: Mistral, error: BaseException | None, logs: list[str]) -> None:
    texts = [repr(mistral), str(mistral), repr(mistral.chat), *logs]
    if error is not None:
        texts += [shown(one) for one in _causes(error)]
        texts += [repr(pickle.loads(pickle.dumps(error)))]
    for text in texts:
        assert KEY not in text and KEY[:12] not in text and KEY[-12:] not in text


def end_of(name: str, mistral: Mistral, *, within_ms: int = DEADLINE_MS, **parameters: Any) -> End:
    """Make a call, and check what holds of every one: its time, and that it shows no key."""
    result: object = None
    error: MistralError | None = None
    started = time.monotonic()
    with logged() as logs:
        try:
            result = CALLS[name](mistral, **parameters)
        except MistralError as caught:
            error = caught
    assert time.monotonic() - started < within_ms / 1000 + _GRACE
    assert logs, "nothing was logged"
    assert_no_key(mistral, error, logs)
    return End(result, error)


# -- rows


@dataclass(frozen=True)
class Row:
    """What a server does with a request, and how each call ends that is not tried again.

    Args:
        again: whether a call is tried again by default.
        requests: how many requests of one try reach the server.
        timeout_ms: the deadline of the call.
        options: what a call sets besides.
    """

    name: str
    script: Script
    end: Fails | Says
    calls: tuple[str, ...] = ALL
    again: bool = True
    requests: int = 1
    timeout_ms: int = DEADLINE_MS
    options: Mapping[str, Any] = field(default_factory=dict)


def each(rows: list[Row]) -> pytest.MarkDecorator:
    """Each row with each of its calls."""
    return pytest.mark.parametrize(
        ("row", "name"),
        [pytest.param(row, name, id=f"{row.name}-{name}") for row in rows for name in row.calls],
    )


def client(server: FaultServer, **options: Any) -> Mistral:
    """A client that tries once, for which no wait takes time."""
    given = {
        "api_key": KEY,
        "server_url": server.url,
        "timeout_ms": DEADLINE_MS,
        "retry_config": NO_RETRIES,
        "clock": SkippingClock(),
        **options,
    }
    return Mistral(**given)
