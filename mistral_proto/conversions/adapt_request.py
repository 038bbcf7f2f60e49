"""From a request in OpenAI's format to one that Mistral's API accepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any

from ..checks import REFUSE, check_of
from ..conversation.rules import API, breaches
from ..errors import Problem, ValidationError, describe, step_to
from ..protocol import tool_calls
from ..protocol.request import (
    ChatCompletionRequest,
    JsonSchema,
    Prediction,
    RequestedServiceTier,
    ResponseFormat,
)
from ..wire import WireType, dump
from . import rules as r
from .adapt_messages import REQUIRED, known, messages, typed
from .rules import Change, Document, Node, Report, Rule

if TYPE_CHECKING:
    from ..errors import Path

__all__ = ["AdaptedRequest", "adapt_request"]

_TITLE = "the request"
_DEPTH = 6  # levels that hold objects: body, messages, message, content, part, thinking
_NOT_GIVEN = ("NotGiven", "Omit", "Unset")  # types of the SDKs


@dataclass(frozen=True)
class AdaptedRequest:
    """The outcome of `adapt_request`: the request, and the changes in the document's order.

    >>> adapt_request({"model": "m", "messages": [{"role": "user", "content": "Hi"}]}).changes
    ()
    """

    request: ChatCompletionRequest
    changes: tuple[Change, ...] = ()


@dataclass
class _State:
    """State that the rules share: ids of calls without an answer, and names of allowed tools."""

    allowed: set[str] | None
    waiting: dict[str, None] = field(default_factory=dict)


def adapt_request(body: Mapping[str, object]) -> AdaptedRequest:
    """Adapt an OpenAI chat completion request for Mistral's API.

    `body` has the arguments of `openai`'s ``chat.completions.create``: plain JSON
    values, wire types, or objects with a `model_dump`, as OpenAI's SDK has them; its
    `NOT_GIVEN` and `omit` are left out.  Mistral's own parameters and content parts stay.
    Everything that Mistral's API would refuse is renamed, changed, moved or dropped, and
    noted in `changes`: an adapted request, adapted a second time, has none.

    An assistant message comes between a tool's and a user's.  A system message after an
    assistant's or a tool's moves behind the next user message, or becomes a user's.  An
    assistant message without content and calls is dropped.

    Raises:
        ValidationError: the body is not a chat completion request, a call has no answer
            or an answer no call, or Mistral's API can't do it; with every problem, and its
            path in `body`.

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
    given = _plain(body, ())
    report = Report(_State(allowed=_allowed_tools(given)))
    node = Node(report)
    written = r.convert(given, node, _PARAMETERS, r.only_known(_PARAMETERS))
    if given.get("model") is None:
        node.refuse_missing("model", given)
    if "tool_choice" in written and "tools" not in written:
        node.at("tool_choice").refuse("a choice among the given tools", given["tool_choice"])
    request = node.read(lambda body: ChatCompletionRequest._read(body, REFUSE), written)
    if request is not None and not report.problems:
        request = _by_the_rules(request, written, given, report)
    order = {step_to(name): index for index, name in enumerate(given)}

    def position(noted: Change | Problem) -> tuple[int, list[int]]:
        first, *second = noted.path[:2]
        return order.get(str(first), len(order)), [i for i in second if isinstance(i, int)]

    if request is None or report.problems:
        raise ValidationError(sorted(report.problems, key=position), _TITLE)
    return AdaptedRequest(request, tuple(sorted(report.changes, key=position)))


def _by_the_rules(
    request: ChatCompletionRequest, written: Document, given: Any, report: Report
) -> ChatCompletionRequest:
    """Return the request without the fields that break the API's rules; refuse other breaches."""
    document = dump(request, False)
    count = len(report.changes)
    for path, expected, rule in breaches(request, API, "serving"):
        origin = report.origin(written, path)
        if rule.droppable:
            del reduce(getitem, path[:-1], document)[path[-1]]
            report.changes.append(Change(origin, "dropped", f"Mistral's API expects {expected}"))
            continue
        try:
            got = describe(reduce(getitem, origin, given))
        except LookupError:
            got = "nothing"
        report.problems.append(Problem(origin, expected, got, "value_error"))
    if len(report.changes) == count:
        return request
    adapted = ChatCompletionRequest.from_dict(document, strict=True)
    return replace(adapted, extra_body=request.extra_body)


def _plain(value: Any, path: Path) -> Any:
    """Return a copy of the body, with documents in place of objects."""
    if value is None or value.__class__ in (str, int, float, bool):
        return value
    if isinstance(value, WireType):
        document: dict[str, object] = dump(value, False)
        role = getattr(value, "role", None)  # not written if a server left it out
        return document if role is None else {"role": role, **document}
    if hasattr(value, "model_dump"):
        try:
            # pydantic would warn of what OpenAI's parsed messages hold.
            return value.model_dump(mode="json", by_alias=True, exclude_none=True, warnings=False)
        except Exception as error:
            expected = "an object (not a class) whose model_dump() gives JSON values"
            problem = Problem(path, expected, describe(value), "value_error")
            raise ValidationError([problem], _TITLE) from error
    if len(path) < _DEPTH and isinstance(value, (list, tuple)):
        return [_plain(item, (*path, index)) for index, item in enumerate(value)]
    if len(path) < _DEPTH and isinstance(value, Mapping):
        return {
            key: _plain(item, (*path, step_to(key)))
            for key, item in value.items()
            if type(item).__name__ not in _NOT_GIVEN
        }
    return value


_NAMED = "Mistral's API has it under that name"


def _fitted(fit: Callable[[Any], Any], reason: str) -> Rule:
    """Return the rule of a number that is changed to one that Mistral's API takes."""

    def rule(value: Any, node: Node) -> Any:
        if type(value) not in (int, float) or fit(value) == value:
            return value
        node.change(f"changed to {fit(value)}", reason)
        return fit(value)

    return rule


def _service_tier(value: Any, node: Node) -> Any:
    tier = r.replaced("default", "standard_only", _NAMED)(r.text(value, node), node)
    return tier if tier in [*RequestedServiceTier] else node.drop("Mistral's API has no such tier")


_SCHEMA = known(JsonSchema, r.filled(REQUIRED, name="response", schema={"type": "object"}))


def _with_schema(written: Document, node: Node) -> None:
    if written.get("type") == "json_schema" and "json_schema" not in written:
        node.refuse_missing("json_schema", written)


def _joined(value: Any, node: Node) -> Any:
    parts = value if isinstance(value, list) else [None]
    texts = [part.get("text") if isinstance(part, Mapping) else None for part in parts]
    if not all(isinstance(text, str) for text in texts):
        return r.text(value, node)
    node.change("joined to one text", "Mistral's API takes no parts here")
    return "".join(map(str, texts))


_FUNCTION = known(
    tool_calls.Function, r.filled(REQUIRED, parameters={"type": "object", "properties": {}})
)
_TOOL = known(tool_calls.Tool, typed("function"), function=_FUNCTION)
_REQUEST_TOOL: Any = check_of(tool_calls.RequestTool)
_OTHERS = {kind: known(check.cls) for kind, check in _REQUEST_TOOL.members.items()}
_ANY_TOOL = r.by("type", {**_OTHERS, "function": _TOOL, None: _TOOL})
_NAME = known(tool_calls.FunctionName)
_CHOICE = known(tool_calls.NamedToolChoice, function=_NAME)


def _function(value: Any, node: Node) -> Document:
    return _nested(_FUNCTION(value, node), node)


def _nested(function: Any, node: Node) -> Document:
    tool = {"type": "function", "function": function}
    node.report.move(tool, "function", node.path)
    return tool


def _allowed_tools(body: Document) -> set[str] | None:
    """Return the names that `tool_choice` allows, or None if it allows all."""
    try:
        tools = body["tool_choice"]["allowed_tools"]["tools"]
        return {tool["function"]["name"] for tool in tools}
    except (LookupError, TypeError):
        return None


def _if_allowed(rule: Rule) -> Rule:
    def tool(value: Any, node: Node) -> Any:
        made = rule(value, node)
        allowed = node.report.state.allowed
        function = made.get("function") if isinstance(made, Mapping) else None
        name = function.get("name") if isinstance(function, Mapping) else None
        if allowed is None or (isinstance(name, str) and name in allowed):
            return made
        return node.drop("it is not among the allowed_tools of tool_choice")

    return r.each(tool)


def _if_tools(rule: Rule) -> Rule:
    """Return the rule of a parameter that requires tools."""
    no_tools = r.dropped("there are no tools")
    return lambda value, node: (
        rule if node.parent.get("tools") or node.parent.get("functions") else no_tools
    )(value, node)


def _choice(value: Any, node: Node) -> Any:
    if node.report.state.allowed is None:
        return _CHOICE(value, node)
    node.change("replaced by its mode", "Mistral's API chooses among all tools that it is given")
    mode = value["allowed_tools"].get("mode")
    node.at("allowed_tools", "mode").write("tool_choice", mode or "")
    return None


def _function_choice(value: Any, node: Node) -> Any:
    return _nested(_NAME(value, node), node) if isinstance(value, Mapping) else value


_DEPRECATED = "Mistral doesn't support the deprecated `{}` parameter"
_NO_EMPTY = r.dropped("Mistral's API refuses an empty list here")
_NO_SUCH = "Mistral's API has no such parameter"
_BY_KEY = "Mistral's API caches by prompt_cache_key alone"
_SPECS = ChatCompletionRequest._specs
_IN_63_BITS = _fitted(lambda value: value % 2**63, "Mistral's API takes seeds of 63 bits")
_UNNEEDED = {
    **dict.fromkeys(["store", "user", "safety_identifier", "logit_bias", "verbosity"], _NO_SUCH),
    "prompt_cache_options": _BY_KEY,
    "prompt_cache_retention": _BY_KEY,
    "stream_options": "Mistral's API ends every stream with the usage anyway",
    "web_search_options": "Mistral's API searches by its tool web_search",
    "moderation": "Mistral's API moderates by its parameter guardrails",
    **dict.fromkeys([name for name, spec in _SPECS.items() if spec.local], "it is never sent"),
    "extra_headers": "it is an option of the call: http_headers",
    "timeout": "it is an option of the call: timeout_ms, in milliseconds",
}
"""Parameters that do not change the kind of answer, and the reasons why they are dropped."""

_PARAMETERS: dict[str, Rule] = {
    **dict.fromkeys(_SPECS, r.kept),
    **{name: r.dropped(reason) for name, reason in _UNNEEDED.items()},
    "extra_body": r.kept,
    "messages": messages,
    "max_tokens": r.unless_given("max_completion_tokens", r.kept),
    "max_completion_tokens": r.renamed("max_tokens", _NAMED),
    "temperature": _fitted(lambda value: min(value, 1.5), "Mistral's API goes no higher"),
    "top_p": _fitted(lambda value: value or 0.0001, "Mistral's API takes only what is above 0"),
    "seed": r.unless_given("random_seed", r.renamed("random_seed", _NAMED, _IN_63_BITS)),
    "stop": r.unless(r.EMPTY, r.kept, r.dropped("it is empty")),
    "reasoning_effort": r.replaced("max", "xhigh", "Mistral's API goes no higher"),
    "service_tier": _service_tier,
    "response_format": known(ResponseFormat, _with_schema, json_schema=_SCHEMA),
    "prediction": known(Prediction, content=_joined),
    "tools": r.unless(r.EMPTY, _if_allowed(_ANY_TOOL), _NO_EMPTY),
    "functions": r.unless(
        r.EMPTY,
        r.unless_given(
            "tools", r.renamed("tools", _DEPRECATED.format("functions"), _if_allowed(_function))
        ),
        _NO_EMPTY,
    ),
    "tool_choice": _if_tools(_choice),
    "function_call": _if_tools(
        r.unless_given(
            "tool_choice",
            r.renamed("tool_choice", _DEPRECATED.format("function_call"), _function_choice),
        )
    ),
    "parallel_tool_calls": _if_tools(r.kept),
    "modalities": r.unless(
        (["text"], ("text",)),
        r.refused("['text'], as Mistral's API answers in text only"),
        r.dropped("Mistral's API answers in text anyway"),
    ),
    "audio": r.refused("no audio, as Mistral's API answers in text only"),
}
"""The rule of each parameter of a request, by its name."""
