"""The exceptions of the package.

A document that breaks the protocol raises `ValidationError`, a plain `ValueError`.  A call
that did not end in an answer raises a `MistralError`; its subclasses have the names of the
`mistralai` SDK.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from math import isfinite, isnan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from .json_text import JSONValue
    from .protocol.response import ChatCompletionResponse, HTTPValidationErrorData

__all__ = [
    "EventTooLargeError",
    "HTTPValidationError",
    "IncompleteStreamError",
    "MissingAPIKeyError",
    "MistralError",
    "NoResponseConnectionError",
    "NoResponseError",
    "NoResponseTimeoutError",
    "NotChatError",
    "ParsedContentError",
    "Problem",
    "RateLimitError",
    "ResponseValidationError",
    "SDKError",
    "StreamError",
    "ValidationError",
]

Path = tuple[str | int, ...]
"""The keys and list positions that lead to a value, outermost first."""

MAX_PROBLEMS = 100
"""The most problems that one reading collects; it stops there."""
SHOWN_PROBLEMS = 20
"""The most problems that a message shows."""
_SUMMARIZED = 3
_EXCERPT = 48
_MAX_BITS = 128


@dataclass(frozen=True)
class Problem:
    """One error in a document.

    `path` leads to the value, `expected` is what it should be, `got` a short excerpt of what
    it is, and `type` the kind of problem, in the vocabulary of the API's 422 answers
    (``missing``, ``extra_forbidden``, ``string_type``, ``enum`` …).

    >>> print(Problem(("messages", 0, "role"), "a string", "the number 3", "string_type"))
    messages[0].role: expected a string, got the number 3
    """

    path: Path
    expected: str
    got: str
    type: str

    def __str__(self) -> str:
        return f"{format_path(self.path)}: expected {self.expected}, got {self.got}"


class ValidationError(ValueError):
    """A document that does not follow the protocol; `problems` lists its errors in order.

    Reading stops at the hundredth problem; the message shows the first twenty.

    >>> from mistral_proto import UserMessage
    >>> UserMessage.from_dict({"role": "human", "contents": "Hi"})
    Traceback (most recent call last):
        ...
    mistral_proto.errors.ValidationError: UserMessage has 3 problems:
      role: expected 'user', got the string 'human'
      contents: expected no such field (did you mean 'content'?), got the string 'Hi'
      content: expected this field, got nothing
    """

    title: str

    def __init__(self, problems: Iterable[Problem], title: str = "the value") -> None:
        super().__init__()
        self.title = title
        # Paths are lists, innermost step first: they grow on the way out of a document.
        self._found = [([*reversed(p.path)], p.expected, p.got, p.type) for p in problems]

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple([Problem(tuple(steps[::-1]), *words) for steps, *words in self._found])

    @property
    def is_full(self) -> bool:
        """True if no more problems are collected."""
        return len(self._found) >= MAX_PROBLEMS

    def under(self, key: str | int, title: str | None = None) -> ValidationError:
        """Return this error with the key in front of its paths."""
        for steps, *_ in self._found:
            steps.append(key)
        self.title = title or self.title
        return self

    def after(self, earlier: ValidationError | None) -> ValidationError:
        """Return the earlier error, if there is one, with these problems added."""
        if earlier is None:
            return self
        earlier._found += self._found[: MAX_PROBLEMS - len(earlier._found)]
        return earlier

    def without_values(self) -> ValidationError:
        """Return this error without excerpts of the document."""
        self._found = [
            (steps, expected, got if kind == "missing" else "a hidden value", kind)
            for steps, expected, got, kind in self._found
        ]
        return self

    @property
    def summary(self) -> str:
        """The first three problems on one line.

        >>> ValidationError([Problem(("n",), "an integer", "null", "int_type")]).summary
        'n: expected an integer, got null'
        """
        shown = [str(problem) for problem in self.problems[:_SUMMARIZED]]
        more = len(self._found) - _SUMMARIZED
        return "; ".join(shown + [f"and {more} more"] * (more > 0))

    def __str__(self) -> str:
        count = len(self._found)
        least = "at least " if count == MAX_PROBLEMS else ""
        lines = [f"{self.title} has {least}{count} problem{'' if count == 1 else 's'}:"]
        lines += [f"  {problem}" for problem in self.problems[:SHOWN_PROBLEMS]]
        if count > SHOWN_PROBLEMS:
            lines.append(f"  … and {least}{count - SHOWN_PROBLEMS} more")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.summary!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.problems, self.title)


def format_path(path: Path) -> str:
    """Return a path as one would write it in code: ``messages[2].content[0].type``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.isidentifier() and len(step) <= _EXCERPT:
            text += f".{step}" if text else step
        else:
            text += f"[{_quote(step)}]"
    return text or "the document"


def step_to(key: object) -> str:
    """Return the step of a path for a key, which may be no string in a Python mapping."""
    if isinstance(key, str):
        return key
    # As JSON writes it; other and very long keys are described.
    is_short = not isinstance(key, int) or key.bit_length() <= _MAX_BITS
    is_json = key is None or isinstance(key, (int, float))
    return str(key) if is_json and is_short else describe(key)


def _quote(text: str) -> str:
    return repr(text) if len(text) <= _EXCERPT else f"{text[:_EXCERPT]!r}…"


def one_line(text: str, limit: int = 500) -> str:
    """Return a foreign text in one printable line, cut to `limit` characters.

    >>> one_line("503\\n\\x1b[2J  Overloaded")
    '503 [2J Overloaded'
    """
    # Control characters would reach the reader's terminal.
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:limit]).split())
    return line if len(text) <= limit else f"{line}…"


def describe(value: object) -> str:
    """Return a few words about a value, in JSON's vocabulary, in at most one line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the string {_quote(str.__str__(value))}"
    if isinstance(value, int):
        # The digits of a huge integer cost quadratic time, or are refused.
        bits = value.bit_length()
        return f"the number {int(value)}" if bits <= _MAX_BITS else f"a number of {bits} bits"
    if isinstance(value, float):
        if isfinite(value):
            return f"the number {float(value)!r}"
        return "NaN" if isnan(value) else "an infinite number"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, Mapping):
        keys = ", ".join(_quote(step_to(key)) for key in islice(value, 3))
        more = ", …" if len(value) > 3 else ""
        return f"an object with {keys}{more}" if keys else "an empty object"
    return f"a Python {type(value).__name__}"


class Headers(dict[str, str]):
    """The headers of a message by their lower-case names, looked up in any case.

    The values of a repeated name are joined (RFC 9110, section 5.3).

    >>> Headers({"Retry-After": "2"})["retry-after"], Headers({"x": "1"}).get("X")
    ('2', '1')
    """

    def __init__(self, headers: Mapping[str, str] = {}) -> None:
        super().__init__()
        for name, value in headers.items():
            self[name.lower()] = f"{self[name]}, {value}" if name in self else value

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (dict(self),)


@dataclass(frozen=True)
class RawResponse:
    """The response behind an error, with httpx's names.

    >>> RawResponse(503, Headers({"Retry-After": "2"}), '{"message": "Busy"}').json()
    {'message': 'Busy'}
    """

    status_code: int
    headers: Mapping[str, str]
    text: str

    @property
    def content(self) -> bytes:
        """The text as UTF-8."""
        return self.text.encode(errors="replace")

    def json(self) -> JSONValue:
        """Return the value of the JSON text; raise `ValidationError` for any other text."""
        from .json_text import loads

        return loads(self.text, title="the response")


class MistralError(Exception):
    """The base of all errors of the client: a call that did not end in an answer.

    The constructor takes any of the attributes by name; none ever holds the API key.

    Attributes:
        message: one readable line.
        status_code: the HTTP status; 0: there was no response.
        headers: the response's headers, looked up in any case.
        body: the response's text; empty: there was none.
        tries: how many times the request was sent.
        last_error: the error of the attempt before the last one, with its own `last_error`.

    >>> error = MistralError("Unauthorized", status_code=401, body="no such key")
    >>> error.status_code, str(error)
    (401, 'Unauthorized')
    """

    message: str
    status_code: int = 0
    headers: Mapping[str, str]
    body: str = ""
    tries: int = 0
    last_error: MistralError | None = None

    def __init__(self, message: str, **attributes: object) -> None:
        super().__init__(message)
        self.message = message
        self.headers = {}
        for name, value in attributes.items():
            if not any(name in getattr(cls, "__annotations__", ()) for cls in type(self).__mro__):
                raise TypeError(f"{type(self).__name__} has no attribute {name!r}")
            setattr(self, name, value)
        self.headers = Headers(self.headers)

    @property
    def raw_response(self) -> RawResponse:
        """The response (`mistralai`: same name); of an error without one, it is empty."""
        return RawResponse(self.status_code, self.headers, self.body)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self.args, {**vars(self), "__cause__": self.__cause__}


class SDKError(MistralError):
    """The API answered with an error status (4xx, 5xx, or a redirect that is not followed).

    Also where a successful answer reports an error; `status_code` is then the reported one.
    """


class RateLimitError(SDKError):
    """The API got too many requests with this key (429).

    `retry_after` is the requested wait in seconds; None: the API did not name one.

    >>> RateLimitError("429 Too Many Requests", status_code=429, retry_after=0.5).retry_after
    0.5
    """

    status_code: int = 429
    retry_after: float | None = None


class HTTPValidationError(MistralError):
    """The API refused the request (422); `data.detail` lists the problems that it found.

    The list is empty where the answer had no known form; `message` and `body` have its text.
    """

    status_code: int = 422
    data: HTTPValidationErrorData


class ResponseValidationError(MistralError):
    """The API answered with success, but with an invalid document."""

    @property
    def cause(self) -> BaseException | None:
        """The `ValidationError` that lists the problems."""
        return self.__cause__


class NoResponseError(MistralError):
    """No complete answer arrived: the connection was refused, reset, timed out, or cut short.

    `final` is true where another attempt would fail, too: an untrusted certificate, a proxy
    that refuses, an answer that is too large.
    """

    final: bool = False


class NoResponseTimeoutError(NoResponseError, TimeoutError):
    """No complete answer arrived in time; also Python's own `TimeoutError`."""


class NoResponseConnectionError(NoResponseError, ConnectionError):
    """The connection could not be made, or broke; also Python's own `ConnectionError`.

    The `__cause__` is the network's `OSError`, where there was one.
    """


class MissingAPIKeyError(MistralError):
    """No API key was given, and ``MISTRAL_API_KEY`` is not set."""


class NotChatError(MistralError, AttributeError):
    """An API of the SDK's client that is not here; also Python's own `AttributeError`.

    >>> from mistral_proto import Mistral
    >>> hasattr(Mistral("k"), "embeddings")
    False
    """


class StreamError(MistralError):
    """The server reported an error inside a stream.

    `partial` is the response as far as it had arrived; None: nothing had.  `status_code` is
    the reported status, or that of the answer.
    """

    partial: ChatCompletionResponse | None = None


class IncompleteStreamError(StreamError):
    """A stream broke off, or ended without ``[DONE]`` or a finish reason."""


class EventTooLargeError(ValueError):
    """One event of a stream exceeds the parser's bound."""


class ParsedContentError(ResponseValidationError):
    """The content of an answer is missing, or does not fit the requested type.

    `response` is the whole answer, and `cause` the `ValidationError` that lists the problems
    with their paths; of a pydantic model, pydantic's.

    >>> from mistral_proto import ChatCompletionResponse
    >>> response = ChatCompletionResponse(model="m", choices=[])
    >>> ParsedContentError("the answer is not a Book", response=response).response.model
    'm'
    """

    status_code: int = 200
    response: ChatCompletionResponse
