"""`adapt_request`: what becomes of the tools, and of the choice among them."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_proto import ValidationError
from mistral_proto.openai import adapt_request
from tests.conversions.adapting import HI, TOOL, adapt_parameters, refusals

NO_PARAMETERS = {"type": "object", "properties": {}}


def tool(name: Any = "now", parameters: Any = None, **others: Any) -> dict[str, Any]:
    """A tool as it is written out."""
    function = {"name": name, "parameters": parameters or {}, **others}
    return {"type": "function", "function": function}


def named(name: Any = "now", **others: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **others}}


def allowed(*entries: Any, mode: Any = "auto", **others: Any) -> dict[str, Any]:
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": [*entries], **others}}


B = {"name": "b", "parameters": {}}
WEB = {"type": "web_search"}
KEPT: list[dict[str, Any]] = [
    {"tools": [TOOL]},
    {"tools": [tool("a", {"type": "object", "x": None}, strict=True, description="A"), tool("b")]},
    {"tools": [WEB, {"type": "document_library", "library_ids": ["l"]}]},
    {"tools": [{"type": "connector", "connector_id": "c"}]},
    *[{"tools": [TOOL], "tool_choice": choice} for choice in ("auto", "none", "any", "required")],
    {"tools": [TOOL], "tool_choice": named()},
    {"tools": [TOOL], "parallel_tool_calls": True},
    {"tool_choice": "required", "tools": [TOOL]},
]

# Parameters, what they become, and where they were changed.
CHANGED: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    (
        {"tool_choice": "auto", "parallel_tool_calls": False, "tools": [], "function_call": "none"},
        {},
        ["tool_choice dropped", "parallel_tool_calls dropped", "tools dropped"]
        + ["function_call dropped"],
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
        [
            *("tools[0].function.parameters set", "tools[1].function.parameters dropped"),
            "tools[1].function.parameters set",
        ],
    ),
    (
        {"functions": [{"name": "now", "parameters": {}}, {"name": "b"}]},
        {"tools": [TOOL, tool("b", NO_PARAMETERS)]},
        ["functions renamed", "functions[1].parameters set"],
    ),
    (
        {"functions": [B], "tools": [tool("a")]},
        {"tools": [tool("a")]},
        ["functions dropped"],
    ),
    (
        {"tools": [TOOL], "function_call": "auto"},
        {"tools": [TOOL], "tool_choice": "auto"},
        ["function_call renamed"],
    ),
    (
        {"functions": [B], "function_call": {"name": "b"}},
        {"tools": [tool("b")], "tool_choice": named("b")},
        ["functions renamed", "function_call renamed"],
    ),
    (
        {"tools": [TOOL], "function_call": "none", "tool_choice": "auto"},
        {"tools": [TOOL], "tool_choice": "auto"},
        ["function_call dropped"],
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
        {
            "tool_choice": allowed(named("b"), mode="required"),
            "functions": [{"name": "a", "parameters": {}}, B],
        },
        {"tools": [tool("b")], "tool_choice": "required"},
        ["tool_choice replaced", "functions renamed", "functions[0] dropped"],
    ),
    (
        {"functions": [B], "tools": [TOOL], "tool_choice": allowed(named())},
        {"tools": [TOOL], "tool_choice": "auto"},
        ["functions dropped", "tool_choice replaced"],
    ),
]


def test_tools_stay_or_are_changed() -> None:
    kept: list[Any] = [(given, given, []) for given in KEPT]
    for given, written, changes in [*kept, *CHANGED]:
        assert adapt_parameters(**given) == (written, changes)


def test_what_identifies_a_schema_is_left_out() -> None:
    data: dict[str, Any] = {"$id": "x", "$schema": "y"}
    inner = {"type": "object", "$id": "https://x/inner"}
    kept: dict[str, Any] = {"$id": {"type": "string"}, "b": {"enum": [data], "const": data}}
    schema = {**data, "properties": {**kept, "default": inner}, "anyOf": [inner]}
    plain = {"type": "object"}
    written: Any = {"properties": {**kept, "default": plain}, "anyOf": [plain]}
    function = {"name": "b", "parameters": schema}
    places = [("$id",), ("$schema",), ("properties", "default", "$id"), ("anyOf", 0, "$id")]
    given: Any
    for given, at in [
        ({"tools": [WEB, tool("b", schema)]}, ("tools", 1, "function", "parameters")),
        ({"functions": [{**B, "name": "a"}, function]}, ("functions", 1, "parameters")),
    ]:
        adapted = adapt_request({**HI, **given})
        document: Any = adapted.request.to_dict()
        assert document["tools"][1:] == [tool("b", written)]
        told = [change.path for change in adapted.changes if change.path != ("functions",)]
        assert told == [(*at, *place) for place in places]


NOT_ALLOWED: list[dict[str, Any]] = [
    {"tool_choice": {"type": "allowed_tools", "allowed_tools": given}}
    for given in list[Any]([["now"], {"a": 1}, {"tools": 3}, {"tools": [named([])]}])
]
REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"tools": {}}, ["tools list_type"]),
    ({"functions": "f"}, ["functions list_type"]),
    ({"tools": [3]}, ["tools[0] dict_type"]),
    (
        {
            "tools": [
                TOOL,
                {"type": "custom", "custom": {"name": "a"}},
                {"type": "mcp"},
                {"type": 3},
            ]
        },
        [f"tools[{index}].type union_tag_invalid" for index in (1, 2, 3)],
    ),
    (
        {"tools": [{}, {"function": "f"}, {"function": {}}]},
        ["tools[0].function missing", "tools[1].function dict_type"]
        + ["tools[2].function.name missing"],
    ),
    ({"tools": [tool(parameters=[3])]}, ["tools[0].function.parameters dict_type"]),
    (
        {"functions": [{"name": 3}, "f"]},
        ["functions[0].name string_type", "functions[1] dict_type"],
    ),
    ({"tools": [TOOL], "tool_choice": "maybe"}, ["tool_choice enum"]),
    ({"tools": [TOOL], "tool_choice": 3}, ["tool_choice union_type"]),
    (
        {"tools": [TOOL], "tool_choice": {"type": "custom", "custom": {"name": "a"}}},
        ["tool_choice.type enum", "tool_choice.function missing"],
    ),
    (
        {"tools": [TOOL], "tool_choice": named() | {"function": "now"}},
        ["tool_choice.function dict_type"],
    ),
    ({"tools": [TOOL], "function_call": 3}, ["function_call union_type"]),
    ({"tools": [TOOL], "function_call": {}}, ["function_call.name missing"]),
    *[
        ({**given, "tools": [TOOL]}, ["tool_choice.type enum", "tool_choice.function missing"])
        for given in NOT_ALLOWED
    ],
    ({"tools": [TOOL], "tool_choice": allowed()}, ["tool_choice value_error"]),
    (
        {"functions": [B], "tool_choice": allowed(named([]))},
        ["tool_choice.type enum", "tool_choice.function missing"],
    ),
    ({"tools": [tool([])], "tool_choice": allowed(named())}, ["tool_choice value_error"]),
    (
        {"tools": [TOOL], "tool_choice": allowed(named(), mode=None)},
        ["tool_choice.allowed_tools.mode enum"],
    ),
    (
        {"tools": [WEB, tool("a.b"), TOOL, tool("")]},
        [f"tools[{index}].function.name value_error" for index in (1, 3)],
    ),
    ({"functions": [B, {"name": "a" * 65}]}, ["functions[1].name value_error"]),
]


def test_tools_are_refused() -> None:
    for given, problems in REFUSED:
        assert refusals({**HI, **given}) == problems


def test_a_secret_is_in_no_problem() -> None:
    connector = {"connector_id": "c", "authorization": {"type": "api-key", "value": ["s3cret"]}}
    with pytest.raises(ValidationError) as caught:
        adapt_request({**HI, "tools": [{"type": "connector", **connector}]})
    assert "tools[0].authorization.value" in str(caught.value)
    assert "s3cret" not in str(caught.value)
