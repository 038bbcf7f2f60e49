"""Threads that wait for others, and places for those who would have one."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections import deque
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from .background import start_thread
from .failures import no_free_connection

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

__all__ = ["Places", "Workers"]

_MAX_IDLE_SECONDS = 10.0


class Workers:
    """Threads that run jobs, as many as there are jobs at once.

    Not a `ThreadPoolExecutor`: an interpreter that ends waits for its threads, and
    these may wait for a server for minutes.  One that has nothing to do for 10
    seconds ends, and all of them do when nobody has this object any more.
    """

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._crew = _Crew()
        self._process = os.getpid()
        self._finalizer = weakref.finalize(self, self._crew.dismiss)

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Run a job in a thread; the future has what it gives."""
        if self._process != os.getpid():
            self._finalizer.detach()
            self._begin()  # the threads are the parent's
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = job()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        self._crew.put(run)
        return future

    def dismiss(self) -> None:
        """Have the threads end that are idle, and the others as soon as they are."""
        if self._process == os.getpid():
            self._finalizer()
        else:
            self._finalizer.detach()
        self._begin()


class _Crew:
    """The threads of one `Workers`, which know nothing of it."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        # Those that are idle, and not meant to take a job that is on its way.
        self._idle = 0
        self._dismissed = False
        # Not a plain one: a collection may come while it is held, and dismiss.
        self._lock = threading.RLock()

    def put(self, job: Callable[[], None]) -> None:
        if not self._take():
            start_thread(self._work)
        self._jobs.put(job)

    def _take(self) -> bool:
        """Make an idle thread busy; False where there is none."""
        with self._lock:
            if not self._idle:
                return False
            self._idle -= 1
            return True

    def _rest(self) -> bool:
        """Become idle; False where there will be nothing to do."""
        with self._lock:
            self._idle += not self._dismissed
            return not self._dismissed

    def dismiss(self) -> None:
        with self._lock:
            self._dismissed = True
            idle, self._idle = self._idle, 0
        for _ in range(idle):
            self._jobs.put(None)

    def _work(self) -> None:
        """The life of a thread."""
        wait: float | None = None  # for the job that it was started for
        while True:
            try:
                job = self._jobs.get(timeout=wait)
            except Empty:
                if self._take():
                    return
                continue  # a job is on its way
            if job is None:
                return
            job()
            del job  # and with it what the job holds
            if not self._rest():
                return
            wait = _MAX_IDLE_SECONDS


class Places:
    """A bound on how many tasks do something at once, whatever event loops they are on."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._begin()

    def _begin(self) -> None:
        self._free = self._count
        self._waiting: deque[asyncio.Future[None]] = deque()
        # Not a plain one: a collection may come while it is held, and give a place back.
        self._lock = threading.RLock()
        self._process = os.getpid()

    async def take(self, seconds: float) -> None:
        """Wait for a place.

        Raises:
            NoFreeConnectionError: there was none in time.
        """
        self._check_process()
        loop = asyncio.get_running_loop()
        place: asyncio.Future[None] = loop.create_future()
        with self._lock:
            if self._free:
                self._free -= 1
                return
            self._waiting.append(place)
        timer = loop.call_later(seconds, self._give_up, place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.exception() is None:
                self.give_back()  # it came together with the cancellation
            raise
        finally:
            timer.cancel()

    def give_back(self) -> None:
        """Let another have the place; from any thread."""
        self._check_process()
        with self._lock:
            while self._waiting:
                place = self._waiting.popleft()
                try:
                    place.get_loop().call_soon_threadsafe(self._hand_over, place)
                    return
                except RuntimeError:  # its loop was closed
                    continue
            self._free = min(self._free + 1, self._count)

    def _hand_over(self, place: asyncio.Future[None]) -> None:
        if place.done():  # cancelled, or given up
            self.give_back()
        else:
            place.set_result(None)

    def _give_up(self, place: asyncio.Future[None]) -> None:
        if not place.done():
            place.set_exception(no_free_connection(self._count))

    def _check_process(self) -> None:
        if self._process != os.getpid():
            self._begin()  # the places are the parent's
