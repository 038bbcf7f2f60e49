"""The head of a request and of a response (RFC 9112, sections 2 to 5).

Written and read here rather than by `http.client`, whose headers go through the
parser of mail: that takes a third of the time of a call, and 8 ms to import, and
passes over what can't be read, with all that follows it.  So does a line that no
header is, or has a space before its colon; here it is an error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import failures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Headers", "read_head", "request_head"]

_STATUS_LINE = re.compile(rb"HTTP/1\.([0-9]) ([1-9][0-9]{2})(?: ([^\r\n]*))?\r?\n")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\r\n\0]*)\r?\n")
_MAX_LINE = 64 * 1024
_MAX_HEADERS = 100
_CUT = "the connection was closed in the middle of the headers"


class Headers:
    """The headers of a response, whose names may be written in any case.

    >>> headers = Headers([("Connection", "close"), ("connection", "TE, x")])
    >>> headers.all("connection"), headers.options("connection"), headers.joined()
    (['close', 'TE, x'], ['close', 'te', 'x'], {'connection': 'close, TE, x'})
    """

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self.fields = list(fields)
        self._values: dict[str, list[str]] = {}
        for name, value in self.fields:
            self._values.setdefault(name.lower(), []).append(value)

    def all(self, name: str) -> list[str]:
        """The values of the headers with a lower-case name."""
        return self._values.get(name, [])

    def options(self, name: str) -> list[str]:
        """The members of all their lists (RFC 9110, section 5.6.1), in lower case."""
        values = self._values.get(name)
        if values is None:
            return []
        members = [member.strip() for member in ",".join(values).lower().split(",")]
        return [member for member in members if member]

    def joined(self) -> dict[str, str]:
        """The headers by their lower-case names; of a name that comes twice, the values joined."""
        return {name: ", ".join(values) for name, values in self._values.items()}


def request_head(method: str, target: str, headers: Mapping[str, str]) -> bytes:
    r"""The request line and the headers.

    Raises:
        ValueError: one of them has a line end in it, which is not shown.

    >>> request_head("GET", "/", {"Host": "127.0.0.1"})
    b'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
    """
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    text = "".join(lines)
    if "\r" in text or "\n" in text or "\0" in text:
        raise ValueError("a request has a line end in its URL or in a header")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def read_head(readline: Callable[[int], bytes]) -> tuple[int, int, str, Headers]:
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
        raise failures.RemoteDisconnected("Remote end closed connection without response")
    status_line = _STATUS_LINE.fullmatch(line)
    if status_line is None:
        if _is_cut(line) and line.startswith(b"HTTP/1."[: len(line)]):
            raise failures.ProtocolError(_CUT)
        raise failures.BadStatusLine("no status line")
    fields: list[tuple[str, str]] = []
    for _ in range(_MAX_HEADERS + 1):
        line = _line(readline)
        header = _HEADER.fullmatch(line)
        if header is None:
            if line in (b"\r\n", b"\n"):
                version, status, said = status_line.groups(b"")
                reason = said.decode("latin-1").strip()
                return int(version), int(status), reason, Headers(fields)
            raise failures.ProtocolError(_CUT if _is_cut(line) else "a line of the headers is none")
        name, value = header.groups()
        fields.append((name.decode("ascii"), value.strip(b" \t").decode("latin-1")))
    raise failures.ProtocolError(f"there are more than {_MAX_HEADERS} headers")


def _line(readline: Callable[[int], bytes]) -> bytes:
    line = readline(_MAX_LINE + 1)
    if len(line) > _MAX_LINE:
        raise failures.ProtocolError("a line of the headers is too long")
    return line


def _is_cut(line: bytes) -> bool:
    return not line.endswith(b"\n")
