"""The exceptions of the package: what went wrong, and where.

There are two families.  A document that breaks the protocol is a
`ValidationError`, a plain `ValueError` that the wire types raise without any
client in sight.  A call that did not end in an answer is a `MistralError`,
with the names that the `mistralai` SDK gives its errors.
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
"""Where a value stands in a document: keys and list positions, outermost first."""

MAX_PROBLEMS = 100
"""The most problems that one reading collects; it stops there."""
SHOWN_PROBLEMS = 20
"""The most problems that a message shows."""
_SUMMED_UP = 3
_EXCERPT = 48
_MAX_BITS = 128


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a document.

    `path` is where, `expected` what should have stood there, `got` a short
    excerpt of what did, and `type` a stable name of the kind of problem, in
    the vocabulary that the API's own 422 answers use (``missing``,
    ``extra_forbidden``, ``string_type``, ``enum`` …).

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
    """A document that does not follow the protocol, with the problems in it.

    `problems` lists them in document order.  Reading stops at the hundredth;
    the message shows the first twenty.

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
        # Each with its path as a list, innermost step first: a path grows on the way
        # out of a document, and is turned into a tuple once, when somebody asks.
        self._found = [([*reversed(p.path)], p.expected, p.got, p.type) for p in problems]

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple([Problem(tuple(steps[::-1]), *rest) for steps, *rest in self._found])

    @property
    def is_full(self) -> bool:
        """Whether no more problems are collected."""
        return len(self._found) >= MAX_PROBLEMS

    def under(self, key: str | int, title: str | None = None) -> ValidationError:
        """Return this error, its paths and title now those of a value one level further out."""
        for steps, *_ in self._found:
            steps.append(key)
        self.title = title or self.title
        return self

    def after(self, earlier: ValidationError | None) -> ValidationError:
        """Return the earlier error with these problems behind its own; this one if it is None."""
        if earlier is None:
            return self
        earlier._found += self._found[: MAX_PROBLEMS - len(earlier._found)]
        return earlier

    def without_values(self) -> ValidationError:
        """Return this error without excerpts of what stood in the document."""
        self._found = [
            (steps, expected, got if kind == "missing" else "what is not shown here", kind)
            for steps, expected, got, kind in self._found
        ]
        return self

    @property
    def summary(self) -> str:
        """The first problems on one line, for where there is no room for all.

        >>> ValidationError([Problem(("n",), "an integer", "null", "int_type")]).summary
        'n: expected an integer, got null'
        """
        shown = [str(problem) for problem in self.problems[:_SUMMED_UP]]
        more = len(self._found) - _SUMMED_UP
        return "; ".join([*shown, *([f"and {more} more"] if more > 0 else [])])

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
    """A path as one would write it in code: ``messages[2].content[0].type``."""
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
    """The step of a path to the value of a key, also of one that is no string."""
    if isinstance(key, str):
        return key
    # As JSON would write it; what is nothing of JSON, or endless, is described.
    is_short = not isinstance(key, int) or key.bit_length() <= _MAX_BITS
    is_json = key is None or isinstance(key, (int, float))
    return str(key) if is_json and is_short else describe(key)


def _quote(text: str) -> str:
    return repr(text) if len(text) <= _EXCERPT else f"{text[:_EXCERPT]!r}…"


def one_line(text: str, limit: int = 500) -> str:
    """Somebody else's text, safe and short enough to show.

    No control characters: what a server says must not move a terminal's cursor.

    >>> one_line("503\\n\\x1b[2J  Overloaded")
    '503 [2J Overloaded'
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:limit]).split())
    return line if len(text) <= limit else f"{line}…"


def describe(value: object) -> str:
    """A value in a few words of JSON's vocabulary, never longer than a line."""
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

    Of a name that comes twice the values are joined (RFC 9110, section 5.3).

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
    """The response that an error tells of, by the names that httpx gives its parts.

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
        """Return the document that the text is.

        Raises:
            ValidationError: the text is not JSON.
        """
        from .json_text import loads

        return loads(self.text, title="the response")


class MistralError(Exception):
    """A call that did not end in an answer: the base of all the client's errors.

    `message` is one readable line, `status_code` the HTTP status (0 where no
    response came), `headers` the response's headers, looked up in any case, and
    `body` its text (empty where there was none).  `tries` is how often the call
    was sent (0: not at all), and `last_error` what the try before the last one
    ended in, with its own `last_error`.  None of them ever holds the API key.
    The constructor takes any of the attributes by name.

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
        """The response in one object (`mistralai`: same name); there is one for every error."""
        return RawResponse(self.status_code, self.headers, self.body)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self.args, {**vars(self), "__cause__": self.__cause__}


class SDKError(MistralError):
    """The API answered with an error status (4xx, 5xx, or a redirect not followed).

    Also where the answer has a status of success and reports an error: `status_code` is then
    the status that this error tells, if it does.
    """


class RateLimitError(SDKError):
    """The API had too many requests of this key (429).

    `retry_after` is how long it asks to wait, in seconds; None where it does not say.

    >>> RateLimitError("429 Too Many Requests", status_code=429, retry_after=0.5).retry_after
    0.5
    """

    status_code: int = 429
    retry_after: float | None = None


class HTTPValidationError(MistralError):
    """The API refused the request (422); `data.detail` lists what it found.

    `data.detail` is empty where the answer had none of the known shapes; then
    `message` and `body` still say what came.
    """

    status_code: int = 422
    data: HTTPValidationErrorData


class ResponseValidationError(MistralError):
    """The API answered with success, but not with a document that we know.

    The `ValidationError` that says what is wrong with it is the `cause`.
    """

    @property
    def cause(self) -> BaseException | None:
        """The exception that decoding the answer raised."""
        return self.__cause__


class NoResponseError(MistralError):
    """No whole answer came: refused, reset, timed out, or cut short.

    `final` is whether another try would end the same way: the server can't prove
    its name, a proxy refuses, the answer is too large.
    """

    final: bool = False


class NoResponseTimeoutError(NoResponseError, TimeoutError):
    """No whole answer came in time; also Python's own `TimeoutError`."""


class NoResponseConnectionError(NoResponseError, ConnectionError):
    """The connection could not be made, or broke; also Python's own `ConnectionError`.

    The `OSError` that the network gave, where there was one, is the `__cause__`.
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
    """The server reported an error inside a stream that had begun well.

    `partial` holds what had arrived until then, gathered into one response;
    None where nothing had. `status_code` is the status that the error tells, if it
    does, and that of the answer otherwise.
    """

    partial: ChatCompletionResponse | None = None


class IncompleteStreamError(StreamError):
    """A stream that broke off, or ended without ``[DONE]`` or a finish reason."""


class EventTooLargeError(ValueError):
    """One event of an event stream is larger than the parser's bound."""


class ParsedContentError(ResponseValidationError):
    """The content of an answer does not fit the type that it was to be read as, or is not there.

    `response` is the whole answer as it came, and `cause` the `ValidationError`
    that lists the problems with their paths; of a pydantic model, pydantic's.

    >>> from mistral_proto import ChatCompletionResponse
    >>> response = ChatCompletionResponse(model="m", choices=[])
    >>> ParsedContentError("the answer is not a Book", response=response).response.model
    'm'
    """

    status_code: int = 200
    response: ChatCompletionResponse
