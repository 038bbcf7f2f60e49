"""The look-up of a name, and connections to its addresses, each with a share of the time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any, Union

import pytest

from mistral_proto.transport.addresses import connected, start_thread
from mistral_proto.transport.failures import ClosedError
from mistral_proto.transport.limits import Deadline
from tests.transport.support import WAIT, Clock, long_deadline

V4, V6 = socket.AF_INET, socket.AF_INET6
REFUSED = ConnectionRefusedError(111, "Connection refused")
UNREACHABLE = OSError(101, "Network is unreachable")
NO_FAMILY = OSError(97, "Address family not supported by protocol")
NEVER = 10**6
Ending = Union[Exception, float, None]


class Network:
    """The end of an attempt to connect to each address, and the time that each attempt was given.

    An ending is an error, None for success, or the seconds before success.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *endings: Ending) -> None:
        self.clock = Clock()
        self.given: list[float] = []
        self.made: list[Any] = []
        network = self

        class Socket(socket.socket):
            def __init__(self, family: int, *arguments: Any) -> None:
                if endings[len(network.made)] is NO_FAMILY:
                    network.made.append(None)
                    raise NO_FAMILY
                super().__init__(V4, *arguments)
                network.made.append(self)

            def connect(self, address: Any) -> None:
                limit = self.gettimeout()
                assert limit is not None
                network.given.append(round(limit, 3))
                ending = endings[address[1]]
                if isinstance(ending, Exception):
                    raise ending
                if ending is not None:
                    network.clock.now += min(limit, ending)
                    if ending >= limit:
                        raise TimeoutError("timed out")

        found = [
            (V6 if number % 2 else V4, socket.SOCK_STREAM, 0, "", ("x", number))
            for number in range(len(endings))
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        monkeypatch.setattr(socket, "socket", Socket)


def test_addresses_are_tried_in_turn() -> None:
    # The endings, the connect and the total timeout, the time of each attempt, and the error.
    cases: list[tuple[list[Ending], float, float, list[float], str]] = [
        ([None, None], 9, 60, [4.5], ""),
        ([None], 9, 60, [9], ""),
        ([None, None], 9, 4, [2], ""),
        ([REFUSED, UNREACHABLE, None], 9, 60, [3, 4.5, 9], ""),
        ([NEVER, NEVER, None], 9, 60, [3, 3, 3], ""),
        ([NEVER, REFUSED, 2], 9, 60, [3, 3, 6], ""),
        ([NO_FAMILY, None], 9, 60, [9], ""),
        ([UNREACHABLE, REFUSED], 9, 60, [4.5, 9], "Connection refused"),
        ([NEVER, NEVER, NEVER], 9, 60, [3, 3, 3], "timed out"),
        ([NEVER, NEVER], 9, 3, [1.5, 1.5], "timed out"),
        ([NO_FAMILY], 9, 60, [], "Address family not supported"),
        ([], 9, 60, [], "host has no address"),
    ]
    for endings, connect, total, given, failure in cases:
        with pytest.MonkeyPatch.context() as patch:
            network = Network(patch, *endings)
            deadline = Deadline(connect, WAIT * 3, total, network.clock)
            deadline.start_connecting()
            if failure:
                with pytest.raises(OSError, match=failure):
                    connected("host", 1, deadline)
            else:
                connected("host", 1, deadline).close()
        assert network.given == given, endings
        assert {made.fileno() for made in network.made if made} <= {-1}, "one is open"


def test_other_errors_end_the_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, RuntimeError("a bug"), None)
    with pytest.raises(RuntimeError, match="a bug"):
        connected("host", 1, long_deadline())
    assert [made.fileno() for made in network.made] == [-1]


# -- the name server


@pytest.fixture
def listener() -> Iterator[Any]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def replace_name_server(
    monkeypatch: pytest.MonkeyPatch, look_up: Callable[[], list[Any]]
) -> list[str]:
    """Replace the look-up of names, not of IP addresses; return the list of names asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def replaced(host: str, *arguments: Any, **named: Any) -> Any:
        if named.get("flags", 0) & socket.AI_NUMERICHOST:
            return real(host, *arguments, **named)
        asked.append(host)
        return look_up()

    monkeypatch.setattr(socket, "getaddrinfo", replaced)
    return asked


def test_a_name_is_looked_up_and_an_address_is_not(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [(V4, socket.SOCK_STREAM, 0, "", listener.getsockname())]
    asked = replace_name_server(monkeypatch, lambda: found)
    connected("127.0.0.1", listener.getsockname()[1], long_deadline()).close()
    assert asked == []
    connected("name.example", 1, long_deadline()).close()
    # Without threads too, as in some sub-interpreters.
    monkeypatch.setattr(threading.Thread, "start", lambda _: no_threads())
    connected("name.example", 1, long_deadline()).close()
    assert asked == ["name.example"] * 2
    with pytest.raises(OSError, match="no threads"):
        start_thread(lambda: None)


def no_threads() -> None:
    raise RuntimeError("no threads in this interpreter")


def test_unknown_and_invalid_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a..b", "x" * 64 + ".example", "é" * 70):
        with pytest.raises(OSError):
            connected(name, 1, long_deadline())
    for error in (socket.gaierror(socket.EAI_NONAME, "Name not known"), OSError(24, "x")):

        def fail(error: OSError = error) -> list[Any]:
            raise error

        with monkeypatch.context() as patch:
            replace_name_server(patch, fail)
            with pytest.raises(OSError) as caught:
                connected("name.example", 1, long_deadline())
            assert caught.value is error


@pytest.mark.parametrize("aborted", [False, True])
def test_a_slow_name_server_does_not_delay_the_end(
    aborted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    deadline = Deadline(WAIT if aborted else 0.01, WAIT, WAIT, Clock())

    def look_up() -> list[Any]:
        if aborted:
            deadline.abort()
        assert goes_on.wait(WAIT)
        return []

    replace_name_server(monkeypatch, look_up)
    deadline.start_connecting()
    threads = set(threading.enumerate())
    with pytest.raises(ClosedError if aborted else TimeoutError):
        connected("name.example", 1, deadline)
    goes_on.set()
    for thread in set(threading.enumerate()) - threads:
        thread.join(WAIT)
