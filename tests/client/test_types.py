"""The client as a type checker sees it, beyond `tests/typed_programs`.  It also runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

from mistral_proto import (
    ChatCompletionResponse,
    EventStream,
    EventStreamAsync,
    Mistral,
    ParsedAssistantMessage,
    ParsedChatCompletionResponse,
    Timeouts,
    ToolRun,
    ToolRunAsync,
)
from mistral_proto.testing import MockServer
from tests.client.support import HI, KEY
from tests.client.test_transports import Mine, MineAsync

if TYPE_CHECKING:
    from typing_extensions import assert_type
else:

    def assert_type(value, _):
        return value


@dataclass
class Book:
    title: str


def now(zone: str) -> str:
    return zone


def test_streams_and_runs() -> None:
    async def main(mistral: Mistral) -> None:
        res = mistral.chat.stream_async(model="m", messages=HI, timeout_ms=9000)
        assert_type((await res).status_code, int)
        assert_type(res.headers, Mapping[str, str])
        assert_type(res.snapshot, Union[ChatCompletionResponse, None])
        assert_type(res.text(), AsyncIterator[str])
        parsed = mistral.chat.parse_stream_async(Book, model="m", messages=HI)
        assert_type(parsed, EventStreamAsync[ParsedChatCompletionResponse[Book]])
        assert_type(mistral.chat.run_tools_async(model="m", messages=HI, tools=[now]), ToolRunAsync)
        await res.close()

    with MockServer(["Hi", '{"title": "Emma"}', "Hi"]) as server:
        with Mistral(KEY, server_url=server.url) as mistral:
            with mistral.chat.stream(model="m", messages=HI, stream=True) as events:
                assert_type(events.text(), Iterator[str])
                assert_type(events.headers["content-type"], str)
            with mistral.chat.parse_stream(Book, model="m", messages=HI) as books:
                assert_type(books, EventStream[ParsedChatCompletionResponse[Book]])
                message = books.until_done().choices[0].message
                assert_type(message, ParsedAssistantMessage[Book])
            run = mistral.chat.run_tools(
                model="m", messages=HI, tools=[now, {"type": "web_search"}], top_p=0.5
            )
            assert_type(run, ToolRun)
            asyncio.run(main(mistral))


def test_mistakes_that_a_type_checker_finds() -> None:
    # Each line is an error to mypy, which says so if one ceases to be.
    def never(mistral: Mistral) -> None:
        mistral.chat.complete(model=1, messages=[])  # type: ignore[call-overload]
        mistral.chat.stream("m", [])  # type: ignore[call-overload]
        for event in mistral.chat.stream_async(model="m", messages=[]):  # type: ignore[attr-defined]
            print(event)
        mistral.chat.complete(model="m", messages=[], timeout_ms="5")  # type: ignore[call-overload]
        mistral.chat.parse(Book("Emma"), model="m", messages=HI)  # type: ignore[arg-type]
        mistral.chat.parse(Book, model="m", messages=HI, temprature=1)  # type: ignore[call-arg]
        mistral.chat.run_tools(model="m", messages=HI)  # type: ignore[call-arg]
        mistral.chat.run_tools(model="m", messages=HI, tools=[3])  # type: ignore[list-item]
        Timeouts(total="5")  # type: ignore[call-arg]
        Mistral(KEY, transport=MineAsync())  # type: ignore[arg-type]
        Mistral(KEY, async_transport=Mine())  # type: ignore[arg-type]
        Mistral(lambda: 5)  # type: ignore[arg-type]
        Mistral(KEY, before_request=lambda: None)  # type: ignore[arg-type, misc]

    assert callable(never)
