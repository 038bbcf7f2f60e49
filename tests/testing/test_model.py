"""The model behind a `MockServer`, rule by rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ChatCompletionResponse,
    FinishReason,
    ImageURLChunk,
    Mistral,
    StreamAccumulator,
    TextChunk,
    ThinkChunk,
    ToolCall,
    UsageInfo,
)
from mistral_proto.testing import MockServer, model

ASK = [{"role": "user", "content": "Hi there"}]
CHAIN: list[dict[str, Any]] = [
    *ASK,
    {"role": "assistant", "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": ""}}]},
    {"role": "tool", "content": "12 °C", "tool_call_id": "c1"},
]


def tool(name: str, **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def request(**fields: Any) -> ChatCompletionRequest:
    return ChatCompletionRequest.from_dict({"model": "m", "messages": ASK, **fields})


TEXTS: list[tuple[str, dict[str, Any], str]] = [
    ("what the user said", {}, "You said: Hi there"),
    ("the last message", {"messages": [*ASK, {"role": "user", "content": "Yo"}]}, "You said: Yo"),
    (
        "text chunks",
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "a"},
                        {"type": "image_url", "image_url": "https://example.com/a.png"},
                        {"type": "text", "text": "b"},
                    ],
                }
            ]
        },
        "You said: ab",
    ),
    ("no content", {"messages": [{"role": "user", "content": None}]}, "You said: "),
    ("a system message", {"messages": [{"role": "system", "content": "x"}]}, "You said: nothing"),
    ("a tool's answer", {"messages": CHAIN}, "The tool says: 12 °C"),
    ("a tool's answer, tools", {"messages": CHAIN, "tools": [tool("f")]}, "The tool says: 12 °C"),
    ("no function", {"tools": [{"type": "web_search"}]}, "You said: Hi there"),
    ("no function to call", {"tool_choice": "required"}, "You said: Hi there"),
    ("tool_choice none", {"tools": [tool("f")], "tool_choice": "none"}, "You said: Hi there"),
    (
        "tool_choice unknown",
        {
            "tools": [tool("f")],
            "tool_choice": {"type": "function", "function": {"name": "g"}},
        },
        "You said: Hi there",
    ),
    ("as text", {"response_format": {"type": "text"}}, "You said: Hi there"),
    ("as JSON", {"response_format": {"type": "json_object"}}, '{"said":"Hi there"}'),
    (
        "as a schema has it",
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "s", "schema": {"type": "number"}},
            }
        },
        "1.5",
    ),
    ("max_tokens 0", {"max_tokens": 0}, ""),
    ("max_tokens 1", {"max_tokens": 1}, "You"),
    ("max_tokens 3", {"max_tokens": 3}, "You said: Hi"),
    ("max_tokens more than enough", {"max_tokens": 100}, "You said: Hi there"),
    ("cut JSON", {"max_tokens": 1, "response_format": {"type": "json_object"}}, '{"said":"Hi'),
]
# fmt: skip


@pytest.mark.parametrize(
    ("fields", "text"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS]
)
def test_it_says(fields: dict[str, Any], text: str) -> None:
    assert model.answer_by_rules(request(**fields)) == AssistantMessage(content=text)


CALLS: list[tuple[str, dict[str, Any], str]] = [
    ("the first", {}, "f"),
    ("auto", {"tool_choice": "auto"}, "f"),
    ("any", {"tool_choice": "any"}, "f"),
    ("required", {"tool_choice": "required"}, "f"),
    ("named", {"tool_choice": {"type": "function", "function": {"name": "g"}}}, "g"),
    ("after another kind", {"tools": [{"type": "web_search"}, tool("h")]}, "h"),
]


@pytest.mark.parametrize(
    ("fields", "name"), [case[1:] for case in CALLS], ids=[case[0] for case in CALLS]
)
def test_it_calls(fields: dict[str, Any], name: str) -> None:
    message = model.answer_by_rules(request(**{"tools": [tool("f"), tool("g")], **fields}))

    assert message.content == ""
    assert message.tool_calls is not None
    [call] = message.tool_calls
    assert (call.function.name, call.index, call.function.parse_arguments()) == (name, 0, {})


def test_the_id_of_a_call_is_as_the_api_wants_it_and_new_in_each_turn() -> None:
    ids = []
    for messages in (ASK, [*CHAIN, *ASK]):
        calls = model.answer_by_rules(request(messages=messages, tools=[tool("f")])).tool_calls
        assert calls is not None
        ids.append(calls[0].id)
    assert len(set(ids)) == 2
    assert all(len(one) == 9 and one.isalnum() for one in ids)


ARGUMENTS: list[tuple[str, Any, Any]] = [
    ("string", {"type": "string"}, "example"),
    ("integer", {"type": "integer"}, 1),
    ("number", {"type": "number"}, 1.5),
    ("boolean", {"type": "boolean"}, True),
    ("array", {"type": "array"}, []),
    ("object", {"type": "object"}, {}),
    ("null", {"type": "null"}, None),
    ("several types", {"type": ["string", "null"]}, None),
    ("no type", {}, None),
    ("enum", {"type": "string", "enum": ["Paris", "Lyon"]}, "Paris"),
    ("enum without type", {"enum": [3]}, 3),
    ("empty enum", {"type": "string", "enum": []}, "example"),
    ("enum that is no list", {"type": "string", "enum": "ab"}, "example"),
    ("anything", True, None),
    ("constant", {"const": "a"}, "a"),
    ("default", {"type": "integer", "default": 3, "minimum": 2}, 3),
    ("choice", {"anyOf": [{"type": "integer"}, {"type": "string"}]}, 1),
    ("choice with null", {"anyOf": [{"type": "integer"}, {"type": "null"}]}, None),
    ("tuple", {"type": "array", "prefixItems": [{"type": "integer"}, {"const": "a"}]}, [1, "a"]),
    ("nested", {"type": "object", "properties": {"a": {"type": "integer"}}}, {"a": 1}),
    ("defined", {"$ref": "#/$defs/A", "$defs": {"A": {"type": "integer"}}}, 1),
    (
        "defined by itself",
        {"$ref": "#/$defs/A", "$defs": {"A": {"properties": {"a": {"$ref": "#/$defs/A"}}}}},
        {"a": None},
    ),
    ("not defined", {"$ref": "#/$defs/A"}, None),
    ("a reference that is none", {"$ref": 3, "$defs": {}}, None),
]


@pytest.mark.parametrize(
    ("schema", "value"), [case[1:] for case in ARGUMENTS], ids=[case[0] for case in ARGUMENTS]
)
def test_its_arguments_fit_the_schema(schema: Any, value: Any) -> None:
    calls = model.answer_by_rules(
        request(tools=[tool("f", x=schema, y={"type": "string"})])
    ).tool_calls
    assert calls is not None
    assert calls[0].function.parse_arguments() == {"x": value, "y": "example"}


@dataclass
class Tree:
    name: str
    branches: list[Tree]
    parent: Tree | None = None


def test_its_json_fits_the_type_that_is_parsed() -> None:
    with MockServer() as server, Mistral("k", server_url=server.url) as mistral:
        for name in ("mistral-small-latest", "magistral-small-latest"):
            parsed = mistral.chat.parse(Tree, model=name, messages=ASK).choices[0].message.parsed
            assert parsed == Tree("example", [])


@pytest.mark.parametrize("parameters", [{}, {"properties": None}, {"properties": [1]}], ids=str)
def test_a_function_without_properties_is_called_without_arguments(parameters: Any) -> None:
    tools = [{"type": "function", "function": {"name": "f", "parameters": parameters}}]
    calls = model.answer_by_rules(request(tools=tools)).tool_calls
    assert calls is not None
    assert calls[0].function.parse_arguments() == {}


THINKS: list[tuple[dict[str, Any], bool]] = [
    ({"model": "magistral-small-latest"}, True),
    ({"model": "magistral-medium-2507"}, True),
    ({"model": "mistral-small-latest"}, False),
    ({"model": None}, False),
    ({"prompt_mode": "reasoning"}, True),
    ({"reasoning_effort": "high"}, True),
    ({"reasoning_effort": "minimal"}, True),
    ({"reasoning_effort": "none"}, False),
    ({"reasoning_effort": None}, False),
    ({"prompt_mode": None}, False),
]


@pytest.mark.parametrize(("fields", "thinks"), THINKS, ids=[str(fields) for fields, _ in THINKS])
def test_it_thinks_where_it_is_asked_to(fields: dict[str, Any], thinks: bool) -> None:
    message = model.answer_by_rules(request(**fields))
    assert message.text == "You said: Hi there"
    assert message.thinking == ("The user said 'Hi there'. I repeat it." if thinks else "")
    assert isinstance(message.content, str) is not thinks


CALL = ToolCall.from_dict({"id": "c1", "function": {"name": "f", "arguments": "{}"}})
THOUGHT = ThinkChunk(thinking=[TextChunk(text="Let me see.")])

RESPONSES: list[tuple[str, dict[str, Any], AssistantMessage, FinishReason, tuple[int, int]]] = [
    ("text", {}, AssistantMessage(content="One two three"), FinishReason.stop, (2, 3)),
    ("nothing", {}, AssistantMessage(), FinishReason.stop, (2, 0)),
    ("a prompt", {"messages": ASK * 2}, AssistantMessage(content="a"), FinishReason.stop, (4, 1)),
    ("a call", {}, AssistantMessage(tool_calls=[CALL]), FinishReason.tool_calls, (2, 1)),
    ("a cut text", {"max_tokens": 2}, AssistantMessage(content="a b"), FinishReason.length, (2, 2)),
    ("a short text", {"max_tokens": 3}, AssistantMessage(content="a b"), FinishReason.stop, (2, 2)),
    ("no tokens", {"max_tokens": 0}, AssistantMessage(content=""), FinishReason.length, (2, 0)),
    (
        "thinking counts",
        {},
        AssistantMessage(content=[THOUGHT, TextChunk(text=" a b")]),
        FinishReason.stop,
        (2, 5),
    ),
    ("three choices", {"n": 3}, AssistantMessage(content="a b"), FinishReason.stop, (2, 6)),
]


@pytest.mark.parametrize(
    ("fields", "message", "reason", "tokens"),
    [case[1:] for case in RESPONSES],
    ids=[case[0] for case in RESPONSES],
)
def test_a_response_counts_what_it_holds(
    fields: dict[str, Any], message: AssistantMessage, reason: FinishReason, tokens: tuple[int, int]
) -> None:
    response = model.response(request(**fields), message)

    count = fields.get("n", 1)
    assert [choice.index for choice in response.choices] == list(range(count))
    assert all(choice.message == message for choice in response.choices)
    assert all(choice.finish_reason is reason for choice in response.choices)
    prompt, written = tokens
    assert response.usage == UsageInfo(
        prompt_tokens=prompt, completion_tokens=written, total_tokens=prompt + written
    )


@pytest.mark.parametrize(("asked", "answered"), [("m", "m"), (None, "mock")])
def test_a_response_names_the_model(asked: str | None, answered: str) -> None:
    assert model.response(request(model=asked), AssistantMessage()).model == answered


def deltas(whole: ChatCompletionResponse) -> list[tuple[int, dict[str, Any], str | None]]:
    return [
        (choice.index, choice.delta.to_dict(), choice.finish_reason)
        for piece in model.pieces(whole)
        for choice in piece.choices
    ]


IMAGE = ImageURLChunk(image_url="https://example.com/cat.png")


def thought(text: str) -> dict[str, Any]:
    chunk = {"type": "thinking", "thinking": [{"type": "text", "text": text}]}
    return {"content": [chunk]}


CUTS: list[tuple[str, AssistantMessage, list[dict[str, Any]]]] = [
    ("words", AssistantMessage(content="Hi you."), [{"content": "Hi"}, {"content": " you."}]),
    ("a space at the end", AssistantMessage(content="Hi "), [{"content": "Hi"}, {"content": " "}]),
    ("spaces alone", AssistantMessage(content=" \n"), [{"content": " \n"}]),
    ("no text", AssistantMessage(content=""), []),
    ("no content", AssistantMessage(), []),
    (
        "thinking",
        AssistantMessage(content=[THOUGHT, TextChunk(text="It is 4.")]),
        [
            *[thought(text) for text in ("Let", " me", " see.")],
            *[{"content": text} for text in ("It", " is", " 4.")],
        ],
    ),
    (
        "another chunk",
        AssistantMessage(content=[TextChunk(text="Look:"), IMAGE]),
        [{"content": "Look:"}, {"content": [IMAGE.to_dict()]}],
    ),
]


@pytest.mark.parametrize(("message", "cut"), [case[1:] for case in CUTS], ids=[c[0] for c in CUTS])
def test_a_stream_is_cut_into_words(message: AssistantMessage, cut: list[dict[str, Any]]) -> None:
    found = deltas(model.response(request(), message))
    opening: dict[str, Any] = {"role": "assistant", "content": ""}
    expected: list[tuple[int, dict[str, Any], str | None]] = [
        (0, delta, None) for delta in [opening, *cut]
    ]
    assert found == [*expected, (0, {"content": ""}, "stop")]


def test_a_stream_has_its_calls_in_the_last_piece() -> None:
    message = AssistantMessage(content="", tool_calls=[CALL])
    *_, last = deltas(model.response(request(), message))
    assert last == (0, {"content": "", "tool_calls": [CALL.to_dict()]}, "tool_calls")


def test_a_stream_has_its_choices_one_after_the_other_and_the_usage_at_the_end() -> None:
    whole = model.response(request(n=2), AssistantMessage(content="a b"))
    pieces = list(model.pieces(whole))

    assert [piece.choices[0].index for piece in pieces] == [0] * 4 + [1] * 4
    assert [piece.usage for piece in pieces] == [None] * 7 + [whole.usage]
    assert {(piece.id, piece.created, piece.model) for piece in pieces} == {
        (whole.id, whole.created, whole.model)
    }


SECOND = ToolCall(id="c2", function=CALL.function)
SIGNED = ThinkChunk(thinking=[TextChunk(text="Let me see.")], signature="c2ln")
MESSAGES: list[tuple[str, AssistantMessage]] = [
    *[
        (repr(text), AssistantMessage(content=text))
        for text in ["", " ", "a", " a  b\n\nc ", "\n\n", "né\u00a0!\u2028", "\ud83d", "\x1c b"]
    ],
    ("calls", AssistantMessage(content="I look.", tool_calls=[CALL, SECOND])),
    ("thinking", AssistantMessage(content=[THOUGHT, TextChunk(text="It is 4.")])),
    ("an image", AssistantMessage(content=[TextChunk(text="Look: "), IMAGE, TextChunk(text="!")])),
    ("signed thinking", AssistantMessage(content=[SIGNED, TextChunk(text="It is 4.")])),
]


@pytest.mark.parametrize("message", [case[1] for case in MESSAGES], ids=[c[0] for c in MESSAGES])
@pytest.mark.parametrize("n", [1, 3])
def test_a_stream_gathers_to_the_whole(message: AssistantMessage, n: int) -> None:
    whole = model.response(request(n=n), message)
    gathered = StreamAccumulator()
    for piece in model.pieces(whole):
        gathered.add(piece)
    assert gathered.response() == whole


def test_a_gathered_stream_without_content_is_an_empty_text() -> None:
    # As the API does it: the opening and the closing piece hold empty texts.
    gathered = StreamAccumulator()
    for piece in model.pieces(model.response(request(), AssistantMessage())):
        gathered.add(piece)
    response = gathered.response()
    assert response is not None
    assert response.choices[0].message == AssistantMessage(content="")
