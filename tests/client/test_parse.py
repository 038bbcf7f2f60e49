"""`parse`, `parse_stream` and their asyncio forms: the request and the parsed answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypedDict, TypeVar

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    IncompleteStreamError,
    Mistral,
    ParsedChatCompletionResponse,
    ParsedContentError,
    ValidationError,
)
from mistral_proto.testing import Fault, MockServer, StreamReply
from tests.client.support import (
    HI,
    KEY,
    MODEL,
    Blocking,
    assert_all_closed,
    assert_no_key,
    client,
    complete,
    in_a_loop,
    locals_of,
    shown,
    text_of,
)
from tests.structured.models import Model, Unfit

T = TypeVar("T")


@dataclass
class Book:
    """A book."""

    title: str
    year: int | None = None


@dataclass
class Shelf(Generic[T]):
    items: list[T]


class Place(TypedDict):
    city: str


EMMA = '{"title": "Emma", "year": 1815}'
Parsed = ParsedChatCompletionResponse[Any]
ASKED: dict[str, Any] = {"model": MODEL, "messages": HI}


def parse(mistral: Mistral, tp: Any, **parameters: Any) -> Parsed:
    return mistral.chat.parse(tp, **{**ASKED, **parameters})


def parse_stream(mistral: Mistral, tp: Any, **parameters: Any) -> Parsed:
    with mistral.chat.parse_stream(tp, **{**ASKED, **parameters}) as events:
        return events.until_done()


async def parse_async(mistral: Mistral, tp: Any, **parameters: Any) -> Parsed:
    return await mistral.chat.parse_async(tp, **{**ASKED, **parameters})


async def parse_stream_async(mistral: Mistral, tp: Any, **parameters: Any) -> Parsed:
    async with mistral.chat.parse_stream_async(tp, **{**ASKED, **parameters}) as events:
        return await events.until_done()


STREAMS = [parse_stream, in_a_loop(parse_stream_async)]
CALLS = [parse, in_a_loop(parse_async), *STREAMS]
IDS = ["parse", "parse_async", "parse_stream", "parse_stream_async"]
every_call = pytest.mark.parametrize("call", CALLS, ids=IDS)
every_stream = pytest.mark.parametrize("call", STREAMS, ids=IDS[2:])


@every_call
def test_an_answer(call: Callable[..., Parsed]) -> None:
    cases: list[tuple[str, Any, Any]] = [
        (EMMA, Book, Book("Emma", 1815)),
        ('{"items": [{"title": "Emma"}]}', Shelf[Book], Shelf([Book("Emma")])),
        ('{"city": "Paris"}', Place, {"city": "Paris"}),
        (f"```json\n{EMMA}\n```", Model, Model({"title": "Emma", "year": 1815})),
    ]
    for reply, tp, expected in cases:
        with MockServer([reply, "Hm"]) as server:
            with client(server) as mistral:
                message = call(mistral, tp, temperature=0.2).choices[0].message
                assert (message.parsed, message.content) == (expected, reply)
                complete(mistral, messages=[*HI, message, *HI])  # it goes into the next request
            request, later = [received.request for received in server.requests]
            assert_all_closed(server)
        assert later is not None and later.messages[1] == AssistantMessage(content=reply)
        assert request is not None and request.temperature == 0.2
        form = request.response_format
        assert form is not None and form.json_schema is not None
        assert (form.type, form.json_schema.strict) == ("json_schema", True)
        assert form.json_schema.schema["additionalProperties"] is False


@every_call
def test_an_answer_that_does_not_fit(call: Callable[..., Parsed]) -> None:
    for year in ("1815", KEY):
        with MockServer([f'{{"title": "Emma", "year": "{year}"}}']) as server:
            with client(server) as mistral, pytest.raises(ParsedContentError) as caught:
                call(mistral, Book)
        error = caught.value
        shown_year = year.replace(KEY, "[API key]")
        assert text_of(error.response) == f'{{"title": "Emma", "year": "{shown_year}"}}'
        raw = error.raw_response
        assert (raw.status_code, error.tries) == (200, 1) and "content-type" in raw.headers
        assert (shown_year in raw.text) is (call not in STREAMS)
        assert isinstance(error.cause, ValidationError)
        paths = [problem.path for problem in error.cause.problems]
        assert year == KEY or paths == [("choices", 0, "message", "content", "year")]
        assert_no_key(shown(error) + locals_of(error))
    # A pydantic model's own error is the cause, unless it may show the key.
    for text in ('{"year": 1815}', f'{{"year": "{KEY}"}}'):
        with MockServer([text]) as server:
            with client(server) as mistral, pytest.raises(ParsedContentError) as caught:
                call(mistral, Model)
        assert isinstance(caught.value.cause, ValidationError if KEY in text else Unfit)
        assert_no_key(shown(caught.value) + locals_of(caught.value))
    choice = {"index": 0, "message": {"content": f'{{"title": "{KEY}'}, "finish_reason": "length"}
    reply = ChatCompletionResponse.from_dict({"model": "m", "choices": [choice]})
    with MockServer([reply]) as server:
        with client(server) as mistral, pytest.raises(ParsedContentError, match="cut") as caught:
            call(mistral, Book)
    assert caught.value.response.choices[0].finish_reason == "length"
    assert_no_key(shown(caught.value))


@every_call
def test_refused_types(call: Callable[..., Parsed]) -> None:
    with MockServer() as server, client(server) as mistral:
        for tp in (list[int], None, Book("Emma")):
            with pytest.raises(TypeError, match="a dataclass, a TypedDict or a pydantic model"):
                call(mistral, tp)
        assert server.requests == []


@every_stream
def test_a_stream_of_a_refusal(call: Callable[..., Parsed]) -> None:
    pieces = [{"refusal": "Not with "}, {"refusal": f"{KEY}."}, {"content": ""}]
    reasons = [None, None, "stop"]
    choices = [{"delta": delta, "finish_reason": one} for delta, one in zip(pieces, reasons)]
    reply = StreamReply(
        [ChatCompletionStreamResponse.from_dict({"model": "m", "choices": [it]}) for it in choices]
    )
    with MockServer([reply]) as server, client(server) as mistral:
        with pytest.raises(ParsedContentError, match="was refused") as caught:
            call(mistral, Book)
    assert caught.value.response.choices[0].message.extra["refusal"] == "Not with [API key]."
    assert_no_key(shown(caught.value))


@every_stream
def test_a_stream_that_breaks(call: Callable[..., Parsed]) -> None:
    with MockServer([Fault.cut_stream]) as server, client(server) as mistral:
        with pytest.raises(IncompleteStreamError):
            call(mistral, Book)


@pytest.mark.parametrize("is_async", [False, True])
def test_events(is_async: bool) -> None:
    def opened(mistral: Mistral) -> Any:
        if is_async:
            return mistral.chat.parse_stream_async(Book, **ASKED)
        return Blocking(mistral.chat.parse_stream(Book, **ASKED))

    async def main(mistral: Mistral) -> None:
        events = await opened(mistral)
        assert (events.status_code, events.snapshot) == (200, None)
        assert events.headers["content-type"].startswith("text/event-stream")
        assert text_of([event async for event in events]) == text_of(events.snapshot) == EMMA
        assert (await events.until_done()).choices[0].message.parsed == Book("Emma", 1815)
        async with opened(mistral) as events:
            assert "".join([text async for text in events.text()]) == EMMA

    with MockServer([EMMA] * 2) as server, client(server) as mistral:
        asyncio.run(main(mistral))
