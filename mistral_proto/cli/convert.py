"""``convert``: JSON documents from OpenAI's format to Mistral's, and back."""

from __future__ import annotations

import sys
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
from .documents import guess_type, read_documents

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

    from ..conversions.rules import Change

__all__ = ["run"]

_TYPES = ("request", "response", "chunk")
_ANSWERS: dict[tuple[str, str], Any] = {
    ("openai", "response"): (ChatCompletion, completion_from_openai),
    ("openai", "chunk"): (ChatCompletionChunk, chunk_from_openai),
    ("mistral", "response"): (ChatCompletionResponse, completion_to_openai),
    ("mistral", "chunk"): (ChatCompletionStreamResponse, chunk_to_openai),
}
"""The type and the conversion of an answer in a format."""


def run(options: argparse.Namespace) -> int:
    """Run the command and return the exit code."""
    if options.source == options.target:
        options.fail("--from and --to name the same format")
    code = 0
    for location, text in read_documents(options.file):
        try:
            document, changes = _convert(text, options)
            messages = [str(change) for change in changes]
        except ValueError as error:
            problems = error.problems if isinstance(error, ValidationError) else [error]
            messages = [f"refused: {problem}" for problem in problems]
            document, code = None, 1
        for message in messages:
            print(f"{location}: {message}", file=sys.stderr)
        if document is not None:
            print(json_text.dumps(document))
    return code


def _convert(text: bytes, options: argparse.Namespace) -> tuple[Any, Sequence[Change]]:
    document: Any = json_text.loads(text)
    kind = options.type or guess_type(document)
    if kind not in _TYPES:
        raise ValueError(f"unknown type of document: name it with --type {'|'.join(_TYPES)}")
    if kind == "request" and options.source == "openai":
        adapted = adapt_request(document)
        return adapted.request.to_dict(), adapted.changes
    if kind == "request":
        to_openai = request_to_openai(ChatCompletionRequest.from_dict(document, strict=True))
        return to_openai.value, to_openai.changes
    cls, convert = _ANSWERS[options.source, kind]
    converted = convert(cls.from_dict(document))
    return converted.value.to_dict(), converted.changes
