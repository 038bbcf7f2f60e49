"""Answers, whole and streamed, to OpenAI's types and back: the tables, and their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import openai
from ..openai import chat_completion_chunk as openai_chunk
from ..protocol import response as mistral
from ..protocol.messages import DeltaMessage
from ..protocol.tool_calls import NO_ID, FunctionCall, ToolCall
from . import rules as r
from .rules import Converted, Document, Node, Report, Rule, Rules

if TYPE_CHECKING:
    from typing import TypeVar

    from ..wire import OpenWireType

    S = TypeVar("S", bound=OpenWireType)
    T = TypeVar("T", bound=OpenWireType)

__all__ = ["chunk_from_openai", "chunk_to_openai", "completion_from_openai", "completion_to_openai"]


def completion_to_openai(
    response: mistral.ChatCompletionResponse,
) -> Converted[openai.ChatCompletion]:
    """Return a response of Mistral's as OpenAI's type, and the changes.

    Thinking becomes `reasoning_content`, text one string; other chunks are dropped.  Fields
    that neither side knows are kept, and fields that the server left out stay out.

    >>> from mistral_proto import ChatCompletionResponse
    >>> response = ChatCompletionResponse.from_dict({"choices": [{"message": {"content": [
    ...     {"type": "thinking", "thinking": [{"type": "text", "text": "2 and 2 …"}]},
    ... ]}, "prompt_logprobs": {}}]})
    >>> converted = completion_to_openai(response)
    >>> converted.value.choices[0].message.reasoning_content
    '2 and 2 …'
    >>> print(*converted.changes)
    choices[0].prompt_logprobs: dropped: OpenAI's answers have no such field
    """
    return _converted(
        response, mistral.ChatCompletionResponse, openai.ChatCompletion, _COMPLETION_TO_OPENAI
    )


def completion_from_openai(
    completion: openai.ChatCompletion,
) -> Converted[mistral.ChatCompletionResponse]:
    """Return a completion of OpenAI's as Mistral's type, and the changes.

    `reasoning_content` becomes a chunk of thinking before the text, a `function_call` a tool
    call.

    >>> from mistral_proto.openai import ChatCompletion
    >>> converted = completion_from_openai(ChatCompletion.from_dict({"system_fingerprint": "fp_1"}))
    >>> print(*converted.changes)
    system_fingerprint: dropped: Mistral's answers have no such field
    """
    return _converted(
        completion, openai.ChatCompletion, mistral.ChatCompletionResponse, _COMPLETION_FROM_OPENAI
    )


def chunk_to_openai(
    chunk: mistral.ChatCompletionStreamResponse | mistral.CompletionEvent,
) -> Converted[openai.ChatCompletionChunk]:
    """Return a piece of a streamed response, or that of an event, as OpenAI's type.

    Each piece is converted by itself, like a whole response.  A piece that continues a tool
    call has no `id` and `type`, and each has an `index`, as OpenAI streams them.

    >>> from mistral_proto import ChatCompletionStreamResponse
    >>> chunk = ChatCompletionStreamResponse.from_dict({"choices": [{"delta": {"content": "Hel"}}]})
    >>> chunk_to_openai(chunk).value.choices[0].delta
    ChoiceDelta(content='Hel')
    """
    chunk = chunk.data if isinstance(chunk, mistral.CompletionEvent) else chunk
    return _converted(
        chunk, mistral.ChatCompletionStreamResponse, openai.ChatCompletionChunk, _CHUNK_TO_OPENAI
    )


def chunk_from_openai(
    chunk: openai.ChatCompletionChunk,
) -> Converted[mistral.ChatCompletionStreamResponse]:
    """Return a piece of a streamed completion of OpenAI's as Mistral's type, and the changes.

    >>> from mistral_proto.openai import ChatCompletionChunk
    >>> chunk = ChatCompletionChunk.from_dict({"choices": [{"delta": {"content": "Hel"}}]})
    >>> chunk_from_openai(chunk).value.text
    'Hel'
    """
    return _converted(
        chunk, openai.ChatCompletionChunk, mistral.ChatCompletionStreamResponse, _CHUNK_FROM_OPENAI
    )


def _converted(value: S, source: type[S], target: type[T], rules: Rules) -> Converted[T]:
    source._check_instance(value)
    node = Node(Report())
    document = r.to(target, rules)(value.to_dict(), node)
    return Converted(target.from_dict(document), tuple(node.report.changes))


_NOT_IN_OPENAI = r.dropped("OpenAI's answers have no such field")
_NOT_IN_MISTRALS = r.dropped("Mistral's answers have no such field")
_NO_FUNCTION_CALL = "Mistral doesn't support the deprecated `function_call`"

ONE_STRING = "OpenAI has one string of text, and one of thinking"
_IMPLIED = (("closed", True), ("closed", None), ("signature", None))


def _content_to_openai(value: Any, node: Node) -> str | None:
    """Return the text as one string, and write the thinking to `reasoning_content`."""
    if isinstance(value, str):
        return value
    types = []
    strings: dict[str, list[str]] = {"thinking": [], "text": []}
    for at, part in node.items(value):
        type = _type_of(part)
        if type in strings:
            types.append(type)
            strings[type].append(string_of(part, type, at))
        else:
            at.drop(f"OpenAI's answers have no part of type {type!r}")
    thinking = "".join(strings["thinking"])
    if thinking:
        node.written["reasoning_content"] = thinking
    pieces = value[0].get("thinking") if value else None
    is_one_piece = isinstance(pieces, list) and len(pieces) == 1
    if not (is_one_piece and types in (["thinking"], ["thinking", "text"])):
        node.change("joined", ONE_STRING)
    return "".join(strings["text"]) if strings["text"] else None


def string_of(part: Document, type: str, node: Node) -> str:
    """Return the text of a part; note the fields that a string can't hold."""
    for name, value in part.items():
        if name not in ("type", type) and (name, value) not in _IMPLIED:
            node.at(name).drop(ONE_STRING)
    pieces = part.get(type) or ""
    if isinstance(pieces, str):
        return pieces
    texts = []
    for at, piece in node.at(type).items(pieces):
        if _type_of(piece) == "text":
            texts.append(string_of(piece, "text", at))
        else:
            at.drop(ONE_STRING)
    return "".join(texts)


def _type_of(part: Document) -> str:
    """Return the type of a part, also if the server left it out."""
    type = part.get("type")
    if isinstance(type, str) and type:
        return type
    return "thinking" if "thinking" in part else "text"


def _thinking_from_openai(value: Any, node: Node) -> Any:
    """Write a chunk of thinking before the text."""
    if not isinstance(value, str):
        return value
    if not value:
        return node.drop("it is empty")
    if node.name == "reasoning":
        node.change("read as reasoning_content", "Mistral has one kind of thinking")
    chunks = [{"type": "thinking", "thinking": [{"type": "text", "text": value}]}]
    if (text := node.parent.get("content")) is not None:
        chunks.append({"type": "text", "text": text})
    node.written["content"] = chunks
    return None


_TIER = "service_tier"
_DETAILS = "prompt_tokens_details"


def _older_cached_tokens(value: Any, node: Node) -> None:
    details = node.parent.get(_DETAILS) or {}
    if isinstance(details, dict) and details.get("cached_tokens") is None:
        node.change(f"renamed to {_DETAILS}.cached_tokens", "OpenAI has that field alone")
        node.written[_DETAILS] = {**details, "cached_tokens": value}
    else:
        node.drop(f"{_DETAILS}.cached_tokens counts them too")


_USAGE_TO_OPENAI: Rules = {
    "prompt_audio_seconds": r.dropped("OpenAI counts audio in tokens"),
    _DETAILS: r.kept,
    "num_cached_tokens": _older_cached_tokens,
}
_NOT_COUNTED = r.dropped("Mistral doesn't count these tokens separately")
_DETAILS_FROM_OPENAI: Rules = dict.fromkeys(
    ("audio_tokens", "cache_write_tokens", "image_tokens", "text_tokens"), _NOT_COUNTED
)
_USAGE_FROM_OPENAI: Rules = {
    "completion_tokens_details": _NOT_COUNTED,
    _DETAILS: r.to(mistral.PromptTokensDetails, _DETAILS_FROM_OPENAI),
}


def _usage_to_openai(value: Any, node: Node) -> Any:
    """Return the usage without the service tier, which OpenAI has beside it."""
    usage = r.to(openai.CompletionUsage, _USAGE_TO_OPENAI)(value, node)
    if isinstance(usage, dict) and (tier := usage.pop(_TIER, None)) is not None:
        node.written[_TIER] = tier
    return usage


def _usage_from_openai(value: Any, node: Node) -> Any:
    usage = r.to(mistral.UsageInfo, _USAGE_FROM_OPENAI)(value, node)
    if isinstance(usage, dict) and usage.get(_TIER) is None and _TIER in node.parent:
        usage[_TIER] = node.parent[_TIER]
    return usage


def _tier_from_openai(value: Any, node: Node) -> None:
    usage = node.parent.get("usage")
    if not isinstance(usage, dict) or usage.get(_TIER) is not None:
        node.drop("Mistral has it in the usage, which is absent or has its own")


def _complete_call(written: Document, node: Node) -> None:
    for name, default in (("id", NO_ID), ("type", "function")):
        if written.get(name) is None:
            written[name] = default
    function = written.get("function") or {}
    if function.get("arguments", "") is None:  # Mistral reads null as no arguments
        function["arguments"] = "{}"


def _number_call(written: Document, node: Node) -> None:
    """Give a piece of a call its index; leave out id and type if it continues a call."""
    if written.get("id", NO_ID) in (NO_ID, None):
        written.pop("id", None)
        if written.get("type") == "function":
            del written["type"]
    r.filled("OpenAI distinguishes calls by it", index=node.path[-1])(written, node)


def _no_call(value: Document, node: Node) -> None:
    node.drop(f"Mistral has no calls of type {value['type']!r}")


def _function_call(**index: int) -> Rule:
    """Return the rule of a `function_call`, which becomes a tool call."""

    def rule(value: Any, node: Node) -> Any:
        if not isinstance(value, dict):
            return value
        node.change("moved to tool_calls", _NO_FUNCTION_CALL)
        node.written["tool_calls"] = [{"function": r.to(FunctionCall, {})(value, node), **index}]
        return None

    return r.unless_given("tool_calls", rule)


_NO_TOKEN_ID: Rules = {"token_id": _NOT_IN_OPENAI}
_TOKEN: Rules = {**_NO_TOKEN_ID, "top_logprobs": r.each(r.to(openai.TopLogprob, _NO_TOKEN_ID))}
_LOGPROBS: Rules = {"content": r.each(r.to(openai.ChatCompletionTokenLogprob, _TOKEN))}
_DELTA_TO_OPENAI: Rules = {
    "content": _content_to_openai,
    "tool_calls": r.each(r.to(openai.ChoiceDeltaToolCall, {}, _number_call)),
    "prefix": r.unless((False,), r.dropped("OpenAI doesn't support a prefix of the answer")),
    **dict.fromkeys(("tool_call_id", "index", "metadata", "weight"), _NOT_IN_OPENAI),
}
_INDEX: Rules = {"index": r.dropped("its place in the list gives it")}
_CALL = r.to(openai.ChatCompletionMessageFunctionToolCall, _INDEX, _complete_call)
MESSAGE_TO_OPENAI: Rules = {**_DELTA_TO_OPENAI, "tool_calls": r.each(_CALL)}
_CHOICE_TO_OPENAI: Rules = {
    "delta": r.to(openai.ChoiceDelta, _DELTA_TO_OPENAI),
    "message": r.to(
        openai.ChatCompletionMessage,
        MESSAGE_TO_OPENAI,
        lambda written, node: written.setdefault("role", "assistant"),
    ),
    "messages": _NOT_IN_OPENAI,
    "finish_reason": r.replaced("model_length", "length", "OpenAI has one such reason"),
    "logprobs": r.to(openai.ChoiceLogprobs, _LOGPROBS),
    "prompt_logprobs": _NOT_IN_OPENAI,
}
_TO_OPENAI: Rules = {"usage": _usage_to_openai}
_OPENAI_CHOICE = r.to(openai.Choice, _CHOICE_TO_OPENAI)
_COMPLETION_TO_OPENAI: Rules = {**_TO_OPENAI, "choices": r.each(_OPENAI_CHOICE)}
_OPENAI_STREAM_CHOICE = r.to(openai_chunk.Choice, _CHOICE_TO_OPENAI)
_CHUNK_TO_OPENAI: Rules = {**_TO_OPENAI, "choices": r.each(_OPENAI_STREAM_CHOICE)}

_DELTA_FROM_OPENAI: Rules = {
    **dict.fromkeys(("annotations", "audio", "refusal"), _NOT_IN_MISTRALS),
    "content": r.kept,
    "function_call": _function_call(index=0),
    "reasoning": r.unless_given("reasoning_content", _thinking_from_openai),
    "reasoning_content": _thinking_from_openai,
    "tool_calls": r.each(r.to(ToolCall, {"function": r.to(FunctionCall, {})})),
}
_MESSAGE_FROM_OPENAI: Rules = {
    **_DELTA_FROM_OPENAI,
    "function_call": _function_call(),
    "tool_calls": r.each(r.by("type", {None: r.kept, "function": r.kept, "": r.kept}, _no_call)),
}
_NO_REFUSAL: Rules = {"refusal": _NOT_IN_MISTRALS}
_CHOICE_FROM_OPENAI: Rules = {
    "delta": r.to(DeltaMessage, _DELTA_FROM_OPENAI),
    "message": r.to(DeltaMessage, _MESSAGE_FROM_OPENAI),
    "finish_reason": r.replaced("function_call", "tool_calls", _NO_FUNCTION_CALL),
    "logprobs": r.to(mistral.ChatCompletionResponseChoiceLogprobs, _NO_REFUSAL),
}
_FROM_OPENAI: Rules = {
    **dict.fromkeys(("metadata", "moderation", "system_fingerprint"), _NOT_IN_MISTRALS),
    "obfuscation": r.dropped("it only hides the size of the rest"),
    _TIER: _tier_from_openai,
    "usage": _usage_from_openai,
}
_CHOICE = r.to(mistral.ChatCompletionResponseChoice, _CHOICE_FROM_OPENAI)
_COMPLETION_FROM_OPENAI: Rules = {**_FROM_OPENAI, "choices": r.each(_CHOICE)}
_STREAM_CHOICE = r.to(mistral.ChatCompletionResponseStreamChoice, _CHOICE_FROM_OPENAI)
_CHUNK_FROM_OPENAI: Rules = {**_FROM_OPENAI, "choices": r.each(_STREAM_CHOICE)}
