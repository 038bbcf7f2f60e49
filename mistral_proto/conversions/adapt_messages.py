"""Tables from messages in OpenAI's format to those that Mistral's API accepts, and their rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from mimetypes import guess_type
from typing import Any

from ..checks import check_of
from ..errors import format_path
from ..protocol import chunk, tool_calls
from ..protocol.messages import AssistantMessage, SystemMessage, ToolMessage, UserMessage
from ..wire import WireType
from . import rules as r
from .rules import Document, Finish, Node, Rule

REQUIRED = "Mistral's API requires it"


def known(cls: type[WireType], finish: Finish | None = None, /, **rules: Rule) -> Rule:
    """Return the rule of an object of a type: fields that the type does not have are dropped."""
    specs = [spec for spec in cls._specs.values() if not spec.local]
    nulls = [spec.name for spec in specs if spec.nullable or spec.check.reads_null]
    table = {**dict.fromkeys([spec.name for spec in specs], r.kept), **rules}
    return r.objects(table, r.only_known(table, nulls), finish)


def typed(type: str) -> Finish:
    """Return the function that sets the type of each object."""
    return lambda written, node: written.update(type=type)


_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NO_CHUNK = "Mistral's API has no chunk of this type"
_BY_URL = "Mistral's API takes documents by URL"


def _file(value: Any, node: Node) -> Any:
    if "file" not in value:
        return _UPLOADED(value, node)
    outer = {"type": r.kept, "file": r.kept}
    file = r.convert(value, node, outer, r.only_known(outer)).get("file")
    inner = node.at("file")
    if not isinstance(file, Mapping):
        inner.refuse("an object", file, "dict_type")
        return None
    inner.change("unpacked", "Mistral's API has these fields in the part itself")
    made = (_UPLOADED if file.get("file_data") is None else _DOCUMENT)(file, inner)
    node.report.move(made, "file_id", (*inner.path, "file_id"))
    return made


def _file_id(value: Any, node: Node) -> Any:
    if isinstance(value, str) and not _UUID.fullmatch(value):
        node.refuse("the UUID of a file that was uploaded to Mistral", value)
    return value


def _with_data_url(written: Document, node: Node) -> None:
    written["type"] = "document_url"
    data = written["document_url"]
    if ":" not in data:  # base64 has no colon, every URL has
        media_type = guess_type(str(written.get("document_name")))[0] or "application/octet-stream"
        written["document_url"] = f"data:{media_type};base64,{data}"


def _without_format(written: Document, node: Node) -> None:
    node.change("sent without its format", "Mistral's API takes the data only")


def _retyped(type: str) -> Finish:
    return lambda written, node: node.change(f"changed to {type}", _NO_CHUNK)


_UPLOADED = known(
    chunk.FileChunk,
    typed("file"),
    file_id=_file_id,
    filename=r.dropped("Mistral knows the file's name"),
)
_DOCUMENT = known(
    chunk.DocumentURLChunk,
    _with_data_url,
    file_data=r.renamed("document_url", _BY_URL, r.text),
    filename=r.renamed("document_name", _BY_URL, r.text),
    file_id=r.dropped("file_data is given too"),
)
_CHUNKS: Any = check_of(chunk.ContentChunk)
_KEPT = {kind: known(check.cls) for kind, check in _CHUNKS.members.items()}
_HIGH = r.replaced("original", "high", "Mistral's API has no higher resolution")
_PARTS: dict[str | None, Rule] = {
    **_KEPT,
    # of OpenAI's API
    "image_url": known(chunk.ImageURLChunk, image_url=known(chunk.ImageURL, detail=_HIGH)),
    "input_audio": known(chunk.AudioChunk, input_audio=known(chunk.RawAudio, _without_format)),
    "file": _file,
    "refusal": known(
        chunk.TextChunk, typed("text"), type=r.left_out, refusal=r.renamed("text", _NO_CHUNK)
    ),
    # of Mistral's API
    "thinking": known(
        chunk.ThinkChunk, thinking=r.each(r.by("type", {None: _KEPT["text"], **_KEPT}))
    ),
    "tool_reference": r.dropped("Mistral's API takes it in thinking only"),
    # of mistral_common
    "image": known(chunk.ImageChunk, _retyped("image_url")),
    "audio_url": known(
        chunk.AudioURLChunk, _retyped("input_audio"), audio_url=known(chunk.AudioURL)
    ),
}
_CONTENT = r.each(r.by("type", _PARTS))

_PAIRED = "Mistral's API pairs a call and its answer by an id"


def _good_id(text: str) -> str:
    """Return an id that Mistral's API takes, the same for the same text.

    So the next request has it too, and the API finds the conversation in its cache.
    """
    from hashlib import sha256  # needed for refused ids only

    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:9]


def _id(value: Any, node: Node) -> str | None:
    given = r.text(value, node)
    if given in tool_calls.MISSING_IDS:
        return None
    if tool_calls.is_call_id(given):
        return given
    made = _good_id(given)
    node.change(f"changed to {made!r}", "Mistral's API takes ids of nine letters and digits only")
    return made


def _with_id(written: Document, node: Node) -> None:
    if written.get("id") is None:
        r.filled(_PAIRED, id=_good_id(format_path(node.path)))(written, node)
    node.report.state.waiting[written["id"]] = None


def _with_call_id(written: Document, node: Node) -> None:
    """Pair an answer without an id with the first call that waits for one."""
    waiting = node.report.state.waiting
    if waiting:
        r.filled(_PAIRED, tool_call_id=next(iter(waiting)))(written, node)
    waiting.pop(written.get("tool_call_id"), None)


def _function_call(value: Any, node: Node) -> None:
    made = _good_id(format_path(node.path))
    reason = "Mistral doesn't support the deprecated `function_call` of messages"
    node.change(f"changed to a tool call with the id {made!r}", reason)
    call = {"id": made, "function": _FUNCTION_CALL(value, node)}
    node.write("tool_calls", [call])
    node.report.move(node.written["tool_calls"], 0, node.path)
    node.report.move(call, "function", node.path)
    node.report.state.waiting[made] = None


_FUNCTION_CALL = known(tool_calls.FunctionCall, r.filled(REQUIRED, arguments="{}"))
_CALL = known(tool_calls.ToolCall, _with_id, id=_id, function=_FUNCTION_CALL)

_NO_ROLE = "Mistral's API has no role of that name"


def _moved_text(name: str, action: str) -> Rule:
    """Return the rule of a text that becomes a part of the content."""

    def rule(value: Any, node: Node) -> None:
        words = r.text(value, node)
        if words.strip():
            node.write(name, words)
            node.change(action, "Mistral's API has no such field")
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


_REASONING = _moved_text("reasoning", "moved to the content, as thinking")
_SYSTEM = known(
    SystemMessage,
    content=r.each(r.by("type", {kind: _PARTS[kind] for kind in ("text", "thinking")})),
    role=r.replaced("developer", "system", _NO_ROLE),
)
_ANSWER = known(
    ToolMessage,
    _with_call_id,
    content=_CONTENT,
    tool_call_id=_id,
    role=r.replaced("function", "tool", _NO_ROLE),
)
_ASSISTANT = known(
    AssistantMessage,
    _with_parts,
    content=_CONTENT,
    tool_calls=r.unless(r.EMPTY, r.each(_CALL), r.dropped("it is empty")),
    function_call=r.unless_given("tool_calls", _function_call),
    refusal=_moved_text("refusal", "moved to the content, as text"),
    reasoning_content=_REASONING,
    reasoning=r.unless_given("reasoning_content", _REASONING),
    audio=r.refused("no audio of an answer, which Mistral's API can't look up"),
)
_MESSAGE = r.by(
    "role",
    {
        "system": _SYSTEM,
        "developer": _SYSTEM,
        "user": known(UserMessage, content=_CONTENT),
        "assistant": _ASSISTANT,
        "tool": _ANSWER,
        "function": _ANSWER,
    },
)


def messages(value: Any, node: Node) -> Any:
    """Adapt the messages, and bring them into an order that Mistral's API takes."""
    adapted: list[tuple[Node, Document]] = []
    for item, given in node.items(value):
        if not isinstance(given, Mapping):
            item.refuse("an object", given, "dict_type")
            continue
        if given.get("role") not in ("tool", "function"):
            node.report.state.waiting.clear()
        message = _MESSAGE(given, item)
        if message.get("role") == "assistant" and _is_empty(message):
            item.drop("Mistral's API takes no message without content and tool calls")
        else:
            adapted.append((item, message))
    made: list[Document] = []
    for item, message in _in_order(adapted):
        node.report.move(made, len(made), item.path)
        made.append(message)
    return made


def _is_empty(message: Document) -> bool:
    content: Any = message.get("content")
    is_list = isinstance(content, list)
    no_text = all(part == {"type": "text", "text": ""} for part in content) if is_list else False
    return not message.get("tool_calls") and (content in (None, "") or no_text)


def _in_order(messages: list[tuple[Node, Document]]) -> list[tuple[Node, Document]]:
    """Return the messages in an order that Mistral's API takes.

    A system message after an assistant's or a tool's moves behind the user messages that
    follow it, or becomes a user's; between a tool's message and a user's comes an assistant's.
    """
    next_roles: list[object] = [""]  # from behind: the next role after each message, but system
    for _, message in reversed(messages[1:]):
        role = message.get("role")
        next_roles.append(next_roles[-1] if role == "system" else role)

    ordered: list[tuple[Node, Document]] = []
    postponed: list[tuple[Node, Document]] = []
    for number, (node, message) in enumerate(messages, 1):
        before = ordered[-1][1].get("role") if ordered else ""
        after = next_roles.pop()
        if message.get("role") == "system" and before in ("assistant", "tool"):
            reason = "Mistral's API takes no system message after an assistant or tool message"
            if after == "user":
                node.change("moved behind the next user message", reason)
                postponed.append((node, message))
                continue
            node.at("role").change("changed to 'user'", reason)
            message["role"] = "user"
        if message.get("role") != "user":
            ordered += postponed
            postponed = []
        elif before == "tool":
            reason = "Mistral's API takes no user message after a tool message"
            node.change("preceded by an assistant message 'Done.'", reason)
            ordered.append((node, {"role": "assistant", "content": "Done."}))
        if message.get("role") == "assistant":
            _set_prefix(message, node, last=number == len(messages))
        ordered.append((node, message))
    return ordered + postponed


def _set_prefix(message: Document, node: Node, last: bool) -> None:
    given = message.get("prefix", False)
    prefix = last and (given or not message.get("tool_calls"))
    if isinstance(given, bool) and prefix is not given:
        reason = "Mistral's API takes it in the last message only, and requires it there"
        node.at("prefix").change("set to true" if prefix else "dropped", reason)
        message["prefix"] = prefix
        if not prefix:
            del message["prefix"]
