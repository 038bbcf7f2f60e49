"""Where a request breaks a rule of its conversation: a small function for each rule.

Each yields the places and what is wrong there.  Which versions and modes it is
asked for, and what it then raises, stands in the table of `rules`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..errors import describe
from ..protocol.chunk import AudioChunk, AudioURLChunk
from ..protocol.messages import (
    AssistantMessage,
    FinetuningAssistantMessage,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from ..protocol.tool_calls import NO_ID, Tool, is_call_id
from .tool_schema import schema_problems

if TYPE_CHECKING:
    from ..errors import Path
    from ..protocol.request import ChatCompletionRequest
    from ..protocol.tool_calls import ToolCall

    Defect = tuple[Path, str]

_FUNCTION_NAME = re.compile("[a-zA-Z0-9_-]{1,64}")

_MAY_FOLLOW = {
    "system": ("system", "user", "assistant"),
    "user": ("system", "user", "assistant"),
    "assistant": ("user", "assistant", "tool"),
    "tool": ("assistant", "tool"),
}


# -- the request


def no_model(request: ChatCompletionRequest) -> Iterator[Defect]:
    if request.model is None:
        yield ("model",), "a model must be named"


def reasoning_effort(request: ChatCompletionRequest) -> Iterator[Defect]:
    if request.reasoning_effort is not None:
        yield ("reasoning_effort",), "models of this version don't have it"


# -- the messages as a list


def no_messages(request: ChatCompletionRequest) -> Iterator[Defect]:
    if not request.messages:
        yield ("messages",), "a conversation has at least one message"


def single_message(request: ChatCompletionRequest) -> Iterator[Defect]:
    messages = request.messages
    if len(messages) == 1 and messages[0].role not in ("user", "system"):
        yield ("messages", 0, "role"), f"a single message is user or system, not {messages[0].role}"


def last_is_no_assistant(request: ChatCompletionRequest) -> Iterator[Defect]:
    for index, message in list(enumerate(request.messages))[-1:]:
        if message.role != "assistant":
            yield ("messages", index, "role"), f"the last message is assistant, not {message.role}"


def continues(request: ChatCompletionRequest) -> Iterator[Defect]:
    if request.continue_final_message:
        yield ("continue_final_message",), "there is nothing to continue in finetuning"


def last_is_finished(request: ChatCompletionRequest) -> Iterator[Defect]:
    index = len(request.messages) - 1
    if index < 1 or request.continue_final_message:
        return
    last = request.messages[index]
    if isinstance(last, AssistantMessage) and not last.prefix:
        yield (
            ("messages", index),
            "an assistant message comes last only with prefix or continue_final_message",
        )


def nothing_to_continue(request: ChatCompletionRequest) -> Iterator[Defect]:
    index = len(request.messages) - 1
    if index < 1 or not request.continue_final_message:
        return
    last = request.messages[index]
    if not isinstance(last, AssistantMessage) or last.prefix:
        what = "one with prefix" if last.role == "assistant" else last.role
        yield (
            ("continue_final_message",),
            f"continues an assistant message without prefix, but the last one is {what}",
        )


def order(request: ChatCompletionRequest) -> Iterator[Defect]:
    messages = request.messages
    for index, (before, message) in enumerate(zip(messages, messages[1:]), 1):
        if message.role not in _MAY_FOLLOW[before.role]:
            yield ("messages", index, "role"), f"{message.role} can't follow {before.role}"


def system_beside_audio(request: ChatCompletionRequest) -> Iterator[Defect]:
    audio = [
        index
        for index, message in enumerate(request.messages)
        if isinstance(message, UserMessage)
        and isinstance(message.content, list)
        and any(isinstance(chunk, (AudioChunk, AudioURLChunk)) for chunk in message.content)
    ]
    for index, message in enumerate(request.messages):
        if audio and isinstance(message, SystemMessage):
            yield ("messages", index), f"no system message goes with audio (messages[{audio[0]}])"


# -- calls and their answers


class _Exchange:
    """The calls of an assistant message, and the tool messages up to the next one."""

    def __init__(self, place: Path, calls: Sequence[ToolCall]) -> None:
        self.place = place
        self.calls = calls
        self.answers: list[tuple[Path, ToolMessage]] = []


def _exchanges(request: ChatCompletionRequest) -> list[_Exchange]:
    """All of them, also one without a call before the first assistant message.

    mistral_common passes over the first message, whatever it is.
    """
    exchanges = [_Exchange(("messages", 0), ())]
    for index, message in enumerate(request.messages[1:], 1):
        if isinstance(message, AssistantMessage):
            exchanges.append(_Exchange(("messages", index), message.tool_calls or ()))
        elif isinstance(message, ToolMessage):
            exchanges[-1].answers.append((("messages", index), message))
    return exchanges


def answers_miscounted(request: ChatCompletionRequest) -> Iterator[Defect]:
    for exchange in _exchanges(request)[:-1]:
        yield from _too_few(exchange)
        yield from _too_many(exchange)


def answers_missing_at_the_end(request: ChatCompletionRequest) -> Iterator[Defect]:
    yield from _too_few(_exchanges(request)[-1])


def answers_left_over_at_the_end(request: ChatCompletionRequest) -> Iterator[Defect]:
    yield from _too_many(_exchanges(request)[-1])


def _too_few(exchange: _Exchange) -> Iterator[Defect]:
    calls, answers = len(exchange.calls), len(exchange.answers)
    if answers < calls:
        yield (*exchange.place, "tool_calls"), f"{calls} calls have {answers} answers"


def _too_many(exchange: _Exchange) -> Iterator[Defect]:
    for place, _ in exchange.answers[len(exchange.calls) :]:
        yield place, "answers no call: there are more tool messages than calls"


def call_ids_repeated(request: ChatCompletionRequest) -> Iterator[Defect]:
    for exchange in _exchanges(request):
        seen: set[str] = set()
        for index, call in enumerate(exchange.calls):
            if call.id in seen:
                place = (*exchange.place, "tool_calls", index, "id")
                yield place, f"another call of the message has it, too: {describe(call.id)}"
            seen.add(call.id)


def answers_astray(request: ChatCompletionRequest) -> Iterator[Defect]:
    for exchange in _exchanges(request):
        asked = {call.id for call in exchange.calls}
        answered: set[str] = set()
        for place, answer in exchange.answers:
            told = answer.tool_call_id
            if told not in asked:
                yield (*place, "tool_call_id"), f"no call before it has this id: {describe(told)}"
            elif told in answered:
                yield (*place, "tool_call_id"), f"the call is answered already: {describe(told)}"
            else:
                answered.add(told)


def calls_unanswered(request: ChatCompletionRequest) -> Iterator[Defect]:
    for exchange in _exchanges(request)[:-1]:
        yield from _unanswered(exchange)


def calls_unanswered_at_the_end(request: ChatCompletionRequest) -> Iterator[Defect]:
    yield from _unanswered(_exchanges(request)[-1])


def _unanswered(exchange: _Exchange) -> Iterator[Defect]:
    answered = {answer.tool_call_id for _, answer in exchange.answers}
    for index, call in enumerate(exchange.calls):
        if call.id not in answered:
            place = (*exchange.place, "tool_calls", index, "id")
            yield place, f"no tool message answers the call {describe(call.id)}"


# -- each message


def _assistants(request: ChatCompletionRequest) -> Iterator[tuple[int, AssistantMessage]]:
    for index, message in enumerate(request.messages):
        if isinstance(message, AssistantMessage):
            yield index, message


def _calls(request: ChatCompletionRequest) -> Iterator[tuple[Path, ToolCall]]:
    for index, message in _assistants(request):
        for number, call in enumerate(message.tool_calls or ()):
            yield ("messages", index, "tool_calls", number), call


def _answers(request: ChatCompletionRequest) -> Iterator[tuple[Path, ToolMessage]]:
    for index, message in enumerate(request.messages):
        if isinstance(message, ToolMessage):
            yield ("messages", index), message


def content_and_calls(request: ChatCompletionRequest) -> Iterator[Defect]:
    for index, message in _assistants(request):
        if bool(message.content) == bool(message.tool_calls):
            have = "both" if message.content else "neither"
            yield (
                ("messages", index),
                f"an assistant message has either content or tool_calls, not {have}",
            )


def last_calls_malformed(request: ChatCompletionRequest) -> Iterator[Defect]:
    last = ("messages", len(request.messages) - 1)
    for find in (call_ids_malformed, called_names_malformed):
        yield from (defect for defect in find(request) if defect[0][:2] == last)


def call_ids_malformed(request: ChatCompletionRequest) -> Iterator[Defect]:
    for place, call in _calls(request):
        if call.id != NO_ID and not is_call_id(call.id):
            yield (*place, "id"), _not_an_id(call.id)


def calls_without_id(request: ChatCompletionRequest) -> Iterator[Defect]:
    for place, call in _calls(request):
        if call.id == NO_ID:
            yield (*place, "id"), "the call needs an id"


def calls_without_id_before_the_last(request: ChatCompletionRequest) -> Iterator[Defect]:
    last = len(request.messages) - 1
    for place, message in calls_without_id(request):
        if place[1] != last:
            yield place, f"{message}, unless it is in the last message"


def called_names_malformed(request: ChatCompletionRequest) -> Iterator[Defect]:
    for place, call in _calls(request):
        if not _FUNCTION_NAME.fullmatch(call.function.name):
            yield (*place, "function", "name"), _not_a_name(call.function.name)


def weights(request: ChatCompletionRequest) -> Iterator[Defect]:
    for index, message in _assistants(request):
        if isinstance(message, FinetuningAssistantMessage):
            if message.weight not in (None, 0, 1):
                yield (
                    ("messages", index, "weight"),
                    f"a weight is 0 or 1, not {describe(message.weight)}",
                )


def prefix_before_the_last(request: ChatCompletionRequest) -> Iterator[Defect]:
    for index, message in _assistants(request):
        if message.prefix and index != len(request.messages) - 1:
            yield ("messages", index, "prefix"), "only the last message can be a prefix"


def answering_names_malformed(request: ChatCompletionRequest) -> Iterator[Defect]:
    for place, answer in _answers(request):
        if answer.name is not None and not _FUNCTION_NAME.fullmatch(answer.name):
            yield (*place, "name"), _not_a_name(answer.name)


def answers_without_id(request: ChatCompletionRequest) -> Iterator[Defect]:
    for place, answer in _answers(request):
        if answer.tool_call_id is None:
            yield (*place, "tool_call_id"), "a tool message needs the id of the call"


def answered_ids_malformed(request: ChatCompletionRequest) -> Iterator[Defect]:
    for place, answer in _answers(request):
        if answer.tool_call_id is not None and not is_call_id(answer.tool_call_id):
            yield (*place, "tool_call_id"), _not_an_id(answer.tool_call_id)


def _not_an_id(given: str) -> str:
    return f"an id is nine letters and digits of ASCII, not {describe(given)}"


def _not_a_name(given: str) -> str:
    return (
        "a function's name is 1 to 64 letters, digits, underscores and dashes of ASCII, "
        f"not {describe(given)}"
    )


# -- each tool


def tool_schemas(request: ChatCompletionRequest) -> Iterator[Defect]:
    for index, tool in enumerate(request.tools or ()):
        if isinstance(tool, Tool):
            place = ("tools", index, "function", "parameters")
            for problem in schema_problems(dict(tool.function.parameters)):
                yield (
                    (*place, *problem.path),
                    f"not a JSON Schema: expected {problem.expected}, got {problem.got}",
                )


def tool_names(request: ChatCompletionRequest) -> Iterator[Defect]:
    for index, tool in enumerate(request.tools or ()):
        if isinstance(tool, Tool) and not _FUNCTION_NAME.fullmatch(tool.function.name):
            yield ("tools", index, "function", "name"), _not_a_name(tool.function.name)
