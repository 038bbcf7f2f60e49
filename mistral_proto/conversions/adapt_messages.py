"""Tables from messages in OpenAI's format to those that Mistral's API accepts, and their rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..checks import check_of
from ..errors import format_path
from ..protocol import chunk, tool_calls
from ..protocol.messages import AssistantMessage, SystemMessage, ToolMessage, UserMessage
from ..wire import WireType
from .rules import (
    EMPTY,
    Document,
    Finish,
    Node,
    Rule,
    by,
    convert,
    dropped,
    each,
    filled,
    kept,
    left_out,
    objects,
    only_known,
    refused,
    renamed,
    replaced,
    unless,
    unless_given,
)

REQUIRED = "Mistral's API requires it"
NOT_THERE = "Mistral's API has no such field"


def known(
    cls: type[WireType], finish: Finish | None = None, nulls: tuple[str, ...] = (), **rules: Rule
) -> Rule:
    """Return the rule of an object of a type: fields that the type does not have are dropped."""
    names = [name for name, spec in cls._specs.items() if not spec.local]
    table = {**dict.fromkeys(names, kept), **rules}
    return objects(table, only_known(table, nulls), finish)


def tagged(tag: str, rules: Mapping[str | None, Rule]) -> Rule:
    """Return the rule of objects that a field distinguishes, and that must have it."""

    def refuse(value: Any, node: Node) -> Any:
        node.refuse_missing(tag, value)
        return value

    return by(tag, {None: refuse, **rules})


def noted(action: str, reason: str) -> Finish:
    """Return the function that notes a change of each object."""
    return lambda written, node: node.change(action, reason)


def typed(kind: str) -> Finish:
    """Return the function that sets the type of each object."""
    return lambda written, node: written.update(type=kind)


# -- content

_OFFICE = "application/vnd.openxmlformats-officedocument."
_MEDIA_TYPES = {  # by file name extension; those of `mimetypes` depend on the machine
    "csv": "text/csv",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "docx": f"{_OFFICE}wordprocessingml.document",
    "pptx": f"{_OFFICE}presentationml.presentation",
}
_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _file(value: Any, node: Node) -> Any:
    if "file" not in value:
        return _UPLOADED(value, node)
    outer = {"type": kept, "file": kept}
    file = convert(value, node, outer, only_known(outer)).get("file")
    inner = node.at("file")
    if not isinstance(file, Mapping):
        return inner.refuse("an object", file, "dict_type")
    inner.change("unpacked", "Mistral's API has these fields in the part itself")
    made = (_UPLOADED if file.get("file_data") is None else _DOCUMENT)(file, inner)
    for name in ("file_id", "document_url", "document_name"):
        given = {"document_url": "file_data", "document_name": "filename"}.get(name, name)
        node.report.move(made, name, (*inner.path, given))
    return made


def _file_id(value: Any, node: Node) -> Any:
    if isinstance(value, str) and not _UUID.fullmatch(value):
        node.refuse("the UUID of a file that was uploaded to Mistral", value)
    return value


def _with_data_url(written: Document, node: Node) -> None:
    written["type"] = "document_url"
    data = written["document_url"]
    if isinstance(data, str) and ":" not in data:  # base64 has no colon, every URL has
        extension = str(written.get("document_name")).rpartition(".")[2].lower()
        media_type = _MEDIA_TYPES.get(extension, "application/octet-stream")
        written["document_url"] = f"data:{media_type};base64,{data}"


_UPLOADED = known(
    chunk.FileChunk,
    typed("file"),
    file_id=_file_id,
    filename=dropped("Mistral knows the file's name"),
)
_DOCUMENT = known(
    chunk.DocumentURLChunk,
    _with_data_url,
    file_data=renamed("document_url", "Mistral's API takes documents by URL"),
    filename=renamed("document_name", "Mistral's API takes documents by URL"),
    file_id=dropped("file_data is given too"),
)


def _thinking(value: Any, node: Node) -> Any:
    if isinstance(value, str):
        node.change("changed to a list", "Mistral's API takes thinking in chunks")
        return value
    return _THOUGHTS(value, node)


_CHUNKS: Any = check_of(chunk.ContentChunk)
_KEPT = {tag: known(member.cls) for tag, member in _CHUNKS.members.items()}
_THOUGHTS = each(by("type", {None: _KEPT["text"], **_KEPT}))
_NO_CHUNK = "Mistral's API has no chunk of this type"
_PARTS: dict[str | None, Rule] = {
    **_KEPT,
    # of OpenAI's API
    "image_url": known(
        chunk.ImageURLChunk,
        image_url=known(
            chunk.ImageURL,
            detail=replaced("original", "high", "Mistral's API has no higher resolution"),
        ),
    ),
    "input_audio": known(
        chunk.AudioChunk,
        input_audio=known(
            chunk.RawAudio, noted("sent without its format", "Mistral's API takes the data alone")
        ),
    ),
    "file": _file,
    "refusal": known(
        chunk.TextChunk, typed("text"), type=left_out, refusal=renamed("text", _NO_CHUNK)
    ),
    # of Mistral's API
    "thinking": known(chunk.ThinkChunk, thinking=_thinking),
    "tool_reference": dropped("Mistral's API takes it in thinking only"),
    # of mistral_common
    "image": known(chunk.ImageChunk, noted("changed to image_url", _NO_CHUNK)),
    "audio_url": known(
        chunk.AudioURLChunk,
        noted("changed to input_audio", _NO_CHUNK),
        audio_url=known(chunk.AudioURL),
    ),
}

_CONTENT = each(tagged("type", _PARTS))
_SYSTEM_CONTENT = each(tagged("type", {kind: _PARTS[kind] for kind in ("text", "thinking")}))

# -- calls, and their answers

_PAIRED = "Mistral's API pairs a call and its answer by an id"


def _good_id(text: str) -> str:
    """Return an id that Mistral's API takes, the same for the same text.

    So the next request has it too, and the API finds the conversation in its cache.
    """
    from hashlib import sha256  # needed for refused ids only

    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:9]


def _id(value: Any, node: Node) -> str | None:
    given = node.text(value)
    if given in tool_calls.NO_IDS:
        return None
    if tool_calls.is_call_id(given):
        return given
    made = _good_id(given)
    node.change(f"changed to {made!r}", "Mistral's API takes ids of nine letters and digits only")
    return made


def _with_id(written: Document, node: Node) -> None:
    if written.get("id") is None:
        filled(_PAIRED, id=_good_id(format_path(node.path)))(written, node)
    node.report.state.waiting[written["id"]] = None


def _with_call_id(written: Document, node: Node) -> None:
    """Pair an answer without an id with the first call that waits for one."""
    waiting = node.report.state.waiting
    if waiting:
        filled(_PAIRED, tool_call_id=next(iter(waiting)))(written, node)
    waiting.pop(written.get("tool_call_id"), None)


def _function_call(value: Any, node: Node) -> None:
    made = _good_id(format_path(node.path))
    node.change(
        f"changed to a tool call with the id {made!r}",
        "Mistral doesn't support the deprecated `function_call` of messages",
    )
    call = {"id": made, "function": _FUNCTION_CALL(value, node)}
    node.write("tool_calls", [call])
    for container, key in ((node.written["tool_calls"], 0), (call, "id"), (call, "function")):
        node.report.move(container, key, node.path)
    node.report.state.waiting[made] = None


_FUNCTION_CALL = known(
    tool_calls.FunctionCall, filled(REQUIRED, arguments="{}"), nulls=("arguments",)
)
_CALL = known(tool_calls.ToolCall, _with_id, nulls=("id",), id=_id, function=_FUNCTION_CALL)

# -- messages

_NO_ROLE = "Mistral's API has no role of that name"


def _moved_text(name: str, where: str) -> Rule:
    """Return the rule of a text that becomes a part of the content."""

    def rule(value: Any, node: Node) -> None:
        text = node.text(value)
        if text.strip():
            node.write(name, text)
            node.change(f"moved to {where}", NOT_THERE)
        else:
            node.drop("it is blank")

    return rule


def _with_parts(written: Document, node: Node) -> None:
    """Put reasoning and refusal into the content."""
    thought, refusal = written.pop("reasoning", None), written.pop("refusal", None)
    content = written.get("content")
    if content is None or isinstance(content, str):
        content = [{"type": "text", "text": content}] if content else []
    if isinstance(content, list) and (thought or refusal):
        before = [{"type": "thinking", "thinking": thought}] if thought else []
        after = [{"type": "text", "text": refusal}] if refusal else []
        written["content"] = made = [*before, *content, *after]
        for index in range(len(content)):
            origin = node.report.origin(content, (index,))
            node.report.move(made, index + len(before), (*node.path, "content", *origin))


_REASONING = _moved_text("reasoning", "the content, as thinking")
_ASSISTANT = known(
    AssistantMessage,
    _with_parts,
    nulls=("content",),
    content=_CONTENT,
    tool_calls=unless(EMPTY, each(_CALL), dropped("it is empty")),
    function_call=unless_given("tool_calls", _function_call),
    refusal=_moved_text("refusal", "the content, as text"),
    reasoning_content=_REASONING,
    reasoning=unless_given("reasoning_content", _REASONING),
    audio=refused("no audio of an answer, which Mistral's API can't look up"),
)
_SYSTEM = known(
    SystemMessage, content=_SYSTEM_CONTENT, role=replaced("developer", "system", _NO_ROLE)
)
_ANSWER = known(
    ToolMessage,
    _with_call_id,
    nulls=("content", "tool_call_id"),
    content=_CONTENT,
    tool_call_id=_id,
    role=replaced("function", "tool", _NO_ROLE),
)
_MESSAGE = tagged(
    "role",
    {
        "system": _SYSTEM,
        "developer": _SYSTEM,
        "user": known(UserMessage, nulls=("content",), content=_CONTENT),
        "assistant": _ASSISTANT,
        "tool": _ANSWER,
        "function": _ANSWER,
    },
)


def messages(value: Any, node: Node) -> Any:
    """Adapt the messages, in an order that Mistral's API takes."""
    adapted: list[tuple[Node, Any]] = []
    for item, given in node.items(value):
        if _role(given) not in ("tool", "function"):
            node.report.state.waiting.clear()
        message = _MESSAGE(given, item)
        if _role(message) == "assistant" and _is_empty(message):
            item.drop("Mistral's API takes no message without content and tool calls")
        else:
            adapted.append((item, message))
    ordered = _in_order(adapted)
    made = [message for _, message in ordered]
    for index, (item, _) in enumerate(ordered):
        node.report.move(made, index, item.path)
    return made


def _role(message: Any) -> Any:
    return message.get("role") if isinstance(message, Mapping) else None


def _is_empty(message: Document) -> bool:
    content: Any = message.get("content")
    is_list = isinstance(content, list)
    no_text = all(part == {"type": "text", "text": ""} for part in content) if is_list else False
    return not message.get("tool_calls") and (content in (None, "") or no_text)


def _in_order(messages: list[tuple[Node, Any]]) -> list[tuple[Node, Any]]:
    """Return the messages in an order that Mistral's API takes.

    A system message after an assistant's or a tool's moves behind the user messages that
    follow it, or becomes a user's; between a tool's message and a user's comes an assistant's.
    """
    next_roles: list[Any] = [""]  # from behind: the next role after each message, but system
    for _, message in reversed(messages[1:]):
        role = _role(message)
        next_roles.append(next_roles[-1] if role == "system" else role)

    ordered: list[tuple[Node, Any]] = []
    postponed: list[tuple[Node, Any]] = []
    for number, (node, message) in enumerate(messages, 1):
        before = _role(ordered[-1][1]) if ordered else ""
        after = next_roles.pop()
        if _role(message) == "system" and before in ("assistant", "tool"):
            reason = "Mistral's API takes no system message after an assistant or tool message"
            if after == "user":
                node.change("moved behind the next user message", reason)
                postponed.append((node, message))
                continue
            node.at("role").change("changed to 'user'", reason)
            message["role"] = "user"
        if _role(message) != "user":
            ordered += postponed
            postponed = []
        elif before == "tool":
            done = {"role": "assistant", "content": "Done."}
            reason = "Mistral's API takes no user message after a tool message"
            node.change("preceded by an assistant message 'Done.'", reason)
            ordered.append((node, done))
        if _role(message) == "assistant":
            _set_prefix(message, node, is_last=number == len(messages))
        ordered.append((node, message))
    return ordered + postponed


def _set_prefix(message: Document, node: Node, is_last: bool) -> None:
    given = message.get("prefix", False)
    prefix = is_last and (given or not message.get("tool_calls"))
    if isinstance(given, bool) and prefix is not given:
        action = "set to true" if prefix else "dropped"
        reason = "Mistral's API takes it in the last message only, and requires it there"
        node.at("prefix").change(action, reason)
        message.pop("prefix", None)
        message.update({"prefix": True} if prefix else {})
