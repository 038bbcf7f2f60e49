"""The rules of a conversation: what each asks of which versions, and in which modes.

They are those of mistral_common's validator, in the order in which it asks, and the API's own.
A rule is a function: its docstring says it, it yields each place that breaks it with what is
wrong there, and its decorator has what it is about, what is raised, and what the API expects.

`adapt_request` leaves out what breaks the API's rules where the request can do without it, and
refuses the rest.
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

    Defects = Iterator[tuple[Path, str]]
    Exchange = tuple[list[tuple[Path, ToolCall]], list[tuple[Path, ToolMessage]]]

F = TypeVar("F", bound="Callable[[Any, Where], Defects]")

__all__ = ["API", "RULES", "Rule", "ValidationMode", "breaches", "says_nothing"]


class ValidationMode(StringEnum):
    """The use of a conversation (mistral_common: `ValidationMode`).

    In `serving` the model is to answer it, from `finetuning` it learns, `test` asks less than
    `serving`, and `agnostic` asks nothing that depends on the use.

    >>> ValidationMode("serving")
    <ValidationMode.serving: 'serving'>
    """

    serving = "serving"
    finetuning = "finetuning"
    test = "test"
    agnostic = "agnostic"


API = 100
"""The number of a version that stands for the API itself."""


class Where(NamedTuple):
    """The number of the version, the mode, and whether it is about the last message."""

    version: int
    mode: str
    is_last: bool


class Rule(NamedTuple):
    """One rule, about each item of a type; the places that `find` yields begin at the item."""

    find: Callable[[Any, Where], Defects]
    of: type
    raises: type[e.MistralCommonException] = e.InvalidRequestException
    since: int = 1
    before: int = API
    modes: str = "serving finetuning test agnostic"
    api: str | None = None
    """The expectation of the API; None where it does not have the rule."""
    droppable: bool = False
    """True where a request can do without the places that break it."""


RULES: list[Rule] = []


def _rule(*of_and_raises: Any, **others: Any) -> Callable[[F], F]:
    def add(find: F) -> F:
        RULES.append(Rule(find, *of_and_raises, **others))
        return find

    return add


# -- the request, and its messages as a list


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException)
def message_to_continue(request: ChatCompletionRequest, at: Where) -> Defects:
    """The message that `continue_final_message` continues is the assistant's."""
    if request.continue_final_message and request.messages[-1].role != "assistant":
        yield ("continue_final_message",), "there is no assistant message at the end to continue"


@_rule(ChatCompletionRequest, e.InvalidRequestException, modes="serving")
def model(request: ChatCompletionRequest, at: Where) -> Defects:
    """A request to be served names its model."""
    if request.model is None:
        yield ("model",), "a model must be named"


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException)
def single_message(request: ChatCompletionRequest, at: Where) -> Defects:
    """A single message is the user's or the system's."""
    role = request.messages[0].role
    if len(request.messages) == 1 and role not in ("user", "system"):
        yield ("messages", 0, "role"), f"a single message is user or system, not {role}"


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException, modes="serving finetuning test")
def last_message(request: ChatCompletionRequest, at: Where) -> Defects:
    """The last message to learn from is the assistant's, and whole; of others it is a `prefix`."""
    *_, (last, message) = enumerate(request.messages)
    is_whole = isinstance(message, AssistantMessage) and not message.prefix
    if at.mode != "finetuning":
        if is_whole and last:
            yield ("messages", last), "an assistant message comes last only with prefix"
    elif message.role != "assistant":
        yield ("messages", last, "role"), f"the last message is assistant, not {message.role}"
    elif not is_whole:
        yield ("messages", last, "prefix"), "there is nothing to continue in finetuning"


_NEVER = [("assistant", "system"), ("tool", "system")]
_ORDER = "an assistant message between a tool's and a user's, and no system message after these"


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException, api=_ORDER)
def order(request: ChatCompletionRequest, at: Where) -> Defects:
    """A system message follows only system and user ones, a tool message only the other two.

    For the API a user message doesn't follow a tool's; which answers are astray says another rule.
    """
    never = [("system", "tool"), ("user", "tool")] if at.version != API else [("tool", "user")]
    messages = request.messages
    for index, (before, message) in enumerate(zip(messages, messages[1:]), 1):
        if (before.role, message.role) in _NEVER + never:
            yield ("messages", index, "role"), f"{message.role} can't follow {before.role}"


def _exchanges(request: ChatCompletionRequest, at: Where) -> list[Exchange]:
    """Return the calls of each assistant message, and the answers to them, with their places."""
    # In mistral_common the first message does not count: the first answers have no calls.
    exchanges: list[Exchange] = [([], [])]
    start = 0 if at.version == API else 1
    for index, message in enumerate(request.messages[start:], start):
        if isinstance(message, ToolMessage):
            exchanges[-1][1].append((("messages", index), message))
        elif isinstance(message, AssistantMessage) or at.version == API:
            exchanges.append((_calls(("messages", index), message), []))
    return exchanges


def _calls(place: Path, message: object) -> list[tuple[Path, ToolCall]]:
    calls = message.tool_calls if isinstance(message, AssistantMessage) else None
    return [((*place, "tool_calls", index), call) for index, call in enumerate(calls or ())]


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException, before=11)
def as_many_answers_as_calls(request: ChatCompletionRequest, at: Where) -> Defects:
    """Before the next assistant message there are as many tool messages as calls.

    At the end that holds in `serving`; in `finetuning` there are not more.
    """
    *_, end = exchanges = _exchanges(request, at)
    for exchange in exchanges:
        calls, answers = exchange
        if len(answers) < len(calls) and (exchange is not end or at.mode == "serving"):
            yield calls[0][0][:-1], f"{len(calls)} calls have {len(answers)} answers"
        if exchange is not end or at.mode in ("serving", "finetuning"):
            for place, _ in answers[len(calls) :]:
                yield place, "answers no call: there are more tool messages than calls"


_ANSWERS = "one call with this id, and right after it one tool message with it"


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException, since=11, api=_ANSWERS)
def answers_by_id(request: ChatCompletionRequest, at: Where) -> Defects:
    """A call has an id of its own, and one tool message answers it before the next assistant's.

    After the last one it need be answered in `serving` only.  For the API the answers come right
    after the calls.
    """
    *_, end = exchanges = _exchanges(request, at)
    for exchange in exchanges:
        calls, answers = exchange
        asked: set[str | None] = set()
        for place, call in calls:
            if call.id in asked:
                yield (*place, "id"), f"another call of the message has it: {describe(call.id)}"
            asked.add(call.id)
        answered: set[str | None] = set()
        for place, answer in answers:
            id = answer.tool_call_id
            if id not in asked:
                yield (*place, "tool_call_id"), f"no call before it has this id: {describe(id)}"
            elif id in answered:
                yield (*place, "tool_call_id"), f"the call is answered already: {describe(id)}"
            answered.add(id)
        for place, call in calls:
            if call.id not in answered and (exchange is not end or at.mode == "serving"):
                yield (*place, "id"), f"no tool message answers this call: {describe(call.id)}"


@_rule(ChatCompletionRequest, e.InvalidSystemPromptException, since=7, before=11)
def no_system_prompt_with_audio(request: ChatCompletionRequest, at: Where) -> Defects:
    """Where a user message has audio, there is no system message."""
    users = [message for message in request.messages if isinstance(message, UserMessage)]
    kinds = {kind for message in users for kind in _kinds(message)}
    for index, message in enumerate(request.messages):
        if isinstance(message, SystemMessage) and kinds & {"input_audio", "audio_url"}:
            yield ("messages", index), "no system message goes with audio"


def _kinds(message: ChatMessage) -> list[str]:
    return [chunk.type for chunk in message.content] if isinstance(message.content, list) else []


# -- each message, with its calls, and each tool

_IMAGES = "image image_url"
_AUDIO = "input_audio audio_url"
# The kinds of chunk in a role's messages, from a version on, of those that mistral_common has.
_CHUNKS = {
    "system": {1: "text", 7: "text thinking input_audio", 15: "text input_audio"},
    "user": {1: "text", 3: f"text {_IMAGES}", 7: f"text {_IMAGES} {_AUDIO}"},
    "assistant": {1: "text", 11: "text thinking"},
    "tool": {1: "text", 15: f"text {_IMAGES} {_AUDIO}"},
}
_NAME = "1 to 64 letters, digits, underscores and dashes"
_ID = "an id of nine letters and digits"
_KINDS = {"text", "thinking", *_IMAGES.split(), *_AUDIO.split()}


@_rule(SystemMessage, e.InvalidSystemPromptException)
@_rule(UserMessage, e.InvalidUserMessageException)
@_rule(AssistantMessage, e.InvalidAssistantMessageException)
@_rule(ToolMessage, e.InvalidToolMessageException)
def kinds_of_chunks(message: ChatMessage, at: Where) -> Defects:
    """A message holds the kinds of chunk that the version knows there.

    The API's own, such as documents, are none of mistral_common's concern.
    """
    kinds = _CHUNKS[message.role]
    known = kinds[max(since for since in kinds if since <= at.version)].split()
    for index, kind in enumerate(_kinds(message)):
        if kind in _KINDS and kind not in known:
            words = f"a chunk of a {message.role} message is {any_of(known)}, not {kind}"
            yield ("content", index), words


@_rule(AssistantMessage, e.InvalidAssistantMessageException, before=7)
def content_or_calls(message: AssistantMessage, at: Where) -> Defects:
    """An assistant message has content or calls, and not both."""
    if bool(message.content) == bool(message.tool_calls):
        have = "both" if message.content else "neither"
        yield (), f"an assistant message has either content or tool_calls, not {have}"


@_rule(Function, e.InvalidToolSchemaException)
def schemas_of_tools(function: Function, at: Where) -> Defects:
    """The parameters of a function are a well-formed JSON Schema of draft 7."""
    for problem in schema_problems(dict(function.parameters)):
        words = f"not a JSON Schema: expected {problem.expected}, got {problem.got}"
        yield ("parameters", *problem.path), words


@_rule(FunctionCall, e.InvalidFunctionCallException, api=_NAME)
@_rule(ToolMessage, e.InvalidToolMessageException, api=_NAME, droppable=True)
@_rule(Function, e.InvalidToolException, api=_NAME)
def names(named: FunctionCall | ToolMessage | Function, at: Where) -> Defects:
    """The name of a function is 1 to 64 letters, digits, underscores and dashes of ASCII."""
    if not re.fullmatch("[a-zA-Z0-9_-]{1,64}", "f" if named.name is None else named.name):
        yield ("name",), f"a function's name is {_NAME} of ASCII, not {describe(named.name)}"


@_rule(ToolCall, e.InvalidFunctionCallException, since=3, before=13, api=_ID)
@_rule(ToolMessage, e.InvalidToolMessageException, since=3, before=13)
def ids(item: ToolCall | ToolMessage, at: Where) -> Defects:
    """An id is nine letters and digits; calls of a last message to learn from need none."""
    field = "id" if isinstance(item, ToolCall) else "tool_call_id"
    given = getattr(item, field)
    is_open = at.is_last and at.mode in ("finetuning", "agnostic")
    needs_none = is_open and field == "id" and given == NO_ID
    if given is not None and not needs_none and not is_call_id(given):
        yield (field,), f"{_ID} of ASCII is needed, not {describe(given)}"


@_rule(ToolCall, e.InvalidFunctionCallException, since=13)
@_rule(ToolMessage, e.InvalidToolMessageException, since=13)
def ids_of_any_form(item: ToolCall | ToolMessage, at: Where) -> Defects:
    """A call has an id, and so has its answer, of whatever form."""
    field = "id" if isinstance(item, ToolCall) else "tool_call_id"
    if getattr(item, field) in (None, *MISSING_IDS):
        yield (field,), "the id of the call is needed"


@_rule(FinetuningAssistantMessage, e.InvalidAssistantMessageException, modes="finetuning agnostic")
def weight(message: FinetuningAssistantMessage, at: Where) -> Defects:
    """The weight of a message to learn from is 0 or 1."""
    if message.weight not in (None, 0, 1):
        yield ("weight",), f"a weight is 0 or 1, not {describe(message.weight)}"


@_rule(AssistantMessage, e.InvalidAssistantMessageException)
def prefix_at_the_end(message: AssistantMessage, at: Where) -> Defects:
    """Only the last message is a `prefix`."""
    if message.prefix and not at.is_last:
        yield ("prefix",), "only the last message can be a prefix"


@_rule(ToolMessage, e.InvalidRequestException, since=3, before=13)
def an_id_in_each_answer(message: ToolMessage, at: Where) -> Defects:
    """A tool message has the id of a call."""
    if message.tool_call_id is None:
        yield ("tool_call_id",), "the id of the call is needed"


@_rule(str, e.InvalidRequestException, before=15)
def reasoning_effort(effort: str, at: Where) -> Defects:
    """A request sets no `reasoning_effort`."""
    yield (), "models of this version don't have it"


# -- the API alone


@_rule(
    ChatCompletionRequest, since=API, api="top_p 1, or none, where temperature is 0", droppable=True
)
def greedy(request: ChatCompletionRequest, at: Where) -> Defects:
    """A temperature of 0 goes with no `top_p` but 1."""
    if request.temperature == 0 and request.top_p not in (None, 1):
        yield ("top_p",), ""


@_rule(ChatCompletionRequest, since=API, api="1 where the answer is streamed")
def streamed(request: ChatCompletionRequest, at: Where) -> Defects:
    """One answer is streamed, not several."""
    if request.stream and request.n not in (None, 1):
        yield ("n",), ""


@_rule(AssistantMessage, since=API, api="content or tool calls", droppable=True)
def content_and_calls(message: AssistantMessage, at: Where) -> Defects:
    """An assistant message has content, or calls, or both."""
    if says_nothing(message):
        yield (), ""


def says_nothing(message: AssistantMessage) -> bool:
    """Return whether a message has neither content nor calls."""
    content = message.content or ()
    has_words = isinstance(content, str) or any(
        not isinstance(chunk, TextChunk) or chunk.text for chunk in content
    )
    return not (has_words or message.tool_calls)


@_rule(Function, since=API, api="no $schema and no $id", droppable=True)
def identifiers(function: Function, at: Where) -> Defects:
    """The parameters of a function are a schema without identifiers."""
    yield from _identifiers(function.parameters, ("parameters",))


def _identifiers(schema: Any, place: Path) -> Defects:
    fields = schema.items() if isinstance(schema, dict) else ()
    for key, value in enumerate(schema) if isinstance(schema, list) else fields:
        # A property of this name has a schema for a value, and no string.
        if key in ("$schema", "$id") and isinstance(value, str):
            yield (*place, key), ""
        elif place[-1] == "properties" or key not in ("const", "default", "enum", "examples"):
            yield from _identifiers(value, (*place, key))


def breaches(
    request: ChatCompletionRequest, version: int, mode: str
) -> Iterator[tuple[Path, str, Rule]]:
    """Yield each place that breaks a rule of a version, or of the API, and what is wrong there.

    The order is that in which mistral_common asks.
    """
    ChatCompletionRequest._check_instance(request)
    last = ("messages", len(request.messages) - 1)
    rules = [
        rule
        for rule in RULES
        if (rule.api if version == API else rule.since <= version < rule.before)
        and mode in rule.modes.split()
    ]
    for items in _items(request):
        at = Where(version, mode, items[0][0] == last)
        for rule in rules:
            for place, item in items:
                if isinstance(item, rule.of):
                    for steps, words in rule.find(item, at):
                        yield (*place, *steps), words, rule


def _items(request: ChatCompletionRequest) -> Iterator[list[tuple[Path, object]]]:
    """Return the items that are asked about together: all by one rule, then by the next."""
    yield [((), request)]
    for index, message in enumerate(request.messages):
        calls = _calls(("messages", index), message)
        called = [((*place, "function"), call.function) for place, call in calls]
        yield [(("messages", index), message), *calls, *called]
    for index, tool in enumerate(request.tools or ()):
        if isinstance(tool, Tool):
            yield [(("tools", index, "function"), tool.function)]
    yield [(("reasoning_effort",), request.reasoning_effort)]
