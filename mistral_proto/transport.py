"""Bytes over HTTP, by `urllib`: one request out, one response back.

The only module that opens a connection.  Nothing here knows of chat.
"""

from __future__ import annotations

import http.client
import re
import sys
import urllib.request
from urllib.parse import urljoin, urlsplit

from . import __version__
from .errors import NoResponseError, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from email.message import Message
    from http.client import HTTPResponse

__all__ = ["Transport", "check_url", "lowercase", "origin", "read_body", "reason"]

USER_AGENT = (
    f"mistral-proto/{__version__} python/{'.'.join(str(part) for part in sys.version_info[:3])}"
)

MAX_BODY = 64 * 1024 * 1024
"""The most bytes of a body that are read into memory."""

_BLOCK = 64 * 1024
_MAX_REDIRECTS = 5


class _HTTPSHandler(urllib.request.AbstractHTTPHandler):
    """HTTPS with verified certificates, loaded once, when the first URL needs them."""

    def __init__(self) -> None:
        super().__init__()
        self._context: ssl.SSLContext | None = None

    def https_open(self, request: urllib.request.Request) -> HTTPResponse:
        if self._context is None:
            import ssl

            self._context = ssl.create_default_context()
            self._context.set_alpn_protocols(["http/1.1"])
        return self.do_open(http.client.HTTPSConnection, request, context=self._context)

    https_request = urllib.request.AbstractHTTPHandler.do_request_


class Transport:
    """Sends requests; proxies come from the environment, and TLS is verified.

    A redirect is followed only where it keeps the method and the body (307,
    308) and stays at the origin, so that neither ever reaches another host.
    Any other is handed back as the response that it is.
    """

    def __init__(self) -> None:
        # Not `build_opener`: its handlers follow redirects with every header, turn
        # statuses into exceptions, and open files.
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            _HTTPSHandler(),
        ):
            self._opener.add_handler(handler)

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout: float
    ) -> HTTPResponse:
        """POST a body, and return the response once its headers are there.

        `timeout` is in seconds, for connecting and for each wait for bytes.
        The caller closes the response.

        Raises:
            NoResponseError: refused, reset, timed out, or not HTTP.
        """
        failure = f"more than {_MAX_REDIRECTS} redirects"
        for _ in range(_MAX_REDIRECTS + 1):
            request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")
            try:
                response: HTTPResponse = self._opener.open(request, timeout=timeout)
            except (OSError, http.client.HTTPException) as error:
                failure = reason(error)
                break
            target = None
            if response.status in (307, 308):
                target = _within_origin(url, response.headers.get("location", ""))
            if target is None:
                return response
            response.close()
            url = target
        # Outside the handler, so that what the server sent is not in the context.
        raise NoResponseError(f"no answer from {origin(url)}: {failure}")


def _within_origin(url: str, location: str) -> str | None:
    """Where a redirect leads, if that is another URL of the same origin."""
    try:
        target = urljoin(url, location)
        return target if target != url and origin(target) == origin(url) else None
    except ValueError:
        return None


# Stricter than RFC 3986: what two programs may read in two ways is nothing to send a
# key to.
_SOUND = re.compile(r"[!-~]+")
_AUTHORITY = re.compile(
    r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?)(?::(?P<port>[0-9]{0,5}))?"
)


def origin(url: str) -> str:
    """Scheme, host and port: what a secret must not leave.

    Raises:
        ValueError: it is not an absolute http or https URL.

    >>> origin("https://API.mistral.ai:443/v1?x#y") == origin("https://api.mistral.ai")
    True
    """
    parts = urlsplit(url)
    authority = _AUTHORITY.fullmatch(parts.netloc.lower())
    if _SOUND.fullmatch(url) and authority and parts.scheme in ("http", "https"):
        port = int(authority["port"] or {"http": 80, "https": 443}[parts.scheme])
        if 0 < port < 65536:
            return f"{parts.scheme}://{authority['host']}:{port}"
    raise ValueError(f"not an absolute http or https URL: {url!r}")


def check_url(url: str) -> str:
    """A server's URL, fit to append a path to.

    Raises:
        ValueError: it is not an absolute http or https URL, in ASCII, with a
            path at most.

    >>> check_url("https://api.mistral.ai/")
    'https://api.mistral.ai'
    >>> check_url("api.mistral.ai")
    Traceback (most recent call last):
        ...
    ValueError: server_url must be an http or https URL, not 'api.mistral.ai'
    """
    if "@" in url:
        raise ValueError("server_url must not hold a user name or password")
    if "?" in url or "#" in url:
        raise ValueError(f"server_url must have no query and no fragment, unlike {url!r}")
    try:
        origin(url)
    except ValueError:
        raise ValueError(f"server_url must be an http or https URL, not {url!r}") from None
    return url.rstrip("/")


def read_body(response: HTTPResponse) -> bytes:
    """The whole body of a response, which is closed then.

    Raises:
        NoResponseError: it was cut short, timed out, or is larger than `MAX_BODY`.
    """
    blocks: list[bytes] = []
    size = 0
    with response:
        try:
            while block := response.read(_BLOCK):
                blocks.append(block)
                size += len(block)
                if size > MAX_BODY:
                    raise NoResponseError(f"the answer is larger than {MAX_BODY} bytes")
            if not response.length:
                return b"".join(blocks)
            failure = _CUT
        except READ_ERRORS as error:
            failure = reason(error)
    raise NoResponseError(f"the answer broke off: {failure}")


READ_ERRORS = (OSError, http.client.HTTPException, ValueError)
"""What reading a body raises; ValueError of a chunk of negative size."""

_CUT = "the connection was closed in the middle of it"


def lowercase(headers: Message) -> dict[str, str]:
    """Headers by their lower-case names; of a name that comes twice, the values joined."""
    joined: dict[str, str] = {}
    for name, value in headers.items():
        name = name.lower()
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def reason(error: BaseException) -> str:
    """What went wrong on the network, in a few words."""
    inner = getattr(error, "reason", None)
    if isinstance(inner, BaseException):
        return reason(inner)
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, http.client.IncompleteRead):
        return _CUT
    is_network = isinstance(error, OSError)
    if isinstance(error, (http.client.HTTPException, ValueError)) and not is_network:
        # Its text is the server's, and may be anything.
        return f"what came is not HTTP ({type(error).__name__})"
    text = str(getattr(error, "strerror", None) or inner or error)
    return one_line(text, 200) or type(error).__name__
