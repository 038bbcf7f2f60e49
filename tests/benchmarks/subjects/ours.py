"""Ours."""

from __future__ import annotations

from mistral_proto import (
    ChatCompletionRequest,
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    Mistral,
)
from tests.benchmarks.subjects import MESSAGES, MODEL, AsyncClient, Client, Codec, Subject, names

NAME = names.OURS

TYPES = """
import mistral_proto.protocol.request
import mistral_proto.protocol.response
"""
CLIENT = """
from mistral_proto import Mistral
mistral = Mistral(api_key="k")
"""
FIRST_ANSWER = f"""
import sys
from mistral_proto import Mistral
mistral = Mistral(api_key="k", server_url=sys.argv[1])
answer = mistral.chat.complete(model={MODEL!r}, messages={MESSAGES!r})
print(answer.choices[0].message.content)
"""
FIRST_EVENT = f"""
import sys
from mistral_proto import Mistral
mistral = Mistral(api_key="k", server_url=sys.argv[1])
with mistral.chat.stream(model={MODEL!r}, messages={MESSAGES!r}) as events:
    print(next(events).data.choices[0].delta.content)
"""
FUNCTION = f"""
from mistral_proto import Mistral
mistral = Mistral(api_key="k", server_url=sys.argv[1])
def answer(messages, left_ms):
    response = mistral.chat.complete(model={MODEL!r}, messages=messages, timeout_ms=left_ms)
    return response.choices[0].message.text
"""


def connect(url: str) -> Client:
    mistral = Mistral(api_key="k", server_url=url)

    def complete() -> str | None:
        return mistral.chat.complete(model=MODEL, messages=MESSAGES).choices[0].message.text

    def stream() -> list[str]:
        with mistral.chat.stream(model=MODEL, messages=MESSAGES) as events:
            return [event.data.choices[0].delta.text for event in events]

    return Client(complete, stream, mistral.close)


def connect_async(url: str) -> AsyncClient:
    mistral = Mistral(api_key="k", server_url=url)

    async def stream() -> list[str]:
        async with mistral.chat.stream_async(model=MODEL, messages=MESSAGES) as events:
            return [event.data.choices[0].delta.text async for event in events]

    return AsyncClient(stream, mistral.close_async)


_REQUEST = Codec(
    NAME,
    ChatCompletionRequest.from_json,
    ChatCompletionRequest.to_json,
    build=lambda messages: ChatCompletionRequest(model=MODEL, messages=messages),
)

SUBJECT = Subject(
    name=NAME,
    module="ours",
    types=TYPES,
    client=CLIENT,
    first_answer=FIRST_ANSWER,
    first_event=FIRST_EVENT,
    function=FUNCTION,
    connect=connect,
    connect_async=connect_async,
    codecs={
        "response": [
            Codec(NAME, ChatCompletionResponse.from_json, ChatCompletionResponse.to_json),
        ],
        "chunk": [
            Codec(
                NAME, ChatCompletionStreamResponse.from_json, ChatCompletionStreamResponse.to_json
            ),
        ],
        "request": [_REQUEST],
        "large request": [_REQUEST],
    },
)
