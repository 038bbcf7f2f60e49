"""Transports over clients of httpx, or any object with their methods; httpx is not imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol

from .exchange import AsyncHTTPResponse, HTTPResponse

if TYPE_CHECKING:
    from typing import Any

    from .exchange import HTTPRequest


class HttpClient(Protocol):
    """A client such as ``httpx.Client`` (`mistralai`: same name)."""

    def build_request(self, method: str, url: str, *_: Any, **__: Any) -> Any: ...

    def send(self, request: Any, *_: Any, **__: Any) -> Any: ...


class AsyncHttpClient(Protocol):
    """A client such as ``httpx.AsyncClient`` (`mistralai`: same name)."""

    def build_request(self, method: str, url: str, *_: Any, **__: Any) -> Any: ...

    async def send(self, request: Any, *_: Any, **__: Any) -> Any: ...


class _OverHttpx:
    """The part that both have; the owner of the client closes it."""

    failures: tuple[type[Exception], ...]

    def __init__(self, client: Any) -> None:
        self.client = client
        # The client may be an object of the user that wraps one of httpx.
        libraries: list[Any] = [sys.modules.get(name) for name in ("httpx", "httpx2")]
        self.failures = tuple([library.RequestError for library in libraries if library])

    def _sent(self, it: HTTPRequest) -> Any:
        timeout = it.connect_timeout, it.read_timeout, it.read_timeout, it.connect_timeout
        request = self.client.build_request(
            it.method, it.url, content=it.body, headers=it.headers, timeout=timeout
        )
        return self.client.send(request, stream=True, follow_redirects=False)


class HttpxTransport(_OverHttpx):
    """A transport over ``httpx.Client``."""

    def send(self, request: HTTPRequest, /) -> HTTPResponse:
        """Send a request, and return the response once its headers have arrived."""
        it = self._sent(request)
        return HTTPResponse(it.status_code, it.headers, it.iter_bytes(), it.close)

    def close(self) -> None:
        """Do nothing."""


class AsyncHttpxTransport(_OverHttpx):
    """A transport over ``httpx.AsyncClient``."""

    async def send(self, request: HTTPRequest, /) -> AsyncHTTPResponse:
        """Send a request, and return the response once its headers have arrived."""
        it = await self._sent(request)
        return AsyncHTTPResponse(it.status_code, it.headers, it.aiter_bytes(), it.aclose)

    async def close(self) -> None:
        """Do nothing."""
