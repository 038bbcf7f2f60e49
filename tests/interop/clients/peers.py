"""The official clients, asked what ours is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2
import openai
from mistralai.client import Mistral, errors

from tests.interop.calls import KEY, Call, Document, Options, in_a_loop
from tests.published.comparison import without_null


@dataclass(frozen=True)
class Peer:
    """An official client.

    Attributes:
        ways: how it is called, by the names of ours.
        refused: what it raises where the server answers with an error status.
        broken: what it raises where no whole answer comes.
    """

    ways: dict[str, Call]
    refused: tuple[type[Exception], ...]
    broken: tuple[type[Exception], ...]


# -- mistralai


def _mistralai(options: Options) -> Any:
    return Mistral(api_key=KEY, timeout_ms=10_000, **options)


def _read(model: Any) -> Document:
    if isinstance(model, str):
        return {"no JSON": model}  # as openai hands it on
    # Without warnings: of a list where it expects a string openai keeps the list.
    document = model.model_dump(mode="json", exclude_unset=True, warnings=False)
    known: Document = without_null(document)
    return known


def _complete(options: Options, request: Options) -> list[Document]:
    with _mistralai(options) as client:
        return [_read(client.chat.complete(**request))]


def _stream(options: Options, request: Options) -> list[Document]:
    with _mistralai(options) as client, client.chat.stream(**request) as events:
        return [_read(event.data) for event in events]


async def _complete_async(options: Options, request: Options) -> list[Document]:
    async with _mistralai(options) as client:
        return [_read(await client.chat.complete_async(**request))]


async def _stream_async(options: Options, request: Options) -> list[Document]:
    async with _mistralai(options) as client:
        async with await client.chat.stream_async(**request) as events:
            return [_read(event.data) async for event in events]


# -- openai

# What OpenAI's API has not, its client sends along in the body.
_OF_MISTRAL_ALONE = {"random_seed", "safe_prompt", "prompt_mode"}


def _openai_options(options: Options) -> dict[str, Any]:
    url = options["server_url"]
    return {"api_key": KEY, "timeout": 10, "max_retries": 0, "base_url": f"{url}/v1"}


def _openai_request(request: Options) -> dict[str, Any]:
    extra = {name: value for name, value in request.items() if name in _OF_MISTRAL_ALONE}
    rest = {name: value for name, value in request.items() if name not in extra}
    return {**rest, "extra_body": extra} if extra else rest


def _create(options: Options, request: Options) -> list[Document]:
    with openai.OpenAI(**_openai_options(options)) as client:
        return [_read(client.chat.completions.create(**_openai_request(request)))]


def _create_stream(options: Options, request: Options) -> list[Document]:
    with openai.OpenAI(**_openai_options(options)) as client:
        with client.chat.completions.create(stream=True, **_openai_request(request)) as chunks:
            return [_read(chunk) for chunk in chunks]


async def _create_async(options: Options, request: Options) -> list[Document]:
    async with openai.AsyncOpenAI(**_openai_options(options)) as client:
        return [_read(await client.chat.completions.create(**_openai_request(request)))]


async def _create_stream_async(options: Options, request: Options) -> list[Document]:
    async with openai.AsyncOpenAI(**_openai_options(options)) as client:
        stream = await client.chat.completions.create(stream=True, **_openai_request(request))
        async with stream as chunks:
            return [_read(chunk) async for chunk in chunks]


PEERS = {
    "mistralai": Peer(
        {
            "complete": _complete,
            "stream": _stream,
            "complete_async": in_a_loop(_complete_async),
            "stream_async": in_a_loop(_stream_async),
        },
        (errors.MistralError,),
        (httpx2.TransportError, errors.MistralError),
    ),
    "openai": Peer(
        {
            "complete": _create,
            "stream": _create_stream,
            "complete_async": in_a_loop(_create_async),
            "stream_async": in_a_loop(_create_stream_async),
        },
        (openai.APIStatusError,),
        (openai.APIError,),
    ),
}
