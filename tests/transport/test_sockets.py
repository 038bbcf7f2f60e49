"""A socket whose every wait has a bound: to connect, to agree on TLS, to send, to receive."""

from __future__ import annotations

import io
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mistral_proto.transport import sockets
from mistral_proto.transport.failures import ClosedError, ProtocolError
from mistral_proto.transport.limits import Limits
from mistral_proto.transport.sockets import MAX_HEAD, TimedSocket
from tests.client.faults.tls import LOCALHOST, TRUST
from tests.transport.listening import address
from tests.transport.times import Ticking, limits, patient

WAIT = 20.0


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
        reader = ours.reader()
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
    reader = ours.reader()
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
        ours.reader().read1(5)
    assert not ours.at_end


def test_what_came_is_counted(pair: Pair) -> None:
    ours, theirs = pair
    reader = ours.reader()
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
    reader = ours.reader()
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


def test_to_discard_closes(pair: Pair) -> None:
    ours, theirs = pair
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
    assert ours.reader().read1(5) == b"x"
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
    assert ours.reader().read1(5) == b"Hi"
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
