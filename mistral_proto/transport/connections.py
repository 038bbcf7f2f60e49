"""Connections of `http.client` that can be used again, and that keep a deadline."""

from __future__ import annotations

import http.client
import io
import re
import selectors
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from .addresses import connected, shut_down
from .failures import CUT, NETWORK_ERRORS, ProtocolError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from typing import Any

    from .limits import Deadline
else:
    try:
        import ssl
    except ImportError:  # a Python without ssl
        ssl = None

__all__ = ["BLOCK", "Connection", "Response", "ssl"]

BLOCK = 64 * 1024
_BUFFER = 16 * 1024
_MAX_LEFTOVER_BLOCKS = 4
_MAX_LINE = 64 * 1024
_MAX_HEAD = 256 * 1024  # with those of interim responses
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}(?=[ \t]*[;\r\n])")
_WOULD_BLOCK: tuple[type[OSError], ...] = (BlockingIOError,)
if ssl is not None:
    _WOULD_BLOCK += (ssl.SSLWantReadError, ssl.SSLWantWriteError)


class _Incoming(io.RawIOBase):
    """The socket of a connection, as the raw stream of its buffered reader."""

    socket: Any = None
    deadline: Deadline | None = None  # None: reading does not wait
    failure: Exception | None = None  # the error in the response after its status line
    sent = received = 0  # bytes of the last exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.failure is not None:
            raise self.failure
        deadline = self.deadline
        self.socket.settimeout(0 if deadline is None else deadline.seconds_left())
        try:
            count: int = self.socket.recv_into(buffer)
        except OSError:
            if deadline is not None:
                deadline.check()  # an abort is the cause of other errors
            raise
        if deadline is not None:
            deadline.check()
        self.received += count
        return count

    def __del__(self) -> None:
        if self.socket is not None:
            self.socket.close()


class Response(http.client.HTTPResponse):
    """A response that checks where it ends, so that its connection can be kept.

    A complete status line of an error counts, whatever is wrong after it; then reading the
    body fails. `on_end` is called once, with True if the connection may be kept.
    """

    on_end: Callable[[Response, bool], object] | None = None

    def __init__(self, sock: Connection, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)  # type: ignore[arg-type]
        self.connection = sock

    def begin(self) -> None:
        self.connection.head_left = _MAX_HEAD
        self.status = 0
        try:
            super().begin()
            while self.status < 200 and self.status != 101:  # http.client skips only 100
                self.headers, self.status = None, 0  # type: ignore[assignment]
                super().begin()
            self._check()
        except NETWORK_ERRORS as error:
            if self.status < 300 or isinstance(error, http.client.UnknownProtocol):
                raise
            raw = self.connection.raw
            raw.failure = error.with_traceback(None)
            self.fp = io.BufferedReader(raw)
            self.headers = self.headers or http.client.HTTPMessage()
            self.chunked, self.length, self.will_close = False, None, True
        self.connection.head_left = None

    def _check(self) -> None:
        """Refuse headers that http.client accepts, though they make the end ambiguous."""
        # The other defects that the email parser reports concern the body of an email.
        if any("Header" in type(defect).__name__ for defect in self.headers.defects):
            raise ProtocolError("a header line is not valid")
        lengths = {each.strip(" \t") for each in self.headers.get_all("content-length", ())}
        if len(lengths) > 1 or not all(re.fullmatch("[0-9]{1,15}", each) for each in lengths):
            raise ProtocolError("the content-length is not one number")
        options = ",".join(self.headers.get_all("connection", ())).lower().split(",")
        self.will_close |= self.status == 101 or "close" in [each.strip() for each in options]
        # Otherwise the server would read the next request as the rest of this one.
        self.will_close |= not self.connection.is_sent
        codings = [each.lower() for each in self.headers.get_all("transfer-encoding", ())]
        if codings not in ([], ["chunked"]):
            raise ProtocolError("the transfer-encoding is not chunked")
        # RFC 9112, section 6.1: close a connection with both lengths, or of HTTP/1.0.
        self.will_close |= bool(codings) and (bool(lengths) or self.version < 11)
        if self.length == 0:
            self.chunked = False
            self.read(0)  # closes the response

    def read1(self, n: int = -1) -> bytes:
        block = super().read1(n)
        if self.length == 0:
            self.read(0)  # closes the response, as read1 does since Python 3.13
        return block

    def _read_next_chunk_size(self) -> int:
        # http.client accepts "-5", "+5", "5_0" and "0x5".
        line = self.fp.readline(_MAX_LINE)
        if not line.endswith(b"\n"):
            raise ProtocolError(CUT)
        size = _CHUNK_SIZE.match(line)
        if size is None:
            raise ProtocolError("the size of a chunk is not a number")
        return int(size[0], 16)

    def _safe_read(self, amt: int) -> bytes:
        data: bytes = super()._safe_read(amt)  # type: ignore[misc]
        # http.client does not check the end of a chunk.
        if self.chunk_left == 0 and data != b"\r\n":
            raise ProtocolError("a chunk is longer than its size")
        return data

    def is_ready(self) -> bool:
        """Return whether the connection can be used again; read the rest of the body if it has come."""
        self.connection.head_left = _MAX_HEAD  # bounds the trailers
        with suppress(*NETWORK_ERRORS):
            for _ in range(_MAX_LEFTOVER_BLOCKS):
                if self.isclosed():
                    return self.connection.is_quiet()
                self.read1(BLOCK)
        return False

    def close(self) -> None:
        is_whole = self.isclosed() or self.length == 0
        super().close()
        self.end(is_whole)

    def end(self, is_kept: bool) -> None:
        """Keep the connection, though a part of the body may be unread, or close it."""
        on_end, self.on_end = self.on_end, None
        if on_end is not None:
            on_end(self, is_kept and not self.will_close)


class Connection(io.BufferedReader):
    """A connection, for one exchange after another.

    For `http.client` it is both the socket and the file that its responses read. The address
    is that of the server or of a proxy; `tunnel_to` is the server behind a proxy, and `user`
    the value of the header for the proxy.
    """

    raw: _Incoming  # pyright: ignore[reportIncompatibleVariableOverride]
    head_left: int | None = None  # bytes for the rest of the headers; None: they are complete

    def __init__(
        self,
        address: tuple[str, int],
        context: ssl.SSLContext | None = None,
        tunnel_to: tuple[str, int] | None = None,
        user: str | None = None,
        proxy: str | None = None,
    ) -> None:
        super().__init__(_Incoming(), _BUFFER)
        self._address = address
        self._context = context
        self._tunnel_to = tunnel_to
        self._user = user
        self._proxy = proxy

    def exchange(self, deadline: Deadline, *request: Any) -> Response:
        """Return the response to a request; arguments: as `http.client.HTTPConnection.request`."""
        raw = self.raw
        raw.deadline = deadline
        raw.sent = raw.received = 0
        try:
            if not raw.socket:
                self._connect(deadline)
            deadline.on_wake(partial(shut_down, raw.socket))
            return self._ask(*request)
        except NETWORK_ERRORS as error:
            error.proxy = self._proxy  # type: ignore[union-attr]
            raise

    def _connect(self, deadline: Deadline) -> None:
        raw = self.raw
        deadline.start_connecting()
        raw.socket = connected(*self._address, deadline)
        if self._tunnel_to is not None:
            self._open_tunnel(*self._tunnel_to)
        if self._context is not None:
            host, _ = self._tunnel_to or self._address
            raw.socket = self._context.wrap_socket(
                raw.socket, server_hostname=host, do_handshake_on_connect=False
            )
            deadline.on_wake(partial(shut_down, raw.socket))
            raw.socket.settimeout(deadline.seconds_left())
            raw.socket.do_handshake()
        deadline.connected()

    def _open_tunnel(self, host: str, port: int) -> None:
        """Have the proxy connect to the server (RFC 9110, section 9.3.6)."""
        authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        headers = {"Host": authority}
        if self._user is not None:
            headers["Proxy-authorization"] = self._user
        answer = self._ask("CONNECT", authority, None, headers)
        if not 200 <= answer.status < 300:
            raise OSError(f"Tunnel connection failed: {answer.status}")
        # Bytes that came before TLS must not count as an answer of the server.
        super().__init__(self.raw, _BUFFER)
        self._proxy = None  # later failures are those of the server

    def _ask(self, *request: Any) -> Response:
        messages = http.client.HTTPConnection("")
        messages.debuglevel = 0  # a higher one on the class would print the key
        messages.response_class = Response
        messages.sock = self
        self._unsent = b""
        messages.request(*request)
        # The server may answer before it has read everything, for example with 413.
        self.is_sent = False
        with suppress(ConnectionError):
            self._send(self._unsent)
            self.is_sent = True
        return messages.getresponse()  # type: ignore[return-value]

    def sendall(self, data: bytes) -> None:
        # The head and the body are sent together.
        self._unsent += data

    def _send(self, data: bytes) -> None:
        raw, deadline = self.raw, self.raw.deadline
        assert deadline is not None
        self._unsent = b""  # it holds the key
        unsent = memoryview(data)
        while unsent:
            left = deadline.seconds_left()
            raw.socket.settimeout(0)
            try:
                count = raw.socket.send(unsent)
            except _WOULD_BLOCK:
                self._wait_for_room(left)
            else:
                raw.sent += count
                unsent = unsent[count:]

    def _wait_for_room(self, seconds: float) -> None:
        if not self.is_quiet():
            raise ConnectionError("the answer came before all was sent")
        with selectors.DefaultSelector() as selector:
            selector.register(self.raw.socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
            if not selector.select(seconds):
                raise TimeoutError("timed out")

    def is_quiet(self) -> bool:
        """Return whether the server has sent nothing, not even the end."""
        deadline, self.raw.deadline = self.raw.deadline, None
        try:
            self.peek(1)
        except _WOULD_BLOCK:
            return True
        finally:
            self.raw.deadline = deadline
        return False

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        if self.head_left is not None:
            # http.client treats the end of the connection as the end of the headers.
            if not line.endswith(b"\n") and len(line) < _MAX_LINE and self.raw.received:
                raise ProtocolError("the connection was closed in the middle of the headers")
            self.head_left -= len(line)
            if self.head_left < 0:
                raise ProtocolError("the headers are too large")
        return line

    def makefile(self, mode: str) -> Connection:
        return self

    def close(self) -> None:
        """Do nothing; `http.client` calls this at the end of each response."""

    def discard(self) -> None:
        """Close the connection."""
        self.raw.deadline = None
        if self.raw.socket is not None:
            self.raw.socket.close()
