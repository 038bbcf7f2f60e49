"""The log of requests, and the information that `after_response` gets."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ResponseInfo"]

LOGGER = "mistral_proto"


@dataclass(frozen=True)
class ResponseInfo:
    """A response, as `after_response` gets it.

    `headers` have lower-case names. `duration_ms` is the time in milliseconds from the
    request to the end of the response's headers, and `tries` the number of attempts of the
    call so far.

    >>> ResponseInfo(200, {"x-request-id": "r1"}, 12.5, 1).request_id
    'r1'
    """

    status_code: int
    headers: Mapping[str, str]
    duration_ms: float
    tries: int

    @property
    def request_id(self) -> str | None:
        """The server's id of the request (``x-request-id`` and the like), if it sent one."""
        for name in ("x-request-id", "mistral-correlation-id", "x-kong-request-id"):
            if name in self.headers:
                return self.headers[name]
        return None


def log(level: str, message: str, *arguments: object) -> None:
    """Write to the package's logger; a program that has not loaded logging has no handler."""
    logging = sys.modules.get("logging")
    if logging is not None:
        logging.getLogger(LOGGER).log(getattr(logging, level), message, *arguments)
