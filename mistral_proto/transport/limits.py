"""The time limits of an exchange, and the number of exchanges at once."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from .failures import ClosedError, NoFreeConnectionError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Deadline", "Slots"]

_POLL_SECONDS = 0.25


class Deadline:
    """The timeouts of one exchange, in seconds, and the way to abort it.

    A server that sends a byte from time to time restarts the read timeout, but not the
    total timeout.
    """

    def __init__(
        self, connect: float, read: float, total: float, clock: Callable[[], float]
    ) -> None:
        self._connect = connect
        self._read = read
        self._clock = clock
        self._end = clock() + total
        self._step_end: float | None = None
        self._wake: Callable[[], object] = lambda: None
        self._aborted = False
        self._process = os.getpid()

    def check(self) -> None:
        """Raise ClosedError if the exchange was aborted."""
        if self._aborted:
            raise ClosedError("closed by this side")

    def seconds_left(self) -> float:
        """Return the seconds that the next wait may take; raise TimeoutError if none are left."""
        self.check()
        now = self._clock()
        step = self._read if self._step_end is None else self._step_end - now
        seconds = min(self._end - now, step)
        if seconds <= 0:
            raise TimeoutError("timed out")
        return seconds

    def start_waiting(self) -> None:
        """Apply the read timeout to all waits for a slot together."""
        self._step_end = self._clock() + self._read

    def start_connecting(self) -> None:
        """Apply the connect timeout to all waits for a connection together."""
        self._step_end = self._clock() + self._connect

    def connected(self) -> None:
        """Apply the read timeout to each wait from now on."""
        self._step_end = None

    def shorten(self, seconds: float) -> None:
        """End the exchange after this many seconds, unless it ends earlier."""
        self._end = min(self._end, self._clock() + seconds)

    def on_wake(self, callback: Callable[[], object]) -> None:
        """Set the function that ends the current wait; it must not hold the connection."""
        self._wake = callback
        # An abort from another thread sees the callback, or is seen here.
        self.check()

    def wake(self) -> None:
        """End the current wait of the exchange, from any thread."""
        # After a fork the connection belongs to the parent, who continues with it.
        if self._process == os.getpid():
            with suppress(RuntimeError):  # the event loop is closed
                self._wake()

    def abort(self) -> None:
        """Abort the exchange, from any thread: its current and later waits fail."""
        self._aborted = True
        self.wake()


class Slots:
    """A fixed number of slots for exchanges; the first to ask is the first to get one.

    An exchange has its slot as long as its `Deadline` exists. So an interrupt at any moment
    can't lose a slot: then the deadline is garbage.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        # Read by `keyrefs`, as a garbage collection at any moment may end an exchange. For the
        # same reason the lock is reentrant.
        self._taken: WeakKeyDictionary[Deadline, None] = WeakKeyDictionary()
        self._waiting: WeakKeyDictionary[Deadline, None] = WeakKeyDictionary()
        self._lock = threading.RLock()
        self._process = os.getpid()

    @property
    def is_inherited(self) -> bool:
        """True in a child process, where neither the slots nor the lock are usable."""
        return self._process != os.getpid()

    def wait_seconds(self, deadline: Deadline) -> float:
        """Take a slot, and return 0; or return the seconds until the exchange must ask again.

        It is woken earlier if a slot is free. Without a slot in time: NoFreeConnectionError.
        """
        deadline.check()
        with self._lock:
            self._waiting.setdefault(deadline)
            if _alive(self._waiting).index(deadline) < self.free():
                del self._waiting[deadline]
                self._taken[deadline] = None
                return 0
        try:
            return min(deadline.seconds_left(), _POLL_SECONDS)  # a wake-up may be lost
        except TimeoutError:
            text = f"timed out; all of {self._count} connections were in use"
            raise NoFreeConnectionError(text) from None

    def free(self) -> int:
        """Return the number of free slots."""
        return self._count - len(self._taken)

    def release(self, deadline: Deadline) -> None:
        """Free the slot of an exchange, or leave the queue, and wake the next exchanges."""
        if self.is_inherited:
            return
        with self._lock:
            self._taken.pop(deadline, None)
            self._waiting.pop(deadline, None)
            for each in _alive(self._waiting)[: self.free()]:
                each.wake()

    def abort(self) -> None:
        """Abort every exchange that has a slot or waits for one."""
        for each in _alive(self._taken) + _alive(self._waiting):
            each.abort()


def _alive(exchanges: WeakKeyDictionary[Deadline, None]) -> list[Deadline]:
    return [*filter(None, [each() for each in exchanges.keyrefs()])]
