"""What a client and a stream leave behind: when they are closed, dropped, or forked."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from mistral_proto import Mistral, MistralError, SDKError
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
    echo,
    gate,
    piece,
    stall,
)
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.client.support import (
    ALL,
    CALLS,
    HI,
    MODEL,
    RETRIES,
    Says,
    client,
    complete,
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


def in_two_halves(event: threading.Event) -> Script:
    """The stream "Bonjour", whose second half waits for the test."""
    last = chunk(piece("jour", "stop") + DONE) + LAST_CHUNK
    return (EVENTS_HEAD + chunk(piece("Bon")), gate(event), last)


# -- dropped


@every_call
@pytest.mark.parametrize("in_a_cycle", [False, True])
def test_a_client_that_is_dropped(name: str, in_a_cycle: bool) -> None:
    with FaultServer() as server, nothing_left_behind():
        mistral = client(server)
        CALLS[name](mistral)
        eventually(lambda: server.idle == 1)
        if in_a_cycle:
            loop: list[object] = [mistral]
            loop.append(loop)
            del loop
        gone = weakref.ref(mistral)
        del mistral
        gc.collect()
        assert gone() is None
        eventually(lambda: server.open == 0)


class Trouble(Exception):
    """What a user's function raises."""


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
            with suppress(Trouble):
                async with events:
                    async for _ in events:
                        if how == "raised":
                            raise Trouble
                        break
        elif how == "in a cycle":
            loop: list[object] = [events]
            loop.append(loop)

    async def main(mistral: Mistral) -> str:
        await leave(mistral)
        gc.collect()
        await soon(lambda: server.open == 0)
        # A connection with the rest of an answer in it serves nobody.
        said = text_of(await complete_async(mistral))
        await mistral.close_async()
        return said

    with FaultServer(BEGUN) as server, nothing_left_behind():
        assert asyncio.run(main(client(server))) == "Bonjour"
        assert server.connections == 2


def test_a_stream_outlives_its_client_that_is_dropped() -> None:
    """Whoever keeps the stream alone still reads it to its end."""
    go_on = threading.Event()
    with FaultServer(in_two_halves(go_on)) as server, nothing_left_behind():
        mistral = client(server)
        events = mistral.chat.stream(model=MODEL, messages=HI)
        del mistral
        gc.collect()
        go_on.set()
        assert text_of(list(events)) == "Bonjour"
        del events
        gc.collect()
        eventually(lambda: server.open == 0)


# -- after an error

FIFTY = [answer(status, b"no", "content-type: text/event-stream") for status in (400, 429, 500)]


@every_call
def test_fifty_error_answers(name: str) -> None:
    """Fifty in a row leave nothing open, kept errors hold nothing, and the next call works."""
    with FaultServer(*(FIFTY * 17)[:50]) as server, nothing_left_behind():
        with client(server) as mistral:
            kept = [end_of(name, mistral).error for _ in range(50)]
            assert all(isinstance(error, SDKError) for error in kept)
            eventually(lambda: server.open == 0)
            assert len(server.received) == server.connections == 50
            end_of(name, mistral).check(Says())
            eventually(lambda: server.open == server.idle == 1)
        eventually(lambda: server.open == 0)


def trouble(*_: object) -> Any:
    raise Trouble


class Interrupted(SkippingClock):
    """Such as by KeyboardInterrupt in a wait."""

    def sleep(self, seconds: float) -> None:
        raise Trouble


@every_call
@pytest.mark.parametrize("hook", ["before_request", "after_response", "api_key", "clock"])
def test_a_users_function_that_raises(hook: str, name: str) -> None:
    given = Interrupted() if hook == "clock" else trouble
    with FaultServer(then=answer(503)) as server, nothing_left_behind():
        mistral = client(server, **{"retry_config": RETRIES, hook: given})
        for _ in range(3):
            with pytest.raises(Trouble):
                CALLS[name](mistral)
        eventually(lambda: server.open == 0)
        mistral.close()


# -- closed


def test_closing_ends_what_is_under_way() -> None:
    with FaultServer(BEGUN) as server, client(server, timeout_ms=60_000) as mistral:
        with ThreadPoolExecutor(1) as threads:
            ended = threads.submit(end_of, "stream", mistral)
            eventually(lambda: server.received)
            mistral.close()
            assert ended.result(WAIT).error is not None
        eventually(lambda: server.open == 0)


def test_a_stream_that_another_thread_closes() -> None:
    with FaultServer(BEGUN) as server, client(server, timeout_ms=60_000) as mistral:
        events = mistral.chat.stream(model=MODEL, messages=HI)
        next(events)
        next(events)
        with ThreadPoolExecutor(1) as threads:
            rest = threads.submit(list, events)
            eventually(lambda: rest.running())
            events.close()
            assert rest.result(WAIT) == []
        eventually(lambda: server.open == 0)


def test_a_client_that_is_closed_over_and_over_while_others_use_it() -> None:
    """Calls fail or not, and none hangs; in the end nothing is open, and the client works."""
    over = threading.Event()

    def close(mistral: Mistral) -> None:
        while not over.wait(0.001):
            mistral.close()

    def ask(mistral: Mistral, name: str) -> int:
        for _ in range(40):
            with suppress(MistralError):
                CALLS[name](mistral)
        return 40

    with FaultServer() as server, client(server) as mistral:
        with ThreadPoolExecutor(9) as threads:
            threads.submit(close, mistral)
            asking = [threads.submit(ask, mistral, name) for name in ALL * 2]
            assert [each.result() for each in asking] == [40] * 8
            over.set()
        end_of("stream", mistral).check(Says())
        mistral.close()
        eventually(lambda: server.open == 0)


# -- forked, and at the end of the process

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
may_warn = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def in_a_child(work: Callable[[], bool]) -> bool:
    """Whether a forked process does its work."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.alarm(20)
            status = 0 if work() else 1
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


@needs_fork
@may_warn
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_a_fork_in_between(tls: bool) -> None:
    """The child opens a connection of its own; the parent's goes on."""
    with FaultServer(then=echo, context=LOCALHOST if tls else None) as server:
        url = f"https://localhost:{server.port}" if tls else server.url
        mistral = client(server, server_url=url, ssl_context=TRUST)

        def says(text: str) -> bool:
            return text_of(complete(mistral, messages=[{"role": "user", "content": text}])) == text

        assert says("before")
        eventually(lambda: server.idle == 1)
        assert in_a_child(lambda: says("of the child"))
        assert says("of the parent")
        said = [json.loads(one.body)["messages"][0]["content"] for one in server.received]
        assert said == ["before", "of the child", "of the parent"]
        assert server.connections == 2
        eventually(lambda: server.open == 1)
        mistral.close()


@needs_fork
@may_warn
def test_a_fork_while_a_stream_is_open() -> None:
    """The child's end does not end the parent's stream."""
    go_on = threading.Event()

    def work() -> bool:
        events.close()
        mistral.close()
        return text_of(complete(mistral)) == "Bonjour"

    with FaultServer(in_two_halves(go_on)) as server:
        with client(server, timeout_ms=60_000) as mistral:
            with mistral.chat.stream(model=MODEL, messages=HI) as events:
                first = next(events)
                assert in_a_child(work)
                go_on.set()
                assert text_of([first, *events]) == "Bonjour"
