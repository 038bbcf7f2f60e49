"""One request to the API: the key, the headers, the tries, and the answer."""

from __future__ import annotations

from ..errors import MissingAPIKeyError
from ..retry import RetryConfig, with_retries
from ..transport import USER_AGENT, Transport, check_url
from .answer import Answer
from .redaction import Redactor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn, TypedDict

    class CallOptions(TypedDict, total=False):
        """What a call may override of the client's settings."""

        retries: RetryConfig | None
        server_url: str | None
        timeout_ms: int | None
        http_headers: Mapping[str, str] | None


__all__ = ["HoldsKey", "Sender"]

MAX_TIMEOUT_MS = 10**12
"""What a socket can count, and longer than any call."""


class HoldsKey:
    """What is not to be written anywhere, since it holds an API key."""

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds an API key and can't be pickled; make one where it is used")


class Sender(HoldsKey):
    """Sends requests with a client's settings; see `Mistral` for what they mean."""

    def __init__(
        self,
        *,
        api_key: str,
        server_url: str | None,
        default_server_url: str,
        timeout_ms: int,
        retry_config: RetryConfig | None,
        http_headers: Mapping[str, str] | None,
    ) -> None:
        self._api_key = _check_api_key(api_key)
        self._redact = Redactor(self._api_key)
        self._default_server_url = default_server_url
        self.server_url = check_url(default_server_url if server_url is None else server_url)
        self._timeout_ms = _check_timeout(timeout_ms)
        self._retry_config = retry_config
        self._http_headers = _check_headers(http_headers or {})
        self._transport = Transport()

    def post(self, path: str, body: bytes, *, accept: str, options: CallOptions) -> Answer:
        """POST a JSON body, try again as configured, and return a successful answer.

        Raises:
            MistralError: there was none.
        """
        server_url = self.server_url
        if (other := options.get("server_url")) is not None:
            server_url = check_url(other)
        timeout_ms = self._timeout_ms
        if (given := options.get("timeout_ms")) is not None:
            timeout_ms = _check_timeout(given)
        headers = self._headers(server_url, accept, options.get("http_headers"))
        response = with_retries(
            lambda: self._transport.post(server_url + path, body, headers, timeout_ms / 1000),
            options.get("retries") or self._retry_config,
        )
        answer = Answer(response, self._redact)
        if answer.status_code != 200:
            raise answer.error()
        return answer

    def _headers(
        self, server_url: str, accept: str, more: Mapping[str, str] | None
    ) -> dict[str, str]:
        headers = {
            "accept": accept,
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            **self._http_headers,
            **_check_headers(more or {}),
        }
        if self._api_key:
            headers.setdefault("authorization", f"Bearer {self._api_key}")
        elif server_url == self._default_server_url and "authorization" not in headers:
            raise MissingAPIKeyError("no API key: pass api_key=… or set MISTRAL_API_KEY")
        return headers


def _check_api_key(key: str) -> str:
    # A key read from a file often brings its line end along.
    key = key.strip()
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise ValueError("the API key must be printable ASCII without spaces")  # and is not shown
    return key


def _check_timeout(timeout_ms: int) -> int:
    if not timeout_ms > 0:  # also true of NaN
        raise ValueError(f"timeout_ms must be above 0, not {timeout_ms}")
    if timeout_ms > MAX_TIMEOUT_MS:
        raise ValueError(f"timeout_ms must be at most {MAX_TIMEOUT_MS}")
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
