"""Our client, carried by other people's HTTP clients, does what it does over its own transport."""

from __future__ import annotations

import asyncio
import gzip
import re
import time
from typing import Any

import httpx
import pytest

from mistral_proto import (
    BackoffStrategy,
    IncompleteStreamError,
    MistralError,
    NoResponseError,
    ResponseValidationError,
    RetryConfig,
    SDKError,
)
from mistral_proto.testing import ErrorReply, ErrorShape, Fault, MockServer, RawReply
from mistral_proto.transport.httpx_clients import AsyncHttpxTransport, HttpxTransport
from tests.interop.calls import KEY, OURS, Document, client, is_stream
from tests.interop.transports.snippets import classes
from tests.testing.raw import PATH, eventually


class OverHttpx(HttpxTransport):
    """The transport that `client=` makes, which closes its client, too."""

    def __init__(self) -> None:
        super().__init__(httpx.Client())

    def close(self) -> None:
        self.client.close()


class OverAsyncHttpx(AsyncHttpxTransport):
    """The same for `async_client=`."""

    def __init__(self) -> None:
        super().__init__(httpx.AsyncClient())

    async def close(self) -> None:
        await self.client.aclose()


OF_HTTPX = {"HttpxTransport": OverHttpx, "AsyncHttpxTransport": OverAsyncHttpx}
CLASSES: dict[str, type[Any]] = {**classes(), **OF_HTTPX}

SYNC = ("complete", "stream")
ASYNC = ("complete_async", "stream_async")
CARRIERS: dict[str, tuple[str, tuple[str, str]]] = {
    "HttpxTransport": ("transport", SYNC),
    "Urllib3Transport": ("transport", SYNC),
    "AsyncHttpxTransport": ("async_transport", ASYNC),
    "AiohttpTransport": ("async_transport", ASYNC),
}
"""By the transport's name: the client's option for it, and the ways to make a call with it."""

ASK: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Ça va 🙂?"}]}

every_call = pytest.mark.parametrize(
    ("name", "way"), [(name, way) for name, (_, ways) in CARRIERS.items() for way in ways]
)
every_transport = pytest.mark.parametrize("name", CARRIERS)


def is_plain(name: str) -> bool:
    return CARRIERS[name][1] is SYNC


def options(name: str, server: MockServer, **more: Any) -> dict[str, Any]:
    """Settings for a client on a transport, or on its own where `name` is empty."""
    settings = {"server_url": server.url, **more}
    if name:
        settings[CARRIERS[name][0]] = CLASSES[name]
    return settings


def call(name: str, way: str, server: MockServer, **more: Any) -> list[Document]:
    return OURS[way](options(name, server, **more), ASK)


def failure(name: str, way: str, server: MockServer, **more: Any) -> MistralError:
    with pytest.raises(MistralError) as caught:
        call(name, way, server, **more)
    return caught.value


def test_the_docs_show_the_others() -> None:
    assert set(classes()) == set(CARRIERS) - set(OF_HTTPX)


# -- the same as over our own


@every_call
def test_an_answer(name: str, way: str) -> None:
    with MockServer() as server:
        documents = call(name, way, server)
        assert [own(each) for each in documents] == [own(each) for each in call("", way, server)]
        carried, ours = server.requests
        assert carried.body == ours.body
        for header in ("authorization", "content-type", "accept", "user-agent", "accept-encoding"):
            assert carried.headers[header] == ours.headers[header]
        eventually(lambda: server.open_connections == 0)


def own(document: Document) -> Document:
    """Return an answer without the fields that differ between two equal calls."""
    return {**document, "id": None, "created": None}


WHOLE = (
    b'{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"Bonjour"},"finish_reason":"stop"}]}'
)


@every_call
def test_a_compressed_answer(name: str, way: str) -> None:
    if is_stream(way):
        event = WHOLE.replace(b'"message"', b'"delta"')
        body, kind = b"data: " + event + b"\n\ndata: [DONE]\n\n", "text/event-stream"
    else:
        body, kind = WHOLE, "application/json"
    packed = RawReply(
        [gzip.compress(body)], 200, {"content-type": kind, "content-encoding": "gzip"}
    )
    with MockServer([packed, packed]) as server:
        assert call(name, way, server) == call("", way, server) != []


REFUSALS = {
    "401": ErrorReply(401, "Unauthorized", ErrorShape.detail),
    "422": ErrorReply(422, "", ErrorShape.detail, [{"loc": ["n"], "msg": "Bad", "type": "x"}]),
    "429": ErrorReply(429, headers={"Retry-After": "7"}),
    "500 and HTML": ErrorReply(500, "Down", ErrorShape.html),
    "503 without a body": ErrorReply(503, "", ErrorShape.text),
}


@every_call
@pytest.mark.parametrize("reply", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal(name: str, way: str, reply: ErrorReply) -> None:
    with MockServer([reply, reply]) as server:
        theirs, ours = failure(name, way, server), failure("", way, server)
        eventually(lambda: server.open_connections == 0)
    assert type(theirs) is type(ours)
    assert theirs.message == ours.message
    assert theirs.status_code == ours.status_code
    assert theirs.body == ours.body
    assert theirs.headers.get("retry-after") == ours.headers.get("retry-after")


# aiohttp drops what it has not handed out yet when it sees that the connection broke.
FORGETFUL = "AiohttpTransport"
# urllib3 takes headers that were cut for whole ones, so that it is the answer that is wrong.
OTHERWISE: dict[tuple[str, str, Fault], type[MistralError]] = {
    ("Urllib3Transport", "complete", Fault.cut_headers): ResponseValidationError,
    ("Urllib3Transport", "stream", Fault.cut_headers): IncompleteStreamError,
}


@every_call
@pytest.mark.parametrize("fault", Fault)
def test_a_fault(name: str, way: str, fault: Fault) -> None:
    with MockServer([fault, fault]) as server:
        before = time.monotonic()
        theirs = failure(name, way, server, timeout_ms=100)
        assert time.monotonic() - before < 5
        ours = failure("", way, server, timeout_ms=100)
        eventually(lambda: server.open_connections == 0)
    assert type(theirs) is OTHERWISE.get((name, way, fault), type(ours))
    if isinstance(theirs, IncompleteStreamError) and isinstance(ours, IncompleteStreamError):
        assert ours.partial is not None
        if theirs.partial is None:
            assert name == FORGETFUL
        else:
            assert theirs.partial.choices == ours.partial.choices
    assert KEY not in repr(theirs) + str(theirs)


@every_call
def test_nobody_listens(name: str, way: str) -> None:
    with MockServer() as server:
        gone = server.url
    with pytest.raises(NoResponseError, match="no answer from"):
        OURS[way]({CARRIERS[name][0]: CLASSES[name], "server_url": gone}, ASK)


@every_call
def test_an_answer_that_drips_ends_at_the_deadline(name: str, way: str) -> None:
    kind = {"content-type": "text/event-stream" if is_stream(way) else "application/json"}
    drip = RawReply([b": \n"] * 2000, 200, kind, pace=0.01)
    with MockServer([drip]) as server:
        before = time.monotonic()
        error = failure(name, way, server, timeout_ms=100)
        # That of asyncio has no text, and in Python 3.10 is none of the built-in ones.
        assert re.search("timed out|TimeoutError", error.message)
        assert time.monotonic() - before < 5
        eventually(lambda: server.open_connections == 0)


# -- tries


@every_call
def test_it_is_tried_again(name: str, way: str) -> None:
    again = RetryConfig("backoff", BackoffStrategy(0, 0, 1.0, 10_000, 0), True)
    faults = (ErrorReply(503), Fault.close, ErrorReply(429), Fault.reset)
    with MockServer((*faults, "Bonjour")) as server:
        documents = call(name, way, server, retry_config=again)
        assert len(server.requests) == 5
        assert "Bonjour" in str(documents)
    with MockServer((*faults, ErrorReply(400))) as server:
        error = failure(name, way, server, retry_config=again)
        assert (error.tries, error.status_code) == (5, 400)
        assert isinstance(error.last_error, NoResponseError)


# -- redirects


@every_call
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_leads_to_another_origin(name: str, way: str, status: int) -> None:
    with MockServer() as other, MockServer() as server:
        server.reply(ErrorReply(status, headers={"location": f"{other.url}{PATH}"}))
        error = failure(name, way, server)
        assert isinstance(error, SDKError)
        assert error.status_code == status
        assert other.connections == 0


@every_call
@pytest.mark.parametrize(("status", "followed"), [(302, 0), (303, 0), (307, 1), (308, 1)])
def test_redirects_within_the_origin_are_the_client_s(
    name: str, way: str, status: int, followed: int
) -> None:
    elsewhere = {"location": "/v1/chat/../chat/nowhere"}
    with MockServer([ErrorReply(status, headers=elsewhere)]) as server:
        error = failure(name, way, server)
        assert error.status_code == (404 if followed else status)  # as it has no such path
        assert [request.method for request in server.requests] == ["POST"] * (1 + followed)


# -- connections


@pytest.mark.parametrize("name", [name for name in CARRIERS if is_plain(name)])
def test_a_stream_that_is_left_is_closed(name: str) -> None:
    with MockServer([Fault.stall_stream]) as server, client(options(name, server)) as mistral:
        with mistral.chat.stream(**ASK) as events:
            assert next(events).data.choices
        eventually(lambda: server.open_connections == 0)


@pytest.mark.parametrize("name", [name for name in CARRIERS if not is_plain(name)])
def test_a_stream_that_is_left_is_closed_in_asyncio(name: str) -> None:
    async def leave(server: MockServer) -> None:
        async with client(options(name, server)) as mistral:
            async with mistral.chat.stream_async(**ASK) as events:
                assert (await anext(events)).data.choices
            # The loop goes on meanwhile, as closing may be left to it.
            await asyncio.to_thread(eventually, lambda: server.open_connections == 0)

    with MockServer([Fault.stall_stream]) as server:
        asyncio.run(leave(server))


@every_transport
def test_a_connection_is_kept_and_closed_in_the_end(name: str) -> None:
    with MockServer() as server:
        if is_plain(name):
            with client(options(name, server)) as mistral:
                for _ in range(3):
                    assert mistral.chat.complete(**ASK).choices
        else:
            asyncio.run(complete_three_times(options(name, server)))
        assert server.connections == 1
        eventually(lambda: server.open_connections == 0)


async def complete_three_times(settings: dict[str, Any]) -> None:
    async with client(settings) as mistral:
        for _ in range(3):
            assert (await mistral.chat.complete_async(**ASK)).choices
