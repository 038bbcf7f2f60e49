"""The parts that whole answers and streamed ones have in common, to OpenAI's types and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..openai.chat_completion_token_logprob import (
    ChatCompletionTokenLogprob,
    ChoiceLogprobs,
    TopLogprob as OpenAITopLogprob,
)
from ..openai.completion_usage import (
    CompletionUsage,
    PromptTokensDetails as OpenAIPromptTokensDetails,
)
from ..protocol.chunk import TextChunk, ThinkChunk
from ..protocol.response import (
    ChatCompletionResponseChoiceLogprobs,
    ChatCompletionTokenLogprobs,
    PromptTokensDetails,
    TopLogprob,
    UsageInfo,
)
from ..protocol.tool_calls import FunctionCall, ToolCall
from .field_rules import Place, converted, dropped, each, kept, moved, one, to

if TYPE_CHECKING:
    from typing import Any

    from ..openai.chat_completion_chunk import ChoiceDeltaFunctionCall
    from ..openai.chat_completion_message import FunctionCall as OpenAIFunctionCall
    from ..protocol.chunk import ContentChunk
    from .field_rules import Rule, Rules, Values

CALL_RULES: Rules = {"name": kept, "arguments": kept}

# -- why a field has no place on the other side

IN_ITS_PLACE = "its place in the list tells it"
NO_AUDIO = "Mistral's answers have no audio"
NO_FINGERPRINT = "Mistral names no configuration of its servers"
NO_MODERATION = "Mistral's answers have no moderation"
NO_PADDING = "it says nothing: it hides the size of the rest"
NO_PREFIX = "OpenAI's models begin every answer themselves"
NO_PROMPT_LOGPROBS = "OpenAI has log probabilities of the answer only"
NO_REFUSAL = "Mistral does not tell a refusal from an answer"
NO_USAGE = "Mistral has it among the usage, and there is none"


# -- finish reasons


def finish_reason_to_openai(value: str, place: Place, values: Values) -> None:
    """A reason that the other side does not have stays as it is: a type keeps any."""
    if value == "model_length":
        place.changed("replaced by 'length'", "OpenAI has one name for every limit of length")
        value = "length"
    values["finish_reason"] = value


def finish_reason_from_openai(value: str, place: Place, values: Values) -> None:
    """As `finish_reason_to_openai`."""
    if value == "function_call":
        place.changed("replaced by 'tool_calls'", "Mistral has tool calls only")
        value = "tool_calls"
    values["finish_reason"] = value


# -- usage


def _older_cached_tokens(value: int, place: Place, values: Values) -> None:
    details = values.get("prompt_tokens_details", OpenAIPromptTokensDetails())
    if details.cached_tokens is None:
        place.changed("renamed to prompt_tokens_details.cached_tokens", "OpenAI has that one only")
        values["prompt_tokens_details"] = dataclasses.replace(details, cached_tokens=value)
    else:
        place.dropped("prompt_tokens_details.cached_tokens counts them too")


_DETAILS_TO_OPENAI: Rules = {"cached_tokens": kept}

_USAGE_TO_OPENAI: Rules = {
    "prompt_tokens": kept,
    "completion_tokens": kept,
    "total_tokens": kept,
    "prompt_audio_seconds": dropped("OpenAI counts audio in tokens"),
    "prompt_tokens_details": one(to(OpenAIPromptTokensDetails, _DETAILS_TO_OPENAI)),
    "num_cached_tokens": _older_cached_tokens,
    "service_tier": moved,
}

_NOT_COUNTED = dropped("Mistral does not count these apart")

_DETAILS_FROM_OPENAI: Rules = {
    "audio_tokens": _NOT_COUNTED,
    "cache_write_tokens": _NOT_COUNTED,
    "cached_tokens": kept,
    "image_tokens": _NOT_COUNTED,
    "text_tokens": _NOT_COUNTED,
}

_USAGE_FROM_OPENAI: Rules = {
    "completion_tokens": kept,
    "prompt_tokens": kept,
    "total_tokens": kept,
    "completion_tokens_details": _NOT_COUNTED,
    "prompt_tokens_details": one(to(PromptTokensDetails, _DETAILS_FROM_OPENAI)),
}


def usage_to_openai(value: UsageInfo, place: Place, values: Values) -> None:
    """Mistral tells the service tier among the usage, OpenAI beside it."""
    values["usage"] = converted(value, CompletionUsage, _USAGE_TO_OPENAI, place)
    if value.service_tier is not None:
        values["service_tier"] = value.service_tier


def usage_from_openai(value: CompletionUsage, place: Place, values: Values) -> None:
    """As `usage_to_openai`; a service tier without any usage has another rule."""
    usage = converted(value, UsageInfo, _USAGE_FROM_OPENAI, place)
    if "service_tier" in values:
        if usage.service_tier is not None:
            place.at("service_tier").dropped("the service tier beside the usage counts")
        usage = dataclasses.replace(usage, service_tier=values.pop("service_tier"))
    values["usage"] = usage


# -- log probabilities

_TOP_TO_OPENAI: Rules = {
    "token": kept,
    "logprob": kept,
    "bytes": kept,
    "token_id": dropped("OpenAI does not number its tokens"),
}
_TOP_FROM_OPENAI: Rules = {"token": kept, "bytes": kept, "logprob": kept}


def _token_to_openai(
    value: ChatCompletionTokenLogprobs, place: Place
) -> ChatCompletionTokenLogprob:
    top = each(to(OpenAITopLogprob, _TOP_TO_OPENAI))
    rules = {**_TOP_TO_OPENAI, "top_logprobs": top}
    return converted(value, ChatCompletionTokenLogprob, rules, place)


def _token_from_openai(
    value: ChatCompletionTokenLogprob, place: Place
) -> ChatCompletionTokenLogprobs:
    top = each(to(TopLogprob, _TOP_FROM_OPENAI))
    rules = {**_TOP_FROM_OPENAI, "top_logprobs": top}
    return converted(value, ChatCompletionTokenLogprobs, rules, place)


_LOGPROBS_TO_OPENAI: Rules = {"content": each(_token_to_openai)}
_LOGPROBS_FROM_OPENAI: Rules = {"content": each(_token_from_openai), "refusal": dropped(NO_REFUSAL)}


def logprobs_to_openai(value: ChatCompletionResponseChoiceLogprobs, place: Place) -> ChoiceLogprobs:
    return converted(value, ChoiceLogprobs, _LOGPROBS_TO_OPENAI, place)


def logprobs_from_openai(
    value: ChoiceLogprobs, place: Place
) -> ChatCompletionResponseChoiceLogprobs:
    return converted(value, ChatCompletionResponseChoiceLogprobs, _LOGPROBS_FROM_OPENAI, place)


# -- calls


def function_call_from_openai(
    value: OpenAIFunctionCall | ChoiceDeltaFunctionCall, place: Place, values: Values
) -> None:
    place.changed("moved to tool_calls", "Mistral has tool calls only")
    values["tool_calls"] = [ToolCall(function=converted(value, FunctionCall, CALL_RULES, place))]


def tool_calls_from_openai(convert: Rule) -> Rule:
    """What `convert` makes of the calls, before what is there of a `function_call`."""

    def apply(value: Any, place: Place, values: Values) -> None:
        moved_here = values.pop("tool_calls", [])
        convert(value, place, values)
        if moved_here:
            values["tool_calls"] = [*values.get("tool_calls", []), *moved_here]

    return apply


# -- content


def content_to_openai(value: Sequence[ContentChunk] | str, place: Place, values: Values) -> None:
    """Text to `content`, thinking to `reasoning_content`; there both are strings."""
    if isinstance(value, str):
        values["content"] = value
        return
    changes_before = len(place.changes)
    said: list[type] = []
    texts: list[str] = []
    thoughts: list[str] = []
    for index, chunk in enumerate(value):
        at = place.at(index)
        if isinstance(chunk, TextChunk):
            said.append(TextChunk)
            texts.append(chunk.text)
            _only_text(chunk, at)
        elif isinstance(chunk, ThinkChunk):
            said.append(ThinkChunk)
            thoughts.append(chunk.text)
            _only_thoughts(chunk, at)
        else:
            at.dropped(f"OpenAI's answers have no part of type {chunk.type!r}")
    text = "".join(texts) if texts else None
    thinking = "".join(thoughts)
    if text is not None:
        values["content"] = text
    if thinking:
        values["reasoning_content"] = thinking
    kinds: list[type] = [ThinkChunk] * bool(thinking) + [TextChunk] * bool(texts)
    nothing_else = len(place.changes) == changes_before
    if said != kinds or (nothing_else and _chunks(text, thinking) != value):
        place.changed("joined", "OpenAI has one string of text and one of reasoning_content")


def _only_text(chunk: TextChunk, place: Place) -> None:
    place.dropped_each(chunk.extra, "OpenAI has a string in place of the chunk")


def _only_thoughts(chunk: ThinkChunk, place: Place) -> None:
    why = "OpenAI's reasoning_content is a string"
    for index, part in enumerate(() if isinstance(chunk.thinking, str) else chunk.thinking):
        at = place.at("thinking").at(index)
        if isinstance(part, TextChunk):
            _only_text(part, at)
        else:
            at.dropped(why)
    if chunk.signature is not None:
        place.at("signature").dropped(why)
    if not chunk.closed:
        place.at("closed").dropped(why)
    place.dropped_each(chunk.extra, why)


def _chunks(text: str | None, thinking: str) -> list[ContentChunk] | str | None:
    """The content that says this: a string, where a string will do."""
    if not thinking:
        return text
    thought = ThinkChunk(thinking=[TextChunk(text=thinking)])
    return [thought] if text is None else [thought, TextChunk(text=text)]


def delta_to_openai(tool_calls: Rule) -> Rules:
    """The rules of a `DeltaMessage`, of which whole answers and streams differ in the calls."""
    return {
        "role": kept,
        "content": content_to_openai,
        "tool_calls": tool_calls,
        "tool_call_id": dropped("OpenAI's answers answer no call"),
        "index": dropped("OpenAI's messages are not numbered"),
        "metadata": dropped("OpenAI's messages have no metadata"),
    }


def reasoning_content_from_openai(value: str, place: Place, values: Values) -> None:
    """To a chunk of thinking before the text, which has been converted before."""
    if value:
        values["content"] = _chunks(values.get("content"), value)
    else:
        place.dropped("it is empty")


def reasoning_from_openai(value: str, place: Place, values: Values) -> None:
    """The other name of `reasoning_content`, which has been converted before."""
    if isinstance(values.get("content"), list):
        place.dropped("reasoning_content stands in its place")
        return
    if value:
        place.changed("read as reasoning_content", "Mistral has one kind of thinking")
    reasoning_content_from_openai(value, place, values)
