"""The connections of a transport: those that are kept, and how many there are."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from .failures import closed, no_free_connection

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from .connections import HTTPConnection, Response
    from .limits import Limits

__all__ = ["ConnectionPool"]

MAX_CONNECTIONS = 512
MAX_IDLE_CONNECTIONS = 64
_MAX_IDLE_SECONDS = 60.0


class ConnectionPool:
    """Connections by where they lead, for any number of threads.

    Args:
        max_connections: how many there are at most, in use or kept.
        max_idle_connections: how many are kept at most.

    Raises:
        ValueError: a bound is below 1 (below 0 for those kept).
    """

    def __init__(
        self,
        max_connections: int = MAX_CONNECTIONS,
        max_idle_connections: int = MAX_IDLE_CONNECTIONS,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if max_connections < 1 or max_idle_connections < 0:
            raise ValueError("max_connections must be at least 1, and max_idle_connections 0")
        self._max_connections = max_connections
        self._max_idle_connections = max_idle_connections
        self._clock = clock
        # Those kept, the oldest first.  The finalizer shares the list, and so closes
        # them when nobody has the pool any more: what is in it knows nothing of the pool.
        self._idle: list[tuple[Hashable, float, HTTPConnection]] = []
        weakref.finalize(self, _discard_all, self._idle)
        self._begin()

    def _begin(self) -> None:
        self._in_use: set[HTTPConnection] = set()
        self._closings = 0
        # A lock of C: an interrupt while it is taken leaves no thread without it.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._process = os.getpid()

    def exchange(
        self,
        key: Hashable,
        new: Callable[[], HTTPConnection],
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
        limits: Limits,
    ) -> Response:
        """Send a request, and return the response, which gives its connection back or ends it.

        `key` and `new` are those of `acquire`.
        """
        kept = True
        while True:
            connection, kept = self.acquire(key, new, limits, kept=kept)
            try:
                response = connection.exchange(method, target, body, headers, limits)
                break
            except BaseException as error:
                # Before it is discarded, which forgets what came.
                unanswered = kept and not connection.answered
                self.discard(connection)
                if not (unanswered and isinstance(error, ConnectionError)):
                    raise
            # The server closed it while the request was on its way (RFC 9112, 9.3.1).
            limits.left()
            kept = False
        response.on_close = lambda: self.discard(connection)
        response.on_release = lambda: self.release(key, connection)
        return response

    def acquire(
        self, key: Hashable, new: Callable[[], HTTPConnection], limits: Limits, *, kept: bool
    ) -> tuple[HTTPConnection, bool]:
        """A connection to use until it is released or discarded, and whether it is a kept one.

        `new` makes one that opens when it is used; `kept=False` asks for such.
        Where there are too many, waits until one of them ends.

        Raises:
            NoFreeConnectionError: none did in time.
            ClosedError: the pool was closed meanwhile.
        """
        self._check_process()
        closings = self._closings
        until: float | None = None
        while True:
            with self._lock:
                outdated = self._outdated()
                while True:
                    connection = self._take(key) if kept else None
                    was_kept = connection is not None
                    if len(self._in_use) + len(self._idle) < self._max_connections:
                        break
                    if self._idle:
                        outdated.append(self._idle.pop(0)[2])
                        break
                    until = self._wait(limits, until)
                    if closings != self._closings:
                        raise closed()
                if connection is None:
                    connection = new()
                self._in_use.add(connection)
            # What takes its time is left out of the lock.
            try:
                for other in outdated:
                    other.discard()
                if not was_kept or connection.can_serve_again():
                    return connection, was_kept
            except BaseException:  # an interrupt
                self.discard(connection)
                raise
            self.discard(connection)

    def _take(self, key: Hashable) -> HTTPConnection | None:
        """The one that was kept last."""
        for index in reversed(range(len(self._idle))):
            if self._idle[index][0] == key:
                return self._idle.pop(index)[2]
        return None

    def _wait(self, limits: Limits, until: float | None) -> float:
        """Wait until a connection ends; gives when the whole wait is over."""
        limits.interruptible_by(self._wake)
        try:
            left, now = limits.left(), self._clock()
            until = now + left if until is None else until
            if self._changed.wait(max(min(left, until - now), 0.0)):
                return until
        except TimeoutError:
            pass
        raise no_free_connection(self._max_connections)

    def _wake(self) -> None:
        with self._lock:
            self._changed.notify_all()

    def release(self, key: Hashable, connection: HTTPConnection) -> None:
        """Keep a connection, unless there are enough of them."""
        self._check_process()
        connection.rest()
        with self._lock:
            is_kept = connection in self._in_use and connection.may_serve_again
            self._in_use.discard(connection)
            if is_kept:  # and the pool was not closed in between
                self._idle.append((key, self._clock(), connection))
            outdated = self._outdated()
            self._changed.notify()
        if not is_kept:
            connection.discard()
        for other in outdated:
            other.discard()

    def _outdated(self) -> list[HTTPConnection]:
        """Those that are kept no longer."""
        outdated: list[HTTPConnection] = []
        oldest = self._clock() - _MAX_IDLE_SECONDS
        while self._idle and (
            len(self._idle) > self._max_idle_connections or self._idle[0][1] < oldest
        ):
            outdated.append(self._idle.pop(0)[2])
        return outdated

    def discard(self, connection: HTTPConnection) -> None:
        """Close a connection that is in use."""
        self._check_process()
        connection.discard()
        with self._lock:
            self._in_use.discard(connection)
            self._changed.notify()

    def close(self) -> None:
        """End every connection; those that are in use fail where they are used."""
        self._check_process()
        with self._lock:
            self._closings += 1
            in_use = list(self._in_use)
            self._in_use.clear()
            idle = self._idle[:]
            self._idle.clear()
            self._changed.notify_all()
        for connection in in_use:
            connection.interrupt()
        for _, _, connection in idle:
            connection.discard()

    def __reduce__(self) -> NoReturn:
        raise TypeError("connections can't be pickled; make what has them where it is used")

    def _check_process(self) -> None:
        # After a fork the connections are the parent's: to close the child's copies of
        # them does nothing to those, to write or to shut down would.  Nor can the lock
        # be trusted, which another thread may have held.
        if self._process != os.getpid():
            self._begin()
            _discard_all(self._idle)


def _discard_all(idle: list[tuple[Hashable, float, HTTPConnection]]) -> None:
    while idle:
        idle.pop()[2].discard()
