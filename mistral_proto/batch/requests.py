"""The file of a batch's requests."""

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
    """One request of a batch, a line of its file (API document, SDK: same name).

    Results come in any order, with the `custom_id` of their request. The body may lack
    the `model` if the job has it.

    >>> BatchRequest(
    ...     custom_id="wine",
    ...     body={"messages": [{"role": "user", "content": "Which wine?"}], "max_tokens": 100},
    ... ).body.max_tokens
    100
    """

    custom_id: str | None = field(default=None, doc="The caller's id of the request.")
    body: ChatCompletionRequest = field(doc="The request.")


def batch_request_lines(
    requests: Iterable[BatchRequest | Mapping[str, object]],
) -> Iterator[bytes]:
    r"""Yield the lines of a batch file, one for each request, which may be a mapping.

    Keeps nothing of the written requests but their ids.

    Raises:
        ValidationError: a request is not valid, or its `custom_id` is missing or not unique;
            the path begins with the request's position.

    >>> question = {"messages": [{"role": "user", "content": "Hi"}]}
    >>> lines = batch_request_lines({"custom_id": str(n), "body": question} for n in range(2))
    >>> next(lines)
    b'{"custom_id":"0","body":{"messages":[{"role":"user","content":"Hi"}]}}\n'
    """
    ids: set[str] = set()
    for position, given in enumerate(requests):
        request = given
        if not isinstance(request, BatchRequest):
            try:
                request = BatchRequest._read(request, SEND)
            except ValidationError as error:
                raise error.under(position, "the batch") from None
        custom_id = request.custom_id
        path = (position, "custom_id")
        if custom_id is None:
            problem = Problem(path, "this field", "nothing", "missing")
            raise ValidationError([problem], "the batch")
        if custom_id in ids:
            expected = "an id that no request before it has"
            problem = Problem(path, expected, describe(custom_id), "unique")
            raise ValidationError([problem], "the batch")
        ids.add(custom_id)
        yield request.to_json().encode("ascii") + b"\n"


def read_batch_requests(
    source: LineSource, *, strict: bool = False, max_line_size: int = MAX_LINE_SIZE
) -> Iterator[BatchRequest | InvalidLine]:
    r"""Yield the requests of a batch file; for sources and options see `read_batch_results`.

    With `strict`, a body needs its `model`.

    >>> question = b'{"messages": [{"role": "user", "content": "Hi"}]}'
    >>> for item in read_batch_requests(b'{"custom_id": "0", "body": %b}\n[]' % question):
    ...     print(type(item).__name__)
    BatchRequest
    InvalidLine
    """
    return read_lines(source, BatchRequest, strict=strict, max_line_size=max_line_size)
