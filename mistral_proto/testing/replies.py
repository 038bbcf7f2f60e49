"""What a `MockServer` can be told to answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from .. import json_text
from ..checks import StringEnum
from ..errors import Problem, ValidationError, format_path
from ..protocol.messages import AssistantMessage
from ..protocol.request import ChatCompletionRequest
from ..protocol.response import ChatCompletionResponse, ChatCompletionStreamResponse
from ..retry import check_type

if TYPE_CHECKING:
    from ..json_text import JSONValue

__all__ = ["ErrorReply", "ErrorShape", "Fault", "RawReply", "Reply", "StreamReply"]


class ErrorShape(StringEnum):
    """The shapes in which the API, its gateways and its imitators put an error.

    >>> print(ErrorShape.error.body(503, "Overloaded"))
    {"error":{"message":"Overloaded","type":"server_error","code":503}}
    """

    detail = "detail"
    object = "object"
    message_detail = "message_detail"
    error = "error"
    message = "message"
    text = "text"
    html = "html"

    @property
    def content_type(self) -> str:
        """The media type that goes with the shape."""
        if self is ErrorShape.text:
            return "text/plain"
        return "text/html" if self is ErrorShape.html else "application/json"

    def body(self, status: int, message: str, detail: Sequence[JSONValue] | None = None) -> str:
        """An error in this shape; `detail` as a 422 has it, where the shape can hold it."""
        if self is ErrorShape.text:
            return message
        if self is ErrorShape.html:
            return f"<html><head><title>{message}</title></head><body>{status}</body></html>"
        kind = "server_error" if status >= 500 else "invalid_request_error"
        listed: JSONValue = list(detail) if detail is not None else message
        common: dict[str, JSONValue] = {"object": "error", "type": kind, "param": None}
        documents: dict[ErrorShape, JSONValue] = {
            ErrorShape.detail: {"detail": listed},
            ErrorShape.object: {**common, "message": message, "code": str(status)},
            ErrorShape.message_detail: {**common, "message": {"detail": listed}, "code": None},
            ErrorShape.error: {"error": {"message": message, "type": kind, "code": status}},
            ErrorShape.message: {"message": message, "request_id": "6f2a1c"},
        }
        return json_text.dumps(documents[self])


@dataclass(frozen=True)
class ErrorReply:
    """An error status with a body in one of the real shapes.

    >>> ErrorReply(429, "Requests rate limit exceeded").shape
    <ErrorShape.object: 'object'>
    """

    status: int
    message: str = "something went wrong"
    shape: ErrorShape = ErrorShape.object
    detail: Sequence[JSONValue] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RawReply:
    """A response byte for byte: each of `blocks` goes out by itself, `pace` seconds apart.

    The body is chunked, unless `headers` has a ``content-length``.

    >>> RawReply(blocks=[b"data: [DONE]\\n", b"\\n"]).headers
    {'content-type': 'text/event-stream'}
    """

    blocks: Iterable[bytes] = ()
    status: int = 200
    headers: Mapping[str, str] = field(
        default_factory=lambda: {"content-type": "text/event-stream"}
    )
    pace: float = 0.0


@dataclass(frozen=True)
class StreamReply:
    """The pieces of a stream, as they are, with or without the ``[DONE]`` at the end.

    >>> StreamReply([ChatCompletionStreamResponse(model="m", choices=[])]).done
    True
    """

    chunks: Sequence[ChatCompletionStreamResponse]
    done: bool = True


class Fault(StringEnum):
    """What can go wrong on the way of an answer.

    >>> Fault("cut_stream")
    <Fault.cut_stream: 'cut_stream'>
    """

    close = "close"
    """The connection is closed before a byte of the answer."""
    reset = "reset"
    """The connection is reset before a byte of the answer."""
    garbage = "garbage"
    """What comes is not HTTP."""
    stall = "stall"
    """Nothing comes, until the client gives up."""
    cut_headers = "cut_headers"
    """The connection is closed in the middle of the headers."""
    cut_body = "cut_body"
    """The body is shorter than its content-length; of a stream, in the middle of an event."""
    cut_stream = "cut_stream"
    """The connection is closed after the first events of a stream."""
    stall_stream = "stall_stream"
    """Nothing comes after the first events of a stream."""
    no_done = "no_done"
    """A stream ends in good order, but without a finish reason and ``[DONE]``."""
    error_event = "error_event"
    """After the first events of a stream comes one that reports an error."""
    not_json = "not_json"
    """Success, but a page of HTML."""


Reply = (
    str
    | AssistantMessage
    | ChatCompletionResponse
    | StreamReply
    | ErrorReply
    | RawReply
    | Fault
    | Callable[[ChatCompletionRequest], "Reply"]
)
"""An answer: a text or message to give, a whole response, or any of the above.

A function is called with the request, and returns one of these.
"""
_KINDS = get_args(Reply)[:-1]


def is_reply(value: object) -> bool:
    """Return whether a value is a reply."""
    return isinstance(value, _KINDS) or callable(value)


def check_reply(name: str, value: object) -> None:
    """Raise TypeError where a value is no reply."""
    if not is_reply(value):
        what = (
            "a text, an AssistantMessage, a ChatCompletionResponse (whose from_dict reads a"
            " document), a StreamReply, ErrorReply, RawReply or Fault, or a function"
        )
        check_type(name, value, what, *_KINDS)


def refusal(error: ValidationError, shape: ErrorShape, document: object) -> ErrorReply:
    """The 422 answer to a request that is not valid, as the API words it."""
    detail = [_detail(problem, document) for problem in error.problems]
    where = "; ".join(format_path(problem.path) for problem in error.problems)
    return ErrorReply(422, f"Input validation failed: {where}", shape, detail)


def _detail(problem: Problem, document: object) -> JSONValue:
    entry: dict[str, JSONValue] = {
        "type": problem.type,
        "loc": ["body", *problem.path],
        "msg": _message(problem),
    }
    value: object = document
    for step in problem.path if problem.type != "missing" else problem.path[:-1]:
        try:
            value = value[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return entry
    entry["input"] = value  # type: ignore[assignment]
    return entry


def _message(problem: Problem) -> str:
    if problem.type == "missing":
        return "Field required"
    if problem.type == "extra_forbidden":
        return "Extra inputs are not permitted"
    return f"Input should be {problem.expected}"
