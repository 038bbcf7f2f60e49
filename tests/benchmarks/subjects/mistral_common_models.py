"""The models of the `mistral_common` package; newer ones have none of answers."""

from __future__ import annotations

from typing import Any

from mistral_common.protocol.instruct.request import ChatCompletionRequest

from tests.benchmarks.subjects import MODEL, Codec, Subject, names

NAME = names.MISTRAL_COMMON


def _encode(document: Any) -> str:
    text: str = document.model_dump_json(exclude_none=True)
    return text


_REQUEST = Codec(
    NAME,
    ChatCompletionRequest.model_validate_json,
    _encode,
    build=lambda messages: ChatCompletionRequest(model=MODEL, messages=messages),
)

SUBJECT = Subject(
    name=NAME,
    module="mistral_common_models",
    distribution="mistral-common",
    types="import mistral_common.protocol.instruct.request",
    codecs={"request": [_REQUEST], "large request": [_REQUEST]},
)
