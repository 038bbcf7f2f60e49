"""Connections to hosts: look the name up, and try one address after the other."""

from __future__ import annotations

import encodings.idna  # noqa: F401  # a fork during a later import could hang
import queue
import socket
import threading
from functools import partial
from typing import TYPE_CHECKING

from .failures import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .limits import Deadline

__all__ = ["connected", "shut_down", "start_thread"]


def start_thread(target: Callable[[], object]) -> None:
    """Start a thread that does not delay the end of the interpreter, or raise OSError."""
    try:
        threading.Thread(target=target, name="mistral_proto", daemon=True).start()
    except RuntimeError as error:  # too many, or none in this interpreter
        raise OSError(str(error)) from None


def shut_down(connection: socket.socket) -> None:
    """End a connection whose socket another thread may be using."""
    try:
        # The method of a TLS socket would remove the TLS under its reader.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        pass  # it was closed already


def connected(host: str, port: int, deadline: Deadline) -> socket.socket:
    """Return a connection to the first address that answers; each gets a share of the time."""
    failure = OSError(f"{host} has no address")
    addresses = _addresses(host, port, deadline)
    for left, (family, kind, protocol, _, address) in zip(range(len(addresses), 0, -1), addresses):
        connection = None
        try:
            connection = socket.socket(family, kind, protocol)
            deadline.on_wake(partial(shut_down, connection))
            # The end of a large request must not wait for an acknowledgement.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(deadline.seconds_left() / left)
            connection.connect(address)
            return connection
        except BaseException as error:
            if connection is not None:
                connection.close()
            if not isinstance(error, OSError):
                raise
            deadline.seconds_left()  # raises if the time is over or the exchange was aborted
            failure = error
    try:
        raise failure
    finally:
        del failure  # its traceback holds this frame


def _addresses(host: str, port: int, deadline: Deadline) -> list[Any]:
    """Return the addresses of a host; the look-up runs in a thread, as it can't be aborted."""
    found: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()

    def look_up(flags: int = 0) -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags))
        except UnicodeError:
            found.put(RefusedError(f"{host!r} is not a valid host name"))
        except Exception as error:
            found.put(error)

    look_up(socket.AI_NUMERICHOST)  # an IP address needs no name server
    result = found.get()
    if isinstance(result, Exception):
        deadline.on_wake(partial(found.put, result))
        try:
            start_thread(look_up)
        except OSError:
            look_up()  # without threads it can't be aborted
        try:
            result = found.get(timeout=deadline.seconds_left())
        except queue.Empty:
            raise TimeoutError("timed out") from None
        deadline.check()
    if isinstance(result, Exception):
        raise result
    return result
