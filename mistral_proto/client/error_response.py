"""From an answer that is an error to the exception that says so readably.

The API, its gateways and the servers that imitate it put their errors in
several shapes.  Each gives a line that a person can read.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable

from .. import json_text
from ..errors import (
    HTTPValidationError,
    MistralError,
    NoResponseError,
    Problem,
    ResponseValidationError,
    SDKError,
    StreamError,
    ValidationError,
    format_path,
)
from ..protocol.http_validation_error import HTTPValidationErrorData, HTTPValidationErrorDetail
from ..transport import lowercase, read_body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from http.client import HTTPResponse
    from typing import NoReturn

    from ..json_text import JSONValue
    from ..protocol.response import ChatCompletionResponse

__all__ = ["Answer", "error_from_event", "error_from_response", "invalid_answer", "readable_error"]

# As RFC 9110 has them; older Pythons know some by older names.
_REASONS = {
    **http.client.responses,
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
_SHOWN = 500
_SHOWN_DETAILS = 3


class Answer:
    """An open response, and what every exception about it tells.

    `redact` takes the API key out of what the server says, before anything of
    it is shown or cut.
    """

    def __init__(self, response: HTTPResponse, redact: Callable[[str], str]) -> None:
        self.response = response
        self.redact = redact
        self.status_code = response.status
        headers = lowercase(response.headers)
        self.headers = {name: redact(value) for name, value in headers.items()}

    def text(self) -> str:
        """The body of an answer that is an error already, as far as it can be had."""
        try:
            return read_body(self.response).decode("utf-8", "replace")
        except NoResponseError:
            return ""


def error_from_response(answer: Answer) -> MistralError:
    """The exception for an answer whose status is not 200."""
    status, headers = answer.status_code, answer.headers
    body = answer.redact(answer.text())
    text, document = _read_error(body)
    if 300 <= status < 400:
        text = text or f"a redirect to {headers.get('location', 'nowhere')} was not followed"
    reason = _REASONS.get(status, "")
    message = f"{status} {reason}".strip() + (f": {text}" if text else "")
    if status == 422:
        data = HTTPValidationErrorData(detail=_details(document))
        return HTTPValidationError(
            message, data=data, status_code=status, headers=headers, body=body
        )
    return SDKError(message, status_code=status, headers=headers, body=body)


def error_from_event(answer: Answer, data: str, partial: ChatCompletionResponse | None) -> StreamError:
    """The exception for an event of a stream that reports an error."""
    body = answer.redact(data)
    text, _ = _read_error(body)
    return StreamError(
        f"the server reported an error: {text}",
        partial=partial,
        status_code=answer.status_code,
        headers=answer.headers,
        body=body,
    )


def invalid_answer(
    answer: Answer, what: str, body: str, cause: ValidationError
) -> NoReturn:
    """Raise that an answer, or an event, does not follow the protocol."""
    shown = answer.redact(body)
    if shown != body:
        # The excerpts in the cause may show a part of the key.
        problem = Problem((), "the published document", "one that holds the API key", "secret")
        cause = ValidationError([problem], cause.title)
    raise ResponseValidationError(
        f"{what}: {cause}", status_code=answer.status_code, headers=answer.headers, body=shown
    ) from cause


def _read_error(body: str) -> tuple[str, JSONValue]:
    """What a body says, on one line, and the document that it is."""
    try:
        document = json_text.loads(body)
    except ValidationError:
        return _plain_text(body), None
    return readable_error(document), document


def readable_error(document: JSONValue) -> str:
    """What an error document says, on one line; empty where it says nothing.

    >>> readable_error({"object": "error", "message": "No such model", "type": "invalid_model"})
    'No such model'
    >>> readable_error({"detail": [{"loc": ["body", "n"], "msg": "Too small", "type": "x"}]})
    'body.n: Too small'
    >>> readable_error({"error": {"message": "Overloaded"}})
    'Overloaded'
    """
    if isinstance(document, str):
        return _shorten(document)
    if isinstance(document, list):
        shown = [text for text in map(readable_error, document[:_SHOWN_DETAILS]) if text]
        more = len(document) - _SHOWN_DETAILS
        return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")
    if not isinstance(document, dict):
        return ""
    for name in ("detail", "message", "error", "msg"):
        text = readable_error(document.get(name))
        if text:
            return _located(document, text) if name == "msg" else text
    return ""


def _located(detail: dict[str, JSONValue], text: str) -> str:
    loc = detail.get("loc")
    steps = [step for step in loc if isinstance(step, (str, int))] if isinstance(loc, list) else []
    return f"{format_path(tuple(steps))}: {text}" if steps else text


def _details(document: JSONValue) -> list[HTTPValidationErrorDetail]:
    """The entries of a 422's `detail` that have the known shape, wherever it stands."""
    for _ in range(2):
        if not isinstance(document, dict):
            break
        detail = document.get("detail")
        if isinstance(detail, list):
            known: list[HTTPValidationErrorDetail] = []
            for entry in detail:
                try:
                    known += HTTPValidationErrorData.from_dict({"detail": [entry]}).detail
                except ValidationError:
                    continue
            return known
        document = document.get("message")
    return []


def _plain_text(body: str) -> str:
    """The text of a body that is no JSON; of a page, its title."""
    title = re.search(r"<title[^>]*>([^<]*)", body[:10_000], re.IGNORECASE)
    if title is not None:
        return _shorten(title[1])
    return "" if body.lstrip().startswith("<") else _shorten(body)


def _shorten(text: str) -> str:
    # No control characters: what a server says must not move a terminal's cursor.
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: _SHOWN + 1]).split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
