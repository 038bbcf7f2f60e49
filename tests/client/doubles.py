"""Doubles for a client: transports with given answers, and clocks."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Union

from mistral_proto import AsyncHTTPResponse, Clock, HTTPRequest, HTTPResponse
from tests.client.faults.servers import DONE, WHOLE, piece

JSON = {"content-type": "application/json"}
EVENTS = {"content-type": "text/event-stream"}
STREAM = [piece("Bon"), piece("jour", "stop"), DONE]


class SkippingClock(Clock):
    """A clock whose waits are over at once."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.skipped = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped

    def time(self) -> float:
        return time.time() + self.skipped

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.skipped += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


class StillClock(SkippingClock):
    """A clock that stands still except for its waits."""

    def monotonic(self) -> float:
        return 1000.0 + self.skipped

    def time(self) -> float:
        return 1_700_001_000 + self.skipped

    def later(self, seconds: float) -> Callable[[], None]:
        """Return a step of a `Reply` that takes this time."""

        def step() -> None:
            self.skipped += seconds

        return step


class Reply:
    """An answer of a double, which records in `done` each "close", "release" and shortened time.

    The steps of the body are bytes, exceptions to raise, and functions to call. `how` is
    "plain", "coroutines" (to close it), or "bare" (without `release`); `before` is called
    before the answer.
    """

    def __init__(
        self,
        *steps: Any,
        status: int = 200,
        headers: dict[str, str] = JSON,
        how: str = "plain",
        before: Callable[[], object] = lambda: None,
    ) -> None:
        self.steps = list(steps)
        self.status = status
        self.headers = headers
        self.how = how
        self.before = before
        self.done: list[object] = []
        self.taken = 0

    def _end(self, name: str) -> Callable[[], object]:
        async def coroutine() -> None:
            self.done.append(name)

        return coroutine if self.how == "coroutines" else lambda: self.done.append(name)

    def ends(self) -> tuple[Callable[..., object], ...]:
        """Return `close`, and the optional functions of a response."""
        more = () if self.how == "bare" else (self._end("release"), self.done.append)
        return self._end("close"), *more

    def response(self, kind: Any) -> Any:
        self.before()
        return kind(self.status, self.headers, self, *self.ends())

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        while self.steps:
            step = self.steps.pop(0)
            self.taken += 1
            if isinstance(step, Exception):
                raise step
            if isinstance(step, bytes):
                return step
            step()
        raise StopIteration

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for block in self:
            return block
        raise StopAsyncIteration


def whole(**settings: Any) -> Reply:
    return Reply(WHOLE, **settings)


def streamed(*steps: Any, **settings: Any) -> Reply:
    return Reply(*(steps or STREAM), **{"headers": EVENTS, **settings})


class LibraryError(Exception):
    """A failure of the network, by a library."""


class Double:
    """A transport with these answers, in order."""

    role = "transport"
    failures: tuple[type[Exception], ...] = (LibraryError,)

    def __init__(self, *answers: Union[Reply, Exception]) -> None:
        self.answers = list(answers)
        self.requests: list[HTTPRequest] = []
        self.closed = 0

    def send(self, request: HTTPRequest) -> Any:
        return self.respond(request, HTTPResponse)

    def respond(self, request: HTTPRequest, kind: type) -> Any:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer.response(kind)

    def close(self) -> Any:
        self.closed += 1


class AsyncDouble(Double):
    """A transport for asyncio with these answers, in order."""

    role = "async_transport"

    async def send(self, request: HTTPRequest) -> Any:
        return self.respond(request, AsyncHTTPResponse)

    async def close(self) -> None:
        self.closed += 1


def double_for(name: str, *answers: Union[Reply, Exception]) -> Double:
    """Return a double for a call of this name."""
    return (AsyncDouble if name.endswith("_async") else Double)(*answers)


def good(name: str, **settings: Any) -> Reply:
    """Return the answer "Bonjour" for a call of this name."""
    return streamed(**settings) if name.startswith("stream") else whole(**settings)
