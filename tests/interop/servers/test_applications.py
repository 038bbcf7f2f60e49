"""Our client and applications on servers that other people wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from mistral_proto import (
    HTTPValidationError,
    IncompleteStreamError,
    NoResponseError,
    RateLimitError,
    SDKError,
)
from tests.interop.calls import KEY, OURS, STREAM_WAYS, WAYS, client, is_stream
from tests.interop.servers import aiohttp_server, starlette_server
from tests.interop.servers.answers import EVENTS, TEXT, Server
from tests.testing.raw import eventually

ASK: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Ça va?"}]}
ELSEWHERE = "http://127.0.0.1:9"  # nobody is to ask there

Listening = Callable[..., AbstractContextManager[Server]]
SERVERS: dict[str, Listening] = {
    "starlette": starlette_server.listening,
    "aiohttp": aiohttp_server.listening,
}

every_way = pytest.mark.parametrize("way", WAYS)


@pytest.fixture(scope="module", params=SERVERS)
def listening(request: pytest.FixtureRequest) -> Listening:
    return SERVERS[request.param]


@pytest.fixture(scope="module")
def running(listening: Listening) -> Iterator[Server]:
    with listening(ELSEWHERE) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    running.seen.forget()
    return running


def said(documents: list[dict[str, Any]]) -> str:
    """The text of an answer, or of a stream."""
    (first, *_) = documents
    if "message" in first["choices"][0]:
        text: str = first["choices"][0]["message"]["content"]
        return text
    return "".join(each["choices"][0]["delta"]["content"] for each in documents)


@every_way
@pytest.mark.parametrize("how", ["plain", "compressed", "close", "moved", "moved_for_good"])
def test_an_answer(server: Server, way: str, how: str) -> None:
    documents = OURS[way]({"server_url": server.at(how)}, ASK)
    assert said(documents) == TEXT
    assert len(documents) == (EVENTS + 1 if is_stream(way) else 1)
    headers, document = server.seen.requests[-1]
    assert document["messages"] == ASK["messages"]
    assert headers["authorization"] == f"Bearer {KEY}"


@every_way
@pytest.mark.parametrize(
    ("how", "kind", "message"),
    [
        ("busy", RateLimitError, "429 Too Many Requests: Requests rate limit exceeded"),
        ("invalid", HTTPValidationError, "422 Unprocessable Content: body.n: Too small"),
        ("down", SDKError, "503 Service Unavailable: No model is loaded"),
        ("moved_away", SDKError, "307 Temporary Redirect: a redirect to "),
        ("see_other", SDKError, "303 See Other: "),
        # In the servers' own words.
        ("crash", SDKError, "500 Internal Server Error: "),
        ("no/such/path", SDKError, "404 Not Found: "),
    ],
)
def test_a_refusal(server: Server, way: str, how: str, kind: type[SDKError], message: str) -> None:
    with pytest.raises(kind) as caught:
        OURS[way]({"server_url": server.at(how)}, ASK)
    assert str(caught.value).startswith(message)


@every_way
def test_what_starts_late_is_waited_for_until_the_deadline(server: Server, way: str) -> None:
    options = {"server_url": server.at("slow"), "timeout_ms": 50}
    with pytest.raises(NoResponseError, match="timed out"):
        OURS[way](options, ASK)
    server.seen.gate.set()
    assert said(OURS[way]({**options, "timeout_ms": 10_000}, ASK)) == TEXT


@pytest.mark.parametrize("way", STREAM_WAYS)
def test_an_application_that_breaks_down_in_a_stream(server: Server, way: str) -> None:
    with pytest.raises(IncompleteStreamError) as caught:
        OURS[way]({"server_url": server.at("crash_later")}, ASK)
    assert caught.value.partial is not None


# -- connections


@pytest.mark.parametrize("way", STREAM_WAYS)
def test_a_stream_that_is_left_is_closed(server: Server, way: str) -> None:
    if way == "stream":
        with client({"server_url": server.at("endless")}) as mistral:
            with mistral.chat.stream(**ASK) as events:
                assert next(events).data.id
    else:
        asyncio.run(leave_a_stream(server.at("endless")))
    assert server.seen.gone.wait(10)


async def leave_a_stream(url: str) -> None:
    async with client({"server_url": url}) as mistral:
        async with mistral.chat.stream_async(**ASK) as events:
            async for event in events:
                assert event.data.id
                break


ROUNDS = 3


def addresses(server: Server, how: str) -> set[str | None]:
    """The client's addresses, as the server saw them in answers and streams by turns."""
    seen: set[str | None] = set()
    with client({"server_url": server.at(how)}) as mistral:
        for _ in range(ROUNDS):
            seen.add(mistral.chat.complete(**ASK).id)
            # Of a stream, what ends the body comes after the last event.
            eventually(lambda: not server.seen.under_way)
            with mistral.chat.stream(**ASK) as events:
                seen.update(event.data.id for event in events)
            eventually(lambda: not server.seen.under_way)
    return seen


async def addresses_async(server: Server, how: str) -> set[str | None]:
    seen: set[str | None] = set()
    async with client({"server_url": server.at(how)}) as mistral:
        for _ in range(ROUNDS):
            seen.add((await mistral.chat.complete_async(**ASK)).id)
            await asyncio.to_thread(eventually, lambda: not server.seen.under_way)
            async with mistral.chat.stream_async(**ASK) as events:
                seen.update([event.data.id async for event in events])
            await asyncio.to_thread(eventually, lambda: not server.seen.under_way)
    return seen


KEPT = [("plain", 1), ("compressed", 1), ("close", 2 * ROUNDS)]


@pytest.mark.parametrize(("how", "connections"), KEPT)
def test_connections_are_kept_where_the_server_keeps_them(
    server: Server, how: str, connections: int
) -> None:
    assert len(addresses(server, how)) == connections


@pytest.mark.parametrize(("how", "connections"), KEPT)
def test_connections_are_kept_in_asyncio(server: Server, how: str, connections: int) -> None:
    assert len(asyncio.run(addresses_async(server, how))) == connections


def test_a_server_that_was_started_again(listening: Listening) -> None:
    with listening(ELSEWHERE) as first:
        mistral = client({"server_url": first.at("plain")})
        mistral.chat.complete(**ASK)
        port = int(first.url.rpartition(":")[2])
    with mistral, listening(ELSEWHERE, port) as second:
        mistral.chat.complete(**ASK)
        assert len(second.seen.requests) == 1
