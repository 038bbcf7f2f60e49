"""The options of a client and of a call, each checked by one function.

A wrong option is a TypeError or ValueError that names it and what it accepts. Values that
may hold a secret are never shown.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..checks import DROP, REFUSE, SEND, JSONObject, Reading
from ..errors import ValidationError, describe
from ..fields import did_you_mean
from ..retry import as_retry_config, check_type
from ..transport.urls import origin
from .redaction import Secret, refuse_pickling

if TYPE_CHECKING:
    import ssl
    from typing import Any, Protocol, TypeAlias

    from ..json_text import JSONValue
    from ..protocol.instruct import TokenizerVersion
    from ..retry import Clock, RetryConfig
    from ..transport.exchange import HTTPRequest
    from .call import ResponseInfo
    from .parameters import CallOptions

    class HoldsSecret(Protocol):
        """A string that is hidden, such as pydantic's ``SecretStr``."""

        def get_secret_value(self) -> str: ...

    KeyOption: TypeAlias = str | HoldsSecret | Callable[[], str | HoldsSecret]

__all__ = ["Timeouts"]

MAX_TIMEOUT_MS = 10**12
"""The most that a socket accepts."""
MAX_GATHERED = 64 * 1024 * 1024
_API_PATH = re.compile(r"(?:(?<!/)/v1(?:/chat/completions)?)?/*\Z")
_BODY_HEADERS = ("content-length", "transfer-encoding")
# Options of the SDK's client, or of a call, and what replaces them; None is accepted.
_REPLACED = {
    "debug_logger": "set the level of the logger 'mistral_proto'",
    "retries": "pass retry_config=",
    "server": "pass server_url=, for the EU 'https://api.eu.mistral.ai'",
    "url_params": "pass server_url=",
}


def _check_milliseconds(name: str, value: Any, expected: str) -> None:
    check_type(name, value, expected, int, float)
    if not 0 < value <= MAX_TIMEOUT_MS:  # also true of NaN
        raise ValueError(
            f"{name} must be above 0 and at most {MAX_TIMEOUT_MS}, not {describe(value)}"
        )


@dataclass(frozen=True)
class Timeouts:
    """The time limits of a call, in milliseconds; None keeps the client's, or the default.

    Args:
        connect_ms: for the connection, with name lookup, proxy and TLS.
        read_ms: for each wait, such as that for the next bytes of the answer.
        total_ms: for the whole call: all attempts, the waits between them, and the answer
            to its last byte.

    Raises:
        TypeError: a value is not a number.
        ValueError: a value is not above 0, or more than 10**12.

    >>> Timeouts(connect_ms=2_000, total_ms=60_000)
    Timeouts(connect_ms=2000, read_ms=None, total_ms=60000)
    """

    connect_ms: float | None = None
    read_ms: float | None = None
    total_ms: float | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None:
                _check_milliseconds(name, value, "a number of milliseconds or None")

    def or_else(self, others: Timeouts) -> Timeouts:
        """Return these limits, with those of `others` in place of None."""
        return Timeouts(**{k: value or getattr(others, k) for k, value in vars(self).items()})


COMPLETE_TIMEOUTS = Timeouts(connect_ms=10_000, read_ms=300_000, total_ms=300_000)
STREAM_TIMEOUTS = Timeouts(connect_ms=10_000, read_ms=120_000, total_ms=3_600_000)


class Settings:
    """The checked options of a client, or of one of its calls."""

    api_key: Secret | Callable[[], Secret]
    server_url: str
    default_server_url: str
    timeouts: Timeouts
    retry_config: RetryConfig
    http_headers: dict[str, str]
    extra_body: dict[str, JSONValue]
    max_gathered: int
    rules: TokenizerVersion | None
    reading: Reading
    before_request: Callable[[HTTPRequest], HTTPRequest | None] | None
    after_response: Callable[[HTTPRequest, ResponseInfo], object] | None
    clock: Clock

    __reduce__ = refuse_pickling

    def __init__(self, **options: object) -> None:
        vars(self).update(options)

    def overridden(self, options: CallOptions) -> Settings:
        """Return the settings of a call with these options; None keeps the client's."""
        checks: dict[str, tuple[str, Callable[[Any], Any]]] = {
            "server_url": ("server_url", server_url_option),
            "timeout_ms": ("timeouts", lambda v: timeout_ms_option(v).or_else(self.timeouts)),
            "retries": ("retry_config", lambda v: as_retry_config(v, "retries")),
            "http_headers": ("http_headers", lambda v: self.http_headers | headers_option(v)),
            "extra_body": ("extra_body", lambda v: self.extra_body | extra_body_option(v)),
            "max_gathered": ("max_gathered", max_gathered_option),
        }
        changed = Settings(**vars(self))
        for option, value in options.items():
            if value is not None:
                name, check = checks[option]
                setattr(changed, name, check(value))
        return changed


def timeout_ms_option(value: Any) -> Timeouts:
    """Return the limits; a number is for the whole call and for each wait."""
    if value is None or isinstance(value, Timeouts):
        return value or Timeouts()
    _check_milliseconds("timeout_ms", value, "a number of milliseconds, Timeouts or None")
    return Timeouts(read_ms=value, total_ms=value)


def api_key_option(value: Any) -> Secret | Callable[[], Secret]:
    """Return the API key, or a function that returns it; None is that of the environment."""
    # From here on no local variable shows the key, whatever is raised.
    value = Secret(os.environ.get("MISTRAL_API_KEY", "") if value is None else value)
    is_function = callable(value.reveal()) and not hasattr(value.reveal(), "get_secret_value")
    return (lambda: _api_key(Secret(value.reveal()()))) if is_function else _api_key(value)


def _api_key(given: Any) -> Secret:
    if hasattr(given.reveal(), "get_secret_value"):
        given = Secret(given.reveal().get_secret_value())
    if not isinstance(given.reveal(), str):
        expected = "a string, an object with get_secret_value(), or a function that returns one"
        raise TypeError(f"api_key must be {expected}, not {type(given.reveal()).__name__}")
    # A key that is read from a file often ends with a line break.
    if not re.fullmatch("[!-~]*", given.reveal().strip()):
        raise ValueError("api_key must be printable ASCII without spaces")
    return Secret(given.reveal().strip())


def server_url_option(value: Any, name: str = "server_url") -> str:
    """Return the URL of a server without the API's own path."""
    check_type(name, value, "a URL as a string", str)
    if "@" in value:
        raise ValueError(f"{name} must not hold a user name or password")
    if "?" in value or "#" in value:
        raise ValueError(f"{name} must have no query and no fragment")
    try:
        origin(value)
    except ValueError:
        raise ValueError(f"{name} must be an http or https URL, not {value!r}") from None
    return _API_PATH.sub("", value, count=1)


def headers_option(value: Any, name: str = "http_headers") -> dict[str, str]:
    """Return headers by their lower-case names (RFC 9110, section 5)."""
    checked: dict[str, str] = {}
    check_type(name, {} if value is None else value, "a mapping of strings to strings", Mapping)
    for header, text in (value or {}).items():
        check_type(f"a name in {name}", header, "a string", str)
        # The rest of a wrong name may be a value, which is not shown.
        shown = re.sub("[^0-9A-Za-z_-].*", "…", header, flags=re.DOTALL)
        if shown != header or not header.strip("-_"):
            raise ValueError(f"{name} has an invalid name: {shown!r}")
        check_type(f"{header} in {name}", text, "a string", str)
        if not re.fullmatch("[ -~]*", text):
            raise ValueError(f"{header} in {name} must be printable ASCII")
        if header.lower() in _BODY_HEADERS:
            raise ValueError(f"{header} in {name} can't be set by a caller")
        checked[header.lower()] = text
    return checked


def ssl_context_option(value: Any) -> ssl.SSLContext | None:
    loaded: Any = sys.modules.get("ssl")  # if it is not loaded, no context was made
    if value is None or (loaded and isinstance(value, loaded.SSLContext)):
        return value
    expected = "an SSLContext, such as ssl.create_default_context(cafile=…), or None"
    raise TypeError(f"ssl_context must be {expected}, not {type(value).__name__}")


def callback_option(value: Any, name: str) -> Any:
    if value is not None and (not callable(value) or inspect.iscoroutinefunction(value)):
        raise TypeError(f"{name} must be a plain function or None, not {type(value).__name__}")
    return value


def transport_option(value: Any, client: Any, prefix: str = "") -> Any:
    """Return a transport, one over a client of httpx, or None.

    `prefix` begins the names of the two options: nothing, or ``async_``.
    """
    if client is None:
        return object_option(value, f"{prefix}transport", "send", "close")
    if value is not None:
        raise ValueError(f"{prefix}client and {prefix}transport can't be combined")
    from ..transport.httpx_clients import AsyncHttpxTransport, HttpxTransport

    object_option(client, f"{prefix}client", "build_request", "send")
    enter, other_enter = ("__aenter__", "__enter__") if prefix else ("__enter__", "__aenter__")
    if hasattr(client, other_enter) and not hasattr(client, enter):
        expected = "one for asyncio" if prefix else "one for plain calls"
        raise TypeError(f"{prefix}client must be {expected}, not {type(client).__name__}")
    return (AsyncHttpxTransport if prefix else HttpxTransport)(client)


def object_option(value: Any, name: str, *methods: str) -> Any:
    """Return an object with these methods, or None."""
    missing = [method for method in methods if not callable(getattr(value, method, None))]
    if value is not None and (missing or isinstance(value, type)):
        expected = f"an object with {', '.join(methods)}, or None"
        raise TypeError(f"{name} must be {expected}, not {type(value).__name__}")
    return value


def extra_body_option(value: Any) -> dict[str, Any]:
    """Return a copy of parameters to add to a request; None adds nothing."""
    try:
        copied: dict[str, Any] = JSONObject().read({} if value is None else value, REFUSE)
    except ValidationError as error:
        raise error.under("extra_body", "the call") from None
    return copied


def max_gathered_option(value: Any) -> int:
    if value is None:
        return MAX_GATHERED
    check_type("max_gathered", value, "a number of bytes or None", int)
    if value < 0:
        raise ValueError(f"max_gathered must be at least 0, not {describe(value)}")
    return int(value)


def extra_fields_option(value: Any) -> Reading:
    if value not in ("refuse", "drop"):
        raise ValueError("extra_fields must be 'refuse' or 'drop'")
    return DROP if value == "drop" else SEND


def reject_unknown(options: Mapping[str, object], known: Mapping[str, object]) -> None:
    """Raise TypeError for options that a client does not have, with what replaces them."""
    for name, value in options.items():
        replacement = _REPLACED.get(name)
        if replacement and value is None:
            continue
        hint = f": {replacement}" if replacement else did_you_mean(name, known)
        raise TypeError(f"Mistral has no option {name!r}{hint}")
