"""The connections that are kept and those that are used: how many, for how long, and by whom."""

from __future__ import annotations

import gc
import os
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mistral_proto.transport.failures import ClosedError, NoFreeConnectionError
from mistral_proto.transport.limits import Limits
from mistral_proto.transport.pool import ConnectionPool
from tests.testing.raw import eventually
from tests.transport.times import Ticking, limits, patient, request

WAIT = 20.0


class Connection:
    """Counts what is done to it, and says of itself what it is told to."""

    def __init__(self, *, may: bool = True, can: bool = True) -> None:
        self.may_serve_again = may
        self.can = can
        self.done: Counter[str] = Counter()

    def can_serve_again(self) -> bool:
        self.done["asked"] += 1
        return self.can

    def discard(self) -> None:
        self.done["discarded"] += 1

    def rest(self) -> None:
        self.done["rested"] += 1

    def interrupt(self) -> None:
        self.done["interrupted"] += 1

    @property
    def is_closed(self) -> bool:
        return self.done["discarded"] > 0


class Pool:
    """A pool of such connections, and all that it has made."""

    def __init__(self, connections: int = 9, idle: int = 9, **settings: Any) -> None:
        self.clock = Ticking()
        self.pool = ConnectionPool(connections, idle, clock=self.clock)
        self.made: list[Connection] = []
        self.settings = settings

    def new(self) -> Any:
        self.made.append(Connection(**self.settings))
        return self.made[-1]

    def get(self, key: str = "a", allowed: Limits | None = None, *, kept: bool = True) -> Any:
        connection: Any
        connection, was_kept = self.pool.acquire(key, self.new, allowed or patient(), kept=kept)
        assert was_kept == bool(connection.done["rested"])
        return connection

    def give(self, connection: Any, key: str = "a") -> None:
        self.pool.release(key, connection)

    @property
    def open(self) -> list[int]:
        """The numbers of those that are not closed, in the order in which they were made."""
        return [number for number, made in enumerate(self.made) if not made.is_closed]


@pytest.mark.parametrize(("connections", "idle"), [(0, 5), (-1, 0), (1, -1)])
def test_bad_bounds(connections: int, idle: int) -> None:
    with pytest.raises(ValueError, match="^max_connections must be at least 1, and max_idle_"):
        ConnectionPool(connections, idle)


# -- which are kept

# The bounds on those that are open and idle, the keys of those that are given back one after
# the other, each after so many seconds, and which of them are open then.
KEPT: dict[str, tuple[int, int, list[tuple[str, float]], list[int]]] = {
    "one": (9, 9, [("a", 0)], [0]),
    "several of a kind": (9, 9, [("a", 0), ("a", 0), ("a", 0)], [0, 1, 2]),
    "of several kinds": (9, 9, [("a", 0), ("b", 0), ("a", 0)], [0, 1, 2]),
    "none is": (9, 0, [("a", 0), ("a", 0)], []),
    "the last": (9, 1, [("a", 0), ("a", 0), ("b", 0)], [2]),
    "the last two": (9, 2, [("a", 0), ("b", 0), ("a", 0), ("a", 0)], [2, 3]),
    "a minute": (9, 9, [("a", 0), ("a", 60)], [0, 1]),
    "more than a minute": (9, 9, [("a", 0), ("b", 60.5)], [1]),
    "some of them": (9, 9, [("a", 0), ("a", 30), ("b", 40), ("a", 0)], [1, 2, 3]),
    "after a day": (9, 9, [("a", 0), ("a", 0), ("a", 86400)], [2]),
    "age and number": (9, 1, [("a", 0), ("a", 0), ("a", 61)], [2]),
}  # fmt: skip


@pytest.mark.parametrize(("connections", "idle", "given", "kept"), KEPT.values(), ids=KEPT)
def test_kept(connections: int, idle: int, given: list[tuple[str, float]], kept: list[int]) -> None:
    pool = Pool(connections, idle)
    taken = [pool.get(key) for key, _ in given]
    for connection, (key, later) in zip(taken, given):
        pool.clock.now += later
        pool.give(connection, key)
    assert pool.open == kept
    for connection in taken:
        # What is closed is closed once; what is kept was asked to hold on to nothing.
        assert connection.done["discarded"] == (0 if taken.index(connection) in kept else 1)
        assert connection.done["rested"] == 1


def test_the_last_that_was_kept_is_the_first_to_be_used() -> None:
    pool = Pool()
    one, two, other = pool.get("a"), pool.get("a"), pool.get("b")
    for connection, key in [(one, "a"), (two, "a"), (other, "b")]:
        pool.give(connection, key)
    assert [pool.get("a"), pool.get("a")] == [two, one]
    assert pool.get("a") not in (one, two, other)
    assert pool.get("b") is other


def test_what_was_idle_for_too_long_is_not_used_again() -> None:
    pool = Pool()
    old = pool.get()
    pool.give(old)
    pool.clock.now += 61
    assert pool.get() is not old
    assert old.is_closed
    recent = pool.made[-1]
    pool.give(recent)
    pool.clock.now += 59
    assert pool.get() is recent


def test_one_that_is_not_to_be_a_kept_one() -> None:
    pool = Pool()
    pool.give(pool.get())
    other = pool.get(kept=False)
    assert pool.made.index(other) == 1
    assert pool.open == [0, 1]


def test_what_may_not_serve_again_is_not_kept() -> None:
    pool = Pool(may=False)
    pool.give(pool.get())
    assert pool.open == []
    assert pool.get() is pool.made[1]


def test_what_can_not_serve_again_is_replaced_by_the_next_that_can() -> None:
    pool = Pool()
    taken = [pool.get() for _ in range(4)]
    for connection in taken:
        pool.give(connection)
    taken[3].can = taken[2].can = False
    assert pool.get() is taken[1]
    assert pool.open == [0, 1]
    taken[0].can = False
    assert pool.get() is pool.made[4]
    assert pool.open == [1, 4]
    assert all(connection.done["asked"] == 1 for connection in taken)


def test_an_interrupt_while_one_is_looked_at() -> None:
    pool = Pool(1)
    kept = pool.get()
    pool.give(kept)

    def interrupted() -> bool:
        raise KeyboardInterrupt

    kept.can_serve_again = interrupted
    with pytest.raises(KeyboardInterrupt):
        pool.get()
    assert kept.is_closed
    assert pool.get() is pool.made[1]  # its place is free


def test_what_is_discarded_is_not_kept() -> None:
    pool = Pool()
    connection = pool.get()
    pool.pool.discard(connection)
    pool.give(connection)  # too late
    assert pool.get() is not connection
    assert connection.is_closed


# -- how many there are


def watched(reached: threading.Event) -> Limits:
    """Limits that tell when somebody is about to wait."""

    class Watched(Limits):
        def left(self) -> float:
            reached.set()
            return super().left()

    return Watched(request(), lambda: 0.0)


# What ends the wait for a connection of "a" where the one there may be is in use; whether what
# comes then is a new one.
ENDS: dict[str, tuple[str, Callable[[Pool, Any], object], bool]] = {
    "given back": ("a", lambda pool, taken: pool.give(taken, "a"), False),
    "another given back": ("b", lambda pool, taken: pool.give(taken, "b"), True),
    "discarded": ("a", lambda pool, taken: pool.pool.discard(taken), True),
}


@pytest.mark.parametrize(("key", "end", "is_new"), ENDS.values(), ids=ENDS)
def test_waiting_for_a_free_one(key: str, end: Callable[[Pool, Any], object], is_new: bool) -> None:
    pool, waiting = Pool(1), threading.Event()
    taken = pool.get(key)
    with ThreadPoolExecutor() as threads:
        future = threads.submit(pool.get, "a", watched(waiting))
        assert waiting.wait(WAIT)
        assert not future.done()
        end(pool, taken)
        got = future.result(WAIT)
    assert (got is not taken) == is_new
    assert len(pool.made) == (2 if is_new else 1)
    assert taken.is_closed == is_new


def test_closing_ends_the_waits() -> None:
    pool, waiting = Pool(1), threading.Event()
    taken = pool.get()
    with ThreadPoolExecutor() as threads:
        future = threads.submit(pool.get, "a", watched(waiting))
        assert waiting.wait(WAIT)
        pool.pool.close()
        with pytest.raises(ClosedError, match="^closed by this side$"):
            future.result(WAIT)
    assert taken.done["interrupted"] == 1
    assert pool.get() is pool.made[1]


def test_waiting_ends_with_the_deadline() -> None:
    pool = Pool(2)
    kept = [pool.get(), pool.get()]
    words = "^timed out; all of 2 connections were in use$"
    for total in (0, 0.001):
        with pytest.raises(NoFreeConnectionError, match=words) as caught:
            # The wait itself is real, and short; the clock then says that it is over.
            clock = Ticking()
            allowed = limits(clock, WAIT, WAIT, total)
            threading.Timer(0.005, setattr, (clock, "now", clock.now + 1)).start()
            pool.get(allowed=allowed)
        assert caught.value.__cause__ is None
    assert pool.made == kept


@pytest.mark.parametrize("early", [False, True])
def test_waiting_ends_when_it_is_aborted(early: bool) -> None:
    pool, waiting = Pool(1), threading.Event()
    taken = pool.get()
    allowed = watched(waiting)
    if early:
        allowed.abort()
    with ThreadPoolExecutor() as threads:
        future = threads.submit(pool.get, "a", allowed)
        assert waiting.wait(WAIT)
        allowed.abort()
        with pytest.raises(ClosedError):
            future.result(WAIT)
    # It has taken nobody's place.
    pool.give(taken)
    assert pool.get() is taken


def test_one_that_is_kept_makes_way_for_another() -> None:
    pool = Pool(2)
    one, two = pool.get("a"), pool.get("b")
    pool.give(one, "a")
    pool.give(two, "b")
    assert pool.get("c") is pool.made[2]
    assert pool.open == [1, 2]  # the one that was kept for the longest time went
    assert pool.get("d") is pool.made[3]
    assert pool.open == [2, 3]


def test_no_more_than_the_bound_and_nobody_waits_for_ever() -> None:
    bound, pool = 3, Pool(3, 2)
    in_use: Counter[int] = Counter()
    lock = threading.Lock()
    most = 0

    def use(number: int) -> None:
        nonlocal most
        for turn in range(40):
            key = "abc"[(number + turn) % 3]
            connection = pool.get(key)
            with lock:
                in_use[id(connection)] += 1
                assert in_use[id(connection)] == 1, "two have the same"
                most = max(most, sum(in_use.values()))
            with lock:
                in_use[id(connection)] -= 1
            if turn % 7 == 3:
                pool.pool.discard(connection)
            else:
                pool.give(connection, key)

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(use, range(12)))
    assert most <= bound
    assert len(pool.open) <= 2


# -- closing, dropping, forking


def test_close() -> None:
    pool = Pool()
    used, idle = pool.get(), pool.get()
    pool.give(idle)
    pool.pool.close()
    # What is in use is ended, and closed by who uses it.
    assert (used.done["interrupted"], used.is_closed) == (1, False)
    assert (idle.done["interrupted"], idle.is_closed) == (0, True)
    pool.give(used)
    assert used.is_closed
    # It can be used again, and closed.
    assert pool.get() is pool.made[2]
    pool.pool.close()
    pool.pool.close()


def test_what_takes_its_time_is_left_out_of_the_lock() -> None:
    pool = Pool(2, 1)

    class Lingering(Connection):
        def _others_can(self) -> None:
            with ThreadPoolExecutor() as threads:
                assert threads.submit(pool.pool._wake).result(WAIT) is None

        def discard(self) -> None:
            super().discard()
            self._others_can()

        def interrupt(self) -> None:
            super().interrupt()
            self._others_can()

        def can_serve_again(self) -> bool:
            self._others_can()
            return super().can_serve_again()

    def new() -> Any:
        pool.made.append(Lingering())
        return pool.made[-1]

    pool.new = new  # type: ignore[method-assign]
    one, two = pool.get(), pool.get()
    pool.give(one)
    pool.give(two)  # one too many
    pool.get()
    pool.get("b")
    pool.pool.discard(two)
    pool.give(pool.made[-1], "b")
    pool.get("c")
    pool.get("d")
    pool.pool.close()
    eventually(lambda: sum(made.done["discarded"] for made in pool.made) >= 3)


def test_a_pool_that_is_dropped_closes_what_is_idle() -> None:
    pool = Pool()
    used, idle = pool.get(), pool.get()
    pool.give(idle)
    del pool.pool
    gc.collect()
    assert (used.is_closed, idle.is_closed) == (False, True)


def test_after_a_fork_nothing_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool(2)
    used, idle = pool.get(), pool.get()
    pool.give(idle)
    with pool.pool._changed:  # as another thread of the parent may have done
        monkeypatch.setattr(os, "getpid", lambda: -1)
        with ThreadPoolExecutor() as threads:
            child = [threads.submit(pool.get).result(WAIT) for _ in range(2)]
            assert pool.made[2:] == child
            # The child closes its copies; the parent's go on, for nothing is sent or shut down.
            assert idle.is_closed
            threads.submit(pool.give, used).result(WAIT)
            assert used.is_closed
            threads.submit(pool.pool.close).result(WAIT)
    assert [made.done["interrupted"] for made in pool.made] == [0, 0, 1, 1]


@pytest.mark.parametrize("what", ["discard", "close"])
def test_after_a_fork_the_parents_are_left_alone(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Pool(2)
    used = pool.get()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    if what == "close":
        pool.pool.close()
    else:
        pool.pool.discard(used)
    assert used.done["interrupted"] == 0
