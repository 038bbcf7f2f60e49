"""The rules of a conversation: those of mistral_common's validators, and those of the API.

A rule is a function that yields the path of each breach, and a description; its
decorator gives its scope.  The order is that in which mistral_common checks.  `adapt_request`
removes what breaks a droppable rule of the API.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ..checks import StringEnum, any_of
from ..errors import describe
from ..protocol.chunk import TextChunk
from ..protocol.messages import (
    AssistantMessage,
    ChatMessage,
    FinetuningAssistantMessage,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from ..protocol.request import ChatCompletionRequest
from ..protocol.tool_calls import (
    MISSING_IDS,
    NO_ID,
    Function,
    FunctionCall,
    Tool,
    ToolCall,
    is_call_id,
)
from . import exceptions as e
from .tool_schema import schema_problems

if TYPE_CHECKING:
    from ..errors import Path

    Breaches = Iterator[tuple[Path, str]]
    Exchange = tuple[list[tuple[Path, ToolCall]], list[tuple[Path, ToolMessage]]]

F = TypeVar("F", bound="Callable[..., Any]")

__all__ = ["API", "RULES", "Rule", "ValidationMode", "breaches"]

API = 100
"""The version number that stands for the API itself."""


class ValidationMode(StringEnum):
    """The use of a conversation (mistral_common: `ValidationMode`).

    In `serving` the model is to answer it, from `finetuning` it learns, `test` checks less
    than `serving`, and `agnostic` checks only what does not depend on the use.

    >>> ValidationMode("serving")
    <ValidationMode.serving: 'serving'>
    """

    serving = "serving"
    finetuning = "finetuning"
    test = "test"
    agnostic = "agnostic"


class Scope(NamedTuple):
    version: int
    mode: str
    last: bool  # whether it is about the last message


class Rule(NamedTuple):
    """A rule for each item of a type; the paths that `find` yields begin at the item."""

    find: Callable[[Any, Scope], Breaches]
    of: type
    raises: type[e.MistralCommonException] = e.InvalidRequestException
    since: int = 1  # versions of mistral_common
    before: int = API
    modes: str = "serving finetuning test agnostic"
    api: str | None = None  # the API's expectation; empty if `find` yields it, None if no rule
    droppable: bool = False  # whether adapt_request removes what breaks it


RULES: list[Rule] = []


def _rule(*of_and_raises: Any, **others: Any) -> Callable[[F], F]:
    def add(find: F) -> F:
        RULES.append(Rule(find, *of_and_raises, **others))
        return find

    return add


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException)
def message_to_continue(request: ChatCompletionRequest, scope: Scope) -> Breaches:
    if request.continue_final_message and request.messages[-1].role != "assistant":
        yield ("continue_final_message",), "there is no assistant message at the end to continue"


@_rule(ChatCompletionRequest, e.InvalidRequestException, modes="serving")
def model(request: ChatCompletionRequest, scope: Scope) -> Breaches:
    if request.model is None:
        yield ("model",), "a model must be named"


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException)
def single_message(request: ChatCompletionRequest, scope: Scope) -> Breaches:
    role = request.messages[0].role
    if len(request.messages) == 1 and role not in ("user", "system"):
        yield ("messages", 0, "role"), f"a single message is user or system, not {role}"


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException, modes="serving finetuning test")
def last_message(request: ChatCompletionRequest, scope: Scope) -> Breaches:
    *_, (last, message) = enumerate(request.messages)
    is_complete = isinstance(message, AssistantMessage) and not message.prefix
    if scope.mode != "finetuning":
        if is_complete and last:
            yield ("messages", last), "an assistant message comes last only with prefix"
    elif message.role != "assistant":
        yield ("messages", last, "role"), f"the last message is assistant, not {message.role}"
    elif not is_complete:
        yield ("messages", last, "prefix"), "there is nothing to continue in finetuning"


_NEVER = [("assistant", "system"), ("tool", "system")]
_ORDER = "an assistant message between a tool's and a user's, and no system message after these"


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException, api=_ORDER)
def order(request: ChatCompletionRequest, scope: Scope) -> Breaches:
    never = [("system", "tool"), ("user", "tool")] if scope.version != API else [("tool", "user")]
    messages = request.messages
    for index, (before, message) in enumerate(zip(messages, messages[1:]), 1):
        if (before.role, message.role) in _NEVER + never:
            yield ("messages", index, "role"), f"{message.role} can't follow {before.role}"


def _exchanges(request: ChatCompletionRequest, scope: Scope) -> list[Exchange]:
    """Return the calls of each assistant message, and the answers to them, with their paths."""
    # mistral_common passes over the first message: answers to its calls have no calls.
    exchanges: list[Exchange] = [([], [])]
    start = 0 if scope.version == API else 1
    for index, message in enumerate(request.messages[start:], start):
        if isinstance(message, ToolMessage):
            exchanges[-1][1].append((("messages", index), message))
        elif isinstance(message, AssistantMessage) or scope.version == API:
            exchanges.append((_calls(("messages", index), message), []))
    return exchanges


def _calls(path: Path, message: object) -> list[tuple[Path, ToolCall]]:
    calls = message.tool_calls if isinstance(message, AssistantMessage) else None
    return [((*path, "tool_calls", index), call) for index, call in enumerate(calls or ())]


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException, before=11)
def as_many_answers_as_calls(request: ChatCompletionRequest, scope: Scope) -> Breaches:
    """At the end this holds in `serving`; in `finetuning` there are not more answers."""
    *_, end = exchanges = _exchanges(request, scope)
    for exchange in exchanges:
        calls, answers = exchange
        if len(answers) < len(calls) and (exchange is not end or scope.mode == "serving"):
            yield calls[0][0][:-1], f"{len(calls)} calls have {len(answers)} answers"
        if exchange is not end or scope.mode in ("serving", "finetuning"):
            for path, _ in answers[len(calls) :]:
                yield path, "answers no call: there are more tool messages than calls"


_ANSWERS = "one call with this id, and right after it one tool message with it"


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException, since=11, api=_ANSWERS)
def answers_by_id(request: ChatCompletionRequest, scope: Scope) -> Breaches:
    """At the end this holds in `serving` only.  The API wants answers right after the calls."""
    *_, end = exchanges = _exchanges(request, scope)
    for exchange in exchanges:
        calls, answers = exchange
        called: set[str | None] = set()
        for path, call in calls:
            if call.id in called:
                yield (*path, "id"), f"another call of the message has it: {describe(call.id)}"
            called.add(call.id)
        answered: set[str | None] = set()
        for path, answer in answers:
            id = answer.tool_call_id
            if id not in called:
                yield (*path, "tool_call_id"), f"no call before it has this id: {describe(id)}"
            elif id in answered:
                yield (*path, "tool_call_id"), f"the call is answered already: {describe(id)}"
            answered.add(id)
        for path, call in calls:
            if call.id not in answered and (exchange is not end or scope.mode == "serving"):
                yield (*path, "id"), f"no tool message answers this call: {describe(call.id)}"


@_rule(ChatCompletionRequest, e.InvalidSystemPromptException, since=7, before=11)
def no_system_prompt_with_audio(request: ChatCompletionRequest, scope: Scope) -> Breaches:
    users = [message for message in request.messages if isinstance(message, UserMessage)]
    types = {type for message in users for type in _types(message)}
    for index, message in enumerate(request.messages):
        if isinstance(message, SystemMessage) and types & {"input_audio", "audio_url"}:
            yield ("messages", index), "no system message goes with audio"


def _types(message: ChatMessage) -> list[str]:
    return [chunk.type for chunk in message.content] if isinstance(message.content, list) else []


_IMAGES = "image image_url"
_AUDIO = "input_audio audio_url"
_CHUNKS = {  # by role, the types of chunks since a version, of those that mistral_common has
    "system": {1: "text", 7: "text thinking input_audio", 15: "text input_audio"},
    "user": {1: "text", 3: f"text {_IMAGES}", 7: f"text {_IMAGES} {_AUDIO}"},
    "assistant": {1: "text", 11: "text thinking"},
    "tool": {1: "text", 15: f"text {_IMAGES} {_AUDIO}"},
}
_COMMON_TYPES = {"text", "thinking", *_IMAGES.split(), *_AUDIO.split()}
_NAME = "1 to 64 letters, digits, underscores and dashes"
_ID = "an id of nine letters and digits"


@_rule(SystemMessage, e.InvalidSystemPromptException)
@_rule(UserMessage, e.InvalidUserMessageException)
@_rule(AssistantMessage, e.InvalidAssistantMessageException)
@_rule(ToolMessage, e.InvalidToolMessageException)
def types_of_chunks(message: ChatMessage, scope: Scope) -> Breaches:
    """A message has the types of chunks that the version supports, and any of the API's own."""
    since = max(since for since in _CHUNKS[message.role] if since <= scope.version)
    known = _CHUNKS[message.role][since].split()
    for index, type in enumerate(_types(message)):
        if type in _COMMON_TYPES and type not in known:
            words = f"a chunk of a {message.role} message is {any_of(known)}, not {type}"
            yield ("content", index), words


@_rule(AssistantMessage, e.InvalidAssistantMessageException, before=7)
def content_or_calls(message: AssistantMessage, scope: Scope) -> Breaches:
    if bool(message.content) == bool(message.tool_calls):
        has = "both" if message.content else "neither"
        yield (), f"an assistant message has either content or tool_calls, not {has}"


@_rule(Function, e.InvalidToolSchemaException)
def schemas_of_tools(function: Function, scope: Scope) -> Breaches:
    for problem in schema_problems(dict(function.parameters)):
        words = f"not a JSON Schema: expected {problem.expected}, got {problem.got}"
        yield ("parameters", *problem.path), words


@_rule(FunctionCall, e.InvalidFunctionCallException, api=_NAME)
@_rule(ToolMessage, e.InvalidToolMessageException, api=_NAME, droppable=True)
@_rule(Function, e.InvalidToolException, api=_NAME)
def names(named: FunctionCall | ToolMessage | Function, scope: Scope) -> Breaches:
    if named.name is not None and not re.fullmatch("[a-zA-Z0-9_-]{1,64}", named.name):
        yield ("name",), f"a function's name is {_NAME} of ASCII, not {describe(named.name)}"


@_rule(ToolCall, e.InvalidFunctionCallException, since=3, before=13, api=_ID)
@_rule(ToolMessage, e.InvalidToolMessageException, since=3, before=13)
def ids(item: ToolCall | ToolMessage, scope: Scope) -> Breaches:
    field, id = _id(item)
    is_optional = scope.last and scope.mode in ("finetuning", "agnostic") and field == "id"
    if id is not None and not (is_optional and id == NO_ID) and not is_call_id(id):
        yield (field,), f"{_ID} of ASCII is needed, not {describe(id)}"


@_rule(ToolCall, e.InvalidFunctionCallException, since=13)
@_rule(ToolMessage, e.InvalidToolMessageException, since=13)
@_rule(ToolMessage, e.InvalidRequestException, since=3, before=13)
def ids_present(item: ToolCall | ToolMessage, scope: Scope) -> Breaches:
    field, id = _id(item)
    if id is None or (scope.version >= 13 and id in MISSING_IDS):
        yield (field,), "the id of the call is needed"


def _id(item: ToolCall | ToolMessage) -> tuple[str, str | None]:
    if isinstance(item, ToolCall):
        return "id", item.id
    return "tool_call_id", item.tool_call_id


@_rule(FinetuningAssistantMessage, e.InvalidAssistantMessageException, modes="finetuning agnostic")
def weight(message: FinetuningAssistantMessage, scope: Scope) -> Breaches:
    if message.weight not in (None, 0, 1):
        yield ("weight",), f"a weight is 0 or 1, not {describe(message.weight)}"


@_rule(AssistantMessage, e.InvalidAssistantMessageException)
def prefix_at_the_end(message: AssistantMessage, scope: Scope) -> Breaches:
    if message.prefix and not scope.last:
        yield ("prefix",), "only the last message can be a prefix"


@_rule(str, e.InvalidRequestException, before=15)
def reasoning_effort(effort: str, scope: Scope) -> Breaches:
    yield (), "models of this version don't have it"


@_rule(ChatCompletionRequest, since=API, api="", droppable=True)
def greedy(request: ChatCompletionRequest, scope: Scope) -> Breaches:
    if request.temperature == 0 and request.top_p not in (None, 1):
        yield ("top_p",), "top_p 1, or none, where temperature is 0"


@_rule(ChatCompletionRequest, since=API, api="")
def streamed(request: ChatCompletionRequest, scope: Scope) -> Breaches:
    if request.stream and request.n not in (None, 1):
        yield ("n",), "1 where the answer is streamed"


@_rule(AssistantMessage, since=API, api="", droppable=True)
def content_and_calls(message: AssistantMessage, scope: Scope) -> Breaches:
    content = message.content or ()
    has_content = isinstance(content, str) or any(
        not isinstance(chunk, TextChunk) or chunk.text for chunk in content
    )
    if not (has_content or message.tool_calls):
        yield (), "content or tool calls"


@_rule(Function, since=API, api="", droppable=True)
def identifiers(function: Function, scope: Scope) -> Breaches:
    return _identifiers(function.parameters, ("parameters",))


def _identifiers(schema: Any, path: Path) -> Breaches:
    fields = schema.items() if isinstance(schema, dict) else ()
    for key, value in enumerate(schema) if isinstance(schema, list) else fields:
        # A property of this name has a schema as its value, not a string.
        if key in ("$schema", "$id") and isinstance(value, str):
            yield (*path, key), "no $schema and no $id"
        elif path[-1] == "properties" or key not in ("const", "default", "enum", "examples"):
            yield from _identifiers(value, (*path, key))


def breaches(
    request: ChatCompletionRequest, version: int, mode: str
) -> Iterator[tuple[Path, str, Rule]]:
    """Yield each breach: its path, a description (or the API's expectation), and the rule."""
    ChatCompletionRequest._check_instance(request)
    last = ("messages", len(request.messages) - 1)
    rules = [
        rule
        for rule in RULES
        if (rule.since <= version < rule.before if version != API else rule.api is not None)
        and mode in rule.modes.split()
    ]
    for items in _items(request):
        scope = Scope(version, mode, items[0][0] == last)
        for rule in rules:
            for path, item in items:
                if isinstance(item, rule.of):
                    for steps, words in rule.find(item, scope):
                        expected = rule.api if version == API else ""
                        yield (*path, *steps), expected or words, rule


def _items(request: ChatCompletionRequest) -> Iterator[list[tuple[Path, object]]]:
    """Yield the items that are checked together, by one rule after the other."""
    yield [((), request)]
    for index, message in enumerate(request.messages):
        calls = _calls(("messages", index), message)
        functions = [((*path, "function"), call.function) for path, call in calls]
        yield [(("messages", index), message), *calls, *functions]
    for index, tool in enumerate(request.tools or ()):
        if isinstance(tool, Tool):
            yield [(("tools", index, "function"), tool.function)]
    yield [(("reasoning_effort",), request.reasoning_effort)]
