"""The default transport: `urllib`, with connections that are kept."""

from __future__ import annotations

import os
import sys
import threading
import time
import weakref
from typing import TYPE_CHECKING

from .direct import SentDirectly
from .exchange import HTTPResponse
from .failures import closed
from .limits import Limits
from .pool import MAX_CONNECTIONS, MAX_IDLE_CONNECTIONS, ConnectionPool

if TYPE_CHECKING:
    import ssl
    import urllib.request
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from .connections import Response
    from .exchange import HTTPRequest
    from .openers import Foreign, OpenedByUrllib

__all__ = ["Body", "UrllibTransport"]


class UrllibTransport:
    """Sends requests by an opener of `urllib`, for any number of threads.

    Where there is neither a proxy nor a handler of yours, an opener would have
    nothing to do, and requests go straight to the server: `urllib.request` is
    not even loaded.

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
        self.max_connections = max_connections
        self._clock = clock
        pool = ConnectionPool(max_connections, max_idle_connections, clock=clock)
        self._requests: SentDirectly | OpenedByUrllib
        if opener is None and not own and not _may_have_proxies(proxies):
            self._requests = SentDirectly(pool, ssl_context)
        else:
            from .openers import OpenedByUrllib, opener_of

            self._requests = OpenedByUrllib(opener or opener_of(pool, own, proxies, ssl_context))
            # An opener and its handlers are a cycle, which would keep their pool for a while.
            weakref.finalize(self, self._requests.close)

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What is raised, beside `OSError`, when the network fails: `http.client.HTTPException`."""
        try:
            from http.client import HTTPException
        except (OSError, ImportError):
            # Such as where too many files are open.  Then none of them was raised, either.
            return ()
        return (HTTPException,)

    def send(self, request: HTTPRequest) -> HTTPResponse:
        """Send a request, and return the response once its headers are there."""
        return self.send_within(request, self.limits(request))

    def limits(self, request: HTTPRequest) -> Limits:
        """The times of a request, from now on."""
        return Limits(request, self._clock)

    def send_within(self, request: HTTPRequest, limits: Limits) -> HTTPResponse:
        """The same as `send`; to abort the limits ends it from another thread."""
        response = self._requests.open(request, limits)
        body = Body(response, limits.abort, self)
        return HTTPResponse(
            response.status,
            response.headers.joined(),
            body,
            body.close,
            body.release,
            limits.shorten,
        )

    def close(self) -> None:
        """Close every connection; what still waits on one fails.  It can be used again."""
        self._requests.close()


def _may_have_proxies(proxies: Mapping[str, str] | None) -> bool:
    """Whether `urllib.request` has to be asked for the proxies, or given them."""
    if proxies is not None:
        return bool(proxies)
    if sys.platform == "darwin" or os.name == "nt":  # which have settings of their own
        return True
    return any(
        value and name.lower().endswith("_proxy") and name.lower() != "no_proxy"
        for name, value in os.environ.items()
    )


class Body:
    """The body of a response: an iterator of what comes, and the end of its connection."""

    def __init__(
        self,
        response: Response | Foreign,
        interrupt: Callable[[], object],
        transport: UrllibTransport,
    ) -> None:
        self._response = response
        self._transport = transport  # which ends its connections when nobody has it any more
        self._interrupt = interrupt
        self._lock = threading.RLock()
        self._reading = False
        self._closed = False
        self._released = False

    @property
    def at_end(self) -> bool:
        """Whether it is known that nothing more comes."""
        return self._response.at_end

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._lock:
            if self._closed or self._released:
                raise StopIteration
            self._reading = True
        try:
            block = self._response.next_block()
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
        if not (self._closed or self._released):
            self._released = True
            self._response.release()
