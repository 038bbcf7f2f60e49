"""The ways to make a call, ours and a peer's, each with what came back as plain documents.

A whole answer is one document; a stream is one for each event.  A null says no more than
a field that is left out, so neither side's are kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mistral_proto import BackoffStrategy, Mistral, RetryConfig
from mistral_proto.wire import WireType
from tests.published.comparison import without_null

Document = dict[str, Any]
Options = Mapping[str, Any]
Call = Callable[[Options, Options], list[Document]]
"""Takes a client's settings and a request's parameters."""

WAYS = ("complete", "stream", "complete_async", "stream_async")

STREAM_WAYS = ("stream", "stream_async")

KEY = "a-key-that-no-answer-holds"

ONCE = RetryConfig("none", BackoffStrategy(0, 0, 1.0, 0), False)
"""A fault is to be seen, and not to be made up for."""


def is_stream(way: str) -> bool:
    return way in STREAM_WAYS


def in_a_loop(call: Callable[[Options, Options], Awaitable[list[Document]]]) -> Call:
    """An asynchronous call, in an event loop of its own."""

    def run(options: Options, request: Options) -> list[Document]:
        async def main() -> list[Document]:
            return await call(options, request)

        return asyncio.run(main())

    return run


def client(options: Options) -> Mistral:
    """Our client; a class is made an instance of, as some want to be in their event loop."""
    made = {name: it() if isinstance(it, type) else it for name, it in options.items()}
    return Mistral(**{"api_key": KEY, "timeout_ms": 10_000, "retry_config": ONCE, **made})


def document_of(answer: WireType) -> Document:
    document: Document = without_null(answer.to_dict())
    return document


def complete(options: Options, request: Options) -> list[Document]:
    with client(options) as mistral:
        return [document_of(mistral.chat.complete(**request))]


def stream(options: Options, request: Options) -> list[Document]:
    with client(options) as mistral, mistral.chat.stream(**request) as events:
        return [document_of(event.data) for event in events]


async def complete_async(options: Options, request: Options) -> list[Document]:
    async with client(options) as mistral:
        return [document_of(await mistral.chat.complete_async(**request))]


async def stream_async(options: Options, request: Options) -> list[Document]:
    async with client(options) as mistral, mistral.chat.stream_async(**request) as events:
        return [document_of(event.data) async for event in events]


OURS: dict[str, Call] = {
    "complete": complete,
    "stream": stream,
    "complete_async": in_a_loop(complete_async),
    "stream_async": in_a_loop(stream_async),
}
"""Our client, in each of the ways."""
