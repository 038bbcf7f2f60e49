"""Many calls at once on one client: each has its own answer, and little is used for them."""

from __future__ import annotations

import gc
import itertools
import sys
import threading
import tracemalloc

from mistral_proto import Mistral
from tests.client.faults.servers import WAIT, FaultServer, Line, echo, hang_up, reset
from tests.client.faults.table import RETRIES, client, text_of
from tests.client.support import answer, complete, stream
from tests.testing.raw import eventually

THREADS = 32
CALLS = 10_000
ROUNDS = 5


class Rounds:
    """Threads that ask a client, each its share of the questions of a round."""

    def __init__(self, mistral: Mistral) -> None:
        self.wrong: list[object] = []
        self._mistral = mistral
        self._numbers = itertools.count()

    def run(self, calls: int) -> None:
        threads = [
            threading.Thread(target=self._ask, args=(number, calls // THREADS))
            for number in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _ask(self, number: int, calls: int) -> None:
        for _ in range(calls):
            question = f"question {next(self._numbers)} of thread {number}"
            # One in eight is a stream.
            call = complete if next(self._numbers) % 8 else stream
            try:
                said = text_of(
                    call(self._mistral, messages=[{"role": "user", "content": question}])
                )
            except Exception as error:
                self.wrong.append(error)
            else:
                if said != question:
                    self.wrong.append((question, said))


def test_ten_thousand_calls_of_32_threads() -> None:
    sizes: list[int] = []
    counts: list[int] = []
    barrier = threading.Barrier(THREADS)

    def together(line: Line) -> None:
        barrier.wait(WAIT)
        echo(line)

    with FaultServer(then=echo) as server, client(server, timeout_ms=60_000) as mistral:
        rounds = Rounds(mistral)
        per_round = CALLS // ROUNDS // THREADS * THREADS
        rounds.run(per_round)  # whatever is made once is there after it
        asked = per_round
        for _ in range(ROUNDS):
            # What the server keeps of them is no memory of the client.
            server.received.clear()
            rounds.run(per_round)
            asked += per_round
            server.received.clear()
            gc.collect()
            counts.append(len(gc.get_objects()))
        assert rounds.wrong == []
        assert asked >= CALLS
        assert server.connections <= THREADS
        eventually(lambda: server.open == server.idle == server.connections)
        # Memory by the byte, for some of them: it is dear to watch.
        tracemalloc.start()
        try:
            # Every connection has its buffers from here on.
            server.turns += [together] * THREADS
            rounds.run(THREADS)
            for _ in range(5):
                rounds.run(THREADS * 5)
                server.received.clear()
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
        assert rounds.wrong == []
    eventually(lambda: server.open == 0)
    # A round may end with a little more in some cache; what leaks is in each of them.
    assert min(counts[3:]) - min(counts[:2]) < 500, counts
    # What traces the lines that run has a memory of its own, which grows.
    if "coverage" not in sys.modules:
        assert min(sizes[3:]) - min(sizes[:2]) < 20_000, sizes


def test_a_bad_network_for_32_threads() -> None:
    """Every third request fails in one way or another; every answer still is the right one."""
    numbers = itertools.count()

    def script(line: Line) -> None:
        number = next(numbers)
        if number % 3:
            echo(line)
        elif number % 4 == 0:
            reset(line)
        elif number % 4 == 1:
            line.send(answer(503, b"busy"))
        elif number % 4 == 2:
            line.send(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{")
            hang_up(line)
        else:
            hang_up(line)

    with FaultServer(then=script) as server:
        with client(server, timeout_ms=600_000, retry_config=RETRIES) as mistral:
            rounds = Rounds(mistral)
            rounds.run(THREADS * 20)
        eventually(lambda: server.open == 0)
    # Three failures in a row are an error that is told.
    assert not [one for one in rounds.wrong if isinstance(one, tuple)]
    assert len(rounds.wrong) < THREADS * 20 / 4
