"""The way through a proxy that passes on what it can't read (RFC 9110, section 9.3.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .head import read_head, request_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .sockets import TimedSocket

__all__ = ["Tunnel"]


class Tunnel:
    """A tunnel to a host, of which the proxy is told nothing but that and these headers."""

    def __init__(self, host: str, port: int, headers: Mapping[str, str]) -> None:
        self.host = host
        self._authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._headers = {"Host": self._authority, **headers}

    def open(self, timed: TimedSocket) -> None:
        """Have the proxy open it.

        Raises:
            OSError: the proxy refused, in the words of `http.client`.
        """
        timed.sendall(request_head("CONNECT", self._authority, self._headers))
        readline = timed.reader().readline
        status, reason = 100, ""
        while 100 <= status < 200:
            _, status, reason, _ = read_head(readline)
        if status >= 300:
            raise OSError(f"Tunnel connection failed: {status} {reason}".rstrip())
