"""From a request to Mistral's API to one that OpenAI's accepts: the tables, and their rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ..checks import copy_json, fail_at, read_items
from ..errors import Problem, ValidationError, describe
from ..protocol.chunk import (
    AudioChunk,
    AudioURLChunk,
    DocumentURLChunk,
    FileChunk,
    ImageChunk,
    ImageURLChunk,
    TextChunk,
    ThinkChunk,
    text_of,
)
from ..protocol.messages import (
    AssistantMessage,
    FinetuningAssistantMessage,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from ..protocol.request import ChatCompletionRequest, JsonSchema, RequestedServiceTier
from ..protocol.tool_calls import Function, Tool, ToolCall, ToolChoiceEnum
from ..wire import WireType, plain
from .answer_parts import NO_PREFIX
from .changes import Converted
from .field_rules import Place, dropped, moved, unless

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..json_text import JSONValue
    from ..protocol.chunk import ContentChunk
    from ..protocol.tool_calls import RequestTool
    from .field_rules import Rule, Rules, Values

    Convert = Callable[[Any, Place], Values | None]

__all__ = ["request_to_openai"]


def request_to_openai(request: ChatCompletionRequest) -> Converted[dict[str, JSONValue]]:
    """A request of Mistral's as a body for OpenAI's API, and what that could not hold.

    Only what was set is written, as plain JSON values.  Thinking becomes
    `reasoning_content`, the field that OpenAI-like servers have for it.  The
    name of the model is not looked at.

    Raises:
        ValidationError: a tool's message does not say what it answers, or audio
            is there by its URL only or without its format; with every problem,
            and its path in the request.

    >>> from mistral_proto import ChatCompletionRequest, SystemMessage, UserMessage
    >>> done = request_to_openai(ChatCompletionRequest(
    ...     model="m",
    ...     messages=[SystemMessage(content="Be brief."), UserMessage(content="Hi")],
    ...     random_seed=7,
    ...     safe_prompt=True,
    ... ))
    >>> print(*done.value["messages"], done.value["seed"])
    {'role': 'system', 'content': 'Be brief.'} {'role': 'user', 'content': 'Hi'} 7
    >>> print(*done.changes, sep="\\n")
    random_seed: renamed to seed: OpenAI's API has it under that name
    safe_prompt: dropped: OpenAI's API has no such parameter
    """
    place = Place()
    try:
        body = _written(request, place)
    except ValidationError as error:
        raise ValidationError(error.problems, "the request") from None
    return Converted(body, tuple(place.changes))


def _written(source: WireType, place: Place) -> Values:
    """What becomes of an instance: of each field by its rule, and of all that has none as it is.

    A rule is asked about None too, which is most often a field that was left out.
    """
    rules = next((_RULES[cls] for cls in type(source).__mro__ if cls in _RULES), {})
    values: Values = {}
    failure: ValidationError | None = None
    for name, spec in source._specs.items():
        if spec.local and name not in rules:
            continue  # the caller's side only
        try:
            rules.get(name, _kept)(getattr(source, name), place.at(name), values)
        except ValidationError as error:
            failure = error.under(name).after(failure)
    if failure:
        raise failure
    for name, value in getattr(source, "extra", {}).items():
        if name in values:
            place.at(name).dropped("another field has become the field of this name")
        else:
            values[name] = copy_json(value)
    return values


def _items(source: Iterable[object], place: Place, convert: Convert) -> list[Values]:
    """What becomes of each item, without those of which nothing does."""
    items = read_items(enumerate(source), lambda item, at: convert(item[1], at.at(item[0])), place)
    return [item for item in items if item is not None]


# -- any field

_NAMED_SO = "OpenAI's API has it under that name"
_EMPTY = "it would be an empty list, which OpenAI's API refuses"


def _kept(value: Any, place: Place, values: Values) -> None:
    if value is not None:
        name = str(place.path[-1])
        values[name] = _written(value, place) if isinstance(value, WireType) else copy_json(value)


def _dropped(why: str) -> Rule:
    return unless(None, dropped(why))


def _named(ours: str, theirs: str) -> Rule:
    """The rule of a field one of whose values has another name there."""

    def apply(value: Any, place: Place, values: Values) -> None:
        if value == ours:
            place.changed(f"changed to {theirs!r}", _NAMED_SO)
            value = theirs
        _kept(value, place, values)

    return apply


def _list_of(convert: Convert) -> Rule:
    """The rule of a list that may be left out, but not be empty."""

    def apply(value: Any, place: Place, values: Values) -> None:
        if items := _items(value or (), place, convert):
            values[str(place.path[-1])] = items
        elif value is not None:
            place.dropped(_EMPTY)

    return apply


# -- parameters


def _seed(value: int, place: Place, values: Values) -> None:
    place.changed("renamed to seed", _NAMED_SO)
    values["seed"] = value


def _messages(value: Any, place: Place, values: Values) -> None:
    values["messages"] = _items(value, place, _written)


def _tool(tool: RequestTool, place: Place) -> Values | None:
    if isinstance(tool, Tool):
        return _written(tool, place)
    place.dropped(f"OpenAI's API has no tool of type {tool.type!r}")
    return None


def _with_tools(rule: Rule) -> Rule:
    """The rule of what can only be said where there are tools."""

    def apply(value: Any, place: Place, values: Values) -> None:
        if "tools" in values:
            rule(value, place, values)
        else:
            place.dropped("there are no tools that it could be about")

    return unless(None, apply)


# -- parts of a content


def _part(chunk: ContentChunk, place: Place) -> Values | None:
    for kind, convert in _PARTS.items():
        if isinstance(chunk, kind):
            return convert(chunk, place)
    place.dropped(f"OpenAI's API has no part of type {chunk.type!r}")
    return None


def _text_part(chunk: ContentChunk, place: Place) -> Values | None:
    if isinstance(chunk, TextChunk):
        return _written(chunk, place)
    place.dropped("OpenAI's API takes text only here")
    return None


def _image_url(value: Any, place: Place, values: Values) -> None:
    _kept({"url": value} if isinstance(value, str) else value, place, values)


def _image(value: str, place: Place, values: Values) -> None:
    values.update(ImageChunk(image=value).to_openai())


def _file_id(value: str, place: Place, values: Values) -> None:
    place.changed("moved into file", "OpenAI's API has it there, for files uploaded to OpenAI")
    values["file"] = {"file_id": value}


def _document(chunk: DocumentURLChunk, place: Place) -> Values | None:
    if not chunk.document_url.startswith("data:"):
        place.dropped("OpenAI's API takes a document's data, and no URL of it")
        return None
    place.changed("changed to a file", "OpenAI's API takes documents as files")
    file = {"file_data": chunk.document_url}
    if chunk.document_name is not None:
        file["filename"] = chunk.document_name
    return {"type": "file", **plain(chunk.extra, False), "file": file}


_AUDIO = "the audio in base64, as OpenAI's API takes no URL of it"


def _audio(chunk: AudioChunk, place: Place) -> Values:
    part = chunk.to_openai()  # which refuses audio whose format it can't tell
    if part["type"] != chunk.type:
        fail_at("input_audio", _AUDIO, describe(chunk.input_audio), "value_error")
    return {**part, **plain(chunk.extra, False)}


def _audio_url(chunk: AudioURLChunk, place: Place) -> Values:
    if not chunk.url.startswith("data:audio/"):
        fail_at("audio_url", _AUDIO, describe(chunk.url), "value_error")
    return _audio(AudioChunk(input_audio=chunk.url, extra=chunk.extra), place)


_PARTS: dict[type, Convert] = {
    TextChunk: _written,
    ImageURLChunk: _written,
    ImageChunk: _written,
    FileChunk: _written,
    DocumentURLChunk: _document,
    AudioChunk: _audio,
    AudioURLChunk: _audio_url,
}
"""What becomes of a user's parts; there is nothing like the others in OpenAI's format."""


# -- messages


def _content(convert: Convert) -> Rule:
    """The rule of a content that must be there."""

    def apply(value: Any, place: Place, values: Values) -> None:
        if not isinstance(value, str):
            value = _items(value or (), place, convert) or ""
            if not value:
                place.changed("set to ''", "OpenAI's API wants a text, or parts")
        values["content"] = value

    return apply


_ONE_STRING = "OpenAI-like servers have one string of thinking, before the content"


def _thinking(value: Any, place: Place, values: Values) -> None:
    values["text"] = text_of(value)
    for index, piece in enumerate(() if isinstance(value, str) else value):
        if isinstance(piece, TextChunk):
            place.at(index).dropped_each(piece.extra, _ONE_STRING)
        else:
            place.at(index).dropped(_ONE_STRING)


def _said(value: Sequence[ContentChunk] | str | None, place: Place, values: Values) -> None:
    """The rule of an assistant's content: thinking to `reasoning_content`, the rest as it is."""
    if value is None or isinstance(value, str):
        _kept(value, place, values)
        return
    thoughts: list[str] = []

    def part(chunk: ContentChunk, at: Place) -> Values | None:
        if not isinstance(chunk, ThinkChunk):
            return _text_part(chunk, at)
        if at.path[-1] != 0:
            at.changed("joined to reasoning_content", _ONE_STRING)
        thought = _written(chunk, at)
        thoughts.append(thought.pop("text"))
        at.dropped_each(thought, _ONE_STRING)
        return None

    parts = _items(value, place, part)
    if thoughts:
        values["reasoning_content"] = "".join(thoughts)
    if thoughts and len(parts) == 1 and parts[0].keys() == {"type", "text"}:
        values["content"] = parts[0]["text"]
    elif parts:
        values["content"] = parts
    elif not value:
        place.dropped(_EMPTY)


def _tool_calls(value: Any, place: Place, values: Values) -> None:
    _list_of(_written)(value, place, values)
    if not {"content", "tool_calls"} & values.keys():
        values["content"] = ""
        if "reasoning_content" not in values:
            content = Place((*place.path[:-1], "content"), place.changes)
            content.changed("set to ''", "OpenAI's API wants one where no tool is called")


def _tool_call_id(value: str | None, place: Place, values: Values) -> None:
    if value is None:
        raise ValidationError([Problem((), "this field", "nothing", "missing")])
    values["tool_call_id"] = value


# -- the tables

_KEPT = (
    "model temperature top_p max_tokens stream stop metadata response_format presence_penalty"
    " frequency_penalty logprobs top_logprobs n prediction reasoning_effort prompt_cache_key"
).split()
_MISTRALS_OWN = (
    "min_tokens repetition_penalty top_k prompt_logprobs top_prompt_logprobs prompt_mode"
    " guardrails safe_prompt"
).split()
_FOR_TOKENIZERS = unless(False, dropped("it is for tokenizers, and never sent"))

_ASSISTANT: Rules = {
    "role": _kept,
    "content": _said,
    "tool_calls": _tool_calls,
    "prefix": unless(False, dropped(NO_PREFIX)),
}

_RULES: dict[type, Rules] = {
    ChatCompletionRequest: {
        **dict.fromkeys(_KEPT, _kept),
        **dict.fromkeys(_MISTRALS_OWN, _dropped("OpenAI's API has no such parameter")),
        "messages": _messages,
        "random_seed": unless(None, _seed),
        "tools": _list_of(_tool),
        "tool_choice": _with_tools(_named(ToolChoiceEnum.any, ToolChoiceEnum.required.value)),
        "parallel_tool_calls": _with_tools(_kept),
        "service_tier": _named(RequestedServiceTier.standard_only, "default"),
        "extra_body": _dropped("it is for Mistral's API"),
        "truncate_for_context_length": _FOR_TOKENIZERS,
        "continue_final_message": _FOR_TOKENIZERS,
    },
    SystemMessage: {"role": _kept, "content": _content(_text_part)},
    UserMessage: {"role": _kept, "content": _content(_part)},
    AssistantMessage: _ASSISTANT,
    FinetuningAssistantMessage: {
        **_ASSISTANT,
        "weight": _dropped("OpenAI's API does not weigh messages"),
    },
    ToolMessage: {
        "role": _kept,
        "content": _content(_text_part),
        "tool_call_id": _tool_call_id,
        "name": _dropped("OpenAI's API knows it by the call's id"),
    },
    ThinkChunk: {
        "type": moved,
        "thinking": _thinking,
        "signature": _dropped(_ONE_STRING),
        "closed": unless(True, dropped(_ONE_STRING)),
    },
    ImageURLChunk: {"image_url": _image_url},
    ImageChunk: {"type": moved, "image": _image},
    FileChunk: {"file_id": _file_id},
    # What says nothing, as it is what holds anyway.
    Function: {"description": unless("", _kept), "strict": unless(False, _kept)},
    JsonSchema: {"strict": unless(False, _kept)},
    # Its place in the list tells the index.
    ToolCall: {"index": moved},
}
"""What becomes of the fields of each type that are not all kept."""
