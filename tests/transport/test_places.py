"""Places for tasks: as many as there are, first come first served, and none is lost."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mistral_proto.transport.failures import NoFreeConnectionError
from mistral_proto.transport.workers import Places

WAIT = 20.0


def test_free_places_are_taken_at_once() -> None:
    async def main() -> None:
        places = Places(2)
        await places.take(WAIT)
        await places.take(WAIT)
        for _ in range(3):
            with pytest.raises(NoFreeConnectionError, match="^timed out; all of 2 connections "):
                await places.take(0)
        places.give_back()
        await places.take(WAIT)

    asyncio.run(main())


@pytest.mark.parametrize("from_a_thread", [False, True])
def test_who_waits_first_is_first(from_a_thread: bool) -> None:
    async def main() -> None:
        places, order = Places(1), []

        async def use(number: int) -> None:
            await places.take(WAIT)
            order.append(number)
            if from_a_thread:
                await asyncio.to_thread(places.give_back)
            else:
                places.give_back()

        await places.take(WAIT)
        tasks = [asyncio.ensure_future(use(number)) for number in range(9)]
        await asyncio.sleep(0)
        assert order == []
        places.give_back()
        await asyncio.gather(*tasks)
        assert order == list(range(9))
        await places.take(WAIT)

    asyncio.run(main())


@pytest.mark.parametrize("given_back", [False, True])
@pytest.mark.parametrize("turns", range(5))
def test_a_wait_that_is_cancelled(turns: int, given_back: bool) -> None:
    """No cancellation is lost, and no place, however close they come."""

    async def main() -> None:
        places = Places(1)
        await places.take(WAIT)
        waiting = asyncio.ensure_future(places.take(WAIT))
        for _ in range(3):
            await asyncio.sleep(0)
        if given_back:
            places.give_back()
            for _ in range(turns):
                await asyncio.sleep(0)
        if waiting.cancel():
            with pytest.raises(asyncio.CancelledError):
                await waiting
        else:
            assert given_back and turns  # it had its place
            places.give_back()
        if not given_back:
            places.give_back()
        await places.take(WAIT)
        with pytest.raises(TimeoutError):
            await places.take(0)

    asyncio.run(main())


def test_who_gave_up_leaves_the_place_to_the_next() -> None:
    async def main() -> None:
        places = Places(1)
        await places.take(WAIT)
        impatient = asyncio.ensure_future(places.take(0.001))
        patient = asyncio.ensure_future(places.take(WAIT))
        with pytest.raises(TimeoutError):
            await impatient
        places.give_back()
        await patient

    asyncio.run(main())


def test_the_time_and_the_place_at_once() -> None:
    async def main() -> None:
        places = Places(1)
        await places.take(WAIT)
        waiting = asyncio.ensure_future(places.take(WAIT))
        await asyncio.sleep(0)
        place = places._waiting[0]
        places.give_back()  # on its way …
        places._give_up(place)  # … when the time was over
        with pytest.raises(TimeoutError):
            await waiting
        await places.take(WAIT)
        # And the other way round.
        waiting = asyncio.ensure_future(places.take(WAIT))
        await asyncio.sleep(0)
        place = places._waiting[0]
        places.give_back()
        await waiting
        places._give_up(place)

    asyncio.run(main())


def test_whoever_waits_in_a_loop_that_was_closed_gets_none() -> None:
    places = Places(1)

    async def take() -> None:
        await places.take(WAIT)

    asyncio.run(take())
    loop = asyncio.new_event_loop()
    waiting = loop.create_task(take())
    loop.run_until_complete(asyncio.sleep(0))
    loop.call_soon(waiting.cancel)
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(waiting)
    loop.close()
    places.give_back()
    asyncio.run(take())


def test_after_a_fork_all_places_are_free(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        places = Places(2)
        for pid in (-1, -2):
            await places.take(WAIT)
            await places.take(WAIT)
            with pytest.raises(TimeoutError):
                await places.take(0)
            monkeypatch.setattr(os, "getpid", lambda pid=pid: pid)
        places.give_back()  # the parent's
        for _ in range(2):
            await places.take(WAIT)
        with pytest.raises(TimeoutError):
            await places.take(0)
        monkeypatch.undo()

    asyncio.run(main())


def test_loops_share_the_places() -> None:
    places, most, lock = Places(3), [0, 0], threading.Lock()

    async def use() -> None:
        for _ in range(20):
            await places.take(WAIT)
            with lock:
                most[0] += 1
                most[1] = max(most)
            await asyncio.sleep(0)
            with lock:
                most[0] -= 1
            places.give_back()

    async def main() -> None:
        await asyncio.gather(*[use() for _ in range(5)])

    def run(main: Callable[[], Any]) -> None:
        asyncio.run(main())

    with ThreadPoolExecutor() as threads:
        list(threads.map(run, [main] * 4))
    assert most[1] <= 3
    assert places._free == 3
