"""How long an exchange may wait, what ends it before that, and how many there are at once."""

from __future__ import annotations

import os
import threading
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING

from .failures import NoFreeConnectionError, closed

if TYPE_CHECKING:
    from collections.abc import Callable

    from .exchange import HTTPRequest

__all__ = ["LOOK_AGAIN_SECONDS", "Limits", "Places"]

LOOK_AGAIN_SECONDS = 0.25
"""The most that the loss of a wake-up may cost."""


class Limits:
    """The times that a request allows; every wait of its exchange asks for its share.

    A server that sends a byte from time to time restarts the wait for bytes,
    but never passes the deadline.
    """

    def __init__(self, request: HTTPRequest, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._read_timeout = request.read_timeout
        self._connect_timeout = request.connect_timeout
        self._deadline = clock() + request.total_timeout
        self._connect_until: float | None = None
        self._interrupt: Callable[[], object] = closed
        self._aborted = False
        self._process = os.getpid()

    def check(self) -> None:
        """Raise ClosedError if the exchange was aborted."""
        if self._aborted:
            raise closed()

    def left(self) -> float:
        """Return the seconds that the next wait may take.

        Raises:
            TimeoutError: there are none left.
            ClosedError: the exchange was aborted.
        """
        self.check()
        now = self._clock()
        until = self._connect_until
        left = min(self._deadline - now, self._read_timeout if until is None else until - now)
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def begin_connecting(self) -> None:
        """Give all waits from here on together the time for connecting."""
        self._connect_until = self._clock() + self._connect_timeout

    def connected(self) -> None:
        """Give each wait from here on the time for a piece of the answer."""
        self._connect_until = None

    def shorten(self, seconds: float) -> None:
        """Let no wait be longer than these seconds from now."""
        self._deadline = min(self._deadline, self._clock() + seconds)

    def interruptible_by(self, interrupt: Callable[[], object]) -> None:
        """Have `wake` call this, which is not to hold the connection; raises ClosedError."""
        self._interrupt = interrupt
        # Whichever of the two comes first, an abort is seen here or sees the above.
        self.check()

    def wake(self) -> None:
        """End the wait of the exchange, from whatever thread."""
        # After a fork the connection is the parent's, who goes on with it.
        if self._process == os.getpid():
            with suppress(RuntimeError):  # an event loop was closed, with all that waited
                self._interrupt()

    def abort(self) -> None:
        """End the exchange, from whatever thread: its waits fail, now and from now on."""
        self._aborted = True
        self.wake()


class Places:
    """Places for so many exchanges at once; who asks first has one first.

    An exchange has its place as long as its limits live, so that an interrupt, wherever
    it comes, can't lose one: nobody has them then.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._taken: set[weakref.ref[Limits]] = set()
        self._waiting: list[weakref.ref[Limits]] = []
        # Not a plain one: a collection may come while it is held, and end an exchange.
        self._lock = threading.RLock()
        self._process = os.getpid()

    @property
    def are_the_parents(self) -> bool:
        """Whether this process was forked since; then neither places nor lock mean anything."""
        return self._process != os.getpid()

    def take(self, limits: Limits, seconds: float = 1.0) -> bool:
        """Return whether the exchange has a place now; False: it waits, and is to ask again.

        Raises:
            NoFreeConnectionError: it has none, and no seconds left to wait for one.
            ClosedError: it was aborted.
        """
        limits.check()
        me = weakref.ref(limits)
        with self._lock:
            self._waiting = [each for each in self._waiting if each() is not None]
            if me not in self._waiting:
                self._waiting.append(me)
            if self._waiting.index(me) >= self.free():
                if seconds <= 0:
                    raise NoFreeConnectionError(
                        f"timed out; all of {self._count} connections were in use"
                    )
                return False
            self._waiting.remove(me)
            self._taken.add(me)
            return True

    def free(self) -> int:
        """Return how many are free."""
        if len(self._taken) >= self._count:
            self._taken = {each for each in list(self._taken) if each() is not None}
        return self._count - len(self._taken)

    def leave(self, limits: Limits) -> None:
        """Give a place up, or the wait for it, and wake those who may have one now."""
        if self.are_the_parents:
            return
        me = weakref.ref(limits)
        with self._lock:
            self._taken.discard(me)
            self._waiting = [each for each in self._waiting if each != me]
            for each in self._waiting[: self.free()]:
                waiting = each()
                if waiting is not None:
                    waiting.wake()

    def abort(self) -> None:
        """Abort every exchange that has a place, or waits for one."""
        for each in [*list(self._taken), *self._waiting]:
            limits = each()
            if limits is not None:
                limits.abort()
