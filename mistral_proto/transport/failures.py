"""What can go wrong on the network, in a few words that are safe to show."""

from __future__ import annotations

import http.client
import sys

from ..errors import NoResponseError, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ProtocolError", "no_response", "reason"]

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


class ProtocolError(http.client.HTTPException):
    """What came breaks HTTP; the text is ours, not the server's."""


def no_response(what: str, error: BaseException, redact: Callable[[str], str]) -> NoResponseError:
    """The exception for a failure of the network; `redact` takes secrets out of others' words.

    It has no cause: what a server sent, and what was sent to it, stay where they are.
    """
    return NoResponseError(f"{what}: {reason(error, redact)}", final=_is_final(error))


def _is_final(error: BaseException) -> bool:
    """Whether another try would end the same way."""
    error = _inner(error)
    if isinstance(error, (RefusedError, http.client.InvalidURL)):
        return True
    ssl = sys.modules.get("ssl")
    if ssl is not None and isinstance(error, ssl.SSLCertVerificationError):
        return True
    # How http.client tells that a proxy refused; 4xx is meant, 5xx may pass.
    return isinstance(error, OSError) and str(error).startswith("Tunnel connection failed: 4")


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
    if isinstance(error, http.client.IncompleteRead):
        return CUT
    if isinstance(error, http.client.InvalidURL):
        return "the URL of the server or of a proxy can't be used"
    is_ours = isinstance(error, (OSError, ProtocolError))
    if isinstance(error, (http.client.HTTPException, ValueError)) and not is_ours:
        # Its text is the server's, and may be anything.
        return f"what came is not HTTP ({type(error).__name__})"
    text = str(getattr(error, "strerror", None) or getattr(error, "reason", None) or error)
    return one_line(redact(text), 200) or type(error).__name__
