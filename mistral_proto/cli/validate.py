"""``validate``: whether JSON documents follow the protocol, and what is wrong if not."""

from __future__ import annotations

from collections.abc import Mapping

from .. import json_text
from ..batch.requests import BatchRequest
from ..batch.results import BatchRequestOutput
from ..errors import ValidationError
from ..protocol.request import ChatCompletionRequest
from ..protocol.response import (
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    CompletionEvent,
    HTTPValidationErrorData,
)
from ..wire import WireType
from .documents import guess, read_documents

__all__ = ["validate"]

_TYPES: dict[str, type[WireType]] = {
    "request": ChatCompletionRequest,
    "response": ChatCompletionResponse,
    "chunk": ChatCompletionStreamResponse,
    "event": CompletionEvent,
    "error": HTTPValidationErrorData,
    "batch-request": BatchRequest,
    "batch-result": BatchRequestOutput,
}


def validate(
    file: str, type_name: str | None, *, strict: bool, rules: Mapping[str, str] | None = None
) -> int:
    """Run the command; returns the exit code.

    `rules` are those that a request's conversation is held to: the `version` of
    the tokenizers and the `mode`, where they are not those of `check_conversation`.
    """
    documents = read_documents(file)
    verdicts = [_verdict(text, type_name, strict=strict, rules=rules) for _, text in documents]
    for (place, _), (_, words) in zip(documents, verdicts):
        print(f"{place}: {words}")
    return 0 if all(valid for valid, _ in verdicts) else 1


def _verdict(
    text: bytes, type_name: str | None, *, strict: bool, rules: Mapping[str, str] | None
) -> tuple[bool, str]:
    """Whether a document is valid, and what is to be said of it."""
    try:
        kind = type_name or guess(json_text.loads(text))
        if kind is None:
            kinds = "|".join(_TYPES)
            return False, f"can't tell what the document is; name it with --type {kinds}"
        cls = _TYPES[kind]
        # What the user sends is checked as the API checks it.
        document = cls.from_json(text, strict=strict or cls is ChatCompletionRequest)
    except ValidationError as error:
        return False, str(error)
    request = document.body if isinstance(document, BatchRequest) else document
    if rules is not None and isinstance(request, ChatCompletionRequest):
        from ..conversation.validator import check_conversation

        broken = check_conversation(request, **rules)
        if broken:
            count = f"{len(broken)} place{'' if len(broken) == 1 else 's'}"
            lines = [f"{cls.__name__} breaks the rules of a conversation in {count}:", *broken]
            return False, "\n  ".join(map(str, lines))
    return True, f"a valid {cls.__name__}"
