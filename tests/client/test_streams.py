"""Streams: their events, the ways to read one, its ends, its bound and its one reader.

With doubles; `faults/test_left_behind.py` is about connections.
"""

from __future__ import annotations

import asyncio
import gc
import json
import pickle
import random
import threading
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
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
    NoResponseError,
    ResponseValidationError,
    SDKError,
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
from tests.recorded.shared_folder import missing_reason, shared_folder


def stream_of(name: str, *answers: Reply | Exception, **options: Any) -> Any:
    """Return a stream that gets these answers, with the interface of one for asyncio."""
    return opened(name, client(double_for(name, *answers), **options))


async def read_rest(events: Any) -> str:
    return text_of([event async for event in events])


def read(name: str, *blocks: Any, **parameters: Any) -> list[CompletionEvent]:
    """Return the events in these blocks; the connection is released."""
    reply = streamed(*blocks)
    events: list[CompletionEvent] = CALLS[name](client(double_for(name, reply)), **parameters)
    assert reply.done == ["release"]
    return events


# -- events

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
    # -- outside of the standard
    *[
        ([A, b"data:" + done + b"\n\n", piece("late")], ["a"])
        for done in (b"[DONE] ", b"\t[DONE]\t", b" [DONE]\n", b" [DONE]\nevent: done")
    ],
    *[
        ([ignored, A, ignored, DONE], ["a"])
        for ignored in (
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
    # -- without a blank line between events
    ([A[:-1], B[:-1], DONE], ["a", "b"]),
    ([A[:-1], b"data: \n", b"data: null\n", piece("b", "stop")[:-1]], ["a", "b"]),
    ([piece("a", "stop")[:-1], piece("b")[:-9]], ["a"]),
    # -- without a blank line after the last event
    ([A, b"data: [DONE]"], ["a"]),
    ([A, b"data: [DONE]\r"], ["a"]),
    ([A, piece("b", "stop")[:-1]], ["a", "b"]),
    ([A, piece("b", "stop")[:-2]], ["a", "b"]),
    ([piece("a", "stop"), piece("b")[:-9]], ["a"]),
]


@every_stream
def test_events(name: str) -> None:
    for blocks, texts in READ:
        events = read(name, *blocks)
        assert [event.text for event in events] == texts, blocks


def call(name: str | None, arguments: Any, **fields: Any) -> dict[str, Any]:
    return {"tool_calls": [{**fields, "function": {"name": name, "arguments": arguments}}]}


# Documents without optional fields, or with other names, and their texts: together the events of
# a stream, and each with choices a whole answer.
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


def whole_of(name: str, *blocks: bytes) -> ChatCompletionResponse:
    """Return the complete response of a call."""

    async def main() -> Any:
        events = stream_of(name, streamed(*blocks, headers={}))
        joined = await text(events)
        whole = await events.until_done()
        assert joined == whole.text
        return whole

    if name.startswith("stream"):
        return asyncio.run(main())  # type: ignore[no-any-return]
    return CALLS[name](client(double_for(name, Reply(b"".join(blocks)))))  # type: ignore[no-any-return]


@every_call
def test_missing_fields(name: str) -> None:
    whole = whole_of(name, *[f"data: {json.dumps(it)}\n\n".encode() for it, _ in SPARSE], DONE)
    message = whole.choices[0].message
    assert (whole.text, message.thinking) == ("Bonjour", "Let me.")
    assert whole.choices[0].finish_reason == "stop"
    assert whole.usage is not None and whole.usage.total_tokens == 7
    calls = [(it.id, it.function.name, it.function.arguments) for it in message.tool_calls or ()]
    assert calls == [("a", "f", "{}"), ("null", "g", '{"b": 1}')]
    for document, expected in SPARSE[:-2]:
        one = whole_of(name, json.dumps(document).replace("delta", "message").encode())
        assert one.text == expected, document


BROKE = LibraryError("broken")
SAID = '{"message": "overloaded"}'
# The blocks after an event, the kind of the error, a part of its message, and its body.
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
        ('{"error": {"code": ""}, "choices": []}', "reported an error"),
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
def test_errors(name: str) -> None:
    """The events before an error come out, also those of the same block; after it there is none."""

    async def main(then: list[Any], kind: Any, words: str, body: str, together: bool) -> None:
        blocks = [b"".join([A, *then])] if together else [A, *then]
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
        assert (await read_rest(events), len(double.requests)) == ("", 1)
        with pytest.raises(IncompleteStreamError):
            await events.until_done()

    for row in FAILING:
        for together in (False, *([] if BROKE in row[0] else [True])):
            asyncio.run(main(*row, together))


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


# -- the first bytes: an event stream or one document

TYPES = ["application/json", "text/event-stream; charset=utf-8", "text/plain", "", None]
STREAMED = b"".join(STREAM)


def reply_of(body: bytes, content_type: str | None, size: int = 0, status: int = 200) -> Reply:
    headers = {} if content_type is None else {"content-type": content_type}
    step = size or len(body) or 1
    blocks = [body[start : start + step] for start in range(0, len(body), step)]
    return Reply(*blocks, headers=headers, status=status)


@every_call
def test_answers_in_either_form(name: str) -> None:
    for body in (
        WHOLE,
        WHOLE.replace(b'"message":', b'"delta":{"content":"Bon"},"message":'),
        b"\xef\xbb\xbf \r\n" + WHOLE,
        STREAMED,
        b"\xef\xbb\xbf" + STREAMED,
        b": hi\n\n" + STREAMED,
        b"\n" * 2000 + STREAMED,
        b"id: 1\n" + STREAMED,
        b"event: message\r\n" + STREAMED,
        b"retry: 1\n\n" + STREAMED,
    ):
        for content_type in TYPES:
            for size in (0, 1, 7):
                with client(double_for(name, reply_of(body, content_type, size))) as mistral:
                    assert text_of(CALLS[name](mistral)) == "Bonjour", (body, content_type, size)
    for status in (200, 201, 202, 203, 206, 226, 299):
        with client(double_for(name, reply_of(WHOLE, None, status=status))) as mistral:
            assert text_of(CALLS[name](mistral)) == "Bonjour"


def test_a_whole_answer_is_a_stream_of_one_event() -> None:
    document = {**json.loads(WHOLE), "x": [1]}
    document["choices"][0]["logprobs"] = None
    body = json.dumps(document).encode()
    with client(double_for("stream", reply_of(body, None))) as mistral:
        with mistral.chat.stream(model=MODEL, messages=HI) as events:
            [event] = events
            whole = events.until_done()
    assert event.data.object == "chat.completion.chunk"
    assert event.data.choices[0].delta.content == "Bonjour"
    assert event.data.usage is not None and event.data.extra == {"x": [1]}
    assert whole.text == "Bonjour" and whole.choices[0].finish_reason == "stop"


OVERLOADED = b'{"error": {"message": "overloaded"}}'
# A body that is not an answer, its content type, and the errors of a whole and of a streamed call.
BAD: list[tuple[bytes, str, type[MistralError], type[MistralError]]] = [
    (b"", "application/json", ResponseValidationError, IncompleteStreamError),
    (b" \n\n ", "text/plain", ResponseValidationError, IncompleteStreamError),
    (b"<h1>Hi</h1>", "text/html", ResponseValidationError, ResponseValidationError),
    (b"Hello", "text/plain", ResponseValidationError, ResponseValidationError),
    (b"internal error", "", ResponseValidationError, ResponseValidationError),
    (b"[]", "application/json", ResponseValidationError, ResponseValidationError),
    (WHOLE[:-9], "application/json", ResponseValidationError, ResponseValidationError),
    (b'{"id":"1"}', "", ResponseValidationError, ResponseValidationError),
    (b'{"choices":[1]}', "", ResponseValidationError, ResponseValidationError),
    (OVERLOADED, "application/json", SDKError, SDKError),
    (b"data: " + OVERLOADED + b"\n\n", "", StreamError, StreamError),
    (piece("Bon"), "", IncompleteStreamError, IncompleteStreamError),
    (b": hi\n\n", "", IncompleteStreamError, IncompleteStreamError),
]


@every_call
def test_bodies_that_are_no_answer(name: str) -> None:
    for body, content_type, whole, in_stream in BAD:
        with client(double_for(name, reply_of(body, content_type)), retry_config=0) as mistral:
            error = failure(CALLS[name], mistral)
        assert type(error) is (in_stream if name in STREAMS else whole), body
        assert (error.status_code, error.tries) == (200, 1)
        if isinstance(error, IncompleteStreamError):
            assert partial_of(error) == ("Bon" if body == piece("Bon") else None)
        if type(error) is ResponseValidationError:
            assert error.body == body.decode()


# -- blocks of any size

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
    """Return the bytes in blocks of 1 to `most`."""
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
        words = random_.choices(WORDS, k=random_.randint(0, 12))
        data = random_.choice([b"", b"\xef\xbb\xbf"])
        for word in words:
            data += random_.choice(NOISE) if random_.random() < 0.3 else b""
            data += piece(word)
        data += DONE
        data = data.replace(b"\n", random_.choice([b"\n", b"\n", b"\r\n", b"\r"]))
        whole = read(name, data)
        assert read(name, *split(data, random_, random_.choice([1, 3, 17, 200, 5000]))) == whole
        texts = [event.data.choices[0].delta.text for event in whole]
        assert texts == [word.replace("\\n", "\n").replace('\\"', '"') for word in words]


@every_stream
def test_a_stream_may_end_anywhere(name: str) -> None:
    data = piece("Bon") + piece("jour") + DONE
    for end in range(0, len(data) - 1, 7):
        blocks = split(data[:end], random.Random(end), 50) or [b""]
        double = double_for(name, streamed(*blocks))
        error = failure(CALLS[name], client(double, retry_config=ONCE))
        expected = "Bon" * (end >= len(piece("Bon"))) + "jour" * (end >= len(data) - len(DONE))
        assert (kind_of(error), partial_of(error) or "") == (IncompleteStreamError, expected)


def test_streams_of_the_real_api() -> None:
    folder = shared_folder()
    if folder is None:
        pytest.skip(missing_reason())
    lines = (folder / "wire" / "recorded" / "stream.jsonl").read_text("utf-8").splitlines()
    for record in map(json.loads, lines):
        data, expected, words = record["sse"].encode(), [], ""
        accumulator = StreamAccumulator()
        for event in EventStreamParser().feed(data):
            if event.data == "[DONE]":
                break
            document = json.loads(event.data)
            expected.append(CompletionEvent.from_dict({"data": document}))
            accumulator.add(expected[-1].data)
            for choice in document["choices"]:  # by hand: the strings, and the texts of the chunks
                content = choice["delta"].get("content") or ""
                chunks = [{"text": content}] if isinstance(content, str) else content
                words += "".join(chunk.get("text", "") for chunk in chunks)
        for most in (7, 1500):
            double = Double(streamed(*split(data, random.Random(most), most)))
            request = record["request"] or {"model": MODEL, "messages": HI}
            with client(double).chat.stream(**request) as events:
                assert list(events) == expected != []
            whole = events.until_done()
            assert events.snapshot == whole == accumulator.response()
            assert whole.choices[0].message.text == words and whole.usage is not None
            assert record["request"] in (None, json.loads(double.requests[0].body))


# -- the ways to a stream


async def awaited(events: Any) -> str:
    stream = await events
    assert stream is events
    return await read_rest(stream)


async def awaited_and_entered(events: Any) -> str:
    async with await events as stream:
        return await read_rest(stream)


async def entered(events: Any) -> str:
    async with events as stream:
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


WAYS = [read_rest, awaited, awaited_and_entered, entered, in_turns, text, until_done]


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

    for way in WAYS:
        for how in ("plain", "coroutines") if name in ASYNC else ("plain",):
            asyncio.run(main(way, how))


@every_stream
def test_attributes(name: str) -> None:
    async def main() -> None:
        events = stream_of(name, streamed(headers={**EVENTS, "X-One": "1", "x-ONE": "2"}))
        if name in ASYNC:
            for field in ("status_code", "headers"):
                with pytest.raises(RuntimeError):
                    getattr(events, field)
        assert events.snapshot is None
        await events
        assert events.response is (events.it if name == "stream" else events)
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
def test_closed_early(name: str) -> None:
    async def main(end: Callable[[Any], Awaitable[None]], how: str) -> None:
        reply = streamed(how=how)
        events = stream_of(name, reply)
        await end(events)
        await events.close()
        assert set(reply.done) == {"close"}
        assert (await read_rest(events), await anext(events, None)) == ("", None)
        with pytest.raises(IncompleteStreamError) as caught:
            await events.until_done()
        assert partial_of(caught.value) == (None if end is close else "Bon")
        assert reply.taken == (end is not close)

    for end in (break_off, close_in_a_loop, close):
        for how in ("plain", "coroutines") if name in ASYNC else ("plain",):
            asyncio.run(main(end, how))


def test_closed_before_it_was_opened() -> None:
    async def main() -> None:
        double = AsyncDouble()
        events = opened("stream_async", client(double))
        await events.close()
        assert await read_rest(events) == ""
        with pytest.raises(IncompleteStreamError):
            await events.until_done()
        assert double.requests == []

    asyncio.run(main())


def test_dropped() -> None:
    async def main(begun: bool, how: str) -> None:
        reply = streamed(how=how)
        events = stream_of("stream_async", reply)
        if begun:
            await anext(events)
        del events
        gc.collect()
        # A coroutine can't be awaited there.
        assert reply.done == (["close"] if begun and how == "plain" else [])

    for begun in (False, True):
        for how in ("plain", "coroutines"):
            asyncio.run(main(begun, how))
    # After an interrupt in the constructor.
    EventStream.__new__(EventStream).__del__()


# The moment at which another thread or task closes a stream, and the most requests.
WHEN = {"while it waits for an event": 1, "while a retry waits": 2, "while it is sent": 2}


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
        sleep = closing("while a retry waits")

    first = streamed(b": x\n\n", closing("while it waits for an event"), BROKE)
    second = streamed(before=closing("while it is sent"))
    double = double_for(name, first, second)
    events = opened(name, client(double, clock=Closing()))
    assert asyncio.run(read_rest(events)) == ""
    assert len(double.requests) <= WHEN[when]
    assert set(first.done) == {"close"}
    assert set(second.done) == ({"close"} if len(double.requests) == 2 else set())


@pytest.mark.parametrize("name", ASYNC)
def test_cancelled(name: str) -> None:
    async def main(double: Hangs) -> None:
        task = asyncio.ensure_future(ASYNC[name](client(double)))
        while "hangs" not in double.reply.done:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    for where in ("send", "body"):
        for how in ("plain", "coroutines"):
            double = Hangs(where, STREAM[0], how=how)
            asyncio.run(main(double))
            assert len(double.requests) == 1
            closed = ["close"] * (where == "body")
            assert set(double.reply.done) == {"hangs", "cancelled", *closed}


@every_stream
def test_done_ends_a_stream(name: str) -> None:
    """Bytes after [DONE] are not waited for."""

    def never() -> None:
        raise AssertionError("it was waited for")

    assert text_of(read(name, piece("Bonjour", "stop"), DONE, never)) == "Bonjour"


# -- the snapshot


@every_stream
def test_several_choices(name: str) -> None:
    """The request has their number; without it, an index that counts up is one choice."""
    counting = [piece("Bon"), piece("jo", index=1), piece("ur", "stop", index=2), DONE]
    two = [piece("Bon", "stop"), piece("jour", "stop", index=1), DONE]

    def asking_for(n: int | None, blocks: list[bytes]) -> Any:
        return opened(name, client(double_for(name, streamed(*blocks))), n=n)

    async def main() -> None:
        for n, words in ((None, "Bonjour"), (1, "Bonjour"), (2, "Bon")):
            assert await text(asking_for(n, counting)) == words  # that of the first one
        for n, texts in ((None, ["Bonjour"]), (2, ["Bon", "jour"])):
            response = await asking_for(n, two).until_done()
            assert [choice.message.text for choice in response.choices] == texts

    asyncio.run(main())


# -- max_gathered

SIZES = {"complete": len(WHOLE), "stream": len(STREAMED)}


@every_call
def test_the_bound(name: str) -> None:
    size = SIZES[name.removesuffix("_async")]
    for limit in (size, size - 1):
        options: dict[str, Any] = {"max_gathered": limit}
        for of_client, of_call in ((options, {}), ({}, options)):
            with client(double_for(name, good(name)), **of_client) as mistral:
                if limit == size:
                    assert text_of(CALLS[name](mistral, **of_call)) == "Bonjour"
                    continue
                error = failure(CALLS[name], mistral, **of_call)
            assert type(error) is (IncompleteStreamError if name in STREAMS else NoResponseError)
            assert str(limit) in error.message and error.tries == 1
    with client(Double(good("complete"))) as mistral:  # 0 has no meaning for a whole answer
        assert text_of(CALLS["complete"](mistral, max_gathered=0)) == "Bonjour"


@every_stream
def test_a_stream_that_is_too_large(name: str) -> None:
    first, second = piece("Bon"), piece("jour", "stop")
    with client(double_for(name, streamed(first, second)), max_gathered=len(first)) as mistral:
        assert partial_of(failure(CALLS[name], mistral)) == "Bon"
    assert len(text_of(read(name, piece("x" * 300_000), piece("", "stop")))) == 300_000
    # An event has a bound of its own.
    large = b"data: " + b" " * 17 * 1024 * 1024
    with client(double_for(name, streamed(first, large))) as mistral:
        error = failure(CALLS[name], mistral)
    assert type(error) is IncompleteStreamError and "max_event_size" in error.message


def test_a_stream_without_a_snapshot() -> None:
    for end in ([DONE], []):
        with client(Double(streamed(*[piece("x")] * 100, piece("", "stop"), *end))) as mistral:
            events = mistral.chat.stream(model=MODEL, messages=HI, max_gathered=0)
            assert len("".join(events.text())) == 100
            assert events.snapshot is None
            with pytest.raises(IncompleteStreamError, match="not gathered"):
                events.until_done()
    with client(Double(streamed(piece("Bon")))) as mistral:
        events = mistral.chat.stream(model=MODEL, messages=HI, max_gathered=0)
        assert next(events).text == "Bon"
        error = failure(lambda _: next(events), mistral)
    assert type(error) is IncompleteStreamError and error.partial is None


# -- one reader at a time


def test_two_threads() -> None:
    waits, goes_on = threading.Event(), threading.Event()

    def wait() -> None:
        waits.set()
        assert goes_on.wait(20)

    reply = streamed(piece("Bon"), wait, piece("jour", "stop"), DONE)
    events = opened("stream", client(Double(reply))).it
    assert next(events).text == "Bon"
    texts: list[str] = []
    reader = threading.Thread(target=lambda: texts.extend(event.text for event in events))
    reader.start()
    assert waits.wait(20)
    with pytest.raises(RuntimeError):
        next(events)
    goes_on.set()
    reader.join(20)
    assert texts == ["jour"] and text_of(events.until_done()) == "Bonjour"


def test_two_tasks() -> None:
    async def await_it(events: EventStreamAsync) -> None:
        await events

    async def main() -> None:
        waits, goes_on = asyncio.Event(), asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            yield piece("Bon")
            waits.set()
            await goes_on.wait()
            yield piece("jour", "stop") + DONE

        class Waiting(AsyncDouble):
            async def send(self, request: HTTPRequest) -> AsyncHTTPResponse:
                return AsyncHTTPResponse(200, {}, body())

        async with opened("stream_async", client(Waiting())) as events:
            assert (await anext(events)).text == "Bon"
            reader = asyncio.ensure_future(anext(events))
            await waits.wait()
            for reading in (anext(events), events.until_done(), await_it(events)):
                with pytest.raises(RuntimeError):
                    await reading
            goes_on.set()
            assert (await reader).text == "jour"
            assert text_of(await events.until_done()) == "Bonjour"

    asyncio.run(main())


def test_two_tasks_that_open_a_stream() -> None:
    class Yielding(AsyncDouble):
        async def send(self, request: HTTPRequest) -> AsyncHTTPResponse:
            await asyncio.sleep(0)
            return await super().send(request)

    async def main() -> None:
        double = Yielding(streamed())
        events = opened("stream_async", client(double))
        first = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError):
            await events
        assert (await first).text == "Bon"
        await events.close()
        assert len(double.requests) == 1

    asyncio.run(main())
