"""`parse` and its kin: the format that is asked for, and the answer as the caller's type."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypedDict, TypeVar

import pytest

from mistral_proto import (
    AssistantMessage,
    Function,
    FunctionCall,
    IncompleteStreamError,
    Mistral,
    Tool,
    ToolCall,
    ValidationError,
)
from mistral_proto.errors import ParsedContentError
from mistral_proto.structured.parsed import ParsedChatCompletionResponse
from mistral_proto.testing import Fault, MockServer
from tests.client.support import HI, KEY, MODEL, assert_all_closed, client

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


def parse(mistral: Mistral, tp: Any, **parameters: Any) -> Parsed:
    return mistral.chat.parse(tp, **{"model": MODEL, "messages": HI, **parameters})


def parse_async(mistral: Mistral, tp: Any, **parameters: Any) -> Parsed:
    async def main() -> Parsed:
        async with mistral:
            return await mistral.chat.parse_async(
                tp, **{"model": MODEL, "messages": HI, **parameters}
            )

    return asyncio.run(main())


def parse_stream(mistral: Mistral, tp: Any, **parameters: Any) -> Parsed:
    with mistral.chat.parse_stream(tp, **{"model": MODEL, "messages": HI, **parameters}) as events:
        return events.until_done()


def parse_stream_async(mistral: Mistral, tp: Any, **parameters: Any) -> Parsed:
    async def main() -> Parsed:
        async with mistral:
            async with mistral.chat.parse_stream_async(
                tp, **{"model": MODEL, "messages": HI, **parameters}
            ) as events:
                return await events.until_done()

    return asyncio.run(main())


CALLS: dict[str, Callable[..., Parsed]] = {
    "parse": parse,
    "parse_async": parse_async,
    "parse_stream": parse_stream,
    "parse_stream_async": parse_stream_async,
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@every_call
@pytest.mark.parametrize(
    ("reply", "tp", "expected"),
    [
        (EMMA, Book, Book("Emma", 1815)),
        ('{"items": [{"title": "Emma"}]}', Shelf[Book], Shelf([Book("Emma")])),
        ('{"city": "Paris"}', Place, {"city": "Paris"}),
    ],
)
def test_an_answer(call: Callable[..., Parsed], reply: str, tp: Any, expected: Any) -> None:
    with MockServer([reply]) as server:
        with client(server) as mistral:
            response = call(mistral, tp, temperature=0.2)
        request = server.requests[0].request
        assert_all_closed(server)
    assert response.choices[0].message.parsed == expected
    assert response.choices[0].message.content == reply
    assert request is not None and request.temperature == 0.2
    asked_for = request.response_format
    assert asked_for is not None and asked_for.json_schema is not None
    assert (asked_for.type, asked_for.json_schema.strict) == ("json_schema", True)
    assert asked_for.json_schema.schema["additionalProperties"] is False


@every_call
def test_an_answer_that_does_not_fit(call: Callable[..., Parsed]) -> None:
    with MockServer(['{"title": "Emma", "year": "1815"}']) as server, client(server) as mistral:
        with pytest.raises(ParsedContentError) as caught:
            call(mistral, Book)
    assert caught.value.response.choices[0].message.text == '{"title": "Emma", "year": "1815"}'
    cause = caught.value.cause
    assert isinstance(cause, ValidationError)
    assert [problem.path for problem in cause.problems] == [
        ("choices", 0, "message", "content", "year")
    ]


@every_call
def test_an_answer_that_does_not_fit_and_repeats_the_key(call: Callable[..., Parsed]) -> None:
    with MockServer([f'{{"title": "{KEY}", "year": "{KEY}"}}']) as server:
        with client(server) as mistral, pytest.raises(ParsedContentError) as caught:
            call(mistral, Book)
    error = caught.value
    assert str(error).startswith("the answer does not fit Book: ")
    assert error.response.choices[0].message.text == ('{"title": "[API key]", "year": "[API key]"}')
    assert KEY not in f"{error!r} {error.cause} {error.__context__} {error.__dict__}"


@every_call
def test_an_answer_that_calls_a_tool(call: Callable[..., Parsed]) -> None:
    wanted = AssistantMessage(
        content="",
        tool_calls=[ToolCall(id="a1b2c3d4e", function=FunctionCall(name="f", arguments="{}"))],
    )
    tool = Tool(function=Function(name="f", parameters={"type": "object"}))
    with MockServer([wanted]) as server, client(server) as mistral:
        message = call(mistral, Book, tools=[tool]).choices[0].message
    assert message.parsed is None
    assert message.tool_calls is not None and message.tool_calls[0].function.name == "f"


@every_call
def test_a_type_that_can_not_be_asked_for(call: Callable[..., Parsed]) -> None:
    with MockServer() as server, client(server) as mistral:
        with pytest.raises(TypeError):
            call(mistral, list[int])
        assert server.requests == []


@pytest.mark.parametrize("call", [parse_stream, parse_stream_async])
def test_a_stream_that_breaks(call: Callable[..., Parsed]) -> None:
    with MockServer([Fault.cut_stream]) as server, client(server) as mistral:
        with pytest.raises(IncompleteStreamError):
            call(mistral, Book)


def test_a_stream_is_that_of_its_events() -> None:
    with MockServer([EMMA, EMMA]) as server, client(server) as mistral:
        with mistral.chat.parse_stream(Book, model=MODEL, messages=HI) as events:
            assert events.status_code == 200
            assert events.headers["content-type"].startswith("text/event-stream")
            assert events.gathered is None
            text = "".join(event.data.choices[0].delta.text for event in events)
            assert text == EMMA
            assert events.gathered is not None
            assert events.until_done().choices[0].message.parsed == Book("Emma", 1815)
        with mistral.chat.parse_stream(Book, model=MODEL, messages=HI) as events:
            assert "".join(events.text()) == EMMA


def test_an_async_stream_is_that_of_its_events() -> None:
    async def main(mistral: Mistral) -> None:
        async with mistral:
            events = await mistral.chat.parse_stream_async(Book, model=MODEL, messages=HI)
            assert events.status_code == 200
            assert events.headers["content-type"].startswith("text/event-stream")
            assert events.gathered is None
            text = "".join([event.data.choices[0].delta.text async for event in events])
            assert text == EMMA
            assert events.gathered is not None
            parsed = (await events.until_done()).choices[0].message.parsed
            assert parsed == Book("Emma", 1815)
            async with mistral.chat.parse_stream_async(Book, model=MODEL, messages=HI) as events:
                assert "".join([text async for text in events.text()]) == EMMA

    with MockServer([EMMA, EMMA]) as server:
        asyncio.run(main(Mistral(KEY, server_url=server.url)))


def test_the_answer_goes_into_the_next_request() -> None:
    with MockServer([EMMA]) as server, client(server) as mistral:
        message = parse(mistral, Book).choices[0].message
        mistral.chat.complete(model=MODEL, messages=[*HI, message, *HI])
        request = server.requests[1].request
    assert request is not None
    assert request.messages[1] == AssistantMessage(content=EMMA)
