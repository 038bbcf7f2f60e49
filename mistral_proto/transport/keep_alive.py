"""A handler of `urllib` that keeps connections."""

from __future__ import annotations

import queue
import time
import urllib.request
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .connections import Connection, Response, ssl
from .failures import RefusedError
from .limits import Deadline, Slots

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn
    from urllib.request import HTTPSHandler

    Idle = deque[tuple[object, float, Response]]
else:
    # A Python without ssl has no such handler.
    HTTPSHandler = getattr(urllib.request, "HTTPSHandler", urllib.request.AbstractHTTPHandler)

__all__ = ["KeepAliveHandler"]

MAX_CONNECTIONS = 512
MAX_IDLE_CONNECTIONS = 64
_MAX_IDLE_SECONDS = 60.0
_DEFAULT_TIMEOUT = 300.0


class KeepAliveHandler(urllib.request.HTTPHandler, HTTPSHandler):
    """A handler for http and https that keeps connections; thread-safe, for any opener.

    A connection is kept if its response is closed after the end of its body. In an opener of
    your own the timeout of `urllib` applies to each wait, and there is no deadline.

    Args:
        context: the certificates to trust and to present; None: the certificate authorities
            of the system, loaded for the first https URL.
        max_connections: the most connections open at once, in use or idle; further requests wait.
        max_idle_connections: the most idle connections.

    Raises:
        ValueError: `max_connections` is below 1, or `max_idle_connections` below 0.

    >>> opener = urllib.request.build_opener(KeepAliveHandler())
    >>> sum(isinstance(each, urllib.request.HTTPSHandler) for each in opener.handlers)
    1
    """

    def __init__(
        self,
        *,
        context: ssl.SSLContext | None = None,
        max_connections: int = MAX_CONNECTIONS,
        max_idle_connections: int = MAX_IDLE_CONNECTIONS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if max_connections < 1 or max_idle_connections < 0:
            raise ValueError("max_connections must be at least 1, and max_idle_connections 0")
        # `HTTPSHandler.__init__` would load the authorities of the system at once.
        urllib.request.AbstractHTTPHandler.__init__(self)
        self._context = context
        self._bounds = max_connections, max_idle_connections
        self._clock = clock
        self._begin()

    def _begin(self) -> None:
        self._slots = Slots(self._bounds[0])
        # The last response of each idle connection, oldest first.
        self._idle: Idle = deque()

    def http_open(self, req: urllib.request.Request) -> Response:
        return self._open(req, None, 80)

    def https_open(self, req: urllib.request.Request) -> Response:
        if self._context is None:
            self._context = default_context()
        return self._open(req, self._context, 443)

    def _open(self, request: Any, context: ssl.SSLContext | None, port: int) -> Response:
        if not (request.data is None or isinstance(request.data, bytes)):
            raise TypeError("the data of a request must be bytes")
        deadline = getattr(request, "deadline", None)
        if deadline is None:  # an opener of the user sends the request
            timeout = request.timeout
            wait = timeout if isinstance(timeout, (int, float)) else _DEFAULT_TIMEOUT
            deadline = Deadline(wait, wait, float("inf"), time.monotonic)
        headers = {**request.headers, **request.unredirected_hdrs}
        method, tunnel = request.get_method(), request._tunnel_host
        # This header is for the proxy that opens the tunnel, not for the server behind it.
        user = headers.pop("Proxy-authorization", None) if tunnel else None
        proxy = None
        if tunnel or request.has_proxy():
            proxy = f"{'http' if tunnel else request.type}://{request.host}"
        may_repeat = getattr(request, "may_repeat", False) or method in ("GET", "HEAD")
        asked = (method, request.selector, request.data, headers)
        try:
            tunnel_to = _address(tunnel, port) if tunnel else None
            # A connection is for requests with the same key.
            key = (_address(request.host, port), context, tunnel_to, user, proxy)
            response = self._exchange(key, deadline, may_repeat, asked)
        except ValueError as error:
            if isinstance(error, OSError):  # a failed verification of a certificate is both
                raise
            # The original text may show a secret.
            raise RefusedError(
                "HTTP does not allow a character of the URL or of a header"
            ) from None
        response.url = request.full_url
        response.msg = response.reason  # type: ignore[assignment]
        return response

    def _exchange(
        self, key: tuple[Any, ...], deadline: Deadline, may_repeat: bool, request: tuple[Any, ...]
    ) -> Response:
        """Return the response; when it is closed, the connection is kept or closed."""
        if self._slots.is_inherited:
            self._begin()
        try:
            self._wait_for_slot(deadline)
            connection = self._take(key)
            is_kept = connection is not None
            while True:
                if connection is None:
                    _close_all_but(self._slots.free(), self._idle)
                    connection = Connection(*key)
                try:
                    response = connection.exchange(deadline, *request)
                    break
                except BaseException as error:
                    connection.discard()
                    if isinstance(error, Exception):
                        deadline.check()  # an abort is the cause of other errors
                    # The server may have closed it while it was idle (RFC 9112, section 9.3.1).
                    raw = connection.raw
                    is_stale = is_kept and isinstance(error, ConnectionError) and not raw.received
                    if not (is_stale and (may_repeat or not raw.sent)):
                        raise
                connection, is_kept = None, False
        except BaseException:
            self._slots.release(deadline)
            raise
        response.on_end = partial(self._end, self._idle, key, deadline)
        return response

    def _wait_for_slot(self, deadline: Deadline) -> None:
        woken: queue.SimpleQueue[None] = queue.SimpleQueue()
        deadline.on_wake(partial(woken.put, None))
        deadline.start_waiting()
        while seconds := self._slots.wait_seconds(deadline):
            with suppress(queue.Empty):
                woken.get(timeout=seconds)
        deadline.connected()

    def _take(self, key: object) -> Connection | None:
        """Return the idle connection for this key that was used last, if it is usable."""
        oldest = self._clock() - _MAX_IDLE_SECONDS

        def matches(entry: tuple[object, float, Response]) -> bool:
            return entry[1] < oldest or entry[0] == key

        # Searched again each time, as other threads change the list.
        while entry := next(filter(matches, reversed(list(self._idle))), None):
            try:
                self._idle.remove(entry)
            except ValueError:  # another thread was faster
                continue
            _, since, response = entry
            connection = response.connection
            if since >= oldest and response.is_ready():
                del response.connection  # the old response must not keep it alive
                return connection
            connection.discard()
        return None

    def _end(
        self, idle: Idle, key: object, deadline: Deadline, response: Response, is_kept: bool
    ) -> None:
        try:
            if is_kept and idle is self._idle and not self._slots.is_inherited:
                response.connection.raw.deadline = None
                idle.append((key, self._clock(), response))
                _close_all_but(self._bounds[1], idle)
            else:
                response.connection.discard()
        finally:
            self._slots.release(deadline)

    def close(self) -> None:
        """Close every connection; their exchanges fail. The handler can be used again."""
        slots, idle = self._slots, self._idle
        self._begin()
        slots.abort()
        _close_all_but(0, idle)

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "connections can't be pickled; create the client in the process that uses it"
        )


def _address(host: str, usual_port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{host}")
    return parts.hostname or "", parts.port or usual_port


def _close_all_but(count: int, idle: Idle) -> None:
    with suppress(IndexError):  # another thread was faster
        while len(idle) > count:
            idle.popleft()[2].connection.discard()


def default_context() -> ssl.SSLContext:
    """Return a context that trusts the authorities of the system, for HTTP/1.1 alone."""
    if ssl is None:
        raise RefusedError("this Python has no ssl")
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
