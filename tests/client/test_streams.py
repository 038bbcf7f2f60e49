"""Streams: what is read in them, the ways to iterate one, its ends, and what is gathered of it.

By doubles; what connections do meanwhile is in `faults/test_left_behind.py`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import pickle
import random
import weakref
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
    Hangs,
    LibraryError,
    Reply,
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
    ONCE,
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
from tests.recorded.shared_folder import missing_reason, shared_folder


def stream_of(name: str, *answers: Reply | Exception, **options: Any) -> Any:
    """A stream that gets these answers, with the face of one for asyncio."""
    return opened(name, client(double_for(name, *answers), **options))


async def rest(events: Any) -> str:
    return text_of([event async for event in events])


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
    # -- as no standard has it
    *[
        ([A, b"data:" + done + b"\n\n", piece("late")], ["a"])
        for done in (b"[DONE] ", b"\t[DONE]\t", b" [DONE]\n", b" [DONE]\nevent: done")
    ],
    *[
        ([said, A, said, DONE], ["a"])
        for said in (
            b"data: null\n\n",
            b"data: {}\n\n",
            b"data: []\n\n",
            b"data:  \t\n\n",
            b"event: ping\ndata: {}\n\n",
            b"event: ping\ndata: now\n\n",
            b'event: ping\ndata: {"message": "Hi"}\n\n',
            b"event: ping\ndata: [1]\n\n",
            b'event: x\ndata: {"choices": []}\n\n',
            b"event: error\ndata: {}\n\n",
            b'event: error\ndata: ""\n\n',
            b"error:\n\n",
            b"error: []\n\n",
        )
    ],
    *[
        ([A.replace(b'"id"', b'"error":' + none + b',"id"'), DONE], ["a"])
        for none in (b"null", b'""', b"{}", b"[]", b"false")
    ],
    ([piece("a", "error"), DONE], ["a"]),
    # -- whose events have no blank line between them
    ([A[:-1], B[:-1], DONE], ["a", "b"]),
    ([A[:-1], b"data: \n", b"data: null\n", piece("b", "stop")[:-1]], ["a", "b"]),
    ([piece("a", "stop")[:-1], piece("b")[:-9]], ["a"]),
    # -- whose last event has no blank line
    ([A, b"data: [DONE]"], ["a"]),
    ([A, b"data: [DONE]\r"], ["a"]),
    ([A, piece("b", "stop")[:-1]], ["a", "b"]),
    ([A, piece("b", "stop")[:-2]], ["a", "b"]),
    ([piece("a", "stop"), piece("b")[:-9]], ["a"]),
]


@every_stream
def test_what_a_stream_holds(name: str) -> None:
    for blocks, texts in READ:
        events = read(name, *blocks)
        assert [event.text for event in events] == texts, blocks


def call(name: str | None, arguments: Any, **fields: Any) -> dict[str, Any]:
    return {"tool_calls": [{**fields, "function": {"name": name, "arguments": arguments}}]}


# Documents in which servers leave out, or call otherwise, what the types do not need, and their
# texts: together as the events of a stream, and each as a whole answer where it has choices.
SPARSE: list[tuple[dict[str, Any], str]] = [
    ({"choices": []}, ""),
    ({"choices": [{"delta": {"role": "assistant"}}]}, ""),
    ({"choices": [{"delta": None}]}, ""),
    ({"choices": [{}]}, ""),
    ({"choices": [{"delta": {"reasoning_content": "Let "}}]}, ""),
    ({"choices": [{"index": None, "delta": {"reasoning_content": "me."}}], "model": None}, ""),
    ({"choices": [{"delta": {"content": "Bon"}, "finish_reason": None}]}, "Bon"),
    ({"choices": [{"message": {"content": "jour"}}]}, "jour"),
    ({"choices": [{"delta": {}, "message": None}]}, ""),
    ({"choices": [{"delta": call("f", "{", id="a")}]}, ""),
    ({"choices": [{"delta": call(None, "}", type=None)}]}, ""),
    ({"choices": [{"delta": call("g", {"b": 1}, index=None)}]}, ""),
    ({"choices": [{"delta": {"content": None}, "finish_reason": "stop"}]}, ""),
    ({"choices": None, "usage": {"total_tokens": 5}}, ""),
    ({"usage": {"total_tokens": 7}}, ""),
]


def gathered(name: str, *blocks: bytes) -> ChatCompletionResponse:
    """The whole of what a call gets."""

    async def main() -> Any:
        events = stream_of(name, streamed(*blocks, headers={}))
        said = await text(events)
        whole = await events.until_done()
        assert said == whole.text
        return whole

    if name.startswith("stream"):
        return asyncio.run(main())  # type: ignore[no-any-return]
    return CALLS[name](client(double_for(name, Reply(b"".join(blocks)))))  # type: ignore[no-any-return]


@every_call
def test_what_a_server_leaves_out(name: str) -> None:
    whole = gathered(name, *[f"data: {json.dumps(it)}\n\n".encode() for it, _ in SPARSE], DONE)
    message = whole.choices[0].message
    assert (whole.text, message.thinking) == ("Bonjour", "Let me.")
    assert whole.choices[0].finish_reason == "stop"
    assert whole.usage is not None and whole.usage.total_tokens == 7
    calls = [(it.id, it.function.name, it.function.arguments) for it in message.tool_calls or ()]
    assert calls == [("a", "f", "{}"), ("null", "g", '{"b": 1}')]
    for document, expected in SPARSE[:-2]:
        one = gathered(name, json.dumps(document).replace("delta", "message").encode())
        assert one.text == expected, document


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
    ([b"data: [DONE"], IncompleteStreamError, "[DONE]", ""),
    ([piece("b", "stop")[:-9]], IncompleteStreamError, "[DONE]", ""),
    ([piece("", "stop"), piece("b", index=1)], IncompleteStreamError, "[DONE]", ""),
    ([BROKE], IncompleteStreamError, "broken", ""),
    ([b"event: error\ndata: " + SAID.encode() + b"\n\n"], StreamError, "overloaded", SAID),
    ([b"event: error\ndata: overloaded\n\n"], StreamError, "overloaded", "overloaded"),
    ([b"event: error\n" + A], StreamError, "", PLAIN.decode()),
    ([b'event: x\ndata: {"error": "overloaded"}\n\n'], StreamError, "overloaded", '{"error": "overloaded"}'),
    ([b"error: " + SAID.encode() + b"\n\n"], StreamError, "overloaded", SAID),
    ([b"error:overloaded\r\n\r\n"], StreamError, "overloaded", "overloaded"),
    ([b"error: " + SAID.encode()], StreamError, "overloaded", SAID),
    ([b"event: error\ndata: over"], StreamError, "over", "over"),
    *[([f"data: {data}\n\n".encode(), B, DONE], StreamError, words, data) for data, words in (
        ('{"error": {"message": "overloaded", "code": 1500}}', "overloaded"),
        ('{"error": "overloaded"}', "overloaded"),
        ('{"error": {"code": ""}, "choices": []}', "without a message"),
        ('{"error": {"message": "overloaded"}, "choices": []}', "overloaded"),
        ('{"error": {"message": "overloaded"}, "choices": [{"delta": {}, "finish_reason": "error"}]}',
            "overloaded"),
        ('{"choices": [1, {"error": {"message": "overloaded"}, "finish_reason": "error"}]}', "overloaded"),
        ('{"detail": "overloaded"}', "overloaded"),
        ('{"message": "overloaded", "choices": null}', "overloaded"),
        ('{"object": "error", "message": "overloaded", "type": "x"}', "overloaded"),
        ('{"object":"error","message":{"detail":[{"loc":["body","n"],"msg":"Bad"}]}}', "body.n: Bad"))],
    *[([f"data: {data}\n\n".encode(), B, DONE], ResponseValidationError, "", data) for data in (
        "{", "[1]", "5", '{"choices": 1}', '{"choices": ["1"]}', "[done]", f"{PLAIN.decode()} {{}}")],
]  # fmt: skip


@every_stream
@pytest.mark.parametrize("together", [False, True])
def test_what_ends_a_stream_in_an_error(name: str, together: bool) -> None:
    """What came before it comes out, also of the same block; after it there is nothing."""

    async def main() -> None:
        for then, kind, words, body in FAILING:
            blocks = [A, *then]
            if together and BROKE not in then:
                blocks = [b"".join(blocks)]
            reply = streamed(*blocks)
            double = double_for(name, reply)
            events = opened(name, client(double), n=2)
            assert text_of([await anext(events)]) == "a"
            with pytest.raises(MistralError) as caught:
                while together:
                    await anext(events)
                await events.until_done()
            error = caught.value
            assert kind_of(error) is kind and words in error.message, then
            assert (error.status_code, error.body, error.tries) == (200, body, 1)
            assert error.headers == EVENTS
            assert partial_of(error) == (None if kind is ResponseValidationError else "a")
            assert set(reply.done) == {"close"}
            assert (await rest(events), len(double.requests)) == ("", 1)
            with pytest.raises(IncompleteStreamError):
                await events.until_done()

    asyncio.run(main())


def test_an_error_is_gone_with_its_last_name() -> None:
    gc.disable()
    try:
        for end in (b"", b'data: {"error": {"code": 503}}\n\n'):
            error = failure(stream, client(double_for("stream", streamed(A, end))))
            gone = weakref.ref(error)
            del error
            assert gone() is None
    finally:
        gc.enable()


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
        double = double_for(name, streamed(*blocks))
        error = failure(CALLS[name], client(double, retry_config=ONCE))
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
        assert events.snapshot == whole == gathered.response()
        assert whole.choices[0].message.text == said and whole.usage is not None
        assert record["request"] in (None, json.loads(double.requests[0].body))


# -- the ways to a stream


async def awaited(events: Any) -> str:
    stream = await events
    assert stream is events
    return await rest(stream)


async def awaited_and_entered(events: Any) -> str:
    async with await events as stream:
        return await rest(stream)


async def entered(events: Any) -> str:
    async with events as stream:
        assert stream is events
        return await rest(stream)


async def in_turns(events: Any) -> str:
    async for event in events:
        break
    return text_of([event, await anext(events)]) + await rest(events)


async def text(events: Any) -> str:
    return "".join([text async for text in events.text()])


async def until_done(events: Any) -> str:
    assert await events.until_done() == await events.until_done()
    return text_of(await events.until_done())


WAYS = [rest, awaited, awaited_and_entered, entered, in_turns, text, until_done]


@every_stream
@pytest.mark.parametrize("way", WAYS)
def test_a_way(way: Callable[[Any], Awaitable[str]], name: str) -> None:
    async def main() -> None:
        for how in ("plain", "coroutines") if name in ASYNC else ("plain",):
            reply = streamed(how=how)
            double = double_for(name, reply)
            events = opened(name, client(double))
            # For asyncio nothing is sent before somebody waits for it.
            assert len(double.requests) == (name not in ASYNC)
            assert await way(events) == "Bonjour"
            assert (len(double.requests), reply.done[0]) == (1, "release")
            assert await rest(events) == ""

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
        events = opened("stream_async", client(double))
        ended = await asyncio.gather(one(events), one(events), return_exceptions=True)
        await events.close()
        assert [type(one) for one in ended] == [EventStreamAsync, RuntimeError]
        assert len(double.requests) == 1

    asyncio.run(main())


@every_stream
def test_what_there_is_before_and_after(name: str) -> None:
    async def main() -> None:
        events = stream_of(name, streamed(headers={**EVENTS, "X-One": "1", "x-ONE": "2"}))
        if name in ASYNC:
            for field in ("status_code", "headers"):
                with pytest.raises(RuntimeError):
                    getattr(events, field)
        assert events.snapshot is None
        await events
        assert (events.status_code, events.headers["x-one"]) == (200, "1, 2")
        assert events.snapshot is None
        await anext(events)
        assert isinstance(events.snapshot, ChatCompletionResponse)
        assert text_of(events.snapshot) == "Bon"
        response = await events.until_done()
        assert response == events.snapshot
        assert response.choices[0].finish_reason == "stop"
        with pytest.raises(TypeError):
            pickle.dumps(events.it if name == "stream" else events)

    asyncio.run(main())


# -- its end


@every_stream
def test_no_events(name: str) -> None:
    with pytest.raises(IncompleteStreamError):
        asyncio.run(until_done(stream_of(name, streamed(DONE))))


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
@pytest.mark.parametrize("how", ["plain", "coroutines"])
@pytest.mark.parametrize("end", [break_off, close_in_a_loop, close])
def test_closed_early(end: Callable[[Any], Awaitable[None]], how: str, name: str) -> None:
    async def main() -> None:
        reply = streamed(how=how if name in ASYNC else "plain")
        events = stream_of(name, reply)
        await end(events)
        await events.close()
        assert set(reply.done) == {"close"}
        assert (await rest(events), await anext(events, None)) == ("", None)
        with pytest.raises(IncompleteStreamError) as caught:
            await events.until_done()
        assert partial_of(caught.value) == (None if end is close else "Bon")
        assert reply.taken == (end is not close)

    asyncio.run(main())


def test_closed_before_it_was_opened() -> None:
    async def main() -> None:
        double = AsyncDouble()
        events = opened("stream_async", client(double))
        await events.close()
        assert await rest(events) == ""
        with pytest.raises(IncompleteStreamError):
            await events.until_done()
        assert double.requests == []

    asyncio.run(main())


@pytest.mark.parametrize("how", ["plain", "coroutines"])
@pytest.mark.parametrize("begun", [False, True])
def test_dropped(begun: bool, how: str) -> None:
    async def main() -> None:
        reply = streamed(how=how)
        events = stream_of("stream_async", reply)
        if begun:
            await anext(events)
        del events
        gc.collect()
        # A coroutine nobody can wait for there; what is plain is called.
        assert reply.done == (["close"] if begun and how == "plain" else [])

    asyncio.run(main())
    # One that an interrupt left half-made.
    EventStream.__new__(EventStream).__del__()


# When another thread or task closes a stream, and the requests that there are at most.
WHEN = {"while it waits for an event": 1, "while the next try waits": 2, "while it is sent": 2}


@every_stream
@pytest.mark.parametrize("when", WHEN)
def test_closed_meanwhile(when: str, name: str) -> None:
    """None stays open."""

    def closing(at: str) -> Callable[..., None]:
        def step(*_: object) -> None:
            if at == when:
                with pytest.raises(StopIteration):  # it has nothing to wait for
                    events.close().__await__().__next__()

        return step

    class Closing(StillClock):
        sleep = closing("while the next try waits")

    first = streamed(b": x\n\n", closing("while it waits for an event"), BROKE)
    second = streamed(before=closing("while it is sent"))
    double = double_for(name, first, second)
    events = opened(name, client(double, clock=Closing()))
    assert asyncio.run(rest(events)) == ""
    assert len(double.requests) <= WHEN[when]
    assert set(first.done) == {"close"}
    assert set(second.done) == ({"close"} if len(double.requests) == 2 else set())


@pytest.mark.parametrize("how", ["plain", "coroutines"])
@pytest.mark.parametrize("where", ["send", "body"])
@pytest.mark.parametrize("name", ASYNC)
def test_cancelled(name: str, where: str, how: str) -> None:
    double = Hangs(where, STREAM[0], how=how)

    async def main() -> None:
        task = asyncio.ensure_future(ASYNC[name](client(double)))
        while "hangs" not in double.reply.done:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert len(double.requests) == 1
    assert set(double.reply.done) == {"hangs", "cancelled", *(["close"] * (where == "body"))}


@every_stream
def test_it_is_over_before_its_connection(name: str) -> None:
    """What follows [DONE] in the body is not waited for."""

    def never() -> None:
        raise AssertionError("it was waited for")

    assert text_of(read(name, piece("Bonjour", "stop"), DONE, never)) == "Bonjour"


# -- what is gathered


@every_stream
def test_several_choices(name: str) -> None:
    """Their number is what was asked for: else an index that counts up is one choice."""
    counting = [piece("Bon"), piece("jo", index=1), piece("ur", "stop", index=2), DONE]
    two = [piece("Bon", "stop"), piece("jour", "stop", index=1), DONE]

    def asking_for(n: int | None, blocks: list[bytes]) -> Any:
        return opened(name, client(double_for(name, streamed(*blocks))), n=n)

    async def main() -> None:
        for n, said in ((None, "Bonjour"), (1, "Bonjour"), (2, "Bon")):
            assert await text(asking_for(n, counting)) == said  # that of the first one
        for n, texts in ((None, ["Bonjour"]), (2, ["Bon", "jour"])):
            response = await asking_for(n, two).until_done()
            assert [choice.message.text for choice in response.choices] == texts

    asyncio.run(main())
