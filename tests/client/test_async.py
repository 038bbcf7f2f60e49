"""What is asyncio's own: the ways to a stream, its end, and what it is before and after.

By doubles; its failures are in `test_async_failures.py`.  Over sockets, many at once and
cancelled, it is in `faults/test_async.py` and `faults/test_cancelled.py`.
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
)
from mistral_proto.testing import MockServer
from tests.client.doubles import (
    EVENTS,
    AsyncDouble,
    LibraryError,
    Reply,
    asked,
    client,
    streamed,
)
from tests.client.support import DONE, HI, KEY, MODEL, piece

every_end = pytest.mark.parametrize("how", ["plain", "coroutines"])


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
        events = asked(client(AsyncDouble(streamed(*blocks))), n=2)
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
                    raise LibraryError("broken")

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
    class Yielding(AsyncDouble):
        """Lets other tasks run before it answers."""

        async def send(self, request: HTTPRequest) -> AsyncHTTPResponse:
            await asyncio.sleep(0)
            return await super().send(request)

    double = Yielding(streamed())

    async def both() -> list[object]:
        events = asked(client(double))

        async def one() -> EventStreamAsync:
            return await events

        results = await asyncio.gather(one(), one(), return_exceptions=True)
        await events.close()
        return [type(result) for result in results]

    assert asyncio.run(both()) == [EventStreamAsync, RuntimeError]
    assert len(double.requests) == 1
