"""The official clients, called with what our client is called with."""

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
    """A client: its calls, and the exceptions for an error status and for a broken answer."""

    ways: dict[str, Call]
    refused: tuple[type[Exception], ...]
    broken: tuple[type[Exception], ...]


def _read(model: Any) -> Document:
    if isinstance(model, str):
        return {"no JSON": model}  # as openai returns it
    # Without warnings: of a list where it expects a string openai keeps the list.
    document = model.model_dump(mode="json", exclude_unset=True, warnings=False)
    known: Document = without_null(document)
    return known


# -- mistralai


def _mistralai(options: Options) -> Any:
    return Mistral(api_key=KEY, timeout_ms=10_000, **options)


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


def _openai(kind: Any, options: Options) -> Any:
    url = f"{options['server_url']}/v1"
    return kind(api_key=KEY, timeout=10, max_retries=0, base_url=url)


def _request(request: Options) -> dict[str, Any]:
    """Return the parameters of OpenAI's client, which sends Mistral's as `extra_body`."""
    mistrals = {"random_seed", "safe_prompt", "prompt_mode"} & request.keys()
    extra = {name: request[name] for name in mistrals}
    return {**{k: v for k, v in request.items() if k not in extra}, "extra_body": extra}


def _create(options: Options, request: Options) -> list[Document]:
    with _openai(openai.OpenAI, options) as client:
        return [_read(client.chat.completions.create(**_request(request)))]


def _create_stream(options: Options, request: Options) -> list[Document]:
    with _openai(openai.OpenAI, options) as client:
        with client.chat.completions.create(stream=True, **_request(request)) as chunks:
            return [_read(chunk) for chunk in chunks]


async def _create_async(options: Options, request: Options) -> list[Document]:
    async with _openai(openai.AsyncOpenAI, options) as client:
        return [_read(await client.chat.completions.create(**_request(request)))]


async def _create_stream_async(options: Options, request: Options) -> list[Document]:
    async with _openai(openai.AsyncOpenAI, options) as client:
        stream = await client.chat.completions.create(stream=True, **_request(request))
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
