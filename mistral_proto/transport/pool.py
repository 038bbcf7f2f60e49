"""The connections of a transport: those that are kept, and how many there are."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from .failures import no_free_connection
from .limits import LOOK_AGAIN_SECONDS, Places

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any, NoReturn

    from .connections import Connection, Response
    from .limits import Limits

    Idle = deque[tuple[Hashable, float, Response]]

__all__ = ["ConnectionPool"]

MAX_CONNECTIONS = 512
MAX_IDLE_CONNECTIONS = 64
_MAX_IDLE_SECONDS = 60.0


class ConnectionPool:
    """Connections by where they lead, for any number of threads.

    Args:
        max_connections: how many there are at most, in use or kept; further exchanges wait.
        max_idle_connections: how many are kept at most.

    Raises:
        ValueError: a bound is below 1 (below 0 for those kept).
    """

    def __init__(
        self,
        max_connections: int = MAX_CONNECTIONS,
        max_idle_connections: int = MAX_IDLE_CONNECTIONS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if max_connections < 1 or max_idle_connections < 0:
            raise ValueError("max_connections must be at least 1, and max_idle_connections 0")
        self._bounds = max_connections, max_idle_connections
        self._clock = clock
        self._begin()

    def _begin(self) -> None:
        self._places = Places(self._bounds[0])
        # The last responses of connections that are kept, the oldest first.
        self._idle: Idle = deque()

    def exchange(
        self,
        key: Hashable,
        new: Callable[[], Connection],
        limits: Limits,
        may_repeat: bool,
        *request: Any,
    ) -> Response:
        """Send a request, and return the response, which gives its connection back or ends it.

        Raises:
            NoFreeConnectionError: no place was free in time.
        """
        if self._places.are_the_parents:
            self._begin()
        try:
            self._wait(limits)
            response = self._send(key, new, limits, may_repeat, request)
        except BaseException:
            self._places.leave(limits)
            raise
        response.on_end = partial(self._end, self._idle, key, limits)
        return response

    def _wait(self, limits: Limits) -> None:
        """Wait for a place."""
        turn: SimpleQueue[None] = SimpleQueue()
        limits.interruptible_by(partial(turn.put, None))
        until = self._clock() + limits.left()
        while not self._places.take(limits):
            left = until - self._clock()
            if left <= 0:
                raise no_free_connection(self._places.count)
            with suppress(Empty):
                turn.get(timeout=min(left, LOOK_AGAIN_SECONDS))
            limits.check()

    def _send(
        self,
        key: Hashable,
        new: Callable[[], Connection],
        limits: Limits,
        may_repeat: bool,
        request: tuple[Any, ...],
    ) -> Response:
        connection = self._take(key)
        is_kept = connection is not None
        while True:
            if connection is None:
                _close_all_but(self._places.free(), self._idle)
                connection = new()
            try:
                return connection.exchange(limits, *request)
            except BaseException as error:
                connection.discard()
                # The server may have closed it while it was idle (RFC 9112, section 9.3.1).
                raw = connection.raw
                is_stale = is_kept and isinstance(error, ConnectionError) and not raw.received
                if not (is_stale and (may_repeat or not raw.sent)):
                    raise
            connection, is_kept = None, False

    def _take(self, key: Hashable) -> Connection | None:
        """Return the one that was kept last and can serve again."""
        oldest = self._clock() - _MAX_IDLE_SECONDS
        for entry in reversed(list(self._idle)):
            kept_for, since, response = entry
            if since < oldest or kept_for == key:
                try:
                    self._idle.remove(entry)
                except ValueError:  # another thread was faster
                    continue
                if since >= oldest and response.is_ready():
                    return response.connection
                response.connection.discard()
        return None

    def _end(
        self, idle: Idle, key: Hashable, limits: Limits, response: Response, is_kept: bool
    ) -> None:
        if is_kept and idle is self._idle and not self._places.are_the_parents:
            response.connection.raw.limits = None
            idle.append((key, self._clock(), response))
            _close_all_but(self._bounds[1], idle)
        else:
            response.connection.discard()
        self._places.leave(limits)

    def close(self) -> None:
        """End every connection; those that are in use fail where they are used."""
        places, idle = self._places, self._idle
        self._begin()
        places.abort()
        _close_all_but(0, idle)

    def __reduce__(self) -> NoReturn:
        raise TypeError("connections can't be pickled; make what has them where it is used")


def _close_all_but(count: int, idle: Idle) -> None:
    with suppress(IndexError):  # another thread was faster
        while len(idle) > count:
            idle.popleft()[2].connection.discard()
