"""`parse`, `parse_stream` and their asyncio forms: the request and the parsed answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    Mistral,
    ParsedChatCompletionResponse,
    ParsedContentError,
    ValidationError,
)
from mistral_proto.testing import MockServer, StreamReply
from tests.client.support import (
    HI,
    KEY,
    MODEL,
    Blocking,
    assert_no_key,
    client,
    complete,
    in_a_loop,
    locals_of,
    shown,
    text_of,
)
from tests.structured.models import Model, Unfit


@dataclass
class Book:
    """A book."""

    title: str
    year: int | None = None


EMMA = '{"title": "Emma", "year": 1815}'
ASKED: dict[str, Any] = {"model": MODEL, "messages": HI}
Call = Callable[..., ParsedChatCompletionResponse[Any]]


def parse_stream(mistral: Mistral, tp: Any, **parameters: Any) -> Any:
    with mistral.chat.parse_stream(tp, **ASKED, **parameters) as events:
        return events.until_done()


async def parse_stream_async(mistral: Mistral, tp: Any, **parameters: Any) -> Any:
    async with mistral.chat.parse_stream_async(tp, **ASKED, **parameters) as events:
        return await events.until_done()


CALLS: dict[str, Call] = {
    "parse": lambda mistral, tp, **more: mistral.chat.parse(tp, **ASKED, **more),
    "parse_async": in_a_loop(lambda mistral, tp, **more: mistral.chat.parse_async(tp, **ASKED, **more)),
    "parse_stream": parse_stream,
    "parse_stream_async": in_a_loop(parse_stream_async),
}  # fmt: skip
every_call = pytest.mark.parametrize("name", CALLS)


@every_call
def test_an_answer(name: str) -> None:
    parsed = {Book: Book("Emma", 1815), Model: Model({"title": "Emma", "year": 1815})}
    for tp, expected in parsed.items():
        with MockServer([EMMA, "Hm"]) as server, client(server) as mistral:
            message = CALLS[name](mistral, tp, temperature=0.2).choices[0].message
            assert (message.parsed, message.content) == (expected, EMMA)
            complete(mistral, messages=[*HI, message, *HI])  # it goes into the next request
            request, later = [received.request for received in server.requests]
        assert later is not None and later.messages[1] == AssistantMessage(content=EMMA)
        assert request is not None and request.temperature == 0.2
        form = request.response_format
        assert form is not None and form.json_schema is not None
        assert (form.type, form.json_schema.strict) == ("json_schema", True)
        assert form.json_schema.schema["additionalProperties"] is False


def failure(name: str, tp: type, reply: Any) -> ParsedContentError:
    """Return the error for an answer that does not fit; nothing of it shows the key."""
    with MockServer([reply]) as server:
        with client(server) as mistral, pytest.raises(ParsedContentError) as caught:
            CALLS[name](mistral, tp)
    assert_no_key(shown(caught.value) + locals_of(caught.value))
    return caught.value


@every_call
def test_an_answer_that_does_not_fit(name: str) -> None:
    for year in ("1815", KEY):
        error = failure(name, Book, f'{{"title": "Emma", "year": "{year}"}}')
        shown_year = year.replace(KEY, "[API key]")
        assert text_of(error.response) == f'{{"title": "Emma", "year": "{shown_year}"}}'
        raw = error.raw_response
        assert (raw.status_code, error.tries) == (200, 1) and "content-type" in raw.headers
        assert (shown_year in raw.text) is ("stream" not in name)
        assert isinstance(error.cause, ValidationError)
        paths = [problem.path for problem in error.cause.problems]
        assert year == KEY or paths == [("choices", 0, "message", "content", "year")]
        # A pydantic model's own error is the cause, unless it may show the key.
        error = failure(name, Model, f'{{"year": "{year}"}}')
        assert isinstance(error.cause, ValidationError if year == KEY else Unfit)
    choice = {"index": 0, "message": {"content": f'{{"title": "{KEY}'}, "finish_reason": "length"}
    reply = ChatCompletionResponse.from_dict({"model": "m", "choices": [choice]})
    error = failure(name, Book, reply)
    assert "cut" in error.message and error.response.choices[0].finish_reason == "length"


@every_call
def test_refused_types(name: str) -> None:
    with MockServer() as server, client(server) as mistral:
        for tp in (list[int], None, Book("Emma")):
            with pytest.raises(TypeError, match="a dataclass, a TypedDict or a pydantic model"):
                CALLS[name](mistral, tp)
        assert server.requests == []


def test_a_stream_of_a_refusal() -> None:
    deltas = [{"refusal": "Not with "}, {"refusal": f"{KEY}."}, {"content": ""}]
    choices = [{"delta": deltas[0]}, {"delta": deltas[1]}, {"delta": deltas[2], "finish_reason": "stop"}]  # fmt: skip
    reply = StreamReply(
        [ChatCompletionStreamResponse.from_dict({"model": "m", "choices": [it]}) for it in choices]
    )
    for name in ("parse_stream", "parse_stream_async"):
        error = failure(name, Book, reply)
        assert "was refused" in error.message
        assert error.response.choices[0].message.extra["refusal"] == "Not with [API key]."


@pytest.mark.parametrize("is_async", [False, True])
def test_events(is_async: bool) -> None:
    async def main(mistral: Mistral) -> None:
        chat = mistral.chat
        events: Any = (
            chat.parse_stream_async(Book, **ASKED)
            if is_async
            else Blocking(chat.parse_stream(Book, **ASKED))
        )
        async with events:
            assert (events.status_code, events.snapshot) == (200, None)
            assert text_of([event async for event in events]) == text_of(events.snapshot) == EMMA
            assert (await events.until_done()).choices[0].message.parsed == Book("Emma", 1815)

    with MockServer([EMMA]) as server, client(server) as mistral:
        asyncio.run(main(mistral))
