"""From a request to Mistral's API to one that OpenAI's accepts: the tables, and their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol.request import ChatCompletionRequest
from ..wire import WireType
from .answers import NO_PREFIX, ONE_STRING, string_of
from .openai_format import outcome, whole_call, with_defaults, write_chunk
from .rules import (
    Converted,
    Place,
    as_is,
    by,
    dropped,
    each,
    filled,
    kept,
    objects,
    one,
    renamed,
    replaced,
    to,
    unless,
)

if TYPE_CHECKING:
    from typing import Any

    from ..json_text import JSONValue
    from .rules import Document, Rule, Rules

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

    >>> from mistral_proto import ChatCompletionRequest, UserMessage
    >>> done = request_to_openai(ChatCompletionRequest(
    ...     messages=[UserMessage(content="Hi")], random_seed=7, safe_prompt=True
    ... ))
    >>> done.value
    {'messages': [{'role': 'user', 'content': 'Hi'}], 'seed': 7}
    >>> print(*done.changes, sep="\\n")
    random_seed: renamed to seed: OpenAI's API has it under that name
    safe_prompt: dropped: OpenAI's API has no such parameter
    """
    ChatCompletionRequest._check_instance(request)
    place = Place()
    callers = {name: getattr(request, name) for name, spec in request._specs.items() if spec.local}
    body = to(WireType, _REQUEST)({**with_defaults(request), **callers}, place)
    return Converted(outcome(body, place, "the request"), tuple(place.changes))


_NAMED_SO = "OpenAI's API has it under that name"
_NO_EMPTY = dropped("OpenAI's API refuses an empty list")


def _none(value: Document, place: Place) -> None:
    place.dropped(f"OpenAI's API takes no {value['type']!r} here")


# -- tools


def _with_tools(rule: Rule) -> Rule:
    """Return the rule of what can be said only where there are tools."""
    no_tools = dropped("there are no tools that it could be about")
    return lambda value, place, written: (rule if "tools" in written else no_tools)(
        value, place, written
    )


# What says nothing, as it is what holds anyway.
_STRICT: Rules = {"strict": unless((False,), kept)}
_FUNCTION = objects({"description": unless(("",), kept), **_STRICT}, kept)

# -- a user's parts


def _part(value: Document, place: Place) -> Document:
    """Return a part in OpenAI's format, with what a server added to it."""
    written: Document = write_chunk(value, place)
    gone = {value["type"], "file_id", *written}
    return {**{name: added for name, added in value.items() if name not in gone}, **written}


def _file(value: Document, place: Place) -> Document:
    why = "OpenAI's API has it there, for files uploaded to OpenAI"
    place.at("file_id").changed("moved into file", why)
    return _part(value, place)


def _document(value: Document, place: Place) -> Document | None:
    url, name = value.pop("document_url"), value.pop("document_name", None)
    if not url.startswith("data:"):
        place.dropped("OpenAI's API takes a document's data, and no URL of it")
        return None
    place.changed("changed to a file", "OpenAI's API takes documents as files")
    named = {} if name is None else {"filename": name}
    return {**value, "type": "file", "file": {"file_data": url, **named}}


def _audio(value: Document, place: Place) -> Document | None:
    written = _part(value, place)
    if written["type"] == "input_audio":
        return written
    url = written.pop("audio_url")["url"]
    if url.startswith("data:audio/"):
        return _part({**written, "type": "input_audio", "input_audio": url}, place)
    expected = "the audio in base64, as OpenAI's API takes no URL of it"
    place.at(value["type"]).refuse(expected, url)
    return None


_any_part = by(
    "type",
    {
        "text": as_is,
        "image_url": _part,
        "image": _part,
        "file": _file,
        "document_url": _document,
        "input_audio": _audio,
        "audio_url": _audio,
    },
    _none,
)
_text_part = by("type", {"text": as_is}, _none)

# -- messages

_TEXT: Rules = {"content": unless(([],), each(_text_part))}
_with_content = filled("OpenAI's API wants a text, or parts", content="")


def _with_call_id(written: Document, place: Place) -> None:
    if "tool_call_id" not in written:
        place.refuse_absent("tool_call_id", written)
    _with_content(written, place)


def _said(value: Any, place: Place, written: Document) -> None:
    """Write an assistant's thinking to `reasoning_content`, the rest as it is."""
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


_ASSISTANT: Rules = {
    "content": unless(([],), _said, _NO_EMPTY),
    "tool_calls": unless(([],), each(whole_call), _NO_EMPTY),
    "prefix": unless((False,), dropped(NO_PREFIX)),
    "weight": dropped("OpenAI's API has no weights of messages"),
}


def _with_content_or_calls(written: Document, place: Place) -> None:
    if "tool_calls" not in written:
        if "reasoning_content" in written:
            written.setdefault("content", "")
        _with_content(written, place)


_message = by(
    "role",
    {
        "system": objects(_TEXT, kept, _with_content),
        "user": objects({"content": unless(([],), each(_any_part))}, kept, _with_content),
        "assistant": to(WireType, _ASSISTANT, _with_content_or_calls),
        "tool": objects(
            {**_TEXT, "name": dropped("OpenAI's API knows it by the call's id")},
            kept,
            _with_call_id,
        ),
    },
)

# -- the table

_MISTRALS_OWN = (
    "min_tokens repetition_penalty top_k prompt_logprobs top_prompt_logprobs prompt_mode"
    " guardrails safe_prompt"
).split()
_FOR_TOKENIZERS = unless((False,), dropped("it is for tokenizers, and never sent"))

_REQUEST: Rules = {
    **dict.fromkeys(_MISTRALS_OWN, dropped("OpenAI's API has no such parameter")),
    "messages": each(_message),
    "response_format": one(objects({"json_schema": one(objects(_STRICT, kept))}, kept)),
    "random_seed": renamed("seed", _NAMED_SO),
    "tools": each(by("type", {"function": objects({"function": one(_FUNCTION)}, kept)}, _none)),
    "tool_choice": _with_tools(one(replaced("any", "required", _NAMED_SO))),
    "parallel_tool_calls": _with_tools(kept),
    "service_tier": one(replaced("standard_only", "default", _NAMED_SO)),
    "extra_body": dropped("it is for the client that sends the request"),
    "truncate_for_context_length": _FOR_TOKENIZERS,
    "continue_final_message": _FOR_TOKENIZERS,
}
"""The rule of each parameter of a request that OpenAI's does not have as it is."""
