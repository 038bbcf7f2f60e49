"""The settings of a client, which a call may override."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..retry import as_retry_config
from .options import (
    Timeouts,
    extra_body_option,
    headers_option,
    max_gathered_option,
    server_url_option,
    timeout_ms_option,
    transport_option,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn

    from ..checks import Reading
    from ..json_text import JSONValue
    from ..protocol.request import ChatCompletionRequest
    from ..retry import Clock, RetryConfig
    from ..transport.httpx_clients import AsyncHttpClient
    from .io import Transports
    from .parameters import CallOptions
    from .redaction import Secret
    from .watching import Watcher

__all__ = ["HoldsKey", "SDKConfiguration", "Settings"]


class HoldsKey:
    """An object that is not to be written anywhere, as it holds an API key."""

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds an API key and can't be pickled; make one where it is used")


class SDKConfiguration:
    """The settings of a client that programs for the `mistralai` SDK ask for, or set."""

    def __init__(self, server_url: str, transports: Transports) -> None:
        self.server_url = server_url
        self._transports = transports

    def get_server_details(self) -> tuple[str, dict[str, str]]:
        """Return the URL of the server, and its variables, of which there are none."""
        return self.server_url, {}

    @property
    def async_client(self) -> AsyncHttpClient | None:
        """The client of httpx that carries the calls of asyncio; another may be set."""
        return self._transports.async_client

    @async_client.setter
    def async_client(self, value: AsyncHttpClient) -> None:
        self._transports.use(transport_option(None, value, "async_"))


@dataclass(frozen=True, repr=False)
class Settings(HoldsKey):
    """What `Mistral` and the methods of `Chat` take, checked, and each in one form."""

    api_key: Secret | Callable[[], Secret]
    server_url: str
    default_server_url: str
    timeouts: Timeouts
    retry_config: RetryConfig
    http_headers: Mapping[str, str]
    extra_body: Mapping[str, JSONValue]
    max_gathered: int
    validator: Callable[[ChatCompletionRequest], None] | None
    reading: Reading
    watcher: Watcher
    clock: Clock

    def overridden(self, options: CallOptions) -> Settings:
        """Return the settings of a call with these options; one that is None is not given.

        Raises:
            TypeError, ValueError: an option can't be used.
        """
        given = {name: value for name, value in options.items() if value is not None}
        changed: dict[str, object] = {}
        if "server_url" in given:
            changed["server_url"] = server_url_option(given["server_url"], "server_url")
        if "timeout_ms" in given:
            changed["timeouts"] = timeout_ms_option(given["timeout_ms"]).or_else(self.timeouts)
        if "retries" in given:
            changed["retry_config"] = as_retry_config(given["retries"], "retries")
        if "http_headers" in given:
            headers = headers_option(given["http_headers"], "http_headers")
            changed["http_headers"] = {**self.http_headers, **headers}
        if "extra_body" in given:
            changed["extra_body"] = {**self.extra_body, **extra_body_option(given["extra_body"])}
        if "max_gathered" in given:
            changed["max_gathered"] = max_gathered_option(given["max_gathered"])
        return replace(self, **changed) if changed else self  # type: ignore[arg-type]
