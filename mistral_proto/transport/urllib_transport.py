"""The default transport: an opener of `urllib`, with connections that are kept."""

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
from .connections import BLOCK, Response
from .content_coding import check_codings, codings, unpacked
from .exchange import HTTPResponse
from .failures import CUT, ProtocolError, RefusedError, without_frames
from .keep_alive import MAX_CONNECTIONS, MAX_IDLE_CONNECTIONS, KeepAliveHandler
from .limits import Limits
from .proxies import ProxyHandler

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from .exchange import HTTPRequest

__all__ = ["Body", "UrllibTransport"]

_BOUNDS = {"max_connections": MAX_CONNECTIONS, "max_idle_connections": MAX_IDLE_CONNECTIONS}
_FOLD = re.compile(r"\r?\n[ \t]+")
# So many that `HTTPRedirectHandler` gives a redirect back, rather than to follow it.
_REDIRECTS = dict.fromkeys(map(str, range(1000)), 0)


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
        bounds = {"max_connections": max_connections, "max_idle_connections": max_idle_connections}
        if opener is None:
            keeps = KeepAliveHandler(context=ssl_context, clock=clock, **bounds)
            opener = _opener(own, keeps, proxies)
        elif own or proxies is not None or ssl_context is not None or bounds != _BOUNDS:
            raise ValueError("an opener has its own handlers, proxies, ssl_context and bounds")
        self.max_connections = max_connections
        self._clock = clock
        self._opener = opener
        # An opener and its handlers are a cycle, which would keep its connections for a while.
        finalizer = weakref.finalize(self, _close, opener)
        finalizer.atexit = False  # what still waits then is not to fail for that

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
        if opened is None:
            raise RefusedError("the opener has no handler for the URL")
        headers = Headers(opened.headers)
        headers.update({name: _FOLD.sub(" ", value) for name, value in headers.items()})
        packed = codings(headers)
        try:
            if opened.url != request.url:
                raise RefusedError("the opener followed a redirect")
            if opened.status < 300:  # another one is worth having without its body
                check_codings(packed)
        except RefusedError:
            opened.close()
            raise
        body = Body(opened, packed, limits, self)
        return HTTPResponse(opened.status, headers, body, body.close, body.release, limits.shorten)

    def close(self) -> None:
        """Close every connection; what still waits on one fails.  It can be used again."""
        _close(self._opener)


def _opener(
    own: list[urllib.request.BaseHandler], keeps: KeepAliveHandler, proxies: Any
) -> urllib.request.OpenerDirector:
    """An opener with these handlers; one of `build_opener` also opens files, for example."""
    opener = urllib.request.OpenerDirector()
    # It would name itself in a header, which is for the sender of a request to do.
    opener.addheaders = []
    handlers = [*own, keeps]
    ours = ProxyHandler(proxies)
    if not any(isinstance(each, urllib.request.ProxyHandler) for each in own):
        handlers.append(ours)
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
                self._end(False)
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
                self._end(False)

    def release(self) -> None:
        """End the body, and give its connection back unless another thread is reading it."""
        if not self._busy.acquire(blocking=False):
            self.close()
        elif not self._over:
            self._released = True
            self._busy.release()
            self._end(True)

    def _end(self, is_kept: bool) -> None:
        if hasattr(self._response, "end"):
            self._response.end(is_kept)
        else:  # it is of another handler
            self._response.close()

    def __del__(self) -> None:
        if not self._released:
            self._end(False)


def _blocks(response: Any) -> Iterator[bytes]:
    read: Callable[[int], bytes] = getattr(response, "read1", response.read)
    while block := read(BLOCK):
        yield block
    if getattr(response, "length", None):
        raise ProtocolError(CUT)
