"""Where ours differs from mistral_common 1.8.3, each difference with its reason.

This is the only such list.  The tests let pass what an entry covers, and hold
every entry to its example.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.interop.readings import Difference, Disagreement, Kind

_CHOICE = {"index": 0, "message": {"role": "user", "content": "Hi"}}


def _difference(
    kind: Kind, reason: str, example: tuple[str, Any], covers: Callable[[Disagreement], bool]
) -> Difference:
    return Difference("mistral-common 1.8.3", kind, reason, example, covers)


MADE_UP = ("id", "created", "object", "type", "prompt_tokens", "completion_tokens", "total_tokens")


def is_read(it: Disagreement) -> bool:
    return it.step == "reading"


def is_huge(value: object) -> bool:
    return isinstance(value, (int, float)) and abs(value) >= 2**63


DIFFERENCES = (
    _difference(
        "more",
        "what a newer server sends is kept; this version knows fewer fields, and forbids others",
        ("DeltaMessage", {"content": "Hi", "index": 0}),
        lambda it: is_read(it) and it.theirs == "extra_forbidden",
    ),
    _difference(
        "more",
        "an unknown reason or type of a newer server stays a plain string",
        ("ChatCompletionResponseChoice", {**_CHOICE, "finish_reason": "content_filter"}),
        lambda it: it.theirs == "enum" and isinstance(it.value, str),
    ),
    _difference(
        "more",
        "the content of a message may be a list of chunks",
        ("DeltaMessage", {"content": [{"type": "text", "text": "Hi"}]}),
        lambda it: (
            it.field == "content" and it.theirs == "string_type" and isinstance(it.value, list)
        ),
    ),
    _difference(
        "more",
        "what a server leaves out is read as empty, unless reading is strict",
        ("ToolCall", {"id": "a"}),
        lambda it: is_read(it) and it.theirs == "missing",
    ),
    _difference(
        "more",
        "null is as good as left out, unless reading is strict",
        ("FunctionCall", {"name": "f", "arguments": None}),
        lambda it: is_read(it) and it.value is None,
    ),
    _difference(
        "more",
        "an integer may be as long as Python prints one",
        ("UsageInfo", {"total_tokens": 1e308}),
        lambda it: it.theirs in ("int_parsing_size", "float_type") and is_huge(it.value),
    ),
    _difference(
        "more",
        "a stream may come apart in the middle of a character; pydantic can't write it",
        ("DeltaMessage", {"content": "\ud83d"}),
        lambda it: it.theirs == "PydanticSerializationError",
    ),
    _difference(
        "more",
        "what is not of its field's type is kept as it came, unless reading is strict",
        ("UsageInfo", {"total_tokens": "many"}),
        lambda it: it.aside,
    ),
    _difference(
        "values",
        "what pydantic converts is not of its field's type, either",
        ("UsageInfo", {"total_tokens": "1"}),
        lambda it: it.aside,
    ),
    _difference(
        "values",
        "what a server left out is left out again: no id, type, date or counts are made up",
        ("ChatCompletionStreamResponse", {"model": "m", "choices": []}),
        lambda it: it.field in MADE_UP and it.ours == "nothing",
    ),
    _difference(
        "less",
        "types are strict: no '1' and no true for 1",
        ("ChatCompletionTokenLogprobs", {"token": "a", "logprob": "1", "bytes": []}),
        lambda it: it.ours in ("int_type", "float_type") and isinstance(it.value, (bool, str)),
    ),
)
