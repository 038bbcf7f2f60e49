"""What a client gathers of a stream: all that the pieces brought, each to its place."""

from __future__ import annotations

import json
from typing import Any

from mistral_proto import ChatCompletionResponse
from tests.client.doubles import Double, client, streamed
from tests.client.support import DONE, HI

CALL = {"index": 0, "id": "a1b2c3d4e", "type": "function"}


def gathered(*chunks: dict[str, Any]) -> ChatCompletionResponse:
    events = [f"data: {json.dumps({'id': '1', 'model': 'm', **chunk})}\n\n" for chunk in chunks]
    double = Double(streamed(*[event.encode() for event in events], DONE))
    return client(double).chat.stream(model="m", messages=HI).until_done()


def piece(delta: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, **more}]}


def test_what_the_types_do_not_know() -> None:
    """Lists go on, of anything else the last counts, and a null takes nothing away."""

    def call(number: int) -> dict[str, Any]:
        function = {"name": "f", "arguments": "", "f": [number]}
        return {**CALL, "t": [number], "function": function}

    first = piece({"tool_calls": [call(1)], "d": [1], "n": 1}, c=[1], m={"a": 1})
    second = piece({"tool_calls": [call(2)], "d": [2], "n": None}, c=[2], m={"b": 2})
    response = gathered({**first, "r": [1], "x": 1}, {**second, "r": [2], "x": 2})
    [choice] = response.choices
    [made] = choice.message.tool_calls or ()
    assert response.extra == {"r": [1, 2], "x": 2}
    assert choice.extra == {"c": [1, 2], "m": {"b": 2}}
    assert choice.message.extra == {"d": [1, 2], "n": 1}
    assert made.extra == {"t": [1, 2]}
    assert made.function.extra == {"f": [1, 2]}


def test_what_is_empty_in_a_later_piece_overwrites_nothing() -> None:
    later = {"index": 0, "id": "", "type": "", "function": {"name": "", "arguments": "1}"}}
    first = {**CALL, "function": {"name": "f", "arguments": '{"a": '}}
    response = gathered(
        piece({"role": "assistant", "tool_calls": [first]}),
        piece({"role": "", "tool_calls": [later]}, finish_reason="tool_calls"),
    )
    message = response.choices[0].message
    [call] = message.tool_calls or ()
    assert (message.role, call.id, call.type) == ("assistant", "a1b2c3d4e", "function")
    assert (call.function.name, call.function.arguments) == ("f", '{"a": 1}')
