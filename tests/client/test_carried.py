"""What carries a client's calls, where it is not what it usually is."""

from __future__ import annotations

import asyncio
import ssl
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from mistral_proto import Mistral, NoResponseError, RetryConfig, Timeouts
from mistral_proto.client.io import run
from mistral_proto.retry import DEFAULT_RETRY_CONFIG
from mistral_proto.testing import MockServer
from tests.client.doubles import Double, LibraryError, Reply, good
from tests.client.support import (
    ASYNC,
    CALLS,
    HI,
    KEY,
    MODEL,
    URL,
    complete,
    every_call,
    text_of,
)


def test_asyncio_that_is_loaded_after_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    with MockServer(["Bonjour"]) as server:
        with monkeypatch.context() as patch:
            patch.delitem(sys.modules, "asyncio")
            mistral = Mistral(KEY, server_url=server.url)

        async def main() -> Any:
            async with mistral:
                return await mistral.chat.complete_async(model=MODEL, messages=HI)

        assert text_of(asyncio.run(main())) == "Bonjour"


def test_a_transport_for_plain_calls_alone() -> None:
    double = Double(good("complete"))

    async def main() -> None:
        async with Mistral(KEY, server_url=URL, transport=double) as mistral:
            assert text_of(complete(mistral)) == "Bonjour"
            with pytest.raises(ValueError, match="async_transport"):
                await mistral.chat.complete_async(model=MODEL, messages=HI)
            with pytest.raises(ValueError, match="async_transport"):
                mistral.chat.stream_async(model=MODEL, messages=HI)

    asyncio.run(main())
    assert double.closed == 1


def test_what_is_the_transports_own() -> None:
    own: list[dict[str, Any]] = [{"proxies": {}}, {"ssl_context": ssl.create_default_context()}]
    for options in [*own, {"client": Httpx()}]:
        with pytest.raises(ValueError, match="transport"):
            Mistral(KEY, transport=Double(), **options)
    with pytest.raises(ValueError, match="transport"):
        Mistral(KEY, client=Httpx(), proxies={})


# -- clients of httpx


class Httpx:
    """What httpx's clients are to us: this answers with these, and then fails."""

    def __init__(self, *answers: Reply) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def build_request(self, method: str, url: str, **rest: Any) -> dict[str, Any]:
        return {"method": method, "url": url, **rest}

    def send(self, request: dict[str, Any], **how: Any) -> Any:
        self.asked.append(request | how)
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
    client = kind(reply)
    options: dict[str, Any] = {option: client, "retry_config": 0, "server_url": URL}
    with Mistral(KEY, timeout_ms=Timeouts(1000, 2000, 60_000), **options) as mistral:
        assert text_of(CALLS[name](mistral)) == "Bonjour"
        with pytest.raises(NoResponseError, match="no answer is left"):
            CALLS[name](mistral)
    asked = client.asked[0]
    assert asked["headers"]["authorization"] == f"Bearer {KEY}"
    assert (asked["method"], asked["url"]) == ("POST", f"{URL}/v1/chat/completions")
    assert asked["timeout"] == (1, 2, 2, 1)
    assert asked["stream"] and not asked["follow_redirects"]
    assert reply.done == ["close"]


def test_another_client_of_httpx(httpx: None) -> None:
    first, second = AsyncHttpx(), AsyncHttpx(good("stream_async"))
    mistral = Mistral(KEY, server_url=URL, async_client=first)
    assert mistral.sdk_configuration.async_client is first
    mistral.sdk_configuration.async_client = second
    assert mistral.sdk_configuration.async_client is second

    async def main() -> None:
        events = await mistral.chat.stream_async(model=MODEL, messages=HI)
        assert (await anext(events)).text == "Bon"
        assert events.response.status_code == 200
        await events.response.aclose()
        assert [event async for event in events] == []
        await mistral.close_async()

    asyncio.run(main())
    assert not first.asked
    assert Mistral(KEY).sdk_configuration.async_client is None


def test_a_plain_call_waits_for_nothing_else() -> None:
    with pytest.raises(RuntimeError):
        run(asyncio.sleep(0))


def test_tries_are_not_fewer_than_none() -> None:
    with pytest.raises(ValueError, match="max_retries"):
        RetryConfig("backoff", DEFAULT_RETRY_CONFIG.backoff, True, max_retries=-1)
