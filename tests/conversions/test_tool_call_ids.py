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
    ids = ToolCallIds([])
    place = ("messages", 0, "tool_calls", 0)
    assert ids.of_call_without(place) != ids.of("messages[0].tool_calls[0]")


def test_calls_without_ids_are_answered_in_their_order() -> None:
    ids = ToolCallIds([])
    made = [ids.of_call_without(("calls", index)) for index in range(2)]
    assert [ids.of_answer_without() for _ in range(3)] == [*made, None]


def test_a_call_that_was_passed_over_waits_no_more() -> None:
    ids = ToolCallIds([])
    ids.of_call_without(("calls", 0))
    ids.forget_unanswered()
    assert ids.of_answer_without() is None


@pytest.mark.parametrize(
    "messages",
    [None, "abcdefghi", 3, {}, [None], [[]], [{"tool_calls": 3}], [{"tool_calls": [3, {}]}]],
    ids=str,
)
def test_anything_may_stand_where_the_messages_do(messages: object) -> None:
    assert ToolCallIds(messages).of("a1b2c3d4e") == "a1b2c3d4e"
