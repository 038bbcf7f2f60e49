"""`adapt_request`: the request as a whole, its parameters and tools."""

from __future__ import annotations

import copy
from typing import Any
from unittest.mock import Mock

import pytest

import mistral_proto as m
from mistral_proto.openai import AdaptedRequest, Change, ChatCompletionMessage, adapt_request
from tests.conversions.helpers import HI, adapt, refusals

Rows = list[tuple[dict[str, Any], dict[str, Any], list[str]]]


def json_schema(given: Any, **others: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": given, **others}}


def prediction(content: Any) -> dict[str, Any]:
    return {"prediction": {"type": "content", "content": content}}


def tool(name: Any = "now", parameters: Any = None, **others: Any) -> dict[str, Any]:
    function = {"name": name, "parameters": parameters or {}, **others}
    return {"type": "function", "function": function}


def named(name: Any = "now", **others: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **others}}


def allowed(*entries: Any, mode: Any = "auto", **others: Any) -> dict[str, Any]:
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": [*entries], **others}}


TOOL = tool()
B = {"name": "b", "parameters": {}}
WEB = {"type": "web_search"}
NO_PARAMETERS = {"type": "object", "properties": {}}

KEPT: list[dict[str, Any]] = [
    {"stream": True, "n": 1, "stop": "\n", "temperature": 1.5, "top_p": 1e-9, "random_seed": 0},
    {"n": 3, "temperature": 0, "top_p": 1, "max_tokens": 0, "metadata": {"user": {"by": [1]}}},
    {**json_schema({"name": "a", "schema": {"x": None}, "strict": True}), **prediction("a")},
    {"service_tier": "auto", "reasoning_effort": "none", "prompt_mode": "reasoning"},
    # parameters of the SDK that the published schema does not have
    {"logprobs": True, "top_logprobs": 3, "prompt_logprobs": True, "top_prompt_logprobs": 3},
    {"min_tokens": 1, "repetition_penalty": 1.1, "top_k": 5},
    {"tools": [tool("a", {"x": None}, strict=True, description="A"), WEB], "tool_choice": named()},
    {"tools": [TOOL], "tool_choice": "none", "parallel_tool_calls": True},
]
DROPPED: dict[str, Any] = {
    **dict.fromkeys(["store", "user", "safety_identifier", "logit_bias", "verbosity"], "x"),
    **dict.fromkeys(["prompt_cache_options", "prompt_cache_retention", "stream_options"], {}),
    **dict.fromkeys(["web_search_options", "moderation", "timeout", "extra_headers", "zzz"], 1),
    "truncate_for_context_length": False,
    "stop": "",
    "modalities": ["text"],
    "service_tier": "flex",
    "audio": None,
    "brand_new": None,
    # there are no tools
    "tool_choice": "auto",
    "parallel_tool_calls": False,
    "tools": [],
    "functions": [],
    "function_call": "none",
}
# Parameters, their results, and the changes.
CHANGED: Rows = [
    (DROPPED, {}, [f"{name} dropped" for name in DROPPED]),
    ({"max_tokens": 4, "max_completion_tokens": 5}, {"max_tokens": 5},
        ["max_tokens dropped", "max_completion_tokens renamed"]),
    ({"max_completion_tokens": None, "max_tokens": 4}, {"max_tokens": 4}, ["max_completion_tokens dropped"]),
    *[
        ({"seed": given}, {"random_seed": seed}, ["seed renamed", "seed changed"][: 1 + (given != seed)])
        for given, seed in [(2**63 - 1, 2**63 - 1), (-2, 2**63 - 2), (2**63 + 7, 7)]
    ],
    ({"seed": 1, "random_seed": 0}, {"random_seed": 0}, ["seed dropped"]),
    ({"temperature": 2, "top_p": 0}, {"temperature": 1.5, "top_p": 0.0001},
        ["temperature changed", "top_p changed"]),
    ({"top_p": 0.9, "temperature": 0.0}, {"temperature": 0.0}, ["top_p dropped"]),
    ({"reasoning_effort": "max", "service_tier": "default"},
        {"reasoning_effort": "xhigh", "service_tier": "standard_only"},
        ["reasoning_effort changed", "service_tier changed"]),
    (prediction([{"type": "text", "text": "a", "id": 1}, {"type": "text", "text": "b"}]),
        prediction("ab"), ["prediction.content joined"]),
    (json_schema({"strict": None, "y": 1}, z=1),
        json_schema({"name": "response", "schema": {"type": "object"}}),
        [f"response_format.{it}" for it in ("json_schema.strict dropped", "json_schema.y dropped",
            "json_schema.name set", "json_schema.schema set", "z dropped")]),
    # tools
    (
        {
            "tools": [
                {**named(description=None), "cache_control": {}},
                {"function": {**B, "examples": []}},
                {**tool("c"), "type": None},
                {**WEB, "id": 1},
            ],
            "tool_choice": {**named("b", x=1), "y": 2},
        },
        {"tools": [tool("now", NO_PARAMETERS), tool("b"), tool("c"), WEB], "tool_choice": named("b")},
        [
            *("tools[0].function.description dropped", "tools[0].function.parameters set"),
            *("tools[0].cache_control dropped", "tools[1].function.examples dropped"),
            *("tools[2].type dropped", "tools[3].id dropped"),
            *("tool_choice.function.x dropped", "tool_choice.y dropped"),
        ],
    ),
    ({"functions": [B, {"name": "c"}], "function_call": "auto"},
        {"tools": [tool("b"), tool("c", NO_PARAMETERS)], "tool_choice": "auto"},
        ["functions renamed", "functions[1].parameters set", "function_call renamed"]),
    ({"functions": [B], "function_call": {"name": "b"}}, {"tools": [tool("b")], "tool_choice": named("b")},
        ["functions renamed", "function_call renamed"]),
    ({"tools": [TOOL], "function_call": "none", "tool_choice": "auto", "functions": [B]},
        {"tools": [TOOL], "tool_choice": "auto"}, ["function_call dropped", "functions dropped"]),
    (
        {
            "tools": [tool("a"), tool("b"), WEB, tool("c")],
            "tool_choice": allowed(named("c"), named("a"), named("d"), x=1),
        },
        {"tools": [tool("a"), tool("c")], "tool_choice": "auto"},
        ["tools[1] dropped", "tools[2] dropped", "tool_choice replaced"],
    ),
    ({"tool_choice": allowed(named("b"), mode="required"), "functions": [{"name": "a"}, B]},
        {"tools": [tool("b")], "tool_choice": "required"},
        ["tool_choice replaced", "functions renamed", "functions[0].parameters set", "functions[0] dropped"]),
]  # fmt: skip


def test_parameters_are_kept_or_changed() -> None:
    for given, written, changes in [*((it, it, []) for it in KEPT), *CHANGED]:
        document, found = adapt({**HI, **given})
        assert (document, found) == ({**HI, **written}, changes)
    for others, count in (({}, 0), ({"temperature": 0, "top_p": 0.5}, 1)):
        adapted = adapt_request({**HI, **others, "extra_body": {"top_q": 1}})
        assert (adapted.request.extra_body, len(adapted.changes)) == ({"top_q": 1}, count)


def test_identifiers_of_schemas_are_dropped() -> None:
    data: dict[str, Any] = {"$id": "x", "$schema": "y"}
    inner = {"type": "object", "$id": "https://x/inner"}
    kept: dict[str, Any] = {"$id": {"type": "string"}, "b": {"enum": [data], "const": data}}
    schema = {**data, "properties": {**kept, "default": inner}, "anyOf": [inner]}
    plain = {"type": "object"}
    written: Any = {"properties": {**kept, "default": plain}, "anyOf": [plain]}
    places = [("$id",), ("$schema",), ("properties", "default", "$id"), ("anyOf", 0, "$id")]
    given: Any
    for given, at in [
        ({"tools": [WEB, tool("b", schema)]}, ("tools", 1, "function", "parameters")),
        ({"functions": [B, {"name": "b", "parameters": schema}]}, ("functions", 1, "parameters")),
    ]:
        before = copy.deepcopy(given)
        adapted = adapt_request({**HI, **given})
        assert given == before
        document: Any = adapted.request.to_dict()
        assert document["tools"][1:] == [tool("b", written)]
        changed = [change.path for change in adapted.changes if change.path != ("functions",)]
        assert changed == [(*at, *place) for place in places]


WRONG_CHOICE = ["tool_choice.type enum", "tool_choice.function missing"]
REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"n": 2, "stream": True}, ["n value_error"]),
    ({"modalities": ["text", "audio"], "audio": {}}, ["modalities value_error", "audio value_error"]),
    ({"temperature": "hot", "top_p": 1.1}, ["temperature float_type", "top_p less_than_equal"]),
    ({"seed": 0.5, "max_completion_tokens": -1}, ["seed int_from_float", "max_completion_tokens greater_than_equal"]),
    ({"service_tier": 1}, ["service_tier string_type"]),
    ({"response_format": {"type": "json_schema"}}, ["response_format.json_schema missing"]),
    *[
        (prediction(content), ["prediction.content string_type"])
        for content in (3, ["a"], [{"type": "text", "text": "a"}, {"type": "image_url"}])
    ],
    ({"functions": "f"}, ["functions list_type"]),
    ({"tools": [3, {"type": "mcp"}]}, ["tools[0] dict_type", "tools[1].type union_tag_invalid"]),
    ({"tools": [{}, {"function": "f"}]}, [f"tools[{it}" for it in ("0].function missing", "1].function dict_type")]),
    ({"functions": [{"name": 3}, "f"]}, ["functions[0].name string_type", "functions[1] dict_type"]),
    ({"functions": [B, {"name": "a" * 65}]}, ["functions[1].name value_error"]),
    ({"tools": [WEB, tool("a.b"), TOOL]}, ["tools[1].function.name value_error"]),
    ({"tools": [TOOL], "tool_choice": {"type": "custom"}}, WRONG_CHOICE),
    ({"tools": [TOOL], "function_call": 3}, ["function_call union_type"]),
    ({"tools": [TOOL], "function_call": {}}, ["function_call.name missing"]),
    *[
        ({"tools": [TOOL], "tool_choice": {"type": "allowed_tools", "allowed_tools": given}}, WRONG_CHOICE)
        for given in ({"a": 1}, {"tools": 3}, {"tools": [named([])]})
    ],
    ({"functions": [B], "tool_choice": allowed(named())}, ["tool_choice value_error"]),
    ({"tools": [tool([])], "tool_choice": allowed(named())}, ["tool_choice value_error"]),
    ({"tools": [TOOL], "tool_choice": allowed(named(), mode=None)}, ["tool_choice.allowed_tools.mode enum"]),
]  # fmt: skip
NO_REQUESTS: list[tuple[object, list[str]]] = [
    ([HI], ["the document dict_type"]),
    ({"model": None, "messages": None}, ["model missing", "messages missing"]),
    ({"model": 1, "messages": {}}, ["model string_type", "messages list_type"]),
    # problems are in the order of the document
    (
        {"audio": {}, "messages": [{"role": "robot"}, "Hi"], "temperature": -1, "store": True},
        ["audio value_error", "messages[0].role union_tag_invalid", "messages[1] dict_type"]
        + ["temperature greater_than_equal", "model missing"],
    ),
]


def test_a_request_is_refused() -> None:
    for body, problems in [*(({**HI, **given}, paths) for given, paths in REFUSED), *NO_REQUESTS]:
        assert refusals(body) == problems
    connector = {"connector_id": "c", "authorization": {"type": "api-key", "value": ["s3cret"]}}
    with pytest.raises(m.ValidationError) as caught:
        adapt_request({**HI, "tools": [{"type": "connector", **connector}]})
    assert "tools[0].authorization.value" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_changes_are_in_the_order_of_the_document() -> None:
    body = {"user": "u", "messages": [{"role": "developer", "content": "x"}, *HI["messages"]]}
    changes = adapt_request({**body, "model": "m", "store": False, 7: 1}).changes  # type: ignore[dict-item]
    assert [it.path for it in changes] == [("user",), ("messages", 0, "role"), ("store",), ("7",)]
    assert changes[2] == Change(("store",), "dropped", "Mistral's API has no such parameter")
    [slip] = adapt_request({**HI, "tempature": 1}).changes
    assert "did you mean 'temperature'?" in slip.reason


def test_the_body_is_not_changed_and_shares_nothing_with_the_request() -> None:
    body = {**HI, "metadata": {"a": [1]}, "store": True}
    before = copy.deepcopy(body)
    adapted = adapt_request(body)
    assert body == before
    body["metadata"]["a"].append(2)
    assert adapted.request.metadata == {"a": [1]}
    assert adapt_request(HI) == AdaptedRequest(m.ChatCompletionRequest.from_dict(HI), ())


TEXT = {"type": "text", "text": "Hi"}
CALL = {"id": "a1b2c3d4e", "type": "function", "function": {"name": "now", "arguments": "{}"}}
CALLS = {"role": "assistant", "content": None, "tool_calls": [CALL]}
ANSWER = {"role": "tool", "tool_call_id": "a1b2c3d4e", "content": "12:00"}


def messages(*each: object) -> dict[str, Any]:
    return {**HI, "messages": each}


def user(*content: object) -> dict[str, Any]:
    return messages({"role": "user", "content": content})


class Model:
    """An object with a `model_dump`, such as those of OpenAI's SDK."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields

    def model_dump(self, *, mode: str, exclude_none: bool, **others: bool) -> dict[str, Any]:
        assert (mode, exclude_none, others) == ("json", True, {"by_alias": True, "warnings": False})
        return {name: value for name, value in self.fields.items() if value is not None}


class NotGiven:
    """Has the name of the value in OpenAI's SDK for arguments that are not given."""


class Omit(NotGiven):
    """Has the name of the newer one."""


def now() -> str:
    raise AssertionError("is not called")


# Bodies with objects, and the same without.
OBJECTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        messages(m.UserMessage(content=[m.TextChunk(text="Hi")]), ChatCompletionMessage.from_dict(CALLS), m.ToolMessage.from_dict(ANSWER)),
        messages({"role": "user", "content": [TEXT]}, CALLS, ANSWER),
    ),
    (
        messages(*HI["messages"], ChatCompletionMessage.from_dict({"content": "", "zzz": 1})),
        messages(*HI["messages"], {"role": "assistant", "content": "", "zzz": 1}),
    ),
    (messages({**CALLS, "tool_calls": (m.ToolCall.from_dict(CALL),)}, ANSWER), messages(CALLS, ANSWER)),
    (user({"type": "thinking", "thinking": [m.TextChunk(text="Hi")]}), user({"type": "thinking", "thinking": [TEXT]})),
    (
        {**HI, "tools": [{"function": m.Function.from_dict(TOOL["function"])}, m.WebSearchTool(), m.Tool.from_function(now)]},
        {**HI, "tools": [TOOL, WEB, tool("now", {"type": "object", "properties": {}, "additionalProperties": False}, strict=True)]},
    ),
    (messages(*HI["messages"], Model(refusal=None, **CALLS), ANSWER), messages(*HI["messages"], CALLS, ANSWER)),
    (
        {
            **messages({"role": "user", "content": "Hi", "name": Omit()}),
            "tools": Omit(), "top_p": m.UNSET,
            "response_format": {"type": "text", "json_schema": NotGiven()},
        },
        {**HI, "response_format": {"type": "text"}},
    ),
]  # fmt: skip


def test_a_body_may_hold_objects() -> None:
    for body, plain in OBJECTS:
        assert adapt_request(body) == adapt_request(plain)
    assert refusals({**HI, "messages": NotGiven()}) == ["messages missing"]
    assert refusals({**HI, "response_format": Model}) == ["response_format value_error"]
    for model in (Mock(model_dump=3), Mock(model_dump=Mock(side_effect=RuntimeError))):
        assert refusals(user(model)) == ["messages[0].content[0] value_error"]
