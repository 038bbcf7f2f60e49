"""Streamed responses, with and without asyncio."""

import asyncio

from typing_extensions import assert_type

import mistral_proto as m
from mistral_proto.testing import MockServer

question = [m.UserMessage(content="Hello there")]


def read_stream(mistral: m.Mistral) -> str:
    with mistral.chat.stream(model="m", messages=question) as events:
        assert_type(events, m.EventStream)
        for event in events:
            assert_type(event, m.CompletionEvent)
            assert_type(event.data.choices[0].delta, m.DeltaMessage)
    with mistral.chat.stream(model="m", messages=question) as events:
        text = "".join(events.text())
        assert_type(events.until_done(), m.ChatCompletionResponse)
    return text


async def read_stream_async(url: str) -> str:
    async with m.Mistral("any", server_url=url) as mistral:
        res = await mistral.chat.complete_async(model="m", messages=question)
        assert_type(res, m.ChatCompletionResponse)
        stream = mistral.chat.stream_async(model="m", messages=question)
        assert_type(stream, m.EventStreamAsync)
        async with stream as events:
            async for event in events:
                assert_type(event, m.CompletionEvent)
        async with mistral.chat.stream_async(model="m", messages=question) as events:
            return "".join([text async for text in events.text()])


with MockServer() as server, m.Mistral("any", server_url=server.url) as mistral:
    assert (
        read_stream(mistral)
        == asyncio.run(read_stream_async(server.url))
        == "You said: Hello there"
    )
