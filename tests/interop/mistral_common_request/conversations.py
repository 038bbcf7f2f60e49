"""Requests of plausible turns, as plain documents, with up to a few defects each.

A message with a `weight` is a `FinetuningAssistantMessage`.
"""

from __future__ import annotations

import copy
import itertools
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Document = dict[str, Any]

# Few, so that they meet each other.
IDS = ("a1b2c3d4e", "ABCDEFGHI", "123456789")
BAD_IDS = ("null", "", "call_1", "a1b2c3d4ef", "a1b2c3d4é", " a1b2c3d4", "a1b2c3d4-", "٣" * 9)
NAMES = ("f", "A-z_0-9", "n" * 64)
BAD_NAMES = ("", "get weather", "é", "٣", "n" * 65, "f\n", "\nf", "f()")
CONTENTS: tuple[Any, ...] = (
    *("", " ", "It is 12 °C.", [], [{"type": "text", "text": "Hi"}]),
    [{"type": "thinking", "thinking": "Hm.", "closed": True}, {"type": "text", "text": "It is 4."}],
)
AUDIO = [{"type": "audio_url", "audio_url": {"url": "https://example.com/a.mp3"}}]
IMAGE = [{"type": "text", "text": "?"}, {"type": "image_url", "image_url": "https://example.com/a"}]


def _said(role: str, content: Any, **fields: Any) -> Document:
    return {"role": role, "content": content, **fields}


def _exchange(*ids: str, name: str = "f", named: bool = False) -> list[Document]:
    """Return calls with their answers."""
    function = {"name": name, "arguments": "{}"}
    calls = [{"id": id, "type": "function", "function": function} for id in ids]
    names = {"name": name} if named else {}
    answers = [_said("tool", "12 °C", tool_call_id=id, **names) for id in {**dict.fromkeys(ids)}]
    return [{"role": "assistant", "tool_calls": calls}, *answers]


GOOD: list[list[Document]] = [
    *([_said("user", content)] for content in (*CONTENTS[:5], IMAGE)),
    *([_said("assistant", content)] for content in CONTENTS),
    *(_exchange(*ids) for ids in ((), IDS[:1], IDS[1:], IDS[::-1])),
    *(_exchange(IDS[0], name=name, named=True) for name in NAMES),
]
ODD: list[list[Document]] = [
    *([_said("system", content)] for content in CONTENTS),
    [_said("user", AUDIO)],
    *([_said("assistant", "Hi", prefix=prefix)] for prefix in (True, False)),
    *([_said("assistant", "Hi", weight=weight)] for weight in (None, 0, 1.0, 0.5, 2)),
    [{**_exchange(IDS[0])[0], "content": "Let me see."}],
    *([_said("tool", "12 °C", tool_call_id=id)] for id in (None, *IDS)),
    *([_said("tool", content, tool_call_id=IDS[0])] for content in (IMAGE, AUDIO)),
    *(_exchange(id) for id in BAD_IDS),
    *(_exchange(*ids) for ids in ((IDS[0], IDS[0]), (IDS[0], "null"))),
    *(_exchange(IDS[0], name=name, named=named) for name in BAD_NAMES for named in (False, True)),
    *(_exchange(id)[:1] for id in (IDS[0], "null", "call_1")),
]


def _joined(
    turns: list[list[Document]], odd: dict[int, list[Document]], dropped: int | None
) -> list[Document]:
    for place, messages in odd.items():
        turns = [*turns[:place], messages, *turns[place:]]
    joined = [copy.deepcopy(message) for messages in turns for message in messages]
    return [message for place, message in enumerate(joined) if place != dropped]


messages: SearchStrategy[list[Document]] = st.builds(
    _joined,
    st.lists(st.sampled_from(GOOD), max_size=4),
    st.dictionaries(st.integers(0, 4), st.sampled_from(ODD), max_size=2),
    st.none() | st.integers(0, 5),
).filter(bool)

_SCHEMAS: tuple[Any, ...] = (
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    *({"type": "text"}, {"required": "city"}, {"allOf": []}, {"pattern": "("}),
)
_TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": schema}}
    for name, schema in itertools.product((*NAMES, *BAD_NAMES), _SCHEMAS)
]

requests: SearchStrategy[Document] = st.fixed_dictionaries(
    {"messages": messages, "model": st.sampled_from([*("m" * 9), None])},
    optional={
        "tools": st.none() | st.lists(st.sampled_from(_TOOLS), min_size=1, max_size=2),
        "continue_final_message": st.sampled_from([False, False, True]),
        "reasoning_effort": st.sampled_from([None, None, None, "none", "high"]),
    },
)
