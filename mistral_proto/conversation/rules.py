"""The rules of a conversation, in one table: what is asked, of which versions, in which modes.

They are those of mistral_common's validator.  Where a function of `defects`
is named, it finds the places that break the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..checks import StringEnum
from ..protocol.instruct import TokenizerVersion
from . import defects
from .exceptions import (
    InvalidAssistantMessageException,
    InvalidFunctionCallException,
    InvalidMessageStructureException,
    InvalidRequestException,
    InvalidSystemPromptException,
    InvalidToolException,
    InvalidToolMessageException,
    InvalidToolSchemaException,
    MistralCommonException,
)

if TYPE_CHECKING:
    from ..errors import Path
    from ..protocol.request import ChatCompletionRequest
    from .defects import Defect

__all__ = ["RULES", "Part", "Rule", "ValidationMode", "broken_rules"]


class ValidationMode(StringEnum):
    """What a conversation is for (mistral_common: `ValidationMode`).

    In `serving` the model is to answer it, from `finetuning` it learns, and
    `test` asks the least.

    >>> ValidationMode("serving")
    <ValidationMode.serving: 'serving'>
    """

    serving = "serving"
    finetuning = "finetuning"
    test = "test"


class Part(StringEnum):
    """The parts of a request, in the order in which they are asked about."""

    request = "request"
    message_list = "message_list"
    each_message = "each_message"
    each_tool = "each_tool"
    settings = "settings"


MESSAGES = (Part.message_list, Part.each_message)
"""The parts that need no request around the messages."""

_ITEM_BY_ITEM = (Part.each_message, Part.each_tool)

_ALL = tuple(TokenizerVersion)
_SERVING = (ValidationMode.serving,)
_FINETUNING = (ValidationMode.finetuning,)
_NOT_FINETUNING = (ValidationMode.serving, ValidationMode.test)


def _since(version: TokenizerVersion) -> tuple[TokenizerVersion, ...]:
    return _ALL[_ALL.index(version) :]


def _before(version: TokenizerVersion) -> tuple[TokenizerVersion, ...]:
    return _ALL[: _ALL.index(version)]


@dataclass(frozen=True)
class Rule:
    """One rule: what it says, and what is raised where it is broken.

    `find` yields each place that breaks it, with what is wrong there.  The rule
    holds for the `versions` and in the `modes` that are named.
    """

    name: str
    doc: str
    part: Part
    raises: type[MistralCommonException]
    find: Callable[[ChatCompletionRequest], Iterable[Defect]]
    versions: Collection[TokenizerVersion] = _ALL
    modes: Collection[ValidationMode] = tuple(ValidationMode)


# In the order in which mistral_common asks.
RULES: tuple[Rule, ...] = (
    Rule(
        "model",
        "A request to be served names its model.",
        Part.request,
        InvalidRequestException,
        defects.no_model,
        modes=_SERVING,
    ),
    Rule(
        "not empty",
        "There is at least one message.",
        Part.message_list,
        InvalidMessageStructureException,
        defects.no_messages,
    ),
    Rule(
        "single message",
        "A single message is the user's or the system's.",
        Part.message_list,
        InvalidMessageStructureException,
        defects.single_message,
    ),
    Rule(
        "last message to learn from",
        "The last message is the assistant's.",
        Part.message_list,
        InvalidMessageStructureException,
        defects.last_is_no_assistant,
        modes=_FINETUNING,
    ),
    Rule(
        "nothing continued in finetuning",
        "The last message is whole: `continue_final_message` is not set.",
        Part.message_list,
        InvalidMessageStructureException,
        defects.continues,
        modes=_FINETUNING,
    ),
    Rule(
        "last message to answer",
        "Of several messages the last is not the assistant's, unless it is a `prefix` or is to be "
        "continued.",
        Part.message_list,
        InvalidMessageStructureException,
        defects.last_is_finished,
        modes=_NOT_FINETUNING,
    ),
    Rule(
        "message to continue",
        "Of several messages the last, if it is to be continued, is the assistant's and no "
        "`prefix`.",
        Part.message_list,
        InvalidMessageStructureException,
        defects.nothing_to_continue,
        modes=_NOT_FINETUNING,
    ),
    Rule(
        "calls to learn from",
        "The calls of the last message, which are asked about first, have well-formed ids and "
        "names.",
        Part.message_list,
        InvalidFunctionCallException,
        defects.last_calls_malformed,
        versions=_since(TokenizerVersion.v3),
        modes=_FINETUNING,
    ),
    Rule(
        "order",
        "No system message follows an assistant or tool message, no user message follows a tool "
        "message, and a tool message follows only an assistant or tool message.",
        Part.message_list,
        InvalidMessageStructureException,
        defects.order,
    ),
    Rule(
        "as many answers as calls",
        "Up to the next assistant message there are as many tool messages as calls.",
        Part.message_list,
        InvalidMessageStructureException,
        defects.answers_miscounted,
        versions=_before(TokenizerVersion.v11),
    ),
    Rule(
        "no call without an answer at the end",
        "After the last assistant message there are not fewer tool messages than calls.",
        Part.message_list,
        InvalidMessageStructureException,
        defects.answers_missing_at_the_end,
        versions=_before(TokenizerVersion.v11),
        modes=_SERVING,
    ),
    Rule(
        "no answer without a call at the end",
        "After the last assistant message there are not more tool messages than calls.",
        Part.message_list,
        InvalidMessageStructureException,
        defects.answers_left_over_at_the_end,
        versions=_before(TokenizerVersion.v11),
        modes=(ValidationMode.serving, ValidationMode.finetuning),
    ),
    Rule(
        "an id of its own for each call",
        "No two calls of a message have the same id.",
        Part.message_list,
        InvalidMessageStructureException,
        defects.call_ids_repeated,
        versions=_since(TokenizerVersion.v11),
    ),
    Rule(
        "answers by id",
        "A tool message answers a call of the assistant message before it that no other answers.",
        Part.message_list,
        InvalidMessageStructureException,
        defects.answers_astray,
        versions=_since(TokenizerVersion.v11),
    ),
    Rule(
        "every call answered",
        "Each call is answered before the next assistant message.",
        Part.message_list,
        InvalidMessageStructureException,
        defects.calls_unanswered,
        versions=_since(TokenizerVersion.v11),
    ),
    Rule(
        "every call answered at the end",
        "Each call of the last assistant message is answered.",
        Part.message_list,
        InvalidMessageStructureException,
        defects.calls_unanswered_at_the_end,
        versions=_since(TokenizerVersion.v11),
        modes=_SERVING,
    ),
    Rule(
        "no system prompt with audio",
        "Where a user message has audio, there is no system message.",
        Part.message_list,
        InvalidSystemPromptException,
        defects.system_beside_audio,
        versions=(TokenizerVersion.v7,),
    ),
    Rule(
        "content or calls",
        "An assistant message has content or calls, and not both.",
        Part.each_message,
        InvalidAssistantMessageException,
        defects.content_and_calls,
        versions=_before(TokenizerVersion.v7),
    ),
    Rule(
        "ids of calls",
        'The id of a call, unless it is "null" for none, is nine letters and digits.',
        Part.each_message,
        InvalidFunctionCallException,
        defects.call_ids_malformed,
        versions=_since(TokenizerVersion.v3),
    ),
    Rule(
        "an id for each call but the last message's",
        "A call has an id, unless it is in the last message.",
        Part.each_message,
        InvalidFunctionCallException,
        defects.calls_without_id_before_the_last,
        versions=_since(TokenizerVersion.v3),
        modes=_FINETUNING,
    ),
    Rule(
        "an id for each call",
        "A call has an id.",
        Part.each_message,
        InvalidFunctionCallException,
        defects.calls_without_id,
        versions=_since(TokenizerVersion.v3),
        modes=_SERVING,
    ),
    Rule(
        "names of called functions",
        "The name in a call is 1 to 64 letters, digits, underscores and dashes.",
        Part.each_message,
        InvalidFunctionCallException,
        defects.called_names_malformed,
    ),
    Rule(
        "weight",
        "The weight of a `FinetuningAssistantMessage` is 0 or 1.",
        Part.each_message,
        InvalidAssistantMessageException,
        defects.weights,
        modes=_FINETUNING,
    ),
    Rule(
        "prefix at the end",
        "Only the last message is a `prefix`.",
        Part.each_message,
        InvalidAssistantMessageException,
        defects.prefix_before_the_last,
    ),
    Rule(
        "names of answering functions",
        "The name in a tool message, if any, is one that a function can have.",
        Part.each_message,
        InvalidToolMessageException,
        defects.answering_names_malformed,
    ),
    Rule(
        "an id for each answer",
        "A tool message has the id of a call.",
        Part.each_message,
        InvalidRequestException,
        defects.answers_without_id,
        versions=_since(TokenizerVersion.v3),
    ),
    Rule(
        "ids of answers",
        "The id in a tool message is nine letters and digits.",
        Part.each_message,
        InvalidToolMessageException,
        defects.answered_ids_malformed,
        versions=_since(TokenizerVersion.v3),
    ),
    Rule(
        "schemas of tools",
        "The parameters of a function are a well-formed JSON Schema of draft 7.",
        Part.each_tool,
        InvalidToolSchemaException,
        defects.tool_schemas,
    ),
    Rule(
        "names of tools",
        "The name of a function is 1 to 64 letters, digits, underscores and dashes.",
        Part.each_tool,
        InvalidToolException,
        defects.tool_names,
    ),
    Rule(
        "reasoning effort",
        "A request sets no `reasoning_effort`.",
        Part.settings,
        InvalidRequestException,
        defects.reasoning_effort,
        versions=_before(TokenizerVersion.v15),
    ),
)


def broken_rules(
    request: ChatCompletionRequest,
    version: TokenizerVersion,
    mode: ValidationMode,
    parts: Collection[Part] = tuple(Part),
) -> Iterator[MistralCommonException]:
    """Every place of these parts that breaks a rule, in the order in which mistral_common asks.

    That is rule by rule for the list of messages, and message by message, or
    tool by tool, for what each of them must be.

    >>> from mistral_proto import ChatCompletionRequest, UserMessage
    >>> request = ChatCompletionRequest(messages=[UserMessage(content="Hi")])
    >>> for error in broken_rules(request, TokenizerVersion.v15, ValidationMode.serving):
    ...     print(repr(error))
    InvalidRequestException('a model must be named', ('model',))
    """
    told: set[tuple[Path, str]] = set()
    for part in Part:
        if part not in parts:
            continue
        found = [
            (rule, path, message)
            for rule in RULES
            if rule.part is part and version in rule.versions and mode in rule.modes
            for path, message in rule.find(request)
        ]
        if part in _ITEM_BY_ITEM:
            found.sort(key=lambda defect: defect[1][1])
        for rule, path, message in found:
            # Two rules may look at the same calls.
            if (path, message) not in told:
                told.add((path, message))
                yield rule.raises(message, path)
