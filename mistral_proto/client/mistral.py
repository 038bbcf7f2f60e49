"""`Mistral`: the key, the server, and what every call has in common."""

from __future__ import annotations

import os

from ..errors import MissingAPIKeyError
from ..retry import RetryConfig, with_retries
from ..transport import USER_AGENT, Transport, check_url
from .chat import Chat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPResponse
    from types import TracebackType
    from typing import NoReturn

    from typing_extensions import Self

    from .chat import CallOptions

__all__ = ["Mistral"]

DEFAULT_SERVER_URL = "https://api.mistral.ai"
DEFAULT_TIMEOUT_MS = 300_000


class Mistral:
    """A client of Mistral's API (`mistralai`: same name), and a context manager.

    Args:
        api_key: None takes it from ``MISTRAL_API_KEY``.  A server other than
            Mistral's own may do without.
        server_url: where the API is; None stands for ``https://api.mistral.ai``.
        timeout_ms: milliseconds to wait for the connection, and for each piece
            of an answer; None stands for 300,000, as in the SDK.
        retry_config: how calls are tried again; None: they are not.
        http_headers: headers to send with every call.

    The key is sent to `server_url` alone.  It is in no repr, exception or log,
    and a client can't be pickled.

    Raises:
        ValueError: the key, the URL, the timeout or a header can't be used.

    >>> mistral = Mistral(api_key="secret", server_url="http://127.0.0.1:8000")
    >>> mistral
    Mistral(server_url='http://127.0.0.1:8000')
    """

    chat: Chat

    def __init__(
        self,
        api_key: str | None = None,
        *,
        server_url: str | None = None,
        timeout_ms: int | None = None,
        retry_config: RetryConfig | None = None,
        http_headers: Mapping[str, str] | None = None,
    ) -> None:
        if api_key is None:
            api_key = os.environ.get("MISTRAL_API_KEY", "")
        self._api_key = _check_api_key(api_key)
        self._server_url = check_url(server_url if server_url is not None else DEFAULT_SERVER_URL)
        self._timeout_ms = _check_timeout(DEFAULT_TIMEOUT_MS if timeout_ms is None else timeout_ms)
        self._retry_config = retry_config
        self._http_headers = _check_headers(http_headers or {})
        self._transport = Transport()
        self.chat = Chat(self)

    def __repr__(self) -> str:
        return f"Mistral(server_url={self._server_url!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds an API key and can't be pickled; make one where it is used")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release what the client holds.

        Each answer has a connection of its own, closed with it, so there is
        nothing to release yet; a stream that is still open stays so.
        """

    def _post(self, path: str, body: bytes, *, accept: str, options: CallOptions) -> HTTPResponse:
        """POST a JSON body, try again as configured, and return the last response."""
        server_url = self._server_url
        if (other := options.get("server_url")) is not None:
            server_url = check_url(other)
        timeout_ms = self._timeout_ms
        if (given := options.get("timeout_ms")) is not None:
            timeout_ms = _check_timeout(given)
        headers = {
            "accept": accept,
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            **self._http_headers,
            **_check_headers(options.get("http_headers") or {}),
        }
        if self._api_key:
            headers.setdefault("authorization", f"Bearer {self._api_key}")
        elif server_url == DEFAULT_SERVER_URL and "authorization" not in headers:
            raise MissingAPIKeyError("no API key: pass api_key=… or set MISTRAL_API_KEY")
        return with_retries(
            lambda: self._transport.post(server_url + path, body, headers, timeout_ms / 1000),
            options.get("retries") or self._retry_config,
        )

    def _redact(self, text: str) -> str:
        """A server's text without the key, which it may have sent back."""
        return text.replace(self._api_key, "[API key]") if self._api_key else text


def _check_api_key(key: str) -> str:
    # A key read from a file often brings its line end along.
    key = key.strip()
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise ValueError("the API key must be printable ASCII without spaces")  # and is not shown
    return key


def _check_timeout(timeout_ms: int) -> int:
    if not timeout_ms > 0:
        raise ValueError(f"timeout_ms must be above 0, not {timeout_ms}")
    return timeout_ms


def _check_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers by their lower-case names."""
    checked: dict[str, str] = {}
    for name, value in headers.items():
        # RFC 9110, 5.1 and 5.5; the value may be a secret, and is not shown.
        token = name.replace("-", "").replace("_", "")
        if not (token.isascii() and token.isalnum()):
            raise ValueError(f"not a header name: {name!r}")
        if not (value.isascii() and value.isprintable()):
            raise ValueError(f"the header {name} must be printable ASCII")
        checked[name.lower()] = value
    return checked
