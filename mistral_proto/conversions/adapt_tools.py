"""The tools that a request offers, and the choice among them, adapted for Mistral's API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..checks import ObjectOf, OneOf, check_of
from ..protocol.tool_calls import (
    Function,
    FunctionName,
    NamedToolChoice,
    RequestTool,
    Tool,
    ToolChoiceEnum,
)
from .adaptation import Draft, fields_of, kept, object_of, says, unless_null

if TYPE_CHECKING:
    from ..errors import Path
    from .adaptation import Adaptation, Rule, Table

__all__ = [
    "allowed_tools",
    "function_choice",
    "functions",
    "only_with_tools",
    "tool_choice",
    "tools",
]

NO_CUSTOM = "a function, as Mistral's API has no custom tools"
_DEPRECATED = "Mistral's API does not have what OpenAI's replaced by tools"

# -- the tools

_REQUEST_TOOL: Any = check_of(RequestTool)


def tools(draft: Draft, name: str, value: object) -> None:
    """The rule of `tools`."""
    _offer(draft, name, value, _tool)


def functions(draft: Draft, name: str, value: object) -> None:
    """The rule of `functions`, which `tools` replaced."""
    if isinstance(value, (list, tuple)) and value:
        draft.work.change(draft.at(name), "changed to tools", _DEPRECATED)
    _offer(draft, name, value, _function_alone)


def _offer(
    draft: Draft,
    name: str,
    value: object,
    adapt: Callable[[Mapping[str, object], Path, Adaptation], object],
) -> None:
    work = draft.work
    place = draft.at(name)
    if not isinstance(value, (list, tuple)):
        work.refuse(place, "a list", value, "list_type")
        return
    if not value:
        work.drop(place, "Mistral's API refuses an empty list here")
        return
    offered = []
    for index, given in enumerate(value):
        inside = (*place, index)
        if not isinstance(given, Mapping):
            work.refuse(inside, "an object", given, "dict_type")
            continue
        tool = adapt(given, inside, work)
        if work.allowed is not None and _name_of(tool) not in work.allowed:
            work.drop(inside, "it is not among the allowed_tools of tool_choice")
        else:
            offered.append(tool)
    before = draft.written.get("tools")
    draft.written["tools"] = [*before, *offered] if isinstance(before, list) else offered


def _name_of(tool: object) -> str | None:
    return tool.function.name if isinstance(tool, Tool) else None


_FUNCTION = fields_of(Function, parameters=unless_null)


def _function(given: Mapping[str, object], place: Path, work: Adaptation) -> dict[str, object]:
    draft = Draft(given, place, work)
    draft.fill(_FUNCTION, nulls=["parameters"])
    draft.default(
        "parameters",
        {"type": "object", "properties": {}},
        "set to an object without properties",
        "Mistral's API requires them",
    )
    return draft.written


def _function_alone(given: Mapping[str, object], place: Path, work: Adaptation) -> object:
    function = work.read(ObjectOf(Function), _function(given, place, work), place)
    return Tool(function=function) if isinstance(function, Function) else None


def _function_of_tool(draft: Draft, name: str, value: object) -> None:
    if isinstance(value, Mapping):
        value = _function(value, draft.at(name), draft.work)
    draft.written[name] = value


_TOOLS: dict[str, Table] = {
    **{tag: fields_of(one.cls) for tag, one in _REQUEST_TOOL.members.items()},
    "function": {"type": kept, "function": _function_of_tool},
}
"""The fields of the tools of each type."""


def _tool(given: Mapping[str, object], place: Path, work: Adaptation) -> object:
    kind = given.get("type")
    if says(kind, "custom"):
        work.refuse((*place, "type"), NO_CUSTOM, kind)
        return None
    if kind is None:
        kind = "function"
    table = _TOOLS.get(kind) if isinstance(kind, str) else None
    # Of a type that nobody has, the check says so.
    written = {"type": kind} if table is None else Draft(given, place, work).fill(table)
    return work.read(_REQUEST_TOOL, {"type": kind, **written}, place)


# -- the choice


def only_with_tools(rule: Rule) -> Rule:
    """The rule of what can only be said where there are tools."""

    def with_tools(draft: Draft, name: str, value: object) -> None:
        body = draft.work.body
        offered = [body.get("tools"), body.get("functions")]
        if any(isinstance(some, (list, tuple)) and some for some in offered):
            rule(draft, name, value)
        else:
            draft.work.drop(draft.at(name), "there are no tools that it could be about")

    return with_tools


def tool_choice(draft: Draft, name: str, value: object) -> None:
    """The rule of `tool_choice`."""
    work = draft.work
    place = draft.at(name)
    if not isinstance(value, Mapping):
        draft.written[name] = work.read(_CHOICES, value, place)
        return
    kind = value.get("type")
    if says(kind, "custom"):
        work.refuse((*place, "type"), NO_CUSTOM, kind)
    elif says(kind, "allowed_tools"):
        draft.written[name] = _choose_among_allowed(value, place, work)
    else:
        written = Draft(value, place, work).fill(_CHOICE)
        draft.written[name] = work.read(ObjectOf(NamedToolChoice), written, place)


def function_choice(draft: Draft, name: str, value: object) -> None:
    """The rule of `function_call`, which `tool_choice` replaced."""
    place = draft.at(name)
    draft.work.change(place, "changed to tool_choice", _DEPRECATED)
    if isinstance(value, Mapping):
        function = Draft(value, place, draft.work).fill(_NAME)
        value = draft.work.read(ObjectOf(FunctionName), function, place)
        if isinstance(value, FunctionName):
            draft.written["tool_choice"] = NamedToolChoice(function=value)
    else:
        draft.written["tool_choice"] = draft.work.read(_CHOICES, value, place)


_CHOICES = OneOf(ToolChoiceEnum)
_NAME = fields_of(FunctionName)
_CHOICE = fields_of(NamedToolChoice, function=object_of(_NAME))


# -- the choice among some of the tools only


def allowed_tools(body: Mapping[str, object]) -> frozenset[str] | None:
    """The names that `tool_choice` allows, so far as it can be read; None where it allows all."""
    choice = body.get("tool_choice")
    if not isinstance(choice, Mapping) or not says(choice.get("type"), "allowed_tools"):
        return None
    allowed = choice.get("allowed_tools")
    entries = allowed.get("tools") if isinstance(allowed, Mapping) else None
    if not isinstance(entries, (list, tuple)):
        return None
    names = [_function_name(entry) for entry in entries]
    return frozenset(name for name in names if name is not None)


def _function_name(tool: object) -> str | None:
    function = tool.get("function") if isinstance(tool, Mapping) else None
    name = function.get("name") if isinstance(function, Mapping) else None
    return name if isinstance(name, str) else None


def _offered_names(body: Mapping[str, object]) -> set[str]:
    names: set[str] = set()
    given = body.get("tools")
    if isinstance(given, (list, tuple)):
        names.update(name for tool in given if (name := _function_name(tool)) is not None)
    given = body.get("functions")
    if isinstance(given, (list, tuple)):
        names.update(
            name for tool in given if (name := _function_name({"function": tool})) is not None
        )
    return names


_ALLOWED: Table = {"mode": kept, "tools": kept}


def _choose_among_allowed(choice: Mapping[str, object], place: Path, work: Adaptation) -> object:
    inside = (*place, "allowed_tools")
    fields = Draft(choice, place, work).fill({"type": kept, "allowed_tools": kept})
    allowed = fields.get("allowed_tools")
    if not isinstance(allowed, Mapping):
        work.refuse(inside, "an object", allowed, "dict_type")
        return None
    written = Draft(allowed, inside, work).fill(_ALLOWED)
    entries = written.get("tools")
    if not isinstance(entries, (list, tuple)) or not entries:
        work.refuse((*inside, "tools"), "a list of at least 1", entries, "list_type")
        return None
    offered = _offered_names(work.body)
    for index, entry in enumerate(entries):
        if _function_name(entry) not in offered:
            work.refuse((*inside, "tools", index), "a function among the tools", entry)
    mode = work.read(_CHOICES, written.get("mode"), (*inside, "mode"))
    work.change(
        place, f"changed to {str(mode)!r}", "Mistral's API chooses among all the tools it is given"
    )
    return mode
