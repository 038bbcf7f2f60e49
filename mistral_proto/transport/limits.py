"""How long an exchange may wait, and what ends it before that."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from .failures import closed

if TYPE_CHECKING:
    from typing import Protocol

    from .exchange import HTTPRequest

    class Waiting(Protocol):
        """What says how long the next wait may take, in seconds."""

        def left(self) -> float: ...


__all__ = ["NO_WAIT", "Limits"]


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
        self._interrupt: Callable[[], object] | None = None
        self._aborted = False
        self._process = os.getpid()

    def left(self) -> float:
        """The seconds that the next wait may take.

        Raises:
            TimeoutError: there are none left.
            ClosedError: the exchange was aborted.
        """
        if self._aborted:
            raise closed()
        now = self._clock()
        if self._connect_until is not None:
            left = min(self._connect_until, self._deadline) - now
        else:
            left = min(self._deadline - now, self._read_timeout)
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def begin_connecting(self) -> None:
        """From here on all waits together have the time for connecting."""
        self._connect_until = self._clock() + self._connect_timeout

    def connected(self) -> None:
        """From here on each wait has the time for a piece of the answer."""
        self._connect_until = None

    def shorten(self, seconds: float) -> None:
        """No wait is to be longer than these seconds from now."""
        self._deadline = min(self._deadline, self._clock() + seconds)

    def interruptible_by(self, interrupt: Callable[[], object]) -> None:
        """Have `abort` call this, to end the wait that is about to begin.

        Raises:
            ClosedError: the exchange was aborted already.
        """
        self._interrupt = interrupt
        # Whichever of the two comes first, the abort is seen here or sees the above.
        if self._aborted:
            self.left()

    def abort(self) -> None:
        """End the exchange, from whatever thread: its waits fail, now and from now on."""
        self._aborted = True
        # After a fork the connection is the parent's, who goes on with it.
        if self._interrupt is not None and self._process == os.getpid():
            self._interrupt()


class _NoWait:
    """For what is there already, or is not wanted."""

    def left(self) -> float:
        return 0.0


NO_WAIT = _NoWait()
