"""The client of the `openai` package, and its models; it has none of requests."""

from __future__ import annotations

import json
from typing import Any

from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from tests.benchmarks.subjects import MESSAGES, MODEL, AsyncClient, Client, Codec, Subject, names

NAME = names.OPENAI
AS_CLIENT = names.OPENAI_AS_CLIENT

FIRST_ANSWER = f"""
import sys
from openai import OpenAI
client = OpenAI(api_key="k", base_url=sys.argv[1] + "/v1")
answer = client.chat.completions.create(model={MODEL!r}, messages={MESSAGES!r})
print(answer.choices[0].message.content)
"""
FIRST_EVENT = f"""
import sys
from openai import OpenAI
client = OpenAI(api_key="k", base_url=sys.argv[1] + "/v1")
with client.chat.completions.create(model={MODEL!r}, messages={MESSAGES!r}, stream=True) as chunks:
    print(next(chunks).choices[0].delta.content)
"""
FUNCTION = f"""
from openai import OpenAI
client = OpenAI(api_key="k", base_url=sys.argv[1] + "/v1")
def answer(messages, left_ms):
    completion = client.chat.completions.create(
        model={MODEL!r}, messages=messages, timeout=left_ms / 1000)
    return completion.choices[0].message.content
"""


def connect(url: str) -> Client:
    client = OpenAI(api_key="k", base_url=f"{url}/v1")

    def complete() -> str | None:
        answer = client.chat.completions.create(model=MODEL, messages=MESSAGES)
        text: str = answer.choices[0].message.content
        return text

    def stream() -> list[str]:
        with client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True) as chunks:
            return [chunk.choices[0].delta.content for chunk in chunks]

    return Client(complete, stream, client.close)


def connect_async(url: str) -> AsyncClient:
    client = AsyncOpenAI(api_key="k", base_url=f"{url}/v1")

    async def stream() -> list[str]:
        asked = client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
        async with await asked as chunks:
            return [chunk.choices[0].delta.content async for chunk in chunks]

    return AsyncClient(stream, client.close)


def _codecs(kind: Any) -> list[Codec]:
    def encode(document: Any) -> str:
        text: str = document.model_dump_json(exclude_unset=True)
        return text

    return [
        Codec(NAME, kind.model_validate_json, encode),
        Codec(AS_CLIENT, lambda text: kind.construct(**json.loads(text)), None),
    ]


SUBJECT = Subject(
    name=NAME,
    module="openai_client",
    distribution="openai",
    types="from openai.types.chat import (\n"
    "    ChatCompletion, ChatCompletionChunk, CompletionCreateParams)",
    client='from openai import OpenAI\nclient = OpenAI(api_key="k")\nclient.chat.completions',
    first_answer=FIRST_ANSWER,
    first_event=FIRST_EVENT,
    function=FUNCTION,
    connect=connect,
    connect_async=connect_async,
    codecs={"response": _codecs(ChatCompletion), "chunk": _codecs(ChatCompletionChunk)},
)
