"""The replies that a `MockServer` can give."""

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
    from typing import Any

    from ..json_text import JSONValue

__all__ = ["ErrorReply", "ErrorShape", "Fault", "RawReply", "Reply", "StreamReply"]


class ErrorShape(StringEnum):
    """The shapes of an error's body, as the API, gateways and compatible servers send it.

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

    def body(self, status: int, message: str, detail: Sequence[JSONValue] | None = None) -> str:
        """Return an error; `detail`, as in a 422, replaces the message in a field ``detail``."""
        if self is ErrorShape.text:
            return message
        if self is ErrorShape.html:
            return f"<html><head><title>{message}</title></head><body>{status}</body></html>"
        kind = "server_error" if status >= 500 else "invalid_request_error"
        details: JSONValue = list(detail) if detail is not None else message
        common: dict[str, JSONValue] = {"object": "error", "type": kind, "param": None}
        documents: dict[str, JSONValue] = {
            "detail": {"detail": details},
            "object": {**common, "message": message, "code": str(status)},
            "message_detail": {**common, "message": {"detail": details}, "code": None},
            "error": {"error": {"message": message, "type": kind, "code": status}},
            "message": {"message": message, "request_id": "6f2a1c"},
        }
        return json_text.dumps(documents[self])


@dataclass(frozen=True)
class ErrorReply:
    """An error status, with a body in one of the shapes.

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
    """A response as bytes. Each of `blocks` is sent separately, `pace` seconds apart.

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
    """The chunks of a stream, and, if `done`, ``[DONE]`` at the end.

    >>> StreamReply([ChatCompletionStreamResponse(model="m", choices=[])]).done
    True
    """

    chunks: Sequence[ChatCompletionStreamResponse]
    done: bool = True


class Fault(StringEnum):
    """Failures of a connection or of a server.

    Where the client asks for a whole answer, the faults of a stream cut the body.

    >>> Fault("cut_stream")
    <Fault.cut_stream: 'cut_stream'>
    """

    close = "close"
    """The connection is closed before the first byte of the answer."""
    reset = "reset"
    """The connection is reset before the first byte of the answer."""
    garbage = "garbage"
    """The answer is not HTTP."""
    stall = "stall"
    """No answer comes until the client closes the connection."""
    cut_headers = "cut_headers"
    """The connection is closed in the middle of the headers."""
    cut_body = "cut_body"
    """The connection is closed in the middle of the body, or of an event of a stream."""
    cut_stream = "cut_stream"
    """The connection is closed after the first events of a stream."""
    stall_stream = "stall_stream"
    """After the first events of a stream nothing comes until the client closes it."""
    no_done = "no_done"
    """A stream ends without a finish reason and ``[DONE]``."""
    error_event = "error_event"
    """After its first events a stream reports an error."""
    not_json = "not_json"
    """The answer has the status 200, but is an HTML page."""


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
"""A text or message to answer with, a whole response, or one of the above.

A function is called with the request, and returns one of these.
"""
_KINDS = get_args(Reply)[:-1]


_EXPECTED = (
    "a text, an AssistantMessage, a ChatCompletionResponse (whose from_dict reads a document),"
    " a StreamReply, ErrorReply, RawReply or Fault, or a function"
)


def is_reply(value: object) -> bool:
    return isinstance(value, _KINDS) or callable(value)


def check_reply(name: str, value: object) -> None:
    """Raise TypeError if the value is not a reply."""
    if not is_reply(value):
        check_type(name, value, _EXPECTED, *_KINDS)


def refusal(error: ValidationError, document: JSONValue) -> ErrorReply:
    """Return the 422 of an invalid request, worded as by the API."""
    detail = [_detail(problem, document) for problem in error.problems]
    paths = "; ".join(format_path(problem.path) for problem in error.problems)
    return ErrorReply(422, f"Input validation failed: {paths}", ErrorShape.detail, detail)


def _detail(problem: Problem, document: Any) -> JSONValue:
    messages = {"missing": "Field required", "extra_forbidden": "Extra inputs are not permitted"}
    # The input of a missing field is the object around it.
    for step in problem.path[:-1] if problem.type == "missing" else problem.path:
        document = document[step]
    return {
        "type": problem.type,
        "loc": ["body", *problem.path],
        "msg": messages.get(problem.type, f"Input should be {problem.expected}"),
        "input": document,
    }
