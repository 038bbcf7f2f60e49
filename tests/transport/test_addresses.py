"""Finding a host and connecting to it: each address and the name server has its share of the time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any, Union

import pytest

from mistral_proto.transport.addresses import connected, start_thread
from mistral_proto.transport.failures import ClosedError
from tests.transport.listening import address
from tests.transport.times import Ticking, deadline, patient

WAIT = 20.0


# -- addresses, each with its share of the time

V4, V6 = socket.AF_INET, socket.AF_INET6
REFUSED = ConnectionRefusedError(111, "Connection refused")
UNREACHABLE = OSError(101, "Network is unreachable")
NO_FAMILY = OSError(97, "Address family not supported by protocol")


class Network:
    """What becomes of a try to connect, address by address, and the time that each was given.

    An ending is an error, None for success, or the seconds that are waited for nothing.
    """

    def __init__(self, *endings: Union[Exception, float, None]) -> None:
        self.endings = list(endings)
        self.clock = Ticking()
        self.given: list[float] = []
        self.made: list[Any] = []

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        network = self

        class Socket(socket.socket):
            def __init__(self, family: int, *arguments: Any) -> None:
                if network.endings[len(network.made)] is NO_FAMILY:
                    network.made.append(None)
                    raise NO_FAMILY
                super().__init__(socket.AF_INET, *arguments)
                network.made.append(self)

            def connect(self, address: Any) -> None:
                limit = self.gettimeout()
                assert limit is not None
                network.given.append(round(limit, 3))
                ending = network.endings[address[1]]
                if isinstance(ending, Exception):
                    raise ending
                if ending is not None:
                    network.clock.now += min(limit, ending)
                    if ending >= limit:
                        raise TimeoutError("timed out")

        found = [
            (V6 if number % 2 else V4, socket.SOCK_STREAM, 0, "", ("x", number))
            for number in range(len(self.endings))
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        monkeypatch.setattr(socket, "socket", Socket)


NEVER = 10**6

# How the tries end, the times for connecting and in all, the time that each try is given, and
# the error in the end, if there is one.
Endings = tuple[Union[Exception, float, None], ...]
IN_TURN: dict[str, tuple[Endings, float, float, list[float], str | None]] = {
    "the first": ((None, None), 9, 60, [4.5], None),
    "the only one": ((None,), 9, 60, [9], None),
    "the deadline comes first": ((None, None), 9, 4, [2], None),
    "the first refuses": ((REFUSED, None), 9, 60, [4.5, 9], None),
    "the last of three": ((REFUSED, UNREACHABLE, None), 9, 60, [3, 4.5, 9], None),
    "the first is silent": ((NEVER, None), 9, 60, [4.5, 4.5], None),
    "two of three are silent": ((NEVER, NEVER, None), 9, 60, [3, 3, 3], None),
    "silent, refuses, slow": ((NEVER, REFUSED, 2), 9, 60, [3, 3, 6], None),
    "a slow one": ((2,), 9, 60, [9], None),
    "a family that the machine has not": ((NO_FAMILY, None), 9, 60, [9], None),
    "all refuse": ((UNREACHABLE, REFUSED), 9, 60, [4.5, 9], "Connection refused"),
    "all are silent": ((NEVER, NEVER, NEVER), 9, 60, [3, 3, 3], "timed out"),
    "silent till the deadline": ((NEVER, NEVER), 9, 3, [1.5, 1.5], "timed out"),
    "no family of them": ((NO_FAMILY,), 9, 60, [], "Address family not supported"),
    "none": ((), 9, 60, [], "host has no address"),
}


@pytest.mark.parametrize(
    ("endings", "connect", "total", "given", "failure"), IN_TURN.values(), ids=IN_TURN
)
def test_addresses_in_turn(
    endings: Endings,
    connect: float,
    total: float,
    given: list[float],
    failure: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = Network(*endings)
    network.install(monkeypatch)
    allowed = deadline(network.clock, connect, 60, total)
    allowed.start_connecting()
    if failure is None:
        connection = connected("host", 1, allowed)
        assert network.made[-1].fileno() >= 0
        connection.close()
    else:
        with pytest.raises(OSError, match=failure):
            connected("host", 1, allowed)
    assert network.given == given
    # Those that did not connect are closed, and so is the one that was discarded.
    assert [made.fileno() for made in network.made if made] == [-1 for made in network.made if made]


def test_what_is_no_failure_of_the_network_ends_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(RuntimeError("a bug"), None)
    network.install(monkeypatch)
    with pytest.raises(RuntimeError, match="a bug"):
        connected("host", 1, patient())
    assert [made.fileno() for made in network.made] == [-1]


def test_ipv6() -> None:
    try:
        listener = socket.create_server(("::1", 0), family=V6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listener:
        ours = connected("::1", listener.getsockname()[1], patient())
        theirs, _ = listener.accept()
        with theirs:
            ours.sendall(b"x")
            assert theirs.recv(5) == b"x"
        ours.close()


# -- the name server


class NameServer:
    """In the place of `getaddrinfo`: does what it is told with names, and numbers as always."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answer: Callable[[], list[Any]]) -> None:
        self.asked: list[str] = []
        real = socket.getaddrinfo

        def look_up(host: str, *arguments: Any, **named: Any) -> Any:
            if named.get("flags", 0) & socket.AI_NUMERICHOST:
                return real(host, *arguments, **named)
            self.asked.append(host)
            return answer()

        monkeypatch.setattr(socket, "getaddrinfo", look_up)


def test_a_name(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(V4, socket.SOCK_STREAM, 0, "", address(listener))]
    names = NameServer(monkeypatch, lambda: found)
    connected("name.example", 1, patient()).close()
    assert names.asked == ["name.example"]


def test_a_number_asks_nobody(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    names = NameServer(monkeypatch, list)
    connected(*address(listener), patient()).close()
    assert names.asked == []


@pytest.mark.parametrize(
    "error", [socket.gaierror(socket.EAI_NONAME, "Name or service not known"), OSError(24, "x")]
)
def test_a_name_that_is_not_known(error: OSError, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer() -> list[Any]:
        raise error

    NameServer(monkeypatch, answer)
    with pytest.raises(OSError) as caught:
        connected("name.example", 1, patient())
    assert caught.value is error


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example", "é" * 70])
def test_a_name_that_no_name_server_can_be_asked_for(name: str) -> None:
    with pytest.raises(OSError):
        connected(name, 1, patient())


@pytest.mark.parametrize("aborted", [False, True])
def test_a_slow_name_server_ends_with_the_limits(
    aborted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, clock = threading.Event(), Ticking()
    allowed = deadline(clock, 0.01 if not aborted else WAIT, WAIT, WAIT)

    def answer() -> list[Any]:
        if aborted:
            allowed.abort()
        assert goes_on.wait(WAIT)
        return []

    NameServer(monkeypatch, answer)
    allowed.start_connecting()
    threads = set(threading.enumerate())
    with pytest.raises(ClosedError if aborted else TimeoutError):
        connected("name.example", 1, allowed)
    goes_on.set()
    for thread in set(threading.enumerate()) - threads:
        thread.join(WAIT)  # it ends as soon as the name server does


def test_without_threads_a_name_is_looked_up_nevertheless(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **named: object) -> None:
        raise RuntimeError("daemon threads are disabled in this interpreter")

    NameServer(monkeypatch, lambda: [(V4, socket.SOCK_STREAM, 0, "", address(listener))])
    monkeypatch.setattr(threading, "Thread", refuse)
    connected("name.example", 1, patient()).close()
    with pytest.raises(OSError, match="daemon threads"):
        start_thread(lambda: None)
