"""Documents for the tests of the conversions of answers: variants, some parts, and what came of them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from typing import Any

from mistral_proto import ValidationError
from mistral_proto.errors import Path, format_path
from mistral_proto.openai import Change, Converted
from mistral_proto.wire import WireType

UNKNOWN = {"x": {"y": [1, None]}}

# -- what both sides can hold, in Mistral's types

TEXT = {"type": "text", "text": "It is 4."}
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "2 and 2 …"}]}
TOP = {"token": "a", "logprob": -0.5, "bytes": [97], **UNKNOWN}
LOGPROBS = {"content": [{**TOP, "top_logprobs": [TOP, TOP]}, TOP], **UNKNOWN}
USAGE = {
    "prompt_tokens": 5,
    "completion_tokens": 2,
    "total_tokens": 7,
    "prompt_tokens_details": {"cached_tokens": 3, **UNKNOWN},
    "service_tier": "default",
    **UNKNOWN,
}
FUNCTION = {"name": "f", "arguments": '{"a": 1}', **UNKNOWN}
CALL = {"id": "c1", "type": "function", "function": FUNCTION, **UNKNOWN}
HEAD = {"id": "r1", "created": 1_700_000_000, "model": "m", "usage": USAGE, **UNKNOWN}

MISTRAL_MESSAGES: list[dict[str, Any]] = [
    {"role": "assistant", "content": "Hi", **UNKNOWN},
    {"role": "assistant", "content": "", "tool_calls": [CALL, {**CALL, "id": ""}]},
    {"role": "assistant", "content": [THOUGHT, TEXT], "tool_calls": []},
    {"role": "assistant", "content": [THOUGHT]},
    {"role": "user", "content": "Hi", **UNKNOWN},
]
REASONS = ["stop", "length", "tool_calls", "error", "content_filter", "brand-new"]
MISTRAL: dict[str, Any] = {
    **HEAD,
    "object": "chat.completion",
    "choices": [
        {
            "index": index,
            "message": message,
            "finish_reason": reason,
            "logprobs": LOGPROBS,
            **UNKNOWN,
        }
        for index, (message, reason) in enumerate(
            zip([*MISTRAL_MESSAGES, *MISTRAL_MESSAGES], REASONS)
        )
    ],
}
MISTRAL_PIECE: dict[str, Any] = {
    **HEAD,
    "object": "chat.completion.chunk",
    "choices": [
        {"index": index, "delta": delta, "finish_reason": reason, "logprobs": LOGPROBS, **UNKNOWN}
        for index, (delta, reason) in enumerate(
            [
                ({"role": "assistant", "content": ""}, None),
                ({"content": [THOUGHT], **UNKNOWN}, None),
                ({"content": [THOUGHT, TEXT]}, "brand-new"),
                ({"tool_calls": [{**CALL, "index": 0}, {**CALL, "index": 1}]}, "tool_calls"),
                ({"tool_calls": [{"index": 0, "function": {"arguments": '{"a'}}]}, "error"),
                ({"role": "", "tool_calls": []}, "stop"),
            ]
        )
    ],
}

# -- what both sides can hold, in OpenAI's types

OPENAI_USAGE = {
    "completion_tokens": 2,
    "prompt_tokens": 5,
    "total_tokens": 7,
    "prompt_tokens_details": {"cached_tokens": 3, **UNKNOWN},
    **UNKNOWN,
}
OPENAI_HEAD = {**HEAD, "usage": OPENAI_USAGE, "service_tier": "flex"}
OPENAI_MESSAGES: list[dict[str, Any]] = [
    {"role": "assistant", "content": "Hi", **UNKNOWN},
    {"role": "assistant", "content": "", "tool_calls": [CALL, {**CALL, "id": ""}]},
    {"role": "assistant", "content": "4", "reasoning_content": "2 and 2 …", "tool_calls": []},
    {"role": "assistant", "reasoning_content": "2 and 2 …"},
    {"role": "user", "content": "Hi", **UNKNOWN},
]
OPENAI: dict[str, Any] = {
    **OPENAI_HEAD,
    "object": "chat.completion",
    "choices": [
        {
            "finish_reason": reason,
            "index": index,
            "logprobs": LOGPROBS,
            "message": message,
            **UNKNOWN,
        }
        for index, (message, reason) in enumerate(
            zip([*OPENAI_MESSAGES, *OPENAI_MESSAGES], REASONS)
        )
    ],
}
OPENAI_PIECE: dict[str, Any] = {
    **OPENAI_HEAD,
    "object": "chat.completion.chunk",
    "choices": [
        {"delta": delta, "index": index, "finish_reason": reason, "logprobs": LOGPROBS, **UNKNOWN}
        for index, (delta, reason) in enumerate(
            [
                ({"role": "assistant", "content": ""}, None),
                ({"reasoning_content": "2 and ", **UNKNOWN}, None),
                ({"content": "4", "reasoning_content": "2 …"}, "content_filter"),
                ({"tool_calls": [{**CALL, "index": 0, "type": "function"}]}, "tool_calls"),
                ({"tool_calls": [{"index": 0, "function": {"arguments": '{"a'}}]}, "error"),
                ({"tool_calls": [{"index": 1}, {**CALL, "index": 2, "type": "custom"}]}, None),
                ({"role": "developer", "tool_calls": []}, "stop"),
            ]
        )
    ],
}

# What says which piece of what a thing is, or must be there on one of the sides.
_TELLING = {"id", "type", "role", "usage", "index", "delta"}
# By this one tells a chunk, whose parts belong together.
_OF_A_CHUNK = {"text", "thinking"}


def thinned(cls: type[WireType], document: dict[str, Any], seed: int) -> dict[str, Any]:
    """A document of the type with some of its fields and items left out, where they may be."""
    rng = random.Random(seed)
    # From the last place on, so that items that go do not move those that come.
    for place in reversed([*_places(document)]):
        if rng.random() < 0.15:
            # Not a deep copy: that would keep parts shared that are.
            less = json.loads(json.dumps(document))
            around: Any = less
            for step in place[:-1]:
                around = around[step]
            del around[place[-1]]
            if _is_valid(cls, less):
                document = less
    return document


def _places(value: Any, path: Path = ()) -> Iterator[Any]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for step, item in items:
        if isinstance(item, dict) and not _OF_A_CHUNK.isdisjoint(item):
            continue
        if step not in _TELLING:
            yield (*path, step)
        if isinstance(item, (dict, list)):
            yield from _places(item, (*path, step))


def _is_valid(cls: type[WireType], document: dict[str, Any]) -> bool:
    try:
        cls.from_dict(document)
    except ValidationError:
        return False
    return True


def leaves(value: Any, path: Path = ()) -> dict[Path, Any]:
    """What a document says, each with its place; an object says nothing, its fields do."""
    found: dict[Path, Any] = {}
    if isinstance(value, dict):
        for key, item in value.items():
            found.update(leaves(item, (*path, key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found.update(leaves(item, (*path, index)))
    else:
        found[path] = value
    return found


def not_listed(document: Any, again: Any, changes: Iterable[Change]) -> list[Path]:
    """The places at which something was lost, and no change says so."""
    places = [change.path for change in changes]
    there = leaves(again)
    return [
        path
        for path, value in leaves(document).items()
        if (path not in there or there[path] != value)
        and not any(path[: len(place)] == place for place in places)
    ]


def told(done: Converted[Any]) -> list[str]:
    """Where something was changed, and what became of it; the reasons are prose."""
    return [f"{format_path(change.path)}: {change.action}" for change in done.changes]
