"""Doubles of what a client is given: transports that answer what the test says, and a clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Union

from mistral_proto import (
    AsyncHTTPResponse,
    BackoffStrategy,
    Clock,
    EventStreamAsync,
    HTTPRequest,
    HTTPResponse,
    Mistral,
    MistralError,
    RetryConfig,
)
from tests.client.support import DONE, HI, KEY, MODEL, WHOLE, piece

URL = "http://gateway.invalid"
RETRIES = RetryConfig("backoff", BackoffStrategy(1000, 60_000, 2.0, 600_000, jitter_ms=0), True)
"""Waits of a second, two, four …"""

JSON = {"content-type": "application/json"}
EVENTS = {"content-type": "text/event-stream"}
STREAM = [piece("Bon"), piece("jour", "stop"), DONE]


class StillClock(Clock):
    """Stands still but for the waits, which take no time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return 1_700_000_000 + self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


class Blocks:
    """A body for both kinds of transport: bytes come out, exceptions are raised, others called."""

    def __init__(self, *steps: Any) -> None:
        self._steps = list(steps)
        self.taken = 0

    def _take(self) -> bytes | None:
        while self._steps:
            step = self._steps.pop(0)
            self.taken += 1
            if isinstance(step, Exception):
                raise step
            if isinstance(step, bytes):
                return step
            step()
        return None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        block = self._take()
        if block is None:
            raise StopIteration
        return block

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        block = self._take()
        if block is None:
            raise StopAsyncIteration
        return block


class Reply:
    """What a double answers, and what was done to that: "close", "release", or a shortened time."""

    def __init__(
        self,
        *steps: Any,
        status: int = 200,
        headers: dict[str, str] | None = None,
        how: str = "plain",
    ) -> None:
        self.status = status
        self.headers = dict(JSON if headers is None else headers)
        self.blocks = Blocks(*steps)
        self.done: list[object] = []
        self.how = how

    def end(self, name: str) -> Callable[[], object]:
        async def coroutine() -> None:
            self.done.append(name)

        return coroutine if self.how == "coroutines" else lambda: self.done.append(name)

    def response(self, kind: Any) -> Any:
        bare = self.how == "bare"
        return kind(
            self.status,
            self.headers,
            self.blocks,
            self.end("close"),
            None if bare else self.end("release"),
            None if bare else self.done.append,
        )


def whole(**settings: Any) -> Reply:
    return Reply(WHOLE, **settings)


def streamed(*steps: Any, **settings: Any) -> Reply:
    return Reply(*(steps or STREAM), **{"headers": EVENTS, **settings})


Answer = Union[Reply, Exception]


class LibraryError(Exception):
    """A failure of the network, in the words of some library."""


class _Double:
    failures: tuple[type[Exception], ...] = (LibraryError,)

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[HTTPRequest] = []
        self.closed = 0

    def _next(self, request: HTTPRequest) -> Reply:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Double(_Double):
    """A transport that gives these answers in turn."""

    def send(self, request: HTTPRequest) -> HTTPResponse:
        response: HTTPResponse = self._next(request).response(HTTPResponse)
        return response

    def close(self) -> None:
        self.closed += 1


class AsyncDouble(_Double):
    """The same for asyncio."""

    async def send(self, request: HTTPRequest) -> AsyncHTTPResponse:
        response: AsyncHTTPResponse = self._next(request).response(AsyncHTTPResponse)
        return response

    async def close(self) -> None:
        self.closed += 1


def client(double: Double | AsyncDouble | None = None, **options: Any) -> Mistral:
    """A client that a double carries, by a clock that stands still."""
    name = "transport" if isinstance(double, Double) else "async_transport"
    settings = {
        "api_key": KEY,
        "server_url": URL,
        "retry_config": RETRIES,
        "clock": StillClock(),
        name: double,
        **options,
    }
    return Mistral(**settings)


# -- the four calls


def asked(mistral: Mistral, **options: Any) -> EventStreamAsync:
    """A stream for asyncio, not sent yet."""
    return mistral.chat.stream_async(model=MODEL, messages=HI, **options)


async def _complete_async(mistral: Mistral, **options: Any) -> str:
    answer = await mistral.chat.complete_async(model=MODEL, messages=HI, **options)
    return answer.choices[0].message.text


async def _stream_async(mistral: Mistral, **options: Any) -> str:
    async with mistral.chat.stream_async(model=MODEL, messages=HI, **options) as events:
        return "".join([text async for text in events.text()])


def _complete(mistral: Mistral, **options: Any) -> str:
    return mistral.chat.complete(model=MODEL, messages=HI, **options).choices[0].message.text


def _stream(mistral: Mistral, **options: Any) -> str:
    with mistral.chat.stream(model=MODEL, messages=HI, **options) as events:
        return "".join(events.text())


CALLS: dict[str, Callable[..., Any]] = {
    "complete": _complete,
    "stream": _stream,
    "complete_async": lambda mistral, **options: asyncio.run(_complete_async(mistral, **options)),
    "stream_async": lambda mistral, **options: asyncio.run(_stream_async(mistral, **options)),
}
STREAMS = ("stream", "stream_async")


def double_for(name: str, *answers: Answer) -> Double | AsyncDouble:
    """The double that carries a call of this name."""
    return (AsyncDouble if name.endswith("_async") else Double)(*answers)


def good(name: str, **settings: Any) -> Reply:
    """The answer "Bonjour", as a call of this name wants it."""
    return streamed(**settings) if name in STREAMS else whole(**settings)


def failure(call: Callable[[], object]) -> MistralError:
    """The error in which a call ends."""
    try:
        result = call()
    except MistralError as error:
        return error
    raise AssertionError(f"no error, but {result!r}")
