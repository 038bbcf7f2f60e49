"""The messages of a request, adapted for Mistral's API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..checks import Boolean, ObjectOf, String, one_of
from ..protocol.chunk import TextChunk, ThinkChunk
from ..protocol.tool_calls import NO_IDS, FunctionCall, ToolCall
from .adapt_content import adapt_parts, adapt_text
from .adapt_tools import NO_CUSTOM
from .adaptation import (
    Draft,
    checked_by,
    dropped,
    fields_of,
    kept,
    refused,
    says,
    unless,
    unless_null,
)

if TYPE_CHECKING:
    from ..errors import Path
    from .adaptation import Adaptation, Rule, Table

__all__ = ["messages"]

_IDS = "Mistral's API takes ids of nine letters and digits only"
_PAIRED = "Mistral's API pairs a call and its answer by an id"

# The orders that Mistral's API refuses.
_RENAMED = {"developer": "system", "function": "tool"}
_BEFORE_NO_SYSTEM = ("assistant", "tool")
_NO_SYSTEM = "Mistral's API takes no system's message right after the assistant's or a tool's"
_BETWEEN = {"role": "assistant", "content": "Done."}


def messages(draft: Draft, name: str, value: object) -> None:
    """The rule of `messages`."""
    work = draft.work
    place = draft.at(name)
    if not isinstance(value, (list, tuple)):
        work.refuse(place, "a list", value, "list_type")
        return
    if not value:
        work.refuse(place, "a list of at least 1", value, "too_short")
        return
    draft.written[name] = _in_order(value, place, work)


def _in_order(given: Sequence[object], place: Path, work: Adaptation) -> list[Mapping[str, object]]:
    """What becomes of the messages, in an order that Mistral's API takes."""
    roles = [_role_of(message) for message in given]
    following = [""] * len(roles)  # the first role after each message but the system's
    for index in range(len(roles) - 1, 0, -1):
        role = roles[index]
        following[index - 1] = following[index] if role == "system" else role

    written: list[Mapping[str, object]] = []
    late: list[Mapping[str, object]] = []  # the system's, which go behind the user's
    before = ""
    for index, (message, role) in enumerate(zip(given, roles)):
        inside = (*place, index)
        too_late = role == "system" and before in _BEFORE_NO_SYSTEM
        if too_late and following[index] == "user":
            work.change(inside, "moved behind the user's message after it", _NO_SYSTEM)
            late.append(_message(message, inside, work).written)
            continue
        if too_late:
            role = "user"
        if role == "user" and before == "tool":
            what = f"an assistant's message {_BETWEEN['content']!r} put before it"
            work.change(inside, what, "Mistral's API takes no user's message right after a tool's")
            written.append(_BETWEEN)
        if role != "user":
            written += late
            late = []
        draft = _message(message, inside, work, as_user=too_late)
        _continue_last(draft, last=index == len(roles) - 1)
        written.append(draft.written)
        before = role
    return written + late


def _role_of(message: object) -> str:
    """What the role of a message is for Mistral's API; empty where nobody knows it."""
    given = message.get("role") if isinstance(message, Mapping) else None
    return _RENAMED.get(given, given) if isinstance(given, str) else ""


def _message(message: object, place: Path, work: Adaptation, *, as_user: bool = False) -> Draft:
    if not isinstance(message, Mapping):
        work.refuse(place, "an object", message, "dict_type")
        return Draft({}, place, work)
    draft = Draft(message, place, work)
    given = message.get("role")
    if isinstance(given, str) and given in _ROLES:
        role = _AS_USER if as_user else _ROLES[given]
        draft.fill(role.fields, nulls=role.nulls)
        role.finish(draft)
    elif given is None:
        work.refuse_absent(draft.at("role"), message)
    else:
        work.refuse(draft.at("role"), one_of(_ROLES), given, "union_tag_invalid")
    return draft


def _continue_last(draft: Draft, *, last: bool) -> None:
    """Mark an assistant's message at the end, and no other, as what the model is to continue."""
    written = draft.written
    if not last:
        if written.pop("prefix", False):
            draft.work.drop(draft.at("prefix"), "Mistral's API continues the last message only")
        return
    if written.get("role") != "assistant" or written.get("prefix") or written.get("tool_calls"):
        return
    written["prefix"] = True
    draft.work.change(
        draft.at("prefix"),
        "set to true",
        "Mistral's API takes an assistant's message at the end only so",
    )


# -- any message


def _content(draft: Draft, name: str, value: object) -> None:
    if value is None or isinstance(value, str):
        draft.written[name] = value
    else:
        draft.written[name] = adapt_parts(value, draft.at(name), draft.work)


def _text(draft: Draft, name: str, value: object) -> None:
    draft.written[name] = adapt_text(value, draft.at(name), draft.work, TextChunk, ThinkChunk)


def _becomes(role: str, why: str = "Mistral's API has no role of that name") -> Rule:
    """The rule of a role that has another name here."""

    def rule(draft: Draft, name: str, value: object) -> None:
        draft.work.change(draft.at(name), f"changed to {role!r}", why)
        draft.written[name] = role

    return rule


def _requires_content(draft: Draft) -> None:
    if "content" not in draft.written:
        draft.work.refuse_absent(draft.at("content"), draft.given)


_NO_NAME = dropped("Mistral's API takes no name here")


# -- what the assistant said


def _id(draft: Draft, name: str, value: object) -> None:
    given = None if value is None else draft.work.read(String(), value, draft.at(name))
    if isinstance(given, str) and given not in NO_IDS:
        draft.written[name] = made = draft.work.ids.of(given)
        if made != given:
            draft.work.change(draft.at(name), f"changed to {made!r}", _IDS)


def _function(draft: Draft, name: str, value: object) -> None:
    if isinstance(value, Mapping):
        value = _filled_function(value, draft.at(name), draft.work)
    draft.written[name] = value


_FUNCTION = fields_of(FunctionCall, arguments=unless_null)
_CALL = fields_of(ToolCall, id=_id, function=_function)


def _filled_function(
    given: Mapping[str, object], place: Path, work: Adaptation
) -> dict[str, object]:
    draft = Draft(given, place, work)
    draft.fill(_FUNCTION, nulls=["arguments"])
    draft.default("arguments", "{}", "set to '{}'", "Mistral's API requires them")
    return draft.written


def _tool_calls(draft: Draft, name: str, value: object) -> None:
    work = draft.work
    place = draft.at(name)
    if not isinstance(value, (list, tuple)):
        work.refuse(place, "a list", value, "list_type")
    elif not value:
        work.drop(place, "an empty list says nothing")
    else:
        draft.written[name] = [
            _call(call, (*place, index), work) for index, call in enumerate(value)
        ]


def _call(given: object, place: Path, work: Adaptation) -> object:
    if not isinstance(given, Mapping):
        work.refuse(place, "an object", given, "dict_type")
        return None
    if says(given.get("type"), "custom"):
        work.refuse((*place, "type"), NO_CUSTOM, given["type"])
        return None
    written = Draft(given, place, work).fill(_CALL, nulls=["id"])
    if "id" not in written:
        written["id"] = made = work.ids.of_one_without(place)
        work.change((*place, "id"), f"set to {made!r}", _PAIRED)
    return work.read(ObjectOf(ToolCall), written, place)


def _function_call(draft: Draft, name: str, value: object) -> None:
    work = draft.work
    place = draft.at(name)
    if not isinstance(value, Mapping):
        work.refuse(place, "an object", value, "dict_type")
        return
    made = work.ids.of_one_without(place)
    work.change(
        place,
        f"changed to a tool call with the id {made!r}",
        "Mistral's API does not have what OpenAI's replaced by tool calls",
    )
    function = work.read(ObjectOf(FunctionCall), _filled_function(value, place, work), place)
    draft.written["tool_calls"] = [{"id": made, "function": function}]


def _reasoning(draft: Draft, name: str, value: object) -> None:
    text = draft.work.read(String(), value, draft.at(name))
    if not isinstance(text, str):
        return
    if text.strip():
        draft.written[_THOUGHT] = text
        draft.work.change(
            draft.at(name),
            "changed to thinking at the head of the content",
            "Mistral's API takes it there",
        )
    else:
        draft.work.drop(draft.at(name), "it is blank, and Mistral's API has no such field")


def _refusal(draft: Draft, name: str, value: object) -> None:
    text = draft.work.read(String(), value, draft.at(name))
    if isinstance(text, str):
        draft.written[_REFUSAL] = text
        draft.work.change(
            draft.at(name), "changed to text of the content", "Mistral's API has no refusals"
        )


# Between a message's fields and its end, what is to become a part of its content.
_THOUGHT, _REFUSAL = "<thought>", "<refusal>"


def _finish_assistant(draft: Draft) -> None:
    written = draft.written
    thought, refusal = written.pop(_THOUGHT, None), written.pop(_REFUSAL, None)
    content = written.get("content")
    if thought is not None or (refusal is not None and content):
        parts = [TextChunk(text=content)] if isinstance(content, str) and content else content
        written["content"] = [
            *([ThinkChunk(thinking=[TextChunk(text=str(thought))])] if thought is not None else []),
            *(parts if isinstance(parts, list) else []),
            *([TextChunk(text=str(refusal))] if refusal is not None else []),
        ]
    elif refusal is not None:
        written["content"] = refusal
    elif content is None and not written.get("tool_calls"):
        written["content"] = ""
        draft.work.change(
            draft.at("content"), "set to ''", "Mistral's API wants one where no tool is called"
        )


# -- what a tool answered


def _finish_tool(draft: Draft) -> None:
    _requires_content(draft)
    if "tool_call_id" not in draft.written:
        _answer_first_call(draft)


def _finish_function(draft: Draft) -> None:
    _requires_content(draft)
    if not _answer_first_call(draft):
        draft.work.refuse(
            draft.place, "a function_call before its answer, to pair them", draft.given
        )


def _answer_first_call(draft: Draft) -> bool:
    """Pair an answer that has no id with a call, if one waits for it."""
    made = draft.work.ids.of_one_without(draft.place)
    if made is None:
        return False
    draft.written["tool_call_id"] = made
    draft.work.change(draft.at("tool_call_id"), f"set to {made!r}", _PAIRED)
    return True


# -- what becomes of each role, and of each field of its messages


@dataclass(frozen=True)
class _Role:
    """The messages of a role: their fields, those that may be null, and what is done last."""

    fields: Table
    finish: Callable[[Draft], object] = _requires_content
    nulls: tuple[str, ...] = ()


_AS_USER = _Role({"role": _becomes("user", _NO_SYSTEM), "content": _text, "name": _NO_NAME})
_ROLES: dict[str, _Role] = {
    "system": _Role({"role": kept, "content": _text, "name": _NO_NAME}),
    "developer": _Role(
        {
            "role": _becomes("system"),
            "content": _text,
            "name": _NO_NAME,
        }
    ),
    "user": _Role({"role": kept, "content": _content, "name": _NO_NAME}, nulls=("content",)),
    "assistant": _Role(
        {
            "role": kept,
            "content": _content,
            "tool_calls": _tool_calls,
            "prefix": checked_by(Boolean()),
            "name": _NO_NAME,
            "function_call": unless("tool_calls", _function_call),
            # What a response has, and a request has no place for.
            "refusal": _refusal,
            "reasoning_content": _reasoning,
            "reasoning": unless("reasoning_content", _reasoning),
            "audio": refused("no audio that was answered, which Mistral's API can't look up"),
            "annotations": dropped("Mistral's API takes no annotations of an answer"),
        },
        finish=_finish_assistant,
        nulls=("content",),
    ),
    "tool": _Role(
        {
            "role": kept,
            "content": _content,
            "tool_call_id": _id,
            "name": checked_by(String()),
        },
        finish=_finish_tool,
        nulls=("content", "tool_call_id"),
    ),
    "function": _Role(
        {"role": _becomes("tool"), "content": _content, "name": checked_by(String())},
        finish=_finish_function,
        nulls=("content",),
    ),
}
