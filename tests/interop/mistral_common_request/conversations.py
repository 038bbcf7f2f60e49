"""Requests made of plausible turns, as plain documents, with up to a few defects each.

The types of both sides take every document; a message with a `weight` is a
`FinetuningAssistantMessage`.  What the rules of a conversation say of it
differs from version to version, and from mode to mode.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Document = dict[str, Any]
Messages = list[Document]

# Few, so that they meet each other.
IDS = ("a1b2c3d4e", "ABCDEFGHI", "123456789")
BAD_IDS = ("null", "", "call_1", "a1b2c3d4", "a1b2c3d4ef", "a1b2c3d4é", "a1b2c3d4-", " a1b2c3d4")
NAMES = ("f", "get_weather", "A-z_0-9", "n" * 64)
BAD_NAMES = ("", "get weather", "é", "a.b", "n" * 65, "f\n ", "f()")
TEXTS = ("", " ", "Hi", "It is 12 °C.")
TEXT_CHUNKS: tuple[list[Document], ...] = ([], [{"type": "text", "text": "Hi"}])
THOUGHT: list[Document] = [
    {"type": "thinking", "thinking": "Hm.", "closed": True},
    {"type": "text", "text": "It is 4."},
]
AUDIO: list[Document] = [
    {"type": "text", "text": "What is said?"},
    {"type": "audio_url", "audio_url": {"url": "https://example.com/a.mp3"}},
]
SCHEMAS: tuple[Document, ...] = (
    {},
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    {"type": "object", "properties": {"n": {"type": ["integer", "null"], "minimum": 0}}},
)
BAD_SCHEMAS: tuple[Document, ...] = (
    {"type": "text"},
    {"type": ["string", "string"]},
    {"required": "city"},
    {"properties": {"city": {"minLength": -1}}},
    {"allOf": []},
    {"pattern": "("},
)


# -- plausible turns: each is one message, or a call with its answers


def _user(content: Any) -> Messages:
    return [{"role": "user", "content": content}]


def _system(content: Any) -> Messages:
    return [{"role": "system", "content": content}]


def _assistant(content: Any) -> Messages:
    return [{"role": "assistant", "content": content}]


def _call(id: str, name: str) -> Document:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": "{}"}}


def _answer(id: str, name: str | None) -> Document:
    answer = {"role": "tool", "content": "12 °C", "tool_call_id": id}
    return answer if name is None else {**answer, "name": name}


def _exchange(ids: tuple[str, ...], name: str, named: bool, end: Messages) -> Messages:
    calls = [_call(id, name) for id in ids]
    answers = [_answer(id, name if named else None) for id in dict.fromkeys(reversed(ids))]
    return [{"role": "assistant", "tool_calls": calls}, *answers, *end]


# Mostly good ones; those of a bad exchange are answered all the same.
ids: SearchStrategy[tuple[str, ...]] = st.sampled_from(
    [
        *((), IDS[:1], IDS[:1], IDS[1:2], IDS[:2], IDS[1:], IDS, IDS[:1], IDS[2:]),
        *((IDS[0], IDS[0]), (IDS[1], IDS[0], IDS[1]), ("null",), (IDS[0], "null")),
        *((id,) for id in BAD_IDS),
    ]
)
said = st.builds(_assistant, st.sampled_from([*TEXTS, *TEXT_CHUNKS, THOUGHT]))
exchanges = st.builds(
    _exchange,
    ids,
    st.sampled_from([*(NAMES * 4), *BAD_NAMES]),
    st.booleans(),
    st.just([]) | said,
)
turns: SearchStrategy[Messages] = st.one_of(
    st.builds(_user, st.sampled_from([*TEXTS, *TEXT_CHUNKS])),
    said,
    exchanges,
    exchanges,
)
openings: SearchStrategy[Messages] = st.one_of(
    st.just([]),
    st.just([]),
    st.builds(_system, st.sampled_from([*TEXTS, *TEXT_CHUNKS])),
    st.builds(_user, st.just(AUDIO)),
    st.builds(lambda one, other: [*one, *other], st.just(_system("Hi")), st.just(_user(AUDIO))),
)


# -- what can be wrong: a function that changes the messages, at a place or near it


def _drop(messages: Messages, at: int) -> None:
    del messages[at]


def _repeat(messages: Messages, at: int) -> None:
    messages.insert(at, copy.deepcopy(messages[at]))


def _swap(messages: Messages, at: int) -> None:
    other = (at + 1) % len(messages)
    messages[at], messages[other] = messages[other], messages[at]


def _inserts(message: Document) -> Callable[[Messages, int], None]:
    def insert(messages: Messages, at: int) -> None:
        messages.insert(at, copy.deepcopy(message))

    return insert


def _sets(role: str, field: str, value: Any) -> Callable[[Messages, int], None]:
    """Sets a field of the first message of the role, from the place on."""

    def set_field(messages: Messages, at: int) -> None:
        for message in [*messages[at:], *messages[:at]]:
            if message["role"] == role:
                message[field] = copy.deepcopy(value)
                return

    return set_field


def _sets_of_a_call(field: str, value: str) -> Callable[[Messages, int], None]:
    def set_field(messages: Messages, at: int) -> None:
        for message in [*messages[at:], *messages[:at]]:
            if message.get("tool_calls"):
                call = message["tool_calls"][at % len(message["tool_calls"])]
                (call if field == "id" else call["function"])[field] = value
                return

    return set_field


_DEFECTS: list[list[Callable[[Messages, int], None]]] = [
    [_drop],
    [_repeat],
    [_swap],
    [_inserts(message) for message in [*_system("Hi"), *_user(AUDIO), _answer(IDS[0], None)]],
    [_sets("assistant", "prefix", value) for value in (True, True, False)],
    [_sets("assistant", "content", value) for value in (None, "", "Hi", [], THOUGHT)],
    [_sets("assistant", "tool_calls", value) for value in (None, [], [_call(IDS[0], "f")])],
    [_sets("assistant", "weight", value) for value in (None, 0, 1, 1.0, 0.5, -1, 2)],
    [_sets("tool", "tool_call_id", None)],
    [_sets("tool", "tool_call_id", value) for value in (*IDS, *BAD_IDS)],
    [_sets("tool", "name", value) for value in (None, *BAD_NAMES)],
    [_sets_of_a_call("id", value) for value in (*IDS, "null")],
    [_sets_of_a_call("id", value) for value in BAD_IDS],
    [_sets_of_a_call("name", value) for value in BAD_NAMES],
]
Defect = tuple[Callable[[Messages, int], None], int]
defects: SearchStrategy[Defect] = st.builds(
    lambda kind, which, at: (_DEFECTS[kind][which % len(_DEFECTS[kind])], at),
    st.integers(0, len(_DEFECTS) - 1),
    st.integers(0, 11),
    st.integers(0, 11),
)


def _with_defects(
    opening: Messages,
    turns: list[Messages],
    end: Messages,
    defects: list[Defect],
) -> Messages:
    messages = copy.deepcopy([*opening, *sum(turns, []), *end])
    for defect, at in defects:
        if messages:
            defect(messages, at % len(messages))
    return messages


messages: SearchStrategy[Messages] = st.builds(
    _with_defects,
    openings,
    st.lists(turns, max_size=4),
    st.sampled_from(
        [[], _user("Hi"), _assistant("It is 4."), _exchange(IDS[:1], "f", False, [])[:1]]
    ),
    st.lists(defects, max_size=3),
).filter(bool)
"""The messages of a conversation."""


def _tool(name: str, parameters: Document) -> Document:
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


good_tools = st.builds(_tool, st.sampled_from(NAMES), st.sampled_from(SCHEMAS))
tools = st.one_of(
    good_tools,
    good_tools,
    st.builds(_tool, st.sampled_from(BAD_NAMES), st.sampled_from(SCHEMAS)),
    st.builds(_tool, st.sampled_from([*NAMES, *BAD_NAMES]), st.sampled_from(BAD_SCHEMAS)),
)

requests: SearchStrategy[Document] = st.fixed_dictionaries(
    {"messages": messages, "model": st.sampled_from([*("m" * 9), None])},
    optional={
        "tools": st.none()
        | st.lists(good_tools, min_size=1, max_size=2)
        | st.lists(tools, min_size=1, max_size=3),
        "continue_final_message": st.sampled_from([False, False, True]),
        "reasoning_effort": st.sampled_from([None, None, None, "none", "high"]),
    },
)
"""Whole requests."""
