"""A connected socket, each of whose waits is within the limits of an exchange."""

from __future__ import annotations

import io
import socket
from functools import partial
from typing import TYPE_CHECKING

from . import failures

if TYPE_CHECKING:
    import ssl
    from typing import Any

    from .limits import Limits, Waiting

__all__ = ["TimedSocket"]

_BUFFER = 16 * 1024
MAX_HEAD = 256 * 1024
"""The most bytes of a status line and headers, with those of interim responses before it."""


class TimedSocket:
    """A connection to a host, over TLS from `start_tls` on, until `discard` closes it."""

    limits: Waiting
    received: int
    """The bytes that came so far."""
    head_left: int | None
    """The bytes that may still come before the headers are whole; None: they are."""
    at_end: bool
    """Whether the other side has closed."""

    def __init__(self, host: str, port: int, limits: Limits) -> None:
        self.limits = limits
        self.received = 0
        self.head_left = MAX_HEAD  # of a proxy's answer, if there is one
        self.at_end = False
        self._socket = _connect(host, port, limits)

    def start_tls(self, context: ssl.SSLContext, server_hostname: str, limits: Limits) -> None:
        """From here on the connection is encrypted, with a server that proves its name."""
        self._socket = secure = context.wrap_socket(
            self._socket, server_hostname=server_hostname, do_handshake_on_connect=False
        )
        self.interruptible(limits)
        secure.settimeout(limits.left())
        secure.do_handshake()

    def interruptible(self, limits: Limits) -> None:
        """Waits are within these limits from here on, and end when they are aborted."""
        self.limits = limits
        limits.interruptible_by(self.interrupt)

    def interrupt(self) -> None:
        """End the connection without taking its socket from another thread that uses it."""
        _shut_down(self._socket)

    def is_quiet(self) -> bool:
        """Whether nothing has come, neither bytes nor the other side's end."""
        try:
            self._socket.settimeout(0)
            # Past TLS, whose own recv can't look without taking.
            socket.socket.recv(self._socket, 1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False

    def reader(self) -> io.BufferedReader:
        """What comes, as a file."""
        return io.BufferedReader(_Incoming(self), _BUFFER)

    def recv_into(self, buffer: Any) -> int:
        # Before each wait, as the deadline comes nearer.
        self._socket.settimeout(self.limits.left())
        try:
            count = self._socket.recv_into(buffer)
        except OSError:
            self.limits.left()  # which says so, if it was this side that ended it
            raise
        if not count:
            self.limits.left()
        self.received += count
        self.at_end = not count
        if self.head_left is not None:
            self.head_left -= count
            if self.head_left < 0:
                raise failures.ProtocolError("the headers are too large")
        return count

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            # Not the socket's own sendall, which over TLS waits anew for each part.
            self._socket.settimeout(self.limits.left())
            try:
                rest = rest[self._socket.send(rest) :]
            except OSError:
                self.limits.left()
                raise

    def discard(self) -> None:
        """Close the connection."""
        self._socket.close()


def default_context() -> ssl.SSLContext:
    """Trusts the system's authorities, and takes nothing but HTTP/1.1.

    Raises:
        RefusedError: Python was built without ssl.
    """
    try:
        import ssl
    except ImportError as error:
        raise failures.RefusedError(f"this Python has no ssl: {error}") from None

    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


class _Incoming(io.RawIOBase):
    """The bytes that come, as the raw side of a buffered reader."""

    def __init__(self, source: TimedSocket) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._source.recv_into(buffer)


def _shut_down(connection: socket.socket) -> None:
    try:
        # Not the method of a TLS socket, which takes the TLS away from its reader.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        pass  # it was closed already


def _connect(host: str, port: int, limits: Limits) -> socket.socket:
    """A connection to the first address that answers; each has its share of the time."""
    addresses = _addresses(host, port, limits)
    failure = OSError(f"{host} has no address")
    for number, (family, kind, protocol, _, address) in enumerate(addresses):
        try:
            connection = socket.socket(family, kind, protocol)
        except OSError as error:  # a family that this machine has not
            failure = error
            continue
        try:
            limits.interruptible_by(partial(_shut_down, connection))
            # What is larger than a packet is not to wait for an acknowledgement in its end.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(limits.left() / (len(addresses) - number))
            connection.connect(address)
            return connection
        except BaseException as error:
            connection.close()
            if not isinstance(error, OSError):
                raise
            limits.left()  # which says so, if it was this side that ended it
            failure = error
    try:
        raise failure
    finally:
        del failure  # which holds this frame


def _addresses(host: str, port: int, limits: Limits) -> list[Any]:
    """The addresses of a host; waiting for the name server ends with the limits.

    Nothing can end the look-up itself, so one that takes too long is left to a
    thread of its own.
    """
    try:
        # A number needs no name server.  As bytes it needs no table of Unicode either,
        # which takes 1 ms to import.
        number = host.encode("ascii")
        return socket.getaddrinfo(
            number, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
        )
    except (OSError, UnicodeError):
        pass
    import queue

    from .background import start_thread

    found: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except UnicodeError:
            found.put(failures.RefusedError(f"{host!r} can't be the name of a host"))
        except Exception as error:
            found.put(error)

    limits.interruptible_by(lambda: found.put(failures.closed()))
    start_thread(look_up)
    try:
        result = found.get(timeout=limits.left())
    except queue.Empty:
        raise TimeoutError("timed out") from None
    if isinstance(result, Exception):
        raise result
    return result
