"""Connections to hosts: the name is looked up, and one address after the other is tried."""

from __future__ import annotations

import encodings.idna  # noqa: F401  # `socket` and `ssl` load it on a call, where a fork may hang
import queue
import socket
import threading
from functools import partial
from typing import TYPE_CHECKING

from .failures import RefusedError, closed

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .limits import Limits

__all__ = ["connected", "shut_down", "start_thread"]


def start_thread(target: Callable[[], object]) -> None:
    """Start a thread that no end of the interpreter waits for; raises OSError if it can't be."""
    try:
        threading.Thread(target=target, name="mistral_proto", daemon=True).start()
    except RuntimeError as error:  # too many, or none in this interpreter
        raise OSError(str(error)) from None


def shut_down(connection: socket.socket) -> None:
    """End a connection without taking its socket from another thread that uses it."""
    try:
        # Not the method of a TLS socket, which takes the TLS away from its reader.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        pass  # it was closed already


def connected(host: str, port: int, limits: Limits) -> socket.socket:
    """Return a connection to the first address that answers; each has its share of the time."""
    failure = OSError(f"{host} has no address")
    addresses = _addresses(host, port, limits)
    for left, (family, kind, protocol, _, address) in zip(range(len(addresses), 0, -1), addresses):
        connection = None
        try:
            connection = socket.socket(family, kind, protocol)
            limits.interruptible_by(partial(shut_down, connection))
            # What is larger than a packet is not to wait for an acknowledgement in its end.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(limits.left() / left)
            connection.connect(address)
            return connection
        except BaseException as error:
            if connection is not None:
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
    """The addresses of a host; a look-up, which nothing can end, is left to a thread."""
    found: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()

    def look_up(flags: int = 0) -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags))
        except UnicodeError:
            found.put(RefusedError(f"{host!r} can't be the name of a host"))
        except Exception as error:
            found.put(error)

    look_up(socket.AI_NUMERICHOST)  # a number needs no name server
    result = found.get()
    if isinstance(result, Exception):
        limits.interruptible_by(lambda: found.put(closed()))
        try:
            start_thread(look_up)
        except OSError:
            look_up()  # where there can be no thread, with nothing that ends it
        try:
            result = found.get(timeout=limits.left())
        except queue.Empty:
            raise TimeoutError("timed out") from None
    if isinstance(result, Exception):
        raise result
    return result
