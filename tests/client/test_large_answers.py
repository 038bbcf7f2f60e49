"""Large answers are decoded off the event loop, and within the deadline of their call."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from mistral_proto.client.operations import LARGE

from mistral_proto import (
    ChatCompletionResponse,
    CompletionEvent,
    IncompleteStreamError,
    Mistral,
    NoResponseError,
)
from mistral_proto.testing import MockServer
from tests.client.doubles import AsyncDouble, Reply, asked, client, streamed, whole
from tests.client.support import DONE, HI, KEY, WHOLE, piece

TEXT = "x" * (LARGE + 1)
BODY = WHOLE.replace(b"Bonjour", TEXT.encode())
EVENT = piece(TEXT, "stop")


async def completed(mistral: Mistral, timeout_ms: int = 10_000) -> str:
    answer = await mistral.chat.complete_async(model="m", messages=HI, timeout_ms=timeout_ms)
    return answer.choices[0].message.text


async def streamed_text(mistral: Mistral, timeout_ms: int = 10_000) -> str:
    return "".join([text async for text in asked(mistral, timeout_ms=timeout_ms).text()])


# The call, the type that it reads, what the server sends, and how a decode that lasts ends.
Case = tuple[Callable[..., Any], Any, Callable[[], Reply], Any]
CASES: dict[str, Case] = {
    "complete": (
        completed,
        ChatCompletionResponse,
        lambda: Reply(BODY),
        NoResponseError,
    ),
    "stream": (
        streamed_text,
        CompletionEvent,
        lambda: streamed(EVENT[:100_000], EVENT[100_000:], DONE),
        IncompleteStreamError,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_event_loop_goes_on(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    call, cls, reply, _ = case
    on_loop, read = threading.Event(), cls.from_dict

    def wait_for_the_loop(document: Any) -> Any:
        assert on_loop.wait(10)
        return read(document)

    monkeypatch.setattr(cls, "from_dict", wait_for_the_loop)

    async def main() -> str:
        asyncio.get_running_loop().call_later(0.05, on_loop.set)
        text: str = await call(client(AsyncDouble(reply())))
        return text

    assert asyncio.run(main()) == TEXT


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_deadline_ends_the_call(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    call, cls, reply, kind = case
    over = threading.Event()
    monkeypatch.setattr(cls, "from_dict", lambda document: over.wait(10))

    async def main() -> None:
        answer = reply()
        started = time.monotonic()
        with pytest.raises(kind, match="broke off: timed out") as caught:
            await call(client(AsyncDouble(answer)), timeout_ms=100)
        over.set()
        assert time.monotonic() - started < 5
        assert (caught.value.status_code, caught.value.tries) == (200, 1)
        assert {*answer.done} == {"close"}

    asyncio.run(main())


def test_a_small_one_is_decoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "to_thread", None)  # what calls it, fails
    assert asyncio.run(completed(client(AsyncDouble(whole())))) == "Bonjour"


def test_the_threads_are_those_of_the_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "to_thread", None)

    async def main(url: str) -> str:
        async with Mistral(KEY, server_url=url, timeout_ms=10_000) as mistral:
            return await completed(mistral)

    with MockServer([TEXT]) as server:
        assert asyncio.run(main(server.url)) == TEXT
