"""Calls and streams with their responses, with and without asyncio, and a conversation."""

import asyncio
from collections.abc import Sequence

from typing_extensions import assert_type

import mistral_proto as m
from mistral_proto.protocol.messages import ChatMessage
from mistral_proto.testing import MockServer

question = [m.UserMessage(content="Hello there")]


def read(res: m.ChatCompletionResponse) -> m.AssistantMessage:
    choices: Sequence[m.ChatCompletionResponseChoice] = res.choices
    choice = choices[0]
    assert_type(choice.index, int)
    assert_type(choice.finish_reason, m.FinishReason | str | None)
    content = choice.message.content
    if isinstance(content, str):
        print(content.upper())
    elif content:
        for chunk in content:
            if isinstance(chunk, (m.ThinkChunk, m.TextChunk)):
                assert_type(chunk.text, str)
    if res.usage is not None:
        assert_type(res.usage, m.UsageInfo)
        assert_type(res.usage.total_tokens, int)
    print(res.to_json(), res.extra.get("region"))
    return choice.message


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


with MockServer() as server, m.Mistral(api_key="any", server_url=server.url) as mistral:
    history: list[ChatMessage] = [
        m.SystemMessage(content="Answer in French."),
        m.UserMessage(content=[m.TextChunk(text="Who is the best French painter?")]),
    ]
    res = mistral.chat.complete(
        model="magistral-medium-latest",
        messages=[*history, {"role": "user", "content": "Just one."}],
        temperature=0.3,
        response_format={"type": "text"},
    )
    assert_type(res, m.ChatCompletionResponse)
    history += [read(res), m.UserMessage(content="Why?")]
    mistral.chat.complete(model="m", messages=history)
    documents: list[dict[str, object]] = [{"role": "user", "content": "Why?"}]
    mistral.chat.complete(model="m", messages=documents)
    mistral.chat.complete(m.ChatCompletionRequest(model="m", messages=history), timeout_ms=1000)
    said = read_stream(mistral)
    assert said == asyncio.run(read_stream_async(server.url)) == "You said: Hello there"
