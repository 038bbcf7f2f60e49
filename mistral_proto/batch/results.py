"""The file of a batch's results: an answer or an error on each line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .. import json_text
from ..checks import AnyJSON, Either, ObjectOf
from ..errors import MistralError, Problem, ResponseValidationError, ValidationError, describe
from ..fields import field
from ..json_text import JSONValue
from ..protocol.response import ChatCompletionResponse
from ..wire import OpenWireType, wire_type
from .lines import MAX_LINE_SIZE, InvalidLine, LineSource, read_lines

__all__ = ["BatchRequestOutput", "BatchResponseData", "read_batch_results"]

_LEAST_ERROR = 400


class _Completion(ObjectOf):
    """A chat completion, distinguished from other bodies by its choices."""

    def matches(self, value: object) -> bool:
        return isinstance(value, self.cls) or (isinstance(value, Mapping) and "choices" in value)


@wire_type
class BatchResponseData(OpenWireType):
    """The answer to one request of a batch (vLLM: same name).

    >>> BatchResponseData(status_code=404, body={"detail": "Not Found"}).body
    {'detail': 'Not Found'}
    """

    status_code: int = field(absent=0, required=True, doc="The HTTP status of the answer.")
    body: ChatCompletionResponse | JSONValue = field(
        Either(_Completion(ChatCompletionResponse), AnyJSON()),
        default=None,
        vital=True,
        doc="A chat completion, or another document, such as an error.",
    )


@wire_type
class BatchRequestOutput(OpenWireType):
    """One result of a batch, a line of its output or error file (OpenAI, vLLM: same name).

    Mistral's API documents the file, but has no name for a line.

    >>> answer = {"index": 0, "message": {"role": "assistant", "content": "A red one."}}
    >>> output = BatchRequestOutput(
    ...     custom_id="wine",
    ...     response={"status_code": 200, "body": {"model": "m", "choices": [answer]}},
    ... )
    >>> output.result().choices[0].message.text
    'A red one.'
    """

    id: str | None = field(default=None, doc="The API's id of the result.")
    custom_id: str | None = field(default=None, doc="The caller's id of the request.")
    response: BatchResponseData | None = field(default=None, vital=True)
    error: JSONValue = field(default=None, doc="The reason why there is no answer.")

    def result(self) -> ChatCompletionResponse:
        """Return the answer.

        Raises:
            MistralError: there is none; see `exception`.
        """
        completion = self._completion()
        if completion is None:
            raise self._failure()
        return completion

    def exception(self) -> MistralError | None:
        """Return the exception that `result` raises; None if there is an answer.

        An error status gives the exception of the client (`HTTPValidationError`,
        `RateLimitError`, `SDKError`), an answer that is no chat completion a
        `ResponseValidationError`, and anything else a plain `MistralError`.

        >>> BatchRequestOutput(
        ...     custom_id="0", response={"status_code": 429}, error="Requests rate limit exceeded"
        ... ).exception()
        RateLimitError('429 Too Many Requests: Requests rate limit exceeded')
        """
        return self._failure() if self._completion() is None else None

    def _completion(self) -> ChatCompletionResponse | None:
        response = self.response
        if self.error is not None or response is None or response.status_code >= _LEAST_ERROR:
            return None
        return response.body if isinstance(response.body, ChatCompletionResponse) else None

    def _failure(self) -> MistralError:
        from ..client.api_errors import api_error, readable_error

        status, body = None, None
        if self.response is not None:
            status, body = self.response.status_code, self.response.body
        if status is not None and status >= _LEAST_ERROR:
            return api_error(status, {}, _text(body or self.error))
        if self.error is not None or self.response is None:
            message = readable_error(self.error) or "the request was not answered"
            return MistralError(message, status_code=status, body=_text(self.error))
        problem = Problem(("response", "body"), "a chat completion", describe(body), "dict_type")
        cause = ValidationError([problem], type(self).__name__)
        message = f"the answer is not a chat completion: {cause.summary}"
        error = ResponseValidationError(message, status_code=status, body=_text(body))
        error.__cause__ = cause
        return error


def _text(body: ChatCompletionResponse | JSONValue) -> str:
    """Return a body as text, as near to the original as possible."""
    if body is None or isinstance(body, str):
        return body or ""
    return body.to_json() if isinstance(body, ChatCompletionResponse) else json_text.dumps(body)


def read_batch_results(
    source: LineSource, *, strict: bool = False, max_line_size: int = MAX_LINE_SIZE
) -> Iterator[BatchRequestOutput | InvalidLine]:
    r"""Yield the results in a batch's output or error file, one at a time and in order.

    An invalid line is yielded as an `InvalidLine`, and reading goes on. Blank lines and a byte
    order mark are skipped.

    Args:
        source: a file of bytes or of text; an iterable of blocks of bytes, or of lines of
            text; or the whole content. Only one line is kept in memory.
        strict: refuse unknown fields, rather than keep them in `extra`.
        max_line_size: the most bytes of a line.

    >>> file = b'''{"custom_id": "0", "response": {"status_code": 400, "body": {"detail": "Bad"}}}
    ... {"custom_id":
    ... '''
    >>> from mistral_proto import InvalidLine
    >>> for item in read_batch_results(file):
    ...     print(item if isinstance(item, InvalidLine) else item.exception())
    400 Bad Request: Bad
    line 2: BatchRequestOutput has 1 problem:
      the document: expected JSON, got invalid JSON: Expecting value (line 1, column 14)
    """
    return read_lines(source, BatchRequestOutput, strict=strict, max_line_size=max_line_size)
