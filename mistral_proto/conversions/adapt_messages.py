"""The messages of a request and the parts of their content, adapted for Mistral's API."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..checks import String, check_of
from ..conversation.rules import says_nothing
from ..errors import format_path
from ..protocol.chunk import (
    AudioChunk,
    AudioURL,
    AudioURLChunk,
    ContentChunk,
    DocumentURLChunk,
    FileChunk,
    ImageChunk,
    ImageURL,
    ImageURLChunk,
    RawAudio,
    TextChunk,
    ThinkChunk,
)
from ..protocol.messages import AssistantMessage, SystemMessage, ToolMessage, UserMessage
from ..protocol.tool_calls import NO_IDS, FunctionCall, ToolCall, is_call_id
from .rules import (
    by,
    checked,
    convert,
    dropped,
    each,
    kept,
    one,
    only_known,
    refused,
    renamed,
    replaced,
    sent,
    unless_empty,
    unless_given,
)

if TYPE_CHECKING:
    from .rules import Convert, Document, Place, Rule

    Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage
    Numbered = tuple[int, Message]

__all__ = ["messages"]


def _noted(what: str, why: str) -> Callable[[Document, Place], None]:
    """Return the end of a conversion that is noted as a change."""
    return lambda written, place: place.changed(what, why)


def _object(convert: Convert) -> Rule:
    """Return the rule of an object, or of a string in its place, which stays."""
    return lambda value, place, written: written.update(
        {place.name: convert(value, place) if isinstance(value, Mapping) else value}
    )


# -- files, which in OpenAI's form are objects of their own inside of the part

_OFFICE = "application/vnd.openxmlformats-officedocument."
_MEDIA_TYPES = {  # of each ending, the same on every machine
    "csv": "text/csv",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "docx": f"{_OFFICE}wordprocessingml.document",
    "pptx": f"{_OFFICE}presentationml.presentation",
}
_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _file(value: Any, place: Place) -> Any:
    if "file" not in value:
        return _UPLOADED(value, place)
    outside = {"type": kept, "file": kept}
    file = convert(value, place, outside, only_known(outside)).get("file")
    inside = place.at("file")
    if not isinstance(file, Mapping):
        inside.refuse("an object", file, "dict_type")
        return None
    inside.changed("unpacked", "Mistral's API has a file's fields in the part itself")
    return (_UPLOADED if file.get("file_data") is None else _DOCUMENT)(file, inside)


def _file_id(value: Any, place: Place, written: Document) -> None:
    if isinstance(value, str) and not _UUID.fullmatch(value):
        place.refuse("the UUID of a file that was uploaded to Mistral", value)
    written["file_id"] = value


def _with_data_url(written: Document, place: Place) -> None:
    data = written["document_url"]
    if data is not None and ":" not in data:  # which is in every URL, and not in base64
        ending = str(written.get("document_name")).rpartition(".")[2].lower()
        media_type = _MEDIA_TYPES.get(ending, "application/octet-stream")
        written["document_url"] = f"data:{media_type};base64,{data}"


_BY_URL = "Mistral's API takes documents by their URL"
_UPLOADED = sent(FileChunk, file_id=_file_id, filename=dropped("Mistral knows the file's name"))
_DOCUMENT = sent(
    DocumentURLChunk,
    _with_data_url,
    file_data=renamed("document_url", _BY_URL, checked(String())),
    filename=renamed("document_name", _BY_URL, checked(String())),
    file_id=dropped("file_data is given too, and wins"),
)

# -- the parts of each type


def _thinking(value: Any, place: Place, written: Document) -> None:
    if isinstance(value, str):
        place.changed("sent as a list", "Mistral's API takes thinking in pieces")
    each(by("type", _THOUGHTS, other=lambda value, place: value))(value, place, written)


_CHUNKS: Any = check_of(ContentChunk)
_KEPT = {tag: sent(one.cls) for tag, one in _CHUNKS.members.items()}
_THOUGHTS = {tag: _KEPT[tag] for tag in ("text", "reference", "tool_reference")}
_ORIGINAL = replaced("original", "high", "Mistral's API has nothing finer")
_NO_CHUNK = "Mistral's API has no chunk of this kind"
_NO_FORMAT = "Mistral's API takes the data alone"
_PARTS = {
    **_KEPT,
    # OpenAI's
    "image_url": sent(ImageURLChunk, image_url=_object(sent(ImageURL, detail=one(_ORIGINAL)))),
    "input_audio": sent(
        AudioChunk,
        input_audio=_object(sent(RawAudio, _noted("sent without its format", _NO_FORMAT))),
    ),
    "file": _file,
    "refusal": sent(
        TextChunk,
        type=lambda value, place, written: None,
        refusal=renamed("text", "Mistral's API has no refusals", checked(String())),
    ),
    # Mistral's
    "thinking": sent(ThinkChunk, thinking=_thinking),
    "tool_reference": lambda value, place: place.dropped("Mistral's API takes it in thinking only"),
    # mistral_common's
    "image": sent(ImageChunk, _noted("sent as an image_url", _NO_CHUNK)),
    "audio_url": sent(
        AudioURLChunk,
        _noted("sent as an input_audio", _NO_CHUNK),
        audio_url=_object(sent(AudioURL)),
    ),
}

_CONTENT = each(by("type", _PARTS))
_SYSTEM_CONTENT = each(by("type", {kind: _PARTS[kind] for kind in ("text", "thinking")}))

# -- the messages, and their order

_NO_SYSTEM = "Mistral's API takes no system message right after an assistant's or a tool's"
_NO_ROLE = "Mistral's API has no role of that name"
_BETWEEN = AssistantMessage(content="Done.")


def messages(value: Any, place: Place, written: Document) -> None:
    """Adapt the messages, and note in the context which one each of them was."""
    if not isinstance(value, (list, tuple)):
        place.refuse("a list", value, "list_type")
        return
    adapted: list[Numbered] = []
    for index, given in enumerate(value):
        if not isinstance(given, Mapping) or given.get("role") not in ("tool", "function"):
            place.context.waiting.clear()
        message = _MESSAGE(given, place.at(index))
        if isinstance(message, AssistantMessage) and says_nothing(message):
            place.at(index).dropped("Mistral's API takes no message without content and calls")
        elif message is not None:
            adapted.append((index, message))
    if not (adapted or place.problems):
        place.refuse("a message that says something", value, "too_short")
    ordered = _in_order(adapted, place)
    place.context.messages.extend(index for index, _ in ordered)
    written["messages"] = [message for _, message in ordered]


def _in_order(messages: list[Numbered], place: Place) -> list[Numbered]:
    """Return the messages in an order that Mistral's API takes."""
    following = [""]  # from behind: the first role after each message, but the system's
    for _, message in reversed(messages[1:]):
        following.append(following[-1] if message.role == "system" else message.role)

    ordered: list[Numbered] = []
    late: list[Numbered] = []  # the system's, which go behind the user's
    for index, message in messages:
        inside = place.at(index)
        before = ordered[-1][1].role if ordered else ""
        after = following.pop()
        if message.role == "system" and before in ("assistant", "tool"):
            if after == "user":
                inside.changed("moved behind the user message after it", _NO_SYSTEM)
                late.append((index, message))
                continue
            inside.at("role").changed("changed to 'user'", _NO_SYSTEM)
            message = UserMessage(content=message.content)
        if message.role != "user":
            ordered += late
            late = []
        elif before == "tool":
            what = f"an assistant message {_BETWEEN.content!r} put before it"
            inside.changed(what, "Mistral's API takes no user message right after a tool's")
            ordered.append((index, _BETWEEN))
        ordered.append((index, message))
    ordered += late
    for at, (index, message) in enumerate(ordered):
        if isinstance(message, AssistantMessage):
            is_last = at == len(ordered) - 1
            prefix = is_last and (message.prefix or not message.tool_calls)
            if prefix != message.prefix:
                what = "set to true" if prefix else "dropped"
                why = "Mistral's API takes it of the last message only, and needs it there"
                place.at(index).at("prefix").changed(what, why)
                ordered[at] = (index, dataclasses.replace(message, prefix=prefix))
    return ordered


# -- calls, and their answers

_PAIRED = "Mistral's API pairs a call and its answer by an id"


def _good_id(text: str) -> str:
    """Return an id that Mistral takes, the same for the same text.

    So it is also in the next request, or what the API caches of the conversation would be lost.
    """
    from hashlib import sha256  # only an id that is refused pays for it

    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:9]


def _id(value: Any, place: Place, written: Document) -> None:
    given = place.read(String(), value)
    if given is None or given in NO_IDS:
        return
    written[place.name] = made = given if is_call_id(given) else _good_id(given)
    if made != given:
        why = "Mistral's API takes ids of nine letters and digits only"
        place.changed(f"changed to {made!r}", why)


def _with_id(written: Document, place: Place) -> None:
    if written.get("id") is None:
        made = _good_id(format_path(place.path))
        place.default(written, "id", made, repr(made), _PAIRED)
    place.context.waiting[written["id"]] = None


def _with_call_id(written: Document, place: Place) -> None:
    """Pair an answer that has no id with the first call that waits for one."""
    waiting = place.context.waiting
    if waiting:
        first = next(iter(waiting))
        place.default(written, "tool_call_id", first, repr(first), _PAIRED)
    waiting.pop(written.get("tool_call_id"), None)


def _with_arguments(written: Document, place: Place) -> None:
    place.default(written, "arguments", "{}", "'{}'", "Mistral's API requires them")


def _function_call(value: Any, place: Place, written: Document) -> None:
    made = _good_id(format_path(place.path))
    why = "Mistral doesn't support the deprecated `function_call` of messages"
    place.changed(f"changed to a tool call with the id {made!r}", why)
    written["tool_calls"] = [{"id": made, "function": _FUNCTION_CALL(value, place)}]
    place.context.waiting[made] = None


_FUNCTION_CALL = sent(FunctionCall, _with_arguments, nulls=("arguments",))
_CALL = sent(ToolCall, _with_id, nulls=("id",), id=_id, function=one(_FUNCTION_CALL))

# -- what a response has, and a request has no place for


def _reasoning(value: Any, place: Place, written: Document) -> None:
    if place.read(String(), value) is None:
        return
    if value.strip():
        written["reasoning"] = value
        why = "Mistral's API takes it there"
        place.changed("changed to thinking at the head of the content", why)
    else:
        place.dropped("it is blank, and Mistral's API has no such field")


def _refusal(value: Any, place: Place, written: Document) -> None:
    written["refusal"] = place.read(String(), value)
    place.changed("changed to text of the content", "Mistral's API has no refusals")


def _with_parts(written: Document, place: Place) -> None:
    """Put reasoning and refusal into the content."""
    thought, refusal = written.pop("reasoning", ""), written.pop("refusal", None) or ""
    content = written.get("content")
    if isinstance(content, str):
        content = [TextChunk(text=content)] if content else []
    if (thought or refusal) and isinstance(content, (list, type(None))):
        written["content"] = [
            *([ThinkChunk(thinking=[TextChunk(text=thought)])] if thought else []),
            *(content or []),
            *([TextChunk(text=refusal)] if refusal else []),
        ]


_SYSTEM = sent(
    SystemMessage, content=_SYSTEM_CONTENT, role=one(replaced("developer", "system", _NO_ROLE))
)
_ASSISTANT = sent(
    AssistantMessage,
    _with_parts,
    nulls=("content",),
    content=_CONTENT,
    tool_calls=unless_empty("an empty list says nothing", each(_CALL)),
    function_call=unless_given("tool_calls", _function_call),
    refusal=unless_empty("it is empty", _refusal),
    reasoning_content=_reasoning,
    reasoning=unless_given("reasoning_content", _reasoning),
    audio=refused("no audio that was answered, which Mistral's API can't look up"),
)
_ANSWER = sent(
    ToolMessage,
    _with_call_id,
    nulls=("content", "tool_call_id"),
    content=_CONTENT,
    tool_call_id=_id,
    role=one(replaced("function", "tool", _NO_ROLE)),
)
_MESSAGE = by(
    "role",
    {
        "system": _SYSTEM,
        "developer": _SYSTEM,
        "user": sent(UserMessage, nulls=("content",), content=_CONTENT),
        "assistant": _ASSISTANT,
        "tool": _ANSWER,
        "function": _ANSWER,
    },
)
