"""Streams: what is read in them, the ways to iterate one, its ends, and what is gathered of it.

By doubles; what connections do meanwhile is in `faults/test_left_behind.py`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import pickle
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mistral_proto import (
    AsyncHTTPResponse,
    ChatCompletionResponse,
    CompletionEvent,
    EventStream,
    EventStreamAsync,
    EventStreamParser,
    HTTPRequest,
    IncompleteStreamError,
    MistralError,
    ResponseValidationError,
    StreamAccumulator,
    StreamError,
)
from tests.client.doubles import (
    EVENTS,
    STREAM,
    AsyncDouble,
    Double,
    LibraryError,
    Reply,
    SkippingClock,
    StillClock,
    double_for,
    streamed,
)
from tests.client.faults.servers import DONE, piece
from tests.client.support import (
    ASYNC,
    CALLS,
    HI,
    MODEL,
    asked,
    client,
    every_stream,
    failure,
    kind_of,
    partial_of,
    text_of,
)
from tests.recorded.shared_folder import missing_reason, shared_folder


def begun(double: Double, **options: Any) -> EventStream:
    return client(double, **options).chat.stream(model=MODEL, messages=HI)


def read(name: str, *blocks: Any, **parameters: Any) -> list[CompletionEvent]:
    """The events in these blocks; nothing is left open by them."""
    reply = streamed(*blocks)
    events: list[CompletionEvent] = CALLS[name](client(double_for(name, reply)), **parameters)
    assert reply.done == ["release"]
    return events


# -- what is read

A, B = piece("a"), piece("b")
PLAIN = A[6:-2]
READ: list[tuple[list[bytes], list[str]]] = [
    ([A, B, DONE], ["a", "b"]),
    ([A + B + DONE], ["a", "b"]),
    ([DONE], []),
    ([A, DONE, piece("late")], ["a"]),
    ([A, DONE + b"rubbish"], ["a"]),
    ([b"\xef\xbb\xbf", A, DONE], ["a"]),
    ([b": ping\n\n", A, b":\n\n", DONE], ["a"]),
    ([b"data:\n\n", A, b"data\n\n", DONE], ["a"]),
    ([b"event: ping\n\n", A, DONE], ["a"]),
    ([b"event: message\n" + A, DONE], ["a"]),
    ([b"event: completion\n" + A, DONE], ["a"]),
    ([b"id: 1\nretry: 5\n" + A, DONE], ["a"]),
    ([A.replace(b"\n", b"\r\n"), DONE], ["a"]),
    ([A.replace(b"\n", b"\r"), DONE], ["a"]),
    ([A.replace(b"data: ", b"data:"), b"data:[DONE]\n\n"], ["a"]),
    ([A.replace(b",", b",\ndata: "), DONE], ["a"]),
    ([b"data:  " + PLAIN + b"  \n\n", DONE], ["a"]),
    ([piece("a", "stop")], ["a"]),
    ([piece("a", "a_new_reason")], ["a"]),
    ([piece("a", "stop"), b"data: [DONE]"], ["a"]),
]


@every_stream
def test_what_a_stream_holds(name: str) -> None:
    for blocks, texts in READ:
        events = read(name, *blocks)
        assert [event.data.choices[0].delta.text for event in events] == texts, blocks


@every_stream
def test_headers_say_that_it_is_one_or_nothing_does(name: str) -> None:
    for headers in ({"CONTENT-TYPE": "Text/Event-Stream ;charset=utf-8"}, {}):
        reply = streamed(headers=headers)
        assert text_of(CALLS[name](client(double_for(name, reply)))) == "Bonjour"


BROKE = LibraryError("broken")
SAID = '{"message": "overloaded"}'
# What comes behind an event, the kind of the error, words of its message, and its body.
FAILING: list[tuple[list[Any], type[MistralError], str, str]] = [
    ([], IncompleteStreamError, "[DONE]", ""),
    ([b": ping\n\n"], IncompleteStreamError, "[DONE]", ""),
    ([b"data: [DONE]"], IncompleteStreamError, "[DONE]", ""),
    ([piece("b", "stop")[:-1]], IncompleteStreamError, "[DONE]", ""),
    ([piece("", "stop"), piece("b", index=1)], IncompleteStreamError, "[DONE]", ""),
    ([BROKE], IncompleteStreamError, "broken", ""),
    ([b"event: error\ndata: " + SAID.encode() + b"\n\n"], StreamError, "overloaded", SAID),
    ([b"event: error\ndata: overloaded\n\n"], StreamError, "overloaded", "overloaded"),
    ([b"event: error\n" + A], StreamError, "", PLAIN.decode()),
    *[([f"data: {data}\n\n".encode(), B, DONE], StreamError, words, data) for data, words in (
        ('{"error": {"message": "overloaded", "code": 503}}', "overloaded"),
        ('{"error": "overloaded"}', "overloaded"),
        ('{"error": {}}', ""),
        ('{"object": "error", "message": "overloaded", "type": "x"}', "overloaded"),
        ('{"object":"error","message":{"detail":[{"loc":["body","n"],"msg":"Bad"}]}}', "body.n: Bad"))],
    *[([f"data: {data}\n\n".encode(), B, DONE], ResponseValidationError, "", data) for data in (
        "{", "[]", "null", '{"choices": 1}', '{"choices": ["1"]}', "[done]", f"{PLAIN.decode()} {{}}")],
]  # fmt: skip


@every_stream
@pytest.mark.parametrize("together", [False, True])
def test_what_ends_a_stream_in_an_error(name: str, together: bool) -> None:
    """What came before it comes out, also of the same block; after it there is nothing."""
    for then, kind, words, body in FAILING:
        blocks = [A, *then]
        if together and BROKE not in then:
            blocks = [b"".join(blocks)]
        reply = streamed(*blocks)
        error, texts = _to_its_end(name, reply)
        assert (kind_of(error), texts) == (kind, ["a"]), then
        assert words in error.message and error.body == body
        assert (error.status_code, error.headers, error.tries) == (200, EVENTS, 1)
        assert partial_of(error) == (None if kind is ResponseValidationError else "a")
        assert set(reply.done) == {"close"}
        if isinstance(error, ResponseValidationError):
            assert error.cause is not None


def _to_its_end(name: str, reply: Reply) -> tuple[MistralError, list[str]]:
    """The error in which a stream ends that asked for two answers, and the texts before it."""
    texts: list[str] = []
    double = double_for(name, reply)
    mistral = client(double)

    def sync() -> None:
        events = mistral.chat.stream(model=MODEL, messages=HI, n=2)
        with pytest.raises(MistralError) as caught:
            for event in events:
                texts.append(event.data.choices[0].delta.text)
        errors.append(caught.value)
        assert list(events) == []
        with pytest.raises(IncompleteStreamError):
            events.until_done()

    async def main() -> None:
        events = asked(mistral, n=2)
        with pytest.raises(MistralError) as caught:
            async for event in events:
                texts.append(event.data.choices[0].delta.text)
        errors.append(caught.value)
        assert [event async for event in events] == []
        with pytest.raises(IncompleteStreamError):
            await events.until_done()

    errors: list[MistralError] = []
    if name in ASYNC:
        asyncio.run(main())
    else:
        sync()
    assert len(double.requests) == 1
    return errors[0], [text for text in texts if text][:1]


# -- however the bytes are split

WORDS = ["Bon", "jour", "", " ", "é", "\U0001f600", "\\n", '\\"', "data: ", "[DONE]", "\u2028"]
NOISE = [
    b": ping\n\n",
    b"\n",
    b"data:\n\n",
    b"event: ping\n\n",
    b"retry: 10\n\n",
    b": a\r\n:b\r\r\n",
]


def split(data: bytes, random_: random.Random, most: int) -> list[bytes]:
    """The same bytes in pieces of 1 to so many."""
    blocks = []
    while data:
        size = random_.randint(1, most)
        blocks.append(data[:size])
        data = data[size:]
    return blocks


@every_stream
def test_any_split_gives_the_same_events(name: str) -> None:
    for seed in range(40):
        random_ = random.Random(seed)
        said = random_.choices(WORDS, k=random_.randint(0, 12))
        data = random_.choice([b"", b"\xef\xbb\xbf"])
        for word in said:
            data += random_.choice(NOISE) if random_.random() < 0.3 else b""
            data += piece(word)
        data += DONE
        data = data.replace(b"\n", random_.choice([b"\n", b"\n", b"\r\n", b"\r"]))
        whole = read(name, data)
        assert read(name, *split(data, random_, random_.choice([1, 3, 17, 200, 5000]))) == whole
        texts = [event.data.choices[0].delta.text for event in whole]
        assert texts == [word.replace("\\n", "\n").replace('\\"', '"') for word in said]


@every_stream
def test_a_stream_may_end_anywhere(name: str) -> None:
    data = piece("Bon") + piece("jour") + DONE
    for end in range(0, len(data) - 1, 7):
        blocks = split(data[:end], random.Random(end), 50) or [b""]
        double = double_for(name, streamed(*blocks), ZeroDivisionError())
        error = failure(CALLS[name], client(double, retry_config=None, timeout_ms=1))
        expected = "Bon" * (end >= len(piece("Bon"))) + "jour" * (end >= len(data) - len(DONE))
        assert (kind_of(error), partial_of(error) or "") == (IncompleteStreamError, expected)


def recorded() -> list[Any]:
    folder = shared_folder()
    if folder is None:
        return [pytest.param({}, marks=pytest.mark.skip(missing_reason()))]
    lines = (folder / "wire" / "recorded" / "stream.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("record", recorded(), ids=lambda one: one.get("source", "missing")[-20:])
def test_a_stream_of_the_real_api(record: dict[str, Any]) -> None:
    data, expected, said = record["sse"].encode(), [], ""
    gathered = StreamAccumulator()
    for event in EventStreamParser().feed(data):
        if event.data == "[DONE]":
            break
        document = json.loads(event.data)
        expected.append(CompletionEvent.from_dict({"data": document}))
        gathered.add(expected[-1].data)
        for choice in document["choices"]:  # by hand: the strings, and the texts of the chunks
            content = choice["delta"].get("content") or ""
            chunks = [{"text": content}] if isinstance(content, str) else content
            said += "".join(chunk.get("text", "") for chunk in chunks)
    for most in (7, 100, 1500, 1_000_000):
        double = Double(streamed(*split(data, random.Random(most), most)))
        request = record["request"] or {"model": MODEL, "messages": HI}
        with client(double).chat.stream(**request) as events:
            assert list(events) == expected != []
        whole = events.until_done()
        assert events.gathered == whole == gathered.response()
        assert whole.choices[0].message.text == said and whole.usage is not None
        assert record["request"] in (None, json.loads(double.requests[0].body))


# -- the ways to a stream


def _entered(events: EventStream) -> str:
    with events as stream:
        assert stream is events
        return text_of(list(stream))


def _in_turns(events: EventStream) -> str:
    for event in events:
        break
    return text_of([event, next(iter(events)), *events])


def _until_done(events: EventStream) -> str:
    assert events.until_done() == events.until_done()
    return text_of(events.until_done())


async def _rest(events: EventStreamAsync) -> str:
    return text_of([event async for event in events])


async def _awaited(events: EventStreamAsync) -> str:
    stream = await events
    assert stream is events
    return await _rest(stream)


async def _awaited_and_entered(events: EventStreamAsync) -> str:
    async with await events as stream:
        return await _rest(stream)


async def _entered_async(events: EventStreamAsync) -> str:
    async with events as stream:
        assert stream is events
        return await _rest(stream)


async def _in_turns_async(events: EventStreamAsync) -> str:
    async for event in events:
        break
    return text_of([event, await anext(events)]) + await _rest(events)


async def _text_async(events: EventStreamAsync) -> str:
    return "".join([text async for text in events.text()])


async def _until_done_async(events: EventStreamAsync) -> str:
    assert await events.until_done() == await events.until_done()
    return text_of(await events.until_done())


WAYS: list[Callable[[EventStream], str]] = [
    lambda events: text_of(list(events)),
    lambda events: "".join(events.text()),
    _entered,
    _in_turns,
    _until_done,
]
ASYNC_WAYS: list[Callable[[EventStreamAsync], Awaitable[str]]] = [
    _rest,
    _awaited,
    _awaited_and_entered,
    _entered_async,
    _in_turns_async,
    _text_async,
    _until_done_async,
]


@pytest.mark.parametrize("way", WAYS)
def test_a_way(way: Callable[[EventStream], str]) -> None:
    reply = streamed()
    double = Double(reply)
    events = begun(double)
    assert way(events) == "Bonjour"
    assert (len(double.requests), reply.done[0], list(events)) == (1, "release", [])


@pytest.mark.parametrize("how", ["plain", "coroutines"])
@pytest.mark.parametrize("way", ASYNC_WAYS)
def test_a_way_of_asyncio(way: Callable[[EventStreamAsync], Awaitable[str]], how: str) -> None:
    async def main() -> None:
        reply = streamed(how=how)
        double = AsyncDouble(reply)
        events = asked(client(double))
        assert double.requests == []  # nothing is sent before somebody waits for it
        assert await way(events) == "Bonjour"
        assert (len(double.requests), reply.done[0]) == (1, "release")
        assert [event async for event in events] == []

    asyncio.run(main())


def test_one_that_two_tasks_await_is_sent_once() -> None:
    class Yielding(AsyncDouble):
        """Lets other tasks run before it answers."""

        async def send(self, request: HTTPRequest) -> AsyncHTTPResponse:
            await asyncio.sleep(0)
            return await super().send(request)

    async def one(events: EventStreamAsync) -> EventStreamAsync:
        return await events

    async def main() -> None:
        double = Yielding(streamed())
        events = asked(client(double))
        ended = await asyncio.gather(one(events), one(events), return_exceptions=True)
        await events.close()
        assert [type(one) for one in ended] == [EventStreamAsync, RuntimeError]
        assert len(double.requests) == 1

    asyncio.run(main())


def test_what_there_is_before_and_after() -> None:
    headers = {**EVENTS, "X-One": "1", "x-ONE": "2"}

    def check(events: EventStream | EventStreamAsync, said: str | None) -> None:
        assert (events.status_code, events.headers["x-one"]) == (200, "1, 2")
        assert (events.gathered and text_of(events.gathered)) == said

    async def main() -> None:
        events = asked(client(AsyncDouble(streamed(headers=headers))))
        for name in ("status_code", "headers"):
            with pytest.raises(RuntimeError):
                getattr(events, name)
        assert events.gathered is None
        await events
        check(events, None)
        await anext(events)
        check(events, "Bon")
        assert events.gathered != await events.until_done()
        check(events, "Bonjour")

    asyncio.run(main())
    events = begun(Double(streamed(headers=headers)))
    check(events, None)
    next(events)
    check(events, "Bon")
    assert isinstance(events.gathered, ChatCompletionResponse)
    assert events.until_done().choices[0].finish_reason == "stop"
    check(events, "Bonjour")
    with pytest.raises(TypeError):
        pickle.dumps(events)


# -- its end


def test_no_events() -> None:
    with pytest.raises(IncompleteStreamError):
        begun(Double(streamed(DONE))).until_done()
    with pytest.raises(IncompleteStreamError):
        asyncio.run(_until_done_async(asked(client(AsyncDouble(streamed(DONE))))))


@pytest.mark.parametrize("how", ["plain", "coroutines"])
def test_closed_early(how: str) -> None:
    async def main() -> None:
        for events_read in (0, 1):
            reply = streamed(how=how)
            events = await asked(client(AsyncDouble(reply)))
            if events_read:
                await anext(events)
            await events.close()
            await events.close()
            assert set(reply.done) == {"close"}
            assert [event async for event in events] == []
            with pytest.raises(IncompleteStreamError) as caught:
                await events.until_done()
            assert partial_of(caught.value) == ("Bon" if events_read else None)
            # One that is left by an error.
            reply = streamed(how=how)
            with pytest.raises(ZeroDivisionError):
                async with asked(client(AsyncDouble(reply))) as events:
                    await anext(events)
                    raise ZeroDivisionError
            assert set(reply.done) == {"close"}

    asyncio.run(main())
    reply = streamed()
    events = begun(Double(reply))
    for seen, _ in enumerate(events):
        events.close()  # also in a loop over it
        assert seen == 0
    assert (list(events), next(events, None), set(reply.done)) == ([], None, {"close"})
    assert reply.taken == 1


def test_closed_before_it_was_opened() -> None:
    async def main() -> None:
        double = AsyncDouble()
        events = asked(client(double))
        await events.close()
        assert [event async for event in events] == []
        with pytest.raises(IncompleteStreamError):
            await events.until_done()
        assert double.requests == []

    asyncio.run(main())


@pytest.mark.parametrize("how", ["plain", "coroutines"])
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
    # One that an interrupt left half-made.
    EventStream.__new__(EventStream).__del__()


# When a stream is closed by another thread or task, and the requests that there are.
WHEN = {"while it waits for an event": 1, "while the next try waits": 1, "while it is sent": 2}


@pytest.mark.parametrize("when", WHEN)
def test_closed_meanwhile(when: str) -> None:
    def close(at: str) -> None:
        if at == when and double.requests:
            events.close()

    class Closing(StillClock):
        def sleep(self, seconds: float) -> None:
            close("while the next try waits")

    class Sending(Double):
        def send(self, request: HTTPRequest) -> Any:
            close("while it is sent")
            return super().send(request)

    first = streamed(b": x\n\n", lambda: close("while it waits for an event"), BROKE)
    second = streamed()
    double = Sending(first, second)
    events = begun(double, clock=Closing())
    assert list(events) == []
    assert len(double.requests) == WHEN[when]
    # None stays open.
    assert set(first.done) == {"close"}
    assert set(second.done) == ({"close"} if WHEN[when] == 2 else set())


@pytest.mark.parametrize("when", ["while it waits for an event", "while the next try waits"])
def test_closed_meanwhile_by_a_task(when: str) -> None:
    async def main() -> None:
        begun, goes_on = asyncio.Event(), asyncio.Event()

        class Waiting(StillClock):
            async def sleep_async(self, seconds: float) -> None:
                begun.set()
                await goes_on.wait()

        class Ended(Reply):
            def response(self, kind: Any) -> Any:
                async def body() -> Any:
                    yield b": x\n\n"
                    if when == "while it waits for an event":
                        await events.close()
                    raise LibraryError("broken")

                return kind(200, EVENTS, body(), lambda: self.done.append("close"))

        first, second = Ended(), streamed()
        double = AsyncDouble(first, second)
        events = asked(client(double, clock=Waiting()))
        task = asyncio.ensure_future(anext(events, None))
        if when == "while the next try waits":
            await begun.wait()
            await events.close()
            goes_on.set()
        assert await task is None
        assert set(first.done) == {"close"} and set(second.done) <= {"close"}
        assert bool(second.done) == (len(double.requests) == 2)

    asyncio.run(main())


@pytest.mark.parametrize("how", ["plain", "coroutines"])
@pytest.mark.parametrize("name", ASYNC)
@pytest.mark.parametrize("hangs_in", ["send", "body"])
def test_cancelled(name: str, hangs_in: str, how: str) -> None:
    class Hangs(AsyncDouble):
        async def send(self, request: HTTPRequest) -> Any:
            self.requests.append(request)
            if hangs_in == "send":
                await asyncio.Event().wait()

            async def body() -> Any:
                yield STREAM[0]
                reply.done.append("hangs")
                await asyncio.Event().wait()

            return AsyncHTTPResponse(200, EVENTS, body(), *reply.ends())

    async def main() -> None:
        double = Hangs()
        task = asyncio.ensure_future(ASYNC[name](client(double, clock=SkippingClock())))
        while not (double.requests if hangs_in == "send" else reply.done):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(double.requests) == 1
        assert set(reply.done) == (set() if hangs_in == "send" else {"hangs", "close"})

    reply = Reply(how=how)
    asyncio.run(main())


@every_stream
def test_it_is_over_before_its_connection(name: str) -> None:
    """What follows [DONE] in the body is not waited for."""

    def never() -> None:
        raise AssertionError("it was waited for")

    assert text_of(read(name, piece("Bonjour", "stop"), DONE, never)) == "Bonjour"


# -- what is gathered


def gathered(*chunks: dict[str, Any]) -> ChatCompletionResponse:
    events = [f"data: {json.dumps({'id': '1', 'model': 'm', **chunk})}\n\n" for chunk in chunks]
    return begun(Double(streamed(*[event.encode() for event in events], DONE))).until_done()


def delta(said: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": said, **more}]}


CALL = {"index": 0, "id": "a1b2c3d4e", "type": "function"}


def test_what_the_types_do_not_know() -> None:
    """Lists go on, of anything else the last counts, and a null takes nothing away."""

    def call(number: int) -> dict[str, Any]:
        return {**CALL, "t": [number], "function": {"name": "f", "arguments": "", "f": [number]}}

    first = delta({"tool_calls": [call(1)], "d": [1], "n": 1}, c=[1], m={"a": 1})
    second = delta({"tool_calls": [call(2)], "d": [2], "n": None}, c=[2], m={"b": 2})
    response = gathered({**first, "r": [1], "x": 1}, {**second, "r": [2], "x": 2})
    [choice] = response.choices
    [made] = choice.message.tool_calls or ()
    assert response.extra == {"r": [1, 2], "x": 2}
    assert choice.extra == {"c": [1, 2], "m": {"b": 2}}
    assert choice.message.extra == {"d": [1, 2], "n": 1}
    assert (made.extra, made.function.extra) == ({"t": [1, 2]}, {"f": [1, 2]})


def test_what_is_empty_in_a_later_piece_overwrites_nothing() -> None:
    later = {"index": 0, "id": "", "type": "", "function": {"name": "", "arguments": "1}"}}
    first = {**CALL, "function": {"name": "f", "arguments": '{"a": '}}
    message = (
        gathered(
            delta({"role": "assistant", "tool_calls": [first]}),
            delta({"role": "", "tool_calls": [later]}, finish_reason="tool_calls"),
        )
        .choices[0]
        .message
    )
    [call] = message.tool_calls or ()
    assert (message.role, call.id, call.type) == ("assistant", "a1b2c3d4e", "function")
    assert (call.function.name, call.function.arguments) == ("f", '{"a": 1}')


@every_stream
def test_several_choices(name: str) -> None:
    """Their number is what was asked for: else an index that counts up is one choice."""
    counting = [piece("Bon"), piece("jo", index=1), piece("ur", "stop", index=2), DONE]
    for n, text in ((None, "Bonjour"), (1, "Bonjour"), (2, "Bon")):
        assert _text(name, counting, n) == text
    two = [piece("Bon", "stop"), piece("jour", "stop", index=1), DONE]
    for n, texts in ((None, ["Bonjour"]), (2, ["Bon", "jour"])):
        events = client(Double(streamed(*two))).chat.stream(model=MODEL, messages=HI, n=n)
        assert [choice.message.text for choice in events.until_done().choices] == texts


def _text(name: str, blocks: list[bytes], n: int | None) -> str:
    """What `text()` gives: that of the first choice."""
    mistral = client(double_for(name, streamed(*blocks)))
    if name in ASYNC:
        return asyncio.run(_text_async(asked(mistral, n=n)))
    return "".join(mistral.chat.stream(model=MODEL, messages=HI, n=n).text())
