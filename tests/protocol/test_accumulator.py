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
    UsageInfo,
    UserMessage,
)
from mistral_proto.testing import model

Delta = dict[str, Any]


def chunk(*choices: dict[str, Any], **fields: Any) -> ChatCompletionStreamResponse:
    """Return a chunk of a stream, read as from the wire."""
    document = {"id": "1", "created": 5, "model": "m", "choices": list(choices), **fields}
    return ChatCompletionStreamResponse.from_dict(document)


def delta(index: int = 0, /, **fields: Any) -> dict[str, Any]:
    return {"index": index, "delta": fields}


def gather_only(*chunks: ChatCompletionStreamResponse) -> ChatCompletionResponse:
    """Return the response of some chunks."""
    accumulator = StreamAccumulator()
    before = copy.deepcopy(chunks)
    for one in chunks:
        accumulator.add(one)
    whole = accumulator.response()
    assert whole is not None
    assert chunks == before, "a piece was changed"
    assert accumulator.response() == whole, "looking at it changes it"
    return whole


def gather(*chunks: ChatCompletionStreamResponse) -> ChatCompletionResponse:
    """Return the response of some chunks, which its own type must read."""
    whole = gather_only(*chunks)
    assert ChatCompletionResponse.from_dict(whole.to_dict()) == whole
    return whole


def message(*deltas: Delta) -> dict[str, Any]:
    """Return the message of some deltas, without its role, as on the wire."""
    document = gather(*[chunk(delta(**one)) for one in deltas]).choices[0].message.to_dict()
    document.pop("role", None)
    return document


def text(value: str, **extra: Any) -> dict[str, Any]:
    return {"type": "text", "text": value, **extra}


def think(*values: str | dict[str, Any], **extra: Any) -> dict[str, Any]:
    chunks = [text(value) if isinstance(value, str) else value for value in values]
    return {"type": "thinking", "thinking": chunks, **extra}


REFERENCE = {"type": "reference", "reference_ids": [1, "b"]}
IMAGE = {"type": "image_url", "image_url": "https://example.com/cat.png"}
UNKNOWN = {"type": "hologram", "depth": 3}

# Contents in turn, and the whole content.
CONTENTS: list[tuple[list[Any], Any]] = [
    (["Hel", "lo"], "Hello"),
    (["", "Hi", ""], "Hi"),
    ([""], ""),
    ([None], None),
    ([None, "Hi", None], "Hi"),
    (["a\r", "\nb\n", "\r"], "a\r\nb\n\r"),
    (["\ud83d", "\ude00"], "\ud83d\ude00"),
    ([[]], []),
    ([[text("Hel")], [text("lo"), text("!")]], [text("Hello!")]),
    (["Hel", [text("lo")]], [text("Hello")]),
    ([[text("Hel")], "lo"], [text("Hello")]),
    (["", [REFERENCE]], [REFERENCE]),
    ([[think("Let ")], [think("me see.")]], [think("Let me see.")]),
    ([[think("Hm")], "It ", "is 4."], [think("Hm"), text("It is 4.")]),
    ([[think("a")], "", [think("b")]], [think("ab")]),
    ([[think("a")], "b", [think("c")]], [think("a"), text("b"), think("c")]),
    ([[{"type": "thinking", "thinking": "Let "}], [{"type": "thinking", "thinking": "me."}]], [{"type": "thinking", "thinking": "Let me."}]),
    ([[{"type": "thinking", "thinking": "Let "}], [think("me.")]], [think("Let me.")]),
    ([[think()]], [think()]),
    ([[think("a", REFERENCE)], [think("b")], [think("c", REFERENCE)]], [think("a", REFERENCE, "bc", REFERENCE)]),
    ([[think("a", closed=False)], [think("b", closed=True, signature="s")]], [think("ab", closed=True, signature="s")]),
    ([[think("a", closed=False)]], [think("a", closed=False)]),
    ([[think("a", signature="s")], [think("b", signature=None)]], [think("ab", signature="s")]),
    ([[think("a", x=1, y=1)], [think("b", y=2)]], [think("ab", x=1, y=2)]),
    (["It is", [REFERENCE], " 4", [REFERENCE, REFERENCE], "."], [text("It is"), REFERENCE, text(" 4"), REFERENCE, REFERENCE, text(".")]),
    ([[IMAGE], [UNKNOWN], "a"], [IMAGE, UNKNOWN, text("a")]),
    (["a", [text("b", x=1)], "c", [text("d")]], [text("a"), text("b", x=1), text("cd")]),
]  # fmt: skip
# The fields of other servers beside the content.
EXTRAS: list[tuple[list[Delta], dict[str, Any]]] = [
    ([{"reasoning_content": "Let "}, {"reasoning_content": "me."}], {"reasoning_content": "Let me."}),
    ([{"reasoning_content": "Hm"}, {"content": "It"}, {"reasoning_content": "!", "content": "."}], {"content": "It.", "reasoning_content": "Hm!"}),
    ([{"reasoning_content": "Hm", "content": None}, {"reasoning_content": None, "content": "4"}], {"content": "4", "reasoning_content": "Hm"}),
    ([{"reasoning_content": None}, {"reasoning_content": "a"}, {"reasoning_content": "b"}], {"reasoning_content": "ab"}),
    ([{"refusal": None}, {"refusal": None}], {"refusal": None}),
    ([{"x": 1}, {"x": [2]}], {"x": [2]}),
    ([{"x": "a"}, {"x": 2}], {"x": 2}),
]  # fmt: skip


def test_contents() -> None:
    for contents, whole in CONTENTS:
        joined = message(*[{"content": content} for content in contents])
        assert joined == ({} if whole is None else {"content": whole}), contents
    for deltas, fields in EXTRAS:
        assert message(*deltas) == fields, deltas
        made = gather(*[chunk(delta(**one)) for one in deltas]).choices[0].message
        assert made.thinking == fields.get("reasoning_content", "")


def test_roles() -> None:
    cases: list[tuple[list[str | None], type, str]] = [
        ([None], AssistantMessage, "assistant"),
        (["assistant", None], AssistantMessage, "assistant"),
        ([None, "assistant"], AssistantMessage, "assistant"),
        (["assistant", ""], AssistantMessage, "assistant"),
        (["", ""], AssistantMessage, "assistant"),
        (["tool", None], DeltaMessage, "tool"),
        (["critic", "assistant"], DeltaMessage, "critic"),
    ]
    for roles, kind, role in cases:
        whole = gather(*[chunk(delta(role=one, content="a")) for one in roles])
        made = whole.choices[0].message
        assert (type(made), made.role, made.text) == (kind, role, "a" * len(roles))
    assert message({"index": 0}) == {"index": 0}
    fields = {"tool_call_id": "c1", "index": 2, "metadata": {"a": 1}}
    whole = gather(chunk(delta(role="tool", content="4", **fields)), chunk(delta(content="2")))
    assert whole.choices[0].message.to_dict() == {"role": "tool", "content": "42", **fields}


def test_several_answers_at_once() -> None:
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
    def likely(*tokens: str) -> dict[str, Any]:
        return {"content": [{"token": token, "logprob": -0.5, "bytes": [1]} for token in tokens]}

    for name in ("logprobs", "prompt_logprobs"):
        whole = gather(
            chunk({**delta(content="a"), name: likely("a", "b")}),
            chunk({**delta(content="b"), name: None}),
            chunk({**delta(content="c"), name: {"content": None}}),
            chunk({**delta(content="d"), name: likely("c")}),
        )
        assert whole.choices[0].to_dict().get(name) == likely("a", "b", "c")
    odd = [{"token": "a", "logprob": None}]
    whole = gather(
        chunk({**delta(content="a"), "logprobs": {"content": odd}}),
        chunk({**delta(content="b"), "logprobs": {"content": None, "refusal": [1]}}),
    )
    assert whole.choices[0].to_dict()["logprobs"] == {"content": odd, "refusal": [1]}


def test_extras_whose_names_are_those_of_the_whole() -> None:
    whole = gather(
        chunk({**delta(content="a"), "message": {"content": "b"}}, object=5, usage="lots"),
    )
    assert whole.choices[0].message.text == "a"
    document = whole.to_dict()
    assert (document["object"], document["usage"]) == ("chat.completion", "lots")
    # What the whole's field of the name can't hold is kept all the same.
    for name, fields in [("messages", {"content": "a"}), ("message", {})]:
        unread = gather_only(chunk({**delta(**fields), name: 5}))
        assert unread.choices[0].to_dict()[name] == 5
        assert unread.choices[0].message.text == fields.get("content", "")


def test_a_server_that_sends_whole_messages() -> None:
    message = {"role": "assistant", "content": "Hi"}
    whole = gather(chunk({"index": 0, "message": message, "finish_reason": "stop"}))
    assert whole.choices[0].message.text == "Hi"
    assert whole.choices[0].finish_reason == "stop"


def test_indexes_of_calls_in_strings() -> None:
    def call(index: str, **fields: Any) -> dict[str, Any]:
        return {"index": index, **fields}

    whole = gather(
        chunk(delta(tool_calls=[call("0", id="a", function={"name": "f", "arguments": "{"})])),
        chunk(delta(tool_calls=[call("1", id="b", function={"name": "g", "arguments": "["})])),
        chunk(delta(tool_calls=[call("0", function={"arguments": "}"})])),
        chunk(delta(tool_calls=[call("1", function={"arguments": "]"})])),
    )
    calls = whole.choices[0].message.tool_calls or ()
    assert [(one.id, one.function.arguments) for one in calls] == [("a", "{}"), ("b", "[]")]
    for odd in ("9" * 5_000, "-1", "²", ""):
        whole = gather(chunk(delta(tool_calls=[call(odd, function={"name": "f"})])))
        [made] = whole.choices[0].message.tool_calls or ()
        assert made.to_dict()["index"] == odd


def called(name: str | None = None, arguments: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return a part of a call, without fields that are None."""
    fields_ = {"name": name, "arguments": arguments}
    function = {key: value for key, value in fields_.items() if value is not None}
    return {**fields, "function": function} if function else fields


# The pieces of calls, each of a chunk of its own, and the calls that they make up: the id, the
# function's name and its arguments.
CALLED: list[tuple[list[dict[str, Any]], list[tuple[str, str, str]]]] = [
    (
        [called("f", "", id="a"), called(None, "{"), called(None, "}"), called("f", "{}", id="b")],
        [("a", "f", "{}"), ("b", "f", "{}")],
    ),
    (
        [called("f", "{", id="a"), called("f", "[", id="b"), called("", "}", id="a")],
        [("a", "f", "{}"), ("b", "f", "[")],
    ),
    (
        [called("f", "{", index=0), called("f", "[", index=1), called("f", "}", index=0)],
        [("null", "f", "{}"), ("null", "f", "[")],
    ),
    (
        [called("f", "{}"), called("f", "{"), called(None, "}"), called("g", "")],
        [("null", "f", "{}"), ("null", "f", "{}"), ("null", "g", "")],
    ),
    ([{"id": "a"}, called("f"), called(None, "{}")], [("a", "f", "{}")]),
    (
        [called("f", index=0), called(None, "{}", index=0, id="a")], [("a", "f", "{}")],
    ),
    (
        [called("f", "{}", index=0, id="a"), called("f", "{}", index=0, id="b")],
        [("a", "f", "{}"), ("b", "f", "{}")],
    ),
    (
        [called("f", "{}", index=0, id=""), called("g", "{}", index=0, id="")],
        [("null", "f", "{}"), ("null", "g", "{}")],
    ),
    (
        [called("f", "{}", index=0, id="a"), called("g", "{}", index=1, id="a")],
        [("a", "f", "{}"), ("a", "g", "{}")],
    ),
    (
        [called("f", index=0, id="a"), called(None, "{", index=0, id="b"),
         called(None, "}", index=0, id="c")],
        [("a", "f", "{}")],
    ),
    (
        [called("f", "", index=0, id="a"), called(None, "{", index=1), called(None, "}", index=2),
         called("g", "{}", index=3)],
        [("a", "f", "{}"), ("null", "g", "{}")],
    ),
    (
        [{"id": "a", "type": None, "index": None, "function": {"name": "f", "arguments": None}},
         {"id": None, "type": None, "index": None, "function": {"name": None, "arguments": "{}"}}],
        [("a", "f", "{}")],
    ),
    (
        [{"id": "a", "function": {"name": "f", "arguments": {"b": 1}}}], [("a", "f", '{"b": 1}')],
    ),
]  # fmt: skip


def test_calls() -> None:
    for pieces, calls in CALLED:
        whole = gather(*[chunk(delta(tool_calls=[one])) for one in pieces])
        made = whole.choices[0].message.tool_calls or ()
        assert [(one.id, one.function.name, one.function.arguments) for one in made] == calls


def test_the_frame_of_the_answer() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    whole = gather(
        chunk(delta(content="a"), usage={**usage, "total_tokens": 9}),
        chunk(delta(content="b"), id="2", model="other", created=6),
        chunk(usage=usage),
        chunk(delta(content="")),
    )
    assert (whole.id, whole.model, whole.created) == ("1", "m", 5)
    assert whole.object == "chat.completion"
    assert whole.usage == UsageInfo(prompt_tokens=1, completion_tokens=2, total_tokens=3)
    assert gather(chunk(delta(content="a"))).usage is None
    whole = gather(chunk(id="", model="", created=0), chunk(delta(content="a")), chunk(id="2"))
    assert (whole.id, whole.model, whole.created) == ("1", "m", 5)  # of the first that has them


def test_what_the_pieces_leave_out() -> None:
    whole = gather(
        chunk(delta(tool_calls=[{"id": "a"}])),
        chunk(delta(tool_calls=[{"id": "a", "function": {"name": "f", "arguments": "{}"}}])),
        chunk(delta(tool_calls=[{"id": "b"}]), usage={}),
    )
    first, second = whole.choices[0].message.tool_calls or ()
    assert (first.id, first.function) == ("a", FunctionCall(name="f", arguments="{}"))
    assert (second.id, second.function.name, second.function.arguments) == ("b", "", "")
    assert second.to_dict() == {"id": "b", "function": {}}
    assert whole.usage is not None
    assert (whole.usage.total_tokens, whole.to_dict()["usage"]) == (0, {})


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


def test_a_response_does_not_end_the_accumulation() -> None:
    accumulator = StreamAccumulator()
    seen = []
    for word in ["a", "b", "c"]:
        call = {"id": "x", "index": 0, "function": {"name": "f", "arguments": word}}
        accumulator.add(chunk(delta(content=[think(word)], tool_calls=[call])))
        whole = accumulator.response()
        assert whole is not None
        made = whole.choices[0].message
        seen.append((made, (made.tool_calls or [])[0].function.arguments))
    assert [(made.thinking, arguments) for made, arguments in seen] == [
        ("a", "a"),
        ("ab", "ab"),
        ("abc", "abc"),
    ]


# -- properties


def random_text(random_: random.Random) -> str:
    return "".join(random_.choices("ab c\n\ré\U0001f600", k=random_.randint(1, 30)))


def random_answer(random_: random.Random) -> AssistantMessage:
    """A message in the form that pieces give back: texts side by side are one."""
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


def test_pieces_of_random_answers() -> None:
    for seed in range(60):
        random_ = random.Random(seed)
        asked: Any = {"n": random_.choice([None, 1, 3]), "max_tokens": random_.choice([None, 2])}
        request = ChatCompletionRequest(model="m", messages=[UserMessage(content="Hi")], **asked)
        whole = model.response(request, random_answer(random_))
        pieces = list(model.pieces(whole))
        assert gather(*pieces) == whole
        # The answers of a stream come in any order among each other.
        by_choice = [
            [one for one in pieces if one.choices[0].index == i] for i in range(len(whole.choices))
        ]
        mixed = []
        while any(by_choice):
            mixed.append(random_.choice([queue for queue in by_choice if queue]).pop(0))
        assert gather(*mixed) == whole
