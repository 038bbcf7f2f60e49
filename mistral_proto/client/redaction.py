"""Secrets, and their removal from what a server sends."""

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
_MIN_LENGTH = 8  # a shorter one is a placeholder, and would be found in any text
_LAYERS = 3  # such as JSON in JSON with HTML in it
_MAX_ESCAPES = 100_000  # more than the body of an error has; they take 0.2 s
# Of bounded length, so that reading an escape takes constant time.
_ESCAPE = r"\\u([0-9a-fA-F]{4})|%([0-9a-fA-F]{2})|\\(.)|&#?[0-9a-zA-Z]{2,32};?"
_SECRET_HEADERS = ("authorization", "key", "cookie", "token", "secret", "password")


def refuse_pickling(self: object) -> NoReturn:
    """Raise TypeError: the `__reduce__` of objects that hold an API key."""
    raise TypeError("a client holds an API key and can't be pickled; make one where it is used")


@dataclass(frozen=True, repr=False)
class Secret:
    """A string that no `repr`, format or pickle shows."""

    _text: str

    def reveal(self) -> str:
        return self._text

    __reduce__ = refuse_pickling


def header_secrets(headers: Mapping[str, str]) -> list[Secret]:
    """Return the words of the headers that carry keys, passwords, tokens and cookies."""
    values = [value for name, value in headers.items() if name.lower().endswith(_SECRET_HEADERS)]
    return [Secret(word) for value in values for word in re.findall(r"[^\s;=]+", value)]


class Redactor:
    r"""Replaces secrets of 8 characters or more in a text, in linear time.

    Finds a secret as it is, with escapes of JSON, URLs or HTML up to three layers deep,
    and in the base64 of a text that holds it.

    >>> Redactor([Secret("s3cret-key")])(r'No key s3cret-key, "\u0073\\u0033cret-key"')
    'No key [API key], "[API key]"'
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        # No local variable holds a secret as a string: error reports show local variables.
        self._forms = [*dict.fromkeys(form for secret in secrets for form in _forms(secret))]

    def __call__(self, text: str) -> str:
        """Return the text without secrets; only a mark if it has too many escapes."""
        if not self._forms:
            return text
        if sum(map(text.count, "\\%&")) > _MAX_ESCAPES:
            return _MARK
        parts, end = [], 0
        for start, stop in sorted(self._spans(text, _LAYERS)):
            if start >= end:
                parts += [text[end:start], _MARK]
            end = max(end, stop)
        return "".join([*parts, text[end:]])

    def _spans(self, text: str, layers: int) -> list[tuple[int, int]]:
        spans = []
        for form in self._forms:
            end = 0
            while (start := text.find(form.reveal(), end)) >= 0:
                end = start + len(form.reveal())
                spans.append((start, end))
        if layers and re.search(r"[\\%&]", text):
            plain, original = _unescape(text)
            inner = self._spans(plain, layers - 1)
            spans += [(original(start), original(end)) for start, end in inner]
        return spans


@lru_cache(maxsize=4)
def redactor(*secrets: Secret) -> Redactor:
    """Return the redactor of these secrets; calls with the same key share one."""
    return Redactor(secrets)


def _forms(secret: Secret) -> list[Secret]:
    """Return the strings to search for: the secret, unescaped too, and its base64 (RFC 4648)."""
    forms = [secret]
    while len(forms) <= _LAYERS and re.search(_ESCAPE, forms[-1].reveal()):
        forms.append(Secret(_unescape(forms[-1].reveal())[0]))
    for before in range(3):  # the number of bytes before it in a group of three
        encoded = b2a_base64(bytes(before) + secret.reveal().encode("ascii", "replace"))
        kept = slice((before * 8 + 5) // 6, (before + len(secret.reveal())) * 8 // 6)
        text = Secret(encoded.decode()[kept])
        forms += [text, Secret(text.reveal().translate({ord("+"): "-", ord("/"): "_"}))]
    return [form for form in forms if len(secret.reveal()) >= _MIN_LENGTH <= len(form.reveal())]


def _unescape(text: str) -> tuple[str, Callable[[int], int]]:
    """Return a text without escapes, and a function from its positions to the original's."""
    import html  # 2,000 names, loaded only if there are escapes

    parts, end, size = [], 0, 0
    # The positions of escapes in the new text, and how much shorter it is after each of them.
    positions, shifts = [], [0]
    for match in re.finditer(_ESCAPE, text):
        code = match[1] or match[2]
        plain = chr(int(code, 16)) if code else match[3] or html.unescape(match[0])
        parts += [text[end : match.start()], plain]
        positions.append(size + match.start() - end)
        size, end = positions[-1] + len(plain), match.end()
        shifts.append(end - size)
    return "".join([*parts, text[end:]]), lambda at: at + shifts[bisect_left(positions, at)]


def redacted_response(
    response: ChatCompletionResponse, redact: Callable[[str], str]
) -> ChatCompletionResponse:
    """Return a response without secrets; an empty one if it can't be read without them."""
    text = response.to_json()
    redacted = redact(text)
    try:
        return response if redacted == text else type(response).from_json(redacted)
    except ValidationError:
        return type(response)(model=_MARK, choices=[])


def redacted_cause(cause: ValidationError) -> ValidationError:
    """Return the replacement of a cause whose excerpts may show a part of the key."""
    problem = Problem((), "the published document", "one that holds the API key", "secret")
    return ValidationError([problem], cause.title)
