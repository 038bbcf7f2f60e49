"""`Mistral`: the client, as its users see it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .chat import Chat
from .sender import HoldsKey, Sender

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from typing_extensions import Self

    from ..conversation.validator import MistralRequestValidator
    from ..protocol.instruct import TokenizerVersion
    from ..retry import Clock, RetryConfig
    from ..transport.exchange import AsyncTransport, HTTPRequest, Transport
    from .options import Timeouts
    from .watching import ResponseInfo

__all__ = ["Mistral"]

DEFAULT_SERVER_URL = "https://api.mistral.ai"


class Mistral(HoldsKey):
    """A client of Mistral's API (`mistralai`: same name), and a context manager.

    Args:
        api_key: None takes it from ``MISTRAL_API_KEY``; a function is asked for
            it before each request.  A server other than Mistral's own may do
            without.
        server_url: where the API is; None stands for ``https://api.mistral.ai``.
        check_conversation: whether each request is held to the rules of a
            conversation (see `check_conversation`) before it is sent: True for
            those of the newest tokenizer, or a `TokenizerVersion`, or its name.
        timeout_ms: milliseconds for a whole call, every try and the last byte of
            the answer included; or `Timeouts` for its parts.  By default 10
            seconds to connect, and for the rest of a call 300 seconds; a stream
            may be silent for 120 seconds, and go on for an hour.
        retry_config: how calls are tried again; None: for half a minute, where
            that is safe (`RetryConfig`).
        http_headers: headers to send with every call.
        proxies: the proxies' URLs for ``"http"`` and ``"https"``; ``{}`` for
            none; None takes them, and ``NO_PROXY``, from the environment.
        ssl_context: whom to trust, and which certificate to show.
        transport: what carries the calls, in place of a `UrllibTransport`.
        async_transport: the same for those of asyncio, whose default has threads
            of its own, as many at most as the transport has connections (512).
        before_request: called with each `HTTPRequest`, headers with the key
            included; may return another to be sent in its place.
        after_response: called with each `HTTPRequest` and its `ResponseInfo`.
        clock: the time, for tests that would not wait.

    Any number of threads, and of tasks, may use a client; after a fork it opens
    connections of its own.  Requests are logged to the logger ``mistral_proto``
    at the level DEBUG, without content.

    The key is sent to `server_url` alone.  It is in no repr, exception or log,
    and a client can't be pickled.

    Raises:
        ValueError: the key, the URL, the timeout or a header can't be used, or
            there is no such version.

    >>> mistral = Mistral(api_key="secret", server_url="http://127.0.0.1:8000")
    >>> mistral
    Mistral(server_url='http://127.0.0.1:8000')
    """

    chat: Chat
    """The chat completion API."""

    def __init__(
        self,
        api_key: str | Callable[[], str] | None = None,
        *,
        server_url: str | None = None,
        check_conversation: bool | TokenizerVersion | str = False,
        timeout_ms: int | Timeouts | None = None,
        retry_config: RetryConfig | None = None,
        http_headers: Mapping[str, str] | None = None,
        proxies: Mapping[str, str] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        transport: Transport | None = None,
        async_transport: AsyncTransport | None = None,
        before_request: Callable[[HTTPRequest], HTTPRequest | None] | None = None,
        after_response: Callable[[HTTPRequest, ResponseInfo], object] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._sender = Sender(
            api_key=os.environ.get("MISTRAL_API_KEY", "") if api_key is None else api_key,
            server_url=server_url,
            default_server_url=DEFAULT_SERVER_URL,
            timeout_ms=timeout_ms,
            retry_config=retry_config,
            http_headers=http_headers,
            proxies=proxies,
            ssl_context=ssl_context,
            transport=transport,
            async_transport=async_transport,
            before_request=before_request,
            after_response=after_response,
            clock=clock,
        )
        self.chat = Chat(self._sender, _validator(check_conversation))

    def __repr__(self) -> str:
        return f"Mistral(server_url={self._sender.server_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection.

        What is still waited for fails, and open streams end.  The client may be
        used again.  An `async_transport` is left to `close_async`.
        """
        self._sender.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close_async()

    async def close_async(self) -> None:
        """Close every connection, and what the asyncio calls use besides."""
        await self._sender.close_async()


def _validator(setting: bool | TokenizerVersion | str) -> MistralRequestValidator | None:
    if setting is False:
        return None
    # Whoever does not want the rules does not pay for them.
    from ..conversation.validator import ValidationMode, get_validator
    from ..protocol.instruct import NEWEST_VERSION

    version = NEWEST_VERSION if setting is True else setting
    return get_validator(version, ValidationMode.serving)
