"""The client of the `mistralai` package, and its models."""

from __future__ import annotations

from functools import partial
from typing import Any

from mistralai.client import Mistral
from mistralai.client.models import ChatCompletionRequest, ChatCompletionResponse, CompletionChunk
from mistralai.client.utils import marshal_json, unmarshal_json

from tests.benchmarks.subjects import MESSAGES, MODEL, AsyncClient, Client, Codec, Subject, names

NAME = names.MISTRALAI
AS_CLIENT = names.MISTRALAI_AS_CLIENT

FIRST_ANSWER = f"""
import sys
from mistralai.client import Mistral
mistral = Mistral(api_key="k", server_url=sys.argv[1])
answer = mistral.chat.complete(model={MODEL!r}, messages={MESSAGES!r})
print(answer.choices[0].message.content)
"""
FIRST_EVENT = f"""
import sys
from mistralai.client import Mistral
mistral = Mistral(api_key="k", server_url=sys.argv[1])
with mistral.chat.stream(model={MODEL!r}, messages={MESSAGES!r}) as events:
    print(next(events).data.choices[0].delta.content)
"""
FUNCTION = f"""
from mistralai.client import Mistral
mistral = Mistral(api_key="k", server_url=sys.argv[1])
def answer(messages, left_ms):
    response = mistral.chat.complete(model={MODEL!r}, messages=messages, timeout_ms=left_ms)
    return response.choices[0].message.content
"""


def connect(url: str) -> Client:
    client = Mistral(api_key="k", server_url=url)

    def complete() -> str | None:
        text: str = client.chat.complete(model=MODEL, messages=MESSAGES).choices[0].message.content
        return text

    def stream() -> list[str]:
        with client.chat.stream(model=MODEL, messages=MESSAGES) as events:
            return [event.data.choices[0].delta.content for event in events]

    return Client(complete, stream, partial(client.__exit__, None, None, None))


def connect_async(url: str) -> AsyncClient:
    client = Mistral(api_key="k", server_url=url)

    async def stream() -> list[str]:
        async with await client.chat.stream_async(model=MODEL, messages=MESSAGES) as events:
            return [event.data.choices[0].delta.content async for event in events]

    return AsyncClient(stream, partial(client.__aexit__, None, None, None))


def _encode(document: Any) -> str:
    text: str = document.model_dump_json(by_alias=True)
    return text


def _codecs(kind: Any, build: Any = None) -> list[Codec]:
    return [
        Codec(NAME, kind.model_validate_json, _encode, build=build),
        Codec(
            AS_CLIENT,
            lambda text: unmarshal_json(text, kind),
            lambda document: marshal_json(document, kind),
        ),
    ]


_REQUEST = _codecs(
    ChatCompletionRequest,
    build=lambda messages: ChatCompletionRequest(model=MODEL, messages=messages),
)

SUBJECT = Subject(
    name=NAME,
    module="mistralai_client",
    distribution="mistralai",
    types="from mistralai.client.models import (\n"
    "    ChatCompletionRequest, ChatCompletionResponse, CompletionEvent)",
    client='from mistralai.client import Mistral\nmistral = Mistral(api_key="k")\nmistral.chat',
    first_answer=FIRST_ANSWER,
    first_event=FIRST_EVENT,
    function=FUNCTION,
    connect=connect,
    connect_async=connect_async,
    codecs={
        "response": _codecs(ChatCompletionResponse),
        "chunk": _codecs(CompletionChunk),
        "request": _REQUEST,
        "large request": _REQUEST,
    },
)
