"""The options of a client and of a call, each checked by one function.

A wrong one raises TypeError or ValueError, which names the option and what it takes.  Of a
value that may hold a secret nothing is shown.
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
from ..retry import Clock, check_type
from ..transport.urls import origin
from .redaction import Secret

if TYPE_CHECKING:
    import ssl
    from typing import Any, Protocol, TypeAlias

    class HoldsSecret(Protocol):
        """A string that is hidden, such as pydantic's ``SecretStr``."""

        def get_secret_value(self) -> str: ...

    KeyOption: TypeAlias = str | HoldsSecret | Callable[[], str | HoldsSecret]

__all__ = ["Timeouts"]

MAX_TIMEOUT_MS = 10**12
"""What a socket can count, and longer than any call."""
MAX_GATHERED = 64 * 1024 * 1024
_API_PATH = re.compile(r"(?:(?<!/)/v1(?:/chat/completions)?)?/*\Z")
_BODY_HEADERS = ("content-length", "transfer-encoding")
# Options of the SDK, or of a call, that have another name here; None says nothing.
_OF_THE_SDK = {
    "debug_logger": "set the level of the logger 'mistral_proto'",
    "retries": "pass retry_config=",
    "server": "pass server_url=, for the EU 'https://api.eu.mistral.ai'",
    "url_params": "pass server_url=",
}


def _check_milliseconds(name: str, value: Any, what: str) -> None:
    check_type(name, value, what, int, float)
    if not 0 < value <= MAX_TIMEOUT_MS:  # also true of NaN
        raise ValueError(
            f"{name} must be above 0 and at most {MAX_TIMEOUT_MS}, not {describe(value)}"
        )


@dataclass(frozen=True)
class Timeouts:
    """How long a call may take, in milliseconds; None leaves a part as it was.

    Args:
        connect_ms: for the connection: name server, proxy and TLS included.
        read_ms: for each wait, such as that for the next piece of the answer.
        total_ms: for the whole call: every try, the waits between them, and
            the answer to its last byte.

    Raises:
        TypeError: one is not a number.
        ValueError: one is not above 0, or more than 10**12.

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
        """Return these, with the others where they leave something out."""
        return Timeouts(
            self.connect_ms or others.connect_ms,
            self.read_ms or others.read_ms,
            self.total_ms or others.total_ms,
        )


COMPLETE_TIMEOUTS = Timeouts(connect_ms=10_000, read_ms=300_000, total_ms=300_000)
"""Of a call that waits for its whole answer."""
STREAM_TIMEOUTS = Timeouts(connect_ms=10_000, read_ms=120_000, total_ms=3_600_000)
"""Of a stream, which may go on for as long as the model writes."""


def timeout_ms_option(value: Any) -> Timeouts:
    """Return what `timeout_ms` says; a number is for the whole call, silent or not.

    >>> timeout_ms_option(5_000)
    Timeouts(connect_ms=None, read_ms=5000, total_ms=5000)
    """
    if value is None or isinstance(value, Timeouts):
        return value or Timeouts()
    _check_milliseconds("timeout_ms", value, "a number of milliseconds, Timeouts or None")
    return Timeouts(read_ms=value, total_ms=value)


def api_key_option(value: Any) -> Secret | Callable[[], Secret]:
    """Return the API key, or what gives it; None is that of the environment, or else empty.

    >>> api_key_option("s3cret-key").reveal()
    's3cret-key'
    """
    # From here on no local variable shows the key, whatever is raised.
    value = Secret(os.environ.get("MISTRAL_API_KEY", "") if value is None else value)
    is_function = callable(value.reveal()) and not hasattr(value.reveal(), "get_secret_value")
    return (lambda: _api_key(Secret(value.reveal()()))) if is_function else _api_key(value)


def _api_key(given: Any) -> Secret:
    """Return a key that may be sent, of a string or of an object that holds one."""
    if hasattr(given.reveal(), "get_secret_value"):
        given = Secret(given.reveal().get_secret_value())
    if not isinstance(given.reveal(), str):
        what = "a string, an object with get_secret_value(), or a function that returns one"
        raise TypeError(f"api_key must be {what}, not {type(given.reveal()).__name__}")
    # A key that is read from a file often brings its line end along.
    if not re.fullmatch("[!-~]*", given.reveal().strip()):
        raise ValueError("api_key must be printable ASCII without spaces")
    return Secret(given.reveal().strip())


def server_url_option(value: Any, name: str) -> str:
    """Return the URL of a server, without the API's own path.

    >>> server_url_option("https://api.mistral.ai/v1/", "server_url")
    'https://api.mistral.ai'
    """
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


def headers_option(value: Any, name: str) -> dict[str, str]:
    """Return headers by their lower-case names, fit to be sent (RFC 9110, section 5).

    >>> headers_option({"X-Team": "a"}, "http_headers")
    {'x-team': 'a'}
    """
    checked: dict[str, str] = {}
    what = "a mapping of strings to strings"
    check_type(name, {} if value is None else value, what, Mapping)
    for header, text in (value or {}).items():
        check_type(f"a name in {name}", header, "a string", str)
        known = re.sub("[^0-9A-Za-z_-].*", "…", header, flags=re.DOTALL)  # which may be a value
        if known != header or not header.strip("-_"):
            raise ValueError(f"{name} has a name that can't be one: {known!r}")
        check_type(f"{header} in {name}", text, "a string", str)
        if not re.fullmatch("[ -~]*", text):
            raise ValueError(f"{header} in {name} must be printable ASCII")
        if header.lower() in _BODY_HEADERS:
            raise ValueError(f"{header} in {name} is not for a caller to set")
        checked[header.lower()] = text
    return checked


def ssl_context_option(value: Any) -> ssl.SSLContext | None:
    """Return the context for TLS; None is that of Python."""
    loaded: Any = sys.modules.get("ssl")  # without it there is no context
    if value is None or (loaded and isinstance(value, loaded.SSLContext)):
        return value
    what = "an SSLContext, such as of ssl.create_default_context(cafile=…), or None"
    raise TypeError(f"ssl_context must be {what}, not {type(value).__name__}")


def callback_option(value: Any, name: str) -> Any:
    """Return what is called for `before_request` or `after_response`, or None."""
    if value is not None and (not callable(value) or inspect.iscoroutinefunction(value)):
        raise TypeError(f"{name} must be a plain function or None, not {type(value).__name__}")
    return value


def transport_option(value: Any, client: Any, kind: str = "") -> Any:
    """Return what carries the calls, or None: a transport, or one over a client of httpx.

    `kind` begins the names of the two options: nothing, or ``async_``.
    """
    if client is None:
        return _object(value, f"{kind}transport", "send", "close")
    if value is not None:
        raise ValueError(
            f"{kind}client and {kind}transport are two ways to say what carries a call"
        )
    # Only who has such a client pays for it.
    from ..transport.httpx_clients import AsyncHttpxTransport, HttpxTransport

    _object(client, f"{kind}client", "build_request", "send")
    enter, other_enter = ("__aenter__", "__enter__") if kind else ("__enter__", "__aenter__")
    if hasattr(client, other_enter) and not hasattr(client, enter):
        what = "one for asyncio" if kind else "one for plain calls"
        raise TypeError(f"{kind}client must be {what}, not {type(client).__name__}")
    return (AsyncHttpxTransport if kind else HttpxTransport)(client)


def clock_option(value: Any) -> Clock:
    """Return the clock; None is that of the system."""
    clock: Clock = _object(value, "clock", "monotonic", "time", "sleep", "sleep_async") or Clock()
    return clock


def _object(value: Any, name: str, *methods: str) -> Any:
    missing = [method for method in methods if not callable(getattr(value, method, None))]
    if value is not None and (missing or isinstance(value, type)):
        what = f"an object with {', '.join(methods)}, or None"
        raise TypeError(f"{name} must be {what}, not {type(value).__name__}")
    return value


def extra_body_option(value: Any) -> dict[str, Any]:
    """Return parameters to add to a request, copied; None adds nothing."""
    try:
        copied: dict[str, Any] = JSONObject().read({} if value is None else value, REFUSE)
    except ValidationError as error:
        raise error.under("extra_body", "the call") from None
    return copied


def max_gathered_option(value: Any) -> int:
    """Return the most bytes of an answer that are kept; 0: a stream's events are not gathered."""
    if value is None:
        return MAX_GATHERED
    check_type("max_gathered", value, "a number of bytes or None", int)
    if value < 0:
        raise ValueError(f"max_gathered must be at least 0, not {describe(value)}")
    return int(value)


def extra_fields_option(value: Any) -> Reading:
    """Return how the parameters of a call are read, as `extra_fields` says."""
    if value not in ("refuse", "drop"):
        raise ValueError("extra_fields must be 'refuse' or 'drop'")
    return DROP if value == "drop" else SEND


def reject_foreign(options: Mapping[str, object]) -> None:
    """Raise TypeError for options that a client does not have; says what is used instead."""
    from .mistral import Mistral

    known = inspect.signature(Mistral).parameters
    for name, value in options.items():
        instead = _OF_THE_SDK.get(name)
        if instead and value is None:
            continue
        hint = f": {instead}" if instead else did_you_mean(name, known)
        raise TypeError(f"Mistral takes no {name!r}{hint}")
