"""A stream for asyncio that fails, is cancelled, or whose transport hangs: by doubles."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mistral_proto import (
    AsyncHTTPResponse,
    HTTPRequest,
    IncompleteStreamError,
    MistralError,
    NoResponseError,
    ResponseValidationError,
    SDKError,
    StreamError,
)
from tests.client.doubles import (
    EVENTS,
    STREAM,
    AsyncDouble,
    LibraryError,
    Reply,
    StillClock,
    asked,
    client,
    streamed,
    whole,
)
from tests.client.support import HI, MODEL

every_end = pytest.mark.parametrize("how", ["plain", "coroutines"])


# -- its failures

BROKE = LibraryError("broken")
ERROR = b'data: {"object": "error", "message": "overloaded"}\n\n'

# The answers, the error's type and words, and the text that had come (None: nothing).
FAILURES: dict[str, tuple[list[Any], type[MistralError], str, str | None]] = {
    "refused": ([OSError("refused")] * 9, NoResponseError, "refused", None),
    "a bad status": ([Reply(b"no", status=400)], SDKError, "400 Bad Request: no", None),
    "another type": ([whole()], ResponseValidationError, "not an event stream", None),
    "before an event": ([streamed(b": x\n\n", BROKE) for _ in range(9)], IncompleteStreamError, "broken", None),
    "after an event": ([streamed(STREAM[0], BROKE)], IncompleteStreamError, "broken", "Bon"),
    "cut": ([streamed(STREAM[0])], IncompleteStreamError, "ended without [DONE]", "Bon"),
    "an error": ([streamed(STREAM[0], ERROR)], StreamError, "overloaded", "Bon"),
    "an error at once": ([streamed(ERROR)], StreamError, "overloaded", None),
    "no event of ours": ([streamed(STREAM[0], b"data: []\n\n")], ResponseValidationError, "not a completion event", None),
}  # fmt: skip


@pytest.mark.parametrize(("answers", "kind", "words", "text"), FAILURES.values(), ids=FAILURES)
def test_after_a_failure_there_is_nothing(
    answers: list[Any], kind: type[MistralError], words: str, text: str | None
) -> None:
    again = [
        Reply(*a.blocks._steps, status=a.status, headers=a.headers) if isinstance(a, Reply) else a
        for a in answers
    ]

    async def main() -> None:
        double = AsyncDouble(*again)
        events = asked(client(double), timeout_ms=20_000)
        with pytest.raises(kind) as caught:
            async for _ in events:
                pass
        assert words in caught.value.message
        if isinstance(caught.value, StreamError):
            partial = caught.value.partial
            assert (partial and partial.choices[0].message.text) == text
        sent = len(double.requests)
        assert caught.value.tries == sent == (5 if len(again) > 1 else 1)
        assert [event async for event in events] == []
        assert len(double.requests) == sent
        for reply in again[:sent]:
            if isinstance(reply, Reply):
                assert {one for one in reply.done if one != 5.0} == {"close"}

    asyncio.run(main())


def test_until_done_after_a_failure() -> None:
    async def main() -> None:
        events = asked(client(AsyncDouble(streamed(STREAM[0], BROKE))))
        for _ in range(2):
            with pytest.raises(IncompleteStreamError) as caught:
                await events.until_done()
            assert caught.value.partial is not None

    asyncio.run(main())


def test_events_before_an_error_in_the_same_block_come_out() -> None:
    async def main() -> None:
        events = asked(client(AsyncDouble(streamed(STREAM[0] + ERROR))))
        assert (await anext(events)).data.choices[0].delta.text == "Bon"
        with pytest.raises(StreamError):
            await anext(events)

    asyncio.run(main())


# -- a task that is cancelled


class Hanging(Reply):
    """A reply whose body hangs after its first event."""

    def response(self, kind: Any) -> Any:
        async def body() -> Any:
            yield STREAM[0]
            self.done.append("hangs")
            await asyncio.Event().wait()

        return kind(200, EVENTS, body(), self.end("close"), self.end("release"))


@every_end
def test_cancelled(how: str) -> None:
    async def main() -> None:
        reply = Hanging(how=how)
        double = AsyncDouble(reply)
        task = asyncio.ensure_future(asked(client(double)).until_done())
        while "hangs" not in reply.done:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert "close" in reply.done and "release" not in reply.done
        assert len(double.requests) == 1

    asyncio.run(main())


def test_cancelled_while_it_is_sent() -> None:
    class Never(AsyncDouble):
        async def send(self, request: HTTPRequest) -> Any:
            self.requests.append(request)
            await asyncio.Event().wait()

    async def main() -> None:
        for call in (
            lambda mistral: asked(mistral).until_done(),
            lambda mistral: mistral.chat.complete_async(model=MODEL, messages=HI),
        ):
            double = Never()
            task = asyncio.ensure_future(call(client(double)))
            while not double.requests:
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert len(double.requests) == 1

    asyncio.run(main())


def test_closed_by_another_task_while_the_next_try_waits() -> None:
    """It opens no other connection that nobody would close."""

    async def main() -> None:
        clock = Waiting()
        first, second = streamed(b": x\n\n", BROKE), streamed()
        double = AsyncDouble(first, second)
        events = asked(client(double, clock=clock))
        task = asyncio.ensure_future(anext(events, None))
        await clock.begun.wait()
        await events.close()
        clock.goes_on.set()
        assert await task is None
        assert set(second.done) <= {"close"}
        assert bool(second.done) == (len(double.requests) == 2)

    class Waiting(StillClock):
        def __init__(self) -> None:
            super().__init__()
            self.begun, self.goes_on = asyncio.Event(), asyncio.Event()

        async def sleep_async(self, seconds: float) -> None:
            self.begun.set()
            await self.goes_on.wait()

    asyncio.run(main())


# -- a transport that does not keep the time


@pytest.mark.parametrize("hangs_in", ["send", "body"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_transport_that_hangs_is_held_to_the_deadline(stream: bool, hangs_in: str) -> None:
    async def main() -> None:
        ended: list[str] = []

        async def hang() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("cancelled")

        class Hangs(AsyncDouble):
            async def send(self, request: HTTPRequest) -> Any:
                self.requests.append(request)
                if hangs_in == "send":
                    await hang()

                async def body() -> Any:
                    await hang()
                    yield b""

                return AsyncHTTPResponse(200, EVENTS, body(), lambda: ended.append("closed"))

        double = Hangs()
        mistral = client(double, timeout_ms=20)
        with pytest.raises(MistralError, match="timed out$"):
            if stream:
                await asked(mistral).until_done()
            else:
                await mistral.chat.complete_async(model=MODEL, messages=HI)
        assert len(double.requests) == 1
        assert ended[0] == "cancelled"
        assert ("closed" in ended) == (hangs_in == "body")

    asyncio.run(main())
