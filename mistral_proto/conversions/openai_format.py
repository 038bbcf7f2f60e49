"""Messages, chunks, tools and calls in OpenAI's format, and back.

The formats are those of mistral_common's `to_openai` and `from_openai`, which
keeps Mistral's own kinds of chunk as they are: `thinking`, `audio_url`.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ..checks import REFUSE, copy_json, fail, fail_at, one_of, read_items
from ..errors import Problem, ValidationError, describe
from ..protocol.chunk import (
    AudioChunk,
    AudioURLChunk,
    FileChunk,
    ImageChunk,
    ImageURLChunk,
    TextChunk,
    ThinkChunk,
)
from ..protocol.messages import (
    AssistantMessage,
    ReasoningFieldFormat,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from ..protocol.tool_calls import Tool, ToolCall
from ..wire import WireType, plain

if TYPE_CHECKING:
    from typing import Any, TypeVar

    from ..json_text import JSONValue
    from ..protocol.chunk import ContentChunk
    from ..protocol.messages import ChatMessage
    from ..protocol.mistral_common_methods import HasOpenAIFormat

    R = TypeVar("R")
    T = TypeVar("T", bound=HasOpenAIFormat)

__all__ = [
    "assistant_to_openai",
    "convert_openai_messages",
    "convert_openai_tools",
    "from_openai",
    "to_openai",
    "with_defaults",
]


def convert_openai_messages(messages: Sequence[Mapping[str, object]]) -> list[ChatMessage]:
    """Read messages in OpenAI's format (mistral_common: `convert_openai_messages`).

    Raises:
        ValidationError: with every problem and its path.

    >>> convert_openai_messages([{"role": "user", "content": "Hi"}])
    [UserMessage(role='user', content='Hi')]
    """
    return _read_each(messages, _message)


def convert_openai_tools(tools: Sequence[Mapping[str, object]]) -> list[Tool]:
    """Read tools in OpenAI's format (mistral_common: `convert_openai_tools`).

    Raises:
        ValidationError: with every problem and its path.

    >>> convert_openai_tools([{"function": {"name": "now", "parameters": {}}}])[0].function.name
    'now'
    """
    return _read_each(tools, Tool.from_openai)


def _read_each(values: object, read: Callable[[Any], R]) -> list[R]:
    if not isinstance(values, (list, tuple)):
        fail("a list", values, "list_type")
    return read_items(values, lambda value, _: read(value), None)


_MESSAGES: dict[str, type[ChatMessage]] = {
    "system": SystemMessage,
    "user": UserMessage,
    "assistant": AssistantMessage,
    "tool": ToolMessage,
}


def _message(document: object) -> ChatMessage:
    if not isinstance(document, Mapping):
        fail("an object", document, "dict_type")
    role = document.get("role")
    if not isinstance(role, str) or role not in _MESSAGES:
        fail_at("role", one_of(_MESSAGES), describe(role), "union_tag_invalid")
    return _MESSAGES[role].from_openai(document)


def to_openai(value: HasOpenAIFormat) -> dict[str, JSONValue]:
    """A message, chunk, tool or call in OpenAI's format; see the types' own method."""
    for cls in type(value).__mro__:
        if cls in _TO_OPENAI:
            return _TO_OPENAI[cls](value)
    document: dict[str, JSONValue] = with_defaults(value)
    return document


def with_defaults(value: object) -> Any:
    """Return plain JSON values, with the defaults that mistral_common writes."""
    if isinstance(value, (list, tuple)):
        return [with_defaults(item) for item in value]
    if not isinstance(value, WireType):
        return plain(value, False)
    document = {
        name: with_defaults(held)
        for name, spec in value._specs.items()
        if not spec.local and (held := getattr(value, name)) is not None
    }
    return {**document, **_beyond_fields(value)}


def _beyond_fields(value: WireType) -> dict[str, JSONValue]:
    """Return what a server sent under names that the type does not have.

    What it sent under the others, and `extra` keeps too, is null or wrong.
    """
    extra = getattr(value, "extra", {})
    return {name: plain(held, False) for name, held in extra.items() if name not in value._specs}


def from_openai(cls: type[T], document: Mapping[str, object]) -> T:
    """Read OpenAI's format of a type; see the types' own method."""
    if not isinstance(document, Mapping):
        fail("an object", document, "dict_type")
    for base in cls.__mro__:
        if base in _FROM_OPENAI:
            read: Callable[[type[T], Mapping[str, object]], T] = _FROM_OPENAI[base]
            return read(cls, document)
    return cls._read(document, REFUSE)


# -- chunks


def _image_url_to_openai(chunk: ImageURLChunk) -> dict[str, JSONValue]:
    image = chunk.image_url
    return {
        "type": "image_url",
        "image_url": {"url": image} if isinstance(image, str) else with_defaults(image),
    }


def _image_to_openai(chunk: ImageChunk) -> dict[str, JSONValue]:
    return {"type": "image_url", "image_url": {"url": chunk._plain(True)["image_url"]}}


def _image_from_openai(cls: type[ImageChunk], document: Mapping[str, object]) -> ImageChunk:
    return cls(image=ImageURLChunk._read(document, REFUSE).get_url())


def _audio_to_openai(chunk: AudioChunk) -> dict[str, JSONValue]:
    audio = chunk.input_audio
    if not isinstance(audio, str):
        return {"type": "input_audio", "input_audio": with_defaults(audio)}
    if audio.startswith(("https:", "http:", "file:")):
        return _audio_url_to_openai(AudioURLChunk(audio_url=audio))
    if audio.startswith("data:audio/"):
        head, _, data = audio.partition(",")
        subtype = head.partition("/")[2].partition(";")[0]
        return _input_audio(data, _FORMAT_OF_SUBTYPE.get(subtype, subtype))
    return _input_audio(audio, _format_of(audio))


def _input_audio(data: str, audio_format: str) -> dict[str, JSONValue]:
    return {"type": "input_audio", "input_audio": {"data": data, "format": audio_format}}


# Where the name in a media type is not the one that the format goes by.
_FORMAT_OF_SUBTYPE = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav"}

_BEGINNINGS = {
    b"RIFF": "wav",
    b"ID3": "mp3",
    b"\xff\xfb": "mp3",
    b"\xff\xf3": "mp3",
    b"\xff\xf2": "mp3",
    b"fLaC": "flac",
    b"OggS": "ogg",
}
"""What a file of each format begins with."""


def _format_of(data: str) -> str:
    """The format of audio in base64, which OpenAI's format wants named."""
    try:
        beginning = base64.b64decode(data[:8], validate=True)
    except ValueError:
        beginning = b""
    for signature, audio_format in _BEGINNINGS.items():
        if beginning.startswith(signature):
            return audio_format
    fail_at(
        "input_audio",
        "an object with data and format, since the data does not tell its format",
        describe(data),
        "value_error",
    )


def _audio_url_to_openai(chunk: AudioURLChunk) -> dict[str, JSONValue]:
    return {"type": "audio_url", "audio_url": {"url": chunk.url}}


def _think_to_openai(chunk: ThinkChunk) -> dict[str, JSONValue]:
    document: dict[str, JSONValue] = with_defaults(chunk)
    if all(isinstance(piece, TextChunk) for piece in chunk.thinking):
        document["thinking"] = chunk.text
    return document


def _file_to_openai(chunk: FileChunk) -> dict[str, JSONValue]:
    return {"type": "file", "file": {"file_id": chunk.file_id}}


def _chunk_from_openai(cls: type[T], document: Mapping[str, object]) -> T:
    return cls._read(_part(document), REFUSE)


def _part(part: Any) -> Any:
    """A part of a content as the API has it; only `file` is another in OpenAI's format."""
    if isinstance(part, Mapping) and isinstance(part.get("file"), Mapping):
        return {**{key: value for key, value in part.items() if key != "file"}, **part["file"]}
    return part


# -- messages


def _content_to_openai(content: Sequence[ContentChunk] | str | None) -> JSONValue:
    if content is None or isinstance(content, str):
        return content
    try:
        return read_items(content, lambda chunk, _: chunk.to_openai(), None)
    except ValidationError as error:
        raise error.under("content", "the message") from None


def _with_content(document: Mapping[str, object]) -> Mapping[str, object]:
    """A message in OpenAI's format, its content's parts as the API has them."""
    content = document.get("content")
    if not isinstance(content, (list, tuple)):
        return document
    return {**document, "content": [_part(part) for part in content]}


def _message_to_openai(message: SystemMessage | UserMessage) -> dict[str, JSONValue]:
    return {"role": message.role, "content": _content_to_openai(message.content)}


def _message_from_openai(cls: type[T], document: Mapping[str, object]) -> T:
    return cls._read(_with_content(document), REFUSE)


def _answer_to_openai(message: ToolMessage) -> dict[str, JSONValue]:
    return {
        "role": message.role,
        "content": _content_to_openai(message.content),
        "tool_call_id": _id_of(message),
    }


def _answer_from_openai(cls: type[ToolMessage], document: Mapping[str, object]) -> ToolMessage:
    message = _message_from_openai(cls, document)
    _id_of(message)
    return message


def _id_of(message: ToolMessage) -> str:
    if message.tool_call_id is None:
        fail_at("tool_call_id", "this field", "nothing", "missing")
    return message.tool_call_id


def assistant_to_openai(
    message: AssistantMessage, reasoning_field_format: ReasoningFieldFormat | str
) -> dict[str, JSONValue]:
    """An assistant's message in OpenAI's format; see the type's own method."""
    how = ReasoningFieldFormat(reasoning_field_format)
    document: dict[str, JSONValue] = {"role": message.role}
    content = message.content
    if how is not ReasoningFieldFormat.thinking_chunks and isinstance(content, list):
        thinking, content = _without_thinking(content)
        if thinking:
            document[how.value] = "\n".join([chunk.text for chunk in thinking])
    if content is not None:
        document["content"] = _content_to_openai(content)
    if message.tool_calls is not None:
        document["tool_calls"] = [call.to_openai() for call in message.tool_calls]
    return {**document, **_beyond_fields(message)}


def _without_thinking(
    content: Sequence[ContentChunk],
) -> tuple[list[ThinkChunk], Sequence[ContentChunk] | str | None]:
    """The thinking that a content begins with, and the rest, as short as it can be said."""
    thinking: list[ThinkChunk] = []
    for index, chunk in enumerate(content):
        if isinstance(chunk, ThinkChunk):
            if len(thinking) < index:
                problem = Problem(
                    ("content", index),
                    "thinking before all else, or OpenAI's format has no field for it",
                    "thinking after it",
                    "value_error",
                )
                raise ValidationError([problem], "the message")
            thinking.append(chunk)
    rest = content[len(thinking) :]
    if thinking and not rest:
        return thinking, None
    if len(rest) == 1 and isinstance(rest[0], TextChunk) and not rest[0].extra:
        return thinking, rest[0].text
    return thinking, rest


def _assistant_from_openai(
    cls: type[AssistantMessage], document: Mapping[str, object]
) -> AssistantMessage:
    known = {key: value for key, value in _with_content(document).items() if key in cls._specs}
    reasoning = _reasoning(document)
    extra: Any = copy_json(
        {
            key: value
            for key, value in document.items()
            if key not in cls._specs and key not in _REASONING_FIELDS and value is not None
        }
    )
    calls = known.get("tool_calls")
    if isinstance(calls, (list, tuple)):
        known["tool_calls"] = [_without_index(call) for call in calls]
    message = cls._read(known, REFUSE)
    content = message.content
    if reasoning:
        rest = content or []
        if isinstance(rest, str):
            rest = [TextChunk(text=rest)]
        if message.thinking:
            fail_at("content", "no thinking beside the field for it", "both", "value_error")
        content = [ThinkChunk(thinking=reasoning), *rest]
    return dataclasses.replace(message, content=content, extra=extra)


_REASONING_FIELDS = ("reasoning_content", "reasoning")


def _reasoning(document: Mapping[str, object]) -> str | None:
    """What the fields for reasoning say, which is the same where both are there."""
    told: str | None = None
    for name in _REASONING_FIELDS:
        text = document.get(name)
        if text is None:
            continue
        if not isinstance(text, str):
            fail_at(name, "a string", describe(text), "string_type")
        if told is not None and told != text:
            fail_at(name, f"what {_REASONING_FIELDS[0]} says", describe(text), "value_error")
        told = text
    return told


# -- calls


def _call_to_openai(call: ToolCall) -> dict[str, JSONValue]:
    document: dict[str, JSONValue] = with_defaults(call)
    document.pop("index", None)
    return document


def _call_from_openai(cls: type[ToolCall], document: Mapping[str, object]) -> ToolCall:
    return cls._read(_without_index(document), REFUSE)


def _without_index(call: Any) -> Any:
    """A call as whole messages have it: only pieces of a stream are numbered."""
    if not isinstance(call, Mapping):
        return call
    return {key: value for key, value in call.items() if key != "index"}


_TO_OPENAI: dict[type, Callable[[Any], dict[str, JSONValue]]] = {
    ImageURLChunk: _image_url_to_openai,
    ImageChunk: _image_to_openai,
    AudioChunk: _audio_to_openai,
    AudioURLChunk: _audio_url_to_openai,
    ThinkChunk: _think_to_openai,
    FileChunk: _file_to_openai,
    SystemMessage: _message_to_openai,
    UserMessage: _message_to_openai,
    ToolMessage: _answer_to_openai,
    ToolCall: _call_to_openai,
}
"""How to write a type whose form in OpenAI's format is another than its own."""

_FROM_OPENAI: dict[type, Callable[[Any, Mapping[str, object]], Any]] = {
    ImageChunk: _image_from_openai,
    FileChunk: _chunk_from_openai,
    SystemMessage: _message_from_openai,
    UserMessage: _message_from_openai,
    AssistantMessage: _assistant_from_openai,
    ToolMessage: _answer_from_openai,
    ToolCall: _call_from_openai,
}
"""The same the other way."""
