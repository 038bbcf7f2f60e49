"""Connections, threads and warnings after clients and calls are closed, dropped or cancelled."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from mistral_proto import Mistral, MistralError, SDKError, UrllibTransport
from tests.client.doubles import SkippingClock
from tests.client.faults.servers import (
    DONE,
    EVENTS_HEAD,
    LAST_CHUNK,
    WAIT,
    FaultServer,
    Script,
    answer,
    chunk,
    gate,
    piece,
    stall,
)
from tests.client.support import (
    ALL,
    ASYNC,
    CALLS,
    HI,
    MODEL,
    RETRIES,
    WAITS,
    Says,
    client,
    complete_async,
    end_of,
    every_call,
    every_stream,
    nothing_left_behind,
    opened,
    soon,
    text_of,
)
from tests.testing.raw import eventually

BEGUN: Script = (EVENTS_HEAD + chunk(piece("a")) + chunk(piece("b")), stall)


@every_call
def test_a_dropped_client(name: str) -> None:
    for in_a_cycle in (False, True):
        with FaultServer() as server, nothing_left_behind():
            mistral = client(server)
            CALLS[name](mistral)
            eventually(lambda: server.idle == 1)
            if in_a_cycle:
                cycle: list[object] = [mistral]
                cycle.append(cycle)
                del cycle
            gone = weakref.ref(mistral)
            del mistral
            gc.collect()
            assert gone() is None
            eventually(lambda: server.open == 0)


class UserError(Exception):
    """An error of a function of the user."""


@every_stream
@pytest.mark.parametrize("how", ["opened", "read", "closed", "left", "raised", "in a cycle"])
def test_a_stream_that_is_not_read_to_its_end(how: str, name: str) -> None:
    async def leave(mistral: Mistral) -> None:
        events = await opened(name, mistral)
        if how in ("read", "closed"):
            await anext(events)
        if how == "closed":
            await events.close()
        elif how in ("left", "raised"):
            with suppress(UserError):
                async with events:
                    async for _ in events:
                        if how == "raised":
                            raise UserError
                        break
        elif how == "in a cycle":
            cycle: list[object] = [events]
            cycle.append(cycle)

    async def main(mistral: Mistral) -> str:
        await leave(mistral)
        gc.collect()
        await soon(lambda: server.open == 0)
        text = text_of(await complete_async(mistral))
        await mistral.close_async()
        return text

    with FaultServer(BEGUN) as server, nothing_left_behind():
        assert asyncio.run(main(client(server))) == "Bonjour"
        assert server.connections == 2


def test_a_stream_outlives_its_dropped_client() -> None:
    goes_on = threading.Event()
    last = chunk(piece("jour", "stop") + DONE) + LAST_CHUNK
    script = (EVENTS_HEAD + chunk(piece("Bon")), gate(goes_on), last)
    with FaultServer(script) as server, nothing_left_behind():
        mistral = client(server)
        events = mistral.chat.stream(model=MODEL, messages=HI)
        del mistral
        gc.collect()
        goes_on.set()
        assert text_of(list(events)) == "Bonjour"
        del events
        gc.collect()
        eventually(lambda: server.open == 0)


@every_call
def test_fifty_errors(name: str) -> None:
    replies = [answer(it, b"no", "content-type: text/event-stream") for it in (400, 429, 500)]
    with FaultServer(*(replies * 17)[:50]) as server, nothing_left_behind():
        with client(server) as mistral:
            kept = [end_of(name, mistral).error for _ in range(50)]
            assert all(isinstance(error, SDKError) for error in kept)
            eventually(lambda: server.open == 0)
            assert len(server.received) == server.connections == 50
            end_of(name, mistral).check(Says())
            eventually(lambda: server.open == server.idle == 1)
        eventually(lambda: server.open == 0)


def fail(*_: object) -> Any:
    raise UserError


class Interrupted(SkippingClock):
    def sleep(self, seconds: float) -> None:
        raise UserError


@every_call
def test_a_function_of_the_user_that_raises(name: str) -> None:
    for hook in ("before_request", "after_response", "api_key", "clock"):
        given = Interrupted() if hook == "clock" else fail
        with FaultServer(then=answer(503)) as server, nothing_left_behind():
            mistral = client(server, **{"retry_config": RETRIES, hook: given})
            for _ in range(3):
                with pytest.raises(UserError):
                    CALLS[name](mistral)
            eventually(lambda: server.open == 0)
            mistral.close()


def test_close_from_another_thread() -> None:
    with FaultServer(BEGUN, BEGUN) as server, client(server, timeout_ms=60_000) as mistral:
        with ThreadPoolExecutor(1) as threads:
            ended = threads.submit(end_of, "stream", mistral)
            eventually(lambda: server.received)
            mistral.close()
            assert ended.result(WAIT).error is not None
            events = mistral.chat.stream(model=MODEL, messages=HI)
            next(events)
            next(events)
            rest = threads.submit(list, events)
            eventually(lambda: rest.running())
            events.close()
            assert rest.result(WAIT) == []
        eventually(lambda: server.open == 0)


def test_a_client_that_is_closed_again_and_again_while_it_is_used() -> None:
    over = threading.Event()

    def close() -> None:
        while not over.wait(0.001):
            mistral.close()

    def ask(name: str) -> None:
        for _ in range(30):
            with suppress(MistralError):
                CALLS[name](mistral)

    with FaultServer() as server, client(server) as mistral:
        with ThreadPoolExecutor(9) as threads:
            threads.submit(close)
            try:
                for asking in [threads.submit(ask, name) for name in ALL * 2]:
                    asking.result()
            finally:
                over.set()
        end_of("stream", mistral).check(Says())
        mistral.close()
        eventually(lambda: server.open == 0)


# -- cancelled


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("name", ASYNC)
def test_a_cancelled_wait_for_a_retry(name: str) -> None:
    waits: list[float] = []

    class Waiting(SkippingClock):
        async def sleep_async(self, seconds: float) -> None:
            waits.append(seconds)
            await asyncio.Event().wait()

    async def main(server: FaultServer) -> None:
        async with client(server, clock=Waiting(), retry_config=RETRIES) as mistral:
            task = asyncio.ensure_future(ASYNC[name](mistral))
            while not waits:
                await asyncio.sleep(0)
            await soon(lambda: server.open == 0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert len(server.received) == 1

    with FaultServer(then=answer(503)) as server:
        asyncio.run(main(server))
    assert waits == WAITS[:1]


def test_cancellations_at_any_time() -> None:
    """Each of hundreds of calls is cancelled after some turns of the loop."""

    async def main(server: FaultServer) -> None:
        transport = UrllibTransport(max_connections=4)
        async with client(server, transport=transport, timeout_ms=60_000) as mistral:
            for count in range(40):
                tasks = [asyncio.ensure_future(ASYNC[name](mistral)) for name in [*ASYNC] * 4]
                await turns(count)
                for task in tasks[count % 2 :: 2]:
                    task.cancel()
                for ended in await asyncio.gather(*tasks, return_exceptions=True):
                    if not isinstance(ended, asyncio.CancelledError):
                        assert text_of(ended) == "Bonjour"
            # Each of the four slots is free.
            await asyncio.gather(*[complete_async(mistral) for _ in range(16)])
        await soon(lambda: server.open == 0)

    with FaultServer() as server, nothing_left_behind():
        asyncio.run(main(server))
