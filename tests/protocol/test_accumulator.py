"""`StreamAccumulator`: the chunks of a stream, accumulated into the answer."""

from __future__ import annotations

import copy
import random
from typing import Any

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    DeltaMessage,
    FunctionCall,
    ReferenceChunk,
    StreamAccumulator,
    TextChunk,
    ThinkChunk,
    ToolCall,
    UserMessage,
)
from mistral_proto.testing import model

Document = dict[str, Any]


def chunk(*choices: Document, **fields: Any) -> ChatCompletionStreamResponse:
    """Return a chunk of a stream, read as from the wire."""
    document = {"id": "1", "created": 5, "model": "m", "choices": list(choices), **fields}
    return ChatCompletionStreamResponse.from_dict(document)


def delta(index: int = 0, /, **fields: Any) -> Document:
    return {"index": index, "delta": fields}


def gather(*chunks: ChatCompletionStreamResponse, readable: bool = True) -> ChatCompletionResponse:
    """Return the response of the chunks; earlier responses and the chunks must not change."""
    accumulator = StreamAccumulator()
    before = copy.deepcopy(chunks)
    responses = []
    for one in chunks:
        accumulator.add(one)
        response = accumulator.response()
        assert response is not None and accumulator.response() == response
        responses.append((response, response.to_dict()))
    assert chunks == before
    assert all(response.to_dict() == document for response, document in responses)
    whole = responses[-1][0]
    if readable:
        assert ChatCompletionResponse.from_dict(whole.to_dict()) == whole
    return whole


def gather_deltas(*deltas: Document) -> AssistantMessage:
    return gather(*[chunk(delta(**one)) for one in deltas]).choices[0].message


def text(value: str, **extra: Any) -> Document:
    return {"type": "text", "text": value, **extra}


def think(*values: str | Document, **extra: Any) -> Document:
    chunks = [text(value) if isinstance(value, str) else value for value in values]
    return {"type": "thinking", "thinking": chunks, **extra}


REFERENCE = {"type": "reference", "reference_ids": [1, "b"]}
UNKNOWN = {"type": "hologram", "depth": 3}

# The contents of successive deltas, and the whole content.
CONTENTS: list[tuple[list[Any], Any]] = [
    ([""], ""),
    ([None, "Hi", "", None], "Hi"),
    (["a\r", "\nb\n", "\r"], "a\r\nb\n\r"),
    (["\ud83d", "\ude00"], "\ud83d\ude00"),
    ([[]], []),
    (["Hel", [text("lo"), text("!")]], [text("Hello!")]),
    ([[text("Hel")], "lo"], [text("Hello")]),
    (["", [REFERENCE]], [REFERENCE]),
    ([[think("Hm")], "It ", "is 4."], [think("Hm"), text("It is 4.")]),
    ([[think("a")], "", [think("b")]], [think("ab")]),
    ([[think("a")], "b", [think("c")]], [think("a"), text("b"), think("c")]),
    ([[{"type": "thinking", "thinking": "Let "}], [{"type": "thinking", "thinking": "me."}]], [{"type": "thinking", "thinking": "Let me."}]),
    ([[{"type": "thinking", "thinking": "Let "}], [think("me.")]], [think("Let me.")]),
    ([[think()]], [think()]),
    ([[think("a", REFERENCE)], [think("b")], [think("c", REFERENCE)]], [think("a", REFERENCE, "bc", REFERENCE)]),
    ([[think("a", closed=False)], [think("b", closed=True, signature="s")]], [think("ab", closed=True, signature="s")]),
    ([[think("a", signature="s", x=1, y=1)], [think("b", signature=None, y=2)]], [think("ab", signature="s", x=1, y=2)]),
    (["It is", [REFERENCE], " 4", [REFERENCE, UNKNOWN], "."], [text("It is"), REFERENCE, text(" 4"), REFERENCE, UNKNOWN, text(".")]),
    (["a", [text("b", x=1)], "c", [text("d")]], [text("a"), text("b", x=1), text("cd")]),
]  # fmt: skip
# Deltas, and the fields of the message beside its role.
FIELDS: list[tuple[list[Document], Document]] = [
    ([{"content": None}], {}),
    ([{"index": 0}], {"index": 0}),
    ([{"reasoning_content": "Hm"}, {"content": "It"}, {"reasoning_content": "!", "content": "."}], {"content": "It.", "reasoning_content": "Hm!"}),
    ([{"reasoning_content": None}, {"reasoning_content": "a"}, {"reasoning_content": "b"}, {"reasoning_content": None}], {"reasoning_content": "ab"}),
    ([{"refusal": None}, {"refusal": None}], {"refusal": None}),
    ([{"x": 1}, {"x": [2]}, {"x": [3]}, {"x": None}], {"x": [2, 3]}),
    ([{"x": "a"}, {"x": 2}], {"x": 2}),
]  # fmt: skip


def test_contents_and_other_fields() -> None:
    contents = [([{"content": one} for one in given], {"content": it}) for given, it in CONTENTS]
    for deltas, fields in [*contents, *FIELDS]:
        message = gather_deltas(*deltas)
        document = message.to_dict()
        document.pop("role", None)
        assert document == fields, deltas
        assert message.thinking or "reasoning_content" not in fields


def test_roles() -> None:
    cases: list[tuple[list[str | None], type, str]] = [
        ([None], AssistantMessage, "assistant"),
        ([None, "assistant", ""], AssistantMessage, "assistant"),
        (["", ""], AssistantMessage, "assistant"),
        (["tool", None], DeltaMessage, "tool"),
        (["critic", "assistant"], DeltaMessage, "critic"),
    ]
    for roles, kind, role in cases:
        made = gather_deltas(*[{"role": one, "content": "a"} for one in roles])
        assert (type(made), made.role, made.text) == (kind, role, "a" * len(roles))
    fields = {"role": "tool", "tool_call_id": "c1", "index": 2, "metadata": {"a": 1}}
    whole = gather_deltas({"content": "4", **fields}, {"content": "2"})
    assert whole.to_dict() == {"content": "42", **fields}


def test_several_choices() -> None:
    whole = gather(
        chunk(delta(1, content="b1"), delta(0, content="a1")),
        chunk(delta(0, content="a2")),
        chunk({**delta(2, content="c"), "finish_reason": "length"}),
        chunk({**delta(1, content="b2"), "finish_reason": "stop"}),
        chunk(),
    )
    assert [(c.index, c.message.text, c.finish_reason) for c in whole.choices] == [
        (0, "a1a2", None),
        (1, "b1b2", "stop"),
        (2, "c", "length"),
    ]


def test_logprobs() -> None:
    def likely(*tokens: str) -> Document:
        return {"content": [{"token": token, "logprob": -0.5, "bytes": [1]} for token in tokens]}

    odd = [{"token": "a", "logprob": None}]
    cases: list[tuple[list[Any], Document]] = [
        ([likely("a", "b"), None, {"content": None}, likely("c")], likely("a", "b", "c")),
        ([{"content": odd}, {"content": None, "refusal": [1]}], {"content": odd, "refusal": [1]}),
    ]
    for name in ("logprobs", "prompt_logprobs"):
        for pieces, expected in cases:
            whole = gather(*[chunk({**delta(content="a"), name: piece}) for piece in pieces])
            assert whole.choices[0].to_dict()[name] == expected


def test_extras() -> None:
    def call(number: int) -> Document:
        function = {"name": "f", "arguments": "", "f": [number]}
        return {"id": "x", "type": "custom", "t": [number], "y": number, "function": function}

    first = delta(tool_calls=[call(1)], d=[1], n=1)
    second = delta(tool_calls=[call(2)], d=[2], n=None)
    response = gather(
        chunk({**first, "c": [1], "m": {"a": 1}}, r=[1], x=1),
        chunk({**second, "c": [2], "m": {"b": 2}}, r=[2], x=2),
    )
    [choice] = response.choices
    [made] = choice.message.tool_calls or ()
    assert response.extra == {"r": [1, 2], "x": 2}
    assert choice.extra == {"c": [1, 2], "m": {"b": 2}}
    assert choice.message.extra == {"d": [1, 2], "n": 1}
    assert (made.type, made.extra) == ("custom", {"t": [1, 2], "y": 2})
    assert made.function.extra == {"f": [1, 2]}


def test_extras_with_the_names_of_fields() -> None:
    whole = gather(
        chunk({**delta(content="a"), "message": {"content": "b"}}, object=5, usage="lots")
    )
    assert whole.choices[0].message.text == "a"
    document = whole.to_dict()
    assert (document["object"], document["usage"]) == ("chat.completion", "lots")
    for name, fields in [("messages", {"content": "a"}), ("message", {})]:
        unread = gather(chunk({**delta(**fields), name: 5}), readable=False)
        assert unread.choices[0].to_dict()[name] == 5
        assert unread.choices[0].message.text == fields.get("content", "")
    # Some servers stream whole messages.
    message = {"role": "assistant", "content": "Hi"}
    whole = gather(chunk({"index": 0, "message": message, "finish_reason": "stop"}))
    assert (whole.choices[0].message.text, whole.choices[0].finish_reason) == ("Hi", "stop")


A, A1, A2 = '{"a": 1}', '{"a"', ": 1}"
F = ("x", 0, "f", A)
_: Any = None
# The parts of calls (id, index, name and arguments; None is missing), and the whole calls.
CALLS: dict[str, tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]] = {
    "any of id and index": (
        [("x", 0, "f", ""), (_, 0, _, "{"), ("x", _, _, '"a"'), (_, _, _, ": 1"), ("x", 0, _, "}")],
        [F]),
    "index and id, interleaved": (
        [("x", 0, "f", A1), ("y", 1, "g", A1), ("y", 1, _, A2), ("x", 0, _, A2)],
        [F, ("y", 1, "g", A)]),
    "id only, interleaved": (
        [("x", _, "f", A1), ("y", _, "f", A1), ("x", _, "", A2), ("y", _, _, A2)],
        [("x", _, "f", A), ("y", _, "f", A)]),
    "id only, in the first part": (
        [("x", _, "f", ""), (_, _, _, A1), (_, _, _, A2), ("y", _, "f", A)],
        [("x", _, "f", A), ("y", _, "f", A)]),
    "id in the last part": ([(_, 0, "f", A1), ("x", 0, _, A2)], [F]),
    "index only, with the name in every part": (
        [(_, 0, "f", A1), (_, 1, "f", A), (_, 0, "f", A2)],
        [("null", 0, "f", A), ("null", 1, "f", A)]),
    "index in strings": (
        [("x", "0", "f", A1), ("y", "1", "g", A1), (_, "0", _, A2), (_, "1", _, A2)],
        [("x", _, "f", A), ("y", _, "g", A)]),
    "index in the last part": ([("x", _, "f", A1), ("x", 3, _, A2)], [("x", 3, "f", A)]),
    "neither": (
        [(_, _, "f", A), (_, _, "f", A1), (_, _, _, A2), (_, _, "g", "")],
        [("null", _, "f", A), ("null", _, "f", A), ("null", _, "g", "")]),
    "neither, nor a name": ([(_, _, _, A)], [("null", _, "", A)]),
    "name in the second part": ([("x", _, _, _), (_, _, "f", _), (_, 0, _, A)], [F]),
    "one index, ids of their own": (
        [("x", 0, "f", ""), (_, 0, _, A), ("y", 0, "f", A)], [F, ("y", 0, "f", A)]),
    "one index, empty ids": (
        [("", 0, "f", A), ("", 0, "g", A)], [("null", 0, "f", A), ("null", 0, "g", A)]),
    "one id, indexes of their own": ([F, ("x", 1, "g", A)], [F, ("x", 1, "g", A)]),
    "an id for every part": ([("x", 0, "f", _), ("y", 0, _, A1), ("z", 0, _, A2)], [F]),
    "an index for every part": (
        [("x", 0, "f", ""), (_, 1, _, A1), (_, 2, _, A2), (_, 3, "g", A)],
        [("x", 2, "f", A), ("null", 3, "g", A)]),
    "the word null as id": ([("x", 0, "f", A1), ("null", 0, _, A2)], [F]),
    "an empty id": ([("x", 0, "f", A1), ("", 0, "", A2)], [F]),
    "the name twice": ([("x", 0, "f", A1), ("x", 0, "f", A2)], [F]),
    "arguments as an object": ([("x", 0, "f", {"a": 1})], [F]),
}  # fmt: skip


def part_of_call(*values: Any, keep_null: bool) -> Document:
    id, index, name, arguments = values
    inner = {"name": name, "arguments": arguments}
    outer = {"id": id, "index": index, "type": None if id is None else "function"}
    if keep_null:
        return {**outer, "function": inner}
    function = {key: value for key, value in inner.items() if value is not None}
    document = {key: value for key, value in outer.items() if value is not None}
    return {**document, "function": function} if function else document


def test_calls() -> None:
    for name, (parts, calls) in CALLS.items():
        for keep_null in (False, True):
            documents = [part_of_call(*part, keep_null=keep_null) for part in parts]
            for message in (
                gather_deltas(*[{"tool_calls": [one]} for one in documents]),
                gather_deltas({"tool_calls": documents}),
            ):
                made = message.tool_calls or ()
                got = [(c.id, c.index, c.function.name, c.function.arguments) for c in made]
                assert got == calls, (name, keep_null)
                assert {call.type for call in made} == {"function"}
    for odd in ("9" * 5_000, "-1", "²", ""):
        [call] = gather_deltas({"tool_calls": [{"index": odd}]}).tool_calls or ()
        assert call.to_dict() == {"index": odd, "function": {}}
    whole = part_of_call(*F, keep_null=True)
    [call] = gather_deltas({"tool_calls": [whole, {"id": "", "type": ""}]}).tool_calls or ()
    assert (call.id, call.type) == ("x", "function")


def test_the_fields_of_the_response() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    whole = gather(
        chunk(id="", model="", created=0),
        chunk(delta(content="a"), usage={**usage, "total_tokens": 9}),
        chunk(delta(content="b"), id="2", model="other", created=6),
        chunk(usage=usage),
        chunk(delta(content="")),
    )
    document = whole.to_dict()
    assert document.pop("choices")
    head = {"id": "1", "created": 5, "model": "m"}
    assert document == {**head, "object": "chat.completion", "usage": usage}
    assert gather(chunk(delta(content="a"))).usage is None
    assert gather(chunk(delta(content="a"), usage={})).to_dict()["usage"] == {}


def test_finished() -> None:
    accumulator = StreamAccumulator()
    assert accumulator.response() is None
    assert not accumulator.finished
    for piece, finished in [
        (chunk(), False),
        (chunk(delta(content="a")), False),
        (chunk({**delta(), "finish_reason": "stop"}), True),
        (chunk(delta(1, content="b")), False),
        (chunk({**delta(1), "finish_reason": "a_new_reason"}), True),
        (chunk(delta(content="late"), {**delta(1), "finish_reason": None}), True),
    ]:
        accumulator.add(piece)
        assert accumulator.finished == finished
        assert accumulator.response() is not None


def random_text(random_: random.Random) -> str:
    return "".join(random_.choices("ab c\n\ré\U0001f600", k=random_.randint(1, 30)))


def random_answer(random_: random.Random) -> AssistantMessage:
    """Return a message without two texts side by side, which the accumulator would join."""
    content: Any = random_text(random_) if random_.random() < 0.5 else ""
    if random_.random() < 0.4:
        content = [ThinkChunk(thinking=[TextChunk(text=random_text(random_))])]
        for _ in range(random_.randint(0, 3)):
            content += [TextChunk(text=random_text(random_)), ReferenceChunk(reference_ids=[1])]
    calls = [
        ToolCall(
            id=f"call{number}",
            index=random_.choice([number, 0, None]),
            function=FunctionCall(name="f", arguments={"a": random_text(random_)}),
        )
        for number in range(random_.choice([0, 0, 1, 3]))
    ]
    return AssistantMessage(content=content, tool_calls=calls or None)


def test_random_answers_and_any_order_of_their_choices() -> None:
    for seed in range(40):
        random_ = random.Random(seed)
        asked: Any = {"n": random_.choice([None, 1, 3]), "max_tokens": random_.choice([None, 2])}
        request = ChatCompletionRequest(model="m", messages=[UserMessage(content="Hi")], **asked)
        whole = model.response(request, random_answer(random_))
        pieces = list(model.pieces(whole))
        assert gather(*pieces) == whole
        by_choice = [
            [one for one in pieces if one.choices[0].index == i] for i in range(len(whole.choices))
        ]
        mixed = []
        while any(by_choice):
            mixed.append(random_.choice([queue for queue in by_choice if queue]).pop(0))
        assert gather(*mixed) == whole
