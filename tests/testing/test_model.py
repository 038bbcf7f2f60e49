"""The rules by which a `MockServer` answers, and the stream of an answer."""

from __future__ import annotations

from typing import Any

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ImageURLChunk,
    StreamAccumulator,
    TextChunk,
    ThinkChunk,
    ToolCall,
)
from mistral_proto.testing import answer_by_rules, model

HI: list[dict[str, Any]] = [{"role": "user", "content": "Hi there"}]
CALL = {"id": "c1", "function": {"name": "f", "arguments": ""}}
CHAIN: list[dict[str, Any]] = [
    *HI,
    {"role": "assistant", "tool_calls": [CALL]},
    {"role": "tool", "content": "12 °C", "tool_call_id": "c1"},
]


def function(name: str, **fields: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **fields}}


def request(**fields: Any) -> ChatCompletionRequest:
    return ChatCompletionRequest.from_dict({"model": "m", "messages": HI, **fields})


F, G, SEARCH = (
    function("f", parameters={}),
    function("g", parameters={}),
    {"type": "web_search"},
)
IMAGE = {"type": "image_url", "image_url": "https://example.com/a.png"}
CHUNKS = [{"type": "text", "text": "a"}, IMAGE, {"type": "text", "text": "b"}]
NUMBER = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "number"}}}
JSON = {"type": "json_object"}
ECHO = "You said: Hi there"
TEXTS: list[tuple[dict[str, Any], str]] = [
    ({"messages": [*HI, {"role": "user", "content": CHUNKS}]}, "You said: ab"),
    ({"messages": [{"role": "system", "content": "x"}]}, "You said: nothing"),
    ({"messages": CHAIN, "tools": [F]}, "The tool says: 12 °C"),
    ({"tools": [SEARCH], "tool_choice": "required"}, ECHO),
    ({"tools": [F], "tool_choice": "none"}, ECHO),
    ({"tools": [F], "tool_choice": function("g")}, ECHO),
    ({"response_format": {"type": "text"}}, ECHO),
    ({"response_format": NUMBER}, "1.5"),
    ({"max_tokens": 1, "response_format": JSON}, '{"said":"Hi'),
]
CALLS: list[tuple[dict[str, Any], str]] = [
    ({"tools": [SEARCH, F, G], "tool_choice": "required"}, "f"),
    ({"tools": [F, G], "tool_choice": function("g")}, "g"),
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
        [call] = answer_by_rules(request(**fields)).tool_calls or ()
        assert (call.function.name, call.index) == (name, 0)
        [later] = answer_by_rules(request(messages=[*CHAIN, *HI], tools=[F])).tool_calls or ()
        assert later.id != call.id
    for fields, thinks in THINKS:
        message = answer_by_rules(request(**fields))
        assert message.text == ECHO
        assert message.thinking == "The user said 'Hi there'. I repeat it." * thinks, fields


ENDLESS = {"$ref": "#/$defs/A", "$defs": {"A": {"properties": {"a": {"$ref": "#/$defs/A"}}}}}
SAMPLES: list[tuple[Any, Any]] = [
    ({"type": "string"}, "example"),
    ({"type": "array"}, []),
    ({"type": ["string", "null"]}, None),
    (True, None),
    ({"type": "string", "enum": ["Paris", "Lyon"]}, "Paris"),
    ({"type": "boolean", "enum": []}, True),
    ({"type": "object", "enum": "ab"}, {}),
    ({"const": "a"}, "a"),
    ({"type": "integer", "default": 3, "minimum": 2}, 3),
    ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, 1),
    ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, None),
    ({"type": "array", "prefixItems": [{"type": "integer"}, {"const": "a"}]}, [1, "a"]),
    (ENDLESS, {"a": None}),
    ({"$ref": 3, "$defs": {}}, None),
]


def test_arguments_fit_the_schema() -> None:
    cases = [({"properties": {"x": schema}}, {"x": value}) for schema, value in SAMPLES]
    for parameters, expected in [*cases, ({}, {}), ({"properties": None}, {})]:
        tools = [function("f", parameters=parameters)]
        [call] = answer_by_rules(request(tools=tools)).tool_calls or ()
        assert call.function.parse_arguments() == expected, parameters


# The fields of a request, the tokens of the answer, and why it ends.
USAGES: list[tuple[dict[str, Any], int, str]] = [
    ({"n": 3}, 12, "stop"),
    ({"max_tokens": 3}, 3, "length"),
    ({"max_tokens": 0}, 0, "length"),
    ({"max_tokens": 5}, 4, "stop"),
    ({"tools": [F]}, 1, "tool_calls"),
    ({"model": "magistral-small-latest"}, 11, "stop"),
]


def test_usage_and_finish_reasons() -> None:
    for fields, written, reason in USAGES:
        asked = request(**fields)
        whole = model.response(asked, answer_by_rules(asked))
        usage = {"prompt_tokens": 2, "completion_tokens": written, "total_tokens": 2 + written}
        assert whole.usage is not None and whole.usage.to_dict() == usage, fields
        assert [choice.index for choice in whole.choices] == [*range(asked.n or 1)]
        assert {choice.finish_reason for choice in whole.choices} == {reason}
        *before, last = model.pieces(whole)
        assert (last.usage, last.choices[0].finish_reason) == (whole.usage, reason)
        assert all(chunk.usage is None for chunk in before)
        assert {(chunk.id, chunk.model, chunk.created) for chunk in [*before, last]} == {
            (whole.id, whole.model, whole.created)
        }


PNG = ImageURLChunk(image_url="https://example.com/cat.png")
SIGNED = ThinkChunk(thinking=[TextChunk(text="Let me")], signature="c2ln")
THINKING: list[Any] = [
    [{"type": "thinking", "thinking": [{"type": "text", "text": text}]}] for text in ("Let", " me")
]
SIGNATURE = [{"type": "thinking", "thinking": [], "signature": "c2ln"}]
CUTS: list[tuple[Any, list[Any]]] = [
    ("", []),
    (" a  b\n\nc ", [" a", "  b", "\n\nc", " "]),
    ("né\u00a0!\u2028\ud83d", ["né", "\u00a0!", "\u2028\ud83d"]),
    ([SIGNED, TextChunk(text="It is")], [*THINKING, SIGNATURE, "It", " is"]),
    ([TextChunk(text="Look:"), PNG], ["Look:", [PNG.to_dict()]]),
]


def test_a_stream_is_cut_into_words_and_gathers_to_the_whole() -> None:
    calls = [ToolCall.from_dict(CALL), ToolCall.from_dict({**CALL, "id": "c2"})]
    for content, cut in CUTS:
        whole = model.response(request(n=2), AssistantMessage(content=content, tool_calls=calls))
        chunks = list(model.pieces(whole))
        choices = [choice for chunk in chunks for choice in chunk.choices]
        first = [choice for choice in choices if choice.index == 0]
        assert choices[: len(first)] == first  # one choice after the other
        assert [choice.delta.to_dict() for choice in first[:-1]] == [
            {"role": "assistant", "content": ""},
            *({"content": part} for part in cut),
        ]
        assert first[-1].delta.tool_calls == calls
        gathered = StreamAccumulator()
        for chunk in chunks:
            gathered.add(chunk)
        assert gathered.response() == whole
    [*_, last] = model.pieces(model.response(request(), AssistantMessage(content=None)))
    assert last.choices[0].delta.to_dict() == {"content": ""}
