"""The tool calls of a stream, in every way in which servers cut them, gathered by the client."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from mistral_proto import ToolCall
from mistral_proto.testing import MockServer, RawReply
from tests.client.support import DONE, HI, MODEL, client


def gather(deltas: list[list[dict[str, Any]]]) -> list[ToolCall]:
    """The calls that the pieces of each delta make up."""
    documents: list[dict[str, Any]] = [
        {"id": "1", "model": "m", "choices": [{"index": 0, "delta": {"tool_calls": calls}}]}
        for calls in deltas
    ]
    blocks = [f"data: {json.dumps(document)}\n\n".encode() for document in documents]
    with MockServer([RawReply([*blocks, DONE])]) as server, client(server) as mistral:
        with mistral.chat.stream(model=MODEL, messages=HI) as events:
            assert len(list(events)) == len(deltas)
        assert events.gathered is not None
        return list(events.gathered.choices[0].message.tool_calls or ())


def call(
    id: str | None = None, index: int | None = None, name: str | None = None, arguments: Any = ""
) -> dict[str, Any]:
    """A piece of a call, without what it does not say."""
    said = {"id": id, "index": index}
    function = {"name": name, "arguments": arguments}
    return {
        **{key: value for key, value in said.items() if value is not None},
        "function": {key: value for key, value in function.items() if value is not None},
    }


A, B = '{"a": 1}', '{"b": 2}'

# The calls of each delta, and what they make up: id, index, name, arguments.
Made = tuple[str, "int | None", str, str]
TOOL_CALLS: dict[str, tuple[list[list[dict[str, Any]]], list[Made]]] = {
    "whole": ([[call("x", 0, "f", A)]], [("x", 0, "f", A)]),
    "two whole ones": (
        [[call("x", 0, "f", A), call("y", 1, "g", B)]], [("x", 0, "f", A), ("y", 1, "g", B)],
    ),
    "index and id": (
        [[call("x", 0, "f", '{"a"')], [call("x", 0, None, ": 1}")]], [("x", 0, "f", A)],
    ),
    "index and id, interleaved": (
        [
            [call("x", 0, "f", '{"a"'), call("y", 1, "g", '{"b"')],
            [call("y", 1, None, ": 2}"), call("x", 0, None, ": 1}")],
        ],
        [("x", 0, "f", A), ("y", 1, "g", B)],
    ),
    "id in the first piece alone": (
        [[call("x", 0, "f", "")], [call(None, 0, None, '{"a"')], [call(None, 0, None, ": 1}")]],
        [("x", 0, "f", A)],
    ),
    "id in the last piece alone": (
        [[call(None, 0, "f", '{"a"')], [call("x", 0, None, ": 1}")]], [("x", 0, "f", A)],
    ),
    "index alone": (
        [
            [call(None, 0, "f", '{"a"'), call(None, 1, "g", '{"b"')],
            [call(None, 0, None, ": 1}")],
            [call(None, 1, None, ": 2}")],
        ],
        [("null", 0, "f", A), ("null", 1, "g", B)],
    ),
    "id alone": (
        [
            [call("x", None, "f", '{"a"')], [call("y", None, "g", '{"b"')],
            [call("x", None, None, ": 1}")], [call("y", None, None, ": 2}")],
        ],
        [("x", None, "f", A), ("y", None, "g", B)],
    ),
    "id alone, and in the first piece alone": (
        [
            [call("x", None, "f", "")], [call(None, None, None, A)],
            [call("y", None, "g", "")], [call(None, None, None, B)],
        ],
        [("x", None, "f", A), ("y", None, "g", B)],
    ),
    "neither": (
        [
            [call(None, None, "f", '{"a"')], [call(None, None, None, ": 1}")],
            [call(None, None, "g", B)],
        ],
        [("null", None, "f", A), ("null", None, "g", B)],
    ),
    "neither, nor a name at first": ([[call(None, None, None, A)]], [("null", None, "", A)]),
    "several whole ones without id": (
        [[call(None, None, "f", A), call(None, None, "f", B)]],
        [("null", None, "f", A), ("null", None, "f", B)],
    ),
    "all of one index, with ids of their own": (
        [[call("x", 0, "f", A)], [call("y", 0, "g", B)]], [("x", 0, "f", A), ("y", 0, "g", B)],
    ),
    "all of one index, with ids of their own, in pieces": (
        [
            [call("x", 0, "f", "")], [call(None, 0, None, A)],
            [call("y", 0, "g", "")], [call(None, 0, None, B)],
        ],
        [("x", 0, "f", A), ("y", 0, "g", B)],
    ),
    "an index that comes later": (
        [[call("x", None, "f", '{"a"')], [call("x", 3, None, ": 1}")]], [("x", 3, "f", A)],
    ),
    "the id as null": (
        [[call("x", 0, "f", '{"a"')], [{**call(None, 0, None, ": 1}"), "id": None}]],
        [("x", 0, "f", A)],
    ),
    "the id as the word null": (
        [[call("x", 0, "f", '{"a"')], [call("null", 0, None, ": 1}")]], [("x", 0, "f", A)],
    ),
    # As some servers continue a call.
    "the id as an empty string": (
        [[call("x", 0, "f", '{"a"')], [call("", 0, None, ": 1}")]], [("x", 0, "f", A)],
    ),
    "the name again": (
        [[call("x", 0, "f", '{"a"')], [call("x", 0, "f", ": 1}")]], [("x", 0, "f", A)],
    ),
    "the name as an empty string": (
        [[call("x", 0, "f", '{"a"')], [call(None, None, "", ": 1}")]], [("x", 0, "f", A)],
    ),
    "arguments as null at first": (
        [[{**call("x", 0), "function": {"name": "f", "arguments": None}}], [call("x", 0, None, A)]],
        [("x", 0, "f", A)],
    ),
    "arguments as null at last": (
        [[call("x", 0, "f", A)], [{**call("x", 0), "function": {"arguments": None}}]],
        [("x", 0, "f", A)],
    ),
    "arguments as an object": ([[call("x", 0, "f", {"a": 1})]], [("x", 0, "f", A)]),
    "no arguments": ([[call("x", 0, "f", None)]], [("x", 0, "f", "")]),
    "an empty list between": ([[call("x", 0, "f", A)], []], [("x", 0, "f", A)]),
}  # fmt: skip


@pytest.mark.parametrize(("deltas", "made"), TOOL_CALLS.values(), ids=TOOL_CALLS)
def test_tool_calls(deltas: list[list[dict[str, Any]]], made: list[Made]) -> None:
    assert [
        (one.id, one.index, one.function.name, one.function.arguments) for one in gather(deltas)
    ] == made


def test_a_call_keeps_what_it_has_besides() -> None:
    first = {**call("x", 0, "f", ""), "type": "custom", "x": 1, "y": 1}
    again = {**call("x", 0, None, A), "type": "custom", "y": 2}
    (made,) = gather([[first], [again]])
    assert (made.type, made.extra) == ("custom", {"x": 1, "y": 2})


@pytest.mark.parametrize("seed", range(20))
def test_any_cut_of_a_call_gives_the_same_call(seed: int) -> None:
    random_ = random.Random(seed)
    arguments = json.dumps(
        {"text": "".join(random_.choices('ab "\\\n{é', k=9)), "n": random_.randint(0, 9)}
    )
    deltas = [[call("x", 0, "f", "")]]
    rest = arguments
    while rest:
        size = random_.randint(1, 5)
        says = random_.choice([("x", 0), (None, 0), ("x", None), (None, None)])
        deltas.append([call(*says, None, rest[:size])])
        rest = rest[size:]
    (made,) = gather(deltas)
    assert (made.id, made.function.name, made.function.arguments) == ("x", "f", arguments)
