"""`Mistral`: the client, as its users see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import NotChatError
from ..retry import DEFAULT_RETRY_CONFIG, as_retry_config
from .chat import Chat
from .io import Transports
from .options import (
    api_key_option,
    callback_option,
    clock_option,
    extra_body_option,
    extra_fields_option,
    headers_option,
    max_gathered_option,
    reject_foreign,
    server_url_option,
    ssl_context_option,
    timeout_ms_option,
    transport_option,
)
from .settings import HoldsKey, SDKConfiguration, Settings
from .watching import Watcher

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from typing import Literal

    from typing_extensions import Never, Self

    from ..protocol.instruct import TokenizerVersion
    from ..protocol.request import ChatCompletionRequest
    from ..retry import Clock, RetryConfig
    from ..transport.exchange import AsyncTransport, HTTPRequest, Transport
    from ..transport.httpx_clients import AsyncHttpClient, HttpClient
    from ..types import OptionalNullable
    from .options import KeyOption, Timeouts
    from .watching import ResponseInfo

__all__ = ["Mistral"]

DEFAULT_SERVER_URL = "https://api.mistral.ai"


class Mistral(HoldsKey):
    """A client of Mistral's API (`mistralai`: same name), and a context manager.

    Args:
        api_key: None takes it from ``MISTRAL_API_KEY``; a function is asked for
            it before each request. A server other than Mistral's own may do
            without.
        server_url: where the API is; None stands for ``https://api.mistral.ai``. It may
            end in ``/v1`` or ``/v1/chat/completions``.
        check_conversation: whether each request is held to the rules of a
            conversation (see `check_conversation`) before it is sent: True for
            those of the newest tokenizer, or a `TokenizerVersion`, or its name.
        timeout_ms: milliseconds for a whole call, every try and the last byte of
            the answer included; or `Timeouts` for its parts. By default 10
            seconds to connect, and for the rest of a call 300 seconds; a stream
            may be silent for 120 seconds, and go on for an hour.
        retry_config: how calls are tried again: a `RetryConfig`, or how often at most (0 or
            False: never); None: for half a minute, where that is safe.
        http_headers: headers to send with every call.
        extra_body: parameters to send with every call, which this version does not know.
        extra_fields: what to do with a field of a message, tool or format that the API does not
            have: ``"refuse"`` it, or ``"drop"`` it, as the SDK does, and tell the log.
        max_gathered: the most bytes of an answer that are kept, 64 MiB by default; with 0
            the events of a stream are not gathered.
        proxies: the proxies' URLs for ``"http"`` and ``"https"``; ``{}`` for
            none; None takes them, and ``NO_PROXY``, from the environment.
        ssl_context: whom to trust, and which certificate to show.
        transport: what carries the calls, in place of a `UrllibTransport`.
        async_transport: the same for those of asyncio, whose default has threads
            of its own, as many at most as the transport has connections (512).
        client: an ``httpx.Client`` (or httpx2's) that carries the calls in place of a
            transport, with its own proxies and trust; it is left open.
        async_client: an ``httpx.AsyncClient``, for the calls of asyncio.
        before_request: called with each `HTTPRequest`, headers with the key
            included; may return another to be sent in its place.
        after_response: called with each `HTTPRequest` and its `ResponseInfo`.
        clock: the time, for tests that would not wait.

    Any number of threads, and of tasks, may use a client; after a fork it opens
    connections of its own. Requests are logged to the logger ``mistral_proto``
    at the level DEBUG, waits for another try and dropped fields at INFO, without content.

    The key is sent to `server_url` alone. It is in no repr, exception or log,
    and a client can't be pickled.

    Raises:
        TypeError, ValueError: an option can't be used; the message names it.

    >>> mistral = Mistral(api_key="secret", server_url="http://127.0.0.1:8000")
    >>> mistral
    Mistral(server_url='http://127.0.0.1:8000')
    """

    chat: Chat
    """The chat completion API."""

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
        reject_foreign(unknown)
        transport = transport_option(transport, client)
        if transport is not None and (proxies is not None or ssl_context is not None):
            raise ValueError("a transport has its own proxies and ssl_context")
        self._settings = Settings(
            api_key=api_key_option(api_key),
            server_url=server_url_option(
                DEFAULT_SERVER_URL if server_url is None else server_url, "server_url"
            ),
            default_server_url=DEFAULT_SERVER_URL,
            timeouts=timeout_ms_option(timeout_ms),
            retry_config=as_retry_config(retry_config, "retry_config") or DEFAULT_RETRY_CONFIG,
            http_headers=headers_option(http_headers, "http_headers"),
            extra_body=extra_body_option(extra_body),
            max_gathered=max_gathered_option(max_gathered),
            validator=_validator(check_conversation),
            reading=extra_fields_option(extra_fields),
            watcher=Watcher(
                callback_option(before_request, "before_request"),
                callback_option(after_response, "after_response"),
            ),
            clock=clock_option(clock),
        )
        self._transports = Transports(
            transport,
            transport_option(async_transport, async_client, "async_"),
            proxies,
            ssl_context_option(ssl_context),
            self._settings.clock,
        )
        self.chat = Chat(self._settings, self._transports)

    @property
    def sdk_configuration(self) -> SDKConfiguration:
        """Where the API is, as programs for the `mistralai` SDK ask for it.

        >>> Mistral(server_url="http://127.0.0.1:8000").sdk_configuration.get_server_details()
        ('http://127.0.0.1:8000', {})
        """
        return SDKConfiguration(self._settings.server_url, self._transports)

    def __repr__(self) -> str:
        settings = getattr(self, "_settings", None)  # a half-made client has none
        return f"Mistral(server_url={settings.server_url!r})" if settings else "Mistral()"

    if TYPE_CHECKING:
        pass  # a checker would take any name for granted
    else:

        def __getattr__(self, name: str) -> None:
            # Programs that can do without it catch either.
            raise NotChatError(
                f"Mistral has no {name!r}: of the SDK's client there is `chat` alone"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection.

        What is still waited for fails, and open streams end. The client may be
        used again. An `async_transport` is left to `close_async`.
        """
        self._transports.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close_async()

    async def close_async(self) -> None:
        """Close every connection, and what the asyncio calls use besides."""
        await self._transports.close_async()


def _validator(
    setting: bool | TokenizerVersion | str,
) -> Callable[[ChatCompletionRequest], None] | None:
    if setting is False:
        return None
    # Only a client that wants the rules pays for them.
    from ..conversation.validator import check_conversation
    from ..protocol.instruct import NEWEST_VERSION, TokenizerVersion

    try:
        version = TokenizerVersion(NEWEST_VERSION if setting is True else setting)
    except ValueError:
        what = f"a bool or a TokenizerVersion such as {NEWEST_VERSION.value!r}"
        raise ValueError(f"check_conversation must be {what}") from None

    def validate(request: ChatCompletionRequest) -> None:
        for error in check_conversation(request, version):
            raise error

    return validate
