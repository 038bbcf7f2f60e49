"""The default transport: an opener of `urllib` that keeps connections."""

from __future__ import annotations

import http.client
import re
import threading
import time
import urllib.error
import urllib.request
import weakref
from typing import TYPE_CHECKING

from ..errors import Headers
from .connections import BLOCK
from .content_coding import check_codings, codings, unpacked
from .exchange import HTTPResponse
from .failures import CUT, ProtocolError, RefusedError, without_frames
from .keep_alive import MAX_CONNECTIONS, MAX_IDLE_CONNECTIONS, KeepAliveHandler
from .limits import Deadline
from .proxies import ProxyHandler

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from .exchange import HTTPRequest

__all__ = ["Body", "UrllibTransport"]

_BOUNDS = {"max_connections": MAX_CONNECTIONS, "max_idle_connections": MAX_IDLE_CONNECTIONS}
_FOLD = re.compile(r"\r?\n[ \t]+")
# A request that has this many redirects makes `HTTPRedirectHandler` return the next one.
_REDIRECTS = dict.fromkeys(map(str, range(1000)), 0)


class UrllibTransport:
    """A transport over an opener of `urllib`; thread-safe.

    Args:
        handlers: more handlers of `urllib`, for example for proxy authentication or cookies;
            they replace ours of the same kind.
        opener: your own opener, closed with this transport. With a `KeepAliveHandler` it
            keeps connections, within the bounds of that handler.
        proxies: the URL of the proxy for ``"http"`` and ``"https"``, with user name and
            password if needed; ``{}``: none; None: from the environment. ``NO_PROXY`` of
            the environment always applies.
        ssl_context: the certificates to trust and to present; None: the certificate
            authorities of the system.
        max_connections: the most connections open at once; further calls wait.
        max_idle_connections: the most idle connections.

    Raises:
        ValueError: a bound is too low, the URL of a proxy is not valid, or an opener is given
            together with other options.
        TypeError: `proxies` is not a mapping of strings to strings.

    >>> transport = UrllibTransport(proxies={"https": "http://proxy.example:3128"})
    >>> transport.close()
    """

    failures = (http.client.HTTPException,)
    """The exceptions beside `OSError` that report a failure of the network."""

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
        bounds = {"max_connections": max_connections, "max_idle_connections": max_idle_connections}
        if opener is None:
            keeps = KeepAliveHandler(context=ssl_context, clock=clock, **bounds)
            opener = _opener(own, keeps, proxies)
        elif own or proxies is not None or ssl_context is not None or bounds != _BOUNDS:
            raise ValueError("an opener has its own handlers, proxies, ssl_context and bounds")
        self.max_connections = max_connections
        self._clock = clock
        self._opener = opener
        # The opener and its handlers are a cycle, which is collected late.
        finalizer = weakref.finalize(self, _close, opener)
        finalizer.atexit = False  # at exit, calls of daemon threads must not fail

    def send(self, request: HTTPRequest) -> HTTPResponse:
        """Send a request, and return the response once its headers have arrived."""
        return self.send_until(request, self.deadline(request))

    def deadline(self, request: HTTPRequest) -> Deadline:
        """Return the deadline of a request that starts now."""
        times = request.connect_timeout, request.read_timeout, request.total_timeout
        return Deadline(*times, self._clock)

    def send_until(self, request: HTTPRequest, deadline: Deadline) -> HTTPResponse:
        """Send a request with a deadline, which another thread can abort."""
        return without_frames(self._send, request, deadline)

    def _send(self, request: HTTPRequest, deadline: Deadline) -> HTTPResponse:
        asked: Any
        try:
            asked = urllib.request.Request(request.url, request.body, method=request.method)
        except ValueError:  # its text shows the URL
            raise RefusedError("the URL is not an absolute http or https URL") from None
        asked.deadline = deadline
        asked.may_repeat = request.may_repeat
        asked.redirect_dict = _REDIRECTS
        # An opener that follows a redirect does not send these headers again.
        asked.unredirected_hdrs = {
            name.capitalize(): value for name, value in request.headers.items()
        }
        opened: Any
        try:
            opened = self._opener.open(asked, timeout=request.read_timeout)
        except urllib.error.HTTPError as error:
            # Openers with error handlers raise the response.
            opened = error.with_traceback(None)
        if opened is None:
            raise RefusedError("the opener has no handler for the URL")
        headers = Headers(opened.headers)
        headers.update({name: _FOLD.sub(" ", value) for name, value in headers.items()})
        packed = codings(headers)
        try:
            if opened.url != request.url:
                raise RefusedError("the opener followed a redirect")
            if opened.status < 300:  # the status of an error counts without its body
                check_codings(packed)
        except RefusedError:
            opened.close()
            raise
        body = Body(opened, packed, deadline, self)
        return HTTPResponse(
            opened.status, headers, body, body.close, body.release, deadline.shorten
        )

    def close(self) -> None:
        """Close every connection; their exchanges fail. The transport can be used again."""
        _close(self._opener)


def _opener(
    own: list[urllib.request.BaseHandler], keeps: KeepAliveHandler, proxies: Any
) -> urllib.request.OpenerDirector:
    """Return an opener for http and https alone; that of `build_opener` also opens files."""
    opener = urllib.request.OpenerDirector()
    # The client sets the User-Agent.
    opener.addheaders = []
    handlers = [*own, keeps]
    ours = ProxyHandler(proxies)
    if not any(isinstance(each, urllib.request.ProxyHandler) for each in own):
        handlers.append(ours)
    if own:  # they may react to a status, such as 407, by another request
        handlers += [urllib.request.HTTPErrorProcessor(), urllib.request.HTTPDefaultErrorHandler()]
    for handler in handlers:
        opener.add_handler(handler)
    return opener


def _close(opener: Any) -> None:
    for handler in opener.handlers:
        handler.close()


class Body:
    """The body of a response: an iterator of blocks.

    One thread at a time may read it; a second one gets a RuntimeError.
    """

    _over = _released = False

    def __init__(
        self, response: Any, codings: list[str], deadline: Deadline, transport: UrllibTransport
    ) -> None:
        self._response = response
        blocks = _blocks(response)
        self._pieces = unpacked(blocks, codings) if codings else blocks
        self._deadline = deadline
        self._transport = transport  # keeps it alive, as it closes its connections at its end
        self._busy = threading.Lock()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._released:
            raise StopIteration
        self._deadline.check()
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("another thread is reading this body")
        try:
            block: bytes = without_frames(next, self._pieces, b"")
            self._deadline.check()
        except BaseException:
            # The generator is finished now, which must not look like the end of the body.
            self._over = True
            self._deadline.abort()
            raise
        finally:
            self._busy.release()
            if self._over:  # another thread may have closed it
                self._end(False)
        if not block:
            raise StopIteration
        return block

    def close(self) -> None:
        """Close the body and its connection, from any thread."""
        if not self._released:  # otherwise the connection may have another exchange
            self._over = True
            self._deadline.abort()
            # Closing a socket under a reader could give its file number to another.
            if self._busy.acquire(blocking=False):
                self._busy.release()
                self._end(False)

    def release(self) -> None:
        """Close the body, and keep the connection unless another thread is reading it."""
        if not self._busy.acquire(blocking=False):
            self.close()
        elif not self._over:
            self._released = True
            self._busy.release()
            self._end(True)

    def _end(self, is_kept: bool) -> None:
        if hasattr(self._response, "end"):
            self._response.end(is_kept)
        else:  # a response of another handler
            self._response.close()


def _blocks(response: Any) -> Iterator[bytes]:
    read: Callable[[int], bytes] = getattr(response, "read1", response.read)
    while block := read(BLOCK):
        yield block
    if getattr(response, "length", None):
        raise ProtocolError(CUT)
