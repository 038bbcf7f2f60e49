"""From a request in OpenAI's format to one that Mistral's API accepts at the first try."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any, NamedTuple

from ..checks import Integer, ObjectOf, OneOf, String, check_of
from ..conversation.api_rules import API_RULES
from ..errors import Problem, ValidationError, describe, step_to
from ..protocol import request as requests, tool_calls
from ..wire import WireType, plain
from .adapt_messages import messages
from .rules import (
    EMPTY,
    Change,
    Place,
    by,
    checked,
    convert,
    dropped,
    filled,
    one,
    only_known,
    refused,
    renamed,
    replaced,
    sent,
    unless,
    unless_given,
)

if TYPE_CHECKING:
    from ..errors import Path
    from .rules import Convert, Document, Rule

__all__ = ["AdaptedRequest", "adapt_request"]

_TITLE = "the request"
_DEPTH = 5
"""How deep a parameter has objects: a message's content's part's thinking's part."""
_NOT_GIVEN = ("NotGiven", "Omit")
"""The types of what OpenAI's SDK takes for what is not given."""


@dataclass(frozen=True)
class AdaptedRequest:
    """What `adapt_request` made of a request.

    Attributes:
        request: what Mistral's API accepts.
        changes: what is not in it as it was given, in the document's order.

    >>> adapted = adapt_request({"model": "m", "messages": [{"role": "user", "content": "Hi"}]})
    >>> adapted.request.to_json(), adapted.changes
    ('{"model":"m","messages":[{"role":"user","content":"Hi"}]}', ())
    """

    request: requests.ChatCompletionRequest
    changes: tuple[Change, ...] = ()


class _Context(NamedTuple):
    """What the rules share."""

    waiting: dict[str, None]
    """The ids of the calls that the message at hand may answer."""
    allowed: frozenset[str] | None
    """The names of the tools that may be offered; None where all may be."""
    places: dict[Path, Path]
    """Where each message, and the function of each tool, of the adapted request was."""


def adapt_request(body: Mapping[str, object]) -> AdaptedRequest:
    """Adapt an OpenAI chat completion request for Mistral's API.

    `body` is what `openai`'s ``chat.completions.create`` sends, as plain JSON
    values or, for its objects, wire types or others that have a `model_dump`, such
    as those of OpenAI's SDK: a message of an answer goes back into `messages` as it
    is.  The SDK's `NOT_GIVEN` and `omit` stand for what is not given.  The body may
    hold Mistral's own parameters and content parts, and they stay as they are.
    What Mistral's API would refuse is renamed, changed or dropped, and each time
    told in `changes`: an adapted request, adapted again, has none.  The name of the
    model is not looked at.

    Messages that Mistral's API takes in another order only are brought into it:
    between a tool's message and a user's comes one of the assistant's, and a
    system's message that follows the assistant's or a tool's goes behind the
    user's after it, or becomes the user's.  An assistant's message that says
    nothing is dropped.

    Raises:
        ValidationError: the body is no such request, a call is left without an
            answer or an answer without a call, or Mistral's API can't do what the
            request asks for; with every problem, and its path in `body`.

    >>> adapted = adapt_request({
    ...     "model": "mistral-small-latest",
    ...     "messages": [{"role": "developer", "content": "Be brief."}],
    ...     "max_completion_tokens": 100,
    ...     "store": False,
    ... })
    >>> print(adapted.request.to_json())
    {"model":"mistral-small-latest","messages":[{"role":"system","content":"Be brief."}],"max_tokens":100}
    >>> for change in adapted.changes:
    ...     print(change)
    messages[0].role: changed to 'system': Mistral's API has no role of that name
    max_completion_tokens: renamed to max_tokens: Mistral's API has it under that name
    store: dropped: Mistral's API has no such parameter
    """
    if not isinstance(body, Mapping):
        raise ValidationError([Problem((), "an object", describe(body), "dict_type")], _TITLE)
    given = _plain(body, _DEPTH + 1)
    place = Place(context=_Context({}, _allowed_tools(given), {(): ()}))
    written = convert(given, place, _PARAMETERS, only_known(_PARAMETERS))
    for name in ("model", "messages"):
        if given.get(name) is None:
            place.refuse_absent(name, given)
    request = (
        None if place.problems else place.read(ObjectOf(requests.ChatCompletionRequest), written)
    )
    if request is not None:
        request = _by_the_rules(request, given, place)
    names: dict[str | int, int] = {step_to(name): position for position, name in enumerate(given)}

    def position(noted: Change | Problem) -> tuple[int, list[int]]:
        first, *second = noted.path[:2]
        return names.get(first, len(names)), [step for step in second if isinstance(step, int)]

    if request is None or place.problems:
        raise ValidationError(sorted(place.problems, key=position), _TITLE)
    return AdaptedRequest(request, tuple(sorted(place.changes, key=position)))


def _by_the_rules(
    request: requests.ChatCompletionRequest, given: Mapping[str, object], place: Place
) -> requests.ChatCompletionRequest:
    """Return the request without what breaks the API's rules, and note that, and what else does."""
    document = plain(request, False)
    noted = len(place.changes)
    for expected, find, droppable in API_RULES:
        for path in find(document):
            at, value = _place_of(path, given, place.context.places)
            if droppable:
                del reduce(getitem, path[:-1], document)[path[-1]]
                place.changes.append(Change(at, "dropped", f"Mistral's API expects {expected}"))
            else:
                place.problems.append(Problem(at, expected, describe(value), "value_error"))
    if len(place.changes) == noted:
        return request
    return requests.ChatCompletionRequest.from_dict(document, strict=True)


def _place_of(path: Path, given: Any, places: dict[Path, Path]) -> tuple[Path, object]:
    """Return where a place of the adapted request was, and what is there.

    For a place that is not there it is the one around it.
    """
    known = next(path[:length] for length in (3, 2, 0) if path[:length] in places)
    path = (*places[known], *path[len(known) :])
    for depth, step in enumerate(path):
        try:
            given = given[step]
        except (LookupError, TypeError):
            return path[:depth], given
    return path, given


def _plain(value: Any, depth: int) -> Any:
    """Return a value with plain ones for the objects in it, as deep as they can stand."""
    if isinstance(value, WireType):
        document: dict[str, object] = plain(value, False)
        role = getattr(value, "role", None)  # which a server may have left out
        return document if role is None else {"role": role, **document}
    if hasattr(value, "model_dump") and not isinstance(value, type):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if depth and isinstance(value, (list, tuple)):
        return [_plain(item, depth - 1) for item in value]
    if depth and isinstance(value, Mapping):
        return {
            key: _plain(item, depth - 1)
            for key, item in value.items()
            if type(item).__name__ not in _NOT_GIVEN
        }
    return value


_RENAMED = "Mistral's API has it under that name"
_SPECS = requests.ChatCompletionRequest._specs


def _read(name: str, convert: Convert = lambda value, place: value) -> Rule:
    """Return the rule of a parameter that its type reads, once it is converted."""
    return one(checked(_SPECS[name].check, convert))


# -- numbers


def _fitted(fit: Callable[[Any], Any], why: str) -> Convert:
    """Return the conversion of a number to one that Mistral's API takes."""

    def convert(value: Any, place: Place) -> Any:
        fitting = fit(value) if type(value) in (int, float) else value
        if fitting != value:
            place.changed(f"changed to {fitting}", why)
        return fitting

    return convert


_COOL = _fitted(lambda value: min(value, 1.5), "Mistral's API goes no higher")
_ABOVE_0 = _fitted(lambda value: value or 0.0001, "Mistral's API takes only what is above 0")
_IN_63_BITS = _fitted(
    lambda value: value % 2**63, "Mistral's API takes seeds from 0 on, in 63 bits"
)
_SEED = checked(Integer(), _IN_63_BITS)

# -- choices


def _service_tier(value: Any, place: Place, written: Document) -> None:
    tier = _STANDARD(place.read(String(), value), place)
    if tier in [*requests.RequestedServiceTier]:
        written["service_tier"] = tier
    elif tier is not None:
        place.dropped("Mistral's API has no such tier")


_STANDARD = replaced("default", "standard_only", _RENAMED)


# -- objects


_SCHEMA = sent(
    requests.JsonSchema,
    filled("Mistral's API requires one", name="response", schema={"type": "object"}),
)


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


def _allowed_tools(body: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the names that `tool_choice` allows; None where it allows all, or can't be read."""
    try:
        names = [tool["function"]["name"] for tool in body["tool_choice"]["allowed_tools"]["tools"]]
        return frozenset(names)
    except (LookupError, TypeError):
        return None


# -- the tools


_FUNCTION = sent(
    tool_calls.Function,
    filled("Mistral's API requires them", parameters={"type": "object", "properties": {}}),
    nulls=("parameters",),
)
_REQUEST_TOOL: Any = check_of(tool_calls.RequestTool)
_TOOL = sent(tool_calls.Tool, function=one(_FUNCTION))
_OTHERS = {tag: sent(each.cls) for tag, each in _REQUEST_TOOL.members.items()}
_any_tool = by("type", {**_OTHERS, "function": _TOOL, None: _TOOL})


def _offered(convert: Convert, *inside: str) -> Rule:
    """Return the rule of a list of tools, of which those that may be offered are added.

    The context is told where the function of each was.
    """

    def rule(value: Any, place: Place, written: Document) -> None:
        allowed = place.context.allowed
        tools = written.setdefault("tools", [])
        for at, given in place.items(value):
            tool = convert(given, at)
            tool = tool_calls.Tool(function=tool) if isinstance(tool, tool_calls.Function) else tool
            name = tool.function.name if isinstance(tool, tool_calls.Tool) else None
            if allowed is not None and name not in allowed:
                at.dropped("it is not among the allowed_tools of tool_choice")
            else:
                place.context.places["tools", len(tools), "function"] = (*at.path, *inside)
                tools.append(tool)

    return rule


def _functions(value: Any, place: Place, written: Document) -> None:
    why = "Mistral doesn't support the deprecated `functions` parameter"
    place.changed("changed to tools", why)
    _offered(_FUNCTION)(value, place, written)


# -- the choice


def _with_tools(rule: Rule) -> Rule:
    """Return the rule of what can only be said where there are tools."""
    no_tools = dropped("there are no tools that it could be about")
    return lambda value, place, written: (
        rule if place.around.get("tools") or place.around.get("functions") else no_tools
    )(value, place, written)


_CHOICES = OneOf(tool_calls.ToolChoiceEnum)
_NAME = sent(tool_calls.FunctionName)
_NAMED = sent(tool_calls.NamedToolChoice, function=one(_NAME))


def _choice(value: Any, place: Place) -> Any:
    if not isinstance(value, Mapping):
        return place.read(_CHOICES, value)
    if place.context.allowed is None:
        return _NAMED(value, place)
    place.changed("changed to its mode", "Mistral's API chooses among all tools that it is given")
    return place.at("allowed_tools").at("mode").read(_CHOICES, value["allowed_tools"].get("mode"))


def _function_call(value: Any, place: Place, written: Document) -> None:
    why = "Mistral doesn't support the deprecated `function_call` parameter"
    place.changed("changed to tool_choice", why)
    if isinstance(value, Mapping):
        written["tool_choice"] = {"type": "function", "function": _NAME(value, place)}
    else:
        written["tool_choice"] = place.read(_CHOICES, value)


# -- the table

_NO_EMPTY = dropped("Mistral's API refuses an empty list here")
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

_PARAMETERS: dict[str, Rule] = {
    **{name: _read(name) for name, spec in _SPECS.items() if not spec.local},
    **{name: dropped(why) for name, why in _WITHOUT.items()},
    "messages": messages,
    "max_tokens": unless_given("max_completion_tokens", _read("max_tokens")),
    "max_completion_tokens": renamed("max_tokens", _RENAMED, checked(_SPECS["max_tokens"].check)),
    "temperature": _read("temperature", _COOL),
    "top_p": _read("top_p", _ABOVE_0),
    "seed": unless_given("random_seed", renamed("random_seed", _RENAMED, _SEED)),
    "stop": unless(EMPTY, _read("stop"), dropped("it is empty, and so stops at nothing")),
    "reasoning_effort": _read(
        "reasoning_effort", replaced("max", "xhigh", "Mistral's API goes no higher")
    ),
    "service_tier": _service_tier,
    "response_format": one(sent(requests.ResponseFormat, _with_format, json_schema=one(_SCHEMA))),
    "prediction": one(sent(requests.Prediction, content=one(_joined))),
    "tools": unless(EMPTY, _offered(_any_tool, "function"), _NO_EMPTY),
    "functions": unless(EMPTY, _functions, _NO_EMPTY),
    "tool_choice": _with_tools(one(_choice)),
    "function_call": _with_tools(unless_given("tool_choice", _function_call)),
    "parallel_tool_calls": _with_tools(_read("parallel_tool_calls")),
    "modalities": unless(
        (["text"], ("text",)),
        refused("['text'], as Mistral's API answers in text only"),
        dropped("Mistral's API answers in text anyway"),
    ),
    "audio": refused("no audio, as Mistral's API answers in text only"),
}
"""What becomes of each parameter of a request, by its name."""
