"""A client's settings, and the calls that are made with them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from .. import __version__
from ..errors import MissingAPIKeyError, MistralError
from ..retry import DEFAULT_RETRY_CONFIG, Clock, RetryConfig
from ..transport.content_coding import ACCEPTED
from .call import EVENT_STREAM, Call
from .operations import run, run_async, untraced
from .options import (
    COMPLETE_TIMEOUTS,
    STREAM_TIMEOUTS,
    Timeouts,
    api_key_option,
    headers_option,
    server_url_option,
    timeout_ms_option,
)
from .redaction import Redactor, Secret
from .watching import Watcher

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from typing import NoReturn, TypedDict

    from ..transport.exchange import AsyncTransport, HTTPRequest, Transport
    from ..transport.threads import ThreadedTransport
    from ..transport.urllib_transport import UrllibTransport
    from .operations import Steps
    from .watching import ResponseInfo

    class CallOptions(TypedDict, total=False):
        """What a call may override of the client's settings."""

        retries: RetryConfig | None
        server_url: str | None
        timeout_ms: int | Timeouts | None
        http_headers: Mapping[str, str] | None


__all__ = ["HoldsKey", "Sender"]

T = TypeVar("T")

USER_AGENT = (
    f"mistral-proto/{__version__} python/{'.'.join(str(part) for part in sys.version_info[:3])}"
)


class HoldsKey:
    """What is not to be written anywhere, since it holds an API key."""

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds an API key and can't be pickled; make one where it is used")


class Sender(HoldsKey):
    """Makes calls with a client's settings, and runs them; see `Mistral` for what they mean."""

    clock: Clock

    def __init__(
        self,
        *,
        api_key: str | Callable[[], str],
        server_url: str | None,
        default_server_url: str,
        timeout_ms: int | Timeouts | None,
        retry_config: RetryConfig | None,
        http_headers: Mapping[str, str] | None,
        proxies: Mapping[str, str] | None,
        ssl_context: ssl.SSLContext | None,
        transport: Transport | None,
        async_transport: AsyncTransport | None,
        before_request: Callable[[HTTPRequest], HTTPRequest | None] | None,
        after_response: Callable[[HTTPRequest, ResponseInfo], object] | None,
        clock: Clock | None,
    ) -> None:
        key = api_key_option(api_key)
        self._api_key = key if isinstance(key, Secret) else lambda: self._remember(key())
        self._last_key = key if isinstance(key, Secret) else Secret("")
        self._default_server_url = default_server_url
        self.server_url = server_url_option(
            default_server_url if server_url is None else server_url, "server_url"
        )
        timeouts = timeout_ms_option(timeout_ms)
        self._complete_timeouts = timeouts.or_else(COMPLETE_TIMEOUTS)
        self._stream_timeouts = timeouts.or_else(STREAM_TIMEOUTS)
        self._retry_config = retry_config or DEFAULT_RETRY_CONFIG
        self._http_headers = headers_option(http_headers, "http_headers")
        if transport is not None and (proxies is not None or ssl_context is not None):
            raise ValueError("a transport has its own proxies and ssl_context")
        self._proxies = proxies
        self._ssl_context = ssl_context
        self._transport = transport
        self._async_transport: AsyncTransport | None = None
        if async_transport is not None:
            from .bounded import BoundedTransport

            self._async_transport = BoundedTransport(async_transport)
        self._threads: ThreadedTransport | None = None  # where that is None
        self._watcher = Watcher(before_request, after_response)
        self.clock = clock or Clock()
        self._made: dict[str, UrllibTransport] = {}
        self._made_async: dict[str, ThreadedTransport] = {}
        self._closings = 0

    def call(self, path: str, body: bytes, *, stream: bool, n: int, options: CallOptions) -> Call:
        """A call of the API that POSTs a JSON body and asks for `n` answers, not sent yet."""
        server_url = self.server_url
        if (other := options.get("server_url")) is not None:
            server_url = server_url_option(other, "server_url")
        timeouts = self._stream_timeouts if stream else self._complete_timeouts
        if (timeout_ms := options.get("timeout_ms")) is not None:
            timeouts = timeout_ms_option(timeout_ms).or_else(timeouts)
        given = options.get("http_headers")
        headers = {
            "accept": EVENT_STREAM if stream else "application/json",
            # To unpack what comes piece by piece is no gain.
            "accept-encoding": "identity" if stream else ACCEPTED,
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            **self._http_headers,
            **headers_option(given, "http_headers"),
        }
        closings = self._closings
        needs_key = server_url == self._default_server_url and "authorization" not in headers
        return Call(
            url=server_url + path,
            body=body,
            n=n,
            api_key=self._api_key,
            headers_for=lambda key: _with_key(headers, key, needs_key),
            timeouts=timeouts,
            retry_config=options.get("retries") or self._retry_config,
            watcher=self._watcher,
            clock=self.clock,
            is_closed=lambda: closings != self._closings,
        )

    def _remember(self, key: Secret) -> Secret:
        self._last_key = key
        return key

    def redact(self, text: str) -> str:
        """The text without the key, as far as the last key is it."""
        return Redactor([self._last_key])(text)

    def run(self, steps: Steps[T]) -> T:
        """Do what the steps of a call ask for, and return what they return."""
        try:
            return run(steps, self.transport(), self.clock)
        except MistralError as error:
            raise untraced(error)

    async def run_async(self, steps: Steps[T]) -> T:
        """The same for asyncio."""
        try:
            return await run_async(steps, self.async_transport(), self.clock)
        except MistralError as error:
            raise untraced(error)

    def transport(self) -> Transport:
        """What carries the plain calls."""
        if self._transport is None:
            from ..transport.urllib_transport import UrllibTransport

            # Without a lock, which might be held in a fork: the first one made is the one.
            made = UrllibTransport(proxies=self._proxies, ssl_context=self._ssl_context)
            self._transport = self._made.setdefault("transport", made)
        return self._transport

    def async_transport(self) -> AsyncTransport:
        """What carries the calls of asyncio.

        Raises:
            ValueError: the client was given a transport for the others alone.
        """
        if self._async_transport is None:
            from ..transport.threads import ThreadedTransport
            from ..transport.urllib_transport import UrllibTransport

            transport = self.transport()
            if not isinstance(transport, UrllibTransport):
                raise ValueError("the client has a transport, but no async_transport")
            self._threads = self._made_async.setdefault("transport", ThreadedTransport(transport))
            self._async_transport = self._threads
        return self._async_transport

    def close(self) -> None:
        """Close what carries the plain calls."""
        self._closings += 1
        if self._transport is not None:
            self._transport.close()
        if self._threads is not None:
            self._threads.end_threads()

    async def close_async(self) -> None:
        """Close what carries the calls, of both kinds."""
        self.close()
        if self._async_transport is not None:
            await self._async_transport.close()


def _with_key(headers: dict[str, str], key: Secret, is_needed: bool) -> dict[str, str]:
    if key.reveal():
        return {"authorization": f"Bearer {key.reveal()}", **headers}
    if is_needed:
        raise MissingAPIKeyError("no API key: pass api_key=… or set MISTRAL_API_KEY")
    return headers
