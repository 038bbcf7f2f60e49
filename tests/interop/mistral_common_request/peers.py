"""mistral_common's types beside ours, and where mistral_common says that a document is wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mistral_common.protocol.instruct import chunk, converters, messages, request, tool_calls
from mistral_common.tokens.tokenizers import model_settings_builder

import mistral_proto as m
from mistral_proto.conversions.model_settings import EnumBuilder, ModelSettingsBuilder
from mistral_proto.errors import Path
from mistral_proto.wire import WireType

Document = dict[str, Any]


@dataclass(frozen=True)
class Pair:
    """A type of ours, and mistral_common's."""

    ours: type[WireType]
    theirs: Any


_THEIRS: dict[type[WireType], Any] = {
    # The types of messages are parameters of the two requests.
    m.ChatCompletionRequest: request.ChatCompletionRequest[messages.ChatMessage],
    m.InstructRequest: request.InstructRequest[messages.ChatMessage, tool_calls.Tool],
    m.ModelSettings: request.ModelSettings,
    m.ResponseFormat: request.ResponseFormat,
    m.SystemMessage: messages.SystemMessage,
    m.UserMessage: messages.UserMessage,
    m.AssistantMessage: messages.AssistantMessage,
    m.FinetuningAssistantMessage: messages.FinetuningAssistantMessage,
    m.ToolMessage: messages.ToolMessage,
    m.TextChunk: chunk.TextChunk,
    m.ThinkChunk: chunk.ThinkChunk,
    m.ImageChunk: chunk.ImageChunk,
    m.ImageURL: chunk.ImageURL,
    m.ImageURLChunk: chunk.ImageURLChunk,
    m.RawAudio: chunk.RawAudio,
    m.AudioChunk: chunk.AudioChunk,
    m.AudioURL: chunk.AudioURL,
    m.AudioURLChunk: chunk.AudioURLChunk,
    m.FunctionName: tool_calls.FunctionName,
    m.Function: tool_calls.Function,
    m.Tool: tool_calls.Tool,
    m.NamedToolChoice: tool_calls.NamedToolChoice,
    m.FunctionCall: tool_calls.FunctionCall,
    m.ToolCall: tool_calls.ToolCall,
    EnumBuilder: model_settings_builder.EnumBuilder[request.ReasoningEffort],
    ModelSettingsBuilder: model_settings_builder.ModelSettingsBuilder,
}
PAIRS = {ours.__name__: Pair(ours, theirs) for ours, theirs in _THEIRS.items()}
"""Every type of mistral_common's requests, by its name."""


@dataclass(frozen=True)
class Error:
    """What mistral_common says of a document: where, and its name of what is wrong there.

    Of an exception that is none of pydantic's the place is not known.
    """

    place: Path | None
    kind: str


def errors_of(document: Any, error: Exception) -> list[Error]:
    """What an exception of mistral_common's says of a document."""
    if not hasattr(error, "errors"):
        return [Error(None, type(error).__name__)]
    found = [_place(document, each) for each in error.errors()]
    return [each for each in found if each is not None]


def read(theirs: Any, document: Any) -> list[Error]:
    """What mistral_common finds wrong with a document."""
    try:
        # Its own copy, since some validators change what they are given.
        theirs.model_validate(copy.deepcopy(document))
    except Exception as error:
        return errors_of(document, error)
    return []


def errors_of_openai(document: Any, error: Exception) -> list[Error]:
    """The same of a message, or a list of messages, in OpenAI's format.

    mistral_common reads one part after the other; its error begins at the first
    that is wrong.
    """
    if str(error).startswith("Invalid parameters"):
        return errors_of(document, error)
    for place, part, read_part in _parts(document):
        try:
            read_part(copy.deepcopy(part))
        except Exception as inner:
            return [
                Error((*place, *(each.place or ())), each.kind)
                for each in errors_of_openai(part, inner)
            ]
    return [
        # Ours names the argument, theirs the field that it becomes.
        Error(("seed",), each.kind)
        if each.place == ("random_seed",) and "seed" in document
        else each
        for each in errors_of(document, error)
    ]


def _parts(document: Any) -> Iterator[tuple[Path, Any, Callable[[Any], object]]]:
    if isinstance(document, list):
        for index, item in enumerate(document):
            is_tool = isinstance(item, dict) and "function" in item
            yield (index,), item, _read_tool if is_tool else _read_message
    elif isinstance(document, dict) and "messages" in document:
        for name, read_part in (
            ("messages", _read_message),
            ("tools", _read_tool),
            ("available_tools", _read_tool),
        ):
            parts = document.get(name)
            for index, part in enumerate(parts if isinstance(parts, list) else ()):
                yield (name, index), part, read_part
    elif isinstance(document, dict) and document.get("role") in ("user", "assistant"):
        for name, read_part in (
            ("tool_calls", tool_calls.ToolCall.from_openai),
            ("content", chunk._convert_openai_content_chunks),
        ):
            parts = document.get(name)
            for index, part in enumerate(parts if isinstance(parts, list) else ()):
                yield (name, index), part, read_part


def _read_message(message: Any) -> object:
    return converters.convert_openai_messages([message])


def _read_tool(tool: Any) -> object:
    return converters.convert_openai_tools([tool])


def _place(document: Any, error: Document) -> Error | None:
    """The place that an error is about; None of one about a branch that was not meant.

    pydantic's `loc` also has a step for each branch that it tried of a union:
    the name of a type, or the value of a tag.
    """
    place: list[Any] = []
    value = document
    tag_comes, union = False, ""
    for step in error["loc"]:
        if tag_comes:
            tag_comes = False
            continue
        if isinstance(step, str) and step in _TAG_OF_CLASS:
            if not _may_be(value, _TAG_OF_CLASS[step]):
                return None
        elif not _is_branch(step):
            place.append(step)
            value = _at(value, step)
            tag_comes = isinstance(step, int) and union in ("tagged", "messages")
        union = _union(step, place)
    if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
        place.append(error["ctx"]["discriminator"].strip("'"))
    return Error(tuple(place), error["type"])


_TAG_OF_CLASS = {"TextChunk": "text", "ThinkChunk": "thinking"}
_BRANCHES = ("str", "bytes", "ImageURL", "AudioURL", "NamedToolChoice")


def _is_branch(step: Any) -> bool:
    return isinstance(step, str) and (step in _BRANCHES or step.startswith(("list[", "function-")))


def _may_be(value: Any, tag: str) -> bool:
    others = [other for other in _TAG_OF_CLASS.values() if other != tag]
    return not isinstance(value, dict) or value.get("type") not in others


def _union(step: Any, place: list[Any]) -> str:
    """What an index that comes next is an index of."""
    if isinstance(step, str) and step.startswith("list[tagged-union"):
        return "tagged"
    return "messages" if place == ["messages"] else ""


def _at(value: Any, step: Any) -> Any:
    try:
        return value[step]
    except (LookupError, TypeError):
        return None
