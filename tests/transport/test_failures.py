"""Texts of failures, which show no secret, and whether a failure is final."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
from typing import Any

from mistral_proto.transport.failures import (
    ClosedError,
    NoFreeConnectionError,
    ProtocolError,
    RefusedError,
    no_response,
)

URLError = urllib.error.URLError
UNTRUSTED = ssl.SSLCertVerificationError(1, "[SSL: X] certificate verify failed: expired")
CUT = "the connection was closed in the middle of it"


class ConnectError(Exception):
    """An error of httpx."""


def test_texts() -> None:
    # The error, its text, and whether another attempt would fail in the same way.
    cases: list[tuple[BaseException, str, bool]] = [
        (TimeoutError("The read operation timed out"), "timed out", False),
        (URLError(TimeoutError()), "timed out", False),
        (NoFreeConnectionError("all 2 were in use"), "all 2 were in use", False),
        (URLError(URLError(ConnectionRefusedError(111, "Refused"))), "Refused", False),
        (URLError("no host given"), "no host given", False),
        (ClosedError("closed by this side"), "closed by this side", True),
        (http.client.RemoteDisconnected("no response"), "no response", False),
        (http.client.BadStatusLine("secret"), "the response is not HTTP (BadStatusLine)", False),
        (http.client.InvalidURL("secret"), "the URL of the server or of a proxy is not valid", True),
        (http.client.IncompleteRead(b"secret", 5), CUT, False),
        (ValueError("secret"), "the response is not HTTP (ValueError)", False),
        (ProtocolError("a chunk is longer"), "a chunk is longer", False),
        (URLError(RefusedError("it is refused")), "it is refused", True),
        (ssl.SSLError(1, "[SSL: X] bad"), "[SSL: X] bad", False),
        (URLError(UNTRUSTED), "[SSL: X] certificate verify failed: expired", True),
        (OSError("Tunnel connection failed: 403"), "Tunnel connection failed: 403", True),
        (OSError("Tunnel connection failed: 502"), "Tunnel connection failed: 502", False),
        (OSError("x" * 1000), "x" * 200 + "…", False),
        (OSError("a\x1b[2J\nb"), "a [2J b", False),
        (OSError(), "OSError", False),
        (ConnectError(), "ConnectError", False),
    ]  # fmt: skip
    for error, text, final in cases:
        failure = no_response("no answer from X", error, str)
        assert (str(failure), failure.final) == (f"no answer from X: {text}", final), repr(error)
        assert failure.__context__ is None
    error = OSError("outer")
    error.reason = ["inner"]  # type: ignore[attr-defined]  # not an exception
    assert str(no_response("X", error, str)) == "X: ['inner']"


def raised(error: BaseException, *, cause: Any = None, context: Any = None) -> BaseException:
    error.__context__ = context
    error.__cause__ = cause
    return error


def test_the_cause_is_the_error_of_the_system() -> None:
    refused, other = ConnectionRefusedError(111, "Connection refused"), OSError(5, "Other")
    group = Exception()
    group.exceptions = [refused, other]  # type: ignore[attr-defined]
    attempts = raised(OSError("All attempts failed"), cause=group)
    cases: list[tuple[BaseException, BaseException | None]] = [
        (raised(ConnectError(), cause=raised(ConnectError(), context=refused)), refused),
        (raised(ConnectError(), context=attempts), refused),
        (raised(ConnectError(), context=raised(other, context=refused)), other),
        (raised(refused, context=other), refused),
        (ConnectError(), None),
        (raised(http.client.BadStatusLine(""), context=refused), None),
    ]
    for error, cause in cases:
        assert no_response("no answer", error, str).__cause__ is cause
    assert refused.__context__ is None


def test_secrets_are_removed_before_a_text_is_cut() -> None:
    secret = "k" * 5 + "e" * 20 + "y" * 5
    for before in (0, 10, 185, 190, 199, 200, 500):
        text = "x" * before + secret + "z" * 300
        for error in (OSError(text), URLError(OSError(5, text)), ConnectError(text)):
            failure = no_response("X", error, lambda text: text.replace(secret, "*"))
            assert not any(part in str(failure) for part in ("ke", "ey", "kk"))
            assert failure.__cause__ is None
