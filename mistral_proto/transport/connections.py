"""A connection of `http.client` that can serve again, and the responses that it gives."""

from __future__ import annotations

import http.client
import io
from contextlib import suppress

from .content_coding import decompressor
from .failures import ProtocolError
from .framing import framing
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

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class Response(http.client.HTTPResponse):
    """A response, whose connection may be kept once its body is there.

    `http.client` reads the status line and the headers, and `_Body` the body, so
    that it can be told what is left of it.
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
        self._socket.head_left = MAX_HEAD
        self._begin()
        # It skips 100 itself; RFC 9110, section 15.2 has more of them.
        while 100 <= self.status < 200 and self.status != 101:
            self.headers = self.msg = None  # type: ignore[assignment]
            self._begin()
        self._socket.head_left = None
        unpacked = decompressor(self.headers)
        assert isinstance(self.fp, io.BufferedReader)
        self._body = _Body(self.fp, framing(self.status, self.headers), unpacked)
        # What reads a body by itself takes ours, to its end.
        self.fp = self._body  # type: ignore[assignment]
        self.chunked = False
        self.length = None

    def _begin(self) -> None:
        super().begin()
        if self._socket.at_end:
            # The last line of the headers ends them without another look.
            raise ProtocolError("the connection was closed in the middle of the headers")

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
    """A connection, over TLS where there is a context, that serves one exchange after another."""

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
        # http.client sends headers and body apart, which costs a packet.
        timed.hold()
        self.request(method, target, body, headers)
        try:
            timed.flush()
        except ConnectionError as error:
            # It may have answered before it had read all, such as that it was too much.
            unsent: ConnectionError | None = error
        else:
            unsent = None
        try:
            response = self.getresponse()
        except (OSError, http.client.HTTPException):
            if unsent is not None:
                raise unsent from None
            raise
        finally:
            unsent = None
        assert isinstance(response, Response)
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
