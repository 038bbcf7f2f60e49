"""The head of a request and of a response (RFC 9112, sections 2 to 5).

Written and read here rather than by `http.client`, whose headers go through the
parser of mail: that takes a third of the time of a call, and passes over what
can't be read, with all that follows it.  So does a line that no header is, or
has a space before its colon; here it is an error.
"""

from __future__ import annotations

import re
from http.client import BadStatusLine, HTTPMessage, RemoteDisconnected

from .failures import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["read_head", "request_head"]

_STATUS_LINE = re.compile(rb"HTTP/1\.([0-9]) ([1-9][0-9]{2})(?: ([^\r\n]*))?\r?\n")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\r\n\0]*)\r?\n")
_MAX_LINE = 64 * 1024
_MAX_HEADERS = 100
_CUT = "the connection was closed in the middle of the headers"
_BREAKS = re.compile("[\r\n\0]")


def request_head(method: str, target: str, headers: Mapping[str, str]) -> bytes:
    r"""The request line and the headers.

    Raises:
        ValueError: one of them has a line end in it, which is not shown.

    >>> request_head("GET", "/", {"Host": "127.0.0.1"})
    b'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
    """
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if _BREAKS.search("".join(lines)):
        raise ValueError("a request has a line end in its URL or in a header")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def read_head(readline: Callable[[int], bytes]) -> tuple[int, int, str, HTTPMessage]:
    r"""The minor version, the status, the reason and the headers of a response.

    Raises:
        RemoteDisconnected: there is none.
        BadStatusLine: it does not begin as one.
        ProtocolError: it has a header that is none, too many, or no end.

    >>> from io import BytesIO
    >>> read_head(BytesIO(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n").readline)[:3]
    (1, 200, 'OK')
    """
    line = _line(readline)
    if not line:
        raise RemoteDisconnected("Remote end closed connection without response")
    status_line = _STATUS_LINE.fullmatch(line)
    if status_line is None:
        if _is_cut(line) and line.startswith(b"HTTP/1."[: len(line)]):
            raise ProtocolError(_CUT)
        raise BadStatusLine("no status line")
    headers = HTTPMessage()
    for _ in range(_MAX_HEADERS + 1):
        line = _line(readline)
        header = _HEADER.fullmatch(line)
        if header is None:
            if line in (b"\r\n", b"\n"):
                version, status, reason = status_line.groups(b"")
                return int(version), int(status), reason.decode("latin-1").strip(), headers
            raise ProtocolError(_CUT if _is_cut(line) else "a line of the headers is none")
        name, value = header.groups()
        # As its own parser does, without the checks for what somebody wrote.
        headers.set_raw(name.decode("ascii"), value.strip(b" \t").decode("latin-1"))
    raise ProtocolError(f"there are more than {_MAX_HEADERS} headers")


def _line(readline: Callable[[int], bytes]) -> bytes:
    line = readline(_MAX_LINE + 1)
    if len(line) > _MAX_LINE:
        raise ProtocolError("a line of the headers is too long")
    return line


def _is_cut(line: bytes) -> bool:
    return not line.endswith(b"\n")
