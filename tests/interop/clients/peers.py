"""The official clients, called with what our client is called with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2
import openai
from mistralai.client import Mistral, errors

from tests.interop.calls import KEY, Call, Document, Options
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


# -- openai


def _openai(options: Options) -> Any:
    url = f"{options['server_url']}/v1"
    return openai.OpenAI(api_key=KEY, timeout=10, max_retries=0, base_url=url)


def _request(request: Options) -> dict[str, Any]:
    """Return the parameters of OpenAI's client, which sends Mistral's as `extra_body`."""
    mistrals = {"random_seed", "safe_prompt", "prompt_mode"} & request.keys()
    extra = {name: request[name] for name in mistrals}
    return {**{k: v for k, v in request.items() if k not in extra}, "extra_body": extra}


def _create(options: Options, request: Options) -> list[Document]:
    with _openai(options) as client:
        return [_read(client.chat.completions.create(**_request(request)))]


def _create_stream(options: Options, request: Options) -> list[Document]:
    with _openai(options) as client:
        with client.chat.completions.create(stream=True, **_request(request)) as chunks:
            return [_read(chunk) for chunk in chunks]


PEERS = {
    "mistralai": Peer(
        {"complete": _complete, "stream": _stream},
        (errors.MistralError,),
        (httpx2.TransportError, errors.MistralError),
    ),
    "openai": Peer(
        {"complete": _create, "stream": _create_stream},
        (openai.APIStatusError,),
        (openai.APIError,),
    ),
}
