"""What the user of a client sees of its requests: a logger, and two callbacks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..errors import SHOWN_PROBLEMS, Path, format_path, one_line
from ..retry import check_type
from ..transport.exchange import HTTPRequest
from ..transport.urls import origin
from .options import headers_option

__all__ = ["ResponseInfo", "Watcher"]

LOGGER = "mistral_proto"
_REQUEST_IDS = ("x-request-id", "mistral-correlation-id", "x-kong-request-id")


@dataclass(frozen=True)
class ResponseInfo:
    """A response, as `after_response` is told of it.

    `headers` have lower-case names.  `duration_ms` is the time, in
    milliseconds, from the request to the end of the response's headers, and
    `tries` how often the call was sent so far.  `request_id` is what the server
    calls the request; None where it does not say.
    """

    status_code: int
    headers: Mapping[str, str]
    duration_ms: float
    tries: int

    @property
    def request_id(self) -> str | None:
        """What the server calls the request (``x-request-id`` and the like)."""
        for name in _REQUEST_IDS:
            if name in self.headers:
                return self.headers[name]
        return None


class Watcher:
    """Tells the logger and the callbacks of each request and its response."""

    def __init__(
        self,
        before_request: Callable[[HTTPRequest], HTTPRequest | None] | None,
        after_response: Callable[[HTTPRequest, ResponseInfo], object] | None,
    ) -> None:
        self._before_request = before_request
        self._after_response = after_response

    def before(self, request: HTTPRequest) -> HTTPRequest:
        """Return the request to send in its place.

        Raises:
            ValueError: it would take the API key to another origin, or has a header that
                can't be sent.
            TypeError: it is none.
        """
        if self._before_request is None:
            return request
        changed = self._before_request(request) or request
        check_type("what before_request returns", changed, "an HTTPRequest or None", HTTPRequest)
        if origin(changed.url) != origin(request.url):
            raise ValueError("before_request must not send a request to another origin")
        if changed is not request:
            headers_option(changed.headers, "before_request")
        return changed

    def after(self, request: HTTPRequest, info: ResponseInfo) -> None:
        """Tell of a response."""
        named = f", request id {one_line(info.request_id, 100)}" if info.request_id else ""
        self._tell(request, str(info.status_code), info.duration_ms, f"{info.tries}{named}")
        if self._after_response is not None:
            self._after_response(request, info)

    def failed(self, request: HTTPRequest, message: str, duration_ms: float, tries: int) -> None:
        """Tell of a request that gets none."""
        self._tell(request, message, duration_ms, str(tries))

    def _tell(self, request: HTTPRequest, result: str, duration_ms: float, tries: str) -> None:
        _log(
            "DEBUG",
            "%s %s: %s in %.0f ms (try %s)",
            request.method,
            request.url.partition("?")[0],  # a query may hold a key
            result,
            duration_ms,
            tries,
        )

    def drops(self, places: list[Path]) -> None:
        """Tell of the fields of a call that are not sent, if there are any."""
        if not places:
            return
        shown = ", ".join(map(format_path, places[:SHOWN_PROBLEMS]))
        more = len(places) - SHOWN_PROBLEMS
        _log(
            "INFO",
            "not sent, as the API has no such field: %s%s",
            shown,
            f" and {more} more" if more > 0 else "",
        )

    def waits(self, message: str, seconds: float, tries: int) -> None:
        """Tell that a call is to be tried again."""
        _log("INFO", "%s: trying again in %.1f s (try %d)", message, seconds, tries + 1)


def _log(level: str, message: str, *arguments: object) -> None:
    # A program that has not loaded logging has no handler for it either.
    logging = sys.modules.get("logging")
    if logging is not None:
        logging.getLogger(LOGGER).log(getattr(logging, level), message, *arguments)
