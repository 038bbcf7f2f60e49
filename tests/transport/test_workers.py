"""Threads that run jobs: none is lost, and none stays behind."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from queue import Empty
from typing import Any

import pytest

from mistral_proto.transport import workers
from mistral_proto.transport.workers import Workers
from tests.testing.raw import eventually

WAIT = 20.0


def ours() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "mistral_proto"}


@pytest.fixture(autouse=True)
def threads_that_end() -> Iterator[None]:
    before = ours()
    yield
    eventually(lambda: ours() <= before)


@pytest.fixture
def made() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.dismiss()


# -- jobs


def test_a_job(made: Workers) -> None:
    assert made.submit(lambda: 5).result(WAIT) == 5
    assert made.submit(lambda: made.submit(lambda: 6).result(WAIT)).result(WAIT) == 6
    assert made.submit(threading.current_thread).result(WAIT).daemon


@pytest.mark.parametrize("error", [ZeroDivisionError(), SystemExit(), KeyboardInterrupt()])
def test_a_job_that_fails(error: BaseException, made: Workers) -> None:
    def fail() -> None:
        raise error

    assert made.submit(fail).exception(WAIT) is error
    assert made.submit(lambda: 5).result(WAIT) == 5


def test_a_job_that_is_cancelled_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on, begun = threading.Event(), threading.Event()
    work = workers._Crew._work

    def late(crew: workers._Crew) -> None:
        begun.set()
        assert goes_on.wait(WAIT)
        work(crew)

    monkeypatch.setattr(workers._Crew, "_work", late)
    done: list[int] = []
    made = Workers()
    future = made.submit(lambda: done.append(1))
    assert begun.wait(WAIT)
    assert future.cancel()
    goes_on.set()
    assert made.submit(lambda: 5).result(WAIT) == 5
    with pytest.raises(CancelledError):
        future.result(WAIT)
    assert done == []
    made.dismiss()


def test_one_after_another_need_one_thread(made: Workers) -> None:
    threads = set()
    for _ in range(50):
        threads.add(made.submit(threading.current_thread).result(WAIT))
        eventually(lambda: made._crew._idle == 1)
    assert len(threads) == 1


def test_at_once_need_as_many(made: Workers) -> None:
    together = threading.Barrier(9)
    futures = [made.submit(lambda: together.wait(WAIT)) for _ in range(8)]
    together.wait(WAIT)
    assert sorted(future.result(WAIT) for future in futures) != []
    eventually(lambda: made._crew._idle == 8)
    before = ours()
    assert made.submit(lambda: 5).result(WAIT) == 5
    assert ours() == before


def test_many_from_many_threads(made: Workers) -> None:
    with ThreadPoolExecutor(16) as threads:
        futures = list(threads.map(lambda n: made.submit(lambda: n * n), range(2000)))
    assert [future.result(WAIT) for future in futures] == [n * n for n in range(2000)]


def test_what_a_job_holds_is_dropped_with_it(made: Workers) -> None:
    class Held:
        def __del__(self) -> None:
            dropped.set()

    dropped = threading.Event()
    held = Held()
    made.submit(lambda held=held: None).result(WAIT)  # type: ignore[misc]
    del held
    assert dropped.wait(WAIT)


# -- their end


def test_an_idle_thread_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_MAX_IDLE_SECONDS", 0.001)
    made, before = Workers(), ours()
    for _ in range(200):  # as one is about to end, or has
        assert made.submit(lambda: 5).result(WAIT) == 5
    eventually(lambda: ours() <= before)
    assert made._crew._idle == 0
    made.dismiss()


def test_a_thread_that_would_end_while_a_job_is_on_its_way() -> None:
    crew, done = workers._Crew(), []

    class Jobs:
        """In the place of a queue: what each wait for a job comes to."""

        def __init__(self) -> None:
            self.waits: list[float | None] = []

        def get(self, timeout: float | None) -> Any:
            self.waits.append(timeout)
            number = len(self.waits)
            if number == 2:
                assert crew._take()  # somebody is about to put a job in
            if number in (2, 4):
                raise Empty
            return lambda: done.append(number)

    jobs: Any = Jobs()
    crew._jobs = jobs
    crew._work()
    assert done == [1, 3]
    assert jobs.waits == [None, 10, 10, 10]
    assert not crew._take()


@pytest.mark.parametrize("how", ["dismissed", "dropped"])
def test_idle_threads_end_at_once_and_others_when_they_are(how: str) -> None:
    goes_on, begun, before = threading.Event(), threading.Event(), ours()
    made = Workers()

    def busy() -> int:
        begun.set()
        assert goes_on.wait(WAIT)
        return 5

    future = made.submit(busy)
    assert begun.wait(WAIT)
    made.submit(lambda: None).result(WAIT)
    eventually(lambda: made._crew._idle == 1)
    if how == "dismissed":
        made.dismiss()
    else:
        del made
        gc.collect()
    eventually(lambda: len(ours() - before) == 1)
    goes_on.set()
    assert future.result(WAIT) == 5
    eventually(lambda: ours() <= before)


def test_after_its_end_it_can_be_used_again(made: Workers) -> None:
    for _ in range(3):
        assert made.submit(lambda: 5).result(WAIT) == 5
        made.dismiss()
        made.dismiss()


def test_dismissed_while_a_job_is_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The job is run all the same: somebody waits for it."""
    made = Workers()
    start = threading.Thread.start

    def dismissing(self: threading.Thread) -> None:
        start(self)
        if self.name == "mistral_proto":
            made.dismiss()

    monkeypatch.setattr(threading.Thread, "start", dismissing)
    future = made.submit(lambda: 5)
    monkeypatch.undo()
    assert future.result(5) == 5
    made.dismiss()


def test_after_a_fork_there_are_other_threads(
    made: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert made.submit(lambda: 5).result(WAIT) == 5
    parents = made._crew
    eventually(lambda: parents._idle == 1)
    with parents._lock:  # as a thread of the parent may have done
        monkeypatch.setattr(os, "getpid", lambda: -1)
        assert made.submit(lambda: 6).result(WAIT) == 6
        assert made._crew is not parents
        made.dismiss()
        monkeypatch.undo()
    parents.dismiss()


def test_dismissed_after_a_fork(made: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    made.submit(lambda: 5).result(WAIT)
    parents = made._crew
    eventually(lambda: parents._idle == 1)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    made.dismiss()
    assert parents._idle == 1  # the parent's threads go on
    monkeypatch.undo()
    parents.dismiss()


def test_a_thread_that_can_not_be_started(made: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(OSError, match="^can't start new thread$"):
        made.submit(lambda: 5)
    monkeypatch.undo()
    assert made.submit(lambda: 5).result(WAIT) == 5
