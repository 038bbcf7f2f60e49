"""Our client does the same over other HTTP clients as over its own transport."""

from __future__ import annotations

import asyncio
import gzip
import re
import time
from pathlib import Path
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
from tests.package.pages import files, output_of
from tests.testing.raw import PATH, eventually


class OverHttpx(HttpxTransport):
    """The transport of `client=`, but closed with our client."""

    def __init__(self) -> None:
        super().__init__(httpx.Client())

    def close(self) -> None:
        self.client.close()


class OverAsyncHttpx(AsyncHttpxTransport):
    def __init__(self) -> None:
        super().__init__(httpx.AsyncClient())

    async def close(self) -> None:
        await self.client.aclose()


def classes_of_the_docs() -> dict[str, type[Any]]:
    names: dict[str, Any] = {}
    for name in ("urllib3_transport.py", "aiohttp_transport.py"):
        exec(compile(files()[name], name, "exec"), names)
    return {
        name: value
        for name, value in names.items()
        if isinstance(value, type) and name.endswith("Transport")
    }


BLOCKING: dict[str, type[Any]] = {"httpx": OverHttpx}
ASYNC: dict[str, type[Any]] = {"httpx (async)": OverAsyncHttpx}
for _name, _class in classes_of_the_docs().items():
    (ASYNC if _name == "AiohttpTransport" else BLOCKING)[_name] = _class
CLASSES = {**BLOCKING, **ASYNC}
CALLS = [
    *[(name, way) for name in BLOCKING for way in ("complete", "stream")],
    *[(name, way) for name in ASYNC for way in ("complete_async", "stream_async")],
]
every_call = pytest.mark.parametrize(("name", "way"), CALLS)
ASK: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Ça va 🙂?"}]}


def options(name: str, url: str, **more: Any) -> dict[str, Any]:
    """Return options of a client over a transport; an empty name: over our own."""
    transport = {"async_transport" if name in ASYNC else "transport": CLASSES.get(name)}
    return {"server_url": url, **(transport if name else {}), **more}


def call(name: str, way: str, server: MockServer, **more: Any) -> list[Document]:
    return OURS[way](options(name, server.url, **more), ASK)


def failure(name: str, way: str, url: str, **more: Any) -> MistralError:
    with pytest.raises(MistralError) as caught:
        OURS[way](options(name, url, **more), ASK)
    return caught.value


@every_call
def test_answers(name: str, way: str) -> None:
    body, kind = WHOLE, "application/json"
    if is_stream(way):
        body = b"data: " + WHOLE.replace(b'"message"', b'"delta"') + b"\n\ndata: [DONE]\n\n"
        kind = "text/event-stream"
    headers = {"content-type": kind, "content-encoding": "gzip"}
    packed = RawReply([gzip.compress(body)], 200, headers)
    with MockServer() as server:
        theirs, ours = call(name, way, server), call("", way, server)
        assert [common(each) for each in theirs] == [common(each) for each in ours]
        carried, own = server.requests
        assert carried.body == own.body
        for header in ("authorization", "content-type", "accept", "user-agent", "accept-encoding"):
            assert carried.headers[header] == own.headers[header]
        server.reply(packed, packed)
        assert call(name, way, server) == call("", way, server) != []
        eventually(lambda: server.open_connections == 0)


def common(document: Document) -> Document:
    return {**document, "id": None, "created": None}


WHOLE = (
    b'{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"Bonjour"},"finish_reason":"stop"}]}'
)
REFUSALS = [
    ErrorReply(401, "Unauthorized", ErrorShape.detail),
    ErrorReply(422, "", ErrorShape.detail, [{"loc": ["n"], "msg": "Bad", "type": "x"}]),
    ErrorReply(429, headers={"Retry-After": "7"}),
    ErrorReply(500, "Down", ErrorShape.html),
    ErrorReply(503, "", ErrorShape.text),
]


@every_call
def test_errors(name: str, way: str) -> None:
    with MockServer() as server:
        for reply in REFUSALS:
            server.reply(reply, reply)
            theirs, ours = failure(name, way, server.url), failure("", way, server.url)
            assert (type(theirs), str(theirs), theirs.status_code, theirs.body) == (
                *(type(ours), str(ours), ours.status_code, ours.body),
            )
            assert theirs.headers.get("retry-after") == ours.headers.get("retry-after")
        eventually(lambda: server.open_connections == 0)
        url = server.url
    assert isinstance(failure(name, way, url), NoResponseError)  # nobody listens now


# urllib3 takes headers that are cut for whole ones.
OTHERWISE: dict[tuple[str, str, Fault], type[MistralError]] = {
    ("Urllib3Transport", "complete", Fault.cut_headers): ResponseValidationError,
    ("Urllib3Transport", "stream", Fault.cut_headers): IncompleteStreamError,
}


@every_call
@pytest.mark.parametrize("fault", Fault)
def test_faults(name: str, way: str, fault: Fault) -> None:
    timeout_ms = 300 if "stall" in fault else 60_000
    with MockServer([fault, fault]) as server:
        theirs = failure(name, way, server.url, timeout_ms=timeout_ms)
        ours = failure("", way, server.url, timeout_ms=timeout_ms)
        eventually(lambda: server.open_connections == 0)
    assert type(theirs) is OTHERWISE.get((name, way, fault), type(ours))
    if isinstance(theirs, IncompleteStreamError) and isinstance(ours, IncompleteStreamError):
        assert ours.partial is not None
        if theirs.partial is None:
            # aiohttp drops the blocks before a broken connection.
            assert name == "AiohttpTransport"
        else:
            assert theirs.partial.choices == ours.partial.choices
    assert KEY not in repr(theirs) + str(theirs)


@every_call
def test_an_answer_that_drips_ends_at_the_deadline(name: str, way: str) -> None:
    kind = {"content-type": "text/event-stream" if is_stream(way) else "application/json"}
    with MockServer([RawReply([b": \n"] * 2000, 200, kind, pace=0.01)]) as server:
        before = time.monotonic()
        error = failure(name, way, server.url, timeout_ms=100)
        # The error of asyncio has no text, and is not the built-in one in Python 3.10.
        assert re.search("timed out|TimeoutError", error.message)
        assert time.monotonic() - before < 5
        eventually(lambda: server.open_connections == 0)


@every_call
def test_retries(name: str, way: str) -> None:
    config = RetryConfig("backoff", BackoffStrategy(0, 0, 1.0, 10_000, 0), True)
    faults = (ErrorReply(503), Fault.close, ErrorReply(429), Fault.reset)
    with MockServer((*faults, "Bonjour")) as server:
        assert "Bonjour" in str(call(name, way, server, retry_config=config))
        assert len(server.requests) == 5
    with MockServer((*faults, ErrorReply(400))) as server:
        error = failure(name, way, server.url, retry_config=config)
        assert (error.tries, error.status_code) == (5, 400)
        assert isinstance(error.last_error, NoResponseError)


@every_call
def test_redirects(name: str, way: str) -> None:
    with MockServer() as other, MockServer() as server:
        for status in (301, 302, 303, 307, 308):
            server.reply(ErrorReply(status, headers={"location": f"{other.url}{PATH}"}))
            error = failure(name, way, server.url)
            assert isinstance(error, SDKError) and error.status_code == status
        assert other.connections == 0
    # Those within the origin are followed by our client.
    for status, followed in [(302, 0), (303, 0), (307, 1), (308, 1)]:
        headers = {"location": "/v1/chat/../chat/nowhere"}
        with MockServer([ErrorReply(status, headers=headers)]) as server:
            error = failure(name, way, server.url)
            assert error.status_code == (404 if followed else status)
            assert [request.method for request in server.requests] == ["POST"] * (1 + followed)


@pytest.mark.parametrize("name", CLASSES)
def test_connections(name: str) -> None:
    """A connection is kept; that of a stream that is left is closed."""

    async def use(server: MockServer) -> None:
        async with client(options(name, server.url)) as mistral:
            for _ in range(3):
                assert (await mistral.chat.complete_async(**ASK)).choices
            assert server.connections == 1
            server.reply(Fault.stall_stream)
            async with mistral.chat.stream_async(**ASK) as events:
                assert (await anext(events)).data.choices
            # The event loop may close it.
            await asyncio.to_thread(eventually, lambda: server.open_connections == 0)

    with MockServer() as server:
        if name in ASYNC:
            asyncio.run(use(server))
            return
        with client(options(name, server.url)) as mistral:
            for _ in range(3):
                assert mistral.chat.complete(**ASK).choices
            assert server.connections == 1
            server.reply(Fault.stall_stream)
            with mistral.chat.stream(**ASK) as events:
                assert next(events).data.choices
            eventually(lambda: server.open_connections == 0)


def test_the_program_of_the_docs(tmp_path: Path) -> None:
    with MockServer() as server:
        printed = output_of(tmp_path, "with_httpx.py", server_url=server.url)
        assert [request.headers["user-agent"][:7] for request in server.requests] == ["mistral"] * 2
    assert printed == "You said: Hi\n" * 2
