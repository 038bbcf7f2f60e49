"""The handler of `urllib` that keeps connections."""

from __future__ import annotations

import queue
import time
import urllib.request
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .connections import Connection, Response
from .exchange import HTTPRequest
from .failures import RefusedError
from .limits import LOOK_AGAIN_SECONDS, Limits, Places
from .optional import ssl

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
    """A handler for http and https that keeps connections, for any opener and number of threads.

    A connection is kept when its response is closed after the end of its body.  With
    urllib alone its `timeout` is for each wait, and there is no deadline.

    Args:
        context: whom to trust, and which certificate to show; None: the system's
            authorities, loaded when the first URL needs them.
        max_connections: how many are open at once, in use or kept; further requests wait.
        max_idle_connections: how many are kept for requests to come.

    Raises:
        ValueError: a bound is below 1 (below 0 for those kept).

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
        # Not that of `HTTPSHandler`, which would load the system's authorities at once.
        urllib.request.AbstractHTTPHandler.__init__(self)
        self._trusted = context
        self._bounds = max_connections, max_idle_connections
        self._clock = clock
        self._begin()

    def _begin(self) -> None:
        self._places = Places(self._bounds[0])
        # The last responses of connections that are kept, the oldest first.
        self._idle: Idle = deque()

    def http_open(self, req: urllib.request.Request) -> Response:
        return self._open(req, None, 80)

    def https_open(self, req: urllib.request.Request) -> Response:
        if self._trusted is None:
            self._trusted = default_context()
        return self._open(req, self._trusted, 443)

    def _open(self, request: Any, context: ssl.SSLContext | None, port: int) -> Response:
        if not (request.data is None or isinstance(request.data, bytes)):
            raise TypeError("the data of a request must be bytes")
        limits = getattr(request, "limits", None)
        if limits is None:  # it comes from the opener of somebody who uses urllib alone
            given = request.timeout
            wait = given if isinstance(given, (int, float)) else _DEFAULT_TIMEOUT
            limits = Limits(HTTPRequest("", "", {}, b"", wait, wait, float("inf")), time.monotonic)
        headers = {**request.headers, **request.unredirected_hdrs}
        tunnel = request._tunnel_host
        # It goes to the proxy that opens the tunnel, not through it.
        name = "Proxy-authorization"
        for_proxy = {name: headers.pop(name)} if tunnel and name in headers else {}
        proxy = None
        if tunnel or request.has_proxy():
            proxy = f"{'http' if tunnel else request.type}://{request.host}"
        try:
            tunnel_to = _address(tunnel, port) if tunnel else None
            where = (_address(request.host, port), context, tunnel_to)
            response = self._exchange(
                (*where, *for_proxy.values()),
                lambda: Connection(*where, for_proxy, proxy),
                limits,
                getattr(request, "may_repeat", False) or request.get_method() in ("GET", "HEAD"),
                (request.get_method(), request.selector, request.data, headers),
            )
        except ValueError as error:
            if isinstance(error, OSError):  # a certificate that proves nothing is both
                raise
            # It shows what may be a secret.
            raise RefusedError("the URL or a header has what HTTP does not allow") from None
        response.url = request.full_url
        response.msg = response.reason  # type: ignore[assignment]
        return response

    def _exchange(
        self,
        key: object,
        new: Callable[[], Connection],
        limits: Limits,
        may_repeat: bool,
        request: tuple[Any, ...],
    ) -> Response:
        """The response to a request, which gives its connection back or ends it."""
        if self._places.are_the_parents:
            self._begin()
        try:
            self._wait(limits)
            connection = self._take(key)
            is_kept = connection is not None
            while True:
                if connection is None:
                    _close_all_but(self._places.free(), self._idle)
                    connection = new()
                try:
                    response = connection.exchange(limits, *request)
                    break
                except BaseException as error:
                    connection.discard()
                    if isinstance(error, Exception):
                        limits.check()  # which says so, if it was this side that ended it
                    # The server may have closed it while it was idle (RFC 9112, section 9.3.1).
                    raw = connection.raw
                    is_stale = is_kept and isinstance(error, ConnectionError) and not raw.received
                    if not (is_stale and (may_repeat or not raw.sent)):
                        raise
                connection, is_kept = None, False
        except BaseException:
            self._places.leave(limits)
            raise
        response.on_end = partial(self._end, self._idle, key, limits)
        return response

    def _wait(self, limits: Limits) -> None:
        """Wait for a place."""
        turn: queue.SimpleQueue[None] = queue.SimpleQueue()
        limits.interruptible_by(partial(turn.put, None))
        until = self._clock() + limits.left()
        while not self._places.take(limits, until - self._clock()):
            with suppress(queue.Empty):
                turn.get(timeout=LOOK_AGAIN_SECONDS)

    def _take(self, key: object) -> Connection | None:
        """The connection that was kept last and can serve again."""
        oldest = self._clock() - _MAX_IDLE_SECONDS

        def concerns(entry: tuple[object, float, Response]) -> bool:
            return entry[1] < oldest or entry[0] == key

        # Looked up anew each time: other threads take and give back meanwhile.
        while entry := next(filter(concerns, reversed(list(self._idle))), None):
            try:
                self._idle.remove(entry)
            except ValueError:  # another thread was faster
                continue
            _, since, response = entry
            connection = response.connection
            if since >= oldest and response.is_ready():
                del response.connection  # else it would live as long as the old response
                return connection
            connection.discard()
        return None

    def _end(
        self, idle: Idle, key: object, limits: Limits, response: Response, is_kept: bool
    ) -> None:
        try:
            if is_kept and idle is self._idle and not self._places.are_the_parents:
                response.connection.raw.limits = None
                idle.append((key, self._clock(), response))
                _close_all_but(self._bounds[1], idle)
            else:
                response.connection.discard()
        finally:
            self._places.leave(limits)

    def close(self) -> None:
        """Close every connection; what waits on one fails.  It can be used again."""
        places, idle = self._places, self._idle
        self._begin()
        places.abort()
        _close_all_but(0, idle)

    def __reduce__(self) -> NoReturn:
        raise TypeError("connections can't be pickled; make what has them where it is used")


def _address(host: str, usual_port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{host}")
    return parts.hostname or "", parts.port or usual_port


def _close_all_but(count: int, idle: Idle) -> None:
    with suppress(IndexError):  # another thread was faster
        while len(idle) > count:
            idle.popleft()[2].connection.discard()


def default_context() -> ssl.SSLContext:
    """Return a context that trusts the system's authorities, and takes nothing but HTTP/1.1.

    Raises:
        RefusedError: Python was built without ssl.
    """
    if ssl is None:
        raise RefusedError("this Python has no ssl")
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
