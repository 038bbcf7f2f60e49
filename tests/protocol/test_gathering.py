"""Tool calls of a stream, in every way in which servers cut them."""

from __future__ import annotations

import json
import random
from typing import Any

from mistral_proto import (
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    StreamAccumulator,
    ToolCall,
)

# A piece of a call: its id, index, name and arguments (None: missing), or a document.
Piece = Any
A, B = '{"a": 1}', '{"b": 2}'
A1, A2, B1, B2 = '{"a"', ": 1}", '{"b"', ": 2}"
F, G = ("x", 0, "f", A), ("y", 1, "g", B)

# The pieces of each delta, and the calls that they make up.
CUT: dict[str, tuple[list[list[Piece]], list[tuple[str, int | None, str, str]]]] = {
    "index and id, interleaved": (
        [[("x", 0, "f", A1), ("y", 1, "g", B1)], [("y", 1, None, B2), ("x", 0, None, A2)]], [F, G]),
    "id in the first piece": (
        [[("x", 0, "f", "")], [(None, 0, None, A1)], [(None, 0, None, A2)]], [F]),
    "id in the last piece": ([[(None, 0, "f", A1)], [("x", 0, None, A2)]], [F]),
    "id only": (
        [[("x", None, "f", A1)], [("y", None, "g", B1)], [("x", None, None, A2)],
            [("y", None, None, B2)]], [("x", None, "f", A), ("y", None, "g", B)]),
    "id only, in the first piece": (
        [[("x", None, "f", "")], [(None, None, None, A)], [("y", None, "g", "")],
            [(None, None, None, B)]], [("x", None, "f", A), ("y", None, "g", B)]),
    "neither, nor a name at first": ([[(None, None, None, A)]], [("null", None, "", A)]),
    "several whole ones without id": (
        [[(None, None, "f", A), (None, None, "f", B)]],
        [("null", None, "f", A), ("null", None, "f", B)]),
    "all of one index, with ids of their own": (
        [[F], [("y", 0, "g", B)]], [F, ("y", 0, "g", B)]),
    "all of one index, with ids of their own, in pieces": (
        [[("x", 0, "f", "")], [(None, 0, None, A)], [("y", 0, "g", "")], [(None, 0, None, B)]],
        [F, ("y", 0, "g", B)]),
    "an index that comes later": (
        [[("x", None, "f", A1)], [("x", 3, None, A2)]], [("x", 3, "f", A)]),
    "the id as the word null": ([[("x", 0, "f", A1)], [("null", 0, None, A2)]], [F]),
    # As some servers continue a call.
    "the id as an empty string": ([[("x", 0, "f", A1)], [("", 0, None, A2)]], [F]),
    "the name twice": ([[("x", 0, "f", A1)], [("x", 0, "f", A2)]], [F]),
    "the name as an empty string": ([[("x", 0, "f", A1)], [(None, None, "", A2)]], [F]),
    "arguments as null at first": (
        [[{"id": "x", "index": 0, "function": {"name": "f", "arguments": None}}],
            [("x", 0, None, A)]], [F]),
    "arguments as null at last": (
        [[F], [{"id": "x", "index": 0, "function": {"arguments": None}}]], [F]),
}  # fmt: skip


def document_of(piece: Piece) -> dict[str, Any]:
    """Return the document of a piece, without its missing parts."""
    if isinstance(piece, dict):
        return piece
    id, index, name, arguments = piece
    outer = {"id": id, "index": index}
    inner = {"name": name, "arguments": arguments}
    document: dict[str, Any] = {key: it for key, it in outer.items() if it is not None}
    document["function"] = {key: it for key, it in inner.items() if it is not None}
    return document


def gathered(*chunks: dict[str, Any]) -> ChatCompletionResponse:
    whole = StreamAccumulator()
    for chunk in chunks:
        whole.add(ChatCompletionStreamResponse.from_dict({"id": "1", "model": "m", **chunk}))
    response = whole.response()
    assert response is not None
    return response


def delta(fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, **more}]}


def gather(deltas: list[list[Piece]]) -> list[ToolCall]:
    """Return the calls that the pieces of each delta make up."""
    calls = [delta({"tool_calls": [document_of(piece) for piece in pieces]}) for pieces in deltas]
    return list(gathered(*calls).choices[0].message.tool_calls or ())


def test_tool_calls() -> None:
    for name, (deltas, made) in CUT.items():
        got = [(c.id, c.index, c.function.name, c.function.arguments) for c in gather(deltas)]
        assert got == made, name


def test_a_call_keeps_its_extras() -> None:
    first = {**document_of(("x", 0, "f", "")), "type": "custom", "x": 1, "y": 1}
    second = {**document_of(("x", 0, None, A)), "type": "custom", "y": 2}
    (made,) = gather([[first], [second]])
    assert (made.type, made.extra) == ("custom", {"x": 1, "y": 2})


def test_any_cut_of_a_call_gives_the_same_call() -> None:
    for seed in range(20):
        random_ = random.Random(seed)
        text = "".join(random_.choices('ab "\\\n{é', k=9))
        arguments = rest = json.dumps({"text": text, "n": random_.randint(0, 9)})
        deltas: list[list[Piece]] = [[("x", 0, "f", "")]]
        while rest:
            size = random_.randint(1, 5)
            named = random_.choice([("x", 0), (None, 0), ("x", None), (None, None)])
            deltas.append([(*named, None, rest[:size])])
            rest = rest[size:]
        (made,) = gather(deltas)
        assert (made.id, made.function.name, made.function.arguments) == ("x", "f", arguments)


CALL = {"index": 0, "id": "a1b2c3d4e", "type": "function"}


def test_extras_of_a_stream() -> None:
    """Lists are joined; of other values the last one counts, but null."""

    def call(number: int) -> dict[str, Any]:
        return {**CALL, "t": [number], "function": {"name": "f", "arguments": "", "f": [number]}}

    first = delta({"tool_calls": [call(1)], "d": [1], "n": 1}, c=[1], m={"a": 1})
    second = delta({"tool_calls": [call(2)], "d": [2], "n": None}, c=[2], m={"b": 2})
    response = gathered({**first, "r": [1], "x": 1}, {**second, "r": [2], "x": 2})
    [choice] = response.choices
    [made] = choice.message.tool_calls or ()
    assert response.extra == {"r": [1, 2], "x": 2}
    assert choice.extra == {"c": [1, 2], "m": {"b": 2}}
    assert choice.message.extra == {"d": [1, 2], "n": 1}
    assert (made.extra, made.function.extra) == ({"t": [1, 2]}, {"f": [1, 2]})


def test_an_empty_later_value_overwrites_nothing() -> None:
    later = {"index": 0, "id": "", "type": "", "function": {"name": "", "arguments": "1}"}}
    first = {**CALL, "function": {"name": "f", "arguments": '{"a": '}}
    message = (
        gathered(
            delta({"role": "assistant", "tool_calls": [first]}),
            delta({"role": "", "tool_calls": [later]}, finish_reason="tool_calls"),
        )
        .choices[0]
        .message
    )
    [call] = message.tool_calls or ()
    assert (message.role, call.id, call.type) == ("assistant", "a1b2c3d4e", "function")
    assert (call.function.name, call.function.arguments) == ("f", '{"a": 1}')
