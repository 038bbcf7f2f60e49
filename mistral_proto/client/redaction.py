"""Takes the API key out of what a server says."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from ..errors import Problem, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..protocol.response import ChatCompletionResponse

__all__ = ["Redactor", "redactor"]

_MARK = "[API key]"
_SHORTEST = 8
"""A shorter key is a stand-in, and no secret; it would be found in any text."""


class Redactor:
    """Replaces a key in texts, in whichever way JSON may spell its characters.

    >>> redact = Redactor("s3cret-key")
    >>> redact('no such key: s3cret-key, "\\\\u0073\\\\u0033cret-key"')
    'no such key: [API key], "[API key]"'
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._pattern: re.Pattern[str] | None = None

    def __call__(self, text: str) -> str:
        """The text without the key."""
        if (self._key not in text and "\\" not in text) or len(self._key) < _SHORTEST:
            return text
        if self._pattern is None:
            self._pattern = re.compile("".join([_spellings(c) for c in self._key]))
        return self._pattern.sub(_MARK, text)


def redacted_response(
    response: ChatCompletionResponse, redact: Callable[[str], str]
) -> ChatCompletionResponse:
    """A response for an exception: a model may repeat what it was told, a log is not to."""
    text = response.to_json()
    redacted = redact(text)
    if redacted == text:
        return response
    try:
        return type(response).from_json(redacted)
    except ValidationError:  # the key is a word of the protocol
        return response


def redacted_cause(cause: ValidationError) -> ValidationError:
    """What stands for a cause whose excerpts may show a part of the key."""
    problem = Problem((), "the published document", "one that holds the API key", "secret")
    return ValidationError([problem], cause.title)


@lru_cache(maxsize=4)
def redactor(key: str) -> Redactor:
    """The one for a key, which most calls share with the call before."""
    return Redactor(key)


def _spellings(c: str) -> str:
    """A pattern of what may stand for a character in JSON (RFC 8259, section 7)."""
    code = "".join([f"[{digit}{digit.upper()}]" for digit in f"{ord(c):04x}"])
    plain = re.escape(c)
    return rf"(?:\\u{code}|\\{plain}|{plain})"
