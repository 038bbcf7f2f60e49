"""`adapt_request`: what becomes of the tools, and of the choice among them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversions.adapting import HI, TOOL, adapt_parameters, refusals

NULL = "dropped: null stands for what is not given"
NO_FIELD = "dropped: Mistral's API has no such field"
NO_TOOLS = "dropped: there are no tools that it could be about"
EMPTY = "dropped: Mistral's API refuses an empty list here"
PROPERTIES = "set to an object without properties: Mistral's API requires them"
REPLACED = "Mistral's API does not have what OpenAI's replaced by tools"
NOT_ALLOWED = "dropped: it is not among the allowed_tools of tool_choice"
ALL = "Mistral's API chooses among all the tools it is given"

NO_PARAMETERS = {"type": "object", "properties": {}}


def tool(name: str = "now", parameters: Any = None, **others: Any) -> dict[str, Any]:
    """A tool as it is written out."""
    return {
        "type": "function",
        "function": {"name": name, "parameters": parameters or {}, **others},
    }


def named(name: str = "now") -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def allowed(*entries: Any, mode: Any = "auto", **others: Any) -> dict[str, Any]:
    return {
        "type": "allowed_tools",
        "allowed_tools": {"mode": mode, "tools": [*entries], **others},
    }


KEPT: list[dict[str, Any]] = [
    {"tools": [TOOL]},
    {"tools": [tool("a", {"type": "object", "x": None}, strict=True, description="A"), tool("b")]},
    {"tools": [{"type": "web_search"}, {"type": "document_library", "library_ids": ["l"]}]},
    {"tools": [{"type": "connector", "connector_id": "c"}]},
    *[{"tools": [TOOL], "tool_choice": choice} for choice in ("auto", "none", "any", "required")],
    {"tools": [TOOL], "tool_choice": named()},
    {"tools": [TOOL], "parallel_tool_calls": True},
]


@pytest.mark.parametrize("given", KEPT, ids=str)
def test_tools_that_mistral_takes_stay_as_they_are(given: dict[str, Any]) -> None:
    assert adapt_parameters(**given) == (given, [])


CHANGED: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("no tools", {"tools": []}, {}, [f"tools: {EMPTY}"]),
    (
        "no tools, and what is said of them",
        {"tool_choice": "auto", "parallel_tool_calls": False, "tools": [], "function_call": "none"},
        {},
        [
            f"tool_choice: {NO_TOOLS}",
            f"parallel_tool_calls: {NO_TOOLS}",
            f"tools: {EMPTY}",
            f"function_call: {NO_TOOLS}",
        ],
    ),
    ("a choice of nothing", {"tool_choice": named()}, {}, [f"tool_choice: {NO_TOOLS}"]),
    (
        "a choice before the tools",
        {"tool_choice": "required", "tools": [TOOL]},
        {"tool_choice": "required", "tools": [TOOL]},
        [],
    ),
    (
        "nulls, and what nobody knows",
        {
            "tools": [
                {
                    "type": "function",
                    "function": {**tool()["function"], "description": None, "strict": None},
                    "cache_control": {},
                },
                {"function": {**tool("b")["function"], "examples": []}},
                {**tool("c"), "type": None},
                {"type": "web_search", "id": 1},
            ]
        },
        {"tools": [tool(), tool("b"), tool("c"), {"type": "web_search"}]},
        [
            f"tools[0].function.description: {NULL}",
            f"tools[0].function.strict: {NULL}",
            f"tools[0].cache_control: {NO_FIELD}",
            f"tools[1].function.examples: {NO_FIELD}",
            f"tools[2].type: {NULL}",
            f"tools[3].id: {NO_FIELD}",
        ],
    ),
    (
        "no parameters",
        {"tools": [named("a"), {"function": {"name": "b", "parameters": None}}]},
        {"tools": [tool("a", NO_PARAMETERS), tool("b", NO_PARAMETERS)]},
        [f"tools[{index}].function.parameters: {PROPERTIES}" for index in range(2)],
    ),
    (
        "functions",
        {"functions": [{"name": "now", "parameters": {}}, {"name": "b"}]},
        {"tools": [tool(), tool("b", NO_PARAMETERS)]},
        [f"functions: changed to tools: {REPLACED}", f"functions[1].parameters: {PROPERTIES}"],
    ),
    ("no functions", {"functions": []}, {}, [f"functions: {EMPTY}"]),
    (
        "functions and tools",
        {"functions": [{"name": "b", "parameters": {}}], "tools": [tool("a")]},
        {"tools": [tool("b"), tool("a")]},
        [f"functions: changed to tools: {REPLACED}"],
    ),
    (
        "a function_call of some function",
        {"tools": [TOOL], "function_call": "auto"},
        {"tools": [TOOL], "tool_choice": "auto"},
        [f"function_call: changed to tool_choice: {REPLACED}"],
    ),
    (
        "a function_call",
        {"functions": [{"name": "now", "parameters": {}}], "function_call": {"name": "now"}},
        {"tools": [TOOL], "tool_choice": named()},
        [
            f"functions: changed to tools: {REPLACED}",
            f"function_call: changed to tool_choice: {REPLACED}",
        ],
    ),
    (
        "both choices",
        {"tools": [TOOL], "function_call": "none", "tool_choice": "auto"},
        {"tools": [TOOL], "tool_choice": "auto"},
        ["function_call: dropped: tool_choice is given too, and wins"],
    ),
    (
        "a choice with more",
        {"tools": [TOOL], "tool_choice": {**named(), "function": {"name": "now", "x": 1}, "y": 2}},
        {"tools": [TOOL], "tool_choice": named()},
        [f"tool_choice.function.x: {NO_FIELD}", f"tool_choice.y: {NO_FIELD}"],
    ),
    (
        "some of the tools",
        {
            "tools": [tool("a"), tool("b"), {"type": "web_search"}, tool("c")],
            "tool_choice": allowed(named("c"), named("a"), x=1),
        },
        {"tools": [tool("a"), tool("c")], "tool_choice": "auto"},
        [
            f"tools[1]: {NOT_ALLOWED}",
            f"tools[2]: {NOT_ALLOWED}",
            f"tool_choice.allowed_tools.x: {NO_FIELD}",
            f"tool_choice: changed to 'auto': {ALL}",
        ],
    ),
    (
        "some of the functions, before these",
        {
            "tool_choice": allowed(named("b"), mode="required"),
            "functions": [{"name": "a", "parameters": {}}, {"name": "b", "parameters": {}}],
        },
        {"tools": [tool("b")], "tool_choice": "required"},
        [
            f"tool_choice: changed to 'required': {ALL}",
            f"functions: changed to tools: {REPLACED}",
            f"functions[0]: {NOT_ALLOWED}",
        ],
    ),
]


@pytest.mark.parametrize(
    ("given", "written", "changes"), [case[1:] for case in CHANGED], ids=[c[0] for c in CHANGED]
)
def test_tools_are_changed(
    given: dict[str, Any], written: dict[str, Any], changes: list[str]
) -> None:
    assert adapt_parameters(**given) == (written, changes)


NO_CUSTOM = "expected a function, as Mistral's API has no custom tools, got the string 'custom'"
CHOICES = "expected 'auto', 'none', 'any' or 'required'"
TYPES = (
    "'function', 'web_search', 'web_search_premium', 'code_interpreter', 'image_generation', "
    "'document_library' or 'connector'"
)
REFUSED: list[tuple[str, dict[str, Any], list[str]]] = [
    ("tools", {"tools": {}}, ["tools: expected a list, got an empty object"]),
    ("functions", {"functions": "f"}, ["functions: expected a list, got the string 'f'"]),
    ("a tool", {"tools": [3]}, ["tools[0]: expected an object, got the number 3"]),
    (
        "a custom tool",
        {"tools": [TOOL, {"type": "custom", "custom": {"name": "a"}}]},
        [f"tools[1].type: {NO_CUSTOM}"],
    ),
    (
        "an unknown tool",
        {"tools": [{"type": "mcp"}, {"type": 3}]},
        [
            f"tools[0].type: expected {TYPES}, got the string 'mcp'",
            f"tools[1].type: expected {TYPES}, got the number 3",
        ],
    ),
    (
        "a tool of nothing",
        {"tools": [{}, {"function": "f"}, {"function": {}}]},
        [
            "tools[0].function: expected this field, got nothing",
            "tools[1].function: expected an object, got the string 'f'",
            "tools[2].function.name: expected this field, got nothing",
        ],
    ),
    (
        "parameters",
        {"tools": [tool(parameters=[3])]},
        ["tools[0].function.parameters: expected an object, got a list of 1"],
    ),
    (
        "a function",
        {"functions": [{"name": 3}, "f"]},
        [
            "functions[0].name: expected a string, got the number 3",
            "functions[1]: expected an object, got the string 'f'",
        ],
    ),
    (
        "a choice",
        {"tools": [TOOL], "tool_choice": "maybe"},
        [f"tool_choice: {CHOICES}, got the string 'maybe'"],
    ),
    (
        "a choice that is none",
        {"tools": [TOOL], "tool_choice": 3},
        [f"tool_choice: {CHOICES}, got the number 3"],
    ),
    (
        "a custom choice",
        {"tools": [TOOL], "tool_choice": {"type": "custom", "custom": {"name": "a"}}},
        [f"tool_choice.type: {NO_CUSTOM}"],
    ),
    (
        "a choice of no function",
        {"tools": [TOOL], "tool_choice": {"type": "function", "function": "now"}},
        ["tool_choice.function: expected an object, got the string 'now'"],
    ),
    (
        "a function_call",
        {"tools": [TOOL], "function_call": 3},
        [f"function_call: {CHOICES}, got the number 3"],
    ),
    (
        "a function_call of nothing",
        {"tools": [TOOL], "function_call": {}},
        ["function_call.name: expected this field, got nothing"],
    ),
    (
        "what is allowed",
        {"tools": [TOOL], "tool_choice": {"type": "allowed_tools", "allowed_tools": "now"}},
        ["tool_choice.allowed_tools: expected an object, got the string 'now'"],
    ),
    (
        "nothing is allowed",
        {"tools": [TOOL], "tool_choice": allowed()},
        ["tool_choice.allowed_tools.tools: expected a list of at least 1, got an empty list"],
    ),
    (
        "not said what is allowed",
        {"tools": [TOOL], "tool_choice": {"type": "allowed_tools", "allowed_tools": {}}},
        ["tool_choice.allowed_tools.tools: expected a list of at least 1, got null"],
    ),
    (
        "what is not there is allowed",
        {
            "tools": [TOOL, "f"],
            "tool_choice": allowed(
                named(), named("b"), {"type": "custom", "custom": {"name": "now"}}, 3, mode=None
            ),
        },
        [
            "tools[1]: expected an object, got the string 'f'",
            "tool_choice.allowed_tools.tools[1]: expected a function among the tools, "
            "got an object with 'type', 'function'",
            "tool_choice.allowed_tools.tools[2]: expected a function among the tools, "
            "got an object with 'type', 'custom'",
            "tool_choice.allowed_tools.tools[3]: expected a function among the tools, "
            "got the number 3",
            f"tool_choice.allowed_tools.mode: {CHOICES}, got null",
        ],
    ),
]


@pytest.mark.parametrize(
    ("given", "problems"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_tools_are_refused(given: dict[str, Any], problems: list[str]) -> None:
    assert refusals({**HI, **given}) == problems


def test_a_secret_is_in_no_problem() -> None:
    connector = {"connector_id": "c", "authorization": {"type": "api-key", "value": ["s3cret"]}}
    [problem] = refusals({**HI, "tools": [{"type": "connector", **connector}]})
    assert problem == (
        "tools[0].authorization.value: expected a string, got what is not shown here"
    )
