"""How long an exchange may wait, and what ends it before that."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .failures import closed

if TYPE_CHECKING:
    from collections.abc import Callable

    from .exchange import HTTPRequest

__all__ = ["Limits"]


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
        if self._connect_until is not None:
            left = min(self._connect_until, self._deadline) - now
        else:
            left = min(self._deadline - now, self._read_timeout)
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
        """Have `abort` call this, to end the wait that is about to begin.

        It must not hold the connection: who drops that is to end it.

        Raises:
            ClosedError: the exchange was aborted already.
        """
        self._interrupt = interrupt
        # Whichever of the two comes first, the abort is seen here or sees the above.
        self.check()

    def abort(self) -> None:
        """End the exchange, from whatever thread: its waits fail, now and from now on."""
        self._aborted = True
        # After a fork the connection is the parent's, who goes on with it.
        if self._interrupt is not None and self._process == os.getpid():
            self._interrupt()
