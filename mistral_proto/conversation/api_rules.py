"""The rules of Mistral's API itself, about what the types of a request leave open.

`check_conversation` tells where a request breaks them.  `adapt_request` leaves out what
breaks them where the request can do without it, and refuses the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..protocol.tool_calls import is_call_id
from .exceptions import InvalidRequestException

if TYPE_CHECKING:
    from ..errors import Path
    from ..protocol.request import ChatCompletionRequest
    from .exceptions import MistralCommonException

    Document = Mapping[str, Any]
    Find = Callable[[Document], list[Path]]

__all__ = ["API_RULES", "broken_api_rules", "says_nothing"]


API_RULES: list[tuple[str, Find, bool]] = []
"""What the API expects, what finds the places without it, and whether these may be left out."""


def broken_api_rules(
    request: ChatCompletionRequest, told: Container[Path]
) -> Iterator[MistralCommonException]:
    """Yield what breaks a rule of the API, but for the places that are told."""
    document = request.to_dict()
    for expected, find, _ in API_RULES:
        for path in find(document):
            if path not in told:
                yield InvalidRequestException(f"Mistral's API expects {expected}", path)


def _rule(expected: str, *, droppable: bool = False) -> Callable[[Find], Find]:
    def add(find: Find) -> Find:
        API_RULES.append((expected, find, droppable))
        return find

    return add


@_rule("top_p 1, or none, where temperature is 0", droppable=True)
def _greedy(request: Document) -> list[Path]:
    is_greedy = request.get("temperature") == 0 and request.get("top_p", 1) != 1
    return [("top_p",)] if is_greedy else []


@_rule("1 where the answer is streamed")
def _streamed(request: Document) -> list[Path]:
    return [("n",)] if request.get("stream") and request.get("n", 1) != 1 else []


@_rule("content or tool calls", droppable=True)
def _empty(request: Document) -> list[Path]:
    return [place for place, message in _items(request, "messages") if says_nothing(message)]


def says_nothing(message: Document) -> bool:
    """Return whether it is an assistant's message with neither content nor calls."""
    content = message.get("content") or ()
    has_words = isinstance(content, str) or any(
        part["type"] != "text" or part["text"] for part in content
    )
    return message["role"] == "assistant" and not (has_words or message.get("tool_calls"))


@_rule("an assistant message between a tool's and a user's, and no system message after these")
def _order(request: Document) -> list[Path]:
    roles = [message["role"] for message in request["messages"]]
    never = [("assistant", "system"), ("tool", "system"), ("tool", "user")]
    pairs = enumerate(zip(roles, roles[1:]), 1)
    return [("messages", index, "role") for index, pair in pairs if pair in never]


@_rule("one answer right after each call, and no other")
def _answers(request: Document) -> list[Path]:
    astray: list[Path] = []
    waiting: dict[str, Path] = {}
    for place, message in [*_items(request, "messages"), ((), {"role": "user"})]:
        if message["role"] != "tool":
            astray += waiting.values()
            calls = _items(message, "tool_calls", place)
            waiting = {call.get("id", ""): (*at, "id") for at, call in calls}
        elif not waiting.pop(message.get("tool_call_id", ""), None):
            astray.append((*place, "tool_call_id"))
    return astray


@_rule("an id of nine letters and digits")
def _ids(request: Document) -> list[Path]:
    return [(*at, "id") for at, call in _calls(request) if not is_call_id(call.get("id", ""))]


@_rule("an id that no other call of the message has")
def _own_ids(request: Document) -> list[Path]:
    first: dict[tuple[Path, str], Path] = {}
    return [
        (*at, "id")
        for at, call in _calls(request)
        if first.setdefault((at[:2], call.get("id", "")), at) is not at
    ]


_NAME = "1 to 64 letters, digits, underscores and dashes"
_is_name = re.compile("[a-zA-Z0-9_-]{1,64}").fullmatch


@_rule(_NAME)
def _names(request: Document) -> list[Path]:
    return [
        (*place, "function", "name")
        for place, holder in [*_items(request, "tools"), *_calls(request)]
        if "function" in holder and not _is_name(holder["function"]["name"])
    ]


@_rule(_NAME, droppable=True)
def _names_of_answers(request: Document) -> list[Path]:
    messages = _items(request, "messages")
    return [(*at, "name") for at, each in messages if not _is_name(each.get("name", "f"))]


@_rule("no $schema and no $id", droppable=True)
def _identified(request: Document) -> list[Path]:
    return [*_identifiers(request.get("tools"), ("tools",))]


def _identifiers(schema: Any, place: Path) -> Iterator[Path]:
    fields = schema.items() if isinstance(schema, dict) else ()
    for key, value in enumerate(schema) if isinstance(schema, list) else fields:
        # A property of this name has a schema for a value, and no string.
        if key in ("$schema", "$id") and isinstance(value, str):
            yield (*place, key)
        elif place[-1] == "properties" or key not in ("const", "default", "enum", "examples"):
            yield from _identifiers(value, (*place, key))


def _items(holder: Document, name: str, place: Path = ()) -> list[tuple[Path, Document]]:
    return [((*place, name, index), each) for index, each in enumerate(holder.get(name) or ())]


def _calls(request: Document) -> list[tuple[Path, Document]]:
    messages = _items(request, "messages")
    return [item for place, each in messages for item in _items(each, "tool_calls", place)]
