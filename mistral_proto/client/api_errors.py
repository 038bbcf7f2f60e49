"""Errors that a server reports, by a status or in a document, and their exceptions.

The API, its gateways and compatible servers write errors in several shapes.
"""

from __future__ import annotations

import re
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
"""The most bytes of the body of an error that are read."""
_SHOWN_DETAILS = 3
_MAX_DEPTH = 8  # no message for people lies deeper
_NAMES = (
    *("detail", "message", "Message", "error", "errors", "fault", "faultstring", "msg", "title"),
    *("base_resp", "status_msg"),  # MiniMax's
    "choices",  # any of which may have its own `error`
)
_STATUSES = ("code", "status", "status_code", "http_status_code")
_TEXT_OF_TAG = r"<%s\b[^>]{0,200}>(?:\s{0,99}<[^/>][^>]{0,200}>){0,3}([^<]{1,1000})"
# The names of RFC 9110; older Pythons have older ones.
_NEWER_REASONS = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}


def api_error(
    status: int, headers: Mapping[str, str], body: str, url: str | None = None
) -> MistralError:
    """Return the exception for an answer with an error status; that of a 404 shows the URL."""
    text, document = read_error(body)
    if 300 <= status < 400 and not text:
        text = f"a redirect to {one_line(headers.get('location', 'nowhere'))} was not followed"
    message = f"{status} {_reason(status)}".strip() + (f": {text}" if text else "")
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
    """Return the message in a body, on one line, and the body's JSON document."""
    try:
        document = json_text.loads(body)
    except ValidationError:
        return _plain_text(body), None
    return readable_error(document), document


def reports_error(document: JSONValue) -> bool:
    """Return whether a document reports an error, whatever else it holds."""
    if not isinstance(document, dict):
        return False
    if document.get("choices") is None and readable_error(document):
        return True
    return document.get("object") == "error" or any(_errors(document))


def inner_status(document: JSONValue) -> int | None:
    """Return the HTTP status in an error document, if there is one."""
    if not isinstance(document, dict):
        return None
    for error in [*_errors(document), document]:
        for status in map(error.get, _STATUSES) if isinstance(error, dict) else [error]:
            if isinstance(status, str) and re.fullmatch("[0-9]{3}", status):
                status = int(status)
            if type(status) is int and 400 <= status < 600:
                return status
    return None


def _errors(document: dict[str, JSONValue]) -> list[JSONValue]:
    """Return the `error` of a document, and of each of its choices."""
    errors = [document.get("error")]
    choices = document.get("choices")
    if isinstance(choices, list):
        errors += [choice.get("error") for choice in choices if isinstance(choice, dict)]
    return errors


def readable_error(document: JSONValue) -> str:
    """Return the message of an error document, on one line; empty if it has none."""
    return one_line(_message(document, 0))


def _message(document: JSONValue, depth: int) -> str:
    if isinstance(document, str):
        return one_line(document)
    if depth == _MAX_DEPTH:
        return ""
    if isinstance(document, list):
        parts = [_message(item, depth + 1) for item in document[:_SHOWN_DETAILS]]
        more = len(document) - _SHOWN_DETAILS
        return "; ".join([*filter(None, parts), *([f"and {more} more"] if more > 0 else [])])
    if not isinstance(document, dict):
        return ""
    # If the error is a document of its own, the message beside it may be about anything.
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
    """Return the valid entries of a 422's `detail`, which may be inside `message`."""
    for _ in range(2):
        if not isinstance(document, dict):
            break
        known: list[HTTPValidationErrorDetail] = []
        detail = document.get("detail")
        if isinstance(detail, list):
            for entry in detail:
                try:
                    known.append(HTTPValidationErrorDetail.from_dict(entry))  # type: ignore[arg-type]
                except ValidationError:
                    continue
            return known
        document = document.get("message")
    return []


def _plain_text(body: str) -> str:
    """Return the text of a body that is not JSON; of XML or HTML, a message, title or heading."""
    from html import unescape

    for tag in ("message", "title", "h1"):
        match = re.search(_TEXT_OF_TAG % tag, body[:10_000], re.IGNORECASE)
        if match and (text := one_line(unescape(match[1]))):
            return text
    return "" if body.lstrip().startswith("<") else one_line(body)
