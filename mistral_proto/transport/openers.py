"""Requests that go through an opener of `urllib`: one of the user's, or one with proxies or handlers.

`urllib.request` takes 30 ms to import, so this is not loaded where none of these
is there.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from .content_coding import decompressor
from .failures import RefusedError
from .handlers import (
    HTTPSHandler,
    KeepAliveHTTPHandler,
    KeepAliveHTTPSHandler,
    OpenedResponse,
    TimedRequest,
)
from .head import Headers

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping, Sequence
    from typing import Any

    from .connections import Response
    from .exchange import HTTPRequest
    from .limits import Limits
    from .pool import ConnectionPool

__all__ = ["OpenedByUrllib"]

_BLOCK = 64 * 1024


class OpenedByUrllib:
    """Sends requests by an opener."""

    def __init__(self, opener: urllib.request.OpenerDirector) -> None:
        self._opener = opener

    def open(self, request: HTTPRequest, limits: Limits) -> Response | Foreign:
        """Send a request, and return the response once its headers are there."""
        timed = TimedRequest(request.url, data=request.body, method=request.method)
        timed.limits = limits
        # Those that an opener which follows a redirect does not take along.
        timed.unredirected_hdrs = {
            name.capitalize(): value for name, value in request.headers.items()
        }
        opened: Any
        try:
            opened = self._opener.open(timed, timeout=request.read_timeout)
        except urllib.error.HTTPError as error:
            # A response, to openers that hold it for an error.
            opened = error.fp if isinstance(error.fp, OpenedResponse) else error
        if opened is None:
            raise RefusedError("the opener has no handler for the URL")
        if opened.url != request.url:
            opened.close()
            raise RefusedError("the opener followed a redirect")
        return opened.unwrapped() if isinstance(opened, OpenedResponse) else Foreign(opened)

    def close(self) -> None:
        """Close what the handlers hold."""
        handlers: list[urllib.request.BaseHandler] = self._opener.handlers  # type: ignore[attr-defined]
        for handler in handlers:
            handler.close()


class Foreign:
    """A response of somebody else's handler, to be used as a `Response` is."""

    at_end = False

    def __init__(self, response: Any) -> None:
        self._response = response
        self.status: int = response.status
        self.headers = Headers(response.headers.items())
        try:
            self._unpacked = decompressor(self.headers)
        except RefusedError:
            self.close()
            raise

    def next_block(self) -> bytes:
        """The next piece of the body, once there is one; at the end, nothing."""
        unpacked = self._unpacked
        while True:
            if unpacked is not None and (piece := unpacked.take()):
                return piece
            block: bytes = self._response.read1(_BLOCK)
            if not block:
                if getattr(self._response, "length", None):
                    raise http.client.IncompleteRead(b"")
                if unpacked is not None:
                    unpacked.end()
                return block
            if unpacked is None:
                return block
            unpacked.feed(block)

    def close(self) -> None:
        """Close it, and its connection."""
        self._response.close()

    release = close


def opener_of(
    pool: ConnectionPool,
    own: Sequence[urllib.request.BaseHandler],
    proxies: Mapping[str, str] | None,
    context: ssl.SSLContext | None,
) -> urllib.request.OpenerDirector:
    """An opener with these handlers, and ours where they have none of a kind.

    Not `build_opener`: its handlers follow redirects, turn statuses into
    exceptions, and open files.

    Raises:
        ValueError: a proxy is not one over HTTP.
    """
    for proxy in (proxies or {}).values():
        _check_proxy(proxy)
    opener = urllib.request.OpenerDirector()
    # It would name itself in a header, which is for the sender of a request to do.
    opener.addheaders = []
    ours: list[tuple[urllib.request.BaseHandler, type[urllib.request.BaseHandler]]] = [
        (_ProxyHandler(None if proxies is None else dict(proxies)), urllib.request.ProxyHandler),
        (KeepAliveHTTPHandler(pool=pool), urllib.request.HTTPHandler),
        (KeepAliveHTTPSHandler(pool=pool, context=context), HTTPSHandler),
    ]
    if own:
        ours.append((_ErrorProcessor(), urllib.request.HTTPErrorProcessor))
    for handler, kind in ours:
        if not any(isinstance(other, kind) for other in own):
            opener.add_handler(handler)
    for handler in own:
        opener.add_handler(handler)
    return opener


def _check_proxy(proxy: str) -> None:
    """Raises ValueError for a proxy that is not one over HTTP."""
    scheme, separator, _ = proxy.partition("://")
    if separator and scheme.lower() not in ("http", "https"):
        raise ValueError(f"a proxy must be one over http or https, not over {scheme}")


class _ProxyHandler(urllib.request.ProxyHandler):
    """Says which proxies can't be used, rather than to take them for others."""

    def proxy_open(self, req: urllib.request.Request, proxy: str, type: str) -> Any:
        if not (req.host and urllib.request.proxy_bypass(req.host)):
            try:
                _check_proxy(proxy)
            except ValueError as error:
                raise RefusedError(str(error)) from None
            is_tunnel = req.type == "https"
            if is_tunnel and proxy.lower().startswith("https://") and "@" in proxy:
                # urllib opens tunnels in the clear, whatever the proxy's URL says.
                raise RefusedError("a password for a proxy over https can't be kept secret")
        return super().proxy_open(req, proxy, type)


class _ErrorProcessor(urllib.request.HTTPErrorProcessor):
    """Lets handlers answer a status, such as 407, by another request."""

    def http_response(self, request: urllib.request.Request, response: Any) -> Any:
        answered = super().http_response(request, response)
        if answered is None:
            return response
        if answered is not response:
            response.close()
        return answered

    https_response = http_response
