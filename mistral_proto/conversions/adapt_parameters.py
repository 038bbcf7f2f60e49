"""The parameters of a request, adapted for Mistral's API: the table, and its rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..checks import Integer, OneOf, String, check_of
from ..protocol.request import (
    ChatCompletionRequest,
    JsonSchema,
    Prediction,
    RequestedServiceTier,
    ResponseFormat,
)
from ..protocol.tool_calls import (
    Function,
    FunctionName,
    NamedToolChoice,
    RequestTool,
    Tool,
    ToolChoiceEnum,
)
from .adapt_messages import messages
from .rules import (
    by,
    checked,
    dropped,
    one,
    refused,
    renamed,
    replaced,
    sent,
    unless_empty,
    unless_given,
)

if TYPE_CHECKING:
    from .rules import Convert, Document, Place, Rule

__all__ = ["PARAMETERS", "allowed_tools"]

_RENAMED = "Mistral's API has it under that name"
_SPECS = ChatCompletionRequest._specs


def _read(name: str, convert: Convert = lambda value, place: value) -> Rule:
    """Return the rule of a parameter that its type reads, once it is converted."""
    return one(checked(_SPECS[name].check, convert))


# -- numbers

_HOTTEST = 1.5
_SMALLEST_TOP_P = 0.0001
_SEEDS = 2**63


def _cooler(value: Any, place: Place) -> Any:
    if isinstance(value, (int, float)) and value > _HOTTEST:
        place.changed(f"changed to {_HOTTEST}", "Mistral's API goes no higher")
        return _HOTTEST
    return value


def _above_0(value: Any, place: Place) -> Any:
    if value == 0 and value is not False:
        place.changed(f"changed to {_SMALLEST_TOP_P}", "Mistral's API takes only what is above 0")
        return _SMALLEST_TOP_P
    return value


def _in_63_bits(value: Any, place: Place) -> Any:
    seed = place.read(Integer(), value)
    if seed is None or 0 <= seed < _SEEDS:
        return seed
    place.changed(f"changed to {seed % _SEEDS}", "Mistral's API takes seeds from 0 on, in 63 bits")
    return seed % _SEEDS


# -- choices


def _service_tier(value: Any, place: Place, written: Document) -> None:
    tier = _STANDARD(place.read(String(), value), place)
    if tier in [*RequestedServiceTier]:
        written["service_tier"] = tier
    elif tier is not None:
        place.dropped("Mistral's API has no such tier")


_STANDARD = replaced("default", "standard_only", _RENAMED)


def _modalities(value: Any, place: Place, written: Document) -> None:
    if value == ["text"]:
        place.dropped("Mistral's API answers in text anyway")
    else:
        place.refuse("['text'], as Mistral's API answers in text only", value)


# -- objects


def _with_schema(written: Document, place: Place) -> None:
    why = "Mistral's API requires one"
    place.default(written, "name", "response", "'response'", why)
    place.default(written, "schema", {"type": "object"}, "that of any object", why)


def _with_format(written: Document, place: Place) -> None:
    if written.get("type") == "json_schema" and "json_schema" not in written:
        place.refuse_absent("json_schema", written)


def _joined(value: Any, place: Place) -> Any:
    parts = value if isinstance(value, (list, tuple)) else [None]
    texts = [part.get("text") if isinstance(part, Mapping) else None for part in parts]
    if not all(isinstance(text, str) for text in texts):
        return value
    place.changed("joined to one text", "Mistral's API takes no parts here")
    return "".join(map(str, texts))


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
    if not tools:
        place.refuse("a tool that is among the allowed_tools of tool_choice", value, "too_short")


# -- the choice


def _with_tools(rule: Rule) -> Rule:
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


# -- the table

_NO_EMPTY = "Mistral's API refuses an empty list here"
_NO_SUCH = "Mistral's API has no such parameter"
_BY_KEY = "Mistral's API caches by prompt_cache_key alone"
_WITHOUT = {
    **dict.fromkeys(["store", "user", "safety_identifier", "logit_bias", "verbosity"], _NO_SUCH),
    "prompt_cache_options": _BY_KEY,
    "prompt_cache_retention": _BY_KEY,
    "stream_options": "Mistral's API ends every stream with the usage anyway",
    "web_search_options": "Mistral's API searches by its own tool web_search",
    "moderation": "Mistral's API moderates by its own parameter guardrails",
    **dict.fromkeys([name for name, spec in _SPECS.items() if spec.local], "it is never sent"),
}
"""Parameters without which the answer is of the same kind, and the reason why they are dropped."""

PARAMETERS: dict[str, Rule] = {
    **{name: _read(name) for name, spec in _SPECS.items() if not spec.local},
    **{name: dropped(why) for name, why in _WITHOUT.items()},
    "messages": messages,
    "max_tokens": unless_given("max_completion_tokens", _read("max_tokens")),
    "max_completion_tokens": renamed("max_tokens", _RENAMED, checked(_SPECS["max_tokens"].check)),
    "temperature": _read("temperature", _cooler),
    "top_p": _read("top_p", _above_0),
    "seed": unless_given("random_seed", renamed("random_seed", _RENAMED, _in_63_bits)),
    "stop": unless_empty("it is empty, and so stops at nothing", _read("stop")),
    "reasoning_effort": _read(
        "reasoning_effort", replaced("max", "xhigh", "Mistral's API goes no higher")
    ),
    "service_tier": _service_tier,
    "response_format": one(
        sent(ResponseFormat, _with_format, json_schema=one(sent(JsonSchema, _with_schema)))
    ),
    "prediction": one(sent(Prediction, content=one(_joined))),
    "tools": unless_empty(_NO_EMPTY, _tools),
    "functions": unless_empty(_NO_EMPTY, _functions),
    "tool_choice": _with_tools(one(_choice)),
    "function_call": _with_tools(unless_given("tool_choice", _function_call)),
    "parallel_tool_calls": _with_tools(_read("parallel_tool_calls")),
    "modalities": _modalities,
    "audio": refused("no audio, as Mistral's API answers in text only"),
}
"""What becomes of each parameter of a request, by its name."""
