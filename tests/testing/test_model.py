"""The rules by which a `MockServer` answers, and the stream of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ImageURLChunk,
    Mistral,
    StreamAccumulator,
    TextChunk,
    ThinkChunk,
    ToolCall,
)
from mistral_proto.testing import MockServer, answer_by_rules, model

HI: list[dict[str, Any]] = [{"role": "user", "content": "Hi there"}]
CALL = {"id": "c1", "function": {"name": "f", "arguments": ""}}
CHAIN: list[dict[str, Any]] = [
    *HI,
    {"role": "assistant", "tool_calls": [CALL]},
    {"role": "tool", "content": "12 °C", "tool_call_id": "c1"},
]


def tool(name: str, **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def request(**fields: Any) -> ChatCompletionRequest:
    return ChatCompletionRequest.from_dict({"model": "m", "messages": HI, **fields})


F, G = tool("f"), tool("g")
IMAGE = {"type": "image_url", "image_url": "https://example.com/a.png"}
CHUNKS = [{"type": "text", "text": "a"}, IMAGE, {"type": "text", "text": "b"}]
NUMBER = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "number"}}}
JSON = {"type": "json_object"}
ECHO = "You said: Hi there"
TEXTS: list[tuple[dict[str, Any], str]] = [
    ({}, ECHO),
    ({"messages": [*HI, {"role": "user", "content": "Yo"}]}, "You said: Yo"),
    ({"messages": [{"role": "user", "content": CHUNKS}]}, "You said: ab"),
    ({"messages": [{"role": "system", "content": "x"}]}, "You said: nothing"),
    ({"messages": CHAIN, "tools": [F]}, "The tool says: 12 °C"),
    ({"tools": [{"type": "web_search"}], "tool_choice": "required"}, ECHO),
    ({"tools": [F], "tool_choice": "none"}, ECHO),
    ({"tools": [F], "tool_choice": named("g")}, ECHO),
    ({"response_format": {"type": "text"}}, ECHO),
    ({"response_format": JSON}, '{"said":"Hi there"}'),
    ({"response_format": NUMBER}, "1.5"),
    ({"max_tokens": 1, "response_format": JSON}, '{"said":"Hi'),
]
CALLS: list[tuple[dict[str, Any], str]] = [
    ({}, "f"),
    ({"tool_choice": "required"}, "f"),
    ({"tool_choice": named("g")}, "g"),
    ({"tools": [{"type": "web_search"}, tool("h")]}, "h"),
]
THINKS: list[tuple[dict[str, Any], bool]] = [
    ({"model": "magistral-medium-2507"}, True),
    ({"model": None}, False),
    ({"prompt_mode": "reasoning"}, True),
    ({"reasoning_effort": "high"}, True),
    ({"reasoning_effort": "none"}, False),
]


def test_the_rules() -> None:
    for fields, text in TEXTS:
        assert answer_by_rules(request(**fields)) == AssistantMessage(content=text), fields
    for fields, name in CALLS:
        message = answer_by_rules(request(**{"tools": [F, G], **fields}))
        assert message.content == "" and message.tool_calls is not None
        [call] = message.tool_calls
        assert (call.function.name, call.index, call.function.parse_arguments()) == (name, 0, {})
        later = answer_by_rules(request(messages=[*CHAIN, *HI], tools=[F])).tool_calls
        assert later is not None and later[0].id != call.id
        assert len(call.id) == 9 and call.id.isalnum()
    for fields, thinks in THINKS:
        message = answer_by_rules(request(**fields))
        assert message.text == ECHO
        assert message.thinking == "The user said 'Hi there'. I repeat it." * thinks, fields
        assert isinstance(message.content, str) is not thinks


ENDLESS = {"$ref": "#/$defs/A", "$defs": {"A": {"properties": {"a": {"$ref": "#/$defs/A"}}}}}
SAMPLES: list[tuple[Any, Any]] = [
    ({"type": "string"}, "example"),
    ({"type": "integer"}, 1),
    ({"type": "number"}, 1.5),
    ({"type": "boolean"}, True),
    ({"type": "array"}, []),
    ({"type": "object"}, {}),
    ({"type": ["string", "null"]}, None),
    ({}, None),
    (True, None),
    ({"type": "string", "enum": ["Paris", "Lyon"]}, "Paris"),
    ({"type": "string", "enum": []}, "example"),
    ({"type": "string", "enum": "ab"}, "example"),
    ({"const": "a"}, "a"),
    ({"type": "integer", "default": 3, "minimum": 2}, 3),
    ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, 1),
    ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, None),
    ({"type": "array", "prefixItems": [{"type": "integer"}, {"const": "a"}]}, [1, "a"]),
    ({"$ref": "#/$defs/A", "$defs": {"A": {"type": "integer"}}}, 1),
    (ENDLESS, {"a": None}),
    ({"$ref": 3, "$defs": {}}, None),
]


def test_arguments_fit_the_schema() -> None:
    for schema, value in SAMPLES:
        tools = [tool("f", x=schema, y={"type": "string"})]
        calls = answer_by_rules(request(tools=tools)).tool_calls
        assert calls is not None
        assert calls[0].function.parse_arguments() == {"x": value, "y": "example"}, schema
    parameters: Any
    for parameters in ({}, {"properties": None}, {"properties": [1]}):
        function = {"name": "f", "parameters": parameters}
        calls = answer_by_rules(request(tools=[{"function": function}])).tool_calls
        assert calls is not None and calls[0].function.parse_arguments() == {}


@dataclass
class Tree:
    name: str
    branches: list[Tree]
    parent: Tree | None = None


def test_json_fits_the_parsed_type() -> None:
    with MockServer() as server, Mistral("k", server_url=server.url) as mistral:
        for name in ("mistral-small-latest", "magistral-small-latest"):
            parsed = mistral.chat.parse(Tree, model=name, messages=HI).choices[0].message.parsed
            assert parsed == Tree("example", [])


PNG = ImageURLChunk(image_url="https://example.com/cat.png")
THOUGHT = ThinkChunk(thinking=[TextChunk(text="Let me see.")])
SIGNED = ThinkChunk(thinking=[TextChunk(text="Let me see.")], signature="c2ln")
TWO_CALLS = [ToolCall.from_dict(CALL), ToolCall.from_dict({**CALL, "id": "c2"})]


def thoughts(*texts: str) -> list[Any]:
    return [[{"type": "thinking", "thinking": [{"type": "text", "text": text}]}] for text in texts]


CUTS: list[tuple[Any, list[Any]]] = [
    ("Hi you.", ["Hi", " you."]),
    ("", []),
    (None, []),
    (" a  b\n\nc ", [" a", "  b", "\n\nc", " "]),
    ("né\u00a0!\u2028\ud83d", ["né", "\u00a0!", "\u2028\ud83d"]),
    ([THOUGHT, TextChunk(text="It is")], [*thoughts("Let", " me", " see."), "It", " is"]),
    (
        [SIGNED],
        [
            *thoughts("Let", " me", " see."),
            [{"type": "thinking", "thinking": [], "signature": "c2ln"}],
        ],
    ),
    ([TextChunk(text="Look:"), PNG], ["Look:", [PNG.to_dict()]]),
]


def test_a_stream_is_cut_into_words_and_gathers_to_the_whole() -> None:
    for content, cut in CUTS:
        for calls in (None, TWO_CALLS):
            message = AssistantMessage(content=content, tool_calls=calls)
            whole = model.response(request(n=2), message)
            chunks = list(model.pieces(whole))
            choices = [choice for chunk in chunks for choice in chunk.choices]
            first = [choice for choice in choices if choice.index == 0]
            assert choices[: len(first)] == first  # one choice after the other
            assert first[0].delta.to_dict() == {"role": "assistant", "content": ""}
            assert [choice.delta.to_dict() for choice in first[1:-1]] == [
                {"content": part} for part in cut
            ]
            assert first[-1].delta.tool_calls == calls

            gathered = StreamAccumulator()
            for chunk in chunks:
                gathered.add(chunk)
            response = gathered.response()
            if content is None:
                # As with the API, the first and the last chunk have an empty text.
                assert response is not None and response.choices[1].message.content == ""
            else:
                assert response == whole
