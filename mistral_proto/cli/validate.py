"""``validate``: check JSON documents, and print their problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import json_text
from ..batch.requests import BatchRequest
from ..batch.results import BatchRequestOutput
from ..protocol.request import ChatCompletionRequest
from ..protocol.response import (
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    CompletionEvent,
    HTTPValidationErrorData,
)
from .documents import guess_type, read_documents

if TYPE_CHECKING:
    import argparse

    from ..wire import WireType

__all__ = ["run"]

_TYPES: dict[str, type[WireType]] = {
    "request": ChatCompletionRequest,
    "response": ChatCompletionResponse,
    "chunk": ChatCompletionStreamResponse,
    "event": CompletionEvent,
    "error": HTTPValidationErrorData,
    "batch-request": BatchRequest,
    "batch-result": BatchRequestOutput,
}


def run(options: argparse.Namespace) -> int:
    """Run the command and return the exit code."""
    if (options.tokenizer_version or options.mode) and not options.check_conversation:
        options.fail("--tokenizer-version and --mode need --check-conversation")
    code = 0
    for location, text in read_documents(options.file):
        try:
            message = f"a valid {_check(text, options)}"
        except ValueError as error:
            message, code = str(error), 1
        print(f"{location}: {message}")
    return code


def _check(text: bytes, options: argparse.Namespace) -> str:
    """Return the name of a document's type. Raise ValueError with its problems."""
    kind = options.type or guess_type(json_text.loads(text))
    if kind is None:
        raise ValueError(f"unknown type of document: name it with --type {'|'.join(_TYPES)}")
    cls = _TYPES[kind]
    document = cls.from_json(text, strict=options.strict or cls is ChatCompletionRequest)
    request = document.body if isinstance(document, BatchRequest) else document
    if options.check_conversation and isinstance(request, ChatCompletionRequest):
        from ..conversation.validator import check_conversation

        rules = {"version": options.tokenizer_version, "mode": options.mode}
        broken = check_conversation(request, **{name: rules[name] for name in rules if rules[name]})
        if broken:
            first = f"{cls.__name__} breaks {len(broken)} of the rules of a conversation:"
            raise ValueError("\n  ".join(map(str, [first, *broken])))
    return cls.__name__
