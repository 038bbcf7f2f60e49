"""Answers as they arrive, with asyncio and without."""

import asyncio

from typing_extensions import assert_type

from mistral_proto import (
    ChatCompletionResponse,
    CompletionEvent,
    DeltaMessage,
    EventStream,
    EventStreamAsync,
    Mistral,
    UserMessage,
)
from mistral_proto.testing import MockServer

question = [UserMessage(content="Hello there")]


def in_place(mistral: Mistral) -> str:
    with mistral.chat.stream(model="m", messages=question) as events:
        assert_type(events, EventStream)
        for event in events:
            assert_type(event, CompletionEvent)
            assert_type(event.data.choices[0].delta, DeltaMessage)
    with mistral.chat.stream(model="m", messages=question) as events:
        text = "".join(events.text())
        assert_type(events.until_done(), ChatCompletionResponse)
    return text


async def awaited(url: str) -> str:
    async with Mistral("any", server_url=url) as mistral:
        res = await mistral.chat.complete_async(model="m", messages=question)
        assert_type(res, ChatCompletionResponse)
        stream = mistral.chat.stream_async(model="m", messages=question)
        assert_type(stream, EventStreamAsync)
        async with stream as events:
            async for event in events:
                assert_type(event, CompletionEvent)
        async with mistral.chat.stream_async(model="m", messages=question) as events:
            return "".join([text async for text in events.text()])


with MockServer() as server, Mistral("any", server_url=server.url) as mistral:
    assert in_place(mistral) == asyncio.run(awaited(server.url)) == "You said: Hello there"
