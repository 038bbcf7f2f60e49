"""`adapt_request`: the request as a whole, its parameters and tools."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any
from unittest.mock import Mock

import pytest

import mistral_proto as m
from mistral_proto.openai import AdaptedRequest, Change, ChatCompletionMessage, adapt_request
from tests.conversions.adapting import HI, TOOL, adapt_parameters, refusals

Rows = list[tuple[dict[str, Any], dict[str, Any], list[str]]]

SCHEMA = {"name": "a", "schema": {}, "strict": True}
GUARDRAIL = {"block_on_error": True, "moderation_llm_v2": {"action": "block"}}


def json_schema(given: Any, **others: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": given, **others}}


def prediction(content: Any) -> dict[str, Any]:
    return {"prediction": {"type": "content", "content": content}}


KEPT: list[dict[str, Any]] = [
    {"stream": True, "n": 1, "stop": "\n"},
    {"max_tokens": 0, "n": 3, "temperature": 0, "top_p": 1},
    {"temperature": 1.5, "top_p": 1e-9, "stop": ["a", "b"], "random_seed": 0},
    {"metadata": {"user": "u-1", "nested": {"by": ["Mistral"]}}},
    {"response_format": {"type": "json_object"}, "reasoning_effort": "none"},
    {**json_schema(SCHEMA), **prediction("def f():"), "service_tier": "auto"},
    {"prompt_cache_key": "k", "prompt_mode": "reasoning", "safe_prompt": True},
    # of the SDK, not of the published schema
    {"logprobs": True, "top_logprobs": 3, "prompt_logprobs": True, "top_prompt_logprobs": 3},
    {"min_tokens": 1, "repetition_penalty": 1.1, "top_k": 5},
]
NULLS = ("stop", "stream", "tools", "audio", "brand_new")
DROPPED = {
    **dict.fromkeys(["store", "user", "safety_identifier", "logit_bias", "verbosity"], "x"),
    **dict.fromkeys(["prompt_cache_options", "prompt_cache_retention", "stream_options"], {}),
    **dict.fromkeys(["web_search_options", "moderation", "timeout", "zzz", "tempature"], 1),
    "extra_headers": {"a": "b"},
    "truncate_for_context_length": False,
    "stop": "",
    "modalities": ["text"],
}
# Parameters, their results, and the changes.
CHANGED: Rows = [
    *[({name: value}, {}, [f"{name} dropped"]) for name, value in DROPPED.items()],
    ({"stop": [], "service_tier": "flex"}, {}, ["stop dropped", "service_tier dropped"]),
    (dict.fromkeys(NULLS), {}, [f"{name} dropped" for name in NULLS]),
    (
        {"max_tokens": 4, "max_completion_tokens": 5},
        {"max_tokens": 5},
        ["max_tokens dropped", "max_completion_tokens renamed"],
    ),
    (
        {"max_completion_tokens": 5, "max_tokens": 4},
        {"max_tokens": 5},
        ["max_completion_tokens renamed", "max_tokens dropped"],
    ),
    ({"max_completion_tokens": None, "max_tokens": 4}, {"max_tokens": 4}, ["max_completion_tokens dropped"]),
    *[
        ({"seed": given}, {"random_seed": seed}, ["seed renamed", "seed changed"][: 1 + (given != seed)])
        for given, seed in [(0, 0), (2**63 - 1, 2**63 - 1), (-2, 2**63 - 2), (2**63 + 7, 7)]
    ],
    ({"seed": 1, "random_seed": 0}, {"random_seed": 0}, ["seed dropped"]),
    ({"temperature": 2}, {"temperature": 1.5}, ["temperature changed"]),
    ({"top_p": 0}, {"top_p": 0.0001}, ["top_p changed"]),
    ({"top_p": 0.9, "temperature": 0.0}, {"temperature": 0.0}, ["top_p dropped"]),
    ({"reasoning_effort": "max"}, {"reasoning_effort": "xhigh"}, ["reasoning_effort changed"]),
    ({"service_tier": "default"}, {"service_tier": "standard_only"}, ["service_tier changed"]),
    (
        prediction([{"type": "text", "text": "a", "id": 1}, {"type": "text", "text": "b"}]),
        prediction("ab"),
        ["prediction.content joined"],
    ),
    (
        json_schema({"name": "a", "schema": {"x": None}, "strict": None, "y": 1}, z=1),
        json_schema({"name": "a", "schema": {"x": None}}),
        [f"response_format.{it} dropped" for it in ("json_schema.strict", "json_schema.y", "z")],
    ),
    (
        json_schema({}),
        json_schema({"name": "response", "schema": {"type": "object"}}),
        [f"response_format.json_schema.{it} set" for it in ("name", "schema")],
    ),
]  # fmt: skip


def test_a_parameter_stays_or_is_changed() -> None:
    for given, written, changes in [
        *((it, it, []) for it in [*KEPT, *KEPT_TOOLS]),
        *CHANGED,
        *CHANGED_TOOLS,
    ]:
        assert adapt_parameters(**given) == (written, changes)
    written, changes = adapt_parameters(guardrails=[GUARDRAIL])
    assert (written["guardrails"][0]["moderation_llm_v2"]["action"], changes) == ("block", [])
    for others, count in (({}, 0), ({"temperature": 0, "top_p": 0.5}, 1)):
        adapted = adapt_request({**HI, **others, "extra_body": {"top_q": 1}})
        assert (adapted.request.extra_body, len(adapted.changes)) == ({"top_q": 1}, count)  # fmt: skip


# -- tools

NO_PARAMETERS = {"type": "object", "properties": {}}


def tool(name: Any = "now", parameters: Any = None, **others: Any) -> dict[str, Any]:
    function = {"name": name, "parameters": parameters or {}, **others}
    return {"type": "function", "function": function}


def named(name: Any = "now", **others: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **others}}


def allowed(*entries: Any, mode: Any = "auto", **others: Any) -> dict[str, Any]:
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": [*entries], **others}}


B = {"name": "b", "parameters": {}}
WEB = {"type": "web_search"}
KEPT_TOOLS: list[dict[str, Any]] = [
    {"tools": [tool("a", {"type": "object", "x": None}, strict=True, description="A"), tool("b")]},
    {"tools": [WEB, {"type": "connector", "connector_id": "c"}], "parallel_tool_calls": True},
    *[{"tools": [TOOL], "tool_choice": choice} for choice in ("auto", "required", named())],
    {"tool_choice": "none", "tools": [TOOL]},
]
CHANGED_TOOLS: Rows = [
    (
        {"tool_choice": "auto", "parallel_tool_calls": False, "tools": [], "function_call": "none"},
        {},
        [f"{it} dropped" for it in ("tool_choice", "parallel_tool_calls", "tools", "function_call")],
    ),
    ({"tool_choice": named(), "functions": []}, {}, ["tool_choice dropped", "functions dropped"]),
    (
        {
            "tools": [
                {**named(description=None, strict=None, parameters={}), "cache_control": {}},
                {"function": {**B, "examples": []}},
                {**tool("c"), "type": None},
                {**WEB, "id": 1},
            ]
        },
        {"tools": [TOOL, tool("b"), tool("c"), WEB]},
        [
            *("tools[0].function.description dropped", "tools[0].function.strict dropped"),
            *("tools[0].cache_control dropped", "tools[1].function.examples dropped"),
            *("tools[2].type dropped", "tools[3].id dropped"),
        ],
    ),
    (
        {"tools": [named("a"), {"function": {"name": "b", "parameters": None}}]},
        {"tools": [tool("a", NO_PARAMETERS), tool("b", NO_PARAMETERS)]},
        ["tools[0].function.parameters set"] + [f"tools[1].function.parameters {it}" for it in ("dropped", "set")],
    ),
    (
        {"functions": [{"name": "now", "parameters": {}}, {"name": "b"}], "function_call": "auto"},
        {"tools": [TOOL, tool("b", NO_PARAMETERS)], "tool_choice": "auto"},
        ["functions renamed", "functions[1].parameters set", "function_call renamed"],
    ),
    (
        {"functions": [B], "function_call": {"name": "b"}},
        {"tools": [tool("b")], "tool_choice": named("b")},
        ["functions renamed", "function_call renamed"],
    ),
    (
        {"tools": [TOOL], "function_call": "none", "tool_choice": "auto", "functions": [B]},
        {"tools": [TOOL], "tool_choice": "auto"},
        ["function_call dropped", "functions dropped"],
    ),
    (
        {"tools": [TOOL], "tool_choice": {**named(x=1), "y": 2}},
        {"tools": [TOOL], "tool_choice": named()},
        ["tool_choice.function.x dropped", "tool_choice.y dropped"],
    ),
    (
        {
            "tools": [tool("a"), tool("b"), WEB, tool("c")],
            "tool_choice": allowed(named("c"), named("a"), named("d"), x=1),
        },
        {"tools": [tool("a"), tool("c")], "tool_choice": "auto"},
        ["tools[1] dropped", "tools[2] dropped", "tool_choice replaced"],
    ),
    (
        {"tool_choice": allowed(named("b"), mode="required"), "functions": [{"name": "a", "parameters": {}}, B]},
        {"tools": [tool("b")], "tool_choice": "required"},
        ["tool_choice replaced", "functions renamed", "functions[0] dropped"],
    ),
]  # fmt: skip


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


# -- refusals

NOT_ALLOWED: list[dict[str, Any]] = [
    {"tool_choice": {"type": "allowed_tools", "allowed_tools": given}}
    for given in list[Any]([["now"], {"a": 1}, {"tools": 3}, {"tools": [named([])]}])
]
WRONG_CHOICE = ["tool_choice.type enum", "tool_choice.function missing"]
REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"n": 2, "stream": True}, ["n value_error"]),
    ({"modalities": ["text", "audio"], "audio": {"voice": "ash"}}, ["modalities value_error", "audio value_error"]),
    ({"temperature": "hot", "top_p": 1.1}, ["temperature float_type", "top_p less_than_equal"]),
    ({"seed": 0.5}, ["seed int_from_float"]),
    ({"max_completion_tokens": -1}, ["max_completion_tokens greater_than_equal"]),
    ({"stop": ["a", 1]}, ["stop[1] string_type"]),
    ({"service_tier": 1}, ["service_tier string_type"]),
    ({"metadata": [], "extra_body": 1}, ["metadata dict_type", "extra_body dict_type"]),
    ({"response_format": {"type": "json_schema"}}, ["response_format.json_schema missing"]),
    (json_schema(3), ["response_format.json_schema dict_type"]),
    *[
        (prediction(content), ["prediction.content string_type"])
        for content in (3, ["a"], [{"type": "text", "text": "a"}, {"type": "image_url"}])
    ],
    ({"guardrails": [{"blokc": 1}]}, ["guardrails[0].blokc extra_forbidden"]),
    ({"tools": {}}, ["tools list_type"]),
    ({"functions": "f"}, ["functions list_type"]),
    ({"tools": [3, {"type": "mcp"}]}, ["tools[0] dict_type", "tools[1].type union_tag_invalid"]),
    ({"tools": [{}, {"function": "f"}]}, [f"tools[{it}" for it in ("0].function missing", "1].function dict_type")]),
    ({"functions": [{"name": 3}, "f"]}, ["functions[0].name string_type", "functions[1] dict_type"]),
    ({"functions": [B, {"name": "a" * 65}]}, ["functions[1].name value_error"]),
    ({"tools": [WEB, tool("a.b"), TOOL]}, ["tools[1].function.name value_error"]),
    ({"tools": [TOOL], "tool_choice": "maybe"}, ["tool_choice enum"]),
    ({"tools": [TOOL], "tool_choice": {"type": "custom"}}, WRONG_CHOICE),
    ({"tools": [TOOL], "function_call": 3}, ["function_call union_type"]),
    ({"tools": [TOOL], "function_call": {}}, ["function_call.name missing"]),
    *[({**given, "tools": [TOOL]}, WRONG_CHOICE) for given in NOT_ALLOWED],
    ({"tools": [TOOL], "tool_choice": allowed()}, ["tool_choice value_error"]),
    ({"functions": [B], "tool_choice": allowed(named())}, ["tool_choice value_error"]),
    ({"tools": [tool([])], "tool_choice": allowed(named())}, ["tool_choice value_error"]),
    ({"tools": [TOOL], "tool_choice": allowed(named(), mode=None)}, ["tool_choice.allowed_tools.mode enum"]),
]  # fmt: skip
NO_REQUESTS: list[tuple[object, list[str]]] = [
    ([HI], ["the document dict_type"]),
    ({"model": None, "messages": None}, ["model missing", "messages missing"]),
    ({"model": 1, "messages": {}}, ["model string_type", "messages list_type"]),
    ({"model": "m", "messages": []}, ["messages too_short"]),
    (
        {
            "audio": {},
            "messages": [{"role": "robot"}, {"role": "user", "content": [{"type": "hologram"}]}],
            "temperature": -1,
            "store": True,
        },
        ["audio value_error", "messages[0].role union_tag_invalid"]
        + ["messages[1].content[0].type union_tag_invalid"]
        + ["temperature greater_than_equal", "model missing"],
    ),
]


def test_a_request_is_refused() -> None:
    for given, problems in REFUSED:
        assert refusals({**HI, **given}) == problems
    for body, problems in NO_REQUESTS:
        assert refusals(body) == problems


def test_a_secret_is_in_no_problem() -> None:
    connector = {"connector_id": "c", "authorization": {"type": "api-key", "value": ["s3cret"]}}
    with pytest.raises(m.ValidationError) as caught:
        adapt_request({**HI, "tools": [{"type": "connector", **connector}]})
    assert "tools[0].authorization.value" in str(caught.value)
    assert "s3cret" not in str(caught.value)


# -- the request as a whole


def test_changes_are_in_the_order_of_the_document() -> None:
    body = {"user": "u", "messages": [{"role": "developer", "content": "x"}, *HI["messages"]]}
    changes = adapt_request({**body, "model": "m", "store": False, 7: 1}).changes  # type: ignore[dict-item]
    assert [it.path for it in changes] == [("user",), ("messages", 0, "role"), ("store",), ("7",)]
    assert changes[2] == Change(("store",), "dropped", "Mistral's API has no such parameter")
    [slip] = adapt_request({**HI, "tempature": 1}).changes
    assert "did you mean 'temperature'?" in slip.reason


def test_the_api_s_rules_are_also_checked_without_adapting() -> None:
    empty = m.AssistantMessage.from_dict({"content": [{"type": "text"}]})
    user = m.UserMessage(content="Hi")
    tool = m.Tool(function=m.Function(name="a", parameters={"items": [{"$id": "x"}]}))
    call = m.ToolCall(id="call_1", function=m.FunctionCall(name="a", arguments="{}"))
    request = m.ChatCompletionRequest(
        model="m",
        messages=[
            *(user, empty, m.AssistantMessage(tool_calls=[call])),
            *(m.ToolMessage(content="", tool_call_id="call_1"), user),
        ],
        tools=[tool, m.WebSearchTool()],
        temperature=0,
        top_p=0.5,
        n=2,
        stream=True,
    )
    broken = {
        *(("top_p",), ("n",), ("messages", 1), ("messages", 2, "tool_calls", 0, "id")),
        *(("messages", 4, "role"), ("tools", 0, "function", "parameters", "items", 0, "$id")),
    }
    reported = [error.path for error in m.check_conversation(request)]
    assert broken <= {*reported} and len(reported) == len({*reported})
    assert ("top_p",) not in [error.path for error in m.check_conversation(request, mode="test")]


def test_the_body_stays_as_it_is_and_shares_nothing_with_the_request() -> None:
    body = {**HI, "metadata": {"a": [1]}, "store": True}
    before = copy.deepcopy(body)
    adapted = adapt_request(body)
    assert body == before
    body["metadata"]["a"].append(2)
    assert adapted.request.metadata == {"a": [1]}
    with pytest.raises(dataclasses.FrozenInstanceError):
        adapted.changes = ()  # type: ignore[misc]
    assert adapt_request(HI) == AdaptedRequest(m.ChatCompletionRequest.from_dict(HI), ())


TEXT = {"type": "text", "text": "Hi"}
FUNCTION = {"name": "now", "arguments": "{}"}
CALL = {"id": "a1b2c3d4e", "type": "function", "function": FUNCTION}
CALLS = {"role": "assistant", "content": None, "tool_calls": [CALL]}
ANSWER = {"role": "tool", "tool_call_id": "a1b2c3d4e", "content": "12:00"}


def messages(*each: object) -> dict[str, Any]:
    return {**HI, "messages": each}


def user(*content: object) -> dict[str, Any]:
    return messages({"role": "user", "content": content})


class Model:
    """Stands for an object with a `model_dump`, such as those of OpenAI's SDK."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields

    def model_dump(self, *, mode: str, exclude_none: bool, **others: bool) -> dict[str, Any]:
        assert (mode, exclude_none, others) == ("json", True, {"by_alias": True, "warnings": False})
        return {name: value for name, value in self.fields.items() if value is not None}


class NotGiven:
    """Has the name of the value in OpenAI's SDK for arguments that are not given."""


class Omit(NotGiven):
    """Has the name of the newer one."""


# Bodies with objects, and the same without.
OBJECTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        messages(
            *(m.SystemMessage(content="x"), m.UserMessage(content=[m.TextChunk(text="Hi")])),
            *(m.AssistantMessage(content="Hello"), m.UserMessage(content="Hi")),
            *(ChatCompletionMessage.from_dict(CALLS), m.ToolMessage.from_dict(ANSWER)),
        ),
        messages(
            *({"role": "system", "content": "x"}, {"role": "user", "content": [TEXT]}),
            *({"role": "assistant", "content": "Hello"}, *HI["messages"], CALLS, ANSWER),
        ),
    ),
    (
        messages(*HI["messages"], ChatCompletionMessage.from_dict({"content": "", "zzz": 1})),
        messages(*HI["messages"], {"role": "assistant", "content": "", "zzz": 1}),
    ),
    (messages({**CALLS, "tool_calls": (m.ToolCall.from_dict(CALL),)}, ANSWER), messages(CALLS, ANSWER)),
    (
        user(m.TextChunk(text="Hi"), {"type": "thinking", "thinking": [m.TextChunk(text="Hi")]}),
        user(TEXT, {"type": "thinking", "thinking": [TEXT]}),
    ),
    (user(m.ThinkChunk(thinking=[m.TextChunk(text="Hi")])), user({"type": "thinking", "thinking": [TEXT]})),
    (
        {**HI, "tools": [{"function": m.Function.from_dict(TOOL["function"])}, m.WebSearchTool()]},
        {**HI, "tools": [TOOL, {"type": "web_search"}]},
    ),
    (messages(*HI["messages"], Model(refusal=None, **CALLS), ANSWER), messages(*HI["messages"], CALLS, ANSWER)),
    (
        {**HI, "tools": [Model(**TOOL)], "response_format": Model(type="text")},
        {**HI, "tools": [TOOL], "response_format": {"type": "text"}},
    ),
    (
        {
            **messages({"role": "user", "content": "Hi", "name": Omit()}),
            **dict.fromkeys(["tools", "stop"], Omit()),
            "top_p": m.UNSET,
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
    body = {**messages(m.TextChunk(text="Hi")), "tools": [m.UserMessage(content="")]}
    assert refusals(body) == ["messages[0].role missing", "tools[0].function missing"]
