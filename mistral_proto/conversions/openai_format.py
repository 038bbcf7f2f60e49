"""Messages, chunks, tools, calls and whole requests in OpenAI's format, and back.

The formats are those of mistral_common's `to_openai` and `from_openai`, which keep
Mistral's own types of chunks: `thinking`, `audio_url`.  For a request to Mistral's API
there is `adapt_request`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..checks import DROP
from ..errors import ValidationError
from ..protocol.chunk import ImageChunk, TextChunk, ThinkChunk
from ..protocol.instruct import InstructRequest, ModelSettings
from ..protocol.messages import MESSAGE, AssistantMessage, ReasoningFieldFormat, ToolMessage
from ..protocol.request import ChatCompletionRequest
from ..protocol.tool_calls import Function, Tool
from ..wire import WireType, dump
from . import rules as r
from .rules import Document, Node, Report, Rule, Rules

if TYPE_CHECKING:
    from typing import TypeVar

    from ..json_text import JSONValue
    from ..protocol.messages import ChatMessage

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
    return _read_all(messages, _read_message, "the messages")


def convert_openai_tools(tools: Sequence[Mapping[str, object]]) -> list[Tool]:
    """Read tools in OpenAI's format (mistral_common: `convert_openai_tools`).

    Raises:
        ValidationError: with every problem and its path.

    >>> convert_openai_tools([{"function": {"name": "now"}}])[0].function.parameters
    {}
    """
    return _read_all(tools, _read_tool, "the tools")


def outcome(made: R | None, node: Node, title: str) -> R:
    """Return the result, or raise an error with all problems."""
    if node.report.problems or made is None:
        raise ValidationError(node.report.problems, title)
    return made


def with_defaults(value: object) -> Any:
    """Return plain JSON values, with the defaults and the fields that only a server knows."""
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


_WHOLE_CALL = r.objects({"index": r.left_out})  # only pieces of streams have an index


def to_openai(
    value: WireType, reasoning_field_format: ReasoningFieldFormat | str | None = None
) -> dict[str, JSONValue]:
    """Return a message, chunk, tool or call in OpenAI's format; see the types' own method."""
    node = _start(reasoning_field_format)
    given = with_defaults(value)
    made: dict[str, JSONValue] = (_write_message if "role" in given else write_chunk)(given, node)
    return outcome(made, node, type(value).__name__)


def _start(reasoning_field_format: ReasoningFieldFormat | str | None) -> Node:
    return Node(Report(ReasoningFieldFormat(reasoning_field_format or "thinking_chunks")))


def _url(chunk: Document, node: Node) -> Document:
    type = chunk["type"]
    url = chunk[type]
    return {"type": type, type: url if isinstance(url, dict) else {"url": url}}


def _image(chunk: Document, node: Node) -> Document:
    return _url(ImageChunk(image=chunk["image"])._dump(True), node)


# by the name in a media type, where that differs
_FORMATS_OF_SUBTYPES = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav"}
# by the first bytes of a file, in base64
_FORMATS_OF_DATA = {"UklGR": "wav", "SUQz": "mp3", "//": "mp3", "ZkxhQ": "flac", "T2dnU": "ogg"}


def _audio(chunk: Document, node: Node) -> Document:
    audio = chunk["input_audio"]
    if isinstance(audio, dict):
        return chunk
    if audio.startswith(("https:", "http:", "file:")):
        return {"type": "audio_url", "audio_url": {"url": audio}}
    head, _, data = audio.rpartition(",")
    subtype = head.partition("data:audio/")[2].partition(";")[0]
    detected = [name for start, name in _FORMATS_OF_DATA.items() if data.startswith(start)]
    audio_format = _FORMATS_OF_SUBTYPES.get(subtype, subtype) or next(iter(detected), None)
    if audio_format is None:
        expected = "an object with data and format, as the format can't be detected"
        node.at("input_audio").refuse(expected, audio)
    return {"type": "input_audio", "input_audio": {"data": data, "format": audio_format}}


def _thinking(chunk: Document, node: Node) -> Document:
    pieces = chunk["thinking"]
    if isinstance(pieces, list) and all(piece["type"] == "text" for piece in pieces):
        return {**chunk, "thinking": "".join([piece["text"] for piece in pieces])}
    return chunk


write_chunk = r.by(
    "type",
    {
        None: r.kept,
        "image_url": _url,
        "audio_url": _url,
        "image": _image,
        "input_audio": _audio,
        "thinking": _thinking,
        "function": _WHOLE_CALL,
        "file": lambda chunk, node: {"type": "file", "file": {"file_id": chunk["file_id"]}},
    },
)


def _content(value: Any, node: Node) -> Any:
    """Return a content, and write its thinking to a field of its own if the format has one."""
    chunks = r.each(write_chunk)(value, node)
    field = node.report.state
    is_field = field is not ReasoningFieldFormat.thinking_chunks
    if not (isinstance(chunks, list) and is_field and node.parent["role"] == "assistant"):
        return chunks
    thoughts: list[str] = []
    for index, chunk in enumerate(chunks):
        if chunk["type"] == "thinking":
            if len(thoughts) < index:
                expected = "thinking at the beginning only, which OpenAI's field can hold"
                node.at(index).refuse(expected, chunk)
            thoughts.append(ThinkChunk.from_dict(chunk).text)
    if thoughts:
        node.written[field.value] = "\n".join(thoughts)
    return short_content(chunks[len(thoughts) :])


def short_content(chunks: list[Document]) -> Any:
    """Return a content as a string if it is one text, and as None if it is empty."""
    if len(chunks) == 1 and chunks[0].keys() == {"type", "text"}:
        return chunks[0]["text"]
    return chunks or None


_MESSAGE: Rules = {
    "content": _content,
    "tool_calls": r.each(_WHOLE_CALL),
    **dict.fromkeys(("name", "prefix", "weight"), r.left_out),
}


def _write_message(message: Document, node: Node) -> Document:
    if message["role"] == "tool" and "tool_call_id" not in message:
        node.refuse_missing("tool_call_id", message)
    return r.convert(message, node, _MESSAGE, r.copied)


def from_openai(cls: type[T], document: Mapping[str, object]) -> T:
    """Read OpenAI's format of a type; see the types' own method."""
    node = Node(Report())
    made: T = outcome(_read(cls, document, node), node, cls.__name__)
    return made


def _read(cls: type[WireType], document: Any, node: Node) -> Any:
    """Return the instance that a document in OpenAI's format describes, or None."""
    made = document
    if isinstance(document, Mapping):
        made = r.convert(document, node, _FIELDS, r.copied)
        made = _function(made, node) if issubclass(cls, Function) else made
        made = {**made, "type": "image"} if issubclass(cls, ImageChunk) else made
    read = node.read(lambda made: cls._read(made, DROP), made)
    if isinstance(read, ToolMessage) and read.tool_call_id is None:
        node.refuse_missing("tool_call_id", document)
    return _with_thinking(read, document, node) if isinstance(read, AssistantMessage) else read


def _with_thinking(
    message: AssistantMessage, document: Mapping[str, Any], node: Node
) -> AssistantMessage:
    """Return the message with the reasoning in front of its content."""
    names = ("reasoning_content", "reasoning")
    given = [name for name in names if document.get(name) is not None]
    if not given:
        return message
    texts = [r.text(document[name], node.at(name)) for name in given]
    if texts[0] != texts[-1]:
        node.at("reasoning").refuse("the text of reasoning_content", document["reasoning"])
    if message.thinking:
        node.at("content").refuse("no thinking beside the field for it", message.content)
    content = [] if message.content is None else message.content
    chunks = [TextChunk(text=content)] if isinstance(content, str) else content
    return dataclasses.replace(message, content=[ThinkChunk(thinking=texts[0]), *chunks])


def _unpacked(value: Any, node: Node) -> None:
    """Write the fields of an object into its parent."""
    if isinstance(value, Mapping):
        node.written.update(value)


def _image_url(value: Any, node: Node) -> Any:
    """Write the fields of both types of image chunks; each is read with its own."""
    node.written["image"] = value.get("url") if isinstance(value, Mapping) else value
    return value


def _function(value: Any, node: Node) -> Any:
    """Return a function with parameters; a call, which has none, is read without them."""
    lacks_them = isinstance(value, Mapping) and value.get("parameters") is None
    return {**value, "parameters": {}} if lacks_them else value


_FIELDS: Rules = {
    "content": r.each(r.objects({"file": _unpacked})),
    "tool_calls": r.each(_WHOLE_CALL),
    "function": _function,
    "file": _unpacked,
    "image_url": _image_url,
    "index": r.left_out,
}
"""The rules of fields, of any type; a type is read without the fields that it does not have."""


def _role(cls: Any) -> Rule:
    return lambda message, node: _read(cls, {**message, "role": cls.role}, node)


_ROLES: dict[str | None, Rule] = {role: _role(check.cls) for role, check in MESSAGE.members.items()}
_read_message = r.by(
    "role",
    {**_ROLES, "developer": _ROLES["system"]},
    lambda message, node: node.read(lambda message: MESSAGE.read(message, DROP), message),
)


def _read_tool(tool: Any, node: Node) -> Any:
    return _read(Tool, tool, node)


def _read_all(values: Any, read: Rule, title: str) -> list[Any]:
    node = Node(Report())
    return outcome([read(value, at) for at, value in node.items(values)], node, title)


_DEFAULTS: Document = {"temperature": 0.7, "top_p": 1.0, "response_format": {"type": "text"}}
"""The defaults that mistral_common writes; Mistral's API has its own."""

_REQUEST: Rules = {
    "messages": r.each(_write_message),
    "random_seed": r.renamed("seed"),
    "tool_choice": r.replaced("any", "required", "it has that name there"),
    # of an InstructRequest
    "available_tools": r.renamed("tools"),
    "settings": _unpacked,
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
    is_instruct = isinstance(request, InstructRequest)
    unsupported = "truncate_at_max_tokens" if is_instruct else "truncate_for_context_length"
    if getattr(request, unsupported) not in (None, False):
        raise NotImplementedError(f"OpenAI's format has no {unsupported}")
    node = _start(reasoning_field_format)
    given = with_defaults(request)
    prefix = any(message.get("prefix") for message in given["messages"][-1:])
    given = {"continue_final_message": prefix or request.continue_final_message, **given}
    given = given if is_instruct else {**with_defaults(_DEFAULTS), **given}
    document = r.convert(given, node, _REQUEST, r.copied)
    if isinstance(request, InstructRequest):
        if request.system_prompt is not None:
            document["messages"].insert(0, {"role": "system", "content": request.system_prompt})
    else:
        document.setdefault("tool_choice", "auto")
        if not request.tools:  # OpenAI refuses it without tools
            document.pop("parallel_tool_calls", None)
        if request.extra_body is not None:
            document["extra_body"] = with_defaults(request.extra_body)
    for name in kwargs:
        if name in document or name in ({*request._specs} if is_instruct else _OWN):
            raise ValueError(f"{name} is in the request already: set it there")
    return outcome({**document, **kwargs}, node, "the request")


def request_from_openai(
    cls: type[T],
    messages: Sequence[Mapping[str, object]],
    tools: Sequence[Mapping[str, object]] | None,
    kwargs: Mapping[str, Any],
) -> T:
    """Read a request in OpenAI's format; see the types' own method."""
    node = Node(Report())
    given = {"messages": messages, "tools": tools, **kwargs}
    fields: Document = {name: value for name, value in given.items() if value is not None}
    theirs, ours = "seed", "random_seed"
    if issubclass(cls, InstructRequest):
        theirs, ours = "tools", "available_tools"
        settings = {name: fields.pop(name) for name in ModelSettings._specs if name in fields}
        if settings:
            if "settings" in fields:
                raise TypeError("settings are given twice")
            fields["settings"] = settings
        for name in settings:
            node.report.move(settings, name, (name,))
    if theirs in fields:
        if ours in fields:
            raise ValueError(f"{theirs} and {ours} are the same: give one of them")
        fields[ours] = fields.pop(theirs)
        node.report.move(fields, ours, (theirs,))
    readers = {"messages": _read_message, "tools": _read_tool, "available_tools": _read_tool}
    for name in [name for name in readers if name in fields]:
        at = Node(node.report, node.report.origin(fields, (name,)))
        fields[name] = [readers[name](item, inner) for inner, item in at.items(fields[name])]
    return outcome(node.read(lambda fields: cls(**fields), fields), node, cls.__name__)
