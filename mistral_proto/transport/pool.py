"""The connections of a transport: those that are kept, and how many there are."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from .failures import no_free_connection
from .places import LOOK_AGAIN_SECONDS, Place, Places

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any, NoReturn

    from .connections import Connection, Response
    from .limits import Limits

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
        self._max_connections = max_connections
        self._max_idle_connections = max_idle_connections
        self._clock = clock
        self._begin()

    def _begin(self) -> None:
        self._places = Places(self._max_connections)
        # The last responses of connections that are kept, the oldest first.
        self._idle: deque[tuple[Hashable, float, Response]] = deque()

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
        turn: SimpleQueue[None] = SimpleQueue()
        place = Place(limits, partial(turn.put, None))
        try:
            self._wait(place, turn)
            response = self._send(key, new, limits, may_repeat, request)
        except BaseException:
            self._places.leave(place)
            raise
        response.on_end = partial(self._end, self._idle, key, place)
        return response

    def _wait(self, place: Place, turn: SimpleQueue[None]) -> None:
        limits = place.limits
        limits.interruptible_by(place.wake)
        until = self._clock() + limits.left()
        while not self._places.take(place):
            left = until - self._clock()
            if left <= 0:
                raise no_free_connection(self._max_connections)
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
        kept = self._take(key)
        if kept is not None:
            try:
                return kept.exchange(limits, *request)
            except BaseException as error:
                kept.discard()
                # Where the server closed it while it was idle (RFC 9112, section 9.3.1).
                is_safe = may_repeat or not kept.raw.sent
                if kept.raw.received or not (is_safe and isinstance(error, ConnectionError)):
                    raise
            limits.left()
        _close_all_but(self._max_connections - self._places.taken, self._idle)
        connection = new()
        try:
            return connection.exchange(limits, *request)
        except BaseException:
            connection.discard()
            raise

    def _take(self, key: Hashable) -> Connection | None:
        """Return the one that was kept last and can serve again."""
        oldest = self._clock() - _MAX_IDLE_SECONDS
        for entry in reversed(list(self._idle)):
            kept_for, since, response = entry
            if since >= oldest and kept_for != key:
                continue
            try:
                self._idle.remove(entry)
            except ValueError:  # another thread was faster
                continue
            if since >= oldest and response.is_ready():
                return response.connection
            response.connection.discard()
        return None

    def _end(
        self,
        idle: deque[tuple[Hashable, float, Response]],
        key: Hashable,
        place: Place,
        response: Response,
        is_kept: bool,
    ) -> None:
        if is_kept and idle is self._idle and not self._places.are_the_parents:
            response.connection.raw.limits = None
            idle.append((key, self._clock(), response))
            _close_all_but(self._max_idle_connections, idle)
        else:
            response.connection.discard()
        self._places.leave(place)

    def close(self) -> None:
        """End every connection; those that are in use fail where they are used."""
        places, idle = self._places, self._idle
        self._begin()
        places.abort()
        _close_all_but(0, idle)

    def __reduce__(self) -> NoReturn:
        raise TypeError("connections can't be pickled; make what has them where it is used")


def _close_all_but(count: int, idle: deque[tuple[Hashable, float, Response]]) -> None:
    with suppress(IndexError):  # another thread was faster
        while len(idle) > count:
            idle.popleft()[2].connection.discard()
