"""The default transport: an opener of `urllib`, with connections that are kept."""

from __future__ import annotations

import http.client
import io
import re
import threading
import time
import urllib.error
import urllib.request
import weakref
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..errors import Headers
from .connections import BLOCK, Connection, Response
from .content_coding import check_codings, codings, unpacked
from .exchange import HTTPRequest, HTTPResponse
from .failures import CUT, ProtocolError, RefusedError, without_frames
from .limits import Limits
from .optional import ssl
from .pool import MAX_CONNECTIONS, MAX_IDLE_CONNECTIONS, ConnectionPool
from .proxies import ProxyHandler, check_proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any
    from urllib.request import HTTPSHandler
else:
    # A Python without ssl has no such handler.
    HTTPSHandler = getattr(urllib.request, "HTTPSHandler", urllib.request.AbstractHTTPHandler)

__all__ = ["Body", "KeepAliveHandler", "UrllibTransport"]

_DEFAULT_TIMEOUT = 300.0
_FOLD = re.compile(r"\r?\n[ \t]+")
# So many that `HTTPRedirectHandler` gives a redirect back, rather than to follow it.
_REDIRECTS = dict.fromkeys(map(str, range(1000)), 0)


class KeepAliveHandler(urllib.request.HTTPHandler, HTTPSHandler):
    """A handler of `urllib` for http and https that keeps connections; it goes into any opener.

    With urllib alone its `timeout` is for each wait, and there is no deadline.

    Args:
        context: whom to trust, and which certificate to show; None: the system's
            authorities, loaded when the first URL needs them.
        max_connections, max_idle_connections: as those of `UrllibTransport`.

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
        # Not that of `HTTPSHandler`, which would load the system's authorities at once.
        urllib.request.AbstractHTTPHandler.__init__(self)
        self._trusted = context
        self._pool = ConnectionPool(max_connections, max_idle_connections, clock)

    def http_open(self, req: urllib.request.Request) -> Response:
        return self._open(req, None, 80)

    def https_open(self, req: urllib.request.Request) -> Response:
        if self._trusted is None:
            self._trusted = default_context()
        return self._open(req, self._trusted, 443)

    def _open(self, request: Any, context: ssl.SSLContext | None, port: int) -> Response:
        headers = {**request.headers, **request.unredirected_hdrs}
        tunnel = request._tunnel_host
        # It goes to the proxy that opens the tunnel, not through it.
        name = "Proxy-authorization"
        for_proxy = {name: headers.pop(name)} if tunnel and name in headers else {}
        proxy = f"{'http' if tunnel else request.type}://{request.host}"
        limits = getattr(request, "limits", None)
        if limits is None:  # it comes from the opener of somebody who uses urllib alone
            given = request.timeout
            wait = given if isinstance(given, (int, float)) else _DEFAULT_TIMEOUT
            limits = Limits(HTTPRequest("", "", {}, b"", wait, wait, float("inf")), time.monotonic)
        method, data = request.get_method(), request.data
        if not (data is None or isinstance(data, bytes)):
            raise TypeError("the data of a request must be bytes")
        try:
            new = (
                _address(request.host, port),
                context,
                _address(tunnel, port) if tunnel else None,
                for_proxy,
                proxy if tunnel or request.has_proxy() else None,
            )
            response = self._pool.exchange(
                (*new[:3], *for_proxy.values()),
                lambda: Connection(*new),
                limits,
                method in ("GET", "HEAD") or getattr(request, "may_repeat", False),
                method,
                request.selector,
                data,
                headers,
            )
        except ValueError as error:
            if isinstance(error, OSError):  # a certificate that proves nothing is both
                raise
            # It shows what may be a secret.
            raise RefusedError("the URL or a header has what HTTP does not allow") from None
        response.url = request.full_url
        response.msg = response.reason  # type: ignore[assignment]
        return response

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


def _address(host: str, usual_port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{host}")
    return parts.hostname or "", parts.port or usual_port


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


class UrllibTransport:
    """Sends requests by an opener of `urllib`, for any number of threads.

    Args:
        handlers: handlers of `urllib` to add, before ours of the same kind: for a proxy
            that asks for a password, for cookies, and so on.
        opener: an opener of your own, used as it is, and closed with this.  It
            keeps connections if it has a `KeepAliveHandler`, which has the
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
        TypeError: the proxies are no mapping of strings to strings.

    >>> transport = UrllibTransport(proxies={"https": "http://proxy.example:3128"})
    >>> transport.close()
    """

    failures = (http.client.HTTPException,)
    """What is raised, beside `OSError`, when the network fails."""

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
        if opener is None:
            keeps = KeepAliveHandler(
                context=ssl_context,
                max_connections=max_connections,
                max_idle_connections=max_idle_connections,
                clock=clock,
            )
            opener = _opener(own, keeps, proxies)
        elif own or (proxies, ssl_context, *bounds) != (None, None, *_BOUNDS):
            raise ValueError("an opener has its own handlers, proxies, ssl_context and bounds")
        self.max_connections = max_connections
        self._clock = clock
        self._opener = opener
        # An opener and its handlers are a cycle, which would keep their pool for a while.
        weakref.finalize(self, _close, opener)

    def send(self, request: HTTPRequest) -> HTTPResponse:
        """Send a request, and return the response once its headers are there."""
        return self.send_within(request, self.limits(request))

    def limits(self, request: HTTPRequest) -> Limits:
        """Return the times of a request, from now on."""
        return Limits(request, self._clock)

    def send_within(self, request: HTTPRequest, limits: Limits) -> HTTPResponse:
        """Do the same as `send`; to abort the limits ends it from another thread."""
        return without_frames(self._send, request, limits)

    def _send(self, request: HTTPRequest, limits: Limits) -> HTTPResponse:
        asked: Any
        try:
            asked = urllib.request.Request(request.url, request.body, method=request.method)
        except ValueError:  # which shows the URL
            raise RefusedError("the URL is not an absolute http or https URL") from None
        asked.limits = limits
        asked.may_repeat = request.may_repeat
        asked.redirect_dict = _REDIRECTS
        # Those that an opener which follows a redirect does not take along.
        asked.unredirected_hdrs = {
            name.capitalize(): value for name, value in request.headers.items()
        }
        opened: Any
        try:
            opened = self._opener.open(asked, timeout=request.read_timeout)
        except urllib.error.HTTPError as error:
            # A response, to openers that hold it for an error.
            opened = error.with_traceback(None)
            if error.fp is None:
                opened = urllib.error.HTTPError(
                    request.url, error.code, error.msg, error.hdrs, io.BytesIO()
                )
        if opened is None:
            raise RefusedError("the opener has no handler for the URL")
        headers = Headers(opened.headers)
        headers.update({name: _FOLD.sub(" ", value) for name, value in headers.items()})
        try:
            if opened.url != request.url:
                raise RefusedError("the opener followed a redirect")
            if opened.status < 300:  # another one is worth having without its body
                check_codings(codings(headers))
        except RefusedError:
            opened.close()
            raise
        body = Body(opened, codings(headers), limits, self)
        return HTTPResponse(opened.status, headers, body, body.close, body.release, limits.shorten)

    def close(self) -> None:
        """Close every connection; what still waits on one fails.  It can be used again."""
        _close(self._opener)


_BOUNDS = MAX_CONNECTIONS, MAX_IDLE_CONNECTIONS


def _opener(
    own: list[urllib.request.BaseHandler],
    keeps: KeepAliveHandler,
    proxies: Mapping[str, str] | None,
) -> urllib.request.OpenerDirector:
    """An opener with these handlers; those of `build_opener` also open files, for example."""
    if proxies is not None:
        if not hasattr(proxies, "items"):
            raise TypeError(
                f"proxies must map schemes to URLs, not be of type {type(proxies).__name__}"
            )
        for scheme, proxy in proxies.items():
            check_proxy(scheme, proxy)
    opener = urllib.request.OpenerDirector()
    # It would name itself in a header, which is for the sender of a request to do.
    opener.addheaders = []
    handlers = [*own, keeps]
    if not any(isinstance(each, urllib.request.ProxyHandler) for each in own):
        handlers.append(ProxyHandler(proxies))
    if own:  # which may answer a status, such as 407, by another request
        handlers += [urllib.request.HTTPErrorProcessor(), urllib.request.HTTPDefaultErrorHandler()]
    for handler in handlers:
        opener.add_handler(handler)
    return opener


def _close(opener: Any) -> None:
    for handler in opener.handlers:
        handler.close()


class Body:
    """The body of a response: an iterator of what comes, and the end of its connection.

    One thread at a time may iterate it: in another that is a RuntimeError.
    """

    _over = _released = False

    def __init__(
        self, response: Any, codings: list[str], limits: Limits, transport: UrllibTransport
    ) -> None:
        self._response = response
        blocks = _blocks(response)
        self._pieces = unpacked(blocks, codings) if codings else blocks
        self._is_plain = not codings and isinstance(response, Response)
        self._limits = limits
        self._transport = transport  # which ends its connections when nobody has it any more
        self._busy = threading.Lock()

    @property
    def at_end(self) -> bool:
        """Whether it is known that nothing more comes."""
        return self._is_plain and not self._over and self._response.isclosed()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._released:
            raise StopIteration
        self._limits.check()
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("another thread is reading this body")
        try:
            block: bytes = without_frames(next, self._pieces, b"")
            self._limits.check()
        except BaseException:
            # The pieces are over now, and that must not look like the end of the body.
            self._over = True
            self._limits.abort()
            raise
        finally:
            self._busy.release()
            if self._over:  # perhaps by another thread, which leaves the rest to this one
                self._discard()
        if not block:
            raise StopIteration
        return block

    def close(self) -> None:
        """End the body and its connection, from whatever thread."""
        if not self._released:  # else it is another exchange's by now
            self._over = True
            self._limits.abort()
            # To close a socket that another thread reads may give its number away.
            if self._busy.acquire(blocking=False):
                self._busy.release()
                self._discard()

    def release(self) -> None:
        """End the body, and give its connection back unless another thread is reading it."""
        if not self._busy.acquire(blocking=False):
            self.close()
        elif not self._over:
            self._released = True
            self._busy.release()
            getattr(self._response, "release", self._response.close)()

    def _discard(self) -> None:
        getattr(self._response, "discard", self._response.close)()

    def __del__(self) -> None:
        if not self._released:
            self._discard()


def _blocks(response: Any) -> Iterator[bytes]:
    read: Callable[[int], bytes] = getattr(response, "read1", response.read)
    while block := read(BLOCK):
        yield block
    if getattr(response, "length", None):
        raise ProtocolError(CUT)
