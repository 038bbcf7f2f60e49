"""Our client and an application on aiohttp's server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from mistral_proto import (
    HTTPValidationError,
    IncompleteStreamError,
    MistralError,
    NoResponseError,
    RateLimitError,
    SDKError,
)
from tests.interop.calls import KEY, OURS, STREAM_WAYS, WAYS, client, is_stream
from tests.interop.servers.application import EVENTS, TEXT, Application, listening
from tests.testing.raw import eventually

ASK: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Ça va?"}]}


@pytest.fixture
def application() -> Iterator[Application]:
    with listening() as application:
        yield application


def call(
    application: Application, way: str, behaviour: str, **options: Any
) -> list[dict[str, Any]]:
    return OURS[way]({"server_url": f"{application.url}/{behaviour}", **options}, ASK)


def text_of(documents: list[dict[str, Any]]) -> str:
    choices = [document["choices"][0] for document in documents]
    return "".join([(it.get("message") or it["delta"])["content"] for it in choices])


def test_answers(application: Application) -> None:
    for way in WAYS:
        for behaviour in ("plain", "compressed", "close", "moved", "moved_for_good"):
            documents = call(application, way, behaviour)
            assert text_of(documents) == TEXT
            assert len(documents) == (EVENTS + 1 if is_stream(way) else 1)
            headers, document = application.requests[-1]
            assert document["messages"] == ASK["messages"]
            assert headers["authorization"] == f"Bearer {KEY}"


def test_refusals(application: Application) -> None:
    cases: list[tuple[str, type[MistralError], str]] = [
        ("busy", RateLimitError, "429 Too Many Requests: Requests rate limit exceeded"),
        ("invalid", HTTPValidationError, "422 Unprocessable Content: body.n: Too small"),
        ("down", SDKError, "503 Service Unavailable: No model is loaded"),
        ("moved_away", SDKError, "307 Temporary Redirect: a redirect to "),
        ("see_other", SDKError, "303 See Other: "),
        ("crash", SDKError, "500 Internal Server Error: "),
        ("no/such/path", SDKError, "404 Not Found: "),
    ]
    for way in WAYS:
        for behaviour, kind, message in cases:
            with pytest.raises(kind) as caught:
                call(application, way, behaviour)
            assert str(caught.value).startswith(message)


def test_a_slow_answer_and_its_deadline(application: Application) -> None:
    for way in WAYS:
        with pytest.raises(NoResponseError, match="timed out"):
            call(application, way, "slow", timeout_ms=50)
    application.gate.set()
    for way in WAYS:
        assert text_of(call(application, way, "slow")) == TEXT


def test_an_application_that_fails_in_a_stream(application: Application) -> None:
    for way in STREAM_WAYS:
        with pytest.raises(IncompleteStreamError) as caught:
            call(application, way, "crash_later")
        assert caught.value.partial is not None


def test_a_stream_that_the_client_leaves(application: Application) -> None:
    async def leave() -> None:
        async with client(options) as mistral, mistral.chat.stream_async(**ASK) as events:
            async for event in events:
                assert event.data.id
                break

    options = {"server_url": f"{application.url}/endless"}
    with client(options) as mistral, mistral.chat.stream(**ASK) as events:
        assert next(events).data.id
    assert application.gone.wait(10)
    application.gone.clear()
    asyncio.run(leave())
    assert application.gone.wait(10)


ROUNDS = 3


def addresses(application: Application, behaviour: str) -> set[str | None]:
    """Return the client's addresses in a few answers and streams."""
    found: set[str | None] = set()
    with client({"server_url": f"{application.url}/{behaviour}"}) as mistral:
        for _ in range(ROUNDS):
            found.add(mistral.chat.complete(**ASK).id)
            # The end of a body comes after its last event.
            eventually(lambda: not application.under_way)
            with mistral.chat.stream(**ASK) as events:
                found.update(event.data.id for event in events)
            eventually(lambda: not application.under_way)
    return found


async def addresses_async(application: Application, behaviour: str) -> set[str | None]:
    found: set[str | None] = set()
    async with client({"server_url": f"{application.url}/{behaviour}"}) as mistral:
        for _ in range(ROUNDS):
            found.add((await mistral.chat.complete_async(**ASK)).id)
            await asyncio.to_thread(eventually, lambda: not application.under_way)
            async with mistral.chat.stream_async(**ASK) as events:
                found.update([event.data.id async for event in events])
            await asyncio.to_thread(eventually, lambda: not application.under_way)
    return found


def test_connections_are_kept_if_the_server_keeps_them(application: Application) -> None:
    for behaviour, count in [("plain", 1), ("compressed", 1), ("close", 2 * ROUNDS)]:
        assert len(addresses(application, behaviour)) == count
        assert len(asyncio.run(addresses_async(application, behaviour))) == count


def test_a_server_that_was_restarted() -> None:
    with listening() as first:
        mistral = client({"server_url": f"{first.url}/plain"})
        mistral.chat.complete(**ASK)
        port = int(first.url.rpartition(":")[2])
    with mistral, listening(port) as second:
        mistral.chat.complete(**ASK)
        assert len(second.requests) == 1
