"""The messages of a request, adapted for Mistral's API."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..checks import String
from ..conversation.api_rules import says_nothing
from ..errors import format_path
from ..protocol.chunk import TextChunk, ThinkChunk
from ..protocol.messages import AssistantMessage, SystemMessage, ToolMessage, UserMessage
from ..protocol.tool_calls import NO_IDS, FunctionCall, ToolCall, is_call_id
from .adapt_content import CONTENT, TEXT
from .rules import by, each, one, refused, replaced, sent, unless_empty, unless_given

if TYPE_CHECKING:
    from .rules import Document, Place

    Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage
    Numbered = tuple[int, Message]

__all__ = ["messages"]

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
        if message is not None and says_nothing(message.to_dict()):
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
            if not is_last and message.prefix:
                place.at(index).at("prefix").dropped(
                    "Mistral's API continues the last message only"
                )
            elif not is_last or message.prefix or message.tool_calls:
                continue
            else:
                why = "Mistral's API takes an assistant message at the end only so"
                place.at(index).at("prefix").changed("set to true", why)
            ordered[at] = (index, dataclasses.replace(message, prefix=is_last))
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
    made = _good_id(format_path(place.path))
    place.default(written, "id", made, repr(made), _PAIRED)
    place.context.waiting[written["id"]] = place


def _with_call_id(written: Document, place: Place) -> None:
    """Pair an answer that has no id with the first call that waits for one."""
    waiting = place.context.waiting
    for first in [*islice(waiting, 1)]:
        place.default(written, "tool_call_id", first, repr(first), _PAIRED)
    waiting.pop(written.get("tool_call_id"), None)


def _with_arguments(written: Document, place: Place) -> None:
    place.default(written, "arguments", "{}", "'{}'", "Mistral's API requires them")


def _function_call(value: Any, place: Place, written: Document) -> None:
    made = _good_id(format_path(place.path))
    why = "Mistral doesn't support the deprecated `function_call` of messages"
    place.changed(f"changed to a tool call with the id {made!r}", why)
    written["tool_calls"] = [{"id": made, "function": _FUNCTION_CALL(value, place)}]
    place.context.waiting[made] = place


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
    content = written.get("content") or []
    if isinstance(content, str) and (thought or refusal):
        content = [TextChunk(text=content)]
    if thought or refusal:
        written["content"] = [
            *([ThinkChunk(thinking=[TextChunk(text=thought)])] if thought else []),
            *(content if isinstance(content, list) else []),
            *([TextChunk(text=refusal)] if refusal else []),
        ]


_MESSAGE = by(
    "role",
    {
        "system": sent(SystemMessage, content=TEXT),
        "developer": sent(
            SystemMessage, role=one(replaced("developer", "system", _NO_ROLE)), content=TEXT
        ),
        "user": sent(UserMessage, nulls=("content",), content=CONTENT),
        "assistant": sent(
            AssistantMessage,
            _with_parts,
            nulls=("content",),
            content=CONTENT,
            tool_calls=unless_empty("an empty list says nothing", each(_CALL)),
            function_call=unless_given("tool_calls", _function_call),
            refusal=_refusal,
            reasoning_content=_reasoning,
            reasoning=unless_given("reasoning_content", _reasoning),
            audio=refused("no audio that was answered, which Mistral's API can't look up"),
        ),
        "tool": sent(
            ToolMessage,
            _with_call_id,
            nulls=("content", "tool_call_id"),
            content=CONTENT,
            tool_call_id=_id,
        ),
        "function": sent(
            ToolMessage,
            _with_call_id,
            nulls=("content",),
            content=CONTENT,
            role=one(replaced("function", "tool", _NO_ROLE)),
        ),
    },
)
