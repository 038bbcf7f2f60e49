"""What can go wrong on the network, in a few words that are safe to show.

The exceptions for what breaks HTTP are those of `http.client`, which is not
loaded before one of them is raised: they are in `http_errors`, and offered here.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..errors import NoResponseError, one_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from .http_errors import (
        BadStatusLine as BadStatusLine,
        IncompleteRead as IncompleteRead,
        ProtocolError as ProtocolError,
        RemoteDisconnected as RemoteDisconnected,
    )
else:

    def __getattr__(name: str) -> object:
        if name not in _OF_HTTP:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from . import http_errors

        return getattr(http_errors, name)


__all__ = ["no_response", "reason"]

_OF_HTTP = ("BadStatusLine", "IncompleteRead", "ProtocolError", "RemoteDisconnected")
CUT = "the connection was closed in the middle of it"


class NoFreeConnectionError(TimeoutError):
    """Every connection that may be open at once was in use; the text is ours."""


class RefusedError(OSError):
    """What this side does not do, however often it is asked; the text is ours."""


class ClosedError(RefusedError):
    """The exchange was ended from this side: the client was closed, or its task cancelled."""


def no_free_connection(count: int) -> NoFreeConnectionError:
    """The exception for a wait, for one of so many connections, that took too long."""
    return NoFreeConnectionError(f"timed out; all of {count} connections were in use")


def closed() -> ClosedError:
    """The exception for what was waited for when this side ended it."""
    return ClosedError("closed by this side")


def breaks_of_http() -> tuple[type[Exception], ...]:
    """The exceptions for what breaks HTTP; none while none of them can have been raised.

    >>> import http.client
    >>> breaks_of_http()
    (<class 'http.client.HTTPException'>,)
    """
    client = _http_client()
    return () if client is None else (client.HTTPException,)


def network_errors() -> tuple[type[Exception], ...]:
    """Those, and the ones for all else that can go wrong on the network."""
    return (OSError, *breaks_of_http())


def _http_client() -> ModuleType | None:
    return sys.modules.get("http.client")


def no_response(what: str, error: BaseException, redact: Callable[[str], str]) -> NoResponseError:
    """The exception for a failure of the network; `redact` takes secrets out of others' words.

    It has no cause: what a server sent, and what was sent to it, stay where they are.
    """
    return NoResponseError(f"{what}: {reason(error, redact)}", final=_is_final(error))


def _is_final(error: BaseException) -> bool:
    """Whether another try would end the same way."""
    error = _inner(error)
    if isinstance(error, RefusedError) or _is_of_http(error, "InvalidURL"):
        return True
    ssl = sys.modules.get("ssl")
    if ssl is not None and isinstance(error, ssl.SSLCertVerificationError):
        return True
    # How http.client tells that a proxy refused; 4xx is meant, 5xx may pass.
    return isinstance(error, OSError) and str(error).startswith("Tunnel connection failed: 4")


def _is_of_http(error: BaseException, kind: str) -> bool:
    """Whether it is an exception of this kind of `http.client`."""
    client = _http_client()
    return client is not None and isinstance(error, getattr(client, kind))


def _inner(error: BaseException) -> BaseException:
    """What `urllib` wrapped."""
    inner = getattr(error, "reason", None)
    return _inner(inner) if isinstance(inner, BaseException) else error


def reason(error: BaseException, redact: Callable[[str], str]) -> str:
    """What went wrong on the network, in a few words."""
    error = _inner(error)
    if isinstance(error, NoFreeConnectionError):
        return str(error)
    if isinstance(error, TimeoutError):
        return "timed out"
    if _is_of_http(error, "IncompleteRead"):
        return CUT
    if _is_of_http(error, "InvalidURL"):
        return "the URL of the server or of a proxy can't be used"
    is_safe = isinstance(error, OSError) or getattr(error, "has_no_foreign_words", False)
    if isinstance(error, (*breaks_of_http(), ValueError)) and not is_safe:
        # Its text is the server's, and may be anything.
        return f"what came is not HTTP ({type(error).__name__})"
    text = str(getattr(error, "strerror", None) or getattr(error, "reason", None) or error)
    return one_line(redact(text), 200) or type(error).__name__
