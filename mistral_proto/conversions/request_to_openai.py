"""From a request to Mistral's API to one that OpenAI's accepts: the tables, and their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ValidationError
from ..protocol.chunk import AudioChunk, ImageChunk
from ..wire import WireType
from .answers import NO_PREFIX, ONE_STRING, string_of
from .changes import Converted
from .openai_format import with_defaults
from .rules import (
    Place,
    as_is,
    by,
    dropped,
    each,
    kept,
    one,
    renamed,
    replaced,
    to,
    unless,
    unless_empty,
)

if TYPE_CHECKING:
    from typing import Any

    from ..json_text import JSONValue
    from ..protocol.request import ChatCompletionRequest
    from .rules import Convert, Document, Rule, Rules

__all__ = ["request_to_openai"]


def request_to_openai(request: ChatCompletionRequest) -> Converted[dict[str, JSONValue]]:
    """Return a request of Mistral's as a body for OpenAI's API, and what that could not hold.

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
    callers = [name for name, spec in request._specs.items() if spec.local]
    body = to(WireType, _REQUEST)(
        {**with_defaults(request), **{name: getattr(request, name) for name in callers}}, place
    )
    if place.problems:
        raise ValidationError(place.problems, "the request")
    return Converted(body, tuple(place.changes))


_NAMED_SO = "OpenAI's API has it under that name"
_EMPTY = "OpenAI's API refuses an empty list"


def _none(value: Document, place: Place) -> None:
    place.dropped(f"OpenAI's API takes no {value['type']!r} here")


# -- tools


def _with_tools(rule: Rule) -> Rule:
    """Return the rule of what can be said only where there are tools."""
    return lambda value, place, written: (
        rule(value, place, written)
        if "tools" in written
        else place.dropped("there are no tools that it could be about")
    )


# What says nothing, as it is what holds anyway.
_FUNCTION: Rules = {"description": unless("", kept), "strict": unless(False, kept)}
_TOOL = to(WireType, {"function": one(to(WireType, _FUNCTION))})
_FORMAT: Rules = {"json_schema": one(to(WireType, {"strict": unless(False, kept)}))}

# -- a user's parts


def _image_url(value: Any, place: Place) -> Any:
    return {"url": value} if isinstance(value, str) else value


def _image(value: str, place: Place, written: Document) -> None:
    written.update(ImageChunk(image=value).to_openai())


def _file_id(value: str, place: Place, written: Document) -> None:
    place.changed("moved into file", "OpenAI's API has it there, for files uploaded to OpenAI")
    written["file"] = {"file_id": value}


def _document(value: Document, place: Place) -> Document | None:
    url, name = value.pop("document_url"), value.pop("document_name", None)
    if not url.startswith("data:"):
        place.dropped("OpenAI's API takes a document's data, and no URL of it")
        return None
    place.changed("changed to a file", "OpenAI's API takes documents as files")
    named = {} if name is None else {"filename": name}
    return {**value, "type": "file", "file": {"file_data": url, **named}}


_AUDIO = "the audio in base64, as OpenAI's API takes no URL of it"


def _audio(value: Document, place: Place) -> Document | None:
    try:
        part = AudioChunk(input_audio=value["input_audio"]).to_openai()
    except ValidationError as error:  # the data does not tell its format
        place.failed(error)
        return None
    if part["type"] != AudioChunk.type:
        place.at("input_audio").refuse(_AUDIO, value["input_audio"])
    return {**value, **part}


def _audio_url(value: Document, place: Place) -> Document | None:
    given = value.pop("audio_url")
    url = given if isinstance(given, str) else given["url"]
    if not url.startswith("data:audio/"):
        place.at("audio_url").refuse(_AUDIO, url)
        return None
    return _audio({**value, "input_audio": url}, place)


_any_part = by(
    "type",
    {
        "text": as_is,
        "image_url": to(WireType, {"image_url": one(_image_url)}),
        "image": to(WireType, {"type": unless("image", kept), "image": _image}),
        "file": to(WireType, {"file_id": _file_id}),
        "document_url": _document,
        "input_audio": _audio,
        "audio_url": _audio_url,
    },
    _none,
)

# -- messages


_text_part = by("type", {"text": as_is}, _none)


def _with_content(part: Convert, rules: Rules) -> Convert:
    """Return the conversion of a message whose content must be there."""
    convert = to(WireType, {"content": unless([], each(part)), **rules})

    def message(value: Document, place: Place) -> Document:
        written: Document = convert(value, place)
        place.default(written, "content", "", "''", "OpenAI's API wants a text, or parts")
        return written

    return message


def _tool_message(value: Document, place: Place) -> Document:
    if "tool_call_id" not in value:
        place.refuse_absent("tool_call_id", value)
    written: Document = _answer(value, place)
    return written


_answer = _with_content(_text_part, {"name": dropped("OpenAI's API knows it by the call's id")})


def _said(value: Any, place: Place, written: Document) -> None:
    """Write an assistant's thinking to `reasoning_content`, the rest as it is."""
    if isinstance(value, str):
        written["content"] = value
        return
    if not value:
        place.dropped(_EMPTY)
        return
    thoughts: list[str] = []

    def part(value: Document, at: Place) -> Any:
        if value["type"] != "thinking":
            return _text_part(value, at)
        if at.path[-1] != 0:
            at.changed("joined to reasoning_content", ONE_STRING)
        thoughts.append(string_of(value, "thinking", at))
        return None

    each(part)(value, place, written)
    if thoughts:
        written["reasoning_content"] = "".join(thoughts)
        parts = written.get("content", ())
        if len(parts) == 1 and parts[0].keys() == {"type", "text"}:
            written["content"] = parts[0]["text"]


def _call(value: Document, place: Place) -> Document:
    value.pop("index", None)  # its place in the list tells it
    return value


_ASSISTANT: Rules = {
    "content": _said,
    "tool_calls": unless_empty(_EMPTY, each(_call)),
    "prefix": unless(False, dropped(NO_PREFIX)),
    "weight": dropped("OpenAI's API has no weights of messages"),
}


def _assistant(value: Document, place: Place) -> Document:
    written: Document = to(WireType, _ASSISTANT)(value, place)
    if "reasoning_content" in written and "tool_calls" not in written:
        written.setdefault("content", "")
    elif "tool_calls" not in written:
        why = "OpenAI's API wants one where no tool is called"
        place.default(written, "content", "", "''", why)
    return written


_message = by(
    "role",
    {
        "system": _with_content(_text_part, {}),
        "user": _with_content(_any_part, {}),
        "assistant": _assistant,
        "tool": _tool_message,
    },
)

# -- the table

_SAME = (
    "model temperature top_p max_tokens stream stop metadata presence_penalty frequency_penalty"
    " logprobs top_logprobs n prediction reasoning_effort prompt_cache_key"
).split()
_MISTRALS_OWN = (
    "min_tokens repetition_penalty top_k prompt_logprobs top_prompt_logprobs prompt_mode"
    " guardrails safe_prompt"
).split()
_FOR_TOKENIZERS = unless(False, dropped("it is for tokenizers, and never sent"))

_REQUEST: Rules = {
    **dict.fromkeys(_SAME, kept),
    **dict.fromkeys(_MISTRALS_OWN, dropped("OpenAI's API has no such parameter")),
    "messages": each(_message),
    "response_format": one(to(WireType, _FORMAT)),
    "random_seed": renamed("seed", _NAMED_SO),
    "tools": each(by("type", {"function": _TOOL}, _none)),
    "tool_choice": _with_tools(one(replaced("any", "required", _NAMED_SO))),
    "parallel_tool_calls": _with_tools(kept),
    "service_tier": one(replaced("standard_only", "default", _NAMED_SO)),
    "extra_body": dropped("it is for the client that sends the request"),
    "truncate_for_context_length": _FOR_TOKENIZERS,
    "continue_final_message": _FOR_TOKENIZERS,
}
"""What becomes of each parameter of a request, by its name."""
