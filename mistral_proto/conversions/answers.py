"""Answers, whole and streamed, to OpenAI's types and back: the tables, and their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import openai
from ..openai import chat_completion_chunk as openai_chunk
from ..protocol import response as mistral
from ..protocol.messages import DeltaMessage
from ..protocol.tool_calls import NO_ID, FunctionCall, ToolCall
from .rules import Converted, Place, dropped, each, kept, one, replaced, to, unless, unless_given

if TYPE_CHECKING:
    from typing import Any, TypeVar

    from ..wire import OpenWireType
    from .rules import Convert, Document, Rule, Rules

    T = TypeVar("T", bound=OpenWireType)

__all__ = ["chunk_from_openai", "chunk_to_openai", "completion_from_openai", "completion_to_openai"]


def completion_to_openai(
    response: mistral.ChatCompletionResponse,
) -> Converted[openai.ChatCompletion]:
    """Return a whole answer of Mistral's as OpenAI's type, and what that could not hold.

    Chunks of thinking become `reasoning_content`, those of text one string; of
    other chunks there is nothing like in OpenAI's answers.  A finish reason that
    OpenAI does not have, such as ``error``, stays as it is, but ``model_length``
    becomes ``length``.  What the server left out stays left out, and fields that
    neither side knows are kept.

    >>> from mistral_proto import ChatCompletionResponse
    >>> response = ChatCompletionResponse.from_dict({"choices": [{"message": {"content": [
    ...     {"type": "thinking", "thinking": [{"type": "text", "text": "2 and 2 …"}]},
    ...     {"type": "reference", "reference_ids": [1]},
    ... ]}}]})
    >>> done = completion_to_openai(response)
    >>> done.value.choices[0].message.reasoning_content
    '2 and 2 …'
    >>> print(*done.changes)
    choices[0].message.content[1]: dropped: OpenAI's answers have no part of type 'reference'
    """
    mistral.ChatCompletionResponse._check_instance(response)
    choice = to(openai.Choice, _CHOICE_TO_OPENAI)
    return _converted(response, openai.ChatCompletion, _TO_OPENAI, choice)


def completion_from_openai(
    completion: openai.ChatCompletion,
) -> Converted[mistral.ChatCompletionResponse]:
    """Return a whole answer of OpenAI's as Mistral's type, and what that could not hold.

    `reasoning_content` becomes a chunk of thinking before the text; with none,
    the content stays a string.  A `function_call` becomes a tool call.  What the
    server left out stays left out, and fields that neither side knows are kept.

    >>> from mistral_proto.openai import ChatCompletion
    >>> done = completion_from_openai(ChatCompletion.from_dict({"system_fingerprint": "fp_1"}))
    >>> print(*done.changes)
    system_fingerprint: dropped: Mistral's answers have no such field
    """
    openai.ChatCompletion._check_instance(completion)
    choice = to(mistral.ChatCompletionResponseChoice, _CHOICE_FROM_OPENAI)
    return _converted(completion, mistral.ChatCompletionResponse, _FROM_OPENAI, choice)


def chunk_to_openai(
    chunk: mistral.ChatCompletionStreamResponse | mistral.CompletionEvent,
) -> Converted[openai.ChatCompletionChunk]:
    """Return a piece of a streamed answer, or that of its event, as OpenAI's type.

    With it comes what that could not hold, as in `completion_to_openai`.  The pieces
    of a stream need nothing of each other.  A piece of a tool call without an id,
    which continues one, has no `type` either, as OpenAI streams it; one without an
    `index` gets its place in the piece.

    >>> from mistral_proto import ChatCompletionStreamResponse
    >>> chunk = ChatCompletionStreamResponse.from_dict({"choices": [{"delta": {"content": "Hel"}}]})
    >>> chunk_to_openai(chunk).value.choices[0].delta
    ChoiceDelta(content='Hel')
    """
    chunk = chunk.data if isinstance(chunk, mistral.CompletionEvent) else chunk
    mistral.ChatCompletionStreamResponse._check_instance(chunk)
    choice = to(openai_chunk.Choice, _CHOICE_TO_OPENAI)
    return _converted(chunk, openai.ChatCompletionChunk, _TO_OPENAI, choice)


def chunk_from_openai(
    chunk: openai.ChatCompletionChunk,
) -> Converted[mistral.ChatCompletionStreamResponse]:
    """Return a piece of a streamed answer of OpenAI's as Mistral's type, as above.

    >>> from mistral_proto.openai import ChatCompletionChunk
    >>> chunk = ChatCompletionChunk.from_dict({"choices": [{"delta": {"content": "Hel"}}]})
    >>> chunk_from_openai(chunk).value.text
    'Hel'
    """
    openai.ChatCompletionChunk._check_instance(chunk)
    choice = to(mistral.ChatCompletionResponseStreamChoice, _CHOICE_FROM_OPENAI)
    return _converted(chunk, mistral.ChatCompletionStreamResponse, _FROM_OPENAI, choice)


def _converted(
    source: OpenWireType, target: type[T], rules: Rules, choice: Convert
) -> Converted[T]:
    place = Place()
    document = to(target, {**rules, "choices": each(choice)})(source.to_dict(), place)
    return Converted(target.from_dict(document), tuple(place.changes))


_NOT_IN_OPENAI = dropped("OpenAI's answers have no such field")
_NO_FUNCTION_CALL = "Mistral doesn't support the deprecated `function_call`"
_NOT_IN_MISTRALS = dropped("Mistral's answers have no such field")

# -- content

NO_PREFIX = "OpenAI doesn't support a prefix of the answer"
ONE_STRING = "OpenAI has one string of text, and one of thinking"
_SAYS_NOTHING = (("closed", True), ("closed", None), ("signature", None))


def string_of(part: Document, kind: str, place: Place) -> str:
    """Return the text of a part that is text or thinking; what a string can't hold is noted."""
    for name, value in part.items():
        if name not in ("type", kind) and (name, value) not in _SAYS_NOTHING:
            place.at(name).dropped(ONE_STRING)
    pieces = part.get(kind) or ""
    if isinstance(pieces, str):
        return pieces
    texts = []
    for index, piece in enumerate(pieces):
        at = place.at(kind).at(index)
        if _kind_of(piece) == "text":
            texts.append(string_of(piece, "text", at))
        else:
            at.dropped(ONE_STRING)
    return "".join(texts)


def _kind_of(part: Document) -> str:
    """Return the type of a part, also of one whose server left it out."""
    kind = part.get("type")
    if isinstance(kind, str) and kind:
        return kind
    return "thinking" if "thinking" in part else "text"


def _content_to_openai(value: Any, place: Place, written: Document) -> None:
    """Write text to `content`, and thinking to `reasoning_content`; there both are strings."""
    if isinstance(value, str):
        written["content"] = value
        return
    changes_before = len(place.changes)
    said = []
    strings: dict[str, list[str]] = {"thinking": [], "text": []}
    for index, part in enumerate(value):
        kind, at = _kind_of(part), place.at(index)
        if kind in strings:
            said.append(kind)
            strings[kind].append(string_of(part, kind, at))
        else:
            at.dropped(f"OpenAI's answers have no part of type {kind!r}")
    thinking = "".join(strings["thinking"])
    if thinking:
        written["reasoning_content"] = thinking
    if strings["text"]:
        written["content"] = "".join(strings["text"])
    # Two strings come back as one text, or as thinking in one piece before one text.
    comes_back = ["thinking"] * bool(thinking) + ["text"] * bool(strings["text"])
    pieces = value[0].get("thinking") if thinking else None
    is_same = isinstance(pieces, list) and len(pieces) == 1
    if said != comes_back or not (is_same or len(place.changes) > changes_before):
        place.changed("joined", ONE_STRING)


def _thinking_from_openai(value: Any, place: Place, written: Document) -> None:
    """Write a chunk of thinking before the text."""
    if not isinstance(value, str):
        kept(value, place, written)
    elif not value:
        place.dropped("it is empty")
    else:
        chunks = [{"type": "thinking", "thinking": [{"type": "text", "text": value}]}]
        if (text := place.around.get("content")) is not None:
            chunks.append({"type": "text", "text": text})
        written["content"] = chunks


def _reasoning_from_openai(value: Any, place: Place, written: Document) -> None:
    if value and isinstance(value, str):
        place.changed("read as reasoning_content", "Mistral has one kind of thinking")
    _thinking_from_openai(value, place, written)


# -- usage

_TIER = "service_tier"
_DETAILS = "prompt_tokens_details"


def _older_cached_tokens(value: Any, place: Place, written: Document) -> None:
    details = place.around.get(_DETAILS)
    if details is None or (isinstance(details, dict) and details.get("cached_tokens") is None):
        place.changed(f"renamed to {_DETAILS}.cached_tokens", "OpenAI has only that one")
        written[_DETAILS] = {**(details or {}), "cached_tokens": value}
    else:
        place.dropped(f"{_DETAILS}.cached_tokens counts them too")


_usage_to_openai = to(
    openai.CompletionUsage,
    {
        "prompt_audio_seconds": dropped("OpenAI counts audio in tokens"),
        _DETAILS: kept,
        "num_cached_tokens": _older_cached_tokens,
    },
)

_NOT_COUNTED = dropped("Mistral doesn't count these tokens separately")
_DETAILS_FROM_OPENAI = ("audio_tokens", "cache_write_tokens", "image_tokens", "text_tokens")
_usage_from_openai = to(
    mistral.UsageInfo,
    {
        "completion_tokens_details": _NOT_COUNTED,
        _DETAILS: one(
            to(mistral.PromptTokensDetails, dict.fromkeys(_DETAILS_FROM_OPENAI, _NOT_COUNTED))
        ),
    },
)


def _tier_out_of_usage(value: Any, place: Place, written: Document) -> None:
    """Write the usage, and the service tier beside it."""
    usage = written["usage"] = _usage_to_openai(value, place)
    if isinstance(usage, dict) and (tier := usage.pop(_TIER, None)) is not None:
        written[_TIER] = tier


def _tier_into_usage(value: Any, place: Place, written: Document) -> None:
    """Write the usage with the service tier that is beside it."""
    usage = written["usage"] = _usage_from_openai(value, place)
    if isinstance(usage, dict) and usage.get(_TIER) is None and _TIER in place.around:
        usage[_TIER] = place.around[_TIER]


def _tier_from_openai(value: Any, place: Place, written: Document) -> None:
    usage = place.around.get("usage")
    if not isinstance(usage, dict) or usage.get(_TIER) is not None:
        place.dropped("Mistral has it in the usage, which is absent or has its own")


# -- log probabilities

_NO_ID: Rules = {"token_id": _NOT_IN_OPENAI}
_TOKEN_TO_OPENAI = to(
    openai.ChatCompletionTokenLogprob,
    {**_NO_ID, "top_logprobs": each(to(openai.TopLogprob, _NO_ID))},
)

# -- calls


def _whole(written: Document, place: Place) -> None:
    for name, default in (("id", NO_ID), ("type", "function")):
        if written.get(name) is None:
            written[name] = default
    function = written.get("function") or {}
    if function.get("arguments", "") is None:  # which Mistral reads as no arguments
        function["arguments"] = "{}"


_WHOLE_CALL: Rules = {"index": dropped("its place in the list tells it")}
_call_to_openai = to(openai.ChatCompletionMessageFunctionToolCall, _WHOLE_CALL, _whole)


def _numbered(written: Document, place: Place) -> None:
    """Leave a piece of a call without id and type, where it is not the first of the call."""
    if written.get("id", NO_ID) in (NO_ID, None):
        written.pop("id", None)
        if written.get("type") == "function":
            del written["type"]
    if written.get("index") is None:
        written["index"] = number = place.path[-1]
        place.at("index").changed(f"set to {number}", "OpenAI tells the calls apart by it")


def _call_from_openai(value: Document, place: Place) -> Document | None:
    kind = value.get("type") or "function"
    if isinstance(kind, str) and kind != "function":
        place.dropped(f"Mistral has no calls of type {kind!r}")
        return None
    return value


def _function_call(**numbered: int) -> Rule:
    """Return the rule of a `function_call`, which becomes a tool call."""

    def rule(value: Any, place: Place, written: Document) -> None:
        if not isinstance(value, dict):
            kept(value, place, written)
            return
        place.changed("moved to tool_calls", _NO_FUNCTION_CALL)
        written["tool_calls"] = [{"function": to(FunctionCall, {})(value, place), **numbered}]

    return unless_given("tool_calls", rule)


# -- the tables to OpenAI's types

_DELTA_TO_OPENAI: Rules = {
    "content": _content_to_openai,
    "tool_calls": each(to(openai.ChoiceDeltaToolCall, {}, _numbered)),
    "prefix": unless((False,), dropped(NO_PREFIX)),
    **dict.fromkeys(("tool_call_id", "index", "metadata", "weight"), _NOT_IN_OPENAI),
}


def _with_role(written: Document, place: Place) -> None:
    written.setdefault("role", "assistant")


_MESSAGE_TO_OPENAI: Rules = {**_DELTA_TO_OPENAI, "tool_calls": each(_call_to_openai)}
_CHOICE_TO_OPENAI: Rules = {
    "delta": one(to(openai.ChoiceDelta, _DELTA_TO_OPENAI)),
    "message": one(to(openai.ChatCompletionMessage, _MESSAGE_TO_OPENAI, _with_role)),
    "messages": _NOT_IN_OPENAI,
    "finish_reason": one(replaced("model_length", "length", "OpenAI has one such reason")),
    "logprobs": one(to(openai.ChoiceLogprobs, {"content": each(_TOKEN_TO_OPENAI)})),
    "prompt_logprobs": _NOT_IN_OPENAI,
}
_TO_OPENAI: Rules = {"usage": _tier_out_of_usage}

# -- the tables from OpenAI's types

_DELTA_FROM_OPENAI: Rules = {
    **dict.fromkeys(("annotations", "audio", "refusal"), _NOT_IN_MISTRALS),
    "content": kept,
    "function_call": _function_call(index=0),
    "reasoning": unless_given("reasoning_content", _reasoning_from_openai),
    "reasoning_content": _thinking_from_openai,
    "tool_calls": each(to(ToolCall, {"function": one(to(FunctionCall, {}))})),
}
_MESSAGE_FROM_OPENAI: Rules = {
    **_DELTA_FROM_OPENAI,
    "function_call": _function_call(),
    "tool_calls": each(_call_from_openai),
}
_CHOICE_FROM_OPENAI: Rules = {
    "delta": one(to(DeltaMessage, _DELTA_FROM_OPENAI)),
    "message": one(to(DeltaMessage, _MESSAGE_FROM_OPENAI)),
    "finish_reason": one(replaced("function_call", "tool_calls", _NO_FUNCTION_CALL)),
    "logprobs": one(
        to(mistral.ChatCompletionResponseChoiceLogprobs, {"refusal": _NOT_IN_MISTRALS})
    ),
}
_FROM_OPENAI: Rules = {
    **dict.fromkeys(("metadata", "moderation", "system_fingerprint"), _NOT_IN_MISTRALS),
    "obfuscation": dropped("it only hides the size of the rest"),
    _TIER: _tier_from_openai,
    "usage": _tier_into_usage,
}
