"""Streamed answers, piece by piece, to OpenAI's types and back."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from ..openai.chat_completion_chunk import (
    ChatCompletionChunk,
    Choice,
    ChoiceDelta,
    ChoiceDeltaToolCall,
    ChoiceDeltaToolCallFunction,
)
from ..protocol.messages import DeltaMessage
from ..protocol.response import ChatCompletionResponseStreamChoice, ChatCompletionStreamResponse
from ..protocol.tool_calls import NO_ID, FunctionCall, ToolCall
from . import answer_parts as parts
from .changes import Converted
from .field_rules import Place, converted, converted_whole, dropped, each, kept, one, to, unless

if TYPE_CHECKING:
    from .field_rules import Rules, Values

__all__ = ["chunk_from_openai", "chunk_to_openai"]


def chunk_to_openai(chunk: ChatCompletionStreamResponse) -> Converted[ChatCompletionChunk]:
    """A piece of a streamed answer as OpenAI's type, and what that could not hold.

    As `completion_to_openai`.  The pieces of a stream need nothing of each
    other.  A piece of a tool call without an id, which continues one, has no
    `type` either, as OpenAI streams it; one without an `index` gets its place
    in the piece.

    >>> from mistral_proto import ChatCompletionStreamResponse
    >>> chunk = ChatCompletionStreamResponse.from_dict({
    ...     "id": "1", "model": "m", "choices": [{"index": 0, "delta": {"content": [
    ...         {"type": "thinking", "thinking": [{"type": "text", "text": "2 and "}]}
    ...     ]}}],
    ... })
    >>> chunk_to_openai(chunk).value.choices[0].delta
    ChoiceDelta(reasoning_content='2 and ')
    """
    return converted_whole(chunk, ChatCompletionChunk, _CHUNK_TO_OPENAI)


def chunk_from_openai(chunk: ChatCompletionChunk) -> Converted[ChatCompletionStreamResponse]:
    """A piece of a streamed answer of OpenAI's as Mistral's type, and what that could not hold.

    As `completion_from_openai`.

    >>> from mistral_proto.openai import ChatCompletionChunk
    >>> chunk = ChatCompletionChunk.from_dict({
    ...     "id": "1", "object": "chat.completion.chunk", "created": 1760000000, "model": "m",
    ...     "choices": [{"index": 0, "delta": {"content": "Hel"}}], "obfuscation": "x7Jd",
    ... })
    >>> done = chunk_from_openai(chunk)
    >>> done.value.choices[0].delta.content
    'Hel'
    >>> print(*done.changes)
    obfuscation: dropped: it says nothing: it hides the size of the rest
    """
    rules = _CHUNK_FROM_OPENAI if chunk.usage else _WITHOUT_USAGE
    return converted_whole(chunk, ChatCompletionStreamResponse, rules)


# -- to OpenAI's types


def _type_of_a_first_piece(value: str, place: Place, values: Values) -> None:
    if "id" in values or value != "function":
        values["type"] = value


_CALL_TO_OPENAI: Rules = {
    "id": unless(NO_ID, kept),
    "type": _type_of_a_first_piece,
    "function": one(to(ChoiceDeltaToolCallFunction, parts.CALL_RULES)),
    "index": kept,
}


def _call_to_openai(value: ToolCall, place: Place) -> ChoiceDeltaToolCall:
    if value.index is None:
        index = int(place.path[-1])
        value = dataclasses.replace(value, index=index)
        place.changed(f"numbered {index}", "OpenAI's pieces of a call are told apart by it")
    return converted(value, ChoiceDeltaToolCall, _CALL_TO_OPENAI, place)


_DELTA_TO_OPENAI = parts.delta_to_openai(each(_call_to_openai))

_CHOICE_TO_OPENAI: Rules = {
    "index": kept,
    "delta": one(to(ChoiceDelta, _DELTA_TO_OPENAI)),
    "finish_reason": parts.finish_reason_to_openai,
    "logprobs": one(parts.logprobs_to_openai),
    "prompt_logprobs": dropped(parts.NO_PROMPT_LOGPROBS),
}

_CHUNK_TO_OPENAI: Rules = {
    "id": kept,
    "object": kept,
    "created": kept,
    "model": kept,
    "choices": each(to(Choice, _CHOICE_TO_OPENAI)),
    "usage": parts.usage_to_openai,
}


# -- from OpenAI's types

_CALL_FROM_OPENAI: Rules = {
    "index": kept,
    "id": kept,
    "function": one(to(FunctionCall, parts.CALL_RULES)),
    "type": kept,
}

_DELTA_FROM_OPENAI: Rules = {
    "audio": dropped(parts.NO_AUDIO),
    "content": kept,
    "function_call": parts.function_call_from_openai,
    "refusal": dropped(parts.NO_REFUSAL),
    "role": kept,
    "tool_calls": parts.tool_calls_from_openai(each(to(ToolCall, _CALL_FROM_OPENAI))),
    "reasoning_content": parts.reasoning_content_from_openai,
    "reasoning": parts.reasoning_from_openai,
}


def _delta_from_openai(value: ChoiceDelta, place: Place) -> DeltaMessage:
    delta = converted(value, DeltaMessage, _DELTA_FROM_OPENAI, place)
    if value.function_call is None:
        return delta
    # It has become the last of the calls, whose pieces are told apart by an index.
    calls = [*(delta.tool_calls or ())]
    calls[-1] = dataclasses.replace(calls[-1], index=len(calls) - 1)
    return dataclasses.replace(delta, tool_calls=calls)


_CHOICE_FROM_OPENAI: Rules = {
    "delta": one(_delta_from_openai),
    "index": kept,
    "finish_reason": parts.finish_reason_from_openai,
    "logprobs": one(parts.logprobs_from_openai),
}

_CHUNK_FROM_OPENAI: Rules = {
    "id": kept,
    "choices": each(to(ChatCompletionResponseStreamChoice, _CHOICE_FROM_OPENAI)),
    "created": kept,
    "model": kept,
    "object": kept,
    "moderation": dropped(parts.NO_MODERATION),
    "obfuscation": dropped(parts.NO_PADDING),
    "service_tier": kept,
    "system_fingerprint": dropped(parts.NO_FINGERPRINT),
    "usage": parts.usage_from_openai,
}

_WITHOUT_USAGE: Rules = {**_CHUNK_FROM_OPENAI, "service_tier": dropped(parts.NO_USAGE)}
