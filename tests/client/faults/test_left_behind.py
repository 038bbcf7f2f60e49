"""What a client and a stream leave behind: when they are closed, dropped, or forked."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import warnings
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from mistral_proto import Mistral, MistralError
from tests.client.faults.servers import (
    EVENTS_HEAD,
    LAST_CHUNK,
    WAIT,
    FaultServer,
    Line,
    chunk,
    echo,
    stall,
)
from tests.client.faults.table import (
    ALL,
    CALLS,
    RETRIES,
    Says,
    SkippingClock,
    client,
    end_of,
    text_of,
)
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.client.support import DONE, HI, MODEL, answer, complete, piece
from tests.imported_from import ROOT
from tests.testing.raw import eventually

PATH = {**os.environ, "PYTHONPATH": str(ROOT)}
every_call = pytest.mark.parametrize("name", ALL)
BEGUN = (EVENTS_HEAD + chunk(piece("a")) + chunk(piece("b")), stall)


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """No ResourceWarning, not even from the garbage collector."""
    gc.collect()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert [str(one.message) for one in caught] == []


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


@pytest.mark.parametrize("in_a_cycle", [False, True])
@pytest.mark.parametrize("events_read", [0, 1])
def test_a_stream_that_is_dropped(events_read: int, in_a_cycle: bool) -> None:
    with FaultServer(BEGUN) as server, nothing_left_behind(), client(server) as mistral:
        events = mistral.chat.stream(model=MODEL, messages=HI)
        for _ in range(events_read):
            next(events)
        if in_a_cycle:
            loop: list[object] = [events]
            loop.append(loop)
            del loop
        del events
        gc.collect()
        eventually(lambda: server.open == 0)
        assert text_of(complete(mistral)) == "Bonjour"


def test_a_stream_outlives_its_client_that_is_dropped() -> None:
    """Whoever keeps the stream alone still reads it to its end."""
    go_on = threading.Event()

    def script(line: Line) -> None:
        line.send(EVENTS_HEAD + chunk(piece("Bon")))
        assert go_on.wait(WAIT)
        line.send(chunk(piece("jour", "stop") + DONE) + LAST_CHUNK)

    with FaultServer(script) as server, nothing_left_behind():
        mistral = client(server)
        events = mistral.chat.stream(model=MODEL, messages=HI)
        del mistral
        gc.collect()
        go_on.set()
        assert text_of(list(events)) == "Bonjour"
        del events
        gc.collect()
        eventually(lambda: server.open == 0)


@pytest.mark.parametrize("how", ["with", "close", "break", "raise"])
def test_a_stream_that_is_left_early(how: str) -> None:
    with FaultServer(BEGUN) as server, nothing_left_behind(), client(server) as mistral:
        events = mistral.chat.stream(model=MODEL, messages=HI)
        if how == "close":
            next(events)
            events.close()
            events.close()
            assert list(events) == []
        elif how == "raise":
            with pytest.raises(ZeroDivisionError), events:
                raise ZeroDivisionError
        else:
            with events:
                for _ in events:
                    if how == "break":
                        break
                    next(events)
                    break
        eventually(lambda: server.open == 0)
        # A connection with the rest of an answer in it serves nobody.
        assert text_of(complete(mistral)) == "Bonjour"
        assert server.connections == 2


@every_call
def test_an_error_that_is_kept_holds_no_connection(name: str) -> None:
    kept = []
    with FaultServer(*[answer(500)] * 5) as server, nothing_left_behind():
        with client(server) as mistral:
            for _ in range(5):
                kept.append(end_of(name, mistral).error)
            eventually(lambda: server.open == 0)
    assert len(kept) == 5


FIFTY = [answer(status, b"no", "content-type: text/event-stream") for status in (400, 429, 500)]


@every_call
def test_fifty_error_answers(name: str) -> None:
    """Fifty in a row leave nothing open, and the next call works."""
    with FaultServer(*(FIFTY * 17)[:50]) as server, nothing_left_behind():
        with client(server) as mistral:
            for _ in range(50):
                assert end_of(name, mistral).error is not None
            eventually(lambda: server.open == 0)
            assert len(server.received) == server.connections == 50
            end_of(name, mistral).check(Says())
            eventually(lambda: server.open == server.idle == 1)
        eventually(lambda: server.open == 0)


class Trouble(Exception):
    """What a user's function raises."""


@every_call
@pytest.mark.parametrize("hook", ["before_request", "after_response", "api_key"])
def test_a_users_function_that_raises(hook: str, name: str) -> None:
    def fail(*_: object) -> str:
        raise Trouble

    with FaultServer() as server, nothing_left_behind():
        mistral = client(server, **{hook: fail})
        for _ in range(3):
            with pytest.raises(Trouble):
                CALLS[name](mistral)
        eventually(lambda: server.open == 0)
        mistral.close()


@every_call
def test_a_clock_that_raises(name: str) -> None:
    """Such as KeyboardInterrupt in a wait."""

    class Interrupted(SkippingClock):
        def sleep(self, seconds: float) -> None:
            raise Trouble

    with FaultServer(then=answer(503)) as server, nothing_left_behind():
        with client(server, clock=Interrupted(), retry_config=RETRIES) as mistral:
            with pytest.raises(Trouble):
                CALLS[name](mistral)
            eventually(lambda: server.open == 0)


# -- closed, and forked


@every_call
def test_a_client_that_was_closed_opens_again(name: str) -> None:
    with FaultServer() as server:
        mistral = client(server)
        for number in range(3):
            end_of(name, mistral).check(Says())
            mistral.close()
            mistral.close()
            eventually(lambda: server.open == 0)
            assert server.connections == number + 1


def test_closing_ends_what_is_under_way() -> None:
    begun = threading.Event()

    def script(line: Line) -> None:
        line.send(EVENTS_HEAD + chunk(piece("a")))
        begun.set()
        line.hear_out()

    with FaultServer(script) as server, client(server, timeout_ms=60_000) as mistral:
        with ThreadPoolExecutor(1) as threads:
            ended = threads.submit(end_of, "stream", mistral)
            assert begun.wait(WAIT)
            mistral.close()
            assert ended.result(WAIT).error is not None
        eventually(lambda: server.open == 0)


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_in_between(tls: bool) -> None:
    """The child opens a connection of its own; the parent's goes on."""
    with FaultServer(then=echo, context=LOCALHOST if tls else None) as server:
        url = f"https://localhost:{server.port}" if tls else server.url
        mistral = client(server, server_url=url, ssl_context=TRUST)

        def says(text: str) -> str:
            return text_of(complete(mistral, messages=[{"role": "user", "content": text}]))

        assert says("before") == "before"
        eventually(lambda: server.idle == 1)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                signal.alarm(20)
                if says("of the child") == "of the child":
                    mistral.close()
                    status = 0
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        assert says("of the parent") == "of the parent"
        asked = [json.loads(one.body)["messages"][0]["content"] for one in server.received]
        assert asked == ["before", "of the child", "of the parent"]
        assert server.connections == 2
        eventually(lambda: server.open == 1)
        mistral.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_while_a_stream_is_open() -> None:
    """The child's end does not end the parent's stream."""
    go_on = threading.Event()

    def script(line: Line) -> None:
        line.send(EVENTS_HEAD + chunk(piece("Bon")))
        assert go_on.wait(WAIT)
        line.send(chunk(piece("jour", "stop") + DONE) + LAST_CHUNK)

    with FaultServer(script) as server, client(server, timeout_ms=60_000) as mistral:
        with mistral.chat.stream(model=MODEL, messages=HI) as events:
            first = next(events)
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    signal.alarm(20)
                    events.close()
                    mistral.close()
                    if text_of(complete(mistral)) == "Bonjour":
                        status = 0
                finally:
                    os._exit(status)
            assert os.waitpid(child, 0)[1] == 0
            go_on.set()
            assert text_of([first, *events]) == "Bonjour"


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
    ends: list[bool] = []

    def ask(mistral: Mistral, name: str) -> None:
        for _ in range(40):
            try:
                CALLS[name](mistral)
            except MistralError:
                ends.append(False)
            else:
                ends.append(True)

    def close(mistral: Mistral) -> None:
        while not over.wait(0.001):
            mistral.close()

    with FaultServer() as server, client(server) as mistral:
        closing = threading.Thread(target=close, args=[mistral])
        asking = [threading.Thread(target=ask, args=[mistral, name]) for name in ALL * 2]
        for thread in [closing, *asking]:
            thread.start()
        for thread in asking:
            thread.join()
        over.set()
        closing.join()
        assert len(ends) == 40 * len(asking)
        end_of("stream", mistral).check(Says())
        mistral.close()
        eventually(lambda: server.open == 0)


FORGETFUL = """
import asyncio, sys
from mistral_proto import Mistral

async def main():
    mistral = Mistral("k", server_url=sys.argv[1])
    messages = [{"role": "user", "content": "Hi"}]
    call = asyncio.ensure_future(mistral.chat.complete_async(model="m", messages=messages))
    await asyncio.wait({call}, timeout=0.2)
    return call

loop = asyncio.new_event_loop()
call = loop.run_until_complete(main())
print("waiting:", not call.done(), flush=True)
"""


def test_a_program_that_ends_waits_for_no_server() -> None:
    with FaultServer(stall) as server:
        program = [sys.executable, "-c", FORGETFUL, server.url]
        ended = subprocess.run(program, capture_output=True, text=True, timeout=WAIT, env=PATH)
        assert ended.stdout == "waiting: True\n"
        eventually(lambda: server.open == 0)
