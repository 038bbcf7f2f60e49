"""What carries a client's calls, where it is not what it usually is."""

from __future__ import annotations

import asyncio
import ssl
import sys
from typing import Any

import pytest

from mistral_proto import Mistral, RetryConfig
from mistral_proto.client.io import run
from mistral_proto.retry import DEFAULT_RETRY_CONFIG
from mistral_proto.testing import MockServer
from tests.client.doubles import Double, good
from tests.client.support import HI, KEY, MODEL, URL, complete, text_of


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
    for options in own:
        with pytest.raises(ValueError, match="transport"):
            Mistral(KEY, transport=Double(), **options)


def test_a_plain_call_waits_for_nothing_else() -> None:
    with pytest.raises(RuntimeError):
        run(asyncio.sleep(0))


def test_tries_are_not_fewer_than_none() -> None:
    with pytest.raises(ValueError, match="max_retries"):
        RetryConfig("backoff", DEFAULT_RETRY_CONFIG.backoff, True, max_retries=-1)
