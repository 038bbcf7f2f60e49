"""Secrets, and taking them out of what a server says."""

from __future__ import annotations

import re
from binascii import b2a_base64
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ..errors import Problem, ValidationError

if TYPE_CHECKING:
    from typing import NoReturn

    from ..protocol.response import ChatCompletionResponse

_MARK = "[API key]"
_SHORTEST = 8  # what is shorter is a stand-in, and would be found in any text
_LAYERS = 3  # such as JSON in JSON with HTML in it
_MOST_ESCAPES = 100_000  # more than an error's body has; they take a fifth of a second
# Bounded in length: an escape is read in constant time.
_ESCAPE = r"\\u([0-9a-fA-F]{4})|%([0-9a-fA-F]{2})|\\(.)|&#?[0-9a-zA-Z]{2,32};?"
_SECRET_HEADERS = ("authorization", "key", "cookie", "token", "secret", "password")


@dataclass(frozen=True, repr=False)
class Secret:
    """A string that no `repr`, format or pickle shows.

    >>> Secret("s3cret-key").reveal()
    's3cret-key'
    """

    _text: str

    def reveal(self) -> str:
        """Return the string."""
        return self._text

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret can't be pickled")


def header_secrets(headers: Mapping[str, str]) -> list[Secret]:
    """Return the words of the headers that carry keys, passwords, tokens and cookies."""
    secret = [value for name, value in headers.items() if name.lower().endswith(_SECRET_HEADERS)]
    return [Secret(word) for value in secret for word in re.findall(r"[^\s;=]+", value)]


class Redactor:
    r"""Replaces secrets of 8 characters or more in texts, in linear time.

    A secret is found as it is, with escapes of JSON, URLs or HTML up to three layers deep,
    and in the base64 of a text that holds it.

    >>> Redactor([Secret("s3cret-key")])(r'No key s3cret-key, "\u0073\\u0033cret-key"')
    'No key [API key], "[API key]"'
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        # No local variable of this class holds a secret's text: error reports show them.
        self._forms = [*dict.fromkeys(form for secret in secrets for form in _forms(secret))]

    def __call__(self, text: str) -> str:
        """Return the text without the secrets; of one with too many escapes nothing is left."""
        if not self._forms:
            return text
        if sum(map(text.count, "\\%&")) > _MOST_ESCAPES:
            return _MARK
        parts, end = [], 0
        for start, stop in sorted(self._spans(text, _LAYERS)):
            if start >= end:
                parts += [text[end:start], _MARK]
            end = max(end, stop)
        return "".join([*parts, text[end:]])

    def _spans(self, text: str, layers: int) -> list[tuple[int, int]]:
        """Return where secrets begin and end, those with escapes included."""
        spans = []
        for form in self._forms:
            end = 0
            while (start := text.find(form.reveal(), end)) >= 0:
                end = start + len(form.reveal())
                spans.append((start, end))
        if layers and ("\\" in text or "%" in text or "&" in text):
            plain, place = _unescaped(text)
            spans += [(place(start), place(end)) for start, end in self._spans(plain, layers - 1)]
        return spans


@lru_cache(maxsize=4)
def redactor(*secrets: Secret) -> Redactor:
    """Return the redactor of secrets, which most calls share with the call before."""
    return Redactor(secrets)


def _forms(secret: Secret) -> list[Secret]:
    """Return the strings to look for: the secret, and what is sure of its base64 (RFC 4648)."""
    forms = [secret]
    while len(forms) <= _LAYERS and re.search(_ESCAPE, forms[-1].reveal()):
        forms.append(Secret(_unescaped(forms[-1].reveal())[0]))
    for before in range(3):  # so many bytes stand before it in a group of three
        coded = b2a_base64(bytes(before) + secret.reveal().encode("ascii", "replace"))
        kept = slice((before * 8 + 5) // 6, (before + len(secret.reveal())) * 8 // 6)
        forms += [Secret(coded.decode()[kept].translate(table)) for table in ({}, {43: 45, 47: 95})]
    return [form for form in forms if len(secret.reveal()) >= _SHORTEST <= len(form.reveal())]


def _unescaped(text: str) -> tuple[str, Callable[[int], int]]:
    """Return a text with its escapes resolved, and what finds a place of it in the original."""
    import html  # its 2,000 names are loaded where something is escaped

    parts, end, size = [], 0, 0
    # Where escapes stand in the new text, and how much shorter it is after so many of them.
    places, shifts = [], [0]
    for match in re.finditer(_ESCAPE, text):
        code = match[1] or match[2]
        plain = chr(int(code, 16)) if code else match[3] or html.unescape(match[0])
        parts += [text[end : match.start()], plain]
        places.append(size + match.start() - end)
        size, end = places[-1] + len(plain), match.end()
        shifts.append(end - size)
    return "".join([*parts, text[end:]]), lambda at: at + shifts[bisect_left(places, at)]


def redacted_response(
    response: ChatCompletionResponse, redact: Callable[[str], str]
) -> ChatCompletionResponse:
    """Return a response for an exception; an empty one where none can be read without secrets."""
    text = response.to_json()
    redacted = redact(text)
    try:
        return response if redacted == text else type(response).from_json(redacted)
    except ValidationError:
        return type(response)(model=_MARK, choices=[])


def redacted_cause(cause: ValidationError) -> ValidationError:
    """Return what stands for a cause whose excerpts may show a part of the key."""
    problem = Problem((), "the published document", "one that holds the API key", "secret")
    return ValidationError([problem], cause.title)
