"""What went wrong on the network, in words that are safe to show, and whether it will again."""

from __future__ import annotations

import http.client
import random
import ssl
import urllib.error
from collections.abc import Callable
from typing import Any

import pytest

from mistral_proto.transport.failures import (
    ClosedError,
    NoFreeConnectionError,
    ProtocolError,
    RefusedError,
    no_response,
    reason,
)


class _Silent(Exception):
    def __str__(self) -> str:
        return ""


class _Loud(Exception):
    """One of another library's, which says it all."""


def as_it_is(text: str) -> str:
    """Nothing is to be taken out."""
    return text


UNTRUSTED = ssl.SSLCertVerificationError(1, "[SSL: X] certificate verify failed: expired")
CUT = "the connection was closed in the middle of it"
URLError = urllib.error.URLError

# The error, its words, and whether another try would end the same way.
REASONS: list[tuple[BaseException, str, bool]] = [
    (TimeoutError(), "timed out", False),
    (TimeoutError("The read operation timed out"), "timed out", False),
    (URLError(TimeoutError()), "timed out", False),
    (NoFreeConnectionError("timed out; all 2 were in use"), "timed out; all 2 were in use", False),
    (URLError(ConnectionRefusedError(111, "Connection refused")), "Connection refused", False),
    (URLError(URLError(OSError(5, "Deep"))), "Deep", False),
    (URLError("no host given"), "no host given", False),
    (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer", False),
    (ClosedError("closed by this side"), "closed by this side", True),
    (http.client.RemoteDisconnected("closed without response"), "closed without response", False),
    (http.client.BadStatusLine("secret"), "the response is not HTTP (BadStatusLine)", False),
    (http.client.LineTooLong("secret"), "the response is not HTTP (LineTooLong)", False),
    (http.client.InvalidURL("secret"), "the URL of the server or of a proxy is not valid", True),
    (http.client.IncompleteRead(b"secret", 5), CUT, False),
    (http.client.HTTPException("secret"), "the response is not HTTP (HTTPException)", False),
    (ValueError("secret"), "the response is not HTTP (ValueError)", False),
    (UnicodeDecodeError("ascii", b"secret", 0, 1, "x"), "the response is not HTTP (UnicodeDecodeError)", False),
    (ProtocolError("a chunk is longer than its size"), "a chunk is longer than its size", False),
    (RefusedError("it is larger than 5 bytes"), "it is larger than 5 bytes", True),
    (URLError(RefusedError("it is refused")), "it is refused", True),
    (ssl.SSLError(1, "[SSL: X] bad"), "[SSL: X] bad", False),
    (ssl.SSLEOFError(8, "[SSL: X] EOF"), "[SSL: X] EOF", False),
    (UNTRUSTED, "[SSL: X] certificate verify failed: expired", True),
    (URLError(UNTRUSTED), "[SSL: X] certificate verify failed: expired", True),
    (OSError("Tunnel connection failed: 403 No"), "Tunnel connection failed: 403 No", True),
    (OSError("Tunnel connection failed: 407 Who"), "Tunnel connection failed: 407 Who", True),
    (OSError("Tunnel connection failed: 502 Bad"), "Tunnel connection failed: 502 Bad", False),
    (OSError("Tunnel connection failed: "), "Tunnel connection failed:", False),
    (OSError("x" * 1000), "x" * 200 + "…", False),
    (OSError("a\x1b[2J\nb"), "a [2J b", False),
    (OSError(), "OSError", False),
    (_Silent(), "_Silent", False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "words", "final"), REASONS, ids=[repr(row[0]) for row in REASONS]
)
def test_reason(error: BaseException, words: str, final: bool) -> None:
    assert reason(error, as_it_is) == words
    assert "secret" not in words
    failure = no_response("no answer from X", error, as_it_is)
    assert str(failure) == f"no answer from X: {words}"
    assert failure.final is final
    assert failure.__context__ is None


class ConnectError(Exception):
    """As httpx's."""


def raised(error: BaseException, *, cause: Any = None, context: Any = None) -> BaseException:
    error.__context__ = context
    error.__cause__ = cause
    return error


def test_the_error_of_the_system_behind_a_librarys() -> None:
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
        assert no_response("no answer", error, as_it_is).__cause__ is cause
    assert refused.__context__ is None


@pytest.mark.parametrize("before", [0, 10, 185, 190, 199, 200, 500])
@pytest.mark.parametrize("wrap", [OSError, lambda text: URLError(OSError(5, text)), _Loud])
def test_a_secret_is_taken_out_before_the_words_are_cut(
    before: int, wrap: Callable[[str], Exception]
) -> None:
    secret = "k" * 5 + "e" * 20 + "y" * 5
    error = wrap("x" * before + secret + "z" * 300)
    for words in (
        reason(error, lambda text: text.replace(secret, "*")),
        str(no_response("no answer", error, lambda text: text.replace(secret, "*"))),
    ):
        assert "ke" not in words and "ey" not in words and "kk" not in words


def test_a_reason_that_is_no_exception_ends_the_search() -> None:
    error = OSError("outer")
    error.reason = ["inner"]  # type: ignore[attr-defined]
    assert reason(error, as_it_is) == "['inner']"


def test_whatever_an_error_says_it_is_one_short_line() -> None:
    random_ = random.Random(6)
    for _ in range(2000):
        text = "".join(map(chr, random_.choices(range(0x300), k=random_.randrange(400))))
        words = reason(OSError(text), as_it_is)
        assert words.isprintable() and 0 < len(words) <= 201
