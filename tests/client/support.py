"""Helpers of the client's tests: the four calls, a client, and the end of a call."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import pickle
import threading
import time
import traceback
import warnings
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Union

import pytest

import mistral_proto as mp
from mistral_proto.testing import MockServer
from tests.client.doubles import Double, SkippingClock, StillClock
from tests.client.faults.servers import (
    DONE as DONE,
    WHOLE as WHOLE,
    FaultServer,
    answer as answer,
    piece as piece,
)
from tests.testing.raw import eventually

MODEL = "mistral-small-latest"
HI = [{"role": "user", "content": "Hi"}]
URL = "http://gateway.invalid"
"""The server of a client with a double."""

KEY = "sk-0123456789/abcdefghijklmnopqrstuvwxyz+ABCDEFGHIJKLMNOPQRSTUVWXYZ=="
"""Longer than an excerpt, with characters that some servers escape in JSON."""

DEADLINE_MS = 40_000
SOON_MS, LATER_MS = 150, 4000
"""Deadlines of calls that only the deadline ends; the second for a busy machine."""
_GRACE = 8.0
"""Seconds that a busy machine may take beyond a deadline."""

BACKOFF = mp.BackoffStrategy(5000, 80_000, 2.0, 30_000, jitter_ms=0)
RETRIES = mp.RetryConfig("backoff", BACKOFF, True)
WAITS = [5.0, 10.0]
"""The waits of `RETRIES`; the next one would end too late."""
ONCE = mp.RetryConfig("none", BACKOFF, True)
LONG_BACKOFF = mp.BackoffStrategy(1000, 60_000, 2.0, 600_000, jitter_ms=0)

Call = Callable[..., Any]


def complete(mistral: mp.Mistral, **parameters: Any) -> mp.ChatCompletionResponse:
    return mistral.chat.complete(**{"model": MODEL, "messages": HI, **parameters})


def stream(mistral: mp.Mistral, **parameters: Any) -> list[mp.CompletionEvent]:
    with mistral.chat.stream(**{"model": MODEL, "messages": HI, **parameters}) as events:
        return list(events)


async def complete_async(mistral: mp.Mistral, **parameters: Any) -> mp.ChatCompletionResponse:
    return await mistral.chat.complete_async(**{"model": MODEL, "messages": HI, **parameters})


class Blocking:
    """A blocking stream with the interface of one for asyncio, so that a test is written once."""

    def __init__(self, events: Any) -> None:
        self.it = events

    def __await__(self) -> Generator[None, None, Blocking]:
        yield from ()
        return self

    async def __aenter__(self) -> Blocking:
        return self

    async def __aexit__(self, *how: Any) -> None:
        self.it.__exit__(*how)

    async def __aiter__(self) -> AsyncIterator[Any]:
        for event in self.it:
            yield event

    async def __anext__(self) -> Any:
        for event in self.it:
            return event
        raise StopAsyncIteration

    async def until_done(self) -> Any:
        return self.it.until_done()

    async def close(self) -> None:
        self.it.close()

    async def text(self) -> AsyncIterator[str]:
        for text in self.it.text():
            yield text

    def __getattr__(self, name: str) -> Any:
        return getattr(self.it, name)


def opened(name: str, mistral: mp.Mistral, **parameters: Any) -> Any:
    """Return a stream of either kind, with the interface of one for asyncio."""
    parameters = {"model": MODEL, "messages": HI, **parameters}
    if name == "stream":
        return Blocking(mistral.chat.stream(**parameters))
    return mistral.chat.stream_async(**parameters)


async def stream_async(mistral: mp.Mistral, **parameters: Any) -> list[mp.CompletionEvent]:
    async with opened("stream_async", mistral, **parameters) as events:
        return [event async for event in events]


def in_a_loop(call: Call) -> Call:
    return lambda *given, **named: asyncio.run(call(*given, **named))


ASYNC: dict[str, Call] = {"complete_async": complete_async, "stream_async": stream_async}
CALLS: dict[str, Call] = {
    "complete": complete,
    "stream": stream,
    **{name: in_a_loop(call) for name, call in ASYNC.items()},
}
ALL = tuple(CALLS)
WHOLE_ONES = ("complete", "complete_async")
STREAMS = ("stream", "stream_async")
every_call = pytest.mark.parametrize("name", ALL)
every_stream = pytest.mark.parametrize("name", STREAMS)


def text_of(result: Any) -> str:
    """Return the text of a whole answer or of the events of a stream."""
    return "".join([each.text for each in (result if isinstance(result, list) else [result])])


def failure(call: Call, mistral: mp.Mistral, **parameters: Any) -> mp.MistralError:
    try:
        result = call(mistral, **parameters)
    except mp.MistralError as error:
        return error
    raise AssertionError(f"no error, but {result!r}")


def client(to: MockServer | FaultServer | Double, **options: Any) -> mp.Mistral:
    """Return a client whose waits take no time, without retries unless it has a double."""
    given: dict[str, Any] = {"api_key": KEY}
    if isinstance(to, Double):
        retries = mp.RetryConfig("backoff", LONG_BACKOFF, True)
        given.update({"server_url": URL, "clock": StillClock(), to.role: to})
    else:
        retries = ONCE
        given.update(server_url=to.url, clock=SkippingClock(), timeout_ms=DEADLINE_MS)
    return mp.Mistral(**{**given, "retry_config": retries, **options})


async def soon(condition: Callable[[], object]) -> None:
    """Wait for a condition while the event loop goes on."""
    await asyncio.to_thread(eventually, condition)


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """Check that a block leaves no ResourceWarning, and no thread."""

    def threads() -> set[threading.Thread]:
        return {thread for thread in threading.enumerate() if thread.name != "server"}

    gc.collect()
    before = threads()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert [str(one.message) for one in caught] == []
    eventually(lambda: threads() <= before)


NARROW = (mp.NoResponseConnectionError, mp.NoResponseTimeoutError, mp.RateLimitError)


def kind_of(error: BaseException) -> type[BaseException]:
    """Return the class of an error, or its parent if it is one of the narrow ones."""
    return next(kind for kind in type(error).__mro__ if kind not in NARROW)


def partial_of(error: object) -> str | None:
    """Return the text before a stream broke off; None if there was no event."""
    partial = error.partial if isinstance(error, mp.StreamError) else None
    return partial.text if partial else None


@dataclass(frozen=True)
class Fails:
    """An error: its kind, status (0: no answer, None: any), partial text, and words."""

    kind: type[mp.MistralError]
    status: int | None = 0
    partial: str | None = None
    words: str = ""


@dataclass(frozen=True)
class Says:
    """An answer with this text."""

    text: str = "Bonjour"


@dataclass(frozen=True)
class End:
    """The end of a call: a result or an error; the other is None."""

    result: object
    error: Any

    def check(self, expected: Union[Fails, Says], tries: int = 1) -> None:
        error = self.error
        if isinstance(expected, Says):
            if error is not None:
                raise AssertionError("the call failed") from error
            assert text_of(self.result) == expected.text
            return
        assert error is not None, f"no error, but {self.result!r}"
        assert kind_of(error) is expected.kind, repr(error)
        assert expected.words in error.message
        assert error.tries == tries
        assert (error.last_error is None) == (tries == 1)
        assert expected.status is None or (error.status_code or 0) == expected.status
        assert partial_of(error) == expected.partial


def end_of(
    name: str, mistral: mp.Mistral, *, within_ms: int = DEADLINE_MS, **parameters: Any
) -> End:
    """Make a call, and check its time, and that nothing shows the key."""
    end = End(None, None)
    started = time.monotonic()
    with _logged() as logs:
        try:
            end = End(CALLS[name](mistral, **parameters), None)
        except mp.MistralError as error:
            end = End(None, error)
    assert time.monotonic() - started < within_ms / 1000 + _GRACE
    assert logs, "nothing was logged"
    texts = [repr(mistral), str(mistral), repr(mistral.chat), *logs]
    if end.error is not None:
        texts += [shown(end.error), repr(pickle.loads(pickle.dumps(end.error)))]
    assert_no_key("\n".join(texts))
    return end


def all_of(error: BaseException) -> list[BaseException]:
    """Return an exception with its causes, contexts and earlier attempts."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and one not in seen:
            seen.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "last_error", None)]
    return seen


def shown(error: BaseException) -> str:
    """Return all that a log of an exception may hold."""
    texts = traceback.format_exception(type(error), error, error.__traceback__)
    for one in all_of(error):
        texts += [str(one), repr(one), repr(one.args), *map(str, one.args), repr(vars(one))]
        for value in vars(one).values():
            to_dict = getattr(value, "to_dict", None)
            texts += [str(value), repr(value), repr(to_dict() if to_dict else None)]
        if isinstance(one, mp.ValidationError):
            texts += [text for problem in one.problems for text in (problem.got, problem.expected)]
        texts.append(repr(pickle.dumps(one, 0)))
    return "\n".join(texts)


def locals_of(error: BaseException) -> str:
    """Return the local variables of our frames, which error reporters record."""
    frames = [at for one in all_of(error) for at, _ in traceback.walk_tb(one.__traceback__)]
    ours = [at for at in frames if at.f_globals["__name__"].startswith(mp.__name__)]
    return "\n".join([repr(local) for at in ours for local in at.f_locals.values()])


def assert_no_key(text: str, key: str = KEY) -> None:
    """Check that a text holds neither the key, in any spelling, nor a long part of it."""
    for form in {key, repr(key)[1:-1], json.dumps(key)[1:-1], repr(repr(key))[2:-2]}:
        assert form not in text
    assert key[:12] not in text and key[-12:] not in text


@contextmanager
def _logged() -> Iterator[list[str]]:
    """Collect the records of our logger, at the level DEBUG."""
    texts: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: texts.extend(  # type: ignore[method-assign]
        [record.getMessage(), repr(vars(record))]
    )
    logger = logging.getLogger("mistral_proto")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield texts
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
