"""The rules of a conversation: what each asks of which versions, and in which modes.

They are those of mistral_common's validator, in the order in which it asks.  A rule is a
function: its docstring says it, it yields each place that breaks it with what is wrong there,
and its decorator has what it is about and what is raised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ..checks import StringEnum, any_of
from ..errors import describe
from ..protocol.instruct import TokenizerVersion
from ..protocol.messages import (
    AssistantMessage,
    ChatMessage,
    FinetuningAssistantMessage,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from ..protocol.request import ChatCompletionRequest
from ..protocol.tool_calls import NO_ID, NO_IDS, Function, FunctionCall, Tool, ToolCall, is_call_id
from . import exceptions as e
from .tool_schema import schema_problems

if TYPE_CHECKING:
    from ..errors import Path

    Defects = Iterator[tuple[Path, str]]

F = TypeVar("F", bound="Callable[[Any, Where], Defects]")

__all__ = ["RULES", "Rule", "ValidationMode", "broken_rules"]


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


class Where(NamedTuple):
    """The number of the version, the mode, and whether it is about the last message."""

    version: int
    mode: ValidationMode
    is_last: bool


class Rule(NamedTuple):
    """One rule, about each item of a type; the places that `find` yields begin at the item."""

    of: type
    find: Callable[[Any, Where], Defects]
    raises: type[e.MistralCommonException]
    versions: Collection[int]
    modes: Collection[str]


RULES: list[Rule] = []


def _rule(
    of: type,
    raises: type[e.MistralCommonException],
    *,
    since: int = 1,
    before: int = 100,
    modes: str = "serving finetuning test agnostic",
) -> Callable[[F], F]:
    def add(find: F) -> F:
        RULES.append(Rule(of, find, raises, range(since, before), modes.split()))
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


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException, modes="finetuning")
def last_message_to_learn_from(request: ChatCompletionRequest, at: Where) -> Defects:
    """The last message is the assistant's, and is whole."""
    last = len(request.messages) - 1
    message = request.messages[last]
    if not isinstance(message, AssistantMessage):
        yield ("messages", last, "role"), f"the last message is assistant, not {message.role}"
    elif message.prefix:
        yield ("messages", last, "prefix"), "there is nothing to continue in finetuning"


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException, modes="serving test")
def last_message_to_answer(request: ChatCompletionRequest, at: Where) -> Defects:
    """The last of several messages is not the assistant's, unless it is a `prefix`."""
    last = len(request.messages) - 1
    message = request.messages[last]
    if last and isinstance(message, AssistantMessage) and not message.prefix:
        yield ("messages", last), "an assistant message comes last only with prefix"


_NOT_AFTER = {"system": ("assistant", "tool"), "tool": ("system", "user")}


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException)
def order(request: ChatCompletionRequest, at: Where) -> Defects:
    """A system message follows only system and user ones, a tool message only the other two."""
    messages = request.messages
    for index, (before, message) in enumerate(zip(messages, messages[1:]), 1):
        if before.role in _NOT_AFTER.get(message.role, ()):
            yield ("messages", index, "role"), f"{message.role} can't follow {before.role}"


class _Exchange(NamedTuple):
    """The calls of an assistant message, and the answers to them, with their places."""

    calls: list[tuple[Path, ToolCall]]
    answers: list[tuple[Path, ToolMessage]]


def _exchanges(request: ChatCompletionRequest) -> list[_Exchange]:
    # As in mistral_common the first message does not count: the first answers have no calls.
    exchanges = [_Exchange([], [])]
    for index, message in enumerate(request.messages[1:], 1):
        if isinstance(message, AssistantMessage):
            exchanges.append(_Exchange(_calls(("messages", index), message), []))
        elif isinstance(message, ToolMessage):
            exchanges[-1].answers.append((("messages", index), message))
    return exchanges


def _calls(place: Path, message: object) -> list[tuple[Path, ToolCall]]:
    calls = message.tool_calls if isinstance(message, AssistantMessage) else None
    return [((*place, "tool_calls", index), call) for index, call in enumerate(calls or ())]


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException, before=11)
def as_many_answers_as_calls(request: ChatCompletionRequest, at: Where) -> Defects:
    """Before the next assistant message there are as many tool messages as calls.

    At the end that holds in `serving`; in `finetuning` there are not more.
    """
    *_, end = exchanges = _exchanges(request)
    for exchange in exchanges:
        calls, answers = exchange
        if len(answers) < len(calls) and (exchange is not end or at.mode == "serving"):
            yield calls[0][0][:-1], f"{len(calls)} calls have {len(answers)} answers"
        if exchange is not end or at.mode in ("serving", "finetuning"):
            for place, _ in answers[len(calls) :]:
                yield place, "answers no call: there are more tool messages than calls"


@_rule(ChatCompletionRequest, e.InvalidMessageStructureException, since=11)
def answers_by_id(request: ChatCompletionRequest, at: Where) -> Defects:
    """A call has an id of its own, and one tool message answers it before the next assistant's.

    After the last one it need be answered in `serving` only.
    """
    *_, end = exchanges = _exchanges(request)
    for exchange in exchanges:
        asked: set[str | None] = set()
        for place, call in exchange.calls:
            if call.id in asked:
                yield (*place, "id"), f"another call of the message has it: {describe(call.id)}"
            asked.add(call.id)
        answered: set[str | None] = set()
        for place, answer in exchange.answers:
            id = answer.tool_call_id
            if id not in asked:
                yield (*place, "tool_call_id"), f"no call before it has this id: {describe(id)}"
            elif id in answered:
                yield (*place, "tool_call_id"), f"the call is answered already: {describe(id)}"
            answered.add(id)
        for place, call in exchange.calls:
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


@_rule(FunctionCall, e.InvalidFunctionCallException)
@_rule(ToolMessage, e.InvalidToolMessageException)
@_rule(Function, e.InvalidToolException)
def names(named: FunctionCall | ToolMessage | Function, at: Where) -> Defects:
    """The name of a function is 1 to 64 letters, digits, underscores and dashes of ASCII."""
    if not re.fullmatch("[a-zA-Z0-9_-]{1,64}", "f" if named.name is None else named.name):
        words = "a function's name is 1 to 64 letters, digits, underscores and dashes of ASCII"
        yield ("name",), f"{words}, not {describe(named.name)}"


@_rule(ToolCall, e.InvalidFunctionCallException, since=3, before=13)
def ids_of_calls(call: ToolCall, at: Where) -> Defects:
    """The id of a call is nine letters and digits; a last message to learn from needs none."""
    if call.id != NO_ID:
        yield from _id("id", call.id)
    elif not at.is_last or at.mode in ("serving", "test"):
        yield ("id",), "the call needs an id"


@_rule(ToolCall, e.InvalidFunctionCallException, since=13)
def an_id_for_each_call(call: ToolCall, at: Where) -> Defects:
    """A call has an id, of whatever form."""
    if call.id in NO_IDS:
        yield ("id",), "the call needs an id"


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
        yield ("tool_call_id",), "a tool message needs the id of the call"


@_rule(ToolMessage, e.InvalidToolMessageException, since=3, before=13)
def ids_of_answers(message: ToolMessage, at: Where) -> Defects:
    """The id in a tool message is nine letters and digits."""
    if message.tool_call_id is not None:
        yield from _id("tool_call_id", message.tool_call_id)


@_rule(ToolMessage, e.InvalidToolMessageException, since=13)
def an_id_for_each_answer(message: ToolMessage, at: Where) -> Defects:
    """A tool message has the id of a call, of whatever form."""
    if message.tool_call_id in (None, *NO_IDS):
        yield ("tool_call_id",), "a tool message needs the id of the call"


def _id(field: str, given: str) -> Defects:
    if not is_call_id(given):
        yield (field,), f"an id is nine letters and digits of ASCII, not {describe(given)}"


@_rule(str, e.InvalidRequestException, before=15)
def reasoning_effort(effort: str, at: Where) -> Defects:
    """A request sets no `reasoning_effort`."""
    yield (), "models of this version don't have it"


def broken_rules(
    request: ChatCompletionRequest, version: TokenizerVersion, mode: ValidationMode
) -> Iterator[e.MistralCommonException]:
    """Return every breach of a rule, in the order in which mistral_common asks.

    >>> from mistral_proto import ChatCompletionRequest, UserMessage
    >>> request = ChatCompletionRequest(messages=[UserMessage(content="Hi")])
    >>> for error in broken_rules(request, TokenizerVersion.v15, ValidationMode.serving):
    ...     print(repr(error))
    InvalidRequestException('a model must be named', ('model',))
    """
    last = ("messages", len(request.messages) - 1)
    rules = [rule for rule in RULES if version.version_num in rule.versions and mode in rule.modes]
    for items in _items(request):
        at = Where(version.version_num, mode, items[0][0] == last)
        for rule in rules:
            for place, item in items:
                if isinstance(item, rule.of):
                    for steps, words in rule.find(item, at):
                        yield rule.raises(words, (*place, *steps))


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
