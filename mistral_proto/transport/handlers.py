"""Handlers of `urllib` that keep connections.

They go into any opener in the place of its own:

>>> import ssl, urllib.request
>>> context = ssl.create_default_context()
>>> opener = urllib.request.build_opener(KeepAliveHTTPSHandler(context=context))
>>> sum(isinstance(handler, urllib.request.HTTPSHandler) for handler in opener.handlers)
1
"""

from __future__ import annotations

import http.client
import io
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

from .connections import HTTPConnection
from .exchange import HTTPRequest
from .limits import Limits
from .pool import MAX_CONNECTIONS, MAX_IDLE_CONNECTIONS, ConnectionPool
from .sockets import default_context
from .tunnel import Tunnel

if TYPE_CHECKING:
    import ssl
    from collections.abc import Hashable, Mapping
    from typing import Any
    from urllib.request import HTTPSHandler as HTTPSHandler

    from .connections import Response
else:
    # A Python without ssl has no such handler.
    HTTPSHandler = getattr(urllib.request, "HTTPSHandler", urllib.request.AbstractHTTPHandler)

__all__ = ["KeepAliveHTTPHandler", "KeepAliveHTTPSHandler", "OpenedResponse", "TimedRequest"]

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


class OpenedResponse(http.client.HTTPResponse):
    """A response in the form that `urllib` and its users know.

    What `http.client` has for reading it reads from its body, to whose end it
    gives the connection back.
    """

    def __init__(self, response: Response, request: urllib.request.Request) -> None:
        super().__init__(_Source(response), method=request.get_method())  # type: ignore[arg-type]
        self._response = response
        self._is_given_away = False
        self.url = request.full_url
        self.version = response.version
        self.code = self.status = response.status
        self.reason = self.msg = response.reason  # type: ignore[assignment]
        self.headers = http.client.HTTPMessage()
        for name, value in response.headers.fields:
            # As its own parser does, without the checks for what somebody wrote.
            self.headers.set_raw(name, value)
        self.will_close = response.will_close
        self.chunked = False  # it is read by the body
        self.length = None

    def flush(self) -> None:
        # Nothing is written; http.client's own fails where what it reads from is closed,
        # and a collection may close that first.
        pass

    def close(self) -> None:
        """Close it, and its connection."""
        if not self._is_given_away:
            self._response.close()
        super().close()

    def _close_conn(self) -> None:
        # http.client's own methods do this at the end of the body.
        super()._close_conn()  # type: ignore[misc]
        self._response.release()

    def unwrapped(self) -> Response:
        """The response itself, for whoever reads it in the place of this one."""
        self._is_given_away = True
        self.fp = None  # type: ignore[assignment]
        return self._response


class _Source(io.RawIOBase):
    """The body of a response, as what `http.client` takes for a socket and its file."""

    def __init__(self, response: Response) -> None:
        self._response = response
        self._taken = b""

    def makefile(self, mode: str) -> io.RawIOBase:
        return self

    def read1(self, size: int = -1) -> bytes:
        """The next piece, once there is one; at the end, nothing."""
        data = self._taken or self._response.next_block()
        if 0 <= size < len(data):
            data, self._taken = data[:size], data[size:]
        else:
            self._taken = b""
        return data

    def readinto(self, buffer: Any) -> int:
        data = self.read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Place(http.client.HTTPConnection):
    """A host and a port, as `http.client` reads them; nothing connects to it."""

    def __init__(self, host: str, default_port: int) -> None:
        self.default_port = default_port
        super().__init__(host)


def connection_to(
    host: str, context: ssl.SSLContext | None, tunnel_to: str | None, for_proxy: Mapping[str, str]
) -> HTTPConnection:
    """A connection to a host, or through a tunnel of this one; hosts may name a port.

    Raises:
        http.client.InvalidURL: a port is no number.
    """
    port = http.client.HTTP_PORT if context is None else http.client.HTTPS_PORT
    place, tunnel = _Place(host, port), None
    if tunnel_to:
        end = _Place(tunnel_to, port)
        tunnel = Tunnel(end.host, end.port, for_proxy)
    return HTTPConnection(place.host, place.port, context, tunnel)


class _KeepsConnections:
    """What the two handlers share."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def _exchange(
        self, request: urllib.request.Request, context: ssl.SSLContext | None
    ) -> OpenedResponse:
        headers = {**request.headers, **request.unredirected_hdrs}
        tunnel_to = getattr(request, "_tunnel_host", None)
        for_proxy: dict[str, str] = {}
        if tunnel_to and "Proxy-authorization" in headers:
            # It goes to the proxy that opens the tunnel, not through it.
            for_proxy["Proxy-Authorization"] = headers.pop("Proxy-authorization")
        key: Hashable = (request.host, context, tunnel_to, *for_proxy.values())

        body = request.data
        if not (body is None or isinstance(body, bytes)):
            raise TypeError("the data of a request must be bytes")
        response = self._pool.exchange(
            key,
            lambda: connection_to(request.host, context, tunnel_to, for_proxy),
            request.get_method(),
            request.selector or "/",
            body,
            headers,
            _limits(request),
        )
        return OpenedResponse(response, request)

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

    def http_open(self, req: urllib.request.Request) -> OpenedResponse:
        return self._exchange(req, None)


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

    def https_open(self, req: urllib.request.Request) -> OpenedResponse:
        if self._context_given is None:
            self._context_given = default_context()
        return self._exchange(req, self._context_given)
