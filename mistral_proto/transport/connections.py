"""Connections of `http.client` that serve again, and whose every wait ends in time."""

from __future__ import annotations

import email.errors
import http.client
import io
import re
import selectors
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from .addresses import connected, shut_down
from .failures import CUT, NETWORK_ERRORS, ProtocolError

try:
    import ssl
except ImportError:
    _WOULD_BLOCK: tuple[type[OSError], ...] = (BlockingIOError,)
else:
    _WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from .limits import Limits

    T = TypeVar("T")

__all__ = ["BLOCK", "Connection", "Response"]

BLOCK = 64 * 1024
_BUFFER = 16 * 1024
_MAX_LEFTOVER_BLOCKS = 4
_MAX_LINE = 64 * 1024
_MAX_HEAD = 256 * 1024
"""The most bytes of a status line and headers, with those of interim responses before it."""
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}(?=[ \t]*[;\r\n])")
# Lines that were passed over; what else the parser of mail minds is in the body of a mail.
_DEFECTS = (
    email.errors.FirstHeaderLineIsContinuationDefect,
    email.errors.HeaderDefect,
    email.errors.MisplacedEnvelopeHeaderDefect,
    email.errors.MissingHeaderBodySeparatorDefect,
)


class _Answered(ConnectionError):
    """The answer is there before all of the request was sent."""


class _Incoming(io.RawIOBase):
    """The socket of a connection, and the raw side of its buffered reader.

    Without limits nothing is waited for.
    """

    socket: Any = None
    limits: Limits | None = None
    failure: Exception | None = None
    """What is wrong with the response, behind its status line."""
    sent = received = 0
    """The bytes of the last exchange."""

    def readable(self) -> bool:
        return True

    def wait(self, operation: Callable[..., T], *arguments: Any) -> T:
        """Return what an operation of the socket gives within the limits."""
        limits = self.limits
        self.socket.settimeout(0 if limits is None else limits.left())
        try:
            return operation(*arguments)
        except OSError:
            if limits is not None:
                limits.check()  # which says so, if it was this side that ended it
            raise

    def readinto(self, buffer: Any) -> int:
        if self.failure is not None:
            raise self.failure
        count: int = self.wait(self.socket.recv_into, buffer)
        if not count and self.limits is not None:
            self.limits.check()
        self.received += count
        return count

    def __del__(self) -> None:
        if self.socket is not None:
            self.socket.close()


class Response(http.client.HTTPResponse):
    """A response that is strict about where it ends; its connection may be kept.

    A status that came whole is given whatever is wrong behind it: to read the body fails then.
    """

    on_end: Callable[[Response, bool], object] | None = None
    """Called once, with whether the connection may be kept."""

    def __init__(self, sock: Connection, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)  # type: ignore[arg-type]
        self.connection = sock

    def begin(self) -> None:
        self.connection.head_left = _MAX_HEAD
        self.status = 0
        try:
            super().begin()
            while self.status < 200 and self.status != 101:
                self.headers, self.status = None, 0  # type: ignore[assignment]
                super().begin()
            self._check()
        except (http.client.HTTPException, ConnectionError) as error:
            if self.status < 300 or isinstance(error, http.client.UnknownProtocol):
                raise
            raw = self.connection.raw
            raw.failure = error.with_traceback(None)
            self.fp = io.BufferedReader(raw)
            self.headers = self.headers or http.client.HTTPMessage()
            self.chunked, self.length, self.will_close = False, None, True
        self.connection.head_left = None

    def _check(self) -> None:
        if any(isinstance(defect, _DEFECTS) for defect in self.headers.defects):
            raise ProtocolError("a line of the headers is none")
        lengths = {each.strip(" \t") for each in self.headers.get_all("content-length", ())}
        if len(lengths) > 1 or not all(
            each.isascii() and each.isdigit() and len(each) < 16 for each in lengths
        ):
            raise ProtocolError("the content-length is not one number")
        options = ",".join(self.headers.get_all("connection", ())).lower().split(",")
        self.will_close |= self.status == 101 or "close" in [each.strip() for each in options]
        codings = self.headers.get_all("transfer-encoding", ())
        if codings:
            if len(codings) > 1 or codings[0].lower() != "chunked":
                raise ProtocolError("the transfer-encoding is another than chunked")
            # RFC 9112, section 6.1: what has both, or is too old for it, is not to be trusted.
            self.will_close |= bool(lengths) or self.version < 11
        if self.length == 0:
            self.chunked = False
            self.read(0)  # which notices the end

    def read1(self, n: int = -1) -> bytes:
        block = super().read1(n)
        if self.length == 0 and not self.isclosed():
            self.read(0)  # which notices the end, as read1 does from Python 3.13 on
        return block

    def _read_next_chunk_size(self) -> int:
        # http.client's own takes "-5", "+5", "5_0" and "0x5".
        line = self.fp.readline(_MAX_LINE)
        if not line.endswith(b"\n") and len(line) < _MAX_LINE:
            raise ProtocolError(CUT)
        size = _CHUNK_SIZE.match(line)
        if size is None:
            raise ProtocolError("the size of a chunk is not a number")
        return int(size[0], 16)

    def _safe_read(self, amt: int) -> bytes:
        data: bytes = super()._safe_read(amt)  # type: ignore[misc]
        # http.client does not look at what ends a chunk.
        if self.chunk_left == 0 and data != b"\r\n":
            raise ProtocolError("a chunk is longer than its size")
        return data

    def is_ready(self) -> bool:
        """Return whether its connection can serve again.

        What is left of the body is read, as far as it has come.
        """
        try:
            for _ in range(_MAX_LEFTOVER_BLOCKS):
                if self.isclosed():
                    return self.connection.is_quiet()
                self.read1(BLOCK)
        except NETWORK_ERRORS:
            pass
        return False

    def release(self) -> None:
        """Give the connection back; what is left of the body is not wanted."""
        self._end(True)

    def discard(self) -> None:
        """Close the response and its connection."""
        self._end(False)
        super().close()

    def close(self) -> None:
        """Close the response and, unless it was read to its end, the connection."""
        is_whole = self.isclosed()
        super().close()
        self._end(is_whole)

    def _end(self, is_kept: bool) -> None:
        on_end, self.on_end = self.on_end, None
        if on_end is not None:
            on_end(self, is_kept and not self.will_close)


class _Messages(http.client.HTTPConnection):
    """What `http.client` writes and reads on a connection for one request."""

    response_class = Response

    def __init__(self, host: str, port: int) -> None:
        self.default_port = port
        super().__init__(host)


class Connection(io.BufferedReader):
    """A connection, over TLS where there is a context, for one exchange after another.

    It is what `http.client` takes for a socket, and the file that its responses read.

    Args:
        host: where it leads, with a port where that is not the usual one.
        context: whom to trust, and which certificate to show; None: no TLS.
        tunnel_to: the host that a proxy, which is `host` then, is asked to connect to.
        tunnel_headers: what the proxy alone is told.
        proxy: the URL of `host` for messages, where that is a proxy.
    """

    raw: _Incoming
    head_left: int | None = None
    """The bytes that may still come before the headers are whole; None: they are."""

    def __init__(
        self,
        host: str,
        context: ssl.SSLContext | None = None,
        tunnel_to: str | None = None,
        tunnel_headers: Mapping[str, str] | None = None,
        proxy: str | None = None,
    ) -> None:
        super().__init__(_Incoming(), _BUFFER)
        self._place = host
        self._context = context
        self._tunnel_to = tunnel_to
        self._tunnel_headers = tunnel_headers or {}
        self._proxy = proxy

    def exchange(self, limits: Limits, *request: Any) -> Response:
        """Send a request, and return the response once its headers are there.

        The request is what `http.client.HTTPConnection.request` takes.
        """
        raw = self.raw
        raw.limits = limits
        raw.sent = raw.received = 0
        if raw.socket is None:
            self._connect(limits)
        limits.interruptible_by(partial(shut_down, raw.socket))
        return self._ask(*request)

    def _connect(self, limits: Limits) -> None:
        limits.begin_connecting()
        usual = http.client.HTTP_PORT if self._context is None else http.client.HTTPS_PORT
        try:
            first = _Messages(self._place, usual)
            self.raw.socket = connected(first.host, first.port, limits)
            server = first if self._tunnel_to is None else self._tunnel(usual)
        except NETWORK_ERRORS as error:
            error.proxy = self._proxy  # type: ignore[union-attr]
            raise
        if self._context is not None:
            self.raw.socket = secure = self._context.wrap_socket(
                self.raw.socket, server_hostname=server.host, do_handshake_on_connect=False
            )
            limits.interruptible_by(partial(shut_down, secure))
            self.raw.wait(secure.do_handshake)
        limits.connected()

    def _tunnel(self, usual: int) -> _Messages:
        """Have the proxy connect to the server (RFC 9110, section 9.3.6)."""
        server = _Messages(self._tunnel_to or "", usual)
        host = f"[{server.host}]" if ":" in server.host else server.host
        authority = f"{host}:{server.port}"
        answer = self._ask("CONNECT", authority, None, {"Host": authority, **self._tunnel_headers})
        if not 200 <= answer.status < 300:
            raise OSError(f"Tunnel connection failed: {answer.status} {answer.reason}".rstrip())
        # What else came in the clear is not to be taken for the server's words.
        super().__init__(self.raw, _BUFFER)
        return server

    def _ask(self, *request: Any) -> Response:
        messages = _Messages("", http.client.HTTP_PORT)
        messages.sock = self
        # It may have answered before it had read all, such as that it was too much.
        with suppress(ConnectionError):
            messages.request(*request)
        return messages.getresponse()  # type: ignore[return-value]

    def sendall(self, data: bytes) -> None:
        raw, limits = self.raw, self.raw.limits
        assert limits is not None
        rest = memoryview(data)
        while rest:
            left = limits.left()
            try:
                raw.socket.settimeout(0)
                count = raw.socket.send(rest)
            except _WOULD_BLOCK:
                self._wait_for_room(left)
            except OSError:
                limits.check()
                raise
            else:
                raw.sent += count
                rest = rest[count:]

    def _wait_for_room(self, seconds: float) -> None:
        limits = self.raw.limits
        is_quiet = self.is_quiet()
        self.raw.limits = limits
        if not is_quiet:
            raise ConnectionError("the answer came before all was sent")
        with selectors.DefaultSelector() as selector:
            selector.register(self.raw.socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
            if not selector.select(seconds):
                raise TimeoutError("timed out")

    def is_quiet(self) -> bool:
        """Return whether nothing has come, neither bytes nor the other side's end.

        The connection has no limits from here on.
        """
        self.raw.limits = None
        try:
            self.peek(1)
        except _WOULD_BLOCK:
            return True
        except NETWORK_ERRORS:
            pass
        return False

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        if self.head_left is not None:
            # http.client takes the end of the connection for the end of the headers.
            if not line.endswith(b"\n") and len(line) < _MAX_LINE and self.raw.received:
                raise ProtocolError("the connection was closed in the middle of the headers")
            self.head_left -= len(line)
            if self.head_left < 0:
                raise ProtocolError("the headers are too large")
        return line

    def makefile(self, mode: str) -> Connection:
        return self

    def close(self) -> None:
        """Do nothing: `http.client` closes this at the end of each response."""

    def discard(self) -> None:
        """Close the connection."""
        self.raw.limits = None
        if self.raw.socket is not None:
            self.raw.socket.close()
