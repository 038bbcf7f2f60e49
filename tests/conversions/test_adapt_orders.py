"""`adapt_request`: orders of messages that OpenAI's API takes, and Mistral's refuses."""

from __future__ import annotations

import random
from typing import Any

import pytest

from mistral_proto import check_conversation
from mistral_proto.openai import adapt_request
from tests.conversions.adapting import adapt

Message = dict[str, Any]

GOOD = "a1b2c3d4e"
U, U2 = {"role": "user", "content": "Hi"}, {"role": "user", "content": "And?"}
S, S2 = {"role": "system", "content": "Be brief."}, {"role": "system", "content": "In French."}
A: Message = {"role": "assistant", "content": "Hello"}
T = {"role": "tool", "content": "12:00", "tool_call_id": GOOD}
C: Message = {
    "role": "assistant",
    "tool_calls": [
        {"id": GOOD, "type": "function", "function": {"name": "now", "arguments": "{}"}}
    ],
}
DONE: Message = {"role": "assistant", "content": "Done."}
S_AS_USER = {**S, "role": "user"}

PUT = (
    ": an assistant's message 'Done.' put before it: "
    "Mistral's API takes no user's message right after a tool's"
)
TOO_LATE = "Mistral's API takes no system's message right after the assistant's or a tool's"
MOVED = f": moved behind the user's message after it: {TOO_LATE}"
TO_USER = f".role: changed to 'user': {TOO_LATE}"

ORDERS: list[tuple[str, list[Message], list[Message], list[str]]] = [
    ("all that may be", [S, S2, U, U2, S, A, U, C, T, A, A, U], [], []),
    ("the assistant first", [A, U], [], []),
    ("a tool's at the end", [U, C, T], [], []),
    ("user after tool", [U, C, T, U, U2], [U, C, T, DONE, U, U2], [f"[3]{PUT}"]),
    ("system before user", [U, A, S, U2], [U, A, U2, S], [f"[2]{MOVED}"]),
    (
        "systems before users",
        [U, A, S, S2, U, U2, A, U],
        [U, A, U, U2, S, S2, A, U],
        [f"[2]{MOVED}", f"[3]{MOVED}"],
    ),
    ("and one between", [A, S, U, S2, U2], [A, U, S, S2, U2], [f"[1]{MOVED}"]),
    ("system after tool", [U, C, T, S, U2], [U, C, T, DONE, U2, S], [f"[3]{MOVED}", f"[4]{PUT}"]),
    ("system at the end", [U, A, S], [U, A, S_AS_USER], [f"[2]{TO_USER}"]),
    ("systems at the end", [U, A, S, S2], [U, A, S_AS_USER, S2], [f"[2]{TO_USER}"]),
    ("system before assistant", [A, S, C, T], [A, S_AS_USER, C, T], [f"[1]{TO_USER}"]),
    (
        "system between tool and assistant",
        [U, C, T, S, A, U],
        [U, C, T, DONE, S_AS_USER, A, U],
        [f"[3]{PUT}", f"[3]{TO_USER}"],
    ),
    (
        "a developer's, as the user's",
        [U, A, {"role": "developer", "content": [{"type": "text", "text": "x"}], "name": "d"}],
        [U, A, {"role": "user", "content": [{"type": "text", "text": "x"}]}],
        [f"[2]{TO_USER}", "[2].name: dropped: Mistral's API takes no name here"],
    ),
    (
        "a developer's, moved",
        [A, {**S, "role": "developer"}, {**U, "name": "u"}],
        [A, U, S],
        [
            f"[1]{MOVED}",
            "[1].role: changed to 'system': Mistral's API has no role of that name",
            "[2].name: dropped: Mistral's API takes no name here",
        ],
    ),
    (
        "a function's",
        [
            U,
            {"role": "assistant", "function_call": {"name": "now", "arguments": "{}"}},
            {"role": "function", "name": "now", "content": "12:00"},
            U,
        ],
        [
            U,
            {**C, "tool_calls": [{**C["tool_calls"][0], "id": "0e696f296"}]},
            {**T, "tool_call_id": "0e696f296", "name": "now"},
            DONE,
            U,
        ],
        [
            "[1].function_call: changed to a tool call with the id '0e696f296': "
            "Mistral's API does not have what OpenAI's replaced by tool calls",
            "[2].role: changed to 'tool': Mistral's API has no role of that name",
            "[2].tool_call_id: set to '0e696f296': "
            "Mistral's API pairs a call and its answer by an id",
            f"[3]{PUT}",
        ],
    ),
    (
        "a prefix that is last no more",
        [U, {**A, "prefix": True}, S],
        [U, A, S_AS_USER],
        [
            "[1].prefix: dropped: Mistral's API continues the last message only",
            f"[2]{TO_USER}",
        ],
    ),
]


@pytest.mark.parametrize(
    ("given", "written", "changes"), [case[1:] for case in ORDERS], ids=[c[0] for c in ORDERS]
)
def test_messages_are_brought_into_order(
    given: list[Message], written: list[Message], changes: list[str]
) -> None:
    body = {"model": "m", "messages": given}
    document, told = adapt(body)
    assert document["messages"] == (written or given)
    assert told == [f"messages{change}" for change in changes]
    assert check_conversation(adapt_request(body).request) == ()


def answered_calls(chance: random.Random) -> list[Message]:
    """Calls, and an answer to each of them in any order: as OpenAI's API wants it."""
    if chance.random() < 0.2:
        function = {"name": "now", "arguments": "{}"}
        return [
            {"role": "assistant", "content": None, "function_call": function},
            {"role": "function", "name": "now", "content": "12:00"},
        ]
    ids = chance.sample(["call_1", "call_2", "toolu_01A09q90qw90lq91", GOOD], chance.randint(1, 3))
    calls = [
        {"id": each, "type": "function", "function": {"name": "now", "arguments": "{}"}}
        for each in ids
    ]
    answers = [{"role": "tool", "content": "12:00", "tool_call_id": each} for each in ids]
    chance.shuffle(answers)
    message = {"role": "assistant", "content": chance.choice([None, "Hm."]), "tool_calls": calls}
    return [message, *answers]


def conversation(chance: random.Random) -> list[Message]:
    messages: list[Message] = []
    for _ in range(chance.randint(1, 8)):
        kind = chance.choice(["system", "developer", "user", "user", "assistant", "calls"])
        if kind == "calls":
            messages += answered_calls(chance)
        else:
            messages.append({"role": kind, "content": "Hi"})
        if kind == "assistant" and chance.random() < 0.3:
            messages[-1]["prefix"] = True
    # Of a conversation that the assistant's calls or its only message begin, no change to
    # the messages makes one that mistral_common takes.
    if messages[0].keys() & {"tool_calls", "function_call"} or len(messages) == 1:
        return [U, *messages]
    return messages


@pytest.mark.parametrize("seed", range(10))
def test_what_openai_takes_is_adapted_to_what_mistral_takes(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(100):
        given = conversation(chance)
        adapted = adapt_request({"model": "m", "messages": given})
        assert check_conversation(adapted.request, version="v15", mode="serving") == (), given
        assert adapt_request(adapted.request.to_dict()).changes == ()

        places = [change.path[1] for change in adapted.changes]
        assert places == sorted(places, key=lambda place: int(place))
        assert all(place in range(len(given)) for place in places)
        # What was said is all there, and of each role in the order in which it was.
        for role in ("assistant", "tool"):
            said = [each.text for each in adapted.request.messages if each.role == role]
            names = (role, "function") if role == "tool" else (role,)
            assert [text for text in said if text != "Done."] == [
                message["content"] or "" for message in given if message["role"] in names
            ]
