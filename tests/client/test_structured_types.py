"""Structured output and tools as a type checker sees them.  It also runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypedDict, TypeVar, Union

from mistral_proto.client.parsed_streams import ParsedEventStream, ParsedEventStreamAsync

from mistral_proto import ChatCompletionResponse, CompletionEvent, Mistral, ToolMessage
from mistral_proto.client.tool_runs import ToolRun, ToolRunAsync
from mistral_proto.client.tool_turns import ToolResult
from mistral_proto.structured.parsed import (
    ParsedAssistantMessage,
    ParsedChatCompletionChoice,
    ParsedChatCompletionResponse,
    read_json,
)
from mistral_proto.testing import MockServer
from mistral_proto.testing.replies import Reply
from tests.client.support import HI, KEY

if TYPE_CHECKING:
    from typing_extensions import assert_type
else:

    def assert_type(value, _):
        return value


T = TypeVar("T")


@dataclass
class Book:
    title: str


@dataclass
class Page(Generic[T]):
    items: list[T]


class Place(TypedDict):
    city: str


def test_parse() -> None:
    replies: list[Reply] = ['{"title": "Emma"}', '{"items": []}', '{"city": "Paris"}']
    with MockServer(replies) as server, Mistral(KEY, server_url=server.url) as mistral:
        res = mistral.chat.parse(Book, model="m", messages=HI, temperature=0.5)
        assert_type(res, ParsedChatCompletionResponse[Book])
        assert_type(res.choices, Sequence[ParsedChatCompletionChoice[Book]])
        assert_type(res.choices[0].message, ParsedAssistantMessage[Book])
        assert_type(res.choices[0].message.parsed, Union[Book, None])
        page = mistral.chat.parse(response_format=Page[Book], model="m", messages=HI)
        assert_type(page.choices[0].message.parsed, Union[Page[Book], None])
        place = mistral.chat.parse(Place, model="m", messages=HI)
        assert_type(place.choices[0].message.parsed, Union[Place, None])
        assert place.choices[0].message.parsed == {"city": "Paris"}
    assert_type(read_json('{"title": "Emma"}', Book), Book)


def test_parse_stream() -> None:
    replies: list[Reply] = ['{"title": "Emma"}'] * 3

    async def main(mistral: Mistral) -> None:
        async with mistral:
            res = await mistral.chat.parse_async(Book, model="m", messages=HI)
            assert_type(res.choices[0].message.parsed, Union[Book, None])
            stream = mistral.chat.parse_stream_async(Book, model="m", messages=HI)
            assert_type(stream, ParsedEventStreamAsync[Book])
            async with stream as events:
                async for event in events:
                    assert_type(event, CompletionEvent)
                assert_type(await events.until_done(), ParsedChatCompletionResponse[Book])

    with MockServer(replies) as server, Mistral(KEY, server_url=server.url) as mistral:
        with mistral.chat.parse_stream(Book, model="m", messages=HI) as events:
            assert_type(events, ParsedEventStream[Book])
            for event in events:
                assert_type(event, CompletionEvent)
            assert_type(events.until_done(), ParsedChatCompletionResponse[Book])
            assert events.until_done().choices[0].message.parsed == Book("Emma")
        asyncio.run(main(Mistral(KEY, server_url=server.url)))


def now(zone: str) -> str:
    return zone


def test_run_tools() -> None:
    with MockServer() as server, Mistral(KEY, server_url=server.url) as mistral:
        run = mistral.chat.run_tools(
            model="m", messages=HI, tools=[now, {"type": "web_search"}], max_turns=3, top_p=0.5
        )
        assert_type(run, ToolRun)
        for step in run:
            assert_type(step, Union[ChatCompletionResponse, ToolResult])
            if isinstance(step, ToolResult):
                assert_type(step.message, ToolMessage)
                assert_type(step.error, Union[Exception, None])
        assert_type(run.until_done(), ChatCompletionResponse)
        assert_type(mistral.chat.run_tools_async(model="m", messages=HI, tools=[now]), ToolRunAsync)
        assert run.response is not None


def test_mistakes_that_a_type_checker_finds() -> None:
    # Each line is an error to mypy, which says so if one ceases to be.
    def never(mistral: Mistral) -> None:
        mistral.chat.parse(Book, messages=HI)  # type: ignore[call-arg]
        mistral.chat.parse(Book("Emma"), model="m", messages=HI)  # type: ignore[arg-type]
        mistral.chat.parse(Book, model="m", messages=HI, temprature=1)  # type: ignore[call-arg]
        mistral.chat.run_tools(model="m", messages=HI)  # type: ignore[call-arg]
        mistral.chat.run_tools(model="m", messages=HI, tools=[3])  # type: ignore[list-item]

    assert callable(never)
