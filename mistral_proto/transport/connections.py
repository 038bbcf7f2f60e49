"""A connection that can serve again, and the responses that it gives.

Not one of `http.client`, which takes 20 ms to import, ends a connection where
its own methods would, and can't tell what is left of a body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .content_coding import decompressor
from .failures import network_errors
from .framing import framing
from .head import read_head, request_head
from .limits import NO_WAIT
from .sockets import MAX_HEAD, TimedSocket

if TYPE_CHECKING:
    import io
    import ssl
    from collections.abc import Callable, Mapping

    from .content_coding import Decompressor
    from .framing import Framing
    from .limits import Limits
    from .tunnel import Tunnel

__all__ = ["HTTPConnection", "Response"]

_BLOCK = 64 * 1024
_MAX_LEFTOVER_BLOCKS = 4


class _Body:
    """A body, and nothing that follows it."""

    def __init__(
        self, source: io.BufferedReader, framing: Framing, unpacked: Decompressor | None
    ) -> None:
        self.framing = framing
        self._source = source
        self._unpacked = unpacked
        self.is_empty = True

    def next_block(self) -> bytes:
        """The next piece, once there is one; at the end, nothing."""
        unpacked = self._unpacked
        while True:
            data = unpacked.take() if unpacked is not None else b""
            if data or self.framing.finished:
                break
            if self.framing.failure is not None:
                raise self.framing.failure
            block = self._source.read1(_BLOCK)
            self.is_empty = False
            if not block:
                self.framing.end()
            elif unpacked is None:
                data = self.framing.feed(block)
                if data:
                    break
            else:
                unpacked.feed(self.framing.feed(block))
        if not data and unpacked is not None:
            unpacked.end()
        return data

    @property
    def at_end(self) -> bool:
        """Whether the last piece was taken."""
        return self.framing.finished and (self._unpacked is None or self._unpacked.finished)


class Response:
    """A response, whose connection may be kept once its body is there.

    Making one reads its head from a socket, and raises where that is none.
    """

    on_close: Callable[[], object] | None = None
    """What closing it does to its connection."""
    on_release: Callable[[], object] | None = None
    """What giving its connection back does."""

    def __init__(self, timed: TimedSocket) -> None:
        source = timed.reader()
        timed.head_left = MAX_HEAD
        while True:
            minor, self.status, self.reason, self.headers = read_head(source.readline)
            # Interim responses (RFC 9110, section 15.2) are none; 101 was not asked for.
            if self.status >= 200 or self.status == 101:
                break
        timed.head_left = None
        self.version = 10 + minor
        body = framing(self.status, self.headers, self.version)
        options = self.headers.options("connection")
        is_kept = "close" not in options and (minor > 0 or "keep-alive" in options)
        self.will_close = body.is_last or not is_kept
        self._body = _Body(source, body, decompressor(self.headers))

    def next_block(self) -> bytes:
        """The next piece of the body, once there is one; at the end, nothing."""
        return self._body.next_block()

    @property
    def at_end(self) -> bool:
        """Whether it is known that nothing more comes."""
        return self._body.at_end

    @property
    def alone(self) -> bool:
        """Whether the body is whole, and nothing came after it.

        What follows an empty body was not looked at.
        """
        body = self._body
        return body.at_end and not (body.framing.rest or body.is_empty)

    def close(self) -> None:
        """Close it, and its connection."""
        on_close, self.on_close, self.on_release = self.on_close, None, None
        if on_close is not None:
            on_close()

    def release(self) -> None:
        """Give its connection back, for other requests; what is left of the body is not wanted."""
        on_release, self.on_close, self.on_release = self.on_release, None, None
        if on_release is not None:
            on_release()


class HTTPConnection:
    """A connection, over TLS where there is a context, that serves one exchange after another.

    It leads through a proxy's tunnel, where there is one, whose end is to prove
    its name then.
    """

    def __init__(
        self,
        host: str,
        port: int,
        context: ssl.SSLContext | None = None,
        tunnel: Tunnel | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self._context = context
        self._tunnel = tunnel
        self.server_hostname = host if tunnel is None else tunnel.host
        """Who is to prove its name."""
        self._timed: TimedSocket | None = None
        self._limits: Limits | None = None
        self._last: Response | None = None

    def _connect(self, limits: Limits) -> TimedSocket:
        limits.begin_connecting()
        self._timed = timed = TimedSocket(self.host, self.port, limits)
        if self._tunnel is not None:
            self._tunnel.open(timed)
        if self._context is not None:
            timed.start_tls(self._context, self.server_hostname, limits)
        limits.connected()
        return timed

    def exchange(
        self,
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
        limits: Limits,
    ) -> Response:
        """Send a request, and return the response once its headers are there."""
        self._limits = limits
        timed = self._timed or self._connect(limits)
        timed.interruptible(limits)
        timed.received = 0
        unsent: ConnectionError | None = None
        try:
            timed.sendall(request_head(method, target, headers) + (body or b""))
        except ConnectionError as error:
            # It may have answered before it had read all, such as that it was too much.
            unsent = error
        try:
            self._last = response = Response(timed)
        except BaseException as error:
            if unsent is not None and isinstance(error, network_errors()):
                raise unsent from None
            raise
        finally:
            unsent = None
        return response

    @property
    def answered(self) -> bool:
        """Whether anything came in the last exchange."""
        return self._timed is not None and self._timed.received > 0

    @property
    def may_serve_again(self) -> bool:
        """Whether the last answer allows another exchange, if nothing more is left of it."""
        response = self._last
        if response is None or response.will_close:
            return False
        return response.alone or not response.at_end

    def can_serve_again(self) -> bool:
        """Whether another exchange may begin: the last one is over, and the server is there.

        What is left of the last answer is read, as far as it has come; nothing
        is waited for.
        """
        response, timed = self._last, self._timed
        assert response is not None and timed is not None
        try:
            for _ in range(_MAX_LEFTOVER_BLOCKS):
                if response.at_end or not response.next_block():
                    break
        except network_errors():
            return False
        return response.alone and timed.is_quiet()

    def discard(self) -> None:
        """Close it for good."""
        if self._timed is not None:
            self._timed.discard()
        self._last = None
        self.rest()

    def rest(self) -> None:
        """Forget the last exchange, whose limits hold on to the connection."""
        self._limits = None
        if self._timed is not None:
            self._timed.limits = NO_WAIT

    def interrupt(self) -> None:
        """End it while another thread may be at work with it, which is to discard it."""
        limits = self._limits
        if limits is not None:
            limits.abort()
