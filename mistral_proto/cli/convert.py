"""``convert``: JSON documents from OpenAI's format to Mistral's, and back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from .. import json_text
from ..conversions.adapt_request import adapt_request
from ..conversions.answers import (
    chunk_from_openai,
    chunk_to_openai,
    completion_from_openai,
    completion_to_openai,
)
from ..conversions.request_to_openai import request_to_openai
from ..errors import ValidationError
from ..openai.chat_completion import ChatCompletion
from ..openai.chat_completion_chunk import ChatCompletionChunk
from ..protocol.request import ChatCompletionRequest
from ..protocol.response import ChatCompletionResponse, ChatCompletionStreamResponse
from .documents import guess, read_documents

if TYPE_CHECKING:
    from typing import TypeVar

    from ..conversions.rules import Change, Converted
    from ..json_text import JSONValue
    from ..wire import WireType

    T = TypeVar("T", bound=WireType)
    R = TypeVar("R", bound=WireType)
    Document = Mapping[str, JSONValue]
    Outcome = tuple[dict[str, JSONValue], Sequence[Change]]

__all__ = ["convert"]


def convert(file: str, source: str, target: str, type_name: str | None) -> int:
    """Run the command; returns the exit code."""
    code = 0
    for place, text in read_documents(file):
        try:
            document, changes = _converted(text, source, target, type_name)
        except ValueError as error:
            why = error.problems if isinstance(error, ValidationError) else [error]
            _tell(place, [f"refused: {each}" for each in why])
            code = 1
        else:
            _tell(place, changes)
            print(json_text.dumps(document))
    return code


def _tell(place: str, what: Sequence[object]) -> None:
    for each in what:
        print(f"{place}: {each}", file=sys.stderr)


def _converted(text: bytes, source: str, target: str, type_name: str | None) -> Outcome:
    document = json_text.loads(text)
    kind = type_name or guess(document)
    if kind not in _KINDS:
        raise ValueError(f"can't tell what the document is; name it with --type {'|'.join(_KINDS)}")
    # What is no object is refused by the type that it should have been.
    return _CONVERSIONS[source, target, kind](document)  # type: ignore[arg-type]


def _by(cls: type[T], convert: Callable[[T], Converted[R]]) -> Callable[[Document], Outcome]:
    def conversion(document: Document) -> Outcome:
        converted = convert(cls.from_dict(document))
        return converted.value.to_dict(), converted.changes

    return conversion


def _request_from_openai(document: Document) -> Outcome:
    adapted = adapt_request(document)
    return adapted.request.to_dict(), adapted.changes


def _request_to_openai(document: Document) -> Outcome:
    converted = request_to_openai(ChatCompletionRequest.from_dict(document, strict=True))
    return converted.value, converted.changes


_KINDS = ("request", "response", "chunk")

_CONVERSIONS: dict[tuple[str, str, str], Callable[[Document], Outcome]] = {
    ("openai", "mistral", "request"): _request_from_openai,
    ("openai", "mistral", "response"): _by(ChatCompletion, completion_from_openai),
    ("openai", "mistral", "chunk"): _by(ChatCompletionChunk, chunk_from_openai),
    ("mistral", "openai", "request"): _request_to_openai,
    ("mistral", "openai", "response"): _by(ChatCompletionResponse, completion_to_openai),
    ("mistral", "openai", "chunk"): _by(ChatCompletionStreamResponse, chunk_to_openai),
}
"""What converts a document: from, to, and of which kind."""
