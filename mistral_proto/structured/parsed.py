"""Answers whose content was read as a type of the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from .. import json_text
from ..checks import AnyPython, fail_at
from ..errors import ParsedContentError, ValidationError, describe
from ..fields import field
from ..protocol.messages import AssistantMessage, DeltaMessage
from ..protocol.request import JsonSchema, ResponseFormat, ResponseFormats
from ..protocol.response import ChatCompletionResponse, ChatCompletionResponseChoice, FinishReason
from ..schema.definitions import Definitions
from ..wire import Extra, WireType, wire_type
from .checks import read_document
from .walk import record_of

W = TypeVar("W", bound=WireType)
T = TypeVar("T")

__all__ = [
    "ParsedAssistantMessage",
    "ParsedChatCompletionChoice",
    "ParsedChatCompletionResponse",
    "parsed_response",
    "read_json",
    "response_format_from_type",
]

_CUT_SHORT = (FinishReason.length, FinishReason.model_length)


@wire_type
class ParsedAssistantMessage(AssistantMessage, Generic[T]):
    """A message whose content was read as the caller's type (SDK: same name).

    `parsed` is None where there is no content to read, as in a message that
    calls tools.  It is not on the wire: `to_dict` has the content.

    >>> message = ParsedAssistantMessage(content='{"n": 1}', parsed={"n": 1})
    >>> message.parsed, message.to_dict()
    ({'n': 1}, {'role': 'assistant', 'content': '{"n": 1}'})
    """

    parsed: T | None = field(
        AnyPython(), default=None, local=True, doc="The content, as the type that was asked for."
    )

    def __hash__(self) -> int:
        # What was parsed may have no hash, and says no more than the content.
        return hash((self.content, self.tool_calls))


@wire_type
class ParsedChatCompletionChoice(ChatCompletionResponseChoice, Generic[T]):
    """An answer whose message was read as the caller's type (SDK: same name).

    >>> ParsedChatCompletionChoice(index=0, message={"content": "{}"}).message.parsed
    """

    message: ParsedAssistantMessage[T] = field(absent=ParsedAssistantMessage, vital=True)


@wire_type
class ParsedChatCompletionResponse(ChatCompletionResponse, Generic[T]):
    """The answer of `chat.parse` (SDK: same name).

    >>> ParsedChatCompletionResponse(model="m", choices=[]).choices
    []
    """

    choices: Sequence[ParsedChatCompletionChoice[T]] = field(absent=list, required=True, vital=True)


def response_format_from_type(tp: type[T]) -> ResponseFormat:
    """Return the response format that asks for a dataclass or a TypedDict, as the SDK makes it of models.

    It is strict: no object in it takes a field that it does not know.

    Raises:
        TypeError: it is neither, or one of its fields has a type that JSON can't
            stand for; the message tells which.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Book:
    ...     title: str
    >>> response_format_from_type(Book).json_schema.schema
    {'type': 'object', 'properties': {'title': {'type': 'string'}}, 'required': ['title'], 'additionalProperties': False}
    """
    record = record_of(tp)
    # The schema is written anew, as nobody is to change that of another call.
    schema = Definitions().whole(record, record.name, record.definition)
    json_schema = JsonSchema(name=record.name, schema=schema, strict=True)
    return ResponseFormat(type=ResponseFormats.json_schema, json_schema=json_schema)


def read_json(text: str | bytes, tp: type[T]) -> T:
    """Read JSON text as a dataclass or a TypedDict.

    Raises:
        ValidationError: with every problem and its path.
        TypeError: as for `response_format_from_type`.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Book:
    ...     title: str
    >>> read_json('{"title": "Emma"}', Book)
    Book(title='Emma')
    """
    record = record_of(tp)
    try:
        read: T = read_document(record, json_text.loads(text))
    except ValidationError as error:
        error.title = record.name
        raise
    return read


def parsed_response(
    response: ChatCompletionResponse, tp: type[T]
) -> ParsedChatCompletionResponse[T]:
    """Return the response with the content of each choice read as a type.

    All else in it is as in the response that came.

    Raises:
        ParsedContentError: a content does not fit; it has the whole response.
    """
    choices: list[ParsedChatCompletionChoice[T]] = []
    failure: ValidationError | None = None
    cut_short = ""
    for number, choice in enumerate(response.choices):
        try:
            message = _parsed_message(choice.message, tp)
        except ValidationError as error:
            if choice.finish_reason in _CUT_SHORT:
                cut_short = f" (it was cut short: finish_reason {str(choice.finish_reason)!r})"
            place = error.under("message").under(number).under("choices", "the answer")
            failure = place.after(failure)
            continue
        changed: dict[str, Any] = {"message": message}
        if "message" in choice._unsaid():  # nor is it now
            changed["extra"] = extra = Extra(choice.extra)
            extra.unsaid = {**choice._unsaid(), "message": message}
        choices.append(_made_from(ParsedChatCompletionChoice, choice, changed))
    if failure is None:
        return _made_from(ParsedChatCompletionResponse, response, {"choices": choices})
    raise ParsedContentError(
        f"the answer does not fit {record_of(tp).name}{cut_short}: {failure.summary}",
        response=response,
    ) from failure


def _parsed_message(
    message: AssistantMessage | DeltaMessage, tp: type[T]
) -> ParsedAssistantMessage[T]:
    if not isinstance(message, AssistantMessage):
        fail_at("role", "'assistant'", describe(message.role), "literal_error")
    parsed: T | None = None
    # With calls of tools the model has not come to its answer: what it says is talk.
    if message.text and not message.tool_calls:
        try:
            parsed = read_json(message.text, tp)
        except ValidationError as error:
            raise error.under("content") from None
    return _made_from(ParsedAssistantMessage, message, {"parsed": parsed})


def _made_from(cls: type[W], instance: WireType, changed: dict[str, Any]) -> W:
    """Return an instance that holds what another one does, but for some of its fields."""
    made = object.__new__(cls)
    vars(made).update(vars(instance), **changed)
    return made
