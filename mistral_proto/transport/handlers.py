"""Handlers of `urllib` that keep connections.

They go into any opener in the place of its own:

>>> import ssl, urllib.request
>>> context = ssl.create_default_context()
>>> opener = urllib.request.build_opener(KeepAliveHTTPSHandler(context=context))
>>> sum(isinstance(handler, urllib.request.HTTPSHandler) for handler in opener.handlers)
1
"""

from __future__ import annotations

import sys
import time
import urllib.request

from .connections import HTTPConnection
from .exchange import HTTPRequest
from .limits import Limits
from .pool import MAX_CONNECTIONS, MAX_IDLE_CONNECTIONS, ConnectionPool

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Hashable
    from urllib.request import HTTPSHandler as HTTPSHandler

    from .connections import Response
else:
    # A Python without ssl has no such handler.
    HTTPSHandler = getattr(urllib.request, "HTTPSHandler", urllib.request.AbstractHTTPHandler)

__all__ = ["KeepAliveHTTPHandler", "KeepAliveHTTPSHandler", "TimedRequest"]

_DEFAULT_TIMEOUT = 300.0


class _Full(dict[str, int]):
    """The redirects that a request has followed: as many as there may be."""

    def __len__(self) -> int:
        return sys.maxsize


class TimedRequest(urllib.request.Request):
    """A request with limits of its own; handlers that send it again find them there, too.

    `HTTPRedirectHandler` gives its redirects back, rather than to follow them.
    """

    limits: Limits | None = None
    redirect_dict = _Full()


class _KeepsConnections:
    """What the two handlers share."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def _exchange(
        self, request: urllib.request.Request, context: ssl.SSLContext | None
    ) -> Response:
        pool = self._pool
        limits = _limits(request)
        headers = {**request.headers, **request.unredirected_hdrs}
        tunnel = getattr(request, "_tunnel_host", None)
        for_proxy: dict[str, str] = {}
        if tunnel and "Proxy-authorization" in headers:
            # It goes to the proxy that opens the tunnel, not through it.
            for_proxy["Proxy-Authorization"] = headers.pop("Proxy-authorization")
        key: Hashable = (request.host, context, tunnel, *for_proxy.values())

        def new() -> HTTPConnection:
            connection = HTTPConnection(request.host, context)
            if tunnel:
                connection.set_tunnel(tunnel, headers=for_proxy)
            return connection

        body = request.data
        if not (body is None or isinstance(body, bytes)):
            raise TypeError("the data of a request must be bytes")
        kept = True
        while True:
            connection, kept = pool.acquire(key, new, limits, kept=kept)
            try:
                response = connection.exchange(
                    request.get_method(), request.selector, body, headers, limits
                )
                break
            except BaseException as error:
                # Before it is discarded, which forgets what came.
                unanswered = kept and not connection.answered
                pool.discard(connection)
                if not (unanswered and isinstance(error, ConnectionError)):
                    raise
            # The server closed it while the request was on its way (RFC 9112, 9.3.1).
            limits.left()
            kept = False
        response.url = request.full_url
        response.msg = response.reason  # type: ignore[assignment]
        response.on_close = lambda: pool.discard(connection)
        response.on_release = lambda: pool.release(key, connection)
        return response

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


def _limits(request: urllib.request.Request) -> Limits:
    limits = getattr(request, "limits", None)
    if isinstance(limits, Limits):
        return limits
    # It comes from the opener of somebody who uses urllib alone.
    timeout = request.timeout
    seconds = float(timeout) if isinstance(timeout, (int, float)) else _DEFAULT_TIMEOUT
    times = HTTPRequest("", "", {}, b"", seconds, seconds, float("inf"))
    return Limits(times, time.monotonic)


class KeepAliveHTTPHandler(_KeepsConnections, urllib.request.HTTPHandler):
    """Requests over http, on kept connections; the bounds are those of `UrllibTransport`.

    With urllib alone its `timeout` is for each wait, and there is no deadline.
    """

    def __init__(
        self,
        *,
        max_connections: int = MAX_CONNECTIONS,
        max_idle_connections: int = MAX_IDLE_CONNECTIONS,
        pool: ConnectionPool | None = None,
    ) -> None:
        urllib.request.AbstractHTTPHandler.__init__(self)
        _KeepsConnections.__init__(
            self, pool or ConnectionPool(max_connections, max_idle_connections)
        )

    def http_open(self, request: urllib.request.Request) -> Response:
        return self._exchange(request, None)


class KeepAliveHTTPSHandler(_KeepsConnections, HTTPSHandler):
    """Requests over https, on kept connections, to servers that prove their name.

    Args:
        max_connections, max_idle_connections: as those of `UrllibTransport`.
        pool: holds the connections; None: one of its own.
        context: whom to trust, and which certificate to show; None: the system's
            authorities, loaded when the first URL needs them.
    """

    def __init__(
        self,
        *,
        context: ssl.SSLContext | None = None,
        max_connections: int = MAX_CONNECTIONS,
        max_idle_connections: int = MAX_IDLE_CONNECTIONS,
        pool: ConnectionPool | None = None,
    ) -> None:
        # Not its own, which would load the system's authorities at once.
        urllib.request.AbstractHTTPHandler.__init__(self)
        _KeepsConnections.__init__(
            self, pool or ConnectionPool(max_connections, max_idle_connections)
        )
        self._context_given = context

    def https_open(self, request: urllib.request.Request) -> Response:
        if self._context_given is None:
            import ssl

            context = ssl.create_default_context()
            context.set_alpn_protocols(["http/1.1"])
            self._context_given = context
        return self._exchange(request, self._context_given)
