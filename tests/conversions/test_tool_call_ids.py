"""The ids of tool calls that replace those that Mistral's API refuses."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mistral_proto.conversions.tool_call_ids import ToolCallIds

GOOD = re.compile("[a-zA-Z0-9]{9}", re.ASCII)


@pytest.mark.parametrize("given", ["a1b2c3d4e", "ABCDEFGHI", "123456789"])
def test_an_id_that_mistral_takes_stays(given: str) -> None:
    assert ToolCallIds([]).of(given) == given


BAD = [
    *("call_abc", "a1b2c3d4", "a1b2c3d4e5", "a1b2-3d4e", "a1b2c3d4é", "１２３４５６７８９"),
    *("a1b2c3d4e\n", "\ud800", "toolu_01A09q90qw90lq917835lq9"),
]


@pytest.mark.parametrize("given", BAD, ids=ascii)
def test_another_is_replaced_always_by_the_same(given: str) -> None:
    made = ToolCallIds([]).of(given)
    assert GOOD.fullmatch(made)
    assert ToolCallIds([]).of(given) == made
    ids = ToolCallIds([])
    assert [ids.of("another"), ids.of(given), ids.of(given)][1:] == [made, made]


def test_ids_that_differ_stay_different() -> None:
    ids = ToolCallIds([])
    assert len({ids.of(f"call_{number}") for number in range(1000)}) == 1000


def call(given: Any) -> dict[str, Any]:
    return {"role": "assistant", "tool_calls": [{"id": "a1b2c3d4e"}, {"id": given}]}


@pytest.mark.parametrize(
    "message",
    [call, lambda given: {"role": "tool", "tool_call_id": given}],
    ids=["in a call", "in an answer"],
)
def test_an_id_that_is_taken_is_not_made(message: Any) -> None:
    first = ToolCallIds([]).of("call_abc")
    second = ToolCallIds([message(first)]).of("call_abc")
    third = ToolCallIds([message(first), message(second)]).of("call_abc")
    assert len({first, second, third}) == 3
    assert GOOD.fullmatch(second) and GOOD.fullmatch(third)


def test_a_place_and_an_id_of_its_words_are_two_things() -> None:
    messages = [{"role": "assistant", "tool_calls": [{}]}]
    place = ("messages", 0, "tool_calls", 0)
    ids = ToolCallIds(messages)
    assert ids.of_one_without(place) != ids.of("messages[0].tool_calls[0]")


def calls(*ids: str | None) -> dict[str, Any]:
    return {"role": "assistant", "tool_calls": [{"id": each} for each in ids]}


def answer(given: str | None) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": given}


USER = {"role": "user", "content": "Hi"}
FUNCTION_CALL = {"role": "assistant", "tool_calls": [], "function_call": {"name": "now"}}
FUNCTION = {"role": "function", "name": "now", "content": ""}
ONE, TWO, THREE = "111111111", "222222222", "333333333"

# Conversations, and the ids that calls and answers have at last; "?": one that is made up,
# "a", "b": of those, the same in a call and its answer, None: none.
PAIRED: list[tuple[str, list[dict[str, Any]], list[str | None]]] = [
    ("neither has one", [calls(None), answer(None)], ["a", "a"]),
    ("several", [calls("", "null"), answer(None), answer("")], ["a", "b", "a", "b"]),
    ("the answer has one", [calls(None), answer(ONE)], [ONE, ONE]),
    ("the call has one", [calls(ONE), answer(None)], [ONE, ONE]),
    (
        "only one of several calls",
        [calls(ONE, None), answer(TWO), answer(ONE)],
        [ONE, TWO, TWO, ONE],
    ),
    ("both ways", [calls(ONE, None), answer(TWO), answer(None)], [ONE, TWO, TWO, ONE]),
    ("in order", [calls(None, None), answer(TWO), answer(ONE)], [TWO, ONE, TWO, ONE]),
    ("one answered twice", [calls(None, None), answer(ONE), answer(ONE)], [ONE, "?", ONE, ONE]),
    ("in turn", [calls(None, None), answer(None), answer(ONE)], ["a", ONE, "a", ONE]),
    ("the first has none", [FUNCTION_CALL, FUNCTION, answer(ONE)], ["a", "a", ONE]),
    (
        "all kinds",
        [calls(None, ONE, None), answer(None), answer(THREE), answer(None)],
        ["a", ONE, THREE, "a", THREE, ONE],
    ),
    ("a function_call", [FUNCTION_CALL, FUNCTION], ["a", "a"]),
    ("with an answer by id", [FUNCTION_CALL, answer(ONE)], [ONE, ONE]),
    ("a call by id, with a function's answer", [calls(ONE), FUNCTION], [ONE, ONE]),
    ("no call", [answer(None), answer(ONE)], [None, ONE]),
    ("a null for a call", [{**FUNCTION_CALL, "function_call": None}, answer(None)], [None]),
    ("all are answered", [calls(ONE), answer(ONE), answer(None)], [ONE, ONE, None]),
    ("passed over", [calls(None), calls(ONE), answer(None)], ["?", ONE, ONE]),
    ("and by words", [calls(None), calls(), answer(ONE)], ["?", ONE]),
    ("words between", [calls(None), USER, answer(ONE)], [ONE, ONE]),
    ("words after the answers", [calls(None), answer(ONE), USER, answer(TWO)], [ONE, ONE, TWO]),
    (
        "a user calls nothing",
        [calls(ONE), answer(None), {**USER, **calls(TWO), "role": "user"}, answer(None)],
        [ONE, ONE, None],
    ),
]


@pytest.mark.parametrize(
    ("messages", "paired"), [case[1:] for case in PAIRED], ids=[case[0] for case in PAIRED]
)
def test_calls_and_answers_are_paired(
    messages: list[dict[str, Any]], paired: list[str | None]
) -> None:
    ids = ToolCallIds(messages)
    found: list[str | None] = []
    for index, message in enumerate(messages):
        place = ("messages", index)
        held: list[tuple[Any, Any]] = []
        if message["role"] == "assistant":
            given = message["tool_calls"]
            held = [((*place, "tool_calls", n), call["id"]) for n, call in enumerate(given)]
            if message.get("function_call"):
                held.append(((*place, "function_call"), None))
        elif message["role"] != "user":
            held = [(place, message.get("tool_call_id"))]
        for where, each in held:
            is_one = each and each != "null"
            found.append(ids.of(each) if is_one else ids.of_one_without(where))
    names: dict[str, str | None] = {}
    for name, each in zip(paired, found, strict=True):
        if name in ("?", "a", "b"):
            assert each is not None and GOOD.fullmatch(each)
            assert name == "?" or names.setdefault(name, each) == each
        else:
            assert each == name
    assert len(set(names.values())) == len(names)


@pytest.mark.parametrize(
    "messages",
    [None, "abcdefghi", 3, {}, [None], [[]], [{"tool_calls": 3}], [{"tool_calls": [3, {}]}]],
    ids=str,
)
def test_anything_may_stand_where_the_messages_do(messages: object) -> None:
    assert ToolCallIds(messages).of("a1b2c3d4e") == "a1b2c3d4e"
