"""A connection of `http.client` that can serve again, and the responses that it gives."""

from __future__ import annotations

import http.client
import io
from contextlib import suppress

from .content_coding import decompressor
from .framing import framing
from .head import read_head, request_head
from .limits import NO_WAIT
from .sockets import MAX_HEAD, TimedSocket

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from typing import Any

    from .content_coding import Decompressor
    from .framing import Framing
    from .limits import Limits

__all__ = ["HTTPConnection", "Response"]

_BLOCK = 64 * 1024
_MAX_LEFTOVER_BLOCKS = 4


class _Body(io.RawIOBase):
    """A body, and nothing that follows it."""

    def __init__(
        self, source: io.BufferedReader, framing: Framing, unpacked: Decompressor | None
    ) -> None:
        self.framing = framing
        self._source = source
        self._unpacked = unpacked
        self._taken = b""
        self.is_empty = True

    def read1(self, size: int = -1) -> bytes:
        """The next piece, once there is one; at the end, nothing."""
        data = self._taken or self._next()
        if 0 <= size < len(data):
            data, self._taken = data[:size], data[size:]
        else:
            self._taken = b""
        return data

    def _next(self) -> bytes:
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
        if self._taken or not self.framing.finished:
            return False
        return self._unpacked is None or self._unpacked.finished

    def readinto(self, buffer: Any) -> int:
        data = self.read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class Response(http.client.HTTPResponse):
    """A response, whose connection may be kept once its body is there.

    What `http.client` has for reading it reads from a `_Body`, which can tell what
    is left of it.
    """

    on_close: Callable[[], object] | None = None
    """What closing it does to its connection."""
    on_release: Callable[[], object] | None = None
    """What giving its connection back does."""
    _body: _Body | None = None

    def __init__(self, sock: TimedSocket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)  # type: ignore[arg-type]
        self._socket = sock

    def begin(self) -> None:
        assert isinstance(self.fp, io.BufferedReader)
        self._socket.head_left = MAX_HEAD
        while True:
            minor, status, reason, headers = read_head(self.fp.readline)
            # Interim responses (RFC 9110, section 15.2) are none; 101 was not asked for.
            if status >= 200 or status == 101:
                break
        self._socket.head_left = None
        self.version = 10 + minor
        self.code = self.status = status
        self.reason = reason
        self.headers = self.msg = headers
        body = framing(status, headers, self.version)
        named = ",".join(headers.get_all("connection", [])).lower()
        connection = [option.strip() for option in named.split(",")]
        is_kept = "close" not in connection and (minor > 0 or "keep-alive" in connection)
        self.will_close = body.is_last or not is_kept
        # What reads a body by itself takes ours, to its end.
        self._body = _Body(self.fp, body, decompressor(headers))
        self.fp = self._body  # type: ignore[assignment]
        self.chunked = False
        self.length = None

    def next_block(self) -> bytes:
        """The next piece of the body, once there is one; at the end, nothing."""
        assert self._body is not None
        return self._body.read1()

    @property
    def at_end(self) -> bool:
        """Whether it is known that nothing more comes."""
        return self._body is not None and self._body.at_end

    @property
    def alone(self) -> bool:
        """Whether the body is whole, and nothing came after it.

        What follows an empty body was not looked at.
        """
        body = self._body
        return body is not None and body.at_end and not (body.framing.rest or body.is_empty)

    def flush(self) -> None:
        # Nothing is written; http.client's own fails where what it reads from is closed,
        # and a collection may close that first.
        pass

    def close(self) -> None:
        """Close it, and its connection."""
        on_close, self.on_close, self.on_release = self.on_close, None, None
        super().close()
        if on_close is not None:
            on_close()

    def _close_conn(self) -> None:
        # http.client's own methods do this at the end of the body.
        super()._close_conn()  # type: ignore[misc]
        self.release()

    def release(self) -> None:
        """Give its connection back, for other requests; what is left of the body is not wanted."""
        on_release, self.on_close, self.on_release = self.on_release, None, None
        if on_release is not None:
            on_release()


class HTTPConnection(http.client.HTTPConnection):
    """A connection, over TLS where there is a context, that serves one exchange after another.

    Of `http.client` it has the way to a server, through a proxy's tunnel where
    there is one: `_create_connection` and `_get_hostport` are its hooks for that.
    """

    response_class = Response

    def __init__(self, host: str, context: ssl.SSLContext | None) -> None:
        if context is not None:
            self.default_port = http.client.HTTPS_PORT
        super().__init__(host)
        self._context = context
        self._server_hostname = self.host
        self._timed: TimedSocket | None = None
        self._limits: Limits | None = None
        self._last: Response | None = None
        self._create_connection = self._connect_socket

    def set_tunnel(self, host: str, *arguments: Any, **named: Any) -> None:
        super().set_tunnel(host, *arguments, **named)
        self._server_hostname = self._get_hostport(host, None)[0]  # type: ignore[attr-defined]

    def _connect_socket(self, address: tuple[str, int], *_: object) -> TimedSocket:
        assert self._limits is not None
        self._timed = TimedSocket(*address, self._limits)
        return self._timed

    def connect(self) -> None:
        limits = self._limits
        assert limits is not None
        limits.begin_connecting()
        super().connect()
        assert self._timed is not None
        if self._context is not None:
            self._timed.start_tls(self._context, self._server_hostname, limits)
        limits.connected()

    def exchange(
        self, method: str, target: str, body: bytes | None, headers: dict[str, str], limits: Limits
    ) -> Response:
        """Send a request, and return the response once its headers are there."""
        self._limits = limits
        if self._timed is None:
            self.connect()
        timed = self._timed
        assert timed is not None
        timed.interruptible(limits)
        timed.received = 0
        unsent: ConnectionError | None = None
        try:
            timed.sendall(request_head(method, target, headers) + (body or b""))
        except ConnectionError as error:
            # It may have answered before it had read all, such as that it was too much.
            unsent = error
        response = Response(timed, method=method)
        try:
            response.begin()
        except BaseException as error:
            response.close()
            if unsent is not None and isinstance(error, (OSError, http.client.HTTPException)):
                raise unsent from None
            raise
        finally:
            unsent = None
        self._last = response
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
        if not response.at_end:
            with suppress(OSError, http.client.HTTPException):
                for _ in range(_MAX_LEFTOVER_BLOCKS):
                    if not response.next_block():
                        break
        if not response.alone:
            return False
        response.close()
        return timed.is_quiet()

    def discard(self) -> None:
        """Close it for good."""
        self.close()
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
