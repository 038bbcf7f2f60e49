"""The documents that are measured, as the bytes that go over the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping

MODEL = "mistral-small-latest"
TEXT = "Claude Monet is often considered the best French painter. "


def _to_bytes(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _answer(kind: str, choice: Mapping[str, object], **more: object) -> bytes:
    answer = {"id": "cmpl-e5cc70bb28c4", "object": kind, "created": 1_702_256_327, "model": MODEL}
    return _to_bytes({**answer, "choices": [{"index": 0, **choice}], **more})


def response() -> bytes:
    """Return a whole answer."""
    message = {"role": "assistant", "tool_calls": None, "content": TEXT}
    usage = {"prompt_tokens": 14, "completion_tokens": 11, "total_tokens": 25}
    return _answer("chat.completion", {"message": message, "finish_reason": "stop"}, usage=usage)


def chunk(last: bool = False) -> bytes:
    """Return a piece of a streamed answer."""
    choice = {"delta": {"content": "Monet"}, "finish_reason": "stop" if last else None}
    return _answer("chat.completion.chunk", choice)


def request() -> bytes:
    """Return a conversation of 50 messages with tool calls."""
    text = "“Où est le café?” asked Zoë.\nThe answer:\t" + TEXT * 3
    messages: list[dict[str, object]] = [{"role": "system", "content": "Answer in one sentence."}]
    for number in range(12):
        id = f"call{number:05d}"
        call = {"name": "get_weather", "arguments": '{"city": "Paris", "unit": "C"}'}
        messages += [
            {"role": "user", "content": text},
            {"role": "assistant", "content": "", "tool_calls": [{"id": id, "function": call}]},
            {"role": "tool", "content": text, "tool_call_id": id, "name": "get_weather"},
            {"role": "assistant", "content": text},
        ]
    messages.append({"role": "user", "content": text})
    return _to_bytes({"model": MODEL, "messages": messages, "temperature": 0.3, "max_tokens": 256})
