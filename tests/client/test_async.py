"""What is asyncio's own: the ways to a stream, its end, and what it is before and after.

By doubles; over sockets, many at once and cancelled, it is in `faults/test_async.py` and
`faults/test_cancelled.py`.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mistral_proto import (
    AsyncHTTPResponse,
    EventStreamAsync,
    HTTPRequest,
    IncompleteStreamError,
    Mistral,
    MistralError,
    NoResponseError,
    ResponseValidationError,
    SDKError,
    StreamError,
)
from mistral_proto.testing import MockServer
from tests.client.doubles import (
    EVENTS,
    STREAM,
    AsyncDouble,
    LibraryError,
    Reply,
    StillClock,
    client,
    streamed,
    whole,
)
from tests.client.support import DONE, HI, KEY, MODEL, piece

every_end = pytest.mark.parametrize("how", ["plain", "coroutines"])


def asked(mistral: Mistral, **options: Any) -> EventStreamAsync:
    return mistral.chat.stream_async(model=MODEL, messages=HI, **options)


# -- the ways to a stream


async def awaited(events: EventStreamAsync) -> str:
    stream = await events
    assert stream is events
    return "".join([event.data.choices[0].delta.text async for event in stream])


async def awaited_and_entered(events: EventStreamAsync) -> str:
    async with await events as stream:
        return "".join([event.data.choices[0].delta.text async for event in stream])


async def entered(events: EventStreamAsync) -> str:
    async with events as stream:
        assert stream is events
        return "".join([event.data.choices[0].delta.text async for event in stream])


async def iterated(events: EventStreamAsync) -> str:
    return "".join([event.data.choices[0].delta.text async for event in events])


async def by_anext(events: EventStreamAsync) -> str:
    first = await anext(events)
    return first.data.choices[0].delta.text + await iterated(events)


async def as_text(events: EventStreamAsync) -> str:
    return "".join([text async for text in events.text()])


async def until_done(events: EventStreamAsync) -> str:
    response = await events.until_done()
    assert response.choices[0].finish_reason == "stop"
    return response.choices[0].message.text


async def until_done_twice(events: EventStreamAsync) -> str:
    assert await events.until_done() == await events.until_done()
    return await until_done(events)


WAYS: list[Callable[[EventStreamAsync], Awaitable[str]]] = [
    awaited,
    awaited_and_entered,
    entered,
    iterated,
    by_anext,
    as_text,
    until_done,
    until_done_twice,
]


@every_end
@pytest.mark.parametrize("way", WAYS)
def test_a_way(way: Callable[[EventStreamAsync], Awaitable[str]], how: str) -> None:
    async def main() -> None:
        reply = streamed(how=how)
        double = AsyncDouble(reply)
        events = asked(client(double))
        assert double.requests == []  # nothing is sent before somebody waits for it
        assert await way(events) == "Bonjour"
        assert (len(double.requests), reply.done[0]) == (1, "release")
        assert [event async for event in events] == []

    asyncio.run(main())


def test_what_there_is_before_and_after() -> None:
    async def main() -> None:
        reply = streamed(headers={**EVENTS, "X-One": "1"})
        events = asked(client(AsyncDouble(reply)))
        for name in ("status_code", "headers"):
            with pytest.raises(RuntimeError, match="^nothing was sent yet: await the stream, "):
                getattr(events, name)
        assert events.gathered is None
        await events
        assert (events.status_code, events.headers["x-one"]) == (200, "1")
        assert events.gathered is None
        await anext(events)
        assert events.gathered is not None
        assert events.gathered.choices[0].message.text == "Bon"
        assert (await events.until_done()).choices[0].message.text == "Bonjour"
        assert events.gathered == await events.until_done()

    asyncio.run(main())


def test_text_is_that_of_the_first_choice() -> None:
    async def main() -> None:
        blocks = [piece("a"), piece("b", index=1), piece(""), piece("c", "stop"), DONE]
        events = asked(client(AsyncDouble(streamed(*blocks))))
        assert [text async for text in events.text()] == ["a", "c"]

    asyncio.run(main())


# -- its end


@every_end
def test_closed_early(how: str) -> None:
    async def main() -> None:
        reply = streamed(how=how)
        events = await asked(client(AsyncDouble(reply)))
        await anext(events)
        await events.close()
        assert set(reply.done) == {"close"}
        assert [event async for event in events] == []
        with pytest.raises(IncompleteStreamError, match="^the stream was closed$") as caught:
            await events.until_done()
        assert caught.value.partial is not None
        await events.close()

    asyncio.run(main())


@every_end
def test_left_early(how: str) -> None:
    async def main() -> None:
        reply = streamed(how=how)
        with pytest.raises(ZeroDivisionError):
            async with asked(client(AsyncDouble(reply))) as events:
                await anext(events)
                raise ZeroDivisionError
        assert set(reply.done) == {"close"}

    asyncio.run(main())


def test_closed_before_it_was_opened() -> None:
    async def main() -> None:
        double = AsyncDouble()
        events = asked(client(double))
        await events.close()
        assert [event async for event in events] == []
        with pytest.raises(IncompleteStreamError, match="^the stream was closed before it was "):
            await events.until_done()
        assert double.requests == []

    asyncio.run(main())


def test_closed_by_another_task_while_it_waits_for_an_event() -> None:
    async def main() -> None:
        class Ended(Reply):
            def response(self, kind: Any) -> Any:
                async def body() -> Any:
                    yield b": x\n\n"
                    await events.close()
                    raise BROKE

                return kind(200, EVENTS, body(), self.end("close"))

        double = AsyncDouble(Ended())
        events = asked(client(double))
        assert [event async for event in events] == []
        assert len(double.requests) == 1

    asyncio.run(main())


@every_end
@pytest.mark.parametrize("opened", [False, True])
def test_dropped(opened: bool, how: str) -> None:
    async def main() -> None:
        reply = streamed(how=how)
        events = asked(client(AsyncDouble(reply)))
        if opened:
            await anext(events)
        del events
        gc.collect()
        # A coroutine nobody can wait for there; what is plain is called.
        assert reply.done == (["close"] if opened and how == "plain" else [])

    asyncio.run(main())


def test_no_events() -> None:
    async def main() -> None:
        events = asked(client(AsyncDouble(streamed(DONE))))
        with pytest.raises(IncompleteStreamError, match="^the stream had no events$"):
            await events.until_done()

    asyncio.run(main())


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
    "no event of ours": ([streamed(STREAM[0], b"data: {}\n\n")], ResponseValidationError, "not a completion event", None),
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


# -- the calls


@pytest.mark.parametrize("stream", [True, False])
def test_each_call_says_what_it_is(stream: bool) -> None:
    mistral = Mistral(KEY)
    if stream:
        with pytest.raises(ValueError, match="^complete returns the whole answer; "):
            asyncio.run(mistral.chat.complete_async(model=MODEL, messages=HI, stream=True))
    else:
        for value in (False, None):
            with pytest.raises(ValueError, match="^stream streams the answer; "):
                mistral.chat.stream_async(model=MODEL, messages=HI, stream=value)


def test_a_bad_request_is_said_before_anything_is_awaited() -> None:
    with pytest.raises(ValueError, match="temperature"):
        Mistral(KEY).chat.stream_async(model=MODEL, messages=HI, temperature=-1.0)


def test_the_examples_of_the_sdk() -> None:
    """`async with Mistral(...)`, `await ..._async(...)`, `async for`, as its README has them."""

    async def main() -> None:
        async with Mistral(api_key=KEY, server_url=server.url) as mistral:
            res = await mistral.chat.complete_async(model=MODEL, messages=HI, stream=False)
            assert res.choices[0].message.content == "You said: Hi"
            events = await mistral.chat.stream_async(model=MODEL, messages=HI, stream=True)
            async with events as event_stream:
                said = [event.data.choices[0].delta.content async for event in event_stream]
            assert "".join([text for text in said if isinstance(text, str)]) == "You said: Hi"

    with MockServer() as server:
        asyncio.run(main())


def test_one_that_two_tasks_await_is_sent_once() -> None:
    double = AsyncDouble(streamed())

    async def both() -> list[object]:
        events = asked(client(double))

        async def one() -> EventStreamAsync:
            return await events

        results = await asyncio.gather(one(), one(), return_exceptions=True)
        await events.close()
        return [type(result) for result in results]

    assert asyncio.run(both()) == [EventStreamAsync, RuntimeError]
    assert len(double.requests) == 1
