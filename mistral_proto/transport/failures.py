"""Failures of the network, and their texts, which are safe to show."""

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
    """All connections were in use until the timeout; the text is ours."""


class RefusedError(OSError):
    """This side refuses, and would refuse again; the text is ours."""


class ClosedError(RefusedError):
    """This side ended the exchange: the client was closed, or its task was cancelled."""


class ProtocolError(HTTPException):
    """The response is not valid HTTP; the text is ours."""


def without_frames(function: Callable[..., T], *arguments: object) -> T:
    """Call a function, and return its result; remove the traceback and the context of its error.

    Frames of `http.client` have the key among their local variables, and tools that report
    errors record these.
    """
    try:
        return function(*arguments)
    except BaseException as error:
        failure = _isolated(error)
    try:
        raise failure
    finally:
        del failure  # its traceback holds this frame


def _isolated(error: BaseException) -> BaseException:
    error = _inner(error).with_traceback(None)
    error.__cause__ = error.__context__ = None
    return error


def _inner(error: BaseException) -> BaseException:
    """Return the error that `urllib` wrapped."""
    inner = getattr(error, "reason", None)
    return _inner(inner) if isinstance(inner, BaseException) else error


def no_response(what: str, error: BaseException, redact: Callable[[str], str]) -> NoResponseError:
    """Return the exception for a failure of the network.

    Its message begins with `what`, or with the proxy that failed; `redact` removes secrets. Its
    cause is the `OSError` of the system, if there was one without a secret.
    """
    cause = _first(error)
    error = _isolated(error)
    if getattr(error, "proxy", None) is not None:
        what = f"no answer from the proxy {error.proxy}"  # type: ignore[attr-defined]
    kind: type[NoResponseError] = NoResponseConnectionError
    is_refused = isinstance(error, (RefusedError, InvalidURL))
    if is_refused:
        kind = NoResponseError
    elif _is_kind(error, "Timeout"):
        kind = NoResponseTimeoutError
    # A 4xx of a proxy is final, a 5xx may pass.
    is_final = is_refused or str(error).startswith("Tunnel connection failed: 4")
    is_final |= _is_kind(error, "SSLCertVerificationError")
    failure = kind(f"{what}: {reason(error, redact)}", final=is_final)
    is_the_systems = type(cause).__module__ in ("builtins", "socket", "ssl")
    if isinstance(cause, OSError) and is_the_systems and redact(repr(cause)) == repr(cause):
        failure.__cause__ = _isolated(cause)
    return failure


def _is_kind(error: BaseException, name: str) -> bool:
    # Errors of httpx, and timeouts of asyncio before 3.11, are not those of the system.
    return any(name in each.__name__ for each in type(error).__mro__)


def _first(error: BaseException) -> BaseException:
    """Return the error of the system that prevented a connection, or else the given error."""
    error = _inner(error)
    if not _is_kind(error, "Connect"):  # the context of other errors may be unrelated
        return error
    inner: Any = error
    while inner is not None:
        [error, *_] = getattr(inner, "exceptions", [inner])  # of several addresses
        # httpx has it as the context.
        inner = error.__cause__ or (None if isinstance(error, OSError) else error.__context__)
    return error


def reason(error: BaseException, redact: Callable[[str], str]) -> str:
    """Return a short text for a failure of the network."""
    error = _inner(error)
    if isinstance(error, (NoFreeConnectionError, ProtocolError)):
        return str(error)
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, IncompleteRead):
        return CUT
    if isinstance(error, InvalidURL):
        return "the URL of the server or of a proxy is not valid"
    if isinstance(error, (HTTPException, ValueError)) and not isinstance(error, OSError):
        # The text comes from the server.
        return f"the response is not HTTP ({type(error).__name__})"
    text = str(getattr(error, "strerror", None) or getattr(error, "reason", None) or error)
    return one_line(redact(text), 200) or type(error).__name__
