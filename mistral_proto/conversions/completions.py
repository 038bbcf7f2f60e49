"""Whole answers, to OpenAI's types and back."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from ..openai.chat_completion import ChatCompletion, Choice
from ..openai.chat_completion_message import ChatCompletionMessage
from ..openai.chat_completion_message_tool_call import (
    ChatCompletionMessageFunctionToolCall,
    Function,
)
from ..protocol.messages import AssistantMessage, DeltaMessage, FinetuningAssistantMessage
from ..protocol.response import ChatCompletionResponse, ChatCompletionResponseChoice
from ..protocol.tool_calls import FunctionCall, ToolCall
from . import answer_parts as parts
from .changes import Converted
from .field_rules import Place, converted, converted_whole, dropped, each, kept, one, to, unless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..openai.chat_completion_message_tool_call import ChatCompletionMessageToolCallUnion
    from .field_rules import Rules, Values

__all__ = ["completion_from_openai", "completion_to_openai"]


def completion_to_openai(response: ChatCompletionResponse) -> Converted[ChatCompletion]:
    """A whole answer of Mistral's as OpenAI's type, and what that could not hold.

    Chunks of thinking become `reasoning_content`, those of text one string; of
    other chunks there is nothing like in OpenAI's answers.  A finish reason that
    OpenAI does not have, such as ``error``, stays as it is, but ``model_length``
    becomes ``length``.  What the server left out stays left out, and fields that
    neither side knows are kept.

    >>> from mistral_proto import ChatCompletionResponse
    >>> response = ChatCompletionResponse.from_dict({
    ...     "id": "1", "object": "chat.completion", "created": 1760000000, "model": "m",
    ...     "choices": [{"index": 0, "finish_reason": "stop", "message": {
    ...         "role": "assistant",
    ...         "content": [
    ...             {"type": "thinking", "thinking": [{"type": "text", "text": "2 and 2 …"}]},
    ...             {"type": "text", "text": "It is 4."},
    ...             {"type": "reference", "reference_ids": [1]},
    ...         ],
    ...     }}],
    ... })
    >>> done = completion_to_openai(response)
    >>> message = done.value.choices[0].message
    >>> message.content, message.reasoning_content
    ('It is 4.', '2 and 2 …')
    >>> print(*done.changes)
    choices[0].message.content[2]: dropped: OpenAI's answers have no part of type 'reference'
    """
    return converted_whole(response, ChatCompletion, _RESPONSE_TO_OPENAI)


def completion_from_openai(completion: ChatCompletion) -> Converted[ChatCompletionResponse]:
    """A whole answer of OpenAI's as Mistral's type, and what that could not hold.

    `reasoning_content` becomes a chunk of thinking before the text; with none,
    the content stays a string.  A `function_call` becomes a tool call.  What the
    server left out stays left out, and fields that neither side knows are kept.

    >>> from mistral_proto.openai import ChatCompletion
    >>> completion = ChatCompletion.from_dict({
    ...     "id": "1", "object": "chat.completion", "created": 1760000000, "model": "m",
    ...     "system_fingerprint": "fp_1",
    ...     "choices": [{"index": 0, "finish_reason": "stop", "message": {
    ...         "role": "assistant", "content": "It is 4.", "reasoning_content": "2 and 2 …"
    ...     }}],
    ... })
    >>> done = completion_from_openai(completion)
    >>> done.value.choices[0].message.thinking
    '2 and 2 …'
    >>> print(*done.changes)
    system_fingerprint: dropped: Mistral names no configuration of its servers
    """
    rules = _COMPLETION_FROM_OPENAI if completion.usage else _WITHOUT_USAGE
    return converted_whole(completion, ChatCompletionResponse, rules)


# -- to OpenAI's types


def _type_of_a_call(value: str, place: Place, values: Values) -> None:
    if value != "function":
        place.changed("replaced by 'function'", "OpenAI has functions in such calls only")
    values["type"] = "function"


_CALL_TO_OPENAI: Rules = {
    "id": kept,
    "type": _type_of_a_call,
    "function": one(to(Function, parts.CALL_RULES)),
    "index": dropped(parts.IN_ITS_PLACE),
}
_calls_to_openai = each(to(ChatCompletionMessageFunctionToolCall, _CALL_TO_OPENAI))

_ASSISTANT_TO_OPENAI: Rules = {
    "role": kept,
    "content": parts.content_to_openai,
    "tool_calls": _calls_to_openai,
    "prefix": unless(False, dropped(parts.NO_PREFIX)),
}

_FINETUNING_TO_OPENAI: Rules = {
    **_ASSISTANT_TO_OPENAI,
    "weight": dropped("OpenAI's answers are not weighed"),
}

_DELTA_TO_OPENAI = parts.delta_to_openai(_calls_to_openai)


def _message_to_openai(
    value: AssistantMessage | DeltaMessage, place: Place
) -> ChatCompletionMessage:
    if isinstance(value, DeltaMessage):
        rules = _DELTA_TO_OPENAI
    elif isinstance(value, FinetuningAssistantMessage):
        rules = _FINETUNING_TO_OPENAI
    else:
        rules = _ASSISTANT_TO_OPENAI
    message = converted(value, ChatCompletionMessage, rules, place)
    if value.role is None:
        place.at("role").changed("written as 'assistant'", "it can't be left out there")
        return dataclasses.replace(message, role="assistant")
    return message


_CHOICE_TO_OPENAI: Rules = {
    "index": kept,
    "message": one(_message_to_openai),
    "messages": dropped("OpenAI's choices have one message each"),
    "finish_reason": parts.finish_reason_to_openai,
    "logprobs": one(parts.logprobs_to_openai),
    "prompt_logprobs": dropped(parts.NO_PROMPT_LOGPROBS),
}

_RESPONSE_TO_OPENAI: Rules = {
    "id": kept,
    "object": kept,
    "created": kept,
    "model": kept,
    "choices": each(to(Choice, _CHOICE_TO_OPENAI)),
    "usage": parts.usage_to_openai,
}


# -- from OpenAI's types


def _calls_from_openai(
    value: Sequence[ChatCompletionMessageToolCallUnion], place: Place, values: Values
) -> None:
    calls: list[ToolCall] = []
    for index, call in enumerate(value):
        at = place.at(index)
        if isinstance(call, ChatCompletionMessageFunctionToolCall):
            calls.append(converted(call, ToolCall, _CALL_FROM_OPENAI, at))
        else:
            at.dropped(f"Mistral has no calls of type {call.type!r}")
    if calls or not value:
        values["tool_calls"] = calls


_CALL_FROM_OPENAI: Rules = {
    "id": kept,
    "function": one(to(FunctionCall, parts.CALL_RULES)),
    "type": kept,
}

_MESSAGE_FROM_OPENAI: Rules = {
    "content": kept,
    "refusal": dropped(parts.NO_REFUSAL),
    "role": kept,
    "annotations": dropped("Mistral has the pages that an answer cites among its content"),
    "audio": dropped(parts.NO_AUDIO),
    "function_call": parts.function_call_from_openai,
    "tool_calls": parts.tool_calls_from_openai(_calls_from_openai),
    "reasoning_content": parts.reasoning_content_from_openai,
    "reasoning": parts.reasoning_from_openai,
}


def _message_from_openai(
    value: ChatCompletionMessage, place: Place
) -> AssistantMessage | DeltaMessage:
    target: type[AssistantMessage | DeltaMessage]
    target = AssistantMessage if value.role == "assistant" else DeltaMessage
    return converted(value, target, _MESSAGE_FROM_OPENAI, place)


_CHOICE_FROM_OPENAI: Rules = {
    "finish_reason": parts.finish_reason_from_openai,
    "index": kept,
    "logprobs": one(parts.logprobs_from_openai),
    "message": one(_message_from_openai),
}

_COMPLETION_FROM_OPENAI: Rules = {
    "id": kept,
    "choices": each(to(ChatCompletionResponseChoice, _CHOICE_FROM_OPENAI)),
    "created": kept,
    "model": kept,
    "object": kept,
    "metadata": dropped("Mistral's answers do not repeat it"),
    "moderation": dropped(parts.NO_MODERATION),
    "service_tier": kept,
    "system_fingerprint": dropped(parts.NO_FINGERPRINT),
    "usage": parts.usage_from_openai,
}

_WITHOUT_USAGE: Rules = {**_COMPLETION_FROM_OPENAI, "service_tier": dropped(parts.NO_USAGE)}
