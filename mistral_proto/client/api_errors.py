"""Errors that a server reports, by a status or in a document, and the exceptions for them.

The API, its gateways and the servers that imitate it put their errors in
several shapes.  Each gives a line that a person can read.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from .. import json_text
from ..errors import (
    HTTPValidationError,
    RateLimitError,
    SDKError,
    ValidationError,
    format_path,
    one_line,
)
from ..protocol.response import HTTPValidationErrorData, HTTPValidationErrorDetail
from ..retry import Clock, retry_after

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..errors import MistralError
    from ..json_text import JSONValue

__all__ = ["api_error", "inner_status", "read_error", "readable_error", "reports_error"]

MAX_ERROR_BODY = 64 * 1024
"""How many bytes of an error's body are read; a caller cuts the rest off before all else."""
_SHOWN_DETAILS = 3
# A message that lies deeper in a document is none that was written for people.
_DEEPEST_MESSAGE = 8
_NAMES = (
    *("detail", "message", "Message", "error", "errors", "fault", "faultstring", "msg", "title"),
    *("base_resp", "status_msg"),  # MiniMax's
    "choices",  # any of which may have its own `error`
)
_STATUSES = ("code", "status", "status_code", "http_status_code")
_TEXT_OF_TAG = r"<%s\b[^>]{0,200}>(?:\s{0,99}<[^/>][^>]{0,200}>){0,3}([^<]{1,1000})"
# As RFC 9110 has them; older Pythons know some by older names.
_NEWER_REASONS = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}


def api_error(
    status: int, headers: Mapping[str, str], body: str, url: str | None = None
) -> MistralError:
    """Return the exception for an answer of the API with an error status; a 404 names the `url`.

    >>> api_error(404, {}, '{"detail": "Not Found"}', "https://api.mistral.ai/v2")
    SDKError('404 Not Found: Not Found (https://api.mistral.ai/v2)')
    """
    said, document = read_error(body)
    if 300 <= status < 400 and not said:
        target = one_line(headers.get("location", "nowhere"))
        said = f"a redirect to {target} was not followed"
    message = f"{status} {_reason(status)}".strip() + (f": {said}" if said else "")
    if status == 404 and url is not None:
        message += f" ({one_line(url)})"
    if status == 429:
        wait = retry_after(headers, Clock())
        return RateLimitError(message, headers=headers, body=body, retry_after=wait)
    if status != 422:
        return SDKError(message, status_code=status, headers=headers, body=body)
    data = HTTPValidationErrorData(detail=_details(document))
    return HTTPValidationError(message, data=data, headers=headers, body=body)


def _reason(status: int) -> str:
    from http import HTTPStatus

    try:
        return _NEWER_REASONS.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return ""


def read_error(body: str) -> tuple[str, JSONValue]:
    """Return what a body says, on one line, and the document that it is."""
    try:
        document = json_text.loads(body)
    except ValidationError:
        return _plain_text(body), None
    return readable_error(document), document


def reports_error(document: JSONValue) -> bool:
    """Return whether a document says that something went wrong, whatever else it holds.

    >>> reports_error({"choices": [], "error": "Overloaded"}), reports_error({"choices": []})
    (True, False)
    """
    if not isinstance(document, dict):
        return False
    if document.get("choices") is None and readable_error(document):
        return True
    return document.get("object") == "error" or any(_errors(document))


def inner_status(document: JSONValue) -> int | None:
    """Return the status of an error that an error document tells itself, if any.

    >>> inner_status({"error": {"message": "Overloaded", "code": "503"}})
    503
    """
    if not isinstance(document, dict):
        return None
    for place in [*_errors(document), document]:
        said = [place.get(name) for name in _STATUSES] if isinstance(place, dict) else [place]
        for status in said:
            if isinstance(status, str) and re.fullmatch("[0-9]{3}", status):
                status = int(status)
            if type(status) is int and 400 <= status < 600:
                return status
    return None


def _errors(document: dict[str, JSONValue]) -> list[JSONValue]:
    """Return what a document, and each of its choices, has as its `error`."""
    errors = [document.get("error")]
    choices = document.get("choices")
    if isinstance(choices, list):
        errors += [choice.get("error") for choice in choices if isinstance(choice, dict)]
    return errors


def readable_error(document: JSONValue) -> str:
    """Return what an error document says, on one line; empty where it says nothing.

    >>> readable_error({"object": "error", "message": "No such model", "type": "invalid_model"})
    'No such model'
    >>> readable_error({"detail": [{"loc": ["body", "n"], "msg": "Too small", "type": "x"}]})
    'body.n: Too small'
    >>> readable_error({"error": {"message": "Overloaded"}})
    'Overloaded'
    """
    return one_line(_message(document, 0))


def _message(document: JSONValue, depth: int) -> str:
    if isinstance(document, str):
        return one_line(document)
    if depth == _DEEPEST_MESSAGE:
        return ""
    if isinstance(document, list):
        said = [_message(item, depth + 1) for item in document[:_SHOWN_DETAILS]]
        more = len(document) - _SHOWN_DETAILS
        return "; ".join([*filter(None, said), *([f"and {more} more"] if more > 0 else [])])
    if not isinstance(document, dict):
        return ""
    # Beside an error that has a document of its own, the message may be about anything.
    first = ["error"] if isinstance(document.get("error"), dict) else []
    for name in [*first, *_NAMES]:
        text = _message(document.get(name), depth + 1)
        if text and name == "msg":
            return _located(document, text)
        if text and name == "detail" and isinstance(title := document.get("title"), str):
            return f"{one_line(title)}: {text}"  # RFC 9457
        if text:
            return text
    code = document.get("code")
    return f"code {code}" if code and (isinstance(code, str) or type(code) is int) else ""


def _located(detail: dict[str, JSONValue], text: str) -> str:
    loc = detail.get("loc")
    steps = [step for step in loc if isinstance(step, (str, int))] if isinstance(loc, list) else []
    return f"{format_path(tuple(steps))}: {text}" if steps else text


def _details(document: JSONValue) -> list[HTTPValidationErrorDetail]:
    """Return the entries of a 422's `detail` that have the known shape, wherever it stands."""
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
    """Return the text of a body that is no JSON; of XML or HTML, its message, title or heading."""
    for tag in ("message", "title", "h1"):
        match = re.search(_TEXT_OF_TAG % tag, body[:10_000], re.IGNORECASE)
        if match and (text := one_line(unescape(match[1]))):
            return text
    return "" if body.lstrip().startswith("<") else one_line(body)
