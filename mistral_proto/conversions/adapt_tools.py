"""The tools that a request offers, and the choice among them, adapted for Mistral's API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..checks import OneOf, check_of
from ..protocol.tool_calls import (
    Function,
    FunctionName,
    NamedToolChoice,
    RequestTool,
    Tool,
    ToolChoiceEnum,
)
from .rules import by, one, sent, unless_empty, unless_given

if TYPE_CHECKING:
    from .rules import Convert, Document, Place, Rule

__all__ = ["TOOL_RULES", "allowed_tools", "with_tools"]


def allowed_tools(body: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the names that `tool_choice` allows; None where it allows all, or can't be read."""
    try:
        names = [tool["function"]["name"] for tool in body["tool_choice"]["allowed_tools"]["tools"]]
        return frozenset(names)
    except (LookupError, TypeError):
        return None


# -- the tools


def _with_parameters(written: Document, place: Place) -> None:
    nothing: Document = {"type": "object", "properties": {}}
    what = "an object without properties"
    place.default(written, "parameters", nothing, what, "Mistral's API requires them")


_FUNCTION = sent(Function, _with_parameters, nulls=("parameters",))
_REQUEST_TOOL: Any = check_of(RequestTool)
_TOOL = sent(Tool, function=one(_FUNCTION))
_OTHERS = {tag: sent(each.cls) for tag, each in _REQUEST_TOOL.members.items()}
_TYPED = by("type", {**_OTHERS, "function": _TOOL})


def _tool(value: Any, place: Place) -> Any:
    has_no_type = isinstance(value, Mapping) and value.get("type") is None
    return (_TOOL if has_no_type else _TYPED)(value, place)


def _tools(value: Any, place: Place, written: Document) -> None:
    _offer(value, place, written, _tool, "function")


def _functions(value: Any, place: Place, written: Document) -> None:
    place.changed(
        "changed to tools", "Mistral doesn't support the deprecated `functions` parameter"
    )
    _offer(value, place, written, _FUNCTION)


def _offer(value: Any, place: Place, written: Document, convert: Convert, *inside: str) -> None:
    """Add the tools that may be offered, and note in the context where their functions were."""
    if not isinstance(value, (list, tuple)):
        place.refuse("a list", value, "list_type")
        return
    allowed = place.context.allowed
    tools = written.setdefault("tools", [])
    for index, given in enumerate(value):
        tool = convert(given, place.at(index))
        tool = Tool(function=tool) if isinstance(tool, Function) else tool
        name = tool.function.name if isinstance(tool, Tool) else None
        if allowed is not None and name not in allowed:
            place.at(index).dropped("it is not among the allowed_tools of tool_choice")
        else:
            tools.append(tool)
            place.context.functions.append((*place.path, index, *inside))


# -- the choice


def with_tools(rule: Rule) -> Rule:
    """Return the rule of what can only be said where there are tools."""
    return lambda value, place, written: (
        rule(value, place, written)
        if place.around.get("tools") or place.around.get("functions")
        else place.dropped("there are no tools that it could be about")
    )


_CHOICES = OneOf(ToolChoiceEnum)
_NAMED = sent(NamedToolChoice, function=one(sent(FunctionName)))


def _choice(value: Any, place: Place) -> Any:
    if not isinstance(value, Mapping):
        return place.read(_CHOICES, value)
    if place.context.allowed is None:
        return _NAMED(value, place)
    place.changed("changed to its mode", "Mistral's API chooses among all tools that it is given")
    return place.at("allowed_tools").at("mode").read(_CHOICES, value["allowed_tools"].get("mode"))


def _function_call(value: Any, place: Place, written: Document) -> None:
    place.changed(
        "changed to tool_choice", "Mistral doesn't support the deprecated `function_call` parameter"
    )
    if isinstance(value, Mapping):
        function = sent(FunctionName)(value, place)
        written["tool_choice"] = function and NamedToolChoice(function=function)
    else:
        written["tool_choice"] = place.read(_CHOICES, value)


_NO_EMPTY = "Mistral's API refuses an empty list here"

TOOL_RULES: dict[str, Rule] = {
    "tools": unless_empty(_NO_EMPTY, _tools),
    "functions": unless_empty(_NO_EMPTY, _functions),
    "tool_choice": with_tools(one(_choice)),
    "function_call": with_tools(unless_given("tool_choice", _function_call)),
}
"""The rules of the parameters that are about tools."""
