"""A stream has one reader at a time: a second thread or task is refused, and harms nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from mistral_proto import AsyncHTTPResponse, HTTPResponse, Mistral
from tests.client.doubles import AsyncDouble, Double, streamed
from tests.client.support import DONE, HI, MODEL, client, piece


class Gated:
    """A body that waits between its two pieces, as long as the test wants."""

    def __init__(self) -> None:
        self.waits = threading.Event()
        self.opened = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        yield piece("Bon")
        self.waits.set()
        assert self.opened.wait(20)
        yield piece("jour", "stop") + DONE

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield piece("Bon")
        self.waits.set()
        while not self.opened.is_set():
            await asyncio.sleep(0)
        yield piece("jour", "stop") + DONE


class Gate(Double):
    def __init__(self) -> None:
        super().__init__()
        self.body = Gated()

    def send(self, request: Any) -> HTTPResponse:
        return HTTPResponse(200, {}, self.body)


class AsyncGate(AsyncDouble):
    def __init__(self) -> None:
        super().__init__()
        self.body = Gated()

    async def send(self, request: Any) -> AsyncHTTPResponse:
        return AsyncHTTPResponse(200, {}, self.body)


def text(event: Any) -> str:
    told: str = event.data.choices[0].delta.text
    return told


def test_another_thread() -> None:
    gate = Gate()
    with client(gate) as mistral:
        events = mistral.chat.stream(model=MODEL, messages=HI)
        assert text(next(events)) == "Bon"
        got: list[str] = []
        reader = threading.Thread(target=lambda: got.extend(text(event) for event in events))
        reader.start()
        assert gate.body.waits.wait(20)
        with pytest.raises(RuntimeError):
            next(events)
        gate.body.opened.set()
        reader.join(20)
        assert got == ["jour"]
        assert events.until_done().choices[0].message.text == "Bonjour"


def test_another_task() -> None:
    gate = AsyncGate()

    async def main(mistral: Mistral) -> None:
        async with mistral.chat.stream_async(model=MODEL, messages=HI) as events:
            assert text(await anext(events)) == "Bon"
            reader = asyncio.ensure_future(anext(events))
            while not gate.body.waits.is_set():
                await asyncio.sleep(0)
            with pytest.raises(RuntimeError):
                await anext(events)
            with pytest.raises(RuntimeError):
                await events
            gate.body.opened.set()
            assert text(await reader) == "jour"
            assert (await events.until_done()).choices[0].message.text == "Bonjour"

    asyncio.run(main(client(gate)))


def test_two_tasks_that_open_it() -> None:
    sent = []

    class Slow(AsyncDouble):
        async def send(self, request: Any) -> AsyncHTTPResponse:
            sent.append(request)
            await asyncio.sleep(0)
            response: AsyncHTTPResponse = streamed().response(AsyncHTTPResponse)
            return response

    async def main(mistral: Mistral) -> None:
        events = mistral.chat.stream_async(model=MODEL, messages=HI)
        first = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError):
            await events
        assert text(await first) == "Bon"

    asyncio.run(main(client(Slow())))
    assert len(sent) == 1
