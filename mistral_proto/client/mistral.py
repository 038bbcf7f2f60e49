"""`Mistral`: the client, as its users see it."""

from __future__ import annotations

import os

from ..retry import RetryConfig
from .chat import Chat
from .sender import HoldsKey, Sender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

    from ..conversation.validator import MistralRequestValidator
    from ..protocol.instruct import TokenizerVersion

__all__ = ["Mistral"]

DEFAULT_SERVER_URL = "https://api.mistral.ai"
DEFAULT_TIMEOUT_MS = 300_000


class Mistral(HoldsKey):
    """A client of Mistral's API (`mistralai`: same name), and a context manager.

    Args:
        api_key: None takes it from ``MISTRAL_API_KEY``.  A server other than
            Mistral's own may do without.
        server_url: where the API is; None stands for ``https://api.mistral.ai``.
        timeout_ms: milliseconds to wait for the connection, and for each piece
            of an answer; None stands for 300,000, as in the SDK.
        retry_config: how calls are tried again; None: they are not.
        http_headers: headers to send with every call.
        check_conversation: whether each request is held to the rules of a
            conversation (see `check_conversation`) before it is sent: True for
            those of the newest tokenizer, or a `TokenizerVersion`, or its name.

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
        api_key: str | None = None,
        *,
        server_url: str | None = None,
        timeout_ms: int | None = None,
        retry_config: RetryConfig | None = None,
        http_headers: Mapping[str, str] | None = None,
        check_conversation: bool | TokenizerVersion | str = False,
    ) -> None:
        self._sender = Sender(
            api_key=os.environ.get("MISTRAL_API_KEY", "") if api_key is None else api_key,
            server_url=server_url,
            default_server_url=DEFAULT_SERVER_URL,
            timeout_ms=DEFAULT_TIMEOUT_MS if timeout_ms is None else timeout_ms,
            retry_config=retry_config,
            http_headers=http_headers,
        )
        self.chat = Chat(self._sender, _validator(check_conversation))

    def __repr__(self) -> str:
        return f"Mistral(server_url={self._sender.server_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Release what the client holds.

        Each answer has a connection of its own, closed with it, so there is
        nothing to release yet; a stream that is still open stays so.
        """


def _validator(setting: bool | TokenizerVersion | str) -> MistralRequestValidator | None:
    if setting is False:
        return None
    # Whoever does not want the rules does not pay for them.
    from ..conversation.validator import ValidationMode, get_validator
    from ..protocol.instruct import NEWEST_VERSION

    version = NEWEST_VERSION if setting is True else setting
    return get_validator(version, ValidationMode.serving)
