"""Whole requests in OpenAI's format, and back, as mistral_common converts them.

`mistral_proto.openai.adapt_request` is for what goes to Mistral's API; this
is the plain translation, which refuses what the other side has no name for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ..checks import read_items
from ..errors import Problem, ValidationError
from ..fields import did_you_mean
from ..protocol.instruct import InstructRequest, ModelSettings
from ..protocol.messages import AssistantMessage, ReasoningFieldFormat
from ..protocol.request import ChatCompletionRequest
from ..protocol.tool_calls import NamedToolChoice, ToolChoiceEnum
from .openai_format import convert_openai_messages, convert_openai_tools, with_defaults

if TYPE_CHECKING:
    from typing import Any, TypeVar

    from ..json_text import JSONValue
    from ..protocol.messages import ChatMessage
    from ..wire import WireType

    C = TypeVar("C", bound=ChatCompletionRequest)
    N = TypeVar("N", bound=InstructRequest)
    T = TypeVar("T", bound=WireType)
    _Part = Callable[[], object]

__all__ = [
    "chat_completion_from_openai",
    "chat_completion_to_openai",
    "instruct_from_openai",
    "instruct_to_openai",
]

OPENAI_PARAMETERS = frozenset(
    "audio extra_body extra_headers extra_query frequency_penalty function_call functions"
    " logit_bias logprobs max_completion_tokens max_tokens messages metadata modalities model"
    " moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key"
    " prompt_cache_options prompt_cache_retention"
    " reasoning_effort response_format safety_identifier seed service_tier stop store stream"
    " stream_options temperature timeout tool_choice tools top_logprobs top_p user verbosity"
    " web_search_options".split()
)
"""What `chat.completions.create` of OpenAI's Python client takes, of a call's options too."""

# mistral_common's request has these, in the order in which it writes them, and
# writes its own default where nobody set one.  The API's defaults are its own
# affair: what is sent to it leaves out what nobody set.
_DEFAULTS: dict[str, JSONValue] = {
    "temperature": 0.7,
    "top_p": 1.0,
    "max_tokens": None,
    "model": None,
    "response_format": {"type": "text"},
    "continue_final_message": False,
    "reasoning_effort": None,
}
# These it writes in another place, or under another name, or not at all.
_APART = ("messages", "tools", "tool_choice", "random_seed", "truncate_for_context_length")


def chat_completion_to_openai(
    request: ChatCompletionRequest,
    reasoning_field_format: ReasoningFieldFormat | str,
    kwargs: Mapping[str, object],
) -> dict[str, object]:
    """A request in OpenAI's format; see the type's own method."""
    document: dict[str, object] = {}
    for name in [*_DEFAULTS, *request._specs]:
        value = getattr(request, name)
        if value is None:
            value = _DEFAULTS.get(name)
        if value is not None and name not in _APART:
            document[name] = with_defaults(value)
    if request.random_seed is not None:
        document["seed"] = request.random_seed
    if request.truncate_for_context_length:
        raise NotImplementedError("OpenAI's format has no truncate_for_context_length")
    _check_kwargs(kwargs, document, {*_DEFAULTS, *_APART})
    document["messages"] = _messages(request.messages, reasoning_field_format)
    if request.tools is not None:
        document["tools"] = [tool.to_openai() for tool in request.tools]
    choice = request.tool_choice
    if isinstance(choice, NamedToolChoice):
        document["tool_choice"] = choice.to_openai()
    elif choice == ToolChoiceEnum.any:
        document["tool_choice"] = ToolChoiceEnum.required.value
    else:
        document["tool_choice"] = str(choice or ToolChoiceEnum.auto.value)
    document.update(kwargs)
    return document


def instruct_to_openai(
    request: InstructRequest,
    reasoning_field_format: ReasoningFieldFormat | str,
    kwargs: Mapping[str, object],
) -> dict[str, object]:
    """A request in OpenAI's format; see the type's own method."""
    prompt = request.system_prompt
    document: dict[str, object] = {} if prompt is None else {"system_prompt": prompt}
    document["continue_final_message"] = request.continue_final_message
    settings = request.settings.to_openai()
    _check_kwargs(kwargs, {**document, **settings}, request._specs)
    if request.truncate_at_max_tokens is not None:
        raise NotImplementedError("OpenAI's format has no truncate_at_max_tokens")
    document["messages"] = [
        *([] if prompt is None else [{"role": "system", "content": prompt}]),
        *_messages(request.messages, reasoning_field_format),
    ]
    if request.available_tools is not None:
        document["tools"] = [tool.to_openai() for tool in request.available_tools]
    return {**document, **kwargs, **settings}


def _messages(
    messages: Sequence[ChatMessage], reasoning_field_format: ReasoningFieldFormat | str
) -> list[dict[str, JSONValue]]:
    how = ReasoningFieldFormat(reasoning_field_format)
    try:
        return read_items(messages, _message, how)
    except ValidationError as error:
        raise error.under("messages", "the request") from None


def _message(message: ChatMessage, how: ReasoningFieldFormat) -> dict[str, JSONValue]:
    return message.to_openai(how) if isinstance(message, AssistantMessage) else message.to_openai()


def _check_kwargs(
    kwargs: Mapping[str, object], document: Mapping[str, object], fields: Iterable[str]
) -> None:
    """Refuse what would be said twice, and what OpenAI's format does not know."""
    for name in kwargs:
        if name in document:
            raise ValueError(f"{name} is in the request already")
        if name in fields:
            raise ValueError(f"{name} is a field of the request: set it there")
        if name not in OPENAI_PARAMETERS:
            hint = did_you_mean(name, OPENAI_PARAMETERS)
            raise ValueError(f"{name} is no parameter of OpenAI's{hint}")


def chat_completion_from_openai(
    cls: type[C],
    messages: Sequence[Mapping[str, object]],
    tools: Sequence[Mapping[str, object]] | None,
    continue_final_message: bool,
    kwargs: Mapping[str, object],
) -> C:
    """Read a request in OpenAI's format; see the type's own method."""
    given = dict(kwargs)
    given_as: dict[str, str | None] = {}
    if "seed" in given:
        if "random_seed" in given:
            raise ValueError("seed and random_seed are the same: give one of them")
        given["random_seed"] = given.pop("seed")
        given_as["random_seed"] = "seed"
    parts: dict[str, _Part] = {"messages": lambda: convert_openai_messages(messages)}
    if tools is not None:
        parts["tools"] = lambda: convert_openai_tools(tools)
    given["continue_final_message"] = continue_final_message
    return _build(cls, parts, given, given_as)


def instruct_from_openai(
    cls: type[N],
    messages: Sequence[Mapping[str, object]],
    tools: Sequence[Mapping[str, object]] | None,
    continue_final_message: bool,
    kwargs: Mapping[str, object],
) -> N:
    """Read a request in OpenAI's format; see the type's own method."""
    given: dict[str, Any] = dict(kwargs)
    given_as: dict[str, str | None] = {"available_tools": "tools", "settings": None}
    if "available_tools" in given:
        if tools is not None:
            raise ValueError("tools and available_tools are the same: give one of them")
        tools = given.pop("available_tools")
        del given_as["available_tools"]
    settings = {name: given.pop(name) for name in ModelSettings._specs if name in given}
    if settings and "settings" in given:
        raise ValueError(f"{', '.join(settings)}: give it here, or among the settings")
    parts: dict[str, _Part] = {"messages": lambda: convert_openai_messages(messages)}
    if settings:
        parts["settings"] = lambda: ModelSettings.from_openai(**settings)
    if tools is not None:
        parts["available_tools"] = lambda: convert_openai_tools(tools)
    given["continue_final_message"] = continue_final_message
    return _build(cls, parts, given, given_as)


def _build(
    cls: type[T],
    parts: Mapping[str, _Part],
    given: Mapping[str, object],
    given_as: Mapping[str, str | None],
) -> T:
    """A request of fields that are converted, and of those that are given as they are.

    `given_as` has the argument that a field was given as, where that has another
    name; None where what is in the field was given as arguments of their own.
    All problems are told at once, by the names of the arguments.
    """
    problems: list[Problem] = []
    fields: dict[str, object] = {}
    failed: set[str | int] = set()
    for name, convert in parts.items():
        try:
            fields[name] = convert()
        except ValidationError as error:
            failed.add(name)
            place = given_as.get(name, name)
            problems += (error if place is None else error.under(place)).problems
    request: Any = None
    try:
        request = cls(**fields, **given)
    except ValidationError as error:
        for problem in error.problems:
            field, *inside = problem.path
            if field not in failed:
                name = given_as.get(str(field)) or str(field)
                problems.append(dataclasses.replace(problem, path=(name, *inside)))
    if problems:
        raise ValidationError(problems, cls.__name__)
    return request  # type: ignore[no-any-return]
