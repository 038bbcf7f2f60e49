"""What goes into a batch: a request a line, under an id of the caller's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..checks import SEND
from ..errors import Problem, ValidationError, describe
from ..fields import field
from ..protocol.request import ChatCompletionRequest
from ..wire import WireType, wire_type
from .lines import MAX_LINE_SIZE, InvalidLine, LineSource, read_lines

__all__ = ["BatchRequest", "batch_request_lines", "read_batch_requests"]


@wire_type
class BatchRequest(WireType):
    """One request of a batch, a line of the file (API document, SDK: same name).

    The results of a batch come in any order: `custom_id` tells which is whose.
    The body may leave out the `model`, where that stands at the job.

    >>> request = BatchRequest(
    ...     custom_id="wine",
    ...     body={"messages": [{"role": "user", "content": "Which wine?"}], "max_tokens": 100},
    ... )
    >>> request.body.max_tokens
    100
    >>> print(request.to_json())
    {"custom_id":"wine","body":{"messages":[{"role":"user","content":"Which wine?"}],"max_tokens":100}}
    """

    custom_id: str | None = field(
        default=None, doc="The caller's id, by which the result is found."
    )
    body: ChatCompletionRequest = field(doc="The request, as it would be sent by itself.")


def batch_request_lines(
    requests: Iterable[BatchRequest | Mapping[str, object]],
) -> Iterator[bytes]:
    r"""The lines of a batch file, in the order of the requests, each as it is asked for.

    Requests may be given as mappings, too.  What is remembered of those that
    were written is their ids.

    Raises:
        ValidationError: a request is not valid, has no `custom_id`, or one that
            an earlier one has; the path begins with the request's position.

    >>> question = {"messages": [{"role": "user", "content": "Hi"}]}
    >>> lines = batch_request_lines({"custom_id": str(n), "body": question} for n in range(2))
    >>> next(lines)
    b'{"custom_id":"0","body":{"messages":[{"role":"user","content":"Hi"}]}}\n'
    >>> list(batch_request_lines([{"custom_id": "a", "body": question}] * 2))
    Traceback (most recent call last):
        ...
    mistral_proto.errors.ValidationError: the batch has 1 problem:
      [1].custom_id: expected an id that no request before it has, got the string 'a'
    """
    seen: set[str] = set()
    for position, given in enumerate(requests):
        request = given
        if not isinstance(request, BatchRequest):
            try:
                request = BatchRequest._read(request, SEND)
            except ValidationError as error:
                raise error.under(position, _TITLE) from None
        custom_id = request.custom_id
        if custom_id is None:
            _refuse(position, "this field", "nothing", "missing")
        elif custom_id in seen:
            _refuse(position, "an id that no request before it has", describe(custom_id), "unique")
        else:
            seen.add(custom_id)
            yield request.to_json().encode("ascii") + b"\n"


_TITLE = "the batch"


def _refuse(position: int, expected: str, got: str, kind: str) -> None:
    raise ValidationError([Problem((position, "custom_id"), expected, got, kind)], _TITLE)


def read_batch_requests(
    source: LineSource, *, strict: bool = False, max_line_size: int = MAX_LINE_SIZE
) -> Iterator[BatchRequest | InvalidLine]:
    r"""The requests of a batch file, one at a time and in order; see `read_batch_results`.

    With `strict`, a body needs its `model`.

    >>> from mistral_proto import InvalidLine
    >>> question = b'{"messages": [{"role": "user", "content": "Hi"}]}'
    >>> file = b'{"custom_id": "0", "body": %b}\n{"custom_id": "1"}\n' % question
    >>> for item in read_batch_requests(file):
    ...     print(item if isinstance(item, InvalidLine) else item.body.messages)
    [UserMessage(role='user', content='Hi')]
    line 2: BatchRequest has 1 problem:
      body: expected this field, got nothing
    """
    return read_lines(source, BatchRequest, strict=strict, max_line_size=max_line_size)
