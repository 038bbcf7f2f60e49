"""What comes out of a batch: an answer or an error a line, under the id of its request."""

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

_LOWEST_ERROR = 400


class _Completion(ObjectOf):
    """A chat completion, told from an error's body by its choices."""

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
        doc="A chat completion, or what the API says in place of one.",
    )


@wire_type
class BatchRequestOutput(OpenWireType):
    """One result of a batch, a line of its output file or error file (OpenAI, vLLM: same name).

    Mistral's API documents the file, but has no name for its line.

    >>> answer = {"index": 0, "message": {"role": "assistant", "content": "A red one."}}
    >>> output = BatchRequestOutput(
    ...     custom_id="wine",
    ...     response={"status_code": 200, "body": {"model": "m", "choices": [answer]}},
    ... )
    >>> output.result().choices[0].message.text
    'A red one.'
    """

    id: str | None = field(default=None, doc="The API's id of the result.")
    custom_id: str | None = field(default=None, doc="That of the request.")
    response: BatchResponseData | None = field(default=None, vital=True)
    error: JSONValue = field(default=None, doc="Why there is no answer.")

    def result(self) -> ChatCompletionResponse:
        """The answer.

        Raises:
            MistralError: there is none; which one it is, `exception` says.
        """
        completion = self._completion()
        if completion is None:
            raise self._failure()
        return completion

    def exception(self) -> MistralError | None:
        """What `result` raises; None where there is an answer.

        A status of the API's gives the exception that it gives in the client:
        an `HTTPValidationError` for 422, an `SDKError` for any other.  An answer
        that is no chat completion is a `ResponseValidationError`, and whatever
        else went wrong a plain `MistralError`.

        >>> BatchRequestOutput(
        ...     custom_id="0", response={"status_code": 429}, error="Requests rate limit exceeded"
        ... ).exception()
        RateLimitError('429 Too Many Requests: Requests rate limit exceeded')
        """
        return self._failure() if self._completion() is None else None

    def _completion(self) -> ChatCompletionResponse | None:
        response = self.response
        if self.error is not None or response is None or response.status_code >= _LOWEST_ERROR:
            return None
        return response.body if isinstance(response.body, ChatCompletionResponse) else None

    def _failure(self) -> MistralError:
        # Whoever has nothing but answers does not pay for what tells of errors.
        from ..client.api_errors import api_error, readable_error

        status, body = None, None
        if self.response is not None:
            status, body = self.response.status_code, self.response.body
        if status is not None and status >= _LOWEST_ERROR:
            return api_error(status, {}, _text(body or self.error))
        if self.error is not None or self.response is None:
            said = readable_error(self.error) or "the request was not answered"
            return MistralError(said, status_code=status, body=_text(self.error))
        problem = Problem(("response", "body"), "a chat completion", describe(body), "dict_type")
        cause = ValidationError([problem], type(self).__name__)
        error = ResponseValidationError(
            f"the answer is not a chat completion: {cause.summary}",
            status_code=status,
            body=_text(body),
        )
        error.__cause__ = cause
        return error


def _text(body: ChatCompletionResponse | JSONValue) -> str:
    """A body as it came, as far as that can be told."""
    if body is None or isinstance(body, str):
        return body or ""
    return body.to_json() if isinstance(body, ChatCompletionResponse) else json_text.dumps(body)


def read_batch_results(
    source: LineSource, *, strict: bool = False, max_line_size: int = MAX_LINE_SIZE
) -> Iterator[BatchRequestOutput | InvalidLine]:
    r"""The results in a batch's output file or error file, one at a time and in order.

    A line that is not what it should be comes as a `InvalidLine`, and the reading
    goes on.  Blank lines are passed over, as is a byte order mark.

    Args:
        source: a file, of bytes or of text; or what iterates over bytes, in
            pieces that end anywhere, or over lines of text, with their ends or
            without; or all of it as one.  What is held of it at once is a line.
        strict: whether what the types do not know is refused, rather than kept
            in `extra`.
        max_line_size: how many bytes a line may have.

    >>> file = b'''{"custom_id": "0", "response": {"status_code": 200, "body": {"model": "m", "choices": []}}}
    ... {"custom_id": "1", "response": {"status_code": 400, "body": {"detail": "Bad"}}}
    ... {"custom_id":
    ... '''
    >>> from mistral_proto import InvalidLine
    >>> for item in read_batch_results(file):
    ...     print(item if isinstance(item, InvalidLine) else (item.custom_id, item.exception()))
    ('0', None)
    ('1', SDKError('400 Bad Request: Bad'))
    line 3: BatchRequestOutput has 1 problem:
      the document: expected JSON, got text that is not: Expecting value (line 1, column 14)
    """
    return read_lines(source, BatchRequestOutput, strict=strict, max_line_size=max_line_size)
