"""The default transport: `urllib`, with connections that are kept."""

from __future__ import annotations

import http.client
import threading
import time
import urllib.error
import urllib.request
import weakref

from .connections import Response
from .content_coding import decompressor
from .exchange import HTTPResponse, lowercase
from .failures import RefusedError, closed
from .handlers import HTTPSHandler, KeepAliveHTTPHandler, KeepAliveHTTPSHandler, TimedRequest
from .limits import Limits
from .pool import MAX_CONNECTIONS, MAX_IDLE_CONNECTIONS, ConnectionPool

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from .exchange import HTTPRequest

__all__ = ["Body", "UrllibTransport"]

_BLOCK = 64 * 1024


class UrllibTransport:
    """Sends requests by an opener of `urllib`, for any number of threads.

    Args:
        handlers: handlers of `urllib` to add, or to take in place of ours of the
            same kind, as `urllib.request.build_opener` does: for a proxy that
            asks for a password, for cookies, and so on.
        opener: an opener of your own, used as it is, and closed with this.  It
            keeps connections if it has a `KeepAliveHTTPSHandler`, which has the
            bounds then.
        proxies: the proxy's URL for ``"http"`` and ``"https"``, with a user name
            and password where it needs them; ``{}`` for none; None takes them
            from the environment, whose ``NO_PROXY`` is heeded in any case.
        ssl_context: whom to trust, and which certificate to show; None: the
            authorities that the system trusts.
        max_connections: how many connections are open at once; further calls wait.
        max_idle_connections: how many are kept for calls to come.

    Raises:
        ValueError: a bound is too low, a proxy is not one over HTTP, or an
            opener is given together with what makes one.

    >>> transport = UrllibTransport(proxies={"https": "http://proxy.example:3128"})
    >>> transport.close()
    """

    failures: tuple[type[Exception], ...] = (http.client.HTTPException,)

    def __init__(
        self,
        *,
        handlers: Iterable[urllib.request.BaseHandler] = (),
        opener: urllib.request.OpenerDirector | None = None,
        proxies: Mapping[str, str] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        max_connections: int = MAX_CONNECTIONS,
        max_idle_connections: int = MAX_IDLE_CONNECTIONS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        own = list(handlers)
        bounds = (max_connections, max_idle_connections)
        if opener is not None and (
            own
            or proxies is not None
            or ssl_context is not None
            or bounds != (MAX_CONNECTIONS, MAX_IDLE_CONNECTIONS)
        ):
            raise ValueError("an opener has its own handlers, proxies, ssl_context and bounds")
        for proxy in (proxies or {}).values():
            _check_proxy(proxy)
        self.max_connections = max_connections
        self._clock = clock
        pool = ConnectionPool(max_connections, max_idle_connections, clock=clock)
        self._opener = opener or _opener(pool, own, proxies, ssl_context)
        # An opener and its handlers are a cycle, which would keep their pool for a while.
        weakref.finalize(self, _close, self._opener)

    def send(self, request: HTTPRequest) -> HTTPResponse:
        """Send a request, and return the response once its headers are there."""
        return self.send_within(request, self.limits(request))

    def limits(self, request: HTTPRequest) -> Limits:
        """The times of a request, from now on."""
        return Limits(request, self._clock)

    def send_within(self, request: HTTPRequest, limits: Limits) -> HTTPResponse:
        """The same as `send`; to abort the limits ends it from another thread."""
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
            opened = error.fp if isinstance(error.fp, Response) else error
        if opened is None:
            raise RefusedError("the opener has no handler for the URL")
        if opened.url != request.url:
            opened.close()
            raise RefusedError("the opener followed a redirect")
        body = Body(opened, limits.abort, self)
        headers = lowercase(opened.headers)
        return HTTPResponse(opened.status, headers, body, body.close, body.release, limits.shorten)

    def close(self) -> None:
        """Close every connection; what still waits on one fails.  It can be used again."""
        _close(self._opener)


class Body:
    """The body of a response: an iterator of what comes, and the end of its connection."""

    def __init__(
        self, response: Any, interrupt: Callable[[], object], transport: UrllibTransport
    ) -> None:
        self._response = response
        self._transport = transport  # which ends its connections when nobody has it any more
        self._interrupt = interrupt
        self._lock = threading.RLock()
        self._reading = False
        self._closed = False
        self._released = False
        if isinstance(response, Response):
            self._next = response.next_block
        else:
            self._unpacked = decompressor(response.headers)
            self._next = self._next_of_others

    def _next_of_others(self) -> bytes:
        """What a response of another handler has next."""
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

    @property
    def at_end(self) -> bool:
        """Whether it is known that nothing more comes."""
        return isinstance(self._response, Response) and self._response.at_end

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._lock:
            if self._closed or self._released:
                raise StopIteration
            self._reading = True
        try:
            block = self._next()
        finally:
            with self._lock:
                self._reading = False
            if self._closed:  # by another thread, which leaves the rest to this one
                self._response.close()
        if self._closed:
            raise closed()
        if not block:
            raise StopIteration
        return block

    def close(self) -> None:
        with self._lock:
            if self._released:
                return  # it is another exchange's by now
            self._closed = True
            is_reading = self._reading
        if is_reading:
            # To close a socket that another thread reads may give its number away.
            self._interrupt()
        else:
            self._response.close()

    def __del__(self) -> None:
        self.close()

    def release(self) -> None:
        if self._closed:
            return
        if not isinstance(self._response, Response):
            self.close()
        elif not self._released:
            self._released = True
            self._response.release()


def _close(opener: urllib.request.OpenerDirector) -> None:
    handlers: list[urllib.request.BaseHandler] = opener.handlers  # type: ignore[attr-defined]
    for handler in handlers:
        handler.close()


def _opener(
    pool: ConnectionPool,
    own: Sequence[urllib.request.BaseHandler],
    proxies: Mapping[str, str] | None,
    context: ssl.SSLContext | None,
) -> urllib.request.OpenerDirector:
    """An opener with these handlers, and ours where they have none of a kind.

    Not `build_opener`: its handlers follow redirects, turn statuses into
    exceptions, and open files.
    """
    opener = urllib.request.OpenerDirector()
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
