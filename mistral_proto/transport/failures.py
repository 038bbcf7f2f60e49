"""What can go wrong on the network, in a few words that are safe to show.

What breaks HTTP is an exception of `http.client`, or a `ProtocolError`.
"""

from __future__ import annotations

from http.client import HTTPException, IncompleteRead, InvalidURL
from typing import TYPE_CHECKING

from ..errors import NoResponseConnectionError, NoResponseError, NoResponseTimeoutError, one_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")

__all__ = ["no_response", "reason"]

NETWORK_ERRORS = (OSError, HTTPException)
CUT = "the connection was closed in the middle of it"


class NoFreeConnectionError(TimeoutError):
    """Every connection that may be open at once was in use; the text is ours."""


class RefusedError(OSError):
    """What this side does not do, however often it is asked; the text is ours."""


class ClosedError(RefusedError):
    """The exchange was ended from this side: the client was closed, or its task cancelled."""


class ProtocolError(HTTPException):
    """What came breaks HTTP; the text is ours, not the server's."""


def closed() -> ClosedError:
    """Return the exception for what was waited for when this side ended it."""
    return ClosedError("closed by this side")


def without_frames(function: Callable[..., T], *arguments: object) -> T:
    """Return what a function gives; what it raises has no frame of it and no other exception.

    Frames of `http.client` have the key among their local variables, which those who
    report an exception record.
    """
    try:
        return function(*arguments)
    except BaseException as error:
        failure = _alone(error)
    try:
        raise failure
    finally:
        del failure  # which holds this frame


def _alone(error: BaseException) -> BaseException:
    error = _inner(error).with_traceback(None)
    error.__cause__ = error.__context__ = None
    return error


def no_response(what: str, error: BaseException, redact: Callable[[str], str]) -> NoResponseError:
    """Return the exception for a failure of the network.

    Its cause is the `OSError` that the system gave, where there was one without a secret.

    Args:
        what: what did not come, and from whom; where a proxy failed, that is named.
        redact: takes secrets out of others' words.
    """
    cause = _first(error)
    error = _alone(error)
    proxy = getattr(error, "proxy", None)
    if proxy is not None:
        what = f"no answer from the proxy {proxy}"
    kind: type[NoResponseError] = NoResponseConnectionError
    if isinstance(error, (RefusedError, InvalidURL)):
        kind = NoResponseError
    # Those of httpx and so on are none of Python's own, nor is asyncio's before 3.11.
    elif any("Timeout" in each.__name__ for each in type(error).__mro__):
        kind = NoResponseTimeoutError
    failure = kind(f"{what}: {reason(error, redact)}", final=_is_final(error))
    is_the_systems = type(cause).__module__ in ("builtins", "socket", "ssl")
    if isinstance(cause, OSError) and is_the_systems and redact(repr(cause)) == repr(cause):
        failure.__cause__ = _alone(cause)
    return failure


def _first(error: BaseException) -> BaseException:
    """Return the error of the system by which no connection came about; else the same error."""
    error = _inner(error)
    # Others may have come about while the caller handled an error that has no part in them.
    if not any("Connect" in each.__name__ for each in type(error).__mro__):
        return error
    inner: Any = error
    while inner is not None:
        [error, *_] = getattr(inner, "exceptions", [inner])  # of several addresses
        # httpx's has it as the context.
        inner = error.__cause__ or (None if isinstance(error, OSError) else error.__context__)
    return error


def _is_final(error: BaseException) -> bool:
    """Whether another try would end the same way."""
    if isinstance(error, (RefusedError, InvalidURL)):
        return True
    # Of a proxy 4xx is meant, 5xx may pass.
    is_refusal = isinstance(error, OSError) and str(error).startswith("Tunnel connection failed: 4")
    return is_refusal or type(error).__name__ == "SSLCertVerificationError"


def _inner(error: BaseException) -> BaseException:
    """What `urllib` wrapped."""
    inner = getattr(error, "reason", None)
    return _inner(inner) if isinstance(inner, BaseException) else error


def reason(error: BaseException, redact: Callable[[str], str]) -> str:
    """Return what went wrong on the network, in a few words."""
    error = _inner(error)
    if isinstance(error, (NoFreeConnectionError, ProtocolError)):
        return str(error)
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, IncompleteRead):
        return CUT
    if isinstance(error, InvalidURL):
        return "the URL of the server or of a proxy can't be used"
    if isinstance(error, (HTTPException, ValueError)) and not isinstance(error, OSError):
        # Its text is the server's, and may be anything.
        return f"what came is not HTTP ({type(error).__name__})"
    text = str(getattr(error, "strerror", None) or getattr(error, "reason", None) or error)
    return one_line(redact(text), 200) or type(error).__name__
