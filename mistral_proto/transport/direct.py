"""Requests that go straight to the server, without `urllib.request` and `http.client`.

These take 30 ms to import, and have nothing to do where there is neither a proxy nor
a handler of the user's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .connections import HTTPConnection
from .failures import RefusedError
from .sockets import default_context
from .urls import place

if TYPE_CHECKING:
    import ssl

    from .connections import Response
    from .exchange import HTTPRequest
    from .limits import Limits
    from .pool import ConnectionPool

__all__ = ["SentDirectly"]


class SentDirectly:
    """Sends requests on the connections of a pool."""

    def __init__(self, pool: ConnectionPool, context: ssl.SSLContext | None) -> None:
        self._pool = pool
        self._context = context

    def open(self, request: HTTPRequest, limits: Limits) -> Response:
        """Send a request, and return the response once its headers are there."""
        try:
            scheme, authority, host, port, target = place(request.url)
        except ValueError:  # which shows the URL
            raise RefusedError("the URL is not an absolute http or https URL") from None
        context = None
        if scheme == "https":
            if self._context is None:
                self._context = default_context()
            context = self._context
        headers = {"Host": authority, "Content-length": str(len(request.body))}
        # In the same case as urllib writes them, for servers that mind.
        headers.update({name.capitalize(): value for name, value in request.headers.items()})
        return self._pool.exchange(
            (host, port, context),
            lambda: HTTPConnection(host, port, context),
            request.method,
            target,
            request.body,
            headers,
            limits,
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()
