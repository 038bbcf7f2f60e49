"""A bound on how many exchanges there are at once."""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .limits import Limits

__all__ = ["LOOK_AGAIN_SECONDS", "Place", "Places"]

LOOK_AGAIN_SECONDS = 0.25
"""The most that a wake-up which was lost may cost."""


class Place:
    """A place for one exchange, or a wait for one, which lasts as long as this object.

    So an interrupt, wherever it comes, can't lose one: nobody has the object then.
    """

    __slots__ = ("__weakref__", "limits", "wake")

    def __init__(self, limits: Limits, wake: Callable[[], object]) -> None:
        self.limits = limits
        self.wake = wake


class Places:
    """So many places, for any number of threads and event loops; who comes first has one first."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._taken: set[weakref.ref[Place]] = set()
        self._waiting: list[weakref.ref[Place]] = []
        # Not a plain one: a collection may come while it is held, and end an exchange.
        self._lock = threading.RLock()
        self._process = os.getpid()

    @property
    def are_the_parents(self) -> bool:
        """Whether this process was forked since; then neither places nor lock mean anything."""
        return self._process != os.getpid()

    @property
    def taken(self) -> int:
        """How many are taken, with those that an interrupt ended a while ago."""
        return len(self._taken)

    def take(self, place: Place) -> bool:
        """Return whether the place is taken from now on; False: it waits, and is to ask again."""
        me = weakref.ref(place)
        with self._lock:
            self._waiting = [each for each in self._waiting if each() is not None]
            if me not in self._waiting:
                self._waiting.append(me)
            if self._waiting.index(me) >= self._free():
                return False
            self._waiting.remove(me)
            self._taken.add(me)
            return True

    def _free(self) -> int:
        if len(self._taken) >= self._count:
            self._taken = {each for each in list(self._taken) if each() is not None}
        return self._count - len(self._taken)

    def leave(self, place: Place) -> None:
        """Give the place up, or the wait for it, and wake those who may have one now."""
        if self.are_the_parents:
            return
        me = weakref.ref(place)
        with self._lock:
            self._taken.discard(me)
            if me in self._waiting:
                self._waiting.remove(me)
            for each in self._waiting[: self._free()]:
                waiting = each()
                if waiting is not None:
                    waiting.wake()

    def abort(self) -> None:
        """Abort every exchange that has a place, or waits for one."""
        for each in [*list(self._taken), *self._waiting]:
            place = each()
            if place is not None:
                place.limits.abort()
