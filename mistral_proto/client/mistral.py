"""`Mistral`: the client."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from ..errors import NotChatError
from ..retry import Clock, as_retry_config
from . import options
from .chat import Chat
from .io import Transports
from .redaction import refuse_pickling

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from typing import Literal

    from typing_extensions import Never, Self

    from ..protocol.instruct import TokenizerVersion
    from ..retry import RetryConfig
    from ..transport.exchange import AsyncTransport, HTTPRequest, Transport
    from ..transport.httpx_clients import AsyncHttpClient, HttpClient
    from ..types import OptionalNullable
    from .call import ResponseInfo
    from .options import KeyOption, Timeouts

__all__ = ["Mistral"]

DEFAULT_SERVER_URL = "https://api.mistral.ai"


class Mistral:
    """A client of Mistral's API (`mistralai`: same name), and a context manager.

    Args:
        api_key: a string, an object with ``get_secret_value()``, or a function that is
            called before each request; None reads ``MISTRAL_API_KEY``. Servers other than
            Mistral's may need none.
        server_url: the API's URL; None is ``https://api.mistral.ai``. It may end in ``/v1``
            or ``/v1/chat/completions``.
        check_conversation: True checks each request by the rules of a conversation before
            it is sent (see `check_conversation`), by those of the newest tokenizer; or a
            `TokenizerVersion`, or its name.
        timeout_ms: milliseconds for a whole call, with all attempts and the last byte of the
            answer; or `Timeouts`. The default is 10 seconds to connect, and 300 seconds for a
            call; a stream may pause for 120 seconds, and take an hour.
        retry_config: a `RetryConfig`, or the maximum number of retries (0: none); None: retries
            for half a minute, where that is safe.
        http_headers: headers to send with every call.
        extra_body: parameters to send with every call that this version does not know.
        extra_fields: ``"refuse"`` fields of messages, tools and formats that the API does not
            have; or ``"drop"`` them, as the SDK does, and write them to the log.
        max_gathered: the most bytes of an answer to keep, 64 MiB by default; with 0 the
            events of a stream are not gathered.
        proxies: the URLs of proxies for ``"http"`` and ``"https"``; ``{}`` for none; None
            reads them, and ``NO_PROXY``, from the environment.
        ssl_context: the certificates to trust and to present.
        transport: replaces the `UrllibTransport`.
        async_transport: the same for asyncio; the default runs plain requests in threads of
            its own, up to 512.
        client: an ``httpx.Client`` (or httpx2's) in place of a transport, with its own
            proxies and trust; it is not closed.
        async_client: an ``httpx.AsyncClient``, for asyncio.
        before_request: called with each `HTTPRequest`, which has the key in its headers; may
            return another one to send.
        after_response: called with each `HTTPRequest` and its `ResponseInfo`.
        clock: replaces the system's clock, for tests.

    Any number of threads and tasks may use a client; after a fork it opens connections of
    its own. Requests are written to the logger ``mistral_proto`` at the level DEBUG, waits for
    a retry and dropped fields at INFO, without content.

    The key is sent to `server_url` only. It is in no repr, exception or log, and a client
    can't be pickled.

    Raises:
        TypeError, ValueError: an option is wrong; the message names it.

    >>> mistral = Mistral(api_key="secret", server_url="http://127.0.0.1:8000")
    >>> mistral
    Mistral(server_url='http://127.0.0.1:8000')
    """

    chat: Chat
    """The chat completion API."""

    __reduce__ = refuse_pickling

    def __init__(
        self,
        api_key: KeyOption | None = None,
        *,
        server_url: str | None = None,
        check_conversation: bool | TokenizerVersion | str = False,
        timeout_ms: float | Timeouts | None = None,
        retry_config: OptionalNullable[RetryConfig | int] = None,
        http_headers: Mapping[str, str] | None = None,
        extra_body: Mapping[str, object] | None = None,
        extra_fields: Literal["refuse", "drop"] = "refuse",
        max_gathered: int | None = None,
        proxies: Mapping[str, str] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        transport: Transport | None = None,
        async_transport: AsyncTransport | None = None,
        client: HttpClient | None = None,
        async_client: AsyncHttpClient | None = None,
        before_request: Callable[[HTTPRequest], HTTPRequest | None] | None = None,
        after_response: Callable[[HTTPRequest, ResponseInfo], object] | None = None,
        clock: Clock | None = None,
        **unknown: Never,
    ) -> None:
        if unknown:
            options.reject_unknown(unknown, inspect.signature(Mistral).parameters)
        transport = options.transport_option(transport, client)
        if transport is not None and (proxies is not None or ssl_context is not None):
            raise ValueError("a transport has its own proxies and ssl_context")
        self._settings = options.Settings(
            api_key=options.api_key_option(api_key),
            server_url=options.server_url_option(
                DEFAULT_SERVER_URL if server_url is None else server_url
            ),
            default_server_url=DEFAULT_SERVER_URL,
            timeouts=options.timeout_ms_option(timeout_ms),
            retry_config=as_retry_config(retry_config, "retry_config"),
            http_headers=options.headers_option(http_headers),
            extra_body=options.extra_body_option(extra_body),
            max_gathered=options.max_gathered_option(max_gathered),
            rules=_rules(check_conversation),
            reading=options.extra_fields_option(extra_fields),
            before_request=options.callback_option(before_request, "before_request"),
            after_response=options.callback_option(after_response, "after_response"),
            clock=options.object_option(clock, "clock", "monotonic", "time", "sleep", "sleep_async")
            or Clock(),
        )
        self._transports = Transports(
            transport,
            options.transport_option(async_transport, async_client, "async_"),
            proxies,
            options.ssl_context_option(ssl_context),
            self._settings.clock,
        )
        self.chat = Chat(self._settings, self._transports)

    @property
    def sdk_configuration(self) -> SDKConfiguration:
        """The configuration that programs for the `mistralai` SDK read.

        >>> Mistral(server_url="http://127.0.0.1:8000").sdk_configuration.get_server_details()
        ('http://127.0.0.1:8000', {})
        """
        return SDKConfiguration(self._settings.server_url, self._transports)

    def __repr__(self) -> str:
        settings = getattr(self, "_settings", None)  # missing if the constructor failed
        return f"Mistral(server_url={settings.server_url!r})" if settings else "Mistral()"

    if TYPE_CHECKING:
        pass  # a checker would accept any name
    else:

        def __getattr__(self, name: str) -> None:
            raise NotChatError(f"Mistral has no {name!r}: of the SDK's client, only `chat` is here")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection, which ends open calls and streams.

        The client may be used again. `close_async` also closes an `async_transport`.
        """
        self._transports.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close_async()

    async def close_async(self) -> None:
        """Close every connection, and the transport for asyncio."""
        await self._transports.close_async()


class SDKConfiguration:
    """The settings of a client that programs for the `mistralai` SDK read or set."""

    def __init__(self, server_url: str, transports: Transports) -> None:
        self.server_url = server_url
        self._transports = transports

    def get_server_details(self) -> tuple[str, dict[str, str]]:
        """Return the URL of the server, and no variables."""
        return self.server_url, {}

    @property
    def async_client(self) -> AsyncHttpClient | None:
        """The client of httpx for the calls of asyncio; may be set to another one."""
        client: AsyncHttpClient | None = getattr(self._transports.for_asyncio, "client", None)
        return client

    @async_client.setter
    def async_client(self, value: AsyncHttpClient) -> None:
        self._transports.for_asyncio = options.transport_option(None, value, "async_")


def _rules(setting: bool | TokenizerVersion | str) -> TokenizerVersion | None:
    """Return the version whose rules a conversation must follow, if any."""
    if setting is False:
        return None
    # Loaded now, as a call loads no modules.
    from ..conversation.validator import check_conversation as check_conversation
    from ..protocol.instruct import NEWEST_VERSION, TokenizerVersion

    try:
        return TokenizerVersion(NEWEST_VERSION if setting is True else setting)
    except ValueError:
        expected = f"a bool or a TokenizerVersion such as {NEWEST_VERSION.value!r}"
        raise ValueError(f"check_conversation must be {expected}") from None
