"""Transports and clients of httpx that replace the default transport."""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace
from typing import Any

import pytest

import mistral_proto as mp
from mistral_proto.client.io import run
from tests.client.doubles import (
    EVENTS,
    AsyncDouble,
    Double,
    LibraryError,
    Reply,
    StillClock,
    double_for,
    good,
    whole,
)
from tests.client.faults.servers import FaultServer
from tests.client.support import (
    ASYNC,
    CALLS,
    HI,
    KEY,
    MODEL,
    URL,
    WHOLE_ONES,
    Says,
    client,
    complete,
    end_of,
    every_call,
    failure,
    kind_of,
    text_of,
)


@every_call
def test_a_good_answer_is_released(name: str) -> None:
    for how in ("plain", "bare", *(["coroutines"] if name in ASYNC else [])):
        reply = good(name, how=how)
        double = double_for(name, reply)
        end_of(name, client(double)).check(Says())
        # A response without `release` is closed, perhaps more than once.
        assert set(reply.done) == {"close"} if how == "bare" else reply.done == ["release"]
    (request,) = double.requests
    assert (request.method, request.url) == ("POST", f"{URL}/v1/chat/completions")
    assert all(header == header.lower() for header in request.headers)
    reply = Reply(status=400, headers={"X-One": "1", "x-two": "a", "x-ONE": "2"})
    error = failure(CALLS[name], client(double_for(name, reply)))
    assert error.headers == {"x-one": "1, 2", "x-two": "a"}


BROKE = LibraryError("could not\nread")
# What every attempt gets, the error's kind, the end of its message, and the attempts.
FAILURES: list[tuple[Any, type[mp.MistralError], str, int]] = [
    (BROKE, mp.NoResponseError, "could not read", 7),
    (OSError(5, "Input/output error"), mp.NoResponseError, "Input/output error", 7),
    (([b"n", b"o", BROKE], "plain"), mp.SDKError, "no", 1),
    (([b"no"], "bare"), mp.SDKError, "no", 1),
    (([BROKE], "plain"), mp.SDKError, "400 Bad Request", 1),
]


@every_call
def test_a_failure(name: str) -> None:
    for what, kind, words, attempts in FAILURES:
        if isinstance(what, tuple):
            what = Reply(*what[0], status=400, how=what[1])
        # Waits of 1, 2, 4, 8, 16 and 32 seconds; the next one would end too late.
        error = failure(CALLS[name], client(double_for(name, *[what] * 7), timeout_ms=100_000))
        assert (kind_of(error), error.tries) == (kind, attempts)
        assert error.message.endswith(words)
        is_kept = isinstance(what, OSError)  # the words of a library may hold the key
        assert (error.__cause__, error.__context__) == (what if is_kept else None, None)
        if isinstance(what, Reply):
            if what.how != "bare":  # its body is wanted only if it comes soon
                assert what.done.pop(0) == 5.0
            assert set(what.done) == {"close"}


@every_call
def test_other_exceptions_of_a_transport_are_raised_as_they_are(name: str) -> None:
    for what in (ZeroDivisionError(), Reply(ZeroDivisionError(), headers=EVENTS)):
        double = double_for(name, what)
        with pytest.raises(ZeroDivisionError):
            CALLS[name](client(double))
        assert len(double.requests) == 1
        assert not isinstance(what, Reply) or set(what.done) == {"close"}


def test_bodies_have_a_maximum_size() -> None:
    for name in CALLS:
        for status, most in ((200, 65), (400, 1)):
            if status == 400 or name in WHOLE_ONES:
                reply = Reply(*[b" " * 2**20] * 100, status=status)
                error = failure(CALLS[name], client(double_for(name, reply)))
                assert (error.status_code, error.tries) == (status, 1)
                assert (reply.taken, reply.done[-1]) == (most, "close")


def test_close_closes_the_transports() -> None:
    double, other = Double(whole()), AsyncDouble(whole())
    mistral = client(double, async_transport=other)
    for name in WHOLE_ONES:
        CALLS[name](mistral)
    assert len(double.requests) == len(other.requests) == 1
    with mistral:
        pass
    assert (double.closed, other.closed) == (1, 0)

    async def main(closed: mp.Mistral) -> None:
        async with closed:
            pass

    for one in (mistral, mp.Mistral(KEY), client(Double())):
        asyncio.run(main(one))
    assert (double.closed, other.closed) == (2, 1)


@every_call
def test_closing_ends_the_retries(name: str) -> None:
    class Closing(StillClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            mistral.close()

    double = double_for(name, OSError("first"), good(name), good(name))
    mistral = client(double, clock=Closing())
    error = failure(CALLS[name], mistral)
    assert error.message.endswith("first")
    assert (len(double.requests), error.tries) == (1, 1)
    end_of(name, mistral).check(Says())  # the client may be used again


def test_a_call_of_asyncio_needs_a_transport_of_its_own() -> None:
    for name in ASYNC:
        with pytest.raises(ValueError, match="async_transport"):
            CALLS[name](client(Double()))
        with FaultServer() as server, client(server, transport=mp.UrllibTransport()) as mistral:
            end_of(name, mistral).check(Says())
            end_of("complete", mistral).check(Says())
            assert server.connections == 1
    with client(Double()) as mistral, pytest.raises(ValueError, match="async_transport"):
        mistral.chat.stream_async(model=MODEL, messages=HI)
    with pytest.raises(RuntimeError):
        run(asyncio.sleep(0))


def test_asyncio_that_is_loaded_after_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer() as server:
        with monkeypatch.context() as patch:
            patch.delitem(sys.modules, "asyncio")
            mistral = client(server)
        with mistral:
            end_of("complete_async", mistral).check(Says())


class Httpx:
    """A double of httpx's client, which fails after these answers."""

    def __init__(self, *answers: Reply) -> None:
        self.answers = list(answers)
        self.requests: list[dict[str, Any]] = []

    def build_request(self, method: str, url: str, **rest: Any) -> dict[str, Any]:
        return {"method": method, "url": url, **rest}

    def send(self, request: dict[str, Any], **how: Any) -> Any:
        self.requests.append(request | how)
        if not self.answers:
            raise LibraryError("no answer is left")
        reply = self.answers.pop(0)
        (close, *_) = reply.ends()
        ends = {"close": close, "aclose": close}
        body = {"iter_bytes": lambda: reply, "aiter_bytes": lambda: reply}
        return SimpleNamespace(status_code=reply.status, headers=reply.headers, **body, **ends)


class AsyncHttpx(Httpx):
    async def send(self, request: dict[str, Any], **how: Any) -> Any:
        return super().send(request, **how)


@pytest.fixture
def httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", SimpleNamespace(RequestError=LibraryError))


@every_call
def test_a_client_of_httpx(name: str, httpx: None) -> None:
    kind, option = (AsyncHttpx, "async_client") if name in ASYNC else (Httpx, "client")
    reply = good(name)
    double = kind(reply)
    options: dict[str, Any] = {option: double, "retry_config": 0, "server_url": URL}
    with mp.Mistral(KEY, timeout_ms=mp.Timeouts(1000, 2000, 60_000), **options) as mistral:
        assert text_of(CALLS[name](mistral)) == "Bonjour"
        with pytest.raises(mp.NoResponseError, match="no answer is left"):
            CALLS[name](mistral)
    request = double.requests[0]
    assert request["headers"]["authorization"] == f"Bearer {KEY}"
    assert (request["method"], request["url"]) == ("POST", f"{URL}/v1/chat/completions")
    assert request["timeout"] == (1, 2, 2, 1)
    assert request["stream"] and not request["follow_redirects"]
    assert reply.done == ["close"]


def test_another_client_of_httpx(httpx: None) -> None:
    first, second = AsyncHttpx(), AsyncHttpx(good("stream_async"))
    mistral = mp.Mistral(KEY, server_url=URL, async_client=first)
    configuration = mistral.sdk_configuration
    assert configuration.get_server_details() == (URL, {})
    assert configuration.async_client is first
    configuration.async_client = second

    async def main() -> None:
        events = await mistral.chat.stream_async(model=MODEL, messages=HI)
        assert (await anext(events)).text == "Bon"
        await events.response.aclose()
        assert [event async for event in events] == []
        await mistral.close_async()

    asyncio.run(main())
    assert configuration.async_client is second and not first.requests
    assert mp.Mistral(KEY).sdk_configuration.async_client is None
    double = Double(good("complete"))
    assert complete(client(double, async_client=second)).text == "Bonjour"
