"""A socket whose every wait has a bound: to find, to connect, to agree on TLS, to send, to receive."""

from __future__ import annotations

import io
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any, Union

import pytest

from mistral_proto.transport import sockets
from mistral_proto.transport.failures import ClosedError, ProtocolError
from mistral_proto.transport.limits import Limits
from mistral_proto.transport.sockets import MAX_HEAD, TimedSocket
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.transport.times import Ticking, limits, patient

WAIT = 20.0


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(WAIT)
        yield listener


def address(listener: socket.socket) -> tuple[str, int]:
    host, port = listener.getsockname()[:2]
    return host, port


@pytest.fixture
def pair(listener: socket.socket) -> Iterator[tuple[TimedSocket, socket.socket]]:
    """A connection, from both sides."""
    ours = TimedSocket(*address(listener), patient())
    theirs, _ = listener.accept()
    theirs.settimeout(WAIT)
    with theirs:
        yield ours, theirs
        ours.discard()


Pair = tuple[TimedSocket, socket.socket]


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
    allowed = limits(network.clock, connect, 60, total)
    allowed.begin_connecting()
    if failure is None:
        connection = TimedSocket("host", 1, allowed)
        assert network.made[-1].fileno() >= 0
        connection.discard()
    else:
        with pytest.raises(OSError, match=failure):
            TimedSocket("host", 1, allowed)
    assert network.given == given
    # Those that did not connect are closed, and so is the one that was discarded.
    assert [made.fileno() for made in network.made if made] == [-1 for made in network.made if made]


def test_what_is_no_failure_of_the_network_ends_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(RuntimeError("a bug"), None)
    network.install(monkeypatch)
    with pytest.raises(RuntimeError, match="a bug"):
        TimedSocket("host", 1, patient())
    assert [made.fileno() for made in network.made] == [-1]


def test_ipv6() -> None:
    try:
        listener = socket.create_server(("::1", 0), family=V6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listener:
        ours = TimedSocket("::1", listener.getsockname()[1], patient())
        theirs, _ = listener.accept()
        with theirs:
            ours.sendall(b"x")
            assert theirs.recv(5) == b"x"
        ours.discard()


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
    TimedSocket("name.example", 1, patient()).discard()
    assert names.asked == ["name.example"]


def test_a_number_asks_nobody(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    names = NameServer(monkeypatch, list)
    TimedSocket(*address(listener), patient()).discard()
    assert names.asked == []


@pytest.mark.parametrize(
    "error", [socket.gaierror(socket.EAI_NONAME, "Name or service not known"), OSError(24, "x")]
)
def test_a_name_that_is_not_known(error: OSError, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer() -> list[Any]:
        raise error

    NameServer(monkeypatch, answer)
    with pytest.raises(OSError) as caught:
        TimedSocket("name.example", 1, patient())
    assert caught.value is error


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example", "é" * 70])
def test_a_name_that_no_name_server_can_be_asked_for(name: str) -> None:
    with pytest.raises(OSError):
        TimedSocket(name, 1, patient())


@pytest.mark.parametrize("aborted", [False, True])
def test_a_slow_name_server_ends_with_the_limits(
    aborted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, clock = threading.Event(), Ticking()
    allowed = limits(clock, 0.01 if not aborted else WAIT, WAIT, WAIT)

    def answer() -> list[Any]:
        if aborted:
            allowed.abort()
        assert goes_on.wait(WAIT)
        return []

    NameServer(monkeypatch, answer)
    allowed.begin_connecting()
    threads = set(threading.enumerate())
    with pytest.raises(ClosedError if aborted else TimeoutError):
        TimedSocket("name.example", 1, allowed)
    goes_on.set()
    for thread in set(threading.enumerate()) - threads:
        thread.join(WAIT)  # it ends as soon as the name server does


# -- an exchange that is aborted, in each of its waits


def aborted_by_the_other_side(
    listener: socket.socket, allowed: Limits, read: int, begin: bytes = b""
) -> threading.Thread:
    """Have the exchange be aborted as soon as the server has read so much of it."""

    def serve() -> None:
        theirs, _ = listener.accept()
        with theirs:
            theirs.sendall(begin)
            theirs.recv(read, socket.MSG_WAITALL)
            allowed.abort()
            theirs.settimeout(WAIT)
            try:
                while theirs.recv(65536):
                    pass
            except OSError:
                pass

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


@pytest.mark.parametrize("phase", ["connect", "handshake", "send", "receive", "between"])
def test_abort(phase: str, listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = patient()
    server = aborted_by_the_other_side(listener, allowed, 1)
    made: list[TimedSocket] = []

    def exchange() -> None:
        if phase == "connect":
            connect = socket.socket.connect

            def aborting(self: socket.socket, address: Any) -> None:
                connect(self, address)
                allowed.abort()

            monkeypatch.setattr(socket.socket, "connect", aborting, raising=False)
        ours = TimedSocket(*address(listener), allowed)
        made.append(ours)
        if phase == "handshake":
            ours.start_tls(TRUST, "localhost", allowed)
        elif phase == "send":
            while True:
                ours.sendall(b"x" * 65536)
        ours.sendall(b"x")
        if phase == "between":
            server.join(0.001)
            while True:
                allowed.left()
        reader = ours.makefile("rb")
        if not reader.read1(5):
            allowed.left()  # what is asked next

    with pytest.raises(OSError):
        exchange()
    with pytest.raises(ClosedError):
        allowed.left()
    for ours in made:
        ours.discard()
    server.join(WAIT)
    assert not server.is_alive()


def test_what_was_aborted_is_not_begun(listener: socket.socket) -> None:
    allowed = patient()
    allowed.abort()
    with pytest.raises(ClosedError):
        TimedSocket(*address(listener), allowed)


def test_to_interrupt_what_is_closed_is_harmless(pair: Pair) -> None:
    ours, _ = pair
    ours.discard()
    ours.interrupt()
    ours.discard()


# -- sending and receiving


class Slow:
    """A socket that takes three bytes at a time, and a second for each of these."""

    def __init__(self, clock: Ticking) -> None:
        self.clock = clock
        self.sent = b""
        self.given: list[float] = []

    def settimeout(self, seconds: float) -> None:
        self.given.append(seconds)

    def send(self, data: memoryview) -> int:
        self.clock.now += 1
        self.sent += data[:3]
        return min(3, len(data))


def test_each_part_that_is_sent_comes_nearer_to_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Ticking()
    slow = Slow(clock)
    monkeypatch.setattr(sockets, "_connect", lambda *_: slow)
    ours = TimedSocket("host", 1, limits(clock, 10, 4, 6))
    ours.sendall(b"0123456789")
    assert (slow.sent, slow.given) == (b"0123456789", [4, 4, 4, 3])
    ours.sendall(b"")
    with pytest.raises(TimeoutError):
        ours.sendall(b"0123456789")
    assert slow.sent == b"0123456789012345"


def test_each_wait_comes_nearer_to_the_deadline(pair: Pair) -> None:
    ours, theirs = pair
    clock = Ticking()
    ours.limits = limits(clock, 10, 4, 6)
    reader = ours.makefile("rb")
    for seconds in (2, 2):
        theirs.sendall(b"x")
        assert reader.read1(5) == b"x"
        clock.now += seconds
    assert ours.limits.left() == 2
    clock.now += 2
    theirs.sendall(b"x")
    with pytest.raises(TimeoutError, match="^timed out$"):
        reader.read1(5)


def test_what_the_other_side_does_not_take(pair: Pair) -> None:
    ours, theirs = pair
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    theirs.close()
    with pytest.raises(ConnectionError):
        while True:
            ours.sendall(b"x" * 1000)
    with pytest.raises(ConnectionError):
        ours.sendall(b"x")


def test_a_reset_is_no_end(pair: Pair) -> None:
    ours, theirs = pair
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    theirs.close()
    with pytest.raises(ConnectionResetError):
        ours.makefile("rb").read1(5)
    assert not ours.at_end


def test_what_came_is_counted(pair: Pair) -> None:
    ours, theirs = pair
    reader = ours.makefile("rb")
    assert isinstance(reader, io.BufferedReader)
    assert (ours.received, ours.at_end) == (0, False)
    theirs.sendall(b"Hello")
    assert reader.read(5) == b"Hello"
    assert (ours.received, ours.at_end) == (5, False)
    theirs.shutdown(socket.SHUT_WR)
    assert reader.read1(5) == b""
    assert (ours.received, ours.at_end) == (5, True)


@pytest.mark.parametrize("extra", [0, 1, 1000])
def test_the_bytes_of_a_head_have_a_bound(extra: int, pair: Pair) -> None:
    ours, theirs = pair
    writer = threading.Thread(target=theirs.sendall, args=(b"x" * (MAX_HEAD + extra),))
    writer.start()
    reader = ours.makefile("rb")
    if extra:
        with pytest.raises(ProtocolError, match="^the headers are too large$"):
            reader.read(MAX_HEAD + extra)
        ours.discard()
    else:
        assert reader.read(MAX_HEAD) == b"x" * MAX_HEAD
        ours.head_left = None  # they were whole; what follows has no such bound
        theirs.sendall(b"y" * 1000)
        assert reader.read(1000) == b"y" * 1000
    writer.join(WAIT)


def test_closing_is_left_to_discard(pair: Pair) -> None:
    ours, theirs = pair
    ours.close()
    ours.sendall(b"x")
    assert theirs.recv(5) == b"x"
    ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ours.discard()
    assert theirs.recv(5) == b""


# -- whether another exchange may begin

STATES: dict[str, tuple[Callable[[TimedSocket, socket.socket], object], bool]] = {
    "nothing happened": (lambda ours, theirs: None, True),
    "bytes came": (lambda ours, theirs: theirs.sendall(b"x"), False),
    "the other side ended": (lambda ours, theirs: theirs.shutdown(socket.SHUT_WR), False),
    "this side ended": (lambda ours, theirs: ours.interrupt(), False),
    "it was discarded": (lambda ours, theirs: ours.discard(), False),
}


@pytest.mark.parametrize(("happens", "quiet"), STATES.values(), ids=STATES)
def test_is_quiet(
    happens: Callable[[TimedSocket, socket.socket], object], quiet: bool, pair: Pair
) -> None:
    ours, theirs = pair
    assert ours.is_quiet()
    happens(ours, theirs)
    if not quiet and theirs.fileno() >= 0 and ours._socket.fileno() >= 0:
        ours._socket.settimeout(WAIT)
        ours._socket.recv(1, socket.MSG_PEEK)  # until it is there
    assert ours.is_quiet() is quiet
    assert ours.is_quiet() is quiet  # looking takes nothing


def test_a_look_leaves_the_time_for_the_next_wait(pair: Pair) -> None:
    ours, theirs = pair
    assert ours.is_quiet()
    later = threading.Timer(0.01, theirs.sendall, (b"x",))
    later.start()
    assert ours.makefile("rb").read1(5) == b"x"
    later.join()


# -- TLS


def test_tls(listener: socket.socket) -> None:
    def serve() -> None:
        theirs, _ = listener.accept()
        with LOCALHOST.wrap_socket(theirs, server_side=True) as secure:
            secure.settimeout(WAIT)
            assert secure.recv(5) == b"Hello"
            secure.sendall(b"Hi")
            secure.recv(1)

    server = threading.Thread(target=serve)
    server.start()
    allowed = patient()
    ours = TimedSocket(*address(listener), allowed)
    ours.start_tls(TRUST, "localhost", allowed)
    ours.sendall(b"Hello")
    assert ours.makefile("rb").read1(5) == b"Hi"
    assert ours.is_quiet()
    # Its end is seen below TLS, and another thread that reads keeps its socket.
    ours.interrupt()
    assert not ours.is_quiet()
    ours.discard()
    server.join(WAIT)
    assert not server.is_alive()


def test_tls_has_no_more_time_than_connecting(listener: socket.socket) -> None:
    # Nobody answers: it was accepted by the system alone.
    clock = Ticking()
    allowed = limits(clock, 0.01, WAIT, WAIT)
    allowed.begin_connecting()
    ours = TimedSocket(*address(listener), allowed)
    with pytest.raises(TimeoutError):
        ours.start_tls(TRUST, "localhost", allowed)
    ours.discard()


def test_tls_with_another(listener: socket.socket) -> None:
    def serve() -> None:
        theirs, _ = listener.accept()
        with theirs, pytest.raises(ssl.SSLError):
            LOCALHOST.wrap_socket(theirs, server_side=True)

    server = threading.Thread(target=serve)
    server.start()
    allowed = patient()
    ours = TimedSocket(*address(listener), allowed)
    with pytest.raises(ssl.SSLCertVerificationError, match="other.example"):
        ours.start_tls(TRUST, "other.example", allowed)
    ours.discard()
    server.join(WAIT)
