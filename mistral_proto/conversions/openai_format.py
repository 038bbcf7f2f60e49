"""Messages, chunks, tools, calls and whole requests in OpenAI's format, and back.

The formats are those of mistral_common's `to_openai` and `from_openai`, which
keeps Mistral's own kinds of chunk as they are: `thinking`, `audio_url`.
`mistral_proto.openai.adapt_request` is for what goes to Mistral's API.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..checks import DROP, ObjectOf, String
from ..errors import ValidationError
from ..protocol.chunk import ImageChunk, TextChunk, ThinkChunk
from ..protocol.instruct import InstructRequest, ModelSettings
from ..protocol.messages import MESSAGE, AssistantMessage, ReasoningFieldFormat, ToolMessage
from ..protocol.request import ChatCompletionRequest
from ..protocol.tool_calls import Function, Tool
from ..wire import WireType, dump
from .rules import Place, as_is, by, convert, each, kept, left_out, objects, one, renamed, replaced

if TYPE_CHECKING:
    from typing import TypeVar

    from ..json_text import JSONValue
    from ..protocol.messages import ChatMessage
    from .rules import Convert, Document, Rules

    R = TypeVar("R")
    T = TypeVar("T", bound=WireType)

__all__ = ["convert_openai_messages", "convert_openai_tools"]


def convert_openai_messages(messages: Sequence[Mapping[str, object]]) -> list[ChatMessage]:
    """Read messages in OpenAI's format (mistral_common: `convert_openai_messages`).

    Raises:
        ValidationError: with every problem and its path.

    >>> convert_openai_messages([{"role": "developer", "content": "Be kind."}])
    [SystemMessage(role='system', content='Be kind.')]
    """
    place = Place()
    return outcome(_read_list(messages, place, _read_message), place, "the messages")


def convert_openai_tools(tools: Sequence[Mapping[str, object]]) -> list[Tool]:
    """Read tools in OpenAI's format (mistral_common: `convert_openai_tools`).

    Raises:
        ValidationError: with every problem and its path.

    >>> convert_openai_tools([{"function": {"name": "now"}}])[0].function.parameters
    {}
    """
    place = Place()
    return outcome(_read_list(tools, place, _read_tool), place, "the tools")


def outcome(made: R | None, place: Place, title: str) -> R:
    """Return what was made, or raise one error of all problems."""
    if place.problems or made is None:
        raise ValidationError(place.problems, title)
    return made


def with_defaults(value: object) -> Any:
    """Return plain JSON values, with the defaults that mistral_common writes.

    What a server sent beyond the fields is written, too.
    """
    if isinstance(value, (list, tuple)):
        return [with_defaults(item) for item in value]
    if not isinstance(value, WireType):
        return dump(value, False)
    document = {
        name: with_defaults(held)
        for name, spec in value._specs.items()
        if not spec.local
        if (held := getattr(value, name)) is not None or not spec.has_default
    }
    extra = getattr(value, "extra", {}).items()
    return document | {key: dump(held, False) for key, held in extra if key not in value._specs}


def _object(rules: Rules) -> Convert:
    """Return the conversion of an object, whose other fields stay; so does what is none."""
    convert_object = objects(rules, kept)

    def convert_or_refuse(value: Any, place: Place) -> Any:
        if value is None:  # which would be left out of a list
            place.refuse("an object", value, "dict_type")
        return convert_object(value, place)

    return convert_or_refuse


# A call of a whole message: only pieces of a stream are numbered.
whole_call = _object({"index": left_out})


# -- to OpenAI's format


def to_openai(
    value: WireType, reasoning_field_format: ReasoningFieldFormat | str | None = None
) -> dict[str, JSONValue]:
    """Return a message, chunk, tool or call in OpenAI's format; see the types' own method."""
    place = Place((), ReasoningFieldFormat(reasoning_field_format or "thinking_chunks"))
    given = with_defaults(value)
    made: dict[str, JSONValue] = (_write_message if "role" in given else write_chunk)(given, place)
    return outcome(made, place, type(value).__name__)


def _url(chunk: Document, place: Place) -> Document:
    kind = chunk["type"]
    url = chunk[kind]
    return {"type": kind, kind: url if isinstance(url, dict) else {"url": url}}


def _image(chunk: Document, place: Place) -> Document:
    return _url(ImageChunk(image=chunk["image"])._dump(True), place)


def _audio(chunk: Document, place: Place) -> Document:
    audio = chunk["input_audio"]
    if isinstance(audio, dict):
        return chunk
    if audio.startswith(("https:", "http:", "file:")):
        return {"type": "audio_url", "audio_url": {"url": audio}}
    head, _, data = audio.rpartition(",")
    subtype = head.partition("data:audio/")[2].partition(";")[0]
    told = [name for beginning, name in _FORMAT_OF_DATA.items() if data.startswith(beginning)]
    audio_format = _FORMAT_OF_SUBTYPE.get(subtype, subtype) or next(iter(told), None)
    if audio_format is None:
        expected = "an object with data and format, since the data does not tell its format"
        place.at("input_audio").refuse(expected, audio)
    return {"type": "input_audio", "input_audio": {"data": data, "format": audio_format}}


# Where the name in a media type is not the one that the format goes by.
_FORMAT_OF_SUBTYPE = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav"}

_FORMAT_OF_DATA = {"UklGR": "wav", "SUQz": "mp3", "//": "mp3", "ZkxhQ": "flac", "T2dnU": "ogg"}
"""The beginning of a file of each format, in base64."""


def _thinking(chunk: Document, place: Place) -> Document:
    pieces = chunk["thinking"]
    if isinstance(pieces, list) and all(piece["type"] == "text" for piece in pieces):
        return {**chunk, "thinking": "".join([piece["text"] for piece in pieces])}
    return chunk


write_chunk = by(
    "type",
    {
        "image_url": _url,
        "audio_url": _url,
        "image": _image,
        "input_audio": _audio,
        "thinking": _thinking,
        "function": whole_call,
        "file": lambda chunk, place: {"type": "file", "file": {"file_id": chunk["file_id"]}},
    },
    as_is,
)


def _content(value: Any, place: Place, written: Document) -> None:
    """Write a content; its thinking into a field of its own, where that is wanted."""
    if isinstance(value, list):
        value = [write_chunk(chunk, place.at(index)) for index, chunk in enumerate(value)]
        wanted = place.context is not ReasoningFieldFormat.thinking_chunks
        if wanted and place.around["role"] == "assistant":
            value = _without_thinking(value, place, written)
    if value is not None:
        written["content"] = value


def _without_thinking(content: list[Document], place: Place, written: Document) -> Any:
    """Return a content less the thinking that it begins with, as short as it can be said."""
    thoughts: list[str] = []
    for index, chunk in enumerate(content):
        if chunk["type"] == "thinking":
            if len(thoughts) < index:
                expected = "thinking before all else, or OpenAI's format has no field for it"
                place.at(index).refuse(expected, chunk)
            thoughts.append(ThinkChunk.from_dict(chunk).text)
    if thoughts:
        written[place.context.value] = "\n".join(thoughts)
    rest = content[len(thoughts) :]
    if len(rest) == 1 and rest[0].keys() == {"type", "text"}:
        return rest[0]["text"]
    return rest or None


_MESSAGE: Rules = {
    "content": _content,
    "tool_calls": each(whole_call),
    "name": left_out,
    "prefix": left_out,
    "weight": left_out,
}


def _write_message(message: Document, place: Place) -> Document:
    """Return a message in OpenAI's format; the context of `place` is where thinking goes."""
    if message["role"] == "tool" and "tool_call_id" not in message:
        place.refuse_absent("tool_call_id", message)
    return convert(message, place, _MESSAGE, kept)


# -- from OpenAI's format


def from_openai(cls: type[T], document: Mapping[str, object]) -> T:
    """Read OpenAI's format of a type; see the types' own method."""
    place = Place()
    made: T = outcome(_read(cls, document, place), place, cls.__name__)
    return made


def _read(cls: type[WireType], document: Any, place: Place) -> Any:
    """Return the instance that a document in OpenAI's format describes; None if it is wrong."""
    made = document
    if isinstance(document, Mapping):
        made = convert(document, place, _OURS, kept)
        made = _function(made, place) if issubclass(cls, Function) else made
        made = {**made, "type": "image"} if issubclass(cls, ImageChunk) else made
    read = place.read(ObjectOf(cls), made, DROP)
    if isinstance(read, ToolMessage) and read.tool_call_id is None:
        place.refuse_absent("tool_call_id", document)
    return _with_thinking(read, document, place) if isinstance(read, AssistantMessage) else read


def _with_thinking(
    message: AssistantMessage, document: Mapping[str, Any], place: Place
) -> AssistantMessage:
    """Return the message with what the fields for reasoning say before its content."""
    said = {
        name: place.at(name).read(String(), document[name])
        for name in ("reasoning_content", "reasoning")
        if document.get(name) is not None
    }
    if not said:
        return message
    if len({*said.values()}) > 1:
        place.at("reasoning").refuse("what reasoning_content says", document["reasoning"])
    if message.thinking:
        place.at("content").refuse("no thinking beside the field for it", message.content)
    thinking = ThinkChunk(thinking=[*said.values()][0] or "")
    content = [] if message.content is None else message.content
    rest = [TextChunk(text=content)] if isinstance(content, str) else content
    return dataclasses.replace(message, content=[thinking, *rest])


def _members(value: Any, place: Place, written: Document) -> None:
    """Write the fields of an object here as if they stood around it."""
    if isinstance(value, Mapping):
        written.update(value)


def _image_from(value: Any, place: Place, written: Document) -> None:
    """Write an image as both kinds of chunk have it; the other's is left out in reading."""
    written.update(image_url=value, image=value.get("url") if isinstance(value, Mapping) else value)


def _function(value: Any, place: Place) -> Any:
    """Return a function, which has parameters; a call of one has none in reading."""
    lacks_them = isinstance(value, Mapping) and value.get("parameters") is None
    return {**value, "parameters": {}} if lacks_them else value


_OURS: Rules = {
    "content": each(_object({"file": _members})),
    "tool_calls": each(whole_call),
    "function": one(_function),
    "file": _members,
    "image_url": _image_from,
    "index": left_out,
}
"""The rules of fields, of any type; those that a type does not have are left out in reading."""


def _read_list(values: Any, place: Place, read: Convert) -> list[Any]:
    return [read(value, at) for at, value in place.items(values)]


def _reads(cls: type[WireType]) -> Convert:
    return lambda message, place: _read(cls, {**message, "role": cls.role}, place)  # type: ignore[attr-defined]


_ROLES = {role: _reads(one.cls) for role, one in MESSAGE.members.items()}
_read_message = by("role", {**_ROLES, "developer": _ROLES["system"]})


def _read_tool(tool: Any, place: Place) -> Any:
    return _read(Tool, tool, place)


# -- whole requests

# mistral_common writes its own default where nobody set one.  The API's defaults are
# its own affair: what is sent to it leaves them out.
_DEFAULTS: Document = {"temperature": 0.7, "top_p": 1.0, "response_format": {"type": "text"}}

_REQUEST: Rules = {
    "messages": each(_write_message),
    "random_seed": renamed("seed", "OpenAI has it under that name"),
    "tool_choice": one(replaced("any", "required", "it is the older name")),
    # An InstructRequest has these.
    "available_tools": renamed("tools", "OpenAI has it under that name"),
    "settings": _members,
}

_OWN = {
    *{"max_tokens", "model", "parallel_tool_calls", "reasoning_effort", "tools"},
    *{"truncate_for_context_length", *_DEFAULTS, *_REQUEST},
}
"""The parameters of mistral_common's request."""


def request_to_openai(
    request: ChatCompletionRequest[Any] | InstructRequest[Any, Any],
    reasoning_field_format: ReasoningFieldFormat | str | None,
    kwargs: Mapping[str, object],
) -> dict[str, object]:
    """Return a request in OpenAI's format; see the types' own method."""
    place = Place((), ReasoningFieldFormat(reasoning_field_format or "thinking_chunks"))
    given = with_defaults(request)
    prefix = any(message.get("prefix") for message in given["messages"][-1:])
    given = {"continue_final_message": prefix or request.continue_final_message, **given}
    if isinstance(request, InstructRequest):
        if request.truncate_at_max_tokens is not None:
            raise NotImplementedError("OpenAI's format has no truncate_at_max_tokens")
        taken = {*request._specs}
        document = convert(given, place, _REQUEST, kept)
        if request.system_prompt is not None:
            document["messages"].insert(0, {"role": "system", "content": request.system_prompt})
    else:
        if request.truncate_for_context_length:
            raise NotImplementedError("OpenAI's format has no truncate_for_context_length")
        taken = _OWN
        document = convert({**with_defaults(_DEFAULTS), **given}, place, _REQUEST, kept)
        document.setdefault("tool_choice", "auto")
        if not request.tools:  # OpenAI refuses it then
            document.pop("parallel_tool_calls", None)
        if request.extra_body is not None:
            document["extra_body"] = with_defaults(request.extra_body)
    for name in kwargs:
        if name in document or name in taken:
            raise ValueError(f"{name} is in the request already, or is for it to say")
    return outcome({**document, **kwargs}, place, "the request")


def request_from_openai(
    cls: type[T],
    messages: Sequence[Mapping[str, object]],
    tools: Sequence[Mapping[str, object]] | None,
    kwargs: Mapping[str, Any],
) -> T:
    """Read a request in OpenAI's format; see the types' own method."""
    place = Place()
    given = {"tools": tools, **kwargs}
    fields: Document = {name: value for name, value in given.items() if value is not None}
    more: Document = {}
    theirs, ours = "seed", "random_seed"
    if issubclass(cls, InstructRequest):
        theirs, ours = "tools", "available_tools"
        settings = {name: fields.pop(name) for name in ModelSettings._specs if name in fields}
        more = {"settings": settings} if settings else {}
    given_as: dict[str | int, str] = {ours: theirs} if theirs in fields else {}
    if given_as and ours in fields:
        raise ValueError(f"{theirs} and {ours} are the same: give one of them")
    if given_as:
        fields[ours] = fields.pop(theirs)
    fields["messages"] = _read_list(messages, place.at("messages"), _read_message)
    for name in ("tools", "available_tools"):
        if name in fields:
            at = place.at(given_as.get(name, name))
            fields[name] = _read_list(fields[name], at, _read_tool)
    request = None
    try:
        request = cls(**fields, **more)
    except ValidationError as error:
        unread = {problem.path[0] for problem in place.problems}
        for problem in error.problems:
            first, *inside = problem.path
            if first not in more:
                inside.insert(0, given_as.get(first, first))
            if inside[0] not in unread:
                place.problems.append(dataclasses.replace(problem, path=tuple(inside)))
    return outcome(request, place, cls.__name__)
