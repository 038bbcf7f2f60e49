"""Answers whose content was read as a type of the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters
from typing import Any, Generic, TypeVar

from .. import json_text
from ..checks import AnyPython, fail_at
from ..errors import ParsedContentError, Problem, ValidationError, describe
from ..fields import field
from ..protocol.messages import AssistantMessage, DeltaMessage
from ..protocol.request import JsonSchema, ResponseFormat, ResponseFormats
from ..protocol.response import ChatCompletionResponse, ChatCompletionResponseChoice, FinishReason
from ..wire import WireType, wire_type
from .checks import read_document
from .models import Model
from .type_checks import record_of

W = TypeVar("W", bound=WireType)
T = TypeVar("T")

__all__ = [
    "ParsedAssistantMessage",
    "ParsedChatCompletionChoice",
    "ParsedChatCompletionResponse",
    "convert_to_parsed_chat_completion_response",
    "parsed_response",
    "read_json",
    "response_format_from_pydantic_model",
    "response_format_from_type",
]

_CUT_SHORT = (FinishReason.length, FinishReason.model_length)
_FENCE = "```"


@wire_type
class ParsedAssistantMessage(AssistantMessage, Generic[T]):
    """A message whose content was read as the caller's type (SDK: same name).

    `parsed` is None in a message that calls tools.  It is not on the wire; `content` is.

    >>> message = ParsedAssistantMessage(content='{"n": 1}', parsed={"n": 1})
    >>> message.parsed, message.to_dict()
    ({'n': 1}, {'role': 'assistant', 'content': '{"n": 1}'})
    """

    parsed: T | None = field(
        AnyPython(), default=None, local=True, doc="The content, as the type that was asked for."
    )

    def __hash__(self) -> int:
        # Without `parsed`, which may have no hash.
        return hash((self.content, self.tool_calls))


@wire_type
class ParsedChatCompletionChoice(ChatCompletionResponseChoice, Generic[T]):
    """A choice whose message was read as the caller's type (SDK: same name).

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
    """Return the response format for a dataclass, a TypedDict or a pydantic model.

    It is strict: no object in it takes unknown fields.  For a model it is the SDK's.

    Raises:
        TypeError: it is another type, or a field has a type without an equivalent in JSON; the
            message names it.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Book:
    ...     title: str
    >>> response_format_from_type(Book).json_schema.schema
    {'type': 'object', 'properties': {'title': {'type': 'string'}}, 'required': ['title'], 'additionalProperties': False}
    """
    record = record_of(tp)
    json_schema = JsonSchema(name=record.name, schema=record.whole(), strict=True)
    return ResponseFormat(type=ResponseFormats.json_schema, json_schema=json_schema)


response_format_from_pydantic_model = response_format_from_type
"""The SDK's name of `response_format_from_type`."""


def read_json(text: str | bytes, tp: type[T]) -> T:
    """Read JSON text as a dataclass, a TypedDict or a pydantic model.

    A string may have the JSON inside a Markdown fence.

    Raises:
        ValidationError: with every problem and its path; pydantic's is its `__cause__`.
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
        text = _unfenced(text) if isinstance(text, str) else text
        read: T = read_document(record, json_text.loads(text))
    except ValidationError as error:
        error.title = record.name
        raise
    return read


def _unfenced(text: str) -> str:
    before, _, after = text.partition(_FENCE)
    inside, end, _ = after.rpartition(_FENCE)
    # A fence inside a JSON string is a part of it.
    if not end or before.lstrip("\ufeff \t\r\n").startswith(("{", "[", '"')):
        return text
    return inside.lstrip(ascii_letters)  # such as: json


def parsed_response(
    response: ChatCompletionResponse, tp: type[T]
) -> ParsedChatCompletionResponse[T]:
    """Return the response with the content of each choice read as a type.

    Raises:
        ParsedContentError: there is no choice, or a content does not fit; its `response` is the
            whole response.
    """
    record = record_of(tp)
    choices: list[ParsedChatCompletionChoice[T]] = []
    failure: ValidationError | None = None
    how = ""
    for number, choice in enumerate(response.choices):
        try:
            message = _parsed_message(choice.message, tp)
        except ValidationError as error:
            how = how or _ending(choice)
            located = error.under("message").under(number).under("choices", "the answer")
            failure = located.after(failure)
            continue
        choices.append(_copied(ParsedChatCompletionChoice, choice, {"message": message}))
    if not choices and failure is None:
        how = "is empty and "
        failure = ValidationError([Problem(("choices",), "one", "an empty list", "too_short")])
    if failure is None:
        return _copied(ParsedChatCompletionResponse, response, {"choices": choices})
    cause = failure.__cause__ if isinstance(record, Model) else None
    raise ParsedContentError(
        f"the answer {how}does not fit {record.name}: {failure.summary}", response=response
    ) from (cause or failure)


convert_to_parsed_chat_completion_response = parsed_response
"""The SDK's name of `parsed_response`."""


def _parsed_message(
    message: AssistantMessage | DeltaMessage, tp: type[T]
) -> ParsedAssistantMessage[T]:
    if not isinstance(message, AssistantMessage):
        fail_at("role", "'assistant'", describe(message.role), "literal_error")
    parsed: T | None = None
    if not message.tool_calls:  # with calls, the content is not the answer yet
        if not message.text.strip():
            refusal = message.extra.get("refusal")
            got = f"a refusal, {describe(refusal)}" if refusal else "nothing"
            fail_at("content", "JSON", got, "missing")
        try:
            parsed = read_json(message.text, tp)
        except ValidationError as error:
            raise error.under("content")
    return _copied(ParsedAssistantMessage, message, {"parsed": parsed})


def _ending(choice: ChatCompletionResponseChoice) -> str:
    """Return the state of an answer that does not fit, without text of the server."""
    reason = choice.finish_reason
    if reason in _CUT_SHORT:
        return f"was cut short (finish_reason {str(reason)!r}) and "
    if reason == "content_filter" or choice.message.extra.get("refusal"):
        return "was refused and "
    return "" if choice.message.text.strip() else "is empty and "


def _copied(cls: type[W], instance: WireType, changed: dict[str, Any]) -> W:
    """Return an instance of a subclass with the same values, except for the changed ones."""
    copied = object.__new__(cls)
    vars(copied).update(vars(instance), **changed)
    return copied
