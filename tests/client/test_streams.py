"""Streams: their events, the ways to read one, its end, its bound and its one reader.

With doubles; the connections of streams are tested in `faults/`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import threading
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

import mistral_proto as mp
from tests.client.doubles import (
    EVENTS,
    STREAM,
    AsyncDouble,
    Double,
    LibraryError,
    Reply,
    StillClock,
    double_for,
    good,
    streamed,
)
from tests.client.faults.servers import DONE, WHOLE, piece
from tests.client.support import (
    ASYNC,
    CALLS,
    HI,
    MODEL,
    ONCE,
    STREAMS,
    client,
    every_call,
    every_stream,
    failure,
    kind_of,
    opened,
    partial_of,
    stream,
    text_of,
)


def stream_of(name: str, *answers: Reply, **parameters: Any) -> Any:
    """Return a stream that gets these answers, with the interface of one for asyncio."""
    return opened(name, client(double_for(name, *answers)), **parameters)


async def read_rest(events: Any) -> str:
    return text_of([event async for event in events])


A, B, END = piece("a"), piece("b"), piece("b", "stop")
DOCUMENT = A[6:-2]


def not_reached() -> None:
    raise AssertionError("bytes after the end were waited for")


# The blocks of a body, and the texts of its events.
READ: list[tuple[list[Any], str]] = [
    ([A, B, DONE], "ab"),
    ([A + B + DONE], "ab"),
    ([DONE], ""),
    ([A, DONE, B], "a"),
    ([A, DONE + b"rubbish"], "a"),
    ([A, DONE, not_reached], "a"),
    ([b"event: message\n" + A, b"event: completion\n" + B, DONE], "ab"),
    ([A.replace(b",", b",\ndata: "), DONE], "a"),
    ([piece("a", "a_new_reason")], "a"),
    ([piece("a", "error"), DONE], "a"),
    # -- outside of the standard
    *[([A, b"data:" + done + b"\n\n", B], "a")
        for done in (b"[DONE] ", b"\t[DONE]\t", b" [DONE]\n", b" [DONE]\nevent: done")],
    *[([ignored, A, ignored, DONE], "a") for ignored in (
        b"data:\n\n", b"data:  \t\n\n", b"data: null\n\n", b"data: {}\n\n", b"data: []\n\n",
        b"event: ping\n\n", b"event: ping\ndata: now\n\n", b"event: ping\ndata: [1]\n\n",
        b'event: ping\ndata: {"message": "Hi"}\n\n', b'event: x\ndata: {"choices": []}\n\n',
        b"event: error\ndata: {}\n\n", b'event: error\ndata: ""\n\n', b"error:\n\n", b"error: []\n\n")],
    *[([A.replace(b'"id"', b'"error":' + none + b',"id"'), DONE], "a")
        for none in (b"null", b'""', b"{}", b"[]", b"false")],
    ([b'data: {"choices": [{"message": {"content": "a"}}]}\n\n', DONE], "a"),
    ([b'data: {"choices": [{"delta": null, "message": {"content": "a"}}]}\n\n', DONE], "a"),
    # -- without a blank line between events, or after the last one
    ([A[:-1], B[:-1], DONE], "ab"),
    ([A[:-1], b"data: \n", b"data: null\n", END[:-1]], "ab"),
    ([piece("a", "stop")[:-1], B[:-9]], "a"),
    ([A, b"data: [DONE]"], "a"),
    ([A, b"data: [DONE]\r"], "a"),
    ([A, END[:-1]], "ab"),
    ([A, END[:-2]], "ab"),
    ([piece("a", "stop"), B[:-9]], "a"),
]  # fmt: skip


@every_stream
def test_events(name: str) -> None:
    for blocks, texts in READ:
        reply = streamed(*blocks)
        events = CALLS[name](client(double_for(name, reply)))
        assert [event.text for event in events] == [*texts], blocks
        assert reply.done == ["release"]


OVERLOADED = '{"message": "overloaded"}'
BROKE = LibraryError("broken")
# The blocks after an event, the kind of the error, a part of its message, and its body.
FAILING: list[tuple[list[Any], type[mp.MistralError], str, str]] = [
    *[(blocks, mp.IncompleteStreamError, "[DONE]", "") for blocks in (
        [], [b": ping\n\n"], [b"data: [DONE"], [END[:-9]], [piece("", "stop"), piece("b", index=1)])],
    ([BROKE], mp.IncompleteStreamError, "broken", ""),
    ([b"event: error\ndata: " + OVERLOADED.encode() + b"\n\n"], mp.StreamError, "overloaded", OVERLOADED),
    ([b"event: error\ndata: over"], mp.StreamError, "over", "over"),
    ([b"event: error\n" + A], mp.StreamError, "", DOCUMENT.decode()),
    ([b'event: x\ndata: {"error": "overloaded"}\n\n'], mp.StreamError, "overloaded", '{"error": "overloaded"}'),
    ([b"error:overloaded\r\n\r\n"], mp.StreamError, "overloaded", "overloaded"),
    ([b"error: " + OVERLOADED.encode()], mp.StreamError, "overloaded", OVERLOADED),
    *[([f"data: {data}\n\n".encode(), B, DONE], mp.StreamError, words, data) for data, words in (
        ('{"error": {"code": ""}, "choices": []}', "reported an error"),
        ('{"error": "overloaded", "choices": [{"delta": {}, "finish_reason": "error"}]}', "overloaded"),
        ('{"choices": [1, {"error": {"message": "overloaded"}}]}', "overloaded"),
        ('{"detail": "overloaded"}', "overloaded"),
        ('{"message": "overloaded", "choices": null}', "overloaded"),
        ('{"object":"error","message":{"detail":[{"loc":["body","n"],"msg":"Bad"}]}}', "body.n: Bad"))],
    *[([f"data: {data}\n\n".encode(), B, DONE], mp.ResponseValidationError, "", data) for data in (
        "{", "[1]", "5", '{"choices": 1}', '{"choices": ["1"]}', "[done]", f"{DOCUMENT.decode()} {{}}")],
]  # fmt: skip


@every_stream
def test_errors(name: str) -> None:
    async def main(then: list[Any], kind: Any, words: str, body: str, in_one_block: bool) -> None:
        reply = streamed(*([b"".join([A, *then])] if in_one_block else [A, *then]))
        double = double_for(name, reply)
        events = opened(name, client(double), n=2)
        assert text_of([await anext(events)]) == "a"
        with pytest.raises(mp.MistralError) as caught:
            while in_one_block:
                await anext(events)
            await events.until_done()
        error = caught.value
        assert kind_of(error) is kind and words in error.message, then
        assert (error.status_code, error.body, error.tries) == (200, body, 1)
        assert error.headers == EVENTS
        assert partial_of(error) == (None if kind is mp.ResponseValidationError else "a")
        assert set(reply.done) == {"close"}
        assert (await read_rest(events), len(double.requests)) == ("", 1)
        with pytest.raises(mp.IncompleteStreamError):
            await events.until_done()

    for row in FAILING:
        for in_one_block in (False, *([] if BROKE in row[0] else [True])):
            asyncio.run(main(*row, in_one_block))


def test_an_error_is_freed_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        for end in (b"", b'data: {"error": {"code": 503}}\n\n'):
            error = failure(stream, client(double_for("stream", streamed(A, end))))
            reference = weakref.ref(error)
            del error
            assert reference() is None
    finally:
        gc.enable()


@every_call
def test_a_stream_that_is_cut_anywhere(name: str) -> None:
    data = piece("Bon") + piece("jour") + DONE
    for end in range(1, len(data) - 1, 7):
        size = random.Random(end).randint(1, 50)
        blocks = [data[start : min(start + size, end)] for start in range(0, end, size)]
        error = failure(CALLS[name], client(double_for(name, streamed(*blocks)), retry_config=ONCE))
        expected = "Bon" * (end >= len(piece("Bon"))) + "jour" * (end >= len(data) - len(DONE))
        assert (kind_of(error), partial_of(error) or "") == (mp.IncompleteStreamError, expected)


def reply_of(body: bytes, content_type: str | None, size: int = 0) -> Reply:
    step = size or len(body) or 1
    blocks = [body[start : start + step] for start in range(0, len(body), step)]
    return Reply(*blocks, headers={} if content_type is None else {"content-type": content_type})


@every_call
def test_answers_in_either_form(name: str) -> None:
    events = b"".join(STREAM)
    for body in (
        WHOLE,
        WHOLE.replace(b'"message":', b'"delta":{"content":"Bon"},"message":'),
        b"\xef\xbb\xbf \r\n" + WHOLE,
        *[before + events for before in (b"", b"\xef\xbb\xbf", b": hi\n\n", b"\n" * 1100)],
        *[before + events for before in (b"id: 1\n", b"event: message\r\n", b"retry: 1\n\n")],
    ):
        for content_type in ("application/json", "text/event-stream; charset=utf-8", "", None):
            for size in (0, 1):
                with client(double_for(name, reply_of(body, content_type, size))) as mistral:
                    assert text_of(CALLS[name](mistral)) == "Bonjour", (body, content_type, size)


def test_a_whole_answer_is_a_stream_of_one_event() -> None:
    body = json.dumps({**json.loads(WHOLE), "x": [1]}).encode()
    with client(Double(reply_of(body, None))).chat.stream(model=MODEL, messages=HI) as events:
        [event] = events
        response = events.until_done()
    assert event.data.object == "chat.completion.chunk"
    assert event.data.usage is not None and event.data.extra == {"x": [1]}
    assert response.text == event.text == "Bonjour"
    assert response.choices[0].finish_reason == "stop"


async def awaited_and_entered(events: Any) -> str:
    async with await events as stream:
        assert stream is events
        return await read_rest(stream)


async def in_turns(events: Any) -> str:
    async for event in events:
        break
    return text_of([event, await anext(events)]) + await read_rest(events)


async def text(events: Any) -> str:
    return "".join([text async for text in events.text()])


async def until_done(events: Any) -> str:
    assert await events.until_done() == await events.until_done()
    return text_of(await events.until_done())


@every_stream
def test_ways_to_read(name: str) -> None:
    async def main(way: Callable[[Any], Awaitable[str]], how: str) -> None:
        reply = streamed(how=how)
        double = double_for(name, reply)
        events = opened(name, client(double))
        # For asyncio nothing is sent before a task waits for it.
        assert len(double.requests) == (name not in ASYNC)
        assert await way(events) == "Bonjour"
        assert (len(double.requests), reply.done[0]) == (1, "release")
        assert await read_rest(events) == ""

    for way in (read_rest, awaited_and_entered, in_turns, text, until_done):
        for how in ("plain", "coroutines") if name in ASYNC else ("plain",):
            asyncio.run(main(way, how))


@every_stream
def test_attributes(name: str) -> None:
    async def main() -> None:
        events = stream_of(name, streamed(headers={**EVENTS, "X-One": "1", "x-ONE": "2"}))
        if name in ASYNC:
            with pytest.raises(RuntimeError):
                _ = events.status_code
        await events
        assert events.response is (events.it if name == "stream" else events)
        assert (events.status_code, events.headers["x-one"]) == (200, "1, 2")
        assert events.snapshot is None
        await anext(events)
        assert text_of(events.snapshot) == "Bon"
        response = await events.until_done()
        assert response == events.snapshot
        assert response.choices[0].finish_reason == "stop"

    asyncio.run(main())


@every_stream
def test_several_choices(name: str) -> None:
    counting = [piece("Bon"), piece("jo", index=1), piece("ur", "stop", index=2), DONE]
    two = [piece("Bon", "stop"), piece("jour", "stop", index=1), DONE]

    async def main() -> None:
        # Without `n` an index that counts up is one choice.
        for n, words in ((None, "Bonjour"), (1, "Bonjour"), (2, "Bon")):
            assert await text(stream_of(name, streamed(*counting), n=n)) == words
        for n, texts in ((None, ["Bonjour"]), (2, ["Bon", "jour"])):
            response = await stream_of(name, streamed(*two), n=n).until_done()
            assert [choice.message.text for choice in response.choices] == texts
        with pytest.raises(mp.IncompleteStreamError):
            await stream_of(name, streamed(DONE)).until_done()

    asyncio.run(main())


async def break_off(events: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        async with events:
            await anext(events)
            raise ZeroDivisionError


async def close_in_a_loop(events: Any) -> None:
    async for _ in events:
        await events.close()


async def close(events: Any) -> None:
    await events
    await events.close()


@every_stream
def test_closed_early(name: str) -> None:
    async def main(end: Callable[[Any], Awaitable[None]], how: str) -> None:
        reply = streamed(how=how)
        events = stream_of(name, reply)
        await end(events)
        await events.close()
        assert set(reply.done) == {"close"}
        assert (await read_rest(events), await anext(events, None)) == ("", None)
        with pytest.raises(mp.IncompleteStreamError) as caught:
            await events.until_done()
        assert partial_of(caught.value) == (None if end is close else "Bon")
        assert reply.taken == (end is not close)

    for end in (break_off, close_in_a_loop, close):
        for how in ("plain", "coroutines") if name in ASYNC else ("plain",):
            asyncio.run(main(end, how))


def test_a_stream_of_asyncio_that_is_never_sent_or_dropped() -> None:
    async def closed_before_it_was_sent() -> None:
        double = AsyncDouble()
        events = opened("stream_async", client(double))
        await events.close()
        assert await read_rest(events) == ""
        with pytest.raises(mp.IncompleteStreamError):
            await events.until_done()
        assert double.requests == []

    async def dropped(begun: bool, how: str) -> None:
        reply = streamed(how=how)
        events = stream_of("stream_async", reply)
        if begun:
            await anext(events)
        del events
        gc.collect()
        # A coroutine can't be awaited there.
        assert reply.done == (["close"] if begun and how == "plain" else [])

    asyncio.run(closed_before_it_was_sent())
    for begun in (False, True):
        for how in ("plain", "coroutines"):
            asyncio.run(dropped(begun, how))
    # After an interrupt in the constructor.
    mp.EventStream.__new__(mp.EventStream).__del__()


@every_stream
def test_closed_by_another_thread_or_task(name: str) -> None:
    for when, most in (("in the body", 1), ("between attempts", 2), ("in send", 2)):

        def closing(at: str) -> Callable[..., None]:
            def step(*_: object) -> None:
                if at == when:  # noqa: B023
                    with pytest.raises(StopIteration):  # it waits for nothing
                        events.close().__await__().__next__()  # noqa: B023

            return step

        class Closing(StillClock):
            sleep = closing("between attempts")

        first = streamed(b": x\n\n", closing("in the body"), BROKE)
        second = streamed(before=closing("in send"))
        double = double_for(name, first, second)
        events = opened(name, client(double, clock=Closing()))
        assert asyncio.run(read_rest(events)) == ""
        assert len(double.requests) <= most
        assert set(first.done) == {"close"}
        assert set(second.done) == ({"close"} if len(double.requests) == 2 else set())


@every_call
def test_the_bound(name: str) -> None:
    size = len(b"".join(STREAM) if name in STREAMS else WHOLE)
    for limit in (size, size - 1):
        options: dict[str, Any] = {"max_gathered": limit}
        for of_client, of_call in ((options, {}), ({}, options)):
            with client(double_for(name, good(name)), **of_client) as mistral:
                if limit == size:
                    assert text_of(CALLS[name](mistral, **of_call)) == "Bonjour"
                    continue
                error = failure(CALLS[name], mistral, **of_call)
            assert type(error) is (
                mp.IncompleteStreamError if name in STREAMS else mp.NoResponseError
            )
            assert str(limit) in error.message and error.tries == 1
    with client(double_for(name, good(name))) as mistral:  # 0 sets no bound
        assert text_of(CALLS[name](mistral, max_gathered=0)) == "Bonjour"


@every_stream
def test_a_stream_that_is_too_large(name: str) -> None:
    first = piece("Bon")
    with client(double_for(name, streamed(first, END)), max_gathered=len(first)) as mistral:
        assert partial_of(failure(CALLS[name], mistral)) == "Bon"
    # An event has a bound of its own.
    with client(double_for(name, streamed(first, b"data: " + b" " * (17 << 20)))) as mistral:
        error = failure(CALLS[name], mistral)
    assert type(error) is mp.IncompleteStreamError and "max_event_size" in error.message


def test_a_stream_without_a_snapshot() -> None:
    def events_of(*blocks: bytes) -> Any:
        mistral = client(Double(streamed(*blocks)))
        return mistral.chat.stream(model=MODEL, messages=HI, max_gathered=0)

    for end in ([DONE], []):
        events = events_of(A, A, END, *end)
        assert "".join(events.text()) == "aab"
        assert events.snapshot is None
        with pytest.raises(mp.IncompleteStreamError, match="not gathered"):
            events.until_done()
    events = events_of(A)
    assert next(events).text == "a"
    with pytest.raises(mp.IncompleteStreamError) as caught:
        next(events)
    assert caught.value.partial is None


def test_two_threads() -> None:
    waits, goes_on = threading.Event(), threading.Event()

    def wait() -> None:
        waits.set()
        assert goes_on.wait(20)

    events = opened("stream", client(Double(streamed(A, wait, END, DONE)))).it
    assert next(events).text == "a"
    texts: list[str] = []
    reader = threading.Thread(target=lambda: texts.extend(event.text for event in events))
    reader.start()
    assert waits.wait(20)
    with pytest.raises(RuntimeError):
        next(events)
    goes_on.set()
    reader.join(20)
    assert texts == ["b"] and text_of(events.until_done()) == "ab"


def test_two_tasks() -> None:
    async def main() -> None:
        waits, goes_on = asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            waits.set()
            await goes_on.wait()
            goes_on.clear()
            waits.clear()

        async def body() -> AsyncIterator[bytes]:
            yield A
            await wait()
            yield END + DONE

        class Waiting(AsyncDouble):
            async def send(self, request: mp.HTTPRequest) -> mp.AsyncHTTPResponse:
                await wait()
                return mp.AsyncHTTPResponse(200, {}, body())

        async def awaited() -> None:
            await events

        events = opened("stream_async", client(Waiting()))
        for expected in ("a", "b"):  # it waits in `send`, and then in the body
            reader = asyncio.ensure_future(anext(events))
            await waits.wait()
            for reading in (anext(events), events.until_done(), awaited()):
                with pytest.raises(RuntimeError):
                    await reading
            goes_on.set()
            assert (await reader).text == expected
        assert text_of(await events.until_done()) == "ab"

    asyncio.run(main())
